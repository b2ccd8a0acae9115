/* SPDX-License-Identifier: MIT */
/*
 * What every public header stands on: the integer and pointer types that Windows source expects,
 * the decoration macros (WINAPI, IN, FAR...), and the asm labels that give each exported function
 * a symbol beginning with ws2_. Users include winsock2.h or windows.h, which include this file.
 */
#ifndef WS2RING_BASE_H
#define WS2RING_BASE_H

#if defined(_SYS_SOCKET_H) || defined(_NETINET_IN_H) || defined(_ARPA_INET_H) || defined(_NETDB_H)
#error \
    "ws2ring: <sys/socket.h>, <netinet/in.h>, <arpa/inet.h> or <netdb.h> was included before a \
Winsock header. They define the same names with different meanings: keep them in separate source \
files."
#endif

#if !defined(__LP64__) || !(defined(__x86_64__) || defined(__aarch64__))
#error "ws2ring supports 64-bit x86-64 and aarch64 Linux only."
#endif

/* Read by the shadow <sys/socket.h> beside this folder, which then refuses to be included. */
#define WS2RING_WINSOCK_NAMES 1

/* These come first because glibc has its own opinion on names that are renamed below (u_long). Once
 * they are in, their include guards keep any later inclusion from seeing our macros. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <ws2ring/fd_setsize.h>

/* ---- How a declaration becomes a symbol ---- */

#if defined(__cplusplus)
#define WS2RING_BEGIN_DECLS extern "C" {
#define WS2RING_END_DECLS   }
#else
#define WS2RING_BEGIN_DECLS
#define WS2RING_END_DECLS
#endif

/* The library is built with hidden visibility; only what carries this mark is exported. */
#define WS2RING_API __attribute__((visibility("default")))

/* bind() in source is the symbol ws2_bind, so libc's bind stays libc's for everybody else. */
#define WS2RING_SYM(name) __asm__("ws2_" #name)

/* A function that takes WCHAR text exists once per width of wchar_t. */
#if __SIZEOF_WCHAR_T__ == 2
#define WS2RING_SYM_WIDE(name) __asm__("ws2_" #name "16")
#elif __SIZEOF_WCHAR_T__ == 4
#define WS2RING_SYM_WIDE(name) __asm__("ws2_" #name "32")
#else
#error "ws2ring: wchar_t must be 16 or 32 bits wide."
#endif

#define WS2RING_INLINE static __inline__ __attribute__((__unused__))

/* ---- Decorations: accepted everywhere, and mean nothing here ---- */

#ifndef WINAPI
#define WINAPI
#endif
#ifndef WSAAPI
#define WSAAPI
#endif
#ifndef APIENTRY
#define APIENTRY WINAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef PASCAL
#define PASCAL
#endif
#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef VOID
#define VOID void
#endif

#include <ws2ring/msvc.h>

#ifndef FORCEINLINE
#define FORCEINLINE __forceinline
#endif

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

/* ---- Integers: long is 32 bits on Windows, so only pointer sizes are a C long here ---- */

typedef char CHAR;
typedef signed char INT8;
typedef unsigned char UCHAR;
typedef unsigned char BYTE;
typedef unsigned char UINT8;
typedef BYTE BOOLEAN;
typedef short SHORT;
typedef short INT16;
typedef unsigned short USHORT;
typedef unsigned short WORD;
typedef unsigned short UINT16;
typedef int INT;
typedef int BOOL;
typedef int LONG;
typedef int INT32;
typedef int LONG32;
typedef unsigned int UINT;
typedef unsigned int UINT32;
typedef unsigned int ULONG;
typedef unsigned int ULONG32;
typedef unsigned int DWORD;
typedef unsigned int DWORD32;
typedef long long LONGLONG;
typedef long long LONG64;
typedef long long INT64;
typedef unsigned long long ULONGLONG;
typedef unsigned long long DWORDLONG;
typedef unsigned long long ULONG64;
typedef unsigned long long DWORD64;
typedef unsigned long long UINT64;
typedef float FLOAT;

/* The same C types as size_t and intptr_t, which Windows source passes for them. */
typedef intptr_t INT_PTR;
typedef intptr_t LONG_PTR;
typedef intptr_t SSIZE_T;
typedef uintptr_t UINT_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef uintptr_t SIZE_T;

typedef wchar_t WCHAR;

typedef LONG NTSTATUS;
typedef LONG HRESULT;

/* The BSD names. glibc makes u_long 64 bits wide (and hides all four under a strict -std=), hence a
 * type of our own and a macro that puts it in place of glibc's. */
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef uint32_t ws2_u_long;
#define u_long ws2_u_long

/* ---- Pointers ---- */

typedef void *PVOID;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef CHAR *PCHAR;
typedef CHAR *PSTR;
typedef CHAR *LPSTR;
typedef const CHAR *PCSTR;
typedef const CHAR *LPCSTR;
typedef WCHAR *PWCHAR;
typedef WCHAR *PWSTR;
typedef WCHAR *LPWSTR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *LPCWSTR;
typedef UCHAR *PUCHAR;
typedef BYTE *PBYTE;
typedef BYTE *LPBYTE;
typedef BOOLEAN *PBOOLEAN;
typedef SHORT *PSHORT;
typedef USHORT *PUSHORT;
typedef WORD *PWORD;
typedef WORD *LPWORD;
typedef INT *PINT;
typedef INT *LPINT;
typedef UINT *PUINT;
typedef BOOL *PBOOL;
typedef BOOL *LPBOOL;
typedef LONG *PLONG;
typedef LONG *LPLONG;
typedef ULONG *PULONG;
typedef ULONG *LPULONG;
typedef DWORD *PDWORD;
typedef DWORD *LPDWORD;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef LONG64 *PLONG64;
typedef ULONG64 *PULONG64;
typedef DWORD64 *PDWORD64;
typedef INT_PTR *PINT_PTR;
typedef LONG_PTR *PLONG_PTR;
typedef UINT_PTR *PUINT_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef DWORD_PTR *PDWORD_PTR;
typedef SIZE_T *PSIZE_T;

#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR LPTSTR;
typedef LPCWSTR LPCTSTR;
#define WS2RING_TEXT(quote) L##quote
#else
typedef CHAR TCHAR;
typedef LPSTR LPTSTR;
typedef LPCSTR LPCTSTR;
#define WS2RING_TEXT(quote) quote
#endif
typedef TCHAR *PTCHAR;
#ifndef TEXT
#define TEXT(quote) WS2RING_TEXT(quote)
#endif

/* ---- Handles: HANDLE and SOCKET are one number space, and may be cast to each other ---- */

typedef void *HANDLE;
typedef HANDLE *PHANDLE;
typedef HANDLE *LPHANDLE;

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/* Kinds of handles that only have to be named: a declaration may mention one, nothing makes one. */
typedef HANDLE HWND;
typedef HANDLE HINSTANCE;
typedef HINSTANCE HMODULE;
typedef HANDLE HKEY;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM;
typedef LONG_PTR LRESULT;
typedef INT_PTR(WINAPI *FARPROC)(void);

/* A processor by group and number. */
typedef struct _PROCESSOR_NUMBER {
    WORD Group;
    BYTE Number;
    BYTE Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

#ifndef GUID_DEFINED
#define GUID_DEFINED
/* A 128-bit name; SIO_GET_EXTENSION_FUNCTION_POINTER asks for functions by one. */
typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID;
#endif
typedef GUID UUID;
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;

/* A 64-bit number with access to its halves. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

/* The unsigned form of LARGE_INTEGER. */
typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/*
 * One asynchronous operation, owned by the library from the call that starts it until Internal
 * stops being STATUS_PENDING. Internal holds the NTSTATUS, InternalHigh the bytes transferred. The
 * offsets mean nothing for sockets. The low bit of hEvent set: no completion packet is queued.
 */
typedef struct _OVERLAPPED {
    ULONG_PTR Internal;
    ULONG_PTR InternalHigh;
    __extension__ union {
        __extension__ struct {
            DWORD Offset;
            DWORD OffsetHigh;
        };
        PVOID Pointer;
    };
    HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;

/* One dequeued completion packet. */
typedef struct _OVERLAPPED_ENTRY {
    ULONG_PTR lpCompletionKey;
    LPOVERLAPPED lpOverlapped;
    ULONG_PTR Internal; /* the operation's NTSTATUS, 0 for a posted packet */
    DWORD dwNumberOfBytesTransferred;
} OVERLAPPED_ENTRY, *LPOVERLAPPED_ENTRY;

#endif /* WS2RING_BASE_H */
