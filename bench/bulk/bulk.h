/* SPDX-License-Identifier: MIT
 *
 * What the programs that move much data agree upon. They name no socket header here, so that
 * Winsock programs and plain ones can share it. */
#ifndef WS2RING_BENCH_BULK_H
#define WS2RING_BENCH_BULK_H

#include <string.h>

enum {
    BULK_BYTES = 64 * 1024,       /* a buffer, which is what a round counts */
    FILE_SMALL_BYTES = 64 * 1024, /* up to that a file goes behind a head, as a reply's body does */
    FILE_HEAD_BYTES = 200,
};

/* What the peer is to do: the first byte of a connection. */
enum {
    BULK_PEER_READS = 's',  /* take what comes, sleeping when there is nothing */
    BULK_PEER_SPINS = 'S',  /* the same, awake: nobody pays for waking it */
    BULK_PEER_WRITES = 'r', /* send until the connection ends */
};

/* For --way send (also none), spin or recv. */
static inline char bulk_direction(const char *way)
{
    if (way != NULL && strcmp(way, "recv") == 0)
        return BULK_PEER_WRITES;
    return way != NULL && strcmp(way, "spin") == 0 ? BULK_PEER_SPINS : BULK_PEER_READS;
}

#endif
