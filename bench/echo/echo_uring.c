/* SPDX-License-Identifier: MIT
 *
 * What io_uring costs without a library above it: an echo server on raw liburing. One thread owns
 * one ring (SINGLE_ISSUER | DEFER_TASKRUN, so Linux 6.1 or newer), every message is one RECV and
 * one SEND SQE, and one io_uring_submit_and_wait per turn submits what the last batch asked for.
 * With several workers each has its own ring; the first accepts and deals connections to the rings
 * in turn by MSG_RING, as echo_epoll deals them. A connection never leaves its ring. */
#include "listen.h"
#include "work.h"

#include <errno.h>
#include <liburing.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Per connection, as a receive in flight owns its buffer. The size is echo_epoll's, so that
     * both echo a message in one piece. Only the pages that messages reach become memory. */
    URING_BUFFER_BYTES = 64 * 1024,
    URING_SQ_ENTRIES = 4096,
    URING_CQ_ENTRIES = 16384, /* 10,000 connections may all complete in one turn */
};

/* user_data below any pointer; everything else is a struct uring_conn. */
enum { URING_TAG_ACCEPT = 1, URING_TAG_SENT_FD = 2, URING_TAG_NEW_FD = 3 };

struct uring_conn {
    int fd;
    uint32_t filled_bytes; /* received; 0: a receive is in flight, else a send is */
    uint32_t sent_bytes;
    char buffer[URING_BUFFER_BYTES];
};

struct uring_server {
    int listener;
    int worker_count;
    int next_worker; /* the first worker only */
    pthread_barrier_t ready;
    struct uring_worker {
        struct io_uring ring;
        struct uring_server *server;
        int setup_error; /* 0, or a negative errno */
    } workers[LISTEN_WORKERS_MAX];
};

/* A full queue is flushed once; the ring has no other reason to refuse. */
static struct io_uring_sqe *worker_sqe(struct uring_worker *worker)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&worker->ring);

    if (sqe == NULL) {
        io_uring_submit(&worker->ring);
        sqe = io_uring_get_sqe(&worker->ring);
    }
    if (sqe == NULL) {
        fprintf(stderr, "echo_uring: the submission queue stays full\n");
        exit(1);
    }
    return sqe;
}

static void worker_accept(struct uring_worker *worker)
{
    struct io_uring_sqe *sqe = worker_sqe(worker);

    io_uring_prep_multishot_accept(sqe, worker->server->listener, NULL, NULL, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(sqe, URING_TAG_ACCEPT);
}

static void conn_recv(struct uring_worker *worker, struct uring_conn *conn)
{
    struct io_uring_sqe *sqe = worker_sqe(worker);

    conn->filled_bytes = 0;
    io_uring_prep_recv(sqe, conn->fd, conn->buffer, URING_BUFFER_BYTES, 0);
    io_uring_sqe_set_data(sqe, conn);
}

static void conn_send(struct uring_worker *worker, struct uring_conn *conn)
{
    struct io_uring_sqe *sqe = worker_sqe(worker);

    io_uring_prep_send(sqe, conn->fd, conn->buffer + conn->sent_bytes,
                       conn->filled_bytes - conn->sent_bytes, MSG_NOSIGNAL);
    io_uring_sqe_set_data(sqe, conn);
}

static void conn_open(struct uring_worker *worker, int fd)
{
    struct uring_conn *conn = malloc(sizeof *conn);

    if (conn == NULL) {
        close(fd);
        return;
    }
    conn->fd = fd;
    listen_tune(fd);
    conn_recv(worker, conn);
}

/* A receive or a send has ended. Either may be short: the rest of a send follows at once. */
static void conn_done(struct uring_worker *worker, struct uring_conn *conn, int result)
{
    if (result <= 0) {
        close(conn->fd); /* nothing is in flight: a connection has one request at a time */
        free(conn);
        return;
    }
    if (conn->filled_bytes == 0) {
        conn->filled_bytes = (uint32_t)result;
        conn->sent_bytes = 0;
#ifdef ECHO_WORKS
        work_once();
#endif
        conn_send(worker, conn);
        return;
    }
    conn->sent_bytes += (uint32_t)result;
    if (conn->sent_bytes < conn->filled_bytes)
        conn_send(worker, conn);
    else
        conn_recv(worker, conn);
}

static void accept_done(struct uring_worker *worker, const struct io_uring_cqe *cqe)
{
    struct uring_server *server = worker->server;
    struct uring_worker *owner = &server->workers[server->next_worker];
    struct io_uring_sqe *sqe;

    if (!(cqe->flags & IORING_CQE_F_MORE)) {
        if (cqe->res == -EMFILE || cqe->res == -ENFILE)
            usleep(10 * 1000); /* out of descriptors: do not spin */
        worker_accept(worker);
    }
    if (cqe->res < 0)
        return;
    server->next_worker = (server->next_worker + 1) % server->worker_count;
    if (owner == worker) {
        conn_open(worker, cqe->res);
        return;
    }
    sqe = worker_sqe(worker);
    /* Arrives in the other ring as a CQE whose result is the descriptor. */
    io_uring_prep_msg_ring(sqe, owner->ring.ring_fd, (unsigned)cqe->res, URING_TAG_NEW_FD, 0);
    io_uring_sqe_set_data64(sqe, URING_TAG_SENT_FD);
}

static void worker_dispatch(struct uring_worker *worker, const struct io_uring_cqe *cqe)
{
    switch (cqe->user_data) {
    case URING_TAG_ACCEPT:
        accept_done(worker, cqe);
        break;
    case URING_TAG_NEW_FD:
        conn_open(worker, cqe->res);
        break;
    case URING_TAG_SENT_FD:
        if (cqe->res < 0)
            fprintf(stderr, "echo_uring: MSG_RING: %s\n", strerror(-cqe->res));
        break;
    default:
        conn_done(worker, (struct uring_conn *)(uintptr_t)cqe->user_data, cqe->res);
    }
}

static void worker_loop(struct uring_worker *worker)
{
    for (;;) {
        struct io_uring_cqe *cqe;
        unsigned head;
        unsigned count = 0;
        int error = io_uring_submit_and_wait(&worker->ring, 1);

        if (error < 0 && error != -EINTR && error != -EBUSY && error != -EAGAIN) {
            fprintf(stderr, "echo_uring: io_uring_enter: %s\n", strerror(-error));
            exit(1);
        }
        io_uring_for_each_cqe(&worker->ring, head, cqe)
        {
            worker_dispatch(worker, cqe);
            count++;
        }
        io_uring_cq_advance(&worker->ring, count);
    }
}

/* The thread that creates a SINGLE_ISSUER ring is the one that must use it. */
static void *worker_run(void *argument)
{
    struct uring_worker *worker = argument;
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                 IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL,
        .cq_entries = URING_CQ_ENTRIES,
    };

    worker->setup_error = io_uring_queue_init_params(URING_SQ_ENTRIES, &worker->ring, &params);
    pthread_barrier_wait(&worker->server->ready);
    if (worker->setup_error != 0) {
        fprintf(stderr, "echo_uring: io_uring is not available here: %s\n",
                strerror(-worker->setup_error));
        exit(1);
    }
    /* A second barrier: nobody announces or accepts before every ring is known to be good. */
    pthread_barrier_wait(&worker->server->ready);
    if (worker == &worker->server->workers[0]) {
        listen_announce(worker->server->listener);
        worker_accept(worker);
    }
    worker_loop(worker);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct uring_server server;
    struct listen_options options = {0};

    listen_parse(&options, "Echo server on raw liburing, a ring per worker.", argc, argv);
    listen_raise_limits();
    server.worker_count = options.workers;
    pthread_barrier_init(&server.ready, NULL, (unsigned)options.workers);
    server.listener = listen_open(options.port, 0);
    if (server.listener < 0)
        return 1;
    for (int i = 0; i < server.worker_count; i++)
        server.workers[i].server = &server;
    for (int i = 1; i < server.worker_count; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, worker_run, &server.workers[i]);

        if (error != 0) {
            fprintf(stderr, "echo_uring: cannot start a thread: %s\n", strerror(error));
            return 1;
        }
    }
    worker_run(&server.workers[0]);
    return 0;
}
