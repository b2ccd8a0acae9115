/* SPDX-License-Identifier: MIT */
/* Messages for error codes, the local heap, the tick count and the time of day. Part of windows.h.
 */
#ifndef WS2RING_PART_MESSAGE_H
#define WS2RING_PART_MESSAGE_H

#include <stdarg.h>

/* ---- Values ---- */

/* FormatMessage() */
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS  0x00000200
#define FORMAT_MESSAGE_FROM_STRING     0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE    0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM     0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY  0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK  0x000000FF

#define MAKELANGID(primary, sub) ((((WORD)(sub)) << 10) | (WORD)(primary))
#define LANG_NEUTRAL             0x00
#define LANG_ENGLISH             0x09
#define SUBLANG_NEUTRAL          0x00
#define SUBLANG_DEFAULT          0x01
#define SUBLANG_ENGLISH_US       0x01

/* LocalAlloc() */
#define LMEM_FIXED    0x0000
#define LMEM_MOVEABLE 0x0002
#define LMEM_ZEROINIT 0x0040
#define LPTR          (LMEM_FIXED | LMEM_ZEROINIT)

/* ---- Types ---- */

typedef HANDLE HLOCAL; /* memory of LocalAlloc() */

/* 100 ns units since the beginning of 1601, UTC. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

WS2RING_BEGIN_DECLS

/**
 * Writes the text of an error code.
 *
 * @param flags      FORMAT_MESSAGE_FROM_SYSTEM, with FORMAT_MESSAGE_IGNORE_INSERTS,
 *                   FORMAT_MESSAGE_ALLOCATE_BUFFER and, in the low byte, 0 or
 *                   FORMAT_MESSAGE_MAX_WIDTH_MASK: spaces in place of line breaks
 * @param source     not looked at
 * @param id         the code: ERROR_ or WSAE
 * @param language   0 or English; the texts are English
 * @param buffer     receives the text; with FORMAT_MESSAGE_ALLOCATE_BUFFER the address of a
 *                   pointer, that receives memory for LocalFree()
 * @param count      room in `buffer` in characters; with ALLOCATE_BUFFER the least to allocate
 * @param arguments  not looked at
 * @return length of the text in characters, without the final zero; 0 with GetLastError()
 *         ERROR_INVALID_PARAMETER, ERROR_NOT_SUPPORTED (another source than the system),
 *         ERROR_MR_MID_NOT_FOUND (`id`), ERROR_INSUFFICIENT_BUFFER or ERROR_NOT_ENOUGH_MEMORY
 * Linux:   knows the Winsock codes and the Win32 codes that this library gives; own wording.
 * Source:  Microsoft Learn, "FormatMessageA function".
 */
WS2RING_API DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD id, DWORD language,
                                        LPSTR buffer, DWORD count, va_list *arguments)
    WS2RING_SYM(FormatMessageA);
/** As FormatMessageA(), in wide characters. */
WS2RING_API DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD id, DWORD language,
                                        LPWSTR buffer, DWORD count, va_list *arguments)
    WS2RING_SYM_WIDE(FormatMessageW);

/**
 * Allocates memory, aligned to 16 bytes.
 *
 * @param flags      LMEM_ZEROINIT: filled with zeros; the others change nothing
 * @param bytes      size; 0 gives a pointer too
 * @return the memory, at a fixed place; NULL with GetLastError() ERROR_NOT_ENOUGH_MEMORY
 * Source:  Microsoft Learn, "LocalAlloc function".
 */
WS2RING_API HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T bytes) WS2RING_SYM(LocalAlloc);

/**
 * Frees what LocalAlloc() or FormatMessage() allocated.
 *
 * @param memory     the memory; NULL is allowed
 * @return NULL always
 * Source:  Microsoft Learn, "LocalFree function".
 */
WS2RING_API HLOCAL WINAPI LocalFree(HLOCAL memory) WS2RING_SYM(LocalFree);

/**
 * Milliseconds since the system started; begins again at 0 after 49.7 days.
 *
 * Linux:   CLOCK_MONOTONIC.
 * Source:  Microsoft Learn, "GetTickCount function".
 */
WS2RING_API DWORD WINAPI GetTickCount(void) WS2RING_SYM(GetTickCount);

/**
 * Milliseconds since the system started.
 *
 * Linux:   CLOCK_MONOTONIC.
 * Source:  Microsoft Learn, "GetTickCount64 function".
 */
WS2RING_API ULONGLONG WINAPI GetTickCount64(void) WS2RING_SYM(GetTickCount64);

/**
 * The time of day, UTC.
 *
 * @param time       receives 100 ns units since the beginning of 1601
 * Source:  Microsoft Learn, "GetSystemTimeAsFileTime function".
 */
WS2RING_API void WINAPI GetSystemTimeAsFileTime(LPFILETIME time)
    WS2RING_SYM(GetSystemTimeAsFileTime);

WS2RING_END_DECLS

#ifdef UNICODE
#define FormatMessage FormatMessageW
#else
#define FormatMessage FormatMessageA
#endif

#endif
