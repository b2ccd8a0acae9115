/* SPDX-License-Identifier: MIT */
/* What the tests of datagrams share: sockets and names on loopback, for either family. */
#ifndef TESTS_API_UDP_H
#define TESTS_API_UDP_H

#include <stdbool.h>

#include "flow.h"

#include <ws2tcpip.h>

/* A name with room for either family. */
struct udp_name {
    SOCKADDR_STORAGE data;
    int bytes;
};

static inline struct sockaddr *udp_address(struct udp_name *name)
{
    return (struct sockaddr *)(void *)&name->data;
}

/* The loopback address with a port in network order. */
static inline struct udp_name udp_loopback(int family, USHORT port)
{
    struct udp_name name;
    SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)(void *)&name.data;
    SOCKADDR_IN *four = (SOCKADDR_IN *)(void *)&name.data;

    memset(&name, 0, sizeof name);
    if (family == AF_INET6) {
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        six->sin6_addr.s6_addr[15] = 1;
        name.bytes = sizeof *six;
    } else {
        *four = pair_name(INADDR_LOOPBACK, port);
        name.bytes = sizeof *four;
    }
    return name;
}

static inline SOCKET udp_socket(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static inline SOCKET udp_bound(int family)
{
    struct udp_name name = udp_loopback(family, 0);
    SOCKET s = udp_socket(family);

    assert_int_equal(bind(s, udp_address(&name), name.bytes), 0);
    return s;
}

static inline struct udp_name udp_name_of(SOCKET s)
{
    struct udp_name name;

    memset(&name, 0, sizeof name);
    name.bytes = sizeof name.data;
    assert_int_equal(getsockname(s, udp_address(&name), &name.bytes), 0);
    return name;
}

static inline bool udp_same(const struct udp_name *a, const struct udp_name *b)
{
    return a->bytes == b->bytes && memcmp(&a->data, &b->data, (size_t)a->bytes) == 0;
}

static inline void udp_nonblocking(SOCKET s)
{
    u_long on = 1;

    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
}

static inline int udp_send(SOCKET s, const void *data, int bytes, struct udp_name to)
{
    return sendto(s, data, bytes, 0, udp_address(&to), to.bytes);
}

/* recvfrom() with the sender's name. */
static inline int udp_recv(SOCKET s, void *data, int bytes, struct udp_name *from)
{
    memset(from, 0, sizeof *from);
    from->bytes = sizeof from->data;
    return recvfrom(s, data, bytes, 0, udp_address(from), &from->bytes);
}

/* Both return 0 when the call ended at once, else its error. */
static inline int udp_start_recv(SOCKET s, WSABUF *buffers, DWORD count, struct udp_name *from,
                                 OVERLAPPED *overlapped)
{
    DWORD flags = 0;

    memset(from, 0, sizeof *from);
    from->bytes = sizeof from->data;
    return WSARecvFrom(s, buffers, count, NULL, &flags, udp_address(from), &from->bytes, overlapped,
                       NULL) == 0
               ? 0
               : WSAGetLastError();
}

static inline int udp_start_send(SOCKET s, WSABUF *buffers, DWORD count, struct udp_name to,
                                 OVERLAPPED *overlapped)
{
    return WSASendTo(s, buffers, count, NULL, 0, udp_address(&to), to.bytes, overlapped, NULL) == 0
               ? 0
               : WSAGetLastError();
}

/* A port of loopback where nobody listens: its socket is closed again. */
static inline struct udp_name udp_nobody(int family)
{
    SOCKET s = udp_bound(family);
    struct udp_name name = udp_name_of(s);

    assert_int_equal(closesocket(s), 0);
    return name;
}

#endif
