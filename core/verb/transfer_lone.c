/* SPDX-License-Identifier: MIT */
/* The receives that a port's only worker looks after by itself: object/lone.h. */
#include <errno.h>

#include "core/object/lone.h"
#include "core/object/selection.h"
#include "core/verb/transfer.h"
#include "ring/host/net.h"

/* More takes longer to copy than threads take to wake: the ring thread does so while the worker
 * works. */
enum { LONE_BYTES = 65536 };

/* On the worker's thread, with the claim. */
static bool lone_try(struct op *op)
{
    struct sock *sock = op->sock;
    struct host_iov iov = {op->base.data, op->base.size_bytes};
    uint32_t connection = sock_connection(sock);
    int64_t result = host_recv(sock->fd, &iov, 1, 0);

    if (result == -EAGAIN)
        return false;
    result = transfer_reset_told(sock, connection, result, op->base.size_bytes, false);
    if (result >= 0) {
        selection_taken(sock);
        notification_taken(sock, 0);
    }
    op_complete_claimed(op, result < 0 ? transfer_status(sock, (int32_t)result) : 0,
                        result < 0 ? 0 : (uint32_t)result);
    transfer_unclaim(sock, &sock->recv);
    sock_unref(sock);
    return true;
}

bool transfer_keep(struct op *op)
{
    struct sock *sock = op->sock;

    if (op->base.kind != RING_RECV || op->base.size_bytes == 0 ||
        op->base.size_bytes > LONE_BYTES || op->base.msg_flags != 0 || sock->type != SOCK_STREAM ||
        !lone_wants(sock))
        return false;
    if (selection_exists(sock) || notification_exists(sock) || (op->flags & OP_ROUTINE) ||
        op->to.event != NULL)
        return false;
    if (!queue_claim_idle(&sock->recv)) {
        lone_queue(sock);
        return false;
    }
    /* Else the ring thread may have ended the receive before this one and still hold its packet in
     * a batch, which ours would overtake. */
    if (!port_is_told(atomic_load_explicit(&sock->port, memory_order_acquire))) {
        transfer_unclaim(sock, &sock->recv);
        return false;
    }
    lone_keep(op);
    return true;
}

__attribute__((constructor)) static void lone_start(void)
{
    lone_set_receive(lone_try);
}
