/* SPDX-License-Identifier: MIT */
/*
 * The file --way sent again and again by overlapped TransmitFile calls through a completion port,
 * one at a time; a short one behind a header.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <string.h>

#include "bulk.h"
#include "driven.h"

static char head[FILE_HEAD_BYTES];
static TRANSMIT_FILE_BUFFERS buffers = {.Head = head, .HeadLength = sizeof head};
static BOOL has_head;
static HANDLE file;
static HANDLE port;
static SOCKADDR_IN peer;

static SOCKET dial(void)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    char direction = BULK_PEER_READS;

    if (s == INVALID_SOCKET || connect(s, (struct sockaddr *)&peer, sizeof peer) != 0 ||
        send(s, &direction, 1, 0) != 1 || CreateIoCompletionPort((HANDLE)s, port, 0, 0) == NULL)
        driven_fail("connect", WSAGetLastError());
    return s;
}

static void send_once(SOCKET s)
{
    OVERLAPPED overlapped = {0};
    OVERLAPPED *ended = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = 0;

    if (!TransmitFile(s, file, 0, 0, &overlapped, has_head ? &buffers : NULL, 0) &&
        WSAGetLastError() != WSA_IO_PENDING)
        driven_fail("TransmitFile", WSAGetLastError());
    if (!GetQueuedCompletionStatus(port, &bytes, &key, &ended, INFINITE))
        driven_fail("GetQueuedCompletionStatus", (int)GetLastError());
}

static void file_run(struct driven_round *round)
{
    SOCKET s = dial();
    uint64_t now_ns = driven_now_ns();

    while (now_ns < round->end_ns) {
        send_once(s);
        now_ns = driven_done(round, now_ns);
    }
    closesocket(s);
}

static bool file_open(const struct driven_options *options)
{
    LARGE_INTEGER bytes;
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        driven_fail("WSAStartup", error);
    file = CreateFileA(options->way, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                       FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &bytes))
        driven_fail(options->way, (int)GetLastError());
    has_head = bytes.QuadPart <= FILE_SMALL_BYTES;
    peer.sin_family = AF_INET;
    peer.sin_port = htons((u_short)options->port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    return port != NULL;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, file_open, file_run);
}
