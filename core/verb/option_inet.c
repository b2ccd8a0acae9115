/* SPDX-License-Identifier: MIT */
/* option_inet.h: what IP sockets begin with, and how their options move to another descriptor. */
#include "core/verb/option_inet.h"

#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "ring/host/net.h"

enum {
    INET_HOPS = 128, /* of unicast datagrams, as on Windows; Linux begins with 64 */
    INET_PMTUDISC_DONT = 0
};

struct sock_inet *inet_make(struct sock *sock)
{
    struct sock_rare *rare = sock_rare_make(sock);

    if (rare == NULL)
        return NULL;
    if (rare->inet == NULL)
        rare->inet = mem_zalloc(sock->handle >> 2, sizeof *rare->inet);
    return rare->inet;
}

/* Failures are of options that a kind of socket lacks, and which it then cannot miss. */
void inet_begin(int fd, int lx_family, int type)
{
    if (lx_family != LX_AF_INET && lx_family != LX_AF_INET6)
        return;
    (void)host_set_option(fd, LX_IPPROTO_IP, LX_IP_TTL, INET_HOPS);
    if (lx_family == LX_AF_INET6) {
        (void)host_set_option(fd, LX_IPPROTO_IPV6, LX_IPV6_UNICAST_HOPS, INET_HOPS);
        (void)host_set_option(fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, 1); /* IPV6ONLY-01 */
    }
    if (type == LX_SOCK_STREAM)
        return;
    /* Linux would deliver what any other program on this computer has joined, too. */
    (void)host_set_option(fd, LX_IPPROTO_IP, LX_IP_MULTICAST_ALL, 0);
    if (lx_family == LX_AF_INET6)
        (void)host_set_option(fd, LX_IPPROTO_IPV6, LX_IPV6_MULTICAST_ALL, 0);
    /* IP_DONTFRAGMENT is off: routers may cut datagrams, and sockets hear nothing of it. */
    (void)host_set_option(fd, LX_IPPROTO_IP, LX_IP_MTU_DISCOVER, INET_PMTUDISC_DONT);
}

/* What belongs to one row, option_carry() takes along. */
void inet_renew(struct sock *sock, int fresh)
{
    static const struct {
        int level, name;
    } kept[] = {
        {LX_IPPROTO_IP, LX_IP_MULTICAST_ALL},    {LX_IPPROTO_IP, LX_IP_PKTINFO},
        {LX_IPPROTO_IP, LX_IP_RECVTTL},          {LX_IPPROTO_IP, LX_IP_RECVTOS},
        {LX_IPPROTO_IPV6, LX_IPV6_MTU_DISCOVER}, {LX_IPPROTO_IPV6, LX_IPV6_MULTICAST_ALL},
        {LX_IPPROTO_IPV6, LX_IPV6_RECVPKTINFO},  {LX_IPPROTO_IPV6, LX_IPV6_RECVHOPLIMIT},
        {LX_IPPROTO_IPV6, LX_IPV6_RECVTCLASS},   {LX_IPPROTO_IPV6, LX_IPV6_RECVHOPOPTS},
        {LX_IPPROTO_IPV6, LX_IPV6_RECVRTHDR},
    };
    struct sock_inet *inet = inet_of(sock);

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        int value = 0;
        uint32_t bytes = sizeof value;

        if (kept[i].level == LX_IPPROTO_IPV6 && sock->family != AF_INET6)
            break;
        if (host_getsockopt(sock->fd, kept[i].level, kept[i].name, &value, &bytes) == 0)
            (void)host_set_option(fresh, kept[i].level, kept[i].name, value);
    }
    if (inet == NULL)
        return;
    (void)multicast_interface_apply(fresh, inet->multicast_if);
    (void)host_filter_set(fresh, &inet->filter);
}

void inet_connecting(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    if (rare == NULL || sock->type != SOCK_STREAM)
        return;
    host_lock_acquire(&sock->lock);
    if (rare->inet != NULL && rare->inet->unicast_if != 0)
        (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_BINDTOIFINDEX,
                              (int)rare->inet->unicast_if);
    host_lock_release(&sock->lock);
}

int inet_unicast_if(struct sock *sock, const struct option_row *row, uint32_t index)
{
    struct sock_inet *inet = inet_make(sock);
    int error;

    if (inet == NULL)
        return WSAENOBUFS;
    error = host_set_option(sock->fd, row->linux_level, row->linux_name, (int)htonl(index));
    if (error == 0)
        inet->unicast_if = index;
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

int inet_byte_set(struct sock *sock, const struct option_row *row, const struct option_value *value)
{
    int32_t number = (int32_t)value->number;

    /* -1 is what a new socket has, and only IPv6 knows it. */
    if (number == -1 && row->level == IPPROTO_IPV6)
        number = row->linux_name == LX_IPV6_UNICAST_HOPS ? INET_HOPS : -1;
    else if (number < 0 || number > 255)
        return WSAEINVAL;
    return errmap_to_wsa(ERRMAP_CALL_OPTION,
                         -host_set_option(sock->fd, row->linux_level, row->linux_name, number));
}
