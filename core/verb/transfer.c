/* SPDX-License-Identifier: MIT */
/*
 * WSASend and WSARecv behind their argument checks. Three ways, in this order: a direct system call
 * when the direction is free and that breaks no batch; a blocking wait for an operation of our own;
 * an overlapped operation for the ring thread. engine.h states the rules of the direction token.
 */
#include "core/verb/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/object/port.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum { TRANSFER_IOV_MAX = 16 }; /* buffers that a direct call takes; more go to the ring */

#define TRANSFER_STATUS_BUFFER_OVERFLOW 0x80000005u
#define TRANSFER_STATUS_CONNECTION_ABORTED 0xC0000241u

_Static_assert(sizeof(struct host_iov) == sizeof(struct host_iov_storage), "one layout");

uint32_t transfer_status(struct sock *sock, int32_t result)
{
    /* A connected receive that closesocket() ended: IOCP-17. */
    if (result == -ECANCELED && (sock_flags(sock) & SOCK_CLOSING) &&
        (sock_flags(sock) & SOCK_CONNECTED))
        return TRANSFER_STATUS_CONNECTION_ABORTED;
    return errmap_to_status(ERRMAP_CALL_ANY, -result);
}

/* ---- Operations ---- */

/* The end of an overlapped send or receive, on the ring thread. */
static void transfer_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    uint32_t weight = base->kind == RING_POLL ? QUEUE_POLL : QUEUE_OWNER;
    uint32_t status = 0;
    uint32_t bytes = 0;

    if (base->result < 0)
        status = transfer_status(op->sock, base->result);
    else
        bytes = (uint32_t)base->result;
    /* LX_MSG_TRUNC makes the kernel return a datagram's whole length. */
    if (bytes > base->size_bytes) {
        bytes = base->size_bytes;
        status = TRANSFER_STATUS_BUFFER_OVERFLOW;
    }
    op_complete(op, status, bytes, weight);
}

/* The end of an operation that nobody waits for. */
static void detached_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct sock *sock = op->sock;
    struct ring_queue *queue = base->queue;
    unsigned ring = base->ring;

    op_give(op);
    queue_retire(queue, ring, QUEUE_OWNER);
    sock_operation_ended(sock);
    sock_unref(sock);
}

/* An operation of the library's own on this queue, with a reference to the socket. Waits for memory
 * rather than fail: what it is for has already been promised. */
static struct op *detached_op(struct sock *sock, struct ring_queue *queue)
{
    struct op *op;

    while ((op = op_take()) == NULL)
        host_yield();
    handle_ref_again(sock->handle);
    op->sock = sock;
    op->flags = OP_DETACHED;
    op->base.kind = RING_DONE;
    op->base.queue = queue;
    op->base.fd = sock->fd;
    op->base.done = detached_done;
    return op;
}

void transfer_unclaim(struct sock *sock, struct ring_queue *queue)
{
    struct op *op;

    if (queue_unclaim(queue)) {
        sock_operation_ended(sock);
        return;
    }
    /* Others joined while we held the claim: the ring thread lets them in, in order. */
    op = detached_op(sock, queue);
    op->base.flags = RING_OP_FIRST;
    engine_submit(sock->ring, &op->base);
}

int transfer_submit(struct op *op, struct ring_queue *queue, uint32_t weight)
{
    if (!queue_join(queue, weight))
        return WSAENOTSOCK;
    op->base.queue = queue;
    engine_submit(op->sock->ring, &op->base);
    return WSA_IO_PENDING;
}

/* Scattered buffers for the kernel; NULL: no memory. */
static struct ring_msg *transfer_msg(const struct transfer *transfer)
{
    struct ring_msg *msg = malloc(sizeof *msg + transfer->count * sizeof msg->iov[0]);

    if (msg == NULL)
        return NULL;
    msg->total_bytes = transfer->total_bytes;
    msg->count = transfer->count;
    for (DWORD i = 0; i < transfer->count; i++) {
        msg->iov[i].base = transfer->buffers[i].buf;
        msg->iov[i].bytes = transfer->buffers[i].len;
    }
    return msg;
}

/* Fills in what the kernel shall do. False: no memory. */
static bool transfer_fill(struct op *op, struct sock *sock, const struct transfer *transfer,
                          bool send)
{
    op->base.fd = sock->fd;
    op->base.size_bytes = (uint32_t)transfer->total_bytes;
    op->base.msg_flags = (uint16_t)transfer->lx_flags;
    if (!send && sock->type != SOCK_STREAM)
        op->base.msg_flags |= LX_MSG_TRUNC;
    if (send && sock->type == SOCK_STREAM)
        op->base.msg_flags |= LX_MSG_WAITALL; /* the kernel itself goes on after a partial send */
    op->base.done = transfer_done;
    if (transfer->count == 1) {
        op->base.kind = send ? RING_SEND : RING_RECV;
        op->base.data = transfer->buffers[0].buf;
        return true;
    }
    op->base.kind = send ? RING_SENDMSG : RING_RECVMSG;
    op->extra = transfer_msg(transfer);
    op->base.data = op->extra;
    return op->extra != NULL;
}

/* ---- Direct attempts ---- */

/* One system call, under the claim. Returns bytes or a negative errno. */
static int64_t transfer_try(struct sock *sock, const struct transfer *transfer, bool send)
{
    struct host_iov iov[TRANSFER_IOV_MAX];
    int flags = transfer->lx_flags;

    if (transfer->count > TRANSFER_IOV_MAX)
        return -EAGAIN;
    for (DWORD i = 0; i < transfer->count; i++)
        iov[i] = (struct host_iov){transfer->buffers[i].buf, transfer->buffers[i].len};
    if (send)
        return host_send(sock->fd, iov, transfer->count, flags);
    if (sock->type != SOCK_STREAM)
        flags |= LX_MSG_TRUNC;
    return host_recv(sock->fd, iov, transfer->count, flags);
}

/* The buffers that follow the first `bytes`. */
static struct ring_msg *transfer_rest(const struct transfer *transfer, uint64_t bytes)
{
    uint64_t rest = transfer->total_bytes - bytes;
    struct ring_msg *msg = malloc(sizeof *msg + sizeof msg->iov[0] + rest);
    char *to;

    if (msg == NULL)
        return NULL;
    to = (char *)&msg->iov[1];
    msg->count = 1;
    msg->total_bytes = rest;
    msg->iov[0].base = to;
    msg->iov[0].bytes = rest;
    for (DWORD i = 0; i < transfer->count; i++) {
        uint64_t length = transfer->buffers[i].len;

        if (bytes >= length) {
            bytes -= length;
            continue;
        }
        memcpy(to, transfer->buffers[i].buf + bytes, length - bytes);
        to += length - bytes;
        bytes = 0;
    }
    return msg;
}

/* A non-blocking stream send is whole or refused (SEND-05): what the kernel did not take is copied
 * and sent after it. The claim passes to that operation. False: no memory. */
static bool transfer_finish_send(struct sock *sock, const struct transfer *transfer, uint64_t sent)
{
    struct ring_msg *rest = transfer_rest(transfer, sent);
    struct op *op;

    if (rest == NULL || sock_join_ring(sock) != 0) {
        free(rest);
        return false;
    }
    op = detached_op(sock, &sock->send);
    op->extra = rest;
    op->base.kind = RING_SENDMSG;
    op->base.data = rest;
    op->base.size_bytes = (uint32_t)rest->total_bytes;
    op->base.msg_flags = LX_MSG_WAITALL;
    op->base.flags = RING_OP_FIRST;
    engine_submit(sock->ring, &op->base);
    return true;
}

/* ---- Synchronous calls ---- */

static int transfer_outcome(struct sock *sock, struct transfer *transfer, int64_t result, bool send)
{
    if (result < 0) {
        if (result == -ECANCELED)
            return errmap_status_to_wsa(transfer_status(sock, -ECANCELED));
        return errmap_to_wsa(send ? ERRMAP_CALL_SEND : ERRMAP_CALL_RECV, (int)-result);
    }
    if ((uint64_t)result > transfer->total_bytes) { /* a cut datagram */
        transfer->bytes = (uint32_t)transfer->total_bytes;
        return WSAEMSGSIZE;
    }
    transfer->bytes = (uint32_t)result;
    return 0;
}

/* The rest of a blocking call, as an operation that this thread waits for. `claimed`: the direction
 * is ours, and `sent` bytes have gone. */
static int transfer_block(struct sock *sock, struct transfer *transfer, bool send, bool claimed,
                          uint32_t sent)
{
    struct ring_queue *queue = send ? &sock->send : &sock->recv;
    struct op *op = sock_join_ring(sock) == 0 ? op_take() : NULL;
    int64_t result;

    if (op == NULL || !transfer_fill(op, sock, transfer, send)) {
        if (op != NULL)
            op_give(op);
        if (claimed)
            transfer_unclaim(sock, queue);
        return WSAENOBUFS;
    }
    if (!claimed && !queue_join(queue, QUEUE_OWNER)) {
        op_give(op);
        return WSAENOTSOCK;
    }
    op->sock = sock;
    op->base.queue = queue;
    op->base.done_bytes = sent;
    op->base.flags = claimed ? RING_OP_FIRST : 0;
    op_wait(op, sock->ring);
    result = op->base.result;
    op_give(op);
    return transfer_outcome(sock, transfer, result, send);
}

static int transfer_sync(struct sock *sock, struct transfer *transfer, bool send)
{
    struct ring_queue *queue = send ? &sock->send : &sock->recv;
    bool stream_send = send && sock->type == SOCK_STREAM;
    bool nonblocking = sock_flags(sock) & SOCK_NONBLOCKING;
    int64_t result;

    if (transfer->total_bytes == 0 && sock->type == SOCK_STREAM)
        return 0;
    if (!queue_claim(queue)) /* an operation owns the direction: no stealing, no overtaking */
        return nonblocking ? WSAEWOULDBLOCK : transfer_block(sock, transfer, send, false, 0);
    result = transfer_try(sock, transfer, send);
    if (result == -EAGAIN && !nonblocking)
        return transfer_block(sock, transfer, send, true, 0);
    if (stream_send && result > 0 && (uint64_t)result < transfer->total_bytes) {
        if (!nonblocking && transfer->count == 1)
            return transfer_block(sock, transfer, send, true, (uint32_t)result);
        if (transfer_finish_send(sock, transfer, (uint64_t)result)) {
            transfer->bytes = (uint32_t)transfer->total_bytes;
            return 0;
        }
    }
    transfer_unclaim(sock, queue);
    return transfer_outcome(sock, transfer, result, send);
}

/* ---- Overlapped calls ---- */

/* The ring thread keeps packets back until its batch ends, so a direct send may overtake one.
 * Looked at under the claim, a sleeping ring thread has delivered whatever owned the direction
 * before: it delivers before it sleeps, and the claim's acquire keeps an older sleep out of sight.
 *  */
static bool transfer_claim_idle_send(struct sock *sock)
{
    if (!queue_claim_idle(&sock->send))
        return false;
    if (engine_ring_idle(sock->ring))
        return true;
    transfer_unclaim(sock, &sock->send);
    return false;
}

/* May this overlapped call be tried directly? Then the direction is claimed. */
static bool transfer_may_try(struct sock *sock, const struct transfer *transfer, bool send)
{
    struct port *port = atomic_load_explicit(&sock->port, memory_order_acquire);

    if (transfer->count > 1 && send) /* a partial gathered send would need its own bookkeeping */
        return false;
    if (port == NULL)
        return queue_claim_idle(send ? &sock->send : &sock->recv);
    /* Behind a port a direct call keeps the ring thread from batching: the first receive only, and
     * sends while there is no batch to break. */
    if (send)
        return port_idle(port) && engine_ring_idle(sock->ring) && transfer_claim_idle_send(sock);
    if (sock_flags(sock) & SOCK_RECV_TRIED)
        return false;
    sock_set(sock, SOCK_RECV_TRIED);
    return queue_claim_idle(&sock->recv);
}

/* The call ended at once, with the claim held. Consumes the operation. */
static int transfer_end_inline(struct op *op, struct ring_queue *queue, struct transfer *transfer,
                               int64_t result)
{
    struct sock *sock = op->sock;
    uint32_t status = 0;
    int error;

    if (result < 0) {
        op_abandon(op);
        transfer_unclaim(sock, queue);
        return transfer_outcome(sock, transfer, result, queue == &sock->send);
    }
    error = transfer_outcome(sock, transfer, result, queue == &sock->send);
    if (error == WSAEMSGSIZE)
        status = TRANSFER_STATUS_BUFFER_OVERFLOW;
    op_complete_inline(op, status, transfer->bytes);
    transfer_unclaim(sock, queue);
    if (error == 0)
        return 0;
    sock_unref(sock); /* the caller learns of a cut datagram from the completion: pending to him */
    return WSA_IO_PENDING;
}

/* Tries directly; what the kernel does not take at once becomes the operation, in its place. */
static int transfer_try_overlapped(struct op *op, struct transfer *transfer, bool send)
{
    struct sock *sock = op->sock;
    struct ring_queue *queue = send ? &sock->send : &sock->recv;
    bool partial;
    int64_t result = transfer_try(sock, transfer, send);

    partial = send && sock->type == SOCK_STREAM && result >= 0 &&
              (uint64_t)result < transfer->total_bytes;
    if (result != -EAGAIN && !partial)
        return transfer_end_inline(op, queue, transfer, result);
    op->base.done_bytes = partial ? (uint32_t)result : 0;
    op->base.queue = queue;
    op->base.flags = RING_OP_FIRST;
    engine_submit(sock->ring, &op->base);
    return WSA_IO_PENDING;
}

/* A zero-byte receive that need not wait. Behind a port the ring thread finds out as cheaply. */
static bool transfer_has_data(struct sock *sock, const struct transfer *transfer)
{
    return transfer->total_bytes == 0 && sock->type == SOCK_STREAM &&
           atomic_load_explicit(&sock->port, memory_order_acquire) == NULL &&
           !queue_busy(&sock->recv) && host_unread_bytes(sock->fd) > 0;
}

static int transfer_overlapped(struct sock *sock, struct transfer *transfer, bool send)
{
    struct ring_queue *queue = send ? &sock->send : &sock->recv;
    struct op *op = sock_join_ring(sock) == 0 ? op_take() : NULL;
    int error;

    if (op == NULL)
        return WSAENOBUFS;
    error = op_prepare(op, sock, transfer->overlapped);
    if (error == 0 && !transfer_fill(op, sock, transfer, send))
        error = WSAENOBUFS;
    if (error == 0 && !send && transfer_has_data(sock, transfer)) {
        op_complete_inline(op, 0, 0); /* OVERLAPPED-17 */
        return 0;
    }
    if (error == 0 && transfer->total_bytes == 0 && sock->type == SOCK_STREAM) {
        /* A zero-byte receive waits for data and takes none; a zero-byte send just keeps order. */
        op->base.kind = send ? RING_DONE : RING_POLL;
    } else if (error == 0 && transfer_may_try(sock, transfer, send)) {
        return transfer_try_overlapped(op, transfer, send);
    }
    if (error == 0)
        error = transfer_submit(op, queue, op->base.kind == RING_POLL ? QUEUE_POLL : QUEUE_OWNER);
    if (error != WSA_IO_PENDING)
        op_abandon(op);
    return error;
}

int transfer_recv(struct sock *sock, struct transfer *transfer)
{
    if (transfer->overlapped != NULL)
        return transfer_overlapped(sock, transfer, false);
    return transfer_sync(sock, transfer, false);
}

int transfer_send(struct sock *sock, struct transfer *transfer)
{
    if (transfer->overlapped != NULL)
        return transfer_overlapped(sock, transfer, true);
    return transfer_sync(sock, transfer, true);
}

/* ---- shutdown(SD_SEND) ---- */

static void shutdown_done(struct ring_op *base)
{
    host_shutdown(base->fd, SD_SEND);
    detached_done(base);
}

int sock_shutdown_send(struct sock *sock)
{
    struct op *op;
    int error;

    if (queue_claim_idle(&sock->send)) {
        error = host_shutdown(sock->fd, SD_SEND);
        transfer_unclaim(sock, &sock->send);
        return error == 0 ? 0 : errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    }
    op = detached_op(sock, &sock->send);
    op->base.done = shutdown_done;
    if (!queue_join(&sock->send, QUEUE_OWNER)) {
        op_give(op);
        sock_unref(sock);
        return WSAENOTSOCK;
    }
    engine_submit(sock->ring, &op->base);
    return 0;
}
