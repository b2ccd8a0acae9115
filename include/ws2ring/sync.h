/* SPDX-License-Identifier: MIT */
/*
 * Win32 objects to wait for, alertable waits, calls queued to a thread, duplicated handles and
 * thread-local storage. Part of windows.h. Objects belong to this process: they have no names.
 */
#ifndef WS2RING_PART_SYNC_H
#define WS2RING_PART_SYNC_H

/* ---- Values ---- */

#define TLS_OUT_OF_INDEXES    ((DWORD)0xFFFFFFFF)
#define TLS_MINIMUM_AVAILABLE 64 /* TlsAlloc() gives 1088 in all */

/* CreateEventEx() */
#define CREATE_EVENT_MANUAL_RESET 0x00000001
#define CREATE_EVENT_INITIAL_SET  0x00000002

/* DuplicateHandle() */
#define DUPLICATE_CLOSE_SOURCE 0x00000001
#define DUPLICATE_SAME_ACCESS  0x00000002

/* SetHandleInformation() */
#define HANDLE_FLAG_INHERIT            0x00000001
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002

/* Access rights: accepted, and not looked at. */
#ifndef SYNCHRONIZE
#define SYNCHRONIZE              0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#endif
#define EVENT_MODIFY_STATE     0x0002
#define EVENT_ALL_ACCESS       (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define SEMAPHORE_MODIFY_STATE 0x0002
#define SEMAPHORE_ALL_ACCESS   (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define MUTEX_MODIFY_STATE     0x0001
#define MUTEX_ALL_ACCESS       (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x1)

/* A function queued by QueueUserAPC(). */
typedef void(CALLBACK *PAPCFUNC)(ULONG_PTR data);

WS2RING_BEGIN_DECLS

/* ---- Alertable waits ---- */

/**
 * Suspends the calling thread, and may run what was queued to it.
 *
 * @param timeout    milliseconds; 0 does not wait, INFINITE waits for something queued
 * @param alertable  TRUE: completion routines and queued calls run, and end the wait
 * @return 0 when the time is over, WAIT_IO_COMPLETION when something has run
 * Source:  Microsoft Learn, "SleepEx function".
 */
WS2RING_API DWORD WINAPI SleepEx(DWORD timeout, BOOL alertable) WS2RING_SYM(SleepEx);

/**
 * WaitForSingleObject() that may be alertable.
 *
 * @param handle     what to wait on
 * @param timeout    milliseconds; 0 polls, INFINITE never expires
 * @param alertable  TRUE: completion routines and queued calls run, and end the wait
 * @return WAIT_OBJECT_0, WAIT_ABANDONED, WAIT_TIMEOUT, WAIT_IO_COMPLETION, or WAIT_FAILED with
 *         GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "WaitForSingleObjectEx function".
 */
WS2RING_API DWORD WINAPI WaitForSingleObjectEx(HANDLE handle, DWORD timeout, BOOL alertable)
    WS2RING_SYM(WaitForSingleObjectEx);

/**
 * WaitForMultipleObjects() that may be alertable.
 *
 * @param count      number of entries in `handles`: 1 to MAXIMUM_WAIT_OBJECTS (64)
 * @param handles    what to wait on
 * @param wait_all   TRUE: all must be signalled together; FALSE: the lowest index wins
 * @param timeout    milliseconds; 0 polls, INFINITE never expires
 * @param alertable  TRUE: completion routines and queued calls run, and end the wait
 * @return WAIT_OBJECT_0 + index, WAIT_ABANDONED_0 + index, WAIT_TIMEOUT, WAIT_IO_COMPLETION, or
 *         WAIT_FAILED with GetLastError() ERROR_INVALID_PARAMETER or ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "WaitForMultipleObjectsEx function".
 */
WS2RING_API DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, BOOL wait_all,
                                                  DWORD timeout, BOOL alertable)
    WS2RING_SYM(WaitForMultipleObjectsEx);

/**
 * Queues a call to a thread; it runs there inside an alertable wait or a blocking Winsock call.
 *
 * @param function   what to call
 * @param thread     a thread handle, or GetCurrentThread()
 * @param data       handed to `function`
 * @return non-zero; 0 with GetLastError() ERROR_INVALID_HANDLE, ERROR_GEN_FAILURE (the thread has
 *         ended), ERROR_INVALID_PARAMETER (`function`) or ERROR_NOT_ENOUGH_MEMORY
 * Source:  Microsoft Learn, "QueueUserAPC function".
 */
WS2RING_API DWORD WINAPI QueueUserAPC(PAPCFUNC function, HANDLE thread, ULONG_PTR data)
    WS2RING_SYM(QueueUserAPC);

/* ---- Events ---- */

/**
 * Makes an event object.
 *
 * @param attributes NULL, or whether the handle is inheritable (no meaning on Linux)
 * @param manual     TRUE: stays signalled until ResetEvent(); FALSE: one satisfied wait resets it
 * @param signalled  TRUE: begins signalled
 * @param name       NULL or empty; objects have no names here
 * @return the handle; NULL with GetLastError() ERROR_NOT_SUPPORTED (`name`) or
 *         ERROR_NOT_ENOUGH_MEMORY. Success sets the last error to 0.
 * Source:  Microsoft Learn, "CreateEventA function".
 */
WS2RING_API HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual,
                                       BOOL signalled, LPCSTR name) WS2RING_SYM(CreateEventA);
/** As CreateEventA(), with a wide name. */
WS2RING_API HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual,
                                       BOOL signalled, LPCWSTR name) WS2RING_SYM_WIDE(CreateEventW);

/**
 * Makes an event object.
 *
 * @param attributes NULL, or whether the handle is inheritable (no meaning on Linux)
 * @param name       NULL or empty; objects have no names here
 * @param flags      CREATE_EVENT_MANUAL_RESET, CREATE_EVENT_INITIAL_SET
 * @param access     not looked at: every handle may do everything
 * @return the handle; NULL with GetLastError() ERROR_INVALID_PARAMETER (`flags`),
 *         ERROR_NOT_SUPPORTED (`name`) or ERROR_NOT_ENOUGH_MEMORY
 * Source:  Microsoft Learn, "CreateEventExA function".
 */
WS2RING_API HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
                                         DWORD access) WS2RING_SYM(CreateEventExA);
/** As CreateEventExA(), with a wide name. */
WS2RING_API HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name,
                                         DWORD flags, DWORD access)
    WS2RING_SYM_WIDE(CreateEventExW);

/**
 * Signals an event.
 *
 * @param event      an event handle, also one of WSACreateEvent()
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "SetEvent function".
 */
WS2RING_API BOOL WINAPI SetEvent(HANDLE event) WS2RING_SYM(SetEvent);

/**
 * Takes the signal of an event away.
 *
 * @param event      an event handle, also one of WSACreateEvent()
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "ResetEvent function".
 */
WS2RING_API BOOL WINAPI ResetEvent(HANDLE event) WS2RING_SYM(ResetEvent);

/* ---- Semaphores ---- */

/**
 * Makes a semaphore: signalled while its count is above 0; each satisfied wait takes 1 off.
 *
 * @param attributes NULL, or whether the handle is inheritable (no meaning on Linux)
 * @param initial    the count to begin with: 0 to `maximum`
 * @param maximum    the largest count: at least 1
 * @param name       NULL or empty; objects have no names here
 * @return the handle; NULL with GetLastError() ERROR_INVALID_PARAMETER (a count),
 *         ERROR_NOT_SUPPORTED (`name`) or ERROR_NOT_ENOUGH_MEMORY. Success sets the last error
 *         to 0.
 * Source:  Microsoft Learn, "CreateSemaphoreA function".
 */
WS2RING_API HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG initial,
                                           LONG maximum, LPCSTR name) WS2RING_SYM(CreateSemaphoreA);
/** As CreateSemaphoreA(), with a wide name. */
WS2RING_API HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes, LONG initial,
                                           LONG maximum, LPCWSTR name)
    WS2RING_SYM_WIDE(CreateSemaphoreW);

/**
 * Adds to the count of a semaphore.
 *
 * @param semaphore  a semaphore handle
 * @param count      how much: at least 1
 * @param previous   receives the count before; may be NULL
 * @return TRUE; FALSE, and nothing has changed, with GetLastError() ERROR_INVALID_HANDLE,
 *         ERROR_INVALID_PARAMETER (`count`) or ERROR_TOO_MANY_POSTS (above the maximum)
 * Source:  Microsoft Learn, "ReleaseSemaphore function".
 */
WS2RING_API BOOL WINAPI ReleaseSemaphore(HANDLE semaphore, LONG count, LPLONG previous)
    WS2RING_SYM(ReleaseSemaphore);

/* ---- Mutexes ---- */

/**
 * Makes a mutex: signalled while no thread owns it; a satisfied wait makes the waiter its owner.
 * When an owner ends, the next wait succeeds as WAIT_ABANDONED.
 *
 * @param attributes NULL, or whether the handle is inheritable (no meaning on Linux)
 * @param owned      TRUE: the calling thread owns it from the start
 * @param name       NULL or empty; objects have no names here
 * @return the handle; NULL with GetLastError() ERROR_NOT_SUPPORTED (`name`) or
 *         ERROR_NOT_ENOUGH_MEMORY. Success sets the last error to 0.
 * Source:  Microsoft Learn, "CreateMutexA function".
 */
WS2RING_API HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL owned, LPCSTR name)
    WS2RING_SYM(CreateMutexA);
/** As CreateMutexA(), with a wide name. */
WS2RING_API HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL owned, LPCWSTR name)
    WS2RING_SYM_WIDE(CreateMutexW);

/**
 * Gives a mutex back; as often as the calling thread has taken it.
 *
 * @param mutex      a mutex handle
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE or ERROR_NOT_OWNER
 * Source:  Microsoft Learn, "ReleaseMutex function".
 */
WS2RING_API BOOL WINAPI ReleaseMutex(HANDLE mutex) WS2RING_SYM(ReleaseMutex);

/* ---- Handles ---- */

/**
 * Makes another handle of the same object.
 *
 * @param from       GetCurrentProcess()
 * @param source     an event, semaphore, mutex or thread handle, or GetCurrentThread()
 * @param to         GetCurrentProcess()
 * @param target     receives the new handle; may be NULL
 * @param access     not looked at: every handle may do everything
 * @param inherit    no meaning on Linux
 * @param options    DUPLICATE_SAME_ACCESS; DUPLICATE_CLOSE_SOURCE: close `source`, whatever happens
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE, ERROR_NOT_SUPPORTED (a socket or
 *         a completion port) or ERROR_NOT_ENOUGH_MEMORY
 * Source:  Microsoft Learn, "DuplicateHandle function".
 */
WS2RING_API BOOL WINAPI DuplicateHandle(HANDLE from, HANDLE source, HANDLE to, LPHANDLE target,
                                        DWORD access, BOOL inherit, DWORD options)
    WS2RING_SYM(DuplicateHandle);

/**
 * Reads the flags of a handle.
 *
 * @param handle     any open handle
 * @param flags      receives HANDLE_FLAG_ bits: always 0 here
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "GetHandleInformation function".
 */
WS2RING_API BOOL WINAPI GetHandleInformation(HANDLE handle, LPDWORD flags)
    WS2RING_SYM(GetHandleInformation);

/**
 * Changes the flags of a handle.
 *
 * @param handle     any open handle
 * @param mask       which flags to change: HANDLE_FLAG_INHERIT, HANDLE_FLAG_PROTECT_FROM_CLOSE
 * @param flags      their new values; only 0 is supported
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_PARAMETER (`mask`), ERROR_INVALID_HANDLE
 *         or ERROR_NOT_SUPPORTED (a flag is to be set)
 * Linux:   no handle is inherited by a program that this one starts.
 * Source:  Microsoft Learn, "SetHandleInformation function".
 */
WS2RING_API BOOL WINAPI SetHandleInformation(HANDLE handle, DWORD mask, DWORD flags)
    WS2RING_SYM(SetHandleInformation);

/** The pseudo-handle of this process, (HANDLE)-1: for DuplicateHandle() only. */
WS2RING_API HANDLE WINAPI GetCurrentProcess(void) WS2RING_SYM(GetCurrentProcess);
/** The pseudo-handle of the calling thread, (HANDLE)-2: for DuplicateHandle(), QueueUserAPC(). */
WS2RING_API HANDLE WINAPI GetCurrentThread(void) WS2RING_SYM(GetCurrentThread);
/** The process id, as getpid(2) gives it. */
WS2RING_API DWORD WINAPI GetCurrentProcessId(void) WS2RING_SYM(GetCurrentProcessId);

/* ---- Thread-local storage ---- */

/**
 * Reserves a slot, which holds NULL in every thread.
 *
 * @return its index; TLS_OUT_OF_INDEXES with GetLastError() ERROR_NO_MORE_ITEMS
 * Source:  Microsoft Learn, "TlsAlloc function".
 */
WS2RING_API DWORD WINAPI TlsAlloc(void) WS2RING_SYM(TlsAlloc);

/**
 * Gives a slot back. What its values point to is the program's to free.
 *
 * @param index      what TlsAlloc() returned
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_PARAMETER
 * Source:  Microsoft Learn, "TlsFree function".
 */
WS2RING_API BOOL WINAPI TlsFree(DWORD index) WS2RING_SYM(TlsFree);

/**
 * Reads the calling thread's value of a slot.
 *
 * @param index      what TlsAlloc() returned
 * @return the value, and the last error is set to 0; NULL with GetLastError()
 *         ERROR_INVALID_PARAMETER
 * Source:  Microsoft Learn, "TlsGetValue function".
 */
WS2RING_API LPVOID WINAPI TlsGetValue(DWORD index) WS2RING_SYM(TlsGetValue);

/**
 * Sets the calling thread's value of a slot.
 *
 * @param index      what TlsAlloc() returned
 * @param value      anything; nobody frees it when the thread ends
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_PARAMETER or ERROR_NOT_ENOUGH_MEMORY
 * Source:  Microsoft Learn, "TlsSetValue function".
 */
WS2RING_API BOOL WINAPI TlsSetValue(DWORD index, LPVOID value) WS2RING_SYM(TlsSetValue);

WS2RING_END_DECLS

#ifdef UNICODE
#define CreateEvent     CreateEventW
#define CreateEventEx   CreateEventExW
#define CreateSemaphore CreateSemaphoreW
#define CreateMutex     CreateMutexW
#else
#define CreateEvent     CreateEventA
#define CreateEventEx   CreateEventExA
#define CreateSemaphore CreateSemaphoreA
#define CreateMutex     CreateMutexA
#endif

#endif
