/* SPDX-License-Identifier: MIT */
/* The options of IPPROTO_IP but for the groups of option_multicast.c. */
#include "core/verb/option_inet.h"

#include <string.h>

#include <ws2ipdef.h>

#include "core/base/errmap.h"
#include "ring/host/net.h"

enum {
    IP_MESSAGES = OPTION_DGRAM | OPTION_RAW,
    IP_OPTIONS_BYTES_MAX = 40 /* what an IPv4 header has room for */
};

/* Windows takes a type of service and ignores it: marks are the Quality of Service API's. */
static int ip_tos_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    struct sock_inet *inet = inet_of(sock);

    (void)row;
    value->number = inet == NULL ? 0 : inet->tos;
    return 0;
}

static int ip_tos_set(struct sock *sock, const struct option_row *row,
                      const struct option_value *value)
{
    struct sock_inet *inet = inet_make(sock);

    (void)row;
    if (inet == NULL)
        return WSAENOBUFS;
    if (value->number > 255)
        return WSAEINVAL;
    inet->tos = value->number;
    return 0;
}

static int ip_options_get(struct sock *sock, const struct option_row *row,
                          struct option_value *value)
{
    value->bytes = row->bytes;
    return errmap_to_wsa(
        ERRMAP_CALL_OPTION,
        -host_getsockopt(sock->fd, row->linux_level, row->linux_name, value->data, &value->bytes));
}

static int ip_options_set(struct sock *sock, const struct option_row *row,
                          const struct option_value *value)
{
    return errmap_to_wsa(
        ERRMAP_CALL_OPTION,
        -host_setsockopt(sock->fd, row->linux_level, row->linux_name, value->data, value->bytes));
}

/* The index in network order, on both systems; Linux does not take what is no index. */
static int ip_unicast_if_set(struct sock *sock, const struct option_row *row,
                             const struct option_value *value)
{
    uint32_t index = ntohl(value->number);

    return index >> 24 != 0 ? WSAEINVAL : inet_unicast_if(sock, row, index);
}

/* clang-format off */
#define IP_SWITCH(name, bit) \
    { IPPROTO_IP, name, OPTION_DWORD, .where = IP_MESSAGES, .misfit = WSAEINVAL, \
      OPTION_CONTROL(bit) }
static const struct option_row option_ip_rows[] = {
    { IPPROTO_IP, IP_OPTIONS, OPTION_BYTES, .bytes = IP_OPTIONS_BYTES_MAX,
      OPTION_LINUX(IPPROTO_IP, IP_OPTIONS), .get = ip_options_get, .set = ip_options_set },
    { IPPROTO_IP, IP_HDRINCL, OPTION_BOOL, .where = OPTION_RAW, .misfit = WSAEINVAL,
      OPTION_KERNEL(IPPROTO_IP, IP_HDRINCL) }, /* SOCKOPT-INFO-05 */
    { IPPROTO_IP, IP_TOS, OPTION_NARROW, .get = ip_tos_get, .set = ip_tos_set },
    { IPPROTO_IP, IP_TTL, OPTION_NARROW, OPTION_LINUX(IPPROTO_IP, IP_TTL),
      .get = option_number_get, .set = inet_byte_set },
    { IPPROTO_IP, IP_DONTFRAGMENT, OPTION_NARROW, .carried = true,
      OPTION_LINUX(IPPROTO_IP, IP_MTU_DISCOVER), .get = mtu_fragment_get,
      .set = mtu_fragment_set },
    { IPPROTO_IP, IP_MTU_DISCOVER, OPTION_DWORD, .get = mtu_discover_get,
      .set = mtu_discover_set },
    { IPPROTO_IP, IP_MTU, OPTION_DWORD, OPTION_LINUX(IPPROTO_IP, IP_MTU), .get = mtu_get },
    { IPPROTO_IP, IP_USER_MTU, OPTION_DWORD, .get = mtu_user_get, .set = mtu_user_set },
    { IPPROTO_IP, IP_UNICAST_IF, OPTION_DWORD, OPTION_LINUX(IPPROTO_IP, IP_UNICAST_IF),
      .get = option_number_get, .set = ip_unicast_if_set },
    { IPPROTO_IP, IP_PROTECTION_LEVEL, OPTION_DWORD, .get = filter_protection_get,
      .set = filter_protection_set },
    { IPPROTO_IP, IP_RECEIVE_BROADCAST, OPTION_DWORD, .where = IP_MESSAGES, .misfit = WSAEINVAL,
      .get = filter_broadcast_get, .set = filter_broadcast_set },
    { IPPROTO_IP, IP_IFLIST, OPTION_DWORD, .where = IP_MESSAGES, .misfit = WSAEINVAL,
      .get = filter_list_get, .set = filter_list_set },
    { IPPROTO_IP, IP_ADD_IFLIST, OPTION_DWORD, .where = IP_MESSAGES, .misfit = WSAEINVAL,
      .set = filter_list_add },
    { IPPROTO_IP, IP_DEL_IFLIST, OPTION_DWORD, .where = IP_MESSAGES, .misfit = WSAEINVAL,
      .set = filter_list_remove },
    { IPPROTO_IP, IP_GET_IFLIST, OPTION_BYTES, .bytes = 4 * HOST_FILTER_LIST_MAX,
      .where = IP_MESSAGES, .misfit = WSAEINVAL, .get = filter_list_read },
    IP_SWITCH(IP_PKTINFO, SOCK_CONTROL_PKTINFO),
    IP_SWITCH(IP_PKTINFO_EX, SOCK_CONTROL_PKTINFO_EX),
    IP_SWITCH(IP_RECVTTL, SOCK_CONTROL_HOPLIMIT),
    IP_SWITCH(IP_RECVIF, SOCK_CONTROL_RECVIF),
    IP_SWITCH(IP_RECVDSTADDR, SOCK_CONTROL_DSTADDR),
    IP_SWITCH(IP_RECVTOS, SOCK_CONTROL_TCLASS),
    IP_SWITCH(IP_RECVECN, SOCK_CONTROL_ECN),
    IP_SWITCH(IP_ORIGINAL_ARRIVAL_IF, SOCK_CONTROL_ARRIVAL_IF),
    IP_SWITCH(IP_RTHDR, SOCK_CONTROL_RTHDR),
    IP_SWITCH(IP_RECVRTHDR, SOCK_CONTROL_RECVRTHDR),
    IP_SWITCH(IP_RECVERR, SOCK_CONTROL_RECVERR),
};
/* clang-format on */

const struct option_table option_ip_table = OPTION_TABLE(IPPROTO_IP, option_ip_rows);
