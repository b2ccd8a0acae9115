/* SPDX-License-Identifier: MIT */
/*
 * WSAJoinLeaf. A session is a multicast group with a port; its leaves are datagram or raw sockets.
 * Receivers become members of the group in the kernel. Senders get a default destination, which is
 * kept here: the kernel's would keep everything out that does not come from the group's address,
 * and nothing does.
 *
 * [M1] rare->session is replaced whole, under the socket's lock, and what was there before stays
 *      until the socket goes: sends read it without the lock.
 */
#include "core/verb/multipoint.h"

#include <errno.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "core/object/selection.h"
#include "core/verb/bind.h"
#include "core/verb/datagram.h"
#include "core/verb/multicast.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

enum { MULTIPOINT_LOOPBACK_INDEX = 1 }; /* of the interface, in every network namespace */

/* The kernel's structures for joining and for choosing the interface. */
struct multipoint_inet {
    unsigned char group[4];
    unsigned char local[4];
    int32_t index;
};

struct multipoint_inet6 {
    unsigned char group[16];
    int32_t index;
};

int multipoint_note(struct sock *sock, DWORD flags)
{
    struct sock_rare *rare;

    flags &= WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;
    if (flags == 0)
        return 0;
    rare = sock_rare_make(sock);
    if (rare == NULL)
        return WSAENOBUFS;
    rare->multipoint = (uint8_t)flags;
    return 0;
}

bool multipoint_is_leaf(struct sock *sock)
{
    const DWORD both = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && (rare->multipoint & both) == both;
}

bool multipoint_is_group(const struct name *name)
{
    uint16_t family;

    memcpy(&family, name->data, sizeof family);
    return family == LX_AF_INET6 ? name->data[8] == 0xff : (name->data[4] & 0xf0) == 0xe0;
}

/* A socket that is to receive must have the session's port. */
static int multipoint_bind(struct sock *sock, const struct name *name, DWORD role)
{
    struct name any = *name;
    int error;

    if (role == JL_SENDER_ONLY || sock->type != SOCK_DGRAM || (sock_flags(sock) & SOCK_BOUND))
        return datagram_bind(sock);
    if (sock->family == AF_INET)
        memset(any.data + 4, 0, 4);
    else
        memset(any.data + 4, 0, any.bytes - 4);
    error = bind_sock(sock, &any);
    return error == WSAEINVAL && (sock_flags(sock) & SOCK_BOUND) ? 0 : error;
}

/* Has this computer a route to the group? */
static bool multipoint_routed(const struct name *name)
{
    int fd = host_socket(LX_AF_INET, LX_SOCK_DGRAM, 0);
    bool routed = fd < 0 || host_connect(fd, name->data, name->bytes) != -ENETUNREACH;

    if (fd >= 0)
        host_close(fd);
    return routed;
}

/* Where the socket is bound, that interface; else the route's. Without a network the programs of
 * one computer reach each other all the same. */
static int multipoint_inet_locked(struct sock *sock, const struct name *name, bool receives)
{
    struct multipoint_inet join;
    struct name local = {.bytes = sizeof local.data};
    int error = host_getsockname(sock->fd, local.data, &local.bytes);

    if (error != 0)
        return error;
    memcpy(join.group, name->data + 4, sizeof join.group);
    memcpy(join.local, local.data + 4, sizeof join.local);
    join.index =
        name_is_wildcard(&local) && !multipoint_routed(name) ? MULTIPOINT_LOOPBACK_INDEX : 0;
    if (receives)
        error = host_setsockopt(sock->fd, LX_IPPROTO_IP, LX_IP_ADD_MEMBERSHIP, &join, sizeof join);
    if (error == 0 && (join.index != 0 || !name_is_wildcard(&local)))
        error = host_setsockopt(sock->fd, LX_IPPROTO_IP, LX_IP_MULTICAST_IF, &join, sizeof join);
    return error;
}

/* Linux has no IPv6 multicast on loopback. */
static int multipoint_inet6_locked(struct sock *sock, const struct name *name, bool receives)
{
    struct multicast_group group = {.level = IPPROTO_IPV6};
    struct multipoint_inet6 join;
    int error = 0;

    memcpy(join.group, name->data + 8, sizeof join.group);
    memcpy(&join.index, name->data + 24, sizeof join.index);
    if (receives)
        error =
            host_setsockopt(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_ADD_MEMBERSHIP, &join, sizeof join);
    if (error == 0 && join.index != 0)
        error = host_set_option(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_MULTICAST_IF, join.index);
    if (error == 0 && receives) {
        memcpy(group.group, join.group, sizeof group.group);
        group.index = (uint32_t)join.index;
        error = multicast_note(sock, &group) == 0 ? 0 : -ENOBUFS;
    }
    return error;
}

/* [M1] 0, WSAEISCONN (that is the session already) or WSAENOBUFS. */
static int multipoint_send_to_locked(struct sock *sock, const struct name *name)
{
    struct sock_rare *rare = sock_rare(sock); /* made when the socket was */
    struct sock_session *before = atomic_load_explicit(&rare->session, memory_order_acquire);
    struct sock_session *session;

    if (before != NULL && memcmp(before->name, name->data, name->bytes) == 0)
        return WSAEISCONN;
    session = mem_zalloc(sock->handle >> 2, sizeof *session);
    if (session == NULL)
        return WSAENOBUFS;
    session->before = before;
    session->bytes = name->bytes;
    memcpy(session->name, name->data, name->bytes);
    /* release pairs with the acquire in multipoint_destination() */
    atomic_store_explicit(&rare->session, session, memory_order_release);
    return 0;
}

static int multipoint_join_locked(struct sock *sock, const struct name *name, DWORD role)
{
    bool receives = role != JL_SENDER_ONLY;
    int error = sock->family == AF_INET6 ? multipoint_inet6_locked(sock, name, receives)
                                         : multipoint_inet_locked(sock, name, receives);
    int again = 0;

    if (error == -EADDRINUSE)
        return WSAEISCONN;
    if (error == -ENODEV)
        return WSAENETUNREACH;
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    if (role != JL_RECEIVER_ONLY)
        again = multipoint_send_to_locked(sock, name);
    return receives && again == WSAEISCONN ? 0 : again; /* it sent only, and receives from now on */
}

int multipoint_join(struct sock *sock, const struct name *name, DWORD role)
{
    int error = multipoint_bind(sock, name, role);

    if (error != 0)
        return error;
    host_lock_acquire(&sock->lock);
    error = multipoint_join_locked(sock, name, role);
    host_lock_release(&sock->lock);
    if (error == 0)
        selection_note(sock, FD_CONNECT | FD_WRITE, 0);
    return error;
}

bool multipoint_destination(struct sock *sock, struct name *name)
{
    struct sock_rare *rare = sock_rare(sock);
    const struct sock_session *session =
        rare == NULL ? NULL : atomic_load_explicit(&rare->session, memory_order_acquire); /* [M1] */

    if (session == NULL)
        return false;
    name->bytes = session->bytes;
    memcpy(name->data, session->name, session->bytes);
    return true;
}
