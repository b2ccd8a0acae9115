/* SPDX-License-Identifier: MIT */
/* listen: a bound stream socket takes connections. The rules [B1] to [B4] are those of bind.c. */
#include "core/verb/bind.h"

#include <errno.h>

#include "core/base/errmap.h"
#include "core/verb/bind_table.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

/* Winsock's backlog as Linux takes it; the kernel caps it at net.core.somaxconn. */
static int bind_backlog(int backlog)
{
    enum { HINT_MIN = 200, HINT_MAX = 65535 }; /* documented range of SOMAXCONN_HINT */

    if (backlog >= 0)
        return backlog > 0 ? backlog : 1;
    if (backlog > -HINT_MIN)
        return HINT_MIN;
    return backlog < -HINT_MAX ? HINT_MAX : -backlog;
}

/* [B4]: "return 0", the first socket of the group. After the listen only: the kernel holds a group
 * that a socket has before it listens against it. */
static void bind_first_listener(struct sock *sock)
{
    static const struct {
        uint16_t code;
        uint8_t jump_true;
        uint8_t jump_false;
        uint32_t value;
    } instruction = {.code = 0x06 /* return a constant */};
    const struct {
        uint16_t count;
        const void *code;
    } program = {.count = 1, .code = &instruction};

    /* Refused: the kernel then spreads the connections, which Windows' documentation allows. */
    (void)host_setsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_ATTACH_REUSEPORT_CBPF, &program,
                          sizeof program);
}

/* The address that a failed connect had chosen stays the socket's, if nobody has it by now. */
static void bind_after_connect(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    if (rare != NULL && rare->local.bytes > 0)
        (void)host_bind(sock->fd, rare->local.data, rare->local.bytes);
}

/* The kernel's listen. It checks for conflicts once more, and differently, because the socket now
 * counts as a listener: [B3] again. */
static int bind_kernel_listen_locked(struct sock *sock, int backlog)
{
    struct bind_entry *entry = bind_entry_locked(sock);
    int error;

    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1); /* [B1] */
    if (sock_flags(sock) & SOCK_CONNECT_FAILED)                         /* SELECT-20 */
        bind_after_connect(sock);
    error = host_listen(sock->fd, backlog);
    if (error != -EADDRINUSE || entry == NULL)
        return error;
    (void)bind_learn_ports_locked();
    if (bind_each_neighbour_locked(entry, bind_options_share) == 0)
        return error;
    bind_options_share(sock);
    error = host_listen(sock->fd, backlog);
    (void)bind_each_neighbour_locked(entry, bind_options_rest);
    bind_seal(entry);
    return error;
}

int bind_listen(struct sock *sock, int backlog)
{
    uint32_t flags;
    int error = 0;

    host_lock_acquire(&sock->lock);
    flags = sock_flags(sock);
    if (sock->type != SOCK_STREAM)
        error = WSAEOPNOTSUPP;
    else if (flags & SOCK_CONNECTED)
        error = WSAEISCONN;
    else if (!(flags & SOCK_BOUND) || flags & SOCK_CONNECTING)
        error = WSAEINVAL;
    if (error == 0 && !(flags & SOCK_LISTENING)) { /* a second listen changes nothing: LISTEN-03 */
        host_lock_acquire(&bind_lock);
        error = -bind_kernel_listen_locked(sock, bind_backlog(backlog));
        error = errmap_to_wsa(ERRMAP_CALL_LISTEN, error);
        if (error == 0) {
            if (flags & SOCK_REUSE)
                bind_first_listener(sock);
            sock->recv.limit = engine_accepts(); /* before the flag that lets accepts in */
            sock_set(sock, SOCK_LISTENING);
        }
        bind_options_rest(sock);
        host_lock_release(&bind_lock);
    }
    host_lock_release(&sock->lock);
    return error;
}
