/* SPDX-License-Identifier: MIT */
/* GetOverlappedResultEx: a wait with an end, and alertable. */
#include "flow.h"

static void the_first_failed_check_is_reported(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    OVERLAPPED no_event = {.hEvent = (HANDLE)(ULONG_PTR)0x7ffffff0, .Internal = FLOW_PENDING};
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE socket = (HANDLE)pair.client;
    DWORD bytes = 77;
    char data[4];
    /* clang-format off */
    const struct { HANDLE file; OVERLAPPED *overlapped; DWORD *bytes; DWORD timeout; DWORD error; }
    rows[] = {
        { INVALID_HANDLE_VALUE, NULL,        NULL,   0, ERROR_INVALID_HANDLE },
        { NULL,                 &overlapped, &bytes, 0, ERROR_INVALID_HANDLE },
        { event,                &overlapped, &bytes, 0, ERROR_INVALID_HANDLE },
        { socket,               NULL,        &bytes, 0, ERROR_INVALID_PARAMETER },
        { socket,               &overlapped, NULL,   0, ERROR_INVALID_PARAMETER },
        { socket,               &overlapped, &bytes, 0, ERROR_IO_INCOMPLETE },
        { socket,               &no_event,   &bytes, 0, ERROR_IO_INCOMPLETE },
        { socket,               &no_event,   &bytes, 1, ERROR_INVALID_HANDLE },
        { socket,               &overlapped, &bytes, 1, WAIT_TIMEOUT },
    };
    /* clang-format on */

    (void)state;
    flow_accepted(flow_start_recv(pair.client, data, sizeof data, &overlapped));
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        for (BOOL alertable = FALSE; alertable <= TRUE; alertable++)
            flow_fails(GetOverlappedResultEx(rows[i].file, rows[i].overlapped, rows[i].bytes,
                                             rows[i].timeout, alertable),
                       rows[i].error);
    }
    assert_int_equal(bytes, 77);
    assert_true(CancelIoEx(socket, &overlapped));
    flow_fails(GetOverlappedResultEx(socket, &overlapped, &bytes, INFINITE, FALSE),
               ERROR_OPERATION_ABORTED);
    assert_int_equal(bytes, 0);
    WSACloseEvent(overlapped.hEvent);
    CloseHandle(event);
    pair_close(pair);
}

static unsigned calls;

static void CALLBACK count_call(ULONG_PTR unused)
{
    (void)unused;
    calls++;
}

static void queue_call(void)
{
    assert_true(QueueUserAPC(count_call, GetCurrentThread(), 0) != 0);
}

static void only_an_alertable_wait_runs_queued_calls(void **state)
{
    struct pair pair = pair_open();
    HANDLE socket = (HANDLE)pair.client;
    char data[4];

    (void)state;
    for (int with_event = 0; with_event < 2; with_event++) { /* else the socket is waited for */
        OVERLAPPED overlapped = with_event ? flow_overlapped() : (OVERLAPPED){0};
        DWORD bytes = 77;

        calls = 0;
        flow_accepted(flow_start_recv(pair.client, data, sizeof data, &overlapped));
        queue_call();
        flow_fails(GetOverlappedResultEx(socket, &overlapped, &bytes, 1, FALSE), WAIT_TIMEOUT);
        flow_fails(GetOverlappedResultEx(socket, &overlapped, &bytes, 0, TRUE),
                   ERROR_IO_INCOMPLETE);
        assert_int_equal(calls, 0);
        flow_fails(GetOverlappedResultEx(socket, &overlapped, &bytes, FLOW_LIMIT_MS, TRUE),
                   WAIT_IO_COMPLETION);
        assert_int_equal(calls, 1);
        assert_int_equal(flow_send(pair.server, "abc", 3), 3);
        assert_true(GetOverlappedResultEx(socket, &overlapped, &bytes, FLOW_LIMIT_MS, TRUE));
        assert_int_equal(bytes, 3);
        queue_call(); /* what has ended is not waited for */
        assert_true(GetOverlappedResultEx(socket, &overlapped, &bytes, FLOW_LIMIT_MS, TRUE));
        assert_int_equal(calls, 1);
        assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
        if (with_event)
            WSACloseEvent(overlapped.hEvent);
    }
    pair_close(pair);
}

struct waiting {
    HANDLE socket;
    OVERLAPPED *overlapped;
    _Atomic unsigned thread_id;
    BOOL result;
    DWORD bytes;
};

static void *wait_on_thread(void *argument)
{
    struct waiting *waiting = argument;

    waiting->thread_id = (unsigned)GetCurrentThreadId();
    waiting->result = GetOverlappedResultEx(waiting->socket, waiting->overlapped, &waiting->bytes,
                                            FLOW_LIMIT_MS, FALSE);
    return NULL;
}

/* Also by an event that resets itself, and that somebody else sets first. */
static void the_end_of_the_operation_ends_the_wait(void **state)
{
    struct pair pair = pair_open();
    char data[4];

    (void)state;
    for (int manual = 0; manual < 2; manual++) {
        OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, manual, FALSE, NULL)};
        struct waiting waiting = {.socket = (HANDLE)pair.client, .overlapped = &overlapped};
        pthread_t thread;

        flow_accepted(flow_start_recv(pair.client, data, sizeof data, &overlapped));
        thread = flow_run(wait_on_thread, &waiting);
        flow_asleep(&waiting.thread_id);
        SetEvent(overlapped.hEvent);
        assert_int_equal(flow_send(pair.server, "abc", 3), 3);
        flow_join(thread);
        assert_true(waiting.result);
        assert_int_equal(waiting.bytes, 3);
        CloseHandle(overlapped.hEvent);
    }
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failed_check_is_reported),
        cmocka_unit_test(only_an_alertable_wait_runs_queued_calls),
        cmocka_unit_test(the_end_of_the_operation_ends_the_wait),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
