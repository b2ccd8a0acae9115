/* SPDX-License-Identifier: MIT
 *
 * See dial.h. */
#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulk.h"
#include "driven.h"

int dial_peer(int port, char direction)
{
    struct sockaddr_in peer = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0 ||
        send(fd, &direction, 1, MSG_NOSIGNAL) != 1)
        driven_fail("connect", errno);
    return fd;
}

void dial_end(int fd, char direction)
{
    char rest[4096];

    if (direction == BULK_PEER_WRITES) {
        close(fd); /* a reset */
        return;
    }
    shutdown(fd, SHUT_WR);
    while (recv(fd, rest, sizeof rest, 0) > 0)
        continue;
    close(fd);
}
