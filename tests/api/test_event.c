/* SPDX-License-Identifier: MIT */
/* WSACreateEvent, WSASetEvent, WSAResetEvent, WSACloseEvent. */
#include "flow.h"

#include <ws2ring.h>

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

/* ---- Further references to a closed handle ---- */

static void overlapped_calls_refuse_a_closed_event(WSAEVENT closed)
{
    struct pair pair = pair_open();
    SOCKET udp = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN to = pair_address(udp);
    OVERLAPPED overlapped = {.hEvent = closed};
    char byte = 'x';
    WSABUF buffer = {1, &byte};
    DWORD flags = 0;
    DWORD bytes;

    pair_fails(WSARecv(pair.server, &buffer, 1, NULL, &flags, &overlapped, NULL),
               WSA_INVALID_HANDLE);
    pair_fails(WSASend(pair.server, &buffer, 1, NULL, 0, &overlapped, NULL), WSA_INVALID_HANDLE);
    pair_fails(WSARecvFrom(udp, &buffer, 1, NULL, &flags, NULL, NULL, &overlapped, NULL),
               WSA_INVALID_HANDLE);
    pair_fails(
        WSASendTo(udp, &buffer, 1, NULL, 0, (struct sockaddr *)&to, sizeof to, &overlapped, NULL),
        WSA_INVALID_HANDLE);
    overlapped.Internal = 0x103; /* pending, so that the event is what tells its end */
    assert_fails(WSAGetOverlappedResult(pair.server, &overlapped, &bytes, TRUE, &flags),
                 WSA_INVALID_HANDLE);
    assert_fails(GetOverlappedResult((HANDLE)pair.server, &overlapped, &bytes, TRUE),
                 ERROR_INVALID_HANDLE);
    closesocket(udp);
    pair_close(pair);
}

/* Two calls on sockets document WSAEINVAL for an event that is none; everything else follows the
 * specification's word on WSACloseEvent. */
static void every_reference_to_a_closed_event_fails(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAEVENT closed = WSACreateEvent();
    WSAEVENT open = WSACreateEvent();
    WSAEVENT both[] = {open, closed};
    HANDLE copy;
    WSANETWORKEVENTS found;

    (void)state;
    assert_int_equal(WSACloseEvent(closed), TRUE);
    assert_fails(WSACloseEvent(closed), WSA_INVALID_HANDLE);
    assert_fails(WSASetEvent(closed), WSA_INVALID_HANDLE);
    assert_fails(WSAResetEvent(closed), WSA_INVALID_HANDLE);
    assert_fails(SetEvent(closed), ERROR_INVALID_HANDLE);
    assert_fails(ResetEvent(closed), ERROR_INVALID_HANDLE);
    assert_fails(CloseHandle(closed), ERROR_INVALID_HANDLE);
    assert_fails(DuplicateHandle(GetCurrentProcess(), closed, GetCurrentProcess(), &copy, 0, FALSE,
                                 DUPLICATE_SAME_ACCESS),
                 ERROR_INVALID_HANDLE);
    for (int all = 0; all < 2; all++) {
        assert_int_equal(WSAWaitForMultipleEvents(2, both, all, 0, FALSE), WSA_WAIT_FAILED);
        assert_int_equal(WSAGetLastError(), WSA_INVALID_HANDLE);
    }
    assert_int_equal(WaitForSingleObject(closed, 0), WAIT_FAILED);
    assert_int_equal(WSAGetLastError(), ERROR_INVALID_HANDLE);
    pair_fails(WSAEventSelect(s, closed, FD_READ), WSAEINVAL);
    pair_fails(WSAEnumNetworkEvents(s, closed, &found), WSAEINVAL);
    overlapped_calls_refuse_a_closed_event(closed);
    assert_int_equal(WSACloseEvent(open), TRUE);
    closesocket(s);
}

/* ---- Only events ---- */

static void closing_refuses_other_objects_and_leaves_them(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE others[] = {(HANDLE)s, CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1),
                       CreateSemaphoreA(NULL, 1, 2, NULL), CreateMutexA(NULL, FALSE, NULL)};
    int type = 0;
    int length = sizeof type;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(others); i++) {
        assert_non_null(others[i]);
        assert_fails(WSACloseEvent(others[i]), WSA_INVALID_HANDLE);
        assert_fails(WSASetEvent(others[i]), WSA_INVALID_HANDLE);
        assert_fails(WSAResetEvent(others[i]), WSA_INVALID_HANDLE);
    }
    assert_int_equal(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &length), 0);
    assert_int_equal(closesocket(s), 0);
    assert_int_equal(WaitForSingleObject(others[2], 0), WAIT_OBJECT_0);
    for (size_t i = 1; i < PAIR_COUNT(others); i++)
        assert_int_equal(CloseHandle(others[i]), TRUE);
}

/* ---- Several handles, several threads ---- */

static void closing_one_handle_leaves_the_others_of_the_event(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        HANDLE handles[2] = {WSACreateEvent(), NULL};

        assert_true(DuplicateHandle(GetCurrentProcess(), handles[0], GetCurrentProcess(),
                                    &handles[1], 0, FALSE, DUPLICATE_SAME_ACCESS));
        assert_int_equal(WSACloseEvent(handles[first]), TRUE);
        assert_fails(WSACloseEvent(handles[first]), WSA_INVALID_HANDLE);
        assert_int_equal(WSASetEvent(handles[!first]), TRUE);
        assert_int_equal(poll_event(handles[!first]), WSA_WAIT_EVENT_0);
        assert_int_equal(WSACloseEvent(handles[!first]), TRUE);
    }
}

struct race {
    WSAEVENT event;
    _Atomic unsigned ready, closed;
};

static void *race_close(void *argument)
{
    struct race *race = argument;

    atomic_fetch_add(&race->ready, 1);
    flow_reach(&race->ready, 2);
    if (WSACloseEvent(race->event))
        atomic_fetch_add(&race->closed, 1);
    return NULL;
}

static void one_of_two_closes_at_once_succeeds(void **state)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = before;

    (void)state;
    assert_int_equal(ws2_stats(&before), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct race race = {.event = WSACreateEvent()};
        pthread_t threads[2];

        for (int k = 0; k < 2; k++)
            threads[k] = flow_run(race_close, &race);
        for (int k = 0; k < 2; k++)
            flow_join(threads[k]);
        assert_int_equal(atomic_load(&race.closed), 1);
    }
    assert_int_equal(ws2_stats(&after), 0);
    assert_int_equal(after.events, before.events);
}

/* ---- Closing an event that somebody holds ---- */

static void operation_ends_although_its_event_was_closed(void **state)
{
    struct pair pair = pair_open();
    WSAEVENT others[32];
    OVERLAPPED overlapped = flow_overlapped();
    OVERLAPPED second = flow_overlapped();
    char data[2];
    DWORD bytes;

    (void)state;
    flow_accepted(flow_start_recv(pair.server, &data[0], 1, &overlapped));
    flow_accepted(flow_start_recv(pair.server, &data[1], 1, &second)); /* ends after the first */
    assert_int_equal(WSACloseEvent(overlapped.hEvent), TRUE);
    for (int i = 0; i < 32; i++) /* one of them might be taken for it */
        others[i] = WSACreateEvent();
    flow_send(pair.client, "ab", 2);
    assert_int_equal(flow_end(pair.server, &second, &bytes), 0);
    assert_int_equal(WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &(DWORD){0}),
                     TRUE);
    assert_int_equal(bytes, 1);
    assert_int_equal(data[0], 'a');
    for (int i = 0; i < 32; i++) {
        assert_int_equal(poll_event(others[i]), WSA_WAIT_TIMEOUT);
        assert_int_equal(WSACloseEvent(others[i]), TRUE);
    }
    WSACloseEvent(second.hEvent);
    pair_close(pair);
}

/* The thread waits already, for all of two: the closed one can still be what it misses. */
struct all {
    HANDLE events[2];
    _Atomic unsigned thread_id;
    DWORD result;
};

static void *wait_for_both(void *argument)
{
    struct all *all = argument;

    atomic_store(&all->thread_id, GetCurrentThreadId());
    all->result = WSAWaitForMultipleEvents(2, all->events, TRUE, LIMIT_MS, FALSE);
    return NULL;
}

static void waiting_thread_gets_the_signal_of_a_closed_event(void **state)
{
    struct all all = {.events = {WSACreateEvent(), WSACreateEvent()}};
    HANDLE other = NULL;
    pthread_t thread;

    (void)state;
    assert_true(DuplicateHandle(GetCurrentProcess(), all.events[0], GetCurrentProcess(), &other, 0,
                                FALSE, DUPLICATE_SAME_ACCESS));
    thread = flow_run(wait_for_both, &all);
    flow_asleep(&all.thread_id);
    assert_int_equal(WSACloseEvent(all.events[0]), TRUE);
    assert_fails(WSASetEvent(all.events[0]), WSA_INVALID_HANDLE);
    assert_int_equal(WSASetEvent(other), TRUE);
    assert_int_equal(WSASetEvent(all.events[1]), TRUE);
    flow_join(thread);
    assert_int_equal(all.result, WSA_WAIT_EVENT_0);
    assert_int_equal(WSACloseEvent(other), TRUE);
    assert_int_equal(WSACloseEvent(all.events[1]), TRUE);
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
        cmocka_unit_test(every_reference_to_a_closed_event_fails),
        cmocka_unit_test(closing_refuses_other_objects_and_leaves_them),
        cmocka_unit_test(closing_one_handle_leaves_the_others_of_the_event),
        cmocka_unit_test(one_of_two_closes_at_once_succeeds),
        cmocka_unit_test(operation_ends_although_its_event_was_closed),
        cmocka_unit_test(waiting_thread_gets_the_signal_of_a_closed_event),
    };
    int failed = cmocka_run_group_tests(before, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
