/* SPDX-License-Identifier: MIT */
/* connect and WSAConnect: the checks, in the order of docs/calls/connect.md and WSAConnect.md. */
#include <winsock2.h>

#include <string.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/connect_sync.h"
#include "ring/host/sys.h"

enum {
    CONNECT_UNSPEC_BYTES = 16, /* a struct sockaddr, whose family alone counts */
    CONNECT_PIECE = 4096       /* bytes of caller memory looked at together */
};

/* What WSAConnect has beside connect's arguments. */
struct connect_more {
    LPWSABUF caller_data, callee_data;
    const QOS *sqos;
};

/* ---- Checks ---- */

static int connect_check_state(struct sock *sock)
{
    uint32_t state = sock_flags(sock);

    if (sock->type != SOCK_STREAM)
        return 0;
    if (state & (SOCK_LISTENING | SOCK_ACCEPTING)) /* CONNECT-01 */
        return WSAEINVAL;
    if (state & SOCK_CONNECTED) {
        bool half =
            (state & SOCK_CONTEXT_PENDING) && !(state & (SOCK_ACCEPTED | SOCK_DISCONNECTED));

        return half ? WSAEINVAL : WSAEISCONN; /* CONNECT-05, SHUTDOWN-05, DISCONNECTEX-03 */
    }
    if (state & SOCK_CONNECTING) /* CONNECTING-04 */
        return state & SOCK_CONNECT_CALL ? WSAEALREADY : WSAEINVAL;
    return 0;
}

/* The name in Linux' form; bytes 0: a datagram socket shall have no partner (UDP-08). */
static int connect_check_name(struct sock *sock, struct name *name, const struct sockaddr *address,
                              int bytes)
{
    USHORT family = 0;
    bool stream = sock->type == SOCK_STREAM;
    int error;

    if (address == NULL || bytes < (int)sizeof family ||
        host_copy_from(&family, address, sizeof family) != 0)
        return WSAEFAULT;
    if (!stream && family == AF_UNSPEC && bytes >= CONNECT_UNSPEC_BYTES) {
        name->bytes = 0;
        return 0;
    }
    if (bytes < name_bytes(sock->family))
        return WSAEFAULT;
    if (family != sock->family)
        return WSAEAFNOSUPPORT;
    error = name_from_caller(name, sock->family, address, bytes);
    if (error != 0)
        return error;
    if (!name_is_nowhere(name))
        return name_port(name) == 0 ? WSAEADDRNOTAVAIL : 0;
    if (stream)
        return WSAEADDRNOTAVAIL;
    name->bytes = 0;
    return 0;
}

/* Can the caller's memory be read? */
static bool connect_readable(const char *memory, size_t bytes)
{
    char piece[CONNECT_PIECE];

    for (size_t at = 0; at < bytes; at += sizeof piece) {
        size_t length = bytes - at < sizeof piece ? bytes - at : sizeof piece;

        /* As an integer: arithmetic on a pointer to nowhere is undefined. */
        if (host_copy_from(piece, (const void *)((uintptr_t)memory + at), length) != 0)
            return false;
    }
    return true;
}

static bool connect_flow_can_be_had(const FLOWSPEC *flow)
{
    return flow->ServiceType == SERVICETYPE_NOTRAFFIC ||
           flow->ServiceType == SERVICETYPE_BESTEFFORT;
}

static int connect_check_qos(const QOS *sqos)
{
    QOS wanted;

    if (sqos == NULL)
        return 0;
    if (host_copy_from(&wanted, sqos, sizeof wanted) != 0)
        return WSAEFAULT;
    if (!connect_readable(wanted.ProviderSpecific.buf, wanted.ProviderSpecific.len))
        return WSAEFAULT;
    if (!connect_flow_can_be_had(&wanted.SendingFlowspec) ||
        !connect_flow_can_be_had(&wanted.ReceivingFlowspec))
        return WSAEOPNOTSUPP;
    return 0;
}

static int connect_check_more(struct sock *sock, const struct connect_more *more)
{
    WSABUF buffer;

    if (sock->type == SOCK_STREAM && more->caller_data != NULL) {
        if (host_copy_from(&buffer, more->caller_data, sizeof buffer) != 0 ||
            !connect_readable(buffer.buf, buffer.len))
            return WSAEFAULT;
        if (buffer.len > 0)
            return WSAEPROTONOSUPPORT;
    }
    /* Writing back what is there tells whether it can be written. */
    if (sock->type == SOCK_STREAM && more->callee_data != NULL &&
        (host_copy_from(&buffer, more->callee_data, sizeof buffer) != 0 ||
         host_copy_to(more->callee_data, &buffer, sizeof buffer) != 0))
        return WSAEFAULT;
    return connect_check_qos(more->sqos);
}

/* ---- Calls ---- */

static int connect_any(struct sock *sock, const struct name *name)
{
    if (sock->type == SOCK_STREAM)
        return connect_stream(sock, name);
    return name->bytes == 0 ? connect_dissolve(sock) : connect_datagram(sock, name);
}

static int connect_checked(SOCKET s, const struct sockaddr *address, int bytes,
                           const struct connect_more *more)
{
    struct sock *sock = NULL;
    struct name name;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((error = connect_check_state(sock)) == 0 &&
             (error = connect_check_name(sock, &name, address, bytes)) == 0 &&
             (error = connect_check_more(sock, more)) == 0)
        error = connect_any(sock, &name);

    if ((error == 0 || error == WSAEWOULDBLOCK) && more->callee_data != NULL &&
        sock->type == SOCK_STREAM) {
        const ULONG nothing = 0;

        (void)host_copy_to(&more->callee_data->len, &nothing, sizeof nothing);
    }
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI connect(SOCKET s, const struct sockaddr *name, int namelen)
{
    TRACE_CALL(connect, s, name, namelen);
    const struct connect_more none = {0};

    return connect_checked(s, name, namelen, &none);
}

int WSAAPI WSAConnect(SOCKET s, const struct sockaddr *name, int namelen, LPWSABUF caller_data,
                      LPWSABUF callee_data, LPQOS sqos, LPQOS gqos)
{
    TRACE_CALL(WSAConnect, s, name, namelen, caller_data, callee_data, sqos, gqos);
    const struct connect_more more = {caller_data, callee_data, sqos};

    return connect_checked(s, name, namelen, &more);
}
