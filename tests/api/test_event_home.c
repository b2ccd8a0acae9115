/* SPDX-License-Identifier: MIT */
/*
 * An event for which one thread alone waits: that thread watches the sockets behind it by itself.
 * Whatever another thread does then (waits for the event, closes or selects the socket, outlives
 * the waiting thread) nothing is lost and nothing is held on to.
 */
#include "netevents.h"

enum { HOME_ROUNDS = 20, HOME_STOP = 0, HOME_EVENT = 1 };

struct home_thread {
    HANDLE thread;
    WSAEVENT events[2]; /* HOME_STOP, HOME_EVENT */
    SOCKET s;
};

/* Echoes until it is stopped, or the connection is gone. */
static DWORD WINAPI home_echo(void *argument)
{
    struct home_thread *home = argument;
    WSANETWORKEVENTS found;
    char data[64];
    int bytes;

    while (WSAWaitForMultipleEvents(2, home->events, FALSE, FLOW_LIMIT_MS, FALSE) ==
           WSA_WAIT_EVENT_0 + HOME_EVENT) {
        if (WSAEnumNetworkEvents(home->s, home->events[HOME_EVENT], &found) != 0)
            return 1;
        if (!(found.lNetworkEvents & FD_READ))
            continue;
        bytes = recv(home->s, data, sizeof data, 0);
        if (bytes > 0)
            send(home->s, data, bytes, 0);
    }
    return 0;
}

/* After these rounds the thread has slept for the event, and been told, many times. */
static void home_play(SOCKET client, int rounds)
{
    char data;

    for (int i = 0; i < rounds; i++) {
        ready_send(client, "x");
        assert_int_equal(recv(client, &data, 1, 0), 1);
        assert_int_equal(data, 'x');
    }
}

static struct home_thread *home_start(const struct pair *pair, WSAEVENT event)
{
    struct home_thread *home = malloc(sizeof *home);

    assert_non_null(home);
    home->s = pair->server;
    home->events[HOME_STOP] = WSACreateEvent();
    home->events[HOME_EVENT] = event;
    home->thread = CreateThread(NULL, 0, home_echo, home, 0, NULL);
    assert_non_null(home->thread);
    home_play(pair->client, HOME_ROUNDS);
    return home;
}

static void home_stop(struct home_thread *home)
{
    DWORD code = 1;

    assert_true(WSASetEvent(home->events[HOME_STOP]));
    assert_int_equal(WaitForSingleObject(home->thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(home->thread, &code));
    assert_int_equal(code, 0);
    CloseHandle(home->thread);
    WSACloseEvent(home->events[HOME_STOP]);
    free(home);
}

static void the_thread_that_waits_alone_is_told(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);

    (void)state;
    home_play(pair.client, 1000);
    home_stop(home);
    events_close(pair, event);
}

static void another_thread_that_waits_is_told_too(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);
    char data;

    (void)state;
    /* The echo answers, while we wait beside it: either learns of each byte, none is lost. */
    for (int i = 0; i < HOME_ROUNDS; i++) {
        ready_send(pair.client, "x");
        (void)WSAWaitForMultipleEvents(1, &event, FALSE, 1, FALSE);
        assert_int_equal(recv(pair.client, &data, 1, 0), 1);
    }
    home_stop(home);
    ready_send(pair.client, "y"); /* nobody but us now */
    events_are(pair.server, event, FD_READ);
    assert_int_equal(recv(pair.server, &data, 1, 0), 1);
    events_close(pair, event);
}

static void a_look_without_waiting_is_told_too(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);
    char data;
    DWORD result;

    (void)state;
    home_play(pair.client, 1);
    (void)WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE);
    home_stop(home);
    ready_send(pair.client, "y");
    do {
        result = WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE);
    } while (result == WSA_WAIT_TIMEOUT); /* the test's own time limit bounds it */
    assert_int_equal(events_take(pair.server, event), FD_READ);
    assert_int_equal(recv(pair.server, &data, 1, 0), 1);
    events_close(pair, event);
}

static void a_thread_that_ends_leaves_its_sockets_watched(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);

    (void)state;
    home_stop(home);
    shutdown(pair.client, SD_SEND);
    events_are(pair.server, event, FD_CLOSE);
    events_close(pair, event);
}

/* The peer learns of the end although a thread sleeps on the socket's event. */
static void closing_in_another_thread_ends_the_connection(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);
    char data;

    (void)state;
    assert_int_equal(closesocket(pair.server), 0);
    assert_int_equal(recv(pair.client, &data, 1, 0), 0);
    home_stop(home);
    closesocket(pair.client);
    WSACloseEvent(event);
}

static void selecting_another_event_moves_the_socket(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);
    WSAEVENT other = WSACreateEvent();
    char data;

    (void)state;
    assert_int_equal(WSAEventSelect(pair.server, other, FD_READ), 0);
    ready_send(pair.client, "y");
    events_are(pair.server, other, FD_READ);
    assert_int_equal(recv(pair.server, &data, 1, 0), 1);
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ), 0); /* and back */
    home_play(pair.client, HOME_ROUNDS);
    assert_int_equal(WSAEventSelect(pair.server, NULL, 0), 0);
    ready_send(pair.client, "z");
    home_stop(home);
    WSACloseEvent(other);
    events_close(pair, event);
}

/* A receive in another thread takes what was told; the next byte is told again. */
static void receiving_in_another_thread_loses_nothing(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);
    struct home_thread *home = home_start(&pair, event);
    char data;

    (void)state;
    for (int i = 0; i < 200; i++) {
        ready_send(pair.client, "x");
        if (recv(pair.server, &data, 1, 0) != 1) /* else it is ours, and there is no echo */
            assert_int_equal(recv(pair.client, &data, 1, 0), 1);
    }
    home_play(pair.client, HOME_ROUNDS);
    home_stop(home);
    events_close(pair, event);
}

/* Told and not accepted: each further connection is told again (EVENTS-19 for FD_ACCEPT). */
static void a_listener_tells_of_each_connection(void **state)
{
    SOCKET listener = pair_listener();
    WSAEVENT event = events_select(listener, FD_ACCEPT);
    SOCKET clients[HOME_ROUNDS / 2];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(clients); i++) {
        /* Nothing yet: this thread is the one that waits, and hears what it was told of. */
        assert_int_equal(WSAWaitForMultipleEvents(1, &event, FALSE, 1, FALSE), WSA_WAIT_TIMEOUT);
        clients[i] = pair_client(pair_address(listener));
        events_are(listener, event, FD_ACCEPT);
    }
    for (size_t i = 0; i < PAIR_COUNT(clients); i++)
        closesocket(clients[i]);
    closesocket(listener);
    WSACloseEvent(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thread_that_waits_alone_is_told),
        cmocka_unit_test(another_thread_that_waits_is_told_too),
        cmocka_unit_test(a_look_without_waiting_is_told_too),
        cmocka_unit_test(a_thread_that_ends_leaves_its_sockets_watched),
        cmocka_unit_test(closing_in_another_thread_ends_the_connection),
        cmocka_unit_test(selecting_another_event_moves_the_socket),
        cmocka_unit_test(receiving_in_another_thread_loses_nothing),
        cmocka_unit_test(a_listener_tells_of_each_connection),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
