/* SPDX-License-Identifier: MIT */
/*
 * Threads that a program started through us. The thread holds a reference of its own, so that its
 * handle may be closed while it runs; the exit code is published by the signal.
 */
#include "core/object/thread_object.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "ring/host/sys.h"

static void thread_object_destroy(void *thread)
{
    mem_free(thread);
}

__attribute__((constructor)) static void thread_object_init(void)
{
    handle_register(HANDLE_THREAD, thread_object_destroy);
}

static void thread_object_main(void *argument)
{
    struct thread_object *thread = argument;

    thread->thread_id = host_thread_id();
    waitable_set(&thread->started); /* release: who sees it sees the id */
    thread->exit_code = thread->run(thread->argument);
    waitable_set(&thread->wait); /* release: who sees the signal sees the exit code */
    thread_object_unref(thread);
}

static struct thread_object *thread_object_open(void)
{
    const struct thread *self = thread_self();
    struct thread_object *thread = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *thread);

    if (thread == NULL)
        return NULL;
    waitable_init(&thread->wait, false, false);
    waitable_init(&thread->started, false, false);
    thread->handle = handle_open(HANDLE_THREAD, thread);
    if (thread->handle == 0) {
        mem_free(thread);
        return NULL;
    }
    return thread;
}

uint32_t thread_object_start(uint32_t (*run)(void *argument), void *argument, size_t stack_bytes,
                             uint32_t *thread_id)
{
    struct thread_object *thread = thread_object_open();
    struct waitable *started;
    uint32_t handle;

    if (thread == NULL)
        return 0;
    handle = thread->handle;
    started = &thread->started;
    thread->run = run;
    thread->argument = argument;
    handle_ref_again(handle); /* the thread's own */
    handle_ref_again(handle); /* ours, until we have read the id */
    if (host_thread_start(thread_object_main, thread, stack_bytes, false, NULL) != 0) {
        handle_close(handle, HANDLE_THREAD);
        handle_unref(handle); /* the table's */
        handle_unref(handle); /* the one the thread would have had */
        handle = 0;
    } else if (thread_id != NULL) {
        waitable_wait(&started, 1, false, PARK_FOREVER);
        *thread_id = thread->thread_id;
    }
    handle_unref(thread->handle);
    return handle;
}
