/* SPDX-License-Identifier: MIT */
/*
 * Destinations that the routing table or the link refuses: every way of connecting tells the same
 * error, and the same socket connects when the route is mended. Sends of datagrams too.
 */
#include "attempt.h"

struct route {
    const char *kind;    /* "": there is no route at all */
    const char *prefix;  /* as `ip route` has it */
    const char *address; /* one in it */
    struct attempt_end end;
    int send_error;
};

static const struct route routes[] = {
    {"", "10.7.1.0/24", "10.7.1.1", END_NETUNREACH, WSAENETUNREACH},
    {"", "fd07:1::/64", "fd07:1::1", END_NETUNREACH, WSAENETUNREACH},
    {"unreachable", "10.7.2.0/24", "10.7.2.1", END_HOSTUNREACH, WSAEHOSTUNREACH},
    {"unreachable", "fd07:2::/64", "fd07:2::1", END_HOSTUNREACH, WSAEHOSTUNREACH},
    {"prohibit", "10.7.3.0/24", "10.7.3.1", END_ACCESS, WSAEACCES},
    {"prohibit", "fd07:3::/64", "fd07:3::1", END_ACCESS, WSAEACCES},
    {"throw", "10.7.4.0/24", "10.7.4.1", END_NETUNREACH, WSAENETUNREACH},
    {"throw", "fd07:4::/64", "fd07:4::1", END_NETUNREACH, WSAENETUNREACH},
    /* Linux says "invalid argument", which also means a local address that does not go with the
     * remote one. */
    {"blackhole", "10.7.5.0/24", "10.7.5.1", END_ADDRNOTAVAIL, WSAEINVAL},
    {"blackhole", "fd07:5::/64", "fd07:5::1", END_ADDRNOTAVAIL, WSAEINVAL},
};

static int family_of(const char *address)
{
    return strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
}

static const char *option_of(const char *address)
{
    return family_of(address) == AF_INET6 ? "-6" : "-4";
}

static void route_break(const struct route *route)
{
    if (route->kind[0] != '\0')
        assert_true(netns_run("ip %s route add %s %s", option_of(route->address), route->kind,
                              route->prefix));
}

/* Makes every address of the prefix one of this machine. */
static void route_mend(const struct route *route)
{
    const char *option = option_of(route->address);

    if (route->kind[0] != '\0')
        assert_true(netns_run("ip %s route del %s %s", option, route->kind, route->prefix));
    assert_true(netns_run("ip %s route add local %s dev lo", option, route->prefix));
}

static void route_restore(const struct route *route)
{
    assert_true(
        netns_run("ip %s route del local %s dev lo", option_of(route->address), route->prefix));
}

static void failed_connect_can_be_repeated(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(routes); i++) {
        const struct route *route = &routes[i];
        struct attempt attempts[ATTEMPT_WAYS];
        USHORT port;
        SOCKET listener = attempt_listener(family_of(route->address), &port);

        print_message("%s %s\n", route->kind, route->prefix);
        route_break(route);
        for (int way = 0; way < ATTEMPT_WAYS; way++) {
            attempt_start(&attempts[way], (enum attempt_way)way, route->address, port);
            attempt_fails(&attempts[way], &route->end);
        }
        route_mend(route);
        for (int way = 0; way < ATTEMPT_WAYS; way++) {
            attempt_again(&attempts[way], route->address, port);
            attempt_close(&attempts[way]);
        }
        closesocket(listener);
        route_restore(route);
    }
}

static int send_datagram(SOCKET s, const char *address)
{
    SOCKADDR_STORAGE to;
    int to_bytes = attempt_name(&to, address, htons(9));

    return sendto(s, "x", 1, 0, (struct sockaddr *)&to, to_bytes);
}

static int wsa_send_datagram(SOCKET s, const char *address)
{
    SOCKADDR_STORAGE to;
    int to_bytes = attempt_name(&to, address, htons(9));
    WSABUF buffer = {1, (char[]){'x'}};
    DWORD bytes = 0;

    return WSASendTo(s, &buffer, 1, &bytes, 0, (struct sockaddr *)&to, to_bytes, NULL, NULL);
}

/* In the completion, or at once: both are allowed to an overlapped send. */
static int overlapped_send_error(SOCKET s, const char *address)
{
    SOCKADDR_STORAGE to;
    int to_bytes = attempt_name(&to, address, htons(9));
    WSABUF buffer = {1, (char[]){'x'}};
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;
    DWORD flags = 0;
    int error = 0;

    if (WSASendTo(s, &buffer, 1, NULL, 0, (struct sockaddr *)&to, to_bytes, &overlapped, NULL) != 0)
        error = WSAGetLastError();
    if (error == WSA_IO_PENDING) {
        (void)flow_end(s, &overlapped, &bytes);
        assert_false(WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags));
        error = WSAGetLastError();
    }
    WSACloseEvent(overlapped.hEvent);
    return error;
}

static void datagrams_are_refused_with_the_routes_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(routes); i++) {
        const struct route *route = &routes[i];
        SOCKET s = socket(family_of(route->address), SOCK_DGRAM, 0);
        SOCKADDR_STORAGE to;
        int to_bytes = attempt_name(&to, route->address, htons(9));

        print_message("%s %s\n", route->kind, route->prefix);
        route_break(route);
        pair_fails(send_datagram(s, route->address), route->send_error);
        pair_fails(wsa_send_datagram(s, route->address), route->send_error);
        assert_int_equal(overlapped_send_error(s, route->address), route->send_error);
        pair_fails(connect(s, (struct sockaddr *)&to, to_bytes), route->end.error);
        route_mend(route);
        assert_int_equal(send_datagram(s, route->address), 1);
        assert_int_equal(connect(s, (struct sockaddr *)&to, to_bytes), 0);
        closesocket(s);
        route_restore(route);
    }
}

/* Nobody answers for the address on the link: the neighbour search ends the connect. */
static void missing_neighbour_is_an_unreachable_host(void **state)
{
    static const char *const addresses[] = {"10.8.0.200", "fd08::200"};
    static const struct attempt_end end = END_HOSTUNREACH;

    (void)state;
    if (!netns_set("ipv4/neigh/v0/retrans_time_ms", "20") ||
        !netns_set("ipv6/neigh/v0/retrans_time_ms", "20")) {
        print_message("skipped: /proc/sys is read-only\n");
        skip();
    }
    for (size_t i = 0; i < PAIR_COUNT(addresses); i++)
        attempt_all_fail(addresses[i], htons(80), &end);
}

static int by_list(SOCKET s, const char *address)
{
    SOCKADDR_STORAGE to;
    SOCKET_ADDRESS_LIST list = {1, {{(struct sockaddr *)&to, 0}}};

    list.Address[0].iSockaddrLength = attempt_name(&to, address, htons(80));
    return WSAConnectByList(s, &list, NULL, NULL, NULL, NULL, NULL, NULL) ? 0 : SOCKET_ERROR;
}

static int by_name(SOCKET s, const char *address, struct timeval *limit)
{
    return WSAConnectByNameA(s, address, "80", NULL, NULL, NULL, NULL, limit, NULL) ? 0
                                                                                    : SOCKET_ERROR;
}

static int by_wide_name(SOCKET s, const WCHAR *address, struct timeval *limit)
{
    static WCHAR port[] = L"80";

    return WSAConnectByNameW(s, (WCHAR *)(uintptr_t)address, port, NULL, NULL, NULL, NULL, limit,
                             NULL)
               ? 0
               : SOCKET_ERROR;
}

static void connects_by_list_and_name_fail_alike(void **state)
{
    struct timeval limit = {0, 50000};
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    assert_true(netns_run("ip route add unreachable 10.7.6.0/24"));
    pair_fails(by_list(s, "10.7.6.1"), WSAEHOSTUNREACH);
    pair_fails(by_name(s, "10.7.6.1", NULL), WSAEHOSTUNREACH);
    pair_fails(by_wide_name(s, L"10.7.6.1", NULL), WSAEHOSTUNREACH);
    pair_fails(by_name(s, "10.8.0.2", &limit), WSAETIMEDOUT); /* silence */
    limit = (struct timeval){0, 50000};
    pair_fails(by_wide_name(s, L"10.8.0.2", &limit), WSAETIMEDOUT);
    assert_true(netns_run("ip route del unreachable 10.7.6.0/24"));
    closesocket(s);
}

/* What cannot leave yet fills the send buffer: nobody has said where the neighbour is. */
static void datagrams_that_cannot_leave_fill_the_buffer(void **state)
{
    static char data[1000];
    WSABUF buffer = {sizeof data, data};
    SOCKADDR_IN to = pair_name(0x0A0800C9, htons(9)); /* 10.8.0.201 */
    SOCKET s = pair_socket(SOCK_DGRAM);
    DWORD bytes = 0;
    DWORD limit_ms = 20;
    u_long on = 1;
    int sent = 0;

    (void)state;
    if (!netns_set("ipv4/neigh/v0/retrans_time_ms", "3000")) {
        print_message("skipped: /proc/sys is read-only\n");
        skip();
    }
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_SNDBUF, 8192), 0);
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    while (sendto(s, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to) > 0)
        assert_true(++sent < 1000);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    pair_fails(sendto(s, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to), WSAEWOULDBLOCK);
    pair_fails(WSASendTo(s, &buffer, 1, &bytes, 0, (struct sockaddr *)&to, sizeof to, NULL, NULL),
               WSAEWOULDBLOCK);
    on = 0;
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_SNDTIMEO, (int)limit_ms), 0);
    pair_fails(sendto(s, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to), WSAETIMEDOUT);
    closesocket(s);
}

/* A link that is down takes its routes along. */
static void link_that_is_down_is_an_unreachable_network(void **state)
{
    static const char *const addresses[] = {"10.8.0.2", "fd08::2"};
    static const struct attempt_end end = END_NETUNREACH;

    (void)state;
    assert_true(netns_run("ip link set v0 down"));
    for (size_t i = 0; i < PAIR_COUNT(addresses); i++) {
        SOCKET s = socket(family_of(addresses[i]), SOCK_DGRAM, 0);

        attempt_all_fail(addresses[i], htons(80), &end);
        pair_fails(send_datagram(s, addresses[i]), WSAENETUNREACH);
        pair_fails(wsa_send_datagram(s, addresses[i]), WSAENETUNREACH);
        closesocket(s);
    }
    assert_true(netns_run("ip link set v0 up"));
}

/* The application chose a local address that cannot talk to the remote one. */
static void loopback_source_reaches_nobody_outside(void **state)
{
    SOCKET stream = pair_bound(SOCK_STREAM);
    SOCKET datagram = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN to = pair_name(0x0A080002, htons(80));

    (void)state;
    pair_fails(connect(stream, (struct sockaddr *)&to, sizeof to), WSAEADDRNOTAVAIL);
    pair_fails(WSAConnect(stream, (struct sockaddr *)&to, sizeof to, NULL, NULL, NULL, NULL),
               WSAEADDRNOTAVAIL);
    pair_fails(connect(datagram, (struct sockaddr *)&to, sizeof to), WSAEADDRNOTAVAIL);
    closesocket(stream);
    closesocket(datagram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_connect_can_be_repeated),
        cmocka_unit_test(datagrams_are_refused_with_the_routes_error),
        cmocka_unit_test(missing_neighbour_is_an_unreachable_host),
        cmocka_unit_test(connects_by_list_and_name_fail_alike),
        cmocka_unit_test(datagrams_that_cannot_leave_fill_the_buffer),
        cmocka_unit_test(link_that_is_down_is_an_unreachable_network),
        cmocka_unit_test(loopback_source_reaches_nobody_outside),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
