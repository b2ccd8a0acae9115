/* SPDX-License-Identifier: MIT */
/* listen: lets a bound stream socket take connections. */
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/selection.h"
#include "core/verb/await.h"
#include "core/verb/bind.h"

int WSAAPI listen(SOCKET s, int backlog)
{
    TRACE_CALL(listen, s, backlog);
    struct sock *sock = NULL;
    bool again = false;
    int error;

    /* Checks run in the order of the table in docs/calls/listen.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else {
        again = sock_flags(sock) & SOCK_LISTENING; /* changes nothing: LISTEN-03 */
        error = bind_listen(sock, backlog);
    }
    if (error == 0 && !again) { /* connections may be there already */
        selection_enable(sock, FD_ACCEPT);
        await_touch(sock);
    }
    sock_unref(sock);
    return api_result(error);
}
