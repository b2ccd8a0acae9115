/* SPDX-License-Identifier: MIT
 *
 * See epoll_server.h. */
#include "epoll_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EPOLL_BATCH = 512,       /* events taken per epoll_wait */
    EPOLL_ACCEPT_BATCH = 64, /* connections accepted before others are served again */
};

struct epoll_server {
    int listener;
    int worker_count;
    int next_worker; /* the first worker only */
    struct epoll_worker workers[LISTEN_WORKERS_MAX];
};

static struct epoll_calls server_calls; /* set before any worker runs */

bool epoll_server_wait(struct epoll_worker *worker, int fd, void *conn, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = conn};

    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0;
}

static void server_deal(struct epoll_server *server, int fd)
{
    struct epoll_worker *worker = &server->workers[server->next_worker];
    void *conn = server_calls.conn_new(fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};

    if (conn == NULL) {
        close(fd);
        return;
    }
    listen_tune(fd);
    server->next_worker = (server->next_worker + 1) % server->worker_count;
    /* From here the worker may already be serving, and freeing, the connection. */
    if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        server_calls.conn_close(worker, conn);
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
            fprintf(stderr, "epoll_wait: %s\n", strerror(errno));
            exit(1);
        }
        for (int i = 0; i < count; i++) {
            void *conn = events[i].data.ptr;

            if (conn == NULL)
                server_accept(worker->server);
            else if (!server_calls.conn_ready(worker, conn))
                server_calls.conn_close(worker, conn);
        }
    }
    return NULL;
}

static bool server_start(struct epoll_server *server)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}; /* NULL: the listener */

    for (int i = 0; i < server->worker_count; i++) {
        struct epoll_worker *worker = &server->workers[i];

        worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (worker->epoll_fd < 0 || !server_calls.worker_init(worker))
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

int epoll_server_run(const struct listen_options *options, const struct epoll_calls *calls)
{
    static struct epoll_server server;

    server_calls = *calls;
    listen_raise_limits();
    server.worker_count = options->workers;
    server.listener = listen_open(options->port, SOCK_NONBLOCK);
    if (server.listener < 0)
        return 1;
    if (!server_start(&server)) {
        fprintf(stderr, "cannot start: %s\n", strerror(errno));
        return 1;
    }
    listen_announce(server.listener);
    worker_run(&server.workers[0]);
    return 0;
}
