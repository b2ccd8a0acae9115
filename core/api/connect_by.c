/* SPDX-License-Identifier: MIT */
/*
 * WSAConnectByList and WSAConnectByNameA: the checks, in the order of docs/calls, and the two
 * addresses that a connection has.
 */
#include "core/api/connect_by.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/api/connect_checks.h"
#include "core/api/timeout.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/base/wide.h"
#include "core/verb/connect_by.h"
#include "ring/host/resolve.h"
#include "ring/host/sys.h"

enum {
    BY_TARGETS_MAX = 4096 /* in one list; with more it is no list that anybody made */
};

/* ---- Checks ---- */

/* Is there room for an address of the socket's family? Writing back what is there tells whether it
 * can be written. */
static int by_check_room(struct sock *sock, LPSOCKADDR address, LPDWORD bytes)
{
    char content[NAME_BYTES_MAX];
    size_t needed = (size_t)name_bytes(sock->family);
    DWORD room;

    if (address == NULL)
        return 0; /* not wanted, and the length is not looked at */
    if (host_copy_from(&room, bytes, sizeof room) != 0 || room < needed ||
        host_copy_to(bytes, &room, sizeof room) != 0)
        return WSAEFAULT;
    return host_copy_from(content, address, needed) == 0 &&
                   host_copy_to(address, content, needed) == 0
               ? 0
               : WSAEFAULT;
}

/* What the two calls check alike, behind the socket and their own parameters. */
static int by_check(struct sock *sock, const struct connect_by_call *call, int64_t *deadline_ns)
{
    int error = connect_check_state(sock);

    if (error == 0)
        error = by_check_room(sock, call->local, call->local_bytes);
    if (error == 0)
        error = by_check_room(sock, call->remote, call->remote_bytes);
    if (error == 0)
        error = timeout_deadline(call->timeout, deadline_ns);
    return error;
}

/* ---- Outcome ---- */

static int by_report_one(struct sock *sock, bool peer, LPSOCKADDR address, LPDWORD bytes)
{
    struct name name;
    int error;

    if (address == NULL)
        return 0;
    error = name_of_sock(sock, &name, peer);
    if (error != 0)
        return error;
    if (!peer) /* CONNECTBYNAME-04 */
        name.data[2] = name.data[3] = 0;
    return name_to_caller(&name, address, (int *)(void *)bytes);
}

/* The connection is there, whether or not its addresses can still be told. */
static void by_report(struct sock *sock, const struct connect_by_call *call)
{
    (void)by_report_one(sock, false, call->local, call->local_bytes);
    (void)by_report_one(sock, true, call->remote, call->remote_bytes);
}

/* ---- WSAConnectByList ---- */

/* The caller's list as targets to be freed. One that cannot be tried has its reason noted; only
 * memory that cannot be read fails the call at once. */
static int by_list_targets(struct sock *sock, const SOCKET_ADDRESS_LIST *list,
                           struct connect_target **targets, unsigned *count)
{
    INT entries;

    if (host_copy_from(&entries, list, sizeof entries) != 0)
        return WSAEFAULT;
    if (entries <= 0 || entries > BY_TARGETS_MAX)
        return WSAEINVAL;
    *count = (unsigned)entries;
    *targets = calloc(*count, sizeof **targets);
    if (*targets == NULL)
        return WSAENOBUFS;
    for (unsigned i = 0; i < *count; i++) {
        struct connect_target *target = &(*targets)[i];
        SOCKET_ADDRESS entry;
        size_t at = offsetof(SOCKET_ADDRESS_LIST, Address) + i * sizeof entry;

        if (host_copy_from(&entry, host_untrusted_at(list, at), sizeof entry) != 0)
            return WSAEFAULT;
        target->error =
            connect_take_name(sock, &target->name, entry.lpSockaddr, entry.iSockaddrLength);
        if (target->error == 0)
            target->error = connect_by_check(sock, &target->name);
    }
    return 0;
}

static int by_list(struct sock *sock, const SOCKET_ADDRESS_LIST *list,
                   const struct connect_by_call *call)
{
    struct connect_target *targets = NULL;
    int64_t deadline_ns;
    unsigned count = 0;
    int error = by_check(sock, call, &deadline_ns);

    /* Documented of this call, not of WSAConnectByName. */
    if (error == 0 && (sock_flags(sock) & SOCK_BOUND))
        error = WSAEINVAL;
    if (error == 0)
        error = by_list_targets(sock, list, &targets, &count);
    if (error == 0)
        error = connect_by(sock, targets, count, deadline_ns);
    if (error == 0)
        by_report(sock, call);
    free(targets);
    return error;
}

BOOL WSAAPI WSAConnectByList(SOCKET s, PSOCKET_ADDRESS_LIST list, LPDWORD local_bytes,
                             LPSOCKADDR local, LPDWORD remote_bytes, LPSOCKADDR remote,
                             const struct timeval *timeout, LPWSAOVERLAPPED reserved)
{
    TRACE_CALL(WSAConnectByList, s, list, local_bytes, local, remote_bytes, remote, timeout,
               reserved);
    const struct connect_by_call call = {s,      local_bytes, local,   remote_bytes,
                                         remote, timeout,     reserved};
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (list == NULL || reserved != NULL || sock->type != SOCK_STREAM)
        error = WSAEINVAL;
    else
        error = by_list(sock, list, &call);

    sock_unref(sock);
    return api_result(error) == 0;
}

/* ---- WSAConnectByName ---- */

/* Text of any width as UTF-8. False: too long, or no Unicode. */
static bool by_text(const void *text, unsigned width, char *utf8)
{
    return wide_to_utf8(text, width, utf8, HOST_NAME_BYTES);
}

static int by_name(struct sock *sock, const struct connect_by_call *call, const char *node,
                   const char *service)
{
    struct connect_target *targets = NULL;
    int64_t deadline_ns;
    unsigned count = 0;
    int error = by_check(sock, call, &deadline_ns);

    if (error == 0)
        error = connect_by_resolve(sock, node, service, &targets, &count);
    if (error == 0)
        error = connect_by(sock, targets, count, deadline_ns);
    if (error == 0)
        by_report(sock, call);
    free(targets);
    return error;
}

BOOL connect_by_name(const struct connect_by_call *call, const void *node, const void *service,
                     unsigned width)
{
    char texts[2][HOST_NAME_BYTES];
    struct sock *sock = NULL;
    int error;

    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(call->s)) == NULL)
        error = WSAENOTSOCK;
    else if (node == NULL || service == NULL || call->reserved != NULL)
        error = WSAEINVAL; /* CONNECTBYNAME-01 */
    else if (sock->type != SOCK_STREAM)
        error = WSAEFAULT; /* CONNECTBYNAME-06 */
    else if (width == 1)
        error = by_name(sock, call, node, service);
    else if (!by_text(node, width, texts[0]))
        error = WSAHOST_NOT_FOUND;
    else if (!by_text(service, width, texts[1]))
        error = WSATYPE_NOT_FOUND;
    else
        error = by_name(sock, call, texts[0], texts[1]);

    sock_unref(sock);
    return api_result(error) == 0;
}

BOOL WSAAPI WSAConnectByNameA(SOCKET s, LPCSTR node, LPCSTR service, LPDWORD local_bytes,
                              LPSOCKADDR local, LPDWORD remote_bytes, LPSOCKADDR remote,
                              const struct timeval *timeout, LPWSAOVERLAPPED reserved)
{
    TRACE_CALL(WSAConnectByNameA, s, node, service, local_bytes, local, remote_bytes, remote,
               timeout, reserved);
    const struct connect_by_call call = {s,      local_bytes, local,   remote_bytes,
                                         remote, timeout,     reserved};

    return connect_by_name(&call, node, service, 1);
}
