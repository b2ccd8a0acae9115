/* SPDX-License-Identifier: MIT */
/*
 * Constants and questions about IPv6 addresses, as inline functions: nothing is exported for them.
 * Part of ws2ipdef.h. Every address is in network byte order.
 */
#ifndef WS2RING_PART_IN6ADDR_H
#define WS2RING_PART_IN6ADDR_H

/* ---- Well-known addresses; each source file has its own copy ---- */

/** :: */
static const IN6_ADDR in6addr_any __attribute__((__unused__)) = IN6ADDR_ANY_INIT;
/** ::1 */
static const IN6_ADDR in6addr_loopback __attribute__((__unused__)) = IN6ADDR_LOOPBACK_INIT;

/* clang-format off */
#define IN6ADDR_ALLNODESONNODE_INIT \
    { { { 0xff, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } }
#define IN6ADDR_ALLNODESONLINK_INIT \
    { { { 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } }
#define IN6ADDR_ALLROUTERSONLINK_INIT \
    { { { 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 } } }
/* clang-format on */

/** ff02::1 */
static const IN6_ADDR in6addr_allnodesonlink __attribute__((__unused__)) =
    IN6ADDR_ALLNODESONLINK_INIT;
/** ff02::2 */
static const IN6_ADDR in6addr_allroutersonlink __attribute__((__unused__)) =
    IN6ADDR_ALLROUTERSONLINK_INIT;

/* Lengths of well-known prefixes, in bits. */
#define IN6ADDR_6TO4PREFIX_LENGTH                   16
#define IN6ADDR_LINKLOCALPREFIX_LENGTH              64
#define IN6ADDR_MULTICASTPREFIX_LENGTH              8
#define IN6ADDR_SOLICITEDNODEMULTICASTPREFIX_LENGTH 104
#define IN6ADDR_TEREDOPREFIX_LENGTH                 32
#define IN6ADDR_V4MAPPEDPREFIX_LENGTH               96

/* Where an address that embeds an IPv4 one has its reserved octet. */
#define IN6_EMBEDDEDV4_UOCTET_POSITION 8
#define IN6_EMBEDDEDV4_BITS_IN_BYTE    8

WS2RING_BEGIN_DECLS

/* ---- Questions ---- */

/** Whether two addresses are the same. */
WS2RING_INLINE BOOL IN6_ADDR_EQUAL(const IN6_ADDR *a, const IN6_ADDR *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/** Whether an address is all zeros. */
WS2RING_INLINE BOOL IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR *address)
{
    return IN6_ADDR_EQUAL(address, &in6addr_any);
}

/** Whether an address is ::1. */
WS2RING_INLINE BOOL IN6_IS_ADDR_LOOPBACK(const IN6_ADDR *address)
{
    return IN6_ADDR_EQUAL(address, &in6addr_loopback);
}

/** Whether an address names a group: ff00::/8. */
WS2RING_INLINE BOOL IN6_IS_ADDR_MULTICAST(const IN6_ADDR *address)
{
    return address->s6_addr[0] == 0xff;
}

/** Whether an address is that of one interface: neither unspecified nor a group. */
WS2RING_INLINE BOOL IN6_IS_ADDR_EUI64(const IN6_ADDR *address)
{
    UCHAR format = address->s6_addr[0] & 0xe0;

    return format != 0 && format != 0xe0;
}

/** Whether an address is valid on its link only: fe80::/10. */
WS2RING_INLINE BOOL IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR *address)
{
    return address->s6_addr[0] == 0xfe && (address->s6_addr[1] & 0xc0) == 0x80;
}

/** Whether an address is valid in its site only: fec0::/10. */
WS2RING_INLINE BOOL IN6_IS_ADDR_SITELOCAL(const IN6_ADDR *address)
{
    return address->s6_addr[0] == 0xfe && (address->s6_addr[1] & 0xc0) == 0xc0;
}

/** Whether an address can be reached from everywhere. */
WS2RING_INLINE BOOL IN6_IS_ADDR_GLOBAL(const IN6_ADDR *address)
{
    UCHAR high = address->s6_addr[0] & 0xe0;

    return high != 0 && high != 0xe0;
}

/** Whether an address stands for an IPv4 one: ::ffff:a.b.c.d. */
WS2RING_INLINE BOOL IN6_IS_ADDR_V4MAPPED(const IN6_ADDR *address)
{
    static const UCHAR prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    return memcmp(address, prefix, sizeof prefix) == 0;
}

/** Whether an address is an IPv4 one after twelve zeros, other than :: and ::1. */
WS2RING_INLINE BOOL IN6_IS_ADDR_V4COMPAT(const IN6_ADDR *address)
{
    return memcmp(address, &in6addr_any, 12) == 0 && !IN6_IS_ADDR_UNSPECIFIED(address) &&
           !IN6_IS_ADDR_LOOPBACK(address);
}

/** Whether an address stands for an IPv4 one behind a translator: ::ffff:0:a.b.c.d. */
WS2RING_INLINE BOOL IN6_IS_ADDR_V4TRANSLATED(const IN6_ADDR *address)
{
    static const UCHAR prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};

    return memcmp(address, prefix, sizeof prefix) == 0;
}

/* ---- Groups, by scope ---- */

WS2RING_INLINE BOOL IN6_IS_ADDR_MC_NODELOCAL(const IN6_ADDR *address)
{
    return IN6_IS_ADDR_MULTICAST(address) && (address->s6_addr[1] & 0xf) == 1;
}

WS2RING_INLINE BOOL IN6_IS_ADDR_MC_LINKLOCAL(const IN6_ADDR *address)
{
    return IN6_IS_ADDR_MULTICAST(address) && (address->s6_addr[1] & 0xf) == 2;
}

WS2RING_INLINE BOOL IN6_IS_ADDR_MC_SITELOCAL(const IN6_ADDR *address)
{
    return IN6_IS_ADDR_MULTICAST(address) && (address->s6_addr[1] & 0xf) == 5;
}

WS2RING_INLINE BOOL IN6_IS_ADDR_MC_ORGLOCAL(const IN6_ADDR *address)
{
    return IN6_IS_ADDR_MULTICAST(address) && (address->s6_addr[1] & 0xf) == 8;
}

WS2RING_INLINE BOOL IN6_IS_ADDR_MC_GLOBAL(const IN6_ADDR *address)
{
    return IN6_IS_ADDR_MULTICAST(address) && (address->s6_addr[1] & 0xf) == 0xe;
}

/* ---- Socket addresses ---- */

/** Makes *name the unspecified address, with port 0. */
WS2RING_INLINE void IN6ADDR_SETANY(PSOCKADDR_IN6 name)
{
    memset(name, 0, sizeof *name);
    name->sin6_family = AF_INET6;
}

/** Makes *name the loopback address, with port 0. */
WS2RING_INLINE void IN6ADDR_SETLOOPBACK(PSOCKADDR_IN6 name)
{
    IN6ADDR_SETANY(name);
    name->sin6_addr.s6_addr[15] = 1;
}

/** Whether a socket address is unspecified. */
WS2RING_INLINE BOOL IN6ADDR_ISANY(const SOCKADDR_IN6 *name)
{
    return IN6_IS_ADDR_UNSPECIFIED(&name->sin6_addr);
}

/** Whether a socket address is ::1. */
WS2RING_INLINE BOOL IN6ADDR_ISLOOPBACK(const SOCKADDR_IN6 *name)
{
    return IN6_IS_ADDR_LOOPBACK(&name->sin6_addr);
}

/** Whether a socket address stands for an IPv4 one. */
WS2RING_INLINE BOOL IN6ADDR_ISV4MAPPED(const SOCKADDR_IN6 *name)
{
    return IN6_IS_ADDR_V4MAPPED(&name->sin6_addr);
}

WS2RING_END_DECLS

#endif /* WS2RING_PART_IN6ADDR_H */
