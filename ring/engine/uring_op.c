/* SPDX-License-Identifier: MIT */
/*
 * Operations inside a ring thread: queues in order, requests to the kernel, their results. All of
 * it runs on the ring thread that the queue belongs to; only queue->owners is shared with others.
 *
 * [R1] uring_prep() publishes the operation to the kernel; uring_complete() gets it back. The
 *      kernel orders the two; both run on one thread, so ThreadSanitizer needs no help here.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "ring/engine/send_file.h"
#include "ring/engine/uring.h"
#include "ring/host/message.h"
#include "ring/host/outcome.h"
#include "ring/host/sys.h"

_Static_assert(sizeof(struct msghdr) == sizeof(((struct ring_msg *)0)->header), "ring_msg.header");
_Static_assert(sizeof(struct iovec) == sizeof(struct host_iov_storage), "ring_msg.iov");

static bool op_sends(const struct ring_op *op)
{
    return op->kind == RING_SEND || op->kind == RING_SENDMSG || op->kind == RING_FILE;
}

/* ---- Requests ---- */

struct msghdr *uring_msghdr(struct ring_op *op)
{
    struct ring_msg *msg = op->data;
    struct msghdr *header = (struct msghdr *)(void *)msg->header;

    memset(header, 0, sizeof *header);
    header->msg_iov = (struct iovec *)(void *)msg->iov;
    header->msg_iovlen = msg->count;
    header->msg_name = msg->name_bytes != 0 ? msg->name : NULL;
    header->msg_namelen = msg->name_bytes;
    header->msg_control = msg->control;
    header->msg_controllen = msg->control_bytes;
    return header;
}

void uring_prep_poll(struct io_uring_sqe *sqe, struct ring_op *op)
{
    bool out = op_sends(op) || op->kind == RING_CONNECT;

    io_uring_prep_poll_add(sqe, op->fd, out ? POLLOUT : POLLIN | POLLRDHUP);
    io_uring_sqe_set_data64(sqe, uring_tag(op));
    op->state = RING_OP_POLLING;
}

void uring_prep(struct io_uring_sqe *sqe, struct ring_op *op)
{
    switch (op->kind) {
    case RING_POLL:
    case RING_CONNECT: /* begun already, by host_connect_begin() */
        uring_prep_poll(sqe, op);
        return;
    case RING_FILE:
        uring_file_prep(sqe, op);
        return;
    case RING_RECV:
        io_uring_prep_recv(sqe, op->fd, op->data, op->size_bytes, op->msg_flags);
        break;
    case RING_SEND:
        io_uring_prep_send(sqe, op->fd, host_untrusted_at(op->data, op->done_bytes),
                           op->size_bytes - op->done_bytes, op->msg_flags | MSG_NOSIGNAL);
        break;
    case RING_RECVMSG:
        io_uring_prep_recvmsg(sqe, op->fd, uring_msghdr(op), op->msg_flags);
        break;
    case RING_SENDMSG:
        io_uring_prep_sendmsg(sqe, op->fd, uring_msghdr(op), op->msg_flags | MSG_NOSIGNAL);
        break;
    case RING_ACCEPT:
        io_uring_prep_accept(sqe, op->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        break;
    default:
        assert(false);
    }
    if ((op->flags & RING_OP_NOT_READY) && op->kind != RING_ACCEPT)
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
    op->flags &= (uint8_t)~RING_OP_NOT_READY;
    io_uring_sqe_set_data64(sqe, uring_tag(op));
    op->state = RING_OP_SUBMITTED; /* [R1] */
}

static void uring_issue_cancel(struct uring *ring, struct ring_op *op)
{
    struct io_uring_sqe *sqe = uring_sqe(ring);

    /* By user_data: by descriptor the kernel walks every request in flight (180 us at 8,000). */
    io_uring_prep_cancel64(sqe, uring_tag(op), 0);
    io_uring_sqe_set_data64(sqe, URING_TAG_IGNORE);
}

/* The kernel called the socket ready because of an error, and then had none to tell: it keeps notes
 * that nobody will fetch, and would call it ready for ever. */
static void op_drop_notes(struct ring_op *op)
{
    if (!(op->flags & RING_OP_ERROR))
        return;
    op->flags &= (uint8_t)~RING_OP_ERROR;
    while (host_take_answer(op->fd) != HOST_ANSWER_NONE)
        continue;
}

/* ---- Queues ---- */

static void queue_append(struct ring_queue *queue, struct ring_op *op)
{
    op->next = NULL;
    if (queue->head == NULL)
        queue->head = op;
    else
        queue->tail->next = op;
    queue->tail = op;
}

/* Behind what is in flight, before everything else. */
static void queue_insert_first(struct ring_queue *queue, struct ring_op *op)
{
    struct ring_op **link = &queue->head;

    for (unsigned i = 0; i < queue->in_flight; i++)
        link = &(*link)->next;
    op->next = *link;
    *link = op;
    if (op->next == NULL)
        queue->tail = op;
}

static void queue_remove(struct ring_queue *queue, struct ring_op *op)
{
    struct ring_op **link = &queue->head;
    struct ring_op *previous = NULL;

    while (*link != op) {
        previous = *link;
        link = &previous->next;
    }
    *link = op->next;
    if (queue->tail == op)
        queue->tail = previous;
    if (op->state != RING_OP_QUEUED)
        queue->in_flight--;
}

static struct ring_op *queue_first_waiting(struct ring_queue *queue)
{
    struct ring_op *op = queue->head;

    for (unsigned i = 0; i < queue->in_flight; i++)
        op = op->next;
    return op;
}

void uring_end(struct ring_queue *queue, struct ring_op *op, int32_t result)
{
    queue_remove(queue, op);
    op->state = RING_OP_IDLE;
    op->result = result;
    op->done(op); /* the operation, and with it perhaps the queue, may be gone now */
}

/* A connect is asked for directly: that takes a fifth less than a CONNECT request, which does the
 * same, then arms a poll, and does it again. */
static bool queue_needs_kernel(const struct uring *ring, struct ring_op *op)
{
    if (op->kind == RING_DONE || (op->flags & RING_OP_CANCELLED) ||
        atomic_load_explicit(&ring->failed, memory_order_relaxed)) /* our own thread's */
        return false;
    if (op->kind == RING_FILE)
        return !ring_file_run(op, &op->result);
    if (op->kind != RING_CONNECT)
        return true;
    op->result = host_connect_begin(op->fd, op->data, op->size_bytes, NULL);
    return op->result == -EALREADY;
}

/* What an operation ends with that never went there. */
static int32_t queue_result(const struct uring *ring, const struct ring_op *op)
{
    if (op->kind == RING_DONE)
        return op->result;
    if (op->flags & RING_OP_CANCELLED)
        return -ECANCELED;
    return atomic_load_explicit(&ring->failed, memory_order_relaxed) ? -ENETDOWN : op->result;
}

/* Has the kernel tell when a datagram's operation can make progress. */
static void queue_arm(struct uring *ring, struct ring_queue *queue, struct ring_op *op)
{
    op->flags &= (uint8_t)~RING_OP_NOT_READY;
    uring_prep_poll(uring_sqe(ring), op);
    queue->in_flight++;
}

/* Sends or receives what waits in a queue of datagrams, of which nothing is in flight. False: the
 * queue may be gone with its last operation. */
static bool queue_try_datagrams(struct uring *ring, struct ring_queue *queue, struct ring_op *first)
{
    struct ring_op *ops[URING_DATAGRAMS];
    int32_t results[URING_DATAGRAMS];
    unsigned count = uring_datagrams_gather(first, ops);
    int done = uring_datagrams(ops, count, results);
    bool more = true;

    if (done == -EAGAIN) {
        op_drop_notes(first);
        queue_arm(ring, queue, first);
        return true;
    }
    if (done < 0) {
        results[0] = done;
        done = 1;
    } else if ((unsigned)done < count) {
        ops[done]->flags |= RING_OP_NOT_READY; /* or it failed, and the kernel calls that ready */
    }
    for (int i = 0; i < done; i++) {
        more = ops[i]->next != NULL;
        uring_end(queue, ops[i], results[i]);
    }
    return more;
}

/* Issues what may be issued. Operations that need no kernel end here, in their place. */
static void queue_pump(struct uring *ring, struct ring_queue *queue)
{
    struct ring_queue *outer = ring->pumping;
    bool more = true;

    if (outer == queue)
        return;
    ring->pumping = queue;
    while (more && queue->in_flight < queue->limit &&
           /* acquire pairs with the release in queue_unclaim() */
           !(atomic_load_explicit(&queue->owners, memory_order_acquire) & QUEUE_CLAIMED)) {
        struct ring_op *op = queue_first_waiting(queue);

        if (op == NULL)
            break;
        if (!queue_needs_kernel(ring, op)) {
            /* Other operations keep the queue's socket alive; without any, stop looking at it. */
            more = op->next != NULL || queue->in_flight > 0;
            uring_end(queue, op, queue_result(ring, op));
        } else if (queue->datagrams && uring_is_transfer(op)) {
            if (op->flags & RING_OP_NOT_READY)
                queue_arm(ring, queue, op);
            else
                more = queue_try_datagrams(ring, queue, op);
        } else if (queue->in_flight == 0 && uring_sends_follow(op)) {
            more = uring_try_sends(queue, op);
        } else {
            uring_prep(uring_sqe(ring), op);
            queue->in_flight++;
            ring->followers++;
        }
        more |= ring->restarted;
        ring->restarted = false;
    }
    ring->pumping = outer;
}

void uring_issue_deferred(struct uring *ring)
{
    for (unsigned i = 0; i < ring->deferred_count; i++)
        queue_pump(ring, ring->deferred[i]);
    ring->deferred_count = 0;
}

/* What waits in the queue keeps its socket. A call, which may end it all, waits for this. */
static void queue_defer(struct uring *ring, struct ring_queue *queue)
{
    for (unsigned i = 0; i < ring->deferred_count; i++)
        if (ring->deferred[i] == queue)
            return;
    if (ring->deferred_count == URING_DEFERRED)
        uring_issue_deferred(ring);
    ring->deferred[ring->deferred_count++] = queue;
}

void uring_take_in(struct uring *ring, struct ring_op *op)
{
    struct ring_queue *queue = op->queue;

    if (op->kind == RING_CALL) {
        uring_issue_deferred(ring);
        op->done(op);
        return;
    }
    op->state = RING_OP_QUEUED;
    if (queue_ended(queue, op)) /* closed meanwhile: it arrives after engine_cancel() ran */
        op->flags |= RING_OP_CANCELLED;
    if (op->flags & RING_OP_FIRST) {
        queue_insert_first(queue, op);
        /* release: what the direct attempt did comes before the next owner's work; [Q3] */
        atomic_fetch_and_explicit(&queue->owners, ~QUEUE_CLAIMED, memory_order_acq_rel);
    } else {
        queue_append(queue, op);
    }
    if (queue->datagrams)
        queue_defer(ring, queue);
    else
        queue_pump(ring, queue);
}

void queue_retire(struct ring_queue *queue, unsigned ring, uint32_t weight)
{
    (void)ring;
    /* release pairs with the acquire in queue_claim(): the completion was delivered before.
     * acquire pairs with queue_close(): the closer sees the queue idle, or we see SOCK_CLOSING. */
    atomic_fetch_sub_explicit(&queue->owners, weight, memory_order_acq_rel);
    if (queue->head != NULL)
        queue_pump(uring_current, queue);
}

void engine_restart(struct ring_op *op)
{
    op->state = RING_OP_QUEUED;
    if (queue_ended(op->queue, op)) /* closed since it was issued */
        op->flags |= RING_OP_CANCELLED;
    queue_insert_first(op->queue, op);
    uring_current->restarted = uring_current->pumping == op->queue;
    queue_pump(uring_current, op->queue);
}

/* ---- Results ---- */

/* Advances a gathered send past `bytes`. */
static void msg_advance(struct ring_msg *msg, uint64_t bytes)
{
    uint32_t from = 0;

    while (from < msg->count && bytes >= msg->iov[from].bytes)
        bytes -= msg->iov[from++].bytes;
    if (from > 0)
        memmove(&msg->iov[0], &msg->iov[from], (msg->count - from) * sizeof msg->iov[0]);
    msg->count -= from;
    if (msg->count > 0) {
        msg->iov[0].base = host_untrusted_at(msg->iov[0].base, bytes);
        msg->iov[0].bytes -= bytes;
    }
}

/* A stream send is finished when every byte was taken. True: it continues. */
static bool op_continues(struct ring_op *op, int32_t result)
{
    if (result <= 0 || !op_sends(op))
        return false;
    op->done_bytes += (uint32_t)result;
    if (op->done_bytes >= op->size_bytes)
        return false;
    if (op->kind == RING_SENDMSG)
        msg_advance(op->data, (uint64_t)result);
    return !(op->flags & RING_OP_CANCELLED);
}

/* A receive has ended: its header says more than its result. */
void uring_received(struct ring_op *op, const struct msghdr *header)
{
    struct ring_msg *msg = op->data;

    msg->control_bytes = (uint32_t)header->msg_controllen;
    msg->flags = (uint32_t)header->msg_flags;
}

/* The kernel did not wait. Some do not, on O_NONBLOCK descriptors. */
static bool op_must_wait(int32_t result)
{
    return result == -EAGAIN || result == -EINTR;
}

/* What the caller is told. */
static int32_t op_outcome(const struct ring_op *op, int32_t result)
{
    if (op->kind == RING_POLL)
        return result < 0 ? result : 0;
    /* A cancel that the kernel answered with -EALREADY ends the request with -EINTR; and one that
     * came before the request was issued finds it about to wait. */
    if ((op->flags & RING_OP_CANCELLED) && op_must_wait(result))
        return -ECANCELED;
    if (op_sends(op) && result > 0)
        return op->done_bytes < op->size_bytes ? -ECANCELED : (int32_t)op->done_bytes;
    return result;
}

enum uring_verdict uring_judge(struct ring_op *op, int32_t *result)
{
    bool polled = op->state == RING_OP_POLLING && op->kind != RING_POLL;
    bool cancelled = op->flags & RING_OP_CANCELLED;

    if (op->kind == RING_FILE)
        return uring_file_judge(op, result);
    if (polled && *result >= 0 && !cancelled) {
        if ((*result & (POLLIN | POLLERR)) == POLLERR && !op_sends(op))
            op->flags |= RING_OP_ERROR;
        if (op->kind != RING_CONNECT)
            return URING_AGAIN; /* now it is ready */
        *result = host_connect_begin(op->fd, op->data, op->size_bytes, NULL);
        return *result == -EALREADY ? URING_WAIT : URING_ENDED;
    }
    if (!polled && !cancelled && op_must_wait(*result)) {
        op_drop_notes(op);
        return URING_WAIT;
    }
    if (!polled && op_continues(op, *result))
        return URING_AGAIN;
    if (polled && cancelled)
        *result = -ECANCELED;
    if (op->kind == RING_RECVMSG && *result >= 0)
        uring_received(op,
                       (const struct msghdr *)(const void *)((struct ring_msg *)op->data)->header);
    *result = op_outcome(op, *result);
    return URING_ENDED;
}

void uring_complete(struct uring *ring, uint64_t tag, int32_t result)
{
    struct ring_op *op = (struct ring_op *)(uintptr_t)(tag & 0xFFFFFFFFFFFFull);

    assert(op->generation == (uint16_t)(tag >> 48));
    if (op->generation != (uint16_t)(tag >> 48))
        return; /* not ours any more: never touch an operation of a later use */
    switch (uring_judge(op, &result)) {
    case URING_AGAIN:
        if (op->queue->datagrams && uring_is_transfer(op)) {
            op->state = RING_OP_QUEUED;
            op->queue->in_flight--;
            queue_pump(ring, op->queue);
        } else {
            uring_prep(uring_sqe(ring), op);
        }
        break;
    case URING_WAIT:
        uring_prep_poll(uring_sqe(ring), op);
        break;
    case URING_ENDED:
        uring_end(op->queue, op, result);
        break;
    }
}

unsigned engine_cancel(struct ring_queue *queue,
                       bool (*match)(const struct ring_op *op, void *argument), void *argument)
{
    struct uring *ring = uring_current;
    struct ring_op *next;
    unsigned count = 0;
    /* Everything before was cancelled as well. Not while a thread holds the claim: its own call
     * comes first, and may take for ever. acquire pairs with the release in queue_unclaim(). */
    bool in_order = !(atomic_load_explicit(&queue->owners, memory_order_acquire) & QUEUE_CLAIMED);

    for (struct ring_op *op = queue->head; op != NULL; op = next) {
        next = op->next;
        if (!match(op, argument)) {
            in_order = false;
            continue;
        }
        count++;
        if (op->flags & RING_OP_CANCELLED)
            continue;
        op->flags |= RING_OP_CANCELLED;
        if (op->state != RING_OP_QUEUED)
            uring_issue_cancel(ring, op);
        else if (!in_order) /* do not wait for those before it */
            uring_end(queue, op, -ECANCELED);
    }
    if (queue->head != NULL)
        queue_pump(ring, queue);
    return count;
}

void uring_end_all(struct ring_queue *queue, int32_t result)
{
    struct ring_op *op;

    while ((op = queue->head) != NULL)
        uring_end(queue, op, op->kind == RING_DONE ? op->result : result);
}
