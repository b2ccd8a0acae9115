/* SPDX-License-Identifier: MIT */
/*
 * ConnectEx and DisconnectEx: operations in the send direction. The first data of a ConnectEx
 * follow as a send in the same operation, before anything that was queued behind it.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/base/errmap.h"
#include "core/object/op.h"
#include "core/object/selection.h"
#include "core/verb/accept.h"
#include "core/verb/transfer.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

struct connect_extra {
    struct name name; /* read by the kernel when the request runs */
    const void *data;
    DWORD data_bytes;
};

/* ---- ConnectEx ---- */

static void connect_sent(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    uint32_t status = base->result < 0 ? transfer_status(op->sock, base->result) : 0;

    op_complete(op, status, base->result < 0 ? 0 : (uint32_t)base->result, QUEUE_OWNER);
}

static void connect_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct connect_extra *extra = op->extra;
    struct sock *sock = op->sock;
    uint32_t status = 0;

    if (base->result < 0) {
        status = errmap_to_status(ERRMAP_CALL_CONNECT, -base->result);
        sock->error = errmap_to_wsa(ERRMAP_CALL_CONNECT, -base->result);
        sock_set(sock, SOCK_CONNECT_FAILED);
        sock_clear(sock, SOCK_CONNECTING);
        selection_note(sock, FD_CONNECT, sock->error);
    } else {
        sock->connected_at_s = sock_now_s();
        sock_set(sock, SOCK_CONNECTED | SOCK_CONTEXT_PENDING);
        sock_clear(sock, SOCK_CONNECTING | SOCK_CONNECT_FAILED);
        selection_note(sock, FD_CONNECT, 0);
        if (extra->data_bytes > 0) {
            base->kind = RING_SEND;
            base->data = (void *)(uintptr_t)extra->data;
            base->size_bytes = extra->data_bytes;
            base->done_bytes = 0;
            base->msg_flags = LX_MSG_WAITALL;
            base->flags |= RING_OP_FIRST; /* it still owns the direction */
            base->done = connect_sent;
            engine_submit(base->ring, base);
            return;
        }
    }
    op_complete(op, status, 0, QUEUE_OWNER);
}

int connect_overlapped(struct sock *sock, const struct connect_request *request)
{
    struct connect_extra *extra = malloc(sizeof *extra);
    struct op *op = sock_join_ring(sock) == 0 ? op_take() : NULL;
    int error = extra == NULL || op == NULL ? WSAENOBUFS : 0;

    if (error == 0)
        error = op_prepare(op, sock, request->overlapped);
    if (error == 0 && (sock_set(sock, SOCK_CONNECTING) & SOCK_CONNECTING))
        error = WSAEINVAL; /* CONNECTING-04 */
    if (error != 0) {
        free(extra);
        if (op != NULL)
            op_abandon(op);
        return error;
    }
    *extra = (struct connect_extra){request->name, request->data, request->data_bytes};
    op->extra = extra;
    op->base.kind = RING_CONNECT;
    op->base.fd = sock->fd;
    op->base.data = extra->name.data;
    op->base.size_bytes = extra->name.bytes;
    op->base.done = connect_done;
    error = transfer_submit(op, &sock->send, QUEUE_OWNER);
    if (error != WSA_IO_PENDING) {
        sock_clear(sock, SOCK_CONNECTING);
        op_abandon(op);
    }
    return error;
}

/* ---- DisconnectEx ---- */

/* TF_REUSE_SOCKET: the handle gets a fresh socket. An accepted one is unbound again and fits
 * AcceptEx; a connected one keeps its local address, if that is free, and fits ConnectEx.
 * The descriptor's number stays: receives that are still queued have noted it, and were it closed
 * here, they would take the bytes of whichever connection got the number next. */
static int disconnect_renew(struct sock *sock)
{
    struct name name = {.bytes = sizeof name.data};
    bool keep = !(sock_flags(sock) & SOCK_ACCEPTED) &&
                host_getsockname(sock->fd, name.data, &name.bytes) == 0;
    int fresh = host_socket(sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET, sock->type,
                            sock->protocol);
    int error;

    if (fresh < 0)
        return fresh;
    if (keep) /* the old connection, while it ends, must not keep the address from the new one */
        host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    host_lock_acquire(&sock->lock);
    error = host_replace(sock->fd, fresh);
    if (error == 0)
        sock_clear(sock, SOCK_CONNECTED | SOCK_CONTEXT_PENDING | SOCK_ACCEPTED | SOCK_BOUND |
                             SOCK_SHUT_SEND | SOCK_SHUT_RECV | SOCK_DISCONNECTED | SOCK_RECV_TRIED |
                             SOCK_CONNECT_NEWS | SOCK_CONNECT_FAILED);
    host_lock_release(&sock->lock);
    if (error != 0)
        return error;
    selection_moved(sock);
    host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    if (keep && host_bind(sock->fd, name.data, name.bytes) == 0)
        sock_set(sock, SOCK_BOUND);
    return 0;
}

static int disconnect_now(struct sock *sock, bool reuse)
{
    int error = host_shutdown(sock->fd, SD_SEND);

    sock_set(sock, SOCK_DISCONNECTED | SOCK_SHUT_SEND);
    if (reuse)
        error = disconnect_renew(sock);
    return error == -ENOTCONN ? 0 : error; /* the peer was faster: disconnected it is */
}

static void disconnect_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    int error = disconnect_now(op->sock, base->msg_flags != 0);

    op_complete(op, error == 0 ? 0 : errmap_to_status(ERRMAP_CALL_ANY, -error), 0, QUEUE_OWNER);
}

int disconnect(struct sock *sock, WSAOVERLAPPED *overlapped, bool reuse)
{
    struct op *op;
    int error;

    if (overlapped == NULL && !reuse) {
        sock_set(sock, SOCK_DISCONNECTED | SOCK_SHUT_SEND);
        error = sock_shutdown_send(sock);
        return error == WSAENOTCONN ? 0 : error;
    }
    if (overlapped == NULL) {
        if (!queue_claim(&sock->send)) /* waits out the delivery of what has just ended */
            return WSAEWOULDBLOCK;     /* sends are queued: there is nothing to wait with */
        error = disconnect_now(sock, reuse);
        transfer_unclaim(sock, &sock->send);
        return error == 0 ? 0 : errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    }
    op = sock_join_ring(sock) == 0 ? op_take() : NULL;
    if (op == NULL)
        return WSAENOBUFS;
    error = op_prepare(op, sock, overlapped);
    if (error == 0) {
        op->base.kind = RING_DONE; /* behind every send that was accepted before */
        op->base.msg_flags = reuse;
        op->base.fd = sock->fd;
        op->base.done = disconnect_done;
        error = transfer_submit(op, &sock->send, QUEUE_OWNER);
    }
    if (error != WSA_IO_PENDING)
        op_abandon(op);
    return error;
}
