/* SPDX-License-Identifier: MIT */
/*
 * The options of IPPROTO_UDP: datagram sockets only. Segmentation and coalescing are the kernel's,
 * UDP_SEGMENT and UDP_GRO, which are set here. The caller's numbers stay in sock_rare, to be read
 * back: udp_segment_bytes and udp_coalesce_bytes, each a number on its own, under sock->lock.
 */
#include "core/verb/option_row.h"

#include <ws2ipdef.h>
#include <ws2tcpip.h>

#include "core/base/errmap.h"
#include "ring/host/net.h"

enum { OPTION_COALESCE_ALL_BYTES = 65507 }; /* what one IPv4 datagram can hold */

/* UDP_CHECKSUM_COVERAGE is UDP_NOCHECKSUM the other way round. IPv6 has no datagrams without. */
static int option_checksum_get(struct sock *sock, const struct option_row *row,
                               struct option_value *value)
{
    int error;

    value->number = 1;
    if (sock->family != AF_INET)
        return 0;
    error = option_kernel_get(sock, row, value);
    value->number = !value->number;
    return error;
}

static int option_checksum_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    bool off = value->number == 0;

    if (sock->family != AF_INET)
        return off ? WSAENOPROTOOPT : 0;
    return errmap_to_wsa(ERRMAP_CALL_OPTION,
                         -host_set_option(sock->fd, row->linux_level, row->linux_name, off));
}

static int option_segment_get(struct sock *sock, const struct option_row *row,
                              struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    (void)row;
    value->number = rare != NULL ? rare->udp_segment_bytes : 0;
    return 0;
}

/* The kernel takes any size that a datagram can have (WSAEINVAL), as Windows does; one that is too
 * large for the path fails the send. */
static int option_segment_set(struct sock *sock, const struct option_row *row,
                              const struct option_value *value)
{
    struct sock_rare *rare = sock_rare_make(sock);
    int error = rare != NULL ? option_number_set(sock, row, value) : WSAENOBUFS;

    if (error == 0)
        rare->udp_segment_bytes = value->number;
    return error;
}

static int option_coalesce_get(struct sock *sock, const struct option_row *row,
                               struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    (void)row;
    value->number = rare != NULL ? rare->udp_coalesce_bytes : 0;
    return 0;
}

/* The kernel joins datagrams up to the longest that there can be, and what is longer than the
 * caller's room would be lost. So it is not asked to where the caller wants less: joining is
 * allowed, never promised. */
static int option_coalesce_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    struct sock_rare *rare = sock_rare_make(sock);
    int error;

    if (rare == NULL)
        return WSAENOBUFS;
    error = host_set_option(sock->fd, row->linux_level, row->linux_name,
                            value->number >= OPTION_COALESCE_ALL_BYTES);
    if (error == 0)
        rare->udp_coalesce_bytes = value->number;
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* clang-format off */
static const struct option_row option_udp_rows[] = {
    { IPPROTO_UDP, UDP_NOCHECKSUM, OPTION_DWORD, .where = OPTION_IPV4 | OPTION_DGRAM,
      OPTION_KERNEL(SOL_SOCKET, SO_NO_CHECK) },
    { IPPROTO_UDP, UDP_CHECKSUM_COVERAGE, OPTION_DWORD, .where = OPTION_DGRAM,
      OPTION_LINUX(SOL_SOCKET, SO_NO_CHECK),
      .get = option_checksum_get, .set = option_checksum_set },
    { IPPROTO_UDP, UDP_SEND_MSG_SIZE, OPTION_DWORD, .where = OPTION_DGRAM,
      OPTION_LINUX(IPPROTO_UDP, UDP_SEGMENT),
      .get = option_segment_get, .set = option_segment_set },
    { IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, OPTION_DWORD, .where = OPTION_DGRAM,
      OPTION_LINUX(IPPROTO_UDP, UDP_GRO),
      .get = option_coalesce_get, .set = option_coalesce_set },
};
/* clang-format on */

const struct option_table option_udp_table = OPTION_TABLE(IPPROTO_UDP, option_udp_rows);
