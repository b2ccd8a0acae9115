/* SPDX-License-Identifier: MIT */
/* What the files of the io_uring engine share: one ring, its thread, and the tags of its requests.
 *  */
#ifndef RING_ENGINE_URING_H
#define RING_ENGINE_URING_H

#include <liburing.h>

#include "ring/engine/engine.h"
#include "ring/engine/park.h"

enum {
    URING_SQ_ENTRIES = 1024,
    URING_CQ_ENTRIES = 8192,
    URING_RINGS_MAX = 64,
    URING_TICK_NS = 1000000,
    URING_LOOK_NS = 200000000, /* between two looks at how busy a ring thread is */
};

/* user_data of requests that are not operations; an operation's tag is never below 2^12. */
enum { URING_TAG_IGNORE = 0, URING_TAG_WAKE = 1 };

struct uring {
    struct io_uring ring;
    /* Operations on their way in, newest first; NULL: none; URING_PARKED: none, and asleep. */
    struct ring_op *_Atomic inbox;
    _Atomic uint32_t sockets; /* that chose this ring; only ever grows */
    int wake_fd;
    uint64_t wake_count;      /* where the kernel puts what it read from wake_fd */
    struct ring_queue *pumping; /* queue_pump() is at work on it, further up the stack */
    unsigned index;
    int started;          /* 0, or why the ring could not be made */
    struct park start;    /* who made the thread waits here */
    int32_t cpu_clock;
    int64_t busy_wall_ns, busy_cpu_ns; /* at the last look: see uring_consider_growth() */
    int busy_looks;
};

extern _Thread_local struct uring *uring_current; /* on a ring thread: its ring */

/* A tag holds the pointer in its low 48 bits and the use count of the operation above them. */
static inline uint64_t uring_tag(const struct ring_op *op)
{
    return (uint64_t)(uintptr_t)op | (uint64_t)op->generation << 48;
}

/* Sets the ring up on the calling thread: the best flags that this kernel takes. 0 or -errno. */
int uring_open(struct uring *ring);

/* Never NULL: flushes when the submission queue is full. */
struct io_uring_sqe *uring_sqe(struct uring *ring);

/* uring_op.c: takes operations in, issues them, and handles their ends. */
void uring_take_in(struct uring *ring, struct ring_op *op);
void uring_complete(struct uring *ring, uint64_t tag, int32_t result);

#endif
