/* SPDX-License-Identifier: MIT */
/*
 * Event objects, and finding the waitable inside any object that has one. An event ends when its
 * last reference goes: closing one while threads wait for it leaves it to them. Its memory then
 * waits in a pool for the next event and is never given back, so that event_glance() may look at
 * an event that ends this moment.
 */
#include <stddef.h>

#include "core/object/event.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/file.h"
#include "core/object/mutex.h"
#include "core/object/port.h"
#include "core/object/semaphore.h"
#include "core/object/sock.h"
#include "core/object/thread_object.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

static struct host_lock event_pool_lock;
static struct event *event_pool;

static void event_destroy(void *object)
{
    struct event *event = object;

    host_lock_acquire(&event_pool_lock);
    event->next = event_pool;
    event_pool = event;
    host_lock_release(&event_pool_lock);
}

static struct event *event_take(unsigned shard)
{
    struct event *event;

    host_lock_acquire(&event_pool_lock);
    event = event_pool;
    if (event != NULL)
        event_pool = event->next;
    host_lock_release(&event_pool_lock);
    return event != NULL ? event : mem_zalloc(shard, sizeof *event);
}

/* The lock may have been another thread's, and the list half done. */
static void event_forked(void)
{
    atomic_store_explicit(&event_pool_lock.word, 0, memory_order_relaxed);
    event_pool = NULL;
}

__attribute__((constructor)) static void event_init(void)
{
    handle_register(HANDLE_EVENT, event_destroy);
    host_fork_hook(event_forked);
}

uint32_t event_open(bool auto_reset, bool signalled)
{
    const struct thread *self = thread_self();
    struct event *event = self == NULL ? NULL : event_take(self->shard);
    uint32_t handle;

    if (event == NULL)
        return 0;
    waitable_init(&event->wait, auto_reset, signalled);
    atomic_store_explicit(&event->home, NULL, memory_order_relaxed); /* nobody has it yet */
    handle = handle_open(HANDLE_EVENT, event);
    if (handle == 0) {
        event_destroy(event);
        return 0;
    }
    /* Nobody else has the value yet, so nobody reads the field before it is written. */
    event->handle = handle;
    return handle;
}

int event_glance(void *const *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = (uintptr_t)values[i];
        struct handle_sight sight;
        struct event *event = handle_glance(value, HANDLE_EVENT, &sight);
        uint32_t state;

        if (event == NULL)
            return -1;
        /* acquire pairs with the release in waitable_set(): who sees the signal sees what
         * preceded. */
        state = atomic_load_explicit(&event->wait.state, memory_order_acquire);
        if (!handle_still(&sight) || (state & WAITABLE_AUTO))
            return -1;
        if (state & WAITABLE_SIGNALLED)
            return handle_all_open(values + i + 1, count - i - 1, HANDLE_EVENT) ? (int)i : -1;
    }
    return -1;
}

static struct waitable *object_waitable(void *object, enum handle_type type)
{
    switch (type) {
    case HANDLE_EVENT:
        return &((struct event *)object)->wait;
    case HANDLE_SOCK:
        return &((struct sock *)object)->wait;
    case HANDLE_PORT:
        return port_waitable(object);
    case HANDLE_THREAD:
        return &((struct thread_object *)object)->wait;
    case HANDLE_SEMAPHORE:
        return &((struct semaphore *)object)->counted.wait;
    case HANDLE_MUTEX:
        return &((struct mutex *)object)->counted.wait;
    case HANDLE_FILE:
        return &((struct file *)object)->wait;
    default: {
        const struct duplicate *duplicate = object; /* of none that is a duplicate itself */

        return object_waitable(duplicate->object, duplicate->type);
    }
    }
}

struct waitable *object_waitable_ref(uint64_t value)
{
    enum handle_type type;
    void *object = handle_ref_any(value, &type);

    return object == NULL ? NULL : object_waitable(object, type);
}
