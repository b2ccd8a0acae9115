/* SPDX-License-Identifier: MIT */
/* WSAIoctl: its checks, the codes it knows, and what an overlapped one completes with. */
#include "flow.h"

#include <ws2ipdef.h>

#define CHK_QOS            0xDC000001u /* SIO_CHK_QOS, of qossp.h */
#define UNKNOWN_CODE       0xDEADBEEFu
#define STATUS_UNSUPPORTED 0xC00000BBu

/* An earlier check wins: each row also breaks what a later check would catch. */
static void ioctl_reports_first_failed_check(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    GUID accept_ex = WSAID_ACCEPTEX;
    GUID unknown = {1, 2, 3, {4}};
    u_long value = 0;
    void *function = NULL;
    DWORD n = 77;
    const struct {
        SOCKET s;
        DWORD code;
        void *in;
        DWORD in_bytes;
        void *out;
        DWORD out_bytes;
        DWORD *returned;
        int error;
    } rows[] = {
        {INVALID_SOCKET, UNKNOWN_CODE, NULL, 0, NULL, 0, NULL, WSAENOTSOCK},
        {s, UNKNOWN_CODE, NULL, 0, NULL, 0, NULL, WSAEFAULT}, /* IOCTL-02 */
        {s, UNKNOWN_CODE, NULL, 0, NULL, 0, PAIR_BAD, WSAEFAULT},
        {s, (DWORD)FIONREAD, NULL, 0, &value, 4, NULL, WSAEFAULT},
        {s, (DWORD)FIONREAD, NULL, 0, &value, 3, &n, WSAEFAULT}, /* IOCTL-03 */
        {s, (DWORD)SIOCATMARK, NULL, 0, &value, 3, &n, WSAEFAULT},
        {s, (DWORD)FIONREAD, NULL, 0, PAIR_BAD, 4, &n, WSAEFAULT},
        {s, (DWORD)FIONBIO, &value, 3, NULL, 0, &n, WSAEFAULT}, /* IOCTL-10 */
        {s, (DWORD)FIONBIO, PAIR_BAD, 4, NULL, 0, &n, WSAEFAULT},
        {s, SIO_GET_EXTENSION_FUNCTION_POINTER, &unknown, 15, NULL, 0, &n, WSAEFAULT},
        {s, SIO_GET_EXTENSION_FUNCTION_POINTER, PAIR_BAD, 16, NULL, 0, &n, WSAEFAULT},
        {s, SIO_GET_EXTENSION_FUNCTION_POINTER, &unknown, 16, NULL, 7, &n, WSAEFAULT},
        {s, SIO_GET_EXTENSION_FUNCTION_POINTER, &unknown, 16, &function, 8, &n, WSAEINVAL},
        {s, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex, 16, PAIR_BAD, 8, &n, WSAEFAULT},
        {s, SIO_GET_QOS, NULL, 0, NULL, 0, &n, WSAENOPROTOOPT},
        {s, SIO_SET_QOS, PAIR_BAD, 80, NULL, 0, &n, WSAENOPROTOOPT},
        {s, SIO_GET_GROUP_QOS, NULL, 0, NULL, 0, &n, WSAENOPROTOOPT},
        {s, SIO_SET_GROUP_QOS, NULL, 0, NULL, 0, &n, WSAENOPROTOOPT},
        {s, CHK_QOS, NULL, 0, NULL, 0, &n, WSAENOPROTOOPT},
        {s, SIO_ADDRESS_LIST_QUERY, NULL, 0, PAIR_BAD, 4096, &n, WSAEFAULT},
        {s, SIO_ADDRESS_LIST_QUERY, NULL, 0, PAIR_BAD, 1, NULL, WSAEFAULT},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(WSAIoctl(rows[i].s, rows[i].code, rows[i].in, rows[i].in_bytes, rows[i].out,
                            rows[i].out_bytes, rows[i].returned, NULL, NULL),
                   rows[i].error);
        assert_int_equal(n, 77);
    }
    closesocket(s);
}

/* IOCTL-23, IOCTL-24: both codes read a destination, and one of them writes an address. */
static void destinations_are_checked(void **state)
{
    static const DWORD codes[] = {SIO_ROUTING_INTERFACE_QUERY, SIO_ROUTING_INTERFACE_CHANGE};
    SOCKET inet = pair_socket(SOCK_DGRAM);
    SOCKET inet6 = socket(AF_INET6, SOCK_DGRAM, 0);
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN nothing = {.sin_port = 1};
    SOCKADDR_IN6 to6 = {.sin6_family = AF_INET6, .sin6_port = 1};
    const struct {
        SOCKET s;
        void *in;
        DWORD in_bytes;
        int error;
    } rows[] = {
        {inet, NULL, 16, WSAEINVAL},           {inet, &nothing, 15, WSAEINVAL},
        {inet, PAIR_BAD, 0, WSAEINVAL},        {inet, PAIR_BAD, 16, WSAEFAULT},
        {inet, &nothing, 16, WSAEAFNOSUPPORT}, {inet, &to6, 28, WSAEAFNOSUPPORT},
        {inet6, &to, 16, WSAEAFNOSUPPORT},     {inet6, &to6, 27, WSAEINVAL},
    };

    (void)state;
    for (size_t c = 0; c < PAIR_COUNT(codes); c++) {
        for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
            OVERLAPPED overlapped = {.Internal = 99};
            DWORD n = 77;

            pair_fails(WSAIoctl(rows[i].s, codes[c], rows[i].in, rows[i].in_bytes, NULL, 0, &n,
                                NULL, NULL),
                       rows[i].error);
            pair_fails(WSAIoctl(rows[i].s, codes[c], rows[i].in, rows[i].in_bytes, NULL, 0, &n,
                                &overlapped, NULL),
                       rows[i].error);
            assert_int_equal(n, 77);
            assert_int_equal(overlapped.Internal, 99);
        }
    }
    closesocket(inet);
    closesocket(inet6);
}

static void routing_query_checks_its_output(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, htons(80));
    SOCKADDR_IN anywhere = pair_name(INADDR_ANY, 0);
    SOCKADDR_IN found;
    DWORD n = 77;

    (void)state;
    pair_fails(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &anywhere, 16, NULL, 0, &n, NULL, NULL),
               WSAEINVAL);
    pair_fails(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, NULL, 16, &n, NULL, NULL),
               WSAEFAULT);
    pair_fails(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, PAIR_BAD, 16, &n, NULL, NULL),
               WSAEFAULT);
    assert_int_equal(n, 77);
    pair_fails(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, &found, 15, &n, NULL, NULL),
               WSAEFAULT);
    assert_int_equal(n, 16);
    n = 77;
    assert_int_equal(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, &found, 16, &n, NULL, NULL),
                     0);
    assert_int_equal(n, 16);
    to.sin_port = 0;
    assert_memory_equal(&found, &to, sizeof to);
    closesocket(s);
}

/* IOCTL-25: the packet of a query has no byte count, and a routine excludes a port (RECV-07). */
static void overlapped_routing_query_ends_at_once(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    HANDLE port = flow_port(1);
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN found;
    OVERLAPPED overlapped = {0};
    struct flow_packet packet;
    DWORD n = 77;

    (void)state;
    flow_tie(s, port, 4);
    assert_int_equal(
        WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, &found, 16, &n, &overlapped, NULL), 0);
    assert_int_equal(n, 16);
    packet = flow_take(port, 0);
    assert_ptr_equal(packet.overlapped, &overlapped);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 0);
    pair_fails(WSAIoctl(s, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &n, &overlapped,
                        (LPWSAOVERLAPPED_COMPLETION_ROUTINE)(void (*)(void))abort),
               WSAEINVAL);
    pair_fails(WSAIoctl(s, SIO_GET_QOS, NULL, 0, NULL, 0, &n, &overlapped, NULL), WSAENOPROTOOPT);
    pair_fails(WSAIoctl(s, SIO_GET_QOS, NULL, 0, NULL, 0, &n, PAIR_BAD, NULL), WSAEFAULT);
    flow_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

/* IOCTL-16, -17. */
static void unknown_codes_fail_at_once_or_in_the_completion(void **state)
{
    static const DWORD codes[] = {UNKNOWN_CODE, (DWORD)FIOASYNC, SIO_FLUSH};
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE port = flow_port(1);

    (void)state;
    flow_tie(s, port, 9);
    for (size_t i = 0; i < PAIR_COUNT(codes); i++) {
        OVERLAPPED overlapped;
        struct flow_packet packet;
        DWORD bytes = 77;

        pair_fails(WSAIoctl(s, codes[i], NULL, 0, NULL, 0, &bytes, NULL, NULL), WSAEOPNOTSUPP);
        assert_int_equal(bytes, 0);
        memset(&overlapped, 0, sizeof overlapped);
        pair_fails(WSAIoctl(s, codes[i], NULL, 0, NULL, 0, &bytes, &overlapped, NULL),
                   WSA_IO_PENDING);
        packet = flow_take(port, FLOW_LIMIT_MS);
        assert_int_equal(packet.error, ERROR_NOT_SUPPORTED);
        assert_ptr_equal(packet.overlapped, &overlapped);
        assert_int_equal(packet.key, 9);
        assert_int_equal(packet.bytes, 0);
        assert_int_equal(overlapped.Internal, STATUS_UNSUPPORTED);
    }
    flow_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

static void known_codes_work(void **state)
{
    struct pair pair = pair_open();
    char wide[5] = {1, 0, 0, 0, 7};
    char data[8];
    u_long value = 99;
    DWORD bytes = 77;

    (void)state;
    assert_int_equal(WSAIoctl(pair.server, (DWORD)FIONREAD, NULL, 0, &value, 4, &bytes, NULL, NULL),
                     0);
    assert_int_equal(value, 0); /* IOCTL-04 */
    assert_int_equal(bytes, 4);
    assert_int_equal(
        WSAIoctl(pair.server, (DWORD)SIOCATMARK, NULL, 0, &value, 4, &bytes, NULL, NULL), 0);
    assert_int_equal(value, 1);
    assert_int_equal(flow_send(pair.client, "abc", 3), 3);
    assert_int_equal(flow_recv_with(pair.server, data, 8, MSG_PEEK), 3);
    assert_int_equal(WSAIoctl(pair.server, (DWORD)FIONREAD, NULL, 0, &value, 4, &bytes, NULL, NULL),
                     0);
    assert_int_equal(value, 3);
    assert_int_equal(flow_recv(pair.server, data, 8), 3);
    bytes = 77;
    assert_int_equal(
        WSAIoctl(pair.server, (DWORD)FIONBIO, wide, 5, PAIR_BAD, 4, &bytes, NULL, NULL), 0);
    assert_int_equal(bytes, 0);
    pair_fails(flow_recv(pair.server, data, 8), WSAEWOULDBLOCK);
    pair_close(pair);
}

static void an_overlapped_success_completes_too(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped;
    struct flow_packet packet;
    u_long value = 99;
    DWORD bytes = 77;

    (void)state;
    flow_tie(s, port, 9);
    memset(&overlapped, 0, sizeof overlapped);
    assert_int_equal(WSAIoctl(s, (DWORD)FIONREAD, NULL, 0, &value, 4, &bytes, &overlapped, NULL),
                     0);
    assert_int_equal(bytes, 4);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_ptr_equal(packet.overlapped, &overlapped);
    overlapped.hEvent = (HANDLE)s; /* no event */
    pair_fails(WSAIoctl(s, (DWORD)FIONREAD, NULL, 0, &value, 4, &bytes, &overlapped, NULL),
               WSA_INVALID_HANDLE);
    flow_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

static void extension_functions_are_found(void **state)
{
    static const GUID ids[] = {WSAID_ACCEPTEX,        WSAID_GETACCEPTEXSOCKADDRS, WSAID_CONNECTEX,
                               WSAID_DISCONNECTEX,    WSAID_TRANSMITFILE,         WSAID_WSASENDMSG,
                               WSAID_TRANSMITPACKETS, WSAID_WSARECVMSG,           WSAID_WSAPOLL};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(ids); i++) {
        void *function = NULL;

        flow_extension(ids[i], &function);
        assert_non_null(function);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ioctl_reports_first_failed_check),
        cmocka_unit_test(destinations_are_checked),
        cmocka_unit_test(routing_query_checks_its_output),
        cmocka_unit_test(overlapped_routing_query_ends_at_once),
        cmocka_unit_test(unknown_codes_fail_at_once_or_in_the_completion),
        cmocka_unit_test(known_codes_work),
        cmocka_unit_test(an_overlapped_success_completes_too),
        cmocka_unit_test(extension_functions_are_found),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
