/* SPDX-License-Identifier: MIT */
/* shutdown: ends sending, receiving or both. */
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/sock.h"
#include "core/verb/transfer.h"

/* A datagram socket has no peer to lose (SHUTDOWN-10). */
static bool shutdown_lacks_peer(struct sock *sock)
{
    uint32_t flags = sock_flags(sock);

    if (sock->type != SOCK_STREAM)
        return false;
    return !(flags & SOCK_CONNECTED) || flags & SOCK_CONTEXT_PENDING;
}

/* The receive direction is closed by the flag alone: Linux' SHUT_RD would end a receive in flight,
 * which has to go on (SHUTDOWN-08). */
static int shutdown_sock(struct sock *sock, int how)
{
    if (how != SD_SEND)
        sock_set(sock, SOCK_SHUT_RECV);
    if (how == SD_RECEIVE)
        return 0;
    if (sock_set(sock, SOCK_SHUT_SEND) & SOCK_SHUT_SEND)
        return 0; /* a second time changes nothing: SHUTDOWN-02 */
    /* FIN goes out after the sends that were accepted before; the flag keeps new ones away. */
    return sock->type == SOCK_STREAM ? sock_shutdown_send(sock) : 0;
}

int WSAAPI shutdown(SOCKET s, int how)
{
    TRACE_CALL(shutdown, s, how);
    struct sock *sock = NULL;
    int error;

    /* Checks run in the order of the table in docs/calls/shutdown.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (how < SD_RECEIVE || how > SD_BOTH)
        error = WSAEINVAL;
    else if (shutdown_lacks_peer(sock))
        error = WSAENOTCONN;
    else if (sock_flags(sock) & SOCK_ABANDONED)
        error = WSAECONNABORTED;
    else
        error = shutdown_sock(sock, how);
    sock_unref(sock);
    return api_result(error);
}
