/* SPDX-License-Identifier: MIT */
/* accept, WSAAccept, AcceptEx and GetAcceptExSockaddrs: docs/calls holds their checks in order. */
#include <winsock2.h>

#include <mswsock.h>

#include <string.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/accept.h"
#include "ring/host/sys.h"

#define ACCEPT_STATUS_PENDING 0x103u

enum {
    ACCEPT_NAME_BYTES_MAX = 128, /* more than any name_bytes() */
    ACCEPT_PAGE_BYTES = 4096     /* no page is smaller */
};

/* Can the caller's memory be written? Writing back what is there tells. */
static bool accept_writable(void *memory, size_t bytes)
{
    char copy[ACCEPT_NAME_BYTES_MAX];

    return host_copy_from(copy, memory, bytes) == 0 && host_copy_to(memory, copy, bytes) == 0;
}

/* addr and addrlen as the caller gave them, before anything is taken from the queue: ACCEPT-04. */
static int accept_check_address(const struct sock *listener, struct sockaddr *address, int *bytes)
{
    int least = name_bytes(listener->family);
    int room = 0;

    if (address == NULL || bytes == NULL) /* ACCEPT-05 */
        return 0;
    if (host_copy_from(&room, bytes, sizeof room) != 0 || room < least ||
        !accept_writable(bytes, sizeof room) || !accept_writable(address, (size_t)least))
        return WSAEFAULT;
    return 0;
}

/* Code cannot be told from data, but memory from nowhere. */
static int accept_check_condition(LPCONDITIONPROC condition)
{
    char first;

    if (condition == NULL ||
        host_copy_from(&first, (const void *)(uintptr_t)condition, sizeof first) == 0)
        return 0;
    return WSAEFAULT;
}

static int accept_check_state(struct sock *listener)
{
    if (listener->type != SOCK_STREAM)
        return WSAEOPNOTSUPP;
    return sock_flags(listener) & SOCK_LISTENING ? 0 : WSAEINVAL;
}

static SOCKET accept_checked(SOCKET s, struct sockaddr *address, int *bytes,
                             const struct accept_condition *condition)
{
    struct sock *listener = NULL;
    struct name peer = {0};
    uint32_t accepted = 0;
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((listener = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((error = accept_check_state(listener)) == 0 &&
             (error = accept_check_address(listener, address, bytes)) == 0 &&
             (error = accept_check_condition(condition->ask)) == 0)
        error = condition->ask == NULL ? accept_one(listener, &accepted, &peer)
                                       : accept_conditional(listener, condition, &accepted, &peer);

    if (error == 0 && address != NULL && bytes != NULL)
        name_to_caller(&peer, address, bytes); /* checked above; a pointer that went bad is his */
    sock_unref(listener);
    return api_result(error) == 0 ? accepted : INVALID_SOCKET;
}

SOCKET WSAAPI accept(SOCKET s, struct sockaddr *address, int *bytes)
{
    TRACE_CALL(accept, s, address, bytes);
    const struct accept_condition none = {NULL, 0};

    return accept_checked(s, address, bytes, &none);
}

SOCKET WSAAPI WSAAccept(SOCKET s, struct sockaddr *address, LPINT bytes, LPCONDITIONPROC condition,
                        DWORD_PTR context)
{
    TRACE_CALL(WSAAccept, s, address, bytes, condition, context);
    const struct accept_condition asked = {condition, context};

    return accept_checked(s, address, bytes, &asked);
}

/* The address areas, which the ring thread writes; the kernel itself checks the room for data. */
static bool acceptex_writable(const struct accept_request *request)
{
    /* As integers: arithmetic on a pointer to nowhere is undefined. */
    uintptr_t at = (uintptr_t)request->output + request->data_bytes;
    uintptr_t last = at + request->local_bytes + request->remote_bytes - 1;

    for (; at < last; at = (at | (ACCEPT_PAGE_BYTES - 1)) + 1) {
        if (!accept_writable((void *)at, 1))
            return false;
    }
    return accept_writable((void *)last, 1);
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
    return acceptex_writable(request) ? 0 : WSAEFAULT;
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
    char *area = host_untrusted_at(output, data_bytes);

    acceptex_address(area, local_bytes, local, local_length); /* 0: left alone, ACCEPTEX-04 */
    acceptex_address(host_untrusted_at(area, local_bytes), remote_bytes, remote, remote_length);
}
