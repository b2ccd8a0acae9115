/* SPDX-License-Identifier: MIT */
/*
 * Questions about IPv4 addresses, and the same questions about addresses of either family. Inline
 * functions: nothing is exported for them. Part of mstcpip.h.
 */
#ifndef WS2RING_PART_INETADDR_H
#define WS2RING_PART_INETADDR_H

#include <ws2ipdef.h>

/* ---- IPv4: every address is in network byte order, lengths are in bits ---- */

#define IN4ADDR_ANY                    INADDR_ANY
#define IN4ADDR_LOOPBACK               0x0100007f
#define IN4ADDR_BROADCAST              INADDR_BROADCAST
#define IN4ADDR_NONE                   INADDR_NONE
#define IN4ADDR_LOOPBACKPREFIX_LENGTH  8
#define IN4ADDR_LINKLOCALPREFIX_LENGTH 16
#define IN4ADDR_MULTICASTPREFIX_LENGTH 4

WS2RING_BEGIN_DECLS

/** Whether two addresses are the same. */
WS2RING_INLINE BOOL IN4_ADDR_EQUAL(const IN_ADDR *a, const IN_ADDR *b)
{
    return a->s_addr == b->s_addr;
}

/** Whether an address is 0.0.0.0. */
WS2RING_INLINE BOOL IN4_IS_ADDR_UNSPECIFIED(const IN_ADDR *address)
{
    return address->s_addr == 0;
}

/** Whether an address is in 127.0.0.0/8. */
WS2RING_INLINE BOOL IN4_IS_ADDR_LOOPBACK(const IN_ADDR *address)
{
    return address->s_net == 127;
}

/** Whether an address is 255.255.255.255. */
WS2RING_INLINE BOOL IN4_IS_ADDR_BROADCAST(const IN_ADDR *address)
{
    return address->s_addr == INADDR_BROADCAST;
}

/** Whether an address names a group: 224.0.0.0/4. */
WS2RING_INLINE BOOL IN4_IS_ADDR_MULTICAST(const IN_ADDR *address)
{
    return (address->s_net & 0xf0) == 0xe0;
}

/** Whether an address is valid on its link only: 169.254.0.0/16. */
WS2RING_INLINE BOOL IN4_IS_ADDR_LINKLOCAL(const IN_ADDR *address)
{
    return address->s_net == 169 && address->s_host == 254;
}

/** Whether an address is for private networks: 10/8, 172.16/12 or 192.168/16. */
WS2RING_INLINE BOOL IN4_IS_ADDR_RFC1918(const IN_ADDR *address)
{
    return address->s_net == 10 || (address->s_net == 172 && (address->s_host & 0xf0) == 16) ||
           (address->s_net == 192 && address->s_host == 168);
}

/** Makes *name 0.0.0.0, with port 0. */
WS2RING_INLINE void IN4ADDR_SETANY(PSOCKADDR_IN name)
{
    memset(name, 0, sizeof *name);
    name->sin_family = AF_INET;
}

/** Makes *name 127.0.0.1, with port 0. */
WS2RING_INLINE void IN4ADDR_SETLOOPBACK(PSOCKADDR_IN name)
{
    IN4ADDR_SETANY(name);
    name->sin_addr.s_addr = IN4ADDR_LOOPBACK;
}

/** Whether a socket address is 0.0.0.0. */
WS2RING_INLINE BOOL IN4ADDR_ISANY(const SOCKADDR_IN *name)
{
    return IN4_IS_ADDR_UNSPECIFIED(&name->sin_addr);
}

/** Whether a socket address is in 127.0.0.0/8. */
WS2RING_INLINE BOOL IN4ADDR_ISLOOPBACK(const SOCKADDR_IN *name)
{
    return IN4_IS_ADDR_LOOPBACK(&name->sin_addr);
}

/* ---- IPv4 inside IPv6 ---- */

/** Makes *name the IPv6 form ::ffff:a.b.c.d of an IPv4 address; `port` in network byte order. */
WS2RING_INLINE void IN6ADDR_SETV4MAPPED(PSOCKADDR_IN6 name, const IN_ADDR *address, SCOPE_ID scope,
                                        USHORT port)
{
    memset(name, 0, sizeof *name);
    name->sin6_family = AF_INET6;
    name->sin6_port = port;
    name->sin6_addr.s6_addr[10] = name->sin6_addr.s6_addr[11] = 0xff;
    memcpy(&name->sin6_addr.s6_addr[12], address, sizeof *address);
    name->sin6_scope_struct = scope;
}

/** The IPv4 address in ::ffff:a.b.c.d. */
WS2RING_INLINE const UCHAR *IN6_GET_ADDR_V4MAPPED(const IN6_ADDR *address)
{
    return &address->s6_addr[12];
}

/** The IPv4 address in ::a.b.c.d. */
WS2RING_INLINE const UCHAR *IN6_GET_ADDR_V4COMPAT(const IN6_ADDR *address)
{
    return &address->s6_addr[12];
}

/* ---- Either family, AF_INET6 or AF_INET ---- */

/** Whether two addresses are the same, port and scope left out. */
WS2RING_INLINE BOOL INET_ADDR_EQUAL(ADDRESS_FAMILY family, const void *a, const void *b)
{
    return memcmp(a, b, family == AF_INET6 ? sizeof(IN6_ADDR) : sizeof(IN_ADDR)) == 0;
}

/** Makes *name the unspecified address of the family it says, with port 0. */
WS2RING_INLINE void INETADDR_SETANY(PSOCKADDR name)
{
    if (name->sa_family == AF_INET6)
        IN6ADDR_SETANY((PSOCKADDR_IN6)(void *)name);
    else
        IN4ADDR_SETANY((PSOCKADDR_IN)(void *)name);
}

/** Makes *name the loopback address of the family it says, with port 0. */
WS2RING_INLINE void INETADDR_SETLOOPBACK(PSOCKADDR name)
{
    if (name->sa_family == AF_INET6)
        IN6ADDR_SETLOOPBACK((PSOCKADDR_IN6)(void *)name);
    else
        IN4ADDR_SETLOOPBACK((PSOCKADDR_IN)(void *)name);
}

/** Whether a socket address is unspecified. */
WS2RING_INLINE BOOL INETADDR_ISANY(const SOCKADDR *name)
{
    if (name->sa_family == AF_INET6)
        return IN6ADDR_ISANY((const SOCKADDR_IN6 *)(const void *)name);
    return IN4ADDR_ISANY((const SOCKADDR_IN *)(const void *)name);
}

/** Whether a socket address is one of this host alone. */
WS2RING_INLINE BOOL INETADDR_ISLOOPBACK(const SOCKADDR *name)
{
    if (name->sa_family == AF_INET6)
        return IN6ADDR_ISLOOPBACK((const SOCKADDR_IN6 *)(const void *)name);
    return IN4ADDR_ISLOOPBACK((const SOCKADDR_IN *)(const void *)name);
}

/** Whether a socket address is an IPv4 one in IPv6. */
WS2RING_INLINE BOOL INETADDR_ISV4MAPPED(const SOCKADDR *name)
{
    return name->sa_family == AF_INET6 &&
           IN6ADDR_ISV4MAPPED((const SOCKADDR_IN6 *)(const void *)name);
}

/** Where a socket address has its IN_ADDR or IN6_ADDR. */
WS2RING_INLINE PUCHAR INETADDR_ADDRESS(const SOCKADDR *name)
{
    if (name->sa_family == AF_INET6)
        return (PUCHAR)(ULONG_PTR) & ((const SOCKADDR_IN6 *)(const void *)name)->sin6_addr;
    return (PUCHAR)(ULONG_PTR) & ((const SOCKADDR_IN *)(const void *)name)->sin_addr;
}

/** The port of a socket address, in network byte order. */
WS2RING_INLINE USHORT INETADDR_PORT(const SOCKADDR *name)
{
    return ((const SOCKADDR_IN *)(const void *)name)->sin_port; /* IPv6 has it there too */
}

/** Sets the port of a socket address, in network byte order. */
WS2RING_INLINE void INETADDR_SET_PORT(PSOCKADDR name, USHORT port)
{
    ((PSOCKADDR_IN)(void *)name)->sin_port = port;
}

/** The scope of an IPv6 socket address; an IPv4 one has none. */
WS2RING_INLINE SCOPE_ID INETADDR_SCOPE_ID(const SOCKADDR *name)
{
    SCOPE_ID scope;

    scope.Value = 0;
    if (name->sa_family == AF_INET6)
        scope = ((const SOCKADDR_IN6 *)(const void *)name)->sin6_scope_struct;
    return scope;
}

WS2RING_END_DECLS

#endif /* WS2RING_PART_INETADDR_H */
