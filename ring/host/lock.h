/* SPDX-License-Identifier: MIT */
/*
 * A four-byte mutual exclusion lock on a futex, for objects that must stay small (a socket has
 * one). Uncontended it is one compare-and-swap. Nobody sleeps or calls user code while holding one.
 */
#ifndef RING_HOST_LOCK_H
#define RING_HOST_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct host_lock {
    _Atomic uint32_t word; /* 0 free, 1 held, 2 held and somebody may sleep on it */
};

void host_lock_contended(struct host_lock *lock);
void host_lock_wake(struct host_lock *lock);

static inline bool host_lock_try(struct host_lock *lock)
{
    uint32_t free_word = 0;

    return atomic_compare_exchange_strong_explicit(&lock->word, &free_word, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

static inline void host_lock_acquire(struct host_lock *lock)
{
    if (!host_lock_try(lock))
        host_lock_contended(lock);
}

static inline void host_lock_release(struct host_lock *lock)
{
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2)
        host_lock_wake(lock);
}

#endif
