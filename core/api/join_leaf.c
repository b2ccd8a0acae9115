/* SPDX-License-Identifier: MIT */
/* WSAJoinLeaf: the checks, in the order of docs/calls/WSAJoinLeaf.md. */
#include "core/api/connect_checks.h"

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/multipoint.h"

static int leaf_check_name(struct sock *sock, struct name *name, const struct sockaddr *address,
                           int bytes)
{
    int error = connect_take_name(sock, name, address, bytes);

    if (error != 0)
        return error;
    if (!multipoint_is_group(name))
        return WSAEADDRNOTAVAIL;
    return sock->type == SOCK_DGRAM && name_port(name) == 0 ? WSAEADDRNOTAVAIL : 0;
}

static int leaf_check(struct sock *sock, DWORD role)
{
    if (sock->type == SOCK_STREAM)
        return WSAEOPNOTSUPP;
    if (!multipoint_is_leaf(sock))
        return WSAEINVAL;
    return role == JL_SENDER_ONLY || role == JL_RECEIVER_ONLY || role == JL_BOTH ? 0 : WSAEINVAL;
}

SOCKET WSAAPI WSAJoinLeaf(SOCKET s, const struct sockaddr *name, int namelen, LPWSABUF caller_data,
                          LPWSABUF callee_data, LPQOS sqos, LPQOS gqos, DWORD flags)
{
    TRACE_CALL(WSAJoinLeaf, s, name, namelen, caller_data, callee_data, sqos, gqos, flags);
    const struct connect_more more = {caller_data, callee_data, sqos, gqos};
    struct sock *sock = NULL;
    struct name group;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((error = leaf_check(sock, flags)) == 0 &&
             (error = leaf_check_name(sock, &group, name, namelen)) == 0 &&
             (error = connect_check_more(sock, &more)) == 0)
        error = multipoint_join(sock, &group, flags);

    sock_unref(sock);
    return api_result(error) == 0 ? s : INVALID_SOCKET;
}
