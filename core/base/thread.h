/* SPDX-License-Identifier: MIT */
/*
 * What the library knows about a thread: its last error and, from its first wait or operation on,
 * a `struct thread`. These are never freed but used again for later threads, because a late
 * park_wake() may still arrive (see park.h).
 */
#ifndef CORE_BASE_THREAD_H
#define CORE_BASE_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ring/engine/park.h"

struct op;
struct port;

struct thread {
    struct park park;
    uint32_t id;         /* the kernel's thread id */
    unsigned shard;      /* of the handle table and the allocator */
    int32_t cpu_clock;   /* for host_cpu_clock_ns() */
    struct thread *next; /* in the list of threads that ended */

    struct op *cache;       /* operations ready for use (op.c) */
    uint32_t cache_count;
    _Atomic int64_t op_balance; /* taken minus given back; only this thread writes it */

    /* Owned by the port that this thread last took a packet from (port.c), under that port's lock.
     *  */
    struct port *port;
    struct thread *port_next; /* in the list of active workers, or of waiters */
    struct thread *port_previous;
    int64_t port_cpu_ns; /* CPU time at the last stall check */
    bool port_active;    /* counted against the concurrency value */
    bool port_chosen;    /* taken off the list of waiters by a waker: holds the wake token */
};

/* The calling thread's structure; NULL only when memory is short at the first call. */
struct thread *thread_self(void);

uint32_t thread_error(void);
void thread_set_error(uint32_t error);

/* Called when a thread ends, before its structure is given back: each module's own part. */
void thread_register_exit(void (*at_exit)(struct thread *thread));

/* Registered by port.c: called around every wait of ours that is not a wait for packets. */
void thread_register_wait(void (*before)(struct thread *thread),
                          void (*after)(struct thread *thread));
/* park_wait() with those two around it. */
bool thread_wait(struct thread *thread, int64_t deadline_ns);

/* Deadline for a Windows time-out in milliseconds; 0xFFFFFFFF is PARK_FOREVER. */
int64_t thread_deadline_ns(uint32_t timeout_ms);

/* Sum of op_balance over all threads, living and ended: operations not given back. */
int64_t thread_op_balance(void);

#endif
