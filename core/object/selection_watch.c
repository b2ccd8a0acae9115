/* SPDX-License-Identifier: MIT */
/*
 * The requests behind a selection, which a ring thread owns: one stays with the kernel and tells of
 * data, connections and the peer's end; another waits for room to send while somebody needs it.
 * selection_state.h states the rules.
 */
#include "core/object/selection_state.h"

#include <errno.h>
#include <stddef.h>

#include "core/object/op.h"
#include "ring/host/lx.h"
#include "ring/host/poll.h"

/* ---- What is wanted ---- */

static bool selection_wants_changes_locked(const struct selection *selection)
{
    uint32_t flags = sock_flags(selection->sock);
    long events = SELECTION_LEVEL | FD_CLOSE;

    if (flags & SOCK_LISTENING)
        events = FD_ACCEPT;
    else if (flags & SOCK_CONNECTED || selection->sock->type != SOCK_STREAM)
        events &= ~FD_ACCEPT;
    /* relaxed: who moves a socket out calls the ring thread afterwards. */
    return !selection->ended && (selection->mask & events) != 0 &&
           atomic_load_explicit(&selection->home, memory_order_relaxed) == NULL;
}

/* FD_WRITE waits for room. */
static bool selection_wants_room_locked(const struct selection *selection)
{
    return !selection->ended && (selection->mask & FD_WRITE) && selection->write_blocked &&
           !selection->ordered;
}

static void selection_arm_locked(struct selection *selection, struct ring_watch *watch, int events)
{
    struct sock *sock = selection->sock;

    handle_ref_again(sock->handle); /* [N5] */
    if (watch == &selection->room)
        selection->awaiting = true;
    else
        selection->watching = true;
    watch_arm(watch, sock->fd, (uint32_t)events, watch == &selection->room);
}

/* Makes the requests what they should be. */
static void selection_adjust_locked(struct selection *selection)
{
    const int events = LX_POLLIN | LX_POLLPRI | LX_POLLRDHUP;
    bool wanted = selection_wants_changes_locked(selection);

    if (selection->changes.armed && (!wanted || selection->moved)) {
        watch_cancel(&selection->changes); /* armed again, if need be, at its end */
    } else if (!selection->changes.armed && wanted) {
        selection->moved = false;
        selection->holds_at_once = host_poll_now(selection->sock->fd, events) != 0;
        selection_arm_locked(selection, &selection->changes, events);
    }
    wanted = selection_wants_room_locked(selection);
    if (selection->room.armed && !wanted)
        watch_cancel(&selection->room);
    else if (!selection->room.armed && wanted)
        selection_arm_locked(selection, &selection->room, LX_POLLOUT);
}

/* One thing that had a reference has ended. The selection may be gone afterwards. */
static void selection_let_go(struct sock *sock)
{
    sock_operation_ended(sock);
    sock_unref(sock);
}

static void selection_call_done(struct ring_op *base)
{
    struct selection *selection =
        (struct selection *)(void *)((char *)base - offsetof(struct selection, call));
    struct sock *sock = selection->sock;

    host_lock_acquire(&selection->lock);
    selection->called = false;
    selection_adjust_locked(selection);
    host_lock_release(&selection->lock);
    selection_let_go(sock);
}

void selection_call_locked(struct selection *selection)
{
    bool wanted = selection_wants_changes_locked(selection);

    if (selection->called || (selection->watching == wanted && !(wanted && selection->moved) &&
                              selection->awaiting == selection_wants_room_locked(selection)))
        return;
    selection->called = true;
    handle_ref_again(selection->sock->handle); /* [N5] */
    selection->call.kind = RING_CALL;
    selection->call.done = selection_call_done;
    engine_submit(selection->sock->ring, &selection->call);
}

/* After the end of a request. One that the kernel refused (no memory) is not made again at once,
 * but at the next call that has to do with the socket; until then those calls find out. */
static void selection_resume_locked(struct selection *selection, int32_t found)
{
    if (found >= 0 || found == -ECANCELED)
        selection_adjust_locked(selection);
}

static void selection_changed(struct ring_watch *watch, int32_t found, bool more)
{
    struct selection *selection =
        (struct selection *)(void *)((char *)watch - offsetof(struct selection, changes));
    struct sock *sock = selection->sock;

    host_lock_acquire(&selection->lock);
    if (found >= 0 && !selection->ended && !selection->moved) {
        selection_look_locked(selection, true);
        selection->holds_at_once = false;
        if (home_move_in_locked(selection)) { /* what holds now is told there once more */
            selection->holds_at_once = true;
            selection->foreign = false;
            selection_adjust_locked(selection);
        }
    }
    if (!more) {
        selection->watching = false;
        selection_resume_locked(selection, found);
    }
    host_lock_release(&selection->lock);
    if (!more)
        selection_let_go(sock);
}

/* ---- Room to send ---- */

static void selection_order_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct sock *sock = op->sock;
    struct selection *selection = selection_of(sock);
    unsigned ring = base->ring;

    op_give(op);
    queue_retire(&sock->send, ring, QUEUE_OWNER);
    host_lock_acquire(&selection->lock);
    selection->ordered = false;
    if (!selection->ended)
        selection_look_locked(selection, false);
    selection_adjust_locked(selection);
    host_lock_release(&selection->lock);
    selection_let_go(sock);
}

/* There is room, but sends accepted earlier come first: FD_WRITE queues up behind them. Asking for
 * room again at once would keep the ring thread busy with nothing. */
static void selection_order_locked(struct selection *selection)
{
    struct sock *sock = selection->sock;
    struct op *op = op_take();

    if (op == NULL)
        return; /* then it does keep it busy, until there is memory */
    if (!queue_join(&sock->send, QUEUE_OWNER)) {
        op_give(op);
        return; /* closed */
    }
    selection->ordered = true;
    handle_ref_again(sock->handle); /* [N5] */
    op->sock = sock;
    op->flags = OP_DETACHED;
    op->base.kind = RING_DONE;
    op->base.queue = &sock->send;
    op->base.fd = sock->fd;
    op->base.done = selection_order_done;
    engine_submit(sock->ring, &op->base);
}

static void selection_give_up_room_locked(struct selection *selection)
{
    selection->write_blocked = false;
    selection_record_locked(selection, FD_WRITE);
}

static void selection_has_room(struct ring_watch *watch, int32_t found, bool more)
{
    struct selection *selection =
        (struct selection *)(void *)((char *)watch - offsetof(struct selection, room));
    struct sock *sock = selection->sock;

    host_lock_acquire(&selection->lock);
    if (found >= 0 && !selection->ended) {
        selection_look_locked(selection, false);
        if (selection_wants_room_locked(selection)) {
            if (queue_busy(&sock->send))
                selection_order_locked(selection);
            else if (!(found & LX_POLLOUT)) /* there never will be: the next send says why */
                selection_give_up_room_locked(selection);
        }
    }
    if (!more) {
        selection->awaiting = false;
        selection_resume_locked(selection, found);
    }
    host_lock_release(&selection->lock);
    if (!more)
        selection_let_go(sock);
}

void selection_watch_init(struct selection *selection)
{
    selection->changes.told = selection_changed;
    selection->room.told = selection_has_room;
}
