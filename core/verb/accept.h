/* SPDX-License-Identifier: MIT */
/* Accepting and connecting: accept, AcceptEx, ConnectEx, DisconnectEx. */
#ifndef CORE_VERB_ACCEPT_H
#define CORE_VERB_ACCEPT_H

#include <winsock2.h>

#include "core/object/sock.h"
#include "core/verb/name.h"

/* accept: the new socket's handle in *accepted and its peer in *peer. 0 or a WSA code. */
int accept_one(struct sock *listener, uint32_t *accepted, struct name *peer);

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

#endif
