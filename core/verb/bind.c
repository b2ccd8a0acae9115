/* SPDX-License-Identifier: MIT */
/*
 * bind: the kernel is brought to allow what Windows allows, and no more. Who covers what is in
 * bind_table.c; listen, where the same rules hold, in bind_listen.c.
 *
 * Linux' SO_REUSEADDR and SO_REUSEPORT are tools here, unrelated to the options of the same name
 * that the application sets:
 * [B1] A stream socket that is bound and neither listens nor is connected has neither of them, so
 *      that another process cannot bind its address too. A listener has SO_REUSEADDR, and hands it
 *      to the connections it accepts: their TIME_WAIT then does not keep a later bind away.
 * [B2] The first attempt to bind is made without SO_REUSEADDR. With it, the kernel would note on
 *      the port that everybody who asks for reuse may come in, and look no further.
 * [B3] Where Windows allows two binds and Linux does not, both sockets get both options for the
 *      moment of the bind or listen only. Afterwards a third socket collides again.
 * [B4] A stream socket with Winsock's SO_REUSEADDR keeps SO_REUSEPORT: two such sockets share, in
 *      one process or in two of the same user. A program of one instruction on the group of
 *      listeners gives each connection to the first of them (REUSE-02).
 * [B5] A bind to port 0 takes no lock that others hold over system calls: the kernel gives nobody's
 *      port away, and the table does not need to know which one it was (bind_table.c, [T2]).
 */
#include "core/verb/bind.h"

#include <errno.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "core/object/selection.h"
#include "core/verb/bind_table.h"
#include "core/verb/unix.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

/* [B1] [B4]: what the socket has when no bind or listen of a neighbour is under way. */
void bind_options_rest(struct sock *sock)
{
    bool reuse = bind_reuses(sock);
    bool stream = sock->type == SOCK_STREAM;
    bool busy = sock_flags(sock) & (SOCK_LISTENING | SOCK_CONNECTED);

    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, stream ? busy : reuse);
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, stream && reuse);
}

void bind_options_share(struct sock *sock)
{
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, 1);
}

/* After [B3] the kernel remembers on the port that its last socket had SO_REUSEPORT, and would let
 * another process of this user in that asks for it too. The next plain socket on the port makes it
 * forget. That is one of the other family, whose addresses collide with none of ours; it lives for
 * a moment. Best effort: with a dual-stack neighbour there is no such address. */
void bind_seal(const struct bind_entry *shared)
{
    struct name name = {.bytes = (uint32_t)name_bytes(shared->has_inet ? AF_INET6 : AF_INET)};
    uint16_t family = shared->has_inet ? LX_AF_INET6 : LX_AF_INET;
    int fd;

    if (shared->sock->type != SOCK_STREAM)
        return;
    fd = host_socket(family, SOCK_STREAM, 0);
    if (fd < 0)
        return;
    memcpy(name.data, &family, sizeof family);
    name.data[2] = (unsigned char)(shared->port >> 8);
    name.data[3] = (unsigned char)shared->port;
    if (shared->has_inet) { /* [::1] */
        (void)host_set_option(fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, 1);
        name.data[23] = 1;
    } else { /* 127.255.255.254 */
        memcpy(name.data + 4, "\x7f\xff\xff\xfe", 4);
    }
    (void)host_bind(fd, name.data, name.bytes);
    host_close(fd);
}

/* [B2] [B4]. 0 or a negative errno. */
static int bind_plain(const struct bind_entry *wanted, const struct name *name)
{
    struct sock *sock = wanted->sock;
    int option = sock->type == SOCK_STREAM ? LX_SO_REUSEPORT : LX_SO_REUSEADDR;

    if (wanted->option == BIND_REUSE)
        (void)host_set_option(sock->fd, LX_SOL_SOCKET, option, 1);
    return host_bind(sock->fd, name->data, name->bytes);
}

/* Somebody is there: connections in TIME_WAIT, which only need SO_REUSEADDR on our side, or
 * neighbours in this process: [B3]. */
static int bind_beside_locked(const struct bind_entry *wanted, const struct name *name)
{
    struct sock *sock = wanted->sock;
    unsigned neighbours = bind_each_neighbour_locked(wanted, bind_options_share);
    int error;

    if (neighbours == 0 && sock->type != SOCK_STREAM)
        return -EADDRINUSE;
    if (neighbours != 0)
        bind_options_share(sock);
    else
        (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    error = host_bind(sock->fd, name->data, name->bytes);
    bind_options_rest(sock);
    if (neighbours != 0) {
        (void)bind_each_neighbour_locked(wanted, bind_options_rest);
        bind_seal(wanted);
    }
    return error;
}

/* The application may try again without SO_REUSEADDR. */
static void bind_failed(struct sock *sock)
{
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, 0);
}

/* 0 or a WSA code; bind_lock is held. */
static int bind_port_given_locked(const struct bind_entry *wanted, const struct name *name)
{
    int conflict = bind_conflict_locked(wanted);
    int error;

    if (conflict != 0)
        return conflict;
    error = bind_plain(wanted, name);
    if (error == -EADDRINUSE && bind_learn_ports_locked())
        conflict = bind_conflict_locked(wanted);
    if (error == -EADDRINUSE && conflict == 0)
        error = bind_beside_locked(wanted, name);
    if (error != 0)
        bind_failed(wanted->sock);
    if (conflict != 0)
        return conflict;
    /* Another process has it. The table's column for a second socket with SO_REUSEADDR knows no
     * other failure than this one. */
    if (error == -EADDRINUSE && wanted->option == BIND_REUSE)
        return WSAEACCES;
    return errmap_to_wsa(ERRMAP_CALL_BIND, -error);
}

/* [B5]. 0 or a WSA code. */
static int bind_any_port(const struct bind_entry *wanted, const struct name *name)
{
    int error = bind_plain(wanted, name);

    if (error != 0)
        bind_failed(wanted->sock);
    if (error == -EADDRINUSE) /* any port would have done, so there is none left */
        error = -ENOBUFS;
    return errmap_to_wsa(ERRMAP_CALL_BIND, -error);
}

/* Windows wants SO_BROADCAST before a bind to the broadcast address; Linux does not ask. */
static bool bind_broadcast_refused(struct sock *sock, const struct bind_entry *wanted)
{
    static const uint8_t all[4] = {255, 255, 255, 255};
    int on = 0;
    uint32_t on_bytes = sizeof on;

    if (sock->type != SOCK_DGRAM || !wanted->has_inet || memcmp(wanted->inet, all, sizeof all) != 0)
        return false;
    (void)host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_BROADCAST, &on, &on_bytes);
    return on == 0;
}

/* The checks that depend on the socket's state; sock->lock is held. */
static int bind_sock_locked(struct sock *sock, const struct name *name, struct bind_entry *entry)
{
    int error;

    if (sock_flags(sock) & (SOCK_BOUND | SOCK_CONNECTED | SOCK_CONNECTING | SOCK_ACCEPTING))
        return WSAEINVAL;
    bind_describe(entry, sock, name);
    if (bind_broadcast_refused(sock, entry))
        return WSAEACCES;
    if (entry->port == 0) {
        error = bind_any_port(entry, name);
        if (error == 0)
            bind_remember(entry);
        return error;
    }
    host_lock_acquire(&bind_lock);
    error = bind_port_given_locked(entry, name);
    if (error == 0)
        bind_remember(entry);
    host_lock_release(&bind_lock);
    return error;
}

int bind_sock(struct sock *sock, const struct name *name)
{
    struct bind_entry *entry;
    int error = WSAENOBUFS;

    if (sock->family == AF_UNIX)
        return unix_bind(sock, name);
    entry = mem_zalloc(sock->handle >> 2, sizeof *entry);
    if (entry != NULL) {
        host_lock_acquire(&sock->lock);
        error = bind_sock_locked(sock, name, entry);
        host_lock_release(&sock->lock);
    }
    if (error != 0)
        mem_free(entry);
    else if (sock->type != SOCK_STREAM)
        selection_note(sock, FD_WRITE, 0); /* EVENTS-13 */
    return error;
}

void bind_connected(struct sock *sock)
{
    struct bind_entry *entry;

    if (sock->type != SOCK_STREAM || !(sock_flags(sock) & SOCK_IN_BIND_TABLE))
        return;
    host_lock_acquire(&bind_lock);
    entry = bind_entry_locked(sock);
    if (entry != NULL && entry->port_given)
        bind_options_rest(sock);
    host_lock_release(&bind_lock);
}

/* The socket's own local address again, as bind_describe() took it apart. */
static void bind_compose_locked(struct bind_entry *entry, struct name *name)
{
    uint16_t port = bind_port_locked(entry);
    uint16_t family = entry->sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;

    memset(name, 0, sizeof *name);
    name->bytes = (uint32_t)name_bytes(entry->sock->family);
    memcpy(name->data, &family, sizeof family);
    name->data[2] = (unsigned char)(port >> 8);
    name->data[3] = (unsigned char)port;
    if (family == LX_AF_INET) {
        memcpy(name->data + 4, entry->inet, sizeof entry->inet);
        return;
    }
    memcpy(name->data + 8, entry->inet6, sizeof entry->inet6);
    memcpy(name->data + 24, entry->inet6_rest, sizeof entry->inet6_rest);
}

static void bind_compose_wildcard(const struct sock *sock, struct name *name)
{
    uint16_t family = sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;

    memset(name, 0, sizeof *name);
    name->bytes = (uint32_t)name_bytes(sock->family);
    memcpy(name->data, &family, sizeof family);
}

void bind_address(struct sock *sock, struct name *name)
{
    struct bind_entry *entry = NULL;

    host_lock_acquire(&bind_lock);
    if (sock_flags(sock) & SOCK_IN_BIND_TABLE)
        entry = bind_entry_locked(sock);
    if (entry != NULL)
        bind_compose_locked(entry, name);
    else
        bind_compose_wildcard(sock, name);
    host_lock_release(&bind_lock);
}

void bind_restore(struct sock *sock)
{
    struct bind_entry *entry;
    struct name name;

    if (!(sock_flags(sock) & SOCK_IN_BIND_TABLE))
        return;
    host_lock_acquire(&bind_lock);
    entry = bind_entry_locked(sock);
    if (entry != NULL && !entry->port_given) {
        bind_compose_locked(entry, &name);
        /* -EINVAL: it is bound yet. getsockname cannot tell, it shows a port that is gone too. */
        (void)host_bind(sock->fd, name.data, name.bytes);
    }
    host_lock_release(&bind_lock);
}
