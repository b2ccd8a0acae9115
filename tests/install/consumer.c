/* SPDX-License-Identifier: MIT */
/*
 * The smallest Winsock program: start, make a socket, stop. install_test.py builds it in every way
 * a stranger would. With CONSUMER_CLASHES it also owns functions named like the library's own.
 */
#include <winsock2.h>
#include <stdio.h>

#ifdef CONSUMER_CLASHES
/* The library calls its own functions of these names: reaching one of these is a failure. */
#define CLASH(name)       \
    void name(void);      \
    void name(void)       \
    {                     \
        __builtin_trap(); \
    }
CLASH(handle_ref)
CLASH(handle_unref)
CLASH(handle_open)
CLASH(handle_close)
CLASH(sock_ref)
CLASH(sock_unref)
CLASH(api_result)
CLASH(startup_active)
#endif

int main(void)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);
    SOCKET s;

    if (error != 0) {
        fprintf(stderr, "WSAStartup: %d\n", error);
        return 1;
    }
    s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET) {
        fprintf(stderr, "WSASocketW: %d\n", WSAGetLastError());
        return 1;
    }
    if (closesocket(s) != 0 || WSACleanup() != 0) {
        fprintf(stderr, "closesocket or WSACleanup: %d\n", WSAGetLastError());
        return 1;
    }
    return 0;
}
