/* SPDX-License-Identifier: MIT */
/* A descriptor that receives the IP packets of an interface, whole, each with its header. */
#ifndef RING_HOST_CAPTURE_H
#define RING_HOST_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

enum host_capture {
    HOST_CAPTURE_ALL,       /* that the interface takes in or sends */
    HOST_CAPTURE_ALL_NIC,   /* also what is for other computers: promiscuous mode */
    HOST_CAPTURE_MULTICAST, /* to any group, joined or not */
    HOST_CAPTURE_IGMP       /* IGMP and nothing else; IPv4 only */
};

/* O_NONBLOCK and CLOEXEC; `family` LX_AF_INET or LX_AF_INET6. Needs CAP_NET_RAW. What the socket
 * sends to itself through loopback is seen once, as it comes. Negative errno: -ENODEV when there is
 * no such interface. */
int host_capture_open(uint32_t interface, int family, enum host_capture what);

/* A raw socket that is put aside takes nothing in meanwhile. 0 or a negative errno. */
int host_capture_mute(int fd, bool mute);

/* Another number for the same file, CLOEXEC. A descriptor or a negative errno. */
int host_capture_keep(int fd);

#endif
