/* SPDX-License-Identifier: MIT */
/*
 * Linux numbers that core needs while it cannot include a Linux socket header. lx_check.c asserts
 * each row against the real one. errno numbers come from <errno.h>, which core may include.
 */
#ifndef RING_HOST_LX_H
#define RING_HOST_LX_H

#include <stdint.h>

/* clang-format off */
#define LX_NUMBERS(X)               \
    X(AF_UNIX, 1)                   \
    X(AF_INET, 2)                   \
    X(AF_INET6, 10)                 \
    X(SOCK_STREAM, 1)               \
    X(SOCK_DGRAM, 2)                \
    X(SOCK_RAW, 3)                  \
    X(SOL_SOCKET, 1)                \
    X(SO_REUSEADDR, 2)              \
    X(SO_TYPE, 3)                   \
    X(SO_ERROR, 4)                  \
    X(SO_DONTROUTE, 5)              \
    X(SO_BROADCAST, 6)              \
    X(SO_SNDBUF, 7)                 \
    X(SO_RCVBUF, 8)                 \
    X(SO_KEEPALIVE, 9)              \
    X(SO_OOBINLINE, 10)             \
    X(SO_PRIORITY, 12)              \
    X(SO_NO_CHECK, 11)              \
    X(SO_LINGER, 13)                \
    X(SO_REUSEPORT, 15)             \
    X(SO_ACCEPTCONN, 30)            \
    X(SO_PROTOCOL, 38)              \
    X(SO_DOMAIN, 39)                \
    X(SO_TIMESTAMPING, 37)          \
    X(SO_INCOMING_CPU, 49)          \
    X(SO_BINDTOIFINDEX, 62)         \
    X(SO_ATTACH_REUSEPORT_CBPF, 51) \
    X(IPPROTO_IP, 0)                \
    X(IPPROTO_TCP, 6)               \
    X(IPPROTO_UDP, 17)              \
    X(IPPROTO_IPV6, 41)             \
    X(TCP_NODELAY, 1)               \
    X(TCP_MAXSEG, 2)                \
    X(TCP_KEEPIDLE, 4)              \
    X(TCP_KEEPINTVL, 5)             \
    X(TCP_KEEPCNT, 6)               \
    X(TCP_SYNCNT, 7)                \
    X(TCP_USER_TIMEOUT, 18)         \
    X(TCP_FASTOPEN, 23)             \
    X(IPV6_V6ONLY, 26)              \
    X(IP_TOS, 1)                    \
    X(IP_TTL, 2)                    \
    X(IP_HDRINCL, 3)                \
    X(IP_OPTIONS, 4)                \
    X(IP_ROUTER_ALERT, 5)           \
    X(IP_PKTINFO, 8)                \
    X(IP_MTU_DISCOVER, 10)          \
    X(IP_RECVERR, 11)               \
    X(IP_RECVTTL, 12)               \
    X(IP_RECVTOS, 13)               \
    X(IP_MTU, 14)                   \
    X(IP_BIND_ADDRESS_NO_PORT, 24)  \
    X(IPV6_UNICAST_HOPS, 16)        \
    X(IP_MULTICAST_IF, 32)          \
    X(IP_MULTICAST_TTL, 33)         \
    X(IP_ADD_MEMBERSHIP, 35)        \
    X(IP_DROP_MEMBERSHIP, 36)       \
    X(IP_UNBLOCK_SOURCE, 37)        \
    X(IP_BLOCK_SOURCE, 38)          \
    X(IP_ADD_SOURCE_MEMBERSHIP, 39) \
    X(IP_DROP_SOURCE_MEMBERSHIP, 40)\
    X(IP_MSFILTER, 41)              \
    X(MCAST_JOIN_GROUP, 42)         \
    X(MCAST_BLOCK_SOURCE, 43)       \
    X(MCAST_UNBLOCK_SOURCE, 44)     \
    X(MCAST_LEAVE_GROUP, 45)        \
    X(MCAST_JOIN_SOURCE_GROUP, 46)  \
    X(MCAST_LEAVE_SOURCE_GROUP, 47) \
    X(MCAST_MSFILTER, 48)           \
    X(IP_MULTICAST_ALL, 49)         \
    X(IP_UNICAST_IF, 50)            \
    X(IPV6_CHECKSUM, 7)             \
    X(IPV6_MULTICAST_IF, 17)        \
    X(IPV6_MULTICAST_HOPS, 18)      \
    X(IPV6_MULTICAST_ALL, 29)       \
    X(IPV6_ADD_MEMBERSHIP, 20)      \
    X(IPV6_LEAVE_GROUP, 21)         \
    X(IPV6_MTU_DISCOVER, 23)        \
    X(IPV6_MTU, 24)                 \
    X(IPV6_RECVERR, 25)             \
    X(IPV6_HDRINCL, 36)             \
    X(IPV6_RECVPKTINFO, 49)         \
    X(IPV6_PKTINFO, 50)             \
    X(IPV6_RECVHOPLIMIT, 51)        \
    X(IPV6_HOPLIMIT, 52)            \
    X(IPV6_RECVHOPOPTS, 53)         \
    X(IPV6_HOPOPTS, 54)             \
    X(IPV6_RECVRTHDR, 56)           \
    X(IPV6_RTHDR, 57)               \
    X(IPV6_DONTFRAG, 62)            \
    X(IPV6_RECVTCLASS, 66)          \
    X(IPV6_TCLASS, 67)              \
    X(IPV6_UNICAST_IF, 76)          \
    X(UDP_SEGMENT, 103)             \
    X(UDP_GRO, 104)                 \
    X(SCM_TIMESTAMPING, 37)         \
    X(MSG_OOB, 0x1)                 \
    X(MSG_PEEK, 0x2)                \
    X(MSG_DONTROUTE, 0x4)           \
    X(MSG_CTRUNC, 0x8)              \
    X(MSG_TRUNC, 0x20)              \
    X(MSG_WAITALL, 0x100)           \
    X(POLLIN, 0x1)                  \
    X(POLLPRI, 0x2)                 \
    X(POLLOUT, 0x4)                 \
    X(POLLERR, 0x8)                 \
    X(POLLHUP, 0x10)                \
    X(POLLNVAL, 0x20)               \
    X(POLLRDHUP, 0x2000)
/* clang-format on */

#define LX_ENUMERATOR(name, value) LX_##name = value,
enum lx_number { LX_NUMBERS(LX_ENUMERATOR) };
#undef LX_ENUMERATOR

/* What comes with a received IPv4 datagram, and goes with one that is sent. Addresses are in
 * network order. */
struct lx_pktinfo {
    int32_t index;  /* of the interface */
    uint32_t local; /* the address here; to send from, when it is sent */
    uint32_t to;    /* where it was sent: `local`, a group's or a broadcast address */
};

#endif
