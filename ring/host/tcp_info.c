/* SPDX-License-Identifier: MIT */
/*
 * TCP_INFO of the kernel. Its structure has grown with the years: what the installed header does
 * not know yet is read by its place, and what the kernel does not know stays 0.
 */
#include "ring/host/tcp_info.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    TCP_INFO_BYTES = 512, /* more than any kernel has */
    TCP_INFO_RECEIVE_WINDOW = offsetof(struct tcp_info, tcpi_snd_wnd) + 4,
    TCP_INFO_RTO_RECOVERIES = TCP_INFO_RECEIVE_WINDOW + 10
};
_Static_assert(TCP_INFO_RECEIVE_WINDOW == 232, "what follows has never moved");

/* Bytes that were sent and not acknowledged: the unacknowledged ones without the unsent ones. */
static uint32_t tcp_info_in_flight(int fd)
{
    int unacknowledged = 0;
    int unsent = 0;

    if (ioctl(fd, SIOCOUTQ, &unacknowledged) != 0 || ioctl(fd, SIOCOUTQNSD, &unsent) != 0)
        return 0;
    return unacknowledged > unsent ? (uint32_t)(unacknowledged - unsent) : 0;
}

int host_tcp_info(int fd, struct host_tcp_info *info)
{
    unsigned char raw[TCP_INFO_BYTES] = {0};
    socklen_t bytes = sizeof raw;
    struct tcp_info kernel;
    uint16_t episodes;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, raw, &bytes) != 0)
        return -errno;
    memcpy(&kernel, raw, sizeof kernel);
    memset(info, 0, sizeof *info);
    info->state = kernel.tcpi_state;
    if (info->state == HOST_TCP_LISTEN) /* the other fields speak of its backlog */
        return 0;
    info->timestamps = kernel.tcpi_options & TCPI_OPT_TIMESTAMPS;
    info->mss_bytes = kernel.tcpi_snd_mss;
    info->receive_mss_bytes = kernel.tcpi_rcv_mss;
    info->rtt_us = kernel.tcpi_rtt;
    info->min_rtt_us = kernel.tcpi_min_rtt == UINT32_MAX ? 0 : kernel.tcpi_min_rtt;
    info->window_segments = kernel.tcpi_snd_cwnd;
    info->send_window_bytes = kernel.tcpi_snd_wnd;
    memcpy(&info->receive_window_bytes, raw + TCP_INFO_RECEIVE_WINDOW, 4);
    info->in_flight_bytes = tcp_info_in_flight(fd);
    info->out_of_order_segments = kernel.tcpi_rcv_ooopack;
    info->retransmitted_segments = kernel.tcpi_total_retrans;
    memcpy(&episodes, raw + TCP_INFO_RTO_RECOVERIES, sizeof episodes);
    info->timeout_episodes = episodes;
    info->sent_bytes = kernel.tcpi_bytes_sent;
    info->repeated_bytes = kernel.tcpi_bytes_retrans;
    info->acknowledged_bytes = kernel.tcpi_bytes_acked;
    info->received_bytes = kernel.tcpi_bytes_received;
    info->busy_us = kernel.tcpi_busy_time;
    info->window_limited_us = kernel.tcpi_rwnd_limited;
    info->buffer_limited_us = kernel.tcpi_sndbuf_limited;
    return 0;
}
