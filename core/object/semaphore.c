/* SPDX-License-Identifier: MIT */
/* Semaphore objects. The count belongs to whoever holds the object: waitable.c, [W2]. */
#include <stddef.h>

#include "core/object/semaphore.h"

#include "core/base/mem.h"
#include "core/base/thread.h"

static bool semaphore_take(struct waitable *waitable, bool *abandoned)
{
    struct semaphore *semaphore = (struct semaphore *)(void *)waitable;

    (void)abandoned; /* nobody owns a semaphore */
    semaphore->count--;
    return semaphore->count > 0;
}

static const struct waitable_kind semaphore_kind = {.take = semaphore_take};

static void semaphore_destroy(void *semaphore)
{
    mem_free(semaphore);
}

__attribute__((constructor)) static void semaphore_start(void)
{
    handle_register(HANDLE_SEMAPHORE, semaphore_destroy);
}

uint32_t semaphore_open(int32_t initial, int32_t maximum)
{
    const struct thread *self = thread_self();
    struct semaphore *semaphore = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *semaphore);
    uint32_t handle;

    if (semaphore == NULL)
        return 0;
    waitable_init_counted(&semaphore->counted, &semaphore_kind, initial > 0);
    semaphore->count = initial;
    semaphore->maximum = maximum;
    handle = handle_open(HANDLE_SEMAPHORE, semaphore);
    if (handle == 0) {
        mem_free(semaphore);
        return 0;
    }
    semaphore->handle = handle; /* nobody else has the value yet */
    return handle;
}

bool semaphore_release(struct semaphore *semaphore, int32_t count, int32_t *previous)
{
    struct waitable *wait = &semaphore->counted.wait;
    int32_t before;
    bool fits;

    waitable_hold(wait);
    before = semaphore->count;
    fits = count <= semaphore->maximum - before;
    if (fits)
        semaphore->count = before + count;
    waitable_let_go(wait, semaphore->count > 0);
    if (fits && previous != NULL)
        *previous = before;
    return fits;
}
