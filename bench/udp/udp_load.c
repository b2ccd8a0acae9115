/* SPDX-License-Identifier: MIT
 *
 * Load client for a datagram echo server on 127.0.0.1: N sockets with one datagram of 64 bytes in
 * flight on each, every answer compared with what was sent. Epoll, one thread. A datagram without
 * an answer is an error in the result: on loopback none is lost unless the server loses it. */
#include "driven.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MESSAGE_BYTES = 64, BATCH = 256, SILENCE_MS = 1000 };

struct flow {
    uint64_t start_ns;
    uint64_t serial; /* of the datagram in flight; 0: none is */
    int fd;
};

static struct flow flows[DRIVEN_MAX];
static int flow_count;
static int poller;
static uint64_t last_serial;

static void flow_send(struct flow *flow, uint64_t now_ns)
{
    uint64_t message[MESSAGE_BYTES / sizeof(uint64_t)];

    flow->start_ns = now_ns;
    flow->serial = ++last_serial;
    for (unsigned i = 0; i < MESSAGE_BYTES / sizeof message[0]; i++)
        message[i] = flow->serial;
    if (send(flow->fd, message, sizeof message, 0) != MESSAGE_BYTES)
        driven_fail("send", errno);
}

/* Takes an answer. False: it is none to what is in flight. */
static bool flow_answered(struct flow *flow)
{
    uint64_t message[MESSAGE_BYTES / sizeof(uint64_t) + 1]; /* a byte too many is an error too */
    ssize_t bytes = recv(flow->fd, message, sizeof message, 0);

    if (bytes != MESSAGE_BYTES)
        return false;
    for (unsigned i = 0; i < MESSAGE_BYTES / sizeof message[0]; i++) {
        if (message[i] != flow->serial)
            return false;
    }
    return true;
}

/* Returns how many flows fewer wait for an answer. */
static int flow_ready(struct driven_round *round, struct flow *flow)
{
    uint64_t now_ns;

    if (!flow_answered(flow)) {
        round->errors++;
        return 0;
    }
    flow->serial = 0;
    now_ns = driven_done(round, flow->start_ns);
    if (now_ns >= round->end_ns)
        return 1;
    flow_send(flow, now_ns);
    return 0;
}

static void load_run(struct driven_round *round)
{
    int waiting = flow_count;

    for (int i = 0; i < flow_count; i++)
        flow_send(&flows[i], driven_now_ns());
    while (waiting > 0) {
        struct epoll_event events[BATCH];
        int count = epoll_wait(poller, events, BATCH, SILENCE_MS);

        if (count == 0) { /* those are lost */
            round->errors += (uint64_t)waiting;
            return;
        }
        for (int i = 0; i < count; i++)
            waiting -= flow_ready(round, events[i].data.ptr);
    }
}

static bool load_open(const struct driven_options *options)
{
    struct sockaddr_in target = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)options->port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    flow_count = options->count;
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        driven_fail("epoll", errno);
    for (int i = 0; i < flow_count; i++) {
        struct flow *flow = &flows[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = flow};

        flow->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (flow->fd < 0 || connect(flow->fd, (struct sockaddr *)&target, sizeof target) != 0 ||
            epoll_ctl(poller, EPOLL_CTL_ADD, flow->fd, &event) != 0)
            driven_fail("socket", errno);
    }
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, load_open, load_run);
}
