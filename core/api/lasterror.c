/* SPDX-License-Identifier: MIT */
/* The thread's last error, one value under two pairs of names. Needs no WSAStartup(). */
#include <winsock2.h>
#include <windows.h>

#include "core/base/thread.h"

int WSAAPI WSAGetLastError(void)
{
    return (int)thread_error();
}

void WSAAPI WSASetLastError(int error)
{
    thread_set_error((uint32_t)error);
}

DWORD WINAPI GetLastError(void)
{
    return thread_error();
}

void WINAPI SetLastError(DWORD error)
{
    thread_set_error(error);
}
