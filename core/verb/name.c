/* SPDX-License-Identifier: MIT */
/*
 * Socket addresses between Winsock's form and Linux' form. They differ in one number, the family of
 * IPv6, and in how long the name of an AF_UNIX socket is. Nothing here keeps state or takes a lock;
 * the callers are the entry points.
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
    NAME_INET6_ADDRESS = 8,
    NAME_UNIX_BYTES = 110,     /* family and 108 bytes of path */
    NAME_UNIX_PATH = 2,        /* where the path begins; also the length of a name without one */
    NAME_UNIX_CHOSEN_BYTES = 8 /* a name that Linux has chosen: a zero and five digits */
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
    switch (family) {
    case AF_INET:
        return NAME_INET_BYTES;
    case AF_INET6:
        return NAME_INET6_BYTES;
    default:
        return family == AF_UNIX ? NAME_UNIX_BYTES : 0;
    }
}

int name_bytes_least(int family)
{
    return family == AF_UNIX ? NAME_UNIX_PATH : name_bytes(family);
}

int name_lx_family(int family)
{
    if (family == AF_UNIX)
        return LX_AF_UNIX;
    return family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;
}

/* The path ends with the name or with its first zero (AFUNIX-01). One that begins with a zero would
 * be an abstract name on Linux; Windows has none, so it is no path. */
static uint32_t name_unix_length(const struct name *name, int bytes)
{
    size_t room = (size_t)bytes - NAME_UNIX_PATH;
    size_t path = strnlen((const char *)name->data + NAME_UNIX_PATH, room);

    if (path > 0 && path < NAME_UNIX_BYTES - NAME_UNIX_PATH)
        path++; /* its zero */
    return NAME_UNIX_PATH + (uint32_t)path;
}

int name_from_caller(struct name *name, int family, const struct sockaddr *address, int bytes)
{
    int needed = name_bytes_least(family);
    uint16_t linux_family = (uint16_t)name_lx_family(family);
    int seen;

    memset(name, 0, sizeof *name);
    if (family == AF_UNIX && bytes > needed)
        needed = bytes < NAME_UNIX_BYTES ? bytes : NAME_UNIX_BYTES;
    /* Too long is fine: programs pass sizeof(SOCKADDR_STORAGE). Too short comes before the family:
     * an old 24-byte IPv6 address is WSAEFAULT (BIND-03). */
    if (address == NULL || needed == 0 || bytes < needed ||
        host_copy_from(name->data, address, (size_t)needed) != 0)
        return WSAEFAULT;
    seen = name_family(name->data);
    if (seen != family)
        return name_bytes(seen) != 0 && seen != AF_UNIX ? WSAEFAULT : WSAEAFNOSUPPORT;
    memcpy(name->data, &linux_family, sizeof linux_family);
    name->bytes = family == AF_UNIX ? name_unix_length(name, needed) : (uint32_t)needed;
    return 0;
}

void name_to_winsock(struct name *name)
{
    uint16_t family = name_family(name->data);

    if (family == LX_AF_INET6) {
        family = AF_INET6;
        memcpy(name->data, &family, sizeof family);
    } else if (family == LX_AF_UNIX && name->bytes > NAME_UNIX_BYTES) {
        name->bytes = NAME_UNIX_BYTES; /* a path without room for its zero, which Linux adds */
    } else if (family == LX_AF_UNIX && name->bytes == NAME_UNIX_CHOSEN_BYTES &&
               name->data[NAME_UNIX_PATH] == 0) {
        name->bytes = NAME_UNIX_PATH; /* bound without a name: verb/unix.c */
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

bool name_is_unnamed(const struct name *name)
{
    return name->bytes <= NAME_UNIX_PATH;
}

bool name_is_wildcard(const struct name *name)
{
    bool inet = name_family(name->data) == LX_AF_INET;
    size_t first = inet ? NAME_INET_ADDRESS : NAME_INET6_ADDRESS;
    size_t end = inet ? NAME_INET_ADDRESS + 4 : NAME_INET6_ADDRESS + 16;

    if (name_family(name->data) == LX_AF_UNIX)
        return false;
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
    int fd;

    memset(name, 0, sizeof *name);
    name->bytes = sizeof name->data;
    if (sock_flags(sock) & SOCK_CONNECT_CALL)
        connect_wait_begun(sock);
    /* [S3] the lock keeps AcceptEx from replacing the descriptor meanwhile. */
    host_lock_acquire(&sock->lock);
    fd = sock_modes(sock) & SOCK_MODE_CAPTURES ? sock_rare(sock)->uncaptured - 1 : sock->fd;
    if (peer)
        error = host_getpeername(fd, name->data, &name->bytes);
    else
        error = host_getsockname(fd, name->data, &name->bytes);
    host_lock_release(&sock->lock);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    if (sock->type == SOCK_RAW) /* Linux has its protocol there; and see connect_datagram() */
        name->data[2] = name->data[3] = 0;
    name_to_winsock(name);
    return 0;
}
