/* SPDX-License-Identifier: MIT */
/*
 * Changes of addresses and routes, as the kernel tells them through NETLINK_ROUTE. What is told
 * belongs to the network namespace of the thread that opened it, whoever reads it later. The caller
 * sees to it that one thread at a time uses a struct host_netlink.
 */
#ifndef RING_HOST_NETLINK_H
#define RING_HOST_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

enum host_change {
    HOST_CHANGE_ADDRESSES = 1, /* an IPv4 address came or went, or may be bound to by now */
    HOST_CHANGE_ADDRESSES6 = 2,
    HOST_CHANGE_ROUTES = 4, /* IPv4's; also when addresses or interfaces came or went */
    HOST_CHANGE_ROUTES6 = 8,
    HOST_CHANGE_ALL = 15
};

/* An address that the kernel has told of: a second message without news changes nothing. */
struct host_netlink_address {
    uint32_t interface;
    uint8_t family;
    bool usable; /* not tentative, so that one may bind to it */
    uint8_t bytes[16];
};

struct host_netlink {
    int changes_fd;   /* readable when something has changed */
    int questions_fd; /* for host_route_find(), which then asks in the same namespace */
    struct host_netlink_address *known;
    uint32_t known_count, known_room;
};

/* Begins to listen. 0 or a negative errno: nothing is open then. */
int host_netlink_open(struct host_netlink *netlink);
void host_netlink_close(struct host_netlink *netlink);

/* Asks for the addresses that there are, which opening does too. 0 or a negative errno. */
int host_netlink_learn(struct host_netlink *netlink);

/* Reads all that the kernel has told so far: bits of enum host_change. When messages were lost it
 * says HOST_CHANGE_ALL, and *lost becomes true: ask again before anybody relies on it. */
uint32_t host_netlink_take(struct host_netlink *netlink, bool *lost);

#endif
