/* SPDX-License-Identifier: MIT */
/*
 * From LX_POLL* to readiness. Linux counts the end of a connection, a failed connect and a socket
 * that was never connected as readable, writable or hung up; Winsock does not.
 */
#include "core/object/readiness.h"

#include "core/object/deferred.h"
#include "core/object/icmp.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

int readiness_events(uint32_t want)
{
    int events = 0;

    if (want & READY_READ)
        events |= LX_POLLIN;
    if (want & READY_CLOSED)
        events |= LX_POLLRDHUP;
    if (want & READY_OOB)
        events |= LX_POLLPRI;
    if (want & READY_WRITE)
        events |= LX_POLLOUT;
    return events; /* LX_POLLERR and LX_POLLHUP are told in any case */
}

/* With SO_OOBINLINE the byte is part of the stream (SELECT-15), which Linux tells as urgent too. */
static bool readiness_oob(struct sock *sock, int found)
{
    int in_line = 0;
    uint32_t bytes = sizeof in_line;

    if (!(found & LX_POLLPRI))
        return false;
    return host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_OOBINLINE, &in_line, &bytes) == 0 &&
           in_line == 0;
}

/* Room in the kernel is of no use while accepted sends stand before the next one. */
static uint32_t readiness_write(struct sock *sock, int found)
{
    if (!(found & LX_POLLOUT))
        return 0;
    return queue_busy(&sock->send) ? READY_SETTLING : READY_WRITE;
}

static uint32_t readiness_connected(struct sock *sock, int found)
{
    bool ended = found & (LX_POLLRDHUP | LX_POLLHUP | LX_POLLERR);
    uint32_t ready = readiness_write(sock, found);

    /* The end of the stream makes it readable for Linux; what counts here are bytes before it. */
    if ((found & LX_POLLIN) && (!ended || host_unread_bytes(sock->fd) > 0))
        ready |= READY_READ;
    if (readiness_oob(sock, found))
        ready |= READY_OOB;
    /* The error of a reset from here was taken with it: verb/abandon.h. */
    if (found & LX_POLLERR || (ended && sock_flags(sock) & SOCK_ABANDONED))
        ready |= READY_RESET;
    else if (ended)
        ready |= READY_CLOSED;
    return ready;
}

/* Neither connected nor listening: the kernel's answers mean nothing but the end of a connect. */
static uint32_t readiness_idle(uint32_t flags, int found)
{
    if (flags & SOCK_CONNECTING)
        return found != 0 ? READY_SETTLING : 0;
    return flags & SOCK_CONNECT_FAILED ? READY_FAILED : 0;
}

uint32_t readiness_of(struct sock *sock, int found)
{
    uint32_t flags = sock_flags(sock);

    if (flags & SOCK_CLOSING)
        return READY_GONE;
    if (sock->type != SOCK_STREAM) /* an answer by ICMP is told by the next receive */
        return (found & LX_POLLIN || (flags & SOCK_REFUSED) ||
                        (found & LX_POLLERR && icmp_readable(sock))
                    ? READY_READ
                    : 0) |
               readiness_write(sock, found);
    if (flags & SOCK_LISTENING)
        return (found & LX_POLLIN || deferred_any(sock) ? READY_READ : 0) |
               (flags & SOCK_CONNECT_FAILED ? READY_FAILED : 0); /* SELECT-20 */
    if (flags & SOCK_CONNECTED)
        return readiness_connected(sock, found);
    return readiness_idle(flags, found);
}
