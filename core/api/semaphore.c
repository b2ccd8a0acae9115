/* SPDX-License-Identifier: MIT */
/* CreateSemaphore and ReleaseSemaphore. They work without WSAStartup(). */
#include <windows.h>

#include "core/api/create.h"
#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/object/semaphore.h"

/* Checks run in the order of the table in docs/calls/CreateSemaphoreA.md. */
static HANDLE semaphore_create(LONG initial, LONG maximum, bool named)
{
    uint32_t handle = 0;

    if (maximum < 1 || initial < 0 || initial > maximum) {
        api_result_bool(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!named)
        handle = semaphore_open(initial, maximum);
    return create_result(handle, named);
}

HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG initial, LONG maximum,
                               LPCSTR name)
{
    TRACE_CALL(CreateSemaphoreA, attributes, initial, maximum, name);
    return semaphore_create(initial, maximum, CREATE_NAMED(name));
}

/* Wide names: one function per width of WCHAR, as in socket_wide.c. */
WS2RING_API HANDLE ws2_CreateSemaphoreW16(const void *attributes, LONG initial, LONG maximum,
                                          const uint16_t *name);
WS2RING_API HANDLE ws2_CreateSemaphoreW32(const void *attributes, LONG initial, LONG maximum,
                                          const uint32_t *name);

HANDLE ws2_CreateSemaphoreW16(const void *attributes, LONG initial, LONG maximum,
                              const uint16_t *name)
{
    TRACE_CALL(ws2_CreateSemaphoreW16, attributes, initial, maximum, name);
    return semaphore_create(initial, maximum, CREATE_NAMED(name));
}

HANDLE ws2_CreateSemaphoreW32(const void *attributes, LONG initial, LONG maximum,
                              const uint32_t *name)
{
    TRACE_CALL(ws2_CreateSemaphoreW32, attributes, initial, maximum, name);
    return semaphore_create(initial, maximum, CREATE_NAMED(name));
}

BOOL WINAPI ReleaseSemaphore(HANDLE semaphore, LONG count, LPLONG previous)
{
    TRACE_CALL(ReleaseSemaphore, semaphore, count, previous);
    struct semaphore *object = NULL;
    uint32_t error = 0;

    /* Checks run in the order of the table in docs/calls/ReleaseSemaphore.md. */
    if (count < 1)
        error = ERROR_INVALID_PARAMETER;
    else if ((object = semaphore_ref((uintptr_t)semaphore)) == NULL)
        error = ERROR_INVALID_HANDLE;
    else if (!semaphore_release(object, count, previous))
        error = ERROR_TOO_MANY_POSTS;
    semaphore_unref(object);
    return api_result_bool(error);
}
