/* SPDX-License-Identifier: MIT */
/* Sockets that the waiting thread watches by itself: home.h states the rules. */
#include "core/object/home.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/selection_state.h"
#include "ring/host/poll.h"
#include "ring/host/sys.h"

enum { HOME_CHANGES_MAX = 64, HOME_TAG_WAKE = 0 /* no socket's handle is */ };

static struct home home_nobody = {.set = -1}; /* [M1] */

static struct home *_Atomic homes;

/* ---- Who is in ---- */

static void home_link_locked(struct home *home, struct selection *selection)
{
    selection->home_previous = NULL;
    selection->home_next = home->first;
    if (home->first != NULL)
        home->first->home_previous = selection;
    home->first = selection;
    /* relaxed: only the home's thread asks, and who moves in wakes it after this. */
    atomic_fetch_add_explicit(&home->count, 1, memory_order_relaxed);
    /* relaxed: written and decided upon under the home's lock; others look for a hint. */
    atomic_store_explicit(&selection->home, home, memory_order_relaxed);
}

static void home_unlink_locked(struct home *home, struct selection *selection)
{
    if (selection->home_previous != NULL)
        selection->home_previous->home_next = selection->home_next;
    else
        home->first = selection->home_next;
    if (selection->home_next != NULL)
        selection->home_next->home_previous = selection->home_previous;
    atomic_fetch_sub_explicit(&home->count, 1, memory_order_relaxed);
    atomic_store_explicit(&selection->home, NULL, memory_order_relaxed); /* as above */
}

static struct home *home_of(const struct selection *selection)
{
    return atomic_load_explicit(&selection->home, memory_order_relaxed);
}

bool home_move_in_locked(struct selection *selection)
{
    struct home *home = selection->event == NULL
                            ? NULL
                            : atomic_load_explicit(&selection->event->home, memory_order_acquire);
    struct sock *sock = selection->sock;
    bool in = false;

    if (home == NULL || home == &home_nobody || home_of(selection) != NULL)
        return false;
    host_lock_acquire(&home->lock);
    /* Once more: who makes the event nobody's does so before it looks who is in. */
    if (home->set >= 0 && atomic_load(&selection->event->home) == home)
        in = host_set_add(home->set, sock->fd, sock->handle) == 0;
    if (in) {
        selection->home_event = selection->event;
        home_link_locked(home, selection);
    }
    host_lock_release(&home->lock);
    if (in)
        park_wake(&home->thread->park); /* it may sleep without a look at the set */
    return in;
}

void home_move_out_locked(struct selection *selection)
{
    struct home *home = home_of(selection);

    if (home == NULL)
        return;
    host_lock_acquire(&home->lock);
    if (home_of(selection) == home) { /* the event may have become nobody's this moment */
        host_set_remove(home->set, selection->sock->fd);
        home_unlink_locked(home, selection);
    }
    host_lock_release(&home->lock);
}

bool home_is_own(const struct selection *selection)
{
    const struct home *home = home_of(selection);

    return home != NULL && home == thread_self()->home;
}

/* Takes out up to HOME_CHANGES_MAX sockets, of one event or (NULL) of all, and has the ring threads
 * watch them. False: there were no more. */
static bool home_empty_some(struct home *home, const struct event *event)
{
    uint32_t handles[HOME_CHANGES_MAX];
    unsigned count = 0;

    host_lock_acquire(&home->lock);
    for (struct selection *next, *in = home->first; in != NULL && count < HOME_CHANGES_MAX;
         in = next) {
        next = in->home_next;
        if (event != NULL && in->home_event != event)
            continue;
        handles[count++] = in->sock->handle;
        host_set_remove(home->set, in->sock->fd);
        home_unlink_locked(home, in);
    }
    host_lock_release(&home->lock);
    for (unsigned i = 0; i < count; i++) {
        struct sock *sock = sock_ref_own(handles[i]);

        if (sock != NULL) /* else it is being closed */
            selection_watch_again(sock);
        sock_unref(sock);
    }
    return count == HOME_CHANGES_MAX;
}

/* ---- The waiting thread ---- */

/* NULL: no memory or no descriptor, so the event stays with the ring thread. */
static struct home *home_own(struct thread *self)
{
    struct home *home = self->home;
    int wake_fd = park_poll_open(&self->park);

    if (home == NULL) {
        home = mem_zalloc(self->shard, sizeof *home);
        if (home == NULL)
            return NULL;
        home->set = -1;
        home->thread = self;
        home->next_made = atomic_load_explicit(&homes, memory_order_relaxed);
        /* release: the child of a fork walks the list. */
        while (!atomic_compare_exchange_weak_explicit(&homes, &home->next_made, home,
                                                      memory_order_release, memory_order_relaxed))
            continue;
        self->home = home;
    }
    if (home->set < 0 && wake_fd >= 0) {
        int set = host_set_open(wake_fd, HOME_TAG_WAKE);

        host_lock_acquire(&home->lock);
        home->set = set < 0 ? -1 : set;
        host_lock_release(&home->lock);
    }
    return home->set < 0 ? NULL : home;
}

/* [M1], [M5] True: the event is the calling thread's. */
static bool home_claim_event(struct event *event, struct thread *self, bool sleeps)
{
    /* seq_cst throughout: against the second look in home_move_in_locked(). */
    struct home *home = atomic_load(&event->home);

    if (home == NULL) {
        struct home *own = sleeps ? home_own(self) : NULL;

        if (own == NULL)
            return false;
        if (atomic_compare_exchange_strong(&event->home, &home, own))
            return true;
    }
    if (home == &home_nobody)
        return false;
    if (home == self->home)
        return true;
    atomic_store(&event->home, &home_nobody);
    while (home_empty_some(home, event))
        continue;
    return false;
}

static bool home_claim(struct waitable *const *objects, unsigned count, struct thread *self,
                       bool sleeps)
{
    bool own = false;

    for (unsigned i = 0; i < count; i++) {
        /* relaxed: once it is watched it stays so, the lock of the selection orders the rest. */
        if (atomic_load_explicit(&objects[i]->state, memory_order_relaxed) & WAITABLE_WATCHED)
            own |= home_claim_event((struct event *)(void *)objects[i], self, sleeps);
    }
    return own;
}

/* What the set tells is news for sockets that are in. */
static void home_tell(struct home *home, const struct host_change *changes, int count)
{
    for (int i = 0; i < count; i++) {
        struct sock *sock = sock_ref_own(changes[i].tag); /* none: closed, or the wake */

        if (sock != NULL)
            selection_told_at_home(sock, home, (int)changes[i].found);
        sock_unref(sock);
    }
}

static bool home_empty(const struct home *home)
{
    return atomic_load_explicit(&home->count, memory_order_relaxed) == 0; /* see home_link_locked */
}

static void home_look(struct thread *self)
{
    struct host_change changes[HOME_CHANGES_MAX];
    int count = HOME_CHANGES_MAX;

    while (count == HOME_CHANGES_MAX && !home_empty(self->home)) {
        count = host_set_wait(self->home->set, changes, HOME_CHANGES_MAX, 0);
        home_tell(self->home, changes, count);
    }
}

static bool home_sleep(struct thread *self, int64_t deadline_ns)
{
    struct host_change changes[HOME_CHANGES_MAX];
    int64_t end_ns = host_nap_end_ns(deadline_ns);
    int count = 0;
    bool begun;
    bool woken;

    if (home_empty(self->home))
        return thread_wait(self, deadline_ns);
    thread_wait_begin(self);
    begun = park_poll_begin(&self->park);
    if (begun)
        count = host_set_wait(self->home->set, changes, HOME_CHANGES_MAX, end_ns);
    woken = park_poll_end(&self->park, begun);
    thread_wait_end(self);
    home_tell(self->home, changes, count);
    return woken || count > 0 || end_ns != deadline_ns || host_now_ns() < deadline_ns;
}

/* ---- The end of a thread; a child of fork() ---- */

static void home_thread_exit(struct thread *thread)
{
    struct home *home = thread->home;
    int set;

    if (home == NULL || home->set < 0)
        return;
    host_lock_acquire(&home->lock);
    set = home->set;
    home->set = -1; /* nobody moves in any more */
    host_lock_release(&home->lock);
    host_set_close(set);
    while (home_empty_some(home, NULL))
        continue;
}

static void home_forked(void)
{
    struct home *home = atomic_load_explicit(&homes, memory_order_acquire);

    for (; home != NULL; home = home->next_made) {
        if (home->set >= 0)
            host_set_close(home->set);
        home->set = -1;
        home->first = NULL; /* the sockets are the parent's */
        atomic_store_explicit(&home->count, 0, memory_order_relaxed);
        atomic_store_explicit(&home->lock.word, 0, memory_order_relaxed);
    }
}

__attribute__((constructor)) static void home_load(void)
{
    static const struct waitable_watch watch = {home_claim, home_look, home_sleep};

    waitable_set_watch(&watch);
    thread_register_exit(home_thread_exit);
    host_fork_hook(home_forked);
}
