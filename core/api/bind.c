/* SPDX-License-Identifier: MIT */
/* bind: gives a socket its local address. */
#include "core/base/trace.h"
#include "core/verb/bind.h"

#include "core/base/result.h"
#include "core/base/startup.h"

int WSAAPI bind(SOCKET s, const struct sockaddr *name, int namelen)
{
    TRACE_CALL(bind, s, name, namelen);
    struct sock *sock = NULL;
    struct name address;
    int error;

    /* Checks run in the order of the table in docs/calls/bind.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else
        error = name_from_caller(&address, sock->family, name, namelen);
    if (error == 0)
        error = bind_sock(sock, &address);
    sock_unref(sock);
    return api_result(error);
}
