/* SPDX-License-Identifier: MIT */
/*
 * Several handles of one socket in this process: WSADuplicateSocket and WSASocket, DuplicateHandle;
 * and what SO_PROTOCOL_INFO, SO_BSP_STATE and WSAEnumProtocols tell.
 */
#include "flow.h"

#include <unistd.h>

#include <afunix.h>
#include <ws2ring.h>

static SOCKET take(WSAPROTOCOL_INFOA *info)
{
    return WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0,
                      WSA_FLAG_OVERLAPPED);
}

static void assert_not_taken(WSAPROTOCOL_INFOA *info)
{
    WSASetLastError(0);
    assert_true(take(info) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
}

static SOCKET duplicate(SOCKET s)
{
    WSAPROTOCOL_INFOA info;
    SOCKET made;

    assert_int_equal(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), 0);
    made = take(&info);
    assert_true(made != INVALID_SOCKET && made != s);
    return made;
}

static SOCKET copy_handle(SOCKET s)
{
    HANDLE made = NULL;

    assert_true(DuplicateHandle(GetCurrentProcess(), (HANDLE)s, GetCurrentProcess(), &made, 0,
                                FALSE, DUPLICATE_SAME_ACCESS));
    assert_true((SOCKET)made != s);
    return (SOCKET)made;
}

static struct ws2_stats stats(void)
{
    struct ws2_stats now = {.size_bytes = sizeof now};

    assert_int_equal(ws2_stats(&now), 0);
    return now;
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void duplicating_reports_first_failed_check(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAPROTOCOL_INFOA info;
    WSAPROTOCOL_INFOA before;
    DWORD own = GetCurrentProcessId();
    uint32_t sockets;

    (void)state;
    memset(&info, 0x5a, sizeof info);
    before = info;
    pair_fails(WSADuplicateSocketA(INVALID_SOCKET, 0, NULL), WSAENOTSOCK);
    pair_fails(WSADuplicateSocketA(s, 0, NULL), WSAEINVAL); /* DUP-02 */
    pair_fails(WSADuplicateSocketA(s, ~0u, NULL), WSAEINVAL);
    pair_fails(WSADuplicateSocketA(s, 0x3ffffffe, &info), WSAEINVAL); /* beyond any process id */
    pair_fails(WSADuplicateSocketA(s, own, NULL), WSAEFAULT);
    pair_fails(WSADuplicateSocketA(s, own, PAIR_BAD), WSAEFAULT);
    pair_fails(WSADuplicateSocketW(INVALID_SOCKET, 0, NULL), WSAENOTSOCK);
    pair_fails(WSADuplicateSocketW(s, 0, NULL), WSAEINVAL);
    pair_fails(WSADuplicateSocketW(s, own, NULL), WSAEFAULT);
    assert_memory_equal(&info, &before, sizeof info);
    sockets = stats().sockets;
    closesocket(s);
    assert_int_equal(stats().sockets, sockets - 1); /* nothing holds it */
    WSACleanup();
    pair_fails(WSADuplicateSocketA(INVALID_SOCKET, 0, NULL), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

static void a_ticket_serves_once(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAPROTOCOL_INFOA info;
    WSAPROTOCOL_INFOA forged;
    SOCKET second;

    (void)state;
    assert_int_equal(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), 0);
    forged = info;
    forged.ProtocolChain.ChainEntries[1] ^= 1;
    assert_not_taken(&forged);
    forged = info;
    forged.dwProviderReserved = 1;
    assert_not_taken(&forged);
    forged = info;
    forged.dwServiceFlags3 ^= 1; /* another giver */
    assert_not_taken(&forged);
    /* What is wrong with the other arguments uses nothing up. */
    WSASetLastError(0);
    assert_true(WSASocketA(-1, -1, -1, &info, 1, WSA_FLAG_OVERLAPPED) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    WSASetLastError(0);
    assert_true(WSASocketA(-1, -1, -1, &info, 0, WSA_FLAG_MULTIPOINT_C_ROOT) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    second = WSASocketA(0, 0, 0, &info, 0, 0); /* STARTUP-05 */
    assert_true(second != INVALID_SOCKET);
    assert_not_taken(&info);
    closesocket(second);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    closesocket(s);
}

static void wide_tickets_are_taken_too(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    WSAPROTOCOL_INFOW info;
    SOCKET second;

    (void)state;
    assert_int_equal(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    assert_int_equal(info.iSocketType, SOCK_DGRAM);
    assert_int_equal(info.szProtocol[0], 'w');
    second = WSASocketW(-1, -1, -1, &info, 0, WSA_FLAG_OVERLAPPED);
    assert_true(second != INVALID_SOCKET);
    closesocket(s);
    assert_int_equal(pair_get(second, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    closesocket(second);
}

static void both_handles_are_one_socket(void **state)
{
    struct pair pair = pair_open();
    SOCKET second = duplicate(pair.server);
    u_long on = 1;
    char data[8];

    (void)state;
    assert_int_equal(pair_set(second, SOL_SOCKET, SO_RCVBUF, 4711), 0);
    assert_int_equal(pair_get(pair.server, SOL_SOCKET, SO_RCVBUF), 4711);
    assert_int_equal(ioctlsocket(second, FIONBIO, &on), 0);
    pair_fails(recv(pair.server, data, 1, 0), WSAEWOULDBLOCK);
    on = 0;
    assert_int_equal(ioctlsocket(pair.server, FIONBIO, &on), 0);
    assert_int_equal(send(pair.client, "ab", 2, 0), 2);
    assert_int_equal(recv(second, data, 1, 0), 1);
    assert_int_equal(data[0], 'a');
    assert_int_equal(recv(pair.server, data, 1, 0), 1);
    assert_int_equal(data[0], 'b');
    closesocket(second);
    pair_close(pair);
}

/* The order of closing does not matter, and the peer hears of the last close only. */
static void the_last_close_closes(void **state)
{
    char data[8];

    (void)state;
    for (int first = 0; first < 2; first++) {
        struct pair pair = pair_open();
        SOCKET handles[2] = {pair.server, duplicate(pair.server)};
        SOCKET left = handles[!first];

        assert_int_equal(closesocket(handles[first]), 0);
        pair_fails(closesocket(handles[first]), WSAENOTSOCK);
        pair_fails(send(handles[first], "x", 1, 0), WSAENOTSOCK);
        flow_fails(CloseHandle((HANDLE)handles[first]), ERROR_INVALID_HANDLE);
        assert_int_equal(send(left, "x", 1, 0), 1); /* DUP-05 */
        assert_int_equal(recv(pair.client, data, sizeof data, 0), 1);
        assert_int_equal(CloseHandle((HANDLE)left), TRUE);
        pair_fails(send(left, "x", 1, 0), WSAENOTSOCK);
        assert_int_equal(recv(pair.client, data, sizeof data, 0), 0);
        closesocket(pair.client);
    }
}

static void select_gives_back_the_callers_value(void **state)
{
    struct pair pair = pair_open();
    SOCKET second = duplicate(pair.server);
    struct timeval limit = {FLOW_LIMIT_MS / 1000, 0};
    fd_set set;

    (void)state;
    assert_int_equal(send(pair.client, "x", 1, 0), 1);
    FD_ZERO(&set);
    FD_SET(second, &set);
    assert_int_equal(select(0, &set, NULL, NULL, &limit), 1);
    assert_true(FD_ISSET(second, &set));
    assert_false(FD_ISSET(pair.server, &set));
    assert_int_equal(closesocket(pair.server), 0);
    assert_int_equal(select(0, &set, NULL, NULL, &limit), 1);
    assert_true(FD_ISSET(second, &set));
    closesocket(second);
    closesocket(pair.client);
}

/* IOCP-07, with the listener closed first by its own handle, then by the other. */
static void a_pending_accept_lasts_until_the_last_close(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        SOCKET listener = pair_listener();
        SOCKET handles[2] = {listener, duplicate(listener)};
        SOCKET accepted = pair_socket(SOCK_STREAM);
        HANDLE port = flow_port(1);
        OVERLAPPED overlapped;
        struct flow_packet packet;
        char output[64];
        DWORD bytes = 0;

        memset(&overlapped, 0, sizeof overlapped);
        flow_tie(handles[0], port, 4711);
        flow_fails(AcceptEx(handles[1], accepted, output, 0, 32, 32, &bytes, &overlapped),
                   WSA_IO_PENDING);
        assert_int_equal(closesocket(handles[first]), 0);
        flow_no_packet(port);
        assert_int_equal(closesocket(handles[!first]), 0);
        packet = flow_take(port, FLOW_LIMIT_MS);
        assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
        assert_int_equal(packet.key, 4711);
        closesocket(accepted);
        CloseHandle(port);
    }
}

/* Its accept socket is found although the listener's own handle is closed. */
static void closing_the_accept_socket_ends_the_accept(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET second = duplicate(listener);
    SOCKET accepted = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    char output[64];
    DWORD bytes = 0;

    (void)state;
    flow_fails(AcceptEx(listener, accepted, output, 0, 32, 32, &bytes, &overlapped),
               WSA_IO_PENDING);
    assert_int_equal(closesocket(listener), 0);
    assert_int_equal(closesocket(accepted), 0);
    assert_int_equal(flow_end(second, &overlapped, &bytes), ERROR_OPERATION_ABORTED);
    WSACloseEvent(overlapped.hEvent);
    closesocket(second);
}

/* SEND-10; and what such a copy keeps open. */
static void a_copied_handle_sends_and_closes(void **state)
{
    struct pair pair = pair_open();
    SOCKET copy = copy_handle(pair.client);
    WSABUF buffer = {1, (char *)"c"};
    DWORD bytes = 0;
    char data[8];

    (void)state;
    assert_int_equal(send(copy, "a", 1, 0), 1);
    assert_int_equal(sendto(copy, "b", 1, 0, NULL, 0), 1);
    assert_int_equal(WSASend(copy, &buffer, 1, &bytes, 0, NULL, NULL), 0);
    assert_int_equal(closesocket(pair.client), 0);
    assert_int_equal(send(copy, "d", 1, 0), 1);
    assert_int_equal(recv(pair.server, data, 4, MSG_WAITALL), 4);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(closesocket(copy), 0);
    flow_fails(DuplicateHandle(GetCurrentProcess(), (HANDLE)copy, GetCurrentProcess(),
                               (HANDLE *)&copy, 0, FALSE, 0),
               ERROR_INVALID_HANDLE);
    closesocket(pair.server);
}

static void tickets_and_handles_end_with_cleanup(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKET second = duplicate(s);
    WSAPROTOCOL_INFOA info;

    (void)state;
    assert_int_equal(WSADuplicateSocketA(second, GetCurrentProcessId(), &info), 0);
    closesocket(s);
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(stats().sockets, 0);
    assert_int_equal(pair_setup(NULL), 0);
    pair_fails(closesocket(second), WSAENOTSOCK);
    assert_not_taken(&info);
}

/* Offers that nobody takes are limited in number, and each keeps its socket. */
static void too_many_offers_are_refused(void **state)
{
    enum { LIMIT = 1024 };
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAPROTOCOL_INFOA info;
    WSAPROTOCOL_INFOW wide;

    (void)state;
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), 0);
    pair_fails(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), WSAENOBUFS);
    pair_fails(WSADuplicateSocketW(s, GetCurrentProcessId(), &wide), WSAENOBUFS);
    assert_int_equal(closesocket(s), 0);
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(stats().sockets, 0);
    assert_int_equal(pair_setup(NULL), 0);
}

static void *close_it(void *s)
{
    return (void *)(uintptr_t)closesocket((SOCKET)s);
}

/* Whoever is last, the socket is closed once, and both calls succeed. */
static void two_threads_close_two_handles(void **state)
{
    enum { ROUNDS = 200 };
    uint32_t before = stats().sockets;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        SOCKET s = pair_bound(SOCK_STREAM);
        SOCKET second = duplicate(s);
        pthread_t thread = flow_run(close_it, (void *)second);
        void *result;

        assert_int_equal(closesocket(s), 0);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_null(result);
    }
    assert_int_equal(stats().sockets, before);
}

/* ---- What there is ---- */

static void protocol_info_describes_the_socket(void **state)
{
    static const struct {
        int family, type, protocol, bytes;
    } rows[] = {{AF_INET, SOCK_STREAM, IPPROTO_TCP, 16},
                {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 16},
                {AF_INET6, SOCK_STREAM, IPPROTO_TCP, 28},
                {AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 28},
                {AF_UNIX, SOCK_STREAM, 0, 110}};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKET s = socket(rows[i].family, rows[i].type, rows[i].protocol);
        WSAPROTOCOL_INFOA narrow;
        WSAPROTOCOL_INFOW wide;
        int length = sizeof narrow - 1;

        assert_true(s != INVALID_SOCKET);
        pair_fails(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&narrow, &length),
                   WSAEFAULT);
        assert_int_equal(length, sizeof narrow); /* SOCKOPT-INFO-03 */
        length = sizeof narrow + 1;
        assert_int_equal(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&narrow, &length), 0);
        assert_int_equal(length, sizeof narrow + 1);
        length = sizeof wide;
        assert_int_equal(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length), 0);
        assert_memory_equal(&narrow, &wide, offsetof(WSAPROTOCOL_INFOA, szProtocol));
        assert_int_equal(narrow.iAddressFamily, rows[i].family); /* SOCKOPT-INFO-04 */
        assert_int_equal(narrow.iSocketType, rows[i].type);
        assert_int_equal(narrow.iProtocol, rows[i].protocol);
        assert_int_equal(narrow.iMaxSockAddr, rows[i].bytes);
        for (size_t c = 0; c <= strlen(narrow.szProtocol); c++)
            assert_int_equal(narrow.szProtocol[c], wide.szProtocol[c]);
        assert_true(narrow.szProtocol[0] != 0);
        closesocket(s);
        s = take(&narrow); /* it makes the same sort of socket */
        assert_true(s != INVALID_SOCKET);
        closesocket(s);
    }
}

static void protocol_info_of_either_width_fits_its_room(void **state)
{
    enum { FIXED = offsetof(WSAPROTOCOL_INFOA, szProtocol), CHARACTERS = WSAPROTOCOL_LEN + 1 };
    SOCKET s = pair_socket(SOCK_STREAM);
    struct {
        char fixed[FIXED];
        uint16_t text[CHARACTERS];
    } half;
    int length = FIXED + CHARACTERS * 2;

    (void)state;
    assert_int_equal(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&half, &length), 0);
    assert_int_equal(half.text[0], 'w');
    assert_int_equal(half.text[1], 's');
    assert_int_equal(half.text[CHARACTERS - 1], 0);
    closesocket(s);
}

struct bsp {
    CSADDR_INFO info;
    char names[2 * sizeof(SOCKADDR_STORAGE)];
};

static void bsp_state_tells_both_ends(void **state)
{
    struct pair pair = pair_open();
    SOCKET unbound = pair_socket(SOCK_STREAM);
    SOCKADDR_IN client = pair_address(pair.client);
    SOCKADDR_IN server = pair_address(pair.server);
    struct bsp bsp;
    int exact = sizeof(CSADDR_INFO) + 2 * sizeof(struct sockaddr);
    int length = sizeof(CSADDR_INFO);

    (void)state;
    pair_fails(getsockopt(unbound, SOL_SOCKET, SO_BSP_STATE, (char *)&bsp, &length), WSAEFAULT);
    assert_int_equal(length, sizeof(CSADDR_INFO)); /* SOCKOPT-INFO-08 */
    length = exact - 1;
    pair_fails(getsockopt(unbound, SOL_SOCKET, SO_BSP_STATE, (char *)&bsp, &length), WSAEFAULT);
    length = exact;
    assert_int_equal(getsockopt(unbound, SOL_SOCKET, SO_BSP_STATE, (char *)&bsp, &length), 0);
    assert_null(bsp.info.LocalAddr.lpSockaddr); /* SOCKOPT-INFO-06 */
    assert_int_equal(bsp.info.LocalAddr.iSockaddrLength, 0);
    assert_null(bsp.info.RemoteAddr.lpSockaddr);
    assert_int_equal(bsp.info.RemoteAddr.iSockaddrLength, 0);

    length = sizeof bsp;
    assert_int_equal(getsockopt(pair.client, SOL_SOCKET, SO_BSP_STATE, (char *)&bsp, &length), 0);
    assert_int_equal(bsp.info.iSocketType, SOCK_STREAM); /* SOCKOPT-INFO-07 */
    assert_int_equal(bsp.info.iProtocol, IPPROTO_TCP);
    assert_int_equal(bsp.info.LocalAddr.iSockaddrLength, sizeof client);
    assert_memory_equal(bsp.info.LocalAddr.lpSockaddr, &client, 8);
    assert_int_equal(bsp.info.RemoteAddr.iSockaddrLength, sizeof server);
    assert_memory_equal(bsp.info.RemoteAddr.lpSockaddr, &server, 8);
    assert_true((char *)bsp.info.LocalAddr.lpSockaddr > (char *)&bsp.info);
    assert_true((char *)bsp.info.RemoteAddr.lpSockaddr < (char *)(&bsp + 1));
    closesocket(unbound);
    pair_close(pair);
}

static void protocols_are_listed_by_number(void **state)
{
    int wanted[] = {0xdead, IPPROTO_TCP, 0xcafe, IPPROTO_UDP, 0xbeef, 0};
    WSAPROTOCOL_INFOA list[8];
    WSAPROTOCOL_INFOW wide[8];
    DWORD bytes = 0;
    DWORD room = sizeof list;

    (void)state;
    pair_fails(WSAEnumProtocolsA(NULL, NULL, NULL), WSAEFAULT);
    pair_fails(WSAEnumProtocolsA(PAIR_BAD, NULL, &bytes), WSAEFAULT);
    pair_fails(WSAEnumProtocolsA(NULL, NULL, &bytes), WSAENOBUFS); /* ENUMPROTO-01 */
    assert_int_equal(bytes, 5 * sizeof *list);
    pair_fails(WSAEnumProtocolsA(NULL, NULL, &bytes), WSAEFAULT);
    bytes--;
    pair_fails(WSAEnumProtocolsA(NULL, list, &bytes), WSAENOBUFS);
    assert_int_equal(WSAEnumProtocolsA(NULL, list, &bytes), 5);
    assert_int_equal(list[0].iProtocol, IPPROTO_TCP); /* WSASOCKET-12 */
    assert_int_equal(list[0].iAddressFamily, AF_INET);
    assert_int_equal(WSAEnumProtocolsA(wanted, list, &room), 4); /* ENUMPROTO-04 */
    assert_int_equal(room, sizeof list);
    for (int i = 0; i < 4; i++) {
        assert_true(list[i].iProtocol == IPPROTO_TCP || list[i].iProtocol == IPPROTO_UDP);
        if (list[i].iProtocol == IPPROTO_UDP) /* ENUMPROTO-03 */
            assert_int_equal(list[i].dwServiceFlags1, XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED |
                                                          XP1_SUPPORT_BROADCAST |
                                                          XP1_SUPPORT_MULTIPOINT | XP1_IFS_HANDLES);
        assert_true(list[i].dwProviderFlags & PFL_MATCHES_PROTOCOL_ZERO);
    }
    pair_fails(WSAEnumProtocolsW(NULL, NULL, NULL), WSAEFAULT);
    pair_fails(WSAEnumProtocolsW(NULL, wide, &(DWORD){0}), WSAENOBUFS);
    room = sizeof wide;
    assert_int_equal(WSAEnumProtocolsW(wanted + 3, wide, &room), 2);
    assert_int_equal(wide[1].iProtocol, IPPROTO_UDP);
    assert_int_equal(wide[1].iAddressFamily, AF_INET6);
    WSACleanup();
    pair_fails(WSAEnumProtocolsA(NULL, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duplicating_reports_first_failed_check),
        cmocka_unit_test(a_ticket_serves_once),
        cmocka_unit_test(wide_tickets_are_taken_too),
        cmocka_unit_test(both_handles_are_one_socket),
        cmocka_unit_test(the_last_close_closes),
        cmocka_unit_test(select_gives_back_the_callers_value),
        cmocka_unit_test(a_pending_accept_lasts_until_the_last_close),
        cmocka_unit_test(closing_the_accept_socket_ends_the_accept),
        cmocka_unit_test(a_copied_handle_sends_and_closes),
        cmocka_unit_test(tickets_and_handles_end_with_cleanup),
        cmocka_unit_test(too_many_offers_are_refused),
        cmocka_unit_test(two_threads_close_two_handles),
        cmocka_unit_test(protocol_info_describes_the_socket),
        cmocka_unit_test(protocol_info_of_either_width_fits_its_room),
        cmocka_unit_test(bsp_state_tells_both_ends),
        cmocka_unit_test(protocols_are_listed_by_number),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
