/* SPDX-License-Identifier: MIT */
/* WSAWaitForMultipleEvents, WaitForMultipleObjects, WaitForSingleObject. */
#include "flow.h"

#include <ws2ring.h>

enum { LIMIT_MS = 30000, ROUNDS = 500, ERROR_MARK = 4711, SHORT_MS = 20 };

#define BAD_EVENT ((WSAEVENT)(ULONG_PTR)0x7FFFFFFC)

static void make(WSAEVENT *events, int count)
{
    for (int i = 0; i < count; i++) {
        events[i] = WSACreateEvent();
        assert_non_null(events[i]);
    }
}

static void drop(WSAEVENT *events, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(WSACloseEvent(events[i]), TRUE);
}

static void assert_failed(DWORD result, DWORD error)
{
    assert_int_equal(result, WAIT_FAILED);
    assert_int_equal(GetLastError(), error);
    SetLastError(ERROR_MARK);
}

/* ---- Errors ---- */

static void winsock_wait_needs_startup_first(void **state)
{
    WSAEVENT bad = BAD_EVENT;

    (void)state;
    assert_failed(WSAWaitForMultipleEvents(0, NULL, FALSE, 0, FALSE), WSANOTINITIALISED);
    assert_failed(WSAWaitForMultipleEvents(1, &bad, FALSE, 0, FALSE), WSANOTINITIALISED);
}

static void win32_waits_need_no_startup(void **state)
{
    HANDLE bad = BAD_EVENT;

    (void)state;
    assert_failed(WaitForSingleObject(bad, 0), ERROR_INVALID_HANDLE);
    assert_failed(WaitForMultipleObjects(1, &bad, FALSE, 0), ERROR_INVALID_HANDLE);
    assert_failed(WaitForMultipleObjects(0, &bad, FALSE, 0), ERROR_INVALID_PARAMETER);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void waits_report_the_first_failed_check(void **state)
{
    WSAEVENT good;
    WSAEVENT bad[WSA_MAXIMUM_WAIT_EVENTS + 1];
    WSAEVENT mixed[3];

    (void)state;
    make(&good, 1);
    for (int i = 0; i <= WSA_MAXIMUM_WAIT_EVENTS; i++)
        bad[i] = BAD_EVENT;
    mixed[0] = good;
    mixed[1] = good;
    mixed[2] = BAD_EVENT;
    {
        /* clang-format off */
        const struct { DWORD count; const WSAEVENT *events; BOOL all; DWORD error; } rows[] = {
            { 0,                           NULL,  FALSE, WSA_INVALID_PARAMETER },
            { 0,                           bad,   TRUE,  WSA_INVALID_PARAMETER },
            { WSA_MAXIMUM_WAIT_EVENTS + 1, bad,   FALSE, WSA_INVALID_PARAMETER },
            { 0xFFFFFFFF,                  bad,   FALSE, WSA_INVALID_PARAMETER },
            { 1,                           NULL,  FALSE, WSA_INVALID_PARAMETER },
            { 1,                           bad,   FALSE, WSA_INVALID_HANDLE    },
            { WSA_MAXIMUM_WAIT_EVENTS,     bad,   TRUE,  WSA_INVALID_HANDLE    },
            { 3,                           mixed, FALSE, WSA_INVALID_HANDLE    },
            { 3,                           mixed, TRUE,  WSA_INVALID_HANDLE    },
            { 2,                           mixed, TRUE,  WSA_INVALID_PARAMETER },
        };
        /* clang-format on */

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            assert_failed(
                WSAWaitForMultipleEvents(rows[i].count, rows[i].events, rows[i].all, 0, FALSE),
                rows[i].error);
            assert_failed(WaitForMultipleObjects(rows[i].count, rows[i].events, rows[i].all, 0),
                          rows[i].error);
        }
    }
    drop(&good, 1);
}

/* A wait that fails for a bad entry must not have taken or kept anything. */
static void failed_wait_leaves_the_good_events(void **state)
{
    WSAEVENT events[2];
    WSAEVENT closed;
    WSAEVENT bad[3];

    (void)state;
    make(events, 1);
    make(&closed, 1);
    drop(&closed, 1);
    bad[0] = BAD_EVENT;
    bad[1] = closed;
    bad[2] = (WSAEVENT)((ULONG_PTR)events[0] | 1);
    assert_int_equal(WSASetEvent(events[0]), TRUE);
    for (int i = 0; i < 3; i++) {
        events[1] = bad[i];
        assert_failed(WSAWaitForMultipleEvents(2, events, FALSE, 0, FALSE), WSA_INVALID_HANDLE);
    }
    assert_int_equal(WaitForSingleObject(events[0], 0), WAIT_OBJECT_0);
    drop(events, 1);
}

static void a_signalled_event_is_found_before_objects_of_other_kinds(void **state)
{
    WSAEVENT events[3];

    (void)state;
    make(events, 1);
    events[1] = CreateMutexA(NULL, FALSE, NULL);
    events[2] = CreateEventA(NULL, FALSE, TRUE, NULL);
    assert_non_null(events[1]);
    assert_non_null(events[2]);
    assert_int_equal(WSASetEvent(events[0]), TRUE);
    assert_int_equal(WSAWaitForMultipleEvents(3, events, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    assert_int_equal(WaitForSingleObject(events[2], 0), WAIT_OBJECT_0); /* it kept its signal */
    for (int i = 0; i < 3; i++)
        assert_int_equal(CloseHandle(events[i]), TRUE);
}

static void successful_waits_leave_the_last_error(void **state)
{
    WSAEVENT event;

    (void)state;
    make(&event, 1);
    SetLastError(ERROR_MARK);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, FALSE, 0, TRUE), WSA_WAIT_TIMEOUT);
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    WSASetEvent(event);
    assert_int_equal(WaitForMultipleObjects(1, &event, TRUE, 0), WAIT_OBJECT_0);
    assert_int_equal(GetLastError(), ERROR_MARK);
    drop(&event, 1);
}

/* ---- Results ---- */

static void wait_for_any_returns_the_lowest_index(void **state)
{
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];

    (void)state;
    make(events, WSA_MAXIMUM_WAIT_EVENTS);
    for (DWORD i = WSA_MAXIMUM_WAIT_EVENTS; i-- > 0;) {
        assert_int_equal(WSASetEvent(events[i]), TRUE);
        assert_int_equal(
            WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, FALSE, LIMIT_MS, FALSE),
            WSA_WAIT_EVENT_0 + i);
    }
    drop(events, WSA_MAXIMUM_WAIT_EVENTS);
}

static void wait_for_any_accepts_one_event_twice(void **state)
{
    WSAEVENT event, twice[2];

    (void)state;
    make(&event, 1);
    twice[0] = twice[1] = event;
    assert_int_equal(WSAWaitForMultipleEvents(2, twice, FALSE, SHORT_MS, FALSE), WSA_WAIT_TIMEOUT);
    WSASetEvent(event);
    assert_int_equal(WSAWaitForMultipleEvents(2, twice, FALSE, LIMIT_MS, FALSE), WSA_WAIT_EVENT_0);
    drop(&event, 1);
}

static void wait_for_all_needs_every_event(void **state)
{
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];

    (void)state;
    make(events, WSA_MAXIMUM_WAIT_EVENTS);
    for (DWORD i = 0; i < WSA_MAXIMUM_WAIT_EVENTS; i++) {
        assert_int_equal(WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, TRUE, 0, FALSE),
                         WSA_WAIT_TIMEOUT);
        assert_int_equal(WSASetEvent(events[i]), TRUE);
    }
    assert_int_equal(
        WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, TRUE, LIMIT_MS, FALSE),
        WSA_WAIT_EVENT_0);
    drop(events, WSA_MAXIMUM_WAIT_EVENTS);
}

static void wait_lasts_as_long_as_asked(void **state)
{
    WSAEVENT event;
    LARGE_INTEGER before, after, frequency;

    (void)state;
    make(&event, 1);
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&before);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, FALSE, SHORT_MS, FALSE), WSA_WAIT_TIMEOUT);
    QueryPerformanceCounter(&after);
    assert_true((after.QuadPart - before.QuadPart) * 1000 / frequency.QuadPart >= SHORT_MS);
    drop(&event, 1);
}

/* ---- Between threads ---- */

struct relay {
    WSAEVENT ping, pong;
};

static DWORD WINAPI answer(LPVOID argument)
{
    const struct relay *relay = argument;

    for (int i = 0; i < ROUNDS; i++) {
        if (WSAWaitForMultipleEvents(1, &relay->ping, FALSE, LIMIT_MS, FALSE) != WSA_WAIT_EVENT_0)
            return 1;
        WSAResetEvent(relay->ping);
        WSASetEvent(relay->pong);
    }
    return 0;
}

static void events_carry_signals_to_and_fro(void **state)
{
    struct relay relay = {WSACreateEvent(), WSACreateEvent()};
    HANDLE thread = CreateThread(NULL, 0, answer, &relay, 0, NULL);
    DWORD code = 99;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        WSASetEvent(relay.ping);
        assert_int_equal(WSAWaitForMultipleEvents(1, &relay.pong, FALSE, LIMIT_MS, FALSE),
                         WSA_WAIT_EVENT_0);
        WSAResetEvent(relay.pong);
    }
    assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(GetExitCodeThread(thread, &code), TRUE);
    assert_int_equal(code, 0);
    CloseHandle(thread);
    drop(&relay.ping, 1);
    drop(&relay.pong, 1);
}

struct gate {
    WSAEVENT events[2];
};

static DWORD WINAPI wait_all(LPVOID argument)
{
    const struct gate *gate = argument;

    return WSAWaitForMultipleEvents(2, gate->events, TRUE, WSA_INFINITE, FALSE);
}

static void one_signal_releases_every_thread_that_waits(void **state)
{
    struct gate gate = {{WSACreateEvent(), WSACreateEvent()}};
    HANDLE threads[8];

    (void)state;
    for (int i = 0; i < 8; i++)
        threads[i] = CreateThread(NULL, 0, wait_all, &gate, 0, NULL);
    WSASetEvent(gate.events[1]);
    assert_int_equal(WaitForMultipleObjects(8, threads, FALSE, SHORT_MS), WAIT_TIMEOUT);
    WSASetEvent(gate.events[0]);
    assert_int_equal(WaitForMultipleObjects(8, threads, TRUE, LIMIT_MS), WAIT_OBJECT_0);
    for (int i = 0; i < 8; i++) {
        DWORD code = 99;

        assert_int_equal(GetExitCodeThread(threads[i], &code), TRUE);
        assert_int_equal(code, WSA_WAIT_EVENT_0);
        CloseHandle(threads[i]);
    }
    drop(gate.events, 2);
}

/* ---- A bad entry, wherever it stands ---- */

static uint32_t events_alive(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    assert_int_equal(ws2_stats(&stats), 0);
    return stats.events;
}

static void bad_entry_is_found_at_every_place(void **state)
{
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];

    (void)state;
    make(events, WSA_MAXIMUM_WAIT_EVENTS);
    for (int i = 0; i < WSA_MAXIMUM_WAIT_EVENTS; i++) {
        HANDLE bad[] = {NULL, INVALID_HANDLE_VALUE, BAD_EVENT};
        WSAEVENT good = events[i];

        assert_int_equal(WSASetEvent(events[0]), TRUE); /* which alone would end a wait for any */
        for (size_t k = 0; k < PAIR_COUNT(bad); k++) {
            events[i] = bad[k];
            for (BOOL all = FALSE; all <= TRUE; all++) {
                assert_failed(
                    WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, all, 0, FALSE),
                    WSA_INVALID_HANDLE);
                assert_failed(
                    WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, all, 0, TRUE),
                    WSA_INVALID_HANDLE);
            }
        }
        events[i] = good;
        assert_int_equal(WaitForSingleObject(events[0], 0), WAIT_OBJECT_0); /* nothing was taken */
        assert_int_equal(WSAResetEvent(events[0]), TRUE);
    }
    drop(events, WSA_MAXIMUM_WAIT_EVENTS);
    assert_int_equal(events_alive(), 0); /* no reference was kept */
}

static void one_event_may_fill_all_places_of_a_wait_for_any(void **state)
{
    WSAEVENT event, events[WSA_MAXIMUM_WAIT_EVENTS];

    (void)state;
    make(&event, 1);
    for (int i = 0; i < WSA_MAXIMUM_WAIT_EVENTS; i++)
        events[i] = event;
    assert_int_equal(
        WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, FALSE, SHORT_MS, FALSE),
        WSA_WAIT_TIMEOUT);
    assert_failed(WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, TRUE, 0, FALSE),
                  WSA_INVALID_PARAMETER);
    WSASetEvent(event);
    assert_int_equal(
        WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, FALSE, LIMIT_MS, FALSE),
        WSA_WAIT_EVENT_0);
    drop(&event, 1);
}

/* ---- Waits for all, in opposite order ---- */

struct opposite {
    HANDLE events[2];
    HANDLE taken; /* automatic */
    BOOL swapped;
    DWORD failed;
};

static void *take_both(void *argument)
{
    struct opposite *mine = argument;
    HANDLE swapped[2] = {mine->events[1], mine->events[0]};

    for (int i = 0; i < ROUNDS; i++) {
        DWORD result = WSAWaitForMultipleEvents(2, mine->swapped ? swapped : mine->events, TRUE,
                                                LIMIT_MS, FALSE);

        mine->failed += result != WSA_WAIT_EVENT_0;
        mine->failed += !WSASetEvent(mine->taken);
    }
    return NULL;
}

/* Events that reset themselves: each pair of signals is for one of the two threads. */
static void waits_for_all_in_opposite_order_share_the_signals(void **state)
{
    HANDLE events[2] = {CreateEventA(NULL, FALSE, FALSE, NULL),
                        CreateEventA(NULL, FALSE, FALSE, NULL)};
    HANDLE taken = CreateEventA(NULL, FALSE, FALSE, NULL);
    struct opposite ends[2];
    pthread_t threads[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        ends[i] = (struct opposite){{events[0], events[1]}, taken, i == 1, 0};
        threads[i] = flow_run(take_both, &ends[i]);
    }
    for (int i = 0; i < 2 * ROUNDS; i++) {
        assert_int_equal(WSASetEvent(events[i % 2]), TRUE);
        assert_int_equal(WSASetEvent(events[!(i % 2)]), TRUE);
        assert_int_equal(WSAWaitForMultipleEvents(1, &taken, TRUE, LIMIT_MS, FALSE),
                         WSA_WAIT_EVENT_0);
        assert_int_equal(WaitForSingleObject(events[0], 0), WAIT_TIMEOUT); /* both were taken */
        assert_int_equal(WaitForSingleObject(events[1], 0), WAIT_TIMEOUT);
    }
    for (int i = 0; i < 2; i++) {
        flow_join(threads[i]);
        assert_int_equal(ends[i].failed, 0);
        assert_int_equal(CloseHandle(events[i]), TRUE);
    }
    assert_int_equal(CloseHandle(taken), TRUE);
}

int main(void)
{
    const struct CMUnitTest before[] = {
        cmocka_unit_test(winsock_wait_needs_startup_first),
        cmocka_unit_test(win32_waits_need_no_startup),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_report_the_first_failed_check),
        cmocka_unit_test(failed_wait_leaves_the_good_events),
        cmocka_unit_test(a_signalled_event_is_found_before_objects_of_other_kinds),
        cmocka_unit_test(successful_waits_leave_the_last_error),
        cmocka_unit_test(wait_for_any_returns_the_lowest_index),
        cmocka_unit_test(wait_for_any_accepts_one_event_twice),
        cmocka_unit_test(wait_for_all_needs_every_event),
        cmocka_unit_test(wait_lasts_as_long_as_asked),
        cmocka_unit_test(events_carry_signals_to_and_fro),
        cmocka_unit_test(one_signal_releases_every_thread_that_waits),
        cmocka_unit_test(bad_entry_is_found_at_every_place),
        cmocka_unit_test(one_event_may_fill_all_places_of_a_wait_for_any),
        cmocka_unit_test(waits_for_all_in_opposite_order_share_the_signals),
    };
    int failed = cmocka_run_group_tests(before, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
