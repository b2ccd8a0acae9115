/* SPDX-License-Identifier: MIT */
/* connect and WSAConnect, after their checks. */
#ifndef CORE_VERB_CONNECT_SYNC_H
#define CORE_VERB_CONNECT_SYNC_H

#include "core/verb/name.h"

/* Connects a stream socket. Blocking: 0 or why not. Non-blocking: WSAEWOULDBLOCK, and the outcome
 * comes later (FD_CONNECT, SO_ERROR). WSAEALREADY: a connect is under way. */
int connect_stream(struct sock *sock, const struct name *name);

/* Gives a datagram socket its only partner, or another one. 0 or a WSA code. */
int connect_datagram(struct sock *sock, const struct name *name);
/* Takes the partner away again; the local address stays. */
int connect_dissolve(struct sock *sock);

/* Waits until a connect that was accepted has reached the kernel: then the socket has a local
 * address (EVENTS-33). */
void connect_wait_begun(struct sock *sock);

/* ---- The parts of a stream's connect ---- */

enum connect_how {
    CONNECT_NOW,   /* the caller gets the outcome */
    CONNECT_LATER, /* the caller was told to wait for the news, so SO_ERROR keeps them */
    CONNECT_BY     /* as CONNECT_NOW; the connection waits for SO_UPDATE_CONNECT_CONTEXT */
};

/* Keeps others from connecting until connect_end(). 0, or the WSA code of what is in the way. */
int connect_begin(struct sock *sock);
/* One attempt that waits. 0 or a negative errno; -ECANCELED: closed in another thread. */
int32_t connect_try(struct sock *sock, const struct name *name, int64_t deadline_ns);
/* The WSA code of an attempt of this socket that ended with 0 or a negative errno. */
int connect_error(struct sock *sock, int32_t result);
/* Tells who waits for the outcome, 0 or a WSA code, and returns it. */
int connect_end(struct sock *sock, int error, enum connect_how how);

#endif
