/* SPDX-License-Identifier: MIT */
/* WSARecvEx: recv whose flags only go out. docs/calls holds its checks in order. */
#include <winsock2.h>

#include <mswsock.h>

#include "core/api/data.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"

int PASCAL WSARecvEx(SOCKET s, char *buf, int len, int *flags)
{
    TRACE_CALL(WSARecvEx, s, buf, len, flags);
    WSABUF buffer = {.len = (ULONG)len, .buf = buf};
    struct transfer transfer = {.buffers = &buffer, .count = 1, .total_bytes = (uint64_t)len};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else
        error = data_check_recv(sock, &transfer, 0, WSAEINVAL);
    if (error == 0 && data_lost_partner(sock))
        error = WSAENOTCONN;
    if (error == 0 && data_pointer_is_wild(flags))
        error = WSAEFAULT;
    if (error == 0)
        error = data_check_buffer(buf, len);
    if (error == 0)
        error = transfer_recv(sock, &transfer);
    sock_unref(sock);
    if (error == 0 || error == WSAEMSGSIZE) {
        *flags = error == 0 ? 0 : MSG_PARTIAL;
        error = 0;
    }
    return api_result(error) == 0 ? (int)transfer.bytes : SOCKET_ERROR;
}
