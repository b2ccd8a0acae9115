/* SPDX-License-Identifier: MIT */
/*
 * Requests to be told of changes: of the addresses that a socket may be bound to, and of the way to
 * a destination. Whoever waits is an overlapped operation, a blocked thread, or a socket whose
 * network event is to be recorded. A socket that never asked pays one look at its flags.
 */
#ifndef CORE_OBJECT_NETCHANGE_H
#define CORE_OBJECT_NETCHANGE_H

#include "core/object/op.h"
#include "core/object/sock.h"
#include "ring/host/route.h"

enum { NETCHANGE_NAME_BYTES = 28 };

struct netchange {
    struct netchange *next; /* netchange.c has these */
    struct netchange *previous;
    struct sock *sock;
    struct op *op;         /* an overlapped operation, whose `extra` this is; or NULL */
    struct thread *waiter; /* a blocked thread, on whose stack this is; or NULL */
    bool routes;           /* not addresses */
    bool any;              /* any route of the socket's family */
    unsigned char to[NETCHANGE_NAME_BYTES]; /* else the destination, in Linux' form */
    struct host_route before;
    _Atomic int32_t result; /* of a blocked thread's request */
};

enum { NETCHANGE_WAITING = 1 }; /* struct netchange.result; else 0 or a negative errno */

/* Everything that happens from now on counts. The caller has filled in sock, op or waiter (neither:
 * the network event is recorded, and the request is from malloc), routes, any and to. 0: the
 * request is ours, and with it, unless a thread waits, one reference to the socket. Else a WSA
 * code, and nothing has happened: WSAENOTSOCK (closed meanwhile), WSAENOBUFS, WSAEMFILE,
 * WSAENETDOWN, WSAEOPNOTSUPP (the system does not tell). */
int netchange_begin(struct netchange *request);

/* Takes a blocked thread's request back, unless it has ended. */
void netchange_withdraw(struct netchange *request);

/* CancelIo and CancelIoEx: as sock_cancel(). */
unsigned netchange_cancel_slow(struct sock *sock, const WSAOVERLAPPED *overlapped,
                               uint32_t thread_id);
/* closesocket: all requests of the socket end. It has SOCK_CLOSING already. */
void netchange_close_slow(struct sock *sock);

/* The final WSACleanup, after all sockets were closed: gives the descriptors back. */
void netchange_stop(void);

static inline unsigned netchange_cancel(struct sock *sock, const WSAOVERLAPPED *overlapped,
                                        uint32_t thread_id)
{
    return sock_flags(sock) & SOCK_NETCHANGE ? netchange_cancel_slow(sock, overlapped, thread_id)
                                             : 0;
}

static inline void netchange_close(struct sock *sock)
{
    if (sock_flags(sock) & SOCK_NETCHANGE)
        netchange_close_slow(sock);
}

#endif
