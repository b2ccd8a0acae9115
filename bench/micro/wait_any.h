/* SPDX-License-Identifier: MIT */
/*
 * Ways to wait for any of many events. A way holds `count` auto-reset events, of which each wait
 * takes one; the calls name them by index. Up to WAIT_ANY_MAX in one wait.
 */
#ifndef BENCH_MICRO_WAIT_ANY_H
#define BENCH_MICRO_WAIT_ANY_H

enum { WAIT_ANY_MAX = 64, WAIT_ANY_EVENTS = WAIT_ANY_MAX + 1 };

struct wait_any_way {
    const char *name;
    void (*open)(int count);
    void (*set)(int index);
    /* Waits for one of `count` events from `first` on, takes its signal and returns its index. */
    int (*wait)(int first, int count);
};

extern const struct wait_any_way wait_any_winsock;  /* the library's calls */
extern const struct wait_any_way wait_any_waitable; /* the library below its handles */
extern const struct wait_any_way wait_any_lists;    /* by hand: lists and a bare futex */
extern const struct wait_any_way wait_any_condvar;  /* by hand: mutexes and a condition variable */

#endif /* BENCH_MICRO_WAIT_ANY_H */
