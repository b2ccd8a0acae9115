/* SPDX-License-Identifier: MIT */
/*
 * Network events: what WSAEventSelect asked for, what happened, and which events may be recorded
 * again. A socket without a selection pays one load for each of these calls.
 */
#ifndef CORE_OBJECT_SELECTION_H
#define CORE_OBJECT_SELECTION_H

#include "core/object/sock.h"

/* The library itself knows of these events (FD_CONNECT, FD_CLOSE...): records those that are
 * selected, with a WSA code for each (0: no error), and signals. From any thread. */
void selection_note_slow(struct sock *sock, long events, int error);

/* A re-enabling call was made: recv and kin for FD_READ, accept and kin for FD_ACCEPT, a send that
 * failed with WSAEWOULDBLOCK for FD_WRITE. Call it after the attempt, with no lock held. */
void selection_enable_slow(struct sock *sock, long events);

/* Ends the selection: closesocket and the socket's end. */
void selection_end(struct sock *sock);

static inline bool selection_exists(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && atomic_load_explicit(&rare->selection, memory_order_acquire) != NULL;
}

static inline void selection_note(struct sock *sock, long events, int error)
{
    if (selection_exists(sock))
        selection_note_slow(sock, events, error);
}

static inline void selection_enable(struct sock *sock, long events)
{
    if (selection_exists(sock))
        selection_enable_slow(sock, events);
}

#endif
