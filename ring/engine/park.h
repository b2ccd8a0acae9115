/* SPDX-License-Identifier: MIT */
/*
 * Putting a thread to sleep and waking it. One type-stable word per thread: a waker may come late,
 * after the sleeper has gone on, so the word must never be freed while the process lives.
 *
 * [P1] 0 awake, 1 parked, 2 notified. The parker moves 0 to 1 and sleeps while the word is 1; the
 *      waker exchanges 2 and enters the kernel only when the word was 1.
 * [P2] Both sides are seq_cst: "publish a reason, then wake" against "park, then look for a reason"
 *      is a store before a load of another variable on each side.
 * [P3] A wake may be meant for an earlier wait: whoever parks checks its condition again.
 */
#ifndef RING_ENGINE_PARK_H
#define RING_ENGINE_PARK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PARK_FOREVER INT64_MAX

struct park {
    _Atomic uint32_t word;
};

/* Sleeps until woken or until CLOCK_MONOTONIC reaches deadline_ns (PARK_FOREVER: no deadline).
 * Returns true when somebody called park_wake(), perhaps before; false when the time is over. */
bool park_wait(struct park *park, int64_t deadline_ns);

void park_wake(struct park *park);

#endif
