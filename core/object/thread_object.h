/* SPDX-License-Identifier: MIT */
/* What CreateThread() returns a handle to: signalled and with an exit code once the thread ended.
 *  */
#ifndef CORE_OBJECT_THREAD_OBJECT_H
#define CORE_OBJECT_THREAD_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/handle.h"
#include "core/object/duplicate.h"
#include "core/object/waitable.h"

struct thread_object {
    struct waitable wait; /* manual reset; set once, after exit_code */
    uint32_t handle;
    uint32_t exit_code;
    uint32_t thread_id;      /* written by the thread itself, before `started` */
    struct thread *thread;   /* the same; NULL: no memory. With its number, because the structure */
    uint32_t life;           /* is used again for later threads */
    bool foreign;            /* not started by us: made when the thread asked for its handle */
    struct waitable started; /* so that who starts it can tell the id */
    uint32_t (*run)(void *argument);
    void *argument;
};

/* Starts a thread that runs `run`. Returns the handle; 0: no memory, no handle, or the system has
 * no thread left. `thread_id` may be NULL. */
uint32_t thread_object_start(uint32_t (*run)(void *argument), void *argument, size_t stack_bytes,
                             uint32_t *thread_id);

/* The calling thread is about to end with this exit code: tells those who wait for it. */
void thread_object_exit_self(uint32_t exit_code);

/* The calling thread's own object, with one more reference; made for threads that we did not start.
 * NULL: no memory, or the table is full. */
struct thread_object *thread_object_self(void);

static inline struct thread_object *thread_object_ref(uint64_t value)
{
    return object_ref(value, HANDLE_THREAD);
}
static inline void thread_object_unref(struct thread_object *thread)
{
    if (thread != NULL)
        handle_unref(thread->handle);
}

#endif
