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
#include "ring/host/lock.h"

struct answer;
struct apc;
struct home;
struct lone;
struct mutex;
struct op;
struct port;
struct sock;
struct thread_object;
struct wait_ring;

struct thread {
    struct park park;
    /* Counts threads, so that no later owner of the structure has the same; 0: the thread has
     * ended. Its thread writes it, under apc_lock: apc.c, [A1]. */
    uint32_t id;
    unsigned shard;      /* of the handle table and the allocator */
    int32_t cpu_clock;   /* for host_cpu_clock_ns() */
    struct thread *next; /* in the list of threads that ended */

    struct host_lock apc_lock; /* what is queued to this thread: apc.c */
    struct apc *_Atomic apc_head;
    struct apc *apc_tail;
    struct apc *apc_ready;

    struct thread_object *object; /* what its handles name, or NULL (thread_object.c) */
    struct mutex *mutexes;        /* those it owns (mutex.c) */

    struct home *home;           /* sockets that it watches by itself (home.h); stays as well */
    struct lone *lone;           /* receives that it looks after (lone.h); stays too */
    struct wait_ring *wait_ring; /* for blocking calls (verb/block.c); stays with the structure */
    _Atomic uint32_t blocked;    /* enum blocking_state (blocking.c) of its innermost call */
    struct answer *answer;       /* what gethostbyname() returns (verb/answer.c); stays as well */

    struct op *cache; /* operations ready for use (op.c) */
    uint32_t cache_count;
    uint32_t extra_count;
    void *extras;               /* memory for what operations need besides (op_extra()); a list */
    _Atomic int64_t op_balance; /* taken minus given back; only this thread writes it */

    /* Owned by the port that this thread last took a packet from (port.c), under that port's lock.
     *  */
    struct port *port;
    struct thread *port_next; /* in the list of active workers, or of waiters */
    struct thread *port_previous;
    int64_t port_cpu_ns; /* CPU time at the last stall check */
    bool port_active;    /* counted against the concurrency value */
    bool port_alone;     /* the port had no other worker when it took its last packet */
    bool port_chosen;    /* taken off the list of waiters by a waker: holds the wake token */
};

/* The calling thread's structure; NULL only when memory is short at the first call. */
struct thread *thread_self(void);

uint32_t thread_error(void);
void thread_set_error(uint32_t error);
/* For the trace: still marked is a thread whose error nobody has set since, not even to itself. */
void thread_error_mark(void);
bool thread_error_marked(void);

/* Ends what the library knows of the calling thread now, rather than when the thread has left. */
void thread_leave(void);

/* Called when a thread ends, before its structure is given back: each module's own part. */
void thread_register_exit(void (*at_exit)(struct thread *thread));
/* The same, after all the others: thread_object.c, which tells those who wait for the thread. */
void thread_register_last_exit(void (*at_exit)(struct thread *thread));

/* Registered by port.c: called around every wait of ours that is not a wait for packets. */
void thread_register_wait(void (*before)(struct thread *thread),
                          void (*after)(struct thread *thread));
/* Those two, for a wait of another kind; and park_wait() with them around it. */
void thread_wait_begin(struct thread *thread);
void thread_wait_end(struct thread *thread);
bool thread_wait(struct thread *thread, int64_t deadline_ns);

/* Deadline for a Windows time-out in milliseconds; 0xFFFFFFFF is PARK_FOREVER. */
int64_t thread_deadline_ns(uint32_t timeout_ms);

/* Sum of op_balance over all threads, living and ended: operations not given back. */
int64_t thread_op_balance(void);

#endif
