/* SPDX-License-Identifier: MIT */
/*
 * accept and AcceptEx. An accept is an operation in the listener's receive direction, of which up
 * to sixteen are with the kernel together. AcceptEx may then wait for data: the operation moves to
 * the accepted socket's receive direction, but completes to the listener's port (IOCP-09).
 */
#include "core/verb/accept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/object/op.h"
#include "core/object/selection.h"
#include "core/verb/block.h"
#include "core/verb/await.h"
#include "core/verb/close.h"
#include "core/verb/transfer.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

#define ACCEPT_STATUS_CANCELLED 0xC0000120u

enum { ACCEPT_ADDRESS_PAD = 16 };

/* ---- accept ---- */

/* One connection as a descriptor, waiting if the socket is blocking. Or a negative errno. */
static int accept_descriptor(struct sock *listener)
{
    struct ring_queue *queue = &listener->recv;
    bool nonblocking = sock_flags(listener) & SOCK_NONBLOCKING;
    bool claimed = queue_claim(queue);
    struct op *op;
    int fd;

    if (claimed) {
        fd = host_accept(listener->fd);
        if (fd != -EAGAIN || nonblocking) {
            transfer_unclaim(listener, queue);
            return fd;
        }
    } else if (nonblocking) {
        return -EAGAIN;
    }
    op = op_take();
    if (op == NULL) {
        if (claimed)
            transfer_unclaim(listener, queue);
        return -ENOBUFS;
    }
    op->base.kind = RING_ACCEPT;
    op->base.fd = listener->fd;
    fd = block_run(op, listener, queue, claimed, PARK_FOREVER); /* SO_RCVTIMEO is for data only */
    op_give(op);
    return fd;
}

int accept_one(struct sock *listener, uint32_t *accepted, struct name *peer)
{
    int fd = accept_descriptor(listener);
    struct sock *sock;

    selection_enable(listener, FD_ACCEPT);
    if (fd == -ECANCELED || (fd < 0 && (sock_flags(listener) & SOCK_CLOSING)))
        return WSAEINTR; /* closed in another thread */
    if (fd < 0)
        return errmap_to_wsa(ERRMAP_CALL_ACCEPT, -fd);
    peer->bytes = sizeof peer->data;
    if (host_getpeername(fd, peer->data, &peer->bytes) != 0)
        peer->bytes = 0; /* gone already: the caller finds out when it reads */
    sock = sock_open(fd, listener->family, listener->type, listener->protocol,
                     SOCK_BOUND | SOCK_CONNECTED | SOCK_ACCEPTED | SOCK_OVERLAPPED |
                         (sock_flags(listener) & SOCK_NONBLOCKING));
    if (sock == NULL)
        return WSAENOBUFS;
    sock->connected_at_s = sock_now_s();
    sock_inherit(sock, listener);
    selection_inherit(sock, listener);
    if (peer->bytes > 0)
        name_to_winsock(peer);
    *accepted = sock->handle;
    return 0;
}

/* ---- AcceptEx ---- */

/* Writes one address area: the length the parser needs stands in its last two bytes. */
static void accept_put_address(char *area, DWORD area_bytes, int fd, bool peer)
{
    struct name name = {.bytes = sizeof name.data};
    int error;

    if (area_bytes == 0)
        return;
    memset(area, 0, area_bytes);
    error = peer ? host_getpeername(fd, name.data, &name.bytes)
                 : host_getsockname(fd, name.data, &name.bytes);
    if (error != 0)
        return; /* the peer is gone already */
    name_to_winsock(&name);
    if (name.bytes <= area_bytes - ACCEPT_ADDRESS_PAD)
        memcpy(area, name.data, name.bytes);
}

static void accept_put_addresses(const struct accept_extra *extra)
{
    char *local = extra->output + extra->data_bytes;

    accept_put_address(local, extra->local_bytes, extra->accept->fd, false);
    accept_put_address(local + extra->local_bytes, extra->remote_bytes, extra->accept->fd, true);
}

/* The connection takes the place of the unconnected file behind the accept socket's descriptor; the
 * number stays, because others may be using it in an option call at this moment. */
static bool accept_attach(struct sock *accept, int fd)
{
    bool closing;

    host_lock_acquire(&accept->lock);
    closing = sock_flags(accept) & SOCK_CLOSING;
    if (closing) {
        host_close(fd);
    } else {
        host_replace(accept->fd, fd);
        accept->connected_at_s = sock_now_s();
        sock_set(accept, SOCK_BOUND | SOCK_CONNECTED | SOCK_ACCEPTED | SOCK_CONTEXT_PENDING);
    }
    host_lock_release(&accept->lock);
    if (!closing) {
        selection_moved(accept);
        await_touch(accept);
    }
    return !closing;
}

/* AcceptEx with a receive length: the first data, or the end of the connection. */
static void accept_data_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct accept_extra *extra = op->extra;
    struct sock *accept = extra->accept;
    uint32_t status = base->result < 0 ? transfer_status(accept, base->result) : 0;

    if (status == 0)
        accept_put_addresses(extra);
    sock_clear(accept, SOCK_ACCEPTING);
    op_complete(op, status, base->result < 0 ? 0 : (uint32_t)base->result, QUEUE_OWNER);
    sock_operation_ended(accept);
    sock_unref(accept);
}

/* Moves the operation over to the accepted socket. False: that one is being closed. */
static bool accept_await_data(struct op *op)
{
    struct accept_extra *extra = op->extra;
    struct sock *accept = extra->accept;
    struct sock *listener = op->sock;
    struct ring_queue *listener_queue = op->base.queue;
    unsigned listener_ring = op->base.ring;

    if (sock_join_ring(accept) != 0 || !queue_join(&accept->recv, QUEUE_OWNER))
        return false;
    op->base.kind = RING_RECV;
    op->base.queue = &accept->recv;
    op->base.fd = accept->fd;
    op->base.data = extra->output;
    op->base.size_bytes = extra->data_bytes;
    op->base.done = accept_data_done;
    /* A reference of our own: on another ring the operation may end, and drop its one, at once. */
    handle_ref_again(listener->handle);
    engine_submit(accept->ring, &op->base);
    queue_retire(listener_queue, listener_ring, QUEUE_OWNER);
    sock_unref(listener);
    return true;
}

static void accept_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct accept_extra *extra = op->extra;
    struct sock *accept = extra->accept;
    uint32_t status = 0;

    selection_enable(op->sock, FD_ACCEPT);
    if (base->result < 0) /* on a closed listener the kernel says -EINVAL */
        status = sock_flags(op->sock) & SOCK_CLOSING
                     ? ACCEPT_STATUS_CANCELLED
                     : errmap_to_status(ERRMAP_CALL_ACCEPT, -base->result);
    else if (!accept_attach(accept, base->result))
        status = ACCEPT_STATUS_CANCELLED; /* IOCP-11 */
    else if (extra->data_bytes > 0 && accept_await_data(op))
        return;
    else if (extra->data_bytes > 0)
        status = ACCEPT_STATUS_CANCELLED;
    else
        accept_put_addresses(extra);
    sock_clear(accept, SOCK_ACCEPTING);
    op_complete(op, status, 0, QUEUE_OWNER);
    sock_unref(accept);
}

int accept_overlapped(struct sock *listener, const struct accept_request *request)
{
    struct accept_extra *extra = malloc(sizeof *extra);
    struct op *op = sock_join_ring(listener) == 0 ? op_take() : NULL;
    int error = extra == NULL || op == NULL ? WSAENOBUFS : 0;

    if (error == 0)
        error = op_prepare(op, listener, request->overlapped);
    if (error == 0 && (sock_set(request->accept, SOCK_ACCEPTING) & SOCK_ACCEPTING))
        error = WSAEINVAL; /* waits for a connection already */
    if (error != 0) {
        free(extra);
        if (op != NULL)
            op_abandon(op);
        return error;
    }
    *extra = (struct accept_extra){request->accept, request->output, request->data_bytes,
                                   request->local_bytes, request->remote_bytes};
    op->extra = extra;
    op->base.kind = RING_ACCEPT;
    op->base.fd = listener->fd;
    op->base.done = accept_done;
    /* release pairs with the acquire in sock_end(), which looks after SOCK_CLOSING is set. */
    atomic_store_explicit(&request->accept->listener, listener->handle, memory_order_release);
    handle_ref_again(request->accept->handle);
    error = transfer_submit(op, &listener->recv, QUEUE_OWNER);
    if (error == WSA_IO_PENDING && (sock_flags(request->accept) & SOCK_CLOSING)) {
        sock_end_accept(request->accept); /* closed before it could be found with this listener */
    } else if (error != WSA_IO_PENDING) {
        sock_clear(request->accept, SOCK_ACCEPTING);
        sock_unref(request->accept);
        op_abandon(op);
    }
    return error;
}
