/* SPDX-License-Identifier: MIT */
/*
 * Local addresses: who may bind what beside whom. Windows' rules (2003 and later, one user) are
 * enforced among the sockets of this process; against other processes the kernel's rules hold.
 */
#ifndef CORE_VERB_BIND_H
#define CORE_VERB_BIND_H

#include "core/verb/name.h"

/* 0 or a WSA code. `name` is checked already and belongs to the socket's family. */
int bind_sock(struct sock *sock, const struct name *name);

/* Makes a bound stream socket listen; `backlog` as Winsock's listen() takes it. 0 or a WSA code. */
int bind_listen(struct sock *sock, int backlog);

/* A bound stream socket is connected now. When the application chose its port, TIME_WAIT shall not
 * keep that port from it later. */
void bind_connected(struct sock *sock);

/* The local address that the socket was bound to, in Linux' form; the wildcard, if it was not. */
void bind_address(struct sock *sock, struct name *name);

/* A connect of a stream socket has failed. Where the system chose the port of a bound socket, Linux
 * has given that port back; this takes it again. */
void bind_restore(struct sock *sock);

#endif
