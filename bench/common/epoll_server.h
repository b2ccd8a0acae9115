/* SPDX-License-Identifier: MIT
 *
 * What the epoll servers have in common: level-triggered epoll in the simplest form that is also
 * fast. A connection belongs to one worker for life, and a worker has one epoll instance. The first
 * worker also owns the listener and deals new connections to the workers in turn, which spreads
 * them evenly where a listener per worker (SO_REUSEPORT) or a shared one (EPOLLEXCLUSIVE) leaves it
 * to chance. */
#ifndef WS2RING_BENCH_EPOLL_SERVER_H
#define WS2RING_BENCH_EPOLL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "listen.h"

struct epoll_worker {
    int epoll_fd;
    void *own;                   /* the program's */
    struct epoll_server *server; /* only the first worker has it: it accepts */
};

/* What a program does with its connections. */
struct epoll_calls {
    /* Sets worker->own; false: no memory. */
    bool (*worker_init)(struct epoll_worker *worker);
    /* Something for a connection, which first waits for data; NULL: no memory. */
    void *(*conn_new)(int fd);
    /* What it waited for has come. False: the connection is at its end. */
    bool (*conn_ready)(struct epoll_worker *worker, void *conn);
    /* Closes the descriptor too. */
    void (*conn_close)(struct epoll_worker *worker, void *conn);
};

/* Waits for other events from now on. False: the connection is lost. */
bool epoll_server_wait(struct epoll_worker *worker, int fd, void *conn, uint32_t events);

/* Listens, announces the port and serves, for ever; returns an exit status if it cannot start. */
int epoll_server_run(const struct listen_options *options, const struct epoll_calls *calls);

#endif
