/* SPDX-License-Identifier: MIT */
/*
 * The TCP/IP part of Winsock: options that winsock2.h leaves out, name resolution and addresses as
 * text.
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

#include <ws2ring/addrinfo.h>
#include <ws2ring/addrinfoex.h>
#include <ws2ring/typed_options.h>

#endif /* WS2RING_WS2TCPIP_H */
