/* SPDX-License-Identifier: MIT */
/* The receive that a port's only worker keeps for itself: lone.h states the rules. */
#include "core/object/lone.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/op.h"
#include "core/object/sock.h"
#include "ring/host/lx.h"
#include "ring/host/poll.h"
#include "ring/host/sys.h"

enum { LONE_RUN = 8, LONE_AWAY_NS = 1000000 };

#define LONE_BUSY ((struct op *)1)

struct lone {
    _Atomic uint32_t kept;   /* handle of the socket whose receive the thread keeps; 0: none */
    _Atomic bool waiting;    /* it polls */
    _Atomic int64_t away_ns; /* since when it does not */
    unsigned count;          /* receives kept so far */
    struct lone *next_made;  /* in the list of all, which only grows */
};

static struct lone *_Atomic lones;
static bool (*lone_receive_now)(struct op *op);

void lone_set_receive(bool (*receive)(struct op *op))
{
    lone_receive_now = receive;
}

/* ---- Whose it is ---- */

void lone_taken(struct thread *self, const struct sock *sock)
{
    if (self->lone_last == sock) { /* only compared: the socket may be gone */
        self->lone_run++;
        return;
    }
    self->lone_last = sock;
    self->lone_run = 0;
    lone_leave(self);
}

static struct lone *lone_make(struct thread *self)
{
    struct lone *lone = mem_zalloc(self->shard, sizeof *lone);

    if (lone == NULL)
        return NULL;
    lone->next_made = atomic_load_explicit(&lones, memory_order_relaxed);
    /* release: the ring thread walks the list. */
    while (!atomic_compare_exchange_weak_explicit(&lones, &lone->next_made, lone,
                                                  memory_order_release, memory_order_relaxed))
        continue;
    return lone;
}

static struct sock *lone_sock(const struct lone *lone)
{
    uint32_t kept = atomic_load_explicit(&lone->kept, memory_order_relaxed);

    return kept == 0 ? NULL : sock_ref_own(kept);
}

/* It keeps nothing any more: somebody took it, or ended the socket. */
static bool lone_is_free(const struct lone *lone)
{
    struct sock *sock = lone_sock(lone);
    /* relaxed: only this thread puts anything there. */
    bool is_free =
        sock == NULL || atomic_load_explicit(&sock_rare(sock)->lone, memory_order_relaxed) == NULL;

    sock_unref(sock);
    return is_free;
}

unsigned lone_kept_so_far(void)
{
    struct thread *self = thread_self();

    return self == NULL || self->lone == NULL ? 0 : self->lone->count;
}

bool lone_wants(struct sock *sock)
{
    struct thread *self = thread_self(); /* exists: it took an operation */
    struct port *port = atomic_load_explicit(&sock->port, memory_order_acquire);

    if (self->lone_last != sock || self->lone_run < LONE_RUN || port == NULL ||
        self->port != port || !self->port_alone)
        return false;
    if (self->lone == NULL)
        self->lone = lone_make(self);
    return self->lone != NULL && park_poll_open(&self->park) >= 0 && sock_rare_make(sock) != NULL &&
           lone_is_free(self->lone);
}

/* [L2] False: the socket is being closed, and the receive is submitted. */
static bool lone_put(struct op *op)
{
    struct sock *sock = op->sock;

    atomic_store(&sock_rare(sock)->lone, op);
    if (!(atomic_load(&sock->recv.owners) & QUEUE_CLOSED))
        return true;
    lone_release(sock);
    return false;
}

static void lone_away(struct lone *lone)
{
    atomic_store_explicit(&lone->away_ns, host_now_ns(), memory_order_relaxed); /* a figure */
    atomic_store(&lone->waiting, false);
    engine_want_tick();
}

void lone_keep(struct op *op)
{
    struct lone *lone = thread_self()->lone;
    struct sock *sock = op->sock;

    handle_ref_again(sock->handle); /* the operation's own may go with it */
    lone->count++;
    op->base.queue = &sock->recv;
    if (lone_put(op)) {
        atomic_store(&lone->kept, sock->handle);
        lone_away(lone);
    }
    sock_unref(sock);
}

/* [L1] NULL: there is none. */
static struct op *lone_take(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);
    struct op *op = rare == NULL ? NULL : atomic_load(&rare->lone);

    while (op != NULL) {
        if (op == LONE_BUSY) { /* the worker is in a call that never blocks */
            host_yield();
            op = atomic_load(&rare->lone);
        } else if (atomic_compare_exchange_weak(&rare->lone, &op, NULL)) {
            return op;
        }
    }
    return NULL;
}

static void lone_submit(struct sock *sock, uint8_t flags)
{
    struct op *op = lone_take(sock);

    if (op == NULL)
        return;
    op->base.flags |= flags;
    engine_submit(sock->ring, &op->base);
}

void lone_release(struct sock *sock)
{
    lone_submit(sock, RING_OP_FIRST);
}

void lone_cancel(struct sock *sock)
{
    lone_submit(sock, RING_OP_FIRST | RING_OP_CANCELLED);
}

/* ---- The worker ---- */

bool lone_wait(struct thread *self, int64_t deadline_ns, bool *ready)
{
    struct lone *lone = self->lone;
    struct sock *sock = lone == NULL ? NULL : lone_sock(lone);
    struct host_poll polls[2];
    bool begun;
    bool woken;

    *ready = false;
    if (sock == NULL)
        return park_wait(&self->park, deadline_ns);
    atomic_store(&lone->waiting, true);
    polls[0] = (struct host_poll){.fd = sock->fd, .events = LX_POLLIN | LX_POLLRDHUP};
    polls[1] = (struct host_poll){.fd = park_poll_open(&self->park), .events = LX_POLLIN};
    /* Somebody may have taken it meanwhile: then the socket is not looked at, and not kept. */
    if (atomic_load(&sock_rare(sock)->lone) == NULL) {
        atomic_store(&lone->kept, 0);
        polls[0].fd = -1;
    }
    begun = park_poll_begin(&self->park);
    if (begun)
        host_poll(polls, 2, deadline_ns);
    woken = park_poll_end(&self->park, begun);
    lone_away(lone);
    *ready = begun && polls[0].found != 0;
    sock_unref(sock);
    return woken || *ready || host_now_ns() < deadline_ns;
}

/* Nothing is kept any more; and nothing is, if others have taken it already. */
static void lone_unmark(struct sock_rare *rare)
{
    struct op *busy = LONE_BUSY;

    atomic_compare_exchange_strong(&rare->lone, &busy, NULL);
}

void lone_receive(struct thread *self)
{
    struct lone *lone = self->lone;
    struct sock *sock = lone_sock(lone);
    struct sock_rare *rare = sock == NULL ? NULL : sock_rare(sock);
    struct op *op = rare == NULL ? NULL : atomic_exchange(&rare->lone, LONE_BUSY);

    if (rare != NULL && op != NULL && !lone_receive_now(op) && lone_put(op)) {
        lone_away(lone);
    } else {
        if (rare != NULL)
            lone_unmark(rare);
        atomic_store(&lone->kept, 0);
    }
    sock_unref(sock);
}

void lone_leave(struct thread *self)
{
    struct sock *sock = self->lone == NULL ? NULL : lone_sock(self->lone);

    if (self->lone == NULL)
        return;
    atomic_store(&self->lone->kept, 0);
    if (sock != NULL)
        lone_release(sock);
    sock_unref(sock);
}

/* ---- Everybody else ---- */

bool lone_tick(int64_t now_ns)
{
    struct lone *lone = atomic_load_explicit(&lones, memory_order_acquire);
    bool again = false;

    for (; lone != NULL; lone = lone->next_made) {
        struct sock *sock;

        if (atomic_load(&lone->kept) == 0 || atomic_load(&lone->waiting))
            continue;
        if (now_ns - atomic_load_explicit(&lone->away_ns, memory_order_relaxed) < LONE_AWAY_NS) {
            again = true;
            continue;
        }
        sock = lone_sock(lone);
        if (sock != NULL)
            lone_release(sock);
        sock_unref(sock);
    }
    return again;
}

/* In a child of fork(): those threads are the parent's. */
static void lone_forked(void)
{
    struct lone *lone = atomic_load_explicit(&lones, memory_order_acquire);

    for (; lone != NULL; lone = lone->next_made)
        atomic_store_explicit(&lone->kept, 0, memory_order_relaxed);
}

__attribute__((constructor)) static void lone_load(void)
{
    thread_register_exit(lone_leave);
    host_fork_hook(lone_forked);
}
