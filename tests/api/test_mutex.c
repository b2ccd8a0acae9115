/* SPDX-License-Identifier: MIT */
/* CreateMutex and ReleaseMutex: owner, recursion, abandonment. None needs WSAStartup(). */
#include "flow.h"

enum { THREADS = 4, ROUNDS = 3000 };

static void *try_once(void *mutex)
{
    DWORD result = WaitForSingleObject(mutex, 0);

    if (result != WAIT_TIMEOUT)
        ReleaseMutex(mutex);
    return (void *)(uintptr_t)result;
}

/* What another thread gets when it tries. */
static DWORD others_get(HANDLE mutex)
{
    void *result;

    assert_int_equal(pthread_join(flow_run(try_once, mutex), &result), 0);
    return (DWORD)(uintptr_t)result;
}

static void owner_takes_it_again_and_gives_it_back_as_often(void **state)
{
    HANDLE mutex = CreateMutexA(NULL, TRUE, NULL);

    (void)state;
    assert_non_null(mutex);
    assert_int_equal(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForMultipleObjects(1, &mutex, TRUE, 0), WAIT_OBJECT_0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(others_get(mutex), WAIT_TIMEOUT);
        assert_true(ReleaseMutex(mutex));
    }
    assert_int_equal(others_get(mutex), WAIT_OBJECT_0);
    flow_fails(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CloseHandle(mutex);
}

static void *release_it(void *mutex)
{
    assert_int_equal(ReleaseMutex(mutex), FALSE);
    return (void *)(uintptr_t)GetLastError();
}

static void only_the_owner_may_release(void **state)
{
    HANDLE mutex = CreateMutexW(NULL, TRUE, NULL);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    void *error;

    (void)state;
    assert_int_equal(pthread_join(flow_run(release_it, mutex), &error), 0);
    assert_int_equal((uintptr_t)error, ERROR_NOT_OWNER);
    assert_int_equal(others_get(mutex), WAIT_TIMEOUT);
    SetLastError(4711);
    assert_true(ReleaseMutex(mutex));
    assert_int_equal(GetLastError(), 4711);
    CloseHandle(mutex);
    flow_fails(ReleaseMutex(mutex), ERROR_INVALID_HANDLE);
    flow_fails(ReleaseMutex(event), ERROR_INVALID_HANDLE);
    flow_fails(ReleaseMutex(NULL), ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

static void names_are_refused(void **state)
{
    HANDLE mutex;

    (void)state;
    flow_fails(CreateMutexA(NULL, TRUE, "name"), ERROR_NOT_SUPPORTED);
    flow_fails(CreateMutexW(NULL, TRUE, L"name"), ERROR_NOT_SUPPORTED);
    SetLastError(4711);
    mutex = CreateMutexW(NULL, FALSE, L"");
    assert_non_null(mutex);
    assert_int_equal(GetLastError(), 0);
    CloseHandle(mutex);
}

/* ---- Abandonment ---- */

static void *keep_it(void *mutex)
{
    DWORD result = WaitForSingleObject(mutex, FLOW_LIMIT_MS);

    assert_int_equal(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0); /* twice */
    return (void *)(uintptr_t)result;
}

static DWORD WINAPI keep_it_windows(LPVOID mutex)
{
    return (DWORD)(uintptr_t)keep_it(mutex);
}

static void abandon(HANDLE mutex)
{
    flow_join(flow_run(keep_it, mutex));
}

static void owner_that_ends_abandons_it_to_the_next_wait(void **state)
{
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE both[2] = {event, mutex};

    (void)state;
    abandon(mutex);
    assert_int_equal(WaitForSingleObject(mutex, 0), WAIT_ABANDONED);
    assert_int_equal(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0); /* said once */
    assert_true(ReleaseMutex(mutex));
    assert_true(ReleaseMutex(mutex));
    flow_fails(ReleaseMutex(mutex), ERROR_NOT_OWNER);

    abandon(mutex);
    assert_int_equal(WaitForMultipleObjects(2, both, TRUE, 0), WAIT_TIMEOUT); /* takes neither */
    assert_int_equal(WaitForMultipleObjects(2, both, FALSE, 0), WAIT_ABANDONED_0 + 1);
    assert_true(ReleaseMutex(mutex));

    abandon(mutex);
    SetEvent(event);
    assert_int_equal(WaitForMultipleObjects(2, both, TRUE, 0), WAIT_ABANDONED_0);
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    assert_true(ReleaseMutex(mutex));
    CloseHandle(event);
    CloseHandle(mutex);
}

static void thread_handle_is_signalled_after_its_mutexes_are_abandoned(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        HANDLE mutexes[2] = {CreateMutexA(NULL, FALSE, NULL), CreateMutexA(NULL, FALSE, NULL)};
        HANDLE thread = CreateThread(NULL, 0, keep_it_windows, mutexes[0], 0, NULL);

        assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
        assert_int_equal(WaitForMultipleObjects(2, mutexes, TRUE, 0), WAIT_ABANDONED_0);
        ReleaseMutex(mutexes[0]);
        ReleaseMutex(mutexes[1]);
        CloseHandle(thread);
        CloseHandle(mutexes[0]);
        CloseHandle(mutexes[1]);
    }
}

struct waiter {
    HANDLE mutex;
    _Atomic unsigned thread_id;
};

static void *wait_for_it(void *argument)
{
    struct waiter *waiter = argument;

    waiter->thread_id = (unsigned)GetCurrentThreadId();
    return (void *)(uintptr_t)WaitForSingleObject(waiter->mutex, FLOW_LIMIT_MS);
}

static void *own_until_somebody_waits(void *argument)
{
    struct waiter *waiter = argument;
    pthread_t other;

    assert_int_equal(WaitForSingleObject(waiter->mutex, 0), WAIT_OBJECT_0);
    other = flow_run(wait_for_it, waiter);
    flow_asleep(&waiter->thread_id);
    return (void *)(uintptr_t)other; /* and so abandons it */
}

static void thread_that_waits_gets_what_is_abandoned(void **state)
{
    struct waiter waiter = {.mutex = CreateMutexA(NULL, FALSE, NULL)};
    void *other;
    void *result;

    (void)state;
    assert_int_equal(pthread_join(flow_run(own_until_somebody_waits, &waiter), &other), 0);
    assert_int_equal(pthread_join((pthread_t)(uintptr_t)other, &result), 0);
    assert_int_equal((uintptr_t)result, WAIT_ABANDONED);
    CloseHandle(waiter.mutex);
}

static void owned_mutex_may_be_closed(void **state)
{
    HANDLE first = CreateMutexA(NULL, TRUE, NULL);
    HANDLE second = CreateMutexA(NULL, TRUE, NULL);
    HANDLE third = CreateMutexA(NULL, TRUE, NULL);

    (void)state;
    CloseHandle(second);
    assert_true(ReleaseMutex(third));
    assert_true(ReleaseMutex(first));
    CloseHandle(first);
    CloseHandle(third);
}

/* ---- Exclusion ---- */

static HANDLE guard;
static LONG guarded;

static void *add_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(WaitForSingleObject(guard, FLOW_LIMIT_MS), WAIT_OBJECT_0);
        guarded++; /* a data race, were it not for the mutex */
        assert_true(ReleaseMutex(guard));
    }
    return NULL;
}

static void one_thread_at_a_time_owns_it(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    guard = CreateMutexA(NULL, FALSE, NULL);
    for (int i = 0; i < THREADS; i++)
        threads[i] = flow_run(add_often, NULL);
    for (int i = 0; i < THREADS; i++)
        flow_join(threads[i]);
    assert_int_equal(guarded, THREADS * ROUNDS);
    CloseHandle(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owner_takes_it_again_and_gives_it_back_as_often),
        cmocka_unit_test(only_the_owner_may_release),
        cmocka_unit_test(names_are_refused),
        cmocka_unit_test(owner_that_ends_abandons_it_to_the_next_wait),
        cmocka_unit_test(thread_handle_is_signalled_after_its_mutexes_are_abandoned),
        cmocka_unit_test(thread_that_waits_gets_what_is_abandoned),
        cmocka_unit_test(owned_mutex_may_be_closed),
        cmocka_unit_test(one_thread_at_a_time_owns_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
