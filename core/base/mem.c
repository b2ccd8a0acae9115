/* SPDX-License-Identifier: MIT */
/*
 * Allocation from the library's own jemalloc arenas. They are made one by one when first used; a
 * thread cache is left out, because memory is often freed by another thread than its owner and
 * the hot objects (operations) have caches of their own.
 */
#include "core/base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>

#if WS2RING_JEMALLOC
#include <jemalloc/jemalloc.h>
#include <stdio.h>

#include "ring/host/lock.h"

static struct host_lock mem_lock;
static _Atomic unsigned mem_arena[MEM_SHARD_COUNT]; /* arena number + 1; 0: not made yet */

/* The flags that name the shard's arena; 0 (jemalloc's choice) when none can be made. */
static int mem_flags(unsigned shard)
{
    _Atomic unsigned *arena = &mem_arena[shard % MEM_SHARD_COUNT];
    unsigned made = atomic_load_explicit(arena, memory_order_relaxed); /* a plain number */

    if (made == 0) {
        host_lock_acquire(&mem_lock);
        made = atomic_load_explicit(arena, memory_order_relaxed);
        if (made == 0) {
            unsigned index = 0;
            size_t bytes = sizeof index;

            if (mallctl("arenas.create", &index, &bytes, NULL, 0) == 0) {
                made = index + 1;
                atomic_store_explicit(arena, made, memory_order_relaxed);
            }
        }
        host_lock_release(&mem_lock);
    }
    return made == 0 ? 0 : MALLOCX_ARENA(made - 1) | MALLOCX_TCACHE_NONE;
}

void *mem_zalloc(unsigned shard, size_t bytes)
{
    return mallocx(bytes, mem_flags(shard) | MALLOCX_ZERO);
}

void mem_free(void *memory)
{
    if (memory != NULL)
        dallocx(memory, MALLOCX_TCACHE_NONE);
}

static uint64_t mem_statistic(unsigned arena, const char *what)
{
    char name[64];
    size_t value = 0;
    size_t bytes = sizeof value;

    snprintf(name, sizeof name, "stats.arenas.%u.%s.allocated", arena, what);
    return mallctl(name, &value, &bytes, NULL, 0) == 0 ? value : 0;
}

uint64_t mem_allocated_bytes(void)
{
    uint64_t epoch = 1;
    size_t bytes = sizeof epoch;
    uint64_t sum = 0;

    mallctl("epoch", &epoch, &bytes, &epoch, sizeof epoch); /* refreshes the statistics */
    for (unsigned i = 0; i < MEM_SHARD_COUNT; i++) {
        unsigned arena = atomic_load_explicit(&mem_arena[i], memory_order_relaxed);

        if (arena != 0)
            sum += mem_statistic(arena - 1, "small") + mem_statistic(arena - 1, "large");
    }
    return sum;
}

#else

void *mem_zalloc(unsigned shard, size_t bytes)
{
    (void)shard;
    return calloc(1, bytes);
}

void mem_free(void *memory)
{
    free(memory);
}

uint64_t mem_allocated_bytes(void)
{
    return 0;
}

#endif
