/* SPDX-License-Identifier: MIT */
/* WSAConnectByList and WSAConnectByName, after their checks: several addresses tried in turn. */
#ifndef CORE_VERB_CONNECT_BY_H
#define CORE_VERB_CONNECT_BY_H

#include "core/verb/name.h"

struct connect_target {
    struct name name; /* Linux' form */
    int error;        /* a WSA code: it cannot be tried, and this is why */
};

/* Connects to the first target that answers; waits, whatever mode the socket is in. 0; why the last
 * one tried failed; WSAETIMEDOUT: the deadline came first; WSAEINTR: closed in another thread. */
int connect_by(struct sock *sock, const struct connect_target *targets, unsigned count,
               int64_t deadline_ns);

/* The targets that a host and a service stand for, of the socket's kind; free() them. 0 or a WSA
 * code. Text is UTF-8. */
int connect_by_resolve(struct sock *sock, const char *node, const char *service,
                       struct connect_target **targets, unsigned *count);

/* What such a target may be: 0 or a WSA code. `name` is in Linux' form. */
int connect_by_check(struct sock *sock, const struct name *name);

#endif
