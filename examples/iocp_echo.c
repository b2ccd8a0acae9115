/* SPDX-License-Identifier: MIT
 *
 * An echo server on an I/O completion port. It uses nothing but Windows' own calls and builds
 * unchanged on Windows:
 *
 *     cl iocp_echo.c ws2_32.lib mswsock.lib
 *     x86_64-w64-mingw32-gcc -O2 iocp_echo.c -o iocp_echo.exe -lws2_32 -lmswsock
 *     cc -O2 iocp_echo.c -o iocp_echo $(pkg-config --cflags --libs ws2ring)
 *
 * All sockets share one port, from which the worker threads take finished operations. A connection
 * has at most one operation under way (accept, then receive, send, receive, send...), so whoever
 * holds its packet owns it, and the data path needs no lock. The server's lock protects only what
 * happens once per connection: lists, the number of accepts, and the end of the server.
 *
 * Ctrl-C ends it in order: no new connections, no new receives, replies under way are finished,
 * then the workers are sent home. */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKERS_MAX = 64,          /* what WaitForMultipleObjects can wait for */
    ACCEPTS_DEFAULT = 64,      /* connections the system may hand over before a worker runs */
    ACCEPTS_MAX = 65536,       /* operations */
    BUFFER_DEFAULT = 4096,     /* bytes: the most that one receive and one send move */
    BUFFER_MAX = 16777216,     /* bytes */
    REFILL_INTERVAL_MS = 1000, /* how long a lack of memory or handles may keep accepts back */
    CANCEL_INTERVAL_MS = 10,   /* while stopping: a busy connection posts receives meanwhile */
    GRACE_MS = 5000,           /* how long a reply may still take after Ctrl-C */
    ADDRESS_BYTES = sizeof(SOCKADDR_IN) + 16, /* AcceptEx asks for 16 more than the address */
};

enum operation_kind { OPERATION_ACCEPT, OPERATION_RECEIVE, OPERATION_SEND };

/* What a packet leads back to: the OVERLAPPED comes first. */
struct operation {
    OVERLAPPED overlapped;
    enum operation_kind kind;
    struct connection *connection;
};

/* From the AcceptEx that waits for it until it is closed; then used again for the next one. */
struct connection {
    struct connection *next; /* in the list of connections, or of unused ones */
    struct connection *previous;
    SOCKET socket;
    /* Two, so that cancelling the receive can never hit a reply. */
    struct operation receive; /* the accept too */
    struct operation send;
    DWORD send_bytes; /* asked for by the send under way */
    char addresses[2 * ADDRESS_BYTES];
    char buffer[]; /* server->buffer_bytes */
};

struct server {
    HANDLE port;
    SOCKET listener;
    LPFN_ACCEPTEX accept_ex;
    DWORD buffer_bytes;
    DWORD worker_count;
    DWORD accepts_wanted;
    HANDLE workers[WORKERS_MAX];
    WSAEVENT stop_event;  /* Ctrl-C was pressed */
    WSAEVENT ended_event; /* everything is cleaned up */

    CRITICAL_SECTION lock;     /* protects everything below */
    struct connection *used;   /* every connection and every accept under way */
    struct connection *unused; /* singly linked */
    DWORD accepts;             /* under way, or about to be */
    BOOL stopping;
};

static struct server server; /* one for the process: a console handler has no argument */

static void report(const char *what, int error)
{
    fprintf(stderr, "iocp_echo: %s: error %d\n", what, error);
}

static SOCKET socket_new(void)
{
    return WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
}

/* ---- Connections: rare paths, under the lock ---- */

/* Gives back a connection that is on no list. */
static void connection_recycle(struct connection *connection)
{
    if (connection->socket != INVALID_SOCKET)
        closesocket(connection->socket);
    EnterCriticalSection(&server.lock);
    connection->next = server.unused;
    server.unused = connection;
    LeaveCriticalSection(&server.lock);
}

/* A connection with a fresh socket, on no list; NULL: no memory or no handle is left. */
static struct connection *connection_new(void)
{
    struct connection *connection;

    EnterCriticalSection(&server.lock);
    connection = server.unused;
    if (connection != NULL)
        server.unused = connection->next;
    LeaveCriticalSection(&server.lock);
    if (connection == NULL)
        connection = HeapAlloc(GetProcessHeap(), 0, sizeof *connection + server.buffer_bytes);
    if (connection == NULL)
        return NULL;
    memset(connection, 0, sizeof *connection);
    connection->receive.connection = connection;
    connection->send.connection = connection;
    connection->send.kind = OPERATION_SEND;
    connection->socket = socket_new();
    if (connection->socket == INVALID_SOCKET) {
        report("socket", WSAGetLastError());
        connection_recycle(connection);
        return NULL;
    }
    return connection;
}

static void connection_link_locked(struct connection *connection)
{
    connection->previous = NULL;
    connection->next = server.used;
    if (server.used != NULL)
        server.used->previous = connection;
    server.used = connection;
}

static void connection_unlink_locked(struct connection *connection)
{
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server.used = connection->next;
}

/* Closes a connection none of whose operations is under way. It leaves the list first, because
 * server_cancel() uses the socket of every connection in the list. */
static void connection_close(struct connection *connection)
{
    EnterCriticalSection(&server.lock);
    connection_unlink_locked(connection);
    LeaveCriticalSection(&server.lock);
    connection_recycle(connection);
}

/* ---- Accepting ---- */

/* Counts one more accept as under way, before it is. FALSE: there are enough. */
static BOOL accept_reserve(void)
{
    BOOL reserved;

    EnterCriticalSection(&server.lock);
    reserved = !server.stopping && server.accepts < server.accepts_wanted;
    if (reserved)
        server.accepts++;
    LeaveCriticalSection(&server.lock);
    return reserved;
}

static void accept_unreserve(void)
{
    EnterCriticalSection(&server.lock);
    server.accepts--;
    LeaveCriticalSection(&server.lock);
}

/* Starts the AcceptEx; returns 0 or why not. Under the lock, so that the listener cannot be closed,
 * and its handle be somebody else's, between the look at `stopping` and the call. */
static int accept_start(struct connection *connection)
{
    DWORD received = 0;
    int error = WSAENOTSOCK; /* what AcceptEx would say of the closed listener */

    EnterCriticalSection(&server.lock);
    if (!server.stopping) {
        /* No receive length: a client that connects and stays silent must not keep an accept. */
        BOOL done = server.accept_ex(server.listener, connection->socket, connection->addresses, 0,
                                     ADDRESS_BYTES, ADDRESS_BYTES, &received,
                                     &connection->receive.overlapped);

        error = done ? 0 : WSAGetLastError();
        if (error == ERROR_IO_PENDING)
            error = 0;
        if (error == 0) /* a worker that already has the packet waits for the lock */
            connection_link_locked(connection);
    }
    LeaveCriticalSection(&server.lock);
    return error;
}

/* Posts one more AcceptEx. FALSE: there are enough, or it failed, or the server is stopping. */
static BOOL accept_post(void)
{
    struct connection *connection;
    int error = 0;

    if (!accept_reserve())
        return FALSE;
    connection = connection_new();
    if (connection != NULL) {
        error = accept_start(connection);
        if (error == 0)
            return TRUE;
        connection_recycle(connection);
    }
    accept_unreserve();
    if (error == WSAECONNRESET) /* that client has gone again; another may be waiting */
        return TRUE;
    if (error != 0 && error != WSAENOTSOCK)
        report("AcceptEx", error);
    return FALSE; /* the main thread tries again */
}

static void accept_refill(void)
{
    while (accept_post())
        continue;
}

static void receive_post(struct connection *connection);

/* A client is there, or the accept failed; in either case another accept takes its place. */
static void accept_done(struct connection *connection, BOOL succeeded)
{
    SOCKET s = connection->socket;
    BOOL no_delay = TRUE;

    accept_unreserve();
    accept_post();
    if (!succeeded || /* the client left before it was accepted, or the listener was closed */
        setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (const char *)&server.listener,
                   sizeof server.listener) != 0 ||
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof no_delay) != 0 ||
        CreateIoCompletionPort((HANDLE)s, server.port, (ULONG_PTR)connection, 0) == NULL) {
        connection_close(connection);
        return;
    }
    receive_post(connection);
}

/* ---- The data path: no lock ---- */

static void receive_post(struct connection *connection)
{
    WSABUF buffer = {server.buffer_bytes, connection->buffer};
    DWORD flags = 0;

    memset(&connection->receive.overlapped, 0, sizeof connection->receive.overlapped);
    connection->receive.kind = OPERATION_RECEIVE;
    if (WSARecv(connection->socket, &buffer, 1, NULL, &flags, &connection->receive.overlapped,
                NULL) != 0 &&
        WSAGetLastError() != WSA_IO_PENDING)
        connection_close(connection); /* no packet will come for a call that failed at once */
    /* Otherwise the connection belongs to whoever gets the packet, perhaps already. */
}

static void receive_done(struct connection *connection, DWORD bytes)
{
    WSABUF buffer = {bytes, connection->buffer};

    if (bytes == 0) { /* the client sends no more, and has been sent everything */
        connection_close(connection);
        return;
    }
    memset(&connection->send.overlapped, 0, sizeof connection->send.overlapped);
    connection->send_bytes = bytes;
    if (WSASend(connection->socket, &buffer, 1, NULL, 0, &connection->send.overlapped, NULL) != 0 &&
        WSAGetLastError() != WSA_IO_PENDING)
        connection_close(connection);
}

static DWORD WINAPI worker_main(LPVOID unused)
{
    (void)unused;
    for (;;) {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key = 0;
        DWORD bytes = 0;
        struct operation *operation;
        BOOL succeeded;

        succeeded = GetQueuedCompletionStatus(server.port, &bytes, &key, &overlapped, INFINITE);
        if (overlapped == NULL) {
            if (!succeeded)
                report("GetQueuedCompletionStatus", (int)GetLastError());
            return 0; /* posted by server_stop(), or the port is unusable */
        }
        operation = CONTAINING_RECORD(overlapped, struct operation, overlapped);
        if (operation->kind == OPERATION_ACCEPT)
            accept_done(operation->connection, succeeded);
        else if (!succeeded) /* reset by the client, or cancelled */
            connection_close(operation->connection);
        else if (operation->kind == OPERATION_RECEIVE)
            receive_done(operation->connection, bytes);
        else if (bytes != operation->connection->send_bytes)
            connection_close(operation->connection);
        else
            receive_post(operation->connection);
    }
}

/* ---- Start and stop ---- */

static BOOL WINAPI console_handler(DWORD event)
{
    WSASetEvent(server.stop_event);
    /* After Ctrl-C the process goes on; after the others it ends when the last handler returns. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        WaitForSingleObject(server.ended_event, INFINITE);
    return TRUE;
}

/* Loads AcceptEx for this listener's provider, which saves a lookup in every call. */
static BOOL listener_load_accept_ex(void)
{
    GUID id = WSAID_ACCEPTEX;
    DWORD bytes = 0;

    return WSAIoctl(server.listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id,
                    &server.accept_ex, sizeof server.accept_ex, &bytes, NULL, NULL) == 0;
}

static BOOL listener_open(unsigned short port)
{
    SOCKADDR_IN address = {0};
    BOOL exclusive = TRUE;

    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* an example serves its own machine */
    server.listener = socket_new();
    return server.listener != INVALID_SOCKET &&
           setsockopt(server.listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive,
                      sizeof exclusive) == 0 &&
           bind(server.listener, (struct sockaddr *)&address, sizeof address) == 0 &&
           listen(server.listener, SOMAXCONN) == 0 &&
           CreateIoCompletionPort((HANDLE)server.listener, server.port, 0, 0) != NULL &&
           listener_load_accept_ex();
}

static unsigned listener_port(void)
{
    SOCKADDR_IN address = {0};
    int length = sizeof address;

    getsockname(server.listener, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

static BOOL server_start(unsigned short port, DWORD worker_count)
{
    InitializeCriticalSection(&server.lock);
    server.stop_event = WSACreateEvent();
    server.ended_event = WSACreateEvent();
    server.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (server.stop_event == WSA_INVALID_EVENT || server.ended_event == WSA_INVALID_EVENT ||
        server.port == NULL || !listener_open(port) ||
        !SetConsoleCtrlHandler(console_handler, TRUE)) {
        report("cannot listen", WSAGetLastError()); /* the same slot as GetLastError's */
        return FALSE;
    }
    while (server.worker_count < worker_count) {
        HANDLE worker = CreateThread(NULL, 0, worker_main, NULL, 0, NULL);

        if (worker == NULL) {
            report("CreateThread", (int)GetLastError());
            return FALSE;
        }
        server.workers[server.worker_count++] = worker;
    }
    accept_refill();
    return TRUE;
}

/* Ends the receives, or everything, of all connections; their packets make the workers close them.
 * A connection with nothing to cancel is no error. FALSE: there are no connections any more. */
static BOOL server_cancel(BOOL sends_too)
{
    struct connection *connection;
    BOOL any;

    EnterCriticalSection(&server.lock);
    any = server.used != NULL;
    for (connection = server.used; connection != NULL; connection = connection->next)
        CancelIoEx((HANDLE)connection->socket, sends_too ? NULL : &connection->receive.overlapped);
    LeaveCriticalSection(&server.lock);
    return any;
}

/* Returns when no operation is under way and every worker has ended. */
static void server_stop(void)
{
    DWORD waited_ms = 0;

    EnterCriticalSection(&server.lock);
    server.stopping = TRUE;
    LeaveCriticalSection(&server.lock);
    closesocket(server.listener); /* fails the accepts */
    for (; server_cancel(waited_ms >= GRACE_MS); waited_ms += CANCEL_INTERVAL_MS)
        Sleep(CANCEL_INTERVAL_MS);
    for (DWORD i = 0; i < server.worker_count; i++)
        PostQueuedCompletionStatus(server.port, 0, 0, NULL);
    WaitForMultipleObjects(server.worker_count, server.workers, TRUE, INFINITE);
}

static void server_free(void)
{
    for (DWORD i = 0; i < server.worker_count; i++)
        CloseHandle(server.workers[i]);
    CloseHandle(server.port);
    while (server.unused != NULL) {
        struct connection *connection = server.unused;

        server.unused = connection->next;
        HeapFree(GetProcessHeap(), 0, connection);
    }
    DeleteCriticalSection(&server.lock);
    /* A console handler may still use the events: they are left to the system. */
}

static void usage(void)
{
    fprintf(stderr, "usage: iocp_echo [--port N] [--workers W] [--accepts A] [--buffer BYTES]\n"
                    "  --port     port on 127.0.0.1; 0, the default, lets the system choose\n"
                    "  --workers  threads, 1 to 64 (default: one per processor)\n"
                    "  --accepts  AcceptEx calls kept waiting (default 64)\n"
                    "  --buffer   bytes per connection (default 4096)\n");
    exit(2);
}

static unsigned long argument_number(const char *text, unsigned long low, unsigned long high)
{
    char *end = NULL;
    unsigned long value = text == NULL ? 0 : strtoul(text, &end, 10);

    if (text == NULL || end == text || *end != '\0' || value < low || value > high)
        usage();
    return value;
}

int main(int argc, char **argv)
{
    unsigned long port = 0;
    SYSTEM_INFO system;
    DWORD worker_count;
    WSADATA data;
    int error;

    GetSystemInfo(&system);
    worker_count =
        system.dwNumberOfProcessors < WORKERS_MAX ? system.dwNumberOfProcessors : WORKERS_MAX;
    server.accepts_wanted = ACCEPTS_DEFAULT;
    server.buffer_bytes = BUFFER_DEFAULT;
    for (int i = 1; i < argc; i += 2) { /* argv[argc] is NULL: a missing value is noticed */
        if (strcmp(argv[i], "--port") == 0)
            port = argument_number(argv[i + 1], 0, 65535);
        else if (strcmp(argv[i], "--workers") == 0)
            worker_count = (DWORD)argument_number(argv[i + 1], 1, WORKERS_MAX);
        else if (strcmp(argv[i], "--accepts") == 0)
            server.accepts_wanted = (DWORD)argument_number(argv[i + 1], 1, ACCEPTS_MAX);
        else if (strcmp(argv[i], "--buffer") == 0)
            server.buffer_bytes = (DWORD)argument_number(argv[i + 1], 1, BUFFER_MAX);
        else
            usage();
    }

    error = WSAStartup(MAKEWORD(2, 2), &data);
    if (error != 0) {
        report("WSAStartup", error);
        return 1;
    }
    if (!server_start((unsigned short)port, worker_count))
        return 1;
    printf("listening on %u\n", listener_port());
    fflush(stdout);
    while (WSAWaitForMultipleEvents(1, &server.stop_event, TRUE, REFILL_INTERVAL_MS, FALSE) ==
           WSA_WAIT_TIMEOUT)
        accept_refill(); /* does nothing unless memory or handles were short */
    server_stop();
    server_free();
    printf("stopped\n");
    fflush(stdout);
    WSASetEvent(server.ended_event);
    WSACleanup();
    return 0;
}
