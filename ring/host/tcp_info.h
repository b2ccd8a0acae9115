/* SPDX-License-Identifier: MIT */
/* What the kernel knows of one TCP connection. No state. */
#ifndef RING_HOST_TCP_INFO_H
#define RING_HOST_TCP_INFO_H

#include <stdbool.h>
#include <stdint.h>

enum host_tcp_state { /* the kernel's numbers */
                      HOST_TCP_ESTABLISHED = 1,
                      HOST_TCP_SYN_SENT,
                      HOST_TCP_SYN_RECV,
                      HOST_TCP_FIN_WAIT_1,
                      HOST_TCP_FIN_WAIT_2,
                      HOST_TCP_TIME_WAIT,
                      HOST_TCP_CLOSE,
                      HOST_TCP_CLOSE_WAIT,
                      HOST_TCP_LAST_ACK,
                      HOST_TCP_LISTEN,
                      HOST_TCP_CLOSING,
                      HOST_TCP_NEW_SYN_RECV
};

struct host_tcp_info {
    enum host_tcp_state state;
    bool timestamps;
    uint32_t mss_bytes;         /* of a segment that is sent */
    uint32_t receive_mss_bytes; /* of one that comes, estimated */
    uint32_t rtt_us;
    uint32_t min_rtt_us;      /* 0: not measured yet */
    uint32_t window_segments; /* of congestion control */
    uint32_t send_window_bytes;
    uint32_t receive_window_bytes; /* 0: the kernel is older than 6.2 */
    uint32_t in_flight_bytes;
    uint32_t out_of_order_segments; /* that came */
    uint32_t retransmitted_segments;
    uint32_t timeout_episodes; /* 0: the kernel is older than 6.7 */
    uint64_t sent_bytes;       /* repeated ones counted again */
    uint64_t repeated_bytes;
    uint64_t acknowledged_bytes;
    uint64_t received_bytes;
    uint64_t busy_us; /* with data to send */
    uint64_t window_limited_us;
    uint64_t buffer_limited_us;
};

/* 0 or a negative errno. */
int host_tcp_info(int fd, struct host_tcp_info *info);

#endif
