/* SPDX-License-Identifier: MIT
 *
 * What a server is to do for each message besides echoing it: to compute for ten microseconds. */
#ifndef WS2RING_BENCH_WORK_H
#define WS2RING_BENCH_WORK_H

#include <time.h>

enum { WORK_NS = 10000 };

/* On the CPU all the time; no system call. */
static inline void work_once(void)
{
    struct timespec start;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < WORK_NS);
}

#endif
