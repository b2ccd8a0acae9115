/* SPDX-License-Identifier: MIT */
/*
 * WSAWaitForMultipleEvents, WaitForMultipleObjects and WaitForSingleObject. They differ in what
 * they demand of the caller; the handles are then looked up and waited for in one place. Each
 * object is referenced for the whole wait, so closing its handle meanwhile harms nobody.
 */
#include <winsock2.h>
#include <windows.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/object/event.h"

struct wait_set {
    struct waitable *objects[MAXIMUM_WAIT_OBJECTS];
    uint32_t handles[MAXIMUM_WAIT_OBJECTS]; /* read once: the caller's array may change meanwhile */
    unsigned count;                         /* of those referenced */
};

static void wait_set_unref(struct wait_set *set)
{
    while (set->count > 0)
        handle_unref(set->handles[--set->count]);
}

/* False: one value names nothing that can be waited for; the others are referenced all the same. */
static bool wait_set_ref(struct wait_set *set, const HANDLE *handles, DWORD count)
{
    for (DWORD i = 0; i < count; i++) {
        uintptr_t value = (uintptr_t)handles[i];
        struct waitable *object = object_waitable_ref(value);

        if (object == NULL)
            return false;
        set->objects[set->count] = object;
        set->handles[set->count++] = (uint32_t)value;
    }
    return true;
}

static bool wait_set_repeats(const struct wait_set *set)
{
    for (unsigned i = 1; i < set->count; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (set->objects[i] == set->objects[j])
                return true;
        }
    }
    return false;
}

static DWORD wait_run(DWORD count, const HANDLE *handles, BOOL all, DWORD timeout)
{
    int64_t deadline_ns = thread_deadline_ns(timeout);
    struct wait_set set;
    uint32_t error = 0;
    int index = 0;

    set.count = 0;
    /* Every handle is looked up before any two are compared: docs/calls has the evidence. */
    if (!wait_set_ref(&set, handles, count))
        error = ERROR_INVALID_HANDLE;
    else if (all && wait_set_repeats(&set))
        error = ERROR_INVALID_PARAMETER;
    else
        index = waitable_wait(set.objects, count, all, deadline_ns);
    wait_set_unref(&set);
    if (!api_result_bool(error))
        return WAIT_FAILED;
    return index == WAITABLE_INDEX_TIMEOUT ? WAIT_TIMEOUT : WAIT_OBJECT_0 + (DWORD)index;
}

static bool wait_count_valid(DWORD count, const HANDLE *handles)
{
    return count >= 1 && count <= MAXIMUM_WAIT_OBJECTS && handles != NULL;
}

DWORD WSAAPI WSAWaitForMultipleEvents(DWORD count, const WSAEVENT *events, BOOL wait_all,
                                      DWORD timeout, BOOL alertable)
{
    uint32_t error = 0;

    (void)alertable; /* nothing can be queued to a thread: completion routines do not exist yet */
    /* Checks run in the order of the table in docs/calls/WSAWaitForMultipleEvents.md. */
    if (!startup_active())
        error = WSANOTINITIALISED;
    else if (!wait_count_valid(count, events))
        error = WSA_INVALID_PARAMETER;
    if (!api_result_bool(error))
        return WSA_WAIT_FAILED;
    return wait_run(count, events, wait_all, timeout);
}

DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL wait_all,
                                    DWORD timeout)
{
    if (!api_result_bool(wait_count_valid(count, handles) ? 0 : ERROR_INVALID_PARAMETER))
        return WAIT_FAILED;
    return wait_run(count, handles, wait_all, timeout);
}

DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD timeout)
{
    return wait_run(1, &handle, FALSE, timeout);
}
