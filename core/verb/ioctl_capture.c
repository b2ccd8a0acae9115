/* SPDX-License-Identifier: MIT */
/*
 * SIO_RCVALL and its kind: a raw socket receives what passes an interface. The handle gets a packet
 * socket in the place of its raw one, which is kept, muted, until the capture is turned off.
 *
 * [K1] sock_rare.uncaptured is the raw socket's descriptor plus one, 0 while nothing is captured.
 *      It changes under sock->lock. Who frees the socket closes it.
 */
#include <winsock2.h>

#include <mstcpip.h>

#include <errno.h>
#include "core/base/errmap.h"
#include "core/object/selection.h"
#include "core/verb/await.h"
#include "core/verb/bind.h"
#include "core/verb/ioctl.h"
#include "core/verb/name.h"
#include "core/verb/transfer.h"
#include "ring/host/capture.h"
#include "ring/host/interface.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

/* The packet socket, in the place of the raw one. */
static int capture_begin_locked(struct sock *sock, uint32_t interface, enum host_capture what)
{
    struct sock_rare *rare = sock_rare_make(sock);
    int family = sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;
    int fresh;
    int raw;
    int error;

    if (rare == NULL)
        return -ENOMEM;
    fresh = host_capture_open(interface, family, what);
    if (fresh < 0)
        return fresh;
    if (rare->uncaptured != 0) /* another mode, or another interface */
        return host_replace(sock->fd, fresh);
    raw = host_capture_keep(sock->fd);
    error = raw < 0 ? raw : host_capture_mute(raw, true);
    if (error == 0) {
        error = host_replace(sock->fd, fresh);
    } else {
        host_close(fresh);
    }
    if (error == 0) {
        rare->uncaptured = raw + 1;
        (void)sock_set_mode(sock, SOCK_MODE_CAPTURES, true); /* there is memory for it already */
    } else if (raw >= 0) {
        (void)host_capture_mute(raw, false);
        host_close(raw);
    }
    return error;
}

static int capture_end_locked(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);
    int raw;

    if (rare == NULL || rare->uncaptured == 0)
        return 0;
    raw = rare->uncaptured - 1;
    (void)host_capture_mute(raw, false);
    rare->uncaptured = 0;
    (void)sock_set_mode(sock, SOCK_MODE_CAPTURES, false);
    return host_replace(sock->fd, raw);
}

/* No receive may wait in the file that goes, and none begins while the direction is ours. */
static int capture_change(struct sock *sock, ULONG mode, uint32_t interface, enum host_capture what)
{
    int error;

    if (mode != RCVALL_OFF && sock_flags(sock) & SOCK_CONNECTED) /* a partner would be lost */
        return WSAEINVAL;
    if (!queue_claim_idle(&sock->recv))
        return WSAEINVAL;
    host_lock_acquire(&sock->lock); /* [S3], [K1] */
    if (mode == RCVALL_OFF)
        error = capture_end_locked(sock);
    else
        error = capture_begin_locked(sock, interface, what);
    host_lock_release(&sock->lock);
    transfer_unclaim(sock, &sock->recv);
    if (error == 0) {
        selection_moved(sock);
        await_touch(sock);
    }
    if (error == -ENODEV || error == -ENXIO) /* documented */
        return WSAEINVAL;
    return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
}

/* Documented: the socket's protocol is IP itself, or the one that the code is about. */
static bool capture_fits(const struct sock *sock, DWORD code)
{
    int protocol = sock->protocol;

    if (protocol == (sock->family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP))
        return true;
    if (code == SIO_RCVALL_IGMPMCAST)
        return protocol == IPPROTO_IGMP;
    return (code == SIO_RCVALL_MCAST || code == SIO_RCVALL_MCAST_IF) && protocol == IPPROTO_UDP;
}

static enum host_capture capture_what(DWORD code, ULONG mode)
{
    if (code == SIO_RCVALL_IGMPMCAST)
        return HOST_CAPTURE_IGMP;
    if (code == SIO_RCVALL_MCAST || code == SIO_RCVALL_MCAST_IF)
        return HOST_CAPTURE_MULTICAST;
    return mode == RCVALL_ON ? HOST_CAPTURE_ALL_NIC : HOST_CAPTURE_ALL;
}

/* The interface of the address that the socket is bound to; 0: none. */
static uint32_t capture_interface(struct sock *sock)
{
    struct name name;

    bind_address(sock, &name);
    if (name_is_wildcard(&name))
        return 0;
    if (sock->family == AF_INET6)
        return host_interface_of(name.data + 8, 16);
    return host_interface_of(name.data + 4, 4);
}

int ioctl_capture(struct ioctl_call *call)
{
    bool named = call->code == SIO_RCVALL_IF || call->code == SIO_RCVALL_MCAST_IF;
    ULONG values[2] = {0, 0}; /* RCVALL_IF: mode, interface */

    if (call->in == NULL || call->in_bytes < (named ? sizeof values : sizeof values[0]))
        return WSAEINVAL; /* documented */
    if (ioctl_input(call, values, named ? sizeof values : sizeof values[0]) != 0)
        return WSAEFAULT;
    if (values[0] > RCVALL_MAX || !capture_fits(call->sock, call->code))
        return WSAEINVAL;
    if (!named)
        values[1] = capture_interface(call->sock);
    if (!host_interface_exists(values[1]))
        return WSAEINVAL;
    if (values[0] == RCVALL_SOCKETLEVELONLY) /* documented: no effect */
        return 0;
    return capture_change(call->sock, values[0], values[1], capture_what(call->code, values[0]));
}

/* SIO_ABSORB_RTRALERT */
int ioctl_router_alert(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    BOOL on;
    int error;

    if (ioctl_input(call, &on, sizeof on) != 0)
        return WSAEFAULT;
    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_set_option(sock->fd, LX_IPPROTO_IP, LX_IP_ROUTER_ALERT, on != 0);
    host_lock_release(&sock->lock);
    if (error == (on ? -EADDRINUSE : -ENOBUFS)) /* it is already as it was asked to be */
        error = 0;
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}
