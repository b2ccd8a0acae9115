/* SPDX-License-Identifier: MIT */
/* Learning of network events: select, WSAPoll, WSAEventSelect, WSAEnumNetworkEvents. */
#ifndef WS2RING_PART_NETEVENTS_H
#define WS2RING_PART_NETEVENTS_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
