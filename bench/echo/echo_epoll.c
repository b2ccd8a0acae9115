/* SPDX-License-Identifier: MIT
 *
 * The yardstick: an echo server on level-triggered epoll with recv and send (epoll_server.h). A
 * worker has one buffer, and a message costs one recv and one send. */
#include "epoll_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "work.h"

enum { EPOLL_BUFFER_BYTES = 64 * 1024 }; /* per worker, not per connection */

struct epoll_conn {
    int fd;
    uint32_t rest_sent;  /* bytes of `rest` already sent */
    uint32_t rest_bytes; /* 0: nothing waits, the connection is read */
    char *rest;          /* what a full socket buffer did not take; read nothing until it is sent */
};

static bool worker_init(struct epoll_worker *worker)
{
    worker->own = malloc(EPOLL_BUFFER_BYTES);
    return worker->own != NULL;
}

static void *conn_new(int fd)
{
    struct epoll_conn *conn = calloc(1, sizeof *conn);

    if (conn != NULL)
        conn->fd = fd;
    return conn;
}

static void conn_close(struct epoll_worker *worker, void *own)
{
    struct epoll_conn *conn = own;

    (void)worker;
    close(conn->fd); /* also leaves the epoll instance: no other descriptor refers to the socket */
    free(conn->rest);
    free(conn);
}

/* Keeps the unsent bytes and waits for room instead of for data. False: the connection is lost. */
static bool conn_keep_rest(struct epoll_worker *worker, struct epoll_conn *conn, const char *data,
                           size_t size_bytes)
{
    conn->rest = malloc(size_bytes);
    if (conn->rest == NULL)
        return false;
    memcpy(conn->rest, data, size_bytes);
    conn->rest_sent = 0;
    conn->rest_bytes = (uint32_t)size_bytes;
    return epoll_server_wait(worker, conn->fd, conn, EPOLLOUT);
}

static bool conn_send_rest(struct epoll_worker *worker, struct epoll_conn *conn)
{
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
    return epoll_server_wait(worker, conn->fd, conn, EPOLLIN);
}

/* One recv and one send: level-triggered epoll reports again if there was more. */
static bool conn_echo(struct epoll_worker *worker, struct epoll_conn *conn)
{
    char *buffer = worker->own;
    ssize_t received = recv(conn->fd, buffer, EPOLL_BUFFER_BYTES, 0);
    ssize_t sent;

    if (received < 0)
        return errno == EAGAIN || errno == EINTR;
    if (received == 0)
        return false;
#ifdef ECHO_WORKS
    work_once();
#endif
    sent = send(conn->fd, buffer, (size_t)received, MSG_NOSIGNAL);
    if (sent == received)
        return true;
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return false;
        sent = 0;
    }
    return conn_keep_rest(worker, conn, buffer + sent, (size_t)(received - sent));
}

static bool conn_ready(struct epoll_worker *worker, void *own)
{
    struct epoll_conn *conn = own;

    return conn->rest_bytes > 0 ? conn_send_rest(worker, conn) : conn_echo(worker, conn);
}

int main(int argc, char **argv)
{
    static const struct epoll_calls calls = {worker_init, conn_new, conn_ready, conn_close};
    struct listen_options options = {0};

    listen_parse(&options, "Echo server on level-triggered epoll, recv and send.", argc, argv);
    return epoll_server_run(&options, &calls);
}
