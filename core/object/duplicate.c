/* SPDX-License-Identifier: MIT */
/* Handles that stand for an object which has another: duplicate.h. No locks: a duplicate never
 * changes, and is kept by the handle table's references like any object. */
#include <stddef.h>

#include "core/object/duplicate.h"

#include "core/base/mem.h"

static void duplicate_destroy(void *object)
{
    struct duplicate *duplicate = object;

    handle_unref(duplicate->target);
    mem_free(duplicate);
}

__attribute__((constructor)) static void duplicate_start(void)
{
    handle_register(HANDLE_DUPLICATE, duplicate_destroy);
}

/* The type of the object behind a handle of either sort. Only a hint by the time it returns. */
static enum handle_type object_type(uint64_t value)
{
    enum handle_type type = handle_type_of(value);
    const struct duplicate *duplicate;

    if (type != HANDLE_DUPLICATE)
        return type;
    duplicate = handle_ref(value, HANDLE_DUPLICATE);
    if (duplicate == NULL)
        return HANDLE_NONE;
    type = duplicate->type;
    handle_unref((uint32_t)value);
    return type;
}

void *duplicate_ref(uint64_t value, enum handle_type type)
{
    const struct duplicate *duplicate = handle_ref(value, HANDLE_DUPLICATE);
    void *object = NULL;

    if (duplicate == NULL)
        return NULL;
    if (duplicate->type == type) {
        object = duplicate->object;
        handle_ref_again(duplicate->target);
    }
    handle_unref((uint32_t)value);
    return object;
}

struct duplicate duplicate_resolve(uint64_t value)
{
    struct duplicate resolved = {.type = handle_type_of(value), .target = (uint32_t)value};
    const struct duplicate *other;

    if (resolved.type == HANDLE_NONE)
        return resolved;
    resolved.object = handle_ref(value, resolved.type);
    if (resolved.object == NULL || resolved.type != HANDLE_DUPLICATE)
        return resolved;
    other = resolved.object;
    resolved = *other;
    handle_ref_again(resolved.target);
    handle_unref((uint32_t)value);
    return resolved;
}

uint32_t duplicate_open(void *object, enum handle_type type, uint32_t target)
{
    struct duplicate *duplicate = mem_zalloc(0, sizeof *duplicate);
    uint32_t handle;

    if (duplicate == NULL) {
        handle_unref(target);
        return 0;
    }
    *duplicate = (struct duplicate){.object = object, .type = type, .target = target};
    handle = handle_open(HANDLE_DUPLICATE, duplicate);
    if (handle == 0)
        duplicate_destroy(duplicate);
    return handle;
}

bool duplicate_close(uint64_t value, enum handle_type type)
{
    /* Between the look and the close the value cannot become another duplicate: handle.h. */
    if (handle_type_of(value) != HANDLE_DUPLICATE || object_type(value) != type ||
        handle_close(value, HANDLE_DUPLICATE) == NULL)
        return false;
    handle_unref((uint32_t)value);
    return true;
}
