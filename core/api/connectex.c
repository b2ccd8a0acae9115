/* SPDX-License-Identifier: MIT */
/* ConnectEx and DisconnectEx: docs/calls holds their checks in order. */
#include "core/api/extension.h"

#include "core/api/connect_checks.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/group.h"
#include "core/verb/accept.h"

static int connectex_check(struct sock *sock, struct connect_request *request,
                           const struct sockaddr *name, int bytes)
{
    uint32_t state = sock_flags(sock);
    int error;

    if (sock->type != SOCK_STREAM)
        return WSAEINVAL;
    if (state & SOCK_LISTENING) /* CONNECT-01 */
        return WSAEINVAL;
    if (state & SOCK_CONNECTED) /* CONNECT-05 */
        return WSAEISCONN;
    if (state & SOCK_CONNECTING) /* CONNECTING-04 */
        return WSAEINVAL;
    if (!(state & SOCK_BOUND)) /* CONNECT-03 */
        return WSAEINVAL;
    error = connect_take_name(sock, &request->name, name, bytes);
    if (error != 0)
        return error;
    if (request->data_bytes > 0 && request->data == NULL)
        return WSAEFAULT;
    if (name_is_nowhere(&request->name) || name_port(&request->name) == 0)
        return WSAEADDRNOTAVAIL;
    return group_admits(sock, request->name.data) ? 0 : WSAEINVAL;
}

BOOL PASCAL extension_connect(SOCKET s, const struct sockaddr *name, int name_length, PVOID data,
                              DWORD data_bytes, LPDWORD sent, LPOVERLAPPED overlapped)
{
    TRACE_CALL(extension_connect, s, name, name_length, data, data_bytes, sent, overlapped);
    struct connect_request request = {
        .data = data, .data_bytes = data == NULL ? 0 : data_bytes, .overlapped = overlapped};
    struct sock *sock = NULL;
    int error = 0;

    (void)sent; /* written on synchronous completion only, which never happens */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (overlapped == NULL)
        error = ERROR_INVALID_PARAMETER;
    else if ((error = connectex_check(sock, &request, name, name_length)) == 0)
        error = connect_overlapped(sock, &request);

    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error) == 0;
}

BOOL PASCAL extension_disconnect(SOCKET s, LPOVERLAPPED overlapped, DWORD flags, DWORD reserved)
{
    TRACE_CALL(extension_disconnect, s, overlapped, flags, reserved);
    struct sock *sock = NULL;
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((flags & ~(DWORD)TF_REUSE_SOCKET) != 0 || reserved != 0)
        error = WSAEINVAL;
    else if (!(sock_flags(sock) & SOCK_CONNECTED))
        error = WSAENOTCONN;
    else
        error = disconnect(sock, overlapped, flags != 0);

    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error) == 0;
}
