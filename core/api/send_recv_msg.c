/* SPDX-License-Identifier: MIT */
/* WSASendMsg and WSARecvMsg: the checks, in the order of their pages in docs/calls. */
#include <winsock2.h>

#include "core/api/data.h"
#include "core/api/extension.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/control.h"
#include "core/verb/datagram.h"

/* Control data: a pointer where there is a length. */
static int msg_check_control(const WSAMSG *message)
{
    return message->Control.len > 0 && data_pointer_is_wild(message->Control.buf) ? WSAEFAULT : 0;
}

/* What both calls check first. On failure too *sock is the caller's to give back, if it is set. */
static int msg_begin(SOCKET s, const WSAMSG *message, DWORD *bytes, struct sock **sock,
                     struct transfer *transfer)
{
    int error;

    *sock = NULL;
    if (startup_refuses(&error))
        return error;
    if ((*sock = sock_ref(s)) == NULL)
        return WSAENOTSOCK;
    if (data_pointer_is_wild(message))
        return WSAEFAULT;
    transfer->buffers = message->lpBuffers;
    transfer->count = message->dwBufferCount;
    return data_check_call(*sock, transfer, bytes);
}

/* The end of both: an operation that is pending has the reference to the socket. */
static int msg_end(struct sock *sock, int error)
{
    if (sock != NULL && error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error);
}

/* ---- WSASendMsg ---- */

static int msg_check_send(struct sock *sock, const WSAMSG *message, DWORD flags, struct name *name,
                          struct transfer *transfer)
{
    int error = data_check_send(sock, flags, message->name != NULL, WSAEOPNOTSUPP);

    if (error == 0 && sock->type == SOCK_STREAM)
        error = WSAEOPNOTSUPP;
    if (error == 0 && message->name == NULL && message->namelen != 0)
        error = WSAEFAULT;
    if (error == 0 && message->name != NULL) {
        error = datagram_destination(sock, name, message->name, message->namelen);
        transfer->to = name;
    }
    if (error == 0)
        error = data_sum_buffers(transfer);
    return error == 0 ? msg_check_control(message) : error;
}

static int msg_send(struct sock *sock, const WSAMSG *message, DWORD flags,
                    struct transfer *transfer)
{
    struct control_room room;
    struct name name;
    int error = msg_check_send(sock, message, flags, &name, transfer);

    if (error == 0 && message->Control.len > 0)
        error = control_to_linux(sock, &message->Control, &room, &transfer->control_bytes);
    if (error == 0 && transfer->to != NULL)
        error = datagram_bind(sock);
    if (error != 0)
        return error;
    transfer->control = room.data;
    transfer->lx_flags = data_lx_flags(flags);
    return transfer_send(sock, transfer);
}

int WSAAPI WSASendMsg(SOCKET s, LPWSAMSG message, DWORD flags, LPDWORD sent,
                      LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSASendMsg, s, message, flags, sent, overlapped, routine);
    struct transfer transfer = {.overlapped = overlapped, .routine = routine};
    struct sock *sock;
    int error = msg_begin(s, message, sent, &sock, &transfer);

    if (error == 0)
        error = msg_send(sock, message, flags, &transfer);
    if (error == 0 && sent != NULL)
        *sent = transfer.bytes;
    return msg_end(sock, error);
}

/* ---- WSARecvMsg ---- */

static int msg_check_receive(struct sock *sock, WSAMSG *message, struct transfer *transfer)
{
    int error = data_check_recv(sock, transfer, message->dwFlags & MSG_PEEK, WSAEOPNOTSUPP);

    /* Anything but MSG_PEEK, and that on streams: documented. */
    if (error == 0 && (sock->type == SOCK_STREAM || (message->dwFlags & ~(ULONG)MSG_PEEK) != 0))
        error = WSAEOPNOTSUPP;
    if (error == 0 && message->name == NULL && message->namelen != 0)
        error = WSAEFAULT;
    if (error == 0)
        error = data_check_from(sock, transfer, message->name, &message->namelen);
    if (error == 0)
        error = data_sum_buffers(transfer);
    return error == 0 ? msg_check_control(message) : error;
}

static int msg_receive(struct sock *sock, WSAMSG *message, struct transfer *transfer)
{
    struct control_room room;
    int error = msg_check_receive(sock, message, transfer);

    if (error != 0)
        return error;
    control_ask_place(sock);
    transfer->message = message;
    transfer->control = room.data;
    transfer->lx_flags = data_lx_flags(message->dwFlags);
    return transfer_recv(sock, transfer);
}

INT PASCAL extension_recvmsg(SOCKET s, LPWSAMSG message, LPDWORD received,
                             LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(extension_recvmsg, s, message, received, overlapped, routine);
    struct transfer transfer = {.overlapped = overlapped, .routine = routine};
    struct sock *sock;
    int error = msg_begin(s, message, received, &sock, &transfer);

    if (error == 0)
        error = msg_receive(sock, message, &transfer);
    if ((error == 0 || error == WSAEMSGSIZE) && received != NULL)
        *received = transfer.bytes;
    return msg_end(sock, error);
}
