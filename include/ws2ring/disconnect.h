/* SPDX-License-Identifier: MIT */
/* Ending one direction of a connection, as Winsock 2 spelled it first. Part of winsock2.h. */
#ifndef WS2RING_PART_DISCONNECT_H
#define WS2RING_PART_DISCONNECT_H

WS2RING_BEGIN_DECLS

/**
 * Ends sending, as shutdown(SD_SEND) does, with a last message for protocols that have one.
 *
 * @param s     a connected stream, or a datagram socket
 * @param data  NULL: TCP carries none
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS,
 *         WSAENOTSOCK, WSAENOTCONN, WSAEFAULT (`data` is not readable), WSAENOPROTOOPT (`data` is
 *         not NULL), WSAECONNABORTED or WSAECONNRESET
 * Source:  Microsoft Learn, "WSASendDisconnect function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF data) WS2RING_SYM(WSASendDisconnect);

/**
 * Ends receiving, and asks for the peer's last message, for protocols that have one.
 *
 * @param s     a connected stream, or a datagram socket
 * @param data  NULL: TCP carries none
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS,
 *         WSAENOTSOCK, WSAENOTCONN, WSAEFAULT (`data` is not readable) or WSAENOPROTOOPT (`data` is
 *         not NULL)
 * Linux:   the protocol below learns nothing of it: what arrives is kept until the window is full,
 *          unlike after shutdown(SD_RECEIVE).
 * Source:  Microsoft Learn, "WSARecvDisconnect function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSARecvDisconnect(SOCKET s, LPWSABUF data) WS2RING_SYM(WSARecvDisconnect);

WS2RING_END_DECLS

#endif
