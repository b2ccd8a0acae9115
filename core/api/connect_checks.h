/* SPDX-License-Identifier: MIT */
/* The checks of connect() and WSAConnect() that other calls share; connect.c has them. */
#ifndef CORE_API_CONNECT_CHECKS_H
#define CORE_API_CONNECT_CHECKS_H

#include "core/verb/name.h"

/* What WSAConnect and WSAJoinLeaf have beside connect's arguments. */
struct connect_more {
    LPWSABUF caller_data, callee_data;
    const QOS *sqos, *gqos;
};

/* May this socket be connected now? 0 or a WSA code; datagram sockets always. */
int connect_check_state(struct sock *sock);
/* A name of the socket's family in Linux' form: 0, WSAEFAULT or WSAEAFNOSUPPORT. */
int connect_take_name(struct sock *sock, struct name *name, const struct sockaddr *address,
                      int bytes);
int connect_check_more(struct sock *sock, const struct connect_more *more);

#endif
