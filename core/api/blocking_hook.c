/* SPDX-License-Identifier: MIT */
/* WSASetBlockingHook, WSAUnhookBlockingHook, WSAIsBlocking, WSACancelBlockingCall: docs/calls holds
 * their checks in order. They serve processes that asked for version 1.x (STARTUP-12). */
#include <winsock2.h>

#include "core/base/blocking.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"

FARPROC WSAAPI WSASetBlockingHook(FARPROC hook)
{
    TRACE_CALL(WSASetBlockingHook, hook);
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if (startup_era() == 0)
        error = WSAEOPNOTSUPP;
    else if (hook == NULL)
        error = WSAEFAULT;
    if (!api_result_bool((uint32_t)error))
        return NULL;
    /* By way of a function that is nothing: the two differ in what they return, and each is called
     * as what it is. */
    return (FARPROC)(void (*)(void))blocking_exchange((blocking_hook *)(void (*)(void))hook);
}

int WSAAPI WSAUnhookBlockingHook(void)
{
    TRACE_CALL(WSAUnhookBlockingHook);
    int error = 0;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if (startup_era() == 0)
        error = WSAEOPNOTSUPP;
    else
        (void)blocking_exchange(NULL);
    return api_result(error);
}

BOOL WSAAPI WSAIsBlocking(void)
{
    TRACE_CALL(WSAIsBlocking);
    return startup_era() != 0 && blocking_active();
}

int WSAAPI WSACancelBlockingCall(void)
{
    TRACE_CALL(WSACancelBlockingCall);
    int error;

    if (startup_refuses(&error) && error != WSAEINPROGRESS) /* it is meant for callbacks */
        ;                                                   /* it has said why */
    else if (startup_era() == 0)
        error = WSAEOPNOTSUPP;
    else
        error = blocking_cancel() ? 0 : WSAEINVAL;
    return api_result(error);
}
