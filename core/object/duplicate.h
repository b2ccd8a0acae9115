/* SPDX-License-Identifier: MIT */
/*
 * Several handles of one object. An object has one handle of its own; DuplicateHandle() makes
 * others that hold a reference to it, and object_ref() sees through them.
 */
#ifndef CORE_OBJECT_DUPLICATE_H
#define CORE_OBJECT_DUPLICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/handle.h"

struct duplicate {
    void *object;
    enum handle_type type;
    uint32_t target; /* the object's own handle, perhaps closed: we hold a reference */
    uint32_t handle; /* this one, and the socket's next: sharing.c, under sock->lock */
    struct duplicate *next;
    bool copy; /* of a socket, made by DuplicateHandle() */
};

/* A new handle of the object. Takes over the caller's reference to it, whatever happens. 0: no
 * memory, or the table is full. `target`: the object's own handle, open or closed. */
uint32_t duplicate_open(void *object, enum handle_type type, uint32_t target);
/* The object behind a handle of either sort, with one more reference on target; object NULL: there
 * is none. */
struct duplicate duplicate_resolve(uint64_t value);
/* Closes a duplicate of an object of this type. False: it is none. */
bool duplicate_close(uint64_t value, enum handle_type type);

void *duplicate_ref(uint64_t value, enum handle_type type);
/* The object behind a handle of either sort, with one more reference, which handle_unref() of the
 * object's own handle gives back; NULL when there is none of this type. */
static inline void *object_ref(uint64_t value, enum handle_type type)
{
    void *object = handle_ref(value, type);

    return object != NULL ? object : duplicate_ref(value, type);
}

#endif
