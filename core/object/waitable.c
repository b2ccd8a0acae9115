/* SPDX-License-Identifier: MIT */
/*
 * Waiting by trying again: a waiter looks whether it can have what it wants, else lists itself with
 * every object, looks once more, and sleeps until somebody sets one of them. Nobody ever hands it
 * an object, so a waiter that leaves for another reason owes nothing but a wake (see [W5]).
 *
 * [W1] SIGNALLED is set by waitable_set() and waitable_let_go() only, and cleared by
 *      waitable_reset(), waitable_let_go() and, on AUTO objects, by the one waiter that takes the
 *      signal. All are atomic operations on `state`.
 * [W2] LOCKED is set by a wait for all, on an object that it could take, and on COUNTED objects by
 *      whoever changes them; while it is set nobody else changes SIGNALLED or the count. Who wants
 *      to, spins; the owner is a few instructions from letting go. A wait for all locks in order of
 *      address, so that two such waits cannot wait for each other.
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
 *      A semaphore that is still signalled when a waiter leaves thereby passes its count on.
 * [W6] A block is touched only under its object's lock, and its owner takes it off under that lock
 *      before it returns. The thread it names is never freed (thread.h).
 *
 * tests/model/waitable.pml is this protocol in a form that a model checker explores; what changes
 * here must change there.
 */
#include "core/object/waitable.h"

#include <assert.h>
#include <stddef.h>

#include "core/base/apc.h"
#include "core/base/thread.h"
#include "ring/host/sys.h"

enum { WAITABLE_COUNT_MAX = 64, WAKE_LIST_MAX = 8 };

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
    bool alertable;
    bool watches;                                 /* events of this thread's own: home.h */
    bool abandoned;                               /* out: a mutex was taken whose owner had ended */
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

static const struct waitable_kind *waitable_kind(struct waitable *waitable)
{
    return ((struct waitable_counted *)(void *)waitable)->kind;
}

/* Does this state let the caller take the object? Of a mutex that it owns nobody else can change
 * that; a signal may be gone by the time anything is done about it. */
static bool waitable_state_takes(struct waitable *waitable, uint32_t state)
{
    if (state & WAITABLE_SIGNALLED)
        return true;
    return (state & WAITABLE_COUNTED) && waitable_kind(waitable)->owned != NULL &&
           waitable_kind(waitable)->owned(waitable);
}

/* A look, without disturbing anybody; only a hint. */
static bool waitable_can_take(struct waitable *waitable)
{
    /* acquire pairs with the release in waitable_set(): who takes the signal sees what preceded. */
    return waitable_state_takes(waitable,
                                atomic_load_explicit(&waitable->state, memory_order_acquire));
}

/* [W2] False: there is nothing to take. */
static bool waitable_lock(struct waitable *waitable)
{
    uint32_t state;

    do {
        state = waitable_settled(waitable);
        /* This very state, which the exchange asks for again: a signal seen in a later one may
         * have come and gone, and the object be another's, with the state as it was before. */
        if (!waitable_state_takes(waitable, state))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &waitable->state, &state, state | WAITABLE_LOCKED,
        memory_order_acquire,   /* pairs with the release in waitable_unlock() */
        memory_order_relaxed)); /* failed: the state is read again */
    return true;
}

static void waitable_unlock(struct waitable *waitable, uint32_t also)
{
    atomic_fetch_and_explicit(&waitable->state, ~(also | WAITABLE_LOCKED), memory_order_release);
}

/* Takes an object that waitable_lock() has locked, and unlocks it. */
static void waitable_take_locked(struct waitable *waitable, bool *abandoned)
{
    /* relaxed: AUTO and COUNTED never change. */
    uint32_t state = atomic_load_explicit(&waitable->state, memory_order_relaxed);
    bool stays = !(state & WAITABLE_AUTO);

    if (state & WAITABLE_COUNTED)
        stays = waitable_kind(waitable)->take(waitable, abandoned);
    waitable_unlock(waitable, stays ? 0 : WAITABLE_SIGNALLED);
}

static bool waitable_take(struct waitable *waitable, bool *abandoned)
{
    uint32_t state;

    do {
        state = atomic_load_explicit(&waitable->state, memory_order_acquire); /* as above */
        if (state & WAITABLE_COUNTED) {
            if (!waitable_can_take(waitable) || !waitable_lock(waitable))
                return false;
            waitable_take_locked(waitable, abandoned);
            return true;
        }
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

static bool wait_take_all(struct wait *wait)
{
    unsigned locked = 0;

    for (unsigned i = 0; i < wait->count; i++) {
        if (!waitable_can_take(wait->ordered[i]))
            return false; /* the usual case */
    }
    while (locked < wait->count && waitable_lock(wait->ordered[locked]))
        locked++;
    if (locked < wait->count) {
        while (locked-- > 0)
            waitable_unlock(wait->ordered[locked], 0);
        return false;
    }
    for (unsigned i = 0; i < wait->count; i++)
        waitable_take_locked(wait->ordered[i], &wait->abandoned);
    return true;
}

/* The index that satisfies the wait, having taken it; or WAITABLE_INDEX_TIMEOUT. */
static int wait_take(struct wait *wait)
{
    if (wait->all)
        return wait_take_all(wait) ? 0 : WAITABLE_INDEX_TIMEOUT;
    for (unsigned i = 0; i < wait->count; i++) {
        if (waitable_take(wait->objects[i], &wait->abandoned))
            return (int)i;
    }
    return WAITABLE_INDEX_TIMEOUT;
}

/* ---- Lists ---- */

/* Threads to wake once the lock is released: woken under it, a thread that runs at once, on the
 * same CPU, would meet the lock first thing, and sleep again. */
struct wake_list {
    struct park *parks[WAKE_LIST_MAX];
    unsigned count;
};

static void waitable_choose_locked(struct waitable *waitable, struct wake_list *list)
{
    /* relaxed: AUTO never changes. */
    bool is_auto = atomic_load_explicit(&waitable->state, memory_order_relaxed) & WAITABLE_AUTO;

    list->count = 0;
    for (struct wait_block *block = waitable->waiters; block != NULL; block = block->next) {
        if (list->count < WAKE_LIST_MAX)
            list->parks[list->count++] = &block->thread->park;
        else
            park_wake(&block->thread->park);
        if (is_auto && !block->all) /* [W5] */
            return;
    }
}

/* Without the lock. The threads may have gone on, or ended: then these wakes are late ones ([P3] in
 * park.h). */
static void waitable_wake_chosen(const struct wake_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        park_wake(list->parks[i]);
}

static void waitable_wake(struct waitable *waitable)
{
    struct wake_list list;

    host_lock_acquire(&waitable->lock);
    waitable_choose_locked(waitable, &list);
    host_lock_release(&waitable->lock);
    waitable_wake_chosen(&list);
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
    struct wake_list list = {.count = 0};
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
        waitable_choose_locked(waitable, &list);
    host_lock_release(&waitable->lock);
    waitable_wake_chosen(&list);
}

/* ---- Waiting ---- */

static const struct waitable_watch *wait_watch;

/* Nothing was there. Events of this thread's own may have something that nobody has told yet. */
static void wait_begin_watch(struct wait *wait, struct thread *self, bool sleeps)
{
    wait->watches =
        wait_watch != NULL && wait_watch->claim(wait->objects, wait->count, self, sleeps);
    if (wait->watches)
        wait_watch->look(self);
}

/* Takes what can be had; else a call queued to this thread ends an alertable wait. */
static int wait_look(struct wait *wait, struct thread *self)
{
    int index = wait_take(wait);

    return index < 0 && wait->alertable && apc_pending(self) ? WAITABLE_INDEX_ALERTED : index;
}

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
    while ((index = wait_look(wait, self)) == WAITABLE_INDEX_TIMEOUT) {
        if (wait->watches ? wait_watch->sleep(self, deadline_ns) : thread_wait(self, deadline_ns))
            continue;
        index = wait_look(wait, self);
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

    /* relaxed: nobody waits for it yet; event_glance() may look, and will look again. */
    atomic_store_explicit(&waitable->state, state, memory_order_relaxed);
    atomic_init(&waitable->lock.word, 0);
    waitable->waiters = NULL;
}

void waitable_set_watch(const struct waitable_watch *watch)
{
    wait_watch = watch;
}

void waitable_mark_watched(struct waitable *waitable)
{
    /* relaxed: home_claim() says why. */
    atomic_fetch_or_explicit(&waitable->state, WAITABLE_WATCHED, memory_order_relaxed);
}

void waitable_init_counted(struct waitable_counted *counted, const struct waitable_kind *kind,
                           bool signalled)
{
    waitable_init(&counted->wait, true, signalled);
    atomic_fetch_or_explicit(&counted->wait.state, WAITABLE_COUNTED, memory_order_relaxed);
    counted->kind = kind;
}

void waitable_hold(struct waitable *waitable)
{
    uint32_t state;

    do {
        state = waitable_settled(waitable);
    } while (!atomic_compare_exchange_weak_explicit(
        &waitable->state, &state, state | WAITABLE_LOCKED,
        memory_order_acquire,   /* [W2] pairs with the release in who held it before */
        memory_order_relaxed)); /* failed: the state is read again */
}

void waitable_let_go(struct waitable *waitable, bool signalled)
{
    uint32_t signal = signalled ? WAITABLE_SIGNALLED : 0;
    uint32_t state = atomic_load_explicit(&waitable->state, memory_order_relaxed); /* a guess */

    while (!atomic_compare_exchange_weak_explicit(
        &waitable->state, &state,
        (state & ~(uint32_t)(WAITABLE_LOCKED | WAITABLE_SIGNALLED)) | signal,
        memory_order_seq_cst,  /* as in waitable_set() */
        memory_order_relaxed)) /* failed: nothing was read through the state */
        ;
    if (signalled && (state & WAITABLE_WAITERS))
        waitable_wake(waitable);
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
    if (before & WAITABLE_WAITERS)
        waitable_wake(waitable);
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

/* After a look in vain. */
static int wait_on(struct wait *wait, struct thread *self, int64_t deadline_ns)
{
    int index = WAITABLE_INDEX_TIMEOUT;

    if (self == NULL)
        self = thread_self();
    if (self == NULL)
        return wait_poll(wait, deadline_ns);
    wait_begin_watch(wait, self, deadline_ns > 0);
    if (wait->watches)
        index = wait_look(wait, self);
    if (index == WAITABLE_INDEX_TIMEOUT && deadline_ns > 0)
        index = wait_sleep(wait, self, deadline_ns);
    return index;
}

/* The beginnings of all waits; `alertable` and `self`: both or neither. */
static int wait_run(struct wait *wait, struct thread *self, int64_t deadline_ns)
{
    int index;

    assert(wait->count >= 1 && wait->count <= WAITABLE_COUNT_MAX);
    wait->abandoned = false;
    if (wait->all)
        wait_order(wait);
    index = wait_look(wait, self);
    if (index == WAITABLE_INDEX_TIMEOUT)
        index = wait_on(wait, self, deadline_ns);
    return wait->abandoned ? index + WAITABLE_INDEX_ABANDONED : index;
}

int waitable_wait(struct waitable *const *objects, unsigned count, bool all, int64_t deadline_ns)
{
    struct wait wait;

    wait.objects = objects;
    wait.count = count;
    wait.all = all && count > 1; /* all of one is any of one */
    wait.alertable = false;
    wait.watches = false;
    return wait_run(&wait, NULL, deadline_ns);
}

int waitable_wait_alertable(struct waitable *const *objects, unsigned count, bool all,
                            int64_t deadline_ns)
{
    struct thread *self = thread_self();
    struct wait wait;

    wait.objects = objects;
    wait.count = count;
    wait.all = all && count > 1;
    wait.watches = false;
    wait.alertable = self != NULL; /* without a structure nothing can be queued */
    return wait_run(&wait, self, deadline_ns);
}
