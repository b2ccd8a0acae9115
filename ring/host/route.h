/* SPDX-License-Identifier: MIT */
/* Which interface and which local address the kernel would use to reach a destination. No state. */
#ifndef RING_HOST_ROUTE_H
#define RING_HOST_ROUTE_H

#include <stdint.h>

struct host_route {
    uint32_t interface;       /* its index */
    uint32_t source_bytes;    /* of the local address; 0: there is no way there */
    unsigned char source[28]; /* Linux' struct sockaddr of the destination's family, port 0 */
};

/* `to`: Linux' struct sockaddr of IPv4 or IPv6; ::ffff:a.b.c.d is an IPv4 destination. `questions`
 * is a NETLINK_ROUTE socket that only the caller uses now, or -1. 0, with a source; -ENETUNREACH or
 * -EHOSTUNREACH, *route then has none; or another negative errno: the kernel could not be asked. */
int host_route_find(int questions, const void *to, struct host_route *route);

#endif
