/* SPDX-License-Identifier: MIT */
/*
 * Linux numbers that core needs while it cannot include a Linux socket header. lx_check.c asserts
 * each row against the real one. errno numbers come from <errno.h>, which core may include.
 */
#ifndef RING_HOST_LX_H
#define RING_HOST_LX_H

/* clang-format off */
#define LX_NUMBERS(X)               \
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
    X(SO_LINGER, 13)                \
    X(SO_REUSEPORT, 15)             \
    X(SO_ACCEPTCONN, 30)            \
    X(SO_ATTACH_REUSEPORT_CBPF, 51) \
    X(IPPROTO_IP, 0)                \
    X(IPPROTO_TCP, 6)               \
    X(IPPROTO_UDP, 17)              \
    X(IPPROTO_IPV6, 41)             \
    X(TCP_NODELAY, 1)               \
    X(IPV6_V6ONLY, 26)              \
    X(IP_TOS, 1)                    \
    X(IP_TTL, 2)                    \
    X(IP_HDRINCL, 3)                \
    X(IPV6_UNICAST_HOPS, 16)        \
    X(IP_MULTICAST_IF, 32)          \
    X(IP_ADD_MEMBERSHIP, 35)        \
    X(IP_MULTICAST_ALL, 49)         \
    X(IPV6_MULTICAST_IF, 17)        \
    X(IPV6_MULTICAST_ALL, 29)       \
    X(IPV6_ADD_MEMBERSHIP, 20)      \
    X(MSG_OOB, 0x1)                 \
    X(MSG_PEEK, 0x2)                \
    X(MSG_DONTROUTE, 0x4)           \
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

#endif
