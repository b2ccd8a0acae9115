/* SPDX-License-Identifier: MIT */
/* Parking on a bare futex; the rules are in park.h. Signals never end a wait early. */
#include "ring/engine/park.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool park_wait(struct park *park, int64_t deadline_ns)
{
    struct timespec until = {.tv_sec = deadline_ns / 1000000000,
                             .tv_nsec = deadline_ns % 1000000000};
    struct timespec *limit = deadline_ns == PARK_FOREVER ? NULL : &until;
    uint32_t word = 0;

    /* [P1] 0 -> 1; a word of 2 was notified before we slept. */
    if (atomic_compare_exchange_strong(&park->word, &word, 1)) {
        while (atomic_load(&park->word) == 1) {
            /* WAIT_BITSET takes an absolute time, so a signal cannot stretch the wait. */
            long failed = syscall(SYS_futex, &park->word, FUTEX_WAIT_BITSET_PRIVATE, 1, limit, NULL,
                                  FUTEX_BITSET_MATCH_ANY);

            if (failed != 0 && errno == ETIMEDOUT)
                break;
        }
    }
    return atomic_exchange(&park->word, 0) == 2;
}

void park_wake(struct park *park)
{
    if (atomic_exchange(&park->word, 2) == 1)
        syscall(SYS_futex, &park->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
