/* SPDX-License-Identifier: MIT */
/* What the tests of select, WSAPoll and WSAEventSelect share: sockets in every state. */
#ifndef TESTS_API_READINESS_H
#define TESTS_API_READINESS_H

#include <stdbool.h>
#include <sys/resource.h>

#include "flow.h"

static inline void ready_send(SOCKET s, const char *text)
{
    assert_int_equal(send(s, text, (int)strlen(text), 0), (int)strlen(text));
}

static inline void ready_nonblocking(SOCKET s)
{
    u_long on = 1;

    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
}

static inline void ready_oob(SOCKET s, char byte)
{
    assert_int_equal(send(s, &byte, 1, MSG_OOB), 1);
}

/* A port that nobody listens on. */
static inline SOCKADDR_IN ready_dead_end(void)
{
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKADDR_IN name = pair_address(s);

    closesocket(s);
    return name;
}

static inline void ready_start_connect(SOCKET s, SOCKADDR_IN to)
{
    pair_fails(connect(s, (struct sockaddr *)&to, sizeof to), WSAEWOULDBLOCK);
}

static inline void ready_reset(SOCKET s)
{
    LINGER linger = {1, 0};

    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    assert_int_equal(closesocket(s), 0);
}

/* Waits until the socket has one of these conditions. */
static inline SHORT ready_until(SOCKET s, SHORT events)
{
    WSAPOLLFD fd = {s, events, 0};

    assert_int_equal(WSAPoll(&fd, 1, FLOW_LIMIT_MS), 1);
    return fd.revents;
}

static inline void ready_data(SOCKET s)
{
    assert_true(ready_until(s, POLLRDNORM) & POLLRDNORM);
}

/* Sends until there is no room. Returns how many bytes went. */
static inline size_t ready_fill(SOCKET s)
{
    static char block[65536];
    size_t sent = 0;

    WSASetLastError(0);
    for (;;) {
        int bytes = send(s, block, sizeof block, 0);

        if (bytes == SOCKET_ERROR)
            break;
        sent += (size_t)bytes;
    }
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    return sent;
}

/* Allows the process this many descriptors. Returns how many it was before. */
static inline rlim_t ready_allow_descriptors(rlim_t count)
{
    struct rlimit limit;
    rlim_t before;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    before = limit.rlim_cur;
    limit.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

/* A connected datagram socket whose second send met the refusal of the first, and arrived at
 * `peer`: only the library knows of the error now. */
static inline SOCKET ready_refused(SOCKET *peer)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = ready_dead_end();
    WSAPOLLFD fd = {s, POLLRDNORM, 0};

    *peer = pair_socket(SOCK_DGRAM);
    assert_int_equal(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(send(s, "a", 1, 0), 1);
    assert_int_equal(WSAPoll(&fd, 1, FLOW_LIMIT_MS), 1);
    assert_int_equal(pair_bind(*peer, INADDR_LOOPBACK, name.sin_port), 0);
    assert_int_equal(send(s, "b", 1, 0), 1);
    ready_data(*peer);
    return s;
}

/* Receives exactly this much. */
static inline void ready_drain(SOCKET s, size_t bytes)
{
    static char block[65536];

    while (bytes > 0) {
        int got;

        ready_data(s);
        got = recv(s, block, bytes < sizeof block ? (int)bytes : (int)sizeof block, 0);
        assert_true(got > 0);
        bytes -= (size_t)got;
    }
}

#endif
