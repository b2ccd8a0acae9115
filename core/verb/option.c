/* SPDX-License-Identifier: MIT */
/*
 * Socket options, one row each: level, name, how its value is passed, and two functions. The
 * generic rules of length and memory (SOCKOPT-GEN) are applied once, in option_set and option_get.
 * sock->lock is held around each row's functions, which keeps the descriptor in place ([S3]).
 */
#include "core/verb/option.h"

#include <errno.h>
#include <string.h>

#include <mswsock.h>
#include <ws2ipdef.h>

#include "core/base/errmap.h"
#include "core/object/group.h"
#include "core/verb/bind.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum option_kind {
    OPTION_BOOL,    /* 4 bytes; a shorter buffer gets what fits (SOCKOPT-GEN-27) */
    OPTION_BYTE,    /* a truth value of one byte (SOCKOPT-GEN-18) */
    OPTION_INT,     /* 4 bytes; a shorter buffer is an error and is zeroed (SOCKOPT-GEN-29) */
    OPTION_TIMEOUT, /* 4 bytes; a shorter buffer is an error and is left alone (the same) */
    OPTION_LINGER,  /* 4 bytes: struct linger */
    OPTION_HANDLE,  /* a SOCKET, in 4 or 8 bytes; set only */
    OPTION_NO_VALUE /* set only; the value is not looked at */
};

enum { OPTION_BUFFER_DEFAULT = 65536 }; /* bytes; what Windows reports today */

struct option_row {
    int level;
    int name;
    enum option_kind kind;
    int linux_level; /* of the kernel's option behind it, for option_kernel_* */
    int linux_name;
    int (*get)(struct sock *sock, const struct option_row *row, int *value);
    int (*set)(struct sock *sock, const struct option_row *row, uint64_t value);
};

/* ---- Rows' functions: 0 or a WSA code ---- */

static int option_kernel_get(struct sock *sock, const struct option_row *row, int *value)
{
    uint32_t bytes = sizeof *value;
    int error = host_getsockopt(sock->fd, row->linux_level, row->linux_name, value, &bytes);

    *value = *value != 0;
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

static int option_kernel_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    int error = host_set_option(sock->fd, row->linux_level, row->linux_name, value != 0);

    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* For rows whose linux_name is a flag of the socket. */
static int option_flag_get(struct sock *sock, const struct option_row *row, int *value)
{
    *value = (sock_flags(sock) & (uint32_t)row->linux_name) != 0;
    return 0;
}

/* SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other; bind.c acts on them. */
static int option_share_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    uint32_t flag = (uint32_t)row->linux_name;
    uint32_t other = flag == SOCK_REUSE ? SOCK_EXCLUSIVE : SOCK_REUSE;

    if (value != 0 && sock_flags(sock) & other)
        return WSAEINVAL;
    if (value != 0)
        sock_set(sock, flag);
    else
        sock_clear(sock, flag);
    return 0;
}

static int option_dontroute_get(struct sock *sock, const struct option_row *row, int *value)
{
    return sock->family == AF_INET ? option_kernel_get(sock, row, value) : WSAENOPROTOOPT;
}

static int option_dontroute_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    return sock->family == AF_INET ? option_kernel_set(sock, row, value) : WSAENOPROTOOPT;
}

/* The kernel doubles and rounds what it is given; the caller reads back what it set. */
static int option_buffer_get(struct sock *sock, const struct option_row *row, int *value)
{
    bool send = row->name == SO_SNDBUF;

    if (sock_flags(sock) & (uint32_t)(send ? SOCK_SNDBUF_SET : SOCK_RCVBUF_SET))
        *value = send ? sock_rare(sock)->send_buffer_bytes : sock_rare(sock)->receive_buffer_bytes;
    else
        *value = OPTION_BUFFER_DEFAULT;
    return 0;
}

static int option_buffer_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    bool send = row->name == SO_SNDBUF;
    int bytes = (int)(uint32_t)value;
    struct sock_rare *rare = sock_rare_make(sock);
    int error = 0;

    if (rare == NULL)
        return WSAENOBUFS;
    /* 0 asks Windows to move data without a copy in between. The kernel would take it as its
     * smallest buffer, which is the opposite of what the caller is after; so it keeps its own. */
    if (bytes != 0)
        error = host_set_option(sock->fd, row->linux_level, row->linux_name, bytes);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
    if (send)
        rare->send_buffer_bytes = bytes;
    else
        rare->receive_buffer_bytes = bytes;
    sock_set(sock, send ? SOCK_SNDBUF_SET : SOCK_RCVBUF_SET);
    return 0;
}

/* Milliseconds for blocking calls, which verb/block.c applies; 0: none (SOCKOPT-GEN-01). */
static int option_timeout_get(struct sock *sock, const struct option_row *row, int *value)
{
    struct sock_rare *rare = sock_rare(sock);

    *value = 0;
    if (rare != NULL) /* relaxed here and below: a number on its own */
        *value = (int)atomic_load_explicit(row->name == SO_SNDTIMEO ? &rare->send_timeout_ms
                                                                    : &rare->receive_timeout_ms,
                                           memory_order_relaxed);
    return 0;
}

static int option_timeout_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    struct sock_rare *rare = sock_rare_make(sock);

    if (rare == NULL)
        return WSAENOBUFS;
    atomic_store_explicit(row->name == SO_SNDTIMEO ? &rare->send_timeout_ms
                                                   : &rare->receive_timeout_ms,
                          (uint32_t)value, memory_order_relaxed);
    return 0;
}

/* Only an abortive close is told to the kernel: with a time-out its close(2) would block, also on a
 * thread that must not. closesocket() does that wait itself. */
static int option_linger_apply(struct sock *sock)
{
    bool abortive = sock->linger_on && sock->linger_s == 0;

    return errmap_to_wsa(ERRMAP_CALL_OPTION, -host_set_linger(sock->fd, abortive, 0));
}

/* The value is a struct linger as one number: l_onoff in the low half. */
static int option_linger_get(struct sock *sock, const struct option_row *row, int *value)
{
    (void)row;
    *value = (int)((uint32_t)sock->linger_on | (uint32_t)sock->linger_s << 16);
    return 0;
}

static int option_linger_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    (void)row;
    sock->linger_on = (value & 0xffff) != 0;
    sock->linger_s = (uint16_t)(value >> 16);
    return option_linger_apply(sock);
}

static int option_dontlinger_get(struct sock *sock, const struct option_row *row, int *value)
{
    (void)row;
    *value = !sock->linger_on;
    return 0;
}

static int option_dontlinger_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    (void)row;
    sock->linger_on = value == 0; /* the seconds stay: SO_DONTLINGER is the switch only */
    return option_linger_apply(sock);
}

/* Not the kernel's: reading that one would take the error away from a receive in flight. Reading
 * takes an error away, not a connect's: that stays until another connect succeeds (SELECT-19). */
static int option_error_get(struct sock *sock, const struct option_row *row, int *value)
{
    (void)row;
    *value = sock->error;
    if (!(sock_flags(sock) & SOCK_CONNECT_FAILED))
        sock->error = 0;
    return 0;
}

static int option_error_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    (void)row;
    sock->error = (int32_t)(uint32_t)value;
    return 0;
}

static int option_type_get(struct sock *sock, const struct option_row *row, int *value)
{
    (void)row;
    *value = sock->type;
    return 0;
}

static int option_connect_time_get(struct sock *sock, const struct option_row *row, int *value)
{
    (void)row;
    *value = -1; /* 0xFFFFFFFF: not connected */
    if (sock_flags(sock) & SOCK_CONNECTED)
        *value = (int)(sock_now_s() - sock->connected_at_s);
    return 0;
}

static int option_group_get(struct sock *sock, const struct option_row *row, int *value)
{
    (void)row;
    *value = (int)group_id(sock);
    return 0;
}

static int option_v6only_get(struct sock *sock, const struct option_row *row, int *value)
{
    *value = 1; /* also on an IPv4 socket (IPV6ONLY-02) */
    return sock->family == AF_INET6 ? option_kernel_get(sock, row, value) : 0;
}

static int option_v6only_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    if (sock_flags(sock) & (SOCK_BOUND | SOCK_CONNECTED))
        return WSAEINVAL;
    return sock->family == AF_INET6 ? option_kernel_set(sock, row, value) : 0;
}

/* The kernel completes every handshake, so it changes nothing: docs/calls/setsockopt.md. */
static int option_conditional_get(struct sock *sock, const struct option_row *row, int *value)
{
    struct sock_rare *rare = sock_rare(sock);

    (void)row;
    *value = rare != NULL && rare->conditional;
    return 0;
}

static int option_conditional_set(struct sock *sock, const struct option_row *row, uint64_t value)
{
    struct sock_rare *rare = NULL;

    (void)row;
    if (sock->type != SOCK_STREAM)
        return WSAENOPROTOOPT;
    if (sock_flags(sock) & SOCK_LISTENING)
        return WSAEINVAL;
    rare = sock_rare_make(sock);
    if (rare == NULL)
        return WSAENOBUFS;
    rare->conditional = value != 0;
    return 0;
}

static int option_accept_context_set(struct sock *sock, const struct option_row *row,
                                     uint64_t value)
{
    struct sock *listener = sock_ref((SOCKET)value);
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
                                      uint64_t value)
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

/* ---- Rows ---- */

/* clang-format off */
#define OPTION_KERNEL(level, name) LX_##level, LX_##name, option_kernel_get, option_kernel_set
static const struct option_row option_rows[] = {
    { SOL_SOCKET, SO_REUSEADDR, OPTION_BOOL, 0, SOCK_REUSE, option_flag_get, option_share_set },
    { SOL_SOCKET, SO_EXCLUSIVEADDRUSE, OPTION_BOOL, 0, SOCK_EXCLUSIVE,
      option_flag_get, option_share_set },
    { SOL_SOCKET, SO_ACCEPTCONN, OPTION_BOOL, 0, SOCK_LISTENING, option_flag_get, NULL },
    { SOL_SOCKET, SO_KEEPALIVE, OPTION_BYTE, OPTION_KERNEL(SOL_SOCKET, SO_KEEPALIVE) },
    { SOL_SOCKET, SO_DONTROUTE, OPTION_BYTE, LX_SOL_SOCKET, LX_SO_DONTROUTE,
      option_dontroute_get, option_dontroute_set },
    { SOL_SOCKET, SO_BROADCAST, OPTION_BOOL, OPTION_KERNEL(SOL_SOCKET, SO_BROADCAST) },
    { SOL_SOCKET, SO_OOBINLINE, OPTION_BOOL, OPTION_KERNEL(SOL_SOCKET, SO_OOBINLINE) },
    { SOL_SOCKET, SO_LINGER, OPTION_LINGER, 0, 0, option_linger_get, option_linger_set },
    { SOL_SOCKET, SO_DONTLINGER, OPTION_BOOL, 0, 0, option_dontlinger_get, option_dontlinger_set },
    { SOL_SOCKET, SO_SNDBUF, OPTION_INT, LX_SOL_SOCKET, LX_SO_SNDBUF,
      option_buffer_get, option_buffer_set },
    { SOL_SOCKET, SO_RCVBUF, OPTION_INT, LX_SOL_SOCKET, LX_SO_RCVBUF,
      option_buffer_get, option_buffer_set },
    { SOL_SOCKET, SO_SNDTIMEO, OPTION_TIMEOUT, 0, 0, option_timeout_get, option_timeout_set },
    { SOL_SOCKET, SO_RCVTIMEO, OPTION_TIMEOUT, 0, 0, option_timeout_get, option_timeout_set },
    { SOL_SOCKET, SO_ERROR, OPTION_INT, 0, 0, option_error_get, option_error_set },
    { SOL_SOCKET, SO_TYPE, OPTION_INT, 0, 0, option_type_get, NULL },
    { SOL_SOCKET, SO_GROUP_ID, OPTION_INT, 0, 0, option_group_get, NULL },
    { SOL_SOCKET, SO_CONNECT_TIME, OPTION_INT, 0, 0, option_connect_time_get, NULL },
    { SOL_SOCKET, SO_CONDITIONAL_ACCEPT, OPTION_BOOL, 0, 0,
      option_conditional_get, option_conditional_set },
    { SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, OPTION_HANDLE, 0, 0, NULL, option_accept_context_set },
    { SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, OPTION_NO_VALUE, 0, 0,
      NULL, option_connect_context_set },
    { IPPROTO_TCP, TCP_NODELAY, OPTION_BYTE, OPTION_KERNEL(IPPROTO_TCP, TCP_NODELAY) },
    { IPPROTO_IPV6, IPV6_V6ONLY, OPTION_BYTE, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY,
      option_v6only_get, option_v6only_set },
};
/* clang-format on */

/* 0 and the row, or the error for one that is not there: unknown levels are WSAEINVAL
 * (SOCKOPT-GEN-13, SOCKOPT-INFO-12), unknown options of a known level WSAENOPROTOOPT. */
static int option_find(struct sock *sock, int level, int name, const struct option_row **found)
{
    for (size_t i = 0; i < sizeof option_rows / sizeof option_rows[0]; i++) {
        const struct option_row *row = &option_rows[i];

        if (row->level != level || row->name != name)
            continue;
        if (level == IPPROTO_TCP && sock->type != SOCK_STREAM)
            return WSAENOPROTOOPT;
        *found = row;
        return 0;
    }
    switch (level) {
    case SOL_SOCKET:
    case IPPROTO_IP:
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_IPV6:
        return WSAENOPROTOOPT;
    default:
        return WSAEINVAL;
    }
}

/* Reads the caller's value. A length of -1 is a very large one to a 4-byte option, and too large to
 * all others (SOCKOPT-GEN-19). */
static int option_read(const struct option_row *row, const char *from, int length, uint64_t *value)
{
    uint32_t given = (uint32_t)length;
    size_t size = 4;

    *value = 0;
    if (row->kind == OPTION_NO_VALUE)
        return 0;
    if (from == NULL || length == 0)
        return WSAEFAULT;
    if (length < 0 && (row->kind == OPTION_BYTE || row->level != SOL_SOCKET))
        return WSAENOBUFS;
    if (row->kind == OPTION_HANDLE && given >= 8)
        size = 8;
    else if (row->kind == OPTION_BYTE && given < 4)
        size = given; /* any length will do: SOCKOPT-GEN-07 */
    else if (given < 4)
        return WSAEFAULT;
    return host_copy_from(value, from, size) == 0 ? 0 : WSAEFAULT;
}

int option_set(struct sock *sock, int level, int name, const char *value, int length)
{
    const struct option_row *row = NULL;
    uint64_t number;
    int error = option_find(sock, level, name, &row);

    if (error == 0 && row->set == NULL)
        error = WSAENOPROTOOPT;
    if (error == 0)
        error = option_read(row, value, length, &number);
    if (error != 0)
        return error;
    host_lock_acquire(&sock->lock);
    error = row->set(sock, row, number);
    host_lock_release(&sock->lock);
    return error;
}

/* Writes the value as the row's kind says; `room` is what the caller has, and becomes what was
 * written. */
static int option_write(const struct option_row *row, char *to, int *room, int value)
{
    static const char zero[4];
    int bytes = *room < 4 ? *room : 4;

    switch (row->kind) {
    case OPTION_BYTE:
        bytes = 1;
        *room = 1;
        break;
    case OPTION_BOOL:
        *room = bytes < 4 ? 1 : 4; /* two bytes written are reported as one: SOCKOPT-GEN-27 */
        break;
    default:
        if (bytes < 4 && row->kind == OPTION_TIMEOUT)
            return WSAEFAULT;
        if (bytes < 4) {
            (void)host_copy_to(to, zero, (size_t)bytes);
            return WSAEFAULT;
        }
        *room = 4;
        break;
    }
    return host_copy_to(to, &value, (size_t)bytes) == 0 ? 0 : WSAEFAULT;
}

int option_get(struct sock *sock, int level, int name, char *value, int *length)
{
    const struct option_row *row = NULL;
    int number = 0;
    int room = 0;
    int error = option_find(sock, level, name, &row);

    if (error == 0 && row->get == NULL)
        error = WSAENOPROTOOPT;
    if (error == 0 && (value == NULL || length == NULL ||
                       host_copy_from(&room, length, sizeof room) != 0 || room <= 0))
        error = WSAEFAULT;
    if (error != 0)
        return error;
    if (room >= 4 || row->kind != OPTION_INT) { /* too little room must not clear SO_ERROR */
        host_lock_acquire(&sock->lock);
        error = row->get(sock, row, &number);
        host_lock_release(&sock->lock);
    }
    if (error == 0)
        error = option_write(row, value, &room, number);
    if (error == 0 && host_copy_to(length, &room, sizeof room) != 0)
        error = WSAEFAULT;
    return error;
}

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
    option_timeouts_inherit(to, from);
    sock_set(accepted, flags & (SOCK_SNDBUF_SET | SOCK_RCVBUF_SET));
}
