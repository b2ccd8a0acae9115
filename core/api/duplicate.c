/* SPDX-License-Identifier: MIT */
/* DuplicateHandle, the pseudo-handles and the flags of handles. They work without WSAStartup(). */
#include <winsock2.h>

#include <windows.h>

#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/object/sharing.h"
#include "core/object/thread_object.h"
#include "ring/host/sys.h"

HANDLE WINAPI GetCurrentProcess(void)
{
    TRACE_CALL(GetCurrentProcess);
    return (HANDLE)(LONG_PTR)-1;
}

HANDLE WINAPI GetCurrentThread(void)
{
    TRACE_CALL(GetCurrentThread);
    return (HANDLE)(LONG_PTR)-2;
}

DWORD WINAPI GetCurrentProcessId(void)
{
    TRACE_CALL(GetCurrentProcessId);
    return host_process_id();
}

/* A counted reference on the target; object NULL: there is none. */
static struct duplicate duplicate_source(HANDLE source)
{
    struct thread_object *self;

    if (source != GetCurrentThread())
        return duplicate_resolve((uintptr_t)source);
    self = thread_object_self();
    return (struct duplicate){
        .object = self, .type = HANDLE_THREAD, .target = self == NULL ? 0 : self->handle};
}

/* Takes over the reference. */
static uint32_t duplicate_make_sock(struct sock *sock, HANDLE *made)
{
    uint32_t handle = 0;
    int error = sharing_open(sock, true, &handle);

    sock_unref(sock);
    if (error != 0)
        return error == WSAENOTSOCK ? ERROR_INVALID_HANDLE : ERROR_NOT_ENOUGH_MEMORY;
    *made = (HANDLE)(uintptr_t)handle;
    return 0;
}

static uint32_t duplicate_make(HANDLE source, HANDLE *made)
{
    struct duplicate from = duplicate_source(source);
    uint32_t handle;

    if (from.object == NULL)
        return source == GetCurrentThread() ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_HANDLE;
    if (from.type == HANDLE_PORT) {
        handle_unref(from.target);
        return ERROR_NOT_SUPPORTED;
    }
    if (from.type == HANDLE_SOCK)
        return duplicate_make_sock(from.object, made);
    handle = duplicate_open(from.object, from.type, from.target);
    if (handle == 0)
        return ERROR_NOT_ENOUGH_MEMORY;
    *made = (HANDLE)(uintptr_t)handle;
    return 0;
}

BOOL WINAPI DuplicateHandle(HANDLE from, HANDLE source, HANDLE to, LPHANDLE target, DWORD access,
                            BOOL inherit, DWORD options)
{
    TRACE_CALL(DuplicateHandle, from, source, to, target, access, inherit, options);
    HANDLE made = NULL;
    uint32_t error = ERROR_INVALID_HANDLE;

    (void)access;
    (void)inherit;
    if (from == GetCurrentProcess() && to == NULL && (options & DUPLICATE_CLOSE_SOURCE))
        return CloseHandle(source); /* how one process closes another's handle */
    /* Checks run in the order of the table in docs/calls/DuplicateHandle.md. */
    if (from == GetCurrentProcess() && to == GetCurrentProcess())
        error = duplicate_make(source, &made);
    if (error == 0 && target != NULL)
        *target = made;
    /* The source goes even when the rest failed; without a target nobody can close the new one. */
    if ((options & DUPLICATE_CLOSE_SOURCE) && from == GetCurrentProcess())
        CloseHandle(source);
    if (error == 0 && target == NULL)
        CloseHandle(made);
    return api_result_bool(error);
}

/* Of a socket, by any of its handles; NULL: it is something else, or nothing. */
static struct sock *duplicate_sock(HANDLE handle)
{
    return sock_ref((uintptr_t)handle);
}

/* Only sockets are inherited, and nothing is protected: other flags can be taken away, but not
 * set. */
BOOL WINAPI GetHandleInformation(HANDLE handle, LPDWORD flags)
{
    TRACE_CALL(GetHandleInformation, handle, flags);
    struct sock *sock;

    if (handle_type_of((uintptr_t)handle) == HANDLE_NONE)
        return api_result_bool(ERROR_INVALID_HANDLE);
    sock = duplicate_sock(handle);
    *flags = sock != NULL && !(sock_modes(sock) & SOCK_MODE_NO_INHERIT) ? HANDLE_FLAG_INHERIT : 0;
    sock_unref(sock);
    return TRUE;
}

BOOL WINAPI SetHandleInformation(HANDLE handle, DWORD mask, DWORD flags)
{
    TRACE_CALL(SetHandleInformation, handle, mask, flags);
    const DWORD known = HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE;
    struct sock *sock = duplicate_sock(handle);
    DWORD settable = sock == NULL ? 0 : HANDLE_FLAG_INHERIT;
    uint32_t error = 0;

    /* Checks run in the order of the table in docs/calls/SetHandleInformation.md. */
    if (mask & ~known)
        error = ERROR_INVALID_PARAMETER;
    else if (handle_type_of((uintptr_t)handle) == HANDLE_NONE)
        error = ERROR_INVALID_HANDLE;
    else if (mask & flags & ~settable)
        error = ERROR_NOT_SUPPORTED;
    else if ((mask & settable) != 0 &&
             !sock_set_mode(sock, SOCK_MODE_NO_INHERIT, !(flags & HANDLE_FLAG_INHERIT)))
        error = ERROR_NOT_ENOUGH_MEMORY;
    sock_unref(sock);
    return api_result_bool(error);
}
