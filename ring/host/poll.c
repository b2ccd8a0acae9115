/* SPDX-License-Identifier: MIT */
/* The system calls behind poll.h. No state and no lock. */
#include "ring/host/poll.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ring/host/sys.h"

#define POLL_SECOND_NS INT64_C(1000000000)

_Static_assert(sizeof(struct host_poll) == sizeof(struct pollfd), "host_poll is a pollfd");
_Static_assert(offsetof(struct host_poll, events) == offsetof(struct pollfd, events), "host_poll");
_Static_assert(offsetof(struct host_poll, found) == offsetof(struct pollfd, revents), "host_poll");

static int poll_result(int value)
{
    return value < 0 ? -errno : value;
}

int host_poll(struct host_poll *polls, uint32_t count, int64_t deadline_ns)
{
    struct timespec left = {0};
    int result;

    do {
        if (deadline_ns != 0 && deadline_ns != INT64_MAX) {
            int64_t left_ns = deadline_ns - host_now_ns();

            left_ns = left_ns > 0 ? left_ns : 0;
            left.tv_sec = left_ns / POLL_SECOND_NS;
            left.tv_nsec = left_ns % POLL_SECOND_NS;
        }
        result = poll_result(ppoll((struct pollfd *)(void *)polls, count,
                                   deadline_ns == INT64_MAX ? NULL : &left, NULL));
    } while (result == -EINTR);
    return result;
}

int host_poll_now(int fd, int events)
{
    struct host_poll poll = {.fd = fd, .events = (int16_t)events};
    int result = host_poll(&poll, 1, 0);

    return result < 0 ? result : (uint16_t)poll.found;
}

int host_changes_open(void)
{
    return poll_result(epoll_create1(EPOLL_CLOEXEC));
}

int host_changes_add(int changes, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET};
    int result = poll_result(epoll_ctl(changes, EPOLL_CTL_ADD, fd, &event));

    return result == -EEXIST ? 0 : result;
}

void host_changes_take(int changes)
{
    struct epoll_event events[32];

    while (epoll_wait(changes, events, 32, 0) == 32)
        continue;
}

void host_changes_close(int changes)
{
    close(changes);
}

int host_waiting_memory(int fd)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t bytes = sizeof memory;
    int result = poll_result(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &bytes));

    return result < 0 ? result : (int)memory[SK_MEMINFO_RMEM_ALLOC];
}

int host_waiting_connections(int fd)
{
    struct tcp_info info = {0};
    socklen_t bytes = sizeof info;
    int result = poll_result(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes));

    return result < 0 ? result : (int)info.tcpi_unacked; /* on a listener it counts these */
}
