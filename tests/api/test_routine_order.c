/* SPDX-License-Identifier: MIT */
/* Completion routines: on which thread, in which order, and inside one another. */
#include "flow.h"

enum { COUNT = 16 };

static struct {
    unsigned calls, depth, deepest;
    unsigned order[COUNT];
    DWORD threads[COUNT];
    unsigned nest_at; /* the call that waits inside; COUNT: none */
} seen;

static OVERLAPPED receives[COUNT];

static void CALLBACK note(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    unsigned call = seen.calls++;

    assert_int_equal(error, 0);
    assert_int_equal(bytes, 1);
    assert_int_equal(flags, 0);
    assert_true(call < COUNT);
    seen.order[call] = (unsigned)(overlapped - receives);
    seen.threads[call] = GetCurrentThreadId();
    if (++seen.depth > seen.deepest)
        seen.deepest = seen.depth;
    if (call == seen.nest_at)
        (void)SleepEx(0, TRUE);
    seen.depth--;
}

static char received[COUNT];

static void start_all(SOCKET s)
{
    memset(&seen, 0, sizeof seen);
    memset(receives, 0, sizeof receives);
    seen.nest_at = COUNT;
    for (int i = 0; i < COUNT; i++) {
        WSABUF buffer = {1, &received[i]};
        DWORD flags = 0;

        pair_fails(WSARecv(s, &buffer, 1, NULL, &flags, &receives[i], note), WSA_IO_PENDING);
    }
}

/* All operations have ended, and none of their routines has run. */
static void end_all(SOCKET peer)
{
    char data[COUNT];

    for (int i = 0; i < COUNT; i++)
        data[i] = (char)('a' + i);
    assert_int_equal(flow_send(peer, data, COUNT), COUNT);
    while (!HasOverlappedIoCompleted(&receives[COUNT - 1]))
        sched_yield();
    assert_int_equal(seen.calls, 0);
}

static void check_all(void)
{
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    /* The last one's status comes a moment before its routine is queued. */
    while (seen.calls < COUNT) {
        (void)SleepEx(1, TRUE);
        assert_true(GetTickCount64() < limit);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(seen.order[i], i);
        assert_int_equal(seen.threads[i], GetCurrentThreadId());
        assert_int_equal(received[i], 'a' + (int)i);
    }
    assert_int_equal(seen.depth, 0);
    assert_int_equal(SleepEx(0, TRUE), 0);
}

static void routines_run_in_the_order_of_the_ends(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    start_all(pair.client);
    end_all(pair.server);
    check_all();
    assert_int_equal(seen.deepest, 1);
    pair_close(pair);
}

/* One that waits alertably runs those behind it, each once. */
static void a_routine_that_waits_runs_those_behind_it(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    start_all(pair.client);
    seen.nest_at = 3;
    end_all(pair.server);
    check_all();
    assert_true(seen.deepest <= 2);
    pair_close(pair);
}

static void *wait_alertably(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        assert_int_equal(SleepEx(1, TRUE), 0);
    return NULL;
}

/* Neither another thread's alertable wait runs them, nor a wait of this one that is not. */
static void nobody_else_runs_them(void **state)
{
    struct pair pair = pair_open();
    HANDLE event = CreateEventA(NULL, TRUE, TRUE, NULL);

    (void)state;
    start_all(pair.client);
    end_all(pair.server);
    flow_join(flow_run(wait_alertably, NULL));
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObjectEx(event, 0, TRUE), WAIT_OBJECT_0); /* signalled first */
    assert_int_equal(SleepEx(1, FALSE), 0);
    assert_int_equal(seen.calls, 0);
    check_all();
    CloseHandle(event);
    pair_close(pair);
}

/* A blocking call runs them while it waits, then goes on. */
static void a_blocking_call_runs_them(void **state)
{
    struct pair pair = pair_open();
    struct pair other = pair_open();
    char byte = 0;

    (void)state;
    start_all(pair.client);
    end_all(pair.server);
    assert_int_equal(flow_send(other.server, "x", 1), 1);
    assert_int_equal(recv(other.client, &byte, 1, MSG_PEEK), 1); /* it need not wait: RECV-01 */
    assert_int_equal(seen.calls, 0);
    assert_int_equal(recv(other.client, &byte, 1, 0), 1);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(pair_set(other.client, SOL_SOCKET, SO_RCVTIMEO, 50), 0);
    pair_fails(recv(other.client, &byte, 1, 0), WSAETIMEDOUT);
    assert_true(seen.calls > 0);
    check_all();
    pair_close(pair);
    pair_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routines_run_in_the_order_of_the_ends),
        cmocka_unit_test(a_routine_that_waits_runs_those_behind_it),
        cmocka_unit_test(nobody_else_runs_them),
        cmocka_unit_test(a_blocking_call_runs_them),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
