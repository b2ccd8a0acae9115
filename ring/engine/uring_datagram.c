/* SPDX-License-Identifier: MIT */
/*
 * Sends and receives of datagrams, many by one system call. On a ring thread, for one queue, whose
 * operations end in their order as everywhere. A request of io_uring for each would be one entry
 * into the kernel for each, since a queue has one in flight; here the kernel is asked only to tell
 * when the socket is ready, and all that wait are tried then.
 */
#include <errno.h>
#include <sys/socket.h>

#include "ring/engine/uring.h"

_Static_assert(sizeof(struct iovec) == sizeof(struct host_iov_storage), "ring_msg.iov");

bool uring_is_transfer(const struct ring_op *op)
{
    return op->kind == RING_RECV || op->kind == RING_RECVMSG || op->kind == RING_SEND ||
           op->kind == RING_SENDMSG;
}

unsigned uring_datagrams_gather(struct ring_op *first, struct ring_op **ops)
{
    unsigned count = 0;

    for (struct ring_op *op = first; op != NULL && count < URING_DATAGRAMS; op = op->next) {
        if (!uring_is_transfer(op) || (op->flags & RING_OP_CANCELLED) ||
            op->msg_flags != first->msg_flags || op->fd != first->fd)
            break;
        ops[count++] = op;
    }
    return count;
}

static void datagram_header(struct ring_op *op, struct msghdr *header, struct iovec *iov)
{
    if (op->kind == RING_RECVMSG || op->kind == RING_SENDMSG) {
        *header = *uring_msghdr(op);
        return;
    }
    *iov = (struct iovec){op->data, op->size_bytes};
    *header = (struct msghdr){.msg_iov = iov, .msg_iovlen = 1};
}

static int datagram_call(const struct ring_op *first, struct mmsghdr *messages, unsigned count)
{
    bool sends = first->kind == RING_SEND || first->kind == RING_SENDMSG;
    int flags = first->msg_flags | MSG_DONTWAIT;
    int result;

    do
        result = sends ? sendmmsg(first->fd, messages, count, flags | MSG_NOSIGNAL)
                       : recvmmsg(first->fd, messages, count, flags, NULL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int uring_datagrams(struct ring_op **ops, unsigned count, int32_t *results)
{
    struct mmsghdr messages[URING_DATAGRAMS];
    struct iovec iov[URING_DATAGRAMS];
    int done;

    for (unsigned i = 0; i < count; i++)
        datagram_header(ops[i], &messages[i].msg_hdr, &iov[i]);
    done = datagram_call(ops[0], messages, count);
    for (int i = 0; i < done; i++) {
        results[i] = (int32_t)messages[i].msg_len;
        if (ops[i]->kind == RING_RECVMSG)
            uring_received(ops[i], &messages[i].msg_hdr);
    }
    return done;
}
