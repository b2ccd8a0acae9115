/* SPDX-License-Identifier: MIT
 *
 * See http_connection.h. */
#include "http_connection.h"

#include <assert.h>
#include <string.h>

enum {
    SEND_BYTES_MAX = 1 << 20, /* of a body in one send: each finished send is a sign of life */
    SEND_SECONDS = 30,        /* a client that takes nothing for so long has gone */
    DRAIN_SECONDS = 5,        /* for a client to close after the last reply */
};

static SOCKET socket_new(void)
{
    return WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
}

struct connection *connection_new(struct service *service)
{
    struct connection *connection = HeapAlloc(GetProcessHeap(), 0, sizeof *connection);

    if (connection == NULL)
        return NULL;
    memset(connection, 0, offsetof(struct connection, reply));
    connection->reply.file = NULL;
    connection->service = service;
    connection->receive.connection = connection;
    connection->send.connection = connection;
    connection->send.kind = OPERATION_SEND;
    connection->socket = socket_new();
    if (connection->socket == INVALID_SOCKET) {
        HeapFree(GetProcessHeap(), 0, connection);
        return NULL;
    }
    return connection;
}

void connection_free(struct connection *connection)
{
    closesocket(connection->socket);
    reply_done(&connection->reply, &connection->service->files);
    HeapFree(GetProcessHeap(), 0, connection);
}

/* ---- Starting operations: from a success on the packet's owner owns the connection ---- */

static void operation_prepare(struct operation *operation)
{
    memset(&operation->overlapped, 0, sizeof operation->overlapped);
}

static void operation_limit(struct operation *operation, LONG seconds)
{
    LONG now = InterlockedExchangeAdd(&operation->connection->service->clock_s, 0);

    InterlockedExchange(&operation->deadline, now + seconds);
}

static BOOL receive_post(struct connection *connection)
{
    WSABUF space;
    DWORD flags = 0;

    space.buf = connection->buffer + connection->received;
    space.len = (ULONG)(sizeof connection->buffer - connection->received);
    assert(space.len > 0);
    operation_prepare(&connection->receive);
    connection->receive.kind = OPERATION_RECEIVE;
    return WSARecv(connection->socket, &space, 1, NULL, &flags, &connection->receive.overlapped,
                   NULL) == 0 ||
           WSAGetLastError() == WSA_IO_PENDING;
}

/* Sends what is left of the reply, or as much as one send may take. */
static BOOL send_post(struct connection *connection)
{
    struct reply *reply = &connection->reply;
    WSABUF pieces[2];
    ULONG body_bytes =
        reply->body_bytes < SEND_BYTES_MAX ? (ULONG)reply->body_bytes : SEND_BYTES_MAX;
    DWORD count = 0;

    if (reply->head_bytes > 0) {
        pieces[count].buf = reply->head;
        pieces[count++].len = (ULONG)reply->head_bytes;
    }
    if (body_bytes > 0) {
        pieces[count].buf = (char *)reply->body; /* only read from */
        pieces[count++].len = body_bytes;
    }
    connection->send_bytes = reply->head_bytes + body_bytes;
    reply->head_bytes = 0;
    if (body_bytes > 0)
        reply->body += body_bytes;
    reply->body_bytes -= body_bytes;
    operation_prepare(&connection->send);
    operation_limit(&connection->send, SEND_SECONDS);
    return WSASend(connection->socket, pieces, count, NULL, 0, &connection->send.overlapped,
                   NULL) == 0 ||
           WSAGetLastError() == WSA_IO_PENDING;
}

/* ---- The states ---- */

/* Moves the beginning of a request to the front of the buffer, and waits for the rest. Its time
 * starts with the wait, and once more with its first byte; later bytes do not extend it. */
static BOOL request_await(struct connection *connection)
{
    size_t begun = connection->received - connection->parsed;

    if (begun == 0 || !connection->begun)
        operation_limit(&connection->receive, connection->service->idle_s);
    connection->begun = begun > 0;
    memmove(connection->buffer, connection->buffer + connection->parsed, begun);
    connection->received = begun;
    connection->parsed = 0;
    return receive_post(connection);
}

/* Answers the next request in the buffer, or waits until there is a whole one. */
static BOOL request_serve(struct connection *connection)
{
    struct service *service = connection->service;
    struct request request;

    if (request_parse(&request, connection->buffer + connection->parsed,
                      connection->received - connection->parsed,
                      &connection->scanned) == REQUEST_INCOMPLETE)
        return request_await(connection);
    connection->parsed += request.head_bytes;
    connection->scanned = 0;
    connection->begun = FALSE;
    reply_make(&connection->reply, &request, &service->files,
               InterlockedExchangeAdd(&service->stopping, 0) != 0);
    return send_post(connection);
}

/* Receives until the client closes too. Closing while it still sends would reset the connection,
 * and a reset may take the last reply away from it. */
static BOOL drain_start(struct connection *connection)
{
    if (shutdown(connection->socket, SD_SEND) != 0)
        return FALSE;
    connection->draining = TRUE;
    connection->received = 0;
    operation_limit(&connection->receive, DRAIN_SECONDS);
    return receive_post(connection);
}

static BOOL receive_done(struct connection *connection, DWORD bytes)
{
    if (bytes == 0) /* the client sends no more, and was answered all that was whole */
        return FALSE;
    if (connection->draining)
        return receive_post(connection);
    connection->received += bytes;
    return request_serve(connection);
}

static BOOL send_done(struct connection *connection, DWORD bytes)
{
    if (bytes != connection->send_bytes)
        return FALSE;
    if (connection->reply.body_bytes > 0)
        return send_post(connection);
    reply_done(&connection->reply, &connection->service->files);
    return connection->reply.keep_alive ? request_serve(connection) : drain_start(connection);
}

BOOL connection_start(struct connection *connection)
{
    BOOL no_delay = TRUE;

    if (setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay,
                   sizeof no_delay) != 0)
        return FALSE;
    return request_await(connection);
}

BOOL connection_continue(struct connection *connection, struct operation *done, DWORD bytes)
{
    return done->kind == OPERATION_SEND ? send_done(connection, bytes)
                                        : receive_done(connection, bytes);
}

static void operation_cancel_late(struct connection *connection, struct operation *operation,
                                  LONG now)
{
    LONG deadline = InterlockedExchangeAdd(&operation->deadline, 0);

    if (deadline != 0 && now > deadline)
        CancelIoEx((HANDLE)connection->socket, &operation->overlapped);
}

void connection_cancel_late(struct connection *connection)
{
    LONG now = InterlockedExchangeAdd(&connection->service->clock_s, 0);

    operation_cancel_late(connection, &connection->receive, now);
    operation_cancel_late(connection, &connection->send, now);
}
