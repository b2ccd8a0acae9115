/* SPDX-License-Identifier: MIT */
/* getsockname and getpeername: what the socket is called at either end. */
#include "core/base/trace.h"
#include "core/verb/name.h"

#include "core/base/result.h"
#include "core/base/startup.h"

/* The checks of the two calls that look at the socket alone; see docs/calls. */
static int name_state(struct sock *sock, bool peer)
{
    uint32_t flags = sock_flags(sock);

    if (!peer)
        return flags & (SOCK_BOUND | SOCK_CONNECTED) ? 0 : WSAEINVAL;
    return flags & SOCK_CONNECTED && !(flags & SOCK_CONTEXT_PENDING) ? 0 : WSAENOTCONN;
}

static int name_report(SOCKET s, struct sockaddr *to, int *to_bytes, bool peer)
{
    struct sock *sock = NULL;
    struct name name;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((error = name_state(sock, peer)) == 0)
        error = name_of_sock(sock, &name, peer);
    if (error == 0)
        error = name_to_caller(&name, to, to_bytes);
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI getsockname(SOCKET s, struct sockaddr *name, int *namelen)
{
    TRACE_CALL(getsockname, s, name, namelen);
    return name_report(s, name, namelen, false);
}

int WSAAPI getpeername(SOCKET s, struct sockaddr *name, int *namelen)
{
    TRACE_CALL(getpeername, s, name, namelen);
    return name_report(s, name, namelen, true);
}
