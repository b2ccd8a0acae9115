/* SPDX-License-Identifier: MIT */
/* Connecting: connect, WSAConnect, WSAConnectByList, WSAConnectByName, WSAJoinLeaf, WSAAccept. Part
 * of winsock2.h. */
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
 *         SO_BROADCAST), WSAEADDRINUSE, WSAENOBUFS or WSAEINTR (closed, or cancelled)
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
 * @param gqos              the same for the socket group whose creator `s` is; else ignored
 * @return as connect(), and WSAEPROTONOSUPPORT (`caller_data`), WSAEFAULT (`caller_data`,
 *         `callee_data`, `sqos`, `gqos`), WSAEOPNOTSUPP (`sqos`, `gqos`) and WSAEINVAL (the group
 *         of `s` is constrained to another host)
 * Linux:   TCP carries no connect data, and there is no service to ask for quality.
 * Source:  Windows Sockets 2 API 2.2.2 (1997), "WSAConnect()"; Microsoft Learn, "WSAConnect
 *          function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAConnect(SOCKET s, const struct sockaddr *name, int namelen,
                                  LPWSABUF caller_data, LPWSABUF callee_data, LPQOS sqos,
                                  LPQOS gqos) WS2RING_SYM(WSAConnect);

/**
 * Connects a stream socket to the first of several addresses that answers. Waits, also when the
 * socket is non-blocking.
 *
 * @param s             a stream socket that is neither connected nor bound
 * @param list          addresses with ports, of the socket's family; on an IPv6 socket with
 *                      IPV6_V6ONLY off IPv4 ones are written as ::ffff:a.b.c.d
 * @param local_bytes   room in `local` and then its length, in bytes; not looked at without `local`
 * @param local         gets the local address, with a port of 0; may be NULL
 * @param remote_bytes  the same for `remote`
 * @param remote        gets the address that answered; may be NULL
 * @param timeout       how long to try, all addresses together; NULL: until each has failed
 * @param reserved      NULL
 * @return TRUE: connected; until SO_UPDATE_CONNECT_CONTEXT is set the socket is as after ConnectEx.
 *         FALSE with WSAGetLastError(): what the last attempt failed with, WSAETIMEDOUT,
 *         WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (`list`, `timeout`, `reserved`, or the socket's
 *         kind or state), WSAEISCONN, WSAEALREADY, WSAEFAULT (memory) or WSAENOBUFS
 * Linux:   an attempt that is under way when the time is over is given up.
 * Source:  Microsoft Learn, "WSAConnectByList function"; docs/calls for check order.
 */
WS2RING_API BOOL WSAAPI WSAConnectByList(SOCKET s, PSOCKET_ADDRESS_LIST list, LPDWORD local_bytes,
                                         LPSOCKADDR local, LPDWORD remote_bytes, LPSOCKADDR remote,
                                         const struct timeval *timeout, LPWSAOVERLAPPED reserved)
    WS2RING_SYM(WSAConnectByList);

/**
 * Connects a stream socket to a service of a host: looks both up, then does as WSAConnectByList().
 *
 * @param s             a stream socket that is not connected; may be bound
 * @param node          the host's name or address
 * @param service       the service's name, or a port in decimal
 * @param local_bytes, local, remote_bytes, remote, timeout, reserved  as for WSAConnectByList();
 *                      looking up counts for the time, but is not cut short
 * @return as WSAConnectByList(), and WSAHOST_NOT_FOUND (`node`), WSATYPE_NOT_FOUND (`service`),
 *         WSATRY_AGAIN or WSANO_RECOVERY; WSAEINVAL also without `node` or `service`, WSAEFAULT
 *         also on a socket that is no stream
 * Linux:   names are looked up as getaddrinfo() does.
 * Source:  Microsoft Learn, "WSAConnectByNameA function"; docs/calls for check order.
 */
WS2RING_API BOOL WSAAPI WSAConnectByNameA(SOCKET s, LPCSTR node, LPCSTR service,
                                          LPDWORD local_bytes, LPSOCKADDR local,
                                          LPDWORD remote_bytes, LPSOCKADDR remote,
                                          const struct timeval *timeout, LPWSAOVERLAPPED reserved)
    WS2RING_SYM(WSAConnectByNameA);

/**
 * WSAConnectByNameA() with wide text.
 *
 * @param node, service  wide text; everything else as WSAConnectByNameA()
 * @return as WSAConnectByNameA()
 * Linux:   two functions stand behind this name, for 32-bit and 16-bit WCHAR.
 * Source:  Microsoft Learn, "WSAConnectByNameW function"; docs/calls for check order.
 */
WS2RING_API BOOL WSAAPI WSAConnectByNameW(SOCKET s, LPWSTR node, LPWSTR service,
                                          LPDWORD local_bytes, LPSOCKADDR local,
                                          LPDWORD remote_bytes, LPSOCKADDR remote,
                                          const struct timeval *timeout, LPWSAOVERLAPPED reserved)
    WS2RING_SYM_WIDE(WSAConnectByNameW);

#ifdef UNICODE
#define WSAConnectByName WSAConnectByNameW
#else
#define WSAConnectByName WSAConnectByNameA
#endif

/**
 * accept() with a condition function, which decides about the connection before a socket is made.
 *
 * @param s, addr, addrlen  as for accept()
 * @param condition         runs on the calling thread and returns CF_ACCEPT, CF_REJECT (the client
 *                          is reset) or CF_DEFER (the connection stays the first in the queue); its
 *                          caller data and callee data are empty, both qualities of service are
 *                          NULL; the new socket enters the group that it names; NULL: as accept()
 * @param context           passed on to `condition`
 * @return the new socket; INVALID_SOCKET with WSAGetLastError() as accept(), and WSATRY_AGAIN
 *         (CF_DEFER), WSAECONNREFUSED (CF_REJECT), WSAEINVAL also for any other answer (the
 *         connection stays) or a wrong group (the client is reset), WSAEACCES (the client went away
 *         while `condition` ran) and WSAEFAULT also for `condition`
 * Linux:   the connection stands before `condition` runs, with SO_CONDITIONAL_ACCEPT too: a client
 *          may send before it is accepted or reset.
 * Source:  Windows Sockets 2 API 2.2.2 (1997), "WSAAccept()"; Microsoft Learn, "WSAAccept
 *          function"; docs/calls for check order.
 */
WS2RING_API SOCKET WSAAPI WSAAccept(SOCKET s, struct sockaddr *addr, LPINT addrlen,
                                    LPCONDITIONPROC condition, DWORD_PTR context)
    WS2RING_SYM(WSAAccept);

/**
 * Joins a multipoint session: an IP multicast group with a port.
 *
 * @param s          a datagram or raw socket made with WSA_FLAG_MULTIPOINT_C_LEAF and
 *                   WSA_FLAG_MULTIPOINT_D_LEAF; a receiver without a local address is bound to the
 *                   session's port, a sender to any
 * @param name       the group and the port; on IPv6 with the interface in sin6_scope_id, or 0
 * @param namelen    length of `name`, in bytes; may be larger than the address
 * @param caller_data, callee_data, sqos, gqos  as for WSAConnect() on a datagram socket
 * @param flags      JL_SENDER_ONLY, JL_RECEIVER_ONLY or JL_BOTH; a sender's datagrams without a
 *                   destination go to the session that it joined last
 * @return `s`; INVALID_SOCKET with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEOPNOTSUPP
 *         (a stream, `sqos`, `gqos`), WSAEINVAL (not made for it, `flags`), WSAEFAULT (`name`,
 *         `namelen`, `sqos`, `gqos`), WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL (no group, or no port),
 *         WSAEADDRINUSE, WSAEISCONN (joined already), WSAENETUNREACH or WSAENOBUFS
 * Linux:   IP_ADD_MEMBERSHIP, on the interface that an IPv4 socket is bound to or that the route
 *          takes; with IPv4 on the loopback interface where there is no route.
 * Source:  Microsoft Learn, "WSAJoinLeaf function"; docs/calls for check order.
 */
WS2RING_API SOCKET WSAAPI WSAJoinLeaf(SOCKET s, const struct sockaddr *name, int namelen,
                                      LPWSABUF caller_data, LPWSABUF callee_data, LPQOS sqos,
                                      LPQOS gqos, DWORD flags) WS2RING_SYM(WSAJoinLeaf);

WS2RING_END_DECLS

#endif
