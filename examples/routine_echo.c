/* SPDX-License-Identifier: MIT
 *
 * An echo server on overlapped operations with completion routines: one thread, which sleeps
 * alertably; the routines run inside that sleep. It uses nothing but Windows' own calls and builds
 * unchanged on Windows.
 *
 * A connection has one operation under way at any time, so its memory can go when that one ends
 * without another being started. */
#include "example.h"

enum { BUFFER_BYTES = 4096 };

struct connection {
    WSAOVERLAPPED overlapped; /* first: a routine is given its address */
    SOCKET socket;
    DWORD filled; /* bytes in the buffer */
    DWORD sent;   /* of those */
    struct connection *next;
    struct connection *previous;
    char buffer[BUFFER_BYTES];
};

static struct connection *connections; /* all of them */

static void CALLBACK received(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags);
static void CALLBACK sent(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags);

static void connection_close(struct connection *connection)
{
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        connections = connection->next;
    closesocket(connection->socket);
    free(connection);
}

static void connection_receive(struct connection *connection)
{
    WSABUF buffer = {BUFFER_BYTES, connection->buffer};
    DWORD flags = 0;

    memset(&connection->overlapped, 0, sizeof connection->overlapped);
    if (WSARecv(connection->socket, &buffer, 1, NULL, &flags, &connection->overlapped, received) !=
            0 &&
        WSAGetLastError() != WSA_IO_PENDING)
        connection_close(connection); /* no routine runs for a call that failed at once */
}

static void connection_send(struct connection *connection)
{
    WSABUF buffer = {connection->filled - connection->sent, connection->buffer + connection->sent};

    memset(&connection->overlapped, 0, sizeof connection->overlapped);
    if (WSASend(connection->socket, &buffer, 1, NULL, 0, &connection->overlapped, sent) != 0 &&
        WSAGetLastError() != WSA_IO_PENDING)
        connection_close(connection);
}

static void CALLBACK received(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    struct connection *connection = (struct connection *)overlapped;

    (void)flags;
    if (error != 0 || bytes == 0) {
        connection_close(connection);
        return;
    }
    connection->filled = bytes;
    connection->sent = 0;
    connection_send(connection);
}

static void CALLBACK sent(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    struct connection *connection = (struct connection *)overlapped;

    (void)flags;
    if (error != 0) {
        connection_close(connection);
        return;
    }
    connection->sent += bytes;
    if (connection->sent < connection->filled)
        connection_send(connection);
    else
        connection_receive(connection);
}

static void connection_open(SOCKET s)
{
    struct connection *connection = malloc(sizeof *connection);

    /* An accepted socket inherits the listener's selection of events, which is not for it. */
    if (connection == NULL || WSAEventSelect(s, NULL, 0) != 0) {
        closesocket(s);
        free(connection);
        return;
    }
    connection->socket = s;
    connection->previous = NULL;
    connection->next = connections;
    if (connections != NULL)
        connections->previous = connection;
    connections = connection;
    connection_receive(connection);
}

static void accept_all(SOCKET listener, WSAEVENT event)
{
    WSANETWORKEVENTS happened;
    SOCKET s;

    if (WSAEnumNetworkEvents(listener, event, &happened) != 0)
        example_fail("WSAEnumNetworkEvents", WSAGetLastError());
    while ((s = accept(listener, NULL, NULL)) != INVALID_SOCKET)
        connection_open(s);
}

/* Closing a socket ends its operation; the routines then run in an alertable wait, as always. */
static void close_all(void)
{
    for (struct connection *each = connections; each != NULL; each = each->next)
        CancelIoEx((HANDLE)each->socket, NULL);
    while (connections != NULL)
        SleepEx(INFINITE, TRUE);
}

int main(int argc, char **argv)
{
    unsigned short port = example_port(argc, argv);
    SOCKET listener;
    WSAEVENT events[2];

    example_startup();
    example_catch_ctrl_c();
    listener = example_listen(port);
    events[0] = example_stop;
    events[1] = WSACreateEvent();
    if (events[1] == WSA_INVALID_EVENT || WSAEventSelect(listener, events[1], FD_ACCEPT) != 0)
        example_fail("WSAEventSelect", WSAGetLastError());
    example_announce(listener);
    for (;;) {
        DWORD woken = WSAWaitForMultipleEvents(2, events, FALSE, WSA_INFINITE, TRUE);

        if (woken == WSA_WAIT_EVENT_0)
            break;
        if (woken == WSA_WAIT_FAILED)
            example_fail("WSAWaitForMultipleEvents", WSAGetLastError());
        if (woken == WSA_WAIT_EVENT_0 + 1)
            accept_all(listener, events[1]);
        /* Otherwise WSA_WAIT_IO_COMPLETION: routines have run, and did everything. */
    }
    closesocket(listener);
    close_all();
    WSACloseEvent(events[1]);
    printf("stopped\n");
    WSACleanup();
    return 0;
}
