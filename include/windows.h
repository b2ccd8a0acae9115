/* SPDX-License-Identifier: MIT */
/*
 * The part of Win32 that socket servers need: last error, completion ports, overlapped results,
 * threads, waits, critical sections, interlocked operations, clocks and the process heap.
 * WIN32_LEAN_AND_MEAN changes nothing, because this header never brings in Winsock; NOMINMAX keeps
 * min and max from being defined. Neither _WIN32 nor _WIN32_WINNT is defined here.
 *
 * Long: Windows programs expect all of it in the one header, and most lines are documentation.
 */
#ifndef WS2RING_WINDOWS_H
#define WS2RING_WINDOWS_H

#ifndef _WINDOWS_
#define _WINDOWS_
#endif
#ifndef _INC_WINDOWS
#define _INC_WINDOWS
#endif

#include <ws2ring/base.h>
#include <ws2ring/winerror.h>
#ifndef WIN32_NO_STATUS
#include <ws2ring/ntstatus.h>
#endif

/* ---- Values ---- */

/* A time-out, in milliseconds, that never expires. */
#define INFINITE 0xFFFFFFFF

#define MAXIMUM_WAIT_OBJECTS 64

/* What the wait functions return; WAIT_TIMEOUT (258) stands among the error codes. */
#define WAIT_OBJECT_0      ((DWORD)0x00000000)
#define WAIT_ABANDONED     ((DWORD)0x00000080)
#define WAIT_ABANDONED_0   ((DWORD)0x00000080)
#define WAIT_IO_COMPLETION ((DWORD)0x000000C0)
#define WAIT_FAILED        ((DWORD)0xFFFFFFFF)

/* SetFileCompletionNotificationModes() */
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 0x1
#define FILE_SKIP_SET_EVENT_ON_HANDLE        0x2

/* GetExitCodeThread() while the thread runs. */
#define STILL_ACTIVE ((DWORD)0x00000103)

/* CreateThread() */
#define CREATE_SUSPENDED                  0x00000004
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000

/* HeapAlloc() and HeapFree() */
#define HEAP_NO_SERIALIZE        0x00000001
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY         0x00000008

/* What a SetConsoleCtrlHandler() routine is told. */
#define CTRL_C_EVENT        0
#define CTRL_BREAK_EVENT    1
#define CTRL_CLOSE_EVENT    2
#define CTRL_LOGOFF_EVENT   5
#define CTRL_SHUTDOWN_EVENT 6

/* SYSTEM_INFO.wProcessorArchitecture */
#define PROCESSOR_ARCHITECTURE_INTEL   0
#define PROCESSOR_ARCHITECTURE_AMD64   9
#define PROCESSOR_ARCHITECTURE_ARM64   12
#define PROCESSOR_ARCHITECTURE_UNKNOWN 0xFFFF

/* ---- Types ---- */

/* Only bInheritHandle has a meaning on Linux. */
typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength; /* bytes: sizeof(SECURITY_ATTRIBUTES) */
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* What GetSystemInfo() reports; sizes in bytes. */
typedef struct _SYSTEM_INFO {
    __extension__ union {
        DWORD dwOemId;
        __extension__ struct {
            WORD wProcessorArchitecture;
            WORD wReserved;
        };
    };
    DWORD dwPageSize;
    LPVOID lpMinimumApplicationAddress;
    LPVOID lpMaximumApplicationAddress;
    DWORD_PTR dwActiveProcessorMask;
    DWORD dwNumberOfProcessors;
    DWORD dwProcessorType;
    DWORD dwAllocationGranularity;
    WORD wProcessorLevel;
    WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

typedef struct _RTL_CRITICAL_SECTION_DEBUG *PRTL_CRITICAL_SECTION_DEBUG;

/* A recursive lock of one process. The fields are the library's; only their size is a promise. */
typedef struct _RTL_CRITICAL_SECTION {
    PRTL_CRITICAL_SECTION_DEBUG DebugInfo;
    LONG LockCount;
    LONG RecursionCount;
    HANDLE OwningThread;
    HANDLE LockSemaphore;
    ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION;
typedef RTL_CRITICAL_SECTION CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;

/* The start function of a thread; its result is the thread's exit code. */
typedef DWORD(WINAPI *PTHREAD_START_ROUTINE)(LPVOID parameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;

/* Called with a CTRL_ event; TRUE ends the search for a handler. */
typedef BOOL(WINAPI *PHANDLER_ROUTINE)(DWORD control_type);

/* ---- Small macros ---- */

#ifndef MAKEWORD
#define MAKEWORD(low, high)                                                                    \
    ((WORD)(((BYTE)(((DWORD_PTR)(low)) & 0xff)) | ((WORD)((BYTE)(((DWORD_PTR)(high)) & 0xff))) \
                                                      << 8))
#endif
#ifndef MAKELONG
#define MAKELONG(low, high) \
    ((LONG)(((DWORD)(((DWORD_PTR)(low)) & 0xffff)) | ((DWORD)(((DWORD_PTR)(high)) & 0xffff)) << 16))
#endif
#ifndef LOWORD
#define LOWORD(value) ((WORD)(((DWORD_PTR)(value)) & 0xffff))
#endif
#ifndef HIWORD
#define HIWORD(value) ((WORD)((((DWORD_PTR)(value)) >> 16) & 0xffff))
#endif
#ifndef LOBYTE
#define LOBYTE(value) ((BYTE)(((DWORD_PTR)(value)) & 0xff))
#endif
#ifndef HIBYTE
#define HIBYTE(value) ((BYTE)((((DWORD_PTR)(value)) >> 8) & 0xff))
#endif

#define RtlZeroMemory(to, bytes)       memset((to), 0, (bytes))
#define RtlFillMemory(to, bytes, with) memset((to), (with), (bytes))
#define RtlCopyMemory(to, from, bytes) memcpy((to), (from), (bytes))
#define RtlMoveMemory(to, from, bytes) memmove((to), (from), (bytes))
#define ZeroMemory                     RtlZeroMemory
#define FillMemory                     RtlFillMemory
#define CopyMemory                     RtlCopyMemory
#define MoveMemory                     RtlMoveMemory

/* As ZeroMemory, and no compiler leaves it out because nobody looks any more. */
#define SecureZeroMemory(to, bytes)                        \
    do {                                                   \
        void *ws2ring_to = (to);                           \
        memset(ws2ring_to, 0, (bytes));                    \
        __asm__ volatile("" ::"r"(ws2ring_to) : "memory"); \
    } while (0)

/* Members of an array. */
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef _countof
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif

#ifndef SUCCEEDED
#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#endif
#ifndef FAILED
#define FAILED(result) ((HRESULT)(result) < 0)
#endif

#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(name) ((void)(name))
#endif

#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) \
    ((type *)(void *)((char *)(void *)(address)-offsetof(type, field)))
#endif

/* C++ has std::min and std::max, which macros of these names would break. */
#if !defined(NOMINMAX) && !defined(__cplusplus)
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

/*
 * Whether the operation has finished, successfully or not. The load acquires, so that whoever sees
 * a finished operation also sees its byte count and its data. 0x103 is STATUS_PENDING.
 */
#define HasOverlappedIoCompleted(overlapped) \
    (((DWORD)__atomic_load_n(&(overlapped)->Internal, __ATOMIC_ACQUIRE)) != (DWORD)0x00000103)

WS2RING_BEGIN_DECLS

/* ---- Last error ---- */

/**
 * Reads the calling thread's last error.
 *
 * @return the ERROR_ or WSAE code the last failed call of this thread left; never fails
 * Linux:   the same value as WSAGetLastError(); independent of errno.
 * Source:  Microsoft Learn, "GetLastError function".
 */
WS2RING_API DWORD WINAPI GetLastError(void) WS2RING_SYM(GetLastError);

/**
 * Sets the calling thread's last error.
 *
 * @param error      the code that GetLastError() and WSAGetLastError() will return
 * Source:  Microsoft Learn, "SetLastError function".
 */
WS2RING_API void WINAPI SetLastError(DWORD error) WS2RING_SYM(SetLastError);

/* ---- Handles ---- */

/**
 * Closes an event, a completion port, a thread handle or a socket.
 *
 * @param handle     what to close; the value is refused from then on
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE
 * Linux:   a socket is closed as closesocket() does it.
 * Source:  Microsoft Learn, "CloseHandle function".
 */
WS2RING_API BOOL WINAPI CloseHandle(HANDLE handle) WS2RING_SYM(CloseHandle);

/* ---- Completion ports ---- */

/**
 * Creates a completion port, associates a socket with one, or both.
 *
 * @param file       the socket to associate, or INVALID_HANDLE_VALUE: only create a port
 * @param port       an existing port, or NULL: create a new one
 * @param key        the value every packet of this socket carries
 * @param concurrency  how many threads may handle packets at once, 0: the number of CPUs; looked at
 *                   only when a port is created
 * @return the port; NULL with GetLastError() ERROR_INVALID_PARAMETER (the socket has a port, or
 *         INVALID_HANDLE_VALUE with a port), ERROR_INVALID_HANDLE or ERROR_NOT_ENOUGH_MEMORY
 * Linux:   a port is an object of this process, without a descriptor; the concurrency value is a
 *          soft cap: a worker counts until its next wait in this library.
 * Source:  Microsoft Learn, "CreateIoCompletionPort function"; docs/calls for check order.
 */
WS2RING_API HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE port, ULONG_PTR key,
                                                 DWORD concurrency)
    WS2RING_SYM(CreateIoCompletionPort);

/**
 * Takes one completion packet, waiting for it if need be.
 *
 * @param port       the port
 * @param bytes      receives the number of bytes transferred
 * @param key        receives the key of the packet's socket, or the posted one
 * @param overlapped receives the operation's OVERLAPPED; NULL when no packet was taken
 * @param timeout    milliseconds; 0 polls, INFINITE never expires
 * @return TRUE: the packet of a successful operation; FALSE with *overlapped not NULL: the packet
 *         of a failed one, GetLastError() says how (ERROR_OPERATION_ABORTED,
 *         ERROR_NETNAME_DELETED...); FALSE with *overlapped NULL: WAIT_TIMEOUT,
 *         ERROR_ABANDONED_WAIT_0 (the port was closed) or ERROR_INVALID_HANDLE
 * Linux:   no system call while packets stand in the queue; timed on CLOCK_MONOTONIC.
 * Source:  Microsoft Learn, "GetQueuedCompletionStatus function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, LPDWORD bytes, PULONG_PTR key,
                                                  LPOVERLAPPED *overlapped, DWORD timeout)
    WS2RING_SYM(GetQueuedCompletionStatus);

/**
 * Takes up to `count` completion packets at once, waiting for the first if need be.
 *
 * @param port       the port
 * @param entries    receives the packets, oldest first; each one's Internal is its NTSTATUS
 * @param count      room in `entries`, in entries; at least 1
 * @param removed    receives how many were taken
 * @param timeout    milliseconds; 0 polls, INFINITE never expires
 * @param alertable  TRUE: completion routines queued to this thread may run and end the wait
 * @return TRUE: at least one packet; FALSE with GetLastError() WAIT_TIMEOUT, WAIT_IO_COMPLETION,
 *         ERROR_ABANDONED_WAIT_0, ERROR_INVALID_HANDLE or ERROR_INVALID_PARAMETER
 * Linux:   unlike GetQueuedCompletionStatus() it succeeds for packets of failed operations.
 * Source:  Microsoft Learn, "GetQueuedCompletionStatusEx function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE port, LPOVERLAPPED_ENTRY entries,
                                                    ULONG count, PULONG removed, DWORD timeout,
                                                    BOOL alertable)
    WS2RING_SYM(GetQueuedCompletionStatusEx);

/**
 * Queues a packet of the caller's own making.
 *
 * @param port       the port
 * @param bytes      handed on as it is; need not be a byte count
 * @param key        handed on as it is
 * @param overlapped handed on as it is, never looked at; may be NULL
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE or ERROR_NOT_ENOUGH_MEMORY
 * Linux:   never enters the kernel, except to wake a waiting thread.
 * Source:  Microsoft Learn, "PostQueuedCompletionStatus function".
 */
WS2RING_API BOOL WINAPI PostQueuedCompletionStatus(HANDLE port, DWORD bytes, ULONG_PTR key,
                                                   LPOVERLAPPED overlapped)
    WS2RING_SYM(PostQueuedCompletionStatus);

/**
 * Says which notifications a socket leaves out from now on; a mode once set cannot be taken back.
 *
 * @param file       the socket
 * @param flags      FILE_SKIP_COMPLETION_PORT_ON_SUCCESS: no packet for an operation that succeeded
 *                   at once; FILE_SKIP_SET_EVENT_ON_HANDLE: do not signal the socket handle itself
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE or ERROR_INVALID_PARAMETER (a flag)
 * Source:  Microsoft Learn, "SetFileCompletionNotificationModes function".
 */
WS2RING_API BOOL WINAPI SetFileCompletionNotificationModes(HANDLE file, UCHAR flags)
    WS2RING_SYM(SetFileCompletionNotificationModes);

/* ---- Overlapped operations ---- */

/**
 * Asks for the cancellation of every operation the calling thread started on a handle.
 *
 * @param file       the socket
 * @return TRUE: each such operation was asked to end, and still completes exactly once; FALSE with
 *         GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "CancelIo function".
 */
WS2RING_API BOOL WINAPI CancelIo(HANDLE file) WS2RING_SYM(CancelIo);

/**
 * Asks for the cancellation of one operation on a handle, or of all, whichever thread started them.
 *
 * @param file       the socket
 * @param overlapped the operation to cancel, or NULL: all of them
 * @return TRUE: asked; each operation still completes exactly once, as ERROR_OPERATION_ABORTED or
 *         with what it had done; FALSE with GetLastError() ERROR_NOT_FOUND or ERROR_INVALID_HANDLE
 * Linux:   a receive that had already taken data completes with that data.
 * Source:  Microsoft Learn, "CancelIoEx function".
 */
WS2RING_API BOOL WINAPI CancelIoEx(HANDLE file, LPOVERLAPPED overlapped) WS2RING_SYM(CancelIoEx);

/**
 * Reports the result of an overlapped operation, in Win32 codes.
 *
 * @param file       the socket; waited on when the operation has no event
 * @param overlapped the operation
 * @param bytes      receives the number of bytes transferred
 * @param wait       TRUE: wait until it has finished; FALSE: report at once
 * @return TRUE: it succeeded; FALSE with GetLastError() ERROR_IO_INCOMPLETE (still running, `wait`
 *         FALSE), ERROR_OPERATION_ABORTED (cancelled), or the code of its failure
 * Source:  Microsoft Learn, "GetOverlappedResult function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI GetOverlappedResult(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes,
                                            BOOL wait) WS2RING_SYM(GetOverlappedResult);

/* ---- Threads and waits ---- */

/**
 * Starts a thread.
 *
 * @param attributes NULL, or whether the handle is inheritable (no meaning on Linux)
 * @param stack_bytes  size of the stack, 0: the system's default
 * @param start      what the thread runs; its result is the exit code
 * @param parameter  handed to `start`
 * @param flags      0 or STACK_SIZE_PARAM_IS_A_RESERVATION
 * @param thread_id  receives the thread's number; may be NULL
 * @return a handle, signalled once the thread has ended, that the caller must close; NULL with
 *         GetLastError() ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY or ERROR_NOT_SUPPORTED
 * Linux:   a detached POSIX thread; CREATE_SUSPENDED is not supported.
 * Source:  Microsoft Learn, "CreateThread function".
 */
WS2RING_API HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_bytes,
                                       LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags,
                                       LPDWORD thread_id) WS2RING_SYM(CreateThread);

/**
 * Reads the exit code of a thread.
 *
 * @param thread     a handle CreateThread() returned
 * @param exit_code  receives the code, or STILL_ACTIVE while the thread runs
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "GetExitCodeThread function".
 */
WS2RING_API BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD exit_code)
    WS2RING_SYM(GetExitCodeThread);

/**
 * The calling thread's number, unique among the threads that run.
 *
 * @return the number, never 0; never fails
 * Linux:   the kernel's thread id, as gettid(2) gives it.
 * Source:  Microsoft Learn, "GetCurrentThreadId function".
 */
WS2RING_API DWORD WINAPI GetCurrentThreadId(void) WS2RING_SYM(GetCurrentThreadId);

/**
 * Waits until one event, thread, port or socket is signalled.
 *
 * @param handle     what to wait on
 * @param timeout    milliseconds; 0 polls, INFINITE never expires
 * @return WAIT_OBJECT_0, WAIT_TIMEOUT, or WAIT_FAILED with GetLastError() ERROR_INVALID_HANDLE
 * Linux:   timed on CLOCK_MONOTONIC; time spent suspended does not count.
 * Source:  Microsoft Learn, "WaitForSingleObject function".
 */
WS2RING_API DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD timeout)
    WS2RING_SYM(WaitForSingleObject);

/**
 * Waits until one of several handles, or every one, is signalled.
 *
 * @param count      number of entries in `handles`: 1 to MAXIMUM_WAIT_OBJECTS (64)
 * @param handles    what to wait on
 * @param wait_all   TRUE: all must be signalled together; FALSE: the lowest index wins
 * @param timeout    milliseconds; 0 polls, INFINITE never expires
 * @return WAIT_OBJECT_0 + index, WAIT_TIMEOUT, or WAIT_FAILED with GetLastError()
 *         ERROR_INVALID_PARAMETER (`count`, or one handle twice with `wait_all`) or
 *         ERROR_INVALID_HANDLE
 * Linux:   timed on CLOCK_MONOTONIC; time spent suspended does not count.
 * Source:  Microsoft Learn, "WaitForMultipleObjects function".
 */
WS2RING_API DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL wait_all,
                                                DWORD timeout) WS2RING_SYM(WaitForMultipleObjects);

/**
 * Suspends the calling thread.
 *
 * @param timeout    milliseconds; 0 gives up the rest of the time slice, INFINITE never returns
 * Linux:   a signal does not shorten it.
 * Source:  Microsoft Learn, "Sleep function".
 */
WS2RING_API void WINAPI Sleep(DWORD timeout) WS2RING_SYM(Sleep);

/**
 * Lets another thread run that is ready to.
 *
 * @return TRUE when another thread may have run; FALSE when there was none
 * Linux:   sched_yield(2), which does not tell: always TRUE.
 * Source:  Microsoft Learn, "SwitchToThread function".
 */
WS2RING_API BOOL WINAPI SwitchToThread(void) WS2RING_SYM(SwitchToThread);

/* ---- Critical sections ---- */

/**
 * Makes a critical section ready for use.
 *
 * @param section    memory of the caller, which must not be moved or copied afterwards
 * Linux:   takes no kernel object; never fails.
 * Source:  Microsoft Learn, "InitializeCriticalSection function".
 */
WS2RING_API void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION section)
    WS2RING_SYM(InitializeCriticalSection);

/**
 * As InitializeCriticalSection(), with a number of tries before a thread sleeps.
 *
 * @param section    memory of the caller
 * @param spin_count number of tries; the topmost 8 bits are ignored
 * @return TRUE always
 * Source:  Microsoft Learn, "InitializeCriticalSectionAndSpinCount function".
 */
WS2RING_API BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section,
                                                              DWORD spin_count)
    WS2RING_SYM(InitializeCriticalSectionAndSpinCount);

/**
 * Takes a critical section, waiting for its owner to leave it; the owner may enter again.
 *
 * @param section    an initialised section
 * Source:  Microsoft Learn, "EnterCriticalSection function".
 */
WS2RING_API void WINAPI EnterCriticalSection(LPCRITICAL_SECTION section)
    WS2RING_SYM(EnterCriticalSection);

/**
 * Takes a critical section if that needs no wait.
 *
 * @param section    an initialised section
 * @return TRUE: the caller owns it (once more); FALSE: another thread does
 * Source:  Microsoft Learn, "TryEnterCriticalSection function".
 */
WS2RING_API BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION section)
    WS2RING_SYM(TryEnterCriticalSection);

/**
 * Undoes one EnterCriticalSection() of the calling thread.
 *
 * @param section    a section the caller owns
 * Source:  Microsoft Learn, "LeaveCriticalSection function".
 */
WS2RING_API void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION section)
    WS2RING_SYM(LeaveCriticalSection);

/**
 * Ends the life of a critical section that nobody owns.
 *
 * @param section    an initialised section; it may be initialised again
 * Source:  Microsoft Learn, "DeleteCriticalSection function".
 */
WS2RING_API void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION section)
    WS2RING_SYM(DeleteCriticalSection);

/* ---- The process and the machine ---- */

/**
 * Describes the machine.
 *
 * @param info       receives page size and allocation granularity (bytes) and the number of CPUs
 * Linux:   dwNumberOfProcessors counts the CPUs this process may run on, so that a worker per CPU
 *          is right in a container too.
 * Source:  Microsoft Learn, "GetSystemInfo function".
 */
WS2RING_API void WINAPI GetSystemInfo(LPSYSTEM_INFO info) WS2RING_SYM(GetSystemInfo);

/**
 * Adds or removes a routine that is told when the user or the system wants the process to end.
 *
 * @param handler    the routine; NULL with `add` TRUE: ignore Ctrl+C
 * @param add        TRUE: add, the last one added is asked first; FALSE: remove
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_PARAMETER (not there to be removed) or
 *         ERROR_NOT_ENOUGH_MEMORY
 * Linux:   SIGINT is CTRL_C_EVENT, SIGQUIT CTRL_BREAK_EVENT, SIGHUP CTRL_CLOSE_EVENT and SIGTERM
 *          CTRL_SHUTDOWN_EVENT; routines run on a thread of their own, not in a signal handler.
 * Source:  Microsoft Learn, "SetConsoleCtrlHandler function".
 */
WS2RING_API BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL add)
    WS2RING_SYM(SetConsoleCtrlHandler);

/**
 * The heap of the process, for HeapAlloc() and HeapFree().
 *
 * @return a constant handle, not to be closed; never fails
 * Source:  Microsoft Learn, "GetProcessHeap function".
 */
WS2RING_API HANDLE WINAPI GetProcessHeap(void) WS2RING_SYM(GetProcessHeap);

/**
 * Allocates memory, aligned to 16 bytes.
 *
 * @param heap       what GetProcessHeap() returned
 * @param flags      HEAP_ZERO_MEMORY: filled with zeros; the others change nothing
 * @param bytes      size; 0 gives a pointer too, which must be freed as any other
 * @return the memory; NULL, and the last error is not set
 * Linux:   the C library's heap.
 * Source:  Microsoft Learn, "HeapAlloc function".
 */
WS2RING_API LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T bytes) WS2RING_SYM(HeapAlloc);

/**
 * Frees what HeapAlloc() returned.
 *
 * @param heap       what GetProcessHeap() returned
 * @param flags      0 or HEAP_NO_SERIALIZE, which changes nothing
 * @param memory     the memory; NULL is allowed
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE (`heap`)
 * Source:  Microsoft Learn, "HeapFree function".
 */
WS2RING_API BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID memory) WS2RING_SYM(HeapFree);

/**
 * Reads a clock that only moves forward.
 *
 * @param count      receives the reading; QueryPerformanceFrequency() tells the ticks per second
 * @return TRUE always
 * Linux:   CLOCK_MONOTONIC.
 * Source:  Microsoft Learn, "QueryPerformanceCounter function".
 */
WS2RING_API BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count)
    WS2RING_SYM(QueryPerformanceCounter);

/**
 * The unit of QueryPerformanceCounter().
 *
 * @param frequency  receives the ticks per second
 * @return TRUE always
 * Linux:   constant while the process lives.
 * Source:  Microsoft Learn, "QueryPerformanceFrequency function".
 */
WS2RING_API BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency)
    WS2RING_SYM(QueryPerformanceFrequency);

WS2RING_END_DECLS

#include <ws2ring/file.h>
#include <ws2ring/interlocked.h>
#include <ws2ring/locks.h>
#include <ws2ring/message.h>
#include <ws2ring/read_write.h>
#include <ws2ring/sync.h>

#include <ws2ring/long_win32.h> /* after every declaration */

#endif /* WS2RING_WINDOWS_H */
