/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait: the operation of a blocking call, from its start to its end.
 *
 * [B1] Who waits in its own ring holds the direction's claim from before the wait until after it:
 *      the ring thread issues nothing of that queue meanwhile, and whoever joins stands behind.
 * [B2] The ring thread cannot end such an operation, its own thread must. sock_rare names that
 *      thread: it writes itself there, then looks whether the queue was closed; closesocket()
 *      closes the queue, then looks there and wakes. seq_cst on both sides.
 * [B3] Calls queued to the thread run while nothing of its is in its ring: the operation first
 *      moves to the ring thread, in its place. So a routine may block again, on the same socket
 *      too, and does not wait for a claim that its own thread holds.
 * [B4] A thread with a 1.1 hook calls it all the time, so its operation goes to the ring thread at
 *      once: op_wait() is the one place that knows hooks, and cancels.
 */
#include "core/verb/block.h"

#include <errno.h>

#include "core/base/apc.h"
#include "core/base/blocking.h"
#include "core/object/deferred.h"
#include "core/verb/abandon.h"
#include "ring/engine/wait_ring.h"
#include "ring/host/lx.h"

enum block_end {
    BLOCK_ENDED, /* op->base.result holds */
    BLOCK_MOVED  /* a call is queued to this thread: the operation must go elsewhere, [B3] */
};

enum { BLOCK_UNTRIED_MAX = 15 }; /* receives in a row that may begin without a try */

/* Where a waiting thread writes itself; NULL: no memory. */
static struct thread *_Atomic *block_place(struct sock *sock, const struct ring_queue *queue)
{
    struct sock_rare *rare = sock_rare_make(sock);

    if (rare == NULL)
        return NULL;
    return queue == &sock->send ? &rare->sender : &rare->receiver;
}

/* A receive that collects to the last byte may be taken back with some of it: it never waits in a
 * ring of ours, where it would have to be. */
static bool block_collects(const struct ring_op *op)
{
    return (op->kind == RING_RECV || op->kind == RING_RECVMSG) &&
           (op->msg_flags & LX_MSG_WAITALL) != 0;
}

/* An accept waits for the kernel, and a connection is there that comes before the kernel's: [D1] in
 * deferred.h. It ends with -ECANCELED unless it got one after all. */
static bool block_overtaken(const struct ring_op *op)
{
    return op->kind == RING_ACCEPT && deferred_any(((const struct op *)(const void *)op)->sock);
}

/* The operation is in the thread's ring. */
static enum block_end block_wait(struct thread *self, struct ring_queue *queue, struct ring_op *op,
                                 int64_t deadline_ns)
{
    for (;;) {
        enum wait_ring_end end;

        if (queue_ended(queue, op) || block_overtaken(op)) { /* [B2] */
            wait_ring_recall(self->wait_ring);
            return BLOCK_ENDED;
        }
        if (blocking_wait_cancelled(self)) {
            if (!wait_ring_recall(self->wait_ring))
                op->result = -EINTR;
            return BLOCK_ENDED;
        }
        if (apc_pending(self))
            return wait_ring_recall(self->wait_ring) ? BLOCK_ENDED : BLOCK_MOVED;
        thread_wait_begin(self);
        end = wait_ring_wait(self->wait_ring, deadline_ns);
        thread_wait_end(self);
        if (end == WAIT_RING_ENDED)
            return BLOCK_ENDED;
        if (end == WAIT_RING_TIMEOUT) {
            if (!wait_ring_recall(self->wait_ring))
                op->result = -ETIMEDOUT;
            return BLOCK_ENDED;
        }
    }
}

/* Waits in the thread's own ring, under the claim. */
static enum block_end block_own(struct op *op, struct thread *_Atomic *place,
                                struct ring_queue *queue, int64_t deadline_ns)
{
    struct thread *self = thread_self(); /* exists: it took the operation */
    enum block_end end = BLOCK_MOVED;
    uint32_t outer;

    if (wait_ring_open(&self->wait_ring, &self->park, WAIT_RING_BEST) != 0)
        return BLOCK_MOVED; /* no memory or no descriptor left: the ring thread has what it takes */
    outer = blocking_wait_begin(self);
    atomic_store(place, self); /* [B2] */
    wait_ring_start(self->wait_ring, &op->base);
    end = block_wait(self, queue, &op->base, deadline_ns);
    /* relaxed: a wake that comes late is legal, and goes to a structure that is never freed. */
    atomic_store_explicit(place, NULL, memory_order_relaxed);
    if (blocking_wait_end(self, outer) && end == BLOCK_MOVED) {
        op->base.result = -EINTR; /* CancelSynchronousIo() came last, and had found it */
        end = BLOCK_ENDED;
    }
    return end;
}

int32_t block_run(struct op *op, struct sock *sock, struct ring_queue *queue, bool claimed,
                  int64_t deadline_ns)
{
    bool own = claimed && !block_collects(&op->base) && !blocking_hooked(); /* [B4] */
    struct thread *_Atomic *place = own ? block_place(sock, queue) : NULL;

    op->sock = sock;
    op->base.queue = queue;
    if (place != NULL && block_own(op, place, queue, deadline_ns) == BLOCK_ENDED) {
        transfer_unclaim(sock, queue);
        return op->base.result;
    }
    if (sock_join_ring(sock) != 0) {
        if (claimed)
            transfer_unclaim(sock, queue);
        return -ENOBUFS;
    }
    if (!claimed && !queue_join(queue, QUEUE_OWNER))
        return -ECANCELED;
    op->base.flags = claimed ? RING_OP_FIRST : 0;
    op_wait(op, sock->ring, deadline_ns);
    return op->base.result;
}

void block_wake(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);
    struct thread *waiters[2];

    if (rare == NULL)
        return;
    waiters[0] = atomic_load(&rare->receiver); /* [B2] */
    waiters[1] = atomic_load(&rare->sender);
    for (int i = 0; i < 2; i++)
        if (waiters[i] != NULL)
            park_wake(&waiters[i]->park);
}

bool block_receives(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && atomic_load(&rare->receiver) != NULL; /* [B2] */
}

/* ---- Sending and receiving ---- */

static int64_t block_deadline_ns(struct sock *sock, bool send)
{
    struct sock_rare *rare = sock_rare(sock);
    uint32_t timeout_ms = 0;

    if (rare != NULL) /* relaxed: a number on its own */
        timeout_ms = atomic_load_explicit(send ? &rare->send_timeout_ms : &rare->receive_timeout_ms,
                                          memory_order_relaxed);
    /* Documented: time-outs need a socket with the overlapped attribute. */
    if (timeout_ms == 0 || !(sock_flags(sock) & SOCK_OVERLAPPED))
        return PARK_FOREVER;
    return thread_deadline_ns(timeout_ms);
}

bool block_expected(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    if (rare == NULL || rare->receive_waits == 0)
        return false;
    rare->receive_waits--;
    return true;
}

/* The kernel has just said that the operation must wait. */
static void block_note_tried(struct sock *sock, struct op *op, bool send)
{
    struct sock_rare *rare = send ? NULL : sock_rare_make(sock);

    op->base.flags = RING_OP_NOT_READY;
    if (rare != NULL)
        rare->receive_waits = BLOCK_UNTRIED_MAX;
}

int transfer_block(struct sock *sock, struct transfer *transfer, bool send, enum block_claim claim,
                   uint32_t sent)
{
    struct ring_queue *queue = send ? &sock->send : &sock->recv;
    int64_t deadline_ns = block_deadline_ns(sock, send);
    struct op *op = op_take();
    int64_t result;
    int error;

    if (op == NULL || !transfer_fill(op, sock, transfer, send)) {
        if (op != NULL)
            op_give(op);
        if (claim != BLOCK_UNCLAIMED)
            transfer_unclaim(sock, queue);
        return WSAENOBUFS;
    }
    op->base.done_bytes = sent;
    if (claim == BLOCK_TRIED)
        block_note_tried(sock, op, send);
    result = block_run(op, sock, queue, claim != BLOCK_UNCLAIMED, deadline_ns);
    while (transfer_repeats(sock, &result, transfer->total_bytes, send))
        result = block_run(op, sock, queue, false, deadline_ns);
    transfer_copy_told(op, transfer);
    if (result == -EINTR && send && op->base.done_bytes > 0)
        abandon_connection(sock); /* nobody will ever know how much of it has gone */
    error = transfer_outcome(sock, transfer, result, send);
    op_give(op);
    return error;
}

/* ---- Threads ---- */

static void block_thread_exit(struct thread *thread)
{
    wait_ring_close(thread->wait_ring);
}

__attribute__((constructor)) static void block_load(void)
{
    thread_register_exit(block_thread_exit);
}
