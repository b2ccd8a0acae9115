/* SPDX-License-Identifier: MIT */
/*
 * Several handles of one socket. WSADuplicateSocket() and DuplicateHandle() make others beside its
 * own; all name the same struct sock, so that options, the port, the selection and above all the
 * tokens of its two directions are shared. The last one closed closes the socket.
 */
#ifndef CORE_OBJECT_SHARING_H
#define CORE_OBJECT_SHARING_H

#include "core/object/sock.h"

enum sharing_closed {
    SHARING_GONE, /* the value is no open handle any more: nothing happened */
    SHARING_KEPT, /* the socket has others */
    SHARING_LAST  /* it has none: SOCK_CLOSING is set, and the table's reference is the caller's */
};

/* One more handle: 0, WSAENOTSOCK (the last one was closed meanwhile) or WSAENOBUFS. `copy`: it is
 * DuplicateHandle()'s, which Windows' Winsock knows nothing of. */
int sharing_open(struct sock *sock, bool copy, uint32_t *handle);
bool sharing_is_copy(uint64_t value);

/* Closes the handle `s` of the socket. */
enum sharing_closed sharing_close(struct sock *sock, SOCKET s);

/* Closes every handle, and sets SOCK_CLOSING. False: that has been done; true: the table's
 * reference is the caller's. In a child of fork() nobody holds a lock, and none is needed. */
bool sharing_end_locked(struct sock *sock);

/* Whether children that the calling thread forks keep sockets that are inheritable: the first sets
 * it and returns what it was. The second is for the child, and looks at the socket as well. */
bool sharing_let_inherit(bool inherit);
bool sharing_inherits(struct sock *sock);

/* More than one handle is open. Only a hint by the time it returns. */
bool sharing_has_more(struct sock *sock);

/* A handle of a socket, but not its own one. Only a hint, too. */
bool sharing_is_sock(uint64_t value);

#endif
