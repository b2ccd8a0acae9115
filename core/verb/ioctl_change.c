/* SPDX-License-Identifier: MIT */
/*
 * SIO_ROUTING_INTERFACE_QUERY, and the codes that wait for a change. What waits is a request of
 * object/netchange.h: on the stack of a blocked thread, in an operation, or by itself when a
 * network event is to follow.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/apc.h"
#include "core/base/blocking.h"
#include "core/base/errmap.h"
#include "core/object/netchange.h"
#include "core/object/selection.h"
#include "core/verb/ioctl.h"
#include "core/verb/name.h"
#include "ring/host/sys.h"

enum { IOCTL_NAME_MIN = 16 }; /* bytes of the shortest address that there is */

/* The destination in the input: IOCTL-23. */
static int ioctl_destination(const struct ioctl_call *call, struct name *to)
{
    int family = call->sock->family;
    uint16_t seen;

    if (call->in == NULL || call->in_bytes < IOCTL_NAME_MIN)
        return WSAEINVAL;
    if (host_copy_from(&seen, call->in, sizeof seen) != 0)
        return WSAEFAULT;
    if (seen != family)
        return WSAEAFNOSUPPORT;
    if (call->in_bytes < (DWORD)name_bytes(family))
        return WSAEINVAL;
    return name_from_caller(to, family, call->in, name_bytes(family));
}

static int ioctl_route_error(int error)
{
    if (error == -ENETUNREACH)
        return WSAENETUNREACH;
    if (error == -EHOSTUNREACH)
        return WSAEHOSTUNREACH;
    return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
}

int ioctl_routing(struct ioctl_call *call)
{
    struct host_route route;
    struct name name = {0};
    int error = ioctl_destination(call, &name);

    if (error != 0)
        return error;
    if (name_is_nowhere(&name)) /* IOCTL-23 */
        return WSAEINVAL;
    if (call->out == NULL) /* IOCTL-24 */
        return WSAEFAULT;
    call->returned = name.bytes;
    if (call->out_bytes < name.bytes) {
        call->report = true; /* IOCTL-24 */
        return WSAEFAULT;
    }
    error = host_route_find(-1, name.data, &route);
    if (error != 0)
        return ioctl_route_error(error);
    name.bytes = route.source_bytes;
    memcpy(name.data, route.source, route.source_bytes);
    name_to_winsock(&name);
    if (host_copy_to(call->out, name.data, name.bytes) != 0)
        return WSAEFAULT;
    call->uncounted = true;
    return 0;
}

/* ---- Waiting for a change ---- */

static int ioctl_fill(const struct ioctl_call *call, struct netchange *request)
{
    struct name to = {0};
    int error;

    memset(request, 0, sizeof *request);
    request->sock = call->sock;
    if (call->code == SIO_ADDRESS_LIST_CHANGE)
        return 0;
    error = ioctl_destination(call, &to);
    if (error != 0)
        return error;
    request->routes = true;
    request->any = name_is_wildcard(&to); /* documented: any change of routes */
    memcpy(request->to, to.data, to.bytes);
    return 0;
}

/* Waits, as every blocking call does: alertable, with the thread's 1.1 hook. */
static int ioctl_wait(struct netchange *request)
{
    struct thread *self = thread_self();
    struct blocking call;
    int32_t result;
    int error;

    request->waiter = self;
    if (self == NULL)
        return WSAENOBUFS;
    error = netchange_begin(request);
    if (error != 0)
        return error;
    blocking_begin(&call);
    /* acquire pairs with the release in netchange_finish(): the request is ours again. */
    while ((result = atomic_load_explicit(&request->result, memory_order_acquire)) ==
           NETCHANGE_WAITING) {
        int64_t until_ns = PARK_FOREVER;

        if (apc_pending(self))
            apc_run(self);
        else if (blocking_cancelled(&call))
            netchange_withdraw(request);
        else if (!blocking_turn(&call, &until_ns))
            thread_wait(self, until_ns);
    }
    blocking_end(&call);
    if (result == -ECANCELED) /* closed in another thread */
        return WSAEINTR;
    return errmap_to_wsa(ERRMAP_CALL_ANY, -result);
}

/* A network event follows; the record has to be there before that. */
static int ioctl_announce(const struct netchange *filled)
{
    struct netchange *request;
    int error = selection_prepare(filled->sock);

    if (error != 0)
        return error;
    request = malloc(sizeof *request);
    if (request == NULL)
        return WSAENOBUFS;
    *request = *filled;
    error = netchange_begin(request);
    if (error != 0) {
        free(request);
        return error;
    }
    return WSAEWOULDBLOCK;
}

static int ioctl_start(const struct ioctl_call *call, const struct netchange *filled)
{
    const WSAOVERLAPPED before = *call->overlapped;
    struct op *op = op_take();
    struct netchange *request;
    int error = WSAENOBUFS;

    if (op == NULL)
        return WSAENOBUFS;
    request = op->extra = malloc(sizeof *request);
    if (request != NULL)
        error = op_prepare_routine(op, call->sock, call->overlapped, call->routine);
    if (error != 0) {
        op_give(op);
        return error;
    }
    *request = *filled;
    request->op = op;
    error = netchange_begin(request);
    if (error != 0) { /* refused: nothing is pending */
        op_abandon(op);
        call->overlapped->InternalHigh = before.InternalHigh;
        __atomic_store_n(&call->overlapped->Internal, before.Internal, __ATOMIC_RELEASE);
        return error;
    }
    return WSA_IO_PENDING;
}

int ioctl_change(struct ioctl_call *call)
{
    struct netchange request;
    int error = ioctl_fill(call, &request);

    if (error != 0)
        return error;
    if (call->overlapped != NULL)
        return ioctl_start(call, &request);
    if (sock_flags(call->sock) & SOCK_NONBLOCKING)
        return ioctl_announce(&request);
    return ioctl_wait(&request);
}
