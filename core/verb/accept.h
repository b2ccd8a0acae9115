/* SPDX-License-Identifier: MIT */
/* Accepting and connecting: accept, WSAAccept, AcceptEx, ConnectEx, DisconnectEx. */
#ifndef CORE_VERB_ACCEPT_H
#define CORE_VERB_ACCEPT_H

#include <winsock2.h>

#include "core/object/deferred.h"
#include "core/object/sock.h"
#include "core/verb/name.h"

struct op;

/* accept: the new socket's handle in *accepted and its peer in *peer. 0 or a WSA code. */
int accept_one(struct sock *listener, uint32_t *accepted, struct name *peer);

/* WSAAccept's condition function and what it is given. */
struct accept_condition {
    LPCONDITIONPROC ask;
    DWORD_PTR context;
};

/* The same, if the condition function agrees; condition.c. */
int accept_conditional(struct sock *listener, const struct accept_condition *condition,
                       uint32_t *accepted, struct name *peer);

/* The parts of both. One connection as a descriptor, waiting if the socket is blocking; or a
 * negative errno, and what that is to the caller. */
int accept_take(struct sock *listener);
int accept_error(struct sock *listener, int fd);
/* An attempt with that outcome was made, which enables FD_ACCEPT again. */
void accept_ended(struct sock *listener, int fd);
/* Winsock's form. 0, or WSAECONNRESET: the connection is gone already. */
int accept_peer(int fd, struct name *peer);
/* Makes the socket, which owns the descriptor from now on. 0; or WSAENOBUFS or WSAEINVAL (`group`),
 * and it is closed. */
int accept_open(struct sock *listener, int fd, GROUP group, uint32_t *accepted);
/* A connection was put back: gives it to an accept that waits, if there is one, and tells those who
 * watch the listener. */
void accept_offer(struct sock *listener);

struct accept_request {
    struct sock *accept;
    char *output;
    DWORD data_bytes, local_bytes, remote_bytes;
    WSAOVERLAPPED *overlapped;
};

/* What an AcceptEx in flight carries in op->extra. */
struct accept_extra {
    struct sock *accept; /* counted reference */
    char *output;
    DWORD data_bytes, local_bytes, remote_bytes;
    struct deferred *offer; /* deferred.h; this and the next are the ring thread's */
    bool cancelled;         /* by CancelIo and kin, or closesocket */
};

/* AcceptEx after its checks. WSA_IO_PENDING (the reference to the listener has passed to the
 * operation, one more to request->accept was taken), or a WSA code. */
int accept_overlapped(struct sock *listener, const struct accept_request *request);

struct connect_request {
    struct name name; /* Linux' form */
    const void *data;
    DWORD data_bytes;
    WSAOVERLAPPED *overlapped;
};

/* ConnectEx after its checks; WSA_IO_PENDING passes the reference, as above. */
int connect_overlapped(struct sock *sock, const struct connect_request *request);

/* DisconnectEx: 0 (overlapped NULL), WSA_IO_PENDING (passes the reference) or a WSA code. */
int disconnect(struct sock *sock, WSAOVERLAPPED *overlapped, bool reuse);
/* Ring thread only, from done: a send that has just ended becomes a disconnect in its place, and
 * ends as both (TransmitFile). base.msg_flags: shall the socket be used again; base.done_bytes:
 * what is reported as sent. */
void disconnect_behind(struct op *op);

#endif
