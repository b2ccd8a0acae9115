/* SPDX-License-Identifier: MIT */
/* See shutdown.h. The caller holds a reference to the socket and no lock. */
#include "core/verb/shutdown.h"

#include "core/object/op.h"
#include "core/verb/abandon.h"
#include "core/verb/transfer.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/poll.h"

enum shutdown_unread { UNREAD_NONE, UNREAD_DATA, UNREAD_NEVER };

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

/* ---- Data that nobody will receive ---- */

/* UNREAD_NEVER: the peer has sent its end, or there is no connection any more. */
static enum shutdown_unread shutdown_look(struct sock *sock)
{
    int found = host_poll_now(sock->fd, LX_POLLIN | LX_POLLRDHUP);

    if (found == 0)
        return UNREAD_NONE;
    if (found < 0 || found & (LX_POLLERR | LX_POLLHUP))
        return UNREAD_NEVER;
    /* An end alone is no data. */
    return found & LX_POLLRDHUP && host_unread_bytes(sock->fd) <= 0 ? UNREAD_NEVER : UNREAD_DATA;
}

/* Not once TF_REUSE_SOCKET has renewed the socket. Another process that has the connection may want
 * the data. */
static bool shutdown_refuses(struct sock *sock)
{
    return (sock_flags(sock) & (SOCK_SHUT_RECV | SOCK_CLOSING)) == SOCK_SHUT_RECV &&
           sock->type == SOCK_STREAM && sock->family != AF_UNIX &&
           !(sock_modes(sock) & SOCK_MODE_SHARED);
}

static void shutdown_watch_end(struct op *op)
{
    struct sock *sock = op->sock;
    unsigned ring = op->base.ring;

    op_give(op);
    queue_retire(&sock->recv, ring, QUEUE_POLL);
    sock_operation_ended(sock);
    sock_unref(sock);
}

/* On the ring thread, behind every receive that was pending. */
static void shutdown_told(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    enum shutdown_unread unread = UNREAD_NEVER;

    if (base->result >= 0 && shutdown_refuses(op->sock))
        unread = shutdown_look(op->sock);
    if (unread == UNREAD_NONE) { /* a receive that had begun before SD_RECEIVE was faster */
        engine_restart(base);
        return;
    }
    if (unread == UNREAD_DATA)
        abandon_connection(op->sock);
    shutdown_watch_end(op);
}

/* Has the ring thread wait for data. That takes none, so it is like a
 * zero-byte receive: pending ones come first, and closesocket and TF_REUSE_SOCKET end it like them.
 * When no ring can be had, or no memory, the data stay in the kernel. */
static void shutdown_watch(struct sock *sock)
{
    struct op *op;

    if (!shutdown_refuses(sock) || sock_join_ring(sock) != 0 || (op = op_take()) == NULL)
        return;
    if (!queue_join(&sock->recv, QUEUE_POLL)) {
        op_give(op); /* closed meanwhile */
        return;
    }
    handle_ref_again(sock->handle);
    op->sock = sock;
    op->flags = OP_DETACHED;
    op->base.kind = RING_POLL;
    op->base.queue = &sock->recv;
    op->base.fd = sock->fd;
    op->base.done = shutdown_told;
    engine_submit(sock->ring, &op->base);
}

bool shutdown_refusing(struct sock *sock, bool watch)
{
    enum shutdown_unread unread = UNREAD_NONE;

    if (sock_set(sock, SOCK_SHUT_RECV) & SOCK_SHUT_RECV || !shutdown_refuses(sock))
        return false;
    if (!queue_busy(&sock->recv)) /* else the unread data are those receives' */
        unread = shutdown_look(sock);
    if (unread == UNREAD_DATA)
        abandon_connection(sock);
    else if (unread == UNREAD_NONE && watch)
        shutdown_watch(sock);
    return unread == UNREAD_DATA;
}
