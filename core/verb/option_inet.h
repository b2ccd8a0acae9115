/* SPDX-License-Identifier: MIT */
/*
 * What the options of IPPROTO_IP and IPPROTO_IPV6 have in common: what a socket begins with, what
 * is kept because the kernel has no place for it, and functions for rows of both levels. All of it
 * under sock->lock.
 */
#ifndef CORE_VERB_OPTION_INET_H
#define CORE_VERB_OPTION_INET_H

#include "core/verb/option_row.h"
#include "ring/host/filter.h"

/* What was set and the kernel cannot tell. Zeros are what a socket begins with. */
struct sock_inet_level {
    uint32_t user_mtu;         /* IP_USER_MTU; 0: not set */
    uint32_t mtu_discover;     /* IP_MTU_DISCOVER as Winsock numbers it; 0: not set */
    uint32_t protection_level; /* IP_PROTECTION_LEVEL; 0: not set */
};

struct sock_inet {
    struct sock_inet_level inet, inet6;
    uint32_t tos;          /* IP_TOS */
    uint32_t multicast_if; /* IP_MULTICAST_IF as it was given */
    uint32_t unicast_if;   /* of a stream: its index, for inet_connecting() */
    struct host_filter filter;
    bool many_groups; /* more than the filter has room for: it leaves groups alone from then on */
};

/* NULL: no memory. */
struct sock_inet *inet_make(struct sock *sock);
/* NULL: nothing of that kind was ever set. */
static inline struct sock_inet *inet_of(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare == NULL ? NULL : rare->inet;
}

/* A new descriptor gets what a Windows socket begins with. Linux' family numbers. */
void inet_begin(int fd, int lx_family, int type);
/* Another descriptor takes the place of the socket's: what option_carry() does not know goes on.
 * Memberships of groups do not. */
void inet_renew(struct sock *sock, int fresh);

/* Before a stream connects. Linux has IP_UNICAST_IF for datagrams only, so that the interface is
 * chosen by binding to it. Not earlier, for that would bind a listener's receiving side as well. */
void inet_connecting(struct sock *sock);
/* IP_UNICAST_IF, IPV6_UNICAST_IF: an index in the computer's order. 0 or a WSA code. */
int inet_unicast_if(struct sock *sock, const struct option_row *row, uint32_t index);

/* ---- Functions for rows of both levels; row->level tells which ---- */

typedef int option_get_function(struct sock *sock, const struct option_row *row,
                                struct option_value *value);
typedef int option_set_function(struct sock *sock, const struct option_row *row,
                                const struct option_value *value);

/* A number from 0 to 255 of the kernel. */
option_set_function inet_byte_set;

/* option_control.c; row->linux_name is an enum sock_control, row->linux_level nothing. */
option_get_function control_get;
option_set_function control_set;
#define OPTION_CONTROL(bit) .linux_name = (bit), .get = control_get, .set = control_set

/* option_mtu.c: IP_DONTFRAGMENT, IP_MTU_DISCOVER, IP_MTU, IP_USER_MTU and IPv6's */
option_get_function mtu_fragment_get, mtu_discover_get, mtu_get, mtu_user_get;
option_set_function mtu_fragment_set, mtu_discover_set, mtu_user_set;

/* option_filter.c */
option_get_function filter_broadcast_get, filter_loop_get, filter_protection_get;
option_set_function filter_broadcast_set, filter_loop_set, filter_protection_set;
option_get_function filter_list_get, filter_list_read; /* IP_IFLIST, IP_GET_IFLIST */
option_set_function filter_list_set, filter_list_add, filter_list_remove;
/* Notes whether the socket is in an IPv6 group on that interface. 0 or a WSA code. */
int filter_member(struct sock *sock, const struct host_filter_group *group, bool member);

/* option_multicast.c: tells the kernel of an IP_MULTICAST_IF, in network order: 0.x.x.x, or an
 * address. 0 or a negative errno. */
int multicast_interface_apply(int fd, uint32_t interface);

#endif
