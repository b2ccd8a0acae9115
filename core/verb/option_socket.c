/* SPDX-License-Identifier: MIT */
/*
 * The options of SOL_SOCKET that describe one socket. The contexts of accepted and connected
 * sockets are in option_context.c, what describes its protocol in option_sharing.c.
 */
#include "core/verb/option.h"

#include <errno.h>
#include <string.h>

#include <afunix.h>
#include <mstcpip.h>
#include <mswsock.h>

#include "core/base/errmap.h"
#include "core/object/group.h"
#include "core/verb/name.h"
#include "core/verb/option_row.h"
#include "ring/host/net.h"
#include "ring/host/tcp.h"

enum {
    OPTION_BUFFER_DEFAULT = 65536, /* bytes; what Windows reports today */
    OPTION_COMPARTMENT = 1,        /* Windows' number of the first one; a process sees no other */
    OPTION_PACKET_BYTES = 65535,
    OPTION_UDP_HEADER_BYTES = 8,
    OPTION_IPV4_HEADER_BYTES = 20
};

/* SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other; bind.c acts on them. */
static int option_share_set(struct sock *sock, const struct option_row *row,
                            const struct option_value *value)
{
    uint32_t flag = (uint32_t)row->linux_name;
    uint32_t other = flag == SOCK_REUSE ? SOCK_EXCLUSIVE : SOCK_REUSE;

    if (value->number != 0 && sock_flags(sock) & other)
        return WSAEINVAL;
    if (value->number != 0)
        sock_set(sock, flag);
    else
        sock_clear(sock, flag);
    return 0;
}

/* The kernel doubles and rounds what it is given; the caller reads back what it set. */
static int option_buffer_get(struct sock *sock, const struct option_row *row,
                             struct option_value *value)
{
    bool send = row->name == SO_SNDBUF;

    if (sock_flags(sock) & (uint32_t)(send ? SOCK_SNDBUF_SET : SOCK_RCVBUF_SET))
        value->number = (uint32_t)(send ? sock_rare(sock)->send_buffer_bytes
                                        : sock_rare(sock)->receive_buffer_bytes);
    else
        value->number = OPTION_BUFFER_DEFAULT;
    return 0;
}

static int option_buffer_set(struct sock *sock, const struct option_row *row,
                             const struct option_value *value)
{
    bool send = row->name == SO_SNDBUF;
    int bytes = (int)value->number;
    struct sock_rare *rare = sock_rare_make(sock);
    int error = 0;

    if (rare == NULL)
        return WSAENOBUFS;
    /* 0 asks Windows to move data without a copy in between. The kernel would take it as its
     * smallest buffer, which is the opposite of what the caller is after; so it keeps its own. */
    if (bytes != 0)
        error = host_set_option(sock->fd, row->linux_level, row->linux_name, bytes);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
    if (send)
        rare->send_buffer_bytes = bytes;
    else
        rare->receive_buffer_bytes = bytes;
    sock_set(sock, send ? SOCK_SNDBUF_SET : SOCK_RCVBUF_SET);
    return 0;
}

/* Milliseconds for blocking calls, which verb/block.c applies; 0: none (SOCKOPT-GEN-01). */
static int option_timeout_get(struct sock *sock, const struct option_row *row,
                              struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    value->number = 0;
    if (rare != NULL) /* relaxed here and below: a number on its own */
        value->number = atomic_load_explicit(row->name == SO_SNDTIMEO ? &rare->send_timeout_ms
                                                                      : &rare->receive_timeout_ms,
                                             memory_order_relaxed);
    return 0;
}

static int option_timeout_set(struct sock *sock, const struct option_row *row,
                              const struct option_value *value)
{
    struct sock_rare *rare = sock_rare_make(sock);

    if (rare == NULL)
        return WSAENOBUFS;
    atomic_store_explicit(row->name == SO_SNDTIMEO ? &rare->send_timeout_ms
                                                   : &rare->receive_timeout_ms,
                          value->number, memory_order_relaxed);
    return 0;
}

/* Only an abortive close is told to the kernel: with a time-out its close(2) would block, also on a
 * thread that must not. closesocket() does that wait itself. */
static int option_linger_apply(struct sock *sock)
{
    bool abortive = sock->linger_on && sock->linger_s == 0;

    return errmap_to_wsa(ERRMAP_CALL_OPTION, -host_set_linger(sock->fd, abortive, 0));
}

/* The value is a struct linger as one number: l_onoff in the low half. */
static int option_linger_get(struct sock *sock, const struct option_row *row,
                             struct option_value *value)
{
    (void)row;
    value->number = (uint32_t)sock->linger_on | (uint32_t)sock->linger_s << 16;
    return 0;
}

static int option_linger_set(struct sock *sock, const struct option_row *row,
                             const struct option_value *value)
{
    (void)row;
    sock->linger_on = (value->number & 0xffff) != 0;
    sock->linger_s = (uint16_t)(value->number >> 16);
    return option_linger_apply(sock);
}

static int option_dontlinger_get(struct sock *sock, const struct option_row *row,
                                 struct option_value *value)
{
    (void)row;
    value->number = !sock->linger_on;
    return 0;
}

static int option_dontlinger_set(struct sock *sock, const struct option_row *row,
                                 const struct option_value *value)
{
    (void)row;
    sock->linger_on = value->number == 0; /* the seconds stay: SO_DONTLINGER is the switch only */
    return option_linger_apply(sock);
}

/* Not the kernel's: reading that one would take the error away from a receive in flight. Reading
 * takes an error away, not a connect's: that stays until another connect succeeds (SELECT-19). */
static int option_error_get(struct sock *sock, const struct option_row *row,
                            struct option_value *value)
{
    (void)row;
    value->number = (uint32_t)sock->error;
    if (!(sock_flags(sock) & SOCK_CONNECT_FAILED))
        sock->error = 0;
    return 0;
}

static int option_error_set(struct sock *sock, const struct option_row *row,
                            const struct option_value *value)
{
    (void)row;
    sock->error = (int32_t)value->number;
    return 0;
}

static int option_type_get(struct sock *sock, const struct option_row *row,
                           struct option_value *value)
{
    (void)row;
    value->number = sock->type;
    return 0;
}

static int option_connect_time_get(struct sock *sock, const struct option_row *row,
                                   struct option_value *value)
{
    (void)row;
    value->number = UINT32_MAX; /* not connected */
    if (sock_flags(sock) & SOCK_CONNECTED)
        value->number = sock_now_s() - sock->connected_at_s;
    return 0;
}

static int option_group_get(struct sock *sock, const struct option_row *row,
                            struct option_value *value)
{
    (void)row;
    value->number = group_id(sock);
    return 0;
}

/* The kernel completes every handshake, so it changes nothing: docs/calls/setsockopt.md. */
static int option_conditional_get(struct sock *sock, const struct option_row *row,
                                  struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    (void)row;
    value->number = rare != NULL && rare->conditional;
    return 0;
}

static int option_conditional_set(struct sock *sock, const struct option_row *row,
                                  const struct option_value *value)
{
    struct sock_rare *rare = NULL;

    (void)row;
    if (sock->type != SOCK_STREAM)
        return WSAENOPROTOOPT;
    if (sock_flags(sock) & SOCK_LISTENING)
        return WSAEINVAL;
    rare = sock_rare_make(sock);
    if (rare == NULL)
        return WSAENOBUFS;
    rare->conditional = value->number != 0;
    return 0;
}

/* A listener cannot refuse connections here: the kernel completes their handshake. */
static int option_pause_set(struct sock *sock, const struct option_row *row,
                            const struct option_value *value)
{
    (void)sock;
    (void)row;
    return value->number == 0 ? 0 : WSAENOPROTOOPT;
}

/* A hint that is kept; sockets in no group have none. */
static int option_priority_get(struct sock *sock, const struct option_row *row,
                               struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    (void)row;
    value->number = rare != NULL ? (uint32_t)rare->group_priority : 0;
    return group_id(sock) != 0 ? 0 : WSAENOPROTOOPT;
}

static int option_priority_set(struct sock *sock, const struct option_row *row,
                               const struct option_value *value)
{
    (void)row;
    if (group_id(sock) == 0)
        return WSAENOPROTOOPT;
    if ((int32_t)value->number < 0)
        return WSAEINVAL;
    sock_rare(sock)->group_priority = (int32_t)value->number; /* it is where the group is, too */
    return 0;
}

static int option_compartment_set(struct sock *sock, const struct option_row *row,
                                  const struct option_value *value)
{
    (void)sock;
    return value->number == (uint32_t)row->linux_name ? 0 : WSAEINVAL;
}

/* ---- Local ports ---- */

/* The kernel's choice of a port is random at all times. Ports of SO_REUSE_UNICASTPORT are chosen so
 * on Windows as well, and it wants the one or the other. */
static int option_randomize_set(struct sock *sock, const struct option_row *row,
                                const struct option_value *value)
{
    if (sock_flags(sock) & SOCK_BOUND || sock_modes(sock) & SOCK_MODE_REUSE_UNICASTPORT)
        return WSAEINVAL;
    return option_mode_set(sock, row, value);
}

static int option_unicast_port_get(struct sock *sock, const struct option_row *row,
                                   struct option_value *value)
{
    (void)row;
    value->number = (sock_modes(sock) & SOCK_MODE_REUSE_UNICASTPORT) != 0;
    return 0;
}

/* A stream that is bound to an address without a port gets its port with the connect, and may then
 * have one that others use towards other hosts. Datagrams need theirs at once. */
static int option_unicast_port_set(struct sock *sock, const struct option_row *row,
                                   const struct option_value *value)
{
    bool on = value->number != 0;
    int error = 0;

    if (sock_flags(sock) & SOCK_BOUND)
        return WSAEINVAL;
    if (!sock_set_mode(sock, SOCK_MODE_REUSE_UNICASTPORT, on))
        return WSAENOBUFS;
    if (sock->type == SOCK_STREAM && sock->family != AF_UNIX)
        error = host_set_option(sock->fd, row->linux_level, row->linux_name, on);
    if (error != 0)
        (void)sock_set_mode(sock, SOCK_MODE_REUSE_UNICASTPORT, !on);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

static int option_multicast_port_set(struct sock *sock, const struct option_row *row,
                                     const struct option_value *value)
{
    if (value->number > 1 || sock_flags(sock) & SOCK_BOUND)
        return WSAEINVAL;
    return option_mode_set(sock, row, value);
}

/* ---- Messages ---- */

/* The largest that a length of 16 bits leaves room for, behind the headers of UDP and IPv4. */
static int option_message_size_get(struct sock *sock, const struct option_row *row,
                                   struct option_value *value)
{
    (void)row;
    value->number = OPTION_PACKET_BYTES;
    if (sock->type == SOCK_DGRAM)
        value->number -= OPTION_UDP_HEADER_BYTES;
    if (sock->family == AF_INET)
        value->number -= OPTION_IPV4_HEADER_BYTES;
    return 0;
}

/* Where the client of a connection wanted to go, before a firewall's rule sent it here. */
static int option_original_get(struct sock *sock, const struct option_row *row,
                               struct option_value *value)
{
    struct name name = {.bytes = sizeof name.data};
    int error;

    (void)row;
    if (!(sock_flags(sock) & SOCK_CONNECTED))
        return WSAENOTCONN;
    error = host_original_destination(sock->fd, name.data, &name.bytes);
    if (error == -ENOENT || error == -ENOPROTOOPT) /* no rule; or nobody keeps such rules */
        return WSAEINVAL;
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
    name_to_winsock(&name);
    memcpy(value->data, name.data, name.bytes);
    value->bytes = name.bytes;
    return 0;
}

/* ---- SO_OPENTYPE ---- */

/* Of the thread, for what socket() makes. */
static _Thread_local uint32_t option_open_type;

static int option_open_type_get(struct sock *sock, const struct option_row *row,
                                struct option_value *value)
{
    (void)sock;
    (void)row;
    value->number = option_open_type;
    return 0;
}

static int option_open_type_set(struct sock *sock, const struct option_row *row,
                                const struct option_value *value)
{
    (void)sock;
    (void)row;
    option_open_type = value->number;
    return 0;
}

DWORD option_open_flags(void)
{
    return option_open_type == 0 ? WSA_FLAG_OVERLAPPED : 0;
}

/* ---- Rows ---- */

/* clang-format off */
#define OPTION_DATAGRAMS .where = OPTION_IPV4 | OPTION_IPV6 | OPTION_DGRAM | OPTION_RAW
#define OPTION_REFUSED(name) \
    { SOL_SOCKET, name, OPTION_INT, .no_get = WSAENOPROTOOPT, .no_set = WSAENOPROTOOPT }
static const struct option_row option_socket_rows[] = {
    { SOL_SOCKET, SO_DEBUG, OPTION_BOOL, OPTION_MODE(SOCK_MODE_DEBUG) }, /* nothing is told */
    { SOL_SOCKET, SO_REUSEADDR, OPTION_BOOL, .linux_name = SOCK_REUSE,
      .get = option_flag_get, .set = option_share_set },
    { SOL_SOCKET, SO_EXCLUSIVEADDRUSE, OPTION_BOOL, .linux_name = SOCK_EXCLUSIVE,
      .get = option_flag_get, .set = option_share_set },
    { SOL_SOCKET, SO_ACCEPTCONN, OPTION_BOOL, .linux_name = SOCK_LISTENING,
      .get = option_flag_get },
    { SOL_SOCKET, SO_DONTROUTE, OPTION_BYTE, .where = OPTION_IPV4,
      OPTION_KERNEL(SOL_SOCKET, SO_DONTROUTE) },
    { SOL_SOCKET, SO_BROADCAST, OPTION_BOOL, OPTION_KERNEL(SOL_SOCKET, SO_BROADCAST) },
    { SOL_SOCKET, SO_OOBINLINE, OPTION_BOOL, OPTION_KERNEL(SOL_SOCKET, SO_OOBINLINE) },
    { SOL_SOCKET, SO_LINGER, OPTION_INT, .get = option_linger_get, .set = option_linger_set },
    { SOL_SOCKET, SO_DONTLINGER, OPTION_BOOL,
      .get = option_dontlinger_get, .set = option_dontlinger_set },
    { SOL_SOCKET, SO_SNDBUF, OPTION_INT, OPTION_LINUX(SOL_SOCKET, SO_SNDBUF),
      .get = option_buffer_get, .set = option_buffer_set },
    { SOL_SOCKET, SO_RCVBUF, OPTION_INT, OPTION_LINUX(SOL_SOCKET, SO_RCVBUF),
      .get = option_buffer_get, .set = option_buffer_set },
    { SOL_SOCKET, SO_SNDTIMEO, OPTION_UNTOUCHED,
      .get = option_timeout_get, .set = option_timeout_set },
    { SOL_SOCKET, SO_RCVTIMEO, OPTION_UNTOUCHED,
      .get = option_timeout_get, .set = option_timeout_set },
    { SOL_SOCKET, SO_ERROR, OPTION_INT, .get = option_error_get, .set = option_error_set },
    { SOL_SOCKET, SO_TYPE, OPTION_INT, .get = option_type_get },
    { SOL_SOCKET, SO_GROUP_ID, OPTION_INT, .get = option_group_get },
    { SOL_SOCKET, SO_CONNECT_TIME, OPTION_INT, .get = option_connect_time_get },
    { SOL_SOCKET, SO_CONDITIONAL_ACCEPT, OPTION_BOOL,
      .get = option_conditional_get, .set = option_conditional_set },
    { SOL_SOCKET, SO_PAUSE_ACCEPT, OPTION_BOOL, .where = OPTION_STREAM,
      .get = option_constant_get, .set = option_pause_set },
    { SOL_SOCKET, SO_GROUP_PRIORITY, OPTION_INT,
      .get = option_priority_get, .set = option_priority_set },
    { SOL_SOCKET, SO_COMPARTMENT_ID, OPTION_INT, .linux_name = OPTION_COMPARTMENT,
      .get = option_constant_get, .set = option_compartment_set },
    { SOL_SOCKET, SO_RANDOMIZE_PORT, OPTION_BOOL, .linux_name = SOCK_MODE_RANDOMIZE_PORT,
      .get = option_mode_get, .set = option_randomize_set },
    { SOL_SOCKET, SO_PORT_SCALABILITY, OPTION_BOOL, OPTION_MODE(SOCK_MODE_PORT_SCALABILITY) },
    { SOL_SOCKET, SO_REUSE_UNICASTPORT, OPTION_BOOL, .carried = true,
      OPTION_LINUX(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
      .get = option_unicast_port_get, .set = option_unicast_port_set },
    { SOL_SOCKET, SO_REUSE_MULTICASTPORT, OPTION_INT, .where = OPTION_DGRAM,
      .linux_name = SOCK_MODE_REUSE_MULTICASTPORT,
      .get = option_mode_get, .set = option_multicast_port_set },
    { SOL_SOCKET, SO_MAX_MSG_SIZE, OPTION_INT, OPTION_DATAGRAMS,
      .get = option_message_size_get },
    { SOL_SOCKET, SO_MAXDG, OPTION_INT, OPTION_DATAGRAMS, .get = option_message_size_get },
    { SOL_SOCKET, SO_MAXPATHDG, OPTION_INT, OPTION_DATAGRAMS, .get = option_message_size_get },
    { SOL_SOCKET, SO_ORIGINAL_DST, OPTION_BYTES, .bytes = sizeof(SOCKADDR_STORAGE),
      .where = OPTION_IPV4 | OPTION_IPV6 | OPTION_STREAM, .get = option_original_get },
    { SOL_SOCKET, SO_OPENTYPE, OPTION_UNTOUCHED, .where = OPTION_ANY_HANDLE,
      .get = option_open_type_get, .set = option_open_type_set },
    /* What Windows itself refuses: TCP/IP has none of it. */
    { SOL_SOCKET, SO_USELOOPBACK, OPTION_BOOL, .no_get = WSAEINVAL, .no_set = WSAEINVAL },
    { SOL_SOCKET, SO_SNDLOWAT, OPTION_INT, .no_get = WSAEINVAL, .no_set = WSAEINVAL },
    { SOL_SOCKET, SO_RCVLOWAT, OPTION_INT, .no_get = WSAEINVAL, .no_set = WSAEINVAL },
    OPTION_REFUSED(PVD_CONFIG),
    OPTION_REFUSED(SO_CONNDATA), OPTION_REFUSED(SO_CONNDATALEN),
    OPTION_REFUSED(SO_CONNOPT), OPTION_REFUSED(SO_CONNOPTLEN),
    OPTION_REFUSED(SO_DISCDATA), OPTION_REFUSED(SO_DISCDATALEN),
    OPTION_REFUSED(SO_DISCOPT), OPTION_REFUSED(SO_DISCOPTLEN),
    OPTION_REFUSED(SO_TIMESTAMP), OPTION_REFUSED(SO_TIMESTAMP_ID), /* control messages */
};
/* clang-format on */

const struct option_table option_socket_table = OPTION_TABLE(SOL_SOCKET, option_socket_rows);
