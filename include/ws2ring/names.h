/* SPDX-License-Identifier: MIT */
/* Addresses as text and names: inet_addr, inet_ntoa, gethostname. Part of winsock2.h. */
#ifndef WS2RING_PART_NAMES_H
#define WS2RING_PART_NAMES_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
