/* SPDX-License-Identifier: MIT */
/*
 * A datagram echo server on a completion port: several WSARecvFrom calls wait on one socket, and
 * each datagram goes back by WSASendTo. Windows' own calls only.
 */
#include "example.h"

enum { REQUESTS = 64, PACKETS = 64, DATAGRAM_BYTES = 2048 };

struct request {
    OVERLAPPED overlapped; /* first: a packet leads back here */
    BOOL sends;
    WSABUF buffer;
    SOCKADDR_IN peer;
    int peer_bytes;
    char datagram[DATAGRAM_BYTES];
};

static struct request requests[REQUESTS];
static SOCKET server;
static HANDLE port;

static void request_receive(struct request *request)
{
    DWORD flags = 0;

    memset(&request->overlapped, 0, sizeof request->overlapped);
    request->sends = FALSE;
    request->peer_bytes = sizeof request->peer;
    request->buffer.buf = request->datagram;
    request->buffer.len = sizeof request->datagram;
    if (WSARecvFrom(server, &request->buffer, 1, NULL, &flags, (struct sockaddr *)&request->peer,
                    &request->peer_bytes, &request->overlapped, NULL) != 0 &&
        WSAGetLastError() != WSA_IO_PENDING)
        example_fail("WSARecvFrom", WSAGetLastError());
}

/* What cannot be answered is lost, as datagrams may be. */
static void request_answer(struct request *request, DWORD bytes)
{
    memset(&request->overlapped, 0, sizeof request->overlapped);
    request->sends = TRUE;
    request->buffer.len = bytes;
    if (WSASendTo(server, &request->buffer, 1, NULL, 0, (struct sockaddr *)&request->peer,
                  request->peer_bytes, &request->overlapped, NULL) != 0 &&
        WSAGetLastError() != WSA_IO_PENDING)
        request_receive(request);
}

static DWORD WINAPI worker_main(LPVOID unused)
{
    OVERLAPPED_ENTRY packets[PACKETS];
    ULONG count = 0;

    (void)unused;
    while (GetQueuedCompletionStatusEx(port, packets, PACKETS, &count, INFINITE, FALSE)) {
        for (ULONG i = 0; i < count; i++) {
            struct request *request =
                CONTAINING_RECORD(packets[i].lpOverlapped, struct request, overlapped);

            if (request->sends || packets[i].Internal != 0)
                request_receive(request);
            else
                request_answer(request, packets[i].dwNumberOfBytesTransferred);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    /* `--workers 1` follows; there is one whatever it says. */
    unsigned short number = example_port(argc < 3 ? argc : 3, argv);

    example_startup();
    example_catch_ctrl_c();
    server = example_bind(SOCK_DGRAM, number);
    port = CreateIoCompletionPort((HANDLE)server, NULL, 0, 1);
    if (port == NULL || CreateThread(NULL, 0, worker_main, NULL, 0, NULL) == NULL)
        example_fail("CreateIoCompletionPort", (int)GetLastError());
    for (int i = 0; i < REQUESTS; i++)
        request_receive(&requests[i]);
    example_announce(server);
    WSAWaitForMultipleEvents(1, &example_stop, TRUE, WSA_INFINITE, FALSE);
    return 0; /* the process takes everything along */
}
