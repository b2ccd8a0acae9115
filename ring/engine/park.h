/* SPDX-License-Identifier: MIT */
/*
 * Putting a thread to sleep and waking it. One type-stable word per thread: a waker may come late,
 * after the sleeper has gone on, so the word must never be freed while the process lives.
 *
 * [P1] 0 awake, 1 parked, 2 notified, 3 parked with an eventfd. The parker moves 0 to 1 (or 3) and
 *      sleeps while the word stays so; the waker exchanges 2 and enters the kernel only when the
 *      word was 1 or 3.
 * [P2] Both sides are seq_cst: "publish a reason, then wake" against "park, then look for a reason"
 *      is a store before a load of another variable on each side.
 * [P3] A wake may be meant for an earlier wait: whoever parks checks its condition again.
 * [P4] A wake wakes all that sleep on the word: the thread itself, and a futex request that its
 *      wait ring (wait_ring.h) keeps armed there from an earlier wait.
 * [P5] 4: parked in poll(2). It has an eventfd of its own, because a request that the wait ring
 *      keeps armed on the other would take the wake away.
 * [P6] Whoever replaces PARK_POLL writes there, once, and the parked thread reads that before it
 *      goes on: so no write comes late, and the descriptor may go with the thread.
 */
#ifndef RING_ENGINE_PARK_H
#define RING_ENGINE_PARK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PARK_FOREVER INT64_MAX

/* [P1] */
enum park_word {
    PARK_AWAKE = 0,
    PARK_FUTEX = 1,
    PARK_NOTIFIED = 2,
    PARK_EVENT = 3,
    PARK_POLL = 4 /* [P5] */
};

struct park {
    _Atomic uint32_t word;
    int32_t event_fd; /* valid for PARK_EVENT, and from then on open for ever: wakes come late */
    int32_t poll_fd;  /* the same for PARK_POLL */
};

/* Sleeps until woken or until CLOCK_MONOTONIC reaches deadline_ns (PARK_FOREVER: no deadline).
 * Returns true when somebody called park_wake(), perhaps before; false when the time is over. */
bool park_wait(struct park *park, int64_t deadline_ns);

void park_wake(struct park *park);

/* Parking in poll(2) or its like, which looks at a descriptor that park_poll_open() returns (or a
 * negative errno). park_poll_begin() false: somebody has called park_wake() already; do not sleep.
 * Either way park_poll_end() follows. */
int park_poll_open(struct park *park);
bool park_poll_begin(struct park *park);
/* `begun`: what park_poll_begin() said. True: somebody called park_wake(). */
bool park_poll_end(struct park *park, bool begun);
/* Gives the descriptor up: the thread ends, or this is the child of a fork. */
void park_poll_forget(struct park *park);

#endif
