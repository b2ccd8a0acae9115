/* SPDX-License-Identifier: MIT */
/* Critical sections: exclusion, recursion, and trying. */
#include <setjmp.h>
#include <stdarg.h>

#include <windows.h>

#include <cmocka.h>

enum { LIMIT_MS = 30000, THREADS = 4, ROUNDS = 5000 };

struct shared {
    CRITICAL_SECTION section;
    int counter; /* not atomic: only the section makes it right */
};

static DWORD WINAPI count_up(LPVOID argument)
{
    struct shared *shared = argument;

    for (int i = 0; i < ROUNDS; i++) {
        EnterCriticalSection(&shared->section);
        EnterCriticalSection(&shared->section);
        shared->counter++;
        LeaveCriticalSection(&shared->section);
        if (i % 16 == 0)
            SwitchToThread(); /* so that others find it taken */
        LeaveCriticalSection(&shared->section);
    }
    return 0;
}

static void count_with(struct shared *shared)
{
    HANDLE threads[THREADS];

    shared->counter = 0;
    for (int i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, count_up, shared, 0, NULL);
    assert_int_equal(WaitForMultipleObjects(THREADS, threads, TRUE, LIMIT_MS), WAIT_OBJECT_0);
    for (int i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
    assert_int_equal(shared->counter, THREADS * ROUNDS);
    DeleteCriticalSection(&shared->section);
}

static void section_admits_one_thread_at_a_time(void **state)
{
    struct shared shared;

    (void)state;
    InitializeCriticalSection(&shared.section);
    count_with(&shared);
    assert_int_equal(InitializeCriticalSectionAndSpinCount(&shared.section, 0x80000000 | 4000),
                     TRUE);
    count_with(&shared);
}

static DWORD WINAPI try_it(LPVOID section)
{
    if (!TryEnterCriticalSection(section))
        return 0;
    LeaveCriticalSection(section);
    return 1;
}

static DWORD try_elsewhere(CRITICAL_SECTION *section)
{
    HANDLE thread = CreateThread(NULL, 0, try_it, section, 0, NULL);
    DWORD entered = 99;

    assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(GetExitCodeThread(thread, &entered), TRUE);
    CloseHandle(thread);
    return entered;
}

static void section_is_free_after_as_many_leaves_as_enters(void **state)
{
    CRITICAL_SECTION section;

    (void)state;
    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    assert_int_equal(TryEnterCriticalSection(&section), TRUE);
    assert_int_equal(try_elsewhere(&section), 0);
    LeaveCriticalSection(&section);
    assert_int_equal(try_elsewhere(&section), 0);
    LeaveCriticalSection(&section);
    assert_int_equal(try_elsewhere(&section), 1);
    DeleteCriticalSection(&section);
}

static void section_calls_leave_the_last_error(void **state)
{
    CRITICAL_SECTION section;

    (void)state;
    SetLastError(4711);
    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
    assert_int_equal(GetLastError(), 4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(section_admits_one_thread_at_a_time),
        cmocka_unit_test(section_is_free_after_as_many_leaves_as_enters),
        cmocka_unit_test(section_calls_leave_the_last_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
