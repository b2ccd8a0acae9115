/* SPDX-License-Identifier: MIT */
/*
 * Waiting by trying again: a waiter looks whether it can have what it wants, else lists itself with
 * every object, looks once more, and sleeps until somebody sets one of them. Nobody ever hands it
 * an object, so a waiter that leaves for another reason owes nothing but a wake (see [W5]).
 *
 * [W1] SIGNALLED is set by waitable_set() only, and cleared by waitable_reset() and, on AUTO
 *      objects, by the one waiter that takes the signal. All are atomic operations on `state`.
 * [W2] LOCKED is set only on a signalled object, by a wait for all; while it is set nobody else
 *      changes SIGNALLED. Who wants to, spins; the owner is a few instructions from letting go. It
 *      locks in order of address, so that two such waits cannot wait for each other.
 * [W3] A set that meets LOCKED happens again after it: the wait that holds the lock may clear the
 *      signal, and the signal that came during that must stand afterwards.
 * [W4] WAITERS is set exactly while the list is not empty; list and bit change under `lock`.
 *      Setting the bit and setting SIGNALLED are read-modify-writes of one word, hence ordered:
 *      either the setter sees WAITERS, or the waiter's second look sees SIGNALLED. Likewise a
 *      setter that holds `lock` either finds the block, or came before it was listed, and then the
 *      second look comes after the lock and sees SIGNALLED.
 * [W5] While an AUTO object is signalled and has waiters, one that will take the signal is awake. A
 *      set wakes from the head up to the first who waits for any; those who wait for all are woken
 *      on the way, as they may be unable to take it. Who leaves wakes in the same manner again.
 * [W6] A block is touched only under its object's lock, and its owner takes it off under that lock
 *      before it returns. The thread it names is never freed (thread.h).
 */
#include "core/object/waitable.h"

#include <assert.h>
#include <stddef.h>

#include "core/base/thread.h"
#include "ring/host/sys.h"

enum { WAITABLE_COUNT_MAX = 64 };

/* Between two looks, when there is no memory to sleep properly. */
#define WAITABLE_POLL_NS INT64_C(1000000)

struct wait_block {
    struct wait_block *next;
    struct wait_block *previous; /* of the first: the last */
    struct thread *thread;
    bool all; /* waits for several objects at once, so may pass this one by */
};

struct wait { /* one call of waitable_wait() */
    struct waitable *const *objects;
    unsigned count;
    bool all;
    struct waitable *ordered[WAITABLE_COUNT_MAX]; /* by address, for [W2]; only when `all` */
    struct wait_block blocks[WAITABLE_COUNT_MAX];
};

/* The state once no wait for all holds the object. */
static uint32_t waitable_settled(struct waitable *waitable)
{
    uint32_t state;

    /* acquire pairs with the release in waitable_set(): who takes the signal sees what preceded. */
    while ((state = atomic_load_explicit(&waitable->state, memory_order_acquire)) & WAITABLE_LOCKED)
        host_yield();
    return state;
}

/* ---- Taking ---- */

static bool waitable_take(struct waitable *waitable)
{
    uint32_t state;

    do {
        state = atomic_load_explicit(&waitable->state, memory_order_acquire); /* as above */
        if (!(state & WAITABLE_SIGNALLED))
            return false;
        if (!(state & WAITABLE_AUTO))
            return true; /* a wait for all changes nothing on it, so [W2] is no obstacle */
        if (state & WAITABLE_LOCKED)
            state = waitable_settled(waitable);
        if (!(state & WAITABLE_SIGNALLED))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &waitable->state, &state, state & ~(uint32_t)WAITABLE_SIGNALLED,
        memory_order_acq_rel, /* [W1] acquire as above; release keeps earlier accesses before it */
        memory_order_relaxed)); /* failed: the state is read again */
    return true;
}

static bool waitable_lock(struct waitable *waitable)
{
    uint32_t state;

    do {
        state = waitable_settled(waitable);
        if (!(state & WAITABLE_SIGNALLED))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &waitable->state, &state, state | WAITABLE_LOCKED,
        memory_order_acquire,   /* [W2] pairs with the release in waitable_unlock() */
        memory_order_relaxed)); /* failed: the state is read again */
    return true;
}

static void waitable_unlock(struct waitable *waitable, uint32_t also)
{
    atomic_fetch_and_explicit(&waitable->state, ~(also | WAITABLE_LOCKED), memory_order_release);
}

static bool wait_take_all(struct wait *wait)
{
    unsigned locked = 0;

    for (unsigned i = 0; i < wait->count; i++) {
        if (!waitable_signalled(wait->ordered[i]))
            return false; /* the usual case, without disturbing anybody */
    }
    while (locked < wait->count && waitable_lock(wait->ordered[locked]))
        locked++;
    if (locked < wait->count) {
        while (locked-- > 0)
            waitable_unlock(wait->ordered[locked], 0);
        return false;
    }
    for (unsigned i = 0; i < wait->count; i++) {
        struct waitable *waitable = wait->ordered[i];
        /* relaxed: AUTO never changes. */
        uint32_t state = atomic_load_explicit(&waitable->state, memory_order_relaxed);

        waitable_unlock(waitable, state & WAITABLE_AUTO ? WAITABLE_SIGNALLED : 0);
    }
    return true;
}

/* The index that satisfies the wait, having taken it; or WAITABLE_INDEX_TIMEOUT. */
static int wait_take(struct wait *wait)
{
    if (wait->all)
        return wait_take_all(wait) ? 0 : WAITABLE_INDEX_TIMEOUT;
    for (unsigned i = 0; i < wait->count; i++) {
        if (waitable_take(wait->objects[i]))
            return (int)i;
    }
    return WAITABLE_INDEX_TIMEOUT;
}

/* ---- Lists ---- */

static void waitable_wake_locked(struct waitable *waitable)
{
    /* relaxed: AUTO never changes. */
    bool is_auto = atomic_load_explicit(&waitable->state, memory_order_relaxed) & WAITABLE_AUTO;

    for (struct wait_block *block = waitable->waiters; block != NULL; block = block->next) {
        park_wake(&block->thread->park);
        if (is_auto && !block->all) /* [W5] */
            return;
    }
}

static void waitable_enlist(struct waitable *waitable, struct wait_block *block)
{
    struct wait_block *head;

    host_lock_acquire(&waitable->lock);
    head = waitable->waiters;
    block->next = NULL; /* at the end: first come, first woken */
    if (head == NULL) {
        block->previous = block;
        waitable->waiters = block;
    } else {
        block->previous = head->previous;
        head->previous->next = block;
        head->previous = block;
    }
    /* [W4] seq_cst with waitable_set(): a list before a look, against a signal before a look. */
    atomic_fetch_or_explicit(&waitable->state, WAITABLE_WAITERS, memory_order_seq_cst);
    host_lock_release(&waitable->lock);
}

static void waitable_remove_locked(struct waitable *waitable, struct wait_block *block)
{
    if (block == waitable->waiters)
        waitable->waiters = block->next;
    else
        block->previous->next = block->next;
    if (block->next != NULL)
        block->next->previous = block->previous;
    else if (waitable->waiters != NULL)
        waitable->waiters->previous = block->previous;
}

static void waitable_delist(struct waitable *waitable, struct wait_block *block)
{
    uint32_t state;

    host_lock_acquire(&waitable->lock);
    waitable_remove_locked(waitable, block);
    if (waitable->waiters == NULL)
        /* relaxed: [W4] a setter that still sees the bit takes the lock and finds nobody. */
        atomic_fetch_and_explicit(&waitable->state, ~(uint32_t)WAITABLE_WAITERS,
                                  memory_order_relaxed);
    /* [W5] relaxed: a setter that woke us did so under this lock, hence before; one that did not
     * will take the lock after us and wake somebody else. */
    state = atomic_load_explicit(&waitable->state, memory_order_relaxed);
    if ((state & WAITABLE_AUTO) && (state & WAITABLE_SIGNALLED))
        waitable_wake_locked(waitable);
    host_lock_release(&waitable->lock);
}

/* ---- Waiting ---- */

static void wait_order(struct wait *wait)
{
    for (unsigned i = 0; i < wait->count; i++) {
        unsigned at = i;

        for (; at > 0 && (uintptr_t)wait->ordered[at - 1] > (uintptr_t)wait->objects[i]; at--)
            wait->ordered[at] = wait->ordered[at - 1];
        wait->ordered[at] = wait->objects[i];
    }
}

static int wait_sleep(struct wait *wait, struct thread *self, int64_t deadline_ns)
{
    int index;

    for (unsigned i = 0; i < wait->count; i++) {
        wait->blocks[i].thread = self;
        wait->blocks[i].all = wait->all;
        waitable_enlist(wait->objects[i], &wait->blocks[i]);
    }
    /* [W4] the second look is the first turn of this loop. A wake may be a late one ([P3] in
     * park.h), and after the deadline there is one look more. */
    while ((index = wait_take(wait)) < 0) {
        if (thread_wait(self, deadline_ns))
            continue;
        index = wait_take(wait);
        break;
    }
    for (unsigned i = 0; i < wait->count; i++)
        waitable_delist(wait->objects[i], &wait->blocks[i]);
    return index;
}

/* No memory for a thread structure, so nobody could wake us: look again and again. */
static int wait_poll(struct wait *wait, int64_t deadline_ns)
{
    int index;

    while ((index = wait_take(wait)) < 0 && host_now_ns() < deadline_ns)
        host_sleep_until(host_now_ns() + WAITABLE_POLL_NS);
    return index;
}

void waitable_init(struct waitable *waitable, bool auto_reset, bool signalled)
{
    uint32_t state = (auto_reset ? WAITABLE_AUTO : 0) | (signalled ? WAITABLE_SIGNALLED : 0);

    atomic_init(&waitable->state, state);
    atomic_init(&waitable->lock.word, 0);
    waitable->waiters = NULL;
}

void waitable_set(struct waitable *waitable)
{
    uint32_t before;

    /* [W1] release: who sees the signal sees what preceded it. [W4] seq_cst for the look at
     * WAITERS, and because on Windows setting and resetting are full barriers, which programs rely
     * on. */
    while ((before = atomic_fetch_or_explicit(&waitable->state, WAITABLE_SIGNALLED,
                                              memory_order_seq_cst)) &
           WAITABLE_LOCKED)
        host_yield(); /* [W3] */
    if (before & WAITABLE_WAITERS) {
        host_lock_acquire(&waitable->lock);
        waitable_wake_locked(waitable);
        host_lock_release(&waitable->lock);
    }
}

void waitable_reset(struct waitable *waitable)
{
    /* relaxed: a guess; the exchange decides. */
    uint32_t state = atomic_load_explicit(&waitable->state, memory_order_relaxed);

    do {
        if (state & WAITABLE_LOCKED) /* [W2] */
            state = waitable_settled(waitable);
    } while (!atomic_compare_exchange_weak_explicit(
        &waitable->state, &state, state & ~(uint32_t)WAITABLE_SIGNALLED,
        memory_order_seq_cst,   /* a full barrier, as in waitable_set() */
        memory_order_relaxed)); /* failed: nothing was read through the state */
}

int waitable_wait(struct waitable *const *objects, unsigned count, bool all, int64_t deadline_ns)
{
    struct wait wait;
    struct thread *self;
    int index;

    assert(count >= 1 && count <= WAITABLE_COUNT_MAX);
    wait.objects = objects;
    wait.count = count;
    wait.all = all && count > 1; /* all of one is any of one */
    if (wait.all)
        wait_order(&wait);
    index = wait_take(&wait);
    if (index >= 0 || deadline_ns <= 0)
        return index;
    self = thread_self();
    return self == NULL ? wait_poll(&wait, deadline_ns) : wait_sleep(&wait, self, deadline_ns);
}
