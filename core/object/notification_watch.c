/* SPDX-License-Identifier: MIT */
/*
 * The request behind a notification, which a ring thread owns: it stays with the kernel from the
 * first registration on, also while that is disabled, so that enabling it again costs a look and no
 * message to the ring thread. notification_state.h states the rules.
 */
#include "core/object/notification_state.h"

#include <errno.h>
#include <stddef.h>

#include "core/object/op.h"
#include "ring/host/lx.h"

static bool notification_wants_watch_locked(const struct notification *notification)
{
    return !notification->ended && notification->current != NULL;
}

/* The request with the kernel is not the one that is wanted. */
static bool notification_stale_locked(const struct notification *notification)
{
    return notification->moved || (notification->out && !notification->watching_out);
}

/* Makes the request what it should be. */
static void notification_adjust_locked(struct notification *notification)
{
    bool wanted = notification_wants_watch_locked(notification);
    int events = LX_POLLIN | LX_POLLRDHUP;

    if (notification->watch.armed && (!wanted || notification_stale_locked(notification))) {
        watch_cancel(&notification->watch); /* armed again, if need be, at its end */
    } else if (!notification->watch.armed && wanted) {
        if (notification->out)
            events |= LX_POLLOUT;
        notification->moved = false;
        notification->watching = true;
        notification->watching_out = notification->out;
        handle_ref_again(notification->sock->handle); /* [R6] */
        watch_arm(&notification->watch, notification->sock->fd, (uint32_t)events, false);
    }
}

/* One thing that had a reference has ended. The notification may be gone afterwards. */
static void notification_let_go(struct sock *sock)
{
    sock_operation_ended(sock);
    sock_unref(sock);
}

static void notification_call_done(struct ring_op *base)
{
    struct notification *notification =
        (struct notification *)(void *)((char *)base - offsetof(struct notification, call));
    struct sock *sock = notification->sock;

    host_lock_acquire(&notification->lock);
    notification->called = false;
    notification_adjust_locked(notification);
    host_lock_release(&notification->lock);
    notification_let_go(sock);
}

void notification_call_locked(struct notification *notification)
{
    bool wanted = notification_wants_watch_locked(notification);

    if (notification->called ||
        (notification->watching == wanted && !(wanted && notification_stale_locked(notification))))
        return;
    notification->called = true;
    handle_ref_again(notification->sock->handle); /* [R6] */
    notification->call.kind = RING_CALL;
    notification->call.done = notification_call_done;
    engine_submit(notification->sock->ring, &notification->call);
}

static void notification_changed(struct ring_watch *watch, int32_t found, bool more)
{
    struct notification *notification =
        (struct notification *)(void *)((char *)watch - offsetof(struct notification, watch));
    struct sock *sock = notification->sock;
    struct registration *post = NULL;

    host_lock_acquire(&notification->lock);
    if (found >= 0 && !notification->ended && notification_look_locked(notification))
        post = notification->current;
    if (!more) {
        notification->watching = false;
        /* One that the kernel refused (no memory) is made again at the next change of it. */
        if (found >= 0 || found == -ECANCELED)
            notification_adjust_locked(notification);
    }
    host_lock_release(&notification->lock);
    if (post != NULL)
        notification_post(post);
    if (!more)
        notification_let_go(sock);
}

void notification_watch_init(struct notification *notification)
{
    notification->watch.told = notification_changed;
}

/* ---- Behind the sends that were accepted ---- */

static void notification_order_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct sock *sock = op->sock;
    struct notification *notification = notification_of(sock);
    struct registration *post = NULL;
    unsigned ring = base->ring;

    op_give(op);
    queue_retire(&sock->send, ring, QUEUE_OWNER);
    host_lock_acquire(&notification->lock);
    notification->ordered = false;
    if (!notification->ended && notification_look_locked(notification))
        post = notification->current;
    host_lock_release(&notification->lock);
    if (post != NULL)
        notification_post(post);
    notification_let_go(sock);
}

void notification_order_locked(struct notification *notification)
{
    struct sock *sock = notification->sock;
    struct op *op = notification->ordered ? NULL : op_take();

    if (op == NULL)
        return; /* without memory, the next change tells */
    if (!queue_join(&sock->send, QUEUE_OWNER)) {
        op_give(op);
        return; /* closed */
    }
    notification->ordered = true;
    handle_ref_again(sock->handle); /* [R6] */
    op->sock = sock;
    op->flags = OP_DETACHED;
    op->base.kind = RING_DONE;
    op->base.queue = &sock->send;
    op->base.fd = sock->fd;
    op->base.done = notification_order_done;
    engine_submit(sock->ring, &op->base);
}
