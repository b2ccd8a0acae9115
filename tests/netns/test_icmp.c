/* SPDX-License-Identifier: MIT */
/* What a router or the destination answers to a connect or to a datagram, code by code. */
#include "attempt.h"

enum { UNREACHABLE = 3, TIME_EXCEEDED = 11, UNREACHABLE6 = 1, TIME_EXCEEDED6 = 3 };

struct answer {
    unsigned n; /* the last part of the address that is answered so */
    uint8_t type;
    uint8_t code;
    struct attempt_end end;
};

static const struct answer answers[] = {
    {2, UNREACHABLE, 0, END_NETUNREACH},     /* net */
    {3, UNREACHABLE, 1, END_HOSTUNREACH},    /* host */
    {4, UNREACHABLE, 2, END_PROTOCOL},       /* protocol */
    {5, UNREACHABLE, 3, END_REFUSED},        /* port */
    {6, UNREACHABLE, 5, END_NETUNREACH},     /* source route failed */
    {7, UNREACHABLE, 6, END_NETUNREACH},     /* net unknown */
    {8, UNREACHABLE, 7, END_HOSTDOWN},       /* host unknown */
    {9, UNREACHABLE, 8, END_HOSTUNREACH},    /* host isolated */
    {10, UNREACHABLE, 9, END_NETUNREACH},    /* net prohibited */
    {11, UNREACHABLE, 10, END_HOSTUNREACH},  /* host prohibited */
    {12, UNREACHABLE, 13, END_HOSTUNREACH},  /* filtered */
    {13, TIME_EXCEEDED, 0, END_HOSTUNREACH}, /* hops used up */
};

static const struct answer answers6[] = {
    {2, UNREACHABLE6, 0, END_NETUNREACH},    /* no route */
    {3, UNREACHABLE6, 1, END_ACCESS},        /* prohibited */
    {4, UNREACHABLE6, 2, END_HOSTUNREACH},   /* beyond the scope of the source */
    {5, UNREACHABLE6, 3, END_HOSTUNREACH},   /* address */
    {6, UNREACHABLE6, 4, END_REFUSED},       /* port */
    {7, UNREACHABLE6, 5, END_ACCESS},        /* the source fails a policy */
    {8, UNREACHABLE6, 6, END_ACCESS},        /* a route that rejects */
    {9, TIME_EXCEEDED6, 0, END_HOSTUNREACH}, /* hops used up */
};

/* All of them together: one that the kernel reads while it still holds the socket is answered again
 * only with the next SYN, a second later. Then the addresses become ones of this machine, and the
 * same sockets connect. */
static void answers_end_connects(const struct answer *rows, size_t count, const char *format,
                                 const char *prefix)
{
    static struct attempt attempts[PAIR_COUNT(answers)][ATTEMPT_WAYS];
    int family = strchr(prefix, ':') != NULL ? AF_INET6 : AF_INET;
    USHORT port;
    SOCKET listener = attempt_listener(family, &port);

    for (size_t i = 0; i < count; i++) {
        char address[32];

        answer_set(rows[i].n, rows[i].type, rows[i].code);
        snprintf(address, sizeof address, format, rows[i].n);
        for (int way = 0; way < ATTEMPT_WAYS; way++)
            attempt_start(&attempts[i][way], (enum attempt_way)way, address, port);
    }
    for (size_t i = 0; i < count; i++) {
        for (int way = 0; way < ATTEMPT_WAYS; way++)
            attempt_fails(&attempts[i][way], &rows[i].end);
        answer_set(rows[i].n, 0, 0);
    }
    assert_true(netns_run("ip route add local %s dev lo", prefix));
    for (size_t i = 0; i < count; i++) {
        char address[32];

        snprintf(address, sizeof address, format, rows[i].n);
        for (int way = 0; way < ATTEMPT_WAYS; way++) {
            attempt_again(&attempts[i][way], address, port);
            attempt_close(&attempts[i][way]);
        }
    }
    assert_true(netns_run("ip route del local %s dev lo", prefix));
    closesocket(listener);
}

static void icmp_answers_end_connects(void **state)
{
    (void)state;
    answers_end_connects(answers, PAIR_COUNT(answers), "10.8.0.%u", "10.8.0.0/28");
}

static void icmpv6_answers_end_connects(void **state)
{
    (void)state;
    answers_end_connects(answers6, PAIR_COUNT(answers6), "fd08::%x", "fd08::/124");
}

/* A connected datagram socket hears of it with its next receive. What Linux takes for a passing
 * trouble (no route, no host, hops used up) it does not tell. */
static void icmp_answers_reach_datagram_receives(void **state)
{
    static const struct {
        unsigned n;
        uint8_t type, code;
        int error;
        const char *format;
    } rows[] = {
        {2, UNREACHABLE, 3, WSAECONNRESET, "10.8.0.%u"},
        {3, UNREACHABLE, 2, WSAENETUNREACH, "10.8.0.%u"},
        {4, UNREACHABLE, 6, WSAENETUNREACH, "10.8.0.%u"},
        {5, UNREACHABLE, 7, WSAEHOSTDOWN, "10.8.0.%u"},
        {6, UNREACHABLE, 8, WSAEHOSTUNREACH, "10.8.0.%u"},
        {2, UNREACHABLE6, 4, WSAECONNRESET, "fd08::%x"},
        {3, UNREACHABLE6, 1, WSAEACCES, "fd08::%x"},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKADDR_STORAGE to;
        char address[32];
        char byte;
        int to_bytes;
        SOCKET s;

        answer_set(rows[i].n, rows[i].type, rows[i].code);
        snprintf(address, sizeof address, rows[i].format, rows[i].n);
        to_bytes = attempt_name(&to, address, htons(9));
        s = socket(to.ss_family, SOCK_DGRAM, 0);
        assert_int_equal(connect(s, (struct sockaddr *)&to, to_bytes), 0);
        assert_int_equal(send(s, "x", 1, 0), 1);
        pair_fails(recv(s, &byte, 1, 0), rows[i].error);
        assert_int_equal(closesocket(s), 0);
        answer_set(rows[i].n, 0, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(icmp_answers_end_connects),
        cmocka_unit_test(icmpv6_answers_end_connects),
        cmocka_unit_test(icmp_answers_reach_datagram_receives),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!answer_begin()) {
        printf("skipped: packet sockets are not permitted\n");
        return NETNS_SKIPPED;
    }
    /* the kernel must send its errors at once, and to a neighbour that it need not look for */
    if (!netns_set("ipv4/icmp_ratelimit", "0") || !netns_set("ipv6/icmp/ratelimit", "0"))
        printf("note: /proc/sys is read-only\n");
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
