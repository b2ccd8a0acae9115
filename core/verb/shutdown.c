/* SPDX-License-Identifier: MIT */
/* See shutdown.h. The caller holds a reference to the socket and no lock. */
#include "core/verb/shutdown.h"

#include "core/verb/transfer.h"

int shutdown_check(struct sock *sock)
{
    uint32_t flags = sock_flags(sock);

    if (sock->type != SOCK_STREAM) /* a datagram socket has no peer to lose (SHUTDOWN-10) */
        return 0;
    if (!(flags & SOCK_CONNECTED) || flags & SOCK_CONTEXT_PENDING)
        return WSAENOTCONN;
    return flags & SOCK_ABANDONED ? WSAECONNABORTED : 0;
}

int shutdown_sending(struct sock *sock)
{
    int error;

    if (sock_set(sock, SOCK_SHUT_SEND) & SOCK_SHUT_SEND)
        return 0; /* a second time changes nothing: SHUTDOWN-02 */
    if (sock->type != SOCK_STREAM)
        return 0;
    /* The flag keeps new sends away, and FIN goes out after those that were accepted before. */
    error = sock_shutdown_send(sock);
    /* There was a connection, and the kernel has none any more: the peer has reset it. */
    return error == WSAENOTCONN ? WSAECONNRESET : error;
}

void shutdown_receiving(struct sock *sock)
{
    sock_set(sock, SOCK_SHUT_RECV);
}
