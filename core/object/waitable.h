/* SPDX-License-Identifier: MIT */
/*
 * What threads can wait for: the signalled state inside events, threads and sockets, and the lists
 * of those who wait. Setting and resetting take no lock unless somebody waits.
 */
#ifndef CORE_OBJECT_WAITABLE_H
#define CORE_OBJECT_WAITABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ring/host/lock.h"

struct thread;
struct wait_block; /* one waiter on one object; lives on the waiter's stack (waitable.c) */

enum {
    WAITABLE_SIGNALLED = 1,
    WAITABLE_LOCKED = 2,   /* a wait for all is about to take several objects at once */
    WAITABLE_WAITERS = 4,  /* the list below is not empty */
    WAITABLE_AUTO = 8,     /* constant: a satisfied wait changes it */
    WAITABLE_COUNTED = 16, /* constant: the beginning of a struct waitable_counted */
    WAITABLE_WATCHED = 32  /* once set it stays: an event that sockets are selected for (home.h) */
};

/* Besides an index, what a wait returns. */
enum {
    WAITABLE_INDEX_TIMEOUT = -1,
    WAITABLE_INDEX_ALERTED = -2,    /* calls are queued to this thread; nothing was taken */
    WAITABLE_INDEX_ABANDONED = 0x80 /* added to the index: a mutex whose owner has ended */
};

struct waitable { /* a socket has one, so it must stay small */
    _Atomic uint32_t state;
    struct host_lock lock; /* protects waiters */
    struct wait_block *waiters;
};
_Static_assert(sizeof(struct waitable) == 16, "part of a socket's budget");

/* What a satisfied wait does to a semaphore or a mutex. */
struct waitable_kind {
    /* Whether the calling thread can take it although it is not signalled. May be NULL: it cannot.
     */
    bool (*owned)(struct waitable *waitable);
    /* Takes it, once; the object is held (waitable_hold). Returns whether it is still signalled,
     * and sets *abandoned when the thread that owned it has ended. */
    bool (*take)(struct waitable *waitable, bool *abandoned);
};

struct waitable_counted {
    struct waitable wait;
    const struct waitable_kind *kind;
};

void waitable_init_counted(struct waitable_counted *counted, const struct waitable_kind *kind,
                           bool signalled);
/* Keeps everybody else from taking a counted object, for the few instructions until
 * waitable_let_go(), which signals it or not. */
void waitable_hold(struct waitable *waitable);
void waitable_let_go(struct waitable *waitable, bool signalled);

void waitable_init(struct waitable *waitable, bool auto_reset, bool signalled);
void waitable_set(struct waitable *waitable);
void waitable_reset(struct waitable *waitable);

static inline bool waitable_signalled(struct waitable *waitable)
{
    /* acquire pairs with the release in waitable_set(): who sees the signal sees what preceded it.
     *  */
    return atomic_load_explicit(&waitable->state, memory_order_acquire) & WAITABLE_SIGNALLED;
}

/* How a thread sleeps that watches the sockets behind an event by itself: home.c registers it. */
struct waitable_watch {
    /* Before a wait finds nothing, or sleeps. True: some of these are the thread's own. */
    bool (*claim)(struct waitable *const *objects, unsigned count, struct thread *self,
                  bool sleeps);
    void (*look)(struct thread *self);                       /* may signal any of them */
    bool (*sleep)(struct thread *self, int64_t deadline_ns); /* as thread_wait() */
};
void waitable_set_watch(const struct waitable_watch *watch);
void waitable_mark_watched(struct waitable *waitable);

/* Waits for one or for all of `count` objects (1 to 64), all or nothing. Returns the lowest index
 * that was signalled (0 for all), or WAITABLE_INDEX_TIMEOUT. */
int waitable_wait(struct waitable *const *objects, unsigned count, bool all, int64_t deadline_ns);
/* The same, ended by a call queued to this thread when no object can be had: the caller then runs
 * apc_run(). A signalled object goes first, the time-out last. */
int waitable_wait_alertable(struct waitable *const *objects, unsigned count, bool all,
                            int64_t deadline_ns);

#endif
