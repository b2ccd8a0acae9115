/* SPDX-License-Identifier: MIT
 *
 * See hist.h. Bucket layout: values below 128 have a bucket each; above, the position of the
 * highest bit chooses a group of 128 buckets and the next seven bits the bucket in it. */
#include "hist.h"

#include <string.h>

static unsigned hist_index(uint64_t value)
{
    unsigned shift;

    if (value < HIST_SUB_COUNT)
        return (unsigned)value;
    shift = 63u - (unsigned)__builtin_clzll(value) - HIST_SUB_BITS;
    /* value >> shift lies in [128, 256): its top bit moves the index on to the next group. */
    return shift * HIST_SUB_COUNT + (unsigned)(value >> shift);
}

/* The middle of a bucket: the error is then at most half a bucket either way. */
static uint64_t hist_value(unsigned index)
{
    unsigned shift;
    uint64_t low;

    if (index < 2 * HIST_SUB_COUNT)
        return index;
    shift = index / HIST_SUB_COUNT - 1;
    low = (uint64_t)(index % HIST_SUB_COUNT + HIST_SUB_COUNT) << shift;
    return low + ((uint64_t)1 << shift) / 2;
}

void hist_reset(struct hist *hist)
{
    memset(hist, 0, sizeof *hist);
}

void hist_add(struct hist *hist, uint64_t value)
{
    hist->buckets[hist_index(value)]++;
    hist->count++;
    if (value > hist->max)
        hist->max = value;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    for (unsigned i = 0; i < HIST_BUCKET_COUNT; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    if (from->max > into->max)
        into->max = from->max;
}

uint64_t hist_quantile(const struct hist *hist, double fraction)
{
    double exact = fraction * (double)hist->count;
    uint64_t rank = (uint64_t)exact;
    uint64_t seen = 0;

    if (hist->count == 0)
        return 0;
    if ((double)rank < exact)
        rank++;
    for (unsigned i = 0; i < HIST_BUCKET_COUNT; i++) {
        seen += hist->buckets[i];
        if (seen >= rank && seen > 0) {
            uint64_t value = hist_value(i);

            return value < hist->max ? value : hist->max;
        }
    }
    return hist->max;
}
