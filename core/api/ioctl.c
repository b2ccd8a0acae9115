/* SPDX-License-Identifier: MIT */
/* ioctlsocket: the control codes of Berkeley descent, each with one u_long in or out. */
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/ioctl.h"
#include "ring/host/sys.h"

int WSAAPI ioctlsocket(SOCKET s, long command, u_long *argument)
{
    TRACE_CALL(ioctlsocket, s, command, argument);
    DWORD code = (DWORD)command; /* a long is wider here; callers may or may not extend the sign */
    struct ioctl_call call = {.s = s,
                              .code = code,
                              .in = argument,
                              .in_bytes = sizeof *argument,
                              .out = argument,
                              .out_bytes = sizeof *argument};
    u_long value;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/ioctlsocket.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((call.sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (code != FIONBIO && code != FIONREAD && code != SIOCATMARK)
        error = WSAEOPNOTSUPP;
    else if (argument == NULL || host_copy_from(&value, argument, sizeof value) != 0)
        error = WSAEFAULT;
    else
        error = ioctl_run(ioctl_find(code), &call);
    sock_unref(call.sock);
    return api_result(error);
}
