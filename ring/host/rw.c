/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks and condition variables on futexes: rw.h.
 *
 * [R1] Bit 30 of state is set by one who is about to wait, in the same step in which it sees that
 *      it must; it keeps new readers out, so that a writer gets its turn. Whoever makes the lock
 *      free clears it, counts turn up and wakes all, who try again.
 * [R2] Who waits has read turn before it looked at state, so a turn that came between is seen.
 * [R3] A condition variable's waiter counts itself and reads turn while it holds the lock. Who
 *      changes the condition under that lock and wakes then sees it, and counts turn up first.
 */
#include "ring/host/rw.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RW_WRITER    0x80000000u
#define RW_WAITING   0x40000000u
#define RW_SECOND_NS INT64_C(1000000000)

static bool rw_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline_ns)
{
    struct timespec until = {.tv_sec = deadline_ns / RW_SECOND_NS,
                             .tv_nsec = deadline_ns % RW_SECOND_NS};

    /* WAIT_BITSET takes an absolute time, so a signal cannot stretch the wait. */
    return syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value,
                   deadline_ns == INT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY) == 0 ||
           errno != ETIMEDOUT;
}

static void rw_futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static uint32_t rw_blocked_by(bool exclusive)
{
    return exclusive ? ~RW_WAITING : RW_WRITER | RW_WAITING;
}

bool host_rw_try(struct host_rw *rw, bool exclusive)
{
    uint32_t state = atomic_load_explicit(&rw->state, memory_order_relaxed); /* a guess */

    do {
        if (state & rw_blocked_by(exclusive))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &rw->state, &state, exclusive ? state | RW_WRITER : state + 1,
        memory_order_acquire,   /* pairs with the release in host_rw_release() */
        memory_order_relaxed)); /* failed: nothing was read through it */
    return true;
}

/* Waits for one turn, unless the lock can be had. */
static void rw_wait(struct host_rw *rw, bool exclusive)
{
    /* [R2] acquire: the look at state comes after it. */
    uint32_t turn = atomic_load_explicit(&rw->turn, memory_order_acquire);
    uint32_t state = atomic_load_explicit(&rw->state, memory_order_relaxed);

    if (!(state & rw_blocked_by(exclusive)))
        return;
    /* [R1] relaxed: only the word itself counts; a failure means that it has changed. */
    if (!(state & RW_WAITING) &&
        !atomic_compare_exchange_strong_explicit(&rw->state, &state, state | RW_WAITING,
                                                 memory_order_relaxed, memory_order_relaxed))
        return;
    rw_futex_wait(&rw->turn, turn, INT64_MAX);
}

void host_rw_acquire(struct host_rw *rw, bool exclusive)
{
    while (!host_rw_try(rw, exclusive))
        rw_wait(rw, exclusive);
}

void host_rw_release(struct host_rw *rw, bool exclusive)
{
    uint32_t state = atomic_load_explicit(&rw->state, memory_order_relaxed); /* a guess */
    uint32_t left;

    do {
        left = exclusive ? state & ~RW_WRITER : state - 1;
        if ((left & ~RW_WAITING) == 0)
            left = 0; /* [R1] */
    } while (!atomic_compare_exchange_weak_explicit(
        &rw->state, &state, left,
        memory_order_release,   /* pairs with the acquire in host_rw_try() */
        memory_order_relaxed)); /* failed: nothing was read through it */
    if (left == 0 && (state & RW_WAITING)) {
        atomic_fetch_add_explicit(&rw->turn, 1, memory_order_release); /* [R2] */
        rw_futex_wake(&rw->turn, INT_MAX);
    }
}

uint32_t host_cond_begin(struct host_cond *cond)
{
    /* relaxed: [R3] the user's lock orders both. */
    atomic_fetch_add_explicit(&cond->waiters, 1, memory_order_relaxed);
    return atomic_load_explicit(&cond->turn, memory_order_relaxed);
}

bool host_cond_wait(struct host_cond *cond, uint32_t turn, int64_t deadline_ns)
{
    bool woken = rw_futex_wait(&cond->turn, turn, deadline_ns);

    atomic_fetch_sub_explicit(&cond->waiters, 1, memory_order_relaxed);
    return woken;
}

void host_cond_wake(struct host_cond *cond, bool all)
{
    if (atomic_load_explicit(&cond->waiters, memory_order_relaxed) == 0) /* [R3] */
        return;
    atomic_fetch_add_explicit(&cond->turn, 1, memory_order_relaxed);
    rw_futex_wake(&cond->turn, all ? INT_MAX : 1);
}
