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
#include "core/object/deferred.h"
#include "core/object/group.h"
#include "core/object/notification.h"
#include "core/object/op.h"
#include "core/object/selection.h"
#include "core/verb/await.h"
#include "core/verb/block.h"
#include "core/verb/close.h"
#include "core/verb/transfer.h"
#include "core/base/startup.h"
#include "ring/host/net.h"
#include "ring/host/poll.h"
#include "ring/host/sys.h"

#define ACCEPT_STATUS_CANCELLED 0xC0000120u

enum { ACCEPT_ADDRESS_PAD = 16 };

/* ---- Connections that were put off ---- */

static void accept_done(struct ring_op *base);

static bool offer_match(const struct ring_op *base, void *argument)
{
    struct deferred **offer = base->data;

    if (base->kind != RING_ACCEPT || *offer != NULL || (base->flags & RING_OP_CANCELLED))
        return false;
    *offer = deferred_offer(argument, base->done == accept_done); /* else a thread's */
    return *offer != NULL;
}

/* On the ring thread. Accepts that wait for the kernel are called back, as many as there are
 * connections. Each takes its offer when it ends, unless the kernel was faster. */
static void offer_run(struct ring_op *base)
{
    struct sock *listener = base->data;

    engine_cancel(&listener->recv, offer_match, listener);
    op_sync_done(base);
}

static void offer_to_ring(struct sock *listener)
{
    struct op *op = op_take();

    if (op == NULL)
        return; /* others are about to give memory back */
    op->base.kind = RING_CALL;
    op->base.data = listener;
    op_wait_call(op, listener->ring, offer_run);
    op_give(op);
}

void accept_offer(struct sock *listener)
{
    /* [D1]. Whoever is in the direction takes the connection or leaves; each wait here is a short
     * stretch of somebody else's code. */
    while (deferred_unsettled(listener) && queue_busy_after(&listener->recv)) {
        block_wake(listener);
        if (sock_flags(listener) & SOCK_ON_RING)
            offer_to_ring(listener);
        host_yield();
    }
    if (deferred_any(listener)) { /* the kernel tells those who watch nothing */
        selection_note(listener, 0, 0);
        notification_news(listener);
        await_touch(listener);
    }
}

/* What an accept has got: the kernel's connection, or the one it was offered. */
static int32_t accept_settle(struct sock *listener, int32_t result, struct deferred *offer)
{
    if (offer == NULL)
        return result;
    if (result < 0)
        return deferred_redeem(listener, offer);
    deferred_return(listener, offer);
    return result;
}

/* ---- accept ---- */

/* The direction is the caller's. One connection, or a negative errno. */
static int accept_now(struct sock *listener)
{
    int fd = deferred_take(listener);

    if (fd < 0)
        fd = host_accept(listener->fd);
    /* Linux looks for a free descriptor first; what is documented is that a connection waits. */
    if ((fd == -EMFILE || fd == -ENFILE) && host_waiting_connections(listener->fd) == 0)
        fd = -EAGAIN;
    return fd;
}

/* Others have the direction: waits behind them. */
static int accept_behind(struct op *op, struct sock *listener)
{
    if (sock_join_ring(listener) != 0)
        return -ENOBUFS;
    if (!queue_join(&listener->recv, QUEUE_OWNER))
        return -ECANCELED;
    op->sock = listener;
    op->base.queue = &listener->recv;
    op->base.result = deferred_take(listener); /* [D1] */
    if (op->base.result >= 0)
        op->base.kind = RING_CALL; /* out of turn: it only has to leave the direction again */
    op_wait(op, listener->ring, PARK_FOREVER);
    return op->base.result;
}

/* Waits. -ECANCELED: the socket was closed; or a connection was put back, and is there now. */
static int accept_wait(struct sock *listener, bool claimed)
{
    struct deferred *offer = NULL;
    struct op *op = op_take();
    bool returned;
    int fd;

    if (op == NULL) {
        if (claimed)
            transfer_unclaim(listener, &listener->recv);
        return -ENOBUFS;
    }
    op->base.kind = RING_ACCEPT;
    op->base.fd = listener->fd;
    op->base.data = &offer;
    fd = claimed ? block_run(op, listener, &listener->recv, true, PARK_FOREVER)
                 : accept_behind(op, listener); /* SO_RCVTIMEO is for data only */
    op_give(op);
    returned = offer != NULL && fd >= 0;
    fd = accept_settle(listener, fd, offer);
    if (returned)
        accept_offer(listener);
    return fd;
}

int accept_take(struct sock *listener)
{
    bool nonblocking = sock_flags(listener) & SOCK_NONBLOCKING;
    int fd;

    do {
        bool claimed = queue_claim(&listener->recv);

        fd = claimed ? accept_now(listener) : -EAGAIN;
        if (fd == -EAGAIN && !nonblocking)
            fd = accept_wait(listener, claimed);
        else if (claimed)
            transfer_unclaim(listener, &listener->recv);
    } while (fd == -ECANCELED && !(sock_flags(listener) & SOCK_CLOSING));
    return fd;
}

int accept_error(struct sock *listener, int fd)
{
    if (fd == -ECANCELED || (sock_flags(listener) & SOCK_CLOSING))
        return WSAEINTR; /* closed in another thread */
    return errmap_to_wsa(ERRMAP_CALL_ACCEPT, -fd);
}

void accept_ended(struct sock *listener, int fd)
{
    selection_enable(listener, FD_ACCEPT);
    notification_taken(listener, fd == -EAGAIN ? SOCK_NOTIFY_EVENT_IN : 0);
}

int accept_peer(int fd, struct name *peer)
{
    peer->bytes = sizeof peer->data;
    if (host_live_peername(fd, peer->data, &peer->bytes) != 0)
        return WSAECONNRESET; /* the peer gave up before anybody accepted */
    name_to_winsock(peer);
    return 0;
}

/* A condition function asked for a group. */
static int accept_enter(struct sock *sock, GROUP group)
{
    struct name peer = {.bytes = sizeof peer.data};
    int error = group_enter(sock, group);

    if (error == 0 && host_getpeername(sock->fd, peer.data, &peer.bytes) == 0 &&
        !group_admits(sock, peer.data))
        error = WSAEINVAL;
    if (error == 0)
        group_connected(sock);
    return error;
}

int accept_open(struct sock *listener, int fd, GROUP group, uint32_t *accepted)
{
    int error = 0;
    struct sock *sock = sock_open(fd, listener->family, listener->type, listener->protocol,
                                  SOCK_BOUND | SOCK_CONNECTED | SOCK_ACCEPTED | SOCK_OVERLAPPED |
                                      (sock_flags(listener) & SOCK_NONBLOCKING));

    if (sock == NULL)
        return WSAENOBUFS;
    if (group != 0)
        error = accept_enter(sock, group);
    if (error != 0) {
        host_set_linger(fd, true, 0);
        sock_close(sock->handle);
        sock_unref(sock);
        return error;
    }
    sock->connected_at_s = sock_now_s();
    sock_inherit(sock, listener);
    if (sock_modes(listener) & SOCK_MODE_NO_INHERIT) /* else one of no memory stays inheritable */
        (void)sock_set_mode(sock, SOCK_MODE_NO_INHERIT, true);
    selection_inherit(sock, listener);
    *accepted = sock->handle;
    sock_unref(sock);
    if (!startup_ended())
        return 0;
    (void)sock_close(*accepted); /* unless WSACleanup did */
    return WSANOTINITIALISED;
}

int accept_one(struct sock *listener, uint32_t *accepted, struct name *peer)
{
    int fd = accept_take(listener);
    int error = fd < 0 ? accept_error(listener, fd) : accept_peer(fd, peer);

    accept_ended(listener, fd);
    if (error == 0)
        return accept_open(listener, fd, 0, accepted);
    if (fd >= 0)
        host_close(fd);
    return error;
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
static bool accept_await_data(struct op *op, uint32_t weight)
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
    if (weight != 0)
        queue_retire(listener_queue, listener_ring, weight);
    sock_unref(listener);
    return true;
}

static uint32_t accept_lost(int fd)
{
    host_close(fd);
    return STATUS_CONNECTION_RESET;
}

/* The operation has a connection, or why not. `weight`: what it holds in the listener's queue. */
static void accept_finish(struct op *op, int fd, uint32_t weight)
{
    struct accept_extra *extra = op->extra;
    struct sock *accept = extra->accept;
    struct name peer;
    uint32_t status = 0;

    accept_ended(op->sock, fd);
    if (fd < 0) /* on a closed listener the kernel says -EINVAL */
        status = sock_flags(op->sock) & SOCK_CLOSING ? ACCEPT_STATUS_CANCELLED
                                                     : errmap_to_status(ERRMAP_CALL_ACCEPT, -fd);
    else if (accept_peer(fd, &peer) != 0)
        status = accept_lost(fd);
    else if (!accept_attach(accept, fd))
        status = ACCEPT_STATUS_CANCELLED; /* IOCP-11 */
    else if (extra->data_bytes > 0 && accept_await_data(op, weight))
        return;
    else if (extra->data_bytes > 0)
        status = ACCEPT_STATUS_CANCELLED;
    else
        accept_put_addresses(extra);
    sock_clear(accept, SOCK_ACCEPTING);
    op_complete(op, status, 0, weight);
    sock_unref(accept);
}

static void accept_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct accept_extra *extra = op->extra;
    struct deferred *offer = extra->offer;

    if (offer != NULL && !extra->cancelled)
        base->flags &= (uint8_t)~RING_OP_CANCELLED; /* it was called back only for the offer */
    extra->offer = NULL;
    accept_finish(op, accept_settle(op->sock, base->result, offer), QUEUE_OWNER);
}

static int accept_submit(struct op *op, struct sock *listener)
{
    int fd = deferred_take(listener);

    if (fd >= 0) { /* nobody is before us, and nobody need wait for us */
        accept_finish(op, fd, 0);
        return WSA_IO_PENDING;
    }
    if (!queue_join(&listener->recv, QUEUE_OWNER))
        return WSAENOTSOCK;
    fd = deferred_take(listener); /* [D1] */
    if (fd >= 0) {
        op->base.kind = RING_CALL; /* out of turn: it has nothing to wait for */
        op->base.result = fd;
    }
    op->base.queue = &listener->recv;
    engine_submit(listener->ring, &op->base);
    return WSA_IO_PENDING;
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
    *extra = (struct accept_extra){request->accept,
                                   request->output,
                                   request->data_bytes,
                                   request->local_bytes,
                                   request->remote_bytes,
                                   NULL,
                                   false};
    op->extra = extra;
    op->base.kind = RING_ACCEPT;
    op->base.fd = listener->fd;
    op->base.data = &extra->offer;
    op->base.done = accept_done;
    /* release pairs with the acquire in sock_end(), which looks after SOCK_CLOSING is set. */
    atomic_store_explicit(&request->accept->listener, listener->handle, memory_order_release);
    handle_ref_again(request->accept->handle);
    error = accept_submit(op, listener);
    if (error == WSA_IO_PENDING && (sock_flags(request->accept) & SOCK_CLOSING)) {
        sock_end_accept(request->accept); /* closed before it could be found with this listener */
    } else if (error != WSA_IO_PENDING) {
        sock_clear(request->accept, SOCK_ACCEPTING);
        sock_unref(request->accept);
        op_abandon(op);
    }
    return error;
}
