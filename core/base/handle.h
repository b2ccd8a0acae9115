/* SPDX-License-Identifier: MIT */
/*
 * The handle table: turns the 32-bit values that callers hold into objects, without a lock.
 *
 * A value is a multiple of 4, never 0, below 2^31: index << 2 above two zero bits, then the low
 * bits of the slot's generation. A stale value names an old generation and is refused.
 */
#ifndef CORE_BASE_HANDLE_H
#define CORE_BASE_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef WS2RING_HANDLE_INDEX_BITS
#define WS2RING_HANDLE_INDEX_BITS 20
#endif

enum handle_type {
    HANDLE_NONE, /* a free slot; also "any type" but hidden ones, where a function says so */
    HANDLE_SOCK,
    HANDLE_EVENT,
    HANDLE_PORT,
    HANDLE_THREAD,
    HANDLE_SEMAPHORE,
    HANDLE_MUTEX,
    HANDLE_DUPLICATE,   /* another handle of an object: duplicate.h */
    HANDLE_SOCK_HIDDEN, /* a socket whose own value was closed before its duplicates */
    HANDLE_FILE,
    HANDLE_TYPE_COUNT
};

/* Tells what to call with the object when its last reference is gone. Once per type, at load. */
void handle_register(enum handle_type type, void (*destroy)(void *object));

/* Gives the object a value. The table holds one reference until handle_close(). 0: no memory, or
 * the table is full; the object is still the caller's. */
uint32_t handle_open(enum handle_type type, void *object);

/* The object behind a value, with one more reference; NULL when the value is not an open handle of
 * this type. HANDLE_NONE takes any type. */
void *handle_ref(uint64_t value, enum handle_type type);

/* The same for an object of any type, which is stored. */
void *handle_ref_any(uint64_t value, enum handle_type *type);

/* The object without a reference: only for types whose memory is never given back, and only to read
 * what it has atomically (acquire). Counts if handle_still() says so afterwards. */
struct handle_sight {
    _Atomic uint64_t *word;
    uint64_t seen;
};
#define HANDLE_REFS_MASK 0x7FFFFFFFu /* of a slot's word */

void *handle_glance(uint64_t value, enum handle_type type, struct handle_sight *sight);
static inline bool handle_still(const struct handle_sight *sight)
{
    /* relaxed: what was read of the object was an acquire load. While all but the references is as
     * it was, the object has been that of the first look. */
    uint64_t now = atomic_load_explicit(sight->word, memory_order_relaxed);

    return ((now ^ sight->seen) & ~(uint64_t)HANDLE_REFS_MASK) == 0;
}

/* Whether these are all open handles of the type, each when it was looked at. */
bool handle_all_open(void *const *values, unsigned count, enum handle_type type);

/* One more reference, for somebody who already has one. */
void handle_ref_again(uint32_t value);

/* Gives one reference back; the last one destroys the object. */
void handle_unref(uint32_t value);

/* The type of an open handle, HANDLE_NONE for anything else. Only a hint by the time it returns. */
enum handle_type handle_type_of(uint64_t value);

/* Takes the value away: no later lookup finds it. Returns the object; the caller now owns the
 * table's reference and gives it back with handle_unref(). NULL: not open, or of another type. */
void *handle_close(uint64_t value, enum handle_type type);

/* An open handle of type `from` becomes one of type `to`, for the same object and references.
 * False: it is not open, or of another type. */
bool handle_retype(uint64_t value, enum handle_type from, enum handle_type to);

/* Open handles of one type. */
uint32_t handle_count(enum handle_type type);

/* Objects of one type that exist: open ones, and closed ones that somebody still refers to. */
uint32_t handle_live_count(enum handle_type type);

/* Calls visit with a counted reference for each open handle of the type. */
void handle_each(enum handle_type type, void (*visit)(void *object, void *argument),
                 void *argument);

#endif
