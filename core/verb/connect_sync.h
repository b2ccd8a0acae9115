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

/* How a connect ended, of either kind: 0 or a negative errno. `later`: the caller was told to wait
 * for the news, so SO_ERROR keeps them. Returns the WSA code. */
int connect_end(struct sock *sock, int32_t result, bool later);

#endif
