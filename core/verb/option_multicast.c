/* SPDX-License-Identifier: MIT */
/*
 * Multicast options of both levels: where to send, how far, whether to hear one's own, and the
 * groups. The structures of the groups become one form, and multicast.c has the rules.
 */
#include "core/verb/option_inet.h"

#include <string.h>

#include <ws2ipdef.h>

#include "core/base/errmap.h"
#include "core/verb/multicast.h"
#include "ring/host/net.h"

enum { MULTICAST_MESSAGES = OPTION_DGRAM | OPTION_RAW };

/* ---- Where to send ---- */

int multicast_interface_apply(int fd, uint32_t interface)
{
    struct multicast_group group;
    uint32_t request[3] = {0}; /* the kernel's ip_mreqn: group, address, index */

    multicast_interface(&group, interface);
    request[1] = group.address;
    request[2] = group.index;
    return host_setsockopt(fd, LX_IPPROTO_IP, LX_IP_MULTICAST_IF, request, sizeof request);
}

static int multicast_if_set(struct sock *sock, const struct option_row *row,
                            const struct option_value *value)
{
    struct sock_inet *inet = inet_make(sock);
    int error;

    (void)row;
    if (inet == NULL)
        return WSAENOBUFS;
    error = multicast_interface_apply(sock->fd, value->number);
    if (error == 0)
        inet->multicast_if = value->number;
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

static int multicast_if_get(struct sock *sock, const struct option_row *row,
                            struct option_value *value)
{
    struct sock_inet *inet = inet_of(sock);

    (void)row;
    value->number = inet == NULL ? 0 : inet->multicast_if;
    return 0;
}

/* ---- Groups; row->linux_name is the enum multicast_change ---- */

static int multicast_mreq_set(struct sock *sock, const struct option_row *row,
                              const struct option_value *value)
{
    struct multicast_group group = {.level = IPPROTO_IP};
    struct ip_mreq request;

    memcpy(&request, value->data, sizeof request);
    memcpy(group.group, &request.imr_multiaddr, 4);
    multicast_interface(&group, request.imr_interface.s_addr);
    return multicast_change(sock, &group, (enum multicast_change)row->linux_name);
}

static int multicast_mreq_source_set(struct sock *sock, const struct option_row *row,
                                     const struct option_value *value)
{
    struct multicast_group group = {.level = IPPROTO_IP};
    struct ip_mreq_source request;

    memcpy(&request, value->data, sizeof request);
    memcpy(group.group, &request.imr_multiaddr, 4);
    memcpy(group.source, &request.imr_sourceaddr, 4);
    multicast_interface(&group, request.imr_interface.s_addr);
    return multicast_change(sock, &group, (enum multicast_change)row->linux_name);
}

static int multicast_mreq6_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    struct multicast_group group = {.level = IPPROTO_IPV6};
    struct ipv6_mreq request;

    memcpy(&request, value->data, sizeof request);
    memcpy(group.group, &request.ipv6mr_multiaddr, 16);
    group.index = request.ipv6mr_interface;
    return multicast_change(sock, &group, (enum multicast_change)row->linux_name);
}

static int multicast_group_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    struct multicast_group group = {.level = row->level};
    struct group_req request;

    memcpy(&request, value->data, sizeof request);
    group.index = request.gr_interface;
    if (!multicast_address(row->level, group.group, &request.gr_group))
        return WSAEINVAL;
    return multicast_change(sock, &group, (enum multicast_change)row->linux_name);
}

static int multicast_source_set(struct sock *sock, const struct option_row *row,
                                const struct option_value *value)
{
    struct multicast_group group = {.level = row->level};
    struct group_source_req request;

    memcpy(&request, value->data, sizeof request);
    group.index = request.gsr_interface;
    if (!multicast_address(row->level, group.group, &request.gsr_group) ||
        !multicast_address(row->level, group.source, &request.gsr_source))
        return WSAEINVAL;
    return multicast_change(sock, &group, (enum multicast_change)row->linux_name);
}

/* ---- Rows ---- */

#define MULTICAST_ROW(level_, name_, type, where_, change, function)                      \
    {                                                                                     \
        .level = (level_), .name = (name_), .kind = OPTION_STRUCT, .bytes = sizeof(type), \
        .where = (where_), .misfit = WSAEINVAL, .linux_name = (change), .set = (function) \
    }
#define MULTICAST_INET(name, type, change, function) \
    MULTICAST_ROW(IPPROTO_IP, name, type, MULTICAST_MESSAGES, change, function)
#define MULTICAST_INET6(name, type, change, function) \
    MULTICAST_ROW(IPPROTO_IPV6, name, type, OPTION_IPV6 | MULTICAST_MESSAGES, change, function)

/* clang-format off */
static const struct option_row multicast_inet_rows[] = {
    { IPPROTO_IP, IP_MULTICAST_IF, OPTION_DWORD, .where = MULTICAST_MESSAGES, .misfit = WSAEINVAL,
      .get = multicast_if_get, .set = multicast_if_set },
    { IPPROTO_IP, IP_MULTICAST_TTL, OPTION_NARROW, .where = MULTICAST_MESSAGES, .misfit = WSAEINVAL,
      OPTION_LINUX(IPPROTO_IP, IP_MULTICAST_TTL), .get = option_number_get, .set = inet_byte_set },
    { IPPROTO_IP, IP_MULTICAST_LOOP, OPTION_NARROW, .where = MULTICAST_MESSAGES,
      .misfit = WSAEINVAL, .get = filter_loop_get, .set = filter_loop_set },
    MULTICAST_INET(IP_ADD_MEMBERSHIP, struct ip_mreq, MULTICAST_JOIN, multicast_mreq_set),
    MULTICAST_INET(IP_DROP_MEMBERSHIP, struct ip_mreq, MULTICAST_LEAVE, multicast_mreq_set),
    MULTICAST_INET(IP_ADD_SOURCE_MEMBERSHIP, struct ip_mreq_source, MULTICAST_JOIN_SOURCE,
                   multicast_mreq_source_set),
    MULTICAST_INET(IP_DROP_SOURCE_MEMBERSHIP, struct ip_mreq_source, MULTICAST_LEAVE_SOURCE,
                   multicast_mreq_source_set),
    MULTICAST_INET(IP_BLOCK_SOURCE, struct ip_mreq_source, MULTICAST_BLOCK,
                   multicast_mreq_source_set),
    MULTICAST_INET(IP_UNBLOCK_SOURCE, struct ip_mreq_source, MULTICAST_UNBLOCK,
                   multicast_mreq_source_set),
    MULTICAST_INET(MCAST_JOIN_GROUP, struct group_req, MULTICAST_JOIN, multicast_group_set),
    MULTICAST_INET(MCAST_LEAVE_GROUP, struct group_req, MULTICAST_LEAVE, multicast_group_set),
    MULTICAST_INET(MCAST_JOIN_SOURCE_GROUP, struct group_source_req, MULTICAST_JOIN_SOURCE,
                   multicast_source_set),
    MULTICAST_INET(MCAST_LEAVE_SOURCE_GROUP, struct group_source_req, MULTICAST_LEAVE_SOURCE,
                   multicast_source_set),
    MULTICAST_INET(MCAST_BLOCK_SOURCE, struct group_source_req, MULTICAST_BLOCK,
                   multicast_source_set),
    MULTICAST_INET(MCAST_UNBLOCK_SOURCE, struct group_source_req, MULTICAST_UNBLOCK,
                   multicast_source_set),
};

static const struct option_row multicast_inet6_rows[] = {
    { IPPROTO_IPV6, IPV6_MULTICAST_IF, OPTION_DWORD, .where = OPTION_IPV6 | MULTICAST_MESSAGES,
      .misfit = WSAEINVAL, OPTION_NUMBER(IPPROTO_IPV6, IPV6_MULTICAST_IF) },
    { IPPROTO_IPV6, IPV6_MULTICAST_HOPS, OPTION_NARROW, .where = OPTION_IPV6 | MULTICAST_MESSAGES,
      .misfit = WSAEINVAL, OPTION_LINUX(IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
      .get = option_number_get, .set = inet_byte_set },
    { IPPROTO_IPV6, IPV6_MULTICAST_LOOP, OPTION_NARROW, .where = OPTION_IPV6 | MULTICAST_MESSAGES,
      .misfit = WSAEINVAL, .get = filter_loop_get, .set = filter_loop_set },
    MULTICAST_INET6(IPV6_ADD_MEMBERSHIP, struct ipv6_mreq, MULTICAST_JOIN, multicast_mreq6_set),
    MULTICAST_INET6(IPV6_DROP_MEMBERSHIP, struct ipv6_mreq, MULTICAST_LEAVE, multicast_mreq6_set),
    MULTICAST_INET6(MCAST_JOIN_GROUP, struct group_req, MULTICAST_JOIN, multicast_group_set),
    MULTICAST_INET6(MCAST_LEAVE_GROUP, struct group_req, MULTICAST_LEAVE, multicast_group_set),
    MULTICAST_INET6(MCAST_JOIN_SOURCE_GROUP, struct group_source_req, MULTICAST_JOIN_SOURCE,
                    multicast_source_set),
    MULTICAST_INET6(MCAST_LEAVE_SOURCE_GROUP, struct group_source_req, MULTICAST_LEAVE_SOURCE,
                    multicast_source_set),
    MULTICAST_INET6(MCAST_BLOCK_SOURCE, struct group_source_req, MULTICAST_BLOCK,
                    multicast_source_set),
    MULTICAST_INET6(MCAST_UNBLOCK_SOURCE, struct group_source_req, MULTICAST_UNBLOCK,
                    multicast_source_set),
};
/* clang-format on */

const struct option_table option_multicast_ipv4_table =
    OPTION_TABLE(IPPROTO_IP, multicast_inet_rows);
const struct option_table option_multicast_ipv6_table =
    OPTION_TABLE(IPPROTO_IPV6, multicast_inet6_rows);
