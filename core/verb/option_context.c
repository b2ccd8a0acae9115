/* SPDX-License-Identifier: MIT */
/*
 * What a socket takes over: SO_UPDATE_ACCEPT_CONTEXT and SO_UPDATE_CONNECT_CONTEXT, and the options
 * of a listener that an accepted socket inherits.
 */
#include "core/verb/option_row.h"

#include <mswsock.h>

#include "core/verb/bind.h"

static int option_accept_context_set(struct sock *sock, const struct option_row *row,
                                     const struct option_value *value)
{
    struct sock *listener = sock_ref((SOCKET)value->handle);
    int error = 0;

    (void)row;
    if (listener == NULL)
        return WSAENOTSOCK;
    if (!(sock_flags(listener) & SOCK_LISTENING))
        error = WSAEINVAL;
    else if (!(sock_flags(sock) & SOCK_CONNECTED))
        error = WSAENOTCONN;
    else if (!(sock_flags(sock) & SOCK_ACCEPTED))
        error = WSAEINVAL;
    else if (sock_flags(sock) & SOCK_CONTEXT_PENDING) { /* a second time changes nothing */
        sock_inherit(sock, listener);
        sock_set(sock, SOCK_BOUND);
        sock_clear(sock, SOCK_CONTEXT_PENDING);
    }
    sock_unref(listener);
    return error;
}

static int option_connect_context_set(struct sock *sock, const struct option_row *row,
                                      const struct option_value *value)
{
    (void)row;
    (void)value;
    if (!(sock_flags(sock) & SOCK_CONNECTED))
        return WSAENOTCONN;
    if (sock_flags(sock) & SOCK_ACCEPTED)
        return WSAEINVAL;
    if (sock_clear(sock, SOCK_CONTEXT_PENDING) & SOCK_CONTEXT_PENDING)
        bind_connected(sock);
    return 0;
}

/* clang-format off */
static const struct option_row option_context_rows[] = {
    { SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, OPTION_HANDLE, .set = option_accept_context_set },
    { SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, OPTION_NO_VALUE, .set = option_connect_context_set },
};
/* clang-format on */

const struct option_table option_context_table = OPTION_TABLE(SOL_SOCKET, option_context_rows);

/* ---- Inheritance ---- */

/* relaxed: numbers on their own */
static void option_timeouts_inherit(struct sock_rare *to, struct sock_rare *from)
{
    atomic_store_explicit(&to->send_timeout_ms,
                          atomic_load_explicit(&from->send_timeout_ms, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(&to->receive_timeout_ms,
                          atomic_load_explicit(&from->receive_timeout_ms, memory_order_relaxed),
                          memory_order_relaxed);
}

/* Is there anything rare to inherit? A listener has its rare part for other reasons too, and what
 * every accepted socket gets is memory of every connection. */
static bool option_inherits_rare(struct sock *listener, struct sock_rare *from)
{
    return from != NULL &&
           ((sock_flags(listener) & (SOCK_SNDBUF_SET | SOCK_RCVBUF_SET)) != 0 ||
            from->keep_idle_s != 0 || from->keep_interval_s != 0 || from->keep_count != 0 ||
            atomic_load_explicit(&from->send_timeout_ms, memory_order_relaxed) != 0 ||
            atomic_load_explicit(&from->receive_timeout_ms, memory_order_relaxed) != 0);
}

/* The kernel copies what it knows of when it accepts: SO_KEEPALIVE, SO_OOBINLINE, TCP_NODELAY, and
 * its own idea of the buffers and of an abortive close. */
void sock_inherit(struct sock *accepted, struct sock *listener)
{
    uint32_t flags = sock_flags(listener);
    struct sock_rare *from = sock_rare(listener);
    struct sock_rare *to = NULL;

    sock_set(accepted, flags & SOCK_REUSE);
    accepted->linger_on = listener->linger_on;
    accepted->linger_s = listener->linger_s;
    if (option_inherits_rare(listener, from))
        to = sock_rare_make(accepted);
    if (to == NULL) /* nothing rare to inherit, or no memory: then the defaults are read back */
        return;
    to->send_buffer_bytes = from->send_buffer_bytes;
    to->receive_buffer_bytes = from->receive_buffer_bytes;
    to->keep_idle_s = from->keep_idle_s;
    to->keep_interval_s = from->keep_interval_s;
    to->keep_count = from->keep_count;
    option_timeouts_inherit(to, from);
    sock_set(accepted, flags & (SOCK_SNDBUF_SET | SOCK_RCVBUF_SET));
}
