/* SPDX-License-Identifier: MIT */
/* Semaphores: signalled while the count is above 0; a satisfied wait takes 1 off. */
#ifndef CORE_OBJECT_SEMAPHORE_H
#define CORE_OBJECT_SEMAPHORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/handle.h"
#include "core/object/duplicate.h"
#include "core/object/waitable.h"

struct semaphore {
    struct waitable_counted counted;
    uint32_t handle;
    int32_t count;   /* belongs to who holds `counted` */
    int32_t maximum; /* constant */
};

/* 0: no memory, or the table is full. The counts are valid. */
uint32_t semaphore_open(int32_t initial, int32_t maximum);
/* False: above the maximum, and nothing has changed. */
bool semaphore_release(struct semaphore *semaphore, int32_t count, int32_t *previous);

static inline struct semaphore *semaphore_ref(uint64_t value)
{
    return object_ref(value, HANDLE_SEMAPHORE);
}
static inline void semaphore_unref(struct semaphore *semaphore)
{
    if (semaphore != NULL)
        handle_unref(semaphore->handle);
}

#endif
