/* SPDX-License-Identifier: MIT */
/*
 * What the small examples share: the port argument, a socket on the loopback address, and Ctrl-C.
 * Windows' own calls only, like the examples themselves.
 */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include <winsock2.h>

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void example_fail(const char *what, int error)
{
    fprintf(stderr, "%s: error %d\n", what, error);
    exit(1);
}

/* `program [--port N]`; 0, the default, lets the system choose. */
static inline unsigned short example_port(int argc, char **argv)
{
    char *end = NULL;
    unsigned long port = 0;

    if (argc == 3 && strcmp(argv[1], "--port") == 0)
        port = strtoul(argv[2], &end, 10);
    if (argc != 1 && (end == NULL || end == argv[2] || *end != '\0' || port > 65535)) {
        fprintf(stderr, "usage: %s [--port N]\n", argv[0]);
        exit(2);
    }
    return (unsigned short)port;
}

static inline void example_startup(void)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        example_fail("WSAStartup", error);
}

/* A socket bound to `port` on 127.0.0.1: an example serves its own machine. */
static inline SOCKET example_bind(int type, unsigned short port)
{
    SOCKADDR_IN address = {0};
    SOCKET s = WSASocketW(AF_INET, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED);

    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)&address, sizeof address) != 0)
        example_fail("bind", WSAGetLastError());
    return s;
}

static inline SOCKET example_listen(unsigned short port)
{
    SOCKET s = example_bind(SOCK_STREAM, port);

    if (listen(s, SOMAXCONN) != 0)
        example_fail("listen", WSAGetLastError());
    return s;
}

/* Tells whoever started the program that clients may come, and where. */
static inline void example_announce(SOCKET s)
{
    SOCKADDR_IN address = {0};
    int length = sizeof address;

    getsockname(s, (struct sockaddr *)&address, &length);
    printf("listening on %u\n", ntohs(address.sin_port));
    fflush(stdout);
}

static WSAEVENT example_stop; /* set by Ctrl-C */

static inline BOOL WINAPI example_console_handler(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        return FALSE;
    WSASetEvent(example_stop);
    return TRUE;
}

static inline void example_catch_ctrl_c(void)
{
    example_stop = WSACreateEvent();
    if (example_stop == WSA_INVALID_EVENT || !SetConsoleCtrlHandler(example_console_handler, TRUE))
        example_fail("SetConsoleCtrlHandler", (int)GetLastError());
}

static inline BOOL example_stopped(void)
{
    return WSAWaitForMultipleEvents(1, &example_stop, TRUE, 0, FALSE) == WSA_WAIT_EVENT_0;
}

#endif
