/* SPDX-License-Identifier: MIT */
/* WSASend and WSARecv: the checks, in the order of docs/calls/WSASend.md and WSARecv.md. */
#include <winsock2.h>

#include "core/api/data.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"

int WSAAPI WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                   LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSASend, s, buffers, count, sent, flags, overlapped, routine);
    struct transfer transfer = {
        .buffers = buffers, .count = count, .overlapped = overlapped, .routine = routine};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        return api_result(error);
    if ((sock = sock_ref(s)) == NULL)
        return api_result(WSAENOTSOCK);
    error = data_check_call(sock, &transfer, sent);
    if (error == 0)
        error = data_check_send(sock, flags, false, WSAEOPNOTSUPP);
    if (error == 0)
        error = data_sum_buffers(&transfer);
    if (error == 0) {
        transfer.lx_flags = data_lx_flags(flags);
        error = transfer_send(sock, &transfer);
    }
    if (error == 0 && sent != NULL)
        *sent = transfer.bytes;
    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error);
}

int WSAAPI WSARecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                   LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSARecv, s, buffers, count, received, flags, overlapped, routine);
    struct transfer transfer = {
        .buffers = buffers, .count = count, .overlapped = overlapped, .routine = routine};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        return api_result(error);
    if ((sock = sock_ref(s)) == NULL)
        return api_result(WSAENOTSOCK);
    error = data_check_call(sock, &transfer, received);
    if (error == 0 && data_pointer_is_wild(flags))
        error = WSAEFAULT;
    if (error == 0)
        error = data_check_recv(sock, &transfer, *flags, WSAEOPNOTSUPP);
    if (error == 0 && data_lost_partner(sock))
        error = WSAENOTCONN;
    if (error == 0)
        error = data_sum_buffers(&transfer);
    if (error == 0) {
        transfer.lx_flags = data_lx_flags(*flags);
        error = transfer_recv(sock, &transfer);
    }
    data_report_recv(&transfer, error, received, flags);
    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error);
}
