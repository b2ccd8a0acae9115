/* SPDX-License-Identifier: MIT */
/*
 * Connects as Windows programs make them, one thread, N in flight: with --way connectex by
 * ConnectEx on a completion port; with --way event by non-blocking connect, WSAEventSelect and an
 * event for each socket (64 at most).
 */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <string.h>

#include "driven.h"

enum { PACKETS = 64 };

struct dial {
    OVERLAPPED overlapped; /* first: a packet leads back here */
    uint64_t start_ns;
    SOCKET socket;
};

static struct dial dials[DRIVEN_MAX];
static WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];
static SOCKADDR_IN target;
static HANDLE port;
static LPFN_CONNECTEX connect_ex;
static int dial_count;
static bool dial_by_event;

/* Closing resets the connection, which so leaves nothing behind that would keep its port. */
static SOCKET dial_socket(void)
{
    static const struct linger reset = {1, 0};
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);

    if (s == INVALID_SOCKET ||
        setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset) != 0)
        driven_fail("socket", WSAGetLastError());
    return s;
}

/* The old socket is at its end. True: another one is to follow. */
static bool dial_done(struct driven_round *round, struct dial *dial, bool succeeded)
{
    round->errors += !succeeded;
    closesocket(dial->socket);
    return driven_done(round, dial->start_ns) < round->end_ns;
}

/* ---- ConnectEx ---- */

static void port_start(struct dial *dial)
{
    static const SOCKADDR_IN any = {.sin_family = AF_INET};

    dial->start_ns = driven_now_ns();
    dial->socket = dial_socket();
    memset(&dial->overlapped, 0, sizeof dial->overlapped);
    if (bind(dial->socket, (const struct sockaddr *)&any, sizeof any) != 0 ||
        CreateIoCompletionPort((HANDLE)dial->socket, port, 0, 0) == NULL)
        driven_fail("bind", WSAGetLastError());
    if (!connect_ex(dial->socket, (struct sockaddr *)&target, sizeof target, NULL, 0, NULL,
                    &dial->overlapped) &&
        WSAGetLastError() != ERROR_IO_PENDING)
        driven_fail("ConnectEx", WSAGetLastError());
}

static void port_run(struct driven_round *round)
{
    int flying = dial_count;

    for (int i = 0; i < dial_count; i++)
        port_start(&dials[i]);
    while (flying > 0) {
        OVERLAPPED_ENTRY packets[PACKETS];
        ULONG count = 0;

        if (!GetQueuedCompletionStatusEx(port, packets, PACKETS, &count, INFINITE, FALSE))
            driven_fail("GetQueuedCompletionStatusEx", (int)GetLastError());
        for (ULONG i = 0; i < count; i++) {
            struct dial *dial = CONTAINING_RECORD(packets[i].lpOverlapped, struct dial, overlapped);

            if (dial_done(round, dial, dial->overlapped.Internal == 0))
                port_start(dial);
            else
                flying--;
        }
    }
}

static void port_open(void)
{
    GUID id = WSAID_CONNECTEX;
    DWORD bytes = 0;
    SOCKET s = dial_socket();

    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (port == NULL || WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex,
                                 sizeof connect_ex, &bytes, NULL, NULL) != 0)
        driven_fail("ConnectEx", WSAGetLastError());
    closesocket(s);
}

/* ---- WSAEventSelect ---- */

static void event_start(int index)
{
    struct dial *dial = &dials[index];

    dial->start_ns = driven_now_ns();
    dial->socket = dial_socket();
    if (WSAEventSelect(dial->socket, events[index], FD_CONNECT) != 0)
        driven_fail("WSAEventSelect", WSAGetLastError());
    if (connect(dial->socket, (struct sockaddr *)&target, sizeof target) != 0 &&
        WSAGetLastError() != WSAEWOULDBLOCK)
        driven_fail("connect", WSAGetLastError());
}

/* Serves one event. Returns how many connects fewer are in flight. */
static int event_serve(struct driven_round *round, int index)
{
    struct dial *dial = &dials[index];
    WSANETWORKEVENTS found;

    if (WSAEnumNetworkEvents(dial->socket, events[index], &found) != 0)
        driven_fail("WSAEnumNetworkEvents", WSAGetLastError());
    if (!(found.lNetworkEvents & FD_CONNECT))
        return 0;
    if (dial_done(round, dial, found.iErrorCode[FD_CONNECT_BIT] == 0)) {
        event_start(index);
        return 0;
    }
    return 1;
}

static void event_run(struct driven_round *round)
{
    int flying = dial_count;

    for (int i = 0; i < dial_count; i++)
        event_start(i);
    while (flying > 0) {
        DWORD timeout = WSA_INFINITE;

        for (int first = 0; first < dial_count; first++) { /* each signalled event once */
            DWORD found = WSAWaitForMultipleEvents((DWORD)(dial_count - first), events + first,
                                                   FALSE, timeout, FALSE);

            if (found == WSA_WAIT_TIMEOUT)
                break;
            if (found == WSA_WAIT_FAILED)
                driven_fail("WSAWaitForMultipleEvents", WSAGetLastError());
            first += (int)(found - WSA_WAIT_EVENT_0);
            flying -= event_serve(round, first);
            timeout = 0;
        }
    }
}

static void event_open(void)
{
    if (dial_count > WSA_MAXIMUM_WAIT_EVENTS)
        driven_fail("more connects than a wait takes events", WSA_MAXIMUM_WAIT_EVENTS);
    for (int i = 0; i < dial_count; i++)
        events[i] = WSACreateEvent();
}

static bool dial_open(const struct driven_options *options)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        driven_fail("WSAStartup", error);
    dial_count = options->count;
    dial_by_event = options->way != NULL && strcmp(options->way, "event") == 0;
    target.sin_family = AF_INET;
    target.sin_port = htons((u_short)options->port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (dial_by_event)
        event_open();
    else
        port_open();
    return true;
}

static void dial_run(struct driven_round *round)
{
    if (dial_by_event)
        event_run(round);
    else
        port_run(round);
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, dial_open, dial_run);
}
