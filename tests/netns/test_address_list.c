/* SPDX-License-Identifier: MIT */
/*
 * SIO_ADDRESS_LIST_CHANGE, and the list that changes: addresses come and go, links go up and down,
 * and whoever waits learns of it once, in each of the ways to wait.
 */
#include "../api/change.h"
#include "netns.h"

#include <stdlib.h>

enum { LIST_BYTES = 4096 };

/* Whoever waits for IPv4 addresses learns of these. */
static void add(int number)
{
    assert_true(netns_run("ip addr add 10.8.1.%d/32 dev v0", number));
}

static void del(int number)
{
    assert_true(netns_run("ip addr del 10.8.1.%d/32 dev v0", number));
}

/* Several changes by one command, which is quicker than as many commands. */
static void toggle(int number)
{
    assert_true(netns_run("ip addr add 10.8.1.%d/32 dev v0 && ip addr del 10.8.1.%d/32 dev v0",
                          number, number));
}

static SOCKET socket_of(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static SOCKET quick_socket(void)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    u_long on = 1;

    assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
    return s;
}

/* ---- The list ---- */

static bool listed(int family, const char *text)
{
    SOCKET s = socket_of(family);
    char room[LIST_BYTES];
    SOCKET_ADDRESS_LIST *list = (SOCKET_ADDRESS_LIST *)(void *)room;
    DWORD returned;
    int bytes;
    SOCKADDR_STORAGE wanted = change_name(text, &bytes);
    bool found = false;

    assert_int_equal(
        WSAIoctl(s, SIO_ADDRESS_LIST_QUERY, NULL, 0, room, sizeof room, &returned, NULL, NULL), 0);
    for (int i = 0; i < list->iAddressCount; i++) {
        SOCKADDR_STORAGE seen;

        memset(&seen, 0, sizeof seen);
        memcpy(&seen, list->Address[i].lpSockaddr, (size_t)list->Address[i].iSockaddrLength);
        if (family == AF_INET6)
            ((SOCKADDR_IN6 *)&seen)->sin6_scope_id = 0;
        found |= memcmp(&seen, &wanted, sizeof seen) == 0;
    }
    closesocket(s);
    return found;
}

static void list_holds_what_can_be_bound_to(void **state)
{
    (void)state;
    assert_true(listed(AF_INET, "10.8.0.1"));
    assert_true(listed(AF_INET6, "fd08::1"));
    assert_false(listed(AF_INET, "127.0.0.1")); /* there are others */
    assert_false(listed(AF_INET6, "::1"));
    assert_false(listed(AF_INET, "10.8.1.7"));
    add(7);
    assert_true(listed(AF_INET, "10.8.1.7"));
    assert_true(netns_run("ip link set v0 down"));
    assert_false(listed(AF_INET, "10.8.1.7"));
    assert_true(netns_run("ip link set v0 up && ip -6 addr add fd08::1/64 dev v0 nodad"));
    assert_true(listed(AF_INET, "10.8.1.7"));
    del(7);
    assert_false(listed(AF_INET, "10.8.1.7"));
}

/* An address that may be somebody else's, too, cannot be bound to yet. */
static void tentative_address_is_not_listed(void **state)
{
    (void)state;
    /* The other end is down, so the check for a double never ends. */
    assert_true(netns_run("ip link set v1 down && ip -6 addr add fd08::77/64 dev v0"));
    assert_false(listed(AF_INET6, "fd08::77"));
    assert_true(netns_run("ip -6 addr del fd08::77/64 dev v0 && ip link set v1 up"));
}

/* ---- Ways to wait ---- */

static void event_is_signalled(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 77;

    (void)state;
    for (int i = 0; i < 2; i++) { /* each request is for one change */
        change_start(s, NULL, &overlapped);
        add(1);
        assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
        assert_int_equal(bytes, 0);
        change_start(s, NULL, &overlapped);
        del(1);
        assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    }
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

static void port_gets_one_packet_for_each_request(void **state)
{
    enum { COUNT = 20 };
    SOCKET s = socket_of(AF_INET);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped[COUNT];
    unsigned seen[COUNT] = {0};

    (void)state;
    memset(overlapped, 0, sizeof overlapped);
    flow_tie(s, port, 5);
    for (int i = 0; i < COUNT; i++)
        change_start(s, NULL, &overlapped[i]);
    toggle(1);
    for (int i = 0; i < COUNT; i++) {
        struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, 0);
        assert_int_equal(packet.key, 5);
        seen[packet.overlapped - overlapped]++;
    }
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(seen[i], 1);
    toggle(2);
    flow_no_packet(port);
    closesocket(s);
    flow_no_packet(port);
    CloseHandle(port);
}

static void routine_runs_in_an_alertable_wait(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = {0};

    (void)state;
    memset(&change_called, 0, sizeof change_called);
    assert_int_equal(change_ask(s, NULL, &overlapped, change_routine), WSA_IO_PENDING);
    toggle(1);
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(change_called.count, 1);
    assert_int_equal(change_called.error, 0);
    assert_int_equal(change_called.bytes, 0);
    assert_int_equal(change_called.flags, 0);
    assert_ptr_equal(change_called.overlapped, &overlapped);
    closesocket(s);
}

static void blocked_call_returns(void **state)
{
    struct change_waiter waiters[2];
    SOCKET s = socket_of(AF_INET);

    (void)state;
    for (int i = 0; i < 2; i++)
        change_waiter_start(&waiters[i], s, NULL);
    toggle(1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(change_waiter_end(&waiters[i]), 0);
    closesocket(s);
}

/* notes: recorded once, and again only after the call was made again. */
static void network_event_is_recorded_once(void **state)
{
    SOCKET s = quick_socket();
    WSAEVENT event = events_select(s, FD_ADDRESS_LIST_CHANGE | FD_ROUTING_INTERFACE_CHANGE);

    (void)state;
    toggle(1);
    events_none(s, event); /* nobody asked */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
        assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
        toggle(1);
        events_are(s, event, FD_ADDRESS_LIST_CHANGE);
        toggle(2);
        events_none(s, event);
    }
    closesocket(s);
    WSACloseEvent(event);
}

/* Who selects later finds what happened before, and what was asked for survives a new selection. */
static void network_event_waits_for_its_selection(void **state)
{
    SOCKET s = quick_socket();
    OVERLAPPED overlapped = flow_overlapped();
    WSAEVENT event;
    DWORD bytes;

    (void)state;
    assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
    change_start(s, NULL, &overlapped); /* tells when the ring thread is done */
    toggle(1);
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    event = events_select(s, FD_ADDRESS_LIST_CHANGE);
    events_are(s, event, FD_ADDRESS_LIST_CHANGE);
    assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
    WSACloseEvent(event);
    event = events_select(s, FD_READ | FD_ADDRESS_LIST_CHANGE);
    toggle(1);
    events_are(s, event, FD_ADDRESS_LIST_CHANGE);
    closesocket(s);
    WSACloseEvent(event);
    WSACloseEvent(overlapped.hEvent);
}

/* ---- What counts ---- */

/* Of two sockets that wait, only the one whose family's list has changed learns of it. */
static void only_changes_of_the_family_count(void **state)
{
    static const int families[] = {AF_INET, AF_INET6};
    static const char *const changes[] = {
        "ip addr add 10.8.1.3/32 dev v0",
        "ip -6 addr add fd08::33/64 dev v0 nodad",
        "ip addr del 10.8.1.3/32 dev v0",
        "ip -6 addr del fd08::33/64 dev v0",
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(changes); i++) {
        SOCKET s[2] = {socket_of(families[i % 2]), socket_of(families[1 - i % 2])};
        OVERLAPPED overlapped[2] = {flow_overlapped(), flow_overlapped()};
        DWORD bytes;

        for (int k = 0; k < 2; k++)
            change_start(s[k], NULL, &overlapped[k]);
        assert_true(netns_run("%s", changes[i]));
        assert_int_equal(flow_end(s[0], &overlapped[0], &bytes), 0);
        assert_true(change_pending(&overlapped[1]));
        for (int k = 0; k < 2; k++) {
            closesocket(s[k]);
            WSACloseEvent(overlapped[k].hEvent);
        }
    }
}

/* What the kernel tells again without a change, what concerns no address, and what came before. */
static void what_is_no_change_does_not_count(void **state)
{
    SOCKET s = socket_of(AF_INET6);
    SOCKET other = socket_of(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    OVERLAPPED witness = flow_overlapped();
    DWORD bytes;

    (void)state;
    change_start(other, NULL, &witness); /* keeps the messages coming */
    /* The kernel tells of a new IPv6 address a little after `ip` has returned. */
    change_start(s, NULL, &overlapped);
    assert_true(netns_run("ip -6 addr add fd08::44/64 dev v0 nodad"));
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    change_start(s, NULL, &overlapped);
    assert_true(
        netns_run("ip -6 addr change fd08::44/64 dev v0 valid_lft 3600 preferred_lft 1800"));
    assert_true(netns_run("ip link set v0 mtu 1400 && ip link set v0 mtu 1500"));
    assert_true(netns_run("ip route add 10.200.0.0/16 dev v0 && ip route del 10.200.0.0/16"));
    assert_true(netns_run("ip link set v1 down && ip -6 addr add fd08::45/64 dev v0"));
    toggle(1);
    assert_int_equal(flow_end(other, &witness, &bytes), 0);
    assert_true(change_pending(&overlapped));
    assert_true(netns_run("ip -6 addr del fd08::45/64 dev v0")); /* it never could be bound to */
    change_start(other, NULL, &witness);
    toggle(1);
    assert_int_equal(flow_end(other, &witness, &bytes), 0);
    assert_true(change_pending(&overlapped));
    assert_true(netns_run("ip -6 addr del fd08::44/64 dev v0 && ip link set v1 up"));
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    closesocket(s);
    closesocket(other);
    WSACloseEvent(overlapped.hEvent);
    WSACloseEvent(witness.hEvent);
}

/* A link that goes down takes its addresses off the list, although it keeps them. */
static void links_that_go_down_and_up_count(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes;

    (void)state;
    change_start(s, NULL, &overlapped);
    assert_true(netns_run("ip link set v0 down"));
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    change_start(s, NULL, &overlapped);
    assert_true(netns_run("ip link set v0 up"));
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    assert_true(netns_run("ip -6 addr add fd08::1/64 dev v0 nodad"));
    closesocket(s);
    WSACloseEvent(overlapped.hEvent);
}

/* Ask for a change, read the list, wait, and so on. */
static void documented_sequence_never_misses_a_change(void **state)
{
    enum { ROUNDS = 10 };
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        bool there = i % 2 != 0;

        change_start(s, NULL, &overlapped);
        assert_int_equal(listed(AF_INET, "10.8.1.9"), there);
        if (there)
            del(9);
        else
            add(9);
        assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
        assert_int_equal(listed(AF_INET, "10.8.1.9"), !there);
    }
    closesocket(s);
    WSACloseEvent(overlapped.hEvent);
}

/* ---- Races ---- */

static _Atomic bool storm_over;
static _Atomic unsigned storm_count;

/* `ip` in batches: as many changes as the kernel can make. */
static void *storm(void *argument)
{
    char line[400] = "ip -batch - >/dev/null <<'END'\n";

    (void)argument;
    for (int i = 0; i < 4; i++)
        strcat(line, "addr add 10.8.1.5/32 dev v0\naddr del 10.8.1.5/32 dev v0\n");
    strcat(line, "END\n");
    while (!storm_over) {
        assert_int_equal(system(line), 0);
        storm_count++;
    }
    return NULL;
}

/* Every request ends exactly once, by the change, by the cancel or by the close. */
static void requests_end_once_whatever_ends_them(void **state)
{
    enum { STORMS = 30, COUNT = 6 };
    HANDLE port = flow_port(1);
    pthread_t thread;

    (void)state;
    storm_over = false;
    thread = flow_run(storm, NULL);
    storm_count = 0;
    for (int i = 0; storm_count < STORMS; i++) {
        SOCKET s = socket_of(AF_INET);
        OVERLAPPED overlapped[COUNT];
        u_long on = 1;

        memset(overlapped, 0, sizeof overlapped);
        flow_tie(s, port, 5);
        for (int k = 0; k < COUNT; k++)
            change_start(s, k % 2 == 0 ? NULL : "0.0.0.0", &overlapped[k]);
        assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
        assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
        CancelIoEx((HANDLE)s, &overlapped[i % COUNT]);
        if (i % 3 == 0)
            CancelIo((HANDLE)s);
        assert_int_equal(closesocket(s), 0);
        for (int k = 0; k < COUNT; k++) {
            struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);
            size_t which = (size_t)(packet.overlapped - overlapped);

            assert_true(which < COUNT && overlapped[which].hEvent == NULL);
            overlapped[which].hEvent = (HANDLE)s; /* seen */
            assert_true(packet.error == 0 || packet.error == ERROR_OPERATION_ABORTED);
        }
        flow_no_packet(port);
    }
    storm_over = true;
    flow_join(thread);
    CloseHandle(port);
}

/* Blocked threads, with a change and the close at the same time. */
static void blocked_threads_always_return(void **state)
{
    enum { STORMS = 30, COUNT = 4 };
    pthread_t thread;

    (void)state;
    storm_over = false;
    thread = flow_run(storm, NULL);
    storm_count = 0;
    while (storm_count < STORMS) {
        SOCKET s = socket_of(AF_INET);
        struct change_waiter waiters[COUNT];

        for (int k = 0; k < COUNT; k++) {
            waiters[k] = (struct change_waiter){.s = s};
            waiters[k].thread = flow_run(change_waiter_body, &waiters[k]);
        }
        for (int k = 0; k < COUNT; k++)
            flow_reach(&waiters[k].thread_id, 1);
        assert_int_equal(closesocket(s), 0);
        for (int k = 0; k < COUNT; k++) {
            int error = change_waiter_end(&waiters[k]);

            assert_true(error == 0 || error == WSAEINTR || error == WSAENOTSOCK);
        }
    }
    storm_over = true;
    flow_join(thread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_holds_what_can_be_bound_to),
        cmocka_unit_test(tentative_address_is_not_listed),
        cmocka_unit_test(event_is_signalled),
        cmocka_unit_test(port_gets_one_packet_for_each_request),
        cmocka_unit_test(routine_runs_in_an_alertable_wait),
        cmocka_unit_test(blocked_call_returns),
        cmocka_unit_test(network_event_is_recorded_once),
        cmocka_unit_test(network_event_waits_for_its_selection),
        cmocka_unit_test(only_changes_of_the_family_count),
        cmocka_unit_test(what_is_no_change_does_not_count),
        cmocka_unit_test(links_that_go_down_and_up_count),
        cmocka_unit_test(documented_sequence_never_misses_a_change),
        cmocka_unit_test(requests_end_once_whatever_ends_them),
        cmocka_unit_test(blocked_threads_always_return),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    /* Without addresses that the kernel makes itself, and that come when it likes. */
    if (!netns_run("for v in v0 v1; do ip link set $v addrgenmode none; "
                   "ip -6 addr flush dev $v scope link; done"))
        return 1;
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
