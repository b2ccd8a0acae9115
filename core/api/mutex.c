/* SPDX-License-Identifier: MIT */
/* CreateMutex and ReleaseMutex. They work without WSAStartup(). */
#include <windows.h>

#include "core/api/create.h"
#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/object/mutex.h"

static HANDLE mutex_create(bool owned, bool named)
{
    return create_result(named ? 0 : mutex_open(owned), named);
}

HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL owned, LPCSTR name)
{
    TRACE_CALL(CreateMutexA, attributes, owned, name);
    return mutex_create(owned, CREATE_NAMED(name));
}

/* Wide names: one function per width of WCHAR, as in socket_wide.c. */
WS2RING_API HANDLE ws2_CreateMutexW16(const void *attributes, BOOL owned, const uint16_t *name);
WS2RING_API HANDLE ws2_CreateMutexW32(const void *attributes, BOOL owned, const uint32_t *name);

HANDLE ws2_CreateMutexW16(const void *attributes, BOOL owned, const uint16_t *name)
{
    TRACE_CALL(ws2_CreateMutexW16, attributes, owned, name);
    return mutex_create(owned, CREATE_NAMED(name));
}

HANDLE ws2_CreateMutexW32(const void *attributes, BOOL owned, const uint32_t *name)
{
    TRACE_CALL(ws2_CreateMutexW32, attributes, owned, name);
    return mutex_create(owned, CREATE_NAMED(name));
}

BOOL WINAPI ReleaseMutex(HANDLE mutex)
{
    TRACE_CALL(ReleaseMutex, mutex);
    struct mutex *object = mutex_ref((uintptr_t)mutex);
    uint32_t error = 0;

    if (object == NULL)
        error = ERROR_INVALID_HANDLE;
    else if (!mutex_release(object))
        error = ERROR_NOT_OWNER;
    mutex_unref(object);
    return api_result_bool(error);
}
