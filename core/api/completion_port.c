/* SPDX-License-Identifier: MIT */
/* Completion port calls: docs/calls holds their checks in order. They work without WSAStartup. */
#include <winsock2.h>

#include <windows.h>

#include "core/base/apc.h"
#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/object/file.h"
#include "core/object/port.h"
#include "core/object/sock.h"

/* What is tied: one of the two, with a reference. */
struct port_client {
    struct sock *sock;
    struct file *file;
};

static bool port_client_ref(struct port_client *client, HANDLE handle)
{
    client->sock = sock_ref((SOCKET)handle);
    client->file = client->sock == NULL ? file_ref((uintptr_t)handle) : NULL;
    return client->sock != NULL || client->file != NULL;
}

/* Ties a socket to a port, once for its life. Takes over the reference to the port on success. */
static uint32_t port_associate_sock(struct sock *sock, struct port *port, ULONG_PTR key)
{
    uint32_t error = ERROR_INVALID_PARAMETER;

    if (!(sock_flags(sock) & SOCK_OVERLAPPED)) /* documented */
        return error;
    host_lock_acquire(&sock->lock);
    if (atomic_load_explicit(&sock->port, memory_order_relaxed) == NULL) {
        sock->key = key; /* [S2] */
        atomic_store_explicit(&sock->port, port, memory_order_release);
        error = 0;
    }
    host_lock_release(&sock->lock);
    return error;
}

static uint32_t port_associate(const struct port_client *client, struct port *port, ULONG_PTR key)
{
    if (client->sock != NULL)
        return port_associate_sock(client->sock, port, key);
    if (!client->file->overlapped)
        return ERROR_INVALID_PARAMETER;
    return file_associate(client->file, port, key) ? 0 : ERROR_INVALID_PARAMETER;
}

HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE existing, ULONG_PTR key, DWORD threads)
{
    TRACE_CALL(CreateIoCompletionPort, file, existing, key, threads);
    struct port *port = NULL;
    struct port_client client = {NULL, NULL};
    uint32_t handle = 0;
    uint32_t error = 0;

    if (file == INVALID_HANDLE_VALUE && existing != NULL)
        error = ERROR_INVALID_PARAMETER;
    else if (existing != NULL && (port = port_ref((ULONG_PTR)existing)) == NULL)
        error = ERROR_INVALID_HANDLE;
    else if (file != INVALID_HANDLE_VALUE && !port_client_ref(&client, file))
        error = ERROR_INVALID_HANDLE;
    else if (existing == NULL && (handle = port_open(threads)) == 0)
        error = ERROR_NOT_ENOUGH_MEMORY;
    else if (existing == NULL)
        port = port_ref(handle);

    if (error == 0 && file != INVALID_HANDLE_VALUE) {
        error = port_associate(&client, port, key);
        if (error == 0)
            handle_ref_again(port_handle(port)); /* the client's */
        else if (handle != 0 && handle_close(handle, HANDLE_PORT) != NULL)
            handle_unref(handle); /* the port that this call made */
    }
    if (error == 0)
        handle = port_handle(port);
    port_unref(port);
    sock_unref(client.sock);
    file_unref(client.file);
    api_result_bool(error);
    return error == 0 ? (HANDLE)(ULONG_PTR)handle : NULL;
}

BOOL WINAPI GetQueuedCompletionStatus(HANDLE handle, LPDWORD bytes, PULONG_PTR key,
                                      LPOVERLAPPED *overlapped, DWORD timeout)
{
    TRACE_CALL(GetQueuedCompletionStatus, handle, bytes, key, overlapped, timeout);
    bool counted;
    struct port *port = port_ref_to_take((ULONG_PTR)handle, &counted);
    OVERLAPPED_ENTRY entry;
    unsigned taken = 0;
    uint32_t error = ERROR_INVALID_HANDLE;

    if (overlapped == NULL || bytes == NULL || key == NULL) {
        if (counted)
            port_unref(port);
        return api_result_bool(port == NULL ? ERROR_INVALID_HANDLE : ERROR_INVALID_PARAMETER);
    }
    if (port != NULL)
        error = port_take(port, &entry, 1, &taken, thread_deadline_ns(timeout), false);
    if (counted)
        port_unref(port);
    if (error != 0) {
        *overlapped = NULL; /* the other two stay as they are */
        return api_result_bool(error);
    }
    *bytes = entry.dwNumberOfBytesTransferred;
    *key = entry.lpCompletionKey;
    *overlapped = entry.lpOverlapped;
    return api_result_bool(errmap_status_to_win32((uint32_t)entry.Internal));
}

BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE handle, LPOVERLAPPED_ENTRY entries, ULONG count,
                                        PULONG removed, DWORD timeout, BOOL alertable)
{
    TRACE_CALL(GetQueuedCompletionStatusEx, handle, entries, count, removed, timeout, alertable);
    bool counted;
    struct port *port = port_ref_to_take((ULONG_PTR)handle, &counted);
    unsigned taken = 0;
    uint32_t error = ERROR_INVALID_HANDLE;

    if (port != NULL && (entries == NULL || removed == NULL || count == 0))
        error = ERROR_INVALID_PARAMETER;
    else if (port != NULL)
        error = port_take(port, entries, count, &taken, thread_deadline_ns(timeout), alertable);
    if (counted)
        port_unref(port);
    if (error == WAIT_IO_COMPLETION)
        apc_run(thread_self());
    if (error == 0)
        *removed = taken;
    return api_result_bool(error);
}

BOOL WINAPI PostQueuedCompletionStatus(HANDLE handle, DWORD bytes, ULONG_PTR key,
                                       LPOVERLAPPED overlapped)
{
    TRACE_CALL(PostQueuedCompletionStatus, handle, bytes, key, overlapped);
    struct port *port = port_ref((ULONG_PTR)handle);
    struct op *packet;

    if (port == NULL)
        return api_result_bool(ERROR_INVALID_HANDLE);
    packet = op_take();
    if (packet != NULL) {
        packet->bytes = bytes;
        packet->to.key = key;
        packet->overlapped = overlapped;
        port_post(port, packet);
    }
    port_unref(port);
    return api_result_bool(packet == NULL ? ERROR_NOT_ENOUGH_MEMORY : 0);
}

BOOL WINAPI SetFileCompletionNotificationModes(HANDLE file, UCHAR flags)
{
    TRACE_CALL(SetFileCompletionNotificationModes, file, flags);
    struct port_client client;
    uint32_t error = 0;

    if (!port_client_ref(&client, file))
        error = ERROR_INVALID_HANDLE;
    else if ((flags & ~(FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE)) != 0)
        error = ERROR_INVALID_PARAMETER;
    else if (client.file != NULL) /* cannot be unset */
        atomic_fetch_or_explicit(&client.file->modes, flags, memory_order_acq_rel);
    else
        sock_set(client.sock, (flags & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS ? SOCK_SKIP_PORT : 0u) |
                                  (flags & FILE_SKIP_SET_EVENT_ON_HANDLE ? SOCK_SKIP_EVENT : 0u));
    sock_unref(client.sock);
    file_unref(client.file);
    return api_result_bool(error);
}
