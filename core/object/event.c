/* SPDX-License-Identifier: MIT */
/*
 * Event objects, and finding the waitable inside any object that has one. An event is freed when
 * its last reference goes: closing one while threads wait for it leaves it to them.
 */
#include <stddef.h>

#include "core/object/event.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/mutex.h"
#include "core/object/port.h"
#include "core/object/semaphore.h"
#include "core/object/sock.h"
#include "core/object/thread_object.h"

static void event_destroy(void *event)
{
    mem_free(event);
}

__attribute__((constructor)) static void event_init(void)
{
    handle_register(HANDLE_EVENT, event_destroy);
}

uint32_t event_open(bool auto_reset, bool signalled)
{
    const struct thread *self = thread_self();
    struct event *event = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *event);
    uint32_t handle;

    if (event == NULL)
        return 0;
    waitable_init(&event->wait, auto_reset, signalled);
    handle = handle_open(HANDLE_EVENT, event);
    if (handle == 0) {
        mem_free(event);
        return 0;
    }
    /* Nobody else has the value yet, so nobody reads the field before it is written. */
    event->handle = handle;
    return handle;
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
    default: {
        const struct duplicate *duplicate = object; /* of none that is a duplicate itself */

        return object_waitable(duplicate->object, duplicate->type);
    }
    }
}

struct waitable *object_waitable_ref(uint64_t value)
{
    enum handle_type type = handle_type_of(value);
    void *object;

    /* The type is a hint: the value may be closed, or name something else, by now. */
    if (type == HANDLE_NONE)
        return NULL;
    object = handle_ref(value, type);
    return object == NULL ? NULL : object_waitable(object, type);
}
