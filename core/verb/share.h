/* SPDX-License-Identifier: MIT */
/* Sockets that are handed on: WSADuplicateSocket(), and descriptors from outside. */
#ifndef CORE_VERB_SHARE_H
#define CORE_VERB_SHARE_H

#include "core/object/sock.h"
#include "ring/host/share.h"

/* Offers the socket to a process. 0 or a WSA code: WSAEINVAL (no such process), WSAENOTSOCK
 * (closed meanwhile), WSAEMFILE or WSAENOBUFS. */
int share_offer(struct sock *sock, uint32_t process, struct host_ticket *ticket);

/* Takes it: 0 and a new handle, or a WSA code: WSAEINVAL (not offered to us, or not any more),
 * WSAEMFILE or WSAENOBUFS. `flags`: WSA_FLAG_ values. */
int share_take(const struct host_ticket *ticket, DWORD flags, SOCKET *taken);

/* A socket around a descriptor from outside the library, which it owns from now on. 0; or
 * WSAENOTSOCK, WSAEAFNOSUPPORT or WSAESOCKTNOSUPPORT, and the descriptor is as it was; or
 * WSAENOBUFS, and it is closed. */
int share_adopt(int fd, SOCKET *adopted);

/* The handles that nobody has taken are closed with their sockets; WSACleanup() forgets them. */
void share_forget(void);

#endif
