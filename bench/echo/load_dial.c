/* SPDX-License-Identifier: MIT
 *
 * Opens the load client's connections: a window of non-blocking connects. One at a time is slow for
 * 10,000, and all at once overruns the server's accept queue: a dropped SYN costs a second.
 * Main thread only. */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DIAL_WINDOW = 128,
    /* One source address has some 28,000 ports; beyond half of them the kernel's search for a free
     * one slows down, so the next address of 127.0.0.0/8 takes over. */
    DIAL_PER_SOURCE = 14000,
};

/* Binds to the address this connection comes from; 127.0.0.1 needs no bind. */
static int dial_source(int fd, int index)
{
    struct sockaddr_in source = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index / DIAL_PER_SOURCE)),
    };
    int one = 1;

    if (index < DIAL_PER_SOURCE)
        return 0;
    /* Leaves the port to connect(), which may reuse it for another destination. */
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return bind(fd, (struct sockaddr *)&source, sizeof source);
}

/* Starts one connect; its end is reported as EPOLLOUT. False: it failed at once. */
static bool dial_start(struct load *load, struct load_worker *worker, struct load_conn *conn)
{
    struct sockaddr_in target = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)load->options.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = conn};
    int one = 1;

    conn->state = LOAD_CONN_DIALLING;
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 || dial_source(conn->fd, load->next_source++) != 0)
        return false;
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(conn->fd, (struct sockaddr *)&target, sizeof target) != 0 && errno != EINPROGRESS)
        return false;
    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) == 0;
}

/* From now on the connection is watched for answers. */
static bool dial_finish(struct load_worker *worker, struct load_conn *conn)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0)
        return false;
    conn->state = LOAD_CONN_OPEN;
    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) == 0;
}

static int dial_worker(struct load *load, struct load_worker *worker, uint64_t deadline_ns)
{
    struct epoll_event events[DIAL_WINDOW];
    int started = 0;
    int ended = 0;
    int open = 0;

    while (ended < worker->conn_count && load_now_ns() < deadline_ns) {
        int count;

        for (; started < worker->conn_count && started - ended < DIAL_WINDOW; started++) {
            if (!dial_start(load, worker, &worker->conns[started])) {
                load_fail(worker, &worker->conns[started], LOAD_FAIL_CONNECT);
                ended++;
            }
        }
        count = ended < started ? epoll_wait(worker->epoll_fd, events, DIAL_WINDOW, 100) : 0;
        for (int i = 0; i < count; i++) {
            struct load_conn *conn = events[i].data.ptr;

            if (conn->state == LOAD_CONN_OPEN) { /* nothing is due yet: the server closed it */
                load_fail(worker, conn, LOAD_FAIL_CLOSED);
                open--;
                continue;
            }
            ended++;
            if (dial_finish(worker, conn))
                open++;
            else
                load_fail(worker, conn, LOAD_FAIL_CONNECT);
        }
    }
    return open;
}

/* What the deadline found waiting, or not begun, would otherwise be driven unconnected. */
static void dial_give_up_rest(struct load_worker *worker)
{
    for (int i = 0; i < worker->conn_count; i++) {
        struct load_conn *conn = &worker->conns[i];

        if (conn->state == LOAD_CONN_NEW || conn->state == LOAD_CONN_DIALLING)
            load_fail(worker, conn, LOAD_FAIL_CONNECT);
    }
}

int load_dial(struct load *load)
{
    uint64_t limit_ns = (uint64_t)(load->options.connect_seconds * 1e9);
    uint64_t deadline_ns = load_now_ns() + limit_ns;
    int open = 0;

    for (int i = 0; i < load->worker_count; i++) {
        open += dial_worker(load, &load->workers[i], deadline_ns);
        dial_give_up_rest(&load->workers[i]);
    }
    return open;
}
