/* SPDX-License-Identifier: MIT
 *
 * An echo server on ProcessSocketNotifications(): readiness, as with select(), but told by a
 * completion port, so that several threads share the work. It uses nothing but Windows' own calls
 * and builds unchanged for Windows 11 or Server 2022.
 *
 * Every registration is level-triggered and one-shot: its packet goes to one thread and disables
 * it, and until that thread enables it again the connection is that thread's alone. No lock guards
 * a connection therefore; what the thread wants of its connections next goes along with its next
 * call. A connection is freed when SOCK_NOTIFY_EVENT_REMOVE has come, its last packet. */
#include "example.h"

enum {
    WORKERS = 2,
    PACKETS_MAX = 16, /* at a time */
    BUFFER_BYTES = 4096,
};

struct connection {
    struct connection *next, *previous; /* in the list of all, under its lock */
    SOCKET socket;
    int filled; /* bytes in the buffer */
    int sent;   /* of those */
    char buffer[BUFFER_BYTES];
};

/* What one thread asks for with its next call. An accept needs two entries: one for the listener,
 * one for the client. */
struct wishes {
    SOCK_NOTIFY_REGISTRATION list[2 * PACKETS_MAX];
    UINT32 count;
};

static HANDLE port;
static struct connection listener; /* its key has the same type as the clients' */
static struct connection clients;  /* the head of their list */
static CRITICAL_SECTION clients_lock;

/* ---- Connections ---- */

static struct connection *connection_add(SOCKET s)
{
    struct connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL)
        return NULL;
    connection->socket = s;
    EnterCriticalSection(&clients_lock);
    connection->previous = &clients;
    connection->next = clients.next;
    if (connection->next != NULL)
        connection->next->previous = connection;
    clients.next = connection;
    LeaveCriticalSection(&clients_lock);
    return connection;
}

static void connection_remove(struct connection *connection)
{
    EnterCriticalSection(&clients_lock);
    connection->previous->next = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    LeaveCriticalSection(&clients_lock);
    closesocket(connection->socket);
    free(connection);
}

/* Sends what the buffer holds. FALSE: the connection has failed. */
static BOOL connection_write(struct connection *connection)
{
    int sent = send(connection->socket, connection->buffer + connection->sent,
                    connection->filled - connection->sent, 0);

    if (sent < 0)
        return WSAGetLastError() == WSAEWOULDBLOCK;
    connection->sent += sent;
    if (connection->sent == connection->filled)
        connection->filled = connection->sent = 0;
    return TRUE;
}

/* FALSE: the client sends no more and has been sent everything, or the connection has failed. */
static BOOL connection_serve(struct connection *connection)
{
    int received;

    if (connection->filled > 0)
        return connection_write(connection);
    received = recv(connection->socket, connection->buffer, BUFFER_BYTES, 0);
    if (received == 0)
        return FALSE;
    if (received < 0)
        return WSAGetLastError() == WSAEWOULDBLOCK;
    connection->filled = received;
    return connection_write(connection);
}

/* ---- What a thread wants next ---- */

static void wish(struct wishes *wishes, struct connection *connection, UINT8 operation)
{
    SOCK_NOTIFY_REGISTRATION *entry = &wishes->list[wishes->count++];

    memset(entry, 0, sizeof *entry);
    entry->socket = connection->socket;
    entry->completionKey = connection;
    entry->operation = operation;
    entry->triggerFlags = SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT;
    /* Without asking for HANGUP, the end of a connection is input like any other: recv() says 0.
     * A client that does not read is not read from. */
    entry->eventFilter =
        connection->filled > 0 ? SOCK_NOTIFY_REGISTER_EVENT_OUT : SOCK_NOTIFY_REGISTER_EVENT_IN;
}

/* What could not be done. A client that cannot be watched is dropped: nobody else has it. */
static void wishes_check(struct wishes *wishes)
{
    for (UINT32 i = 0; i < wishes->count; i++) {
        const SOCK_NOTIFY_REGISTRATION *entry = &wishes->list[i];

        if (entry->registrationResult == ERROR_SUCCESS)
            continue;
        if (entry->completionKey == &listener)
            example_fail("watching the listener", (int)entry->registrationResult);
        connection_remove(entry->completionKey);
    }
    wishes->count = 0;
}

/* ---- Packets ---- */

static void accept_client(struct wishes *wishes)
{
    SOCKET s = accept(listener.socket, NULL, NULL); /* non-blocking, as its listener is */
    struct connection *connection = s == INVALID_SOCKET ? NULL : connection_add(s);

    if (connection != NULL)
        wish(wishes, connection, SOCK_NOTIFY_OP_ENABLE);
    else if (s != INVALID_SOCKET)
        closesocket(s);
    wish(wishes, &listener, SOCK_NOTIFY_OP_ENABLE);
}

static void serve(struct wishes *wishes, OVERLAPPED_ENTRY *packet)
{
    struct connection *connection = (struct connection *)packet->lpCompletionKey;

    if (SocketNotificationRetrieveEvents(packet) & SOCK_NOTIFY_EVENT_REMOVE)
        connection_remove(connection);
    else if (connection == &listener)
        accept_client(wishes);
    else if (connection_serve(connection))
        wish(wishes, connection, SOCK_NOTIFY_OP_ENABLE);
    else
        wish(wishes, connection, SOCK_NOTIFY_OP_REMOVE);
}

static DWORD WINAPI work(LPVOID argument)
{
    struct wishes wishes = {.count = 0};

    (void)argument;
    for (;;) {
        OVERLAPPED_ENTRY packets[PACKETS_MAX];
        UINT32 count = 0;
        DWORD error =
            ProcessSocketNotifications(port, wishes.count, wishes.count > 0 ? wishes.list : NULL,
                                       INFINITE, PACKETS_MAX, packets, &count);

        if (error != ERROR_SUCCESS)
            example_fail("ProcessSocketNotifications", (int)error);
        wishes_check(&wishes);
        for (UINT32 i = 0; i < count; i++) {
            if (packets[i].lpCompletionKey == 0) { /* stop; and tell the next one */
                PostQueuedCompletionStatus(port, 0, 0, NULL);
                return 0;
            }
            serve(&wishes, &packets[i]);
        }
    }
}

/* ---- The program ---- */

static void start(unsigned short number)
{
    struct wishes first = {.count = 0};
    u_long on = 1;
    DWORD error;

    InitializeCriticalSection(&clients_lock);
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, WORKERS);
    if (port == NULL)
        example_fail("CreateIoCompletionPort", (int)GetLastError());
    listener.socket = example_listen(number);
    if (ioctlsocket(listener.socket, FIONBIO, &on) != 0)
        example_fail("ioctlsocket", WSAGetLastError());
    wish(&first, &listener, SOCK_NOTIFY_OP_ENABLE);
    error = ProcessSocketNotifications(port, first.count, first.list, 0, 0, NULL, NULL);
    if (error != ERROR_SUCCESS)
        example_fail("ProcessSocketNotifications", (int)error);
    wishes_check(&first);
}

int main(int argc, char **argv)
{
    unsigned short number = example_port(argc, argv);
    HANDLE workers[WORKERS];

    example_startup();
    example_catch_ctrl_c();
    start(number);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = CreateThread(NULL, 0, work, NULL, 0, NULL);
        if (workers[i] == NULL)
            example_fail("CreateThread", (int)GetLastError());
    }
    example_announce(listener.socket);
    WSAWaitForMultipleEvents(1, &example_stop, TRUE, WSA_INFINITE, FALSE);
    PostQueuedCompletionStatus(port, 0, 0, NULL);
    WaitForMultipleObjects(WORKERS, workers, TRUE, INFINITE);
    for (int i = 0; i < WORKERS; i++)
        CloseHandle(workers[i]);
    while (clients.next != NULL)
        connection_remove(clients.next);
    closesocket(listener.socket);
    CloseHandle(port);
    DeleteCriticalSection(&clients_lock);
    printf("stopped\n");
    WSACleanup();
    return 0;
}
