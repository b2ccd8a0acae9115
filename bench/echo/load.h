/* SPDX-License-Identifier: MIT
 *
 * The load client's parts: load_dial.c opens the connections, load_round.c drives one round of
 * ping-pong over them, echo_load.c reads options and commands and prints. A connection belongs to
 * one worker for life; workers are threads only while a round runs, so between rounds the main
 * thread may look at everything without a lock. */
#ifndef WS2RING_BENCH_LOAD_H
#define WS2RING_BENCH_LOAD_H

#include "hist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOAD_PATTERN_STEPS = 4096,     /* places in the pattern at which a message may begin */
    LOAD_BUFFER_BYTES = 64 * 1024, /* one recv takes at most this */
    LOAD_DRAIN_SECONDS = 5,        /* answers may come this late after a round's end */
    LOAD_THREADS_MAX = 64,
};

/* Why a connection is given up. Each is an error in the result, and none is retried. */
enum load_failure {
    LOAD_FAIL_CONNECT,  /* refused, or not established in time */
    LOAD_FAIL_CLOSED,   /* closed or reset by the server */
    LOAD_FAIL_MISMATCH, /* other bytes came back, or more of them */
    LOAD_FAIL_SILENT,   /* no complete answer within the drain time */
    LOAD_FAIL_COUNT,
};

enum load_state { LOAD_CONN_NEW, LOAD_CONN_DIALLING, LOAD_CONN_OPEN, LOAD_CONN_LOST };

struct load_options {
    int port;
    int connections;
    int threads;
    size_t size_bytes;
    double seconds;
    double warmup;
    double connect_seconds; /* 0: chosen from the number of connections */
    bool json;
    bool control;
};

struct load_conn {
    uint64_t start_ns;
    int fd; /* -1 while NEW or LOST */
    enum load_state state;
    uint32_t step;       /* where in the pattern this message begins */
    uint32_t sent;       /* bytes of the message in flight */
    uint32_t received;   /* of these, bytes that came back and were right */
    bool busy;           /* a message is in flight */
    bool waits_for_room; /* EPOLLOUT is requested */
};

struct load_worker {
    struct load_conn *conns;
    int conn_count;
    int busy_count;
    int epoll_fd;
    const char *pattern; /* LOAD_PATTERN_STEPS + size_bytes random bytes, shared */
    size_t size_bytes;
    char *buffer;
    /* One round: */
    uint64_t measure_ns; /* the warm-up ends */
    uint64_t end_ns;     /* no message starts after this */
    uint64_t drain_ns;   /* no answer counts after this */
    uint64_t messages;   /* answered between measure_ns and end_ns */
    uint64_t messages_total;
    uint64_t failures[LOAD_FAIL_COUNT];
    struct hist latency_ns; /* of `messages` */
};

struct load {
    struct load_options options;
    struct load_conn *conns;
    char *pattern;
    int worker_count;
    int next_source; /* connections opened so far: chooses the source address */
    struct load_worker *workers;
};

struct load_result {
    double seconds; /* the measured part of the round */
    int held;       /* connections open and answering at the end */
    uint64_t messages;
    uint64_t messages_total; /* warm-up and drain included */
    uint64_t errors;
    uint64_t failures[LOAD_FAIL_COUNT];
    struct hist latency_ns;
};

uint64_t load_now_ns(void);

/* Closes a connection and counts why. */
void load_fail(struct load_worker *worker, struct load_conn *conn, enum load_failure why);

/* Opens every connection, within options.connect_seconds. Returns how many are open. */
int load_dial(struct load *load);

/* Every open connection plays ping-pong for warmup + seconds, then answers are awaited for at most
 * LOAD_DRAIN_SECONDS. Failures since the last round, or since dialling, are part of the result. */
void load_round(struct load *load, double seconds, double warmup, struct load_result *result);

#endif
