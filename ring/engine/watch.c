/* SPDX-License-Identifier: MIT */
/* Poll requests on a ring thread: watch.h states the rules. */
#include "ring/engine/watch.h"

#include <assert.h>

#include "ring/engine/uring.h"

/* The tag is the address with a mark, and needs no count of uses: the memory stays the watch's
 * until the kernel has said its last word ([V1]), so no answer can come late. */
static uint64_t watch_tag(const struct ring_watch *watch)
{
    return (uint64_t)(uintptr_t)watch | URING_TAG_WATCH;
}

static void watch_list(struct uring *ring, struct ring_watch *watch)
{
    watch->previous = NULL;
    watch->next = ring->watches;
    if (watch->next != NULL)
        watch->next->previous = watch;
    ring->watches = watch;
}

static void watch_delist(struct uring *ring, struct ring_watch *watch)
{
    if (watch->previous != NULL)
        watch->previous->next = watch->next;
    else
        ring->watches = watch->next;
    if (watch->next != NULL)
        watch->next->previous = watch->previous;
}

void watch_arm(struct ring_watch *watch, int fd, uint32_t events, bool once)
{
    struct io_uring_sqe *sqe = uring_sqe(uring_current);

    assert(!watch->armed);
    if (once)
        io_uring_prep_poll_add(sqe, fd, events);
    else
        io_uring_prep_poll_multishot(sqe, fd, events);
    io_uring_sqe_set_data64(sqe, watch_tag(watch));
    watch_list(uring_current, watch);
    watch->armed = true;
    watch->cancelled = false;
}

void watch_cancel(struct ring_watch *watch)
{
    struct io_uring_sqe *sqe;

    if (!watch->armed || watch->cancelled)
        return;
    watch->cancelled = true;
    sqe = uring_sqe(uring_current);
    io_uring_prep_cancel64(sqe, watch_tag(watch), 0);
    io_uring_sqe_set_data64(sqe, URING_TAG_IGNORE);
}

void uring_watch_told(uint64_t tag, int32_t result, bool more)
{
    struct ring_watch *watch = (struct ring_watch *)(uintptr_t)(tag & ~(uint64_t)URING_TAG_WATCH);

    if (!more) {
        watch_delist(uring_current, watch);
        watch->armed = false;
    }
    watch->told(watch, result, more); /* without more to come, it may be gone now */
}
