/* SPDX-License-Identifier: MIT */
/* setsockopt and getsockopt. option_set() and option_get() report a handle that is no socket,
 * before they look at any pointer (SOCKOPT-INFO-01). */
#include "core/base/trace.h"
#include "core/verb/option.h"

#include "core/base/result.h"
#include "core/base/startup.h"

int WSAAPI setsockopt(SOCKET s, int level, int name, const char *value, int length)
{
    TRACE_CALL(setsockopt, s, level, name, value, length);
    struct sock *sock = NULL;
    int error;

    /* Checks run in the order of the table in docs/calls/setsockopt.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else
        error = option_set(sock = sock_ref(s), level, name, value, length);
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI getsockopt(SOCKET s, int level, int name, char *value, int *length)
{
    TRACE_CALL(getsockopt, s, level, name, value, length);
    struct sock *sock = NULL;
    int error;

    /* Checks run in the order of the table in docs/calls/getsockopt.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else
        error = option_get(sock = sock_ref(s), level, name, value, length);
    sock_unref(sock);
    return api_result(error);
}
