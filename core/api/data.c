/* SPDX-License-Identifier: MIT */
/*
 * The checks that send, recv, sendto, recvfrom and their WSA forms share. Each returns 0 or a WSA
 * code and changes nothing; which comes when is the entry points' business.
 */
#include "core/api/data.h"

#include "core/verb/multipoint.h"
#include "core/verb/name.h"
#include "ring/host/net.h"

enum {
    BUFFERS_MAX = 1024, /* as many as the kernel takes in one call */
    SEND_FLAGS = MSG_OOB | MSG_DONTROUTE | MSG_PARTIAL,
    RECV_FLAGS = MSG_OOB | MSG_PEEK | MSG_WAITALL | MSG_PARTIAL | MSG_PUSH_IMMEDIATE,
};

int data_check_call(struct sock *sock, struct transfer *transfer, LPDWORD bytes)
{
    if (!(sock_flags(sock) & SOCK_OVERLAPPED))
        transfer->overlapped = NULL;
    if (transfer->count == 0)
        return WSAEINVAL;
    if (data_pointer_is_wild(transfer->buffers))
        return WSAEFAULT;
    if (transfer->overlapped == NULL || bytes != NULL) {
        if (data_pointer_is_wild(bytes))
            return WSAEFAULT;
    }
    if (transfer->overlapped != NULL && data_pointer_is_wild(transfer->overlapped))
        return WSAEFAULT;
    if (transfer->count > BUFFERS_MAX)
        return WSAENOBUFS;
    if (transfer->overlapped != NULL && transfer->routine != NULL &&
        atomic_load_explicit(&sock->port, memory_order_acquire) != NULL)
        return WSAEINVAL; /* RECV-07 */
    return 0;
}

int data_sum_buffers(struct transfer *transfer)
{
    transfer->total_bytes = 0;
    for (DWORD i = 0; i < transfer->count; i++) {
        if (transfer->buffers[i].len > 0 && transfer->buffers[i].buf == NULL)
            return WSAEFAULT;
        transfer->total_bytes += transfer->buffers[i].len;
    }
    return transfer->total_bytes > INT32_MAX ? WSAENOBUFS : 0;
}

int data_check_buffer(const void *buffer, int bytes)
{
    /* EVENTS-21: no buffer is that long. */
    return bytes < 0 || (bytes > 0 && buffer == NULL) ? WSAEFAULT : 0;
}

/* Does the socket read urgent data in the stream? The kernel knows, and nobody else needs to. */
static bool data_urgent_inline(struct sock *sock)
{
    int on = 0;
    uint32_t on_bytes = sizeof on;

    (void)host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_OOBINLINE, &on, &on_bytes);
    return on != 0;
}

/* MSG_OOB, on a socket that has passed all other checks of its state. */
static int data_check_urgent(struct sock *sock, DWORD flags, int unknown)
{
    if ((flags & MSG_OOB) == 0)
        return 0;
    if (sock->type != SOCK_STREAM)
        return WSAEOPNOTSUPP;
    return unknown == WSAEINVAL && data_urgent_inline(sock) ? WSAEINVAL : 0;
}

int data_check_send(struct sock *sock, DWORD flags, bool named, int unknown)
{
    uint32_t state = sock_flags(sock);

    if (state & SOCK_SHUT_SEND)
        return WSAESHUTDOWN;
    if (!(state & SOCK_CONNECTED) && !(named && sock->type != SOCK_STREAM) &&
        !multipoint_sends(sock))
        return WSAENOTCONN;
    if ((flags & ~(DWORD)SEND_FLAGS) != 0)
        return unknown;
    if ((flags & MSG_PARTIAL) != 0)
        return WSAEOPNOTSUPP;
    return data_check_urgent(sock, flags, unknown);
}

int data_check_recv(struct sock *sock, const struct transfer *transfer, DWORD flags, int unknown)
{
    uint32_t state = sock_flags(sock);

    if (state & SOCK_SHUT_RECV)
        return WSAESHUTDOWN;
    if (sock->type == SOCK_STREAM && !(state & SOCK_CONNECTED))
        return WSAENOTCONN;
    if (sock->type != SOCK_STREAM && !(state & (SOCK_BOUND | SOCK_CONNECTED)))
        return WSAEINVAL;
    if ((flags & ~(DWORD)RECV_FLAGS) != 0)
        return unknown;
    if ((flags & MSG_PEEK) != 0 && transfer->overlapped != NULL)
        return WSAEOPNOTSUPP;
    if ((flags & MSG_WAITALL) != 0 &&
        (sock->type != SOCK_STREAM || (flags & (MSG_OOB | MSG_PEEK | MSG_PARTIAL)) != 0 ||
         (state & SOCK_NONBLOCKING) != 0))
        return WSAEOPNOTSUPP;
    return data_check_urgent(sock, flags, unknown);
}

int data_check_from(struct sock *sock, struct transfer *transfer, struct sockaddr *from,
                    int *from_bytes)
{
    if (from == NULL || sock->type == SOCK_STREAM) /* SEND-06 */
        return 0;
    if (data_pointer_is_wild(from) || data_pointer_is_wild(from_bytes) ||
        *from_bytes < name_bytes(sock->family)) /* UDP-01: before a datagram is taken */
        return WSAEFAULT;
    transfer->from = from;
    transfer->from_bytes = from_bytes;
    return 0;
}

void data_report_recv(const struct transfer *transfer, int error, LPDWORD bytes, LPDWORD flags)
{
    if (error != 0 && error != WSAEMSGSIZE)
        return;
    if (bytes != NULL)
        *bytes = transfer->bytes;
    *flags = error == 0 ? 0 : MSG_PARTIAL;
}
