/* SPDX-License-Identifier: MIT */
/* The options of IPPROTO_IPV6 but for the groups of option_multicast.c. */
#include "core/verb/option_inet.h"

#include <ws2ipdef.h>

enum { IPV6_MESSAGES = OPTION_IPV6 | OPTION_DGRAM | OPTION_RAW };

static int option_v6only_get(struct sock *sock, const struct option_row *row,
                             struct option_value *value)
{
    value->number = 1; /* also on an IPv4 socket (IPV6ONLY-02) */
    return sock->family == AF_INET6 ? option_kernel_get(sock, row, value) : 0;
}

static int option_v6only_set(struct sock *sock, const struct option_row *row,
                             const struct option_value *value)
{
    if (sock_flags(sock) & (SOCK_BOUND | SOCK_CONNECTED))
        return WSAEINVAL;
    return sock->family == AF_INET6 ? option_kernel_set(sock, row, value) : 0;
}

/* The index: in the computer's order on Windows, in the network's on Linux. */
static int ipv6_unicast_if_get(struct sock *sock, const struct option_row *row,
                               struct option_value *value)
{
    int error = option_number_get(sock, row, value);

    value->number = ntohl(value->number);
    return error;
}

static int ipv6_unicast_if_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    return inet_unicast_if(sock, row, value->number);
}

/* clang-format off */
#define IPV6_SWITCH(name, bit) \
    { IPPROTO_IPV6, name, OPTION_DWORD, .where = IPV6_MESSAGES, .misfit = WSAEINVAL, \
      OPTION_CONTROL(bit) }
static const struct option_row option_ipv6_rows[] = {
    { IPPROTO_IPV6, IPV6_V6ONLY, OPTION_BYTE, .carried = true,
      OPTION_LINUX(IPPROTO_IPV6, IPV6_V6ONLY),
      .get = option_v6only_get, .set = option_v6only_set },
    { IPPROTO_IPV6, IPV6_HDRINCL, OPTION_BOOL, .where = OPTION_IPV6 | OPTION_RAW,
      .misfit = WSAEINVAL, OPTION_KERNEL(IPPROTO_IPV6, IPV6_HDRINCL) },
    { IPPROTO_IPV6, IPV6_UNICAST_HOPS, OPTION_NARROW, .where = OPTION_IPV6,
      OPTION_LINUX(IPPROTO_IPV6, IPV6_UNICAST_HOPS), .get = option_number_get,
      .set = inet_byte_set },
    { IPPROTO_IPV6, IPV6_TCLASS, OPTION_NARROW, .where = OPTION_IPV6,
      OPTION_LINUX(IPPROTO_IPV6, IPV6_TCLASS), .get = option_number_get, .set = inet_byte_set },
    { IPPROTO_IPV6, IPV6_DONTFRAG, OPTION_NARROW, .where = OPTION_IPV6, .carried = true,
      OPTION_LINUX(IPPROTO_IPV6, IPV6_DONTFRAG), .get = mtu_fragment_get,
      .set = mtu_fragment_set },
    { IPPROTO_IPV6, IPV6_MTU_DISCOVER, OPTION_DWORD, .where = OPTION_IPV6,
      .get = mtu_discover_get, .set = mtu_discover_set },
    { IPPROTO_IPV6, IPV6_MTU, OPTION_DWORD, .where = OPTION_IPV6,
      OPTION_LINUX(IPPROTO_IPV6, IPV6_MTU), .get = mtu_get },
    { IPPROTO_IPV6, IPV6_USER_MTU, OPTION_DWORD, .where = OPTION_IPV6, .get = mtu_user_get,
      .set = mtu_user_set },
    { IPPROTO_IPV6, IPV6_UNICAST_IF, OPTION_DWORD, .where = OPTION_IPV6, .carried = true,
      OPTION_LINUX(IPPROTO_IPV6, IPV6_UNICAST_IF), .get = ipv6_unicast_if_get,
      .set = ipv6_unicast_if_set },
    { IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, OPTION_DWORD, .where = OPTION_IPV6,
      .get = filter_protection_get, .set = filter_protection_set },
    { IPPROTO_IPV6, IPV6_CHECKSUM, OPTION_DWORD, .where = OPTION_IPV6 | OPTION_RAW,
      .misfit = WSAEINVAL, OPTION_NUMBER(IPPROTO_IPV6, IPV6_CHECKSUM) },
    { IPPROTO_IPV6, IPV6_IFLIST, OPTION_DWORD, .where = IPV6_MESSAGES, .misfit = WSAEINVAL,
      .get = filter_list_get, .set = filter_list_set },
    { IPPROTO_IPV6, IPV6_ADD_IFLIST, OPTION_DWORD, .where = IPV6_MESSAGES, .misfit = WSAEINVAL,
      .set = filter_list_add },
    { IPPROTO_IPV6, IPV6_DEL_IFLIST, OPTION_DWORD, .where = IPV6_MESSAGES, .misfit = WSAEINVAL,
      .set = filter_list_remove },
    { IPPROTO_IPV6, IPV6_GET_IFLIST, OPTION_BYTES, .bytes = 4 * HOST_FILTER_LIST_MAX,
      .where = IPV6_MESSAGES, .misfit = WSAEINVAL, .get = filter_list_read },
    IPV6_SWITCH(IPV6_HOPOPTS, SOCK_CONTROL_HOPOPTS),
    IPV6_SWITCH(IPV6_PKTINFO, SOCK_CONTROL_PKTINFO),
    IPV6_SWITCH(IPV6_PKTINFO_EX, SOCK_CONTROL_PKTINFO_EX),
    IPV6_SWITCH(IPV6_HOPLIMIT, SOCK_CONTROL_HOPLIMIT),
    IPV6_SWITCH(IPV6_RECVIF, SOCK_CONTROL_RECVIF),
    IPV6_SWITCH(IPV6_RECVDSTADDR, SOCK_CONTROL_DSTADDR),
    IPV6_SWITCH(IPV6_RTHDR, SOCK_CONTROL_RTHDR),
    IPV6_SWITCH(IPV6_RECVRTHDR, SOCK_CONTROL_RECVRTHDR),
    IPV6_SWITCH(IPV6_RECVTCLASS, SOCK_CONTROL_TCLASS),
    IPV6_SWITCH(IPV6_RECVECN, SOCK_CONTROL_ECN),
    IPV6_SWITCH(IP_ORIGINAL_ARRIVAL_IF, SOCK_CONTROL_ARRIVAL_IF),
    IPV6_SWITCH(IPV6_RECVERR, SOCK_CONTROL_RECVERR),
};
/* clang-format on */

const struct option_table option_ipv6_table = OPTION_TABLE(IPPROTO_IPV6, option_ipv6_rows);
