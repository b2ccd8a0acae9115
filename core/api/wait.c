/* SPDX-License-Identifier: MIT */
/*
 * WSAWaitForMultipleEvents, WaitForMultipleObjects, WaitForSingleObject, their alertable forms and
 * SleepEx. They differ in what they demand of the caller; the handles are then looked up and waited
 * for in one place. Each object is referenced for the whole wait, so closing its handle meanwhile
 * harms nobody.
 */
#include <winsock2.h>
#include <windows.h>

#include "core/base/apc.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
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

static DWORD wait_result(int index)
{
    if (index == WAITABLE_INDEX_TIMEOUT)
        return WAIT_TIMEOUT;
    if (index == WAITABLE_INDEX_ALERTED)
        return WAIT_IO_COMPLETION;
    return WAIT_OBJECT_0 + (DWORD)index; /* WAITABLE_INDEX_ABANDONED is WAIT_ABANDONED_0 */
}

static DWORD wait_run(DWORD count, const HANDLE *handles, BOOL all, DWORD timeout, BOOL alertable)
{
    int64_t deadline_ns = thread_deadline_ns(timeout);
    struct thread *self = thread_self(); /* who takes a mutex needs one */
    struct wait_set set;
    int error = 0;
    int index = 0;

    if (!all) {
        index = event_glance(handles, count); /* the usual case of a busy server */
        if (index >= 0)
            return WAIT_OBJECT_0 + (DWORD)index;
        index = 0;
    }
    set.count = 0;
    /* Every handle is looked up before any two are compared: docs/calls has the evidence. */
    if (!wait_set_ref(&set, handles, count))
        error = ERROR_INVALID_HANDLE;
    else if (all && wait_set_repeats(&set))
        error = ERROR_INVALID_PARAMETER;
    else if (self == NULL)
        error = ERROR_NOT_ENOUGH_MEMORY;
    else if (alertable)
        index = waitable_wait_alertable(set.objects, count, all, deadline_ns);
    else
        index = waitable_wait(set.objects, count, all, deadline_ns);
    wait_set_unref(&set);
    if (!api_result_bool(error))
        return WAIT_FAILED;
    if (index == WAITABLE_INDEX_ALERTED)
        apc_run(self); /* when nothing of the wait is left: these calls may wait themselves */
    return wait_result(index);
}

static bool wait_count_valid(DWORD count, const HANDLE *handles)
{
    return count >= 1 && count <= MAXIMUM_WAIT_OBJECTS && handles != NULL;
}

DWORD WSAAPI WSAWaitForMultipleEvents(DWORD count, const WSAEVENT *events, BOOL wait_all,
                                      DWORD timeout, BOOL alertable)
{
    TRACE_CALL(WSAWaitForMultipleEvents, count, events, wait_all, timeout, alertable);
    int error = 0;

    /* Checks run in the order of the table in docs/calls/WSAWaitForMultipleEvents.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (!wait_count_valid(count, events))
        error = WSA_INVALID_PARAMETER;
    if (!api_result_bool(error))
        return WSA_WAIT_FAILED;
    return wait_run(count, events, wait_all, timeout, alertable);
}

static DWORD wait_many(DWORD count, const HANDLE *handles, BOOL wait_all, DWORD timeout,
                       BOOL alertable)
{
    if (!api_result_bool(wait_count_valid(count, handles) ? 0 : ERROR_INVALID_PARAMETER))
        return WAIT_FAILED;
    return wait_run(count, handles, wait_all, timeout, alertable);
}

DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL wait_all,
                                    DWORD timeout)
{
    TRACE_CALL(WaitForMultipleObjects, count, handles, wait_all, timeout);
    return wait_many(count, handles, wait_all, timeout, FALSE);
}

DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD timeout)
{
    TRACE_CALL(WaitForSingleObject, handle, timeout);
    return wait_run(1, &handle, FALSE, timeout, FALSE);
}

DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, BOOL wait_all,
                                      DWORD timeout, BOOL alertable)
{
    TRACE_CALL(WaitForMultipleObjectsEx, count, handles, wait_all, timeout, alertable);
    return wait_many(count, handles, wait_all, timeout, alertable);
}

DWORD WINAPI WaitForSingleObjectEx(HANDLE handle, DWORD timeout, BOOL alertable)
{
    TRACE_CALL(WaitForSingleObjectEx, handle, timeout, alertable);
    return wait_run(1, &handle, FALSE, timeout, alertable);
}

DWORD WINAPI SleepEx(DWORD timeout, BOOL alertable)
{
    TRACE_CALL(SleepEx, timeout, alertable);
    int64_t deadline_ns = thread_deadline_ns(timeout);
    struct thread *self = alertable ? thread_self() : NULL;

    if (self == NULL) {
        Sleep(timeout);
        return 0;
    }
    /* True: woken, perhaps for an earlier wait. What is queued runs also when the time is over. */
    while (!apc_pending(self) && timeout != 0 && thread_wait(self, deadline_ns))
        ;
    return apc_run(self) > 0 ? WAIT_IO_COMPLETION : 0;
}
