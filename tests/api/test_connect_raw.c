/* SPDX-License-Identifier: MIT */
/*
 * Raw sockets connect as datagram sockets do: a default destination and a filter. Skipped where
 * raw sockets are not permitted.
 */
#include "flow.h"

enum { IP_HEADER_BYTES = 20, PROTOCOL = 253 /* for experiments; nobody else speaks it */ };

static SOCKET raw(int family)
{
    return socket(family, SOCK_RAW, PROTOCOL);
}

static SOCKET raw_bound(uint32_t address)
{
    SOCKET s = raw(AF_INET);

    assert_int_equal(pair_bind(s, address, 0), 0);
    return s;
}

static BOOL permitted(void)
{
    SOCKET s = raw(AF_INET);

    if (s == INVALID_SOCKET)
        assert_int_equal(WSAGetLastError(), WSAEACCES); /* WSASOCKET-13 */
    else
        closesocket(s);
    return s != INVALID_SOCKET;
}

static int connect_to(SOCKET s, SOCKADDR_IN to)
{
    return connect(s, (struct sockaddr *)&to, sizeof to);
}

/* The next packet, which has this content behind its header. */
static void takes(SOCKET s, const char *text)
{
    char data[64] = {0};

    assert_int_equal(flow_recv(s, data, sizeof data), IP_HEADER_BYTES + strlen(text));
    assert_string_equal(data + IP_HEADER_BYTES, text);
}

static void send_packet(SOCKET s, uint32_t address, const char *text)
{
    SOCKADDR_IN to = pair_name(address, 0);

    assert_int_equal(sendto(s, text, (int)strlen(text), 0, (struct sockaddr *)&to, sizeof to),
                     strlen(text));
}

static void a_partner_filters_and_is_the_default(void **state)
{
    const uint32_t one_at = INADDR_LOOPBACK + 1, two_at = INADDR_LOOPBACK + 2;
    SOCKET s, one, two;
    SOCKADDR_IN peer;
    int length = sizeof peer;
    u_long waiting = 1;
    char data[4];

    (void)state;
    if (!permitted())
        skip();
    s = raw_bound(INADDR_LOOPBACK);
    one = raw_bound(one_at);
    two = raw_bound(two_at);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
    for (USHORT port = 0; port < 2; port++) { /* raw sockets have no ports: any will do */
        assert_int_equal(connect_to(s, pair_name(one_at, htons(port))), 0);
        assert_int_equal(getpeername(s, (struct sockaddr *)&peer, &length), 0);
        assert_int_equal(peer.sin_addr.s_addr, htonl(one_at));
        assert_int_equal(peer.sin_port, 0);
        assert_int_equal(flow_send(s, "ping", 4), 4);
        takes(one, "ping");
        send_packet(two, INADDR_LOOPBACK, "stranger");
        send_packet(one, INADDR_LOOPBACK, "pong");
        takes(s, "pong");
        /* Another partner: what the first has sent and nobody has read is gone. */
        send_packet(one, INADDR_LOOPBACK, "late");
        assert_int_equal(connect_to(s, pair_name(two_at, htons(port))), 0);
        send_packet(two, INADDR_LOOPBACK, "new");
        takes(s, "new");
        /* Nobody: the socket takes from all, and send and recv are refused. */
        send_packet(two, INADDR_LOOPBACK, "late");
        assert_int_equal(connect_to(s, pair_name(0, htons(port))), 0);
        pair_fails(getpeername(s, (struct sockaddr *)&peer, &length), WSAENOTCONN);
        pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
        pair_fails(flow_recv(s, data, 4), WSAENOTCONN);
        send_packet(one, INADDR_LOOPBACK, "any");
        assert_int_equal(recvfrom(s, data, 4, 0, NULL, NULL), SOCKET_ERROR);
        assert_int_equal(WSAGetLastError(), WSAEMSGSIZE); /* it is longer */
        assert_int_equal(ioctlsocket(s, (long)FIONREAD, &waiting), 0);
        assert_int_equal(waiting, 0);
    }
    closesocket(two);
    closesocket(one);
    closesocket(s);
}

static void checks_are_those_of_datagrams(void **state)
{
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN other = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN broadcast = pair_name(0x7FFFFFFF, 0);
    SOCKET s;

    (void)state;
    if (!permitted())
        skip();
    s = raw(AF_INET);
    other.sin_family = AF_INET6;
    pair_fails(connect(s, NULL, 16), WSAEFAULT);
    pair_fails(connect(s, (struct sockaddr *)&to, 15), WSAEFAULT);
    pair_fails(connect(s, (struct sockaddr *)&other, 28), WSAEAFNOSUPPORT);
    pair_fails(connect_to(s, broadcast), WSAEACCES);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_BROADCAST, 1), 0);
    assert_int_equal(connect_to(s, broadcast), 0);
    assert_int_equal(connect_to(s, to), 0); /* unbound until now: it has an address */
    assert_int_equal(pair_address(s).sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(
        WSAConnect(s, (struct sockaddr *)&to, sizeof to, PAIR_BAD, PAIR_BAD, NULL, PAIR_BAD),
        0); /* connect data are ignored */
    closesocket(s);
}

static void ipv6_works_too(void **state)
{
    SOCKADDR_IN6 name = {.sin6_family = AF_INET6};
    SOCKADDR_IN6 nobody = {.sin6_family = AF_INET6};
    SOCKADDR_IN6 peer = {0};
    int length = sizeof peer;
    SOCKET s, one;
    char data[8] = {0};

    (void)state;
    if (!permitted())
        skip();
    name.sin6_addr.s6_addr[15] = 1;
    s = raw(AF_INET6);
    one = raw(AF_INET6);
    assert_true(s != INVALID_SOCKET && one != INVALID_SOCKET);
    if (bind(one, (struct sockaddr *)&name, sizeof name) != 0) {
        assert_int_equal(WSAGetLastError(), WSAEADDRNOTAVAIL);
        closesocket(one);
        closesocket(s);
        skip(); /* no IPv6 here */
    }
    assert_int_equal(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(getpeername(s, (struct sockaddr *)&peer, &length), 0);
    assert_memory_equal(&peer.sin6_addr, &name.sin6_addr, sizeof name.sin6_addr);
    assert_int_equal(flow_send(s, "ping", 4), 4);
    assert_int_equal(flow_recv(one, data, sizeof data), 4); /* IPv6 delivers no header */
    assert_memory_equal(data, "ping", 4);
    assert_int_equal(connect(s, (struct sockaddr *)&nobody, sizeof nobody), 0);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
    closesocket(one);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partner_filters_and_is_the_default),
        cmocka_unit_test(checks_are_those_of_datagrams),
        cmocka_unit_test(ipv6_works_too),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
