/* SPDX-License-Identifier: MIT */
/* The receives that a port's only worker keeps for itself: lone.h states the rules. */
#include "core/object/lone.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/op.h"
#include "core/object/sock.h"
#include "ring/host/lx.h"
#include "ring/host/poll.h"
#include "ring/host/sys.h"

enum {
    LONE_RUN = 8,         /* packets for each busy socket, and of no other, before one is kept */
    LONE_QUEUE_RUN = 256, /* and since the socket had several receives at a time */
    LONE_AWAY_NS = 1000000
};

#define LONE_BUSY ((struct op *)1)

struct lone {
    /* Handles of the sockets whose receives the thread keeps; 0: a free place. Only the thread
     * itself writes there. */
    _Atomic uint32_t kept[LONE_MAX];
    _Atomic bool waiting;    /* it polls */
    _Atomic int64_t away_ns; /* since when it does not */
    struct lone *next_made;  /* in the list of all, which only grows */

    /* The thread's own: */
    uint32_t ready;            /* one bit a place: readable when last looked at */
    uint32_t served[LONE_MAX]; /* when each place had its last turn: */
    uint32_t turns;            /* how many there were */
    unsigned count;            /* receives kept so far */
    uint32_t packets;          /* taken so far, */
    uint32_t run_begin;        /* and before the first in a row that were all of busy sockets */
    unsigned busy_count;
    const struct sock *busy[LONE_MAX]; /* only compared, they may be gone */
    uint32_t queued[LONE_MAX];         /* of each: `packets` when it last had several receives */
};

static struct lone *_Atomic lones;
static bool (*lone_receive_now)(struct op *op);

void lone_set_receive(bool (*receive)(struct op *op))
{
    lone_receive_now = receive;
}

/* ---- Whose they are ---- */

static struct lone *lone_make(struct thread *self)
{
    struct lone *lone = mem_zalloc(self->shard, sizeof *lone);

    if (lone == NULL)
        return NULL;
    self->lone = lone;
    lone->next_made = atomic_load_explicit(&lones, memory_order_relaxed);
    /* release: the ring thread walks the list. */
    while (!atomic_compare_exchange_weak_explicit(&lones, &lone->next_made, lone,
                                                  memory_order_release, memory_order_relaxed))
        continue;
    return lone;
}

/* Which of the busy ones; busy_count: none of them. */
static unsigned lone_find(const struct lone *lone, const struct sock *sock)
{
    unsigned i = 0;

    while (i < lone->busy_count && lone->busy[i] != sock)
        i++;
    return i;
}

/* More sockets than it could look after, or a packet of another origin: it starts again. */
void lone_taken(struct thread *self, const struct sock *sock)
{
    struct lone *lone = self->lone != NULL ? self->lone : lone_make(self);

    if (lone == NULL)
        return;
    lone->packets++;
    if (lone_find(lone, sock) < lone->busy_count)
        return;
    if (sock == NULL || lone->busy_count == LONE_MAX) {
        lone_leave(self);
        lone->busy_count = 0;
    }
    lone->run_begin = lone->packets;
    if (sock == NULL)
        return;
    lone->busy[lone->busy_count] = sock;
    lone->queued[lone->busy_count++] = lone->packets - LONE_QUEUE_RUN;
}

/* NULL: there is none in that place, or it is closed. */
static struct sock *lone_sock(const struct lone *lone, unsigned place)
{
    uint32_t kept = atomic_load_explicit(&lone->kept[place], memory_order_relaxed);

    return kept == 0 ? NULL : sock_ref_own(kept);
}

/* It keeps nothing there any more: somebody took it, or ended the socket. */
static bool lone_is_free(const struct lone *lone, unsigned place)
{
    struct sock *sock = lone_sock(lone, place);
    /* relaxed: only this thread puts anything there. */
    bool is_free =
        sock == NULL || atomic_load_explicit(&sock_rare(sock)->lone, memory_order_relaxed) == NULL;

    sock_unref(sock);
    return is_free;
}

/* LONE_MAX: there is none. */
static unsigned lone_free_place(const struct lone *lone)
{
    for (unsigned place = 0; place < LONE_MAX; place++)
        if (atomic_load_explicit(&lone->kept[place], memory_order_relaxed) == 0)
            return place;
    for (unsigned place = 0; place < LONE_MAX; place++)
        if (lone_is_free(lone, place))
            return place;
    return LONE_MAX;
}

unsigned lone_kept_so_far(void)
{
    struct thread *self = thread_self();

    return self == NULL || self->lone == NULL ? 0 : self->lone->count;
}

bool lone_wants(struct sock *sock)
{
    struct thread *self = thread_self(); /* exists: it took an operation */
    struct lone *lone = self->lone;
    struct port *port = atomic_load_explicit(&sock->port, memory_order_acquire);
    unsigned which;

    if (port == NULL || self->port != port || !self->port_alone || lone == NULL ||
        lone->packets - lone->run_begin < LONE_RUN * lone->busy_count)
        return false;
    which = lone_find(lone, sock);
    if (which == lone->busy_count || lone->packets - lone->queued[which] < LONE_QUEUE_RUN)
        return false;
    return park_poll_open(&self->park) >= 0 && sock_rare_make(sock) != NULL &&
           lone_free_place(lone) < LONE_MAX;
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
    unsigned place = lone_free_place(lone);

    handle_ref_again(sock->handle); /* the operation's own may go with it */
    lone->count++;
    lone->ready &= ~(1u << place);
    op->base.queue = &sock->recv;
    if (lone_put(op)) {
        atomic_store(&lone->kept[place], sock->handle);
        lone_away(lone);
    }
    sock_unref(sock);
}

void lone_queue(struct sock *sock)
{
    struct lone *lone = thread_self()->lone; /* lone_wants() was true */

    lone->queued[lone_find(lone, sock)] = lone->packets;
    lone_release(sock);
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

/* All that the thread keeps goes to ring threads. */
static void lone_take_away(struct lone *lone)
{
    for (unsigned place = 0; place < LONE_MAX; place++) {
        struct sock *sock = lone_sock(lone, place);

        if (sock != NULL)
            lone_release(sock);
        sock_unref(sock);
    }
}

/* ---- The worker ---- */

static bool lone_keeps(const struct lone *lone)
{
    for (unsigned place = 0; place < LONE_MAX; place++)
        if (atomic_load_explicit(&lone->kept[place], memory_order_relaxed) != 0)
            return true;
    return false;
}

/* What a wait looks at: the sockets of what is kept, and their places. */
struct lone_look {
    struct host_poll polls[LONE_MAX + 1]; /* the last one: the thread's own wake word */
    struct sock *socks[LONE_MAX];         /* counted references */
    uint8_t places[LONE_MAX];
    unsigned count;
};

static void lone_look_at(struct lone_look *look, struct lone *lone)
{
    look->count = 0;
    for (unsigned place = 0; place < LONE_MAX; place++) {
        struct sock *sock = lone_sock(lone, place);

        /* Somebody may have taken it meanwhile: then the socket is not looked at, and not kept. */
        if (sock == NULL || atomic_load(&sock_rare(sock)->lone) == NULL) {
            atomic_store_explicit(&lone->kept[place], 0, memory_order_relaxed);
            sock_unref(sock);
            continue;
        }
        look->polls[look->count] =
            (struct host_poll){.fd = sock->fd, .events = LX_POLLIN | LX_POLLRDHUP};
        look->socks[look->count] = sock;
        look->places[look->count++] = (uint8_t)place;
    }
}

/* One bit a place. */
static uint32_t lone_look_end(struct lone_look *look, bool polled)
{
    uint32_t ready = 0;

    for (unsigned i = 0; i < look->count; i++) {
        if (polled && look->polls[i].found != 0)
            ready |= 1u << look->places[i];
        sock_unref(look->socks[i]);
    }
    return ready;
}

bool lone_wait(struct thread *self, int64_t deadline_ns, bool *ready)
{
    struct lone *lone = self->lone;
    struct lone_look look;
    bool begun;
    bool woken;

    *ready = false;
    if (lone == NULL || !lone_keeps(lone))
        return park_wait(&self->park, deadline_ns);
    atomic_store(&lone->waiting, true);
    lone_look_at(&look, lone);
    look.polls[look.count] =
        (struct host_poll){.fd = park_poll_open(&self->park), .events = LX_POLLIN};
    begun = park_poll_begin(&self->park);
    if (begun)
        host_poll(look.polls, look.count + 1, deadline_ns);
    woken = park_poll_end(&self->park, begun);
    lone_away(lone);
    lone->ready = lone_look_end(&look, begun);
    *ready = lone->ready != 0;
    return woken || *ready || host_now_ns() < deadline_ns;
}

bool lone_is_due(struct thread *self, bool looks)
{
    struct lone *lone = self->lone;

    if (lone == NULL)
        return false;
    if (looks && lone->ready == 0 && lone_keeps(lone))
        lone->ready = (1u << LONE_MAX) - 1; /* a try tells */
    return lone->ready != 0;
}

/* Nothing is kept any more; and nothing is, if others have taken it already. */
static void lone_unmark(struct sock_rare *rare)
{
    struct op *busy = LONE_BUSY;

    atomic_compare_exchange_strong(&rare->lone, &busy, NULL);
}

/* False: nothing is there to receive, or nothing is kept. */
static bool lone_receive_one(struct lone *lone, unsigned place)
{
    struct sock *sock = lone_sock(lone, place);
    struct sock_rare *rare = sock == NULL ? NULL : sock_rare(sock);
    struct op *op = rare == NULL ? NULL : atomic_exchange(&rare->lone, LONE_BUSY);
    bool received = op != NULL && lone_receive_now(op);

    if (op != NULL && !received && lone_put(op)) {
        lone_away(lone);
    } else {
        if (rare != NULL)
            lone_unmark(rare);
        atomic_store(&lone->kept[place], 0);
    }
    sock_unref(sock);
    return received;
}

/* Of those that are ready, the one whose turn was the longest ago. */
static unsigned lone_next(const struct lone *lone)
{
    unsigned next = LONE_MAX;

    for (unsigned place = 0; place < LONE_MAX; place++) {
        if (!(lone->ready & (1u << place)))
            continue;
        if (next == LONE_MAX || (int32_t)(lone->served[place] - lone->served[next]) < 0)
            next = place;
    }
    return next;
}

void lone_receive(struct thread *self)
{
    struct lone *lone = self->lone;
    bool received = false;

    while (!received && lone->ready != 0) {
        unsigned place = lone_next(lone);

        lone->ready &= ~(1u << place);
        lone->served[place] = lone->turns++;
        received = lone_receive_one(lone, place);
    }
}

void lone_leave(struct thread *self)
{
    struct lone *lone = self->lone;

    if (lone == NULL)
        return;
    lone->ready = 0;
    lone_take_away(lone);
    for (unsigned place = 0; place < LONE_MAX; place++) /* relaxed: a hint to the tick */
        atomic_store_explicit(&lone->kept[place], 0, memory_order_relaxed);
}

/* ---- Everybody else ---- */

bool lone_tick(int64_t now_ns)
{
    struct lone *lone = atomic_load_explicit(&lones, memory_order_acquire);
    bool again = false;

    for (; lone != NULL; lone = lone->next_made) {
        if (!lone_keeps(lone) || atomic_load(&lone->waiting))
            continue;
        if (now_ns - atomic_load_explicit(&lone->away_ns, memory_order_relaxed) < LONE_AWAY_NS)
            again = true;
        else
            lone_take_away(lone);
    }
    return again;
}

/* In a child of fork(): those threads are the parent's. */
static void lone_forked(void)
{
    struct lone *lone = atomic_load_explicit(&lones, memory_order_acquire);

    for (; lone != NULL; lone = lone->next_made)
        for (unsigned place = 0; place < LONE_MAX; place++)
            atomic_store_explicit(&lone->kept[place], 0, memory_order_relaxed);
}

__attribute__((constructor)) static void lone_load(void)
{
    thread_register_exit(lone_leave);
    host_fork_hook(lone_forked);
}
