/* SPDX-License-Identifier: MIT
 *
 * An HTTP/1.1 server for the files of a folder, on an I/O completion port. It uses nothing but
 * Windows' own calls and the C library, and builds unchanged on Windows:
 *
 *     cl iocp_http.c http_*.c ws2_32.lib mswsock.lib
 *     x86_64-w64-mingw32-gcc -O2 iocp_http.c http_*.c -o iocp_http.exe -lws2_32 -lmswsock
 *     cc -O2 iocp_http.c http_*.c -o iocp_http $(pkg-config --cflags --libs ws2ring)
 *
 * This file starts and stops it, accepts, and hands finished operations to their connections:
 *
 *     http_connection   which operation follows which, on one connection
 *     http_request      parses a request
 *     http_reply        decides on the answer
 *     http_files        files in memory
 *
 * The worker threads share one port. The server's lock protects what happens once a connection;
 * the files have a lock of their own. Ctrl-C ends the server in order: no new connections, no new
 * requests, replies under way are finished, then the workers are sent home. */
#include "http_connection.h"

#include <mswsock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKERS_MAX = 64,        /* what WaitForMultipleObjects can wait for */
    ACCEPTS_DEFAULT = 64,    /* connections the system may hand over before a worker runs */
    ACCEPTS_MAX = 65536,     /* operations */
    IDLE_DEFAULT_S = 15,     /* for a request to come, whole */
    MEMORY_DEFAULT_MB = 512, /* for files */
    TICK_MS = 1000,          /* the service's clock */
    CANCEL_INTERVAL_MS = 10, /* while stopping: a busy connection posts receives meanwhile */
    GRACE_MS = 5000,         /* how long a reply may still take after Ctrl-C */
};

struct server {
    HANDLE port;
    SOCKET listener;
    LPFN_ACCEPTEX accept_ex;
    DWORD accepts_wanted;
    DWORD worker_count;
    HANDLE workers[WORKERS_MAX];
    WSAEVENT stop_event;  /* Ctrl-C was pressed */
    WSAEVENT ended_event; /* everything is cleaned up */
    CRITICAL_SECTION files_lock;
    struct service service;

    CRITICAL_SECTION lock;          /* protects everything below */
    struct connection *connections; /* accepts under way among them */
    DWORD accepts;                  /* under way */
    BOOL closed;                    /* the listener */
};

static struct server server; /* one for the process: a console handler has no argument */

static void report(const char *what, int error)
{
    fprintf(stderr, "iocp_http: %s: error %d\n", what, error);
}

/* ---- The list of connections ---- */

static void connections_add_locked(struct connection *connection)
{
    connection->next = server.connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server.connections = connection;
}

static void connections_remove_locked(struct connection *connection)
{
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    *(connection->previous != NULL ? &connection->previous->next : &server.connections) =
        connection->next;
}

/* Off the list first: who walks it uses every socket that is on it. */
static void connections_end(struct connection *connection)
{
    EnterCriticalSection(&server.lock);
    connections_remove_locked(connection);
    LeaveCriticalSection(&server.lock);
    connection_free(connection);
}

/* Once a tick: moves the clock, and ends what waits for too long. */
static void connections_tick(void)
{
    InterlockedIncrement(&server.service.clock_s);
    EnterCriticalSection(&server.lock);
    for (struct connection *it = server.connections; it != NULL; it = it->next)
        connection_cancel_late(it);
    LeaveCriticalSection(&server.lock);
}

/* ---- Accepting ---- */

/* Returns 0 or why not. */
static int accept_start_locked(struct connection *connection)
{
    DWORD received = 0;
    int error = 0;

    /* No receive length: a client that connects and stays silent must not keep an accept. */
    if (!server.accept_ex(server.listener, connection->socket, connection->addresses, 0,
                          CONNECTION_ADDRESS_BYTES, CONNECTION_ADDRESS_BYTES, &received,
                          &connection->receive.overlapped))
        error = WSAGetLastError();
    return error == ERROR_IO_PENDING ? 0 : error;
}

/* Posts as many accepts as are wanted. Under the lock, so that the listener cannot be closed
 * meanwhile, nor a worker see a packet before its connection is on the list. What fails for want of
 * memory or handles is tried again with the next accept, or the next tick. */
static void accepts_refill(void)
{
    int error = 0;

    EnterCriticalSection(&server.lock);
    while (!server.closed && error == 0 && server.accepts < server.accepts_wanted) {
        struct connection *connection = connection_new(&server.service);

        if (connection == NULL)
            break;
        error = accept_start_locked(connection);
        if (error == 0) {
            connections_add_locked(connection);
            server.accepts++;
        } else {
            connection_free(connection);
        }
    }
    LeaveCriticalSection(&server.lock);
    if (error != 0 && error != WSAECONNRESET) /* such a client has gone again */
        report("AcceptEx", error);
}

/* FALSE: the client left before it was accepted, or the listener was closed. */
static BOOL accept_done(struct connection *connection, BOOL succeeded)
{
    SOCKET s = connection->socket;

    EnterCriticalSection(&server.lock);
    server.accepts--;
    LeaveCriticalSection(&server.lock);
    accepts_refill();
    return succeeded &&
           setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (const char *)&server.listener,
                      sizeof server.listener) == 0 &&
           CreateIoCompletionPort((HANDLE)s, server.port, 0, 0) != NULL &&
           connection_start(connection);
}

/* ---- Workers ---- */

static DWORD WINAPI worker_main(LPVOID unused)
{
    (void)unused;
    for (;;) {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key = 0;
        DWORD bytes = 0;
        struct operation *operation;
        struct connection *connection;
        BOOL goes_on;

        goes_on = GetQueuedCompletionStatus(server.port, &bytes, &key, &overlapped, INFINITE);
        if (overlapped == NULL) {
            if (!goes_on)
                report("GetQueuedCompletionStatus", (int)GetLastError());
            return 0; /* posted by server_stop(), or the port is unusable */
        }
        operation = CONTAINING_RECORD(overlapped, struct operation, overlapped);
        connection = operation->connection; /* another worker's as soon as it goes on */
        if (operation->kind == OPERATION_ACCEPT)
            goes_on = accept_done(connection, goes_on);
        else if (goes_on) /* otherwise reset by the client, or cancelled */
            goes_on = connection_continue(connection, operation, bytes);
        if (!goes_on)
            connections_end(connection);
    }
}

/* ---- Start and stop ---- */

static void files_enter(void)
{
    EnterCriticalSection(&server.files_lock);
}

static void files_leave(void)
{
    LeaveCriticalSection(&server.files_lock);
}

static BOOL WINAPI console_handler(DWORD event)
{
    WSASetEvent(server.stop_event);
    /* After Ctrl-C the process goes on; after the others it ends when the last handler returns. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        WaitForSingleObject(server.ended_event, INFINITE);
    return TRUE;
}

/* Listens on a port of 127.0.0.1, for an example serves its own machine, and finds AcceptEx. */
static BOOL listener_open(unsigned long port)
{
    GUID id = WSAID_ACCEPTEX;
    SOCKADDR_IN address = {0};
    BOOL exclusive = TRUE;
    DWORD bytes = 0;

    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listener = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    return server.listener != INVALID_SOCKET &&
           setsockopt(server.listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive,
                      sizeof exclusive) == 0 &&
           bind(server.listener, (struct sockaddr *)&address, sizeof address) == 0 &&
           listen(server.listener, SOMAXCONN) == 0 &&
           CreateIoCompletionPort((HANDLE)server.listener, server.port, 0, 0) != NULL &&
           WSAIoctl(server.listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id,
                    &server.accept_ex, sizeof server.accept_ex, &bytes, NULL, NULL) == 0;
}

static unsigned listener_port(void)
{
    SOCKADDR_IN address = {0};
    int length = sizeof address;

    getsockname(server.listener, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

static BOOL workers_start(DWORD count)
{
    while (server.worker_count < count) {
        HANDLE worker = CreateThread(NULL, 0, worker_main, NULL, 0, NULL);

        if (worker == NULL) {
            report("CreateThread", (int)GetLastError());
            return FALSE;
        }
        server.workers[server.worker_count++] = worker;
    }
    return TRUE;
}

static BOOL server_start(unsigned long port, DWORD worker_count)
{
    struct files *files = &server.service.files;

    if (files_init(files) != FILES_FOLDER) {
        fprintf(stderr, "iocp_http: %s is no folder\n", files->root);
        return FALSE;
    }
    InitializeCriticalSection(&server.files_lock);
    files->lock = files_enter;
    files->unlock = files_leave;
    InitializeCriticalSection(&server.lock);
    server.service.clock_s = 1;
    server.stop_event = WSACreateEvent();
    server.ended_event = WSACreateEvent();
    server.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (server.stop_event == WSA_INVALID_EVENT || server.ended_event == WSA_INVALID_EVENT ||
        server.port == NULL || !listener_open(port) ||
        !SetConsoleCtrlHandler(console_handler, TRUE)) {
        report("cannot listen", WSAGetLastError()); /* the same slot as GetLastError's */
        return FALSE;
    }
    if (!workers_start(worker_count))
        return FALSE;
    accepts_refill();
    return TRUE;
}

/* Ends the receives, or everything, of all connections; their packets make the workers close them.
 * A connection with nothing to cancel is no error. FALSE: there are no connections any more. */
static BOOL connections_cancel(BOOL sends_too)
{
    BOOL any;

    EnterCriticalSection(&server.lock);
    any = server.connections != NULL;
    for (struct connection *it = server.connections; it != NULL; it = it->next)
        CancelIoEx((HANDLE)it->socket, sends_too ? NULL : &it->receive.overlapped);
    LeaveCriticalSection(&server.lock);
    return any;
}

/* Returns when no operation is under way and every worker has ended. */
static void server_stop(void)
{
    DWORD waited_ms = 0;

    InterlockedExchange(&server.service.stopping, 1);
    EnterCriticalSection(&server.lock);
    server.closed = TRUE;
    closesocket(server.listener); /* fails the accepts */
    LeaveCriticalSection(&server.lock);
    for (; connections_cancel(waited_ms >= GRACE_MS); waited_ms += CANCEL_INTERVAL_MS)
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
    files_free(&server.service.files);
    DeleteCriticalSection(&server.lock);
    DeleteCriticalSection(&server.files_lock);
    /* A console handler may still use the events: they are left to the system. */
}

/* ---- The command line ---- */

static void usage(void)
{
    fprintf(stderr, "usage: iocp_http [--root FOLDER] [--port N] [--workers W] ...\n"
                    "  --root     folder with the files to serve (default: the current one)\n"
                    "  --port     port on 127.0.0.1; 0, the default, lets the system choose\n"
                    "  --workers  threads, 1 to 64 (default: one per processor)\n"
                    "  --accepts  AcceptEx calls kept waiting (default 64)\n"
                    "  --idle     seconds to wait for a request (default 15)\n"
                    "  --memory   megabytes of files to keep (default 512)\n");
    exit(2);
}

static unsigned long number_of(const char *text, unsigned long low, unsigned long high)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || value < low || value > high)
        usage();
    return value;
}

struct options {
    unsigned long port;
    DWORD workers;
};

static void options_parse(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i];
        const char *value = argv[i + 1];

        if (value == NULL)
            usage();
        if (strcmp(name, "--root") == 0)
            server.service.files.root = value;
        else if (strcmp(name, "--port") == 0)
            options->port = number_of(value, 0, 65535);
        else if (strcmp(name, "--workers") == 0)
            options->workers = (DWORD)number_of(value, 1, WORKERS_MAX);
        else if (strcmp(name, "--accepts") == 0)
            server.accepts_wanted = (DWORD)number_of(value, 1, ACCEPTS_MAX);
        else if (strcmp(name, "--idle") == 0)
            server.service.idle_s = (LONG)number_of(value, 1, 86400);
        else if (strcmp(name, "--memory") == 0)
            server.service.files.bytes_max = (uint64_t)number_of(value, 1, 1 << 20) << 20;
        else
            usage();
    }
}

int main(int argc, char **argv)
{
    struct options options = {0, WORKERS_MAX};
    SYSTEM_INFO system;
    WSADATA data;
    int error;

    GetSystemInfo(&system);
    if (system.dwNumberOfProcessors < WORKERS_MAX)
        options.workers = system.dwNumberOfProcessors;
    server.accepts_wanted = ACCEPTS_DEFAULT;
    server.service.idle_s = IDLE_DEFAULT_S;
    server.service.files.root = ".";
    server.service.files.bytes_max = (uint64_t)MEMORY_DEFAULT_MB << 20;
    options_parse(&options, argc, argv);

    error = WSAStartup(MAKEWORD(2, 2), &data);
    if (error != 0) {
        report("WSAStartup", error);
        return 1;
    }
    if (!server_start(options.port, options.workers))
        return 1;
    printf("listening on %u\n", listener_port());
    fflush(stdout);
    while (WSAWaitForMultipleEvents(1, &server.stop_event, TRUE, TICK_MS, FALSE) ==
           WSA_WAIT_TIMEOUT) {
        connections_tick();
        accepts_refill(); /* does nothing unless memory or handles were short */
    }
    server_stop();
    server_free();
    printf("stopped\n");
    fflush(stdout);
    WSASetEvent(server.ended_event);
    WSACleanup();
    return 0;
}
