/* SPDX-License-Identifier: MIT */
/* CreateEvent, CreateEventEx, SetEvent, ResetEvent, in every form. None needs WSAStartup(). */
#include "flow.h"

static DWORD poll_event(HANDLE event)
{
    return WaitForSingleObject(event, 0);
}

static void event_begins_and_resets_as_asked(void **state)
{
    (void)state;
    for (int manual = 0; manual < 2; manual++) {
        for (int signalled = 0; signalled < 2; signalled++) {
            DWORD flags = (manual ? CREATE_EVENT_MANUAL_RESET : 0u) |
                          (signalled ? CREATE_EVENT_INITIAL_SET : 0u);
            HANDLE events[4] = {CreateEventA(NULL, manual, signalled, NULL),
                                CreateEventW(NULL, manual, signalled, NULL),
                                CreateEventExA(NULL, NULL, flags, EVENT_ALL_ACCESS),
                                CreateEventExW(NULL, NULL, flags, SYNCHRONIZE)};

            for (int i = 0; i < 4; i++) {
                assert_non_null(events[i]);
                assert_int_equal(poll_event(events[i]), signalled ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
                assert_true(SetEvent(events[i]));
                assert_int_equal(poll_event(events[i]), WAIT_OBJECT_0);
                assert_int_equal(poll_event(events[i]), manual ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
                assert_true(SetEvent(events[i]));
                assert_true(ResetEvent(events[i]));
                assert_int_equal(poll_event(events[i]), WAIT_TIMEOUT);
                assert_true(CloseHandle(events[i]));
            }
        }
    }
}

static void names_are_refused_and_empty_ones_are_none(void **state)
{
    HANDLE event;

    (void)state;
    flow_fails(CreateEventA(NULL, TRUE, FALSE, "name"), ERROR_NOT_SUPPORTED);
    flow_fails(CreateEventW(NULL, TRUE, FALSE, L"name"), ERROR_NOT_SUPPORTED);
    flow_fails(CreateEventExA(NULL, "name", 0, 0), ERROR_NOT_SUPPORTED);
    flow_fails(CreateEventExW(NULL, L"name", 0, 0), ERROR_NOT_SUPPORTED);
    flow_fails(CreateEventExA(NULL, "name", 4, 0), ERROR_INVALID_PARAMETER);
    flow_fails(CreateEventExW(NULL, NULL, 4, 0), ERROR_INVALID_PARAMETER);
    SetLastError(4711);
    event = CreateEventA(NULL, TRUE, FALSE, "");
    assert_non_null(event);
    assert_int_equal(GetLastError(), 0); /* programs ask for ERROR_ALREADY_EXISTS */
    CloseHandle(event);
}

static void set_and_reset_refuse_what_is_no_event(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 1, 1, NULL);
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE rows[] = {NULL, INVALID_HANDLE_VALUE, semaphore, mutex, event};

    (void)state;
    SetLastError(4711);
    assert_true(SetEvent(event));
    assert_true(ResetEvent(event));
    assert_int_equal(GetLastError(), 4711);
    CloseHandle(event);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        flow_fails(SetEvent(rows[i]), ERROR_INVALID_HANDLE);
        flow_fails(ResetEvent(rows[i]), ERROR_INVALID_HANDLE);
    }
    CloseHandle(semaphore);
    CloseHandle(mutex);
}

static void both_families_share_events(void **state)
{
    WSADATA data;
    WSAEVENT event;
    HANDLE other;

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    event = WSACreateEvent();
    assert_true(SetEvent(event));
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    other = CreateEventA(NULL, FALSE, FALSE, NULL);
    assert_true(WSASetEvent(other));
    assert_int_equal(poll_event(other), WAIT_OBJECT_0);
    assert_true(WSACloseEvent(other));
    assert_true(CloseHandle(event));
    WSACleanup();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_begins_and_resets_as_asked),
        cmocka_unit_test(names_are_refused_and_empty_ones_are_none),
        cmocka_unit_test(set_and_reset_refuse_what_is_no_event),
        cmocka_unit_test(both_families_share_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
