/* SPDX-License-Identifier: MIT */
/*
 * Control messages, both ways. No state and no lock. Which messages a receive gets is decided here
 * by the socket's switches (enum sock_control), because several of Winsock's are made of one of
 * Linux': its packet information and its type of service.
 */
#include "core/verb/control.h"

#include <string.h>

#include <mstcpip.h>
#include <mswsock.h>
#include <ws2tcpip.h>

#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum {
    CONTROL_HEADER_BYTES = sizeof(WSACMSGHDR),
    CONTROL_ECN_MASK = 3 /* the low bits of the type of service, or of the traffic class */
};

static uint32_t control_align(uint32_t bytes)
{
    return (bytes + 7) & ~7u;
}

/* ---- Writing ---- */

struct control_writer {
    unsigned char *to;
    uint32_t room;
    uint32_t used;
    bool cut; /* something had no room; nothing follows it */
};

static void control_put(struct control_writer *writer, int level, int type, const void *data,
                        uint32_t bytes)
{
    const WSACMSGHDR header = {
        .cmsg_len = CONTROL_HEADER_BYTES + bytes, .cmsg_level = level, .cmsg_type = type};
    uint32_t left = writer->room - writer->used;
    unsigned char *at;
    uint32_t padded;

    if (writer->cut || left < header.cmsg_len) {
        writer->cut = true;
        return;
    }
    at = writer->to + writer->used; /* not before: no room, no pointer */
    padded = control_align((uint32_t)header.cmsg_len);
    padded = padded < left ? padded : left; /* the last one needs nothing behind it */
    memcpy(at, &header, sizeof header);
    memcpy(at + sizeof header, data, bytes);
    memset(at + header.cmsg_len, 0, padded - header.cmsg_len);
    writer->used += padded;
}

static void control_put_int(struct control_writer *writer, int level, int type, int32_t value)
{
    control_put(writer, level, type, &value, sizeof value);
}

/* ---- Reading ---- */

struct control_entry {
    int level;
    int type;
    const unsigned char *data;
    uint32_t bytes;
};

/* The message at *offset, past which it moves. False: there is none; with *offset before the end,
 * what is there is malformed. */
static bool control_next(const unsigned char *from, uint32_t from_bytes, uint32_t *offset,
                         struct control_entry *entry)
{
    uint32_t left = from_bytes - *offset;
    WSACMSGHDR header;

    if (left < sizeof header)
        return false;
    memcpy(&header, from + *offset, sizeof header);
    if (header.cmsg_len < sizeof header || header.cmsg_len > left)
        return false;
    entry->level = header.cmsg_level;
    entry->type = header.cmsg_type;
    entry->data = from + *offset + sizeof header;
    entry->bytes = (uint32_t)(header.cmsg_len - sizeof header);
    *offset += control_align((uint32_t)header.cmsg_len);
    if (*offset > from_bytes)
        *offset = from_bytes;
    return true;
}

static int32_t control_number(const struct control_entry *entry)
{
    int32_t number = 0;

    if (entry->bytes == 1) /* Linux' type of service */
        return entry->data[0];
    memcpy(&number, entry->data, entry->bytes < sizeof number ? entry->bytes : sizeof number);
    return number;
}

/* ---- Sending ---- */

/* A number within its limits. */
static int control_send_number(struct control_writer *to, const struct control_entry *from,
                               int lx_level, int lx_type, int32_t most)
{
    int32_t number = control_number(from);

    if (from->bytes != sizeof number || number < 0 || number > most)
        return WSAEINVAL;
    control_put_int(to, lx_level, lx_type, number);
    return 0;
}

/* The two bits of congestion notification: Linux takes them with the other six, which stay as the
 * socket has them. */
static int control_send_ecn(struct sock *sock, struct control_writer *to,
                            const struct control_entry *from, int lx_level, int lx_type)
{
    int32_t number = control_number(from);
    int whole = 0;
    uint32_t bytes = sizeof whole;

    if (from->bytes != sizeof number || number < 0 || number > CONTROL_ECN_MASK)
        return WSAEINVAL;
    if (host_getsockopt(sock->fd, lx_level, lx_type, &whole, &bytes) != 0)
        whole = 0;
    control_put_int(to, lx_level, lx_type, (whole & ~CONTROL_ECN_MASK & 0xff) | number);
    return 0;
}

static int control_send_pktinfo(struct control_writer *to, const struct control_entry *from)
{
    struct lx_pktinfo info = {0};
    IN_PKTINFO given;

    if (from->bytes != (from->type == IP_PKTINFO ? sizeof(IN_PKTINFO) : sizeof(IN_PKTINFO_EX)))
        return WSAEINVAL;
    memcpy(&given, from->data, sizeof given);
    info.index = (int32_t)given.ipi_ifindex;
    info.local = given.ipi_addr.s_addr;
    control_put(to, LX_IPPROTO_IP, LX_IP_PKTINFO, &info, sizeof info);
    return 0;
}

static int control_send_inet(struct sock *sock, struct control_writer *to,
                             const struct control_entry *from)
{
    switch (from->type) {
    case IP_PKTINFO:
    case IP_PKTINFO_EX:
        return control_send_pktinfo(to, from);
    case IP_TTL:
    case IP_HOPLIMIT:
        if (control_number(from) == 0)
            return WSAEINVAL;
        return control_send_number(to, from, LX_IPPROTO_IP, LX_IP_TTL, 255);
    case IP_TOS:
    case IP_TCLASS:
        return control_send_number(to, from, LX_IPPROTO_IP, LX_IP_TOS, 255);
    case IP_ECN:
        return control_send_ecn(sock, to, from, LX_IPPROTO_IP, LX_IP_TOS);
    default:
        return WSAEINVAL;
    }
}

static int control_send_inet6(struct sock *sock, struct control_writer *to,
                              const struct control_entry *from)
{
    if (sock->family != AF_INET6)
        return WSAEINVAL;
    switch (from->type) {
    case IPV6_PKTINFO:
    case IPV6_PKTINFO_EX:
        if (from->bytes !=
            (from->type == IPV6_PKTINFO ? sizeof(IN6_PKTINFO) : sizeof(IN6_PKTINFO_EX)))
            return WSAEINVAL;
        control_put(to, LX_IPPROTO_IPV6, LX_IPV6_PKTINFO, from->data, sizeof(IN6_PKTINFO));
        return 0;
    case IPV6_HOPLIMIT:
        return control_send_number(to, from, LX_IPPROTO_IPV6, LX_IPV6_HOPLIMIT, 255);
    case IPV6_TCLASS:
        return control_send_number(to, from, LX_IPPROTO_IPV6, LX_IPV6_TCLASS, 255);
    case IPV6_ECN:
        return control_send_ecn(sock, to, from, LX_IPPROTO_IPV6, LX_IPV6_TCLASS);
    default:
        return WSAEINVAL;
    }
}

static int control_send_udp(struct sock *sock, struct control_writer *to,
                            const struct control_entry *from)
{
    uint32_t given;
    uint16_t bytes;

    if (sock->type != SOCK_DGRAM || from->type != UDP_SEND_MSG_SIZE || from->bytes != sizeof given)
        return WSAEINVAL;
    memcpy(&given, from->data, sizeof given);
    if (given > UINT16_MAX)
        return WSAEINVAL;
    bytes = (uint16_t)given;
    control_put(to, LX_IPPROTO_UDP, LX_UDP_SEGMENT, &bytes, sizeof bytes);
    return 0;
}

int control_to_linux(struct sock *sock, const WSABUF *control, struct control_room *to,
                     uint32_t *bytes)
{
    struct control_writer writer = {.to = to->data, .room = sizeof to->data};
    const unsigned char *from = (const unsigned char *)control->buf;
    struct control_entry entry;
    uint32_t offset = 0;
    int error = 0;

    while (error == 0 && offset < control->len) {
        if (!control_next(from, control->len, &offset, &entry))
            return WSAEINVAL;
        if (entry.level == IPPROTO_IP)
            error = control_send_inet(sock, &writer, &entry);
        else if (entry.level == IPPROTO_IPV6)
            error = control_send_inet6(sock, &writer, &entry);
        else if (entry.level == IPPROTO_UDP)
            error = control_send_udp(sock, &writer, &entry);
        else
            error = WSAEINVAL;
    }
    if (writer.cut)
        error = WSAEINVAL; /* some message stands there many times */
    *bytes = writer.used;
    return error;
}

/* ---- Receiving ---- */

void control_ask_place(struct sock *sock)
{
    if (sock_modes(sock) & SOCK_MODE_PLACES)
        return;
    if (sock->family == AF_INET6)
        (void)host_set_option(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_RECVPKTINFO, 1);
    /* Of an IPv6 socket too: it may receive from both. */
    (void)host_set_option(sock->fd, LX_IPPROTO_IP, LX_IP_PKTINFO, 1);
    (void)sock_set_mode(sock, SOCK_MODE_PLACES, true);
}

struct control_receive {
    struct control_writer to;
    uint32_t wanted; /* enum sock_control */
    ULONG flags;     /* MSG_BCAST, MSG_MCAST */
};

static void control_receive_pktinfo(struct control_receive *receive,
                                    const struct control_entry *from)
{
    struct control_writer *to = &receive->to;
    struct lx_pktinfo info;
    IN_PKTINFO_EX out = {0};

    if (from->bytes != sizeof info)
        return;
    memcpy(&info, from->data, sizeof info);
    if ((ntohl(info.to) >> 28) == 14)
        receive->flags |= MSG_MCAST;
    else if (info.to == INADDR_NONE || (info.local != 0 && info.local != info.to))
        receive->flags |= MSG_BCAST; /* it has come, and not for our address */
    out.pkt_info.ipi_addr.s_addr = info.to;
    out.pkt_info.ipi_ifindex = (ULONG)info.index;
    if (receive->wanted & SOCK_CONTROL_PKTINFO)
        control_put(to, IPPROTO_IP, IP_PKTINFO, &out.pkt_info, sizeof out.pkt_info);
    if (receive->wanted & SOCK_CONTROL_PKTINFO_EX)
        control_put(to, IPPROTO_IP, IP_PKTINFO_EX, &out, sizeof out);
    if (receive->wanted & SOCK_CONTROL_RECVIF)
        control_put_int(to, IPPROTO_IP, IP_RECVIF, info.index);
    if (receive->wanted & SOCK_CONTROL_DSTADDR)
        control_put(to, IPPROTO_IP, IP_RECVDSTADDR, &info.to, sizeof info.to);
    if (receive->wanted & SOCK_CONTROL_ARRIVAL_IF)
        control_put_int(to, IPPROTO_IP, IP_ORIGINAL_ARRIVAL_IF, info.index);
}

static void control_receive_inet(struct control_receive *receive, const struct control_entry *from)
{
    if (from->type == LX_IP_PKTINFO) {
        control_receive_pktinfo(receive, from);
    } else if (from->type == LX_IP_TTL) {
        if (receive->wanted & SOCK_CONTROL_HOPLIMIT) /* RECVMSG-11 */
            control_put_int(&receive->to, IPPROTO_IP, IP_TTL, control_number(from));
    } else if (from->type == LX_IP_TOS) {
        int32_t tos = control_number(from);

        if (receive->wanted & SOCK_CONTROL_TCLASS)
            control_put_int(&receive->to, IPPROTO_IP, IP_TOS, tos);
        if (receive->wanted & SOCK_CONTROL_ECN)
            control_put_int(&receive->to, IPPROTO_IP, IP_ECN, tos & CONTROL_ECN_MASK);
    }
}

static void control_receive_pktinfo6(struct control_receive *receive,
                                     const struct control_entry *from)
{
    uint32_t wanted = receive->wanted >> SOCK_CONTROL_INET6_SHIFT;
    struct control_writer *to = &receive->to;
    IN6_PKTINFO_EX out = {0};
    int32_t index;

    if (from->bytes != sizeof out.pkt_info)
        return;
    memcpy(&out.pkt_info, from->data, sizeof out.pkt_info);
    /* IPv4 on a socket of both: IP_PKTINFO tells of that. */
    if (IN6_IS_ADDR_V4MAPPED(&out.pkt_info.ipi6_addr))
        return;
    if (IN6_IS_ADDR_MULTICAST(&out.pkt_info.ipi6_addr))
        receive->flags |= MSG_MCAST;
    index = (int32_t)out.pkt_info.ipi6_ifindex;
    if (wanted & SOCK_CONTROL_PKTINFO)
        control_put(to, IPPROTO_IPV6, IPV6_PKTINFO, &out.pkt_info, sizeof out.pkt_info);
    if (wanted & SOCK_CONTROL_PKTINFO_EX)
        control_put(to, IPPROTO_IPV6, IPV6_PKTINFO_EX, &out, sizeof out);
    if (wanted & SOCK_CONTROL_RECVIF)
        control_put_int(to, IPPROTO_IPV6, IPV6_RECVIF, index);
    if (wanted & SOCK_CONTROL_DSTADDR)
        control_put(to, IPPROTO_IPV6, IPV6_RECVDSTADDR, &out.pkt_info.ipi6_addr,
                    sizeof out.pkt_info.ipi6_addr);
    if (wanted & SOCK_CONTROL_ARRIVAL_IF)
        control_put_int(to, IPPROTO_IPV6, IP_ORIGINAL_ARRIVAL_IF, index);
}

static void control_receive_inet6(struct control_receive *receive, const struct control_entry *from)
{
    uint32_t wanted = receive->wanted >> SOCK_CONTROL_INET6_SHIFT;
    struct control_writer *to = &receive->to;

    if (from->type == LX_IPV6_PKTINFO) {
        control_receive_pktinfo6(receive, from);
    } else if (from->type == LX_IPV6_HOPLIMIT) {
        if (wanted & SOCK_CONTROL_HOPLIMIT)
            control_put_int(to, IPPROTO_IPV6, IPV6_HOPLIMIT, control_number(from));
    } else if (from->type == LX_IPV6_TCLASS) {
        int32_t class = control_number(from);

        if (wanted & SOCK_CONTROL_TCLASS)
            control_put_int(to, IPPROTO_IPV6, IPV6_TCLASS, class);
        if (wanted & SOCK_CONTROL_ECN)
            control_put_int(to, IPPROTO_IPV6, IPV6_ECN, class & CONTROL_ECN_MASK);
    } else if (from->type == LX_IPV6_HOPOPTS) {
        if (wanted & SOCK_CONTROL_HOPOPTS)
            control_put(to, IPPROTO_IPV6, IPV6_HOPOPTS, from->data, from->bytes);
    } else if (from->type == LX_IPV6_RTHDR) {
        if (wanted & (SOCK_CONTROL_RTHDR | SOCK_CONTROL_RECVRTHDR))
            control_put(to, IPPROTO_IPV6, IPV6_RTHDR, from->data, from->bytes);
    }
}

/* Linux' clock is the wall's; Winsock's time stamps are of QueryPerformanceCounter. */
static void control_receive_time(struct control_receive *receive, const struct control_entry *from)
{
    int64_t stamp[2]; /* seconds and nanoseconds: when the datagram came into the kernel */
    int64_t since_ns;
    uint64_t ticks; /* nanoseconds too */

    if (from->bytes < sizeof stamp)
        return;
    memcpy(stamp, from->data, sizeof stamp);
    if (stamp[0] == 0 && stamp[1] == 0)
        return;
    since_ns = host_wall_ns() - (stamp[0] * INT64_C(1000000000) + stamp[1]);
    ticks = (uint64_t)(host_now_ns() - since_ns);
    control_put(&receive->to, SOL_SOCKET, SO_TIMESTAMP, &ticks, sizeof ticks);
}

static void control_receive_entry(struct control_receive *receive, const struct control_entry *from)
{
    if (from->level == LX_IPPROTO_IP)
        control_receive_inet(receive, from);
    else if (from->level == LX_IPPROTO_IPV6)
        control_receive_inet6(receive, from);
    else if (from->level == LX_IPPROTO_UDP && from->type == LX_UDP_GRO)
        control_put_int(&receive->to, IPPROTO_UDP, UDP_COALESCED_INFO, control_number(from));
    else if (from->level == LX_SOL_SOCKET && from->type == LX_SCM_TIMESTAMPING)
        control_receive_time(receive, from);
}

bool control_from_linux(struct sock *sock, WSAMSG *message, const void *from, uint32_t from_bytes,
                        int lx_flags)
{
    struct sock_rare *rare = sock_rare(sock);
    struct control_receive receive = {
        .to = {.to = (unsigned char *)message->Control.buf, .room = message->Control.len}};
    struct control_entry entry;
    uint32_t offset = 0;

    if (rare != NULL) /* relaxed: bits on their own */
        receive.wanted = atomic_load_explicit(&rare->controls, memory_order_relaxed);
    while (control_next(from, from_bytes, &offset, &entry))
        control_receive_entry(&receive, &entry);
    if (lx_flags & LX_MSG_CTRUNC)
        receive.to.cut = true;
    message->Control.len = receive.to.used;
    message->dwFlags = receive.flags | (lx_flags & LX_MSG_TRUNC ? MSG_TRUNC : 0u) |
                       (receive.to.cut ? MSG_CTRUNC : 0u);
    return !receive.to.cut;
}
