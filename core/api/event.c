/* SPDX-License-Identifier: MIT */
/*
 * Events: the WSA functions, which need WSAStartup(), and their Win32 counterparts, which do not.
 * Success leaves the last error, but creating by the Win32 functions clears it.
 */
#include <winsock2.h>
#include <windows.h>

#include "core/api/create.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/event.h"

/* Checks run in the order of the tables in docs/calls, for all of these. */

WSAEVENT WSAAPI WSACreateEvent(void)
{
    TRACE_CALL(WSACreateEvent);
    uint32_t handle = 0;
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((handle = event_open(false, false)) == 0)
        error = WSA_NOT_ENOUGH_MEMORY;
    api_result_bool(error);
    return (WSAEVENT)(uintptr_t)handle;
}

static BOOL event_apply(WSAEVENT value, void (*change)(struct waitable *waitable))
{
    struct event *event = event_ref((uintptr_t)value);

    if (event == NULL)
        return api_result_bool(WSA_INVALID_HANDLE); /* Win32's ERROR_INVALID_HANDLE */
    change(&event->wait);
    event_unref(event);
    return TRUE;
}

static BOOL event_started(void)
{
    return api_result_bool(startup_error());
}

BOOL WSAAPI WSASetEvent(WSAEVENT event)
{
    TRACE_CALL(WSASetEvent, event);
    return event_started() && event_apply(event, waitable_set);
}

BOOL WSAAPI WSAResetEvent(WSAEVENT event)
{
    TRACE_CALL(WSAResetEvent, event);
    return event_started() && event_apply(event, waitable_reset);
}

BOOL WSAAPI WSACloseEvent(WSAEVENT event)
{
    TRACE_CALL(WSACloseEvent, event);
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if (handle_close((uintptr_t)event, HANDLE_EVENT) != NULL)
        handle_unref((uint32_t)(uintptr_t)event); /* who still waits for it holds references */
    else if (!duplicate_close((uintptr_t)event, HANDLE_EVENT))
        error = WSA_INVALID_HANDLE;
    return api_result_bool(error);
}

/* ---- Win32 ---- */

static HANDLE event_create(bool manual, bool signalled, bool named)
{
    uint32_t handle = 0;

    if (!named)
        handle = event_open(!manual, signalled);
    return create_result(handle, named);
}

static HANDLE event_create_flags(DWORD flags, bool named)
{
    if (flags & ~(DWORD)(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)) {
        api_result_bool(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return event_create(flags & CREATE_EVENT_MANUAL_RESET, flags & CREATE_EVENT_INITIAL_SET, named);
}

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL signalled,
                           LPCSTR name)
{
    TRACE_CALL(CreateEventA, attributes, manual, signalled, name);
    return event_create(manual, signalled, CREATE_NAMED(name));
}

HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
                             DWORD access)
{
    TRACE_CALL(CreateEventExA, attributes, name, flags, access);
    return event_create_flags(flags, CREATE_NAMED(name));
}

/* Wide names: one function per width of WCHAR, as in socket_wide.c. */
WS2RING_API HANDLE ws2_CreateEventW16(const void *attributes, BOOL manual, BOOL signalled,
                                      const uint16_t *name);
WS2RING_API HANDLE ws2_CreateEventW32(const void *attributes, BOOL manual, BOOL signalled,
                                      const uint32_t *name);
WS2RING_API HANDLE ws2_CreateEventExW16(const void *attributes, const uint16_t *name, DWORD flags,
                                        DWORD access);
WS2RING_API HANDLE ws2_CreateEventExW32(const void *attributes, const uint32_t *name, DWORD flags,
                                        DWORD access);

HANDLE ws2_CreateEventW16(const void *attributes, BOOL manual, BOOL signalled, const uint16_t *name)
{
    TRACE_CALL(ws2_CreateEventW16, attributes, manual, signalled, name);
    return event_create(manual, signalled, CREATE_NAMED(name));
}

HANDLE ws2_CreateEventW32(const void *attributes, BOOL manual, BOOL signalled, const uint32_t *name)
{
    TRACE_CALL(ws2_CreateEventW32, attributes, manual, signalled, name);
    return event_create(manual, signalled, CREATE_NAMED(name));
}

HANDLE ws2_CreateEventExW16(const void *attributes, const uint16_t *name, DWORD flags, DWORD access)
{
    TRACE_CALL(ws2_CreateEventExW16, attributes, name, flags, access);
    return event_create_flags(flags, CREATE_NAMED(name));
}

HANDLE ws2_CreateEventExW32(const void *attributes, const uint32_t *name, DWORD flags, DWORD access)
{
    TRACE_CALL(ws2_CreateEventExW32, attributes, name, flags, access);
    return event_create_flags(flags, CREATE_NAMED(name));
}

BOOL WINAPI SetEvent(HANDLE event)
{
    TRACE_CALL(SetEvent, event);
    return event_apply(event, waitable_set);
}

BOOL WINAPI ResetEvent(HANDLE event)
{
    TRACE_CALL(ResetEvent, event);
    return event_apply(event, waitable_reset);
}
