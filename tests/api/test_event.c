/* SPDX-License-Identifier: MIT */
/* WSACreateEvent, WSASetEvent, WSAResetEvent, WSACloseEvent. */
#include "pair.h"

#include <windows.h>

enum { LIMIT_MS = 30000, ROUNDS = 200, ERROR_MARK = 4711 };

static DWORD poll_event(WSAEVENT event)
{
    return WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE);
}

static void assert_fails(BOOL result, int error)
{
    assert_int_equal(result, FALSE);
    assert_int_equal(WSAGetLastError(), error);
    WSASetLastError(ERROR_MARK);
}

/* An earlier check wins: each call also has a handle that a later check would refuse. */
static void event_calls_need_startup_first(void **state)
{
    (void)state;
    WSASetLastError(0);
    assert_null(WSACreateEvent());
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_fails(WSASetEvent(WSA_INVALID_EVENT), WSANOTINITIALISED);
    assert_fails(WSAResetEvent(WSA_INVALID_EVENT), WSANOTINITIALISED);
    assert_fails(WSACloseEvent(WSA_INVALID_EVENT), WSANOTINITIALISED);
}

static void event_starts_unsignalled_and_is_reset_by_hand_only(void **state)
{
    WSAEVENT event = WSACreateEvent();

    (void)state;
    assert_non_null(event);
    assert_int_equal(poll_event(event), WSA_WAIT_TIMEOUT);
    assert_int_equal(WSASetEvent(event), TRUE);
    assert_int_equal(poll_event(event), WSA_WAIT_EVENT_0);
    assert_int_equal(poll_event(event), WSA_WAIT_EVENT_0);
    assert_int_equal(WSAResetEvent(event), TRUE);
    assert_int_equal(poll_event(event), WSA_WAIT_TIMEOUT);
    assert_int_equal(WSACloseEvent(event), TRUE);
}

static void successful_event_calls_leave_the_last_error(void **state)
{
    WSAEVENT event;

    (void)state;
    WSASetLastError(ERROR_MARK);
    event = WSACreateEvent();
    assert_int_equal(WSASetEvent(event), TRUE);
    assert_int_equal(poll_event(event), WSA_WAIT_EVENT_0);
    assert_int_equal(WSAResetEvent(event), TRUE);
    assert_int_equal(WSACloseEvent(event), TRUE);
    assert_int_equal(WSAGetLastError(), ERROR_MARK);
}

static void event_values_are_multiples_of_four_that_fit_an_int(void **state)
{
    WSAEVENT event = WSACreateEvent();
    ULONG_PTR value = (ULONG_PTR)event;

    (void)state;
    assert_int_equal(value % 4, 0);
    assert_true(value > 0 && value <= 0x7FFFFFFF);
    assert_int_equal(WSACloseEvent(event), TRUE);
}

static void event_calls_refuse_what_is_no_open_event(void **state)
{
    WSAEVENT closed = WSACreateEvent();
    WSAEVENT bad[] = {WSA_INVALID_EVENT,
                      INVALID_HANDLE_VALUE,
                      closed,
                      (WSAEVENT)(ULONG_PTR)0x7FFFFFFC,
                      (WSAEVENT)((ULONG_PTR)closed + 1),
                      (WSAEVENT)0x12345678900ULL};

    (void)state;
    assert_int_equal(WSACloseEvent(closed), TRUE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_fails(WSASetEvent(bad[i]), WSA_INVALID_HANDLE);
        assert_fails(WSAResetEvent(bad[i]), WSA_INVALID_HANDLE);
        assert_fails(WSACloseEvent(bad[i]), WSA_INVALID_HANDLE);
    }
}

/* The value is refused although new events are made, perhaps in the same place. */
static void closed_event_value_stays_refused(void **state)
{
    WSAEVENT closed = WSACreateEvent();

    (void)state;
    assert_int_equal(WSACloseEvent(closed), TRUE);
    for (int i = 0; i < ROUNDS; i++) {
        WSAEVENT other = WSACreateEvent();

        assert_ptr_not_equal(other, closed);
        assert_fails(WSASetEvent(closed), WSA_INVALID_HANDLE);
        assert_int_equal(WSACloseEvent(other), TRUE);
    }
}

static DWORD WINAPI set_it(LPVOID event)
{
    return WSASetEvent(event) ? 0 : 1;
}

static void event_calls_refuse_a_thread_handle(void **state)
{
    WSAEVENT event = WSACreateEvent();
    HANDLE thread = CreateThread(NULL, 0, set_it, event, 0, NULL);

    (void)state;
    assert_fails(WSASetEvent(thread), WSA_INVALID_HANDLE);
    assert_fails(WSAResetEvent(thread), WSA_INVALID_HANDLE);
    assert_fails(WSACloseEvent(thread), WSA_INVALID_HANDLE);
    assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(CloseHandle(thread), TRUE);
    assert_int_equal(WSACloseEvent(event), TRUE);
}

static void signal_of_another_thread_ends_a_wait(void **state)
{
    WSAEVENT event = WSACreateEvent();
    HANDLE thread = CreateThread(NULL, 0, set_it, event, 0, NULL);

    (void)state;
    assert_non_null(thread);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, LIMIT_MS, FALSE), WSA_WAIT_EVENT_0);
    assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(CloseHandle(thread), TRUE);
    assert_int_equal(WSACloseEvent(event), TRUE);
}

struct closing {
    WSAEVENT closed, stop;
};

static DWORD WINAPI wait_for_closing(LPVOID argument)
{
    const struct closing *closing = argument;
    WSAEVENT events[] = {closing->closed, closing->stop};
    DWORD result = WSAWaitForMultipleEvents(2, events, FALSE, LIMIT_MS, FALSE);

    if (result == WSA_WAIT_FAILED)
        return WSAGetLastError() == WSA_INVALID_HANDLE ? 0 : 1; /* closed before the look-up */
    return result == WSA_WAIT_EVENT_0 + 1 ? 0 : 2;
}

static void closing_an_event_leaves_those_who_wait_for_it_alone(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct closing closing = {WSACreateEvent(), WSACreateEvent()};
        HANDLE thread = CreateThread(NULL, 0, wait_for_closing, &closing, 0, NULL);
        DWORD code = 99;

        assert_int_equal(WSACloseEvent(closing.closed), TRUE);
        assert_int_equal(WSASetEvent(closing.stop), TRUE);
        assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
        assert_int_equal(GetExitCodeThread(thread, &code), TRUE);
        assert_int_equal(code, 0);
        CloseHandle(thread);
        assert_int_equal(WSACloseEvent(closing.stop), TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest before[] = {
        cmocka_unit_test(event_calls_need_startup_first),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_starts_unsignalled_and_is_reset_by_hand_only),
        cmocka_unit_test(successful_event_calls_leave_the_last_error),
        cmocka_unit_test(event_values_are_multiples_of_four_that_fit_an_int),
        cmocka_unit_test(event_calls_refuse_what_is_no_open_event),
        cmocka_unit_test(closed_event_value_stays_refused),
        cmocka_unit_test(event_calls_refuse_a_thread_handle),
        cmocka_unit_test(signal_of_another_thread_ends_a_wait),
        cmocka_unit_test(closing_an_event_leaves_those_who_wait_for_it_alone),
    };
    int failed = cmocka_run_group_tests(before, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
