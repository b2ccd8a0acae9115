/* SPDX-License-Identifier: MIT */
/* Mutexes: signalled while no thread owns them; a satisfied wait makes the waiter the owner. */
#ifndef CORE_OBJECT_MUTEX_H
#define CORE_OBJECT_MUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/handle.h"
#include "core/object/duplicate.h"
#include "core/object/waitable.h"

struct thread;

struct mutex {
    struct waitable_counted counted;
    uint32_t handle;
    bool abandoned;                /* belongs to who holds `counted` */
    struct thread *_Atomic owner;  /* [M1] */
    uint32_t depth;                /* [M1]: how often the owner has taken it */
    struct mutex *next, *previous; /* [M2]: in the owner's list */
};

/* 0: no memory, or the table is full. */
uint32_t mutex_open(bool owned);
/* False: the calling thread is not the owner. */
bool mutex_release(struct mutex *mutex);

static inline struct mutex *mutex_ref(uint64_t value)
{
    return object_ref(value, HANDLE_MUTEX);
}
static inline void mutex_unref(struct mutex *mutex)
{
    if (mutex != NULL)
        handle_unref(mutex->handle);
}

#endif
