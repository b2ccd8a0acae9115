/* SPDX-License-Identifier: MIT */
/*
 * ConnectEx and DisconnectEx: operations in the send direction. The first data of a ConnectEx
 * follow as a send in the same operation, before anything that was queued behind it. A connect is
 * tried first; what the kernel can tell at once needs no ring.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/base/errmap.h"
#include "core/object/group.h"
#include "core/object/op.h"
#include "core/object/selection.h"
#include "core/verb/abandon.h"
#include "core/verb/accept.h"
#include "core/verb/bind.h"
#include "core/verb/block.h"
#include "core/verb/close.h"
#include "core/verb/connect_icmp.h"
#include "core/verb/option.h"
#include "core/verb/option_inet.h"
#include "core/verb/transfer.h"
#include "core/verb/unix.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/outcome.h"

enum { DISCONNECT_AGAIN = 2 };

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

/* What has become of the connect, for the socket. Its status. */
static uint32_t connect_settle(struct sock *sock, int32_t result)
{
    uint32_t status = 0;

    result = connect_icmp_result(sock, result);
    if (result < 0) {
        /* The socket is bound: taken is the pair of its address and this remote one. */
        int error = result == -EADDRNOTAVAIL ? EADDRINUSE : unix_connect_errno(sock, -result);

        /* Cancelled: the kernel would go on, and the next attempt wait for this one. */
        if (result == -ECANCELED && !(sock_flags(sock) & SOCK_CLOSING))
            abandon_attempt(sock);
        status = errmap_to_status(ERRMAP_CALL_CONNECT, error);
        sock->error = errmap_to_wsa(ERRMAP_CALL_CONNECT, error);
        bind_restore(sock);
        sock_set(sock, SOCK_CONNECT_FAILED);
        sock_clear(sock, SOCK_CONNECTING);
        selection_note(sock, FD_CONNECT, sock->error);
    } else {
        sock->connected_at_s = sock_now_s();
        sock->error = 0; /* of a connect that failed before: SELECT-19 */
        sock_set(sock, SOCK_CONNECTED | SOCK_CONTEXT_PENDING);
        sock_clear(sock, SOCK_CONNECTING | SOCK_CONNECT_FAILED);
        group_connected(sock);
        selection_note(sock, FD_CONNECT, 0);
    }
    return status;
}

/* The first data follow, if there are any: the operation still owns the direction, or has its
 * claim. */
static bool connect_send_data(struct op *op, unsigned ring)
{
    struct connect_extra *extra = op->extra;
    struct ring_op *base = &op->base;

    if (extra->data_bytes == 0)
        return false;
    base->kind = RING_SEND;
    base->data = (void *)(uintptr_t)extra->data;
    base->size_bytes = extra->data_bytes;
    base->done_bytes = 0;
    base->msg_flags = LX_MSG_WAITALL;
    base->flags |= RING_OP_FIRST;
    base->done = connect_sent;
    engine_submit(ring, base);
    return true;
}

static void connect_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    uint32_t status = connect_settle(op->sock, base->result);

    if (status != 0 || !connect_send_data(op, base->ring))
        op_complete(op, status, 0, QUEUE_OWNER);
}

/* Under the claim of the direction: what the kernel can tell at once needs no ring. */
static void connect_at_once(struct op *op)
{
    struct sock *sock = op->sock;
    uint32_t status;
    int result = host_connect_begin(sock->fd, op->base.data, op->base.size_bytes, NULL);

    op->base.queue = &sock->send;
    if (result == -EALREADY) {
        op->base.flags |= RING_OP_FIRST;
        engine_submit(sock->ring, &op->base);
        return;
    }
    status = connect_settle(sock, result);
    if (status == 0 && connect_send_data(op, sock->ring))
        return;
    transfer_unclaim(sock, &sock->send);
    op_complete(op, status, 0, 0);
}

/* A thread that serves a port is likely to connect more sockets, or to wait soon. Together connects
 * cost less, for the peer too, so the ring thread shall find all of them; other threads try. */
static int connect_start(struct op *op)
{
    struct sock *sock = op->sock;

    bool tries = !thread_self()->port_active || sock->family == AF_UNIX; /* which never waits */

    if (tries && queue_claim(&sock->send)) {
        connect_at_once(op);
        return WSA_IO_PENDING; /* also when it is through already, as on Windows */
    }
    if (!queue_join(&sock->send, QUEUE_OWNER))
        return WSAENOTSOCK;
    op->base.queue = &sock->send;
    engine_submit_later(sock->ring, &op->base);
    return WSA_IO_PENDING;
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
    if (error == 0) {
        connect_icmp_forget(sock);
        inet_connecting(sock);
    }
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
    error = connect_start(op);
    if (error != WSA_IO_PENDING) {
        sock_clear(sock, SOCK_CONNECTING);
        op_abandon(op);
    }
    return error;
}

/* ---- DisconnectEx ---- */

/* What the application has set stays with the handle. */
static void disconnect_keep_options(struct sock *sock, int fresh)
{
    option_carry(sock, fresh);
    if (sock_flags(sock) & SOCK_SNDBUF_SET && sock_rare(sock)->send_buffer_bytes > 0)
        (void)host_set_option(fresh, LX_SOL_SOCKET, LX_SO_SNDBUF,
                              sock_rare(sock)->send_buffer_bytes);
    if (sock_flags(sock) & SOCK_RCVBUF_SET && sock_rare(sock)->receive_buffer_bytes > 0)
        (void)host_set_option(fresh, LX_SOL_SOCKET, LX_SO_RCVBUF,
                              sock_rare(sock)->receive_buffer_bytes);
    (void)host_set_linger(fresh, sock->linger_on && sock->linger_s == 0, 0);
    inet_renew(sock, fresh);
}

/* The address that the next connection starts from: what the application bound, which may be any
 * address with a port; else that of the connection. */
static bool disconnect_local(struct sock *sock, struct name *name)
{
    if (sock_flags(sock) & SOCK_IN_BIND_TABLE) {
        bind_address(sock, name);
        return true;
    }
    name->bytes = sizeof name->data;
    return host_getsockname(sock->fd, name->data, &name->bytes) == 0;
}

/* TF_REUSE_SOCKET: the handle gets a fresh socket. An accepted one is unbound again and fits
 * AcceptEx; a connected one keeps its local address, if that is free, and fits ConnectEx.
 * The descriptor's number stays: other threads may have it in hand, and were it closed here, they
 * would meet whichever connection got the number next. */
static int disconnect_renew(struct sock *sock)
{
    struct name name;
    bool keep = !(sock_flags(sock) & SOCK_ACCEPTED) && disconnect_local(sock, &name);
    int fresh = host_socket(name_lx_family(sock->family), sock->type, sock->protocol);
    int error;

    if (fresh < 0) {
        sock_set(sock, SOCK_CONNECTED); /* it can be tried again */
        return fresh;
    }
    if (keep) /* the old connection, while it ends, must not keep the address from the new one */
        host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    host_lock_acquire(&sock->lock);
    disconnect_keep_options(sock, fresh);
    error = host_replace(sock->fd, fresh);
    if (error == 0) {
        atomic_fetch_add_explicit(&sock->connection, 1, memory_order_relaxed);
        sock_clear(sock, SOCK_CONNECTED | SOCK_CONTEXT_PENDING | SOCK_ACCEPTED | SOCK_BOUND |
                             SOCK_SHUT_SEND | SOCK_SHUT_RECV | SOCK_DISCONNECTED | SOCK_RECV_TRIED |
                             SOCK_CONNECT_NEWS | SOCK_CONNECT_FAILED | SOCK_ABANDONED | SOCK_RESET);
    } else {
        sock_set(sock, SOCK_CONNECTED);
    }
    host_lock_release(&sock->lock);
    if (error != 0)
        return error;
    selection_moved(sock);
    host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    if (keep && host_bind(sock->fd, name.data, name.bytes) == 0)
        sock_set(sock, SOCK_BOUND);
    return 0;
}

/* Before that, receives end with the connection that they were meant for. Threads that wait in
 * rings of their own see it end. */
static void disconnect_receivers(struct sock *sock)
{
    if (block_receives(sock))
        (void)host_shutdown(sock->fd, SD_BOTH);
}

/* The connection is no more. */
static void disconnect_begin(struct sock *sock, bool reuse)
{
    (void)host_shutdown(sock->fd, SD_SEND); /* -ENOTCONN: the peer was faster */
    sock_set(sock, SOCK_DISCONNECTED | SOCK_SHUT_SEND);
    if (reuse)
        sock_clear(sock, SOCK_CONNECTED); /* no new receives */
}

/* On the ring thread, with the connection's end behind every send that was accepted before. For a
 * renewal it comes here again, twice: by then the thread has been to the kernel with the receives
 * that it had prepared, and nothing is on its way there that has the number of the descriptor. */
static void disconnect_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct sock *sock = op->sock;
    bool reuse = base->msg_flags != 0;
    int error = 0;

    if (base->size_bytes == 0)
        disconnect_begin(sock, reuse);
    if (reuse && base->size_bytes == 0) {
        sock_end_receives_here(sock);
        disconnect_receivers(sock);
    }
    if (reuse && base->size_bytes++ < DISCONNECT_AGAIN) {
        base->flags |= RING_OP_FIRST; /* it still owns the direction */
        engine_submit(base->ring, base);
        return;
    }
    if (reuse)
        error = disconnect_renew(sock);
    op_complete(op, error == 0 ? 0 : errmap_to_status(ERRMAP_CALL_ANY, -error), base->done_bytes,
                QUEUE_OWNER);
}

void disconnect_behind(struct op *op)
{
    op->base.kind = RING_DONE; /* nobody cancels that */
    op->base.size_bytes = 0;
    op->base.done = disconnect_done;
    disconnect_done(&op->base);
}

/* Under the claim of the send direction. 0 or a negative errno. */
static int disconnect_here(struct sock *sock)
{
    disconnect_begin(sock, true);
    if (!sock_end_receives(sock)) {
        sock_set(sock, SOCK_CONNECTED); /* it can be tried again */
        return -ENOBUFS;
    }
    disconnect_receivers(sock);
    return disconnect_renew(sock);
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
        error = disconnect_here(sock);
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
