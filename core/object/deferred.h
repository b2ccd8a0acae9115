/* SPDX-License-Identifier: MIT */
/*
 * Connections of a listener that were taken from the kernel and are waiting again, because a
 * condition function (WSAAccept) put them off. They come before those that the kernel has.
 *
 * [D1] No accept waits while a connection waits here. Who enters the listener's receive direction
 *      (claims or joins it) looks here next; who puts a connection here looks at the direction
 *      next, with queue_busy_after(), and stays until the connection was taken or nobody is there.
 *      Both change queue->owners, so one of the two sees the other.
 */
#ifndef CORE_OBJECT_DEFERRED_H
#define CORE_OBJECT_DEFERRED_H

#include "core/object/sock.h"

/* One place: a connection that waits, is in somebody's hands, or will be. */
struct deferred {
    struct deferred *next;
    int32_t fd;
    bool counted; /* an offer that deferred_unsettled() counts */
};

/* Room for a connection that is about to be taken and may have to be put back, so that this cannot
 * fail. It counts as one that waits until it is closed or put. NULL: no memory. */
struct deferred *deferred_open(struct sock *listener);
void deferred_close(struct sock *listener, struct deferred *place);
/* Puts a connection before all others. The place is gone. False: the listener is closed, and so is
 * the connection. */
bool deferred_put(struct sock *listener, struct deferred *place, int fd);

/* The first connection's descriptor, or -1. */
int deferred_take(struct sock *listener);

/* Sets the first connection aside for an accept that may end in another way; NULL: none. Exactly
 * one of the next two follows. `counted`: soon, and on the ring thread. Another thread may have to
 * end something else first, and nobody must wait for that; it sees to what it returns itself. */
struct deferred *deferred_offer(struct sock *listener, bool counted);
int deferred_redeem(struct sock *listener, struct deferred *offer); /* its descriptor */
void deferred_return(struct sock *listener, struct deferred *offer);

/* Some wait, and nobody has them in hand. */
bool deferred_any(struct sock *listener);
/* The same, or offers are counted. */
bool deferred_unsettled(struct sock *listener);
/* How many the application has not decided on: those too that it is just looking at. */
int deferred_count(struct sock *listener);

/* closesocket: resets them, and those that come later. */
void deferred_end(struct sock *listener);
/* In a child of fork(): the connections are the parent's. */
void deferred_forked(struct sock *listener);
/* With the socket. */
void deferred_free(struct sock *listener);

#endif
