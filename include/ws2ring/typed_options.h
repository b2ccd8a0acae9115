/* SPDX-License-Identifier: MIT */
/*
 * Options and control codes as functions with types. They are inline here as on Windows: nothing is
 * exported for them, and each fails as the call behind it. Part of ws2tcpip.h.
 */
#ifndef WS2RING_PART_TYPED_OPTIONS_H
#define WS2RING_PART_TYPED_OPTIONS_H

#include <winsock2.h>
#include <ws2ipdef.h>

WS2RING_BEGIN_DECLS

/* ---- One option of 32 bits, set and read ---- */

WS2RING_INLINE int ws2ring_set_dword(SOCKET s, int level, int name, DWORD value)
{
    return setsockopt(s, level, name, (const char *)&value, sizeof value);
}

WS2RING_INLINE int ws2ring_get_dword(SOCKET s, int level, int name, DWORD *value)
{
    int length = sizeof *value;

    return getsockopt(s, level, name, (char *)value, &length);
}

/* IPPROTO_IPV6 or IPPROTO_IP: the level of the options below that both have; -1 with the last error
 * set. */
WS2RING_INLINE int ws2ring_ip_level(SOCKET s)
{
    WSAPROTOCOL_INFOA info;
    int length = sizeof info;

    if (getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&info, &length) != 0)
        return -1;
    return info.iAddressFamily == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

/** Sets UDP_SEND_MSG_SIZE: the size of the datagrams a send is cut into, in bytes; 0: not cut. */
WS2RING_INLINE int WSASetUdpSendMessageSize(SOCKET s, DWORD bytes)
{
    return ws2ring_set_dword(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, bytes);
}

/** Reads UDP_SEND_MSG_SIZE. */
WS2RING_INLINE int WSAGetUdpSendMessageSize(SOCKET s, DWORD *bytes)
{
    return ws2ring_get_dword(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, bytes);
}

/** Sets UDP_RECV_MAX_COALESCED_SIZE: how many bytes of datagrams one receive may join; 0: none. */
WS2RING_INLINE int WSASetUdpRecvMaxCoalescedSize(SOCKET s, DWORD bytes)
{
    return ws2ring_set_dword(s, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, bytes);
}

/** Reads UDP_RECV_MAX_COALESCED_SIZE. */
WS2RING_INLINE int WSAGetUdpRecvMaxCoalescedSize(SOCKET s, DWORD *bytes)
{
    return ws2ring_get_dword(s, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, bytes);
}

/** Sets TCP_FAIL_CONNECT_ON_ICMP_ERROR. */
WS2RING_INLINE int WSASetFailConnectOnIcmpError(SOCKET s, BOOL fail)
{
    return ws2ring_set_dword(s, IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, (DWORD)fail);
}

/** Reads TCP_FAIL_CONNECT_ON_ICMP_ERROR. */
WS2RING_INLINE int WSAGetFailConnectOnIcmpError(SOCKET s, BOOL *fail)
{
    return ws2ring_get_dword(s, IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, (DWORD *)fail);
}

/** Reads TCP_ICMP_ERROR_INFO. */
WS2RING_INLINE int WSAGetIcmpErrorInfo(SOCKET s, PICMP_ERROR_INFO info)
{
    int length = sizeof *info;

    return getsockopt(s, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, (char *)info, &length);
}

/** Sets IP_USER_MTU or IPV6_USER_MTU, in bytes. */
WS2RING_INLINE int WSASetIPUserMtu(SOCKET s, DWORD bytes)
{
    int level = ws2ring_ip_level(s);

    return level < 0 ? SOCKET_ERROR : ws2ring_set_dword(s, level, IP_USER_MTU, bytes);
}

/** Reads IP_USER_MTU or IPV6_USER_MTU. */
WS2RING_INLINE int WSAGetIPUserMtu(SOCKET s, DWORD *bytes)
{
    int level = ws2ring_ip_level(s);

    return level < 0 ? SOCKET_ERROR : ws2ring_get_dword(s, level, IP_USER_MTU, bytes);
}

/** Sets IP_RECVECN or IPV6_RECVECN. */
WS2RING_INLINE int WSASetRecvIPEcn(SOCKET s, DWORD enabled)
{
    int level = ws2ring_ip_level(s);

    return level < 0 ? SOCKET_ERROR : ws2ring_set_dword(s, level, IP_RECVECN, enabled);
}

/** Reads IP_RECVECN or IPV6_RECVECN. */
WS2RING_INLINE int WSAGetRecvIPEcn(SOCKET s, DWORD *enabled)
{
    int level = ws2ring_ip_level(s);

    return level < 0 ? SOCKET_ERROR : ws2ring_get_dword(s, level, IP_RECVECN, enabled);
}

/* ---- Control codes ---- */

/** Asks how many bytes should be on their way: SIO_IDEAL_SEND_BACKLOG_QUERY. */
WS2RING_INLINE int idealsendbacklogquery(SOCKET s, ULONG *bytes)
{
    DWORD returned = 0;

    return WSAIoctl(s, SIO_IDEAL_SEND_BACKLOG_QUERY, NULL, 0, bytes, sizeof *bytes, &returned, NULL,
                    NULL);
}

/** Waits until that number changes: SIO_IDEAL_SEND_BACKLOG_CHANGE. */
WS2RING_INLINE int idealsendbacklognotify(SOCKET s, LPWSAOVERLAPPED overlapped,
                                          LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    DWORD returned = 0;

    return WSAIoctl(s, SIO_IDEAL_SEND_BACKLOG_CHANGE, NULL, 0, NULL, 0, &returned, overlapped,
                    routine);
}

WS2RING_END_DECLS

#endif /* WS2RING_PART_TYPED_OPTIONS_H */
