/* SPDX-License-Identifier: MIT */
/* The message that ended a connect: connect_icmp.h. */
#include "core/verb/connect_icmp.h"

#include <errno.h>

#include "ring/host/lock.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/outcome.h"

/* Linux 6.18 keeps the message of IPv4 for whoever asks, that of IPv6 only when it is told to. A
 * connection must not have this on: passing troubles would end it. */
static void connect_icmp_keep(struct sock *sock, bool keep)
{
    bool inet6 = sock->family == AF_INET6;

    (void)host_set_option(sock->fd, inet6 ? LX_IPPROTO_IPV6 : LX_IPPROTO_IP,
                          inet6 ? LX_IPV6_RECVERR : LX_IP_RECVERR, keep);
}

void connect_icmp_forget(struct sock *sock)
{
    struct host_icmp icmp;

    if (!(sock_modes(sock) & SOCK_MODE_FAIL_ON_ICMP))
        return;
    (void)host_icmp_take(sock->fd, &icmp); /* another socket's that had this descriptor */
    connect_icmp_keep(sock, true);
    host_lock_acquire(&sock->lock);
    sock_rare(sock)->icmp.address_bytes = 0;
    host_lock_release(&sock->lock);
}

int32_t connect_icmp_result(struct sock *sock, int32_t result)
{
    struct host_icmp icmp;

    if (!(sock_modes(sock) & SOCK_MODE_FAIL_ON_ICMP))
        return result;
    connect_icmp_keep(sock, false);
    if (result >= 0 || !host_icmp_take(sock->fd, &icmp))
        return result;
    host_lock_acquire(&sock->lock);
    sock_rare(sock)->icmp = icmp;
    host_lock_release(&sock->lock);
    return -EHOSTUNREACH;
}
