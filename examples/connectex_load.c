/* SPDX-License-Identifier: MIT
 *
 * A load client on ConnectEx(): many connections to an echo server on one completion port and one
 * thread. Each sends a message, reads it back, compares it, and so on. It uses nothing but Windows'
 * own calls and builds unchanged on Windows.
 *
 *     connectex_load --port N [--connections C] [--messages M] [--size BYTES]
 *
 * It prints what was done, and ends with 0 when every message came back as it was sent. */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTIONS_DEFAULT = 100,
    CONNECTIONS_MAX = 15000, /* ports of one address */
    MESSAGES_DEFAULT = 1000, /* of each connection */
    SIZE_DEFAULT = 64,       /* bytes */
    SIZE_MAX_BYTES = 1048576,
};

enum step { STEP_CONNECT, STEP_SEND, STEP_RECEIVE };

struct connection {
    OVERLAPPED overlapped; /* first: a packet leads back to it */
    SOCKET socket;
    enum step step;
    DWORD messages; /* that came back */
    DWORD moved;    /* bytes of the message under way, sent or received */
    char *out;
    char *in;
};

static struct {
    HANDLE port;
    LPFN_CONNECTEX connect_ex;
    SOCKADDR_IN server;
    DWORD connections;
    DWORD messages;
    DWORD size;
    DWORD active;              /* connections that are not finished */
    DWORD failed;              /* of all, ended by an error */
    unsigned long long echoed; /* messages */
} load;

static void fail(const char *what, int error)
{
    fprintf(stderr, "connectex_load: %s: error %d\n", what, error);
    exit(1);
}

/* ---- One connection: connect, then send and receive in turn ---- */

static void connection_end(struct connection *connection, int error)
{
    if (error != 0 && load.failed++ == 0) /* the first one tells what is wrong */
        fprintf(stderr, "connectex_load: connection failed: error %d\n", error);
    closesocket(connection->socket);
    free(connection->out);
    free(connection->in);
    free(connection);
    load.active--;
}

/* Sends or receives what is left of the message. 0, or why it could not be started. */
static int connection_move(struct connection *connection)
{
    BOOL sends = connection->step == STEP_SEND;
    char *data = sends ? connection->out : connection->in;
    WSABUF buffer = {load.size - connection->moved, data + connection->moved};
    DWORD flags = 0;
    int result;

    memset(&connection->overlapped, 0, sizeof connection->overlapped);
    if (sends)
        result = WSASend(connection->socket, &buffer, 1, NULL, 0, &connection->overlapped, NULL);
    else
        result =
            WSARecv(connection->socket, &buffer, 1, NULL, &flags, &connection->overlapped, NULL);
    if (result == 0 || WSAGetLastError() == WSA_IO_PENDING)
        return 0; /* in both cases a packet comes */
    return WSAGetLastError();
}

static int connection_next_message(struct connection *connection)
{
    /* Different in every message, so that an old one cannot pass for a new one. */
    memset(connection->out, (int)('a' + connection->messages % 26), load.size);
    memset(connection->in, 0, load.size);
    connection->step = STEP_SEND;
    connection->moved = 0;
    return connection_move(connection);
}

static int connection_connected(struct connection *connection)
{
    if (setsockopt(connection->socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) != 0)
        return WSAGetLastError();
    return connection_next_message(connection);
}

/* The message went out, or came in, as a whole. Returns TRUE when the connection is through. */
static BOOL connection_advance(struct connection *connection, int *error)
{
    connection->moved = 0;
    if (connection->step == STEP_SEND) {
        connection->step = STEP_RECEIVE;
        *error = connection_move(connection);
        return FALSE;
    }
    if (memcmp(connection->in, connection->out, load.size) != 0) {
        *error = WSAEMSGSIZE; /* not what was sent */
        return FALSE;
    }
    load.echoed++;
    if (++connection->messages == load.messages)
        return TRUE;
    *error = connection_next_message(connection);
    return FALSE;
}

static void connection_packet(struct connection *connection, DWORD bytes, int error)
{
    BOOL through = FALSE;

    if (error == 0 && connection->step == STEP_CONNECT) {
        error = connection_connected(connection);
    } else if (error == 0) {
        connection->moved += bytes;
        if (bytes == 0)
            error = WSAECONNRESET; /* the server closed it */
        else if (connection->moved < load.size)
            error = connection_move(connection);
        else
            through = connection_advance(connection, &error);
    }
    if (error != 0 || through)
        connection_end(connection, error);
}

static void connection_start(void)
{
    struct connection *connection = calloc(1, sizeof *connection);
    SOCKADDR_IN any = {0};
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);

    any.sin_family = AF_INET;
    if (connection == NULL || s == INVALID_SOCKET)
        fail("socket", WSAGetLastError());
    connection->socket = s;
    connection->out = malloc(load.size);
    connection->in = malloc(load.size);
    if (connection->out == NULL || connection->in == NULL)
        fail("malloc", ERROR_NOT_ENOUGH_MEMORY);
    /* ConnectEx wants a bound socket. */
    if (bind(s, (struct sockaddr *)&any, sizeof any) != 0 ||
        CreateIoCompletionPort((HANDLE)s, load.port, (ULONG_PTR)connection, 0) == NULL)
        fail("bind", WSAGetLastError());
    load.active++;
    if (!load.connect_ex(s, (struct sockaddr *)&load.server, sizeof load.server, NULL, 0, NULL,
                         &connection->overlapped) &&
        WSAGetLastError() != ERROR_IO_PENDING)
        connection_end(connection, WSAGetLastError());
}

/* ---- The program ---- */

static void load_connect_ex(void)
{
    GUID id = WSAID_CONNECTEX;
    DWORD bytes = 0;
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);

    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &load.connect_ex,
                 sizeof load.connect_ex, &bytes, NULL, NULL) != 0)
        fail("WSAIoctl", WSAGetLastError());
    closesocket(s);
}

static void run(void)
{
    for (DWORD i = 0; i < load.connections; i++)
        connection_start();
    while (load.active > 0) {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key = 0;
        DWORD bytes = 0;
        BOOL succeeded = GetQueuedCompletionStatus(load.port, &bytes, &key, &overlapped, INFINITE);

        if (overlapped == NULL)
            fail("GetQueuedCompletionStatus", (int)GetLastError());
        connection_packet((struct connection *)key, bytes, succeeded ? 0 : (int)GetLastError());
    }
}

static void usage(void)
{
    fprintf(stderr, "usage: connectex_load --port N [--connections C] [--messages M] "
                    "[--size BYTES]\n");
    exit(2);
}

static DWORD argument_number(const char *text, unsigned long low, unsigned long high)
{
    char *end = NULL;
    unsigned long value = text == NULL ? 0 : strtoul(text, &end, 10);

    if (text == NULL || end == text || *end != '\0' || value < low || value > high)
        usage();
    return (DWORD)value;
}

static void read_arguments(int argc, char **argv)
{
    load.connections = CONNECTIONS_DEFAULT;
    load.messages = MESSAGES_DEFAULT;
    load.size = SIZE_DEFAULT;
    for (int i = 1; i < argc; i += 2) { /* argv[argc] is NULL: a missing value is noticed */
        if (strcmp(argv[i], "--port") == 0)
            load.server.sin_port = htons((u_short)argument_number(argv[i + 1], 1, 65535));
        else if (strcmp(argv[i], "--connections") == 0)
            load.connections = argument_number(argv[i + 1], 1, CONNECTIONS_MAX);
        else if (strcmp(argv[i], "--messages") == 0)
            load.messages = argument_number(argv[i + 1], 1, 0xffffffff);
        else if (strcmp(argv[i], "--size") == 0)
            load.size = argument_number(argv[i + 1], 1, SIZE_MAX_BYTES);
        else
            usage();
    }
    if (load.server.sin_port == 0)
        usage();
    load.server.sin_family = AF_INET;
    load.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

int main(int argc, char **argv)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER begin;
    LARGE_INTEGER end;
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        fail("WSAStartup", error);
    read_arguments(argc, argv);
    load.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (load.port == NULL)
        fail("CreateIoCompletionPort", (int)GetLastError());
    load_connect_ex();
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begin);
    run();
    QueryPerformanceCounter(&end);
    printf("%u connections, %u failed, %llu messages, %.0f messages/s\n",
           (unsigned)load.connections, (unsigned)load.failed, load.echoed,
           (double)load.echoed * (double)frequency.QuadPart /
               (double)(end.QuadPart - begin.QuadPart));
    CloseHandle(load.port);
    WSACleanup();
    return load.failed == 0 ? 0 : 1;
}
