/* SPDX-License-Identifier: MIT */
/* Firewall rules: rejected, dropped and silently swallowed connects and datagrams. */
#include "attempt.h"

/* They reject on the way in, as a firewall there would. */
static const struct {
    const char *address;
    const char *rule;
    struct attempt_end end;
} rejects[] = {
    {"127.0.0.1", "tcp reset", END_REFUSED},
    {"127.0.0.1", "icmp port-unreachable", END_REFUSED},
    {"127.0.0.1", "icmp host-unreachable", END_HOSTUNREACH},
    {"127.0.0.1", "icmp net-unreachable", END_NETUNREACH},
    {"127.0.0.1", "icmp prot-unreachable", END_PROTOCOL},
    {"127.0.0.1", "icmp admin-prohibited", END_HOSTUNREACH},
    {"127.0.0.1", "icmp host-prohibited", END_HOSTUNREACH},
    {"127.0.0.1", "icmp net-prohibited", END_NETUNREACH},
    {"::1", "tcp reset", END_REFUSED},
    {"::1", "icmpv6 port-unreachable", END_REFUSED},
    {"::1", "icmpv6 addr-unreachable", END_HOSTUNREACH},
    {"::1", "icmpv6 no-route", END_NETUNREACH},
    {"::1", "icmpv6 admin-prohibited", END_ACCESS},
};

/* Somebody listens, and a rule stands before it. A rejected SYN may be noticed with the second one,
 * a second later: all run at the same time. Without the rules the same sockets connect. */
static void rejected_connects_fail_with_the_rules_answer(void **state)
{
    static struct attempt attempts[PAIR_COUNT(rejects)][ATTEMPT_WAYS];
    SOCKET listeners[PAIR_COUNT(rejects)];
    USHORT ports[PAIR_COUNT(rejects)];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rejects); i++) {
        bool inet6 = strchr(rejects[i].address, ':') != NULL;

        listeners[i] = attempt_listener(inet6 ? AF_INET6 : AF_INET, &ports[i]);
        assert_true(netns_run("nft add rule inet t in meta nfproto %s tcp dport %u reject with %s",
                              inet6 ? "ipv6" : "ipv4", ntohs(ports[i]), rejects[i].rule));
    }
    for (size_t i = 0; i < PAIR_COUNT(rejects); i++) {
        for (int way = 0; way < ATTEMPT_WAYS; way++)
            attempt_start(&attempts[i][way], (enum attempt_way)way, rejects[i].address, ports[i]);
    }
    for (size_t i = 0; i < PAIR_COUNT(rejects); i++) {
        print_message("%s %s\n", rejects[i].address, rejects[i].rule);
        for (int way = 0; way < ATTEMPT_WAYS; way++)
            attempt_fails(&attempts[i][way], &rejects[i].end);
    }
    assert_true(netns_run("nft flush chain inet t in"));
    for (size_t i = 0; i < PAIR_COUNT(rejects); i++) {
        for (int way = 0; way < ATTEMPT_WAYS; way++) {
            attempt_again(&attempts[i][way], rejects[i].address, ports[i]);
            attempt_close(&attempts[i][way]);
        }
        closesocket(listeners[i]);
    }
}

/* Once in this program: the kernel tries for three seconds. Nothing ever answers at 10.8.0.2. Then
 * the address becomes one of this machine, and the same sockets connect. */
static void silence_ends_in_timeout(void **state)
{
    static struct attempt attempts[2][ATTEMPT_WAYS];
    static const char *const addresses[] = {"10.8.0.2", "fd08::2"};
    static const int families[] = {AF_INET, AF_INET6};
    static const struct attempt_end end = END_TIMEDOUT;
    SOCKET listeners[2];
    USHORT ports[2];

    (void)state;
    if (!netns_set("ipv4/tcp_syn_retries", "1")) {
        print_message("skipped: /proc/sys is read-only, and a timeout takes two minutes\n");
        skip();
    }
    for (int i = 0; i < 2; i++) {
        listeners[i] = attempt_listener(families[i], &ports[i]);
        for (int way = 0; way < ATTEMPT_WAYS; way++)
            attempt_start(&attempts[i][way], (enum attempt_way)way, addresses[i], ports[i]);
    }
    for (int i = 0; i < 2; i++) {
        for (int way = 0; way < ATTEMPT_WAYS; way++)
            attempt_fails(&attempts[i][way], &end);
    }
    assert_true(netns_run("ip route add local 10.8.0.2 dev lo"));
    assert_true(netns_run("ip -6 route add local fd08::2 dev lo"));
    for (int i = 0; i < 2; i++) {
        for (int way = 0; way < ATTEMPT_WAYS; way++) {
            attempt_again(&attempts[i][way], addresses[i], ports[i]);
            attempt_close(&attempts[i][way]);
        }
        closesocket(listeners[i]);
    }
    assert_true(netns_run("ip route del local 10.8.0.2 dev lo"));
    assert_true(netns_run("ip -6 route del local fd08::2 dev lo"));
}

/* The machine's own firewall forbids to send. */
static void forbidden_datagrams_fail_with_access_denied(void **state)
{
    static const char *const addresses[] = {"10.8.0.2", "fd08::2"};
    WSABUF buffer = {1, (char[]){'x'}};
    DWORD bytes = 0;

    (void)state;
    assert_true(netns_run("nft add rule inet t out udp dport 9 drop"));
    for (size_t i = 0; i < PAIR_COUNT(addresses); i++) {
        SOCKADDR_STORAGE to;
        int to_bytes = attempt_name(&to, addresses[i], htons(9));
        SOCKET s = socket(to.ss_family, SOCK_DGRAM, 0);

        pair_fails(sendto(s, "x", 1, 0, (struct sockaddr *)&to, to_bytes), WSAEACCES);
        pair_fails(
            WSASendTo(s, &buffer, 1, &bytes, 0, (struct sockaddr *)&to, to_bytes, NULL, NULL),
            WSAEACCES);
        assert_int_equal(connect(s, (struct sockaddr *)&to, to_bytes), 0);
        pair_fails(send(s, "x", 1, 0), WSAEACCES);
        pair_fails(WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL), WSAEACCES);
        closesocket(s);
    }
    assert_true(netns_run("nft flush chain inet t out"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejected_connects_fail_with_the_rules_answer),
        cmocka_unit_test(silence_ends_in_timeout),
        cmocka_unit_test(forbidden_datagrams_fail_with_access_denied),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!netns_has("nft") || !netns_run("nft add table inet t") ||
        !netns_run("nft add chain inet t in '{ type filter hook input priority 0; }'") ||
        !netns_run("nft add chain inet t out '{ type filter hook output priority 0; }'")) {
        printf("skipped: no nftables (command nft, package nftables)\n");
        return NETNS_SKIPPED;
    }
    if (!netns_set("ipv4/icmp_ratemask", "0") || !netns_set("ipv6/icmp/ratelimit", "0"))
        printf("note: /proc/sys is read-only\n");
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
