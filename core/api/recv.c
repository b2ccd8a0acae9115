/* SPDX-License-Identifier: MIT */
/* recv and recvfrom: the checks, in the order of docs/calls/recv.md and recvfrom.md. */
#include <winsock2.h>

#include "core/api/data.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"

/* The number of bytes, or SOCKET_ERROR with the last error set; a cut datagram is an error too. */
static int recv_result(int error, const struct transfer *transfer)
{
    return api_result(error) == 0 ? (int)transfer->bytes : SOCKET_ERROR;
}

int WSAAPI recv(SOCKET s, char *buf, int len, int flags)
{
    TRACE_CALL(recv, s, buf, len, flags);
    WSABUF buffer = {.len = (ULONG)len, .buf = buf};
    struct transfer transfer = {.buffers = &buffer, .count = 1, .total_bytes = (uint64_t)len};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else
        error = data_check_recv(sock, &transfer, (DWORD)flags, WSAEINVAL);
    if (error == 0 && data_lost_partner(sock))
        error = WSAENOTCONN;
    if (error == 0)
        error = data_check_buffer(buf, len);
    if (error == 0) {
        transfer.lx_flags = data_lx_flags((DWORD)flags);
        error = transfer_recv(sock, &transfer);
    }
    sock_unref(sock);
    return recv_result(error, &transfer);
}

int WSAAPI recvfrom(SOCKET s, char *buf, int len, int flags, struct sockaddr *from, int *fromlen)
{
    TRACE_CALL(recvfrom, s, buf, len, flags, from, fromlen);
    WSABUF buffer = {.len = (ULONG)len, .buf = buf};
    struct transfer transfer = {.buffers = &buffer, .count = 1, .total_bytes = (uint64_t)len};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else
        error = data_check_recv(sock, &transfer, (DWORD)flags, WSAEINVAL);
    if (error == 0)
        error = data_check_from(sock, &transfer, from, fromlen);
    if (error == 0)
        error = data_check_buffer(buf, len);
    if (error == 0) {
        transfer.lx_flags = data_lx_flags((DWORD)flags);
        error = transfer_recv(sock, &transfer);
    }
    sock_unref(sock);
    return recv_result(error, &transfer);
}
