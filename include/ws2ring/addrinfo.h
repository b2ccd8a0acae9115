/* SPDX-License-Identifier: MIT */
/* Addresses as text and names: inet_pton, getaddrinfo and kin. Part of ws2tcpip.h. */
#ifndef WS2RING_PART_ADDRINFO_H
#define WS2RING_PART_ADDRINFO_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
