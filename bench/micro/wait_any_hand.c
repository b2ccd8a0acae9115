/* SPDX-License-Identifier: MIT */
/*
 * Waiting for any of many, written by hand, twice, and each as short as it can be and still be
 * right for any number of threads: with lists of waiters and one futex word a thread, and with
 * mutexes and a condition variable a wait. No handles, no time-out, no other kind of object.
 */
#include "bench/micro/wait_any.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Lists and a bare futex ---- */

struct lists_block {
    struct lists_block *next;
    struct lists_block **link; /* what points here */
    _Atomic uint32_t *word;    /* of the thread: 0 awake, 1 asleep, 2 woken */
};

struct lists_event {
    _Atomic uint32_t signalled;
    atomic_flag lock; /* protects the list */
    struct lists_block *_Atomic waiters;
};

static struct lists_event lists_events[WAIT_ANY_EVENTS];
static _Thread_local _Atomic uint32_t lists_word;

static void lists_open(int count)
{
    (void)count; /* all zeroes is how they begin */
}

static void lists_acquire(struct lists_event *event)
{
    while (atomic_flag_test_and_set_explicit(&event->lock, memory_order_acquire))
        sched_yield();
}

static void lists_release(struct lists_event *event)
{
    atomic_flag_clear_explicit(&event->lock, memory_order_release);
}

static void lists_set(int index)
{
    struct lists_event *event = &lists_events[index];
    _Atomic uint32_t *word = NULL;

    atomic_store(&event->signalled, 1); /* seq_cst against the fence in lists_wait() */
    if (atomic_load(&event->waiters) == NULL)
        return;
    lists_acquire(event);
    /* One suffices: who is woken takes the signal, or finds it taken. */
    if (atomic_load(&event->waiters) != NULL)
        word = atomic_load(&event->waiters)->word; /* no thread ends here, so it stays valid */
    lists_release(event);
    if (word != NULL && atomic_exchange(word, 2) == 1)
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int lists_take(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        struct lists_event *event = &lists_events[i];

        if (atomic_load_explicit(&event->signalled, memory_order_relaxed) != 0 &&
            atomic_exchange(&event->signalled, 0) != 0)
            return i;
    }
    return -1;
}

static void lists_enlist(struct lists_event *event, struct lists_block *block)
{
    lists_acquire(event);
    block->word = &lists_word;
    block->next = atomic_load_explicit(&event->waiters, memory_order_relaxed);
    block->link = (struct lists_block **)(void *)&event->waiters;
    if (block->next != NULL)
        block->next->link = &block->next;
    atomic_store_explicit(&event->waiters, block, memory_order_relaxed);
    lists_release(event);
}

/* A signal that came meanwhile, and that we do not take, is the next one's. */
static void lists_delist(int index, struct lists_block *block)
{
    struct lists_event *event = &lists_events[index];
    bool pass_on;

    lists_acquire(event);
    *block->link = block->next;
    if (block->next != NULL)
        block->next->link = block->link;
    pass_on = block->next != NULL && atomic_load_explicit(&event->signalled, memory_order_relaxed);
    lists_release(event);
    if (pass_on)
        lists_set(index);
}

static int lists_wait(int first, int count)
{
    struct lists_block blocks[WAIT_ANY_MAX];
    int index = lists_take(first, count);

    if (index >= 0)
        return index;
    for (int i = 0; i < count; i++)
        lists_enlist(&lists_events[first + i], &blocks[i]);
    atomic_thread_fence(memory_order_seq_cst);
    while ((index = lists_take(first, count)) < 0) {
        uint32_t awake = 0;

        if (atomic_compare_exchange_strong(&lists_word, &awake, 1))
            syscall(SYS_futex, &lists_word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
        atomic_store(&lists_word, 0);
    }
    for (int i = 0; i < count; i++)
        lists_delist(first + i, &blocks[i]);
    return index;
}

/* ---- Mutexes and a condition variable ---- */

struct condvar_wait { /* one wait */
    pthread_mutex_t mutex;
    pthread_cond_t given;
    int index; /* of the event that was handed over; -1: none yet */
};

struct condvar_block {
    struct condvar_block *next;
    struct condvar_wait *wait;
};

struct condvar_event {
    pthread_mutex_t mutex;
    bool signalled;
    struct condvar_block *waiters;
};

static struct condvar_event condvar_events[WAIT_ANY_EVENTS];

static void condvar_open(int count)
{
    for (int i = 0; i < count; i++)
        pthread_mutex_init(&condvar_events[i].mutex, NULL);
}

static bool condvar_give(struct condvar_wait *wait, int index)
{
    bool given;

    pthread_mutex_lock(&wait->mutex);
    given = wait->index < 0;
    if (given) {
        wait->index = index;
        pthread_cond_signal(&wait->given);
    }
    pthread_mutex_unlock(&wait->mutex);
    return given;
}

/* Hands the signal to the first who still has none, else keeps it. */
static void condvar_set(int index)
{
    struct condvar_event *event = &condvar_events[index];
    struct condvar_block *block;

    pthread_mutex_lock(&event->mutex);
    for (block = event->waiters; block != NULL; block = block->next) {
        if (condvar_give(block->wait, index))
            break;
    }
    if (block == NULL)
        event->signalled = true;
    pthread_mutex_unlock(&event->mutex);
}

/* True: it is signalled, and nothing was listed. */
static bool condvar_take_or_enlist(struct condvar_event *event, struct condvar_block *block)
{
    bool taken;

    pthread_mutex_lock(&event->mutex);
    taken = event->signalled;
    if (taken) {
        event->signalled = false;
    } else {
        block->next = event->waiters;
        event->waiters = block;
    }
    pthread_mutex_unlock(&event->mutex);
    return taken;
}

static void condvar_delist(struct condvar_event *event, struct condvar_block *block)
{
    struct condvar_block **link = &event->waiters;

    pthread_mutex_lock(&event->mutex);
    while (*link != block)
        link = &(*link)->next;
    *link = block->next;
    pthread_mutex_unlock(&event->mutex);
}

static int condvar_wait(int first, int count)
{
    struct condvar_wait wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, -1};
    struct condvar_block blocks[WAIT_ANY_MAX];
    int listed = 0;
    bool taken = false;

    for (; listed < count && !taken; listed += !taken) {
        blocks[listed].wait = &wait;
        taken = condvar_take_or_enlist(&condvar_events[first + listed], &blocks[listed]);
        /* What an earlier event gave us meanwhile is what we take; this one is signalled again. */
        if (taken && !condvar_give(&wait, first + listed))
            condvar_set(first + listed);
    }
    pthread_mutex_lock(&wait.mutex);
    while (wait.index < 0)
        pthread_cond_wait(&wait.given, &wait.mutex);
    pthread_mutex_unlock(&wait.mutex);
    for (int i = 0; i < listed; i++)
        condvar_delist(&condvar_events[first + i], &blocks[i]);
    return wait.index;
}

const struct wait_any_way wait_any_lists = {"lists", lists_open, lists_set, lists_wait};
const struct wait_any_way wait_any_condvar = {"condvar", condvar_open, condvar_set, condvar_wait};
