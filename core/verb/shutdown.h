/* SPDX-License-Identifier: MIT */
/* Ending one direction of a socket, or both: shutdown, WSASendDisconnect and WSARecvDisconnect. */
#ifndef CORE_VERB_SHUTDOWN_H
#define CORE_VERB_SHUTDOWN_H

#include "core/object/sock.h"

/* The socket's state: 0, WSAENOTCONN (a stream without a connection) or WSAECONNABORTED. */
int shutdown_check(struct sock *sock);

/* No new sends; FIN goes out behind those that were accepted. 0 or a WSA code. */
int shutdown_sending(struct sock *sock);

/* No new receives. A receive in flight goes on (SHUTDOWN-08), which the kernel's own SHUT_RD could
 * not do, so it is a flag. */
void shutdown_receiving(struct sock *sock);

/* The same; and data that nobody will receive reset the connection, as documented: those that are
 * unread, and, if `watch`, those that come later and that no pending receive takes. True: it is
 * reset already. */
bool shutdown_refusing(struct sock *sock, bool watch);

#endif
