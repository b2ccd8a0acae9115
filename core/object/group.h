/* SPDX-License-Identifier: MIT */
/*
 * Socket groups of the 1997 specification: sockets that were made to belong together. Of what a
 * group may share only one thing exists here: the sockets of a constrained group connect to one
 * host. A group lives as long as it has a member.
 */
#ifndef CORE_OBJECT_GROUP_H
#define CORE_OBJECT_GROUP_H

#include "core/object/sock.h"

/* A new socket enters. `wanted`: 0 (no group), SG_UNCONSTRAINED_GROUP or SG_CONSTRAINED_GROUP (a
 * new one), or an existing group's number. 0, WSAEINVAL (no such group; a constrained one takes
 * streams only) or WSAENOBUFS. */
int group_enter(struct sock *sock, GROUP wanted);
/* With the socket. */
void group_leave(struct sock *sock);

/* The number of the socket's group; 0: it has none. */
GROUP group_id(struct sock *sock);
/* The socket is the one that the group was made for. */
bool group_is_creator(struct sock *sock);

/* May the socket connect to this address, in Linux' form? False: its group is constrained, and
 * belongs to another host. */
bool group_admits(struct sock *sock, const void *address);
/* The socket is connected: a constrained group belongs to that host from the first time on. */
void group_connected(struct sock *sock);

#endif
