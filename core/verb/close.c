/* SPDX-License-Identifier: MIT */
/*
 * closesocket, WSACleanup's part of it, and cancelling. close(2) cancels nothing, so the ring
 * thread is asked to end what is in flight; the descriptor is closed when the last operation has
 * ended.
 */
#include "core/verb/close.h"

#include <errno.h>

#include "core/base/blocking.h"
#include "core/object/deferred.h"
#include "core/object/lone.h"
#include "core/object/netchange.h"
#include "core/object/notification.h"
#include "core/object/op.h"
#include "core/object/selection.h"
#include "core/object/sharing.h"
#include "core/verb/accept.h"
#include "core/verb/await.h"
#include "core/verb/block.h"
#include "core/verb/share.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum {
    CLOSE_WAIT_NS = 1000000000,    /* how long a bound address may take to become free */
    CLOSE_LOOK_FIRST_NS = 50000,   /* between two looks of a lingering close, at first */
    CLOSE_LOOK_LAST_NS = 10000000, /* and at last */
};

enum cancel_what {
    CANCEL_RECEIVES, /* and accepts and connects; sends run on */
    CANCEL_ALL,
    CANCEL_ACCEPT,  /* the AcceptEx that waits with the socket `accept` */
    CANCEL_MATCHING /* owner, overlapped and thread_id */
};

/* On the caller's stack: it waits for the ring thread's answer. */
struct cancel_request {
    struct sock *sock; /* in whose queues to look */
    enum cancel_what what;
    const struct sock *owner;
    const WSAOVERLAPPED *overlapped;
    uint32_t thread_id;
    const struct sock *accept;
    unsigned count;
};

static bool cancel_wants(const struct ring_op *base, const struct cancel_request *request)
{
    const struct op *op = (const struct op *)(const void *)base;

    switch (request->what) {
    case CANCEL_RECEIVES:
        return base->kind != RING_SEND && base->kind != RING_SENDMSG && base->kind != RING_FILE &&
               base->kind != RING_DONE;
    case CANCEL_ALL:
        return true;
    case CANCEL_ACCEPT:
        return base->kind == RING_ACCEPT && op->extra != NULL &&
               ((const struct accept_extra *)op->extra)->accept == request->accept;
    default:
        /* Blocking calls and the library's own operations are nobody's overlapped I/O. An AcceptEx
         * is its listener's, also while it waits in the accept socket's queue. */
        if (op->overlapped == NULL || base->kind == RING_DONE || op->sock != request->owner)
            return false;
        return (request->overlapped == NULL || op->overlapped == request->overlapped) &&
               (request->thread_id == 0 || op->thread_id == request->thread_id);
    }
}

static bool cancel_match(const struct ring_op *base, void *argument)
{
    const struct op *op = (const struct op *)(const void *)base;
    struct accept_extra *extra = base->kind == RING_ACCEPT ? op->extra : NULL;

    if (!cancel_wants(base, argument))
        return false;
    if (extra != NULL) /* else it cannot be told from an accept that was only called back */
        extra->cancelled = true;
    return true;
}

/* On the ring thread. */
static void cancel_run(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct cancel_request *request = base->data;

    /* The caller waits, so its reference keeps the socket while its operations end here. */
    request->count = engine_cancel(&request->sock->recv, cancel_match, request);
    request->count += engine_cancel(&request->sock->send, cancel_match, request);
    op_sync_done(&op->base);
}

/* Has the ring thread end operations. False: there is no memory for the request. */
static bool cancel_ask(struct cancel_request *request)
{
    struct op *op = op_take();

    if (op == NULL)
        return false;
    op->base.kind = RING_CALL;
    op->base.data = request;
    op_wait_call(op, request->sock->ring, cancel_run);
    op_give(op);
    return true;
}

/* An AcceptEx of the listener `owner` may have its connection and wait for data with this socket.
 * `listener` may be left from an earlier call; cancel_match() looks at the operation itself. */
static void cancel_data_wait(void *object, void *argument)
{
    const uint32_t waits = SOCK_ACCEPTING | SOCK_ON_RING;
    struct sock *accept = object;
    struct cancel_request *found = argument;
    struct cancel_request request = *found;

    if ((sock_flags(accept) & waits) != waits ||
        atomic_load_explicit(&accept->listener, memory_order_acquire) != found->owner->handle)
        return;
    request.sock = accept;
    request.count = 0;
    cancel_ask(&request);
    found->count += request.count;
}

unsigned sock_cancel(struct sock *sock, const WSAOVERLAPPED *overlapped, uint32_t thread_id)
{
    struct cancel_request request = {.sock = sock,
                                     .what = CANCEL_MATCHING,
                                     .owner = sock,
                                     .overlapped = overlapped,
                                     .thread_id = thread_id};
    unsigned changes;

    if (!(sock_flags(sock) & SOCK_ON_RING))
        return 0;
    lone_release(sock);
    changes = netchange_cancel(sock, overlapped, thread_id);
    cancel_ask(&request);
    /* Second, because operations only move from the listener to an accept socket: what the listener
     * has handed on by now is found there, and what it still had takes its end along. */
    if ((sock_flags(sock) & SOCK_LISTENING) && (overlapped == NULL || request.count == 0))
        sock_each(cancel_data_wait, &request);
    return request.count + changes;
}

void sock_end_receives_here(struct sock *sock)
{
    struct cancel_request request = {.sock = sock, .what = CANCEL_RECEIVES};

    lone_cancel(sock);
    (void)engine_cancel(&sock->recv, cancel_match, &request);
}

bool sock_end_receives(struct sock *sock)
{
    struct cancel_request request = {.sock = sock, .what = CANCEL_RECEIVES};

    if (!(sock_flags(sock) & SOCK_ON_RING))
        return true; /* none was ever queued */
    lone_release(sock);
    /* Between the two the ring thread has been to the kernel: see connect_wait_begun(). */
    return cancel_ask(&request) && cancel_ask(&request);
}

/* A closed listener or datagram socket must leave its port free for the next bind. */
static bool sock_owns_port(struct sock *sock)
{
    uint32_t flags = sock_flags(sock);

    return (flags & SOCK_LISTENING) || (sock->type != SOCK_STREAM && (flags & SOCK_BOUND));
}

void sock_end_accept(const struct sock *accept)
{
    uint32_t handle = atomic_load_explicit(&accept->listener, memory_order_acquire);
    struct sock *listener = sock_ref_own(handle);
    struct cancel_request request = {.sock = listener, .what = CANCEL_ACCEPT, .accept = accept};

    if (listener == NULL) /* closed: that ends all its accepts */
        return;
    while (!cancel_ask(&request))
        host_yield(); /* out of memory: others are about to give some back */
    sock_unref(listener);
}

/* Ends a socket whose handle was just closed; the table's reference is ours. */
static void sock_end(struct sock *sock, bool abort)
{
    struct cancel_request request = {.sock = sock, .what = abort ? CANCEL_ALL : CANCEL_RECEIVES};
    bool busy = queue_close(&sock->recv, abort);
    bool watched = selection_end(sock);

    watched |= notification_end(sock);
    busy |= queue_close(&sock->send, abort);
    lone_release(sock); /* [L2] */
    netchange_close(sock);
    deferred_end(sock);
    await_end(sock, sock_owns_port(sock));
    if (busy)
        block_wake(sock);
    if (sock_flags(sock) & SOCK_ACCEPTING)
        sock_end_accept(sock);
    if ((sock_flags(sock) & SOCK_LISTENING) && !(sock_modes(sock) & SOCK_MODE_SHARED))
        host_shutdown(sock->fd, SD_BOTH); /* else an accept in flight keeps the port */
    if (busy && (sock_flags(sock) & SOCK_ON_RING)) {
        while (!cancel_ask(&request))
            host_yield(); /* out of memory: others are about to give some back */
    }
    if (busy && abort)
        sock_wait_idle(sock, PARK_FOREVER);
    else if (busy && sock_owns_port(sock))
        sock_wait_idle(sock, host_now_ns() + CLOSE_WAIT_NS);
    if (watched && (abort || sock_owns_port(sock)))
        sock_wait_idle(sock, host_now_ns() + CLOSE_WAIT_NS);
    if (queue_busy(&sock->recv) || queue_busy(&sock->send) || selection_busy(sock) ||
        notification_busy(sock))
        return;
    /* Others may hold the socket yet, whose call or request has just ended. */
    if ((busy || watched) && sock_owns_port(sock))
        sock_release_address(sock);
}

/* A connection that is lost has nothing to send any more, whatever the kernel still counts. */
static bool close_unsent(struct sock *sock)
{
    uint8_t peer[128];
    uint32_t bytes = sizeof peer;

    return queue_busy(&sock->send) || (host_unsent_bytes(sock->fd) > 0 &&
                                       host_live_peername(sock->fd, peer, &bytes) != -ENOTCONN);
}

static int64_t close_linger_deadline(const struct sock *sock)
{
    return host_now_ns() + INT64_C(1000000000) * sock->linger_s;
}

/* The time is over: what is left is given up, and the connection reset. */
static void close_give_up(struct sock *sock)
{
    struct cancel_request request = {.sock = sock, .what = CANCEL_ALL};

    host_set_linger(sock->fd, true, 0);
    if (!queue_close(&sock->send, true))
        return;
    block_wake(sock);
    if (sock_flags(sock) & SOCK_ON_RING) {
        while (!cancel_ask(&request))
            host_yield(); /* out of memory: others are about to give some back */
    }
    sock_wait_idle(sock, PARK_FOREVER);
}

/* The handle is gone, and the receives have ended: waits until all is sent, but no longer than
 * asked for. The kernel could do that in close(2), but not on a ring thread, which may have to
 * close, and it goes on in the background when the time is over. */
static void close_linger(struct sock *sock)
{
    int64_t deadline_ns = close_linger_deadline(sock);
    int64_t pause_ns = CLOSE_LOOK_FIRST_NS;
    struct thread *self = thread_self();

    if (queue_busy(&sock->send))
        sock_wait_idle(sock, deadline_ns);
    if (self != NULL)
        thread_wait_begin(self);
    /* Nobody tells when the last byte is acknowledged, so it looks: soon, then more rarely. */
    while (close_unsent(sock) && host_now_ns() < deadline_ns) {
        int64_t until_ns = host_now_ns() + pause_ns;

        host_sleep_until(until_ns < deadline_ns ? until_ns : deadline_ns);
        if (pause_ns < CLOSE_LOOK_LAST_NS)
            pause_ns *= 2;
    }
    if (self != NULL)
        thread_wait_end(self);
    if (close_unsent(sock))
        close_give_up(sock);
}

/* A thread with a 1.1 hook lingers before it closes anything, so that nothing has happened when it
 * is cancelled: then WSAEINTR. */
static int close_linger_hooked(struct sock *sock)
{
    int64_t deadline_ns = close_linger_deadline(sock);
    struct blocking call;
    bool cancelled;

    blocking_begin(&call);
    while (!(cancelled = blocking_cancelled(&call)) && close_unsent(sock) &&
           host_now_ns() < deadline_ns) {
        int64_t until_ns = deadline_ns;

        if (!blocking_turn(&call, &until_ns))
            host_sleep_until(until_ns);
    }
    blocking_end(&call);
    return cancelled && close_unsent(sock) ? WSAEINTR : 0;
}

int sock_close(SOCKET s)
{
    struct sock *sock = sock_ref(s);
    bool abort = false;
    bool lingers;

    if (sock == NULL)
        return WSAENOTSOCK;
    host_lock_acquire(&sock->lock); /* WSACleanup may be at it too */
    lingers = sock->linger_on && sock->linger_s > 0;
    host_lock_release(&sock->lock);
    lingers = lingers && (sock_flags(sock) & SOCK_CONNECTED) && !sharing_has_more(sock);
    if (lingers && (sock_flags(sock) & SOCK_NONBLOCKING) && close_unsent(sock)) {
        sock_unref(sock);
        return WSAEWOULDBLOCK;
    }
    if (lingers && blocking_hooked()) {
        if (close_linger_hooked(sock) != 0) {
            sock_unref(sock);
            return WSAEINTR;
        }
        lingers = false;
        abort = close_unsent(sock);
    }
    switch (sharing_close(sock, s)) {
    case SHARING_GONE: /* another thread was faster */
        sock_unref(sock);
        return WSAENOTSOCK;
    case SHARING_KEPT:
        sock_unref(sock);
        return 0;
    case SHARING_LAST:
        break;
    }
    if (abort) /* else SO_LINGER has done so */
        host_set_linger(sock->fd, true, 0);
    sock_end(sock, abort || (sock->linger_on && sock->linger_s == 0));
    if (lingers)
        close_linger(sock);
    sock_unref(sock); /* ours */
    sock_unref(sock); /* the table's */
    return 0;
}

static void sock_reset(void *object, void *argument)
{
    struct sock *sock = object;

    (void)argument;
    sock_set(sock, SOCK_QUIET);
    host_lock_acquire(&sock->lock);
    if (!sharing_end_locked(sock)) {
        host_lock_release(&sock->lock);
        return;
    }
    sock->linger_on = 1;
    sock->linger_s = 0;
    if (!(sock_modes(sock) & SOCK_MODE_SHARED)) /* another process may use the connection yet */
        host_set_linger(sock->fd, true, 0);
    host_lock_release(&sock->lock);
    sock_end(sock, true);
    sock_unref(sock);
}

static void sock_hush(void *object, void *argument)
{
    (void)argument;
    sock_set(object, SOCK_QUIET);
}

void sock_close_all(void)
{
    /* All first: the reset of one must not end another's operations with a notice. */
    sock_each(sock_hush, NULL);
    sock_each(sock_reset, NULL);
    share_forget();
    netchange_stop();
}
