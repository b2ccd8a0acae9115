/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several sockets: poll(2) on their descriptors and on one that park_wake() writes to.
 *
 * [T1] Who is about to sleep enters the list, marks every socket SOCK_AWAITED, and then looks at
 *      SOCK_CLOSING. The closer sets SOCK_CLOSING and then looks at the mark; both are changes or
 *      reads of one word. With the mark it walks the list: it finds the sleeper, or the sleeper
 *      entered later and sees SOCK_CLOSING.
 * [T2] A sleeper leaves the list after it has given its references back, so that a closer who finds
 *      nobody knows that nobody keeps the descriptor open. Addresses in the list are compared only.
 * [T3] Linux tells some things all the time (a socket that is not connected is hung up), and they
 *      may mean nothing to the caller. Such a descriptor would keep poll(2) from sleeping, so it is
 *      looked at again only after a change: host_changes_open().
 */
#include "core/verb/await.h"

#include <errno.h>
#include <stddef.h>

#include "core/base/apc.h"
#include "core/base/blocking.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "ring/host/lx.h"
#include "ring/host/sys.h"

enum {
    AWAIT_SETTLING_YIELDS = 64, /* looks before sleeping between them */
    AWAIT_SETTLING_NS = 200000,
    AWAIT_CLOSE_NS = 50000000 /* that a closer waits for those who are waking up */
};

static struct host_lock await_lock; /* protects the list */
static struct await *await_list;

int await_open(struct await *await, uint32_t count)
{
    struct thread *self = thread_self();
    bool small = count <= AWAIT_SMALL;

    await->count = 0;
    await->changes = -1;
    await->settling_looks = 0;
    await->thread = self;
    await->listed = false;
    await->entries = await->small_entries;
    await->polls = await->small_polls;
    if (self == NULL)
        return WSAENOBUFS;
    if (!small) {
        await->entries = mem_zalloc(self->shard, count * sizeof *await->entries);
        await->polls = mem_zalloc(self->shard, (count + 2) * sizeof *await->polls);
    }
    if (await->entries == NULL || await->polls == NULL)
        return WSAENOBUFS;
    for (uint32_t i = 0; i < count; i++)
        await->entries[i] = (struct await_entry){NULL, 0, 0};
    await->count = count;
    return 0;
}

/* ---- The list ---- */

static void await_enlist(struct await *await)
{
    host_lock_acquire(&await_lock);
    await->previous = NULL;
    await->next = await_list;
    if (await_list != NULL)
        await_list->previous = await;
    await_list = await;
    host_lock_release(&await_lock);
    await->listed = true;
    for (uint32_t i = 0; i < await->count; i++) {
        struct sock *sock = await->entries[i].sock;

        if (sock != NULL && !(sock_flags(sock) & SOCK_AWAITED))
            sock_set(sock, SOCK_AWAITED);
    }
}

static void await_delist(struct await *await)
{
    host_lock_acquire(&await_lock);
    if (await->previous != NULL)
        await->previous->next = await->next;
    else
        await_list = await->next;
    if (await->next != NULL)
        await->next->previous = await->previous;
    host_lock_release(&await_lock);
    await->listed = false;
}

void await_close(struct await *await)
{
    for (uint32_t i = 0; i < await->count; i++)
        sock_unref(await->entries[i].sock);
    if (await->listed)
        await_delist(await); /* [T2] */
    if (await->changes >= 0)
        host_changes_close(await->changes);
    if (await->entries != await->small_entries)
        mem_free(await->entries);
    if (await->polls != await->small_polls)
        mem_free(await->polls);
}

static bool await_has(const struct await *await, const struct sock *sock)
{
    for (uint32_t i = 0; i < await->count; i++) {
        if (await->entries[i].sock == sock)
            return true;
    }
    return false;
}

/* Wakes the other threads that wait for the socket. True: there are some. */
static bool await_wake(const struct sock *sock)
{
    const struct thread *self = thread_self();
    bool found = false;

    host_lock_acquire(&await_lock);
    for (struct await *await = await_list; await != NULL; await = await->next) {
        /* Our own: a call that runs inside of the wait is closing the socket. */
        if (await->thread == self || !await_has(await, sock))
            continue;
        found = true;
        park_wake(&await->thread->park);
    }
    host_lock_release(&await_lock);
    return found;
}

void await_touch(struct sock *sock)
{
    if (sock_set(sock, 0) & SOCK_AWAITED) /* as [T1]: the change comes before, by the caller */
        (void)await_wake(sock);
}

void await_end(struct sock *sock, bool bounded)
{
    int64_t deadline_ns;

    if (!(sock_set(sock, SOCK_CLOSING) & SOCK_AWAITED)) /* [T1] */
        return;
    if (!await_wake(sock) || !bounded)
        return;
    deadline_ns = host_now_ns() + AWAIT_CLOSE_NS;
    while (await_wake(sock) && host_now_ns() < deadline_ns)
        host_yield();
}

/* ---- Looking ---- */

static void await_prepare(struct await *await)
{
    for (uint32_t i = 0; i < await->count; i++) {
        const struct await_entry *entry = &await->entries[i];

        await->polls[i].fd = entry->sock == NULL ? -1 : entry->sock->fd;
        await->polls[i].events = (int16_t)readiness_events(entry->want);
        await->polls[i].found = 0;
    }
}

/* [T3] */
static int await_set_aside(struct await *await, uint32_t i)
{
    int error;

    if (await->changes < 0)
        await->changes = host_changes_open();
    if (await->changes < 0)
        return WSAENOBUFS;
    error = host_changes_add(await->changes, await->polls[i].fd);
    await->polls[i].fd = -1;
    return error == 0 ? 0 : WSAENOBUFS;
}

/* What poll(2) has found, as readiness. 0 or a WSA code. */
static int await_judge(struct await *await, uint32_t *ready, bool *settling)
{
    int error = 0;

    *ready = 0;
    *settling = false;
    for (uint32_t i = 0; i < await->count && error == 0; i++) {
        struct await_entry *entry = &await->entries[i];
        uint32_t found;

        if (entry->sock == NULL)
            continue;
        found = readiness_of(entry->sock, await->polls[i].found);
        entry->found = found & (entry->want | READY_GONE);
        if (entry->found != 0)
            ++*ready;
        else if (found & READY_SETTLING)
            *settling = true;
        else if (await->polls[i].found != 0)
            error = await_set_aside(await, i);
    }
    return error;
}

/* Looks at everything, also at what was set aside. */
static int await_look(struct await *await, uint32_t *ready, bool *settling)
{
    await_prepare(await);
    if (host_poll(await->polls, await->count, 0) < 0)
        return WSAENOBUFS; /* more than RLIMIT_NOFILE, or no memory */
    return await_judge(await, ready, settling);
}

/* ---- Sleeping ---- */

static bool await_closing(const struct await *await)
{
    for (uint32_t i = 0; i < await->count; i++) {
        struct sock *sock = await->entries[i].sock;

        if (sock != NULL && (sock_flags(sock) & SOCK_CLOSING))
            return true;
    }
    return false;
}

/* After a look that found nothing, and left the rest of `polls` ready to sleep on. */
static int await_sleep(struct await *await, int64_t deadline_ns)
{
    struct host_poll *own = &await->polls[await->count];
    int wake_fd = park_poll_open(&await->thread->park);
    int result = 0;
    bool begun;

    if (wake_fd < 0)
        return WSAENOBUFS;
    if (!await->listed)
        await_enlist(await);
    own[0] = (struct host_poll){wake_fd, LX_POLLIN, 0};
    own[1] = (struct host_poll){await->changes, LX_POLLIN, 0};
    /* A call that is queued, or a socket closed, after these looks finds the thread parked: [P2]
     * in park.h. */
    begun = park_poll_begin(&await->thread->park);
    if (begun && !apc_pending(await->thread) && !await_closing(await)) {
        thread_wait_begin(await->thread);
        result = host_poll(await->polls, await->count + 2, deadline_ns);
        thread_wait_end(await->thread);
    }
    (void)park_poll_end(&await->thread->park, begun);
    if (own[1].found != 0)
        host_changes_take(await->changes);
    return result < 0 ? WSAENOBUFS : 0;
}

/* The kernel has finished something that the library is about to notice (SOCK_CONNECTING), or a
 * send is on its way: neither changes what poll(2) says. */
static void await_settle(struct await *await, int64_t deadline_ns)
{
    int64_t until_ns;

    if (await->settling_looks++ < AWAIT_SETTLING_YIELDS) {
        host_yield();
        return;
    }
    until_ns = host_now_ns() + AWAIT_SETTLING_NS;
    thread_wait_begin(await->thread);
    host_sleep_until(until_ns < deadline_ns ? until_ns : deadline_ns);
    thread_wait_end(await->thread);
}

static bool await_over(int64_t deadline_ns)
{
    return deadline_ns == 0 || (deadline_ns != PARK_FOREVER && host_now_ns() >= deadline_ns);
}

static int await_run(struct await *await, struct blocking *call, int64_t deadline_ns,
                     uint32_t *ready)
{
    for (;;) {
        int64_t until_ns = deadline_ns;
        bool settling;
        int error = await_look(await, ready, &settling);

        if (error != 0 || *ready > 0 || await_over(deadline_ns))
            return error;
        if (apc_pending(await->thread)) /* SELECT-08: only when nothing is ready */
            apc_run(await->thread);
        else if (blocking_cancelled(call))
            return WSAEINTR;
        else if (blocking_turn(call, &until_ns))
            continue;
        else if (settling)
            await_settle(await, until_ns);
        else if ((error = await_sleep(await, until_ns)) != 0)
            return error;
    }
}

int await_ready(struct await *await, int64_t deadline_ns, uint32_t *ready)
{
    struct blocking call;
    int error;

    blocking_begin(&call);
    error = await_run(await, &call, deadline_ns, ready);
    blocking_end(&call);
    return error;
}

/* In a child of fork(): the list is of the parent's threads. */
static void await_forked(void)
{
    atomic_store_explicit(&await_lock.word, 0, memory_order_relaxed);
    await_list = NULL;
}

__attribute__((constructor)) static void await_start(void)
{
    host_fork_hook(await_forked);
}
