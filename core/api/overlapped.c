/* SPDX-License-Identifier: MIT */
/* Results of overlapped operations, and cancelling them: docs/calls holds the checks in order. */
#include <winsock2.h>

#include <windows.h>

#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/event.h"
#include "core/object/sock.h"
#include "core/verb/close.h"

#define OVERLAPPED_PENDING         0x103u
#define OVERLAPPED_BUFFER_OVERFLOW 0x80000005u

/* Internal with acquire: pairs with the release in op_publish(), [O1] there. */
static uint32_t overlapped_status(const OVERLAPPED *overlapped)
{
    return (uint32_t)__atomic_load_n(&overlapped->Internal, __ATOMIC_ACQUIRE);
}

/* Waits until the operation has ended: on its event, or on the socket when it has none. Returns 0
 * or WSA_INVALID_HANDLE. The event may be set by others too, so the status decides. */
static int overlapped_wait(struct sock *sock, const OVERLAPPED *overlapped)
{
    ULONG_PTR value = (ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)3;
    struct event *event = NULL;
    struct waitable *wait;

    if (value != 0 && (event = event_ref(value)) == NULL)
        return WSA_INVALID_HANDLE;
    wait = event != NULL ? &event->wait : &sock->wait;
    while (overlapped_status(overlapped) == OVERLAPPED_PENDING) {
        waitable_wait(&wait, 1, false, PARK_FOREVER);
        if (overlapped_status(overlapped) != OVERLAPPED_PENDING)
            break;
        /* Signalled for something else. Resetting first and looking again loses no signal. */
        waitable_reset(wait);
    }
    event_unref(event);
    return 0;
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
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (overlapped == NULL || bytes == NULL || flags == NULL)
        error = WSAEFAULT;
    else if (overlapped_status(overlapped) == OVERLAPPED_PENDING)
        error = wait ? overlapped_wait(sock, overlapped) : WSA_IO_INCOMPLETE;

    if (error == 0) {
        status = overlapped_status(overlapped);
        error = errmap_status_to_wsa(status);
        if (error == 0 || status == OVERLAPPED_BUFFER_OVERFLOW) {
            *bytes = (DWORD)overlapped->InternalHigh;
            *flags = 0;
        }
    }
    sock_unref(sock);
    return api_result(error) == 0;
}

BOOL WINAPI GetOverlappedResult(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes, BOOL wait)
{
    TRACE_CALL(GetOverlappedResult, file, overlapped, bytes, wait);
    struct sock *sock = sock_ref((SOCKET)file);
    uint32_t error = 0;

    if (sock == NULL)
        error = ERROR_INVALID_HANDLE;
    else if (overlapped == NULL || bytes == NULL)
        error = ERROR_INVALID_PARAMETER;
    else if (overlapped_status(overlapped) == OVERLAPPED_PENDING)
        error = wait ? (uint32_t)overlapped_wait(sock, overlapped) : ERROR_IO_INCOMPLETE;

    if (error == 0) {
        *bytes = (DWORD)overlapped->InternalHigh;
        error = errmap_status_to_win32(overlapped_status(overlapped));
    }
    sock_unref(sock);
    return api_result_bool(error);
}

BOOL WINAPI CancelIoEx(HANDLE file, LPOVERLAPPED overlapped)
{
    TRACE_CALL(CancelIoEx, file, overlapped);
    struct sock *sock = sock_ref((SOCKET)file);
    uint32_t error = 0;

    if (sock == NULL)
        error = ERROR_INVALID_HANDLE;
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
        error = ERROR_INVALID_HANDLE;
    else if (self != NULL)
        sock_cancel(sock, NULL, self->id); /* nothing to cancel is a success: SEND-09 */
    sock_unref(sock);
    return api_result_bool(error);
}

int WSAAPI closesocket(SOCKET s)
{
    TRACE_CALL(closesocket, s);
    int error = startup_error();

    if (error == 0 || error == WSAENETDOWN) /* what is left of it has to go all the same */
        error = sock_close(s);
    return api_result(error);
}
