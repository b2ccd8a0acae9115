/* SPDX-License-Identifier: MIT
 *
 * The other side of segmented datagrams, the same for all: takes what comes, coalesced by the
 * kernel (UDP_GRO), or sends segmented (UDP_SEGMENT) to who asks for it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "listen.h"
#include "segment.h"

#ifndef UDP_SEGMENT /* glibc's header is older than the kernel's option */
#define UDP_SEGMENT 103
#define UDP_GRO     104
#endif

enum { SENDS_PER_LOOK = 16 };

static char buffer[SEGMENT_ROOM];

/* One byte, if there is one. */
static char told(int fd, struct sockaddr_in *from, int flags)
{
    socklen_t length = sizeof *from;
    ssize_t bytes = recvfrom(fd, buffer, sizeof buffer, flags, (struct sockaddr *)from, &length);

    return bytes == 1 ? buffer[0] : 0;
}

static void send_until_stopped(int fd, const struct sockaddr_in *to)
{
    static char data[SEGMENT_ALL];
    struct sockaddr_in from;

    while (told(fd, &from, MSG_DONTWAIT) != SEGMENT_PEER_STOPS) {
        for (int i = 0; i < SENDS_PER_LOOK; i++)
            (void)sendto(fd, data, sizeof data, 0, (const struct sockaddr *)to, sizeof *to);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct listen_options options = {0};
    int segment = SEGMENT_BYTES;
    int one = 1;
    int fd;

    listen_parse(&options, "Takes or sends segmented datagrams.", argc, argv);
    address.sin_port = htons((uint16_t)options.port);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0 ||
        setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) != 0) {
        fprintf(stderr, "cannot make the socket: %s\n", strerror(errno));
        return 1;
    }
    listen_announce(fd);
    for (;;) {
        struct sockaddr_in from;

        if (told(fd, &from, 0) == SEGMENT_PEER_WRITES)
            send_until_stopped(fd, &from);
    }
}
