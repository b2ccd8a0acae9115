/* SPDX-License-Identifier: MIT */
/*
 * WSAJoinLeaf: order of checks, what a socket must be made with, and sessions on loopback. Sessions
 * that others take part in need a network of their own: tests/netns/test_multipoint.c.
 */
#include "flow.h"

enum { LEAF = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF };

#define GROUP_ADDRESS 0xEFFF0101 /* 239.255.1.1 */

static SOCKET made_with(int family, int type, DWORD flags)
{
    return WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED | flags);
}

static SOCKET leaf(void)
{
    SOCKET s = made_with(AF_INET, SOCK_DGRAM, LEAF);

    assert_true(s != INVALID_SOCKET);
    return s;
}

/* On the loopback interface, whatever network there is. */
static SOCKET local_leaf(void)
{
    SOCKET s = leaf();

    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    return s;
}

static SOCKET join(SOCKET s, SOCKADDR_IN name, DWORD flags)
{
    return WSAJoinLeaf(s, (struct sockaddr *)&name, sizeof name, NULL, NULL, NULL, NULL, flags);
}

#define join_fails(call, code)                       \
    do {                                             \
        WSASetLastError(0);                          \
        assert_true((call) == INVALID_SOCKET);       \
        assert_int_equal(WSAGetLastError(), (code)); \
    } while (0)

/* An earlier check wins: each row also breaks what a later check would catch. */
static void join_leaf_reports_first_failed_check(void **state)
{
    SOCKET stream = pair_socket(SOCK_STREAM);
    SOCKET plain = pair_socket(SOCK_DGRAM);
    SOCKET half = made_with(AF_INET, SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_LEAF);
    SOCKET other = made_with(AF_INET, SOCK_DGRAM, WSA_FLAG_MULTIPOINT_D_LEAF);
    SOCKET s = leaf();
    SOCKADDR_IN group = pair_name(GROUP_ADDRESS, htons(4000));
    SOCKADDR_IN no_port = pair_name(GROUP_ADDRESS, 0);
    SOCKADDR_IN nowhere = pair_name(0, htons(4000));
    SOCKADDR_IN host = pair_name(INADDR_LOOPBACK, htons(4000));
    SOCKADDR_IN below = pair_name(0xDFFFFFFF, htons(4000)), above = pair_name(0xF0000000, 1);
    SOCKADDR_IN family = pair_name(GROUP_ADDRESS, 0);
    QOS wanted = {.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED};
    const struct {
        SOCKET s;
        void *name;
        int length;
        void *sqos;
        DWORD flags;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, 0, PAIR_BAD, 0, WSAENOTSOCK},
        {stream, NULL, 0, PAIR_BAD, 0, WSAEOPNOTSUPP},
        {plain, NULL, 0, PAIR_BAD, JL_BOTH, WSAEINVAL},
        {half, NULL, 0, PAIR_BAD, JL_BOTH, WSAEINVAL},
        {other, NULL, 0, PAIR_BAD, JL_BOTH, WSAEINVAL},
        {s, NULL, 0, PAIR_BAD, 0, WSAEINVAL},
        {s, NULL, 0, PAIR_BAD, JL_SENDER_ONLY | JL_RECEIVER_ONLY, WSAEINVAL},
        {s, NULL, 0, PAIR_BAD, JL_BOTH | 8, WSAEINVAL},
        {s, NULL, 16, PAIR_BAD, JL_BOTH, WSAEFAULT},
        {s, PAIR_BAD, 16, PAIR_BAD, JL_BOTH, WSAEFAULT},
        {s, &family, 15, PAIR_BAD, JL_BOTH, WSAEFAULT},
        {s, &family, 16, PAIR_BAD, JL_BOTH, WSAEAFNOSUPPORT},
        {s, &nowhere, 16, PAIR_BAD, JL_BOTH, WSAEADDRNOTAVAIL},
        {s, &host, 16, PAIR_BAD, JL_BOTH, WSAEADDRNOTAVAIL},
        {s, &below, 16, PAIR_BAD, JL_BOTH, WSAEADDRNOTAVAIL},
        {s, &above, 16, PAIR_BAD, JL_BOTH, WSAEADDRNOTAVAIL},
        {s, &no_port, 16, PAIR_BAD, JL_BOTH, WSAEADDRNOTAVAIL},
        {s, &group, 16, PAIR_BAD, JL_BOTH, WSAEFAULT},
        {s, &group, 16, &wanted, JL_BOTH, WSAEOPNOTSUPP},
    };

    (void)state;
    family.sin_family = 77;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        join_fails(WSAJoinLeaf(rows[i].s, rows[i].name, rows[i].length, PAIR_BAD, PAIR_BAD,
                               rows[i].sqos, PAIR_BAD, rows[i].flags),
                   rows[i].error);
    closesocket(s);
    closesocket(other);
    closesocket(half);
    closesocket(plain);
    closesocket(stream);
}

static void join_leaf_needs_a_started_winsock(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    join_fails(join(INVALID_SOCKET, pair_name(0, 0), 0), WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/* Multicast groups have no root, and streams no groups. */
static void only_leaves_of_datagrams_can_be_made(void **state)
{
    const DWORD roots[] = {WSA_FLAG_MULTIPOINT_C_ROOT, WSA_FLAG_MULTIPOINT_D_ROOT,
                           WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF,
                           WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF,
                           WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_ROOT};
    const DWORD leaves[] = {LEAF, WSA_FLAG_MULTIPOINT_C_LEAF, WSA_FLAG_MULTIPOINT_D_LEAF};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(roots); i++)
        join_fails(made_with(AF_INET, SOCK_DGRAM, roots[i]), WSAEINVAL);
    for (size_t i = 0; i < PAIR_COUNT(leaves); i++) {
        join_fails(made_with(AF_INET6, SOCK_STREAM, leaves[i]), WSAEINVAL);
        assert_int_equal(closesocket(made_with(AF_INET6, SOCK_DGRAM, leaves[i])), 0);
    }
}

static void the_same_socket_comes_back(void **state)
{
    SOCKADDR_IN group = pair_name(GROUP_ADDRESS, htons(4000));
    const DWORD roles[] = {JL_BOTH, JL_SENDER_ONLY, JL_RECEIVER_ONLY};
    SOCKADDR_IN peer;
    int length = sizeof peer;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(roles); i++) {
        SOCKET s = local_leaf();
        SOCKADDR_IN before = pair_address(s), after;

        WSASetLastError(1);
        /* Connect data mean nothing to datagrams, and a group's flow to others than its creator. */
        assert_true(WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(SOCKADDR_STORAGE), PAIR_BAD,
                                PAIR_BAD, NULL, PAIR_BAD, roles[i]) == s);
        assert_int_equal(WSAGetLastError(), 0);
        after = pair_address(s);
        assert_memory_equal(&before, &after, sizeof before);
        pair_fails(getpeername(s, (struct sockaddr *)&peer, &length), WSAENOTCONN);
        join_fails(join(s, group, roles[i]), WSAEISCONN);
        closesocket(s);
    }
}

static void only_senders_get_a_destination(void **state)
{
    SOCKADDR_IN group = pair_name(GROUP_ADDRESS, htons(4000));
    SOCKET s = local_leaf();

    (void)state;
    assert_true(join(s, group, JL_RECEIVER_ONLY) == s);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
    assert_true(join(s, group, JL_SENDER_ONLY) == s); /* receives already, and now sends too */
    assert_int_equal(flow_send(s, "x", 1), 1);
    assert_int_equal(send(s, "x", 1, 0), 1);
    closesocket(s);
    s = local_leaf();
    assert_true(join(s, group, JL_SENDER_ONLY) == s);
    assert_true(join(s, group, JL_BOTH) == s); /* the other way round */
    join_fails(join(s, group, JL_BOTH), WSAEISCONN);
    closesocket(s);
}

static void fd_connect_tells_that_it_is_joined(void **state)
{
    SOCKADDR_IN group = pair_name(GROUP_ADDRESS, htons(4000));
    SOCKET s = local_leaf();
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;

    (void)state;
    assert_int_equal(WSAEventSelect(s, event, FD_CONNECT), 0); /* non-blocking from now on */
    assert_true(join(s, group, JL_SENDER_ONLY) == s);
    assert_int_equal(WSAEnumNetworkEvents(s, event, &events), 0);
    assert_int_equal(events.lNetworkEvents, FD_CONNECT);
    assert_int_equal(events.iErrorCode[FD_CONNECT_BIT], 0);
    closesocket(s);
    WSACloseEvent(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_leaf_reports_first_failed_check),
        cmocka_unit_test(join_leaf_needs_a_started_winsock),
        cmocka_unit_test(only_leaves_of_datagrams_can_be_made),
        cmocka_unit_test(the_same_socket_comes_back),
        cmocka_unit_test(only_senders_get_a_destination),
        cmocka_unit_test(fd_connect_tells_that_it_is_joined),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
