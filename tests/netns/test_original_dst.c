/* SPDX-License-Identifier: MIT */
/*
 * SO_ORIGINAL_DST: where a connection was meant to go before a rule of this machine sent it
 * elsewhere. Each row is one such rule, for IPv4 or IPv6.
 */
#include "attempt.h"

enum { MEANT_PORT = 7777 };

/* dnat: the address and the port change; redirect: the address becomes this machine's own. */
static const struct {
    const char *meant;
    const char *rule; /* with the listener's port */
} rows[] = {
    {"127.0.0.9", "ip daddr 127.0.0.9 tcp dport 7777 redirect to :%u"},
    {"10.8.0.2", "ip daddr 10.8.0.2 tcp dport 7777 redirect to :%u"},
    {"10.8.0.3", "ip daddr 10.8.0.3 tcp dport 7777 dnat to 127.0.0.1:%u"},
    {"fd08::2", "ip6 daddr fd08::2 tcp dport 7777 redirect to :%u"},
    {"fd08::3", "ip6 daddr fd08::3 tcp dport 7777 dnat to [fd08::1]:%u"},
};

static SOCKET redirect_listener(int family, unsigned *port)
{
    SOCKADDR_STORAGE name;
    int length = attempt_name(&name, family == AF_INET ? "0.0.0.0" : "::", 0);
    SOCKET s = socket(family, SOCK_STREAM, 0);

    assert_int_equal(bind(s, (struct sockaddr *)&name, length), 0);
    assert_int_equal(listen(s, 4), 0);
    length = sizeof name;
    assert_int_equal(getsockname(s, (struct sockaddr *)&name, &length), 0);
    *port = ntohs(((SOCKADDR_IN *)(void *)&name)->sin_port); /* in the same place in both */
    return s;
}

static void is_name(const SOCKADDR_STORAGE *found, int found_bytes, const SOCKADDR_STORAGE *wanted,
                    int wanted_bytes)
{
    assert_int_equal(found_bytes, wanted_bytes);
    assert_memory_equal(found, wanted, (size_t)wanted_bytes);
}

/* The accepting side is told; room for less than the family's name is refused. */
static void the_server_learns_what_was_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKADDR_STORAGE meant;
        SOCKADDR_STORAGE found;
        int meant_bytes = attempt_name(&meant, rows[i].meant, htons(MEANT_PORT));
        int length = sizeof found;
        char rule[128];
        unsigned port;
        SOCKET listener = redirect_listener(meant.ss_family, &port);
        SOCKET client = socket(meant.ss_family, SOCK_STREAM, 0);
        SOCKET server;

        print_message("%s\n", rows[i].rule);
        snprintf(rule, sizeof rule, rows[i].rule, port);
        assert_true(netns_run("nft add rule inet n out %s", rule));
        assert_int_equal(connect(client, (struct sockaddr *)&meant, meant_bytes), 0);
        server = accept(listener, NULL, NULL);
        assert_true(server != INVALID_SOCKET);
        memset(&found, 0xa5, sizeof found);
        assert_int_equal(getsockopt(server, SOL_SOCKET, SO_ORIGINAL_DST, (char *)&found, &length),
                         0);
        is_name(&found, length, &meant, meant_bytes);
        length = sizeof found;
        assert_int_equal(getsockname(server, (struct sockaddr *)&found, &length), 0);
        assert_int_not_equal(memcmp(&found, &meant, (size_t)meant_bytes), 0); /* redirected */
        length = meant_bytes - 1;
        pair_fails(getsockopt(server, SOL_SOCKET, SO_ORIGINAL_DST, (char *)&found, &length),
                   WSAEFAULT);
        closesocket(client);
        closesocket(server);
        closesocket(listener);
    }
}

/* An IPv4 connection at an IPv6 socket: all its names are IPv6's. */
static void a_dual_server_learns_it_too(void **state)
{
    SOCKADDR_STORAGE meant;
    SOCKADDR_STORAGE mapped;
    SOCKADDR_STORAGE found;
    int meant_bytes = attempt_name(&meant, "127.0.0.10", htons(MEANT_PORT));
    int mapped_bytes = attempt_name(&mapped, "::ffff:127.0.0.10", htons(MEANT_PORT));
    int length;
    SOCKET client = socket(AF_INET, SOCK_STREAM, 0);
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKET server;

    (void)state;
    assert_int_equal(pair_set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0), 0);
    length = attempt_name(&found, "::", 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&found, length), 0);
    assert_int_equal(listen(listener, 4), 0);
    length = sizeof found;
    assert_int_equal(getsockname(listener, (struct sockaddr *)&found, &length), 0);
    assert_true(
        netns_run("nft add rule inet n out ip daddr 127.0.0.10 tcp dport 7777 redirect to :%u",
                  ntohs(((SOCKADDR_IN6 *)(void *)&found)->sin6_port)));
    assert_int_equal(connect(client, (struct sockaddr *)&meant, meant_bytes), 0);
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    length = sizeof found;
    assert_int_equal(getsockopt(server, SOL_SOCKET, SO_ORIGINAL_DST, (char *)&found, &length), 0);
    is_name(&found, length, &mapped, mapped_bytes);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

/* The kernel follows every connection here, redirected or not. */
static void what_was_not_redirected_was_meant_for_here(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "fd08::1"};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(addresses); i++) {
        SOCKADDR_STORAGE name;
        SOCKADDR_STORAGE found;
        int name_bytes = attempt_name(&name, addresses[i], 0);
        int length = sizeof found;
        unsigned port;
        SOCKET listener = redirect_listener(name.ss_family, &port);
        SOCKET client = socket(name.ss_family, SOCK_STREAM, 0);
        SOCKET server;

        name_bytes = attempt_name(&name, addresses[i], htons((USHORT)port));
        assert_int_equal(connect(client, (struct sockaddr *)&name, name_bytes), 0);
        server = accept(listener, NULL, NULL);
        assert_int_equal(getsockopt(server, SOL_SOCKET, SO_ORIGINAL_DST, (char *)&found, &length),
                         0);
        is_name(&found, length, &name, name_bytes);
        closesocket(client);
        closesocket(server);
        closesocket(listener);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_learns_what_was_meant),
        cmocka_unit_test(a_dual_server_learns_it_too),
        cmocka_unit_test(what_was_not_redirected_was_meant_for_here),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!netns_has("nft") || !netns_run("nft add table inet n") ||
        !netns_run("nft add chain inet n out '{ type nat hook output priority -100; }'")) {
        printf("skipped: no nftables with address translation (command nft, package nftables)\n");
        return NETNS_SKIPPED;
    }
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
