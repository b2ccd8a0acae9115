/* SPDX-License-Identifier: MIT */
/*
 * Network events, inside: what selection.c (the record) and selection_watch.c (the ring thread's
 * requests) share. Each kind of event is in one of three states: recorded (`active`), told to the
 * program and not enabled again (`told`), or neither. What was recorded outside of the mask stays
 * recorded (EVENTS-22); told events come back through a re-enabling call, or when more arrives
 * (EVENTS-19).
 *
 * [N1] All fields belong to `lock`, but for the watches, which are the ring thread's. The event is
 *      set and reset under it too, so that reading the record and resetting the event are one step.
 * [N2] No change is lost: the mask is published under the lock before anybody looks at the
 *      descriptor; the ring thread arms its request after that, and arming tells what holds
 *      already (watch.h, [V2]); a look records whatever holds and was not told. So an arrival is
 *      seen by the look, or by the request.
 * [N3] What the library knows itself (connects) is a bit in the socket's flags, set before the
 *      setter looks for a selection; who makes a selection publishes it before it takes the bit.
 *      Both are read-modify-writes of one word, so one of the two sees the other, and the bit is
 *      taken once.
 * [N4] Nothing recorded is stale when read: a look comes first, and drops what no longer holds.
 *      No look is needed where nothing can be stale: [N6].
 * [N6] While only the thread that itself watches the socket deals with it, what it was told holds
 *      until its own next receive; and a receive that got less than it asked for has left nothing
 *      behind, so whatever comes next is told anew. `foreign` ends that for good. Data that come
 *      with the end are not counted then, FD_CLOSE tells of both: it has to be selected.
 * [N5] Each request with the kernel, each call and each order on its way to the ring thread has a
 *      reference to the socket, and the selection lives as long as that.
 */
#ifndef CORE_OBJECT_SELECTION_STATE_H
#define CORE_OBJECT_SELECTION_STATE_H

#include "core/object/home.h"
#include "core/object/selection.h"
#include "ring/engine/watch.h"

/* These hold as long as something waits to be taken; the others happen once. */
#define SELECTION_LEVEL (FD_READ | FD_OOB | FD_ACCEPT)

struct selection {
    struct host_lock lock;
    struct sock *sock;
    struct event *event; /* counted reference; NULL: nothing is selected */
    long mask;
    long active;
    long told;
    int connect_error;
    int close_error;
    int amount;    /* of what waits to be taken, when it was last told */
    bool watching; /* `changes` is with the kernel */
    bool awaiting; /* `room` is */
    bool begun;
    bool ended;         /* closesocket */
    bool called;        /* `call` is on its way to the ring thread */
    bool moved;         /* the request is for a file that is no longer ours */
    bool holds_at_once; /* the request's first answer is what held when it was armed, and perhaps
                         * more that has come since: the amount tells */
    bool close_known;
    bool write_known;   /* FD_WRITE was recorded for the first time */
    bool write_blocked; /* a send found no room */
    bool ordered;       /* waits for the sends before it */
    bool foreign;       /* others than its home's thread deal with the socket too: see below */
    struct home *_Atomic home;      /* where the socket is in (home.h, [M3]), or NULL */
    const struct event *home_event; /* for which it moved in */
    struct selection *home_next, *home_previous;
    struct ring_op call;
    struct ring_watch changes; /* data, connections, the peer's end */
    struct ring_watch room;    /* to send */
};

static inline struct selection *selection_of(struct sock *sock)
{
    return atomic_load_explicit(&sock_rare(sock)->selection, memory_order_acquire);
}

/* Adds to the record and signals. */
void selection_record_locked(struct selection *selection, long events);
/* Looks at the descriptor and records. `changed`: the kernel says that something did. */
void selection_look_locked(struct selection *selection, bool changed);

/* selection_watch.c: */
void selection_watch_init(struct selection *selection);
/* Has the ring thread make its requests what they should be now, unless they are. */
void selection_call_locked(struct selection *selection);
/* The ring thread has something of ours, or is about to. */
static inline bool selection_held_locked(const struct selection *selection)
{
    return selection->watching || selection->awaiting || selection->called;
}

#endif
