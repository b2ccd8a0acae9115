/* SPDX-License-Identifier: MIT */
/* Connecting: connect, WSAConnect. */
#ifndef WS2RING_PART_CONNECT_H
#define WS2RING_PART_CONNECT_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
