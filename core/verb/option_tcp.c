/* SPDX-License-Identifier: MIT */
/*
 * The options of IPPROTO_TCP, streams only, but for those of keep-alive (option_keepalive.c).
 *
 * Some of Windows' switches are Linux' for the whole machine, or none at all. Such a row tells how
 * the machine does it, takes that as a value, and refuses the other one with WSAENOPROTOOPT.
 */
#include "core/verb/option_row.h"

#include <limits.h>
#include <string.h>

#include <mswsock.h>
#include <ws2ipdef.h>
#include <ws2tcpip.h>

#include "core/base/errmap.h"
#include "ring/host/net.h"
#include "ring/host/tcp.h"

enum {
    TCP_LINUX_FOREVER_MS = INT_MAX, /* 24 days; Linux cannot wait longer for a peer */
    TCP_FASTOPEN_QUEUE = 256,       /* connections that a listener has begun early */
    TCP_SYN_RETRIES_LEAST = 1       /* Linux cannot do with fewer */
};

/* ---- Switches that are the machine's: linux_name is the value that they have ---- */

static int option_fixed_set(struct sock *sock, const struct option_row *row,
                            const struct option_value *value)
{
    (void)sock;
    return (value->number != 0) == (row->linux_name != 0) ? 0 : WSAENOPROTOOPT;
}

static int option_timestamps_get(struct sock *sock, const struct option_row *row,
                                 struct option_value *value)
{
    int on = host_tcp_timestamps(sock->fd);

    (void)row;
    value->number = on > 0;
    return on < 0 ? errmap_to_wsa(ERRMAP_CALL_OPTION, -on) : 0;
}

static int option_timestamps_set(struct sock *sock, const struct option_row *row,
                                 const struct option_value *value)
{
    struct option_value now;
    int error = option_timestamps_get(sock, row, &now);

    if (error == 0 && now.number != (value->number != 0))
        error = WSAENOPROTOOPT;
    return error;
}

/* Which number is which algorithm is not public; 0 leaves it to the system. */
static int option_congestion_set(struct sock *sock, const struct option_row *row,
                                 const struct option_value *value)
{
    (void)sock;
    (void)row;
    return value->number == 0 ? 0 : WSAEINVAL;
}

/* ---- Kept ---- */

static int option_offload_get(struct sock *sock, const struct option_row *row,
                              struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    (void)row;
    value->number = rare != NULL ? rare->offload_preference : TCP_OFFLOAD_NO_PREFERENCE;
    return 0;
}

/* There is nothing to prefer: Linux gives no connection away. */
static int option_offload_set(struct sock *sock, const struct option_row *row,
                              const struct option_value *value)
{
    struct sock_rare *rare = sock_rare_make(sock);

    (void)row;
    if (value->number > TCP_OFFLOAD_PREFERRED)
        return WSAEINVAL;
    if (rare == NULL)
        return WSAENOBUFS;
    rare->offload_preference = (uint8_t)value->number;
    return 0;
}

/* ---- The kernel's, in other units ---- */

/* TCP_MAXRT counts seconds, TCP_MAXRTMS and the kernel milliseconds. 0: the system's own time. */
static int option_retransmit_get(struct sock *sock, const struct option_row *row,
                                 struct option_value *value)
{
    int error = option_number_get(sock, row, value);

    if (value->number == TCP_LINUX_FOREVER_MS)
        value->number = UINT32_MAX;
    else if (row->name == TCP_MAXRT)
        value->number /= 1000;
    return error;
}

static int option_retransmit_set(struct sock *sock, const struct option_row *row,
                                 const struct option_value *value)
{
    uint64_t ms = value->number;

    if (row->name == TCP_MAXRT)
        ms *= 1000;
    if (value->number == UINT32_MAX)
        ms = TCP_LINUX_FOREVER_MS;
    else if (ms >= TCP_LINUX_FOREVER_MS) /* the longest that is not for ever */
        ms = TCP_LINUX_FOREVER_MS - 1;
    return errmap_to_wsa(ERRMAP_CALL_OPTION,
                         -host_set_option(sock->fd, row->linux_level, row->linux_name, (int)ms));
}

/* The nearest that Linux has: a single repetition of the first packet. */
static int option_syn_retries_set(struct sock *sock, const struct option_row *row,
                                  const struct option_value *value)
{
    bool off = value->number != 0;
    bool was_off = sock_modes(sock) & SOCK_MODE_NO_SYN_RETRIES;
    struct sock_rare *rare = sock_rare_make(sock);
    struct option_value now;
    int error = 0;

    if (rare == NULL)
        return WSAENOBUFS;
    if (off == was_off)
        return 0;
    if (off)
        error = option_number_get(sock, row, &now);
    if (error != 0)
        return error;
    error = -host_set_option(sock->fd, row->linux_level, row->linux_name,
                             off ? TCP_SYN_RETRIES_LEAST : rare->syn_retries);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_OPTION, error);
    if (off)
        rare->syn_retries = (uint8_t)now.number;
    (void)sock_set_mode(sock, SOCK_MODE_NO_SYN_RETRIES, off);
    return 0;
}

static int option_syn_retries_get(struct sock *sock, const struct option_row *row,
                                  struct option_value *value)
{
    (void)row;
    value->number = (sock_modes(sock) & SOCK_MODE_NO_SYN_RETRIES) != 0;
    return 0;
}

/* A listener takes data with the first packet. A connect sends it after the handshake all the same:
 * Linux would otherwise tell of a connection before there is one. */
static int option_fastopen_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    int queue = value->number != 0 ? TCP_FASTOPEN_QUEUE : 0;
    int error = host_set_option(sock->fd, row->linux_level, row->linux_name, queue);

    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* As SIOCATMARK: true when no urgent byte waits outside the stream. */
static int option_at_mark_get(struct sock *sock, const struct option_row *row,
                              struct option_value *value)
{
    char byte;
    struct host_iov iov = {&byte, 1};

    (void)row;
    value->number = host_recv(sock->fd, &iov, 1, LX_MSG_OOB | LX_MSG_PEEK) != 1;
    return 0;
}

/* ---- What ended the last connect ---- */

static int option_icmp_get(struct sock *sock, const struct option_row *row,
                           struct option_value *value)
{
    const struct host_icmp *icmp = NULL;
    ICMP_ERROR_INFO info;
    bool inet6;

    (void)row;
    if (!(sock_modes(sock) & SOCK_MODE_FAIL_ON_ICMP))
        return WSAEINVAL;
    icmp = &sock_rare(sock)->icmp;
    if (icmp->address_bytes == 0)
        return 0; /* a value of no bytes: there was none */
    inet6 = icmp->address_bytes == sizeof(struct in6_addr);
    memset(&info, 0, sizeof info);
    info.srcaddress.si_family = inet6 ? AF_INET6 : AF_INET;
    if (inet6)
        memcpy(&info.srcaddress.Ipv6.sin6_addr, icmp->address, sizeof(struct in6_addr));
    else
        memcpy(&info.srcaddress.Ipv4.sin_addr, icmp->address, sizeof(struct in_addr));
    info.protocol = inet6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    info.type = icmp->type;
    info.code = icmp->code;
    memcpy(value->data, &info, sizeof info);
    value->bytes = sizeof info;
    return 0;
}

/* ---- Rows ---- */

/* clang-format off */
#define OPTION_FIXED(value) \
    .linux_name = (value), .get = option_constant_get, .set = option_fixed_set
static const struct option_row option_tcp_rows[] = {
    { IPPROTO_TCP, TCP_NODELAY, OPTION_BYTE, .where = OPTION_STREAM,
      OPTION_KERNEL(IPPROTO_TCP, TCP_NODELAY) },
    { IPPROTO_TCP, TCP_EXPEDITED_1122, OPTION_DWORD, .where = OPTION_STREAM, OPTION_FIXED(0) },
    { IPPROTO_TCP, TCP_BSDURGENT, OPTION_DWORD, .where = OPTION_STREAM, OPTION_FIXED(1) },
    { IPPROTO_TCP, TCP_STDURG, OPTION_DWORD, .where = OPTION_STREAM, OPTION_FIXED(0) },
    { IPPROTO_TCP, TCP_NOURG, OPTION_DWORD, .where = OPTION_STREAM, OPTION_FIXED(0) },
    { IPPROTO_TCP, TCP_DELAY_FIN_ACK, OPTION_DWORD, .where = OPTION_STREAM, OPTION_FIXED(0) },
    { IPPROTO_TCP, TCP_MAXSEG, OPTION_DWORD, .where = OPTION_STREAM,
      OPTION_LINUX(IPPROTO_TCP, TCP_MAXSEG), .get = option_number_get },
    { IPPROTO_TCP, TCP_MAXRT, OPTION_DWORD, .where = OPTION_STREAM, .carried = true,
      OPTION_LINUX(IPPROTO_TCP, TCP_USER_TIMEOUT),
      .get = option_retransmit_get, .set = option_retransmit_set },
    { IPPROTO_TCP, TCP_MAXRTMS, OPTION_DWORD, .where = OPTION_STREAM,
      OPTION_LINUX(IPPROTO_TCP, TCP_USER_TIMEOUT),
      .get = option_retransmit_get, .set = option_retransmit_set },
    { IPPROTO_TCP, TCP_ATMARK, OPTION_DWORD, .where = OPTION_STREAM, .get = option_at_mark_get },
    { IPPROTO_TCP, TCP_NOSYNRETRIES, OPTION_DWORD, .where = OPTION_STREAM, .carried = true,
      OPTION_LINUX(IPPROTO_TCP, TCP_SYNCNT),
      .get = option_syn_retries_get, .set = option_syn_retries_set },
    { IPPROTO_TCP, TCP_TIMESTAMPS, OPTION_DWORD, .where = OPTION_STREAM,
      .get = option_timestamps_get, .set = option_timestamps_set },
    { IPPROTO_TCP, TCP_OFFLOAD_PREFERENCE, OPTION_DWORD, .where = OPTION_STREAM,
      .get = option_offload_get, .set = option_offload_set },
    { IPPROTO_TCP, TCP_CONGESTION_ALGORITHM, OPTION_DWORD, .where = OPTION_STREAM,
      .get = option_constant_get, .set = option_congestion_set },
    { IPPROTO_TCP, TCP_FASTOPEN, OPTION_DWORD, .where = OPTION_STREAM, .carried = true,
      OPTION_LINUX(IPPROTO_TCP, TCP_FASTOPEN),
      .get = option_kernel_get, .set = option_fastopen_set },
    { IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, OPTION_DWORD, .where = OPTION_STREAM,
      OPTION_MODE(SOCK_MODE_FAIL_ON_ICMP) },
    { IPPROTO_TCP, TCP_ICMP_ERROR_INFO, OPTION_BYTES, .bytes = sizeof(ICMP_ERROR_INFO),
      .where = OPTION_STREAM, .get = option_icmp_get },
};
/* clang-format on */

const struct option_table option_tcp_table = OPTION_TABLE(IPPROTO_TCP, option_tcp_rows);
