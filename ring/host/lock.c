/* SPDX-License-Identifier: MIT */
/*
 * The slow halves of host_lock: sleeping on the futex, and waking one sleeper. The word moves
 * 0 -> 1 -> 0 without contention; a sleeper leaves 2 behind, so that the holder wakes somebody.
 */
#include "ring/host/lock.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void host_lock_contended(struct host_lock *lock)
{
    /* Whoever slept takes the lock as "contended": it cannot know whether others sleep as well. */
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
        syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void host_lock_wake(struct host_lock *lock)
{
    syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
