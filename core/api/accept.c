/* SPDX-License-Identifier: MIT */
/* accept, AcceptEx and GetAcceptExSockaddrs: docs/calls holds their checks in order. */
#include <winsock2.h>

#include <mswsock.h>

#include <string.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/accept.h"
#include "ring/host/sys.h"

#define ACCEPT_STATUS_PENDING 0x103u

/* addr and addrlen as the caller gave them, before anything is taken from the queue: ACCEPT-04. */
static int accept_check_address(const struct sock *listener, struct sockaddr *address, int *bytes)
{
    int room = 0;

    if (address == NULL || bytes == NULL) /* ACCEPT-05 */
        return 0;
    if (host_copy_from(&room, bytes, sizeof room) != 0 || room < name_bytes(listener->family))
        return WSAEFAULT;
    return 0;
}

SOCKET WSAAPI accept(SOCKET s, struct sockaddr *address, int *bytes)
{
    TRACE_CALL(accept, s, address, bytes);
    struct sock *listener = NULL;
    struct name peer = {0};
    uint32_t accepted = 0;
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((listener = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (listener->type != SOCK_STREAM)
        error = WSAEOPNOTSUPP;
    else if (!(sock_flags(listener) & SOCK_LISTENING))
        error = WSAEINVAL;
    else if ((error = accept_check_address(listener, address, bytes)) == 0)
        error = accept_one(listener, &accepted, &peer);

    if (error == 0 && address != NULL && bytes != NULL && peer.bytes > 0)
        name_to_caller(&peer, address, bytes); /* checked above; a pointer that went bad is his */
    sock_unref(listener);
    return api_result(error) == 0 ? accepted : INVALID_SOCKET;
}

static int acceptex_check(struct sock *listener, const struct accept_request *request)
{
    DWORD least = (DWORD)name_bytes(listener->family) + 16;

    if (!(sock_flags(listener) & SOCK_LISTENING))
        return WSAEINVAL; /* ACCEPTEX-02 */
    if (sock_flags(request->accept) & (SOCK_BOUND | SOCK_CONNECTED | SOCK_LISTENING))
        return WSAEINVAL;
    if (request->accept->type != listener->type || request->accept->family != listener->family)
        return WSAEINVAL;
    if (request->output == NULL)
        return WSAEFAULT;
    if (request->remote_bytes < least ||
        (request->local_bytes != 0 && request->local_bytes < least)) /* ACCEPTEX-04 */
        return WSAEFAULT;
    return 0;
}

BOOL WSAAPI AcceptEx(SOCKET s, SOCKET accept_socket, PVOID output, DWORD data_bytes,
                     DWORD local_bytes, DWORD remote_bytes, LPDWORD received,
                     LPOVERLAPPED overlapped)
{
    TRACE_CALL(AcceptEx, s, accept_socket, output, data_bytes, local_bytes, remote_bytes, received,
               overlapped);
    struct accept_request request = {NULL,        output,       data_bytes,
                                     local_bytes, remote_bytes, overlapped};
    struct sock *listener = NULL;
    int error = 0;

    (void)received; /* written on synchronous completion only, which never happens */
    if (startup_refuses(&error))
        return api_result(error) == 0;
    if (overlapped == NULL)
        return api_result(ERROR_INVALID_PARAMETER) == 0; /* ACCEPTEX-07 */
    overlapped->Internal = ACCEPT_STATUS_PENDING; /* ACCEPTEX-01: in every failing case too */
    if ((listener = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((request.accept = sock_ref(accept_socket)) == NULL)
        error = WSAENOTSOCK;
    else if ((error = acceptex_check(listener, &request)) == 0)
        error = accept_overlapped(listener, &request);

    sock_unref(request.accept);
    if (error != WSA_IO_PENDING)
        sock_unref(listener);
    return api_result(error) == 0;
}

/* The address that AcceptEx wrote to an area: its family tells its length. */
static void acceptex_address(char *area, DWORD area_bytes, struct sockaddr **address, LPINT bytes)
{
    short family = 0;

    if (area_bytes < sizeof family || address == NULL || bytes == NULL)
        return;
    memcpy(&family, area, sizeof family);
    *address = (struct sockaddr *)(void *)area;
    *bytes = name_bytes(family);
}

void WSAAPI GetAcceptExSockaddrs(PVOID output, DWORD data_bytes, DWORD local_bytes,
                                 DWORD remote_bytes, struct sockaddr **local, LPINT local_length,
                                 struct sockaddr **remote, LPINT remote_length)
{
    TRACE_CALL_VOID(GetAcceptExSockaddrs, output, data_bytes, local_bytes, remote_bytes, local,
                    local_length, remote, remote_length);
    char *area = (char *)output + data_bytes;

    acceptex_address(area, local_bytes, local, local_length); /* 0: left alone, ACCEPTEX-04 */
    acceptex_address(area + local_bytes, remote_bytes, remote, remote_length);
}
