/* SPDX-License-Identifier: MIT
 *
 * A latency histogram with log-linear buckets: 128 per power of two, so that a value read back is
 * within 0.8% of the value recorded, at any size. Debian 12 packages no C library of the
 * HdrHistogram kind, hence this one. Not synchronised: each thread fills its own, and the reader
 * merges them after the threads have ended. */
#ifndef WS2RING_BENCH_HIST_H
#define WS2RING_BENCH_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS     7
#define HIST_SUB_COUNT    (1u << HIST_SUB_BITS)
#define HIST_BUCKET_COUNT ((64u - HIST_SUB_BITS + 1u) * HIST_SUB_COUNT)

struct hist {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[HIST_BUCKET_COUNT];
};

void hist_reset(struct hist *hist);
void hist_add(struct hist *hist, uint64_t value);
void hist_merge(struct hist *into, const struct hist *from);

/* The value that `fraction` (0 to 1) of the recorded values do not exceed; 0 when empty. */
uint64_t hist_quantile(const struct hist *hist, double fraction);

#endif
