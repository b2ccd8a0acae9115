/* SPDX-License-Identifier: MIT */
/*
 * Sends that are queued behind one another on a stream, many by one system call: one entry into the
 * kernel, and one wake of the receiver, instead of one for each. On a ring thread, for one queue.
 * What the socket does not take at once goes on as a request, like any other send.
 */
#include <errno.h>
#include <sys/socket.h>

#include "ring/engine/uring.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum { STREAM_SENDS_MAX = 16 };

static bool send_joins(const struct ring_op *op, const struct ring_op *first)
{
    return op != NULL && op->kind == RING_SEND && !(op->flags & RING_OP_CANCELLED) &&
           op->msg_flags == first->msg_flags && op->fd == first->fd;
}

bool uring_sends_follow(const struct ring_op *first)
{
    return send_joins(first, first) && !(first->flags & RING_OP_NOT_READY) &&
           send_joins(first->next, first);
}

/* Bytes taken, or a negative errno. */
static int64_t sends_try(const struct ring_op *first)
{
    struct host_iov iov[STREAM_SENDS_MAX];
    uint32_t count = 0;

    for (const struct ring_op *op = first; count < STREAM_SENDS_MAX && send_joins(op, first);
         op = op->next)
        iov[count++] = (struct host_iov){host_untrusted_at(op->data, op->done_bytes),
                                         op->size_bytes - op->done_bytes};
    return host_send(first->fd, iov, count, first->msg_flags & ~MSG_WAITALL);
}

bool uring_try_sends(struct ring_queue *queue, struct ring_op *first)
{
    int64_t sent = sends_try(first);
    struct ring_op *op = first;
    bool more = true;

    if (sent < 0 && sent != -EAGAIN) {
        more = first->next != NULL;
        uring_end(queue, first, (int32_t)sent);
        return more;
    }
    while (sent > 0 && sent >= op->size_bytes - op->done_bytes) {
        struct ring_op *next = op->next;

        sent -= op->size_bytes - op->done_bytes;
        op->done_bytes = op->size_bytes;
        more = next != NULL;
        uring_end(queue, op, (int32_t)op->size_bytes);
        op = next;
    }
    if (more && sent > 0)
        op->done_bytes += (uint32_t)sent;
    if (more && send_joins(op, op))
        op->flags |= RING_OP_NOT_READY; /* or it was one too many: then a poll tells at once */
    return more;
}
