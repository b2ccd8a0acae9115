/* SPDX-License-Identifier: MIT */
/* What only datagram sockets have: destinations, senders' names, answers by ICMP. */
#ifndef CORE_VERB_DATAGRAM_H
#define CORE_VERB_DATAGRAM_H

#include "core/verb/name.h"

/* A caller's destination in Linux' form: 0, WSAEFAULT (too short, or no pointer), WSAEAFNOSUPPORT
 * (another family than the socket's) or WSAEADDRNOTAVAIL (no port, or no address). */
int datagram_destination(struct sock *sock, struct name *name, const struct sockaddr *to,
                         int to_bytes);

/* A socket that sends to somebody gets a local address, if it has none. 0 or a WSA code. */
int datagram_bind(struct sock *sock);

/* The kernel has just written a sender to `from`: makes it Winsock's, and tells its length. */
void datagram_named(struct sock *sock, struct sockaddr *from, int *from_bytes);

/* A send that ended with `result`, a negative errno, may have met the answer to an earlier
 * datagram. Sends do not report that (UDP-03): the next receive will. True: the send did nothing,
 * and can be repeated. */
bool datagram_met_answer(struct sock *sock, int64_t result);

#endif
