/* SPDX-License-Identifier: MIT */
/*
 * The plainest server there is, as portable Winsock C: one thread for each connection, which
 * receives and sends back. blocking_posix.c is the same on POSIX calls; keep the two alike.
 */
#include <winsock2.h>

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 65536, STACK_BYTES = 131072, BACKLOG = 4096 };

static DWORD WINAPI serve(LPVOID argument)
{
    SOCKET s = (SOCKET)argument;
    char data[BUFFER_BYTES];
    int bytes;

    while ((bytes = recv(s, data, sizeof data, 0)) > 0)
        if (send(s, data, bytes, 0) != bytes)
            break;
    closesocket(s);
    return 0;
}

static SOCKET open_listener(int port)
{
    SOCKADDR_IN address;
    int length = sizeof address;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((u_short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(s, BACKLOG) != 0) {
        fprintf(stderr, "cannot listen on port %d: error %d\n", port, WSAGetLastError());
        exit(1);
    }
    getsockname(s, (struct sockaddr *)&address, &length);
    printf("listening on %u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return s;
}

/* --port N; --workers W, which the driver passes to every server, has no meaning here. */
static int parse_port(int argc, char **argv)
{
    int port = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0)
            port = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--workers") != 0)
            fprintf(stderr, "%s is not known\n", argv[i]);
    }
    return port;
}

int main(int argc, char **argv)
{
    WSADATA data;
    SOCKET listener;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    listener = open_listener(parse_port(argc, argv));
    for (;;) {
        SOCKET s = accept(listener, NULL, NULL);
        BOOL on = TRUE;
        HANDLE thread;

        if (s == INVALID_SOCKET)
            continue;
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
        thread = CreateThread(NULL, STACK_BYTES, serve, (LPVOID)s, 0, NULL);
        if (thread == NULL)
            closesocket(s);
        else
            CloseHandle(thread);
    }
}
