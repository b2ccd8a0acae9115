/* SPDX-License-Identifier: MIT */
/* shutdown, WSASendDisconnect and WSARecvDisconnect: docs/calls holds their checks in order. */
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/shutdown.h"
#include "ring/host/sys.h"

static int shutdown_directions(struct sock *sock, int how)
{
    /* Behind SD_BOTH closesocket comes next, as a rule: no watch for such a short time. */
    if (how != SD_SEND && shutdown_refusing(sock, how == SD_RECEIVE)) {
        if (how == SD_BOTH)
            sock_set(sock, SOCK_SHUT_SEND); /* there is nobody left to send an end to */
        return 0;
    }
    return how == SD_RECEIVE ? 0 : shutdown_sending(sock);
}

int WSAAPI shutdown(SOCKET s, int how)
{
    TRACE_CALL(shutdown, s, how);
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (how < SD_RECEIVE || how > SD_BOTH)
        error = WSAEINVAL;
    else
        error = shutdown_check(sock);
    if (error == 0)
        error = shutdown_directions(sock, how);
    sock_unref(sock);
    return api_result(error);
}

/* Disconnect data: no protocol here has them. */
static int disconnect_check_data(LPWSABUF data)
{
    WSABUF seen;

    if (data == NULL)
        return 0;
    return host_copy_from(&seen, data, sizeof seen) == 0 ? WSAENOPROTOOPT : WSAEFAULT;
}

/* What both check. A socket that may be disconnected, with a reference, or NULL. */
static struct sock *disconnect_begin(SOCKET s, LPWSABUF data, int *error)
{
    struct sock *sock = NULL;

    if (startup_refuses(error))
        return NULL; /* it has said why */
    if ((sock = sock_ref(s)) == NULL)
        *error = WSAENOTSOCK;
    else if ((*error = shutdown_check(sock)) == 0)
        *error = disconnect_check_data(data);
    if (*error == 0)
        return sock;
    sock_unref(sock);
    return NULL;
}

int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF data)
{
    TRACE_CALL(WSASendDisconnect, s, data);
    int error = 0;
    struct sock *sock = disconnect_begin(s, data, &error);

    if (sock != NULL)
        error = shutdown_sending(sock);
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI WSARecvDisconnect(SOCKET s, LPWSABUF data)
{
    TRACE_CALL(WSARecvDisconnect, s, data);
    int error = 0;
    struct sock *sock = disconnect_begin(s, data, &error);

    if (sock != NULL)
        shutdown_receiving(sock);
    sock_unref(sock);
    return api_result(error);
}
