/* SPDX-License-Identifier: MIT */
/* WSACreateEvent, WSASetEvent, WSAResetEvent, WSACloseEvent. Success leaves the last error. */
#include <winsock2.h>
#include <windows.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/object/event.h"

/* Checks run in the order of the tables in docs/calls, for all of these. */

WSAEVENT WSAAPI WSACreateEvent(void)
{
    uint32_t handle = 0;
    uint32_t error = 0;

    if (!startup_active())
        error = WSANOTINITIALISED;
    else if ((handle = event_open(false, false)) == 0)
        error = WSA_NOT_ENOUGH_MEMORY;
    api_result_bool(error);
    return (WSAEVENT)(uintptr_t)handle;
}

static BOOL event_apply(WSAEVENT value, void (*change)(struct waitable *waitable))
{
    struct event *event = NULL;
    uint32_t error = 0;

    if (!startup_active())
        error = WSANOTINITIALISED;
    else if ((event = event_ref((uintptr_t)value)) == NULL)
        error = WSA_INVALID_HANDLE;
    else
        change(&event->wait);
    event_unref(event);
    return api_result_bool(error);
}

BOOL WSAAPI WSASetEvent(WSAEVENT event)
{
    return event_apply(event, waitable_set);
}

BOOL WSAAPI WSAResetEvent(WSAEVENT event)
{
    return event_apply(event, waitable_reset);
}

BOOL WSAAPI WSACloseEvent(WSAEVENT event)
{
    uint32_t error = 0;

    if (!startup_active())
        error = WSANOTINITIALISED;
    else if (handle_close((uintptr_t)event, HANDLE_EVENT) == NULL)
        error = WSA_INVALID_HANDLE;
    else
        handle_unref((uint32_t)(uintptr_t)event); /* who still waits for it holds references */
    return api_result_bool(error);
}
