/* SPDX-License-Identifier: MIT */
/*
 * Ring threads: each makes its ring, is its only issuer, and loops: take operations in, enter the
 * kernel once, handle what came back, deliver. They live until the process ends.
 *
 * [U1] inbox is a stack that anybody pushes on and the ring thread empties as a whole. The ring
 *      thread writes URING_PARKED there before it sleeps, and only over an empty inbox; whoever
 *      replaces URING_PARKED owes it a wake. One word decides, so no wake is lost.
 * [U2] A wake may be owed for a while: `owed` is set before a look at uring_tick_wanted, which is
 *      cleared before the tick looks at `owed`; so the next tick finds it.
 */
#include "ring/engine/uring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ring/host/lock.h"
#include "ring/host/sys.h"

static struct uring *_Atomic urings[URING_RINGS_MAX];
static _Atomic unsigned uring_count;
static struct host_lock uring_lock; /* making rings */
static void (*uring_batch_end)(void);
static bool (*uring_tick)(int64_t now_ns);
static _Atomic uint32_t uring_tick_wanted;
static int64_t uring_last_tick_ns; /* ring 0's thread only */

/* The ring that this thread owes a wake, and since when: engine_submit_later(). */
static _Thread_local struct uring *uring_owed;
static _Thread_local int64_t uring_owed_since_ns;

static int uring_open(struct uring *ring);
static int uring_make_rings(unsigned wanted);

/* ---- Waking ---- */

static void uring_wake(struct uring *ring)
{
    uint64_t one = 1;
    ssize_t written;

    do {
        written = write(ring->wake_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    /* relaxed: whoever took URING_PARKED away acquired what came before it. */
    if (atomic_load_explicit(&ring->failed, memory_order_relaxed))
        park_wake(&ring->asleep);
}

/* [U1] True: the ring thread sleeps, and is owed a wake. */
static bool uring_push(struct uring *ring, struct ring_op *op)
{
    struct ring_op *head = atomic_load_explicit(&ring->inbox, memory_order_relaxed);

    op->ring = (uint8_t)ring->index;
    do {
        op->next = head == URING_PARKED ? NULL : head;
        /* release pairs with the acquire in uring_take_inbox(): the operation is filled in.
         * acquire pairs with the release in uring_sleep_failed(). */
    } while (!atomic_compare_exchange_weak_explicit(&ring->inbox, &head, op, memory_order_acq_rel,
                                                    memory_order_relaxed));
    return head == URING_PARKED;
}

static struct uring *uring_at(unsigned index)
{
    return atomic_load_explicit(&urings[index], memory_order_acquire);
}

void engine_submit(unsigned index, struct ring_op *op)
{
    struct uring *ring = uring_at(index);

    if (uring_push(ring, op))
        uring_wake(ring);
}

void engine_wake_owed(void)
{
    struct uring *ring = uring_owed;

    if (ring == NULL)
        return;
    uring_owed = NULL;
    /* relaxed: 0 means that the ring thread has taken its inbox since, or that it was woken. */
    if (atomic_exchange_explicit(&ring->owed, 0, memory_order_relaxed) != 0)
        uring_wake(ring);
}

void engine_submit_later(unsigned index, struct ring_op *op)
{
    struct uring *ring = uring_at(index);

    if (!uring_push(ring, op)) {
        if (uring_owed != NULL && host_now_ns() - uring_owed_since_ns > URING_OWED_NS)
            engine_wake_owed();
        return;
    }
    if (uring_owed != ring)
        engine_wake_owed();
    uring_owed = ring;
    uring_owed_since_ns = host_now_ns();
    /* [U2] seq_cst: before the look whether somebody ticks, against uring_run_tick(). */
    atomic_store(&ring->owed, 1);
    engine_want_tick();
}

bool engine_ring_idle(unsigned index)
{
    struct uring *ring = atomic_load_explicit(&urings[index], memory_order_acquire);

    /* relaxed: only a hint */
    return atomic_load_explicit(&ring->inbox, memory_order_relaxed) == URING_PARKED;
}

/* The operations in the inbox, oldest first. */
static struct ring_op *uring_take_inbox(struct uring *ring)
{
    struct ring_op *op = atomic_exchange_explicit(&ring->inbox, NULL, memory_order_acquire);
    struct ring_op *oldest = NULL;

    if (op == URING_PARKED)
        return NULL;
    /* relaxed: at worst a wake for nothing follows. */
    if (atomic_load_explicit(&ring->owed, memory_order_relaxed) != 0)
        atomic_store_explicit(&ring->owed, 0, memory_order_relaxed);
    while (op != NULL) {
        struct ring_op *next = op->next;

        op->next = oldest;
        oldest = op;
        op = next;
    }
    return oldest;
}

/* ---- The loop ---- */

static void uring_arm_wake(struct uring *ring)
{
    struct io_uring_sqe *sqe = uring_sqe(ring);

    io_uring_prep_read(sqe, ring->wake_fd, &ring->wake_count, sizeof ring->wake_count, 0);
    io_uring_sqe_set_data64(sqe, URING_TAG_WAKE);
}

static void uring_reap(struct uring *ring)
{
    struct io_uring_cqe *cqe;

    /* One at a time: completions may prepare new requests, which may need room in the queue. */
    while (io_uring_peek_cqe(&ring->ring, &cqe) == 0) {
        uint64_t tag = cqe->user_data;
        int32_t result = cqe->res;
        bool more = cqe->flags & IORING_CQE_F_MORE;

        io_uring_cqe_seen(&ring->ring, cqe);
        if (tag == URING_TAG_WAKE)
            uring_arm_wake(ring);
        else if (tag & URING_TAG_WATCH)
            uring_watch_told(tag, result, more);
        else if (tag != URING_TAG_IGNORE)
            uring_complete(ring, tag, result);
    }
}

/* Sleeps until something completes, or is pushed, or the next tick is due. */
static int uring_sleep(struct uring *ring)
{
    struct __kernel_timespec tick = {.tv_nsec = URING_TICK_NS};
    struct io_uring_cqe *cqe;

    if (ring->index == 0 && atomic_load_explicit(&uring_tick_wanted, memory_order_acquire))
        return io_uring_submit_and_wait_timeout(&ring->ring, &cqe, 1, &tick, NULL);
    return io_uring_submit_and_wait(&ring->ring, 1);
}

static int uring_enter(struct uring *ring)
{
    struct ring_op *empty = NULL;
    int result;

    /* seq_cst: parking comes before the look at uring_tick_wanted, against engine_want_tick(). */
    if (ring->held == 0 && io_uring_cq_ready(&ring->ring) == 0 &&
        atomic_compare_exchange_strong(&ring->inbox, &empty, URING_PARKED)) {
        struct ring_op *parked = URING_PARKED;

        result = uring_sleep(ring);
        atomic_compare_exchange_strong(&ring->inbox, &parked, NULL);
    } else {
        result = io_uring_submit_and_get_events(&ring->ring);
    }
    return result;
}

/* [U2] */
static void uring_wake_all_owed(void)
{
    for (unsigned i = 0; i < engine_ring_count(); i++) {
        struct uring *ring = uring_at(i);

        if (atomic_load(&ring->owed) != 0 && atomic_exchange(&ring->owed, 0) != 0)
            uring_wake(ring);
    }
}

static void uring_run_tick(void)
{
    int64_t now_ns = host_now_ns();

    if (now_ns - uring_last_tick_ns < URING_TICK_NS)
        return;
    uring_last_tick_ns = now_ns;
    /* Off first: a wish that comes while the tick runs must not be forgotten. */
    atomic_store(&uring_tick_wanted, 0);
    uring_wake_all_owed();
    if (uring_tick != NULL && uring_tick(now_ns))
        atomic_store(&uring_tick_wanted, 1);
}

/* Asks for one more ring when this one has been above 80% busy for three looks in a row. Sockets
 * stay where they are; new ones join the least loaded ring. */
static void uring_consider_growth(struct uring *ring)
{
    int64_t wall_ns = host_now_coarse_ns();
    int64_t cpu_ns;
    bool busy;

    if (wall_ns - ring->busy_wall_ns < URING_LOOK_NS)
        return;
    cpu_ns = host_cpu_clock_ns(ring->cpu_clock);
    busy = (cpu_ns - ring->busy_cpu_ns) * 10 > (wall_ns - ring->busy_wall_ns) * 8;
    ring->busy_wall_ns = wall_ns;
    ring->busy_cpu_ns = cpu_ns;
    ring->busy_looks = busy ? ring->busy_looks + 1 : 0;
    if (ring->busy_looks < 3 || engine_ring_count() >= host_cpu_count())
        return;
    ring->busy_looks = 0;
    uring_make_rings(engine_ring_count() + 1);
}

/* Delivers what has ended, unless more is about to: where operations are queued behind one another
 * (sends of much data above all) the next often ends as soon as it is issued, and a worker is not
 * to be woken for each. A ring thread never sleeps on what it holds. */
static void uring_deliver(struct uring *ring)
{
    if (ring->followers != 0 && ring->held < URING_HELD_MAX) {
        ring->held++;
        return;
    }
    ring->held = 0;
    if (uring_batch_end != NULL)
        uring_batch_end();
}

/* One turn of a ring thread. */
static void uring_turn(struct uring *ring)
{
    struct ring_op *op = uring_take_inbox(ring);
    int result;

    while (op != NULL) {
        struct ring_op *next = op->next;

        uring_take_in(ring, op);
        op = next;
    }
    uring_issue_deferred(ring);
    if (ring->held == 0 && uring_batch_end != NULL)
        uring_batch_end();
    if (atomic_load_explicit(&ring->failed, memory_order_relaxed)) { /* our own */
        uring_sleep_failed(ring);
        return;
    }
    result = uring_enter(ring);
    ring->followers = 0;
    if (uring_is_fatal(result))
        uring_fail(ring, result);
    else
        uring_reap(ring);
    uring_deliver(ring);
}

static void uring_main(void *argument)
{
    struct uring *ring = argument;

    uring_current = ring;
    ring->cpu_clock = host_thread_cpu_clock();
    ring->started = uring_open(ring);
    if (ring->started != 0) {
        park_wake(&ring->start);
        return;
    }
    uring_arm_wake(ring);
    park_wake(&ring->start);
    for (;;) {
        uring_turn(ring);
        if (ring->index == 0 && atomic_load_explicit(&uring_tick_wanted, memory_order_relaxed))
            uring_run_tick();
        uring_consider_growth(ring);
    }
}

/* ---- Making rings ---- */

/* Sets the ring up on the calling thread: the best flags that this kernel takes. 0 or -errno. */
static int uring_open(struct uring *ring)
{
    static const unsigned wishes[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        0,
    };
    int error = -EINVAL;

    for (unsigned i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        for (unsigned cq = URING_CQ_ENTRIES; cq >= 512; cq /= 2) {
            struct io_uring_params params = {
                .flags = wishes[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
                .cq_entries = cq,
            };

            error = io_uring_queue_init_params(URING_SQ_ENTRIES / (URING_CQ_ENTRIES / cq),
                                               &ring->ring, &params);
            if (error != -ENOMEM)
                break;
        }
        if (error != -EINVAL)
            break;
    }
    if (error != 0)
        return error;
    io_uring_ring_dontfork(&ring->ring);
    (void)io_uring_register_ring_fd(&ring->ring); /* spares a look-up per call; fine without */
    return 0;
}

/* One more ring and its thread. 0 or a negative errno. */
static int uring_add_locked(void)
{
    unsigned index = atomic_load_explicit(&uring_count, memory_order_relaxed); /* under the lock */
    struct uring *ring;
    char name[16];
    int error;

    if (index == URING_RINGS_MAX)
        return -ENOMEM;
    ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        return -ENOMEM;
    ring->index = index;
    ring->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (ring->wake_fd < 0) {
        free(ring);
        return -errno;
    }
    snprintf(name, sizeof name, "ws2ring/%u", index);
    error = host_thread_start(uring_main, ring, 0, true, name);
    if (error == 0) {
        while (!park_wait(&ring->start, PARK_FOREVER))
            continue;
        error = ring->started;
    }
    if (error != 0) {
        /* The ring is not freed: its thread may still be on its way out of park_wake(). */
        close(ring->wake_fd);
        return error;
    }
    /* release pairs with the acquire in engine_submit() and engine_pick_ring(). */
    atomic_store_explicit(&urings[index], ring, memory_order_release);
    atomic_store_explicit(&uring_count, index + 1, memory_order_release);
    return 0;
}

unsigned engine_ring_count(void)
{
    return atomic_load_explicit(&uring_count, memory_order_acquire);
}

/* Rings to begin with: one, or what WS2RING_RINGS says. */
static unsigned uring_wanted(void)
{
    const char *text = getenv("WS2RING_RINGS");
    unsigned long wanted = text == NULL ? 1 : strtoul(text, NULL, 10);

    return wanted < 1 ? 1 : wanted > URING_RINGS_MAX ? URING_RINGS_MAX : (unsigned)wanted;
}

static int uring_make_rings(unsigned wanted)
{
    int error = 0;

    host_lock_acquire(&uring_lock);
    while (error == 0 && engine_ring_count() < wanted)
        error = uring_add_locked();
    host_lock_release(&uring_lock);
    return engine_ring_count() > 0 ? 0 : error;
}

int engine_pick_ring(void)
{
    static _Atomic unsigned wanted;
    unsigned best = 0;
    uint32_t best_load = UINT32_MAX;
    int error;

    if (atomic_load_explicit(&wanted, memory_order_relaxed) == 0) /* the same for everybody */
        atomic_store_explicit(&wanted, uring_wanted(), memory_order_relaxed);
    if (engine_ring_count() < atomic_load_explicit(&wanted, memory_order_relaxed)) {
        error = uring_make_rings(atomic_load_explicit(&wanted, memory_order_relaxed));
        if (error != 0)
            return error;
    }
    for (unsigned i = 0; i < engine_ring_count(); i++) {
        uint32_t load = atomic_load_explicit(&urings[i]->sockets, memory_order_relaxed); /* hint */

        if (load < best_load) {
            best_load = load;
            best = i;
        }
    }
    atomic_fetch_add_explicit(&urings[best]->sockets, 1, memory_order_relaxed);
    return (int)best;
}

void engine_set_hooks(void (*batch_end)(void), bool (*tick)(int64_t now_ns))
{
    uring_batch_end = batch_end;
    uring_tick = tick;
}

void engine_want_tick(void)
{
    struct uring *ring;

    if (atomic_load(&uring_tick_wanted) != 0 || atomic_exchange(&uring_tick_wanted, 1) != 0 ||
        uring_make_rings(1) != 0)
        return;
    ring = atomic_load_explicit(&urings[0], memory_order_acquire);
    if (ring != uring_current) /* it may sleep without a time-out */
        uring_wake(ring);
}

/* In a child of fork(): the ring threads are the parent's, and the rings' memory was not copied. */
static void uring_forked(void)
{
    unsigned count = engine_ring_count();

    for (unsigned i = 0; i < count; i++) {
        struct uring *ring = atomic_exchange_explicit(&urings[i], NULL, memory_order_relaxed);

        if (ring->ring.ring_fd >= 0)
            close(ring->ring.ring_fd);
        close(ring->wake_fd);
    }
    atomic_store_explicit(&uring_count, 0, memory_order_relaxed);
    atomic_store_explicit(&uring_tick_wanted, 0, memory_order_relaxed);
    atomic_store_explicit(&uring_lock.word, 0, memory_order_relaxed);
    uring_current = NULL;
    uring_owed = NULL; /* its ring thread is the parent's */
}

__attribute__((constructor)) static void uring_load(void)
{
    host_fork_hook(uring_forked);
}
