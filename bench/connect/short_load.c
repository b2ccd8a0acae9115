/* SPDX-License-Identifier: MIT
 *
 * Load client of short connections for an echo server on 127.0.0.1: N at a time, and each connects,
 * sends one message, compares the answer with it and goes, by a reset, so that no port is kept in
 * TIME_WAIT. Epoll, one thread. A connection that fails is an error in the result. */
#include "driven.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 64, BATCH = 256, SILENCE_MS = 5000 };

struct conn {
    uint64_t start_ns;
    int fd;
    uint32_t received;
    bool sent;
};

static struct sockaddr_in target = {.sin_family = AF_INET};
static struct conn conns[DRIVEN_MAX];
static int conn_count;
static int poller;
static char message[MESSAGE_BYTES];

/* Starts one; its end is reported as EPOLLOUT. */
static void conn_start(struct conn *conn, uint64_t now_ns)
{
    static const struct linger reset = {.l_onoff = 1};
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = conn};
    int one = 1;

    conn->start_ns = now_ns;
    conn->received = 0;
    conn->sent = false;
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 || setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0 ||
        setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
        driven_fail("socket", errno);
    if (connect(conn->fd, (struct sockaddr *)&target, sizeof target) != 0 && errno != EINPROGRESS)
        driven_fail("connect", errno);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, conn->fd, &event) != 0)
        driven_fail("epoll_ctl", errno);
}

/* Ends one, and starts the next in its place. Returns how many connections fewer there are. */
static int conn_end(struct driven_round *round, struct conn *conn, bool failed)
{
    uint64_t now_ns;

    round->errors += failed;
    close(conn->fd);
    now_ns = driven_done(round, conn->start_ns);
    if (now_ns >= round->end_ns)
        return 1;
    conn_start(conn, now_ns);
    return 0;
}

/* The connection is there, or failed: the message goes out, and the answer is awaited. */
static bool conn_send(struct conn *conn)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};

    conn->sent = true;
    return send(conn->fd, message, sizeof message, MSG_NOSIGNAL) == MESSAGE_BYTES &&
           epoll_ctl(poller, EPOLL_CTL_MOD, conn->fd, &event) == 0;
}

static int conn_ready(struct driven_round *round, struct conn *conn)
{
    char answer[MESSAGE_BYTES + 1]; /* a byte too many is an error too */
    ssize_t bytes;

    if (!conn->sent)
        return conn_send(conn) ? 0 : conn_end(round, conn, true);
    bytes = recv(conn->fd, answer, sizeof answer, 0);
    if (bytes <= 0 || conn->received + (size_t)bytes > MESSAGE_BYTES ||
        memcmp(answer, message + conn->received, (size_t)bytes) != 0)
        return conn_end(round, conn, true);
    conn->received += (uint32_t)bytes;
    return conn->received == MESSAGE_BYTES ? conn_end(round, conn, false) : 0;
}

static void load_run(struct driven_round *round)
{
    int open = conn_count;

    for (int i = 0; i < conn_count; i++)
        conn_start(&conns[i], driven_now_ns());
    while (open > 0) {
        struct epoll_event events[BATCH];
        int count = epoll_wait(poller, events, BATCH, SILENCE_MS);

        if (count == 0)
            driven_fail("connections without an answer", open);
        for (int i = 0; i < count; i++)
            open -= conn_ready(round, events[i].data.ptr);
    }
}

static bool load_open(const struct driven_options *options)
{
    conn_count = options->count;
    target.sin_port = htons((uint16_t)options->port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < MESSAGE_BYTES; i++)
        message[i] = (char)('A' + i % 26);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        driven_fail("epoll", errno);
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, load_open, load_run);
}
