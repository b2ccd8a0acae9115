/* SPDX-License-Identifier: MIT */
/*
 * Network events: what WSAEventSelect asked for, what happened, and which events may be recorded
 * again. A socket without a selection pays one load for each of these calls.
 */
#ifndef CORE_OBJECT_SELECTION_H
#define CORE_OBJECT_SELECTION_H

#include "core/object/event.h"
#include "core/object/notification.h"
#include "core/object/sock.h"

struct home;

/* The library itself knows of these events: records those that are selected and signals. From any
 * thread. `error`: FD_CONNECT's WSA code, 0 for all others. FD_WRITE: a datagram socket has got an
 * address. Call it after the socket's flags say so. */
void selection_note_slow(struct sock *sock, long events, int error);

/* The thread that watches the socket by itself (home.h) is told what holds on it. */
void selection_told_at_home(struct sock *sock, const struct home *home, int found);
/* It moved out: the ring thread is to watch again. */
void selection_watch_again(struct sock *sock);

/* A re-enabling call was made: recv and kin for FD_READ, accept and kin for FD_ACCEPT, a send that
 * failed with WSAEWOULDBLOCK for FD_WRITE. Call it after the attempt, with no lock held. Also for
 * a new listener (FD_ACCEPT). `drained`: it was a receive that left nothing behind. */
void selection_enable_slow(struct sock *sock, long events, bool drained);

/* An overlapped operation, on the ring thread, has taken some of what waits, without a call that
 * could enable anything: whatever comes next is more, though no more waits than was told. */
void selection_taken_slow(struct sock *sock);

/* Makes the record, so that selection_note_once() finds it. 0 or WSAENOBUFS. */
int selection_prepare(struct sock *sock);
/* An event that a look at the descriptor does not tell, and that happens once: the record must be
 * there. From any thread. */
void selection_note_once(struct sock *sock, long events);

/* WSAEventSelect: takes over the reference to the event, which is NULL if and only if `events` is
 * 0. 0, WSAENOTSOCK or WSAENOBUFS (the reference is still the caller's). */
int selection_choose(struct sock *sock, struct event *event, long events);
/* An accepted socket gets its listener's selection. */
void selection_inherit(struct sock *accepted, struct sock *listener);

/* WSAEnumNetworkEvents: copies what was recorded, forgets it, and resets the event (or NULL), all
 * in one step. 0 or WSAEFAULT: nothing was forgotten. */
int selection_read(struct sock *sock, struct event *event, WSANETWORKEVENTS *to);

/* Events are selected, so the socket has to stay non-blocking. */
bool selection_active(struct sock *sock);

/* Another file stands behind the descriptor now. */
void selection_moved_slow(struct sock *sock);

/* closesocket: nothing is signalled from now on. True: the ring thread still has to let go of the
 * descriptor, see selection_busy(). */
bool selection_end(struct sock *sock);
/* The kernel has a request, or the ring thread is about to make one. */
bool selection_busy(struct sock *sock);
/* With the socket. */
void selection_free(struct sock *sock);

static inline bool selection_exists(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && atomic_load_explicit(&rare->selection, memory_order_acquire) != NULL;
}

static inline void selection_note(struct sock *sock, long events, int error)
{
    /* Kept for the first selection, should that come later (EVENTS-12): selection.c, [N3]. */
    if (events & FD_CONNECT)
        sock_set(sock, SOCK_CONNECT_NEWS);
    if (selection_exists(sock))
        selection_note_slow(sock, events, error);
    notification_news(sock);
}

static inline void selection_enable(struct sock *sock, long events)
{
    if (selection_exists(sock))
        selection_enable_slow(sock, events, false);
}

static inline void selection_received(struct sock *sock, long events, bool drained)
{
    if (selection_exists(sock))
        selection_enable_slow(sock, events, drained);
}

static inline void selection_taken(struct sock *sock)
{
    if (selection_exists(sock))
        selection_taken_slow(sock);
}

static inline void selection_moved(struct sock *sock)
{
    if (selection_exists(sock))
        selection_moved_slow(sock);
    notification_moved(sock);
}

#endif
