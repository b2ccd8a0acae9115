/* SPDX-License-Identifier: MIT */
/* The protocols there are, and sockets for other processes. Part of winsock2.h. */
#ifndef WS2RING_PART_SHARING_H
#define WS2RING_PART_SHARING_H

WS2RING_BEGIN_DECLS

/**
 * Lists the protocols that sockets can be made for.
 *
 * @param protocols  numbers (IPPROTO_) that are wanted, with a 0 at the end; NULL: all. Unknown
 *                   ones are ignored
 * @param buffer     gets one structure for each, in the order in which WSASocket() tries them
 * @param bytes      in: room in `buffer`, in bytes; out: when it is too little, what is needed
 * @return how many were written; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED,
 *         WSAENETDOWN, WSAEINPROGRESS, WSAEFAULT (a pointer) or WSAENOBUFS (`bytes`)
 * Linux:   TCP and UDP over IPv4 and IPv6, and AF_UNIX, whether or not the kernel has them.
 * Source:  Microsoft Learn, "WSAEnumProtocolsA function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAEnumProtocolsA(LPINT protocols, LPWSAPROTOCOL_INFOA buffer, LPDWORD bytes)
    WS2RING_SYM(WSAEnumProtocolsA);

/**
 * WSAEnumProtocolsA() with wide names.
 *
 * @param buffer     gets the structures; everything else as WSAEnumProtocolsA()
 * @return as WSAEnumProtocolsA()
 * Linux:   one function for each width of WCHAR; this header picks the one that fits.
 * Source:  Microsoft Learn, "WSAEnumProtocolsW function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAEnumProtocolsW(LPINT protocols, LPWSAPROTOCOL_INFOW buffer, LPDWORD bytes)
    WS2RING_SYM_WIDE(WSAEnumProtocolsW);

/**
 * Offers a socket to a process, which makes it its own with WSASocket(FROM_PROTOCOL_INFO,
 * FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0, flags), once. Until then the offer keeps the
 * connection, also when the socket is closed here.
 *
 * @param s          the socket
 * @param process    id of the process that may take it; may be this one
 * @param info       gets what that process needs; hand it over whole, in any way
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS,
 *         WSAENOTSOCK, WSAEINVAL (there is no such process), WSAEFAULT (`info`), WSAEMFILE or
 *         WSAENOBUFS
 * Linux:   another process has to be of the same user and in the same network namespace, and has to
 *          take the socket while this one runs. What it gets is another handle of the same kernel
 *          socket; options that this library keeps by itself are copied, not shared.
 * Source:  Microsoft Learn, "WSADuplicateSocketA function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSADuplicateSocketA(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOA info)
    WS2RING_SYM(WSADuplicateSocketA);

/**
 * WSADuplicateSocketA() with wide protocol information.
 *
 * @param info       as WSADuplicateSocketA(); WSASocketW() takes it
 * @return as WSADuplicateSocketA()
 * Linux:   one function for each width of WCHAR; this header picks the one that fits.
 * Source:  Microsoft Learn, "WSADuplicateSocketW function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSADuplicateSocketW(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOW info)
    WS2RING_SYM_WIDE(WSADuplicateSocketW);

WS2RING_END_DECLS

#endif /* WS2RING_PART_SHARING_H */
