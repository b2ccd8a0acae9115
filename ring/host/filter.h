/* SPDX-License-Identifier: MIT */
/*
 * Which datagrams a socket takes at all, where Linux has no option for it: a small program for the
 * kernel, which runs when a datagram arrives. What it turns away, nobody ever sees.
 */
#ifndef RING_HOST_FILTER_H
#define RING_HOST_FILTER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HOST_FILTER_LIST_MAX = 64,  /* interfaces; a jump over all of them fits in 8 bits */
    HOST_FILTER_GROUPS_MAX = 32 /* IPv6 groups */
};

/* What holds for IPv4, or for IPv6. */
struct host_filter_side {
    bool no_echo;        /* no multicast that this computer sent */
    bool listed;         /* only from these interfaces */
    uint32_t list_count; /* HOST_FILTER_LIST_MAX at most */
    uint32_t list[HOST_FILTER_LIST_MAX];
};

struct host_filter_group {
    uint32_t index; /* of the interface */
    unsigned char address[16];
};

struct host_filter {
    bool no_broadcast; /* IPv4 */
    bool site_only;    /* IPv6: only from addresses that routers keep within a site */
    bool stream;       /* TCP: site_only is about beginnings of connections, nothing else counts */
    struct host_filter_side inet, inet6;
    /* IPv6 groups, each on the interface that it was joined on; the kernel would take what comes to
     * the group on any. 0 groups: no such rule. */
    uint32_t group_count;
    struct host_filter_group groups[HOST_FILTER_GROUPS_MAX];
};

/* Puts the program in the place of an earlier one, or takes that away when everything may come.
 * 0 or a negative errno. */
int host_filter_set(int fd, const struct host_filter *filter);

#endif
