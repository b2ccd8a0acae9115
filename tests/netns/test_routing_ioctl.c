/* SPDX-License-Identifier: MIT */
/*
 * SIO_ROUTING_INTERFACE_QUERY and SIO_ROUTING_INTERFACE_CHANGE: the local address for a
 * destination, and who learns that the way there has changed.
 */
#include "../api/change.h"
#include "netns.h"

static SOCKET socket_of(const char *destination)
{
    SOCKET s = socket(strchr(destination, ':') != NULL ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static void run(const char *line)
{
    assert_true(netns_run("%s", line));
}

/* ---- The query ---- */

static int query(const char *destination, SOCKADDR_STORAGE *found, DWORD *returned)
{
    SOCKET s = socket_of(destination);
    int bytes;
    SOCKADDR_STORAGE to = change_name(destination, &bytes);
    int error;

    memset(found, 0, sizeof *found);
    *returned = 77;
    error = WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, (DWORD)bytes, found, sizeof *found,
                     returned, NULL, NULL) == 0
                ? 0
                : WSAGetLastError();
    if (error == 0)
        assert_int_equal(*returned, bytes);
    else
        assert_int_equal(*returned, 77);
    closesocket(s);
    return error;
}

static void query_is(const char *destination, const char *source)
{
    SOCKADDR_STORAGE found;
    SOCKADDR_STORAGE wanted;
    DWORD returned;
    int bytes;

    assert_int_equal(query(destination, &found, &returned), 0);
    wanted = change_name(source, &bytes);
    assert_memory_equal(&found, &wanted, sizeof found); /* port 0, too */
}

static void query_fails(const char *destination, int error)
{
    SOCKADDR_STORAGE found;
    DWORD returned;

    assert_int_equal(query(destination, &found, &returned), error);
}

static void query_tells_the_local_address(void **state)
{
    SOCKADDR_STORAGE found;
    DWORD returned;

    (void)state;
    query_is("127.0.0.1", "127.0.0.1");
    query_is("10.8.0.2", "10.8.0.1");
    query_is("10.8.0.1", "10.8.0.1");
    query_is("10.8.0.255", "10.8.0.1"); /* broadcast */
    query_is("::1", "::1");
    query_is("fd08::2", "fd08::1");
    query_is("::ffff:10.8.0.2", "::ffff:10.8.0.1");
    run("ip route add 224.0.0.0/4 dev v0");
    query_is("224.1.2.3", "10.8.0.1");
    run("ip route del 224.0.0.0/4 dev v0");
    run("for v in v0 v1; do ip -6 addr add fe80::8/64 dev $v nodad; done");
    assert_int_equal(query("ff02::1234", &found, &returned), 0);
    assert_int_not_equal(((SOCKADDR_IN6 *)&found)->sin6_scope_id, 0); /* link-local */
    run("for v in v0 v1; do ip -6 addr del fe80::8/64 dev $v; done");
}

static void query_tells_that_there_is_no_way(void **state)
{
    static const char *const kinds[] = {"unreachable", "prohibit", "blackhole", "throw"};
    static const int errors[] = {WSAEHOSTUNREACH, WSAENETUNREACH, WSAENETUNREACH, WSAENETUNREACH};

    (void)state;
    query_fails("10.7.1.1", WSAENETUNREACH);
    query_fails("fd07::1", WSAENETUNREACH);
    query_fails("::ffff:10.7.1.1", WSAENETUNREACH);
    for (size_t i = 0; i < PAIR_COUNT(kinds); i++) {
        assert_true(netns_run("ip route add %s 10.7.1.0/24", kinds[i]));
        query_fails("10.7.1.1", errors[i]);
        assert_true(netns_run("ip route del %s 10.7.1.0/24", kinds[i]));
        assert_true(netns_run("ip -6 route add %s fd07::/64", kinds[i]));
        query_fails("fd07::1", errors[i]);
        assert_true(netns_run("ip -6 route del %s fd07::/64", kinds[i]));
    }
}

/* RFC 6724, a destination for each rule that can be shown here; and the scope that was missing. */
static void destinations_are_sorted_by_rfc_6724(void **state)
{
    static const char *const texts[] = {
        "100::1",          /* 4: rule 1, no way there */
        "2001:db8:7::1",   /* 3: rule 5, the local address has another label */
        "fd08::2",         /* 2: rule 6, precedence 3 */
        "::ffff:10.8.0.2", /* 1: precedence 35 */
        "fe80::2",         /* 0: precedence 40, and the local address is link-local, too */
    };
    struct {
        SOCKET_ADDRESS_LIST list;
        SOCKET_ADDRESS more[4];
    } sorting;
    SOCKET s = socket_of("::");
    SOCKADDR_STORAGE names[5];
    DWORD bytes = SIZEOF_SOCKET_ADDRESS_LIST(5);
    SOCKET_ADDRESS entry;

    (void)state;
    run("for v in v0 v1; do ip -6 addr add fe80::8/64 dev $v nodad; done; "
        "ip -6 route add 2001:db8:7::/48 dev v0");
    sorting.list.iAddressCount = 5;
    for (int i = 0; i < 5; i++) {
        names[i] = change_name(texts[i], &entry.iSockaddrLength);
        entry.lpSockaddr = (LPSOCKADDR)&names[i];
        memcpy((char *)&sorting + SIZEOF_SOCKET_ADDRESS_LIST((size_t)i), &entry, sizeof entry);
    }
    assert_int_equal(
        WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &sorting, bytes, &sorting, bytes, &bytes, NULL, NULL),
        0);
    assert_int_equal(bytes, SIZEOF_SOCKET_ADDRESS_LIST(5));
    assert_int_equal(sorting.list.iAddressCount, 5);
    for (int i = 0; i < 5; i++) {
        memcpy(&entry, (char *)&sorting + SIZEOF_SOCKET_ADDRESS_LIST((size_t)i), sizeof entry);
        assert_ptr_equal(entry.lpSockaddr, &names[4 - i]);
        assert_int_equal(((SOCKADDR_IN6 *)&names[4 - i])->sin6_scope_id != 0, i == 0);
    }
    run("for v in v0 v1; do ip -6 addr del fe80::8/64 dev $v; done; "
        "ip -6 route del 2001:db8:7::/48 dev v0");
    closesocket(s);
}

/* ---- Changes ---- */

struct asking {
    SOCKET s;
    OVERLAPPED overlapped;
};

static void ask(struct asking *asking, const char *destination)
{
    asking->s = socket_of(destination);
    asking->overlapped = flow_overlapped();
    change_start(asking->s, destination, &asking->overlapped);
}

static bool asked_ended(struct asking *asking)
{
    DWORD bytes;

    return flow_end(asking->s, &asking->overlapped, &bytes) == 0;
}

static bool asked_pending(const struct asking *asking)
{
    return change_pending(&asking->overlapped);
}

static void ask_over(struct asking *asking)
{
    closesocket(asking->s);
    WSACloseEvent(asking->overlapped.hEvent);
}

/* Of three destinations only the one whose way is another now; and any, for the wildcard. */
static void only_another_way_counts(void **state)
{
    static const struct {
        const char *change;
        const char *concerned;
        const char *others[2];
    } rows[] = {
        {"ip route add 10.7.0.0/16 dev v0", "10.7.1.1", {"10.9.1.1", "fd07::1"}},
        /* the interface is another, and then the local address */
        {"ip route replace 10.7.0.0/16 dev v1 src 10.8.0.1", "10.7.1.1", {"10.9.1.1", "127.0.0.1"}},
        {"ip route replace 10.7.0.0/16 dev v1 src 10.8.2.1", "10.7.1.1", {"10.9.1.1", "10.8.0.2"}},
        {"ip route add 10.7.1.0/24 dev v0", "10.7.1.1", {"10.7.2.1", "fd07::1"}},
        {"ip route del 10.7.1.0/24", "10.7.1.1", {"10.7.2.1", "fd07::1"}},
        {"ip -6 route add fd07::/64 dev v0", "fd07::1", {"fd09::1", "10.7.1.1"}},
        {"ip -6 route del fd07::/64", "fd07::1", {"fd09::1", "10.7.1.1"}},
        {"ip route del 10.7.0.0/16", "::ffff:10.7.1.1", {"::ffff:10.9.1.1", "fd07::1"}},
    };

    (void)state;
    run("ip addr add 10.8.2.1/32 dev v1");
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        struct asking asking[3];

        ask(&asking[0], rows[i].concerned);
        ask(&asking[1], rows[i].others[0]);
        ask(&asking[2], rows[i].others[1]);
        run(rows[i].change);
        assert_true(asked_ended(&asking[0]));
        assert_true(asked_pending(&asking[1]) && asked_pending(&asking[2]));
        for (int k = 0; k < 3; k++)
            ask_over(&asking[k]);
    }
    run("ip addr del 10.8.2.1/32 dev v1");
}

static void wildcard_learns_of_every_route(void **state)
{
    struct asking inet;
    struct asking inet6;

    (void)state;
    ask(&inet, "0.0.0.0");
    ask(&inet6, "::");
    run("ip -6 route add fd07::/64 dev v0");
    assert_true(asked_ended(&inet6));
    assert_true(asked_pending(&inet));
    run("ip route add 10.7.0.0/16 dev v0");
    assert_true(asked_ended(&inet));
    ask_over(&inet);
    ask_over(&inet6);
    run("ip -6 route del fd07::/64 && ip route del 10.7.0.0/16");
}

/* Nobody tells that the routes of a link have gone with it, only that the link is down. */
static void link_that_goes_down_takes_its_ways_along(void **state)
{
    struct asking asking[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        ask(&asking[0], "10.8.0.2");
        ask(&asking[1], "127.0.0.1");
        assert_true(netns_run("ip link set v0 %s", i == 0 ? "down" : "up"));
        assert_true(asked_ended(&asking[0]));
        assert_true(asked_pending(&asking[1]));
        ask_over(&asking[0]);
        ask_over(&asking[1]);
    }
    run("ip -6 addr add fd08::1/64 dev v0 nodad");
}

/* A new address is a new local address for destinations that had none. */
static void address_makes_a_way(void **state)
{
    struct asking asking;

    (void)state;
    ask(&asking, "10.20.0.2");
    run("ip addr add 10.20.0.1/24 dev v0");
    assert_true(asked_ended(&asking));
    ask_over(&asking);
    query_is("10.20.0.2", "10.20.0.1");
    run("ip addr del 10.20.0.1/24 dev v0");
}

static void blocked_call_returns(void **state)
{
    SOCKET s = socket_of("10.7.1.1");
    struct change_waiter waiter;

    (void)state;
    change_waiter_start(&waiter, s, "10.7.1.1");
    run("ip route add 10.7.0.0/16 dev v0");
    assert_int_equal(change_waiter_end(&waiter), 0);
    change_waiter_start(&waiter, s, "0.0.0.0");
    run("ip route del 10.7.0.0/16");
    assert_int_equal(change_waiter_end(&waiter), 0);
    closesocket(s);
}

static void port_and_routine_get_it_once(void **state)
{
    SOCKET s = socket_of("10.7.1.1");
    SOCKET called = socket_of("10.7.1.1");
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped[2] = {{0}, {0}};

    (void)state;
    memset(&change_called, 0, sizeof change_called);
    flow_tie(s, port, 5);
    change_start(s, "10.7.1.1", &overlapped[0]);
    assert_int_equal(change_ask(called, "10.7.1.1", &overlapped[1], change_routine),
                     WSA_IO_PENDING);
    run("ip route add 10.7.0.0/16 dev v0 && ip route del 10.7.0.0/16 && "
        "ip route add 10.7.0.0/16 dev v1");
    assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &overlapped[0]);
    flow_no_packet(port);
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(change_called.count, 1);
    assert_int_equal(change_called.error, 0);
    run("ip route del 10.7.0.0/16");
    flow_no_packet(port);
    closesocket(s);
    closesocket(called);
    CloseHandle(port);
}

static void network_event_is_recorded_once(void **state)
{
    SOCKET s = socket_of("10.7.1.1");
    WSAEVENT event = events_select(s, FD_ADDRESS_LIST_CHANGE | FD_ROUTING_INTERFACE_CHANGE);

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(change_ask(s, "10.7.1.1", NULL, NULL), WSAEWOULDBLOCK);
        run("ip route add 10.9.0.0/16 dev v0 && ip route del 10.9.0.0/16");
        events_none(s, event);
        run("ip route add 10.7.0.0/16 dev v0");
        events_are(s, event, FD_ROUTING_INTERFACE_CHANGE);
        run("ip route del 10.7.0.0/16 dev v0");
        events_none(s, event);
    }
    closesocket(s);
    WSACloseEvent(event);
}

/* Several destinations share the event: any change of routes sets it off then. */
static void network_event_serves_several_destinations(void **state)
{
    SOCKET s = socket_of("10.7.1.1");
    WSAEVENT event = events_select(s, FD_ADDRESS_LIST_CHANGE | FD_ROUTING_INTERFACE_CHANGE);

    (void)state;
    assert_int_equal(change_ask(s, "10.7.1.1", NULL, NULL), WSAEWOULDBLOCK);
    assert_int_equal(change_ask(s, "10.9.1.1", NULL, NULL), WSAEWOULDBLOCK);
    run("ip route add 10.9.0.0/16 dev v0");
    events_are(s, event, FD_ROUTING_INTERFACE_CHANGE);
    run("ip route del 10.9.0.0/16 dev v0");
    events_none(s, event);
    closesocket(s);
    WSACloseEvent(event);
}

/* One list of requests serves both kinds. */
static void both_events_can_be_waited_for(void **state)
{
    SOCKET s = socket_of("0.0.0.0");
    WSAEVENT event = events_select(s, FD_ADDRESS_LIST_CHANGE | FD_ROUTING_INTERFACE_CHANGE);

    (void)state;
    assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
    assert_int_equal(change_ask(s, "0.0.0.0", NULL, NULL), WSAEWOULDBLOCK);
    run("ip route add 10.7.0.0/16 dev v0");
    events_are(s, event, FD_ROUTING_INTERFACE_CHANGE);
    run("ip route del 10.7.0.0/16 dev v0 && ip addr add 10.8.1.1/32 dev v0");
    events_are(s, event, FD_ADDRESS_LIST_CHANGE);
    run("ip addr del 10.8.1.1/32 dev v0");
    events_none(s, event);
    closesocket(s);
    WSACloseEvent(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_tells_the_local_address),
        cmocka_unit_test(query_tells_that_there_is_no_way),
        cmocka_unit_test(destinations_are_sorted_by_rfc_6724),
        cmocka_unit_test(only_another_way_counts),
        cmocka_unit_test(wildcard_learns_of_every_route),
        cmocka_unit_test(link_that_goes_down_takes_its_ways_along),
        cmocka_unit_test(address_makes_a_way),
        cmocka_unit_test(blocked_call_returns),
        cmocka_unit_test(port_and_routine_get_it_once),
        cmocka_unit_test(network_event_is_recorded_once),
        cmocka_unit_test(network_event_serves_several_destinations),
        cmocka_unit_test(both_events_can_be_waited_for),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    /* Without addresses that the kernel makes itself, and that come when it likes. */
    if (!netns_run("for v in v0 v1; do ip link set $v addrgenmode none; "
                   "ip -6 addr flush dev $v scope link; done"))
        return 1;
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
