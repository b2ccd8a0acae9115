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

/* The handle of a thread that we did not start is signalled here. */
static void thread_object_exit(struct thread *self)
{
    struct thread_object *object = self->object;

    self->object = NULL;
    if (object == NULL || !object->foreign)
        return;
    waitable_set(&object->wait);
    thread_object_unref(object); /* the thread's */
}

__attribute__((constructor)) static void thread_object_init(void)
{
    thread_register_last_exit(thread_object_exit);
    handle_register(HANDLE_THREAD, thread_object_destroy);
}

static void thread_object_end(struct thread_object *thread, uint32_t exit_code)
{
    thread->exit_code = exit_code;
    /* Before the signal: whoever sees it sees mutexes abandoned and queued calls dropped. */
    thread_leave();
    waitable_set(&thread->wait); /* release: who sees the signal sees the exit code */
    thread_object_unref(thread);
}

static void thread_object_main(void *argument)
{
    struct thread_object *thread = argument;
    struct thread *self = thread_self();

    thread->thread_id = host_thread_id();
    if (self != NULL) {
        thread->thread = self;
        thread->life = self->id;
        self->object = thread;
    }
    waitable_set(&thread->started); /* release: who sees it sees the id */
    thread_object_end(thread, thread->run(thread->argument));
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

struct thread_object *thread_object_self(void)
{
    struct thread *self = thread_self();
    struct thread_object *object;

    if (self == NULL)
        return NULL;
    object = self->object;
    if (object == NULL) {
        object = thread_object_open();
        if (object == NULL)
            return NULL;
        object->foreign = true;
        object->thread = self;
        object->life = self->id;
        object->thread_id = host_thread_id();
        waitable_set(&object->started);
        handle_ref_again(object->handle); /* the thread's, until it ends */
        self->object = object;
        /* Nobody has this handle: only duplicates of it are given out. */
        handle_close(object->handle, HANDLE_THREAD);
        handle_unref(object->handle); /* the table's */
    }
    handle_ref_again(object->handle);
    return object;
}

void thread_object_exit_self(uint32_t exit_code)
{
    struct thread *self = thread_self();
    struct thread_object *object = self == NULL ? NULL : self->object;

    if (object == NULL)
        return;
    if (object->foreign)
        object->exit_code = exit_code; /* signalled by thread_object_exit() */
    else
        thread_object_end(object, exit_code);
}
