/* SPDX-License-Identifier: MIT */
/*
 * Memory of the library: jemalloc arenas, one per shard, so that what the library holds can be
 * measured apart from the application; plain malloc where WS2RING_JEMALLOC is off.
 */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

enum { MEM_SHARD_COUNT = 8 };

/* Zeroed memory, or NULL. `shard` is any number; threads use their own (see thread.h). */
void *mem_zalloc(unsigned shard, size_t bytes);
void mem_free(void *memory);

/* Bytes that the library's arenas have handed out; 0 without jemalloc. */
uint64_t mem_allocated_bytes(void);

#endif
