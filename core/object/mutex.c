/* SPDX-License-Identifier: MIT */
/*
 * Mutex objects.
 *
 * [M1] owner changes from NULL to a thread, by that thread, and back to NULL, by the same one; both
 *      while it holds the object (waitable.c, [W2]). So whoever reads itself there is the owner,
 *      and relaxed accesses are enough. depth belongs to the owner.
 * [M2] A thread's list of the mutexes it owns belongs to that thread. It holds a reference to each,
 *      so that none dies while it is listed, even when its handles are closed.
 */
#include <stddef.h>

#include "core/object/mutex.h"

#include "core/base/mem.h"
#include "core/base/thread.h"

static bool mutex_owned(struct waitable *waitable)
{
    struct mutex *mutex = (struct mutex *)(void *)waitable;
    const struct thread *owner = atomic_load_explicit(&mutex->owner, memory_order_relaxed);

    return owner != NULL && owner == thread_self(); /* [M1] */
}

static void mutex_list_add(struct thread *self, struct mutex *mutex)
{
    mutex->previous = NULL;
    mutex->next = self->mutexes;
    if (mutex->next != NULL)
        mutex->next->previous = mutex;
    self->mutexes = mutex;
    handle_ref_again(mutex->handle); /* [M2] */
}

/* The caller has a reference of its own, or takes over the list's. */
static void mutex_list_remove(struct thread *self, struct mutex *mutex)
{
    if (mutex->previous == NULL)
        self->mutexes = mutex->next;
    else
        mutex->previous->next = mutex->next;
    if (mutex->next != NULL)
        mutex->next->previous = mutex->previous;
}

static bool mutex_take(struct waitable *waitable, bool *abandoned)
{
    struct mutex *mutex = (struct mutex *)(void *)waitable;
    struct thread *self = thread_self();

    if (atomic_load_explicit(&mutex->owner, memory_order_relaxed) == self) { /* [M1] */
        mutex->depth++;
        return false;
    }
    if (mutex->abandoned)
        *abandoned = true;
    mutex->abandoned = false;
    mutex->depth = 1;
    atomic_store_explicit(&mutex->owner, self, memory_order_relaxed); /* [M1] */
    mutex_list_add(self, mutex);
    return false;
}

static const struct waitable_kind mutex_kind = {.owned = mutex_owned, .take = mutex_take};

static void mutex_destroy(void *mutex)
{
    mem_free(mutex);
}

/* Makes it free for the next. The list's reference goes last. */
static void mutex_give(struct thread *self, struct mutex *mutex, bool abandoned)
{
    waitable_hold(&mutex->counted.wait);
    mutex_list_remove(self, mutex);
    mutex->abandoned = abandoned;
    atomic_store_explicit(&mutex->owner, NULL, memory_order_relaxed); /* [M1] */
    waitable_let_go(&mutex->counted.wait, true);
    mutex_unref(mutex);
}

static void mutex_thread_exit(struct thread *thread)
{
    while (thread->mutexes != NULL)
        mutex_give(thread, thread->mutexes, true);
}

__attribute__((constructor)) static void mutex_start(void)
{
    handle_register(HANDLE_MUTEX, mutex_destroy);
    thread_register_exit(mutex_thread_exit);
}

uint32_t mutex_open(bool owned)
{
    struct thread *self = thread_self();
    struct mutex *mutex = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *mutex);
    uint32_t handle;

    if (mutex == NULL)
        return 0;
    waitable_init_counted(&mutex->counted, &mutex_kind, !owned);
    handle = handle_open(HANDLE_MUTEX, mutex);
    if (handle == 0) {
        mem_free(mutex);
        return 0;
    }
    mutex->handle = handle; /* nobody else has the value yet */
    if (owned) {
        mutex->depth = 1;
        atomic_store_explicit(&mutex->owner, self, memory_order_relaxed);
        mutex_list_add(self, mutex);
    }
    return handle;
}

bool mutex_release(struct mutex *mutex)
{
    if (!mutex_owned(&mutex->counted.wait))
        return false;
    mutex->depth--;
    if (mutex->depth == 0)
        mutex_give(thread_self(), mutex, false);
    return true;
}
