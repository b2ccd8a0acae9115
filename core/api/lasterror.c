/* SPDX-License-Identifier: MIT */
/* The thread's last error, one value under two pairs of names. Needs no WSAStartup(). */
#include <winsock2.h>
#include <windows.h>

#include "core/base/thread.h"
#include "core/base/trace.h"

int WSAAPI WSAGetLastError(void)
{
    TRACE_CALL(WSAGetLastError);
    return (int)thread_error();
}

void WSAAPI WSASetLastError(int error)
{
    TRACE_CALL_VOID(WSASetLastError, error);
    thread_set_error((uint32_t)error);
}

DWORD WINAPI GetLastError(void)
{
    TRACE_CALL(GetLastError);
    return thread_error();
}

void WINAPI SetLastError(DWORD error)
{
    TRACE_CALL_VOID(SetLastError, error);
    thread_set_error(error);
}
