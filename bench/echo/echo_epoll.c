/* SPDX-License-Identifier: MIT
 *
 * The yardstick: an echo server on level-triggered epoll with recv and send, in the simplest form
 * that is also fast. A connection belongs to one worker for life, a worker has one epoll instance
 * and one buffer, and a message costs one recv and one send. The first worker also owns the
 * listener and deals new connections to the workers in turn, which spreads them evenly where a
 * listener per worker (SO_REUSEPORT) or a shared one (EPOLLEXCLUSIVE) leaves it to chance. */
#include "listen.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EPOLL_BUFFER_BYTES = 64 * 1024, /* per worker, not per connection */
    EPOLL_BATCH = 512,              /* events taken per epoll_wait */
    EPOLL_ACCEPT_BATCH = 64,        /* connections accepted before others are served again */
};

struct epoll_conn {
    int fd;
    uint32_t rest_sent;  /* bytes of `rest` already sent */
    uint32_t rest_bytes; /* 0: nothing waits, the connection is read */
    char *rest;          /* what a full socket buffer did not take; read nothing until it is sent */
};

struct epoll_worker {
    int epoll_fd;
    struct epoll_server *server; /* only the first worker has it: it accepts */
    char *buffer;
};

struct epoll_server {
    int listener;
    int worker_count;
    int next_worker; /* the first worker only */
    struct epoll_worker workers[LISTEN_WORKERS_MAX];
};

static void conn_close(struct epoll_conn *conn)
{
    close(conn->fd); /* also leaves the epoll instance: no other descriptor refers to the socket */
    free(conn->rest);
    free(conn);
}

/* Keeps the unsent bytes and waits for room instead of for data. False: the connection is lost. */
static bool conn_keep_rest(struct epoll_worker *worker, struct epoll_conn *conn, const char *data,
                           size_t size_bytes)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = conn};

    conn->rest = malloc(size_bytes);
    if (conn->rest == NULL)
        return false;
    memcpy(conn->rest, data, size_bytes);
    conn->rest_sent = 0;
    conn->rest_bytes = (uint32_t)size_bytes;
    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) == 0;
}

static bool conn_send_rest(struct epoll_worker *worker, struct epoll_conn *conn)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    ssize_t sent = send(conn->fd, conn->rest + conn->rest_sent, conn->rest_bytes - conn->rest_sent,
                        MSG_NOSIGNAL);

    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    conn->rest_sent += (uint32_t)sent;
    if (conn->rest_sent < conn->rest_bytes)
        return true;
    free(conn->rest);
    conn->rest = NULL;
    conn->rest_bytes = 0;
    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) == 0;
}

/* One recv and one send: level-triggered epoll reports again if there was more. */
static bool conn_echo(struct epoll_worker *worker, struct epoll_conn *conn)
{
    ssize_t received = recv(conn->fd, worker->buffer, EPOLL_BUFFER_BYTES, 0);
    ssize_t sent;

    if (received < 0)
        return errno == EAGAIN || errno == EINTR;
    if (received == 0)
        return false;
    sent = send(conn->fd, worker->buffer, (size_t)received, MSG_NOSIGNAL);
    if (sent == received)
        return true;
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return false;
        sent = 0;
    }
    return conn_keep_rest(worker, conn, worker->buffer + sent, (size_t)(received - sent));
}

static void server_deal(struct epoll_server *server, int fd)
{
    struct epoll_worker *worker = &server->workers[server->next_worker];
    struct epoll_conn *conn = calloc(1, sizeof *conn);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};

    if (conn == NULL) {
        close(fd);
        return;
    }
    conn->fd = fd;
    listen_tune(fd);
    server->next_worker = (server->next_worker + 1) % server->worker_count;
    /* From here the worker may already be serving, and freeing, the connection. */
    if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        conn_close(conn);
}

static void server_accept(struct epoll_server *server)
{
    for (int i = 0; i < EPOLL_ACCEPT_BATCH; i++) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            server_deal(server, fd);
        } else {
            /* Out of descriptors the listener stays readable: do not spin on it. */
            if (errno == EMFILE || errno == ENFILE)
                usleep(10 * 1000);
            return;
        }
    }
}

static void *worker_run(void *argument)
{
    struct epoll_worker *worker = argument;
    struct epoll_event events[EPOLL_BATCH];

    for (;;) {
        int count = epoll_wait(worker->epoll_fd, events, EPOLL_BATCH, -1);

        if (count < 0 && errno != EINTR) {
            fprintf(stderr, "echo_epoll: epoll_wait: %s\n", strerror(errno));
            exit(1);
        }
        for (int i = 0; i < count; i++) {
            struct epoll_conn *conn = events[i].data.ptr;

            if (conn == NULL)
                server_accept(worker->server);
            else if (!(conn->rest_bytes > 0 ? conn_send_rest(worker, conn)
                                            : conn_echo(worker, conn)))
                conn_close(conn);
        }
    }
    return NULL;
}

static bool worker_init(struct epoll_worker *worker)
{
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    worker->buffer = malloc(EPOLL_BUFFER_BYTES);
    return worker->epoll_fd >= 0 && worker->buffer != NULL;
}

static bool server_start(struct epoll_server *server)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}; /* NULL: the listener */

    for (int i = 0; i < server->worker_count; i++) {
        if (!worker_init(&server->workers[i]))
            return false;
    }
    server->workers[0].server = server;
    if (epoll_ctl(server->workers[0].epoll_fd, EPOLL_CTL_ADD, server->listener, &event) != 0)
        return false;
    for (int i = 1; i < server->worker_count; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, worker_run, &server->workers[i]) != 0)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct epoll_server server;
    struct listen_options options;

    listen_parse(&options, "Echo server on level-triggered epoll, recv and send.", argc, argv);
    listen_raise_limits();
    server.worker_count = options.workers;
    server.listener = listen_open(options.port, SOCK_NONBLOCK);
    if (server.listener < 0)
        return 1;
    if (!server_start(&server)) {
        fprintf(stderr, "echo_epoll: cannot start: %s\n", strerror(errno));
        return 1;
    }
    listen_announce(server.listener);
    worker_run(&server.workers[0]);
    return 0;
}
