/* SPDX-License-Identifier: MIT
 *
 * The other side of the connect benchmark, the same for all who connect: takes every connection and
 * closes it. Raw epoll and accept4, and nothing else, so that it is never what limits.
 *
 * There are several listeners, among which the kernel deals the connections (SO_REUSEPORT): one
 * alone keeps somaxconn of them, 4,096 by default, which fill up in a tenth of a second when
 * something else has this process's CPU, and then each SYN that is dropped costs a second. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS = 16, ACCEPT_BATCH = 256 };

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* One more listener at this address; the first one's port 0 becomes the port of all. */
static int open_listener(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0 ||
        bind(fd, (struct sockaddr *)address, sizeof *address) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)address, &length) != 0)
        fail("cannot listen");
    return fd;
}

/* Who connected ends its connections by a reset, so these are in no state that outlives them. */
static void accept_all(int listener)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        close(fd);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct listen_options options = {0};
    struct epoll_event events[LISTENERS];
    int poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = -1;

    listen_parse(&options, "Accepts connections and closes them.", argc, argv);
    listen_raise_limits();
    address.sin_port = htons((uint16_t)options.port);
    for (int i = 0; i < LISTENERS; i++) {
        listener = open_listener(&address);
        events[i] = (struct epoll_event){.events = EPOLLIN, .data.fd = listener};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &events[i]) != 0)
            fail("epoll_ctl");
    }
    listen_announce(listener);
    for (;;) {
        int count = epoll_wait(poller, events, LISTENERS, -1);

        for (int i = 0; i < count; i++)
            accept_all(events[i].data.fd);
    }
}
