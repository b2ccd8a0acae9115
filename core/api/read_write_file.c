/* SPDX-License-Identifier: MIT */
/*
 * ReadFile, WriteFile, ReadFileEx and WriteFileEx: docs/calls holds their checks in order. A socket
 * sends and receives as with WSASend and WSARecv without flags, and reports in Win32 codes.
 */
#include <winsock2.h>

#include <windows.h>

#include "core/api/data.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/event.h"
#include "core/verb/file_io.h"

struct rw_call {
    WSABUF buffer;
    OVERLAPPED *overlapped; /* NULL: synchronous */
    LPOVERLAPPED_COMPLETION_ROUTINE routine;
    bool write;
    DWORD done; /* out: bytes, when the call ends at once */
};

/* X(WSA code, Win32 code): what Windows reports for the same NTSTATUS through either interface;
 * errmap_rows.h has the statuses. Codes below WSABASEERR are Win32 codes already. */
/* clang-format off */
#define RW_ERRORS(X)                                 \
    X(WSAEINTR,        ERROR_OPERATION_ABORTED)      \
    X(WSAEACCES,       ERROR_ACCESS_DENIED)          \
    X(WSAEFAULT,       ERROR_NOACCESS)               \
    X(WSAEINVAL,       ERROR_INVALID_PARAMETER)      \
    X(WSAEWOULDBLOCK,  ERROR_NOT_READY)              \
    X(WSAENOTSOCK,     ERROR_INVALID_HANDLE)         \
    X(WSAEOPNOTSUPP,   ERROR_NOT_SUPPORTED)          \
    X(WSAENETDOWN,     ERROR_UNEXP_NET_ERR)          \
    X(WSAENETUNREACH,  ERROR_NETWORK_UNREACHABLE)    \
    X(WSAENETRESET,    ERROR_NETNAME_DELETED)        \
    X(WSAECONNABORTED, ERROR_CONNECTION_ABORTED)     \
    X(WSAECONNRESET,   ERROR_NETNAME_DELETED)        \
    X(WSAENOBUFS,      ERROR_NO_SYSTEM_RESOURCES)    \
    X(WSAENOTCONN,     ERROR_CONNECTION_INVALID)     \
    X(WSAESHUTDOWN,    ERROR_PIPE_NOT_CONNECTED)     \
    X(WSAETIMEDOUT,    ERROR_SEM_TIMEOUT)            \
    X(WSAECONNREFUSED, ERROR_CONNECTION_REFUSED)     \
    X(WSAEHOSTUNREACH, ERROR_HOST_UNREACHABLE)
#define RW_CASE(from, to) case from: return to;

static uint32_t rw_error(const struct sock *sock, const struct rw_call *call, int error)
{
    if (error < WSABASEERR)
        return (uint32_t)error;
    if (error == WSAEMSGSIZE)
        return call->write ? ERROR_INVALID_USER_BUFFER : ERROR_MORE_DATA;
    if (error == WSAECONNRESET && sock->type != SOCK_STREAM)
        return ERROR_PORT_UNREACHABLE;
    switch (error) {
        RW_ERRORS(RW_CASE)
    default: return ERROR_UNEXP_NET_ERR;
    }
}
/* clang-format on */

/* ---- Sockets ---- */

static int rw_check_socket(struct sock *sock, const struct rw_call *call,
                           const struct transfer *transfer)
{
    int error;

    if (call->routine != NULL &&
        (!(sock_flags(sock) & SOCK_OVERLAPPED) ||
         atomic_load_explicit(&sock->port, memory_order_acquire) != NULL)) /* IOCP-33 */
        return WSAEINVAL;
    if (startup_engine_lost())
        return WSAENETDOWN;
    error = call->write ? data_check_send(sock, 0, false, WSAEINVAL)
                        : data_check_recv(sock, transfer, 0, WSAEINVAL);
    if (error == 0 && !call->write && data_lost_partner(sock))
        error = WSAENOTCONN;
    if (error == 0 && call->buffer.len > INT32_MAX)
        error = WSAENOBUFS;
    if (error == 0 && call->buffer.len > 0 && call->buffer.buf == NULL)
        error = WSAEFAULT;
    return error;
}

/* A handle without the overlapped attribute: the call has ended when it returns, and its OVERLAPPED
 * tells of that too. */
static void rw_publish(OVERLAPPED *overlapped, struct event *event, uint32_t bytes, uint32_t status)
{
    overlapped->InternalHigh = bytes;
    __atomic_store_n(&overlapped->Internal, (ULONG_PTR)status, __ATOMIC_RELEASE); /* [O1] */
    if (event != NULL)
        waitable_set(&event->wait);
}

static int rw_transfer(struct sock *sock, const struct rw_call *call, struct transfer *transfer)
{
    return call->write ? transfer_send(sock, transfer) : transfer_recv(sock, transfer);
}

static int rw_wait_for(struct sock *sock, const struct rw_call *call, struct transfer *transfer)
{
    ULONG_PTR value = (ULONG_PTR)call->overlapped->hEvent & ~(ULONG_PTR)3;
    struct event *event = NULL;
    int error;

    if (value != 0 && (event = event_ref(value)) == NULL)
        return WSA_INVALID_HANDLE;
    if (event != NULL)
        waitable_reset(&event->wait);
    error = rw_transfer(sock, call, transfer);
    if (error == 0 || (error == WSAEMSGSIZE && !call->write))
        rw_publish(call->overlapped, event, transfer->bytes,
                   error == 0 ? 0 : TRANSFER_STATUS_BUFFER_OVERFLOW);
    event_unref(event);
    return error;
}

/* 0, ERROR_IO_PENDING or another Win32 code. Takes over the reference. */
static uint32_t rw_socket(struct sock *sock, struct rw_call *call)
{
    bool overlaps = call->overlapped != NULL && (sock_flags(sock) & SOCK_OVERLAPPED) != 0;
    struct transfer transfer = {.buffers = &call->buffer,
                                .count = 1,
                                .total_bytes = call->buffer.len,
                                .overlapped = overlaps ? call->overlapped : NULL,
                                .file_routine = call->routine};
    int error = rw_check_socket(sock, call, &transfer);
    uint32_t result;

    if (error == 0 && call->overlapped != NULL && !overlaps)
        error = rw_wait_for(sock, call, &transfer);
    else if (error == 0)
        error = rw_transfer(sock, call, &transfer);
    if (error == 0 || (error == WSAEMSGSIZE && !call->write))
        call->done = transfer.bytes;
    result = rw_error(sock, call, error);
    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return result;
}

/* ---- Any handle ---- */

static uint32_t rw_file(struct file *file, struct rw_call *call)
{
    struct file_io io = {.data = call->buffer.buf,
                         .bytes = call->buffer.len,
                         .overlapped = call->overlapped,
                         .routine = call->routine};
    uint32_t error = call->write ? file_write(file, &io) : file_read(file, &io);

    call->done = io.done;
    file_unref(file);
    return error;
}

static uint32_t rw_any(HANDLE handle, struct rw_call *call)
{
    struct sock *sock = sock_ref((SOCKET)handle);
    struct file *file = sock == NULL ? file_ref((uintptr_t)handle) : NULL;

    if (sock != NULL)
        return rw_socket(sock, call);
    return file != NULL ? rw_file(file, call) : ERROR_INVALID_HANDLE;
}

static BOOL rw_plain(HANDLE handle, struct rw_call *call, LPDWORD done)
{
    uint32_t error = ERROR_INVALID_PARAMETER;

    if (done != NULL)
        *done = 0; /* documented: before any check */
    if (done != NULL || call->overlapped != NULL)
        error = rw_any(handle, call);
    if (done != NULL && call->done != 0)
        *done = call->done;
    return api_result_bool(error);
}

static BOOL rw_ex(HANDLE handle, struct rw_call *call)
{
    uint32_t error = ERROR_INVALID_PARAMETER;

    if (call->overlapped != NULL && call->routine != NULL)
        error = rw_any(handle, call);
    if (error == ERROR_IO_PENDING)
        error = 0;
    thread_set_error(error); /* documented: looked at after success too */
    return error == 0;
}

BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD size, LPDWORD received,
                     LPOVERLAPPED overlapped)
{
    TRACE_CALL(ReadFile, file, buffer, size, received, overlapped);
    struct rw_call call = {.buffer = {size, buffer}, .overlapped = overlapped};

    return rw_plain(file, &call, received);
}

BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD size, LPDWORD sent,
                      LPOVERLAPPED overlapped)
{
    TRACE_CALL(WriteFile, file, buffer, size, sent, overlapped);
    struct rw_call call = {
        .buffer = {size, (char *)(uintptr_t)buffer}, .overlapped = overlapped, .write = true};

    return rw_plain(file, &call, sent);
}

BOOL WINAPI ReadFileEx(HANDLE file, LPVOID buffer, DWORD size, LPOVERLAPPED overlapped,
                       LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(ReadFileEx, file, buffer, size, overlapped, routine);
    struct rw_call call = {.buffer = {size, buffer}, .overlapped = overlapped, .routine = routine};

    return rw_ex(file, &call);
}

BOOL WINAPI WriteFileEx(HANDLE file, LPCVOID buffer, DWORD size, LPOVERLAPPED overlapped,
                        LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WriteFileEx, file, buffer, size, overlapped, routine);
    struct rw_call call = {.buffer = {size, (char *)(uintptr_t)buffer},
                           .overlapped = overlapped,
                           .routine = routine,
                           .write = true};

    return rw_ex(file, &call);
}
