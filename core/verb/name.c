/* SPDX-License-Identifier: MIT */
/*
 * Socket addresses between Winsock's form and Linux' form. They differ in one number, the family of
 * IPv6. Nothing here keeps state or takes a lock; the callers are the entry points.
 */
#include "core/verb/name.h"

#include <errno.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/verb/connect_sync.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum {
    NAME_INET_BYTES = 16,  /* family, port, 4 bytes of address, 8 unused ones */
    NAME_INET6_BYTES = 28, /* family, port, flow, 16 bytes of address, scope */
    NAME_INET_ADDRESS = 4, /* where the address begins */
    NAME_INET6_ADDRESS = 8
};

/* Both systems begin an address with two bytes of family in the machine's order. */
static uint16_t name_family(const void *data)
{
    uint16_t family;

    memcpy(&family, data, sizeof family);
    return family;
}

int name_bytes(int family)
{
    if (family == AF_INET)
        return NAME_INET_BYTES;
    return family == AF_INET6 ? NAME_INET6_BYTES : 0;
}

int name_from_caller(struct name *name, int family, const struct sockaddr *address, int bytes)
{
    int needed = name_bytes(family);
    uint16_t linux_family;
    int seen;

    memset(name, 0, sizeof *name);
    /* Too long is fine: programs pass sizeof(SOCKADDR_STORAGE). Too short comes before the family:
     * an old 24-byte IPv6 address is WSAEFAULT (BIND-03). */
    if (address == NULL || needed == 0 || bytes < needed ||
        host_copy_from(name->data, address, (size_t)needed) != 0)
        return WSAEFAULT;
    seen = name_family(name->data);
    if (seen != family)
        return name_bytes(seen) != 0 ? WSAEFAULT : WSAEAFNOSUPPORT;
    linux_family = family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;
    memcpy(name->data, &linux_family, sizeof linux_family);
    name->bytes = (uint32_t)needed;
    return 0;
}

void name_to_winsock(struct name *name)
{
    uint16_t family = name_family(name->data);

    if (family == LX_AF_INET6) {
        family = AF_INET6;
        memcpy(name->data, &family, sizeof family);
    }
}

int name_to_caller(const struct name *name, struct sockaddr *address, int *bytes)
{
    int room;
    int length = (int)name->bytes;

    if (address == NULL || bytes == NULL || host_copy_from(&room, bytes, sizeof room) != 0)
        return WSAEFAULT;
    if (room < length || host_copy_to(address, name->data, name->bytes) != 0)
        return WSAEFAULT;
    return host_copy_to(bytes, &length, sizeof length) == 0 ? 0 : WSAEFAULT;
}

bool name_is_wildcard(const struct name *name)
{
    bool inet = name_family(name->data) == LX_AF_INET;
    size_t first = inet ? NAME_INET_ADDRESS : NAME_INET6_ADDRESS;
    size_t end = inet ? NAME_INET_ADDRESS + 4 : NAME_INET6_ADDRESS + 16;

    for (size_t i = first; i < end; i++) {
        if (name->data[i] != 0)
            return false;
    }
    return true;
}

bool name_is_nowhere(const struct name *name)
{
    static const unsigned char mapped[16] = {[10] = 0xFF, [11] = 0xFF};

    return name_is_wildcard(name) ||
           (name_family(name->data) == LX_AF_INET6 &&
            memcmp(name->data + NAME_INET6_ADDRESS, mapped, sizeof mapped) == 0);
}

uint16_t name_port(const struct name *name)
{
    return (uint16_t)(name->data[2] << 8 | name->data[3]);
}

int name_of_sock(struct sock *sock, struct name *name, bool peer)
{
    int error;

    memset(name, 0, sizeof *name);
    name->bytes = sizeof name->data;
    if (sock_flags(sock) & SOCK_CONNECT_CALL)
        connect_wait_begun(sock);
    /* [S3] the lock keeps AcceptEx from replacing the descriptor meanwhile. */
    host_lock_acquire(&sock->lock);
    if (peer)
        error = host_getpeername(sock->fd, name->data, &name->bytes);
    else
        error = host_getsockname(sock->fd, name->data, &name->bytes);
    host_lock_release(&sock->lock);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    if (peer && sock->type == SOCK_RAW)
        name->data[2] = name->data[3] = 0; /* see connect_datagram() */
    name_to_winsock(name);
    return 0;
}
