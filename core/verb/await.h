/* SPDX-License-Identifier: MIT */
/* Waiting until one of several sockets is ready: what select and WSAPoll have in common. */
#ifndef CORE_VERB_AWAIT_H
#define CORE_VERB_AWAIT_H

#include "core/object/readiness.h"
#include "ring/host/poll.h"

enum { AWAIT_SMALL = 64 }; /* entries that need no memory from the allocator */

struct await_entry {
    struct sock *sock; /* counted reference, or NULL: no socket, never ready */
    uint32_t want;     /* READY_*; READY_GONE is found in any case */
    uint32_t found;
};

struct await {
    struct await_entry *entries;
    struct host_poll *polls; /* one for each entry, and two of our own */
    uint32_t count;
    int changes; /* host_changes_open(), or -1 */
    unsigned settling_looks;
    struct thread *thread;
    struct await *next, *previous; /* among those that sleep, or have slept */
    bool listed;
    struct await_entry small_entries[AWAIT_SMALL];
    struct host_poll small_polls[AWAIT_SMALL + 2];
};

/* Room for `count` entries, which the caller fills in. 0 or WSAENOBUFS. */
int await_open(struct await *await, uint32_t count);
/* Until an entry is ready, or deadline_ns (0: only a look). Calls queued to this thread run inside.
 * 0 or a WSA code (WSAEINTR: WSACancelBlockingCall was called); *ready: entries that have found
 * something. */
int await_ready(struct await *await, int64_t deadline_ns, uint32_t *ready);
/* Gives the sockets back. Also after a failed await_open(). */
void await_close(struct await *await);

/* The socket has changed in a way that the kernel does not tell those who wait for it. */
void await_touch(struct sock *sock);

/* closesocket, after SOCK_CLOSING was set: wakes whoever waits for this socket. `bounded`: waits
 * a little until they have let go of it. */
void await_end(struct sock *sock, bool bounded);

#endif
