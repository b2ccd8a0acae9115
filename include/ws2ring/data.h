/* SPDX-License-Identifier: MIT */
/* Sending and receiving: send, recv, sendto, recvfrom, WSASendTo, WSARecvFrom. */
#ifndef WS2RING_PART_DATA_H
#define WS2RING_PART_DATA_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
