/* SPDX-License-Identifier: MIT */
/* Control codes about the socket itself and the computer's interfaces, overlapped and not. */
#include <stdbool.h>
#include <stdlib.h>

#include "flow.h"

#include <mstcpip.h>
#include <ws2tcpip.h>

enum { UNTOUCHED = 77, INTERFACES_MAX = 64 };

static void base_handle_is_the_socket(void **state)
{
    static const DWORD codes[] = {SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT,
                                  SIO_BSP_HANDLE_POLL, SIO_QUERY_TARGET_PNP_HANDLE};
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = {0};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(codes); i++) {
        SOCKET base = 0;
        DWORD n = UNTOUCHED;
        bool poll = codes[i] == SIO_BSP_HANDLE_POLL;
        int result;

        assert_int_equal(WSAIoctl(s, codes[i], NULL, 0, &base, sizeof base, &n, NULL, NULL), 0);
        assert_int_equal(base, s);
        assert_int_equal(n, sizeof base);
        base = 0;
        n = UNTOUCHED;
        WSASetLastError(0);
        result = WSAIoctl(s, codes[i], NULL, 0, &base, sizeof base, &n, &overlapped, NULL);
        assert_int_equal(result, poll ? SOCKET_ERROR : 0); /* documented for that one */
        assert_int_equal(WSAGetLastError(), poll ? WSAEFAULT : 0);
        assert_int_equal(base, poll ? 0 : s);
    }
    closesocket(s);
}

static void entry_is_sound(const INTERFACE_INFO *entry, bool *loopback)
{
    const struct sockaddr_in *broadcast = &entry->iiBroadcastAddress.AddressIn;

    assert_int_equal(entry->iiAddress.Address.sa_family, AF_INET);
    assert_int_equal(entry->iiNetmask.Address.sa_family, AF_INET);
    assert_int_not_equal(entry->iiAddress.AddressIn.sin_addr.s_addr, 0);
    assert_int_not_equal(entry->iiNetmask.AddressIn.sin_addr.s_addr, 0);
    if (!(entry->iiFlags & IFF_BROADCAST))
        assert_int_equal(broadcast->sin_addr.s_addr, 0);
    if (entry->iiFlags & IFF_LOOPBACK) {
        *loopback = true;
        assert_int_equal(entry->iiFlags & IFF_UP, IFF_UP);
    }
}

/* IOCTL-31 */
static void interfaces_are_listed(void **state)
{
    static INTERFACE_INFO list[INTERFACES_MAX];
    SOCKET s = pair_socket(SOCK_DGRAM);
    bool loopback = false;
    DWORD n = 0;

    (void)state;
    assert_int_equal(
        WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, sizeof list, &n, NULL, NULL), 0);
    assert_int_equal(n % sizeof list[0], 0);
    assert_true(n > 0);
    for (DWORD i = 0; i < n / sizeof list[0]; i++)
        entry_is_sound(&list[i], &loopback);
    assert_true(loopback);
    assert_int_equal(WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, n, &n, NULL, NULL), 0);
    pair_fails(WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, n - 1, &n, NULL, NULL),
               WSAEFAULT);
    closesocket(s);
}

/* IOCTL-32: it has ended, and says that it is pending all the same. */
static void overlapped_interface_list_is_pending_first(void **state)
{
    static INTERFACE_INFO list[INTERFACES_MAX];
    SOCKET s = pair_socket(SOCK_DGRAM);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = {0};
    struct flow_packet packet;
    DWORD n = UNTOUCHED;

    (void)state;
    flow_tie(s, port, 5);
    pair_fails(
        WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, sizeof list, &n, &overlapped, NULL),
        WSA_IO_PENDING);
    assert_int_equal(n, UNTOUCHED);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_ptr_equal(packet.overlapped, &overlapped);
    assert_int_equal(packet.error, 0);
    assert_true(packet.bytes > 0 && packet.bytes % sizeof list[0] == 0);
    assert_int_equal(overlapped.InternalHigh, packet.bytes);
    flow_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

static struct {
    DWORD error, bytes, calls;
} routine_seen;

static void CALLBACK routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    routine_seen.error = error;
    routine_seen.bytes = bytes;
    routine_seen.calls++;
}

/* IOCTL-06; and by an event. */
static void what_ends_at_once_still_completes(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = {0};
    u_long value = 9;
    DWORD n = UNTOUCHED;
    DWORD bytes = UNTOUCHED;

    (void)state;
    memset(&routine_seen, 0xFF, sizeof routine_seen);
    routine_seen.calls = 0;
    assert_int_equal(
        WSAIoctl(s, (DWORD)FIONREAD, NULL, 0, &value, sizeof value, &n, &overlapped, routine), 0);
    assert_int_equal(n, 4);
    assert_int_equal(routine_seen.calls, 0);
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(routine_seen.calls, 1);
    assert_int_equal(routine_seen.error, 0);
    assert_int_equal(routine_seen.bytes, 0);
    /* IOCTL-17, with a routine */
    pair_fails(WSAIoctl(s, 0xDEADBEEF, NULL, 0, NULL, 0, &n, &overlapped, routine), WSA_IO_PENDING);
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(routine_seen.calls, 2);
    assert_int_equal(routine_seen.error, WSAEOPNOTSUPP);
    overlapped = flow_overlapped();
    assert_int_equal(
        WSAIoctl(s, (DWORD)FIONREAD, NULL, 0, &value, sizeof value, &n, &overlapped, NULL), 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, 0, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 4);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

/* IOCTL-32, with a routine: it is the completion of a pending call. */
static void pending_interface_list_counts_in_its_routine(void **state)
{
    static INTERFACE_INFO list[INTERFACES_MAX];
    SOCKET s = pair_socket(SOCK_DGRAM);
    OVERLAPPED overlapped = {0};
    DWORD needed = 0;
    DWORD n = UNTOUCHED;

    (void)state;
    assert_int_equal(
        WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, sizeof list, &needed, NULL, NULL), 0);
    memset(&routine_seen, 0, sizeof routine_seen);
    pair_fails(
        WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, sizeof list, &n, &overlapped, routine),
        WSA_IO_PENDING);
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(routine_seen.calls, 1);
    assert_int_equal(routine_seen.error, 0);
    assert_int_equal(routine_seen.bytes, needed);
    assert_int_equal(n, UNTOUCHED);
    closesocket(s);
}

/* A socket that was made without the attribute has no overlapped calls. */
static void overlapped_is_ignored_without_the_attribute(void **state)
{
    SOCKET s = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    OVERLAPPED overlapped = {.Internal = UNTOUCHED};
    SOCKET base = 0;
    DWORD n = 0;

    (void)state;
    assert_int_equal(
        WSAIoctl(s, SIO_BASE_HANDLE, NULL, 0, &base, sizeof base, &n, &overlapped, NULL), 0);
    assert_int_equal(base, s);
    assert_int_equal(overlapped.Internal, UNTOUCHED);
    pair_fails(WSAIoctl(s, 0xDEADBEEF, NULL, 0, NULL, 0, &n, &overlapped, NULL), WSAEOPNOTSUPP);
    closesocket(s);
}

static void processor_is_told_of_a_connection(void **state)
{
    struct pair pair = pair_open();
    SOCKET_PROCESSOR_AFFINITY where;
    RSS_SCALABILITY_INFO spreads = {7};
    char byte;
    DWORD n = 0;

    (void)state;
    assert_int_equal(flow_send(pair.client, "x", 1), 1);
    assert_int_equal(flow_recv(pair.server, &byte, 1), 1);
    memset(&where, 0xFF, sizeof where);
    assert_int_equal(WSAIoctl(pair.server, SIO_QUERY_RSS_PROCESSOR_INFO, NULL, 0, &where,
                              sizeof where, &n, NULL, NULL),
                     0);
    assert_int_equal(n, sizeof where);
    assert_true(where.Processor.Number < 64);
    assert_int_equal(where.Reserved, 0);
    assert_int_equal(WSAIoctl(pair.server, SIO_QUERY_RSS_SCALABILITY_INFO, NULL, 0, &spreads,
                              sizeof spreads, &n, NULL, NULL),
                     0);
    assert_true(spreads.RssEnabled <= 1);
    pair_close(pair);
}

static void broadcast_address_can_be_sent_to(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN to;
    DWORD n = 0;

    (void)state;
    assert_int_equal(
        WSAIoctl(s, SIO_GET_BROADCAST_ADDRESS, NULL, 0, &to, sizeof to, &n, NULL, NULL), 0);
    assert_int_equal(n, sizeof to);
    assert_int_equal(to.sin_family, AF_INET);
    assert_int_equal(to.sin_addr.s_addr, INADDR_BROADCAST);
    closesocket(s);
}

static void index_binds_to_an_interface(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    ULONG index = 0x7FFFFFFF;
    DWORD n = 0;

    (void)state;
    pair_fails(WSAIoctl(s, SIO_INDEX_BIND, &index, sizeof index, NULL, 0, &n, NULL, NULL),
               WSAEINVAL);
    index = 1; /* loopback, on every Linux */
    assert_int_equal(WSAIoctl(s, SIO_INDEX_BIND, &index, sizeof index, NULL, 0, &n, NULL, NULL), 0);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_handle_is_the_socket),
        cmocka_unit_test(interfaces_are_listed),
        cmocka_unit_test(overlapped_interface_list_is_pending_first),
        cmocka_unit_test(what_ends_at_once_still_completes),
        cmocka_unit_test(pending_interface_list_counts_in_its_routine),
        cmocka_unit_test(overlapped_is_ignored_without_the_attribute),
        cmocka_unit_test(processor_is_told_of_a_connection),
        cmocka_unit_test(broadcast_address_can_be_sent_to),
        cmocka_unit_test(index_binds_to_an_interface),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
