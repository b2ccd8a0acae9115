/* SPDX-License-Identifier: MIT */
/*
 * IPPROTO_IP and IPPROTO_IPV6: lengths and memory, values that are refused, and options that change
 * each other. Defaults and values of each: tests/data/option_outcomes.tsv; what they do to packets:
 * tests/netns/test_option_ip.c, test_multicast*.c.
 */
#include "udp.h"

/* Too short for what a get answers with. */
static void short_gets(void **state)
{
    static const struct {
        int family, level, option;
        bool narrow; /* SOCKOPT-GEN-27: one byte will do; else SOCKOPT-GEN-28 */
    } rows[] = {
        {AF_INET, IPPROTO_IP, IP_TTL, true},
        {AF_INET, IPPROTO_IP, IP_TOS, true},
        {AF_INET, IPPROTO_IP, IP_MULTICAST_TTL, true},
        {AF_INET, IPPROTO_IP, IP_MULTICAST_LOOP, true},
        {AF_INET, IPPROTO_IP, IP_DONTFRAGMENT, true},
        {AF_INET, IPPROTO_IP, IP_PKTINFO, false},
        {AF_INET, IPPROTO_IP, IP_RECVTOS, false},
        {AF_INET, IPPROTO_IP, IP_RECVTTL, false},
        {AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, true},
        {AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, true},
        {AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, true},
        {AF_INET6, IPPROTO_IPV6, IPV6_DONTFRAG, true},
        {AF_INET6, IPPROTO_IPV6, IPV6_PKTINFO, false},
        {AF_INET6, IPPROTO_IPV6, IPV6_HOPLIMIT, false},
        {AF_INET6, IPPROTO_IPV6, IPV6_RECVTCLASS, false},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKET s = udp_socket(rows[i].family);

        assert_int_equal(pair_set(s, rows[i].level, rows[i].option, 1), 0);
        for (int room = 1; room <= 2; room++) {
            unsigned char value[4] = {0xee, 0xee, 0xee, 0xee};
            int length = room;

            if (rows[i].narrow) {
                assert_int_equal(
                    getsockopt(s, rows[i].level, rows[i].option, (char *)value, &length), 0);
                assert_int_equal(length, 1);
                assert_int_equal(value[0], 1);
            } else {
                pair_fails(getsockopt(s, rows[i].level, rows[i].option, (char *)value, &length),
                           WSAEFAULT);
                assert_int_equal(length, 0);
                assert_int_equal(value[0], 0xee);
            }
            assert_int_equal(value[1], 0xee);
        }
        closesocket(s);
    }
}

/* SOCKOPT-GEN-31: the low bytes that are there. */
static void short_sets(void **state)
{
    SOCKET s = udp_socket(AF_INET);
    unsigned char value[8] = {0x40, 0, 0, 0, 0xff};

    (void)state;
    for (int length = 1; length <= 8; length++) {
        assert_int_equal(pair_set(s, IPPROTO_IP, IP_MULTICAST_TTL, 9), 0);
        assert_int_equal(setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)value, length), 0);
        assert_int_equal(pair_get(s, IPPROTO_IP, IP_MULTICAST_TTL), 0x40);
    }
    value[1] = 1; /* 0x140, where it is looked at */
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)value, 1), 0);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)value, 2), WSAEINVAL);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)value, 4), WSAEINVAL);
    assert_int_equal(pair_get(s, IPPROTO_IP, IP_MULTICAST_TTL), 0x40);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)value, 0), WSAEFAULT);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)value, -1), WSAENOBUFS);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_PKTINFO, (char *)value, 2), WSAEFAULT);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_TTL, PAIR_BAD, 4), WSAEFAULT);
    closesocket(s);
}

static void values_that_are_refused(void **state)
{
    static const struct {
        int family, level, option, value;
    } rows[] = {
        {AF_INET, IPPROTO_IP, IP_TTL, 256},
        {AF_INET, IPPROTO_IP, IP_TTL, -1},
        {AF_INET, IPPROTO_IP, IP_TOS, 256},
        {AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_NOT_SET},
        {AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_MAX},
        {AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, -1},
        {AF_INET, IPPROTO_IP, IP_USER_MTU, 67},
        {AF_INET, IPPROTO_IP, IP_ADD_IFLIST, 0},
        {AF_INET, IPPROTO_IP, IP_DEL_IFLIST, 5},
        {AF_INET, IPPROTO_IP, IP_PROTECTION_LEVEL, 11},
        {AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256},
        {AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, -2},
        {AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 256},
        {AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, 256},
        {AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_NOT_SET},
        {AF_INET6, IPPROTO_IPV6, IPV6_USER_MTU, 1279},
        {AF_INET6, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, (int)PROTECTION_LEVEL_DEFAULT},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKET s = udp_socket(rows[i].family);

        pair_fails(pair_set(s, rows[i].level, rows[i].option, rows[i].value), WSAEINVAL);
        closesocket(s);
    }
}

/* A length of no bytes takes the options away again. */
static void header_options(void **state)
{
    SOCKET s = udp_socket(AF_INET);
    static const char options[44] = {1, 1, 1, 1}; /* no operation, four times */
    char value[44];
    int length = sizeof value;

    (void)state;
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_OPTIONS, options, 4), 0);
    assert_int_equal(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), 0);
    assert_int_equal(length, 4);
    assert_memory_equal(value, options, 4);
    length = 3;
    pair_fails(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), WSAEFAULT);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_OPTIONS, options, 44), WSAEINVAL);
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_OPTIONS, NULL, 0), 0);
    length = sizeof value;
    assert_int_equal(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), 0);
    assert_int_equal(length, 0);
    closesocket(s);
}

static void interface_lists_have_an_end(void **state)
{
    SOCKET s = udp_socket(AF_INET);
    DWORD list[64];
    int length = sizeof list;

    (void)state;
    pair_fails(getsockopt(s, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), WSAEINVAL);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_IFLIST, 1), 0);
    assert_int_equal(getsockopt(s, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), 0);
    assert_int_equal(length, 0);
    for (int i = 1; i <= 64; i++)
        assert_int_equal(pair_set(s, IPPROTO_IP, IP_ADD_IFLIST, i), 0);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_ADD_IFLIST, 64), 0); /* it is there */
    pair_fails(pair_set(s, IPPROTO_IP, IP_ADD_IFLIST, 65), WSAENOBUFS);
    length = sizeof list;
    assert_int_equal(getsockopt(s, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), 0);
    assert_int_equal(length, sizeof list);
    assert_int_equal(list[63], 64);
    length = 16;
    pair_fails(getsockopt(s, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), WSAEFAULT);
    closesocket(s);
}

/* Also of a connection that was accepted, from its listener. */
static void streams(void **state)
{
    SOCKET listener = pair_bound(SOCK_STREAM), client = pair_socket(SOCK_STREAM), accepted;
    SOCKADDR_IN name = pair_address(listener);

    (void)state;
    assert_int_equal(pair_set(listener, IPPROTO_IP, IP_TTL, 77), 0);
    assert_int_equal(pair_set(listener, IPPROTO_IP, IP_DONTFRAGMENT, 0), 0);
    assert_int_equal(pair_set(client, IPPROTO_IP, IP_USER_MTU, 1000), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
    accepted = accept(listener, NULL, NULL);
    assert_true(accepted != INVALID_SOCKET);
    assert_int_equal(pair_get(accepted, IPPROTO_IP, IP_TTL), 77);
    assert_int_equal(pair_get(accepted, IPPROTO_IP, IP_DONTFRAGMENT), 0);
    assert_true(pair_get(client, IPPROTO_IP, IP_MTU) > 0);
    assert_int_equal(pair_get(client, IPPROTO_IP, IP_USER_MTU), 1000);
    assert_int_equal(pair_set(client, IPPROTO_IP, IP_USER_MTU, -1), 0);
    assert_int_equal(pair_get(client, IPPROTO_IP, IP_USER_MTU), -1);
    closesocket(listener);
    closesocket(client);
    closesocket(accepted);
}

/* What a socket has been told stays with it when DisconnectEx gives it a new connection to make. */
static void streams_that_are_used_again(void **state)
{
    SOCKET listener = pair_listener(), client = pair_socket(SOCK_STREAM);
    SOCKADDR_IN name = pair_address(listener);
    LPFN_DISCONNECTEX disconnect = NULL;
    GUID id = WSAID_DISCONNECTEX;
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(WSAIoctl(client, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id,
                              &disconnect, sizeof disconnect, &bytes, NULL, NULL),
                     0);
    assert_int_equal(pair_set(client, IPPROTO_IP, IP_TTL, 77), 0);
    assert_int_equal(pair_set(client, IPPROTO_IP, IP_DONTFRAGMENT, 0), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
    assert_true(disconnect(client, NULL, TF_REUSE_SOCKET, 0));
    assert_int_equal(pair_get(client, IPPROTO_IP, IP_TTL), 77);
    assert_int_equal(pair_get(client, IPPROTO_IP, IP_DONTFRAGMENT), 0);
    closesocket(listener);
    closesocket(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_gets),
        cmocka_unit_test(short_sets),
        cmocka_unit_test(values_that_are_refused),
        cmocka_unit_test(header_options),
        cmocka_unit_test(interface_lists_have_an_end),
        cmocka_unit_test(streams),
        cmocka_unit_test(streams_that_are_used_again),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
