/* SPDX-License-Identifier: MIT */
/* Slim reader-writer locks, condition variables and one-time initialisation. Part of windows.h. */
#ifndef WS2RING_PART_LOCKS_H
#define WS2RING_PART_LOCKS_H

/* A lock of one process that is not recursive. Zeros: free; nothing has to be deleted. */
typedef struct _RTL_SRWLOCK {
    PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK;
typedef RTL_SRWLOCK SRWLOCK, *PSRWLOCK;
#define RTL_SRWLOCK_INIT \
    {                    \
        0                \
    }
#define SRWLOCK_INIT RTL_SRWLOCK_INIT

/* Zeros: nobody waits; nothing has to be deleted. */
typedef struct _RTL_CONDITION_VARIABLE {
    PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE;
typedef RTL_CONDITION_VARIABLE CONDITION_VARIABLE, *PCONDITION_VARIABLE;
#define RTL_CONDITION_VARIABLE_INIT \
    {                               \
        0                           \
    }
#define CONDITION_VARIABLE_INIT            RTL_CONDITION_VARIABLE_INIT
#define CONDITION_VARIABLE_LOCKMODE_SHARED 0x1 /* SleepConditionVariableSRW() */

/* Zeros: not yet run. */
typedef union _RTL_RUN_ONCE {
    PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE;
typedef RTL_RUN_ONCE INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
#define RTL_RUN_ONCE_INIT \
    {                     \
        0                 \
    }
#define INIT_ONCE_STATIC_INIT       RTL_RUN_ONCE_INIT
#define INIT_ONCE_CTX_RESERVED_BITS 2

/* Runs once; stores a context, whose two low bits are 0; FALSE: it failed, and may run again. */
typedef BOOL(WINAPI *PINIT_ONCE_FN)(PINIT_ONCE once, PVOID parameter, PVOID *context);

/* InitializeCriticalSectionEx() */
#define CRITICAL_SECTION_NO_DEBUG_INFO 0x01000000

WS2RING_BEGIN_DECLS

/** Makes a lock ready for use; SRWLOCK_INIT does the same. */
WS2RING_API void WINAPI InitializeSRWLock(PSRWLOCK lock) WS2RING_SYM(InitializeSRWLock);
/** Takes the lock for this thread alone, waiting for all others to release it. */
WS2RING_API void WINAPI AcquireSRWLockExclusive(PSRWLOCK lock) WS2RING_SYM(AcquireSRWLockExclusive);
/** Undoes AcquireSRWLockExclusive(). */
WS2RING_API void WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock) WS2RING_SYM(ReleaseSRWLockExclusive);
/** Takes the lock together with others who do the same; not twice in one thread. */
WS2RING_API void WINAPI AcquireSRWLockShared(PSRWLOCK lock) WS2RING_SYM(AcquireSRWLockShared);
/** Undoes AcquireSRWLockShared(). */
WS2RING_API void WINAPI ReleaseSRWLockShared(PSRWLOCK lock) WS2RING_SYM(ReleaseSRWLockShared);
/** AcquireSRWLockExclusive() if that needs no wait. FALSE: it would. */
WS2RING_API BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock)
    WS2RING_SYM(TryAcquireSRWLockExclusive);
/** AcquireSRWLockShared() if that needs no wait. FALSE: it would. */
WS2RING_API BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock)
    WS2RING_SYM(TryAcquireSRWLockShared);

/** Makes a condition variable ready for use; CONDITION_VARIABLE_INIT does the same. */
WS2RING_API void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE variable)
    WS2RING_SYM(InitializeConditionVariable);

/**
 * Leaves a critical section, waits to be woken, and enters it again.
 *
 * @param variable   the condition variable; a wait may also end without a wake
 * @param section    a section that the caller has entered once
 * @param timeout    milliseconds; INFINITE never expires
 * @return TRUE; FALSE with GetLastError() ERROR_TIMEOUT; the section is entered in both cases
 * Source:  Microsoft Learn, "SleepConditionVariableCS function".
 */
WS2RING_API BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE variable,
                                                 PCRITICAL_SECTION section, DWORD timeout)
    WS2RING_SYM(SleepConditionVariableCS);

/**
 * Releases an SRW lock, waits to be woken, and takes it again.
 *
 * @param variable   the condition variable; a wait may also end without a wake
 * @param lock       a lock that the caller has
 * @param timeout    milliseconds; INFINITE never expires
 * @param flags      0, or CONDITION_VARIABLE_LOCKMODE_SHARED: the caller has it shared
 * @return TRUE; FALSE with GetLastError() ERROR_TIMEOUT, the lock is taken in both cases; or
 *         ERROR_INVALID_PARAMETER (`flags`)
 * Source:  Microsoft Learn, "SleepConditionVariableSRW function".
 */
WS2RING_API BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE variable, PSRWLOCK lock,
                                                  DWORD timeout, ULONG flags)
    WS2RING_SYM(SleepConditionVariableSRW);

/** Wakes one thread that waits. */
WS2RING_API void WINAPI WakeConditionVariable(PCONDITION_VARIABLE variable)
    WS2RING_SYM(WakeConditionVariable);
/** Wakes all threads that wait. */
WS2RING_API void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE variable)
    WS2RING_SYM(WakeAllConditionVariable);

/**
 * Runs a function once, however many threads ask; the others wait for it.
 *
 * @param once       zeros at first
 * @param function   what to run; when it returns FALSE the next thread runs it again
 * @param parameter  handed to `function`
 * @param context    receives what `function` stored; may be NULL
 * @return TRUE: it has succeeded, now or earlier; FALSE: it failed, with the last error it left
 * Source:  Microsoft Learn, "InitOnceExecuteOnce function".
 */
WS2RING_API BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN function,
                                            PVOID parameter, LPVOID *context)
    WS2RING_SYM(InitOnceExecuteOnce);

/**
 * As InitializeCriticalSectionAndSpinCount().
 *
 * @param section    memory of the caller
 * @param spin_count number of tries; the topmost 8 bits are ignored
 * @param flags      0 or CRITICAL_SECTION_NO_DEBUG_INFO, which changes nothing
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_PARAMETER (`flags`)
 * Source:  Microsoft Learn, "InitializeCriticalSectionEx function".
 */
WS2RING_API BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spin_count,
                                                    DWORD flags)
    WS2RING_SYM(InitializeCriticalSectionEx);

/**
 * Ends the calling thread.
 *
 * @param exit_code  what GetExitCodeThread() reports
 * Linux:   pthread_exit(3) once the thread's handle is signalled: C++ destructors run.
 * Source:  Microsoft Learn, "ExitThread function".
 */
WS2RING_API void WINAPI ExitThread(DWORD exit_code) WS2RING_SYM(ExitThread)
    __attribute__((__noreturn__));

WS2RING_END_DECLS

#endif
