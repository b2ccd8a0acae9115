/* SPDX-License-Identifier: MIT */
/*
 * How large the packets of a socket may be, and who may cut them: IP_DONTFRAGMENT, IP_MTU_DISCOVER,
 * IP_MTU, IP_USER_MTU and the same of IPv6. Linux has one option for the first two
 * (IP_MTU_DISCOVER); whichever was set last holds.
 */
#include "core/verb/option_inet.h"

#include <ws2ipdef.h>

#include "core/base/errmap.h"
#include "ring/host/net.h"

enum { /* Linux' values of IP_MTU_DISCOVER and IPV6_MTU_DISCOVER */
       MTU_DONT = 0,
       MTU_WANT = 1,
       MTU_DO = 2,
       MTU_PROBE = 3
};

/* As the kernel bounds what it takes. */
enum { MTU_LEAST = 68, MTU_LEAST_INET6 = 1280, MTU_MOST = 65535 };

static int mtu_errors(int error)
{
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

static int mtu_discovery(struct sock *sock, int level, int value)
{
    bool inet6 = level == IPPROTO_IPV6;

    return host_set_option(sock->fd, inet6 ? LX_IPPROTO_IPV6 : LX_IPPROTO_IP,
                           inet6 ? LX_IPV6_MTU_DISCOVER : LX_IP_MTU_DISCOVER, value);
}

/* ---- IP_DONTFRAGMENT, IPV6_DONTFRAG ---- */

/* Streams find out the path's size and never let routers cut, unless they are told to
 * (SOCKOPT-INFO-10). */
int mtu_fragment_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    int error;

    if (row->level == IPPROTO_IPV6)
        return option_kernel_get(sock, row, value);
    error = option_number_get(sock, row, value);
    value->number = sock->type == SOCK_STREAM ? value->number != MTU_DONT : value->number == MTU_DO;
    return error;
}

int mtu_fragment_set(struct sock *sock, const struct option_row *row,
                     const struct option_value *value)
{
    int whole = sock->type == SOCK_STREAM ? MTU_WANT : MTU_DO;

    if (row->level == IPPROTO_IPV6)
        return option_kernel_set(sock, row, value);
    return mtu_errors(mtu_discovery(sock, row->level, value->number != 0 ? whole : MTU_DONT));
}

/* ---- IP_MTU_DISCOVER, IPV6_MTU_DISCOVER ---- */

static struct sock_inet_level *mtu_level(struct sock_inet *inet, const struct option_row *row)
{
    return row->level == IPPROTO_IPV6 ? &inet->inet6 : &inet->inet;
}

int mtu_discover_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    struct sock_inet *inet = inet_of(sock);

    value->number = inet == NULL ? IP_PMTUDISC_NOT_SET : mtu_level(inet, row)->mtu_discover;
    return 0;
}

/* What a socket begins with cannot be asked for (SOCKOPT-LEVEL-07). */
int mtu_discover_set(struct sock *sock, const struct option_row *row,
                     const struct option_value *value)
{
    bool stream = sock->type == SOCK_STREAM;
    struct sock_inet *inet;
    int linux_value;
    int error;

    switch (value->number) {
    case IP_PMTUDISC_DO:
        linux_value = stream ? MTU_WANT : MTU_DO;
        break;
    case IP_PMTUDISC_DONT:
        linux_value = MTU_DONT;
        break;
    case IP_PMTUDISC_PROBE:
        linux_value = stream ? MTU_DONT : MTU_PROBE;
        break;
    default:
        return WSAEINVAL;
    }
    inet = inet_make(sock);
    if (inet == NULL)
        return WSAENOBUFS;
    error = mtu_discovery(sock, row->level, linux_value);
    if (error == 0)
        mtu_level(inet, row)->mtu_discover = value->number;
    return mtu_errors(error);
}

/* ---- IP_MTU, IPV6_MTU ---- */

/* The kernel knows the path of IPv6 sockets that have a partner, and a bound for others. */
int mtu_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    unsigned char peer[28];
    uint32_t bytes = sizeof peer;

    if (host_getpeername(sock->fd, peer, &bytes) != 0)
        return WSAENOTCONN;
    return option_number_get(sock, row, value);
}

/* ---- IP_USER_MTU, IPV6_USER_MTU ---- */

int mtu_user_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    struct sock_inet *inet = inet_of(sock);

    value->number = IP_UNSPECIFIED_USER_MTU;
    if (inet != NULL && mtu_level(inet, row)->user_mtu != 0)
        value->number = mtu_level(inet, row)->user_mtu;
    return 0;
}

/* Linux cuts IPv6 datagrams at a socket's bound. For IPv4 it has none: there streams keep their
 * segments below it, and datagrams are cut at the interface's size. */
static int mtu_bound(struct sock *sock, int level, uint32_t bytes)
{
    bool inet6 = level == IPPROTO_IPV6;
    uint32_t headers = inet6 ? 60 : 40; /* of IP and TCP */

    if (sock->type == SOCK_STREAM && (sock->family == AF_INET6) == inet6)
        return bytes == 0 ? 0
                          : host_set_option(sock->fd, LX_IPPROTO_TCP, LX_TCP_MAXSEG,
                                            (int)(bytes - headers));
    return inet6 && sock->type != SOCK_STREAM
               ? host_set_option(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_MTU, (int)bytes)
               : 0;
}

int mtu_user_set(struct sock *sock, const struct option_row *row, const struct option_value *value)
{
    uint32_t least = row->level == IPPROTO_IPV6 ? MTU_LEAST_INET6 : MTU_LEAST;
    struct sock_inet *inet = inet_make(sock);
    uint32_t bytes = value->number == IP_UNSPECIFIED_USER_MTU ? 0 : value->number;
    int error = 0;

    if (inet == NULL)
        return WSAENOBUFS;
    if (bytes != 0 && bytes < least)
        return WSAEINVAL;
    if (bytes <= MTU_MOST) /* more is no bound at all */
        error = mtu_bound(sock, row->level, bytes);
    if (error == 0)
        mtu_level(inet, row)->user_mtu = bytes;
    return mtu_errors(error);
}
