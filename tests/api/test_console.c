/* SPDX-License-Identifier: MIT */
/* SetConsoleCtrlHandler: which routine hears of which signal, on which thread, and what happens
 * when none wants it. The signals are real ones that this process sends to itself. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <windows.h>

#include <cmocka.h>

enum { LIMIT_MS = 30000, LIMIT_S = 30, CALLS_MAX = 16 };

static volatile LONG call_count;
static DWORD call_types[CALLS_MAX]; /* of the first routine, then 100 + type of the second */
static DWORD call_thread;

static LONG calls(void)
{
    return InterlockedCompareExchange(&call_count, 0, 0);
}

static void note(DWORD what)
{
    call_types[calls()] = what; /* one thread calls; the count publishes */
    call_thread = GetCurrentThreadId();
    InterlockedIncrement(&call_count);
}

static BOOL WINAPI take(DWORD type)
{
    note(type);
    return TRUE;
}

static BOOL WINAPI pass_on(DWORD type)
{
    note(100 + type);
    return FALSE;
}

static BOOL WINAPI refuse(DWORD type)
{
    (void)type;
    return FALSE;
}

static BOOL wait_for_calls(LONG count)
{
    for (int i = 0; i < LIMIT_MS && calls() < count; i++)
        Sleep(1); /* a poll with a deadline: the routine has nothing of ours to signal */
    return calls() == count;
}

/* How a child ends that runs `body`, whose signals nobody takes. */
static int end_of_child(void (*body)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        alarm(LIMIT_S);
        body();
        for (;;)
            pause();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void child_refuses_term(void)
{
    if (!SetConsoleCtrlHandler(refuse, TRUE))
        _exit(1);
    kill(getpid(), SIGTERM);
}

static void child_ignores_c_then_not(void)
{
    if (!SetConsoleCtrlHandler(NULL, TRUE) || !SetConsoleCtrlHandler(take, TRUE))
        _exit(1);
    kill(getpid(), SIGINT);  /* ignored: nobody is asked */
    kill(getpid(), SIGQUIT); /* taken: and by then the first one is over, or was merged */
    if (!wait_for_calls(1) || call_types[0] != CTRL_BREAK_EVENT)
        _exit(2);
    SetConsoleCtrlHandler(take, FALSE);
    SetConsoleCtrlHandler(NULL, FALSE);
    kill(getpid(), SIGINT);
}

/* First, while this process has one thread. */
static void signal_that_no_routine_takes_ends_the_process(void **state)
{
    int status = end_of_child(child_refuses_term);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void ignoring_ctrl_c_asks_nobody_until_it_is_undone(void **state)
{
    int status = end_of_child(child_ignores_c_then_not);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

static void removing_what_was_not_added_is_an_invalid_parameter(void **state)
{
    (void)state;
    SetLastError(0);
    assert_int_equal(SetConsoleCtrlHandler(take, FALSE), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void last_routine_added_is_asked_first(void **state)
{
    /* clang-format off */
    const struct { int number; DWORD type; } rows[] = {
        { SIGINT,  CTRL_C_EVENT        },
        { SIGQUIT, CTRL_BREAK_EVENT    },
        { SIGHUP,  CTRL_CLOSE_EVENT    },
        { SIGTERM, CTRL_SHUTDOWN_EVENT },
    };
    /* clang-format on */

    (void)state;
    signal(SIGHUP, SIG_DFL); /* the test may run under nohup(1) */
    SetLastError(4711);
    assert_int_equal(SetConsoleCtrlHandler(take, TRUE), TRUE);
    assert_int_equal(SetConsoleCtrlHandler(pass_on, TRUE), TRUE);
    assert_int_equal(GetLastError(), 4711);
    for (LONG i = 0; i < 4; i++) {
        kill(getpid(), rows[i].number);
        assert_true(wait_for_calls(2 * i + 2));
        assert_int_equal(call_types[2 * i], 100 + rows[i].type);
        assert_int_equal(call_types[2 * i + 1], rows[i].type);
        assert_int_not_equal(call_thread, GetCurrentThreadId());
    }
}

static void removed_routine_is_not_asked(void **state)
{
    LONG before = calls();

    (void)state;
    assert_int_equal(SetConsoleCtrlHandler(pass_on, FALSE), TRUE);
    kill(getpid(), SIGINT);
    assert_true(wait_for_calls(before + 1));
    assert_int_equal(call_types[before], CTRL_C_EVENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signal_that_no_routine_takes_ends_the_process),
        cmocka_unit_test(ignoring_ctrl_c_asks_nobody_until_it_is_undone),
        cmocka_unit_test(removing_what_was_not_added_is_an_invalid_parameter),
        cmocka_unit_test(last_routine_added_is_asked_first),
        cmocka_unit_test(removed_routine_is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
