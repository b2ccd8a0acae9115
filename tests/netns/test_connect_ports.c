/* SPDX-License-Identifier: MIT */
/*
 * WSAENOBUFS from every call that waits for a connection, and from datagram sockets, when the local
 * ports are used up; test_ports.c has the other ways to connect. In a network with very few ports.
 */
#include "../api/flow.h"
#include "netns.h"

enum { PORTS = 4 };

struct clients {
    SOCKET sockets[PORTS];
    int count;
};

static SOCKADDR_IN listening;
static SOCKET listener;

static int connect_to(SOCKET s, SOCKADDR_IN to)
{
    return connect(s, (struct sockaddr *)&to, sizeof to);
}

/* Connections from every port that the kernel finds; it does not try hard at the end. */
static void fill(struct clients *clients)
{
    for (clients->count = 0;; clients->count++) {
        SOCKET s = pair_socket(SOCK_STREAM);

        if (connect_to(s, listening) != 0) {
            closesocket(s);
            break;
        }
        assert_true(clients->count < PORTS);
        clients->sockets[clients->count] = s;
    }
    assert_true(clients->count > 0);
}

static void empty(struct clients *clients)
{
    for (int i = 0; i < clients->count; i++) {
        struct linger hard = {1, 0}; /* no TIME_WAIT, which would hold the port */

        setsockopt(clients->sockets[i], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard);
        closesocket(clients->sockets[i]);
    }
}

static void a_blocking_connect_says_so(void **state)
{
    WCHAR node[] = L"127.0.0.1", service[] = L"80";
    struct clients clients;
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET other = pair_socket(SOCK_STREAM);
    SOCKET_ADDRESS_LIST list = {1, {{(struct sockaddr *)&listening, sizeof listening}}};

    (void)state;
    fill(&clients);
    flow_fails(WSAConnectByList(s, &list, NULL, NULL, NULL, NULL, NULL, NULL), WSAENOBUFS);
    flow_fails(WSAConnectByNameA(s, "127.0.0.1", "80", NULL, NULL, NULL, NULL, NULL, NULL),
               WSAENOBUFS);
    flow_fails(WSAConnectByNameW(s, node, service, NULL, NULL, NULL, NULL, NULL, NULL), WSAENOBUFS);
    pair_fails(connect_to(other, listening), WSAENOBUFS);
    pair_fails(
        WSAConnect(other, (struct sockaddr *)&listening, sizeof listening, NULL, NULL, NULL, NULL),
        WSAENOBUFS);
    empty(&clients);
    assert_true(WSAConnectByList(s, &list, NULL, NULL, NULL, NULL, NULL, NULL));
    assert_int_equal(connect_to(other, listening), 0); /* the same sockets, with ports */
    closesocket(other);
    closesocket(s);
}

/* UDP has ports of its own. */
static void datagram_sockets_too(void **state)
{
    SOCKET holders[PORTS];
    SOCKET s = pair_socket(SOCK_DGRAM);

    (void)state;
    for (int i = 0; i < PORTS; i++) {
        holders[i] = pair_socket(SOCK_DGRAM);
        assert_int_equal(pair_bind(holders[i], 0, 0), 0);
    }
    pair_fails(connect_to(s, listening), WSAENOBUFS);
    pair_fails(sendto(s, "x", 1, 0, (struct sockaddr *)&listening, sizeof listening), WSAENOBUFS);
    for (int i = 0; i < PORTS; i++)
        closesocket(holders[i]);
    assert_int_equal(connect_to(s, listening), 0);
    closesocket(s);
}

static int setup(void **state)
{
    int error = pair_setup(state);

    if (error == 0) {
        listener = pair_socket(SOCK_STREAM);
        error = pair_bind(listener, INADDR_LOOPBACK, htons(80));
    }
    if (error == 0)
        error = listen(listener, 16);
    if (error == 0)
        listening = pair_address(listener);
    return error;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blocking_connect_says_so),
        cmocka_unit_test(datagram_sockets_too),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!netns_set("ipv4/ip_local_port_range", "40000 40003")) {
        printf("skipped: /proc/sys/net is read-only here\n");
        return NETNS_SKIPPED;
    }
    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
