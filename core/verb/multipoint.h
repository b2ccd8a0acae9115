/* SPDX-License-Identifier: MIT */
/* Multipoint sessions, which are IP multicast groups: WSAJoinLeaf after its checks. */
#ifndef CORE_VERB_MULTIPOINT_H
#define CORE_VERB_MULTIPOINT_H

#include "core/verb/name.h"

/* Notes the WSA_FLAG_MULTIPOINT_ flags that a new socket was made with. 0 or WSAENOBUFS. */
int multipoint_note(struct sock *sock, DWORD flags);
/* Was the socket made for WSAJoinLeaf? */
bool multipoint_is_leaf(struct sock *sock);

/* Is this a multicast group? The name is in Linux' form. */
bool multipoint_is_group(const struct name *name);

/* Joins a session as `role`, JL_SENDER_ONLY, JL_RECEIVER_ONLY or JL_BOTH. 0 or a WSA code. */
int multipoint_join(struct sock *sock, const struct name *name, DWORD role);

/* Has it a session to send to? */
static inline bool multipoint_sends(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && atomic_load_explicit(&rare->session, memory_order_acquire) != NULL;
}
/* Where a datagram goes that names nobody: the session joined last as a sender. False: none. */
bool multipoint_destination(struct sock *sock, struct name *name);

#endif
