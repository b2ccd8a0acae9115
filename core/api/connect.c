/* SPDX-License-Identifier: MIT */
/* connect and WSAConnect: the checks, in the order of docs/calls/connect.md and WSAConnect.md. */
#include "core/api/connect_checks.h"

#include <string.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/group.h"
#include "core/verb/connect_sync.h"
#include "ring/host/sys.h"

enum {
    CONNECT_UNSPEC_BYTES = 16, /* a struct sockaddr, whose family alone counts */
    CONNECT_DATA_MAX = 65535,  /* bytes; no packet could take more along with a request */
    CONNECT_PIECE = 4096       /* bytes of caller memory looked at together */
};

/* ---- Checks ---- */

int connect_check_state(struct sock *sock)
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

int connect_take_name(struct sock *sock, struct name *name, const struct sockaddr *address,
                      int bytes)
{
    USHORT family = 0;
    int error;

    if (address == NULL || bytes < name_bytes_least(sock->family) ||
        host_copy_from(&family, address, sizeof family) != 0)
        return WSAEFAULT;
    if (family != sock->family)
        return WSAEAFNOSUPPORT;
    error = name_from_caller(name, sock->family, address, bytes);
    if (error == 0 && family == AF_UNIX && name_is_unnamed(name))
        error = WSAEINVAL; /* nobody can be found without a path */
    return error;
}

/* The name is AF_UNSPEC: a datagram socket shall have no partner (UDP-08). */
static bool connect_names_nobody(const struct sockaddr *address, int bytes)
{
    USHORT family = AF_INET;

    return address != NULL && bytes >= CONNECT_UNSPEC_BYTES &&
           host_copy_from(&family, address, sizeof family) == 0 && family == AF_UNSPEC;
}

/* The name in Linux' form; bytes 0: a datagram socket shall have no partner. */
static int connect_check_name(struct sock *sock, struct name *name, const struct sockaddr *address,
                              int bytes)
{
    bool stream = sock->type == SOCK_STREAM;
    int error = 0;

    name->bytes = 0;
    if (!stream && connect_names_nobody(address, bytes))
        return 0;
    error = connect_take_name(sock, name, address, bytes);
    if (error != 0)
        return error;
    if (name_is_nowhere(name)) {
        name->bytes = 0;
        return stream ? WSAEADDRNOTAVAIL : 0;
    }
    if (name_port(name) == 0 && sock->type != SOCK_RAW)
        return WSAEADDRNOTAVAIL;
    return group_admits(sock, name->data) ? 0 : WSAEINVAL;
}

/* Can the caller's memory be read, and written when that is wanted too? Writing back what is there
 * tells. */
static bool connect_usable(const char *memory, size_t bytes, bool write)
{
    char piece[CONNECT_PIECE];

    for (size_t at = 0; at < bytes; at += sizeof piece) {
        size_t length = bytes - at < sizeof piece ? bytes - at : sizeof piece;
        uintptr_t here = (uintptr_t)memory + at; /* a pointer to nowhere must not be added to */

        if (host_copy_from(piece, (const void *)here, length) != 0 ||
            (write && host_copy_to((void *)here, piece, length) != 0))
            return false;
    }
    return true;
}

static bool connect_flow_can_be_had(const FLOWSPEC *flow)
{
    return flow->ServiceType == SERVICETYPE_NOTRAFFIC ||
           flow->ServiceType == SERVICETYPE_BESTEFFORT;
}

static int connect_check_qos(const QOS *qos)
{
    QOS wanted;
    const WSABUF *specific = &wanted.ProviderSpecific;

    if (qos == NULL)
        return 0;
    if (host_copy_from(&wanted, qos, sizeof wanted) != 0)
        return WSAEFAULT;
    /* A list of objects, each with a header. */
    if (specific->len > 0 && specific->len < sizeof(QOS_OBJECT_HDR))
        return WSAEFAULT;
    if (specific->len > CONNECT_DATA_MAX || !connect_usable(specific->buf, specific->len, false))
        return WSAEFAULT;
    if (!connect_flow_can_be_had(&wanted.SendingFlowspec) ||
        !connect_flow_can_be_had(&wanted.ReceivingFlowspec))
        return WSAEOPNOTSUPP;
    return 0;
}

static int connect_check_data(const struct connect_more *more)
{
    WSABUF buffer;

    if (more->caller_data != NULL) {
        if (host_copy_from(&buffer, more->caller_data, sizeof buffer) != 0 ||
            buffer.len > CONNECT_DATA_MAX || !connect_usable(buffer.buf, buffer.len, false))
            return WSAEFAULT;
        if (buffer.len > 0)
            return WSAEPROTONOSUPPORT;
    }
    if (more->callee_data != NULL &&
        (!connect_usable((const char *)more->callee_data, sizeof buffer, true) ||
         host_copy_from(&buffer, more->callee_data, sizeof buffer) != 0 ||
         !connect_usable(buffer.buf, buffer.len < CONNECT_DATA_MAX ? buffer.len : CONNECT_DATA_MAX,
                         true)))
        return WSAEFAULT;
    return 0;
}

int connect_check_more(struct sock *sock, const struct connect_more *more)
{
    int error = sock->type == SOCK_STREAM ? connect_check_data(more) : 0;

    if (error == 0)
        error = connect_check_qos(more->sqos);
    if (error == 0 && group_is_creator(sock)) /* others' is ignored */
        error = connect_check_qos(more->gqos);
    return error;
}

/* ---- Calls ---- */

static int connect_any(struct sock *sock, const struct name *name)
{
    if (sock->type == SOCK_STREAM)
        return connect_stream(sock, name);
    if (sock_modes(sock) & SOCK_MODE_CAPTURES) /* there is no partner of an interface */
        return WSAEOPNOTSUPP;
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
    const struct connect_more more = {caller_data, callee_data, sqos, gqos};

    return connect_checked(s, name, namelen, &more);
}
