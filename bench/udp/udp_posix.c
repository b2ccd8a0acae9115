/* SPDX-License-Identifier: MIT
 *
 * The yardstick: a datagram echo server, one thread, blocking recvmsg and sendmsg. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "listen.h"

enum { DATAGRAM_BYTES = 2048 };

static int serve(int fd)
{
    static char datagram[DATAGRAM_BYTES];

    for (;;) {
        struct sockaddr_in from;
        struct iovec data = {datagram, sizeof datagram};
        struct msghdr message = {
            .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &data, .msg_iovlen = 1};
        ssize_t bytes = recvmsg(fd, &message, 0);

        if (bytes < 0) {
            if (errno == EINTR)
                continue;
            return 1;
        }
        data.iov_len = (size_t)bytes;
        (void)sendmsg(fd, &message, MSG_NOSIGNAL); /* what cannot be answered is lost */
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct listen_options options = {0};
    int fd;

    listen_parse(&options, "Datagram echo server, recvmsg and sendmsg.", argc, argv);
    address.sin_port = htons((uint16_t)options.port);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "cannot bind: %s\n", strerror(errno));
        return 1;
    }
    listen_announce(fd);
    return serve(fd);
}
