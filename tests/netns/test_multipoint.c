/* SPDX-License-Identifier: MIT */
/* Multipoint sessions (WSAJoinLeaf) with several leaves, over a link and without any. */
#include "../api/flow.h"
#include "netns.h"

#include <ws2tcpip.h>

enum { LEAF = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF, PORT = 4000 };

static SOCKET leaf(int family)
{
    int type = SOCK_DGRAM;
    SOCKET s = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED | LEAF);

    assert_true(s != INVALID_SOCKET);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    return s;
}

/* A session by its address. */
static SOCKADDR_STORAGE session(int family, const char *address, USHORT port)
{
    SOCKADDR_STORAGE name;

    memset(&name, 0, sizeof name);
    name.ss_family = (ADDRESS_FAMILY)family;
    SS_PORT(&name) = htons(port);
    assert_int_equal(inet_pton(family, address,
                               family == AF_INET
                                   ? (void *)&((SOCKADDR_IN *)(void *)&name)->sin_addr
                                   : (void *)&((SOCKADDR_IN6 *)(void *)&name)->sin6_addr),
                     1);
    return name;
}

static void join(SOCKET s, SOCKADDR_STORAGE name, DWORD flags)
{
    SOCKET joined =
        WSAJoinLeaf(s, (struct sockaddr *)&name, sizeof name, NULL, NULL, NULL, NULL, flags);

    if (joined == INVALID_SOCKET)
        print_message("WSAJoinLeaf: %d\n", WSAGetLastError());
    assert_true(joined == s);
}

static void takes(SOCKET s, const char *text)
{
    char data[16] = {0};

    assert_int_equal(flow_recv(s, data, sizeof data), strlen(text));
    assert_string_equal(data, text);
}

static void sends(SOCKET s, const char *text)
{
    if (flow_send(s, text, (ULONG)strlen(text)) != (int)strlen(text))
        fail_msg("send: %d", WSAGetLastError());
}

static void takes_nothing(SOCKET s)
{
    u_long waiting = 1;

    assert_int_equal(ioctlsocket(s, (long)FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 0);
}

/* A sender, a receiver and one that is both. What has arrived at one has arrived at all. */
static void a_session_has_senders_and_receivers(int family, const char *address,
                                                const char *another)
{
    SOCKADDR_STORAGE name = session(family, address, PORT);
    SOCKET sender = leaf(family), receiver = leaf(family), both = leaf(family);
    SOCKADDR_STORAGE local;
    int length = sizeof local;
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;

    join(receiver, name, JL_RECEIVER_ONLY);
    join(both, name, JL_BOTH);
    join(sender, name, JL_SENDER_ONLY);
    assert_int_equal(getsockname(receiver, (struct sockaddr *)&local, &length), 0);
    assert_int_equal(SS_PORT(&local), htons(PORT)); /* unbound before */
    length = sizeof local;
    assert_int_equal(getsockname(sender, (struct sockaddr *)&local, &length), 0);
    assert_true(SS_PORT(&local) != 0 && SS_PORT(&local) != htons(PORT));

    sends(sender, "one");
    takes(receiver, "one");
    takes(both, "one");
    assert_int_equal(send(both, "two", 3, 0), 3);
    takes(receiver, "two");
    takes(both, "two"); /* its own: SIO_MULTIPOINT_LOOPBACK is on */
    flow_accepted(flow_start_send(sender, "three", 5, &overlapped));
    assert_int_equal(flow_end(sender, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 5);
    takes(receiver, "three");
    takes(both, "three");
    takes_nothing(sender);

    /* The session that was joined last is where data go; receivers stay in each. */
    join(sender, session(family, another, PORT), JL_SENDER_ONLY);
    join(both, session(family, another, PORT), JL_RECEIVER_ONLY);
    sends(sender, "four");
    takes(both, "four");
    assert_int_equal(send(both, "five", 4, 0), 4); /* to the first */
    takes(receiver, "five");
    takes(both, "five");
    WSACloseEvent(overlapped.hEvent);
    closesocket(both);
    closesocket(receiver);
    closesocket(sender);
}

static void ipv4_over_a_link(void **state)
{
    (void)state;
    assert_true(netns_run("ip route add 224.0.0.0/4 dev v0"));
    a_session_has_senders_and_receivers(AF_INET, "239.255.1.1", "239.255.1.2");
    assert_true(netns_run("ip route del 224.0.0.0/4 dev v0"));
}

static void ipv6_over_a_link(void **state)
{
    SOCKADDR_STORAGE name = session(AF_INET6, "ff15::1", PORT);
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
    time_t limit = time(NULL) + FLOW_LIMIT_MS / 1000;

    (void)state;
    while (connect(s, (struct sockaddr *)&name, sizeof name) != 0) { /* the link comes up */
        assert_true(time(NULL) <= limit);
        sched_yield();
    }
    closesocket(s);
    a_session_has_senders_and_receivers(AF_INET6, "ff15::1", "ff15::2");
}

/* No network at all: the programs of this computer still have each other. */
static void ipv4_without_a_route(void **state)
{
    (void)state;
    assert_true(netns_run("ip link set v0 down"));
    a_session_has_senders_and_receivers(AF_INET, "239.255.1.1", "239.255.1.2");
    assert_true(netns_run("ip link set v0 up"));
}

static void ipv6_without_a_route(void **state)
{
    SOCKADDR_STORAGE name = session(AF_INET6, "ff15::1", PORT);
    SOCKET s = leaf(AF_INET6);

    (void)state;
    assert_true(netns_run("ip link set v0 down && ip link set v1 down"));
    WSASetLastError(0);
    assert_true(WSAJoinLeaf(s, (struct sockaddr *)&name, sizeof name, NULL, NULL, NULL, NULL,
                            JL_BOTH) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAENETUNREACH);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN); /* nothing has happened */
    closesocket(s);
}

static int setup(void **state)
{
    return pair_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_over_a_link),
        cmocka_unit_test(ipv6_over_a_link),
        cmocka_unit_test(ipv4_without_a_route),
        cmocka_unit_test(ipv6_without_a_route),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
