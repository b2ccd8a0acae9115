/* SPDX-License-Identifier: MIT */
/*
 * A thread's own small ring: the operation of a blocking call, and beside it a request that
 * listens for park_wake(), so that the thread can be woken like any parked one (park.h).
 *
 * Only its thread touches a ring, except after fork: the child forgets them all.
 *
 * [W1] The request that listens (a futex request on the park word; before Linux 6.7 a read of an
 *      eventfd) stays armed from wait to wait and is armed again only after it ended.
 * [W3] A ring that cannot go on is given up, and with it the kernel's hold on the operation, which
 *      ends with -ENETDOWN.
 * [W2] One operation at a time. It holds its queue's claim, so no ring thread looks at it.
 */
#ifndef RING_ENGINE_WAIT_RING_H
#define RING_ENGINE_WAIT_RING_H

#include "ring/engine/engine.h"
#include "ring/engine/park.h"

struct wait_ring;

enum wait_ring_end {
    WAIT_RING_ENDED, /* the operation has ended: its result is in op->result */
    WAIT_RING_WOKEN, /* somebody called park_wake(); it may have been meant for an earlier wait */
    WAIT_RING_TIMEOUT
};

/* How a ring hears of park_wake(). Tests choose; everybody else lets the kernel decide. */
enum wait_ring_wake { WAIT_RING_BEST, WAIT_RING_EVENT };

/* Makes *ring usable: allocates it when it is NULL, sets it up when it is closed. 0 or a negative
 * errno (no memory, no descriptor): then the caller waits in another way. */
int wait_ring_open(struct wait_ring **ring, struct park *park, enum wait_ring_wake wake);
/* The thread ends. The memory stays with the park word, for the next thread that gets both. NULL is
 * fine. */
void wait_ring_close(struct wait_ring *ring);

/* Gives the operation (kind, fd, data, size_bytes, done_bytes, msg_flags) to the ring. */
void wait_ring_start(struct wait_ring *ring, struct ring_op *op);
/* Waits for its end, for a wake, or for the deadline (CLOCK_MONOTONIC; PARK_FOREVER: none). */
enum wait_ring_end wait_ring_wait(struct wait_ring *ring, int64_t deadline_ns);
/* Takes the operation back. True: it had ended, and its result counts. False: it is unfinished (a
 * send up to done_bytes) with result -ECANCELED, and may be started again, here or elsewhere. */
bool wait_ring_recall(struct wait_ring *ring);

#endif
