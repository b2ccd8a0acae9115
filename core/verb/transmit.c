/* SPDX-License-Identifier: MIT */
/*
 * TransmitFile and TransmitPackets: plans of what is to be sent, and the operations that send it.
 * A synchronous call sends by itself, under the direction's claim, and may wait for the disk; an
 * overlapped one is tried at once where that breaks no batch; what is left is the ring thread's.
 */
#include "core/verb/transmit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/object/file.h"
#include "core/object/op.h"
#include "core/object/port.h"
#include "core/verb/abandon.h"
#include "core/verb/accept.h"
#include "core/verb/block.h"
#include "core/verb/datagram.h"
#include "core/verb/multipoint.h"
#include "core/verb/name.h"
#include "core/verb/transfer.h"
#include "ring/host/file.h"

/* ---- Plans ---- */

bool transmit_plan(struct transmit *transmit, struct sock *sock, uint32_t count)
{
    struct ring_file *plan = calloc(1, sizeof *plan + count * sizeof plan->pieces[0]);
    struct name session;

    if (plan == NULL)
        return false;
    plan->datagrams = sock->type != SOCK_STREAM;
    if (plan->datagrams && !(sock_flags(sock) & SOCK_CONNECTED) &&
        multipoint_destination(sock, &session) && session.bytes <= sizeof plan->name) {
        memcpy(plan->name, session.data, session.bytes);
        plan->name_bytes = session.bytes;
    }
    transmit->plan = plan;
    transmit->total_bytes = 0;
    return true;
}

int transmit_add_memory(struct transmit *transmit, void *memory, uint32_t bytes)
{
    struct ring_file *plan = transmit->plan;

    if (bytes > 0 && memory == NULL)
        return WSAEFAULT;
    plan->pieces[plan->count++] = (struct ring_piece){.memory = memory, .fd = -1, .bytes = bytes};
    transmit->total_bytes += bytes;
    return transmit->total_bytes > TRANSMIT_BYTES_MAX ? WSAEINVAL : 0;
}

/* Where a piece begins that goes by the file's position: behind those of the plan that did so
 * before. A file without a position is at 0. Negative: an errno. */
static int64_t plan_position(const struct ring_file *plan, const struct file *file)
{
    for (uint32_t i = plan->count; i-- > 0;) {
        const struct ring_piece *piece = &plan->pieces[i];

        if (piece->moves && piece->owner == file->handle)
            return (int64_t)(piece->offset + piece->bytes);
    }
    return file->overlapped ? 0 : host_file_seek(file->fd, 0, HOST_FILE_CURRENT);
}

/* Fills in which part of the file it is. 0 or a WSA code. */
static int plan_range(const struct ring_file *plan, const struct file *file,
                      struct ring_piece *piece, uint64_t offset, uint32_t bytes)
{
    int64_t end = host_file_bytes(file->fd);
    int64_t begin = (int64_t)offset;

    piece->moves = offset == TRANSMIT_POSITION && !file->overlapped;
    if (offset == TRANSMIT_POSITION)
        begin = plan_position(plan, file);
    if (end < 0 || begin < 0)
        return WSAEINVAL;
    /* A position may be behind the end, and then there is nothing to send. */
    if (begin > end && offset != TRANSMIT_POSITION)
        return WSAEINVAL;
    piece->offset = (uint64_t)begin;
    piece->bytes = bytes;
    if (bytes == 0 && end > begin)
        piece->bytes = (uint64_t)(end - begin);
    return 0;
}

int transmit_add_file(struct transmit *transmit, HANDLE handle, uint64_t offset, uint32_t bytes)
{
    struct ring_file *plan = transmit->plan;
    struct file *file = file_ref((uintptr_t)handle);
    struct ring_piece piece = {0};
    int error;

    if (file == NULL)
        return errmap_status_to_wsa((uint32_t)STATUS_INVALID_HANDLE);
    piece.fd = file->fd;
    piece.owner = file->handle;
    if (!file->readable)
        error = errmap_status_to_wsa((uint32_t)STATUS_ACCESS_DENIED);
    else
        error = plan_range(plan, file, &piece, offset, bytes);
    if (error == 0 && piece.bytes > TRANSMIT_BYTES_MAX - transmit->total_bytes)
        error = WSAEINVAL;
    if (error != 0) {
        file_unref(file);
        return error;
    }
    plan->pieces[plan->count++] = piece; /* with the reference */
    transmit->total_bytes += piece.bytes;
    return 0;
}

/* The call is accepted: positions move now, not when the bytes have gone, so that the next call may
 * be made before this one has ended. */
static void plan_move(const struct ring_file *plan)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct ring_piece *piece = &plan->pieces[i];

        if (piece->moves)
            (void)host_file_seek(piece->fd, (int64_t)(piece->offset + piece->bytes),
                                 HOST_FILE_BEGIN);
    }
}

/* Lets go of the files. The plan's memory stays. */
static void plan_release(struct ring_file *plan)
{
    ring_file_free_room(plan);
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->pieces[i].owner != 0)
            handle_unref(plan->pieces[i].owner);
    plan->count = plan->at = 0;
}

void transmit_drop(struct transmit *transmit)
{
    if (transmit->plan == NULL)
        return;
    plan_release(transmit->plan);
    free(transmit->plan);
    transmit->plan = NULL;
}

/* ---- Operations ---- */

static void transmit_fill(struct op *op, struct sock *sock, struct ring_file *plan)
{
    op->sock = sock;
    op->extra = plan;
    op->base.kind = RING_FILE;
    op->base.data = plan;
    op->base.fd = sock->fd;
    op->base.queue = &sock->send;
}

/* A datagram met the answer to an earlier one, which receives report: it goes once more. */
static bool transmit_again(struct sock *sock, int32_t result)
{
    return result < 0 && sock->type != SOCK_STREAM && datagram_met_answer(sock, result);
}

/* The end of an overlapped one, on the ring thread. */
static void transmit_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct ring_file *plan = op->extra;
    uint32_t status = 0;

    if (transmit_again(op->sock, base->result)) {
        engine_restart(base);
        return;
    }
    plan_release(plan);
    if (base->result == -ENODATA)
        status = (uint32_t)STATUS_END_OF_FILE;
    else if (base->result < 0)
        status = transfer_status(op->sock, base->result);
    op_complete(op, status, status == 0 ? base->done_bytes : 0, QUEUE_OWNER);
}

/* The same for TF_DISCONNECT. */
static void transmit_done_disconnect(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;

    if (base->result < 0) {
        transmit_done(base);
        return;
    }
    plan_release(op->extra);
    disconnect_behind(op);
}

/* What a call reports that ended at once. */
static int transmit_error(struct sock *sock, uint32_t connection, int32_t result)
{
    struct transfer none = {.connection = connection};

    if (result == -ENODATA)
        return errmap_status_to_wsa((uint32_t)STATUS_END_OF_FILE);
    return result < 0 ? transfer_outcome(sock, &none, result, true) : 0;
}

/* ---- Calls ---- */

static int32_t transmit_once(struct sock *sock, struct op *op)
{
    bool claimed = queue_claim(&sock->send);
    int32_t result;

    if (claimed && ring_file_run(&op->base, &result)) {
        transfer_unclaim(sock, &sock->send);
        return result;
    }
    return block_run(op, sock, &sock->send, claimed, PARK_FOREVER);
}

static int transmit_sync(struct sock *sock, struct transmit *transmit)
{
    uint32_t connection = sock_connection(sock);
    struct op *op = op_take();
    int32_t result;
    int error;

    if (op == NULL) {
        transmit_drop(transmit);
        return WSAENOBUFS;
    }
    transmit->plan->may_wait = true;
    transmit_fill(op, sock, transmit->plan);
    plan_move(transmit->plan);
    do
        result = transmit_once(sock, op);
    while (transmit_again(sock, result));
    if (result == -EINTR && sock->type == SOCK_STREAM && op->base.done_bytes > 0)
        abandon_connection(sock); /* nobody will ever know how much of it has gone */
    error = transmit_error(sock, connection, result);
    plan_release(transmit->plan);
    op_give(op); /* and with it the plan */
    if (error == 0 && transmit->disconnect)
        error = disconnect(sock, NULL, transmit->reuse);
    return error;
}

/* Under the claim. Consumes the operation, as accepted or ended. */
static int transmit_try(struct op *op, struct sock *sock)
{
    struct ring_file *plan = op->extra;
    int32_t result;
    int error;

    if (!ring_file_run(&op->base, &result) || transmit_again(sock, result)) {
        op->base.flags = RING_OP_FIRST;
        engine_submit(sock->ring, &op->base);
        return WSA_IO_PENDING;
    }
    plan_release(plan);
    error = transmit_error(sock, sock_connection(sock), result);
    if (error == 0)
        op_complete_inline(op, 0, op->base.done_bytes);
    else
        op_abandon(op);
    transfer_unclaim(sock, &sock->send);
    return error;
}

/* May the call work at once? Then the direction is claimed. As for sends: behind a port only while
 * there is no batch to break; a sleeping ring thread, looked at under the claim, has delivered
 * whatever came before. */
static bool transmit_may_try(struct sock *sock)
{
    struct port *port = atomic_load_explicit(&sock->port, memory_order_acquire);

    if (port != NULL && !(port_idle(port) && engine_ring_idle(sock->ring)))
        return false;
    if (!queue_claim_idle(&sock->send))
        return false;
    if (port == NULL || engine_ring_idle(sock->ring))
        return true;
    transfer_unclaim(sock, &sock->send);
    return false;
}

static int transmit_overlapped(struct sock *sock, struct transmit *transmit)
{
    struct op *op = sock_join_ring(sock) == 0 ? op_take() : NULL;
    int error;

    if (op == NULL) {
        transmit_drop(transmit);
        return WSAENOBUFS;
    }
    error = op_prepare(op, sock, transmit->overlapped);
    transmit_fill(op, sock, transmit->plan);
    op->base.done = transmit->disconnect ? transmit_done_disconnect : transmit_done;
    op->base.msg_flags = transmit->reuse;
    if (error == 0) {
        plan_move(transmit->plan);
        if (!transmit->disconnect && transmit_may_try(sock))
            return transmit_try(op, sock);
        error = transfer_submit(op, &sock->send, QUEUE_OWNER);
    }
    if (error != WSA_IO_PENDING) {
        plan_release(transmit->plan);
        op_abandon(op);
    }
    return error;
}

int transmit_run(struct sock *sock, struct transmit *transmit)
{
    return transmit->overlapped != NULL ? transmit_overlapped(sock, transmit)
                                        : transmit_sync(sock, transmit);
}
