/* SPDX-License-Identifier: MIT */
/*
 * The operations of sends and receives: how one is filled in, and what happens at its end, which is
 * on the ring thread. Also the library's own operations, which nobody waits for: a claim that is
 * given back, the rest of a send, the FIN behind the last send.
 */
#include "core/verb/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/object/selection.h"
#include "core/verb/control.h"
#include "core/verb/datagram.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

#define TRANSFER_STATUS_CONNECTION_ABORTED 0xC0000241u

_Static_assert(sizeof(struct host_iov) == sizeof(struct host_iov_storage), "one layout");

uint32_t transfer_status(struct sock *sock, int32_t result)
{
    if (sock_flags(sock) & SOCK_ABANDONED)
        return TRANSFER_STATUS_CONNECTION_ABORTED;
    /* A connected receive that closesocket() ended: IOCP-17. */
    if (result == -ECANCELED && (sock_flags(sock) & SOCK_CLOSING) &&
        (sock_flags(sock) & SOCK_CONNECTED))
        return TRANSFER_STATUS_CONNECTION_ABORTED;
    /* What streams never see: the answer to an earlier datagram, which receives report. */
    return errmap_to_status(sock->type == SOCK_STREAM ? ERRMAP_CALL_ANY : ERRMAP_CALL_RECV,
                            -result);
}

/* A receive that TF_REUSE_SOCKET has cancelled may end when the handle has a fresh socket already.
 * What ends on the ring thread does so before the next connection is known there. */
static void transfer_note_reset(struct sock *sock, uint32_t connection)
{
    host_lock_acquire(&sock->lock);
    if (sock_connection(sock) == connection && (sock_flags(sock) & SOCK_CONNECTED))
        sock_set(sock, SOCK_RESET);
    host_lock_release(&sock->lock);
}

int64_t transfer_reset_told(struct sock *sock, uint32_t connection, int64_t result,
                            uint64_t wanted_bytes, bool send)
{
    if (sock->type != SOCK_STREAM)
        return result;
    if (result == -ECONNRESET)
        transfer_note_reset(sock, connection);
    else if (result == 0 && !send && wanted_bytes > 0 && (sock_flags(sock) & SOCK_RESET))
        return -ECONNRESET;
    return result;
}

/* ---- Operations ---- */

/* A datagram's operation has met the answer to an earlier one, which it does not tell: it starts
 * again, in its place. */
static bool transfer_restart(struct op *op)
{
    struct ring_op *base = &op->base;
    int64_t result = base->result;

    if (!transfer_repeats(op->sock, &result, base->size_bytes, base->queue == &op->sock->send)) {
        base->result = (int32_t)result;
        return false;
    }
    engine_restart(base);
    return true;
}

/* A datagram has come: its sender is told, and what came with it, before the end is published, [O1]
 * in op.c. False: not all control data had room. */
static bool transfer_told(struct op *op)
{
    const struct ring_msg *msg = op->extra;
    WSAMSG *message = msg->control != NULL ? msg->context : NULL;

    if (msg->name_bytes != 0)
        datagram_named(op->sock, msg->name, message != NULL ? &message->namelen : msg->context);
    return message == NULL ||
           control_from_linux(op->sock, message, msg->control, msg->control_bytes, (int)msg->flags);
}

/* The end of an overlapped send or receive, on the ring thread. */
static void transfer_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    uint32_t weight = base->kind == RING_POLL ? QUEUE_POLL : QUEUE_OWNER;
    uint32_t status = 0;
    uint32_t bytes = 0;

    if (base->result < 0 && transfer_restart(op))
        return;
    base->result = (int32_t)transfer_reset_told(op->sock, sock_connection(op->sock), base->result,
                                                base->size_bytes, base->queue == &op->sock->send);
    if (base->result < 0)
        status = transfer_status(op->sock, base->result);
    else
        bytes = (uint32_t)base->result;
    /* LX_MSG_TRUNC makes the kernel return a datagram's whole length. */
    if (bytes > base->size_bytes) {
        bytes = base->size_bytes;
        status = TRANSFER_STATUS_BUFFER_OVERFLOW;
    }
    if (base->kind == RING_RECVMSG && base->result >= 0 && !transfer_told(op))
        status = TRANSFER_STATUS_BUFFER_OVERFLOW;
    if (base->result >= 0 && base->kind != RING_POLL && base->queue != &op->sock->send) {
        selection_taken(op->sock);
        notification_taken(op->sock, 0);
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

/* The destination is copied, because the caller may let go of it; a sender goes straight to where
 * the caller wants it. */
static void transfer_msg_name(struct ring_msg *msg, const struct transfer *transfer, void *room,
                              int family)
{
    msg->name = NULL;
    msg->name_bytes = 0;
    msg->context = transfer->from_bytes;
    if (transfer->to != NULL) {
        msg->name = room;
        msg->name_bytes = transfer->to->bytes;
        memcpy(msg->name, transfer->to->data, transfer->to->bytes);
    } else if (transfer->from != NULL) {
        msg->name = transfer->from;
        msg->name_bytes = (uint32_t)name_bytes(family);
    }
}

/* A call that waits lends its own memory for control messages; others may be gone before the
 * operation ends. */
static void transfer_msg_control(struct ring_msg *msg, const struct transfer *transfer, void *room)
{
    msg->control = NULL;
    msg->control_bytes = 0;
    msg->flags = 0;
    if (transfer->message == NULL && transfer->control_bytes == 0)
        return;
    msg->control = transfer->overlapped != NULL ? room : transfer->control;
    msg->control_bytes = CONTROL_ROOM_BYTES;
    if (transfer->message != NULL) {
        msg->context = transfer->message;
        return;
    }
    msg->control_bytes = transfer->control_bytes;
    if (transfer->overlapped != NULL)
        memcpy(room, transfer->control, transfer->control_bytes);
}

/* What an operation needs besides the buffers' array, for control messages. */
static size_t transfer_control_bytes(const struct transfer *transfer)
{
    if (transfer->overlapped == NULL)
        return 0;
    return transfer->message != NULL ? CONTROL_ROOM_BYTES : transfer->control_bytes;
}

/* Scattered buffers, a name, control messages, for the kernel; NULL: no memory. */
static struct ring_msg *transfer_msg(struct op *op, const struct transfer *transfer, int family)
{
    size_t control = transfer_control_bytes(transfer);
    size_t name = transfer->to == NULL ? 0 : transfer->to->bytes;
    struct ring_msg *msg =
        op_extra(op, sizeof *msg + transfer->count * sizeof msg->iov[0] + control + name);
    unsigned char *room;

    if (msg == NULL)
        return NULL;
    room = (unsigned char *)&msg->iov[transfer->count];
    msg->total_bytes = transfer->total_bytes;
    msg->count = transfer->count;
    for (DWORD i = 0; i < transfer->count; i++) {
        msg->iov[i].base = transfer->buffers[i].buf;
        msg->iov[i].bytes = transfer->buffers[i].len;
    }
    transfer_msg_name(msg, transfer, room + control, family);
    transfer_msg_control(msg, transfer, room);
    return msg;
}

void transfer_copy_told(const struct op *op, struct transfer *transfer)
{
    const struct ring_msg *msg = op->extra;

    if (transfer->message == NULL)
        return;
    transfer->control_bytes = msg->control_bytes;
    transfer->lx_told = (int)msg->flags;
}

bool transfer_fill(struct op *op, struct sock *sock, const struct transfer *transfer, bool send)
{
    op->base.fd = sock->fd;
    op->base.size_bytes = (uint32_t)transfer->total_bytes;
    op->base.msg_flags = (uint16_t)transfer->lx_flags;
    if (!send && sock->type != SOCK_STREAM)
        op->base.msg_flags |= LX_MSG_TRUNC;
    if (send && sock->type == SOCK_STREAM)
        op->base.msg_flags |= LX_MSG_WAITALL; /* the kernel itself goes on after a partial send */
    op->base.done = transfer_done;
    if (transfer->count == 1 && transfer->to == NULL && transfer->from == NULL &&
        transfer->message == NULL && transfer->control_bytes == 0) {
        op->base.kind = send ? RING_SEND : RING_RECV;
        op->base.data = transfer->buffers[0].buf;
        return true;
    }
    op->base.kind = send ? RING_SENDMSG : RING_RECVMSG;
    op->base.data = transfer_msg(op, transfer, sock->family);
    return op->base.data != NULL;
}

/* ---- Operations of the library's own ---- */

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
    msg->name_bytes = 0;
    msg->control = NULL;
    msg->control_bytes = 0;
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

bool transfer_finish_send(struct sock *sock, const struct transfer *transfer, uint64_t sent)
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
    op->base.msg_flags = (uint16_t)(transfer->lx_flags | LX_MSG_WAITALL);
    op->base.flags = RING_OP_FIRST;
    engine_submit(sock->ring, &op->base);
    return true;
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
