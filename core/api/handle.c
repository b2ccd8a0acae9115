/* SPDX-License-Identifier: MIT */
/* CloseHandle, for every kind of object that has a handle. Works without WSAStartup(). */
#include <winsock2.h>
#include <windows.h>

#include "core/base/handle.h"
#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/object/port.h"
#include "core/object/sharing.h"
#include "core/verb/close.h"

static uint32_t handle_close_sock(uintptr_t value)
{
    int error = sock_close(value);

    /* The other one is WSAEWOULDBLOCK, a socket that lingers: it is still open, which the caller
     * must hear of, although no Win32 code says it. */
    return error == WSAENOTSOCK ? ERROR_INVALID_HANDLE : (uint32_t)error;
}

static uint32_t handle_close_port(uintptr_t value)
{
    struct port *port = handle_close(value, HANDLE_PORT);

    if (port == NULL)
        return ERROR_INVALID_HANDLE;
    port_shut(port);
    handle_unref((uint32_t)value);
    return 0;
}

static uint32_t handle_close_plain(uintptr_t value, enum handle_type type)
{
    if (handle_close(value, type) == NULL)
        return ERROR_INVALID_HANDLE;
    handle_unref((uint32_t)value);
    return 0;
}

BOOL WINAPI CloseHandle(HANDLE handle)
{
    TRACE_CALL(CloseHandle, handle);
    uintptr_t value = (uintptr_t)handle;
    uint32_t error = ERROR_INVALID_HANDLE;
    enum handle_type type = handle_type_of(value); /* a hint: each function below looks again */

    if (type == HANDLE_SOCK || (type == HANDLE_DUPLICATE && sharing_is_sock(value)))
        error = handle_close_sock(value);
    else if (type == HANDLE_PORT)
        error = handle_close_port(value);
    else if (type != HANDLE_NONE) /* event, thread, semaphore, mutex, duplicate */
        error = handle_close_plain(value, type);
    return api_result_bool(error);
}
