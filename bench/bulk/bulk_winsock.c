/* SPDX-License-Identifier: MIT */
/*
 * A bulk transfer as Windows programs make it: N overlapped WSASend calls queued on one socket, or
 * with --way recv N overlapped WSARecv calls, through a completion port. A WSARecv ends with what
 * there is, as on Windows: what it brought counts by its bytes.
 */
#include <winsock2.h>

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "driven.h"

enum { PACKETS = 64 };

struct request {
    OVERLAPPED overlapped; /* first: a packet leads back here */
    WSABUF buffer;
    uint64_t start_ns;
};

static struct request requests[DRIVEN_MAX];
static int request_count;
static SOCKADDR_IN peer;
static HANDLE port;
static char direction;
static BOOL receives;

static void post(SOCKET s, struct request *request, uint64_t now_ns)
{
    DWORD flags = 0;
    int failed;

    request->start_ns = now_ns;
    memset(&request->overlapped, 0, sizeof request->overlapped);
    failed = receives ? WSARecv(s, &request->buffer, 1, NULL, &flags, &request->overlapped, NULL)
                      : WSASend(s, &request->buffer, 1, NULL, 0, &request->overlapped, NULL);
    if (failed != 0 && WSAGetLastError() != WSA_IO_PENDING)
        driven_fail("transfer", WSAGetLastError());
}

static SOCKET dial(void)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);

    if (s == INVALID_SOCKET || connect(s, (struct sockaddr *)&peer, sizeof peer) != 0 ||
        send(s, &direction, 1, 0) != 1 || CreateIoCompletionPort((HANDLE)s, port, 0, 0) == NULL)
        driven_fail("connect", WSAGetLastError());
    return s;
}

/* Counts whole buffers' worth of what has come. */
static uint64_t moved(struct driven_round *round, uint64_t *bytes, const struct request *request,
                      DWORD now_bytes)
{
    uint64_t now_ns = driven_now_ns();

    for (*bytes += now_bytes; *bytes >= BULK_BYTES; *bytes -= BULK_BYTES)
        now_ns = driven_done(round, request->start_ns);
    return now_ns;
}

static void bulk_run(struct driven_round *round)
{
    SOCKET s = dial();
    int flying = request_count;
    uint64_t bytes = 0;

    for (int i = 0; i < request_count; i++)
        post(s, &requests[i], driven_now_ns());
    while (flying > 0) {
        OVERLAPPED_ENTRY packets[PACKETS];
        ULONG count = 0;

        if (!GetQueuedCompletionStatusEx(port, packets, PACKETS, &count, INFINITE, FALSE))
            driven_fail("GetQueuedCompletionStatusEx", (int)GetLastError());
        for (ULONG i = 0; i < count; i++) {
            struct request *request =
                CONTAINING_RECORD(packets[i].lpOverlapped, struct request, overlapped);
            DWORD done = packets[i].dwNumberOfBytesTransferred;
            uint64_t now_ns = moved(round, &bytes, request, done);

            if (done == 0 && now_ns < round->end_ns)
                driven_fail("transfer", (int)packets[i].Internal);
            if (now_ns < round->end_ns)
                post(s, request, now_ns);
            else
                flying--;
        }
    }
    closesocket(s);
}

static bool bulk_open(const struct driven_options *options)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        driven_fail("WSAStartup", error);
    direction = bulk_direction(options->way);
    receives = direction == BULK_PEER_WRITES;
    request_count = options->count;
    for (int i = 0; i < request_count; i++) {
        requests[i].buffer.len = BULK_BYTES;
        requests[i].buffer.buf = calloc(1, BULK_BYTES);
        if (requests[i].buffer.buf == NULL)
            driven_fail("memory", 0);
        memset(requests[i].buffer.buf, 'b', BULK_BYTES);
    }
    peer.sin_family = AF_INET;
    peer.sin_port = htons((u_short)options->port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    return port != NULL;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, bulk_open, bulk_run);
}
