/* SPDX-License-Identifier: MIT */
/*
 * The TCP/IP part of Winsock: today the types and options that winsock2.h leaves out. Name
 * resolution and address text are not implemented yet, and therefore not declared.
 */
#ifndef WS2RING_WS2TCPIP_H
#define WS2RING_WS2TCPIP_H

#ifndef _WS2TCPIP_H_
#define _WS2TCPIP_H_
#endif

#include <winsock2.h>
#include <ws2ipdef.h>

/* ---- Options that old programs find here ---- */

#define UDP_NOCHECKSUM        1
#define UDP_CHECKSUM_COVERAGE 20
#define TCP_EXPEDITED_1122    0x0002

/* Room for the longest text of an address, with port and terminating zero, in characters. */
#define INET_ADDRSTRLEN  22
#define INET6_ADDRSTRLEN 65

/* ---- Control codes ---- */

#define SIO_IDEAL_SEND_BACKLOG_CHANGE _IO('t', 122)
#define SIO_IDEAL_SEND_BACKLOG_QUERY  _IOR('t', 123, u_long)
#define SIO_GET_INTERFACE_LIST_EX     _IOR('t', 126, u_long)
#define SIO_GET_INTERFACE_LIST        _IOR('t', 127, u_long)
#define SIOCGIPMSFILTER               _IOW('t', 124, u_long)
#define SIO_GET_MULTICAST_FILTER      _IOW('t', 124, u_long)
#define SIOCSIPMSFILTER               _IOW('t', 125, u_long)
#define SIO_SET_MULTICAST_FILTER      _IOW('t', 125, u_long)
#define SIOCSMSFILTER                 _IOW('t', 126, u_long)
#define SIOCGMSFILTER                 _IOW('t', 127, u_long)

WS2RING_BEGIN_DECLS

/** Whether an IPv6 address is all zeros. */
WS2RING_INLINE BOOL IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR *address)
{
    static const IN6_ADDR any = IN6ADDR_ANY_INIT;

    return memcmp(address, &any, sizeof any) == 0;
}

/** Whether an IPv6 address is ::1. */
WS2RING_INLINE BOOL IN6_IS_ADDR_LOOPBACK(const IN6_ADDR *address)
{
    static const IN6_ADDR loopback = IN6ADDR_LOOPBACK_INIT;

    return memcmp(address, &loopback, sizeof loopback) == 0;
}

/** Whether an IPv6 address stands for an IPv4 one: ::ffff:a.b.c.d. */
WS2RING_INLINE BOOL IN6_IS_ADDR_V4MAPPED(const IN6_ADDR *address)
{
    static const UCHAR prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    return memcmp(address, prefix, sizeof prefix) == 0;
}

/** Whether an IPv6 address names a group: ff00::/8. */
WS2RING_INLINE BOOL IN6_IS_ADDR_MULTICAST(const IN6_ADDR *address)
{
    return address->s6_addr[0] == 0xff;
}

/** Whether an IPv6 address is valid on its link only: fe80::/10. */
WS2RING_INLINE BOOL IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR *address)
{
    return address->s6_addr[0] == 0xfe && (address->s6_addr[1] & 0xc0) == 0x80;
}

WS2RING_END_DECLS

#include <ws2ring/addrinfo.h>

#endif /* WS2RING_WS2TCPIP_H */
