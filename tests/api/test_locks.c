/* SPDX-License-Identifier: MIT */
/* SRW locks, condition variables, InitOnceExecuteOnce, InitializeCriticalSectionEx, ExitThread and
 * the functions of process.h. */
#include "flow.h"

#include <errno.h>
#include <process.h>

enum { THREADS = 4, ROUNDS = 5000, ITEMS = 2000 };

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static LONG guarded[2]; /* equal whenever the lock is free */

static void *write_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        AcquireSRWLockExclusive(&lock);
        guarded[0]++; /* a data race, were it not for the lock */
        guarded[1]++;
        ReleaseSRWLockExclusive(&lock);
    }
    return NULL;
}

static void *read_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        AcquireSRWLockShared(&lock);
        assert_int_equal(guarded[0], guarded[1]);
        ReleaseSRWLockShared(&lock);
    }
    return NULL;
}

static void writers_exclude_everybody(void **state)
{
    pthread_t threads[2 * THREADS];

    (void)state;
    for (int i = 0; i < 2 * THREADS; i++)
        threads[i] = flow_run(i % 2 ? write_often : read_often, NULL);
    for (int i = 0; i < 2 * THREADS; i++)
        flow_join(threads[i]);
    assert_int_equal(guarded[0], THREADS * ROUNDS);
    assert_int_equal(guarded[1], THREADS * ROUNDS);
    assert_int_equal((uint32_t)(uintptr_t)lock.Ptr, 0); /* no writer, reader or waiter is left */
}

static void try_says_who_may_enter(void **state)
{
    SRWLOCK fresh;

    (void)state;
    memset(&fresh, 0xff, sizeof fresh);
    InitializeSRWLock(&fresh);
    assert_true(TryAcquireSRWLockShared(&fresh));
    assert_true(TryAcquireSRWLockShared(&fresh));
    assert_false(TryAcquireSRWLockExclusive(&fresh));
    ReleaseSRWLockShared(&fresh);
    ReleaseSRWLockShared(&fresh);
    assert_true(TryAcquireSRWLockExclusive(&fresh));
    assert_false(TryAcquireSRWLockExclusive(&fresh));
    assert_false(TryAcquireSRWLockShared(&fresh));
    ReleaseSRWLockExclusive(&fresh);
    assert_true(TryAcquireSRWLockExclusive(&fresh));
    ReleaseSRWLockExclusive(&fresh);
}

/* ---- Condition variables ---- */

struct belt { /* one item at a time passes from a producer to a consumer */
    CRITICAL_SECTION section;
    CONDITION_VARIABLE changed;
    int full;
    int taken;
};

static void *belt_produce(void *argument)
{
    struct belt *belt = argument;

    for (int i = 0; i < ITEMS; i++) {
        EnterCriticalSection(&belt->section);
        while (belt->full)
            SleepConditionVariableCS(&belt->changed, &belt->section, INFINITE);
        belt->full = 1;
        LeaveCriticalSection(&belt->section);
        WakeAllConditionVariable(&belt->changed);
    }
    return NULL;
}

static void *belt_consume(void *argument)
{
    struct belt *belt = argument;

    for (int i = 0; i < ITEMS; i++) {
        EnterCriticalSection(&belt->section);
        while (!belt->full)
            assert_true(SleepConditionVariableCS(&belt->changed, &belt->section, FLOW_LIMIT_MS));
        belt->full = 0;
        belt->taken++;
        LeaveCriticalSection(&belt->section);
        WakeAllConditionVariable(&belt->changed);
    }
    return NULL;
}

static void items_pass_from_thread_to_thread(void **state)
{
    struct belt belt;
    pthread_t threads[4];

    (void)state;
    memset(&belt, 0, sizeof belt);
    assert_true(InitializeCriticalSectionEx(&belt.section, 100, CRITICAL_SECTION_NO_DEBUG_INFO));
    InitializeConditionVariable(&belt.changed);
    for (int i = 0; i < 4; i++)
        threads[i] = flow_run(i % 2 ? belt_produce : belt_consume, &belt);
    for (int i = 0; i < 4; i++)
        flow_join(threads[i]);
    assert_int_equal(belt.taken, 2 * ITEMS);
    assert_int_equal(belt.full, 0);
    DeleteCriticalSection(&belt.section);
}

static _Atomic unsigned wakes;
static int go_on;

static void *wait_shared(void *unused)
{
    (void)unused;
    AcquireSRWLockShared(&lock);
    wakes++;
    while (!go_on)
        assert_true(SleepConditionVariableSRW(&changed, &lock, FLOW_LIMIT_MS,
                                              CONDITION_VARIABLE_LOCKMODE_SHARED));
    ReleaseSRWLockShared(&lock);
    return NULL;
}

static void one_wake_each_lets_all_shared_waiters_go(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        threads[i] = flow_run(wait_shared, NULL);
    flow_reach(&wakes, THREADS);
    AcquireSRWLockExclusive(&lock); /* so each of them waits by now */
    go_on = 1;
    ReleaseSRWLockExclusive(&lock);
    for (int i = 0; i < THREADS; i++)
        WakeConditionVariable(&changed);
    for (int i = 0; i < THREADS; i++)
        flow_join(threads[i]);
}

static void sleep_without_a_wake_times_out_with_the_lock(void **state)
{
    CRITICAL_SECTION section;

    (void)state;
    AcquireSRWLockExclusive(&lock);
    flow_fails(SleepConditionVariableSRW(&changed, &lock, 1, 2), ERROR_INVALID_PARAMETER);
    flow_fails(SleepConditionVariableSRW(&changed, &lock, 1, 0), ERROR_TIMEOUT);
    flow_fails(SleepConditionVariableSRW(&changed, &lock, 0, 0), ERROR_TIMEOUT);
    assert_false(TryAcquireSRWLockShared(&lock));
    ReleaseSRWLockExclusive(&lock);
    flow_fails(InitializeCriticalSectionEx(&section, 0, 1), ERROR_INVALID_PARAMETER);
    assert_true(InitializeCriticalSectionEx(&section, 0, 0));
    EnterCriticalSection(&section);
    flow_fails(SleepConditionVariableCS(&changed, &section, 1), ERROR_TIMEOUT);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
}

/* ---- Once ---- */

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static _Atomic unsigned once_calls;

static BOOL CALLBACK fail_then_make(PINIT_ONCE self, PVOID parameter, PVOID *context)
{
    assert_ptr_equal(self, &once);
    SwitchToThread();
    if (++once_calls == 1) {
        SetLastError(4711);
        return FALSE;
    }
    *context = parameter;
    return TRUE;
}

static void *execute_once(void *parameter)
{
    void *context = NULL;

    assert_true(InitOnceExecuteOnce(&once, fail_then_make, parameter, &context));
    return context;
}

static void function_runs_until_it_succeeds_and_never_again(void **state)
{
    static uint64_t value;
    pthread_t threads[THREADS];
    void *context = NULL;

    (void)state;
    flow_fails(InitOnceExecuteOnce(&once, fail_then_make, &value, &context), 4711);
    assert_null(context);
    for (int i = 0; i < THREADS; i++)
        threads[i] = flow_run(execute_once, &value);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &context), 0);
        assert_ptr_equal(context, &value);
    }
    assert_int_equal(once_calls, 2);
    assert_true(InitOnceExecuteOnce(&once, fail_then_make, NULL, NULL));
}

/* ---- Threads ---- */

static DWORD WINAPI exit_inside(LPVOID mutex)
{
    WaitForSingleObject(mutex, INFINITE);
    ExitThread(4711);
}

static unsigned __stdcall end_inside(void *unused)
{
    (void)unused;
    _endthreadex(4712);
}

static unsigned __stdcall just_return(void *argument)
{
    return *(unsigned *)argument;
}

static void *exit_own_thread(void *handle)
{
    assert_true(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(),
                                handle, 0, FALSE, DUPLICATE_SAME_ACCESS));
    ExitThread(4713);
}

static DWORD code_of(HANDLE thread)
{
    DWORD code = 0;

    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &code));
    CloseHandle(thread);
    return code;
}

static void threads_end_with_the_code_they_give(void **state)
{
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE own = NULL;
    unsigned value = 4714;
    unsigned id = 0;

    (void)state;
    assert_int_equal(code_of(CreateThread(NULL, 0, exit_inside, mutex, 0, NULL)), 4711);
    assert_int_equal(WaitForSingleObject(mutex, 0), WAIT_ABANDONED);
    CloseHandle(mutex);
    assert_int_equal(code_of((HANDLE)_beginthreadex(NULL, 0, end_inside, NULL, 0, NULL)), 4712);
    flow_join(flow_run(exit_own_thread, &own));
    assert_int_equal(code_of(own), 4713);
    assert_int_equal(code_of((HANDLE)_beginthreadex(NULL, 65536, just_return, &value, 0, &id)),
                     4714);
    assert_int_not_equal(id, 0);
    errno = 0;
    flow_fails(_beginthreadex(NULL, 0, NULL, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(errno, EINVAL);
    flow_fails(_beginthreadex(NULL, 0, just_return, &value, CREATE_SUSPENDED, NULL),
               ERROR_NOT_SUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_exclude_everybody),
        cmocka_unit_test(try_says_who_may_enter),
        cmocka_unit_test(items_pass_from_thread_to_thread),
        cmocka_unit_test(one_wake_each_lets_all_shared_waiters_go),
        cmocka_unit_test(sleep_without_a_wake_times_out_with_the_lock),
        cmocka_unit_test(function_runs_until_it_succeeds_and_never_again),
        cmocka_unit_test(threads_end_with_the_code_they_give),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
