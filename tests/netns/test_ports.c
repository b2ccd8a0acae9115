/* SPDX-License-Identifier: MIT */
/*
 * Limits of the network: no free local port is left (there are two here, and both are taken), no
 * place for another group, a port that is somebody's own.
 */
#include "attempt.h"

/* Both ports taken, by connections to this listener. */
static void ports_take(SOCKET held[2], SOCKADDR_IN to)
{
    for (int i = 0; i < 2; i++) {
        held[i] = pair_socket(SOCK_STREAM);
        assert_int_equal(connect(held[i], (struct sockaddr *)&to, sizeof to), 0);
    }
}

static SOCKET ports_listener(SOCKADDR_IN *to)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, htons(7000)), 0); /* ours alone, in here */
    assert_int_equal(listen(s, 64), 0);
    *to = pair_address(s);
    return s;
}

static void connect_without_a_free_port_has_no_buffers(void **state)
{
    static const struct attempt_end end = END_NOBUFS;
    struct attempt attempts[ATTEMPT_WAYS];
    SOCKET held[2];
    SOCKADDR_IN to;
    SOCKET listener = ports_listener(&to);

    (void)state;
    ports_take(held, to);
    for (int way = 0; way < BY_CONNECTEX_EVENT; way++) {
        attempt_start(&attempts[way], (enum attempt_way)way, "127.0.0.1", to.sin_port);
        attempt_fails(&attempts[way], &end);
    }
    closesocket(held[0]);
    closesocket(held[1]);
    /* the ports were the client's, which closed first: TIME_WAIT keeps them from this peer */
    assert_true(netns_set("ipv4/ip_local_port_range", "20000 20100"));
    for (int way = 0; way < BY_CONNECTEX_EVENT; way++) {
        attempt_again(&attempts[way], "127.0.0.1", to.sin_port);
        attempt_close(&attempts[way]);
    }
    assert_true(netns_set("ipv4/ip_local_port_range", "20000 20001"));
    closesocket(listener);
}

static void bind_without_a_free_port_has_no_buffers(void **state)
{
    SOCKET held[2];
    SOCKET datagrams[2];
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, htons(9));

    (void)state;
    assert_true(netns_set("ipv4/ip_local_port_range", "21000 21001"));
    for (int i = 0; i < 2; i++) {
        held[i] = pair_bound(SOCK_STREAM);
        datagrams[i] = pair_bound(SOCK_DGRAM);
    }
    pair_fails(pair_bind(s, INADDR_LOOPBACK, 0), WSAENOBUFS);
    pair_fails(pair_bind(datagram, INADDR_LOOPBACK, 0), WSAENOBUFS);
    pair_fails(sendto(datagram, "x", 1, 0, (struct sockaddr *)&to, sizeof to), WSAENOBUFS);
    for (int i = 0; i < 2; i++) {
        closesocket(held[i]);
        closesocket(datagrams[i]);
    }
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(pair_bind(datagram, INADDR_LOOPBACK, 0), 0);
    closesocket(s);
    closesocket(datagram);
}

static SOCKET leaf(void)
{
    SOCKET s = WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0,
                          WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF);

    assert_true(s != INVALID_SOCKET);
    return s;
}

/* Makes the call fail as pair_fails() wants it. */
static int join(SOCKET s, SOCKADDR_IN group)
{
    SOCKET same = WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof group, NULL, NULL, NULL, NULL,
                              JL_RECEIVER_ONLY);

    return same == INVALID_SOCKET ? SOCKET_ERROR : 0;
}

/* net.ipv4.igmp_max_memberships */
static void a_socket_joins_so_many_groups_and_no_more(void **state)
{
    SOCKET s = leaf();

    (void)state;
    if (!netns_set("ipv4/igmp_max_memberships", "3")) {
        print_message("skipped: /proc/sys is read-only\n");
        skip();
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(join(s, pair_name(0xEF010101 + i, htons(7100))), 0);
    pair_fails(join(s, pair_name(0xEF010109, htons(7100))), WSAENOBUFS);
    closesocket(s);
}

/* Somebody has it for himself. */
static void joining_needs_the_port_of_the_group(void **state)
{
    SOCKET owner = pair_socket(SOCK_DGRAM);
    SOCKET s = leaf();

    (void)state;
    assert_int_equal(pair_set(owner, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), 0);
    assert_int_equal(pair_bind(owner, INADDR_ANY, htons(7200)), 0);
    pair_fails(join(s, pair_name(0xEF010101, htons(7200))), WSAEADDRINUSE);
    closesocket(owner);
    assert_int_equal(join(s, pair_name(0xEF010101, htons(7200))), 0);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_without_a_free_port_has_no_buffers),
        cmocka_unit_test(bind_without_a_free_port_has_no_buffers),
        cmocka_unit_test(a_socket_joins_so_many_groups_and_no_more),
        cmocka_unit_test(joining_needs_the_port_of_the_group),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!netns_set("ipv4/ip_local_port_range", "20000 20001")) {
        printf("skipped: /proc/sys is read-only\n");
        return NETNS_SKIPPED;
    }
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
