/* SPDX-License-Identifier: MIT */
/*
 * One operation of a send queue that sends several pieces of memory and of files: RING_FILE. A ring
 * thread never waits for a disk: it sends what the page cache holds straight from there, in bounded
 * turns, and has the kernel read the rest into a buffer of the operation's own.
 *
 * [T1] The operation's fields belong to whoever works on it: the caller under the queue's claim,
 *      or the ring thread. They say all there is to know, so the work may change hands between any
 *      two requests.
 */
#ifndef RING_ENGINE_SEND_FILE_H
#define RING_ENGINE_SEND_FILE_H

#include "ring/engine/engine.h"

struct ring_piece {
    void *memory;    /* NULL: of a file */
    uint64_t offset; /* in the file, where it begins */
    uint64_t bytes;
    int32_t fd;
    uint32_t owner; /* these two are the submitter's own */
    bool moves;
    bool ends; /* datagrams: what follows is another one */
};

struct ring_file {
    uint32_t count;
    uint32_t at;      /* the first piece that has not been sent whole, */
    uint64_t sent;    /* and what of it has, */
    uint64_t warm;    /* and up to where it was found in the page cache, */
    int64_t warm_ns;  /* and when; host_now_coarse_ns() */
    uint32_t each;    /* datagrams: the most bytes of one; 0: as much as belongs together */
    bool datagrams;   /* each send is one; streams: pieces are just bytes */
    bool may_wait;    /* for the disk too, when its own thread works on it: a blocking call */
    bool reading;     /* the kernel reads into `room` */
    uint32_t held;    /* streams: bytes in `room` that come next; datagrams: of the next one */
    uint32_t held_at; /* streams: how many of them have been sent; datagrams: 1: it is whole */
    uint32_t pack_at; /* datagrams: as at and sent, for what goes into `room` next */
    uint64_t pack_sent;
    char *room;          /* made when first needed */
    uint32_t name_bytes; /* datagrams: 0, or of where they go, as Linux has it */
    unsigned char name[28];
    struct ring_piece pieces[];
};

/* The pieces have been given to the operation: data; kind is RING_FILE; size_bytes counts
 * nothing, done_bytes what has been sent. Works on it until it must wait, or long enough for one
 * turn. True: it has ended, with *result. The caller holds the claim, or is the ring thread. -EIO
 * and the like come from the file; -ENODATA: the file ended early. */
bool ring_file_run(struct ring_op *op, int32_t *result);

/* After its end, or instead of its beginning. */
void ring_file_free_room(struct ring_file *file);

#endif
