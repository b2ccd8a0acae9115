/* SPDX-License-Identifier: MIT
 *
 * One connection of the HTTP server: which operation follows when one has finished.
 *
 *     receiving --a whole request--> sending --keep-alive--> receiving, or sending again
 *                                       `------close-------> draining --the client closes--> end
 *
 * At most one operation of a connection is under way, so whoever holds its packet owns it, and
 * nothing here takes a lock. Two fields are read by other threads: see `deadline`. */
#ifndef EXAMPLE_HTTP_CONNECTION_H
#define EXAMPLE_HTTP_CONNECTION_H

#include <winsock2.h>

#include <windows.h>

#include "http_reply.h"

enum { CONNECTION_ADDRESS_BYTES = sizeof(SOCKADDR_IN) + 16 }; /* AcceptEx asks for 16 more */

enum operation_kind { OPERATION_ACCEPT, OPERATION_RECEIVE, OPERATION_SEND };

/* What a packet leads back to. */
struct operation {
    OVERLAPPED overlapped;
    enum operation_kind kind;
    struct connection *connection;
    /* In seconds of the service's clock; 0: none. It stands when the operation has finished, and
     * then cancelling finds nothing. Interlocked, because the thread that ends idle connections
     * reads it at any time. */
    volatile LONG deadline;
};

/* What the connections have in common. */
struct service {
    struct files files;
    LONG idle_s;            /* how long to wait for a client */
    volatile LONG clock_s;  /* begins at 1; the main thread moves it */
    volatile LONG stopping; /* replies announce the end of their connection */
};

struct connection {
    struct connection *next; /* the server's list, under its lock */
    struct connection *previous;
    struct service *service;
    SOCKET socket;
    /* Two, so that cancelling a receive can never hit a reply. */
    struct operation receive; /* the accept too */
    struct operation send;
    char addresses[2 * CONNECTION_ADDRESS_BYTES];

    BOOL draining;     /* the last reply is sent; what still comes is thrown away */
    BOOL begun;        /* part of a request has come, and its time runs */
    size_t received;   /* bytes in `buffer` */
    size_t parsed;     /* of these, bytes of requests that were answered */
    size_t scanned;    /* after these, bytes that do not hold the end of the next one */
    size_t send_bytes; /* asked for by the send under way */
    struct reply reply;
    char buffer[REQUEST_HEAD_MAX];
};

/* A new one, with its socket still to be accepted; NULL: no memory or no handle is left. */
struct connection *connection_new(struct service *service);

/* Frees it; no operation may be under way. */
void connection_free(struct connection *connection);

/* Begins to serve an accepted connection. FALSE: nothing is under way, free it. */
BOOL connection_start(struct connection *connection);

/* Goes on after an operation that succeeded. FALSE: as above. */
BOOL connection_continue(struct connection *connection, struct operation *done, DWORD bytes);

/* Cancels what is under way for too long; its packet then ends the connection. Any thread, while
 * the connection cannot be freed. */
void connection_cancel_late(struct connection *connection);

#endif
