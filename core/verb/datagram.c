/* SPDX-License-Identifier: MIT */
/*
 * The parts of sendto and recvfrom, in all their forms, that streams lack. Called by the entry
 * points under no lock, and at the end of operations on the ring thread; the only state is a flag
 * of the socket.
 */
#include "core/verb/datagram.h"

#include <string.h>

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
    const uint16_t family = AF_INET6;

    if (sock->family == AF_INET6)
        memcpy(from, &family, sizeof family);
    *from_bytes = name_bytes(sock->family);
}

bool datagram_refused(struct sock *sock)
{
    if (sock->type == SOCK_STREAM)
        return false;
    sock_set(sock, SOCK_REFUSED);
    selection_note(sock, 0, 0); /* the kernel tells it nobody any more: it can be received */
    await_touch(sock);
    return true;
}

bool datagram_take_refused(struct sock *sock)
{
    return (sock_flags(sock) & SOCK_REFUSED) && (sock_clear(sock, SOCK_REFUSED) & SOCK_REFUSED);
}
