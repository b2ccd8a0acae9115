/* SPDX-License-Identifier: MIT
 *
 * What the programs that move segmented datagrams agree upon. */
#ifndef WS2RING_BENCH_SEGMENT_H
#define WS2RING_BENCH_SEGMENT_H

enum {
    SEGMENT_BYTES = 1200,                        /* a datagram on the wire */
    SEGMENT_COUNT = 50,                          /* in one send */
    SEGMENT_ALL = SEGMENT_BYTES * SEGMENT_COUNT, /* which is what a round counts */
    SEGMENT_ROOM = 64 * 1024,                    /* of a receive, which may bring many of them */
};

/* Datagrams of one byte tell the peer what to do. */
enum {
    SEGMENT_PEER_WRITES = 'r', /* send to whoever sent this, until it says: */
    SEGMENT_PEER_STOPS = 'q',
};

#endif
