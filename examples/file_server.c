/* SPDX-License-Identifier: MIT
 *
 * Sends one file to whoever connects, with TransmitFile over a completion port. It uses nothing but
 * Windows' own calls and builds unchanged on Windows:
 *
 *     cl file_server.c ws2_32.lib mswsock.lib
 *     x86_64-w64-mingw32-gcc -O2 file_server.c -o file_server.exe -lws2_32 -lmswsock
 *     cc -O2 file_server.c -o file_server $(pkg-config --cflags --libs ws2ring)
 *
 *     file_server [--port N] FILE
 *
 * A few connections take turns for ever: AcceptEx, then TransmitFile, which also ends the
 * connection and makes its socket fit for AcceptEx again (TF_DISCONNECT, TF_REUSE_SOCKET). The
 * file has one handle; each operation says where it begins. Ctrl-C ends the program. */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 64, ADDRESS_BYTES = sizeof(SOCKADDR_IN) + 16 };

struct connection {
    OVERLAPPED overlapped; /* first: a packet leads back to its connection */
    SOCKET socket;
    BOOL sending; /* FALSE: it waits for a client */
    char addresses[2 * ADDRESS_BYTES];
};

static SOCKET listener;
static HANDLE port, file;
static char head[64];
static TRANSMIT_FILE_BUFFERS buffers = {head, 0, NULL, 0};
static struct connection connections[CONNECTIONS];

static void fail(const char *what)
{
    fprintf(stderr, "%s: error %lu\n", what, (unsigned long)GetLastError());
    exit(1);
}

static void await_client(struct connection *c)
{
    DWORD bytes;

    memset(&c->overlapped, 0, sizeof c->overlapped);
    c->sending = FALSE;
    if (!AcceptEx(listener, c->socket, c->addresses, 0, ADDRESS_BYTES, ADDRESS_BYTES, &bytes,
                  &c->overlapped) &&
        WSAGetLastError() != WSA_IO_PENDING)
        fail("AcceptEx");
}

/* A socket of its own, at first and when the old one is of no use any more. */
static void renew(struct connection *c)
{
    if (c->socket != 0)
        closesocket(c->socket);
    c->socket = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (c->socket == INVALID_SOCKET ||
        CreateIoCompletionPort((HANDLE)c->socket, port, 0, 0) == NULL)
        fail("socket");
    await_client(c);
}

static void send_file(struct connection *c)
{
    memset(&c->overlapped, 0, sizeof c->overlapped); /* from the beginning of the file */
    c->sending = TRUE;
    if (!TransmitFile(c->socket, file, 0, 0, &c->overlapped, &buffers,
                      TF_DISCONNECT | TF_REUSE_SOCKET) &&
        WSAGetLastError() != WSA_IO_PENDING)
        renew(c);
}

static void listen_on(unsigned short number)
{
    SOCKADDR_IN address;
    int length = sizeof address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(number);
    listener = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (listener == INVALID_SOCKET || port == NULL ||
        bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        CreateIoCompletionPort((HANDLE)listener, port, 0, 0) == NULL)
        fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on %u\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void open_file(const char *name)
{
    LARGE_INTEGER size;

    file = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                       FILE_FLAG_OVERLAPPED | FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &size))
        fail(name);
    buffers.HeadLength =
        (DWORD)snprintf(head, sizeof head, "%lld bytes follow\n", (long long)size.QuadPart);
}

static void serve(void)
{
    for (;;) {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key;
        DWORD bytes;
        BOOL done = GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE);
        struct connection *c = (struct connection *)overlapped;

        if (c == NULL)
            fail("GetQueuedCompletionStatus");
        if (!done)
            renew(c); /* the client has gone */
        else if (c->sending)
            await_client(c);
        else
            send_file(c);
    }
}

int main(int argc, char **argv)
{
    BOOL numbered = argc == 4 && strcmp(argv[1], "--port") == 0;
    WSADATA data;

    if (argc != 2 && !numbered) {
        fprintf(stderr, "usage: %s [--port N] FILE\n", argv[0]);
        return 2;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    open_file(argv[argc - 1]);
    listen_on(numbered ? (unsigned short)atoi(argv[2]) : 0);
    for (int i = 0; i < CONNECTIONS; i++)
        renew(&connections[i]);
    serve();
    return 0;
}
