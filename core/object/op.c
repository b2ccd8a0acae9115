/* SPDX-License-Identifier: MIT */
/*
 * Operations: where their memory comes from, and how one ends.
 *
 * Memory: each thread has a cache. Who takes and who gives back are often different threads (a ring
 * thread ends what a worker began), so full batches travel through a depot under a lock; slabs are
 * never returned to the allocator, so that a late completion can always look at the generation.
 *
 * [O1] op_publish() stores InternalHigh first and Internal last, with release; it pairs with the
 *      acquire in HasOverlappedIoCompleted and overlapped_status(). Whoever sees a final status
 *      sees the byte count and the data, and may free the OVERLAPPED at once: nobody touches it
 *      again.
 */
#include "core/object/op.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/apc.h"
#include "core/base/blocking.h"
#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "core/object/port.h"
#include "core/object/sock.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

enum { OP_SLAB_COUNT = 68, OP_BATCH = 32 }; /* 68 fill a 7 KiB size class of jemalloc */
enum { OP_EXTRA_COUNT = 2 * OP_BATCH };     /* blocks that a thread keeps */

#define OP_STATUS_PENDING         0x103u
#define OP_STATUS_BUFFER_OVERFLOW 0x80000005u

struct op_batch_link {     /* what a free operation holds in place of its fields */
    struct op *next;       /* in the same batch or cache */
    struct op *next_batch; /* valid in the first of a batch in the depot */
};

static struct host_lock depot_lock;
static struct op *depot; /* first operations of batches of OP_BATCH */

static struct op_batch_link *op_link(struct op *op)
{
    /* base.generation survives: the link covers next and done only. */
    return (struct op_batch_link *)(void *)op;
}

_Static_assert(offsetof(struct ring_op, queue) >= sizeof(struct apc), "a routine's place");
_Static_assert(offsetof(struct ring_op, queue) >= sizeof(struct op_batch_link), "free list link");

/* OP_BATCH operations from the depot. False: it is empty. */
static bool cache_fill_from_depot(struct thread *thread)
{
    struct op *first;

    host_lock_acquire(&depot_lock);
    first = depot;
    if (first != NULL)
        depot = op_link(first)->next_batch;
    host_lock_release(&depot_lock);
    if (first == NULL)
        return false;
    thread->cache = first;
    thread->cache_count = OP_BATCH;
    return true;
}

static bool cache_fill(struct thread *thread)
{
    struct op *slab;

    if (cache_fill_from_depot(thread))
        return true;
    slab = mem_zalloc(thread->shard, OP_SLAB_COUNT * sizeof *slab);
    if (slab == NULL)
        return false;
    for (unsigned i = 0; i < OP_SLAB_COUNT; i++) {
        op_link(&slab[i])->next = thread->cache;
        thread->cache = &slab[i];
    }
    thread->cache_count += OP_SLAB_COUNT;
    return true;
}

/* Moves the first OP_BATCH operations of the cache to the depot. */
static void cache_spill(struct thread *thread)
{
    struct op *first = thread->cache;
    struct op *last = first;

    for (unsigned i = 1; i < OP_BATCH; i++)
        last = op_link(last)->next;
    thread->cache = op_link(last)->next;
    thread->cache_count -= OP_BATCH;
    op_link(last)->next = NULL;
    host_lock_acquire(&depot_lock);
    op_link(first)->next_batch = depot;
    depot = first;
    host_lock_release(&depot_lock);
}

static void op_balance_add(struct thread *thread, int change)
{
    /* relaxed, and no read-modify-write: only this thread writes it, and it is a figure. */
    atomic_store_explicit(&thread->op_balance,
                          atomic_load_explicit(&thread->op_balance, memory_order_relaxed) + change,
                          memory_order_relaxed);
}

struct op *op_take(void)
{
    struct thread *thread = thread_self();
    struct op *op;
    uint16_t generation;

    if (thread == NULL || (thread->cache == NULL && !cache_fill(thread)))
        return NULL;
    op = thread->cache;
    thread->cache = op_link(op)->next;
    thread->cache_count--;
    op_balance_add(thread, 1);
    generation = op->base.generation;
    memset(op, 0, sizeof *op);
    op->base.generation = (uint16_t)(generation + 1);
    op->thread_id = thread->id;
    return op;
}

void *op_extra(struct op *op, size_t bytes)
{
    struct thread *thread = thread_self(); /* known: it has taken the operation */

    if (bytes > OP_EXTRA_BYTES)
        return op->extra = malloc(bytes);
    op->flags |= OP_EXTRA_KEPT;
    op->extra = thread->extras;
    if (op->extra == NULL)
        return op->extra = malloc(OP_EXTRA_BYTES);
    thread->extras = *(void **)op->extra;
    thread->extra_count--;
    return op->extra;
}

static void op_give_extra(struct op *op, struct thread *thread)
{
    if (op->extra != NULL && (op->flags & OP_EXTRA_KEPT) && thread->extra_count < OP_EXTRA_COUNT) {
        *(void **)op->extra = thread->extras;
        thread->extras = op->extra;
        thread->extra_count++;
    } else {
        free(op->extra);
    }
    op->extra = NULL;
}

void op_give(struct op *op)
{
    struct thread *thread = thread_self(); /* known: it has just taken or ended an operation */

    op_give_extra(op, thread);
    op->base.generation++;
    op_link(op)->next = thread->cache;
    thread->cache = op;
    thread->cache_count++;
    op_balance_add(thread, -1);
    if (thread->cache_count >= 4 * OP_BATCH)
        cache_spill(thread);
}

/* ---- Beginning ---- */

static void op_begin(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped)
{
    op->sock = sock;
    op->overlapped = overlapped;
    overlapped->InternalHigh = 0;
    __atomic_store_n(&overlapped->Internal, OP_STATUS_PENDING, __ATOMIC_RELEASE);
}

int op_prepare(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped)
{
    ULONG_PTR event = (ULONG_PTR)overlapped->hEvent;

    if ((event & ~(ULONG_PTR)3) != 0) {
        op->to.event = event_ref_overlapped(event);
        if (op->to.event == NULL)
            return WSA_INVALID_HANDLE;
        waitable_reset(&op->to.event->wait);
    } else if (waitable_signalled(&sock->wait)) {
        waitable_reset(&sock->wait);
    }
    if (event & 1)
        op->flags |= OP_NO_PACKET;
    op_begin(op, sock, overlapped);
    return 0;
}

static void op_begin_routine(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped)
{
    if (waitable_signalled(&sock->wait))
        waitable_reset(&sock->wait);
    op->flags |= OP_ROUTINE;
    op->issuer = thread_self(); /* exists: it took the operation */
    op_begin(op, sock, overlapped);
}

int op_prepare_routine(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    if (routine == NULL)
        return op_prepare(op, sock, overlapped);
    op->to.routine = routine;
    op_begin_routine(op, sock, overlapped);
    return 0;
}

void op_prepare_file_routine(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped,
                             LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    op->flags |= OP_FILE_ROUTINE;
    op->to.file_routine = routine;
    op_begin_routine(op, sock, overlapped);
}

void op_abandon(struct op *op)
{
    if (!(op->flags & OP_ROUTINE))
        event_unref(op->to.event);
    op->to.event = NULL;
    op_give(op);
}

/* ---- The end ---- */

static void op_publish(struct op *op)
{
    WSAOVERLAPPED *overlapped = op->overlapped;

    overlapped->InternalHigh = op->bytes;
    __atomic_store_n(&overlapped->Internal, (ULONG_PTR)op->status, __ATOMIC_RELEASE); /* [O1] */
}

/* On the issuing thread, in an alertable wait; or when that thread has ended. */
static void op_run_routine(struct apc *apc, bool live)
{
    struct op *op = (struct op *)(void *)apc;
    const struct op ended = *op;
    WSAOVERLAPPED *overlapped = ended.overlapped;
    uint32_t status = ended.status;
    uint32_t bytes = ended.bytes;

    op_give(op); /* first: the routine may wait, and start others */
    if (live && (ended.flags & OP_FILE_ROUTINE))
        ended.to.file_routine(errmap_status_to_win32(status), bytes, overlapped);
    else if (live)
        ended.to.routine((DWORD)errmap_status_to_wsa(status), bytes, overlapped,
                         status == OP_STATUS_BUFFER_OVERFLOW ? MSG_PARTIAL : 0);
}

/* The end of an operation with a routine: no event, no packet even when the socket has got a port
 * since (IOCP-33). A thread that has ended runs nothing any more. */
static void op_deliver_routine(struct op *op, struct sock *sock, struct thread *issuer)
{
    struct apc *apc = (struct apc *)(void *)op;
    uint32_t id = op->thread_id;
    uint32_t flags = sock_flags(sock);

    op_publish(op);
    if ((op->flags & OP_QUIET) || (flags & SOCK_QUIET)) {
        op_give(op);
        return;
    }
    if (!(flags & SOCK_SKIP_EVENT))
        waitable_set(&sock->wait);
    apc->run = op_run_routine;
    if (!apc_queue(issuer, id, apc))
        op_give(op);
}

/* Tells whoever is to know. The operation is gone afterwards; the socket is not. */
static void op_deliver(struct op *op, struct sock *sock, bool skip_packet)
{
    struct event *event = op->to.event;
    uint32_t flags = sock_flags(sock);
    /* acquire pairs with the release in CreateIoCompletionPort: key is there, [S2]. */
    struct port *port = atomic_load_explicit(&sock->port, memory_order_acquire);

    op_publish(op);
    if ((op->flags & OP_QUIET) || (flags & SOCK_QUIET)) {
        event_unref(event);
        op_give(op);
        return;
    }
    if (event != NULL)
        waitable_set(&event->wait);
    else if (!(flags & SOCK_SKIP_EVENT))
        waitable_set(&sock->wait);
    event_unref(event);
    if (port == NULL || skip_packet || (op->flags & OP_NO_PACKET)) {
        op_give(op);
        return;
    }
    op->to.key = sock->key;
    port_post(port, op);
}

static void op_end(struct op *op, uint32_t status, uint32_t bytes, bool skip_packet)
{
    struct sock *sock = op->sock;
    struct thread *issuer = op->flags & OP_ROUTINE ? op->issuer : NULL;

    op->status = status; /* in the place of issuer */
    op->bytes = bytes;
    if (issuer != NULL)
        op_deliver_routine(op, sock, issuer);
    else
        op_deliver(op, sock, skip_packet);
}

void op_complete(struct op *op, uint32_t status, uint32_t bytes, uint32_t weight)
{
    struct sock *sock = op->sock;
    struct ring_queue *queue = op->base.queue;
    unsigned ring = op->base.ring;

    if (weight != 0)
        queue_delivering(queue);
    op_end(op, status, bytes, false);
    if (weight != 0)
        queue_retire(queue, ring, weight | QUEUE_DELIVERING);
    sock_operation_ended(sock);
    sock_unref(sock);
}

void op_complete_claimed(struct op *op, uint32_t status, uint32_t bytes)
{
    op_end(op, status, bytes, false);
}

void op_complete_inline(struct op *op, uint32_t status, uint32_t bytes)
{
    /* A datagram that was cut is no success: its caller hears "pending", and waits for a packet. */
    op_end(op, status, bytes, status == 0 && (sock_flags(op->sock) & SOCK_SKIP_PORT) != 0);
}

/* ---- Blocking calls: the thread waits for its own operation ---- */

enum { OP_SYNC_PENDING = 0, OP_SYNC_ENDED = 1 };

void op_sync_done(struct ring_op *base)
{
    struct op *op = (struct op *)(void *)base;
    struct sock *sock = op->sock;
    struct thread *waiter = op->to.waiter;

    if (base->queue != NULL)
        queue_retire(base->queue, base->ring, QUEUE_OWNER);
    if (sock != NULL)
        sock_operation_ended(sock);
    /* release pairs with the acquire in op_wait(); the operation belongs to the waiter again. */
    __atomic_store_n(&op->status, OP_SYNC_ENDED, __ATOMIC_RELEASE);
    park_wake(&waiter->park);
}

static struct thread *op_start_sync(struct op *op, unsigned ring, void (*done)(struct ring_op *))
{
    struct thread *self = thread_self(); /* exists: it took the operation */

    op->flags |= OP_SYNC;
    op->to.waiter = self;
    op->status = OP_SYNC_PENDING;
    op->base.done = done;
    engine_submit(ring, &op->base);
    return self;
}

static bool op_sync_pending(struct op *op)
{
    return __atomic_load_n(&op->status, __ATOMIC_ACQUIRE) == OP_SYNC_PENDING;
}

void op_wait_call(struct op *op, unsigned ring, void (*run)(struct ring_op *base))
{
    struct thread *self = op_start_sync(op, ring, run);

    while (op_sync_pending(op))
        thread_wait(self, PARK_FOREVER);
}

static bool op_is(const struct ring_op *base, void *argument)
{
    return base == argument;
}

/* On the ring thread. An operation that has just ended is in no queue, and is not found. */
static void op_end_run(struct ring_op *base)
{
    struct op *op = base->data;

    engine_cancel(op->base.queue, op_is, &op->base);
    op_sync_done(base);
}

/* Has the ring thread end an operation that this thread waits for. */
static void op_end_sync(struct op *op)
{
    struct op *call;

    while ((call = op_take()) == NULL)
        host_yield(); /* out of memory: others are about to give some back */
    call->base.kind = RING_CALL;
    call->base.data = op;
    op_wait_call(call, op->base.ring, op_end_run);
    op_give(call);
}

void op_wait(struct op *op, unsigned ring, int64_t deadline_ns)
{
    struct thread *self = op_start_sync(op, ring, op_sync_done);
    struct blocking call;
    int over = 0; /* why the operation is being ended, as a negative errno */
    bool cancelled;

    blocking_begin(&call);
    while (op_sync_pending(op)) {
        int64_t until_ns = deadline_ns;

        if (apc_pending(self)) {
            apc_run(self);
        } else if (over != 0) {
            thread_wait(self, PARK_FOREVER);
        } else if (blocking_cancelled(&call)) {
            over = -EINTR;
            op_end_sync(op);
        } else if (!blocking_turn(&call, &until_ns) && !thread_wait(self, until_ns) &&
                   until_ns == deadline_ns && op_sync_pending(op)) {
            over = -ETIMEDOUT;
            op_end_sync(op);
        }
    }
    /* A cancel that came while the operation ended by itself has come too late. */
    cancelled = blocking_cancelled(&call);
    blocking_end(&call);
    if (op->base.result == -ECANCELED && (over != 0 || cancelled))
        op->base.result = over != 0 ? over : -EINTR;
}

/* A thread that ends leaves its cached operations to the others. */
static void op_thread_exit(struct thread *thread)
{
    while (thread->cache_count >= OP_BATCH)
        cache_spill(thread);
    /* The rest stays with the structure, for the next thread that gets it. */
}

/* In a child of fork(): the depot may be half done. */
static void op_forked(void)
{
    atomic_store_explicit(&depot_lock.word, 0, memory_order_relaxed);
    depot = NULL;
}

__attribute__((constructor)) static void op_init(void)
{
    thread_register_exit(op_thread_exit);
    host_fork_hook(op_forked);
}
