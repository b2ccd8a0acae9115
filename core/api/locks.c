/* SPDX-License-Identifier: MIT */
/*
 * SRW locks, condition variables, InitOnceExecuteOnce and InitializeCriticalSectionEx. The first
 * two are a host_rw and a host_cond in the program's eight bytes.
 *
 * [O1] INIT_ONCE.Ptr is 0 before, 1 while the function runs, and the context with bit 1 set once it
 *      has succeeded. It changes under once_lock, and is read anywhere.
 */
#include <errno.h>
#include <process.h>

#include <windows.h>

#include "core/base/result.h"
#include "core/base/thread.h"
#include "core/base/trace.h"
#include "core/object/thread_object.h"
#include "ring/host/rw.h"
#include "ring/host/sys.h"

enum { ONCE_RUNNING = 1, ONCE_DONE = 2 };

_Static_assert(sizeof(struct host_rw) == sizeof(SRWLOCK), "the lock stands in Ptr");
_Static_assert(sizeof(struct host_cond) == sizeof(CONDITION_VARIABLE), "so does the variable");

static struct host_rw once_lock;
static struct host_cond once_ended;

static struct host_rw *lock_rw(SRWLOCK *lock)
{
    return (struct host_rw *)(void *)lock;
}

static struct host_cond *lock_cond(CONDITION_VARIABLE *variable)
{
    return (struct host_cond *)(void *)variable;
}

void WINAPI InitializeSRWLock(PSRWLOCK lock)
{
    TRACE_CALL_VOID(InitializeSRWLock, lock);
    memset(lock, 0, sizeof *lock);
}

void WINAPI AcquireSRWLockExclusive(PSRWLOCK lock)
{
    TRACE_CALL_VOID(AcquireSRWLockExclusive, lock);
    host_rw_acquire(lock_rw(lock), true);
}

void WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock)
{
    TRACE_CALL_VOID(ReleaseSRWLockExclusive, lock);
    host_rw_release(lock_rw(lock), true);
}

void WINAPI AcquireSRWLockShared(PSRWLOCK lock)
{
    TRACE_CALL_VOID(AcquireSRWLockShared, lock);
    host_rw_acquire(lock_rw(lock), false);
}

void WINAPI ReleaseSRWLockShared(PSRWLOCK lock)
{
    TRACE_CALL_VOID(ReleaseSRWLockShared, lock);
    host_rw_release(lock_rw(lock), false);
}

BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock)
{
    TRACE_CALL(TryAcquireSRWLockExclusive, lock);
    return host_rw_try(lock_rw(lock), true);
}

BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock)
{
    TRACE_CALL(TryAcquireSRWLockShared, lock);
    return host_rw_try(lock_rw(lock), false);
}

void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE variable)
{
    TRACE_CALL_VOID(InitializeConditionVariable, variable);
    memset(variable, 0, sizeof *variable);
}

BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE variable, PCRITICAL_SECTION section,
                                     DWORD timeout)
{
    TRACE_CALL(SleepConditionVariableCS, variable, section, timeout);
    int64_t deadline_ns = thread_deadline_ns(timeout);
    uint32_t turn = host_cond_begin(lock_cond(variable));
    bool woken;

    LeaveCriticalSection(section);
    woken = host_cond_wait(lock_cond(variable), turn, deadline_ns);
    EnterCriticalSection(section);
    return api_result_bool(woken ? 0 : ERROR_TIMEOUT);
}

BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE variable, PSRWLOCK lock, DWORD timeout,
                                      ULONG flags)
{
    TRACE_CALL(SleepConditionVariableSRW, variable, lock, timeout, flags);
    bool exclusive = !(flags & CONDITION_VARIABLE_LOCKMODE_SHARED);
    int64_t deadline_ns = thread_deadline_ns(timeout);
    uint32_t turn;
    bool woken;

    if (flags & ~(ULONG)CONDITION_VARIABLE_LOCKMODE_SHARED)
        return api_result_bool(ERROR_INVALID_PARAMETER);
    turn = host_cond_begin(lock_cond(variable));
    host_rw_release(lock_rw(lock), exclusive);
    woken = host_cond_wait(lock_cond(variable), turn, deadline_ns);
    host_rw_acquire(lock_rw(lock), exclusive);
    return api_result_bool(woken ? 0 : ERROR_TIMEOUT);
}

void WINAPI WakeConditionVariable(PCONDITION_VARIABLE variable)
{
    TRACE_CALL_VOID(WakeConditionVariable, variable);
    host_cond_wake(lock_cond(variable), false);
}

void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE variable)
{
    TRACE_CALL_VOID(WakeAllConditionVariable, variable);
    host_cond_wake(lock_cond(variable), true);
}

static void once_store(INIT_ONCE *once, uintptr_t value)
{
    /* release pairs with the acquire in once_load(): who sees it done sees what was done. */
    __atomic_store_n(&once->Ptr, (PVOID)value, __ATOMIC_RELEASE);
}

static uintptr_t once_load(INIT_ONCE *once)
{
    return (uintptr_t)__atomic_load_n(&once->Ptr, __ATOMIC_ACQUIRE);
}

/* True: it is for the caller to run the function; false: it has been done. */
static bool once_begin(INIT_ONCE *once)
{
    uintptr_t state;

    host_rw_acquire(&once_lock, true);
    while ((state = once_load(once)) == ONCE_RUNNING) {
        uint32_t turn = host_cond_begin(&once_ended);

        host_rw_release(&once_lock, true);
        host_cond_wait(&once_ended, turn, PARK_FOREVER);
        host_rw_acquire(&once_lock, true);
    }
    if (state == 0)
        once_store(once, ONCE_RUNNING);
    host_rw_release(&once_lock, true);
    return state == 0;
}

static void once_end(INIT_ONCE *once, uintptr_t state)
{
    host_rw_acquire(&once_lock, true);
    once_store(once, state);
    host_rw_release(&once_lock, true);
    host_cond_wake(&once_ended, true);
}

BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN function, PVOID parameter,
                                LPVOID *context)
{
    TRACE_CALL(InitOnceExecuteOnce, once, function, parameter, context);
    PVOID made = NULL;

    if (!(once_load(once) & ONCE_DONE) && once_begin(once)) {
        BOOL done = function(once, parameter, &made);

        once_end(once, done ? ((uintptr_t)made & ~(uintptr_t)3) | ONCE_DONE : 0);
        if (!done)
            return FALSE;
    }
    if (context != NULL)
        *context = (LPVOID)(once_load(once) & ~(uintptr_t)3);
    return TRUE;
}

BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spin_count, DWORD flags)
{
    TRACE_CALL(InitializeCriticalSectionEx, section, spin_count, flags);
    if (flags & ~(DWORD)CRITICAL_SECTION_NO_DEBUG_INFO)
        return api_result_bool(ERROR_INVALID_PARAMETER);
    return InitializeCriticalSectionAndSpinCount(section, spin_count);
}

void WINAPI ExitThread(DWORD exit_code)
{
    TRACE_CALL_NORETURN(ExitThread, exit_code);
    thread_object_exit_self(exit_code);
    host_thread_exit();
}

void __cdecl _endthreadex(unsigned exit_code)
{
    TRACE_CALL_NORETURN(_endthreadex, exit_code);
    ExitThread(exit_code);
}

uintptr_t __cdecl _beginthreadex(void *security, unsigned stack_bytes,
                                 unsigned(__stdcall *start)(void *), void *argument, unsigned flags,
                                 unsigned *thread_id)
{
    TRACE_CALL(_beginthreadex, security, stack_bytes, start, argument, flags, thread_id);
    HANDLE thread = CreateThread(security, stack_bytes, start, argument, flags, thread_id);

    if (thread == NULL)
        errno = thread_error() == ERROR_NOT_ENOUGH_MEMORY ? EAGAIN : EINVAL;
    return (uintptr_t)thread;
}
