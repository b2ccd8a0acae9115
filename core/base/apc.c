/* SPDX-License-Identifier: MIT */
/*
 * Calls queued to a thread: apc.h. Each thread has a list that anybody appends to, under apc_lock,
 * and a list of its own that it takes calls from; it moves the one to the other when it runs out.
 *
 * [A1] apc_head, apc_tail and changes of `id` belong to apc_lock. An apc is appended only while
 *      `id` is the number of the thread that it is meant for. The end of a thread sets `id` to 0 in
 *      the same locked step that takes the list, so an apc is either dropped there or refused: the
 *      next owner of the structure never sees it.
 * [A2] apc_ready belongs to its thread. An apc leaves it before it runs, so a call that waits
 *      alertably runs those behind it and nothing twice.
 * [A3] Every apc that was accepted gets exactly one call of run: live, or not live at the end of
 *      its thread.
 * [A4] Appending comes before park_wake(), so a thread that parks afterwards does not sleep, and
 *      one that looks after it was woken finds the apc (park.h, [P2]).
 */
#include "core/base/apc.h"

#include <stddef.h>

#include "core/base/thread.h"

bool apc_queue(struct thread *thread, uint32_t id, struct apc *apc)
{
    bool accepted;

    apc->next = NULL;
    host_lock_acquire(&thread->apc_lock);
    accepted = thread->id == id; /* [A1] */
    if (accepted) {
        if (atomic_load_explicit(&thread->apc_head, memory_order_relaxed) == NULL)
            /* relaxed: apc_pending() only asks whether there is one; the lock publishes it. */
            atomic_store_explicit(&thread->apc_head, apc, memory_order_relaxed);
        else
            thread->apc_tail->next = apc;
        thread->apc_tail = apc;
    }
    host_lock_release(&thread->apc_lock);
    if (accepted)
        park_wake(&thread->park); /* [A4] */
    return accepted;
}

bool apc_pending(struct thread *self)
{
    /* relaxed: see apc_queue(). */
    return self->apc_ready != NULL ||
           atomic_load_explicit(&self->apc_head, memory_order_relaxed) != NULL;
}

/* Everything queued, oldest first. `id`: the thread's number from now on. */
static struct apc *apc_take(struct thread *thread, uint32_t id)
{
    struct apc *list;

    host_lock_acquire(&thread->apc_lock);
    thread->id = id;
    list = atomic_load_explicit(&thread->apc_head, memory_order_relaxed);
    atomic_store_explicit(&thread->apc_head, NULL, memory_order_relaxed);
    host_lock_release(&thread->apc_lock);
    return list;
}

unsigned apc_run(struct thread *self)
{
    unsigned count = 0;

    while (apc_pending(self)) {
        struct apc *apc;

        if (self->apc_ready == NULL)
            self->apc_ready = apc_take(self, self->id);
        apc = self->apc_ready;
        self->apc_ready = apc->next; /* [A2] */
        apc->run(apc, true);
        count++;
    }
    return count;
}

static void apc_drop(struct apc *list)
{
    while (list != NULL) {
        struct apc *next = list->next;

        list->run(list, false);
        list = next;
    }
}

static void apc_thread_exit(struct thread *thread)
{
    struct apc *ready = thread->apc_ready;

    thread->apc_ready = NULL;
    apc_drop(ready);
    apc_drop(apc_take(thread, 0)); /* [A1] */
}

__attribute__((constructor)) static void apc_start(void)
{
    thread_register_exit(apc_thread_exit);
}
