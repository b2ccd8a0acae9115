/* SPDX-License-Identifier: MIT
 *
 * An echo server on libuv, as its users write one: a read callback, uv_try_write() for the answer,
 * and a queued write for what the socket did not take at once. A worker is a thread with a loop of
 * its own. Each loop takes the connections that the first one accepts and hands over, in turn, over
 * an asynchronous handle: a stream must be opened by the thread whose loop it belongs to. */
#include "listen.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum { UV_BUFFER_BYTES = 64 * 1024 }; /* per worker, not per connection */

struct uv_conn {
    uv_tcp_t tcp; /* tcp.data: the worker */
    uv_write_t write;
    char *rest; /* what the socket did not take; nothing is read until it is sent */
};

/* A connection on its way to another worker. */
struct uv_parcel {
    struct uv_parcel *next;
    int fd;
};

struct uv_worker {
    uv_loop_t loop;
    uv_async_t arrival;
    uv_mutex_t lock; /* protects parcels */
    struct uv_parcel *parcels;
    char buffer[UV_BUFFER_BYTES];
};

struct uv_server {
    uv_poll_t listener;
    int listener_fd;
    int worker_count;
    int next_worker;
    struct uv_worker *workers;
};

static void conn_free(uv_handle_t *handle)
{
    free(handle); /* the connection begins with its handle */
}

static void conn_close(struct uv_conn *conn)
{
    free(conn->rest);
    conn->rest = NULL;
    if (!uv_is_closing((uv_handle_t *)&conn->tcp))
        uv_close((uv_handle_t *)&conn->tcp, conn_free);
}

static void conn_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct uv_worker *worker = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(worker->buffer, sizeof worker->buffer);
}

static void conn_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer);

static void conn_rest_sent(uv_write_t *write, int status)
{
    struct uv_conn *conn = (struct uv_conn *)(void *)write->handle;

    free(conn->rest);
    conn->rest = NULL;
    if (status != 0 || uv_read_start(write->handle, conn_buffer, conn_read) != 0)
        conn_close(conn);
}

/* False: the connection is lost. */
static bool conn_keep_rest(struct uv_conn *conn, const char *data, size_t size_bytes)
{
    uv_stream_t *stream = (uv_stream_t *)&conn->tcp;
    uv_buf_t rest;

    conn->rest = malloc(size_bytes);
    if (conn->rest == NULL || uv_read_stop(stream) != 0)
        return false;
    memcpy(conn->rest, data, size_bytes);
    rest = uv_buf_init(conn->rest, (unsigned)size_bytes);
    return uv_write(&conn->write, stream, &rest, 1, conn_rest_sent) == 0;
}

static void conn_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer)
{
    struct uv_conn *conn = (struct uv_conn *)(void *)stream;
    uv_buf_t answer;
    int sent;

    if (bytes <= 0) {
        if (bytes < 0) /* 0 is no end here */
            conn_close(conn);
        return;
    }
    answer = uv_buf_init(buffer->base, (unsigned)bytes);
    sent = uv_try_write(stream, &answer, 1);
    if (sent == bytes)
        return;
    if (sent < 0 && sent != UV_EAGAIN)
        conn_close(conn);
    else if (!conn_keep_rest(conn, buffer->base + (sent > 0 ? sent : 0),
                             (size_t)(bytes - (sent > 0 ? sent : 0))))
        conn_close(conn);
}

static void conn_open(struct uv_worker *worker, int fd)
{
    struct uv_conn *conn = calloc(1, sizeof *conn);

    if (conn == NULL || uv_tcp_init(&worker->loop, &conn->tcp) != 0) {
        free(conn);
        close(fd);
        return;
    }
    conn->tcp.data = worker;
    if (uv_tcp_open(&conn->tcp, fd) != 0) {
        close(fd);
        conn_close(conn);
    } else if (uv_tcp_nodelay(&conn->tcp, 1) != 0 ||
               uv_read_start((uv_stream_t *)&conn->tcp, conn_buffer, conn_read) != 0) {
        conn_close(conn);
    }
}

static void worker_take_parcels(uv_async_t *arrival)
{
    struct uv_worker *worker = arrival->data;
    struct uv_parcel *parcel;

    uv_mutex_lock(&worker->lock);
    parcel = worker->parcels;
    worker->parcels = NULL;
    uv_mutex_unlock(&worker->lock);
    while (parcel != NULL) {
        struct uv_parcel *next = parcel->next;

        conn_open(worker, parcel->fd);
        free(parcel);
        parcel = next;
    }
}

static void server_deal(struct uv_server *server, int fd)
{
    struct uv_worker *worker = &server->workers[server->next_worker];
    struct uv_parcel *parcel;

    server->next_worker = (server->next_worker + 1) % server->worker_count;
    if (worker == &server->workers[0]) { /* this thread's own */
        conn_open(worker, fd);
        return;
    }
    parcel = malloc(sizeof *parcel);
    if (parcel == NULL) {
        close(fd);
        return;
    }
    parcel->fd = fd;
    uv_mutex_lock(&worker->lock);
    parcel->next = worker->parcels;
    worker->parcels = parcel;
    uv_mutex_unlock(&worker->lock);
    uv_async_send(&worker->arrival);
}

static void server_accept(uv_poll_t *listener, int status, int events)
{
    struct uv_server *server = listener->data;
    int fd;

    (void)events;
    while (status == 0 &&
           (fd = accept4(server->listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        server_deal(server, fd);
}

static void *worker_run(void *argument)
{
    struct uv_worker *worker = argument;

    uv_run(&worker->loop, UV_RUN_DEFAULT);
    return NULL;
}

static bool worker_init(struct uv_worker *worker)
{
    worker->arrival.data = worker;
    return uv_loop_init(&worker->loop) == 0 && uv_mutex_init(&worker->lock) == 0 &&
           uv_async_init(&worker->loop, &worker->arrival, worker_take_parcels) == 0;
}

static bool server_start(struct uv_server *server)
{
    server->workers = calloc((size_t)server->worker_count, sizeof *server->workers);
    if (server->workers == NULL)
        return false;
    for (int i = 0; i < server->worker_count; i++) {
        if (!worker_init(&server->workers[i]))
            return false;
    }
    server->listener.data = server;
    if (uv_poll_init(&server->workers[0].loop, &server->listener, server->listener_fd) != 0 ||
        uv_poll_start(&server->listener, UV_READABLE, server_accept) != 0)
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
    static struct uv_server server;
    struct listen_options options = {0};

    listen_parse(&options, "Echo server on libuv.", argc, argv);
    listen_raise_limits();
    server.worker_count = options.workers;
    server.listener_fd = listen_open(options.port, SOCK_NONBLOCK);
    if (server.listener_fd < 0)
        return 1;
    if (!server_start(&server)) {
        fprintf(stderr, "echo_libuv: cannot start\n");
        return 1;
    }
    listen_announce(server.listener_fd);
    worker_run(&server.workers[0]);
    return 0;
}
