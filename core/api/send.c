/* SPDX-License-Identifier: MIT */
/* send and sendto: the checks, in the order of docs/calls/send.md and sendto.md. */
#include <winsock2.h>

#include "core/api/data.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/datagram.h"

/* The number of bytes, or SOCKET_ERROR with the last error set. */
static int send_result(int error, const struct transfer *transfer)
{
    return api_result(error) == 0 ? (int)transfer->bytes : SOCKET_ERROR;
}

int WSAAPI send(SOCKET s, const char *buf, int len, int flags)
{
    TRACE_CALL(send, s, buf, len, flags);
    WSABUF buffer = {.len = (ULONG)len, .buf = (char *)(uintptr_t)buf};
    struct transfer transfer = {.buffers = &buffer, .count = 1, .total_bytes = (uint64_t)len};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else
        error = data_check_send(sock, (DWORD)flags, false, WSAEINVAL);
    if (error == 0)
        error = data_check_buffer(buf, len);
    if (error == 0) {
        transfer.lx_flags = data_lx_flags((DWORD)flags);
        error = transfer_send(sock, &transfer);
    }
    sock_unref(sock);
    return send_result(error, &transfer);
}

int WSAAPI sendto(SOCKET s, const char *buf, int len, int flags, const struct sockaddr *to,
                  int tolen)
{
    TRACE_CALL(sendto, s, buf, len, flags, to, tolen);
    WSABUF buffer = {.len = (ULONG)len, .buf = (char *)(uintptr_t)buf};
    struct transfer transfer = {.buffers = &buffer, .count = 1, .total_bytes = (uint64_t)len};
    struct sock *sock = NULL;
    struct name name;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else
        error = data_check_send(sock, (DWORD)flags, to != NULL, WSAEINVAL);
    if (error == 0 && to != NULL && sock->type != SOCK_STREAM) { /* SEND-06 */
        error = datagram_destination(sock, &name, to, tolen);
        transfer.to = &name;
    }
    if (error == 0)
        error = data_check_buffer(buf, len);
    if (error == 0 && transfer.to != NULL)
        error = datagram_bind(sock);
    if (error == 0) {
        transfer.lx_flags = data_lx_flags((DWORD)flags);
        error = transfer_send(sock, &transfer);
    }
    sock_unref(sock);
    return send_result(error, &transfer);
}
