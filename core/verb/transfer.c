/* SPDX-License-Identifier: MIT */
/*
 * Every send and receive behind its argument checks. Three ways, in this order: a direct system
 * call when the direction is free and that breaks no batch; a blocking wait for an operation of our
 * own (block.c); an overlapped operation for the ring thread (transfer_op.c). engine.h states the
 * rules of the direction token.
 */
#include "core/verb/transfer.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/blocking.h"
#include "core/base/errmap.h"
#include "core/object/icmp.h"
#include "core/object/port.h"
#include "core/object/selection.h"
#include "core/verb/block.h"
#include "core/verb/control.h"
#include "core/verb/datagram.h"
#include "core/verb/multipoint.h"
#include "ring/host/lx.h"
#include "ring/host/message.h"

enum { TRANSFER_IOV_MAX = 16 }; /* more buffers than that need memory for a direct call */

/* ---- Direct attempts ---- */

static int64_t transfer_try_sendmsg(struct sock *sock, const struct transfer *transfer,
                                    const struct host_iov *iov)
{
    const struct name *to = transfer->to;
    const struct host_message message = {.iov = iov,
                                         .count = transfer->count,
                                         .name = to != NULL ? (void *)(uintptr_t)to->data : NULL,
                                         .name_bytes = to != NULL ? to->bytes : 0,
                                         .control = transfer->control,
                                         .control_bytes = transfer->control_bytes,
                                         .flags = transfer->lx_flags};

    return host_sendmsg(sock->fd, &message);
}

static int64_t transfer_try_recvmsg(struct sock *sock, struct transfer *transfer,
                                    const struct host_iov *iov)
{
    struct host_message message = {
        .iov = iov,
        .count = transfer->count,
        .name = transfer->from,
        .name_bytes = transfer->from != NULL ? (uint32_t)name_bytes(sock->family) : 0,
        .control = transfer->control,
        .control_bytes = CONTROL_ROOM_BYTES,
        .flags = transfer->lx_flags | LX_MSG_TRUNC};
    int64_t result = host_recvmsg(sock->fd, &message);

    if (result >= 0) {
        transfer->control_bytes = message.control_bytes;
        transfer->lx_told = message.flags;
    }
    return result;
}

static int64_t transfer_try_send(struct sock *sock, const struct transfer *transfer,
                                 const struct host_iov *iov)
{
    const struct name *to = transfer->to;

    if (transfer->control_bytes != 0)
        return transfer_try_sendmsg(sock, transfer, iov);
    if (to != NULL)
        return host_sendto(sock->fd, iov, transfer->count, transfer->lx_flags, to->data, to->bytes);
    return host_send(sock->fd, iov, transfer->count, transfer->lx_flags);
}

static int64_t transfer_try_recv(struct sock *sock, struct transfer *transfer,
                                 const struct host_iov *iov)
{
    int flags = transfer->lx_flags;

    /* A direct call cannot wait for the rest. */
    if ((flags & LX_MSG_WAITALL) && host_unread_bytes(sock->fd) < (int64_t)transfer->total_bytes)
        return -EAGAIN;
    if (transfer->message != NULL)
        return transfer_try_recvmsg(sock, transfer, iov);
    if (sock->type != SOCK_STREAM)
        flags |= LX_MSG_TRUNC; /* the whole length, to see that it was cut */
    if (transfer->from != NULL)
        return host_recvfrom(sock->fd, iov, transfer->count, flags, transfer->from,
                             (uint32_t)name_bytes(sock->family));
    return host_recv(sock->fd, iov, transfer->count, flags);
}

/* One system call, under the claim. Returns bytes or a negative errno. */
static int64_t transfer_try(struct sock *sock, struct transfer *transfer, bool send)
{
    struct host_iov few[TRANSFER_IOV_MAX];
    struct host_iov *iov = few;
    int64_t result;

    if (transfer->count > TRANSFER_IOV_MAX && (iov = malloc(transfer->count * sizeof *iov)) == NULL)
        return -ENOBUFS;
    for (DWORD i = 0; i < transfer->count; i++)
        iov[i] = (struct host_iov){transfer->buffers[i].buf, transfer->buffers[i].len};
    do
        result =
            send ? transfer_try_send(sock, transfer, iov) : transfer_try_recv(sock, transfer, iov);
    while (transfer_repeats(sock, &result, transfer->total_bytes, send));
    if (iov != few)
        free(iov);
    return result;
}

/* ---- Synchronous calls ---- */

bool transfer_repeats(struct sock *sock, int64_t *result, uint64_t total_bytes, bool send)
{
    if (*result >= 0 || *result == -EAGAIN || sock->type == SOCK_STREAM)
        return false;
    if (!send) {
        int64_t told = icmp_receive_result(sock, *result);

        if (told != 0)
            *result = told;
        return told == 0;
    }
    if (icmp_send_dropped(sock, *result)) {
        *result = (int64_t)total_bytes;
        return false;
    }
    return datagram_met_answer(sock, *result);
}

/* A message has come: its control data are told. WSAEMSGSIZE: not all of them had room. */
static int transfer_message_told(struct sock *sock, const struct transfer *transfer)
{
    return control_from_linux(sock, transfer->message, transfer->control, transfer->control_bytes,
                              transfer->lx_told)
               ? 0
               : WSAEMSGSIZE;
}

int transfer_outcome(struct sock *sock, struct transfer *transfer, int64_t result, bool send)
{
    result = transfer_reset_told(sock, transfer->connection, result, transfer->total_bytes, send);
    if (result < 0) {
        if (result != -EINTR && (sock_flags(sock) & SOCK_ABANDONED))
            return WSAECONNABORTED;
        /* Another thread closed the socket: a connection is gone, other calls were interrupted. */
        if (result == -ECANCELED)
            return sock_flags(sock) & SOCK_CONNECTED ? WSAECONNABORTED : WSAEINTR;
        return errmap_to_wsa(send ? ERRMAP_CALL_SEND : ERRMAP_CALL_RECV, (int)-result);
    }
    if ((uint64_t)result > transfer->total_bytes) { /* a cut datagram */
        transfer->bytes = (uint32_t)transfer->total_bytes;
        return WSAEMSGSIZE;
    }
    transfer->bytes = (uint32_t)result;
    return 0;
}

/* Urgent data travel beside the stream, so they need no token: a receive of theirs takes nothing
 * from the others. */
static int transfer_sync_urgent(struct sock *sock, struct transfer *transfer)
{
    int64_t result = transfer_try(sock, transfer, false);

    if (result == -EAGAIN && !(sock_flags(sock) & SOCK_NONBLOCKING))
        /* Announced, not yet here. */
        return transfer_block(sock, transfer, false, BLOCK_UNCLAIMED, 0);
    return transfer_outcome(sock, transfer, result, false);
}

/* A try of this receive would be in vain, or a look more than it needs. Not where a 1.1 hook would
 * run: it must not, for what is there already. */
static bool transfer_untried(struct sock *sock, const struct transfer *transfer)
{
    return !blocking_hooked() && ((transfer->lx_flags & LX_MSG_WAITALL) || block_expected(sock));
}

static int transfer_sync(struct sock *sock, struct transfer *transfer, bool send)
{
    struct ring_queue *queue = send ? &sock->send : &sock->recv;
    bool stream_send = send && sock->type == SOCK_STREAM;
    bool nonblocking = sock_flags(sock) & SOCK_NONBLOCKING;
    int64_t result;

    if (transfer->total_bytes == 0 && sock->type == SOCK_STREAM)
        return 0;
    if (!send && (transfer->lx_flags & LX_MSG_OOB))
        return transfer_sync_urgent(sock, transfer);
    if (!queue_claim(queue)) /* an operation owns the direction: no stealing, no overtaking */
        return nonblocking ? WSAEWOULDBLOCK
                           : transfer_block(sock, transfer, send, BLOCK_UNCLAIMED, 0);
    if (!nonblocking && !send && transfer_untried(sock, transfer))
        return transfer_block(sock, transfer, false, BLOCK_UNTRIED, 0);
    result = transfer_try(sock, transfer, send);
    if (result == -EAGAIN && !nonblocking)
        return transfer_block(sock, transfer, send, BLOCK_TRIED, 0);
    if (stream_send && result > 0 && (uint64_t)result < transfer->total_bytes) {
        if (!nonblocking && transfer->count == 1)
            return transfer_block(sock, transfer, send, BLOCK_TRIED, (uint32_t)result);
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

    /* A partial gathered send would need its own bookkeeping. Datagrams are whole. */
    if (transfer->count > 1 && send && sock->type == SOCK_STREAM)
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
    bool cut = result > 0 && (uint64_t)result > transfer->total_bytes;
    uint32_t status = cut ? TRANSFER_STATUS_BUFFER_OVERFLOW : 0;
    int error = transfer_outcome(sock, transfer, result, queue == &sock->send);

    if (error != 0 && !cut) {
        op_abandon(op);
        transfer_unclaim(sock, queue);
        return error;
    }
    if (transfer->from != NULL)
        datagram_named(sock, transfer->from, transfer->from_bytes);
    if (transfer->message != NULL && transfer_message_told(sock, transfer) != 0)
        status = TRANSFER_STATUS_BUFFER_OVERFLOW;
    op_complete_inline(op, status, transfer->bytes);
    transfer_unclaim(sock, queue);
    if (status == 0)
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
    if (transfer->file_routine != NULL) {
        op_prepare_file_routine(op, sock, transfer->overlapped, transfer->file_routine);
        error = 0;
    } else {
        error = op_prepare_routine(op, sock, transfer->overlapped, transfer->routine);
    }
    if (error == 0 && !transfer_fill(op, sock, transfer, send))
        error = WSAENOBUFS;
    if (error == 0 && !send && transfer_keep(op))
        return WSA_IO_PENDING;
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

static int transfer_recv_any(struct sock *sock, struct transfer *transfer)
{
    int error = icmp_take_news(sock);

    if (error != 0)
        return error;
    if (transfer->overlapped != NULL)
        return transfer_overlapped(sock, transfer, false);
    error = transfer_sync(sock, transfer, false);
    if (transfer->from != NULL && (error == 0 || error == WSAEMSGSIZE))
        datagram_named(sock, transfer->from, transfer->from_bytes);
    if (transfer->message != NULL && (error == 0 || error == WSAEMSGSIZE) &&
        transfer_message_told(sock, transfer) != 0)
        error = WSAEMSGSIZE;
    return error;
}

static int transfer_send_any(struct sock *sock, struct transfer *transfer)
{
    if (!icmp_listens(sock))
        icmp_listen(sock);
    return transfer->overlapped != NULL ? transfer_overlapped(sock, transfer, true)
                                        : transfer_sync(sock, transfer, true);
}

/* A receive that left nothing behind: it asked for more than there was. */
static bool transfer_drained(const struct sock *sock, const struct transfer *transfer, int error)
{
    if (sock->type != SOCK_STREAM || transfer->overlapped != NULL || transfer->lx_flags != 0)
        return false;
    if (error != 0)
        return error == WSAEWOULDBLOCK;
    return transfer->bytes > 0 && transfer->bytes < transfer->total_bytes;
}

int transfer_recv(struct sock *sock, struct transfer *transfer)
{
    long events = transfer->lx_flags & LX_MSG_OOB ? FD_OOB : FD_READ;
    bool overlapped = transfer->overlapped != NULL;
    int error;

    transfer->connection = sock_connection(sock);
    if (!selection_exists(sock) && !notification_exists(sock))
        return transfer_recv_any(sock, transfer);
    if (overlapped)
        handle_ref_again(sock->handle); /* an accepted operation takes the caller's along */
    error = transfer_recv_any(sock, transfer);
    selection_received(sock, events, transfer_drained(sock, transfer, error));
    notification_taken(sock, error == WSAEWOULDBLOCK ? SOCK_NOTIFY_EVENT_IN : 0);
    if (overlapped)
        sock_unref(sock);
    return error;
}

int transfer_send(struct sock *sock, struct transfer *transfer)
{
    struct name session;
    bool named = transfer->to != NULL || (sock_flags(sock) & SOCK_CONNECTED);
    int error;

    transfer->connection = sock_connection(sock);
    if (!named && multipoint_destination(sock, &session))
        transfer->to = &session;
    error = transfer_send_any(sock, transfer);
    if (transfer->to == &session)
        transfer->to = NULL;       /* the operation has its own */
    if (error == WSAEWOULDBLOCK) { /* so the socket is still the caller's */
        selection_enable(sock, FD_WRITE);
        notification_taken(sock, SOCK_NOTIFY_EVENT_OUT);
    }
    return error;
}
