/* SPDX-License-Identifier: MIT */
/*
 * connect and WSAConnect. A stream's connect is an operation in the send direction: of the caller's
 * own ring when it waits, of the ring thread when it does not. A datagram socket's is one system
 * call, under the socket's lock.
 *
 * [C1] SOCK_CONNECTING is taken under the lock by who begins, and given back by connect_end(),
 *      after SOCK_CONNECTED or SOCK_CONNECT_FAILED is set: nobody sees a socket that is neither.
 */
#include "core/verb/connect_sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/object/group.h"
#include "core/object/op.h"
#include "core/object/selection.h"
#include "core/verb/abandon.h"
#include "core/verb/bind.h"
#include "core/verb/block.h"
#include "core/verb/close.h"
#include "core/verb/connect_icmp.h"
#include "core/verb/datagram.h"
#include "core/verb/option.h"
#include "core/verb/option_inet.h"
#include "core/verb/unix.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/outcome.h"

/* ---- Streams ---- */

/* [C1] 0, or what stands against it now: another thread may have been faster than the checks. */
int connect_begin(struct sock *sock)
{
    uint32_t flags;
    int error = 0;

    connect_icmp_forget(sock);
    inet_connecting(sock);
    host_lock_acquire(&sock->lock);
    flags = sock_flags(sock);
    if (flags & (SOCK_LISTENING | SOCK_ACCEPTING))
        error = WSAEINVAL;
    else if (flags & SOCK_CONNECTED)
        error = WSAEISCONN;
    else if (sock_set(sock, SOCK_CONNECTING) & SOCK_CONNECTING)
        error = WSAEALREADY;
    else
        sock_set(sock, SOCK_CONNECT_CALL);
    host_lock_release(&sock->lock);
    return error;
}

static void connect_undo(struct sock *sock)
{
    sock_clear(sock, SOCK_CONNECTING | SOCK_CONNECT_CALL);
}

int connect_error(struct sock *sock, int32_t result)
{
    result = connect_icmp_result(sock, result);
    if (result >= 0)
        return 0;
    /* The remote address was looked at before. So what is not available is the pair of a local
     * address that the application chose and this remote one; or, when the kernel was to choose,
     * any free port. */
    if (result == -EADDRNOTAVAIL)
        return sock_flags(sock) & SOCK_IN_BIND_TABLE ? WSAEADDRINUSE : WSAENOBUFS;
    return errmap_to_wsa(ERRMAP_CALL_CONNECT, unix_connect_errno(sock, -result));
}

int connect_end(struct sock *sock, int error, enum connect_how how)
{
    if (error != 0)
        bind_restore(sock);
    host_lock_acquire(&sock->lock);
    if (error == 0) {
        sock->connected_at_s = sock_now_s();
        sock->error = 0; /* SELECT-19 */
        sock_clear(sock, SOCK_CONNECT_FAILED);
        sock_set(sock, how == CONNECT_BY ? SOCK_CONNECTED | SOCK_CONTEXT_PENDING : SOCK_CONNECTED);
    } else {
        if (how == CONNECT_LATER)
            sock->error = error;
        sock_set(sock, SOCK_CONNECT_FAILED);
    }
    connect_undo(sock);
    host_lock_release(&sock->lock);
    if (error == 0)
        group_connected(sock);
    if (error == 0 && how != CONNECT_BY)
        bind_connected(sock);
    selection_note(sock, FD_CONNECT, error);
    return error;
}

/* On the ring thread. */
static void connect_later_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct sock *sock = op->sock;
    struct ring_queue *queue = base->queue;
    unsigned ring = base->ring;

    connect_end(sock, connect_error(sock, base->result), CONNECT_LATER);
    op_give(op);
    queue_retire(queue, ring, QUEUE_OWNER);
    sock_operation_ended(sock);
    sock_unref(sock);
}

/* Tried first: what the kernel can tell at once needs no ring. -EALREADY: it cannot, and the claim
 * is still held. */
static int32_t connect_at_once(struct sock *sock, const struct name *name)
{
    struct host_local local = {0};
    bool bound = sock_flags(sock) & SOCK_IN_BIND_TABLE;
    int32_t result = host_connect_begin(sock->fd, name->data, name->bytes, bound ? NULL : &local);

    if (result == -EALREADY)
        return result;
    if (result != 0 && local.bytes > 0 && sock_rare_make(sock) != NULL)
        sock_rare(sock)->local = local; /* under the claim; listen() takes it again: SELECT-20 */
    transfer_unclaim(sock, &sock->send);
    return result;
}

static int connect_later(struct sock *sock, const struct name *name)
{
    struct name *copy = malloc(sizeof *copy); /* the kernel reads it when the request runs */
    struct op *op = sock_join_ring(sock) == 0 ? op_take() : NULL;
    int32_t result;
    bool claimed;
    int error;

    if (copy == NULL || op == NULL) {
        free(copy);
        if (op != NULL)
            op_give(op);
        return WSAENOBUFS;
    }
    claimed = queue_claim(&sock->send);
    if (claimed && (result = connect_at_once(sock, name)) != -EALREADY) {
        free(copy);
        op_give(op);
        connect_end(sock, connect_error(sock, result), CONNECT_LATER);
        return WSAEWOULDBLOCK; /* also when it is through already: EVENTS-33 */
    }
    *copy = *name;
    handle_ref_again(sock->handle);
    op->sock = sock;
    op->flags = OP_DETACHED;
    op->extra = copy;
    op->base.kind = RING_CONNECT;
    op->base.fd = sock->fd;
    op->base.data = copy->data;
    op->base.size_bytes = copy->bytes;
    op->base.done = connect_later_done;
    if (claimed) {
        op->base.queue = &sock->send;
        op->base.flags |= RING_OP_FIRST;
        engine_submit(sock->ring, &op->base);
        return WSAEWOULDBLOCK;
    }
    error = transfer_submit(op, &sock->send, QUEUE_OWNER);
    if (error == WSA_IO_PENDING)
        return WSAEWOULDBLOCK;
    op_give(op);
    sock_unref(sock);
    return error;
}

int32_t connect_try(struct sock *sock, const struct name *name, int64_t deadline_ns)
{
    struct op *op = op_take();
    int32_t result = -EALREADY;
    bool claimed;

    if (op == NULL)
        return -ENOBUFS;
    claimed = queue_claim(&sock->send);
    if (claimed && (result = connect_at_once(sock, name)) != -EALREADY) {
        op_give(op);
        return result;
    }
    op->base.kind = RING_CONNECT;
    op->base.fd = sock->fd;
    op->base.data = (void *)(uintptr_t)name->data;
    op->base.size_bytes = name->bytes;
    result = block_run(op, sock, &sock->send, claimed, deadline_ns);
    op_give(op);
    if (result == -EINTR) /* WSACancelBlockingCall: the kernel must not go on by itself */
        abandon_attempt(sock);
    return result;
}

/* SO_SNDTIMEO does not bound a connect; the kernel gives up by itself. */
static int connect_now(struct sock *sock, const struct name *name)
{
    int32_t result = connect_try(sock, name, PARK_FOREVER);
    int error = connect_end(sock, connect_error(sock, result), CONNECT_NOW);

    return result == -ECANCELED ? WSAEINTR : error; /* closed in another thread */
}

int connect_stream(struct sock *sock, const struct name *name)
{
    bool nonblocking = sock_flags(sock) & SOCK_NONBLOCKING;
    int error = connect_begin(sock);

    if (error != 0)
        return error;
    sock_set(sock, SOCK_BOUND); /* it stays so, whatever becomes of the connect: SELECT-20 */
    if (!nonblocking)
        return connect_now(sock, name);
    error = connect_later(sock, name);
    if (error != WSAEWOULDBLOCK)
        connect_undo(sock);
    return error;
}

static void connect_begun_run(struct ring_op *base)
{
    op_sync_done(base);
}

/* Twice through the ring thread: the first time it has taken the connect in, and before it comes to
 * the second it has been to the kernel with it. */
void connect_wait_begun(struct sock *sock)
{
    for (int i = 0; i < 2; i++) {
        uint32_t both = SOCK_CONNECTING | SOCK_ON_RING; /* or it waits in a ring of its own */
        struct op *op = (sock_flags(sock) & both) == both ? op_take() : NULL;

        if (op == NULL)
            return;
        op->base.kind = RING_CALL;
        op_wait_call(op, sock->ring, connect_begun_run);
        op_give(op);
    }
}

/* ---- Datagrams ---- */

/* Throws away what stands at the head of the queue: datagrams of `who`, or those of all others. A
 * partner's own end that, because they cannot be put back; others' stand behind them only when the
 * socket had no partner before. */
static void connect_discard(struct sock *sock, const struct name *who, bool others)
{
    enum { TRIES_MAX = 4 }; /* errors of earlier sends, which are the old partner's as well */
    /* Raw sockets have no port, but remember the one that they were connected to. */
    size_t skip = sock->type == SOCK_RAW ? 4 : 0;
    struct name name;
    char byte;
    struct host_iov iov = {&byte, 0};
    int tries = 0;

    while (tries < TRIES_MAX) {
        int64_t result;

        memset(&name, 0, sizeof name);
        result = host_recvfrom(sock->fd, &iov, 1, LX_MSG_PEEK, name.data, sizeof name.data);
        if (result == -EAGAIN)
            return;
        if (result < 0) {
            tries++;
            continue;
        }
        if ((memcmp(name.data + skip, who->data + skip, who->bytes - skip) == 0) == others)
            return;
        (void)host_recv(sock->fd, &iov, 1, 0);
    }
}

/* The partner; bytes 0: none. In Linux' form. */
static void connect_partner_locked(struct sock *sock, struct name *name)
{
    memset(name, 0, sizeof *name);
    name->bytes = sizeof name->data;
    if (!(sock_flags(sock) & SOCK_CONNECTED) ||
        host_getpeername(sock->fd, name->data, &name->bytes) != 0)
        name->bytes = 0;
}

static bool connect_same(const struct name *one, const struct name *other)
{
    return one->bytes == other->bytes && memcmp(one->data, other->data, one->bytes) == 0;
}

int connect_datagram(struct sock *sock, const struct name *name)
{
    struct name to = *name;
    struct name before, after;
    int error = datagram_bind(sock); /* a local port of its own outlives the connection */

    if (error != 0)
        return error;
    host_lock_acquire(&sock->lock);
    connect_partner_locked(sock, &before);
    if (sock->type == SOCK_RAW) /* of no meaning, but without a port the kernel tells no peer */
        to.data[3] = 1;
    error = host_connect(sock->fd, to.data, to.bytes);
    if (error == 0) {
        sock->connected_at_s = sock_now_s();
        sock->error = 0;
        sock_set(sock, SOCK_CONNECTED);
        sock_clear(sock, SOCK_DISCONNECTED | SOCK_REFUSED);
        connect_partner_locked(sock, &after);
        if (after.bytes > 0 && !connect_same(&before, &after))
            connect_discard(sock, &after, true);
    }
    host_lock_release(&sock->lock);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_CONNECT, -error);
    selection_note(sock, FD_CONNECT | FD_WRITE, 0); /* EVENTS-13 */
    return 0;
}

/* The kernel's own way of taking the partner away costs the port too, when the kernel chose it. */
static int connect_dissolve_locked(struct sock *sock)
{
    static const struct {
        uint16_t family;
        char pad[14];
    } nobody; /* AF_UNSPEC */
    struct name before = {.bytes = sizeof before.data};
    struct name after = {.bytes = sizeof after.data};
    int error = host_getsockname(sock->fd, before.data, &before.bytes);

    if (error == 0)
        error = host_connect(sock->fd, &nobody, sizeof nobody);
    if (error == 0)
        error = host_getsockname(sock->fd, after.data, &after.bytes);
    if (error != 0 || name_port(&after) == name_port(&before))
        return error;
    memcpy(after.data + 2, before.data + 2, 2);
    return host_bind(sock->fd, after.data, after.bytes);
}

/* The kernel never again delivers to a raw socket whose partner it took away. So the handle gets a
 * fresh one with the same local address, and with its options. */
static int connect_dissolve_raw_locked(struct sock *sock)
{
    struct name local;
    int fresh =
        host_socket(sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET, SOCK_RAW, sock->protocol);
    int error;

    if (fresh < 0)
        return fresh;
    option_carry(sock, fresh);
    inet_renew(sock, fresh);
    bind_address(sock, &local);
    error = host_bind(fresh, local.data, local.bytes);
    if (error == 0)
        error = host_replace(sock->fd, fresh);
    else
        host_close(fresh);
    return error;
}

/* What waits for packets of the old partner waits in the file that goes. */
static int connect_dissolve_raw(struct sock *sock)
{
    int error;

    if (!sock_end_receives(sock))
        return -ENOBUFS;
    if (block_receives(sock))
        (void)host_shutdown(sock->fd, SD_BOTH);
    host_lock_acquire(&sock->lock);
    error = connect_dissolve_raw_locked(sock);
    if (error == 0) {
        sock_set(sock, SOCK_DISCONNECTED);
        sock_clear(sock, SOCK_CONNECTED | SOCK_REFUSED);
    }
    host_lock_release(&sock->lock);
    selection_moved(sock);
    return error;
}

int connect_dissolve(struct sock *sock)
{
    struct name before;
    int error = 0;

    if (sock->type == SOCK_RAW && (sock_flags(sock) & SOCK_CONNECTED))
        return errmap_to_wsa(ERRMAP_CALL_CONNECT, -connect_dissolve_raw(sock));
    host_lock_acquire(&sock->lock);
    connect_partner_locked(sock, &before);
    if (sock_flags(sock) & SOCK_CONNECTED)
        error = connect_dissolve_locked(sock);
    if (error == 0) {
        sock_set(sock, SOCK_DISCONNECTED);
        sock_clear(sock, SOCK_CONNECTED | SOCK_REFUSED);
        if (before.bytes > 0)
            connect_discard(sock, &before, false);
    }
    host_lock_release(&sock->lock);
    return errmap_to_wsa(ERRMAP_CALL_CONNECT, -error);
}
