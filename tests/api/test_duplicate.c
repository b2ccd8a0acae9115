/* SPDX-License-Identifier: MIT */
/* DuplicateHandle, GetCurrentProcess, GetCurrentThread, GetCurrentProcessId. */
#include "flow.h"

#include <unistd.h>

static HANDLE duplicate(HANDLE source)
{
    HANDLE made = NULL;

    assert_true(DuplicateHandle(GetCurrentProcess(), source, GetCurrentProcess(), &made, 0, FALSE,
                                DUPLICATE_SAME_ACCESS));
    assert_non_null(made);
    assert_ptr_not_equal(made, source);
    return made;
}

static void every_sort_of_object_works_through_a_duplicate(void **state)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE events[2] = {event, duplicate(event)};
    HANDLE semaphore2 = duplicate(semaphore);
    HANDLE mutex2 = duplicate(mutex);

    (void)state;
    assert_true(SetEvent(events[1]));
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    assert_true(SetEvent(event));
    assert_true(ResetEvent(events[1]));
    assert_int_equal(WaitForMultipleObjects(2, events, FALSE, 0), WAIT_TIMEOUT);
    flow_fails(WaitForMultipleObjects(2, events, TRUE, 0) != WAIT_FAILED, ERROR_INVALID_PARAMETER);
    assert_true(ReleaseSemaphore(semaphore2, 1, NULL));
    assert_int_equal(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObject(mutex2, 0), WAIT_OBJECT_0);
    assert_true(ReleaseMutex(mutex));
    flow_fails(ReleaseMutex(mutex2), ERROR_NOT_OWNER);
    flow_fails(SetEvent(mutex2), ERROR_INVALID_HANDLE);
    flow_fails(ReleaseMutex(events[1]), ERROR_INVALID_HANDLE);
    CloseHandle(event);
    CloseHandle(events[1]);
    CloseHandle(semaphore);
    CloseHandle(semaphore2);
    CloseHandle(mutex);
    CloseHandle(mutex2);
}

static void each_handle_is_closed_on_its_own(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE second = duplicate(event);
    HANDLE third = duplicate(second);

    (void)state;
    assert_true(CloseHandle(event));
    flow_fails(SetEvent(event), ERROR_INVALID_HANDLE);
    assert_true(CloseHandle(second));
    flow_fails(CloseHandle(second), ERROR_INVALID_HANDLE);
    flow_fails(WaitForSingleObject(second, 0) != WAIT_FAILED, ERROR_INVALID_HANDLE);
    assert_true(SetEvent(third));
    assert_int_equal(WaitForSingleObject(third, 0), WAIT_OBJECT_0);
    assert_true(CloseHandle(third));
}

static void winsock_takes_duplicates_of_events(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    HANDLE event = overlapped.hEvent;
    char data[4];
    DWORD bytes = 0;

    (void)state;
    overlapped.hEvent = duplicate(event);
    assert_int_equal(flow_start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
    assert_int_equal(flow_send(pair.client, "abc", 3), 3);
    assert_int_equal(flow_end(pair.server, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 3);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    assert_true(WSAResetEvent(overlapped.hEvent));
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    assert_true(WSACloseEvent(overlapped.hEvent));
    assert_true(WSACloseEvent(event));
    pair_close(pair);
}

static void refusals_come_in_order_and_change_nothing(void **state)
{
    HANDLE self = GetCurrentProcess();
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE port = flow_port(1);
    HANDLE made = (HANDLE)&event;

    (void)state;
    flow_fails(DuplicateHandle(event, event, self, &made, 0, FALSE, DUPLICATE_SAME_ACCESS),
               ERROR_INVALID_HANDLE);
    flow_fails(DuplicateHandle(self, event, NULL, &made, 0, FALSE, DUPLICATE_SAME_ACCESS),
               ERROR_INVALID_HANDLE);
    flow_fails(DuplicateHandle(self, NULL, self, &made, 0, FALSE, DUPLICATE_SAME_ACCESS),
               ERROR_INVALID_HANDLE);
    flow_fails(DuplicateHandle(self, port, self, &made, 0, FALSE, DUPLICATE_SAME_ACCESS),
               ERROR_NOT_SUPPORTED);
    assert_ptr_equal(made, &event);
    assert_true(SetEvent(event));
    CloseHandle(port);
    CloseHandle(event);
}

static void close_source_closes_it_whatever_happens(void **state)
{
    HANDLE self = GetCurrentProcess();
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE made = NULL;

    (void)state;
    SetLastError(4711);
    assert_true(DuplicateHandle(self, event, self, &made, 0, FALSE,
                                DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS));
    assert_int_equal(GetLastError(), 4711);
    flow_fails(SetEvent(event), ERROR_INVALID_HANDLE);
    assert_true(SetEvent(made));
    /* The way to close a handle in another process: no target. */
    assert_true(DuplicateHandle(self, made, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE));
    flow_fails(SetEvent(made), ERROR_INVALID_HANDLE);
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    flow_fails(DuplicateHandle(self, event, event, &made, 0, FALSE, DUPLICATE_CLOSE_SOURCE),
               ERROR_INVALID_HANDLE);
    flow_fails(SetEvent(event), ERROR_INVALID_HANDLE);
}

static void *own_handle(void *unused)
{
    (void)unused;
    return duplicate(GetCurrentThread());
}

static DWORD WINAPI own_handle_windows(LPVOID made)
{
    *(HANDLE *)made = duplicate(GetCurrentThread());
    return 4711;
}

static _Atomic unsigned calls;

static void CALLBACK count_call(ULONG_PTR unused)
{
    (void)unused;
    calls++;
}

static void thread_gets_a_real_handle_of_itself(void **state)
{
    HANDLE made = duplicate(GetCurrentThread());
    HANDLE again = duplicate(GetCurrentThread());
    HANDLE thread;
    void *other;
    DWORD code = 0;

    (void)state;
    assert_int_equal(WaitForSingleObject(made, 0), WAIT_TIMEOUT);
    assert_true(GetExitCodeThread(made, &code));
    assert_int_equal(code, STILL_ACTIVE);
    assert_int_not_equal(QueueUserAPC(count_call, made, 0), 0);
    assert_int_not_equal(QueueUserAPC(count_call, again, 0), 0);
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(calls, 2);
    CloseHandle(made);
    CloseHandle(again);

    /* A POSIX thread: signalled when it ends. */
    assert_int_equal(pthread_join(flow_run(own_handle, NULL), &other), 0);
    assert_int_equal(WaitForSingleObject(other, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    flow_fails(QueueUserAPC(count_call, other, 0), ERROR_GEN_FAILURE);
    CloseHandle(other);

    thread = CreateThread(NULL, 0, own_handle_windows, &made, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_true(GetExitCodeThread(made, &code));
    assert_int_equal(code, 4711);
    CloseHandle(made);
}

static void only_sockets_are_inherited_and_nothing_is_protected(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    SOCKET s = pair_socket(SOCK_STREAM);
    DWORD flags = 77;

    (void)state;
    assert_true(GetHandleInformation(event, &flags));
    assert_int_equal(flags, 0);
    assert_true(GetHandleInformation((HANDLE)s, &flags));
    assert_int_equal(flags, HANDLE_FLAG_INHERIT);
    assert_true(SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0));
    assert_true(GetHandleInformation((HANDLE)s, &flags));
    assert_int_equal(flags, 0);
    assert_true(SetHandleInformation((HANDLE)s, 0, HANDLE_FLAG_INHERIT)); /* not in the mask */
    assert_true(GetHandleInformation((HANDLE)s, &flags));
    assert_int_equal(flags, 0);
    flow_fails(SetHandleInformation((HANDLE)s, 3, 3), ERROR_NOT_SUPPORTED);
    assert_true(SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
    assert_true(GetHandleInformation((HANDLE)s, &flags));
    assert_int_equal(flags, HANDLE_FLAG_INHERIT);
    flow_fails(SetHandleInformation(NULL, 4, 4), ERROR_INVALID_PARAMETER);
    flow_fails(SetHandleInformation(NULL, HANDLE_FLAG_INHERIT, 1), ERROR_INVALID_HANDLE);
    flow_fails(SetHandleInformation(event, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT),
               ERROR_NOT_SUPPORTED);
    closesocket(s);
    CloseHandle(event);
    flow_fails(GetHandleInformation(event, &flags), ERROR_INVALID_HANDLE);
}

static void pseudo_handles_are_windows_values(void **state)
{
    (void)state;
    assert_ptr_equal(GetCurrentProcess(), (HANDLE)(LONG_PTR)-1);
    assert_ptr_equal(GetCurrentThread(), (HANDLE)(LONG_PTR)-2);
    assert_int_equal(GetCurrentProcessId(), getpid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sort_of_object_works_through_a_duplicate),
        cmocka_unit_test(each_handle_is_closed_on_its_own),
        cmocka_unit_test(winsock_takes_duplicates_of_events),
        cmocka_unit_test(refusals_come_in_order_and_change_nothing),
        cmocka_unit_test(close_source_closes_it_whatever_happens),
        cmocka_unit_test(thread_gets_a_real_handle_of_itself),
        cmocka_unit_test(only_sockets_are_inherited_and_nothing_is_protected),
        cmocka_unit_test(pseudo_handles_are_windows_values),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
