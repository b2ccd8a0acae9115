/* SPDX-License-Identifier: MIT */
/* Socket options: one row each in the tables of option_row.h. */
#ifndef CORE_VERB_OPTION_H
#define CORE_VERB_OPTION_H

#include "core/object/sock.h"

/* As setsockopt() and getsockopt(); pointers are the caller's, unchecked. 0 or a WSA code. sock is
 * NULL when the handle names no socket: WSAENOTSOCK, but SO_OPENTYPE asks for none. */
int option_set(struct sock *sock, int level, int name, const char *value, int length);
int option_get(struct sock *sock, int level, int name, char *value, int *length);

/* Gives a fresh descriptor, which is to take the place of the socket's, what the kernel was told of
 * the old one. Caller holds sock->lock. */
void option_carry(struct sock *sock, int fresh);

/* SIO_KEEPALIVE_VALS: the same as SO_KEEPALIVE, TCP_KEEPIDLE and TCP_KEEPINTVL together, in
 * milliseconds. The times count only when it is turned on. Takes sock->lock; 0 or a WSA code. */
int option_keepalive(struct sock *sock, bool on, uint32_t idle_ms, uint32_t interval_ms);

/* WSA_FLAG_OVERLAPPED, or 0 when the calling thread's SO_OPENTYPE wants sockets without. */
DWORD option_open_flags(void);

#endif
