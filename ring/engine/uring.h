/* SPDX-License-Identifier: MIT */
/* What the files of the io_uring engine share: one ring, its thread, and the tags of its requests.
 *  */
#ifndef RING_ENGINE_URING_H
#define RING_ENGINE_URING_H

#include <liburing.h>

#include "ring/engine/engine.h"
#include "ring/engine/park.h"

enum {
    URING_SQ_ENTRIES = 256, /* 16 KiB: a larger one only walks through more of the cache */
    URING_CQ_ENTRIES = 8192,
    URING_RINGS_MAX = 64,
    URING_TICK_NS = 1000000,
    URING_OWED_NS = 50000,     /* how long a thread that keeps submitting may owe a wake */
    URING_LOOK_NS = 200000000, /* between two looks at how busy a ring thread is */
};

/* user_data of requests that are not operations; an operation's tag is never below 2^12. */
enum { URING_TAG_IGNORE = 0, URING_TAG_WAKE = 1 };
/* A bit that no address of an operation or a watch has: the rest is a struct ring_watch. */
enum { URING_TAG_WATCH = 2 };

enum { URING_DEFERRED = 8 };

#define URING_PARKED ((struct ring_op *)8)

struct ring_watch;

struct uring {
    struct io_uring ring;
    /* Operations on their way in, newest first; NULL: none; URING_PARKED: none, and asleep. */
    struct ring_op *_Atomic inbox;
    _Atomic uint32_t sockets; /* that chose this ring; only ever grows */
    _Atomic uint32_t owed;    /* somebody owes it a wake: engine_submit_later() */
    int wake_fd;
    uint64_t wake_count;        /* where the kernel puts what it read from wake_fd */
    struct ring_queue *pumping; /* queue_pump() is at work on it, further up the stack */
    /* Queues of datagrams that operations came for in this turn, while there are more to come. */
    struct ring_queue *deferred[URING_DEFERRED];
    unsigned deferred_count;
    bool restarted;     /* engine_restart() put an operation back into it meanwhile */
    unsigned followers; /* requests that took an ended one's place, in this turn */
    unsigned held;      /* turns whose completions are not delivered yet */
    unsigned index;
    int started;       /* 0, or why the ring could not be made */
    struct park start; /* who made the thread waits here */
    int32_t cpu_clock;
    int64_t busy_wall_ns, busy_cpu_ns; /* at the last look: see uring_consider_growth() */
    int busy_looks;
    struct ring_watch *watches;  /* armed */
    _Atomic bool failed;         /* for good: uring_failure.c */
    struct io_uring_sqe nowhere; /* where requests go then */
    struct park asleep;          /* where its thread sleeps then */
};

extern _Thread_local struct uring *uring_current; /* on a ring thread: its ring */

enum { URING_HELD_MAX = 8 };

/* A tag holds the pointer in its low 48 bits and the use count of the operation above them. */
static inline uint64_t uring_tag(const struct ring_op *op)
{
    return (uint64_t)(uintptr_t)op | (uint64_t)op->generation << 48;
}

/* Never NULL: flushes when the submission queue is full. On a ring that has failed, or fails now,
 * the request is lost: the loop will find out. */
struct io_uring_sqe *uring_sqe(struct uring *ring);

/* uring_op.c: an operation as a request of any ring. uring_prep_poll(): only waits until it can
 * make progress. */
void uring_prep(struct io_uring_sqe *sqe, struct ring_op *op);
void uring_prep_poll(struct io_uring_sqe *sqe, struct ring_op *op);

enum uring_verdict {
    URING_ENDED, /* *result is what the operation's owner is told */
    URING_AGAIN, /* uring_prep() it again */
    URING_WAIT   /* uring_prep_poll() it */
};

/* What follows the end of an operation's request. */
enum uring_verdict uring_judge(struct ring_op *op, int32_t *result);

/* uring_op.c: what the kernel takes of an operation with a struct ring_msg, and what it gives
 * back. */
struct msghdr *uring_msghdr(struct ring_op *op);
void uring_received(struct ring_op *op, const struct msghdr *header);

/* uring_datagram.c: operations from `first` on that one system call can carry out, at most
 * URING_DATAGRAMS; and that call. So many have ended, or a negative errno is the first one's
 * result. */
enum { URING_DATAGRAMS = 32 };
bool uring_is_transfer(const struct ring_op *op);
unsigned uring_datagrams_gather(struct ring_op *first, struct ring_op **ops);
int uring_datagrams(struct ring_op **ops, unsigned count, int32_t *results);

/* uring_op.c: the end of an operation, which leaves its queue; it, and with its last one the queue,
 * may be gone then. */
void uring_end(struct ring_queue *queue, struct ring_op *op, int32_t result);

/* uring_stream.c: is a send followed by others, so that they can go together; tries them, none
 * being in flight. False: the queue may be gone with its last operation. */
bool uring_sends_follow(const struct ring_op *first);
bool uring_try_sends(struct ring_queue *queue, struct ring_op *first);

/* uring_file.c: the same two for RING_FILE. */
void uring_file_prep(struct io_uring_sqe *sqe, struct ring_op *op);
enum uring_verdict uring_file_judge(struct ring_op *op, int32_t *result);

/* uring_op.c: takes operations in, issues them, and handles their ends. Datagrams' wait for
 * uring_issue_deferred(), so that those of one turn go together. */
void uring_take_in(struct uring *ring, struct ring_op *op);
void uring_issue_deferred(struct uring *ring);
void uring_complete(struct uring *ring, uint64_t tag, int32_t result);
/* uring_op.c: ends every operation of the queue with this result. */
void uring_end_all(struct ring_queue *queue, int32_t result);

/* uring_failure.c: whether io_uring_enter() said that the ring cannot go on; what follows then; and
 * the sleep of a failed ring's thread. */
bool uring_is_fatal(int result);
void uring_fail(struct uring *ring, int error);
void uring_sleep_failed(struct uring *ring);
/* watch.c */
void uring_watch_told(uint64_t tag, int32_t result, bool more);

#endif
