/* SPDX-License-Identifier: MIT */
/*
 * Accepts many connections, associates each with a completion port, posts a zero-byte receive on
 * each, and prints what the library then holds for one: the growth of its allocator's bytes by the
 * number of connections. The kernel's own memory for a socket is not in it.
 */
#include <winsock2.h>

#include <ws2ring.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/memory/client.h"

enum { IDLE_DEFAULT = 9000, IDLE_WARM_UP = 16, IDLE_BACKLOG = 1024, IDLE_TARGET_BYTES = 256 };

static void idle_expect(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "memory_idle: %s: error %d\n", what, WSAGetLastError());
    exit(1);
}

static struct ws2_stats idle_stats(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    idle_expect(ws2_stats(&stats) == 0, "ws2_stats");
    return stats;
}

static SOCKET idle_listen(uint16_t *port)
{
    SOCKADDR_IN name = {.sin_family = AF_INET};
    int bytes = sizeof name;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    idle_expect(s != INVALID_SOCKET, "socket");
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    idle_expect(bind(s, (struct sockaddr *)&name, sizeof name) == 0, "bind");
    idle_expect(listen(s, IDLE_BACKLOG) == 0, "listen");
    idle_expect(getsockname(s, (struct sockaddr *)&name, &bytes) == 0, "getsockname");
    *port = ntohs(name.sin_port);
    return s;
}

/* Takes `count` connections; the sockets are closed by WSACleanup(). The OVERLAPPEDs are the
 * program's memory, as they would be in a server. */
static void idle_accept(SOCKET listener, HANDLE port, OVERLAPPED *overlapped, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        SOCKET s = accept(listener, NULL, NULL);
        WSABUF nothing = {0, NULL};
        DWORD flags = 0;

        idle_expect(s != INVALID_SOCKET, "accept");
        idle_expect(CreateIoCompletionPort((HANDLE)s, port, i, 0) == port, "association");
        idle_expect(WSARecv(s, &nothing, 1, NULL, &flags, &overlapped[i], NULL) == SOCKET_ERROR &&
                        WSAGetLastError() == WSA_IO_PENDING,
                    "WSARecv");
    }
}

static void idle_measure(int commands, uint32_t count)
{
    OVERLAPPED *overlapped = calloc(count + IDLE_WARM_UP, sizeof *overlapped);
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    struct ws2_stats before, after;
    uint16_t number = 0;
    SOCKET listener = idle_listen(&number);
    double bytes;

    idle_expect(port != NULL && overlapped != NULL, "memory");
    /* Rings, threads and the first chunks of everything are not a connection's. */
    idle_expect(client_connect(commands, number, IDLE_WARM_UP) == 0, "client");
    idle_accept(listener, port, overlapped, IDLE_WARM_UP);
    before = idle_stats();
    idle_expect(client_connect(commands, number, count) == 0, "client");
    idle_accept(listener, port, overlapped + IDLE_WARM_UP, count);
    after = idle_stats();

    idle_expect(after.sockets - before.sockets == count, "every socket is open");
    idle_expect(after.operations - before.operations == count, "every receive is pending");
    bytes = (double)(after.allocated_bytes - before.allocated_bytes) / count;
    printf("%" PRIu32 " idle connections: %.1f bytes each (target %d)\n", count, bytes,
           IDLE_TARGET_BYTES);
    if (after.allocated_bytes == 0)
        printf("the library is built without jemalloc: it cannot tell\n");
    WSACleanup();
    CloseHandle(port);
    free(overlapped);
}

int main(int argc, char **argv)
{
    int commands = client_start();
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : IDLE_DEFAULT;
    WSADATA data;

    if (commands < 0 || count < 1 || count > 1000000) {
        fprintf(stderr, "usage: memory_idle [CONNECTIONS]\n");
        return 2;
    }
    idle_expect(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    idle_measure(commands, (uint32_t)count);
    return 0;
}
