/* SPDX-License-Identifier: MIT */
/*
 * Opening regular files, their size and position: what a server needs that sends files. Part of
 * windows.h; ReadFile() and its kin stand in read_write.h, TransmitFile() in mswsock.h. The rest of
 * Win32's files (directories, attributes, locks, mapping) is not part of ws2ring.
 */
#ifndef WS2RING_PART_FILE_H
#define WS2RING_PART_FILE_H

#include <ws2ring/base.h>

/* ---- Access; the rights of a file stand for the generic ones ---- */

#define GENERIC_READ     0x80000000u
#define GENERIC_WRITE    0x40000000u
#define GENERIC_EXECUTE  0x20000000u
#define GENERIC_ALL      0x10000000u
#define FILE_READ_DATA   0x0001
#define FILE_WRITE_DATA  0x0002
#define FILE_APPEND_DATA 0x0004

/* ---- Sharing: accepted, and without a meaning on Linux ---- */

#define FILE_SHARE_READ   0x00000001
#define FILE_SHARE_WRITE  0x00000002
#define FILE_SHARE_DELETE 0x00000004

/* ---- What to do when the file is there, or is not ---- */

#define CREATE_NEW        1
#define CREATE_ALWAYS     2
#define OPEN_EXISTING     3
#define OPEN_ALWAYS       4
#define TRUNCATE_EXISTING 5

/* ---- Attributes and flags ---- */

#define FILE_ATTRIBUTE_READONLY      0x00000001
#define FILE_ATTRIBUTE_HIDDEN        0x00000002
#define FILE_ATTRIBUTE_SYSTEM        0x00000004
#define FILE_ATTRIBUTE_ARCHIVE       0x00000020
#define FILE_ATTRIBUTE_NORMAL        0x00000080
#define FILE_ATTRIBUTE_TEMPORARY     0x00000100
#define FILE_FLAG_OPEN_REPARSE_POINT 0x00200000
#define FILE_FLAG_POSIX_SEMANTICS    0x01000000
#define FILE_FLAG_BACKUP_SEMANTICS   0x02000000
#define FILE_FLAG_DELETE_ON_CLOSE    0x04000000
#define FILE_FLAG_SEQUENTIAL_SCAN    0x08000000
#define FILE_FLAG_RANDOM_ACCESS      0x10000000
#define FILE_FLAG_NO_BUFFERING       0x20000000
#define FILE_FLAG_OVERLAPPED         0x40000000
#define FILE_FLAG_WRITE_THROUGH      0x80000000u

/* SetFilePointer() */
#define FILE_BEGIN               0
#define FILE_CURRENT             1
#define FILE_END                 2
#define INVALID_SET_FILE_POINTER ((DWORD)-1)

#define INVALID_FILE_SIZE ((DWORD)0xFFFFFFFF)

WS2RING_BEGIN_DECLS

/**
 * Opens or makes a regular file.
 *
 * @param name       its path on Linux, in UTF-8; a backslash separates like a slash
 * @param access     GENERIC_READ, GENERIC_WRITE or GENERIC_ALL, or the rights of a file; 0: only
 *                   to ask for its size
 * @param share      FILE_SHARE_ flags: have no effect
 * @param attributes have no effect
 * @param disposition  CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS or TRUNCATE_EXISTING
 * @param flags      FILE_FLAG_OVERLAPPED, _SEQUENTIAL_SCAN, _RANDOM_ACCESS, _WRITE_THROUGH; others
 *                   and the attributes have no effect, _DELETE_ON_CLOSE and _OPEN_REPARSE_POINT
 *                   are refused
 * @param like       has no effect
 * @return a handle for ReadFile(), WriteFile(), TransmitFile(), CreateIoCompletionPort()...; the
 *         last error is 0, or ERROR_ALREADY_EXISTS when CREATE_ALWAYS or OPEN_ALWAYS found a file.
 *         INVALID_HANDLE_VALUE with GetLastError() ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND,
 *         ERROR_ACCESS_DENIED (a directory too), ERROR_FILE_EXISTS (CREATE_NEW),
 *         ERROR_INVALID_PARAMETER, ERROR_NOT_SUPPORTED (a flag; a device or pipe),
 *         ERROR_TOO_MANY_OPEN_FILES, ERROR_NOT_ENOUGH_MEMORY, or the code of another failure
 * Linux:   new files get the mode 0666 less the umask; names are case-sensitive.
 * Source:  Microsoft Learn, "CreateFileA function"; docs/calls for check order.
 */
WS2RING_API HANDLE WINAPI CreateFileA(LPCSTR name, DWORD access, DWORD share,
                                      LPSECURITY_ATTRIBUTES attributes, DWORD disposition,
                                      DWORD flags, HANDLE like) WS2RING_SYM(CreateFileA);
/** CreateFileA() with a wide name. ERROR_INVALID_NAME: it is not valid Unicode. */
WS2RING_API HANDLE WINAPI CreateFileW(LPCWSTR name, DWORD access, DWORD share,
                                      LPSECURITY_ATTRIBUTES attributes, DWORD disposition,
                                      DWORD flags, HANDLE like) WS2RING_SYM_WIDE(CreateFileW);

/**
 * The size of a file, in two halves.
 *
 * @param file       a file
 * @param high       receives the upper 32 bits; may be NULL
 * @return the lower 32 bits of its size in bytes; INVALID_FILE_SIZE with GetLastError() not 0:
 *         ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "GetFileSize function".
 */
WS2RING_API DWORD WINAPI GetFileSize(HANDLE file, LPDWORD high) WS2RING_SYM(GetFileSize);

/**
 * The size of a file.
 *
 * @param file       a file
 * @param size       receives its size in bytes
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE
 * Source:  Microsoft Learn, "GetFileSizeEx function".
 */
WS2RING_API BOOL WINAPI GetFileSizeEx(HANDLE file, PLARGE_INTEGER size) WS2RING_SYM(GetFileSizeEx);

/**
 * Moves the position where calls without an OVERLAPPED read, write and send.
 *
 * @param file       a file
 * @param distance   bytes; with `high` NULL a signed number, else the lower half of one
 * @param high       the upper half, and receives that of the new position; may be NULL
 * @param origin     FILE_BEGIN, FILE_CURRENT or FILE_END
 * @return the lower 32 bits of the new position; INVALID_SET_FILE_POINTER with GetLastError() not
 *         0: ERROR_INVALID_HANDLE, ERROR_NEGATIVE_SEEK, ERROR_INVALID_PARAMETER (`origin`, or a
 *         position that needs `high`)
 * Source:  Microsoft Learn, "SetFilePointer function"; docs/calls for check order.
 */
WS2RING_API DWORD WINAPI SetFilePointer(HANDLE file, LONG distance, PLONG high, DWORD origin)
    WS2RING_SYM(SetFilePointer);

/**
 * Moves the position where calls without an OVERLAPPED read, write and send.
 *
 * @param file       a file
 * @param distance   bytes, signed
 * @param position   receives the new one; may be NULL
 * @param origin     FILE_BEGIN, FILE_CURRENT or FILE_END
 * @return TRUE; FALSE with GetLastError() as SetFilePointer() has it
 * Source:  Microsoft Learn, "SetFilePointerEx function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI SetFilePointerEx(HANDLE file, LARGE_INTEGER distance,
                                         PLARGE_INTEGER position, DWORD origin)
    WS2RING_SYM(SetFilePointerEx);

/**
 * Makes a file end at its position: cuts it, or adds zeros.
 *
 * @param file       a file that may be written
 * @return TRUE; FALSE with GetLastError() ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED,
 *         ERROR_DISK_FULL
 * Source:  Microsoft Learn, "SetEndOfFile function".
 */
WS2RING_API BOOL WINAPI SetEndOfFile(HANDLE file) WS2RING_SYM(SetEndOfFile);

WS2RING_END_DECLS

#if defined(UNICODE)
#define CreateFile CreateFileW
#else
#define CreateFile CreateFileA
#endif

#endif
