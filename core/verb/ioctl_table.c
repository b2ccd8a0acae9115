/* SPDX-License-Identifier: MIT */
/*
 * Every control code that WSAIoctl knows, one row each: first those of Berkeley descent, then those
 * of Winsock 2, then the vendor's. What no row has is WSAEOPNOTSUPP.
 */
#include "core/verb/ioctl.h"

#include <ws2tcpip.h>

#include <afunix.h>
#include <mstcpip.h>
#include <mswsock.h>

#include "ring/host/sys.h"

#define IOCTL_CHK_QOS 0xDC000001u /* SIO_CHK_QOS, of qossp.h */

/* The shapes of rows: carried out on some kinds of sockets, or on none. */
#define IOCTL_ROW(code, run, in, out, kinds, otherwise, flags) \
    {                                                          \
        (DWORD)(code), run, in, out, kinds, flags, otherwise   \
    }
#define IOCTL_NOT(code, error)                          \
    {                                                   \
        (DWORD)(code), NULL, 0, 0, IOCTL_NONE, 0, error \
    }

/* code, function, least input, least output, sockets, error for other sockets, flags */
static const struct ioctl_row ioctl_rows[] = {
    IOCTL_ROW(FIONBIO, ioctl_nonblocking, 4, 0, IOCTL_ANY, 0, 0),
    IOCTL_ROW(FIONREAD, ioctl_unread, 0, 4, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIOCATMARK, ioctl_at_mark, 0, 4, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIO_IDEAL_SEND_BACKLOG_QUERY, ioctl_backlog, 0, 4, IOCTL_TCP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_IDEAL_SEND_BACKLOG_CHANGE, ioctl_backlog_change, 0, 0, IOCTL_TCP, WSAEOPNOTSUPP,
              0),
    IOCTL_ROW(SIO_GET_INTERFACE_LIST, ioctl_interface_list, 0, 4, IOCTL_INET4, WSAEINVAL,
              IOCTL_PENDS),

    IOCTL_ROW(SIO_SET_MULTICAST_FILTER, ioctl_filter_set, 16, 0, IOCTL_MESSAGES, WSAEINVAL, 0),
    IOCTL_ROW(SIO_GET_MULTICAST_FILTER, ioctl_filter_get, 16, 16, IOCTL_MESSAGES, WSAEINVAL, 0),
    IOCTL_ROW(SIOCSMSFILTER, ioctl_filter_set, 144, 0, IOCTL_MESSAGES, WSAEINVAL, 0),
    IOCTL_ROW(SIOCGMSFILTER, ioctl_filter_get, 144, 144, IOCTL_MESSAGES, WSAEINVAL, 0),

    IOCTL_NOT(SIO_ASSOCIATE_HANDLE, WSAENOPROTOOPT),
    IOCTL_ROW(SIO_ENABLE_CIRCULAR_QUEUEING, ioctl_circular, 0, 0, IOCTL_UDP, WSAENOPROTOOPT, 0),
    IOCTL_ROW(SIO_GET_BROADCAST_ADDRESS, ioctl_broadcast_address, 0, 16, IOCTL_INET4,
              WSAENOPROTOOPT, 0),
    IOCTL_NOT(SIO_GET_QOS, WSAENOPROTOOPT),
    IOCTL_NOT(SIO_SET_QOS, WSAENOPROTOOPT),
    IOCTL_NOT(SIO_GET_GROUP_QOS, WSAENOPROTOOPT),
    IOCTL_NOT(SIO_SET_GROUP_QOS, WSAENOPROTOOPT),
    IOCTL_NOT(IOCTL_CHK_QOS, WSAENOPROTOOPT),
    IOCTL_ROW(SIO_MULTIPOINT_LOOPBACK, ioctl_multipoint_loopback, 4, 0, IOCTL_MESSAGES, WSAEINVAL,
              0),
    IOCTL_ROW(SIO_MULTICAST_SCOPE, ioctl_multicast_scope, 4, 0, IOCTL_MESSAGES, WSAEINVAL, 0),
    IOCTL_NOT(SIO_TRANSLATE_HANDLE, WSAENOPROTOOPT),
    IOCTL_ROW(SIO_ADDRESS_LIST_QUERY, ioctl_address_list, 0, 0, IOCTL_INET, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_ADDRESS_LIST_SORT, ioctl_address_sort, 0, 0, IOCTL_INET, WSAEINVAL, 0),
    IOCTL_ROW(SIO_ADDRESS_LIST_CHANGE, ioctl_change, 0, 0, IOCTL_INET, WSAEOPNOTSUPP, IOCTL_WAITS),
    IOCTL_ROW(SIO_ROUTING_INTERFACE_QUERY, ioctl_routing, 0, 0, IOCTL_INET, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_ROUTING_INTERFACE_CHANGE, ioctl_change, 0, 0, IOCTL_INET, WSAEOPNOTSUPP,
              IOCTL_WAITS),
    IOCTL_ROW(SIO_QUERY_TARGET_PNP_HANDLE, ioctl_base_handle, 0, 8, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIO_BASE_HANDLE, ioctl_base_handle, 0, 8, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIO_BSP_HANDLE, ioctl_base_handle, 0, 8, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIO_BSP_HANDLE_SELECT, ioctl_base_handle, 0, 8, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIO_BSP_HANDLE_POLL, ioctl_base_handle, 0, 8, IOCTL_ANY, 0, 0),
    IOCTL_ROW(SIO_QUERY_RSS_PROCESSOR_INFO, ioctl_rss_processor, 0, 0, IOCTL_INET, WSAENOPROTOOPT,
              0),

    IOCTL_ROW(SIO_RCVALL, ioctl_capture, 0, 0, IOCTL_RAW, WSAEINVAL, 0),
    IOCTL_ROW(SIO_RCVALL_MCAST, ioctl_capture, 0, 0, IOCTL_RAW, WSAEINVAL, 0),
    IOCTL_ROW(SIO_RCVALL_IGMPMCAST, ioctl_capture, 0, 0, IOCTL_RAW4, WSAEINVAL, 0),
    IOCTL_ROW(SIO_RCVALL_IF, ioctl_capture, 0, 0, IOCTL_RAW, WSAEINVAL, 0),
    IOCTL_ROW(SIO_RCVALL_MCAST_IF, ioctl_capture, 0, 0, IOCTL_RAW, WSAEINVAL, 0),
    IOCTL_ROW(SIO_ABSORB_RTRALERT, ioctl_router_alert, 4, 0, IOCTL_RAW4, WSAEINVAL, 0),
    IOCTL_ROW(SIO_KEEPALIVE_VALS, ioctl_keepalive, 12, 0, IOCTL_TCP, WSAENOPROTOOPT,
              IOCTL_ZEROES | IOCTL_MARKS),
    IOCTL_ROW(SIO_UDP_CONNRESET, ioctl_udp_reset, 4, 0, IOCTL_UDP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_UDP_NETRESET, ioctl_udp_reset, 4, 0, IOCTL_UDP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_UCAST_IF, ioctl_interface_index, 4, 0, IOCTL_INET, WSAEINVAL, 0),
    IOCTL_ROW(SIO_INDEX_MCASTIF, ioctl_interface_index, 4, 0, IOCTL_MESSAGES, WSAEINVAL, 0),
    IOCTL_ROW(SIO_INDEX_ADD_MCAST, ioctl_index_group, 8, 0, IOCTL_UDP4 | IOCTL_RAW4, WSAEINVAL, 0),
    IOCTL_ROW(SIO_INDEX_DEL_MCAST, ioctl_index_group, 8, 0, IOCTL_UDP4 | IOCTL_RAW4, WSAEINVAL, 0),
    IOCTL_ROW(SIO_INDEX_BIND, ioctl_index_bind, 4, 0, IOCTL_INET, WSAEINVAL, 0),
    IOCTL_ROW(SIO_LOOPBACK_FAST_PATH, ioctl_fast_path, 4, 0, IOCTL_TCP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_TCP_INITIAL_RTO, ioctl_initial_rto, 4, 0, IOCTL_TCP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_CPU_AFFINITY, ioctl_cpu_affinity, 2, 0, IOCTL_UDP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_TIMESTAMPING, ioctl_timestamping, 8, 0, IOCTL_UDP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_PRIORITY_HINT, ioctl_priority_hint, 4, 0, IOCTL_TCP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_TCP_INFO, ioctl_tcp_info, 0, 0, IOCTL_TCP, WSAEINVAL, 0),
    IOCTL_ROW(SIO_QUERY_RSS_SCALABILITY_INFO, ioctl_rss_scalability, 0, 0, IOCTL_INET,
              WSAENOPROTOOPT, 0),
    IOCTL_ROW(SIO_SET_COMPATIBILITY_MODE, ioctl_compatibility, 0, 0, IOCTL_TCP, WSAEOPNOTSUPP, 0),
    IOCTL_ROW(SIO_AF_UNIX_GETPEERPID, ioctl_unix_peer, 0, 4, IOCTL_UNIX, WSAEOPNOTSUPP, 0),
};

const struct ioctl_row *ioctl_find(DWORD code)
{
    for (unsigned i = 0; i < sizeof ioctl_rows / sizeof ioctl_rows[0]; i++) {
        if (ioctl_rows[i].code == code)
            return &ioctl_rows[i];
    }
    return NULL;
}

static uint8_t ioctl_kind(const struct sock *sock)
{
    bool inet6 = sock->family == AF_INET6;

    if (sock->family != AF_INET && !inet6)
        return IOCTL_UNIX;
    if (sock->type == SOCK_STREAM)
        return inet6 ? IOCTL_TCP6 : IOCTL_TCP4;
    if (sock->type == SOCK_DGRAM)
        return inet6 ? IOCTL_UDP6 : IOCTL_UDP4;
    return inet6 ? IOCTL_RAW6 : IOCTL_RAW4;
}

int ioctl_run(const struct ioctl_row *row, struct ioctl_call *call)
{
    if (!(row->kinds & ioctl_kind(call->sock)))
        return row->otherwise;
    if (row->in_bytes > 0 && (call->in == NULL || call->in_bytes < row->in_bytes))
        return WSAEFAULT;
    if (row->out_bytes > 0 && (call->out == NULL || call->out_bytes < row->out_bytes))
        return WSAEFAULT;
    return row->run(call);
}

int ioctl_input(const struct ioctl_call *call, void *to, DWORD bytes)
{
    if (call->in_bytes < bytes || host_copy_from(to, call->in, bytes) != 0)
        return WSAEFAULT;
    return 0;
}

int ioctl_output(struct ioctl_call *call, const void *from, DWORD bytes)
{
    if (call->out_bytes < bytes || host_copy_to(call->out, from, bytes) != 0)
        return WSAEFAULT;
    call->returned = bytes;
    return 0;
}
