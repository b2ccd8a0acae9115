/* SPDX-License-Identifier: MIT */
/*
 * Calls queued to a thread: completion routines and QueueUserAPC. They run on that thread, inside
 * its alertable waits and its blocking calls, first in, first out.
 */
#ifndef CORE_BASE_APC_H
#define CORE_BASE_APC_H

#include <stdbool.h>
#include <stdint.h>

struct thread;
struct apc;

struct apc { /* laid out like the beginning of struct ring_op, so that an operation can be one */
    struct apc *next;
    /* The apc may be gone afterwards. Not `live`: the thread has ended; only free it. */
    void (*run)(struct apc *apc, bool live);
};

/* From any thread. Queues to the thread whose number is `id` (thread->id) and wakes it. False: that
 * thread has ended, and the apc is still the caller's. */
bool apc_queue(struct thread *thread, uint32_t id, struct apc *apc);

/* Owner only. */
bool apc_pending(struct thread *self);
/* Owner only: runs everything queued, in order, also what is queued meanwhile. Returns how many. */
unsigned apc_run(struct thread *self);

#endif
