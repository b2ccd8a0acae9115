/* SPDX-License-Identifier: MIT
 *
 * What the raw servers have in common: options, limits, the listening socket and the line
 * that tells a driver which port it is. Called by the main thread, before any other exists. */
#ifndef WS2RING_BENCH_LISTEN_H
#define WS2RING_BENCH_LISTEN_H

struct listen_options {
    int port;         /* 0: the kernel chooses */
    int workers;      /* threads */
    const char *root; /* folder with files to serve; NULL at first: there is no option for it */
};

enum {
    LISTEN_BACKLOG = 4096, /* connections; net.core.somaxconn caps it */
    LISTEN_WORKERS_MAX = 64,
};

/* Reads --port and --workers, and --root if there is a default for it; prints help or a usage error
 * and exits where argp does. */
void listen_parse(struct listen_options *options, const char *doc, int argc, char **argv);

/* Raises the soft descriptor limit to the hard one: a connection is a descriptor here. */
void listen_raise_limits(void);

/* A listening socket on 127.0.0.1 (close on exec), or -1 with a sentence on standard error. */
int listen_open(int port, int socket_flags);

/* Prints "listening on N" and flushes: a driver waits for this line. */
void listen_announce(int listener);

/* TCP_NODELAY, so that a message echoed in two parts never waits for a delayed acknowledgement. */
void listen_tune(int connection);

#endif
