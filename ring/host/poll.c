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

enum { POLL_SET_MAX = 64 };

_Static_assert((int)EPOLLIN == POLLIN && (int)EPOLLPRI == POLLPRI && (int)EPOLLHUP == POLLHUP &&
                   (int)EPOLLERR == POLLERR && (int)EPOLLRDHUP == POLLRDHUP,
               "epoll has poll's numbers");

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

static int poll_set_control(int set, int how, int fd, uint32_t events, uint64_t tag)
{
    struct epoll_event event = {.events = events, .data = {.u64 = tag}};

    return poll_result(epoll_ctl(set, how, fd, &event));
}

int host_set_open(int wake_fd, uint64_t tag)
{
    int set = poll_result(epoll_create1(EPOLL_CLOEXEC));
    int error = set < 0 ? set : poll_set_control(set, EPOLL_CTL_ADD, wake_fd, EPOLLIN, tag);

    if (set >= 0 && error != 0)
        close(set);
    return error != 0 ? error : set;
}

int host_set_add(int set, int fd, uint64_t tag)
{
    return poll_set_control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET, tag);
}

void host_set_remove(int set, int fd)
{
    if (set >= 0)
        (void)poll_set_control(set, EPOLL_CTL_DEL, fd, 0, 0);
}

int host_set_wait(int set, struct host_change *changes, int max, int64_t deadline_ns)
{
    struct epoll_event events[POLL_SET_MAX];
    struct timespec left = {0};
    int count;

    if (deadline_ns != 0 && deadline_ns != INT64_MAX) {
        int64_t left_ns = deadline_ns - host_now_ns();

        left_ns = left_ns > 0 ? left_ns : 0;
        left = (struct timespec){left_ns / POLL_SECOND_NS, left_ns % POLL_SECOND_NS};
    }
    count = epoll_pwait2(set, events, max < POLL_SET_MAX ? max : POLL_SET_MAX,
                         deadline_ns == INT64_MAX ? NULL : &left, NULL);
    for (int i = 0; i < count; i++)
        changes[i] = (struct host_change){events[i].data.u64, events[i].events};
    return count < 0 ? 0 : count;
}

void host_set_close(int set)
{
    close(set);
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
