/* SPDX-License-Identifier: MIT
 *
 * What the programs have in common that drive themselves: each does one thing again and again, a
 * number of them at a time, and counts. Such a program is started as
 *
 *     PROGRAM --control --connections N [--port N]
 *
 * says that it is ready, and runs a round for each line `run SECONDS WARMUP` on standard input,
 * answered with one line of JSON (driven.py is the other end). Without --control it runs one round.
 * This file names no socket header, so that Winsock programs and plain ones can share it. */
#ifndef WS2RING_BENCH_DRIVEN_H
#define WS2RING_BENCH_DRIVEN_H

#include <stdbool.h>
#include <stdint.h>

#include "hist.h"

enum { DRIVEN_MAX = 1024 }; /* things at a time */

struct driven_options {
    int port;        /* 0: none was given */
    int count;       /* things at a time */
    const char *way; /* --way WORD: which of several ways the program knows; NULL: none was given */
};

/* One round; the program's while it runs. */
struct driven_round {
    uint64_t measure_ns; /* the warm-up ends */
    uint64_t end_ns;     /* nothing begins after this */
    uint64_t done;       /* between these two */
    uint64_t done_total;
    uint64_t errors;
    struct hist latency_ns; /* of `done` */
};

uint64_t driven_now_ns(void);

/* One thing has been done. Returns the time, which is the next one's beginning. */
uint64_t driven_done(struct driven_round *round, uint64_t start_ns);

/* The main program. `start`: prepares, false with a sentence on standard error. `run`: does things
 * from now to round->end_ns, and leaves nothing unfinished. */
int driven_main(int argc, char **argv, bool (*start)(const struct driven_options *options),
                void (*run)(struct driven_round *round));

/* A sentence on standard error, and the end. */
void driven_fail(const char *what, int error) __attribute__((noreturn));

#endif
