/* SPDX-License-Identifier: MIT */
/* CreateThread, GetExitCodeThread, GetCurrentThreadId, Sleep, SwitchToThread; CloseHandle on
 * threads. None of them is preceded by WSAStartup(). */
#include <setjmp.h>
#include <stdarg.h>

#include <windows.h>

#include <cmocka.h>

enum { LIMIT_MS = 30000, SHORT_MS = 20, ERROR_MARK = 4711, EXIT_CODE = 0x1234567 };

static volatile LONG gate;

static DWORD WINAPI give_code(LPVOID code)
{
    return *(const DWORD *)code;
}

static DWORD WINAPI give_id(LPVOID unused)
{
    (void)unused;
    return GetCurrentThreadId();
}

static DWORD WINAPI wait_for_gate(LPVOID unused)
{
    (void)unused;
    while (InterlockedCompareExchange(&gate, 0, 0) == 0)
        SwitchToThread();
    return 0;
}

static DWORD end_of(HANDLE thread)
{
    DWORD code = 0;

    assert_int_equal(WaitForSingleObject(thread, LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(GetExitCodeThread(thread, &code), TRUE);
    assert_int_equal(CloseHandle(thread), TRUE);
    return code;
}

static void exit_code_is_what_the_thread_returned(void **state)
{
    DWORD code = EXIT_CODE;
    HANDLE thread = CreateThread(NULL, 0, give_code, &code, 0, NULL);

    (void)state;
    assert_non_null(thread);
    assert_int_equal(end_of(thread), EXIT_CODE);
}

static void thread_id_is_the_one_the_thread_sees(void **state)
{
    DWORD id = 0;
    HANDLE thread =
        CreateThread(NULL, 65536, give_id, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, &id);

    (void)state;
    assert_non_null(thread);
    assert_int_not_equal(id, 0);
    assert_int_not_equal(id, GetCurrentThreadId());
    assert_int_equal(end_of(thread), id);
}

static void running_thread_is_still_active_and_unsignalled(void **state)
{
    HANDLE thread;
    DWORD code = 0;

    (void)state;
    InterlockedExchange(&gate, 0);
    thread = CreateThread(NULL, 0, wait_for_gate, NULL, 0, NULL);
    assert_int_equal(GetExitCodeThread(thread, &code), TRUE);
    assert_int_equal(code, STILL_ACTIVE);
    assert_int_equal(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
    InterlockedExchange(&gate, 1);
    assert_int_equal(end_of(thread), 0);
}

static DWORD WINAPI raise_flag(LPVOID flag)
{
    InterlockedExchange(flag, 1);
    return 0;
}

static void thread_runs_on_when_its_handle_is_closed(void **state)
{
    static volatile LONG flag;
    ULONGLONG turns = 0;
    HANDLE thread = CreateThread(NULL, 0, raise_flag, (LPVOID)&flag, 0, NULL);
    DWORD code;

    (void)state;
    assert_int_equal(CloseHandle(thread), TRUE);
    assert_int_equal(GetExitCodeThread(thread, &code), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_int_equal(CloseHandle(thread), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    while (InterlockedCompareExchange(&flag, 0, 0) == 0 && turns++ < LIMIT_MS)
        Sleep(1);
    assert_int_equal(InterlockedCompareExchange(&flag, 0, 0), 1);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void create_thread_reports_the_first_failed_check(void **state)
{
    /* clang-format off */
    const struct { LPTHREAD_START_ROUTINE start; DWORD flags; DWORD error; } rows[] = {
        { NULL,    CREATE_SUSPENDED | 1, ERROR_INVALID_PARAMETER },
        { NULL,    CREATE_SUSPENDED,     ERROR_INVALID_PARAMETER },
        { give_id, CREATE_SUSPENDED | 1, ERROR_INVALID_PARAMETER },
        { give_id, CREATE_SUSPENDED,     ERROR_NOT_SUPPORTED     },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SetLastError(ERROR_MARK);
        assert_null(CreateThread(NULL, 0, rows[i].start, NULL, rows[i].flags, NULL));
        assert_int_equal(GetLastError(), rows[i].error);
    }
}

static void stack_that_cannot_be_had_is_no_memory(void **state)
{
    DWORD id = EXIT_CODE;

    (void)state;
    assert_null(CreateThread(NULL, (SIZE_T)-1, give_id, NULL, 0, &id));
    assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(id, EXIT_CODE);
}

static void exit_code_of_no_thread_is_an_invalid_handle(void **state)
{
    DWORD code = EXIT_CODE;

    (void)state;
    assert_int_equal(GetExitCodeThread(NULL, &code), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_int_equal(GetExitCodeThread(INVALID_HANDLE_VALUE, &code), FALSE);
    assert_int_equal(code, EXIT_CODE);
}

static void last_error_is_one_value_per_thread(void **state)
{
    DWORD code = 1;

    (void)state;
    SetLastError(ERROR_MARK);
    end_of(CreateThread(NULL, 0, give_code, &code, 0, NULL));
    assert_int_equal(GetLastError(), ERROR_MARK);
}

static void sleep_lasts_as_long_as_asked(void **state)
{
    LARGE_INTEGER before, after, frequency;

    (void)state;
    assert_int_equal(QueryPerformanceFrequency(&frequency), TRUE);
    assert_int_equal(QueryPerformanceCounter(&before), TRUE);
    Sleep(0);
    Sleep(SHORT_MS);
    assert_int_equal(QueryPerformanceCounter(&after), TRUE);
    assert_true((after.QuadPart - before.QuadPart) * 1000 / frequency.QuadPart >= SHORT_MS);
    assert_int_equal(SwitchToThread(), TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_code_is_what_the_thread_returned),
        cmocka_unit_test(thread_id_is_the_one_the_thread_sees),
        cmocka_unit_test(running_thread_is_still_active_and_unsignalled),
        cmocka_unit_test(thread_runs_on_when_its_handle_is_closed),
        cmocka_unit_test(create_thread_reports_the_first_failed_check),
        cmocka_unit_test(stack_that_cannot_be_had_is_no_memory),
        cmocka_unit_test(exit_code_of_no_thread_is_an_invalid_handle),
        cmocka_unit_test(last_error_is_one_value_per_thread),
        cmocka_unit_test(sleep_lasts_as_long_as_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
