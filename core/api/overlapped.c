/* SPDX-License-Identifier: MIT */
/* Results of overlapped operations, and cancelling them: docs/calls holds the checks in order. */
#include <winsock2.h>

#include <windows.h>

#include "core/base/apc.h"
#include "core/base/blocking.h"
#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/event.h"
#include "core/object/file.h"
#include "core/object/sharing.h"
#include "core/object/sock.h"
#include "core/object/thread_object.h"
#include "core/verb/close.h"

#define OVERLAPPED_PENDING         0x103u
#define OVERLAPPED_BUFFER_OVERFLOW 0x80000005u

/* Internal with acquire: pairs with the release in op_publish(), [O1] there. */
static uint32_t overlapped_status(const OVERLAPPED *overlapped)
{
    return (uint32_t)__atomic_load_n(&overlapped->Internal, __ATOMIC_ACQUIRE);
}

/* Waits until the operation has ended: on its event, or on `own`, which the handle itself stands
 * for, when it has none. 0, ERROR_INVALID_HANDLE, WAIT_TIMEOUT or WAIT_IO_COMPLETION: calls are
 * queued to this thread, which the caller now runs. The event may be set by others too, so the
 * status decides. */
static uint32_t overlapped_wait(struct waitable *own, const OVERLAPPED *overlapped,
                                int64_t deadline_ns, bool alertable)
{
    ULONG_PTR value = (ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)3;
    struct event *event = NULL;
    struct waitable *wait;
    uint32_t error = 0;

    if (value != 0 && (event = event_ref(value)) == NULL)
        return ERROR_INVALID_HANDLE;
    wait = event != NULL ? &event->wait : own;
    while (error == 0 && overlapped_status(overlapped) == OVERLAPPED_PENDING) {
        int index = alertable ? waitable_wait_alertable(&wait, 1, false, deadline_ns)
                              : waitable_wait(&wait, 1, false, deadline_ns);

        if (overlapped_status(overlapped) != OVERLAPPED_PENDING)
            break;
        if (index == WAITABLE_INDEX_ALERTED)
            error = WAIT_IO_COMPLETION;
        else if (index == WAITABLE_INDEX_TIMEOUT)
            error = WAIT_TIMEOUT;
        else /* Signalled for something else. Resetting first and looking again loses no signal. */
            waitable_reset(wait);
    }
    event_unref(event);
    return error;
}

BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD bytes, BOOL wait,
                                   LPDWORD flags)
{
    TRACE_CALL(WSAGetOverlappedResult, s, overlapped, bytes, wait, flags);
    struct sock *sock = NULL;
    uint32_t status = 0;
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL || (s != sock->handle && sharing_is_copy(s)))
        error = WSAENOTSOCK; /* also a copy of DuplicateHandle()'s: CLOSE-01 */
    else if (overlapped == NULL || bytes == NULL || flags == NULL)
        error = WSAEFAULT;
    else if (overlapped_status(overlapped) == OVERLAPPED_PENDING)
        error = wait ? (int)overlapped_wait(&sock->wait, overlapped, PARK_FOREVER, false)
                     : WSA_IO_INCOMPLETE;

    if (error == 0) {
        status = overlapped_status(overlapped);
        error = errmap_status_to_wsa(status);
        if (error == 0 || status == OVERLAPPED_BUFFER_OVERFLOW)
            *bytes = (DWORD)overlapped->InternalHigh;
        if (error == 0) /* only then: RECVMSG-06 */
            *flags = 0;
    }
    sock_unref(sock);
    return api_result(error) == 0;
}

/* What can be waited for with the handle of a socket or a file, with a reference that
 * handle_unref(*reference) gives back; NULL: it is neither. */
static struct waitable *overlapped_object(HANDLE handle, uint32_t *reference)
{
    struct sock *sock = sock_ref((SOCKET)handle);
    struct file *file = sock == NULL ? file_ref((uintptr_t)handle) : NULL;

    if (sock != NULL) {
        *reference = sock->handle;
        return &sock->wait;
    }
    if (file == NULL)
        return NULL;
    *reference = file->handle;
    return &file->wait;
}

/* 0 or a Win32 code. A time-out of 0 only looks. */
static uint32_t overlapped_result(HANDLE handle, const OVERLAPPED *overlapped, DWORD *bytes,
                                  DWORD timeout, BOOL alertable)
{
    uint32_t reference = 0;
    struct waitable *own = overlapped_object(handle, &reference);
    uint32_t error = 0;

    if (own == NULL)
        return ERROR_INVALID_HANDLE;
    if (overlapped == NULL || bytes == NULL)
        error = ERROR_INVALID_PARAMETER;
    else if (overlapped_status(overlapped) == OVERLAPPED_PENDING)
        error = timeout == 0 ? ERROR_IO_INCOMPLETE
                             : overlapped_wait(own, overlapped, thread_deadline_ns(timeout),
                                               alertable != FALSE);
    handle_unref(reference);
    if (error == WAIT_IO_COMPLETION)
        apc_run(thread_self()); /* when nothing of the wait is left: these calls may wait too */
    if (error != 0)
        return error;
    *bytes = (DWORD)overlapped->InternalHigh;
    return errmap_status_to_win32(overlapped_status(overlapped));
}

BOOL WINAPI GetOverlappedResult(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes, BOOL wait)
{
    TRACE_CALL(GetOverlappedResult, file, overlapped, bytes, wait);
    return api_result_bool(overlapped_result(file, overlapped, bytes, wait ? INFINITE : 0, FALSE));
}

BOOL WINAPI GetOverlappedResultEx(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes,
                                  DWORD timeout, BOOL alertable)
{
    TRACE_CALL(GetOverlappedResultEx, file, overlapped, bytes, timeout, alertable);
    return api_result_bool(overlapped_result(file, overlapped, bytes, timeout, alertable));
}

/* ---- Cancelling ---- */

/* A file's operations have ended when their call returns, so there is nothing to cancel. */
static bool cancel_is_file(HANDLE handle)
{
    struct file *file = file_ref((uintptr_t)handle);

    file_unref(file);
    return file != NULL;
}

BOOL WINAPI CancelIoEx(HANDLE file, LPOVERLAPPED overlapped)
{
    TRACE_CALL(CancelIoEx, file, overlapped);
    struct sock *sock = sock_ref((SOCKET)file);
    uint32_t error = 0;

    if (sock == NULL)
        error = cancel_is_file(file) ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE;
    else if (sock_cancel(sock, overlapped, 0) == 0)
        error = ERROR_NOT_FOUND;
    sock_unref(sock);
    return api_result_bool(error);
}

BOOL WINAPI CancelIo(HANDLE file)
{
    TRACE_CALL(CancelIo, file);
    struct sock *sock = sock_ref((SOCKET)file);
    struct thread *self = thread_self();
    uint32_t error = 0;

    if (sock == NULL)
        error = cancel_is_file(file) ? 0 : ERROR_INVALID_HANDLE;
    else if (self != NULL)
        sock_cancel(sock, NULL, self->id); /* nothing to cancel is a success: SEND-09 */
    sock_unref(sock);
    return api_result_bool(error);
}

static uint32_t cancel_thread(HANDLE handle)
{
    struct thread *self = handle == GetCurrentThread() ? thread_self() : NULL;
    struct thread_object *object = self == NULL ? thread_object_ref((uintptr_t)handle) : NULL;
    struct waitable *started;
    bool found;

    if (self != NULL) /* in a routine that runs inside a blocking call */
        return blocking_cancel_other(self, self->id) ? 0 : ERROR_NOT_FOUND;
    if (object == NULL)
        return handle == GetCurrentThread() ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE;
    started = &object->started;
    waitable_wait(&started, 1, false, PARK_FOREVER); /* no longer than it takes to start */
    found = object->thread != NULL && blocking_cancel_other(object->thread, object->life);
    thread_object_unref(object);
    return found ? 0 : ERROR_NOT_FOUND;
}

BOOL WINAPI CancelSynchronousIo(HANDLE thread)
{
    TRACE_CALL(CancelSynchronousIo, thread);
    return api_result_bool(cancel_thread(thread));
}

int WSAAPI closesocket(SOCKET s)
{
    TRACE_CALL(closesocket, s);
    int error = startup_error();

    if (error == 0 || error == WSAENETDOWN) /* what is left of it has to go all the same */
        error = sock_close(s);
    return api_result(error);
}
