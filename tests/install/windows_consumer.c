/* SPDX-License-Identifier: MIT */
/*
 * Source as it is written for Windows: its spelling of the headers, its macros and pragmas, DWORDs
 * printed as longs. install_test.py compiles it, unchanged, with the flags of ws2ring's Windows
 * flavour and with warnings as errors.
 */
#ifndef _WIN32
#error this program is for Windows
#endif

#define WIN32_LEAN_AND_MEAN
#include <WinSock2.h>
#include <WS2tcpip.h>
#include <MSWSock.h>
#include <Windows.h>

#include <stdio.h>

#pragma comment(lib, "ws2_32.lib")
#pragma comment(lib, "mswsock.lib")
#pragma warning(disable : 4996)

#if !defined(WIN32) || _WIN32_WINNT < 0x0600
#error Windows Vista or newer is needed
#endif

int main(int argc, char *argv[])
{
    DWORD threads;
    SYSTEM_INFO system;
    HANDLE port;
    WSADATA data;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    GetSystemInfo(&system);
    threads = system.dwNumberOfProcessors;
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, threads);
    if (port == NULL) {
        fprintf(stderr, "CreateIoCompletionPort failed: %lu\n", GetLastError());
        return 1;
    }
    printf("%s: %lu threads, %d arguments\n", argv[0], threads, argc - 1);
    CloseHandle(port);
    return WSACleanup();
}
