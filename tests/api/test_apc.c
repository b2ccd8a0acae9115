/* SPDX-License-Identifier: MIT */
/*
 * QueueUserAPC and the alertable waits, before WSAStartup(): where queued calls run, in which
 * order, what the waits return, and what becomes of the calls of a thread that ends.
 */
#include "flow.h"

enum { ORDER_MAX = 64, MANY = 20000, THREADS = 4 };

static char order[ORDER_MAX];
static unsigned order_length;

static void CALLBACK note(ULONG_PTR letter)
{
    if (order_length + 1 < ORDER_MAX)
        order[order_length++] = (char)letter;
    order[order_length] = '\0';
}

static void forget(void)
{
    order_length = 0;
    order[0] = '\0';
}

static void queue_self(PAPCFUNC function, ULONG_PTR data)
{
    assert_int_not_equal(QueueUserAPC(function, GetCurrentThread(), data), 0);
}

static void queued_calls_run_in_order_in_an_alertable_sleep_only(void **state)
{
    (void)state;
    forget();
    for (char c = 'a'; c <= 'e'; c++)
        queue_self(note, (ULONG_PTR)c);
    Sleep(0);
    Sleep(1);
    assert_int_equal(SleepEx(1, FALSE), 0);
    assert_string_equal(order, "");
    assert_int_equal(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
    assert_string_equal(order, "abcde");
    assert_int_equal(SleepEx(1, TRUE), 0);
    assert_int_equal(SleepEx(0, TRUE), 0);
}

static void a_signalled_object_goes_before_a_queued_call(void **state)
{
    HANDLE events[2] = {CreateEventA(NULL, TRUE, TRUE, NULL),
                        CreateEventA(NULL, TRUE, FALSE, NULL)};

    (void)state;
    forget();
    queue_self(note, 'a');
    assert_int_equal(WaitForSingleObjectEx(events[0], 0, TRUE), WAIT_OBJECT_0);
    assert_int_equal(WaitForMultipleObjectsEx(2, events, FALSE, INFINITE, TRUE), WAIT_OBJECT_0);
    assert_string_equal(order, "");
    assert_int_equal(WaitForSingleObjectEx(events[1], 0, FALSE), WAIT_TIMEOUT);
    assert_string_equal(order, "");
    /* Not both: the wait cannot be satisfied. */
    assert_int_equal(WaitForMultipleObjectsEx(2, events, TRUE, 0, TRUE), WAIT_IO_COMPLETION);
    assert_string_equal(order, "a");
    assert_int_equal(WaitForMultipleObjectsEx(2, events, TRUE, 0, TRUE), WAIT_TIMEOUT);
    CloseHandle(events[0]);
    CloseHandle(events[1]);
}

static void alertable_waits_report_the_first_failed_check(void **state)
{
    HANDLE handles[2] = {CreateEventA(NULL, TRUE, FALSE, NULL), NULL};
    HANDLE twice[2] = {handles[0], handles[0]};

    (void)state;
    forget();
    queue_self(note, 'a');
    flow_fails(WaitForMultipleObjectsEx(0, handles, FALSE, 0, TRUE) != WAIT_FAILED,
               ERROR_INVALID_PARAMETER);
    flow_fails(WaitForMultipleObjectsEx(65, handles, FALSE, 0, TRUE) != WAIT_FAILED,
               ERROR_INVALID_PARAMETER);
    flow_fails(WaitForMultipleObjectsEx(1, NULL, FALSE, 0, TRUE) != WAIT_FAILED,
               ERROR_INVALID_PARAMETER);
    flow_fails(WaitForMultipleObjectsEx(2, handles, FALSE, 0, TRUE) != WAIT_FAILED,
               ERROR_INVALID_HANDLE);
    flow_fails(WaitForMultipleObjectsEx(2, twice, TRUE, 0, TRUE) != WAIT_FAILED,
               ERROR_INVALID_PARAMETER);
    flow_fails(WaitForSingleObjectEx(NULL, 0, TRUE) != WAIT_FAILED, ERROR_INVALID_HANDLE);
    assert_string_equal(order, ""); /* a refused wait runs nothing */
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    CloseHandle(handles[0]);
}

static void queue_reports_the_first_failed_check(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);

    (void)state;
    flow_fails(QueueUserAPC(note, NULL, 0), ERROR_INVALID_HANDLE);
    flow_fails(QueueUserAPC(NULL, event, 0), ERROR_INVALID_HANDLE);
    flow_fails(QueueUserAPC(NULL, GetCurrentThread(), 0), ERROR_INVALID_PARAMETER);
    SetLastError(4711);
    queue_self(note, 'a');
    assert_int_equal(GetLastError(), 4711);
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    CloseHandle(event);
}

static void CALLBACK wait_inside(ULONG_PTR unused)
{
    (void)unused;
    note('(');
    queue_self(note, 'd');
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION); /* runs those behind it */
    note(')');
}

static void a_call_that_waits_runs_those_behind_it_once(void **state)
{
    (void)state;
    forget();
    queue_self(wait_inside, 0);
    queue_self(note, 'b');
    queue_self(note, 'c');
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    assert_string_equal(order, "(bcd)");
    assert_int_equal(SleepEx(0, TRUE), 0);
}

static void CALLBACK queue_again(ULONG_PTR left)
{
    note('x');
    if (left > 0)
        queue_self(queue_again, left - 1);
}

static void a_call_queued_by_a_call_runs_in_the_same_wait(void **state)
{
    (void)state;
    forget();
    queue_self(queue_again, 3);
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    assert_string_equal(order, "xxxx");
}

/* ---- Other threads ---- */

struct sleeper {
    _Atomic unsigned thread_id;
    _Atomic unsigned calls;
    HANDLE event;
    DWORD result;
};

static struct sleeper sleeper;

static void CALLBACK count_call(ULONG_PTR counter)
{
    _Atomic unsigned *calls = (_Atomic unsigned *)counter;

    (*calls)++;
}

static DWORD WINAPI sleep_alertably(LPVOID unused)
{
    (void)unused;
    sleeper.thread_id = GetCurrentThreadId();
    return SleepEx(INFINITE, TRUE);
}

static DWORD WINAPI wait_alertably(LPVOID unused)
{
    (void)unused;
    sleeper.thread_id = GetCurrentThreadId();
    return WaitForSingleObjectEx(sleeper.event, INFINITE, TRUE);
}

static DWORD WINAPI wait_for_packets_alertably(LPVOID port)
{
    OVERLAPPED_ENTRY entry;
    ULONG removed = 77;

    sleeper.thread_id = GetCurrentThreadId();
    if (GetQueuedCompletionStatusEx(port, &entry, 1, &removed, INFINITE, TRUE))
        return 0;
    assert_int_equal(removed, 77);
    return GetLastError();
}

static DWORD end_of(HANDLE thread)
{
    DWORD code = 0;

    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &code));
    CloseHandle(thread);
    return code;
}

static void a_call_wakes_a_thread_in_every_alertable_wait(void **state)
{
    HANDLE port = flow_port(1);
    const struct {
        LPTHREAD_START_ROUTINE body;
        LPVOID argument;
    } rows[] = {
        {sleep_alertably, NULL}, {wait_alertably, NULL}, {wait_for_packets_alertably, port}};

    (void)state;
    sleeper.event = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        HANDLE thread;

        sleeper.thread_id = 0;
        sleeper.calls = 0;
        thread = CreateThread(NULL, 0, rows[i].body, rows[i].argument, 0, NULL);
        flow_asleep(&sleeper.thread_id);
        assert_int_not_equal(QueueUserAPC(count_call, thread, (ULONG_PTR)&sleeper.calls), 0);
        assert_int_equal(end_of(thread), WAIT_IO_COMPLETION);
        assert_int_equal(sleeper.calls, 1);
    }
    CloseHandle(sleeper.event);
    CloseHandle(port);
}

static DWORD WINAPI end_when_told(LPVOID event)
{
    return WaitForSingleObject(event, INFINITE);
}

/* Its calls are dropped and freed (LeakSanitizer), and its structure, which the next thread gets,
 * has none of them. */
static void calls_of_a_thread_that_ends_never_run(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread;
    _Atomic unsigned calls = 0;

    (void)state;
    for (int round = 0; round < 20; round++) {
        ResetEvent(event);
        thread = CreateThread(NULL, 0, end_when_told, event, 0, NULL);
        for (int i = 0; i < 10; i++)
            assert_int_not_equal(QueueUserAPC(count_call, thread, (ULONG_PTR)&calls), 0);
        SetEvent(event);
        assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
        flow_fails(QueueUserAPC(count_call, thread, (ULONG_PTR)&calls), ERROR_GEN_FAILURE);
        CloseHandle(thread);
        flow_fails(QueueUserAPC(count_call, thread, (ULONG_PTR)&calls), ERROR_INVALID_HANDLE);
    }
    assert_int_equal(calls, 0);
    CloseHandle(event);
}

struct flood {
    HANDLE target;
    _Atomic unsigned accepted;
    _Atomic unsigned ran;
    _Atomic unsigned queuing;
};

static struct flood flood;

static void CALLBACK flood_ran(ULONG_PTR unused)
{
    (void)unused;
    flood.ran++;
}

static void *flood_queue(void *unused)
{
    (void)unused;
    for (int i = 0; i < MANY / THREADS; i++)
        flood.accepted += QueueUserAPC(flood_ran, flood.target, 0) != 0;
    flood.queuing--;
    return NULL;
}

static DWORD WINAPI flood_run(LPVOID event)
{
    while (WaitForSingleObjectEx(event, INFINITE, TRUE) == WAIT_IO_COMPLETION)
        ;
    return 0;
}

static void calls_of_many_threads_run_exactly_once(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    pthread_t threads[THREADS];

    (void)state;
    flood.queuing = THREADS;
    flood.target = CreateThread(NULL, 0, flood_run, event, 0, NULL);
    for (int i = 0; i < THREADS; i++)
        threads[i] = flow_run(flood_queue, NULL);
    for (int i = 0; i < THREADS; i++)
        flow_join(threads[i]);
    assert_int_equal(flood.accepted, THREADS * (MANY / THREADS));
    flow_reach(&flood.ran, flood.accepted);
    SetEvent(event);
    assert_int_equal(end_of(flood.target), 0);
    assert_int_equal(flood.ran, flood.accepted);
    CloseHandle(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queued_calls_run_in_order_in_an_alertable_sleep_only),
        cmocka_unit_test(a_signalled_object_goes_before_a_queued_call),
        cmocka_unit_test(alertable_waits_report_the_first_failed_check),
        cmocka_unit_test(queue_reports_the_first_failed_check),
        cmocka_unit_test(a_call_that_waits_runs_those_behind_it_once),
        cmocka_unit_test(a_call_queued_by_a_call_runs_in_the_same_wait),
        cmocka_unit_test(a_call_wakes_a_thread_in_every_alertable_wait),
        cmocka_unit_test(calls_of_a_thread_that_ends_never_run),
        cmocka_unit_test(calls_of_many_threads_run_exactly_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
