/* SPDX-License-Identifier: MIT */
/*
 * A connection that a condition function put off: who sees it, and that every way to accept takes
 * it before all others, also one that was waiting already.
 */
#include "condition.h"

enum { AREA = sizeof(SOCKADDR_IN) + 16, DATA = 16, WAITERS = 3 };

struct deferring {
    struct condition base;
    void (*meanwhile)(void); /* NULL: nothing */
};

static int deferring_body(struct condition *self, const struct condition_call *call)
{
    struct deferring *deferring = (struct deferring *)self;

    (void)call;
    if (deferring->meanwhile != NULL)
        deferring->meanwhile();
    return CF_DEFER;
}

/* `meanwhile` runs while the condition function looks at the connection. */
static void defer_with(SOCKET listener, void (*meanwhile)(void))
{
    struct deferring deferring = {{deferring_body}, meanwhile};

    accept_fails(condition_accept(listener, &deferring.base), WSATRY_AGAIN);
}

/* A client whose connection was put off. */
static SOCKET deferred_client(SOCKET listener)
{
    SOCKET client = pair_client(pair_address(listener));

    defer_with(listener, NULL);
    return client;
}

/* Calls that must not be made inside of a condition function run on a thread of their own. */
static SOCKET given_listener;

static void run_aside(void *(*body)(void *), void *argument)
{
    flow_join(flow_run(body, argument));
}

/* ---- Who sees it ---- */

static int readable_now(SOCKET s)
{
    struct timeval none = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &none);
}

static void a_deferred_connection_is_readable(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = deferred_client(listener);
    WSAPOLLFD poll = {listener, POLLRDNORM, 0};

    (void)state;
    assert_int_equal(readable_now(listener), 1);
    assert_int_equal(WSAPoll(&poll, 1, 0), 1);
    assert_int_equal(poll.revents, POLLRDNORM);
    condition_joined_end(client, accept(listener, NULL, NULL));
    assert_int_equal(readable_now(listener), 0);
    closesocket(listener);
}

static _Atomic unsigned sleeper_id;
static pthread_t sleeper;

static void *select_on_thread(void *argument)
{
    struct timeval limit = {FLOW_LIMIT_MS / 1000, 0};
    fd_set set;

    (void)argument;
    FD_ZERO(&set);
    FD_SET(given_listener, &set);
    sleeper_id = GetCurrentThreadId();
    assert_int_equal(select(0, &set, NULL, NULL, &limit), 1);
    return NULL;
}

static void sleep_in_select(void)
{
    sleeper = flow_run(select_on_thread, NULL);
    flow_asleep(&sleeper_id);
}

static void deferring_wakes_who_selects(void **state)
{
    SOCKET client;

    (void)state;
    sleeper_id = 0;
    given_listener = pair_listener();
    client = pair_client(pair_address(given_listener));
    defer_with(given_listener, sleep_in_select);
    flow_join(sleeper);
    condition_joined_end(client, accept(given_listener, NULL, NULL));
    closesocket(given_listener);
}

/* FD_ACCEPT is enabled again by every end of an accept but WSATRY_AGAIN. */
static void deferring_does_not_enable_fd_accept(void **state)
{
    SOCKET listener = pair_listener();
    WSAEVENT event = events_select(listener, FD_ACCEPT);
    SOCKET clients[2] = {pair_client(pair_address(listener)), INVALID_SOCKET};

    (void)state;
    events_are(listener, event, FD_ACCEPT);
    defer_with(listener, NULL);
    events_none(listener, event);
    clients[1] = pair_client(pair_address(listener)); /* more has come: EVENTS-04 */
    events_are(listener, event, FD_ACCEPT);
    assert_int_equal(WSAEventSelect(listener, NULL, 0), 0);
    assert_int_equal(WSAEventSelect(listener, event, FD_ACCEPT), 0);
    events_are(listener, event, FD_ACCEPT); /* EVENTS-07: it is there */
    condition_joined_end(clients[0], accept(listener, NULL, NULL));
    events_are(listener, event, FD_ACCEPT); /* EVENTS-06 */
    defer_with(listener, NULL);
    events_none(listener, event);
    condition_joined_end(clients[1], accept(listener, NULL, NULL));
    events_none(listener, event);
    closesocket(listener);
    WSACloseEvent(event);
}

static WSAEVENT given_event;
static _Atomic long given_events;

static void *take_on_thread(void *argument)
{
    (void)argument;
    given_events = events_take(given_listener, given_event);
    return NULL;
}

static void take_aside(void)
{
    run_aside(take_on_thread, NULL);
}

/* While the condition function has it, nothing waits; then something does again. */
static void an_event_that_was_not_told_comes_back(void **state)
{
    SOCKET client;

    (void)state;
    given_listener = pair_listener();
    given_event = events_select(given_listener, FD_ACCEPT);
    client = pair_client(pair_address(given_listener));
    assert_int_equal(WSAWaitForMultipleEvents(1, &given_event, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    defer_with(given_listener, take_aside);
    assert_int_equal(given_events, 0);
    events_are(given_listener, given_event, FD_ACCEPT);
    condition_joined_end(client, accept(given_listener, NULL, NULL));
    closesocket(given_listener);
    WSACloseEvent(given_event);
}

/* ---- Who takes it ---- */

struct accepting {
    SOCKET s;
    OVERLAPPED overlapped;
    char output[DATA + 2 * AREA];
};

static void accepting_start(struct accepting *a, SOCKET listener, DWORD data_bytes)
{
    a->s = pair_socket(SOCK_STREAM);
    a->overlapped = flow_overlapped();
    flow_fails(AcceptEx(listener, a->s, a->output, data_bytes, AREA, AREA, NULL, &a->overlapped),
               ERROR_IO_PENDING);
}

static void accepting_joined(struct accepting *a, SOCKET client, DWORD received)
{
    DWORD bytes = 77;

    assert_int_equal(flow_end(a->s, &a->overlapped, &bytes), 0);
    assert_int_equal(bytes, received);
    WSACloseEvent(a->overlapped.hEvent);
    condition_joined_end(client, a->s);
}

/* ACCEPTEX-13. */
static void acceptex_takes_it_with_its_data(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = deferred_client(listener);
    SOCKET second = pair_client(pair_address(listener));
    SOCKADDR_IN name = pair_address(client);
    struct accepting a;
    DWORD bytes = 0;

    (void)state;
    ready_nonblocking(listener);
    accepting_start(&a, listener, DATA); /* has it, and stands before nobody */
    condition_joined_end(second, accept(listener, NULL, NULL));
    ready_send(client, "xyz");
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
    assert_int_equal(bytes, 3);
    assert_memory_equal(a.output, "xyz", 3);
    assert_memory_equal(a.output + DATA + AREA, &name, 8);
    WSACloseEvent(a.overlapped.hEvent);
    condition_joined_end(client, a.s);
    closesocket(listener);
}

static struct accepting given_accepts[WAITERS];
static DWORD given_bytes; /* of first data */

static void *start_on_thread(void *argument)
{
    (void)argument;
    for (int i = 0; i < WAITERS; i++)
        accepting_start(&given_accepts[i], given_listener, given_bytes);
    return NULL;
}

static void start_aside(void)
{
    run_aside(start_on_thread, NULL);
}

/* They wait in the kernel when the connection is put back. */
static void acceptex_takes_it_while_waiting(DWORD data_bytes)
{
    SOCKET client;
    SOCKADDR_IN name;
    unsigned done = 0;
    WSAEVENT events[WAITERS];
    DWORD first;

    given_bytes = data_bytes;
    given_listener = pair_listener();
    client = pair_client(pair_address(given_listener));
    name = pair_address(client);
    defer_with(given_listener, start_aside);
    if (data_bytes > 0)
        ready_send(client, "x");
    for (int i = 0; i < WAITERS; i++)
        events[i] = given_accepts[i].overlapped.hEvent;
    first = WSAWaitForMultipleEvents(WAITERS, events, FALSE, FLOW_LIMIT_MS, FALSE);
    assert_true(first < WAITERS);
    assert_memory_equal(given_accepts[first].output + data_bytes + AREA, &name, 8);
    for (int i = 0; i < WAITERS; i++)
        done += HasOverlappedIoCompleted(&given_accepts[i].overlapped);
    assert_int_equal(done, 1); /* and no other has ended */
    accepting_joined(&given_accepts[first], client, data_bytes > 0);
    closesocket(given_listener);
    for (DWORD i = 0; i < WAITERS; i++) {
        DWORD bytes;

        if (i == first)
            continue;
        assert_int_equal(flow_end(given_accepts[i].s, &given_accepts[i].overlapped, &bytes),
                         ERROR_OPERATION_ABORTED);
        WSACloseEvent(given_accepts[i].overlapped.hEvent);
        closesocket(given_accepts[i].s);
    }
}

static void acceptex_takes_it_also_while_waiting(void **state)
{
    (void)state;
    acceptex_takes_it_while_waiting(0);
    acceptex_takes_it_while_waiting(DATA);
}

struct waiter {
    pthread_t thread;
    _Atomic unsigned thread_id;
    SOCKET server;
};

static struct waiter waiters[WAITERS];
static unsigned waiters_wanted;

static void *accept_on_thread(void *argument)
{
    struct waiter *waiter = argument;

    waiter->thread_id = GetCurrentThreadId();
    waiter->server = accept(given_listener, NULL, NULL);
    return NULL;
}

static void accept_aside(void)
{
    for (unsigned i = 0; i < waiters_wanted; i++) {
        waiters[i].thread_id = 0;
        waiters[i].thread = flow_run(accept_on_thread, &waiters[i]);
        flow_asleep(&waiters[i].thread_id); /* the first in a ring of its own, others behind it */
    }
    waiters_wanted = 0;
}

static void a_blocked_accept_takes_it(void **state)
{
    SOCKET clients[WAITERS];

    (void)state;
    for (unsigned count = 1; count <= WAITERS; count++) {
        given_listener = pair_listener();
        clients[0] = pair_client(pair_address(given_listener));
        waiters_wanted = count;
        defer_with(given_listener, accept_aside);
        for (unsigned i = 1; i < count; i++)
            clients[i] = pair_client(pair_address(given_listener));
        for (unsigned i = 0; i < count; i++) {
            flow_join(waiters[i].thread);
            assert_true(waiters[i].server != INVALID_SOCKET);
            closesocket(clients[i]);
        }
        for (unsigned i = 0; i < count; i++)
            closesocket(waiters[i].server);
        closesocket(given_listener);
    }
}

/* The queue is empty again: nobody is left with a place in it. */
static void afterwards_accepts_go_on_as_before(void **state)
{
    SOCKET listener = pair_listener();

    (void)state;
    for (int i = 0; i < 3; i++) {
        SOCKET client = deferred_client(listener);
        SOCKET next = pair_client(pair_address(listener));

        condition_joined_end(client, accept(listener, NULL, NULL));
        condition_joined_end(next, accept(listener, NULL, NULL));
    }
    ready_nonblocking(listener);
    accept_fails(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deferred_connection_is_readable),
        cmocka_unit_test(deferring_wakes_who_selects),
        cmocka_unit_test(deferring_does_not_enable_fd_accept),
        cmocka_unit_test(an_event_that_was_not_told_comes_back),
        cmocka_unit_test(acceptex_takes_it_with_its_data),
        cmocka_unit_test(acceptex_takes_it_also_while_waiting),
        cmocka_unit_test(a_blocked_accept_takes_it),
        cmocka_unit_test(afterwards_accepts_go_on_as_before),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
