/* SPDX-License-Identifier: MIT */
/*
 * The header of Winsock 1.1, which is version 2 under its old name here. Programs may include it
 * before, after or without winsock2.h: the constants are always those of version 2, which is what
 * the library understands (IP_ADD_MEMBERSHIP and its neighbours had other values in 1.1).
 */
#ifndef WS2RING_WINSOCK_H
#define WS2RING_WINSOCK_H

#include <winsock2.h>

/* 1.1 had multicast options and Microsoft's extensions in the same header. */
#include <mswsock.h>
#include <ws2ipdef.h>

#endif /* WS2RING_WINSOCK_H */
