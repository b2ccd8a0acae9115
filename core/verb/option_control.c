/* SPDX-License-Identifier: MIT */
/*
 * The switches for control messages: which ones a receive is asked for is kept in the socket
 * (enum sock_control), and the kernel is told what to send along for all of them together.
 */
#include "core/verb/option_inet.h"

#include "core/base/errmap.h"
#include "ring/host/net.h"

enum {
    CONTROL_ADDRESSES = SOCK_CONTROL_PKTINFO | SOCK_CONTROL_PKTINFO_EX | SOCK_CONTROL_RECVIF |
                        SOCK_CONTROL_DSTADDR | SOCK_CONTROL_ARRIVAL_IF,
    CONTROL_TRAFFIC = SOCK_CONTROL_TCLASS | SOCK_CONTROL_ECN,
    CONTROL_ROUTING = SOCK_CONTROL_RTHDR | SOCK_CONTROL_RECVRTHDR
};

/* Which of the kernel's options stands behind which switches. */
static const struct {
    int level, name;
    uint32_t bits; /* of both levels, as in sock_controls() */
} control_kernel[] = {
    {LX_IPPROTO_IP, LX_IP_PKTINFO, CONTROL_ADDRESSES},
    {LX_IPPROTO_IP, LX_IP_RECVTTL, SOCK_CONTROL_HOPLIMIT},
    {LX_IPPROTO_IP, LX_IP_RECVTOS, CONTROL_TRAFFIC},
    {LX_IPPROTO_IPV6, LX_IPV6_RECVPKTINFO, (uint32_t)CONTROL_ADDRESSES << SOCK_CONTROL_INET6_SHIFT},
    {LX_IPPROTO_IPV6, LX_IPV6_RECVHOPLIMIT,
     (uint32_t)SOCK_CONTROL_HOPLIMIT << SOCK_CONTROL_INET6_SHIFT},
    {LX_IPPROTO_IPV6, LX_IPV6_RECVTCLASS, (uint32_t)CONTROL_TRAFFIC << SOCK_CONTROL_INET6_SHIFT},
    {LX_IPPROTO_IPV6, LX_IPV6_RECVHOPOPTS,
     (uint32_t)SOCK_CONTROL_HOPOPTS << SOCK_CONTROL_INET6_SHIFT},
    {LX_IPPROTO_IPV6, LX_IPV6_RECVRTHDR, (uint32_t)CONTROL_ROUTING << SOCK_CONTROL_INET6_SHIFT},
};

static uint32_t control_bit(const struct option_row *row)
{
    return (uint32_t)row->linux_name << (row->level == IPPROTO_IPV6 ? SOCK_CONTROL_INET6_SHIFT : 0);
}

int control_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    value->number = (sock_controls(sock) & control_bit(row)) != 0;
    return 0;
}

static bool control_tells_place(int name)
{
    return name == LX_IP_PKTINFO || name == LX_IPV6_RECVPKTINFO;
}

int control_set(struct sock *sock, const struct option_row *row, const struct option_value *value)
{
    struct sock_rare *rare = sock_rare_make(sock);
    uint32_t bit = control_bit(row);
    uint32_t controls;

    if (rare == NULL)
        return WSAENOBUFS;
    controls = sock_controls(sock) & ~bit;
    if (value->number != 0)
        controls |= bit;
    for (size_t i = 0; i < sizeof control_kernel / sizeof control_kernel[0]; i++) {
        int error;

        if (!(control_kernel[i].bits & bit))
            continue;
        if (value->number == 0 && sock_modes(sock) & SOCK_MODE_PLACES &&
            control_tells_place(control_kernel[i].name))
            continue; /* WSARecvMsg() looks at it in any case */
        error = host_set_option(sock->fd, control_kernel[i].level, control_kernel[i].name,
                                (control_kernel[i].bits & controls) != 0);
        if (error != 0)
            return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
    }
    /* release: a receive that sees the switch meets a kernel that knows of it */
    atomic_store_explicit(&rare->controls, controls, memory_order_release);
    return 0;
}
