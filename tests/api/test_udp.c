/* SPDX-License-Identifier: MIT */
/* Connected datagram sockets: whom they hear, whom they send to, and what ICMP answers do. */
#include "udp.h"

static SOCKET connected(int family, struct udp_name to)
{
    SOCKET s = udp_bound(family);

    assert_int_equal(connect(s, udp_address(&to), to.bytes), 0);
    return s;
}

static void a_connected_socket_has_one_peer(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET peer = udp_bound(family), other = udp_bound(family);
        SOCKET s = connected(family, udp_name_of(peer));
        struct udp_name name = udp_name_of(s), from, peer_name = udp_name_of(peer);
        WSABUF buffer = {3, (char *)(uintptr_t) "two"};
        char data[8];
        DWORD n = 0;

        assert_int_equal(send(s, "one", 3, 0), 3);
        assert_int_equal(WSASendTo(s, &buffer, 1, &n, 0, NULL, 0, NULL, NULL), 0);
        assert_int_equal(n, 3);
        assert_int_equal(sendto(s, "six", 3, 0, NULL, 0), 3);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(udp_recv(peer, data, 8, &from), 3);
            assert_memory_equal(data, i == 0 ? "one" : i == 1 ? "two" : "six", 3);
            assert_true(udp_same(&from, &name));
        }
        /* An address overrides the peer, for that datagram. */
        assert_int_equal(udp_send(s, "else", 4, udp_name_of(other)), 4);
        assert_int_equal(recv(other, data, 8, 0), 4);
        assert_int_equal(send(s, "", 0, 0), 0);
        assert_int_equal(recv(peer, data, 8, 0), 0);
        /* Only the peer is heard. */
        assert_int_equal(udp_send(other, "no", 2, name), 2);
        assert_int_equal(udp_send(peer, "yes", 3, name), 3);
        assert_int_equal(udp_recv(s, data, 8, &from), 3);
        assert_true(udp_same(&from, &peer_name));
        udp_nonblocking(s);
        pair_fails(recv(s, data, 8, 0), WSAEWOULDBLOCK);
        closesocket(s);
        closesocket(peer);
        closesocket(other);
    }
}

static void a_socket_that_lost_its_peer_cannot_send(void **state)
{
    SOCKET peer = udp_bound(AF_INET);
    SOCKET s = connected(AF_INET, udp_name_of(peer));
    SOCKADDR_IN none = {0};

    (void)state;
    assert_int_equal(connect(s, (struct sockaddr *)&none, sizeof none), 0);
    pair_fails(send(s, "x", 1, 0), WSAENOTCONN);
    pair_fails(sendto(s, "x", 1, 0, NULL, 0), WSAENOTCONN); /* UDP-06 */
    assert_int_equal(udp_send(s, "x", 1, udp_name_of(peer)), 1);
    closesocket(s);
    closesocket(peer);
}

/* Sends until the answer to one of them is there, which loopback delivers within the send. */
static void provoke(SOCKET s)
{
    for (int i = 0; i < 10; i++) { /* UDP-03 */
        WSASetLastError(5);
        assert_int_equal(send(s, "x", 1, 0), 1);
        assert_int_equal(WSAGetLastError(), 0);
    }
}

static void nobody_there_is_told_by_a_receive(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = connected(family, udp_nobody(family));
        char data[4];
        DWORD n = 0, flags = 0;
        WSABUF buffer = {4, data};

        provoke(s);
        pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
        provoke(s);
        pair_fails(WSARecvFrom(s, &buffer, 1, &n, &flags, NULL, NULL, NULL, NULL), WSAECONNRESET);
        closesocket(s);
    }
}

/* A receive under way learns of it through its completion. */
static void nobody_there_ends_a_receive_under_way(void **state)
{
    SOCKET s = connected(AF_INET, udp_nobody(AF_INET));
    OVERLAPPED overlapped = flow_overlapped();
    char data[4];
    DWORD n = 77, flags = 0;

    (void)state;
    assert_int_equal(flow_start_recv(s, data, 4, &overlapped), WSA_IO_PENDING);
    assert_int_equal(send(s, "x", 1, 0), 1);
    assert_int_equal(flow_end(s, &overlapped, &n), ERROR_PORT_UNREACHABLE);
    assert_int_equal((DWORD)overlapped.Internal, 0xC000023Fu); /* STATUS_PORT_UNREACHABLE */
    WSASetLastError(0);
    assert_false(WSAGetOverlappedResult(s, &overlapped, &n, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSAECONNRESET);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

/* Overlapped sends hide it as well, also those that the ring thread carries out. */
static void nobody_there_fails_no_overlapped_send(void **state)
{
    enum { SENDS = 16 };
    SOCKET s = connected(AF_INET, udp_nobody(AF_INET));
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped[SENDS] = {{0}};
    char data[4];

    (void)state;
    flow_tie(s, port, 9);
    for (int i = 0; i < SENDS; i++)
        flow_accepted(flow_start_send(s, "abc", 3, &overlapped[i]));
    for (int i = 0; i < SENDS; i++) {
        struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, 3);
    }
    pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
    closesocket(s);
    CloseHandle(port);
}

/* A receive that finds a datagram gets it, error or not: the news come first, the data are kept. */
static void news_of_nobody_lose_no_datagram(void **state)
{
    SOCKET peer = udp_bound(AF_INET);
    SOCKET s = connected(AF_INET, udp_name_of(peer));
    struct udp_name name = udp_name_of(s);
    char data[4];
    int error = 0;

    (void)state;
    assert_int_equal(udp_send(peer, "abc", 3, name), 3);
    closesocket(peer);
    assert_int_equal(send(s, "x", 1, 0), 1);
    WSASetLastError(0);
    if (recv(s, data, 4, 0) == SOCKET_ERROR) {
        error = WSAGetLastError();
        assert_int_equal(recv(s, data, 4, 0), 3);
    } else {
        pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
        error = WSAECONNRESET;
    }
    assert_int_equal(error, WSAECONNRESET);
    assert_memory_equal(data, "abc", 3);
    closesocket(s);
}

/* SHUTDOWN-10 */
static void each_direction_can_be_shut(void **state)
{
    SOCKET peer = udp_bound(AF_INET);
    SOCKET s = connected(AF_INET, udp_name_of(peer));
    struct udp_name name = udp_name_of(s);
    char data[4];

    (void)state;
    assert_int_equal(shutdown(s, SD_SEND), 0);
    pair_fails(send(s, "x", 1, 0), WSAESHUTDOWN);
    pair_fails(udp_send(s, "x", 1, udp_name_of(peer)), WSAESHUTDOWN);
    assert_int_equal(udp_send(peer, "abc", 3, name), 3);
    assert_int_equal(recv(s, data, 4, 0), 3);
    assert_int_equal(shutdown(s, SD_RECEIVE), 0);
    pair_fails(recv(s, data, 4, 0), WSAESHUTDOWN);
    closesocket(s);
    closesocket(peer);
}

static long events_of(SOCKET s, WSAEVENT event)
{
    WSANETWORKEVENTS events = {0, {0}};

    assert_int_equal(WSAEnumNetworkEvents(s, event, &events), 0);
    return events.lNetworkEvents;
}

/* A receive that leaves a datagram behind has FD_READ recorded again. */
static void a_receive_enables_the_event_again(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    WSAEVENT event = WSACreateEvent();
    struct udp_name to = udp_name_of(s), from;
    char data[4];

    (void)state;
    assert_int_equal(udp_send(sender, "a", 1, to), 1);
    assert_int_equal(udp_send(sender, "b", 1, to), 1);
    assert_int_equal(WSAEventSelect(s, event, FD_READ), 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    assert_int_equal(events_of(s, event), FD_READ);
    assert_int_equal(events_of(s, event), 0); /* not before a receive */
    assert_int_equal(udp_recv(s, data, 4, &from), 1);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    assert_int_equal(events_of(s, event), FD_READ);
    assert_int_equal(recv(s, data, 4, 0), 1);
    pair_fails(recv(s, data, 4, 0), WSAEWOULDBLOCK);
    assert_int_equal(events_of(s, event), 0);
    WSACloseEvent(event);
    closesocket(s);
    closesocket(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connected_socket_has_one_peer),
        cmocka_unit_test(a_socket_that_lost_its_peer_cannot_send),
        cmocka_unit_test(nobody_there_is_told_by_a_receive),
        cmocka_unit_test(nobody_there_ends_a_receive_under_way),
        cmocka_unit_test(nobody_there_fails_no_overlapped_send),
        cmocka_unit_test(news_of_nobody_lose_no_datagram),
        cmocka_unit_test(each_direction_can_be_shut),
        cmocka_unit_test(a_receive_enables_the_event_again),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
