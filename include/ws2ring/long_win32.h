/* SPDX-License-Identifier: MIT */
/* The calls of windows.h that take `unsigned long *` for a DWORD; see ws2ring/long_args.h. */
#ifndef WS2RING_PART_LONG_WIN32_H
#define WS2RING_PART_LONG_WIN32_H

#include <ws2ring/long_args.h>

#if defined(WS2RING_EXACT_PROTOTYPES)
/* Nothing. */
#elif defined(__cplusplus)

WS2RING_OVERLOAD(BOOL, GetQueuedCompletionStatus,
                 (HANDLE port, T *bytes, PULONG_PTR key, LPOVERLAPPED *overlapped, DWORD timeout),
                 (port, WS2RING_LONG(bytes), key, overlapped, timeout))
WS2RING_OVERLOAD(BOOL, GetQueuedCompletionStatusEx,
                 (HANDLE port, LPOVERLAPPED_ENTRY entries, ULONG count, T *removed, DWORD timeout,
                  BOOL alertable),
                 (port, entries, count, WS2RING_LONG(removed), timeout, alertable))
WS2RING_OVERLOAD(BOOL, GetOverlappedResult,
                 (HANDLE file, LPOVERLAPPED overlapped, T *bytes, BOOL wait),
                 (file, overlapped, WS2RING_LONG(bytes), wait))
WS2RING_OVERLOAD(BOOL, GetOverlappedResultEx,
                 (HANDLE file, LPOVERLAPPED overlapped, T *bytes, DWORD timeout, BOOL alertable),
                 (file, overlapped, WS2RING_LONG(bytes), timeout, alertable))
WS2RING_OVERLOAD(BOOL, ReadFile,
                 (HANDLE file, LPVOID buffer, DWORD size, T *received, LPOVERLAPPED overlapped),
                 (file, buffer, size, WS2RING_LONG(received), overlapped))
WS2RING_OVERLOAD(BOOL, WriteFile,
                 (HANDLE file, LPCVOID buffer, DWORD size, T *sent, LPOVERLAPPED overlapped),
                 (file, buffer, size, WS2RING_LONG(sent), overlapped))
WS2RING_OVERLOAD(DWORD, GetFileSize, (HANDLE file, T *high), (file, WS2RING_LONG(high)))
WS2RING_OVERLOAD(HANDLE, CreateThread,
                 (LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_bytes,
                  LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags, T *thread_id),
                 (attributes, stack_bytes, start, parameter, flags, WS2RING_LONG(thread_id)))
WS2RING_OVERLOAD(BOOL, GetExitCodeThread, (HANDLE thread, T *exit_code),
                 (thread, WS2RING_LONG(exit_code)))
WS2RING_OVERLOAD(BOOL, GetHandleInformation, (HANDLE handle, T *flags),
                 (handle, WS2RING_LONG(flags)))

#else

/* Forms of an argument list: which argument may be a long, of how many. */
#define WS2RING_2ND_OF_2(a, b)             (a, WS2RING_LONG(b))
#define WS2RING_3RD_OF_4(a, b, c, d)       (a, b, WS2RING_LONG(c), d)
#define WS2RING_2ND_OF_5(a, b, c, d, e)    (a, WS2RING_LONG(b), c, d, e)
#define WS2RING_3RD_OF_5(a, b, c, d, e)    (a, b, WS2RING_LONG(c), d, e)
#define WS2RING_4TH_OF_5(a, b, c, d, e)    (a, b, c, WS2RING_LONG(d), e)
#define WS2RING_4TH_OF_6(a, b, c, d, e, f) (a, b, c, WS2RING_LONG(d), e, f)
#define WS2RING_6TH_OF_6(a, b, c, d, e, f) (a, b, c, d, e, WS2RING_LONG(f))

#define GetQueuedCompletionStatus(...) \
    GetQueuedCompletionStatus WS2RING_ARGS_5(WS2RING_2ND_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define GetQueuedCompletionStatusEx(...) \
    GetQueuedCompletionStatusEx WS2RING_ARGS_6(WS2RING_4TH_OF_6, __VA_ARGS__)(__VA_ARGS__)
#define GetOverlappedResult(...) \
    GetOverlappedResult WS2RING_ARGS_4(WS2RING_3RD_OF_4, __VA_ARGS__)(__VA_ARGS__)
#define GetOverlappedResultEx(...) \
    GetOverlappedResultEx WS2RING_ARGS_5(WS2RING_3RD_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define ReadFile(...)     ReadFile WS2RING_ARGS_5(WS2RING_4TH_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define WriteFile(...)    WriteFile WS2RING_ARGS_5(WS2RING_4TH_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define GetFileSize(...)  GetFileSize WS2RING_ARGS_2(WS2RING_2ND_OF_2, __VA_ARGS__)(__VA_ARGS__)
#define CreateThread(...) CreateThread WS2RING_ARGS_6(WS2RING_6TH_OF_6, __VA_ARGS__)(__VA_ARGS__)
#define GetExitCodeThread(...) \
    GetExitCodeThread WS2RING_ARGS_2(WS2RING_2ND_OF_2, __VA_ARGS__)(__VA_ARGS__)
#define GetHandleInformation(...) \
    GetHandleInformation WS2RING_ARGS_2(WS2RING_2ND_OF_2, __VA_ARGS__)(__VA_ARGS__)

#endif

#endif /* WS2RING_PART_LONG_WIN32_H */
