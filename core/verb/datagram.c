/* SPDX-License-Identifier: MIT */
/*
 * The parts of sendto and recvfrom, in all their forms, that streams lack. Called by the entry
 * points under no lock, and at the end of operations on the ring thread; the only state is a flag
 * of the socket.
 */
#include "core/verb/datagram.h"

#include <string.h>

#include "core/object/icmp.h"
#include "core/object/selection.h"
#include "core/verb/await.h"
#include "core/verb/bind.h"
#include "ring/host/lx.h"

enum { POINTER_MIN = 65536 }; /* below that nothing is ever mapped on Windows */

int datagram_destination(struct sock *sock, struct name *name, const struct sockaddr *to,
                         int to_bytes)
{
    int needed = name_bytes(sock->family);
    uint16_t family;

    /* Not a checked copy: every datagram comes through here, and that copy is a system call. */
    if ((ULONG_PTR)to < POINTER_MIN || to_bytes < needed)
        return WSAEFAULT;
    memcpy(name->data, to, (size_t)needed);
    name->bytes = (uint32_t)needed;
    memcpy(&family, name->data, sizeof family);
    if (family != sock->family)
        return WSAEAFNOSUPPORT;
    family = family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;
    memcpy(name->data, &family, sizeof family);
    if (name_is_nowhere(name))
        return WSAEADDRNOTAVAIL;
    if (sock->type == SOCK_RAW) { /* Linux would take a port for a protocol */
        name->data[2] = name->data[3] = 0;
        return sock_modes(sock) & SOCK_MODE_CAPTURES ? WSAEOPNOTSUPP : 0;
    }
    return sock->type == SOCK_DGRAM && name_port(name) == 0 ? WSAEADDRNOTAVAIL : 0;
}

int datagram_bind(struct sock *sock)
{
    uint16_t family = sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;
    struct name name;
    int error;

    if (sock_flags(sock) & (SOCK_BOUND | SOCK_CONNECTED))
        return 0;
    memset(&name, 0, sizeof name);
    name.bytes = (uint32_t)name_bytes(sock->family);
    memcpy(name.data, &family, sizeof family);
    error = bind_sock(sock, &name);
    /* Another thread may have been faster: then it is bound, which is all that we want. */
    return error == WSAEINVAL && (sock_flags(sock) & SOCK_BOUND) ? 0 : error;
}

void datagram_named(struct sock *sock, struct sockaddr *from, int *from_bytes)
{
    const uint16_t family = sock->family;

    if (sock->type == SOCK_RAW && sock_modes(sock) & SOCK_MODE_CAPTURES) /* an interface's name */
        memset(from, 0, (size_t)name_bytes(sock->family));
    memcpy(from, &family, sizeof family);
    *from_bytes = name_bytes(sock->family);
}

bool datagram_met_answer(struct sock *sock, int64_t result)
{
    enum icmp_send met = icmp_send_result(sock, result);

    if (met == ICMP_SEND_NEWS) {
        selection_note(sock, 0, 0); /* the kernel tells it nobody any more: it can be received */
        await_touch(sock);
    }
    return met != ICMP_SEND_REAL;
}
