/* SPDX-License-Identifier: MIT */
/*
 * Watching a descriptor: a poll request that stays with the kernel and takes nothing. Everything
 * here runs on one ring thread, the one of the operation that first armed the watch.
 *
 * [V1] From watch_arm() until `told` is called with `more` false, the kernel has the request, and
 *      the watch must not go away. Nothing is told after that until it is armed again.
 * [V2] Arming tells at once what holds already. After that, every change of the descriptor that
 *      leaves one of the events holding is told, although several may be told as one: whoever is
 *      told looks at the descriptor itself.
 * [V3] On a ring that cannot go on, an armed watch is told -ENETDOWN, later, and ends.
 */
#ifndef RING_ENGINE_WATCH_H
#define RING_ENGINE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct ring_watch {
    struct ring_watch *next; /* the ring's armed ones */
    struct ring_watch *previous;
    /* `found`: LX_POLL* or a negative errno. */
    void (*told)(struct ring_watch *watch, int32_t found, bool more);
    bool armed;     /* [V1] */
    bool cancelled; /* it ends as soon as the kernel says so */
};

/* `once`: the request ends with the first event; else it stays. */
void watch_arm(struct ring_watch *watch, int fd, uint32_t events, bool once);
/* Does nothing when it is not armed. */
void watch_cancel(struct ring_watch *watch);

#endif
