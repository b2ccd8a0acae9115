/* SPDX-License-Identifier: MIT */
/* WSASend and WSARecv: the checks, in the order of docs/calls/WSASend.md and WSARecv.md. */
#include <winsock2.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/verb/transfer.h"
#include "ring/host/lx.h"

enum {
    BUFFERS_MAX = 1024,         /* as many as the kernel takes in one call */
    POINTER_MIN = 65536,        /* below that nothing is ever mapped on Windows */
    SEND_FLAGS = MSG_OOB | MSG_DONTROUTE | MSG_PARTIAL,
    RECV_FLAGS = MSG_OOB | MSG_PEEK | MSG_WAITALL | MSG_PARTIAL | MSG_PUSH_IMMEDIATE,
};

static bool pointer_is_wild(const void *pointer)
{
    return (ULONG_PTR)pointer < POINTER_MIN;
}

/* The buffer array, the byte count and the overlapped part: the same for both calls. */
static int check_arguments(struct sock *sock, const struct transfer *transfer, LPDWORD bytes,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    if (transfer->count == 0)
        return WSAEINVAL;
    if (transfer->buffers == NULL || pointer_is_wild(transfer->buffers))
        return WSAEFAULT;
    if (transfer->overlapped == NULL ? bytes == NULL || pointer_is_wild(bytes)
                                     : pointer_is_wild(transfer->overlapped))
        return WSAEFAULT;
    if (transfer->count > BUFFERS_MAX)
        return WSAENOBUFS;
    if (transfer->overlapped != NULL && routine != NULL) {
        if (atomic_load_explicit(&sock->port, memory_order_acquire) != NULL)
            return WSAEINVAL; /* RECV-07 */
        return WSAEOPNOTSUPP; /* completion routines are not supported yet */
    }
    return 0;
}

static int sum_buffers(struct transfer *transfer)
{
    transfer->total_bytes = 0;
    for (DWORD i = 0; i < transfer->count; i++) {
        if (transfer->buffers[i].len > 0 && transfer->buffers[i].buf == NULL)
            return WSAEFAULT;
        transfer->total_bytes += transfer->buffers[i].len;
    }
    return transfer->total_bytes > INT32_MAX ? WSAENOBUFS : 0;
}

static int check_send_state(struct sock *sock, DWORD flags)
{
    uint32_t state = sock_flags(sock);

    if (state & SOCK_SHUT_SEND)
        return WSAESHUTDOWN;
    if (!(state & SOCK_CONNECTED))
        return WSAENOTCONN;
    if ((flags & ~(DWORD)SEND_FLAGS) != 0 || (flags & MSG_PARTIAL) != 0)
        return WSAEOPNOTSUPP;
    if ((flags & MSG_OOB) != 0 && sock->type != SOCK_STREAM)
        return WSAEOPNOTSUPP;
    return 0;
}

int WSAAPI WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                   LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct transfer transfer = {.buffers = buffers, .count = count, .overlapped = overlapped};
    struct sock *sock = NULL;
    int error;

    if (!startup_active())
        return api_result(WSANOTINITIALISED);
    if ((sock = sock_ref(s)) == NULL)
        return api_result(WSAENOTSOCK);
    error = check_arguments(sock, &transfer, sent, routine);
    if (error == 0)
        error = check_send_state(sock, flags);
    if (error == 0)
        error = sum_buffers(&transfer);
    if (error == 0) {
        transfer.lx_flags = (flags & MSG_OOB ? LX_MSG_OOB : 0) |
                            (flags & MSG_DONTROUTE ? LX_MSG_DONTROUTE : 0);
        error = transfer_send(sock, &transfer);
    }
    if (error == 0 && sent != NULL)
        *sent = transfer.bytes;
    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error);
}

static int check_recv_flags(struct sock *sock, const struct transfer *transfer, DWORD flags)
{
    if ((flags & ~(DWORD)RECV_FLAGS) != 0)
        return WSAEOPNOTSUPP;
    if ((flags & MSG_OOB) != 0 && sock->type != SOCK_STREAM)
        return WSAEOPNOTSUPP;
    if ((flags & MSG_PEEK) != 0 && transfer->overlapped != NULL)
        return WSAEOPNOTSUPP;
    if ((flags & MSG_WAITALL) != 0 &&
        (sock->type != SOCK_STREAM || (flags & (MSG_OOB | MSG_PEEK | MSG_PARTIAL)) != 0 ||
         (sock_flags(sock) & SOCK_NONBLOCKING) != 0))
        return WSAEOPNOTSUPP;
    return 0;
}

static int check_recv_state(struct sock *sock, const struct transfer *transfer, DWORD flags)
{
    uint32_t state = sock_flags(sock);

    if (state & SOCK_SHUT_RECV)
        return WSAESHUTDOWN;
    if (sock->type == SOCK_STREAM && !(state & SOCK_CONNECTED))
        return WSAENOTCONN;
    if (sock->type != SOCK_STREAM && !(state & SOCK_BOUND))
        return WSAEINVAL;
    return check_recv_flags(sock, transfer, flags);
}

int WSAAPI WSARecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                   LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct transfer transfer = {.buffers = buffers, .count = count, .overlapped = overlapped};
    struct sock *sock = NULL;
    DWORD asked = 0;
    int error;

    if (!startup_active())
        return api_result(WSANOTINITIALISED);
    if ((sock = sock_ref(s)) == NULL)
        return api_result(WSAENOTSOCK);
    error = check_arguments(sock, &transfer, received, routine);
    if (error == 0 && (flags == NULL || pointer_is_wild(flags)))
        error = WSAEFAULT;
    if (error == 0) {
        asked = *flags;
        error = check_recv_state(sock, &transfer, asked);
    }
    if (error == 0)
        error = sum_buffers(&transfer);
    if (error == 0) {
        transfer.lx_flags = (asked & MSG_OOB ? LX_MSG_OOB : 0) |
                            (asked & MSG_PEEK ? LX_MSG_PEEK : 0) |
                            (asked & MSG_WAITALL ? LX_MSG_WAITALL : 0);
        error = transfer_recv(sock, &transfer);
    }
    if (error == 0 || error == WSAEMSGSIZE) {
        if (received != NULL)
            *received = transfer.bytes;
        *flags = error == 0 ? 0 : MSG_PARTIAL;
    }
    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error);
}
