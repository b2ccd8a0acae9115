/* SPDX-License-Identifier: MIT
 *
 * The yardstick: segmented datagrams by sendmsg with UDP_SEGMENT, or with --way recv coalesced ones
 * by recvmsg with UDP_GRO, blocking. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driven.h"
#include "segment.h"

#ifndef UDP_SEGMENT /* glibc's header is older than the kernel's option */
#define UDP_SEGMENT 103
#define UDP_GRO     104
#endif

static char buffer[SEGMENT_ROOM];
static struct sockaddr_in peer = {.sin_family = AF_INET};
static bool receives;

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

/* The size of the segments goes with each message, as it comes with each. */
static void send_once(int fd)
{
    union control control = {{0}};
    struct iovec data = {buffer, SEGMENT_ALL};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(sizeof(uint16_t))};
    uint16_t segment = SEGMENT_BYTES;

    control.header.cmsg_level = IPPROTO_UDP;
    control.header.cmsg_type = UDP_SEGMENT;
    control.header.cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(&control.header), &segment, sizeof segment);
    if (sendmsg(fd, &message, 0) != SEGMENT_ALL)
        driven_fail("sendmsg", errno);
}

static size_t receive_once(int fd)
{
    union control control;
    struct iovec data = {buffer, sizeof buffer};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t bytes = recvmsg(fd, &message, 0);

    if (bytes <= 0 || CMSG_FIRSTHDR(&message) == NULL)
        driven_fail("recvmsg", errno);
    return (size_t)bytes;
}

static void tell(int fd, char what)
{
    if (send(fd, &what, 1, 0) != 1)
        driven_fail("send", errno);
}

static void segment_run(struct driven_round *round)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    uint64_t now_ns = driven_now_ns();
    size_t bytes = 0;
    int one = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0 ||
        (receives && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) != 0))
        driven_fail("socket", errno);
    if (receives)
        tell(fd, SEGMENT_PEER_WRITES);
    while (now_ns < round->end_ns) {
        if (receives)
            bytes += receive_once(fd);
        else
            send_once(fd);
        for (bytes += receives ? 0 : SEGMENT_ALL; bytes >= SEGMENT_ALL; bytes -= SEGMENT_ALL)
            now_ns = driven_done(round, now_ns);
    }
    if (receives)
        tell(fd, SEGMENT_PEER_STOPS);
    close(fd);
}

static bool segment_open(const struct driven_options *options)
{
    peer.sin_port = htons((uint16_t)options->port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receives = options->way != NULL && strcmp(options->way, "recv") == 0;
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, segment_open, segment_run);
}
