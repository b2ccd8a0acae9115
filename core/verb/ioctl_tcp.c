/* SPDX-License-Identifier: MIT */
/*
 * Control codes that only TCP has: keep-alive, statistics, how much to keep on the way, and the
 * hints that Linux has something for. docs/calls/WSAIoctl.md says what each field becomes.
 */
#include <winsock2.h>

#include <mstcpip.h>
#include <mswsock.h>

#include <string.h>

#include "core/base/errmap.h"
#include "core/verb/ioctl.h"
#include "core/verb/option.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"
#include "ring/host/tcp_info.h"

enum {
    TCP_SYN_COUNT_MAX = 127,
    TCP_BACKLOG_FIRST = 0x10000,   /* IOCTL-20 */
    TCP_BACKLOG_MAX = 16 << 20,    /* documented */
    TCP_PRIORITY_LOW = 1,          /* Linux' "filler" traffic */
    TCP_NO_RETRANSMISSIONS = 0xFE, /* TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS */
    TCP_UNSPECIFIED = 0xFF
};

static int tcp_set(struct sock *sock, int level, int name, int value)
{
    int error;

    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_set_option(sock->fd, level, name, value);
    host_lock_release(&sock->lock);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* IOCTL-13 */
int ioctl_keepalive(struct ioctl_call *call)
{
    struct tcp_keepalive values;

    if (ioctl_input(call, &values, sizeof values) != 0)
        return WSAEFAULT;
    return option_keepalive(call->sock, values.onoff != 0, (uint32_t)values.keepalivetime,
                            (uint32_t)values.keepaliveinterval);
}

static TCPSTATE tcp_state(enum host_tcp_state state)
{
    static const uint8_t states[] = {[HOST_TCP_ESTABLISHED] = TCPSTATE_ESTABLISHED,
                                     [HOST_TCP_SYN_SENT] = TCPSTATE_SYN_SENT,
                                     [HOST_TCP_SYN_RECV] = TCPSTATE_SYN_RCVD,
                                     [HOST_TCP_FIN_WAIT_1] = TCPSTATE_FIN_WAIT_1,
                                     [HOST_TCP_FIN_WAIT_2] = TCPSTATE_FIN_WAIT_2,
                                     [HOST_TCP_TIME_WAIT] = TCPSTATE_TIME_WAIT,
                                     [HOST_TCP_CLOSE] = TCPSTATE_CLOSED,
                                     [HOST_TCP_CLOSE_WAIT] = TCPSTATE_CLOSE_WAIT,
                                     [HOST_TCP_LAST_ACK] = TCPSTATE_LAST_ACK,
                                     [HOST_TCP_LISTEN] = TCPSTATE_LISTEN,
                                     [HOST_TCP_CLOSING] = TCPSTATE_CLOSING,
                                     [HOST_TCP_NEW_SYN_RECV] = TCPSTATE_SYN_RCVD};

    return state < sizeof states / sizeof states[0] ? (TCPSTATE)states[state] : TCPSTATE_CLOSED;
}

static ULONG tcp_clip(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (ULONG)value;
}

static int tcp_ask(struct sock *sock, struct host_tcp_info *info)
{
    int error;

    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_tcp_info(sock->fd, info);
    host_lock_release(&sock->lock);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* Linux' number is the doubled one. */
static ULONG tcp_receive_buffer(struct sock *sock)
{
    int value = 0;
    uint32_t bytes = sizeof value;

    host_lock_acquire(&sock->lock); /* [S3] */
    (void)host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_RCVBUF, &value, &bytes);
    host_lock_release(&sock->lock);
    return value > 0 ? (ULONG)value / 2 : 0;
}

static void tcp_fill(struct sock *sock, const struct host_tcp_info *from, TCP_INFO_v1 *to)
{
    uint64_t limited_us = from->window_limited_us + from->buffer_limited_us;

    memset(to, 0, sizeof *to);
    to->State = tcp_state(from->state);
    to->RcvBuf = tcp_receive_buffer(sock);
    if (from->state == HOST_TCP_LISTEN || from->state == HOST_TCP_CLOSE)
        return;
    to->Mss = from->mss_bytes;
    if (sock_flags(sock) & SOCK_CONNECTED)
        to->ConnectionTimeMs = (ULONG64)(uint32_t)(sock_now_s() - sock->connected_at_s) * 1000;
    to->TimestampsEnabled = from->timestamps;
    to->RttUs = from->rtt_us;
    to->MinRttUs = from->min_rtt_us;
    to->BytesInFlight = from->in_flight_bytes;
    to->Cwnd = tcp_clip((uint64_t)from->window_segments * from->mss_bytes);
    to->SndWnd = from->send_window_bytes;
    to->RcvWnd = from->receive_window_bytes;
    to->BytesOut = from->sent_bytes - from->repeated_bytes;
    to->BytesIn = from->received_bytes;
    to->BytesReordered = tcp_clip((uint64_t)from->out_of_order_segments * from->receive_mss_bytes);
    to->BytesRetrans = tcp_clip(from->repeated_bytes);
    to->TimeoutEpisodes = from->timeout_episodes;
    if (from->state == HOST_TCP_SYN_SENT || from->state == HOST_TCP_SYN_RECV)
        to->SynRetrans =
            (UCHAR)(from->retransmitted_segments > 255 ? 255 : from->retransmitted_segments);
    to->SndLimTimeRwin = tcp_clip(from->window_limited_us / 1000);
    to->SndLimTimeSnd = tcp_clip(from->buffer_limited_us / 1000);
    if (from->busy_us > limited_us)
        to->SndLimTimeCwnd = tcp_clip((from->busy_us - limited_us) / 1000);
}

/* Version 0 is the beginning of version 1. */
int ioctl_tcp_info(struct ioctl_call *call)
{
    struct host_tcp_info info;
    TCP_INFO_v1 answer;
    DWORD version;
    DWORD bytes;
    int error;

    if (call->in == NULL || call->in_bytes != sizeof version) /* documented */
        return WSAEMSGSIZE;
    if (ioctl_input(call, &version, sizeof version) != 0)
        return WSAEFAULT;
    if (version > 1)
        return WSAEINVAL;
    bytes = version == 0 ? sizeof(TCP_INFO_v0) : sizeof(TCP_INFO_v1);
    if (call->out == NULL || call->out_bytes < bytes)
        return WSAEFAULT;
    error = tcp_ask(call->sock, &info);
    if (error != 0)
        return error;
    tcp_fill(call->sock, &info, &answer);
    return ioctl_output(call, &answer, bytes);
}

/* SIO_LOOPBACK_FAST_PATH: nothing to do, and nothing that an application could notice. */
int ioctl_fast_path(struct ioctl_call *call)
{
    int on;

    return ioctl_input(call, &on, sizeof on);
}

int ioctl_initial_rto(struct ioctl_call *call)
{
    TCP_INITIAL_RTO_PARAMETERS values;
    uint32_t flags = sock_flags(call->sock);
    int count;

    if (ioctl_input(call, &values, sizeof values) != 0)
        return WSAEFAULT;
    if (flags & (SOCK_CONNECTING | SOCK_CONNECTED)) /* too late */
        return WSAEINVAL;
    count = values.MaxSynRetransmissions;
    if (count == TCP_UNSPECIFIED)
        return 0;
    if (count == TCP_NO_RETRANSMISSIONS)
        count = 1; /* the fewest that Linux knows */
    else if (count > TCP_SYN_COUNT_MAX)
        count = TCP_SYN_COUNT_MAX;
    /* 0 is the system's own number, for Linux too. */
    return count == 0 ? 0 : tcp_set(call->sock, LX_IPPROTO_TCP, LX_TCP_SYNCNT, count);
}

/* SIO_SET_COMPATIBILITY_MODE: checked as documented; Linux has no such older behaviour. */
int ioctl_compatibility(struct ioctl_call *call)
{
    WSA_COMPATIBILITY_MODE mode;

    if (call->in_bytes < sizeof mode)
        return WSAEINVAL;
    if (ioctl_input(call, &mode, sizeof mode) != 0)
        return WSAEFAULT;
    return (unsigned)mode.BehaviorId > WsaBehaviorAutoTuning ? WSAEINVAL : 0;
}

int ioctl_priority_hint(struct ioctl_call *call)
{
    PRIORITY_STATUS status;

    if (ioctl_input(call, &status, sizeof status) != 0)
        return WSAEFAULT;
    if ((unsigned)status.hint >= SocketMaximumPriorityHintType)
        return WSAEINVAL;
    return tcp_set(call->sock, LX_SOL_SOCKET, LX_SO_PRIORITY,
                   status.hint == SocketPriorityHintNormal ? 0 : TCP_PRIORITY_LOW);
}

/* SIO_IDEAL_SEND_BACKLOG_QUERY: what congestion control would let out. Before as much has been
 * acknowledged its number is only a first guess; Windows' is 64 KiB (IOCTL-20). */
int ioctl_backlog(struct ioctl_call *call)
{
    struct host_tcp_info info;
    uint64_t bytes;
    ULONG answer;
    int error;

    if (!(sock_flags(call->sock) & SOCK_CONNECTED))
        return WSAENOTCONN;
    error = tcp_ask(call->sock, &info);
    if (error != 0)
        return error;
    bytes = (uint64_t)info.window_segments * info.mss_bytes;
    if (bytes < TCP_BACKLOG_FIRST || info.acknowledged_bytes < TCP_BACKLOG_FIRST)
        bytes = TCP_BACKLOG_FIRST;
    answer = bytes > TCP_BACKLOG_MAX ? TCP_BACKLOG_MAX : (ULONG)bytes;
    return ioctl_output(call, &answer, sizeof answer);
}

/* SIO_IDEAL_SEND_BACKLOG_CHANGE: nobody tells when that number changes. */
int ioctl_backlog_change(struct ioctl_call *call)
{
    if (call->out_bytes != 0) /* documented */
        return WSAEINVAL;
    return sock_flags(call->sock) & SOCK_CONNECTED ? WSAEOPNOTSUPP : WSAENOTCONN;
}
