/* SPDX-License-Identifier: MIT */
/*
 * The handle table. Lookups take no lock: slots live in chunks that never move and are never freed.
 *
 * slot->word: bits 63-40 generation (its low bits are in the value), 39-32 type, 31 closed, 30-0
 * references.
 * [H1] object is written only while references are 0; no lookup can reach it then.
 * [H2] the table owns one reference until close, so 0 is reached only after close.
 * [H3] a free slot has type HANDLE_NONE, and its object is the index of the next free one.
 * [H4] shard->lock protects the free list and growth, nothing else.
 *
 * Free slots queue first in, first out, and a shard grows rather than re-use one while fewer than
 * HANDLE_FREE_MIN are free: a value is not seen again before HANDLE_FREE_MIN << generation bits
 * closes in its shard (half a million), until the table is full.
 */
#include "core/base/handle.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

enum {
    HANDLE_SHARD_BITS = 3, /* MEM_SHARD_COUNT */
    HANDLE_SHARDS = 1 << HANDLE_SHARD_BITS,
    HANDLE_SLOT_BITS = WS2RING_HANDLE_INDEX_BITS - HANDLE_SHARD_BITS,
    HANDLE_GENERATION_BITS = 29 - WS2RING_HANDLE_INDEX_BITS,
    HANDLE_GENERATION_MASK = (1 << HANDLE_GENERATION_BITS) - 1,
    HANDLE_CHUNK_SLOTS = 1024,
    HANDLE_CHUNKS = (1 << HANDLE_SLOT_BITS) / HANDLE_CHUNK_SLOTS,
    HANDLE_FREE_MIN = 1024
};

#define HANDLE_CLOSED           0x80000000u
#define HANDLE_TYPE_SHIFT       32
#define HANDLE_GENERATION_SHIFT 40
/* What the word of an open handle of one type must have, and all else that a lookup asks for. */
#define HANDLE_NAME_MASK                                           \
    ((uint64_t)HANDLE_GENERATION_MASK << HANDLE_GENERATION_SHIFT | \
     UINT64_C(0xFF) << HANDLE_TYPE_SHIFT | HANDLE_CLOSED)

struct handle_slot {
    _Atomic uint64_t word;
    void *_Atomic object; /* [H1]; in a free slot [H3] */
};

struct handle_shard {
    struct handle_slot *_Atomic chunk[HANDLE_CHUNKS];
    struct host_lock lock; /* [H4] */
    uint32_t slot_count;   /* made so far */
    uint32_t free_count, free_head, free_tail;
};

static struct handle_shard handle_shards[HANDLE_SHARDS];
static void (*handle_destroy[HANDLE_TYPE_COUNT])(void *object);
static _Atomic uint32_t handle_open_count[HANDLE_TYPE_COUNT];
static _Atomic uint32_t handle_object_count[HANDLE_TYPE_COUNT];

_Static_assert((int)HANDLE_SHARDS == (int)MEM_SHARD_COUNT, "a shard has an arena of its own");

void handle_register(enum handle_type type, void (*destroy)(void *object))
{
    handle_destroy[type] = destroy;
}

static inline struct handle_slot *slot_of(struct handle_shard *shard, uint32_t number)
{
    /* acquire pairs with the release in shard_grow(): who sees the chunk sees its slots. */
    struct handle_slot *chunk =
        atomic_load_explicit(&shard->chunk[number / HANDLE_CHUNK_SLOTS], memory_order_acquire);

    return chunk == NULL ? NULL : &chunk[number % HANDLE_CHUNK_SLOTS];
}

/* relaxed: the word of the slot, or the shard's lock, orders it, or handle_still() asks. */
static void *slot_object(const struct handle_slot *slot)
{
    return atomic_load_explicit(&slot->object, memory_order_relaxed);
}

static void slot_set(struct handle_slot *slot, void *object)
{
    atomic_store_explicit(&slot->object, object, memory_order_relaxed);
}

/* NULL when the value cannot be a handle at all. */
static inline struct handle_slot *slot_at(uint64_t value)
{
    uint64_t index = value >> 2;

    if (value == 0 || value >= 1ull << 31 || (value & 3) != 0)
        return NULL;
    index &= (1u << WS2RING_HANDLE_INDEX_BITS) - 1;
    return slot_of(&handle_shards[index & (HANDLE_SHARDS - 1)],
                   (uint32_t)(index >> HANDLE_SHARD_BITS));
}

/* An open handle: right generation, not closed, right type (HANDLE_NONE: any but hidden ones). */
static inline bool word_names(uint64_t word, uint64_t value, enum handle_type type)
{
    uint64_t generation = value >> (2 + WS2RING_HANDLE_INDEX_BITS);
    uint64_t word_type = (word >> HANDLE_TYPE_SHIFT) & 0xFF;

    if (type == HANDLE_NONE && (word_type == HANDLE_NONE || word_type == HANDLE_SOCK_HIDDEN))
        return false;
    if (type != HANDLE_NONE)
        word_type = (uint64_t)type;
    return ((word ^ (generation << HANDLE_GENERATION_SHIFT | word_type << HANDLE_TYPE_SHIFT)) &
            HANDLE_NAME_MASK) == 0;
}

static void shard_push_free_locked(struct handle_shard *shard, struct handle_slot *slot,
                                   uint32_t number)
{
    slot_set(slot, NULL);
    if (shard->free_count == 0)
        shard->free_head = number;
    else
        slot_set(slot_of(shard, shard->free_tail), (void *)(uintptr_t)number); /* [H3] */
    shard->free_tail = number;
    shard->free_count++;
}

/* One more chunk of free slots. False: no memory, or the table has reached its limit. */
static bool shard_grow_locked(struct handle_shard *shard, unsigned shard_number)
{
    uint32_t first = shard->slot_count;
    struct handle_slot *chunk;

    if (first / HANDLE_CHUNK_SLOTS >= HANDLE_CHUNKS)
        return false;
    chunk = mem_zalloc(shard_number, HANDLE_CHUNK_SLOTS * sizeof *chunk);
    if (chunk == NULL)
        return false;
    /* release pairs with the acquire in slot_of(). */
    atomic_store_explicit(&shard->chunk[first / HANDLE_CHUNK_SLOTS], chunk, memory_order_release);
    shard->slot_count += HANDLE_CHUNK_SLOTS;
    for (uint32_t i = 0; i < HANDLE_CHUNK_SLOTS; i++) {
        if (shard_number == 0 && first + i == 0)
            continue; /* index 0 would give the value 0 */
        shard_push_free_locked(shard, &chunk[i], first + i);
    }
    return true;
}

static struct handle_slot *shard_take(struct handle_shard *shard, unsigned shard_number,
                                      uint32_t *number)
{
    struct handle_slot *slot = NULL;

    host_lock_acquire(&shard->lock);
    if (shard->free_count < HANDLE_FREE_MIN)
        shard_grow_locked(shard, shard_number);
    if (shard->free_count > 0)
        slot = slot_of(shard, shard->free_head);
    if (slot != NULL) {
        *number = shard->free_head;
        shard->free_head = (uint32_t)(uintptr_t)slot_object(slot);
        shard->free_count--;
    }
    host_lock_release(&shard->lock);
    return slot;
}

uint32_t handle_open(enum handle_type type, void *object)
{
    struct thread *self = thread_self();
    unsigned start = self == NULL ? 0 : self->shard;

    for (unsigned i = 0; i < HANDLE_SHARDS; i++) {
        unsigned shard = (start + i) % HANDLE_SHARDS;
        uint32_t number = 0;
        struct handle_slot *slot = shard_take(&handle_shards[shard], shard, &number);
        uint64_t generation;

        if (slot == NULL)
            continue;
        /* relaxed: the slot is ours alone until the release below. */
        generation =
            atomic_load_explicit(&slot->word, memory_order_relaxed) >> HANDLE_GENERATION_SHIFT;
        slot_set(slot, object); /* [H1] */
        /* release pairs with the acquire in handle_ref(): who gets a reference sees object. */
        atomic_store_explicit(&slot->word,
                              generation << HANDLE_GENERATION_SHIFT |
                                  (uint64_t)type << HANDLE_TYPE_SHIFT | 1,
                              memory_order_release);
        atomic_fetch_add_explicit(&handle_open_count[type], 1, memory_order_relaxed); /* figures */
        atomic_fetch_add_explicit(&handle_object_count[type], 1, memory_order_relaxed);
        return (uint32_t)((generation & HANDLE_GENERATION_MASK) << (2 + WS2RING_HANDLE_INDEX_BITS) |
                          (number << HANDLE_SHARD_BITS | shard) << 2);
    }
    return 0;
}

/* *seen: what the slot said when it was referenced. */
static void *slot_ref(struct handle_slot *slot, uint64_t value, enum handle_type type,
                      uint64_t *seen)
{
    uint64_t word;

    if (slot == NULL)
        return NULL;
    word = atomic_load_explicit(&slot->word, memory_order_relaxed); /* a guess; the CAS decides */
    do {
        if (!word_names(word, value, type))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(
        &slot->word, &word, word + 1,
        memory_order_acquire,   /* pairs with the release in handle_open(): see object, [H1] */
        memory_order_relaxed)); /* failed: nothing was read through the slot */
    *seen = word;
    return slot_object(slot);
}

void *handle_ref(uint64_t value, enum handle_type type)
{
    uint64_t word;

    return slot_ref(slot_at(value), value, type, &word); /* slots are never freed: safe to read */
}

void *handle_ref_any(uint64_t value, enum handle_type *type)
{
    uint64_t word = 0;
    void *object = slot_ref(slot_at(value), value, HANDLE_NONE, &word);

    *type = (enum handle_type)((word >> HANDLE_TYPE_SHIFT) & 0xFF);
    return object;
}

void *handle_glance(uint64_t value, enum handle_type type, struct handle_sight *sight)
{
    struct handle_slot *slot = slot_at(value);

    if (slot == NULL)
        return NULL;
    /* acquire pairs with the release in handle_open(): the object is this word's, or a later one's,
     * and handle_still() tells. */
    sight->word = &slot->word;
    sight->seen = atomic_load_explicit(&slot->word, memory_order_acquire);
    return word_names(sight->seen, value, type) ? slot_object(slot) : NULL;
}

bool handle_all_open(void *const *values, unsigned count, enum handle_type type)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = (uintptr_t)values[i];
        const struct handle_slot *slot = slot_at(value);

        if (slot == NULL ||
            !word_names(atomic_load_explicit(&slot->word, memory_order_relaxed), value, type))
            return false;
    }
    return true;
}

void handle_ref_again(uint32_t value)
{
    struct handle_slot *slot = slot_at(value);

    /* relaxed: the caller's own reference keeps the object alive and visible. */
    atomic_fetch_add_explicit(&slot->word, 1, memory_order_relaxed);
}

/* The last reference is gone: the object dies, and the slot waits for its next generation. */
static void slot_retire(struct handle_slot *slot, uint32_t value, uint64_t word)
{
    uint32_t index = (value >> 2) & ((1u << WS2RING_HANDLE_INDEX_BITS) - 1);
    struct handle_shard *shard = &handle_shards[index & (HANDLE_SHARDS - 1)];
    enum handle_type type = (enum handle_type)((word >> HANDLE_TYPE_SHIFT) & 0xFF);

    assert((word & HANDLE_CLOSED) != 0); /* [H2] */
    if (handle_destroy[type] != NULL)
        handle_destroy[type](slot_object(slot));
    atomic_fetch_sub_explicit(&handle_object_count[type], 1, memory_order_relaxed); /* figures */
    host_lock_acquire(&shard->lock);
    /* relaxed: lookups refuse the slot either way, and the lock orders the next handle_open(). */
    atomic_store_explicit(&slot->word,
                          ((word >> HANDLE_GENERATION_SHIFT) + 1) << HANDLE_GENERATION_SHIFT,
                          memory_order_relaxed);
    shard_push_free_locked(shard, slot, index >> HANDLE_SHARD_BITS);
    host_lock_release(&shard->lock);
}

void handle_unref(uint32_t value)
{
    struct handle_slot *slot = slot_at(value);
    /* release: what we did to the object comes before its end; acquire: so did what others did. */
    uint64_t word = atomic_fetch_sub_explicit(&slot->word, 1, memory_order_acq_rel);
    assert((word & HANDLE_REFS_MASK) != 0);
    if ((word & HANDLE_REFS_MASK) == 1)
        slot_retire(slot, value, word);
}

enum handle_type handle_type_of(uint64_t value)
{
    struct handle_slot *slot = slot_at(value);
    uint64_t word;

    if (slot == NULL)
        return HANDLE_NONE;
    word = atomic_load_explicit(&slot->word, memory_order_relaxed); /* a hint */
    return word_names(word, value, HANDLE_NONE)
               ? (enum handle_type)((word >> HANDLE_TYPE_SHIFT) & 0xFF)
               : HANDLE_NONE;
}

void *handle_close(uint64_t value, enum handle_type type)
{
    struct handle_slot *slot = slot_at(value);
    uint64_t word;
    enum handle_type found;

    if (slot == NULL)
        return NULL;
    word = atomic_load_explicit(&slot->word, memory_order_relaxed);
    do {
        if (!word_names(word, value, type))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(
        &slot->word, &word, word | HANDLE_CLOSED,
        memory_order_acquire, /* pairs with the release in handle_open(), as in handle_ref() */
        memory_order_relaxed));
    found = (enum handle_type)((word >> HANDLE_TYPE_SHIFT) & 0xFF);
    atomic_fetch_sub_explicit(&handle_open_count[found], 1, memory_order_relaxed); /* figures */
    return slot_object(slot);
}

bool handle_retype(uint64_t value, enum handle_type from, enum handle_type to)
{
    struct handle_slot *slot = slot_at(value);
    uint64_t word;

    if (slot == NULL)
        return false;
    word = atomic_load_explicit(&slot->word, memory_order_relaxed);
    do {
        if (!word_names(word, value, from))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &slot->word, &word,
        (word & ~((uint64_t)0xFF << HANDLE_TYPE_SHIFT)) | (uint64_t)to << HANDLE_TYPE_SHIFT,
        memory_order_acq_rel, /* who finds the new type sees what was done under the old one */
        memory_order_relaxed));
    atomic_fetch_sub_explicit(&handle_open_count[from], 1, memory_order_relaxed); /* figures */
    atomic_fetch_add_explicit(&handle_open_count[to], 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&handle_object_count[from], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&handle_object_count[to], 1, memory_order_relaxed);
    return true;
}

uint32_t handle_count(enum handle_type type)
{
    return atomic_load_explicit(&handle_open_count[type], memory_order_relaxed);
}

uint32_t handle_live_count(enum handle_type type)
{
    return atomic_load_explicit(&handle_object_count[type], memory_order_relaxed);
}

static void shard_each(unsigned shard, enum handle_type type,
                       void (*visit)(void *object, void *argument), void *argument)
{
    for (uint32_t number = 0;; number++) {
        struct handle_slot *slot;
        uint64_t word;
        uint32_t value;
        void *object;

        if (number / HANDLE_CHUNK_SLOTS >= HANDLE_CHUNKS)
            return;
        slot = slot_of(&handle_shards[shard], number);
        if (slot == NULL)
            return;
        word = atomic_load_explicit(&slot->word, memory_order_relaxed); /* handle_ref() decides */
        value = (uint32_t)(((word >> HANDLE_GENERATION_SHIFT) & HANDLE_GENERATION_MASK)
                               << (2 + WS2RING_HANDLE_INDEX_BITS) |
                           (number << HANDLE_SHARD_BITS | shard) << 2);
        object = handle_ref(value, type);
        if (object == NULL)
            continue;
        visit(object, argument);
        handle_unref(value);
    }
}

void handle_each(enum handle_type type, void (*visit)(void *object, void *argument), void *argument)
{
    for (unsigned shard = 0; shard < HANDLE_SHARDS; shard++)
        shard_each(shard, type, visit, argument);
}

/* In a child of fork(): a thread that held a shard's lock is gone, and may have left its list half
 * done. The free slots are given up; the next handle_open() makes new ones. */
static void handle_forked(void)
{
    for (unsigned shard = 0; shard < HANDLE_SHARDS; shard++) {
        atomic_store_explicit(&handle_shards[shard].lock.word, 0, memory_order_relaxed);
        handle_shards[shard].free_count = 0;
    }
}

__attribute__((constructor)) static void handle_start(void)
{
    host_fork_hook(handle_forked);
}
