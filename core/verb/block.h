/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait. A thread that holds the claim of a direction waits in its own ring; one that
 * finds it taken queues behind the others, on the ring thread. Both are alertable, both end with
 * the socket, and no time-out but the caller's bounds them.
 */
#ifndef CORE_VERB_BLOCK_H
#define CORE_VERB_BLOCK_H

#include "core/verb/transfer.h"

/* Brings an operation (kind, fd, data, size_bytes, msg_flags, done_bytes are set) of a blocking
 * call to its end. `claimed`: the direction is the caller's, who has tried in vain; the claim is
 * given back here. Returns what the kernel said: bytes, a descriptor or 0, or a negative errno;
 * -ECANCELED: the socket was closed; -ETIMEDOUT: perhaps the deadline; -EINTR: cancelled by
 * WSACancelBlockingCall(); -ENOBUFS: could not begin.
 * The operation stays the caller's. */
int32_t block_run(struct op *op, struct sock *sock, struct ring_queue *queue, bool claimed,
                  int64_t deadline_ns);

/* closesocket() closed the socket's queues: wakes who waits in its own ring, so that it ends. */
void block_wake(struct sock *sock);

/* Does a thread receive in its own ring? */
bool block_receives(struct sock *sock);

/* Receives that had to wait are followed by more of the kind: a try would be a system call in vain.
 * True: this one shall wait at once. The caller holds the claim. */
bool block_expected(struct sock *sock);

enum block_claim {
    BLOCK_UNCLAIMED, /* others have the direction */
    BLOCK_TRIED,     /* the direction is the caller's, and the kernel said that he has to wait */
    BLOCK_UNTRIED    /* the direction is the caller's, who has not asked */
};

/* The rest of a blocking send or receive; `sent` bytes have gone already. 0 or a WSA code. */
int transfer_block(struct sock *sock, struct transfer *transfer, bool send, enum block_claim claim,
                   uint32_t sent);

#endif
