/* SPDX-License-Identifier: MIT */
/*
 * Completion ports, in user space. port->lock protects everything but `count` (written under the
 * lock, read anywhere as a hint).
 *
 * Long: one lock and one set of invariants; in two files each would see the other's half of them.
 *
 * [C1] A waiter is on the list `waiters` or has been chosen (thread->port_chosen), never both. At
 *      most one chosen waiter is on its way (`token`); it holds the wake token until it has taken a
 *      packet or given up, and passes it on in either case: port_pass_on_locked().
 * [C2] A worker is active from taking a packet until its next wait of any kind. A packet may be
 *      taken while active < concurrency; stalled workers stop counting (port_tick()), so the cap is
 *      soft and nothing is stranded behind a worker that blocks outside the library.
 * [C3] Packets stand, a waiter is parked, and no token is on its way: then the port is watched by
 *      the engine's tick, which wakes one after PORT_STALL_NS without progress.
 */
#include "core/object/port.h"

#include <stddef.h>

#include "core/base/apc.h"
#include "core/base/handle.h"
#include "core/base/mem.h"
#include "core/object/lone.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

enum {
    PORT_CHAIN_BACKLOG = 16,  /* packets: above this a worker that takes one wakes another */
    PORT_STALL_NS = 1000000,  /* a worker whose CPU clock stood still for so long is blocked */
    PORT_FORCE_NS = 10000000, /* after so long one more is woken, whatever the others do */
};

struct port {
    struct waitable wait;
    struct host_lock lock;
    uint32_t handle;
    _Atomic uint32_t count;   /* packets */
    _Atomic uint32_t batches; /* ring threads that keep packets back: port_is_told() */
    struct op *head, *tail;
    struct thread *waiters; /* newest first */
    struct thread *workers; /* active ones, for the stall check */
    unsigned concurrency;
    unsigned active;
    bool token; /* [C1] */
    bool shut;
    bool crowded; /* it has, or had, several workers at a time */
    bool watched; /* [C3]: on the list of watched ports, which holds a reference */
    struct port *next_watched;
    uint64_t taken; /* packets taken so far, to see progress */
    uint64_t taken_seen;
    int64_t stalled_since_ns;
};

static struct host_lock watch_lock;
static struct port *watched_ports;

/* ---- Workers and waiters ---- */

static void worker_add_locked(struct port *port, struct thread *thread)
{
    thread->port = port;
    thread->port_active = true;
    thread->port_cpu_ns = -1;
    thread->port_previous = NULL;
    thread->port_next = port->workers;
    if (port->workers != NULL)
        port->workers->port_previous = thread;
    port->workers = thread;
    port->active++;
}

static void worker_remove_locked(struct port *port, struct thread *thread)
{
    if (!thread->port_active)
        return;
    thread->port_active = false;
    if (thread->port_next != NULL)
        thread->port_next->port_previous = thread->port_previous;
    if (thread->port_previous != NULL)
        thread->port_previous->port_next = thread->port_next;
    else
        port->workers = thread->port_next;
    if (thread->port_cpu_ns != -2) /* -2: found stalled, not counted any more */
        port->active--;
}

static void waiter_remove_locked(struct port *port, struct thread *thread)
{
    struct thread **link = &port->waiters;

    while (*link != thread)
        link = &(*link)->port_next;
    *link = thread->port_next;
}

/* Chooses the newest waiter. The caller wakes it after releasing the lock. */
static struct thread *waiter_choose_locked(struct port *port)
{
    struct thread *thread = port->waiters;

    port->waiters = thread->port_next;
    thread->port_chosen = true;
    port->token = true;
    return thread;
}

/* Whom to wake now, if anybody; at most `backlog` packets may be left to those who are awake. */
static struct thread *port_pass_on_locked(struct port *port, uint32_t backlog)
{
    if (port->token || port->waiters == NULL || port->active >= port->concurrency ||
        atomic_load_explicit(&port->count, memory_order_relaxed) <= backlog) /* under the lock */
        return NULL;
    return waiter_choose_locked(port);
}

/* ---- Watching ---- */

static bool port_needs_watch_locked(struct port *port)
{
    return !port->watched && !port->token && port->waiters != NULL && !port->shut &&
           atomic_load_explicit(&port->count, memory_order_relaxed) > 0; /* under the lock */
}

static void port_watch(struct port *port)
{
    handle_ref_again(port->handle);
    host_lock_acquire(&watch_lock);
    port->next_watched = watched_ports;
    watched_ports = port;
    host_lock_release(&watch_lock);
    engine_want_tick();
}

/* Releases the lock, then does what must not be done under it. */
static void port_unlock(struct port *port, struct thread *wake)
{
    bool watch = port_needs_watch_locked(port);

    if (watch) {
        port->watched = true;
        port->taken_seen = port->taken;
        port->stalled_since_ns = 0;
    }
    host_lock_release(&port->lock);
    if (wake != NULL)
        park_wake(&wake->park);
    if (watch)
        port_watch(port);
}

/* Workers whose CPU clock stood still since the last look stop counting, [C2]. */
static void port_drop_stalled_locked(struct port *port)
{
    for (struct thread *thread = port->workers; thread != NULL; thread = thread->port_next) {
        int64_t cpu_ns;

        if (thread->port_cpu_ns == -2)
            continue;
        cpu_ns = host_cpu_clock_ns(thread->cpu_clock);
        if (thread->port_cpu_ns >= 0 && cpu_ns <= thread->port_cpu_ns) {
            thread->port_cpu_ns = -2;
            port->active--;
        } else {
            thread->port_cpu_ns = cpu_ns;
        }
    }
}

/* One look at a watched port. True: it stays watched. */
static bool port_look(struct port *port, int64_t now_ns)
{
    struct thread *wake = NULL;
    bool stay;

    host_lock_acquire(&port->lock);
    if (port->taken != port->taken_seen || port->stalled_since_ns == 0) {
        port->taken_seen = port->taken;
        port->stalled_since_ns = now_ns;
    }
    stay = !port->token && port->waiters != NULL && !port->shut &&
           atomic_load_explicit(&port->count, memory_order_relaxed) > 0; /* under the lock */
    if (stay) {
        port_drop_stalled_locked(port);
        if (now_ns - port->stalled_since_ns >= PORT_FORCE_NS ||
            (now_ns - port->stalled_since_ns >= PORT_STALL_NS &&
             port->active < port->concurrency)) {
            wake = waiter_choose_locked(port);
            port->stalled_since_ns = now_ns;
        }
    } else {
        port->watched = false;
    }
    host_lock_release(&port->lock);
    if (wake != NULL)
        park_wake(&wake->park);
    return stay;
}

/* Engine hook, on one ring thread. */
static bool port_tick(int64_t now_ns)
{
    struct port *list;
    struct port *kept = NULL;
    bool again = lone_tick(now_ns);

    host_lock_acquire(&watch_lock);
    list = watched_ports;
    watched_ports = NULL;
    host_lock_release(&watch_lock);
    while (list != NULL) {
        struct port *port = list;

        list = port->next_watched;
        if (port_look(port, now_ns)) {
            port->next_watched = kept;
            kept = port;
        } else {
            port_unref(port);
        }
    }
    if (kept == NULL)
        return again;
    host_lock_acquire(&watch_lock);
    while (kept != NULL) {
        struct port *port = kept;

        kept = port->next_watched;
        port->next_watched = watched_ports;
        watched_ports = port;
    }
    host_lock_release(&watch_lock);
    return true;
}

/* ---- Packets in ---- */

/* What a ring thread has collected for one port; others post at once. */
struct port_batch {
    struct port *port; /* counted reference */
    struct op *head, *tail;
    uint32_t count;
};

static _Thread_local struct port_batch batch;
static _Thread_local bool batching;

/* Takes a packet apart that has left the queue. False: it has nothing to say. */
static bool packet_read(struct op *packet, OVERLAPPED_ENTRY *entry)
{
    OVERLAPPED_ENTRY read = {.lpOverlapped = packet->overlapped, .Internal = packet->status};

    if (packet->flags & OP_NOTICE) {
        struct port_notice *notice = (struct port_notice *)(void *)packet;

        return notice->told(notice, entry);
    }
    read.lpCompletionKey = packet->to.key;
    read.dwNumberOfBytesTransferred = packet->bytes;
    op_give(packet);
    if (entry != NULL)
        *entry = read;
    return true;
}

static void packets_free(struct op *packet)
{
    while (packet != NULL) {
        struct op *next = (struct op *)(void *)packet->base.next;

        (void)packet_read(packet, NULL);
        packet = next;
    }
}

static void port_append(struct port *port, struct op *head, struct op *tail, uint32_t count,
                        bool batch_over)
{
    struct thread *wake;

    tail->base.next = NULL;
    host_lock_acquire(&port->lock);
    if (batch_over) /* relaxed: the lock keeps its order; and before somebody is woken */
        atomic_fetch_sub_explicit(&port->batches, 1, memory_order_relaxed);
    if (port->shut) {
        host_lock_release(&port->lock);
        packets_free(head);
        return;
    }
    if (port->head == NULL)
        port->head = head;
    else
        port->tail->base.next = &head->base;
    port->tail = tail;
    atomic_fetch_add_explicit(&port->count, count, memory_order_relaxed); /* a hint elsewhere */
    wake = port_pass_on_locked(port, 0);
    if (!port->token && !waitable_signalled(&port->wait))
        waitable_set(&port->wait);
    port_unlock(port, wake);
}

static void batch_flush(void)
{
    struct port_batch full = batch;

    if (full.port == NULL)
        return;
    batch.port = NULL;
    port_append(full.port, full.head, full.tail, full.count, true);
    port_unref(full.port);
}

/* Engine hook, on every ring thread. */
static void batch_end(void)
{
    batching = true; /* from the first call on: this is a ring thread */
    batch_flush();
}

void port_post(struct port *port, struct op *packet)
{
    if (!batching) {
        port_append(port, packet, packet, 1, false);
        return;
    }
    if (batch.port != port) {
        batch_flush();
        handle_ref_again(port->handle);
        /* relaxed: the release in queue_retire() follows, of the operation that this packet is. */
        atomic_fetch_add_explicit(&port->batches, 1, memory_order_relaxed);
        batch = (struct port_batch){.port = port, .head = packet, .tail = packet, .count = 1};
        return;
    }
    batch.tail->base.next = &packet->base;
    batch.tail = packet;
    batch.count++;
}

bool port_idle(struct port *port)
{
    return atomic_load_explicit(&port->count, memory_order_relaxed) == 0; /* a hint */
}

bool port_is_told(struct port *port)
{
    return atomic_load_explicit(&port->batches, memory_order_acquire) == 0;
}

bool port_closed(struct port *port)
{
    bool shut;

    host_lock_acquire(&port->lock);
    shut = port->shut;
    host_lock_release(&port->lock);
    return shut;
}

/* ---- Packets out ---- */

/* Up to `count` packets, in their order. */
static struct op *port_pop_locked(struct port *port, unsigned count)
{
    struct op *first = port->head;
    struct op *last = NULL;
    unsigned taken = 0;

    while (taken < count && port->head != NULL) {
        last = port->head;
        port->head = (struct op *)(void *)last->base.next;
        taken++;
    }
    if (last != NULL)
        last->base.next = NULL;
    if (port->head == NULL && waitable_signalled(&port->wait))
        waitable_reset(&port->wait);
    port->taken += taken;
    atomic_fetch_sub_explicit(&port->count, taken, memory_order_relaxed); /* a hint elsewhere */
    return taken > 0 ? first : NULL;
}

/* A thread that took packets from another port belongs to that one no longer. */
static void worker_leave(struct thread *thread)
{
    struct port *port = thread->port;
    struct thread *wake;

    if (port == NULL)
        return;
    thread->port = NULL;
    host_lock_acquire(&port->lock);
    worker_remove_locked(port, thread);
    wake = port_pass_on_locked(port, 0);
    port_unlock(port, wake);
    port_unref(port);
}

static bool port_ready_locked(const struct port *port, bool chosen)
{
    return port->head != NULL && (port->active < port->concurrency || chosen);
}

/* Waits until a packet may be taken, the port is shut, a call is queued to an `alertable` thread,
 * or the time is over. Called and returns with
 * the lock held; the thread is on no list then, and no longer holds the token. */
static void port_wait_locked(struct port *port, struct thread *self, int64_t deadline_ns,
                             bool alertable)
{
    bool chosen = false;
    bool ready = false;
    bool time_left = deadline_ns != 0;

    while (!port->shut && !port_ready_locked(port, chosen) && time_left &&
           !(alertable && apc_pending(self))) {
        if (chosen) /* somebody else was faster; the token is not ours to keep */
            port->token = false;
        self->port_chosen = false;
        self->port_next = port->waiters;
        port->waiters = self;
        port_unlock(port, NULL);
        engine_wake_owed();
        time_left = lone_wait(self, deadline_ns, &ready);
        host_lock_acquire(&port->lock);
        chosen = self->port_chosen;
        if (!chosen)
            waiter_remove_locked(port, self);
        if (ready) { /* off the list: nobody is to wake it for its own packet */
            host_lock_release(&port->lock);
            lone_receive(self);
            host_lock_acquire(&port->lock);
        }
    }
    if (chosen)
        port->token = false;
    self->port_chosen = false;
}

/* Packets that have left the queue: *packets, NULL when there is an error. */
static uint32_t port_take_packets(struct port *port, struct thread *self, struct op **packets,
                                  unsigned count, int64_t deadline_ns, bool alertable)
{
    struct thread *wake;
    uint32_t error = 0;

    *packets = NULL;
    if (self->port != port) {
        if (alertable && apc_pending(self)) /* IOCP-24 */
            return WAIT_IO_COMPLETION;
        worker_leave(self);
    }
    host_lock_acquire(&port->lock);
    worker_remove_locked(port, self);
    if (port->workers != NULL || port->waiters != NULL)
        port->crowded = true;
    self->port_alone = !port->crowded;
    if (!port_ready_locked(port, false) && lone_is_due(self, deadline_ns == 0)) {
        host_lock_release(&port->lock); /* who only looks has to look for itself */
        lone_receive(self);
        host_lock_acquire(&port->lock);
    }
    if (!port_ready_locked(port, false))
        port_wait_locked(port, self, deadline_ns, alertable);
    if (port->shut)
        error = ERROR_ABANDONED_WAIT_0;
    else if (port->head == NULL || (port->active >= port->concurrency && deadline_ns == 0))
        error = alertable && apc_pending(self) ? WAIT_IO_COMPLETION : WAIT_TIMEOUT;
    else
        *packets = port_pop_locked(port, count);
    if (*packets != NULL) {
        if (self->port != port)
            handle_ref_again(port->handle);
        worker_add_locked(port, self);
    }
    /* Whoever takes a packet leaves up to a chain's backlog to itself; who leaves, nothing. */
    wake = port_pass_on_locked(port, *packets != NULL ? PORT_CHAIN_BACKLOG : 0);
    port_unlock(port, wake);
    if (error != 0)
        engine_wake_owed();
    if (error == ERROR_ABANDONED_WAIT_0 && self->port == port)
        worker_leave(self); /* else a closed port would live as long as its workers */
    return error;
}

uint32_t port_take(struct port *port, OVERLAPPED_ENTRY *entries, unsigned count, unsigned *taken,
                   int64_t deadline_ns, bool alertable)
{
    struct thread *self = thread_self();
    uint32_t error = self == NULL ? ERROR_NOT_ENOUGH_MEMORY : 0;

    *taken = 0;
    while (*taken == 0 && error == 0) { /* again when none of the packets had anything to say */
        struct op *packet;

        error = port_take_packets(port, self, &packet, count, deadline_ns, alertable);
        while (packet != NULL) {
            struct op *next = (struct op *)(void *)packet->base.next;

            lone_taken(self, packet->sock);
            if (packet_read(packet, &entries[*taken]))
                ++*taken;
            packet = next;
        }
    }
    return error;
}

/* ---- Other waits, and the end of threads ---- */

static void port_before_wait(struct thread *thread)
{
    struct port *port = thread->port;
    struct thread *wake;
    bool shut;

    lone_leave(thread);
    if (port == NULL || !thread->port_active)
        return;
    host_lock_acquire(&port->lock);
    worker_remove_locked(port, thread);
    shut = port->shut;
    wake = port_pass_on_locked(port, 0);
    port_unlock(port, wake);
    if (shut) /* nobody else may take this reference away */
        worker_leave(thread);
}

static void port_after_wait(struct thread *thread)
{
    struct port *port = thread->port;
    bool shut;

    if (port == NULL || thread->port_active)
        return;
    host_lock_acquire(&port->lock);
    shut = port->shut;
    if (!shut)
        worker_add_locked(port, thread); /* may exceed the cap, as on Windows */
    host_lock_release(&port->lock);
    if (shut)
        worker_leave(thread);
}

/* ---- Life ---- */

uint32_t port_open(unsigned concurrency)
{
    struct port *port = mem_zalloc(0, sizeof *port);
    uint32_t handle;

    if (port == NULL)
        return 0;
    waitable_init(&port->wait, false, false);
    port->concurrency = concurrency != 0 ? concurrency : host_cpu_count();
    handle = handle_open(HANDLE_PORT, port);
    if (handle == 0) {
        mem_free(port);
        return 0;
    }
    port->handle = handle;
    return handle;
}

struct port *port_ref(uint64_t value)
{
    return handle_ref(value, HANDLE_PORT);
}

struct port *port_ref_to_take(uint64_t value, bool *counted)
{
    struct thread *self = thread_self();
    bool known = self != NULL && self->port != NULL && self->port->handle == value;

    *counted = !known || handle_type_of(value) != HANDLE_PORT;
    if (known && *counted)
        worker_leave(self); /* closed meanwhile */
    return *counted ? port_ref(value) : self->port;
}

void port_unref(struct port *port)
{
    if (port != NULL)
        handle_unref(port->handle);
}

struct waitable *port_waitable(struct port *port)
{
    return &port->wait;
}

uint32_t port_handle(const struct port *port)
{
    return port->handle;
}

void port_shut(struct port *port)
{
    struct thread *self = thread_self();
    struct op *packets;
    struct thread *waiters;

    host_lock_acquire(&port->lock);
    port->shut = true;
    packets = port->head;
    port->head = NULL;
    atomic_store_explicit(&port->count, 0, memory_order_relaxed);
    waiters = port->waiters;
    for (struct thread *thread = waiters; thread != NULL; thread = thread->port_next)
        park_wake(&thread->park); /* under the lock: they take themselves off the list */
    host_lock_release(&port->lock);
    packets_free(packets);
    if (self != NULL && self->port == port)
        worker_leave(self);
}

static void port_destroy(void *object)
{
    mem_free(object);
}

/* In a child of fork(): nobody watches, and nothing was collected. */
static void port_forked(void)
{
    atomic_store_explicit(&watch_lock.word, 0, memory_order_relaxed);
    watched_ports = NULL;
    batch.port = NULL;
    batching = false;
}

__attribute__((constructor)) static void port_start(void)
{
    handle_register(HANDLE_PORT, port_destroy);
    thread_register_exit(worker_leave);
    thread_register_wait(port_before_wait, port_after_wait);
    engine_set_hooks(batch_end, port_tick);
    host_fork_hook(port_forked);
}
