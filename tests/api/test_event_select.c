/* SPDX-License-Identifier: MIT */
/* WSAEventSelect and WSAEnumNetworkEvents: their checks, the event object, closing and races. */
#include "netevents.h"

#include <ws2ring.h>

/* ---- Arguments ---- */

static void startup_comes_first(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    pair_fails(WSAEventSelect(INVALID_SOCKET, NULL, FD_READ), WSANOTINITIALISED);
    pair_fails(WSAEnumNetworkEvents(INVALID_SOCKET, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

static void select_reports_first_failed_check(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAEVENT event = WSACreateEvent();
    WSAEVENT closed = WSACreateEvent();

    (void)state;
    assert_true(WSACloseEvent(closed));
    pair_fails(WSAEventSelect(INVALID_SOCKET, closed, FD_READ), WSAENOTSOCK);
    pair_fails(WSAEventSelect((SOCKET)event, event, FD_READ), WSAENOTSOCK);
    pair_fails(WSAEventSelect(s, closed, FD_READ), WSAEINVAL);
    pair_fails(WSAEventSelect(s, NULL, FD_READ), WSAEINVAL);
    pair_fails(WSAEventSelect(s, (WSAEVENT)s, FD_READ), WSAEINVAL);
    WSASetLastError(1);
    assert_int_equal(WSAEventSelect(s, event, -1), 0); /* bits without a meaning have none */
    pair_fails(WSAEventSelect(s, NULL, 1 << 20), WSAEINVAL);
    WSASetLastError(1);
    assert_int_equal(WSAEventSelect(s, event, FD_ALL_EVENTS), 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(WSAEventSelect(s, closed, 0), 0); /* the event does not matter then */
    closesocket(s);
    pair_fails(WSAEventSelect(s, event, FD_READ), WSAENOTSOCK);
    WSACloseEvent(event);
}

static void enum_reports_first_failed_check(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAEVENT event = WSACreateEvent();
    WSAEVENT closed = WSACreateEvent();
    WSANETWORKEVENTS found;

    (void)state;
    assert_true(WSACloseEvent(closed));
    pair_fails(WSAEnumNetworkEvents(INVALID_SOCKET, closed, NULL), WSAENOTSOCK);
    pair_fails(WSAEnumNetworkEvents(s, closed, NULL), WSAEINVAL);
    pair_fails(WSAEnumNetworkEvents(s, event, NULL), WSAEFAULT);
    pair_fails(WSAEnumNetworkEvents(s, event, PAIR_BAD), WSAEFAULT);
    WSASetEvent(event);
    assert_int_equal(WSAEnumNetworkEvents(s, event, &found), 0); /* nothing was ever selected */
    assert_int_equal(found.lNetworkEvents, 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    assert_int_equal(WSAEnumNetworkEvents(s, NULL, &found), 0); /* EVENTS-03 */
    closesocket(s);
    WSACloseEvent(event);
}

static void failed_enum_forgets_nothing(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_WRITE);

    (void)state;
    ready_send(pair.client, "x");
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    pair_fails(WSAEnumNetworkEvents(pair.server, event, NULL), WSAEFAULT);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), 0); /* not reset */
    events_are(pair.server, event, FD_READ);
    events_close(pair, event);
}

static void selecting_makes_nonblocking_until_cleared(void **state)
{
    struct pair pair = pair_open();
    WSAEVENT event = events_select(pair.server, FD_READ);
    u_long off = 0;
    char byte;

    (void)state;
    pair_fails(recv(pair.server, &byte, 1, 0), WSAEWOULDBLOCK);
    pair_fails(ioctlsocket(pair.server, (long)FIONBIO, &off), WSAEINVAL);
    assert_int_equal(WSAEventSelect(pair.server, NULL, 0), 0);
    pair_fails(recv(pair.server, &byte, 1, 0), WSAEWOULDBLOCK); /* still */
    assert_int_equal(ioctlsocket(pair.server, (long)FIONBIO, &off), 0);
    assert_int_equal(WSAEventSelect(pair.client, NULL, 0), 0); /* nothing was selected: even so */
    pair_fails(recv(pair.client, &byte, 1, 0), WSAEWOULDBLOCK);
    events_close(pair, event);
}

/* ---- The event object ---- */

static void closed_event_is_harmless(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);

    (void)state;
    assert_true(WSACloseEvent(event));
    ready_send(pair.client, "x");
    events_settle(0);
    assert_int_equal(events_take(pair.server, NULL), FD_READ); /* the record goes on */
    pair_close(pair);
}

static void another_event_takes_over(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    WSAEVENT other = WSACreateEvent();

    (void)state;
    ready_send(pair.client, "x");
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    assert_int_equal(WSAEventSelect(pair.server, other, SELECT_ALL), 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &other, TRUE, 0, FALSE), 0); /* still recorded */
    events_are(pair.server, other, FD_READ);
    WSAResetEvent(event);
    ready_send(pair.client, "x");
    events_are(pair.server, other, FD_READ);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    WSACloseEvent(other);
    events_close(pair, event);
}

static void one_event_serves_many_sockets(void **state)
{
    struct pair pairs[8];
    WSAEVENT event = WSACreateEvent();

    (void)state;
    for (int i = 0; i < 8; i++) {
        pairs[i] = pair_open();
        assert_int_equal(WSAEventSelect(pairs[i].server, event, FD_READ), 0);
    }
    ready_send(pairs[3].client, "x");
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(events_take(pairs[i].server, event), i == 3 ? FD_READ : 0);
    for (int i = 0; i < 8; i++)
        pair_close(pairs[i]);
    WSACloseEvent(event);
}

/* ---- Closing ---- */

static void closing_frees_the_port(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        SOCKET s = i == 0 ? pair_bound(SOCK_DGRAM) : pair_listener();
        SOCKET other = pair_socket(i == 0 ? SOCK_DGRAM : SOCK_STREAM);
        SOCKADDR_IN name = pair_address(s);
        WSAEVENT event = events_select(s, SELECT_ALL);

        assert_int_equal(closesocket(s), 0);
        assert_int_equal(bind(other, (struct sockaddr *)&name, sizeof name), 0);
        closesocket(other);
        WSACloseEvent(event);
    }
}

static void closing_ends_the_connection(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char byte;

    (void)state;
    closesocket(pair.server);
    assert_int_equal(recv(pair.client, &byte, 1, 0), 0); /* the request let go of it */
    closesocket(pair.client);
    WSACloseEvent(event);
}

static void last_cleanup_ends_selections(void **state)
{
    WSAEVENT event = WSACreateEvent();
    struct ws2_stats stats = {.size_bytes = sizeof stats};
    time_t limit = time(NULL) + FLOW_LIMIT_MS / 1000;
    struct pair pairs[4];
    SOCKET listener = pair_listener();
    WSADATA data;

    (void)state;
    assert_int_equal(WSAEventSelect(listener, event, SELECT_ALL), 0);
    for (int i = 0; i < 4; i++) {
        pairs[i] = pair_open();
        assert_int_equal(WSAEventSelect(pairs[i].server, event, SELECT_ALL), 0);
    }
    assert_int_equal(WSACleanup(), 0);
    do { /* the ring thread may be about to give back what it had of the last one */
        assert_int_equal(ws2_stats(&stats), 0);
        assert_true(time(NULL) <= limit);
    } while (stats.sockets > 0);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    assert_true(WSACloseEvent(event));
}

/* ---- Races ---- */

enum { RACE_ROUNDS = 200 };

static void *race_reselect(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    WSAEVENT events[2] = {WSACreateEvent(), WSACreateEvent()};

    for (int i = 0; i < RACE_ROUNDS; i++) {
        if (WSAEventSelect(s, events[i % 2], i % 3 == 0 ? 0 : SELECT_ALL) != 0)
            break; /* closed */
    }
    WSACloseEvent(events[0]);
    WSACloseEvent(events[1]);
    return NULL;
}

static void selecting_in_two_threads_and_closing(void **state)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = before;
    time_t limit = time(NULL) + FLOW_LIMIT_MS / 1000;

    (void)state;
    assert_int_equal(ws2_stats(&before), 0);
    for (int round = 0; round < 20; round++) {
        struct pair pair = pair_open();
        pthread_t threads[2];

        for (int i = 0; i < 2; i++)
            threads[i] = flow_run(race_reselect, &pair.server);
        for (int i = 0; i < 50; i++)
            ready_send(pair.client, "x");
        closesocket(pair.client);
        if (round % 2 == 0)
            closesocket(pair.server);
        for (int i = 0; i < 2; i++)
            flow_join(threads[i]);
        if (round % 2 != 0)
            closesocket(pair.server);
    }
    do { /* no request keeps a closed socket */
        assert_int_equal(ws2_stats(&after), 0);
        assert_true(time(NULL) <= limit);
        sched_yield();
    } while (after.descriptors > before.descriptors);
}

static void *race_sender(void *argument)
{
    SOCKET s = *(SOCKET *)argument;

    for (int i = 0; i < RACE_ROUNDS; i++) {
        ready_send(s, "x");
        if (i % 16 == 0)
            sched_yield();
    }
    shutdown(s, SD_SEND);
    return NULL;
}

/* Whoever follows the rules gets every byte and then the end, and never waits for nothing. */
static void nothing_is_lost(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_WRITE | FD_CLOSE);
    pthread_t sender = flow_run(race_sender, &pair.client);
    int received = 0;
    bool closed = false;
    char data[3];

    (void)state;
    while (received < RACE_ROUNDS || !closed) {
        long found;

        assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
        found = events_take(pair.server, event);
        if (found & FD_CLOSE)
            closed = true;
        if (found & FD_READ) {
            int bytes = recv(pair.server, data, sizeof data, 0);

            if (bytes > 0)
                received += bytes;
            else
                assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
        }
    }
    assert_int_equal(received, RACE_ROUNDS);
    assert_int_equal(recv(pair.server, data, sizeof data, 0), 0);
    flow_join(sender);
    events_close(pair, event);
}

/* One end of a connection that sends and receives as fast as events allow. */
struct end {
    SOCKET s;
    size_t left_to_send, left_to_receive;
};

static void end_send(struct end *end)
{
    static const char block[10000];

    while (end->left_to_send > 0) {
        int bytes =
            send(end->s, block,
                 end->left_to_send < sizeof block ? (int)end->left_to_send : (int)sizeof block, 0);

        if (bytes == SOCKET_ERROR) {
            assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
            return;
        }
        end->left_to_send -= (size_t)bytes;
    }
}

static void *end_run(void *argument)
{
    struct end *end = argument;
    WSAEVENT event = events_select(end->s, FD_READ | FD_WRITE | FD_CLOSE);
    char data[7000];

    while (end->left_to_send > 0 || end->left_to_receive > 0) {
        long found;

        if (WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE) != 0)
            break;
        found = events_take(end->s, event);
        if (found & FD_WRITE)
            end_send(end);
        if (found & FD_READ) { /* one receive is enough: it enables the event again */
            int bytes = recv(end->s, data, sizeof data, 0);

            if (bytes > 0)
                end->left_to_receive -= (size_t)bytes;
        }
    }
    WSACloseEvent(event);
    return NULL;
}

static void both_directions_at_full_speed(void **state)
{
    enum { BYTES = 4000000 };
    struct pair pair = pair_open();
    struct end ends[2] = {{pair.client, BYTES, BYTES}, {pair.server, BYTES, BYTES}};
    pthread_t threads[2];

    (void)state;
    for (int i = 0; i < 2; i++)
        threads[i] = flow_run(end_run, &ends[i]);
    for (int i = 0; i < 2; i++) {
        flow_join(threads[i]);
        assert_int_equal(ends[i].left_to_send, 0);
        assert_int_equal(ends[i].left_to_receive, 0);
    }
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(startup_comes_first),
        cmocka_unit_test(select_reports_first_failed_check),
        cmocka_unit_test(enum_reports_first_failed_check),
        cmocka_unit_test(failed_enum_forgets_nothing),
        cmocka_unit_test(selecting_makes_nonblocking_until_cleared),
        cmocka_unit_test(closed_event_is_harmless),
        cmocka_unit_test(another_event_takes_over),
        cmocka_unit_test(one_event_serves_many_sockets),
        cmocka_unit_test(closing_frees_the_port),
        cmocka_unit_test(closing_ends_the_connection),
        cmocka_unit_test(last_cleanup_ends_selections),
        cmocka_unit_test(selecting_in_two_threads_and_closing),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(both_directions_at_full_speed),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
