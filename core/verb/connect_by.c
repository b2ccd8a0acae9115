/* SPDX-License-Identifier: MIT */
/*
 * WSAConnectByList and WSAConnectByName: the attempts are made one after another in the calling
 * thread's own ring, under one SOCK_CONNECTING ([C1] in connect_sync.c), so that nobody else
 * connects the socket in between.
 */
#include "core/verb/connect_by.h"

#include <errno.h>
#include <stdlib.h>

#include "core/object/group.h"
#include "core/object/op.h"
#include "core/verb/abandon.h"
#include "core/verb/addrinfo.h"
#include "core/verb/bind.h"
#include "core/verb/connect_sync.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

int connect_by_check(struct sock *sock, const struct name *name)
{
    if (name_is_nowhere(name) || name_port(name) == 0)
        return WSAEADDRNOTAVAIL;
    return group_admits(sock, name->data) ? 0 : WSAEINVAL;
}

/* After a failed attempt the kernel still holds its source address, and one that was given up still
 * goes on. */
static void connect_by_reset(struct sock *sock)
{
    abandon_attempt(sock);
    bind_restore(sock); /* before the next attempt, which would take another port */
}

static bool connect_by_late(int64_t deadline_ns)
{
    return deadline_ns != PARK_FOREVER && host_now_ns() >= deadline_ns;
}

/* The attempts. 0, a WSA code, or WSAEINTR. */
static int connect_by_each(struct sock *sock, const struct connect_target *targets, unsigned count,
                           int64_t deadline_ns)
{
    int error = WSAEHOSTUNREACH;

    for (unsigned i = 0; i < count; i++) {
        int32_t result;

        /* The first attempt is always made, however short the time. */
        if (i > 0 && connect_by_late(deadline_ns))
            return WSAETIMEDOUT;
        error = targets[i].error;
        if (error != 0)
            continue;
        result = connect_try(sock, &targets[i].name, deadline_ns);
        if (result == -ECANCELED || result == -EINTR)
            return WSAEINTR; /* closed in another thread; WSACancelBlockingCall */
        error = connect_error(sock, result);
        if (error == 0)
            return 0;
        connect_by_reset(sock);
    }
    return error;
}

int connect_by(struct sock *sock, const struct connect_target *targets, unsigned count,
               int64_t deadline_ns)
{
    int error = connect_begin(sock);

    if (error != 0)
        return error;
    error = connect_by_each(sock, targets, count, deadline_ns);
    if (error == 0)
        sock_set(sock, SOCK_BOUND); /* a failure leaves an unbound socket unbound */
    return connect_end(sock, error, CONNECT_BY);
}

/* ---- Names ---- */

/* What to look up: what this socket can reach. */
static struct addrinfo connect_by_hints(struct sock *sock)
{
    struct addrinfo hints = {.ai_family = sock->family, .ai_socktype = SOCK_STREAM};
    int only = 1;
    uint32_t bytes = sizeof only;

    hints.ai_protocol = IPPROTO_TCP;
    if (sock->family == AF_INET6 &&
        host_getsockopt(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, &only, &bytes) == 0 && !only)
        hints.ai_flags = AI_V4MAPPED | AI_ALL;
    return hints;
}

int connect_by_resolve(struct sock *sock, const char *node, const char *service,
                       struct connect_target **targets, unsigned *count)
{
    struct addrinfo hints = connect_by_hints(sock);
    struct addrinfo *list = NULL;
    struct connect_target *target;
    int error = addrinfo_get(node, service, &hints, &list);

    if (error != 0)
        return error == WSA_NOT_ENOUGH_MEMORY ? WSAENOBUFS : error;
    *count = 0;
    for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next)
        ++*count;
    *targets = calloc(*count, sizeof **targets);
    target = *targets;
    for (const struct addrinfo *entry = list; entry != NULL && target != NULL;
         entry = entry->ai_next, target++) {
        target->error =
            name_from_caller(&target->name, sock->family, entry->ai_addr, (int)entry->ai_addrlen);
        if (target->error == 0)
            target->error = connect_by_check(sock, &target->name);
    }
    addrinfo_free(list);
    return *targets == NULL ? WSAENOBUFS : 0;
}
