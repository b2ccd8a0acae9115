/* SPDX-License-Identifier: MIT */
/*
 * One hop instead of two. Where one thread alone waits for an event, it watches the sockets behind
 * that event itself, in a set of descriptors (epoll) on which it sleeps: its home. Without a home
 * the ring thread watches a socket, and has to wake the thread for each thing that happens.
 *
 * [M1] event->home is NULL until a thread sleeps for the event; then that thread's home, until
 *      another thread waits for it; then &home_nobody, for good.
 * [M2] A socket moves in when the ring thread has something to tell of it and its event has a home;
 *      the ring thread's own request ends after that. Both tell of the same things meanwhile.
 * [M3] Who is in belongs to home->lock, which is taken within a selection's, never around it.
 *      The set knows sockets by handle, so what it tells of a closed one names nobody.
 * [M4] Only its thread asks the set: in every wait for an event of its own, before it sleeps on it,
 *      and before it says that nothing is signalled.
 * [M5] Any other thread that waits for the event makes it nobody's first: its sockets move out, and
 *      the ring threads arm their requests, which tell what holds already.
 */
#ifndef CORE_OBJECT_HOME_H
#define CORE_OBJECT_HOME_H

#include <stdatomic.h>
#include <stdbool.h>

#include "ring/host/lock.h"

struct selection;
struct thread;

struct home {
    struct host_lock lock; /* [M3] */
    int set;               /* -1: its thread has ended, or this is the child of a fork */
    _Atomic unsigned count;
    struct selection *first;
    struct thread *thread;
    struct home *next_made; /* in the list of all, which only grows */
};

/* All of these with the selection's lock held. [M2] True: the socket has just moved in. */
bool home_move_in_locked(struct selection *selection);
void home_move_out_locked(struct selection *selection);
/* The calling thread's own? Then nobody else waits, and what it does is in order with what it was
 * told. */
bool home_is_own(const struct selection *selection);

#endif
