/* SPDX-License-Identifier: MIT */
/* Connecting: connect, WSAConnect. Part of winsock2.h. */
#ifndef WS2RING_PART_CONNECT_H
#define WS2RING_PART_CONNECT_H

WS2RING_BEGIN_DECLS

/**
 * Connects a stream socket, or gives a datagram socket its only partner. A socket without a local
 * address gets one.
 *
 * @param s          a stream socket that is not connected, or a datagram socket in any state
 * @param name       whom to connect to; for a datagram socket an address of zeros, or the family
 *                   AF_UNSPEC, takes the partner away again
 * @param namelen    length of `name`, in bytes; may be larger than the address
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSAEWOULDBLOCK (non-blocking stream: the outcome
 *         follows), WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (listening, or ConnectEx is concerned
 *         with the socket), WSAEISCONN, WSAEALREADY (a connect is under way), WSAEFAULT (`name`,
 *         `namelen`), WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL (no address or no port), WSAECONNREFUSED,
 *         WSAETIMEDOUT, WSAENETUNREACH, WSAEHOSTUNREACH, WSAEACCES (broadcast without
 *         SO_BROADCAST), WSAEADDRINUSE, WSAENOBUFS or WSAEINTR (closed in another thread)
 * Linux:   gives up after net.ipv4.tcp_syn_retries (about two minutes by default).
 * Source:  Microsoft Learn, "connect function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI connect(SOCKET s, const struct sockaddr *name, int namelen)
    WS2RING_SYM(connect);

/**
 * connect() with connect data and a quality of service.
 *
 * @param s, name, namelen  as for connect()
 * @param caller_data       data to go along with the request: streams have none, so NULL or an
 *                          empty buffer; datagram sockets ignore it
 * @param callee_data       its `len` becomes 0, because nothing comes back; may be NULL; datagram
 *                          sockets ignore it
 * @param sqos              what is wanted of the flow; only "best effort" and "no traffic" can be
 *                          had; may be NULL
 * @param gqos              ignored: no socket is the creator of a group
 * @return as connect(), and WSAEPROTONOSUPPORT (`caller_data`), WSAEFAULT (`caller_data`,
 *         `callee_data`, `sqos`) and WSAEOPNOTSUPP (`sqos`)
 * Linux:   TCP carries no connect data, and there is no service to ask for quality.
 * Source:  Windows Sockets 2 API 2.2.2 (1997), "WSAConnect()"; Microsoft Learn, "WSAConnect
 *          function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAConnect(SOCKET s, const struct sockaddr *name, int namelen,
                                  LPWSABUF caller_data, LPWSABUF callee_data, LPQOS sqos,
                                  LPQOS gqos) WS2RING_SYM(WSAConnect);

WS2RING_END_DECLS

#endif
