/* SPDX-License-Identifier: MIT */
/*
 * What threads can wait for: the signalled state inside events, threads and sockets, and the lists
 * of those who wait. Setting and resetting take no lock unless somebody waits.
 */
#ifndef CORE_OBJECT_WAITABLE_H
#define CORE_OBJECT_WAITABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ring/host/lock.h"

struct wait_block; /* one waiter on one object; lives on the waiter's stack (waitable.c) */

enum {
    WAITABLE_SIGNALLED = 1,
    WAITABLE_LOCKED = 2,  /* a wait for all is about to take several objects at once */
    WAITABLE_WAITERS = 4, /* the list below is not empty */
    WAITABLE_AUTO = 8,    /* constant: a satisfied wait resets it */
    WAITABLE_INDEX_TIMEOUT = -1
};

struct waitable { /* 16 bytes: a socket has one */
    _Atomic uint32_t state;
    struct host_lock lock; /* protects waiters */
    struct wait_block *waiters;
};

void waitable_init(struct waitable *waitable, bool auto_reset, bool signalled);
void waitable_set(struct waitable *waitable);
void waitable_reset(struct waitable *waitable);

static inline bool waitable_signalled(struct waitable *waitable)
{
    /* acquire pairs with the release in waitable_set(): who sees the signal sees what preceded it.
     *  */
    return atomic_load_explicit(&waitable->state, memory_order_acquire) & WAITABLE_SIGNALLED;
}

/* Waits for one or for all of `count` objects (1 to 64), all or nothing. Returns the lowest index
 * that was signalled (0 for all), or WAITABLE_INDEX_TIMEOUT. */
int waitable_wait(struct waitable *const *objects, unsigned count, bool all, int64_t deadline_ns);

#endif
