/* SPDX-License-Identifier: MIT */
/*
 * Options and control codes as functions with types. They are inline here as on Windows: nothing is
 * exported for them, and each fails as the call behind it. Part of ws2tcpip.h.
 */
#ifndef WS2RING_PART_TYPED_OPTIONS_H
#define WS2RING_PART_TYPED_OPTIONS_H

#include <winsock2.h>
#include <ws2ipdef.h>

#include <stdlib.h>

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

/* ---- Whose datagrams a group brings: the whole list of sources at once ---- */

/* One request in one buffer: `bytes` go in, and the answer comes back to the same place. */
WS2RING_INLINE int ws2ring_filter_ioctl(SOCKET s, DWORD code, void *request, DWORD bytes)
{
    DWORD returned = 0;

    return WSAIoctl(s, code, request, bytes, request, bytes, &returned, NULL, NULL);
}

/* Memory for a request, or NULL with the last error WSAENOBUFS. */
WS2RING_INLINE void *ws2ring_filter_memory(ULONG sources, size_t head_bytes, size_t source_bytes)
{
    void *request = NULL;

    if (sources < 0x10000) /* far beyond what any group may have */
        request = calloc(1, head_bytes + sources * source_bytes);
    if (request == NULL)
        WSASetLastError(WSAENOBUFS);
    return request;
}

/**
 * Sets the sources of an IPv4 group: SIO_SET_MULTICAST_FILTER.
 *
 * An interface 0.x.x.x is an index. The socket joins the group if it is in none of that name there,
 * and leaves it when the list is MCAST_INCLUDE with no sources.
 */
WS2RING_INLINE int setipv4sourcefilter(SOCKET s, IN_ADDR interface_, IN_ADDR group,
                                       MULTICAST_MODE_TYPE mode, ULONG sources, const IN_ADDR *list)
{
    IP_MSFILTER *request =
        (IP_MSFILTER *)ws2ring_filter_memory(sources, sizeof *request, sizeof *list);
    IN_ADDR *to;
    int result;

    if (request == NULL)
        return SOCKET_ERROR;
    request->imsf_multiaddr = group;
    request->imsf_interface = interface_;
    request->imsf_fmode = mode;
    request->imsf_numsrc = sources;
    to = request->imsf_slist;
    if (sources != 0 && list != NULL)
        memcpy(to, list, sources * sizeof *list);
    result = ws2ring_filter_ioctl(s, SIO_SET_MULTICAST_FILTER, request,
                                  (DWORD)IP_MSFILTER_SIZE(sources));
    free(request);
    return result;
}

/**
 * Reads the sources of an IPv4 group: SIO_GET_MULTICAST_FILTER.
 *
 * *sources: room in `list`, and then how many there are, of which the list has as many as fit.
 */
WS2RING_INLINE int getipv4sourcefilter(SOCKET s, IN_ADDR interface_, IN_ADDR group,
                                       MULTICAST_MODE_TYPE *mode, ULONG *sources, IN_ADDR *list)
{
    ULONG room = *sources;
    IP_MSFILTER *request =
        (IP_MSFILTER *)ws2ring_filter_memory(room, sizeof *request, sizeof *list);
    const IN_ADDR *from;
    int result;

    if (request == NULL)
        return SOCKET_ERROR;
    request->imsf_multiaddr = group;
    request->imsf_interface = interface_;
    request->imsf_fmode = MCAST_INCLUDE;
    request->imsf_numsrc = room;
    from = request->imsf_slist;
    result =
        ws2ring_filter_ioctl(s, SIO_GET_MULTICAST_FILTER, request, (DWORD)IP_MSFILTER_SIZE(room));
    if (result == 0) {
        *mode = request->imsf_fmode;
        *sources = request->imsf_numsrc;
        if (room > *sources)
            room = *sources;
        if (room != 0 && list != NULL)
            memcpy(list, from, room * sizeof *list);
    }
    free(request);
    return result;
}

/* The head of a GROUP_FILTER. False, with the last error set: no room for such an address. */
WS2RING_INLINE int ws2ring_filter_group(GROUP_FILTER *request, ULONG index, const SOCKADDR *group,
                                        int group_bytes)
{
    request->gf_interface = index;
    if (group == NULL || group_bytes < 0 || (size_t)group_bytes > sizeof request->gf_group) {
        WSASetLastError(WSAEINVAL);
        return 0;
    }
    memcpy(&request->gf_group, group, (size_t)group_bytes);
    return 1;
}

/** Sets the sources of a group of either family, on an interface by its index: SIOCSMSFILTER. */
WS2RING_INLINE int setsourcefilter(SOCKET s, ULONG index, const SOCKADDR *group, int group_bytes,
                                   MULTICAST_MODE_TYPE mode, ULONG sources,
                                   const SOCKADDR_STORAGE *list)
{
    GROUP_FILTER *request =
        (GROUP_FILTER *)ws2ring_filter_memory(sources, sizeof *request, sizeof *list);
    SOCKADDR_STORAGE *to;
    int result = SOCKET_ERROR;

    if (request == NULL)
        return SOCKET_ERROR;
    request->gf_fmode = mode;
    request->gf_numsrc = sources;
    to = request->gf_slist;
    if (sources != 0 && list != NULL)
        memcpy(to, list, sources * sizeof *list);
    if (ws2ring_filter_group(request, index, group, group_bytes))
        result = ws2ring_filter_ioctl(s, SIOCSMSFILTER, request, (DWORD)GROUP_FILTER_SIZE(sources));
    free(request);
    return result;
}

/** Reads the sources of a group of either family: SIOCGMSFILTER; *sources as above. */
WS2RING_INLINE int getsourcefilter(SOCKET s, ULONG index, const SOCKADDR *group, int group_bytes,
                                   MULTICAST_MODE_TYPE *mode, ULONG *sources,
                                   SOCKADDR_STORAGE *list)
{
    ULONG room = *sources;
    GROUP_FILTER *request =
        (GROUP_FILTER *)ws2ring_filter_memory(room, sizeof *request, sizeof *list);
    const SOCKADDR_STORAGE *from;
    int result = SOCKET_ERROR;

    if (request == NULL)
        return SOCKET_ERROR;
    request->gf_numsrc = room;
    from = request->gf_slist;
    if (ws2ring_filter_group(request, index, group, group_bytes))
        result = ws2ring_filter_ioctl(s, SIOCGMSFILTER, request, (DWORD)GROUP_FILTER_SIZE(room));
    if (result == 0) {
        *mode = request->gf_fmode;
        *sources = request->gf_numsrc;
        if (room > *sources)
            room = *sources;
        if (room != 0 && list != NULL)
            memcpy(list, from, room * sizeof *list);
    }
    free(request);
    return result;
}

WS2RING_END_DECLS

#endif /* WS2RING_PART_TYPED_OPTIONS_H */
