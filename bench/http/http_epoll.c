/* SPDX-License-Identifier: MIT
 *
 * The yardstick for examples/iocp_http.c: the same parser, the same files in memory and the same
 * replies, on level-triggered epoll with recv and sendmsg (epoll_server.h). A worker has files of
 * its own, so nothing is locked. Requests that come together are answered one after the other.
 * There are no time-outs: loads do not idle. */
#include "epoll_server.h"
#include "http_reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EPOLL_MEMORY_MB = 512 }; /* for files, as in iocp_http */

enum conn_state { CONN_RECEIVING, CONN_SENDING, CONN_DRAINING };

struct epoll_conn {
    int fd;
    enum conn_state state;
    size_t received;  /* bytes in `buffer` */
    size_t parsed;    /* of these, bytes of requests that were answered */
    size_t scanned;   /* after these, bytes that do not hold the end of the next one */
    size_t head_sent; /* of the reply's head */
    struct reply reply;
    char buffer[REQUEST_HEAD_MAX];
};

static struct listen_options options = {.root = "."};

static bool worker_init(struct epoll_worker *worker)
{
    struct files *files = calloc(1, sizeof *files);

    if (files == NULL)
        return false;
    files->root = options.root;
    files->bytes_max = (uint64_t)EPOLL_MEMORY_MB << 20;
    worker->own = files;
    return files_init(files) == FILES_FOLDER;
}

static void *conn_new(int fd)
{
    struct epoll_conn *conn = malloc(sizeof *conn);

    if (conn == NULL)
        return NULL;
    memset(conn, 0, offsetof(struct epoll_conn, reply));
    conn->reply.file = NULL;
    conn->fd = fd;
    return conn;
}

static void conn_close(struct epoll_worker *worker, void *own)
{
    struct epoll_conn *conn = own;

    reply_done(&conn->reply, worker->own);
    close(conn->fd); /* also leaves the epoll instance: no other descriptor refers to the socket */
    free(conn);
}

/* Waits for `events` in a new state. False: the connection is lost. */
static bool conn_wait(struct epoll_worker *worker, struct epoll_conn *conn, enum conn_state state,
                      uint32_t events)
{
    conn->state = state;
    return epoll_server_wait(worker, conn->fd, conn, events);
}

/* Sends what the socket takes. 1: the whole reply; 0: a part; -1: the connection is lost. */
static int conn_send(struct epoll_conn *conn)
{
    struct reply *reply = &conn->reply;
    size_t head_left = reply->head_bytes - conn->head_sent;
    struct iovec pieces[2] = {
        {reply->head + conn->head_sent, head_left},
        {(char *)reply->body, reply->body_bytes},
    };
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = reply->body_bytes > 0 ? 2 : 1};
    ssize_t sent = sendmsg(conn->fd, &message, MSG_NOSIGNAL);

    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if ((size_t)sent < head_left) {
        conn->head_sent += (size_t)sent;
        return 0;
    }
    conn->head_sent = reply->head_bytes;
    if (reply->body_bytes > 0)
        reply->body += (size_t)sent - head_left;
    reply->body_bytes -= (size_t)sent - head_left;
    return reply->body_bytes == 0;
}

/* The reply is sent: is there to be another? */
static bool conn_reply_done(struct epoll_worker *worker, struct epoll_conn *conn)
{
    reply_done(&conn->reply, worker->own);
    if (conn->reply.keep_alive)
        return true;
    conn->received = 0;
    return shutdown(conn->fd, SHUT_WR) == 0 && conn_wait(worker, conn, CONN_DRAINING, EPOLLIN);
}

/* Answers the requests in the buffer, until one is incomplete or a reply is not taken whole. */
static bool conn_serve(struct epoll_worker *worker, struct epoll_conn *conn)
{
    struct request request;

    while (request_parse(&request, conn->buffer + conn->parsed, conn->received - conn->parsed,
                         &conn->scanned) != REQUEST_INCOMPLETE) {
        int sent;

        conn->parsed += request.head_bytes;
        conn->scanned = 0;
        conn->head_sent = 0;
        reply_make(&conn->reply, &request, worker->own, false);
        sent = conn_send(conn);
        if (sent < 0)
            return false;
        if (sent == 0)
            return conn_wait(worker, conn, CONN_SENDING, EPOLLOUT);
        if (!conn_reply_done(worker, conn))
            return false;
        if (conn->state == CONN_DRAINING)
            return true;
    }
    conn->received -= conn->parsed;
    memmove(conn->buffer, conn->buffer + conn->parsed, conn->received);
    conn->parsed = 0;
    return true;
}

static bool conn_receive(struct epoll_worker *worker, struct epoll_conn *conn)
{
    ssize_t received =
        recv(conn->fd, conn->buffer + conn->received, sizeof conn->buffer - conn->received, 0);

    if (received < 0)
        return errno == EAGAIN || errno == EINTR;
    if (received == 0)
        return false;
    if (conn->state == CONN_DRAINING)
        return true;
    conn->received += (size_t)received;
    return conn_serve(worker, conn);
}

static bool conn_send_rest(struct epoll_worker *worker, struct epoll_conn *conn)
{
    int sent = conn_send(conn);

    if (sent <= 0)
        return sent == 0;
    if (!conn_reply_done(worker, conn))
        return false;
    return conn->state == CONN_DRAINING ||
           (conn_wait(worker, conn, CONN_RECEIVING, EPOLLIN) && conn_serve(worker, conn));
}

static bool conn_ready(struct epoll_worker *worker, void *own)
{
    struct epoll_conn *conn = own;

    return conn->state == CONN_SENDING ? conn_send_rest(worker, conn) : conn_receive(worker, conn);
}

int main(int argc, char **argv)
{
    static const struct epoll_calls calls = {worker_init, conn_new, conn_ready, conn_close};

    listen_parse(&options, "HTTP server on level-triggered epoll.", argc, argv);
    return epoll_server_run(&options, &calls);
}
