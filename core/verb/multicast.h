/* SPDX-License-Identifier: MIT */
/*
 * Membership of multicast groups: which groups a socket is in, on which interfaces, and whose
 * datagrams it takes there. The kernel keeps all of it; the rules about what may follow what are
 * Windows'. Under sock->lock.
 */
#ifndef CORE_VERB_MULTICAST_H
#define CORE_VERB_MULTICAST_H

#include <winsock2.h>

#include "core/object/sock.h"

enum multicast_change {
    MULTICAST_JOIN,
    MULTICAST_LEAVE,
    MULTICAST_JOIN_SOURCE,
    MULTICAST_LEAVE_SOURCE,
    MULTICAST_BLOCK,
    MULTICAST_UNBLOCK
};

/* A group on an interface, and a source where the change is about one. Addresses have 4 bytes or
 * 16, as the level says. */
struct multicast_group {
    int level;        /* IPPROTO_IP or IPPROTO_IPV6 */
    uint32_t index;   /* the interface; 0: the one with `address`, or the route's */
    uint32_t address; /* IPPROTO_IP: a local address in network order, or 0 */
    unsigned char group[16];
    unsigned char source[16];
};

/* Takes an interface as IPv4's structures have it: 0.x.x.x is an index, all else an address. */
void multicast_interface(struct multicast_group *group, uint32_t interface);
/* From a group_req's or group_source_req's address. False: of another family than the level's. */
bool multicast_address(int level, unsigned char *to, const SOCKADDR_STORAGE *from);

/* 0; WSAEINVAL, WSAEADDRNOTAVAIL: what the socket is in, or is not, forbids it, or there is no such
 * interface; WSAENOBUFS: too many groups or sources. */
int multicast_change(struct sock *sock, struct multicast_group *group,
                     enum multicast_change change);

/* After a membership of an IPv6 group changed by other means. 0 or a WSA code. */
int multicast_note(struct sock *sock, struct multicast_group *group);

/* A group's whole list of sources. */
struct multicast_filter {
    struct multicast_group *group;
    uint32_t mode;  /* MCAST_INCLUDE or MCAST_EXCLUDE */
    uint32_t count; /* get: room in `sources`, then how many there are, which may be more */
    unsigned char (*sources)[16];
};

int multicast_filter_set(struct sock *sock, const struct multicast_filter *filter);
int multicast_filter_get(struct sock *sock, struct multicast_filter *filter);

#endif
