/* SPDX-License-Identifier: MIT */
/* Where the engine's files meet: the ring of the running ring thread, and room in its queue. */
#include "ring/engine/uring.h"

_Thread_local struct uring *uring_current;

struct io_uring_sqe *uring_sqe(struct uring *ring)
{
    struct io_uring_sqe *sqe;
    int result;

    if (atomic_load_explicit(&ring->failed, memory_order_relaxed)) /* our own thread's */
        return &ring->nowhere;
    /* A failing submit (-EAGAIN, -EBUSY: the kernel is short of memory) has taken nothing: reaping
     * makes room, and nothing is ever dropped. */
    while ((sqe = io_uring_get_sqe(&ring->ring)) == NULL) {
        result = io_uring_submit(&ring->ring);
        if (uring_is_fatal(result))
            return &ring->nowhere;
        if (result < 0)
            io_uring_get_events(&ring->ring);
    }
    return sqe;
}
