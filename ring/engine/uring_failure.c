/* SPDX-License-Identifier: MIT */
/*
 * A ring that cannot go on: the kernel refuses io_uring_enter() for good, for instance because the
 * process has installed a seccomp filter since. Everything that was under way ends with -ENETDOWN,
 * exactly once, and so does everything that still comes; nobody waits for ever.
 *
 * [F1] `failed` is set by the ring's thread before it parks again, so whoever replaces URING_PARKED
 *      in the inbox (uring.c, [U1]) sees it and wakes the thread where it sleeps now.
 * [F2] Requests that are prepared later go to a place that nobody reads: uring_sqe().
 * [F3] The ring is given up first, and with it the kernel's hold on the memory of requests.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ring/engine/uring.h"
#include "ring/engine/watch.h"

static void (*uring_failed)(unsigned ring);

void engine_set_failed(void (*failed)(unsigned ring))
{
    uring_failed = failed;
}

bool uring_is_fatal(int result)
{
    switch (result) {
    case -EINTR:
    case -ETIME:
    case -EAGAIN: /* the kernel is short of memory, or its completion queue of room */
    case -EBUSY:
    case -ENOMEM:
        return false;
    default:
        return result < 0;
    }
}

void engine_fail(struct ring_queue *queue)
{
    uring_end_all(queue, -ENETDOWN);
}

/* Each watch is told once; who is told may arm it again, for another turn. */
static void uring_fail_watches(struct uring *ring)
{
    struct ring_watch *watch = ring->watches;

    ring->watches = NULL;
    while (watch != NULL) {
        struct ring_watch *next = watch->next;

        watch->armed = false;
        watch->told(watch, -ENETDOWN, false); /* it may be gone now */
        watch = next;
    }
}

void uring_fail(struct uring *ring, int error)
{
    fprintf(stderr, "ws2ring: io_uring_enter: %s; every call fails with WSAENETDOWN from now on\n",
            strerror(-error));
    io_uring_queue_exit(&ring->ring); /* [F3] */
    ring->ring.ring_fd = -1;
    atomic_store_explicit(&ring->failed, true, memory_order_relaxed); /* [F1] */
    if (uring_failed != NULL)
        uring_failed(ring->index);
    uring_fail_watches(ring);
}

void uring_sleep_failed(struct uring *ring)
{
    struct ring_op *empty = NULL;

    uring_fail_watches(ring);
    /* release publishes `failed`: [F1] */
    if (atomic_compare_exchange_strong_explicit(&ring->inbox, &empty, URING_PARKED,
                                                memory_order_acq_rel, memory_order_relaxed)) {
        struct ring_op *parked = URING_PARKED;

        (void)park_wait(&ring->asleep, PARK_FOREVER);
        atomic_compare_exchange_strong(&ring->inbox, &parked, NULL);
    }
}
