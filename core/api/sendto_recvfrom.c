/* SPDX-License-Identifier: MIT */
/* WSASendTo and WSARecvFrom: the checks, in the order of their pages in docs/calls. */
#include <winsock2.h>

#include "core/api/data.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/datagram.h"

int WSAAPI WSASendTo(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                     const struct sockaddr *to, int tolen, LPWSAOVERLAPPED overlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSASendTo, s, buffers, count, sent, flags, to, tolen, overlapped, routine);
    struct transfer transfer = {
        .buffers = buffers, .count = count, .overlapped = overlapped, .routine = routine};
    struct sock *sock = NULL;
    struct name name;
    int error;

    if (startup_refuses(&error))
        return api_result(error);
    if ((sock = sock_ref(s)) == NULL)
        return api_result(WSAENOTSOCK);
    error = data_check_call(sock, &transfer, sent);
    if (error == 0)
        error = data_check_send(sock, flags, to != NULL, WSAEOPNOTSUPP);
    if (error == 0 && to != NULL && sock->type != SOCK_STREAM) { /* SEND-06 */
        error = datagram_destination(sock, &name, to, tolen);
        transfer.to = &name;
    }
    if (error == 0)
        error = data_sum_buffers(&transfer);
    if (error == 0 && transfer.to != NULL)
        error = datagram_bind(sock);
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

int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                       struct sockaddr *from, LPINT fromlen, LPWSAOVERLAPPED overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSARecvFrom, s, buffers, count, received, flags, from, fromlen, overlapped, routine);
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
    if (error == 0)
        error = data_check_from(sock, &transfer, from, fromlen);
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
