/* SPDX-License-Identifier: MIT */
/*
 * Sending and receiving: send, recv, sendto, recvfrom, WSASendTo, WSARecvFrom, WSASendMsg. Part of
 * winsock2.h, which holds WSASend and WSARecv itself; WSARecvMsg is an extension function.
 */
#ifndef WS2RING_PART_DATA_H
#define WS2RING_PART_DATA_H

WS2RING_BEGIN_DECLS

/**
 * Sends to the peer of a connected socket.
 *
 * @param s     a connected socket
 * @param buf   the data; only read
 * @param len   bytes; 0 sends an empty datagram, and nothing on a stream
 * @param flags MSG_DONTROUTE, MSG_OOB
 * @return the bytes sent; on a stream always all of them. SOCKET_ERROR with WSAGetLastError()
 *         WSANOTINITIALISED, WSAENOTSOCK, WSAESHUTDOWN, WSAENOTCONN, WSAEINVAL (unknown flag, or
 *         MSG_OOB with SO_OOBINLINE), WSAEOPNOTSUPP (MSG_OOB on a datagram socket), WSAEFAULT,
 *         WSAEMSGSIZE (datagram too long), WSAEACCES (broadcast), WSAEWOULDBLOCK, WSAENOBUFS,
 *         WSAEHOSTUNREACH, WSAECONNABORTED, WSAECONNRESET or WSAETIMEDOUT
 * Linux:   a non-blocking send is never partial: it is taken whole, or WSAEWOULDBLOCK.
 * Source:  Microsoft Learn, "send function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI send(SOCKET s, const char *buf, int len, int flags) WS2RING_SYM(send);

/**
 * Receives on a connected stream or a bound datagram socket.
 *
 * @param s     a connected stream, or a bound or connected datagram socket
 * @param buf   where the data go
 * @param len   room in bytes
 * @param flags MSG_PEEK, MSG_OOB, MSG_WAITALL (blocking streams)
 * @return the bytes received; 0: an empty datagram, or the peer has ended the stream. SOCKET_ERROR
 *         with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAESHUTDOWN, WSAENOTCONN,
 *         WSAEINVAL (not bound, unknown flag, or MSG_OOB without urgent data), WSAEOPNOTSUPP
 *         (`flags`), WSAEFAULT, WSAEMSGSIZE (a longer datagram: buf is full, the rest is lost),
 *         WSAEWOULDBLOCK, WSAENOBUFS, WSAECONNABORTED, WSAECONNRESET (also: nobody listens where a
 *         connected datagram socket sent to) or WSAETIMEDOUT
 * Source:  Microsoft Learn, "recv function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI recv(SOCKET s, char *buf, int len, int flags) WS2RING_SYM(recv);

/**
 * Sends one datagram to an address.
 *
 * @param s     any datagram socket, which gets a local address if it has none; or a connected
 *              stream, which ignores the address
 * @param buf   the data; only read
 * @param len   bytes; 0 sends an empty datagram
 * @param flags MSG_DONTROUTE, MSG_OOB (streams)
 * @param to    destination; NULL: the peer of a connected socket
 * @param tolen bytes of `to`
 * @return as send(), and also WSAEFAULT (`to` or `tolen`), WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL (no
 *         port, or the unspecified address), WSAENETUNREACH
 * Source:  Microsoft Learn, "sendto function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI sendto(SOCKET s, const char *buf, int len, int flags,
                              const struct sockaddr *to, int tolen) WS2RING_SYM(sendto);

/**
 * Receives one datagram and who sent it.
 *
 * @param s       as for recv(); a stream leaves `from` and `fromlen` alone
 * @param buf     where the data go
 * @param len     room in bytes
 * @param flags   as for recv()
 * @param from    gets the sender; NULL: nobody asks
 * @param fromlen in: room in bytes, out: length of the address; needed with `from`
 * @return as recv(), and also WSAEFAULT when the address does not fit; no datagram is lost then
 * Source:  Microsoft Learn, "recvfrom function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI recvfrom(SOCKET s, char *buf, int len, int flags, struct sockaddr *from,
                                int *fromlen) WS2RING_SYM(recvfrom);

/**
 * Sends one datagram from several buffers, at once or overlapped.
 *
 * @param s          as for sendto()
 * @param buffers    where the data are; the array is read before the call returns
 * @param count      number of buffers
 * @param sent       receives the bytes sent when the call succeeds at once; may be NULL with
 *                   `overlapped`
 * @param flags      MSG_DONTROUTE, MSG_OOB (streams)
 * @param to         destination, copied before the call returns; NULL: the peer
 * @param tolen      bytes of `to`
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @param routine    called on completion, or NULL
 * @return as WSASend(), and also WSAEFAULT (`to` or `tolen`), WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL,
 *         WSAEACCES (broadcast), WSAENETUNREACH, WSAEHOSTUNREACH
 * Source:  Microsoft Learn, "WSASendTo function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSASendTo(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                                 const struct sockaddr *to, int tolen, LPWSAOVERLAPPED overlapped,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) WS2RING_SYM(WSASendTo);

/**
 * Receives one datagram into several buffers, and who sent it, at once or overlapped.
 *
 * @param s          as for recvfrom()
 * @param buffers    where to put the data; the array is read before the call returns
 * @param count      number of buffers
 * @param received   receives the bytes received when the call succeeds at once; may be NULL with
 *                   `overlapped`
 * @param flags      in: MSG_ values; out, when the call ends at once: MSG_PARTIAL for a datagram
 *                   that did not fit
 * @param from       gets the sender; NULL: nobody asks
 * @param fromlen    in: room in bytes, out: length of the address. Both are written when the
 *                   operation ends, and must last that long
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @param routine    called on completion, or NULL
 * @return as WSARecv(), and also WSAEFAULT when the address does not fit; no datagram is lost then
 * Source:  Microsoft Learn, "WSARecvFrom function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received,
                                   LPDWORD flags, struct sockaddr *from, LPINT fromlen,
                                   LPWSAOVERLAPPED overlapped,
                                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
    WS2RING_SYM(WSARecvFrom);

/**
 * Sends one datagram with control messages beside the data, at once or overlapped.
 *
 * @param s          a datagram or raw socket, which gets a local address if it has none
 * @param message    `name` and `namelen`: destination, NULL and 0: the peer; `lpBuffers` and
 *                   `dwBufferCount`: the data; `Control`: control messages; `dwFlags` is not looked
 *                   at. All but the data are read before the call returns
 * @param flags      MSG_DONTROUTE
 * @param sent       receives the bytes sent when the call succeeds at once; may be NULL with
 *                   `overlapped`
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @param routine    called on completion, or NULL
 * @return as WSASendTo(), and also WSAEFAULT (`message`; no `name` with a length; no `Control` with
 *         a length), WSAEINVAL (a control message that is malformed, unknown here, or has an
 *         impossible value) and WSAEOPNOTSUPP (streams)
 * Linux:   IP_PKTINFO, IP_TTL, IP_HOPLIMIT, IP_TOS, IP_TCLASS, IP_ECN, IPV6_PKTINFO, IPV6_HOPLIMIT,
 *          IPV6_TCLASS, IPV6_ECN and UDP_SEND_MSG_SIZE are sent as Linux' control messages.
 * Source:  Microsoft Learn, "WSASendMsg function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSASendMsg(SOCKET s, LPWSAMSG message, DWORD flags, LPDWORD sent,
                                  LPWSAOVERLAPPED overlapped,
                                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
    WS2RING_SYM(WSASendMsg);

WS2RING_END_DECLS

#endif
