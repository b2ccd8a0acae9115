/* SPDX-License-Identifier: MIT */
/*
 * Requests to be told of changes of the machine's addresses and routes. One list for the process;
 * while there is a request in it, one pair of netlink sockets is open, and the ring thread of the
 * socket that came first watches it.
 *
 * [G1] A request in the list is the list's. Whoever takes it off, under the lock, ends it, after
 *      the lock was given back: so each ends once, whatever races. Only requests of blocked threads
 *      are also looked at by others, through `result`, which is written last.
 * [G2] What had been told before a request is not for it, and all that is told later is: a request
 *      joins the list after everything told so far was read, under the same lock. The kernel tells
 *      a change before the call that made it returns, and that an IPv6 address may be used, a
 *      little later. Messages are read under the lock only.
 * [G3] The netlink sockets are opened under the lock by who finds them closed, and closed under it
 *      by the watch, when it is told something, or cancelled, and nobody had a request. In between
 *      the watch is armed, or `call` is on its way to arm it; so a change with a request in the
 *      list always reaches the ring thread, unless another thread reads it first.
 * [G4] A request joins only while SOCK_CLOSING is not set, which is looked at when SOCK_NETCHANGE
 *      is set; closesocket sets the one, then looks at the other. Both are read-modify-writes of
 *      one word: the request sees the close, or the close sees that there are requests.
 * [G5] Each request has a counted reference to its socket: a blocked thread's is its call's.
 * [G6] Messages that were lost, or a watch that failed, count as a change of everything: no request
 *      is left then. The next one begins with learning anew what there is.
 */
#include "core/object/netchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/object/selection.h"
#include "ring/engine/watch.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/netlink.h"
#include "ring/host/sys.h"

static struct host_lock netchange_lock;
static struct netchange *netchange_first; /* the list, newest first */
static struct host_netlink netchange_link;
static bool netchange_opened; /* [G3] */
static bool netchange_lost;   /* [G6] */
static unsigned netchange_ring;
static struct ring_op netchange_call;
static struct ring_watch netchange_watch;

/* ---- The list ---- */

static void netchange_join_locked(struct netchange *request)
{
    request->previous = NULL;
    request->next = netchange_first;
    if (netchange_first != NULL)
        netchange_first->previous = request;
    netchange_first = request;
}

/* Takes a request off the list, and puts it on one of those that end. */
static void netchange_leave_locked(struct netchange *request, struct netchange **ended)
{
    if (request->previous != NULL)
        request->previous->next = request->next;
    else
        netchange_first = request->next;
    if (request->next != NULL)
        request->next->previous = request->previous;
    request->next = *ended;
    *ended = request;
}

static bool netchange_is_event(const struct netchange *request)
{
    return request->op == NULL && request->waiter == NULL;
}

/* [G1] The request is gone afterwards. `result`: 0, it has changed; or a negative errno. */
static void netchange_finish(struct netchange *request, int32_t result)
{
    struct sock *sock = request->sock;
    struct thread *waiter = request->waiter;

    if (request->op != NULL) {
        op_complete(request->op, result == 0 ? 0 : errmap_to_status(ERRMAP_CALL_ANY, -result), 0,
                    0);
    } else if (waiter != NULL) {
        /* release pairs with the acquire of who waits: the request is his again. */
        atomic_store_explicit(&request->result, result, memory_order_release);
        park_wake(&waiter->park);
    } else {
        if (result == 0)
            selection_note_once(sock, request->routes ? FD_ROUTING_INTERFACE_CHANGE
                                                      : FD_ADDRESS_LIST_CHANGE);
        free(request);
        sock_unref(sock);
    }
}

static void netchange_finish_all(struct netchange *ended, int32_t result)
{
    while (ended != NULL) {
        struct netchange *next = ended->next;

        netchange_finish(ended, result);
        ended = next;
    }
}

/* ---- Changes ---- */

static bool netchange_way_differs_locked(const struct netchange *request)
{
    struct host_route now;

    /* An error leaves no source behind: no way there, or none that the kernel would tell. */
    (void)host_route_find(netchange_link.questions_fd, request->to, &now);
    return memcmp(&now, &request->before, sizeof now) != 0;
}

static bool netchange_concerns_locked(const struct netchange *request, uint32_t changes)
{
    bool inet = request->sock->family == AF_INET;
    uint32_t mine;

    if (!request->routes)
        return (changes & (inet ? HOST_CHANGE_ADDRESSES : HOST_CHANGE_ADDRESSES6)) != 0;
    /* An IPv6 socket reaches IPv4 destinations too, as ::ffff:a.b.c.d. */
    mine = HOST_CHANGE_ROUTES | (inet ? 0u : (uint32_t)HOST_CHANGE_ROUTES6);
    if (!(changes & mine))
        return false;
    return netchange_lost || request->any || netchange_way_differs_locked(request);
}

/* Reads what the kernel has told, and takes those off the list whom it concerns. */
static void netchange_take_locked(struct netchange **ended)
{
    bool lost = false;
    uint32_t changes = host_netlink_take(&netchange_link, &lost);
    struct netchange *next;

    netchange_lost |= lost;
    if (changes == 0)
        return;
    for (struct netchange *request = netchange_first; request != NULL; request = next) {
        next = request->next;
        if (netchange_concerns_locked(request, changes))
            netchange_leave_locked(request, ended);
    }
}

/* Nobody has a request, or the watch has failed: [G3], [G6]. */
static void netchange_give_up_locked(struct netchange **ended)
{
    while (netchange_first != NULL)
        netchange_leave_locked(netchange_first, ended);
    host_netlink_close(&netchange_link);
    netchange_opened = false;
}

static void netchange_told(struct ring_watch *watch, int32_t found, bool more)
{
    struct netchange *ended = NULL;
    bool idle;

    (void)more; /* it is a watch of one answer */
    host_lock_acquire(&netchange_lock);
    idle = netchange_first == NULL;
    if (found >= 0 && !idle)
        netchange_take_locked(&ended);
    if (found < 0 || idle)
        netchange_give_up_locked(&ended);
    else
        watch_arm(watch, netchange_link.changes_fd, LX_POLLIN, true);
    host_lock_release(&netchange_lock);
    netchange_finish_all(ended, found == -ENETDOWN ? found : 0);
}

/* On the ring thread. */
static void netchange_arm(struct ring_op *call)
{
    (void)call;
    host_lock_acquire(&netchange_lock);
    watch_arm(&netchange_watch, netchange_link.changes_fd, LX_POLLIN, true);
    host_lock_release(&netchange_lock);
}

/* ---- Beginning ---- */

static int netchange_error(int error)
{
    switch (error) {
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
    case -ENOBUFS:
        return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    default:
        return WSAEOPNOTSUPP;
    }
}

static int netchange_open_locked(struct sock *sock)
{
    int error;

    if (netchange_opened)
        return 0;
    error = host_netlink_open(&netchange_link);
    if (error != 0)
        return netchange_error(error);
    netchange_opened = true;
    netchange_lost = false;
    netchange_ring = sock->ring;
    netchange_watch.told = netchange_told;
    netchange_call.kind = RING_CALL;
    netchange_call.done = netchange_arm;
    engine_submit(sock->ring, &netchange_call); /* [G3] */
    return 0;
}

/* The socket's earlier request for the same event, if there is one, serves both. */
static bool netchange_merge_locked(const struct netchange *request)
{
    struct netchange *old = netchange_first;

    while (old != NULL && (!netchange_is_event(old) || old->sock != request->sock ||
                           old->routes != request->routes))
        old = old->next;
    if (old == NULL)
        return false;
    /* Several destinations share one event: documented, any change of routes may set it off. */
    old->any |= request->any || memcmp(old->to, request->to, sizeof old->to) != 0;
    return true;
}

/* False: another request serves this one too. */
static bool netchange_add_locked(struct netchange *request)
{
    if (netchange_is_event(request) && netchange_merge_locked(request))
        return false;
    if (request->routes && !request->any)
        (void)host_route_find(netchange_link.questions_fd, request->to, &request->before);
    /* relaxed: the lock publishes the request. */
    atomic_store_explicit(&request->result, NETCHANGE_WAITING, memory_order_relaxed);
    if (request->waiter == NULL)
        handle_ref_again(request->sock->handle); /* [G5] */
    netchange_join_locked(request);
    return true;
}

/* Reads what has happened before the request: [G2], [G6]. 0 or a WSA code. */
static int netchange_prepare_locked(struct sock *sock, struct netchange **ended)
{
    int error = netchange_open_locked(sock);

    if (error != 0)
        return error;
    netchange_take_locked(ended);
    if (!netchange_lost)
        return 0;
    error = host_netlink_learn(&netchange_link);
    if (error != 0)
        return netchange_error(error);
    netchange_lost = false;
    return 0;
}

int netchange_begin(struct netchange *request)
{
    struct netchange *ended = NULL;
    bool added = false;
    int error = sock_join_ring(request->sock); /* before the lock: it may start a ring thread */

    if (error != 0)
        return error;
    host_lock_acquire(&netchange_lock);
    if (sock_set(request->sock, SOCK_NETCHANGE) & SOCK_CLOSING) /* [G4] */
        error = WSAENOTSOCK;
    else
        error = netchange_prepare_locked(request->sock, &ended);
    if (error == 0)
        added = netchange_add_locked(request);
    host_lock_release(&netchange_lock);
    netchange_finish_all(ended, 0);
    if (error == 0 && !added)
        free(request);
    return error;
}

/* ---- Ends that are no change ---- */

void netchange_withdraw(struct netchange *request)
{
    struct netchange *ended = NULL;

    host_lock_acquire(&netchange_lock);
    for (struct netchange *at = netchange_first; at != NULL; at = at->next) {
        if (at == request) {
            netchange_leave_locked(request, &ended);
            break;
        }
    }
    host_lock_release(&netchange_lock);
    netchange_finish_all(ended, -EINTR);
}

unsigned netchange_cancel_slow(struct sock *sock, const WSAOVERLAPPED *overlapped,
                               uint32_t thread_id)
{
    struct netchange *ended = NULL;
    struct netchange *next;
    unsigned count = 0;

    host_lock_acquire(&netchange_lock);
    for (struct netchange *request = netchange_first; request != NULL; request = next) {
        const struct op *op = request->op;

        next = request->next;
        if (request->sock != sock || op == NULL ||
            (overlapped != NULL && op->overlapped != overlapped) ||
            (thread_id != 0 && op->thread_id != thread_id))
            continue;
        netchange_leave_locked(request, &ended);
        count++;
    }
    host_lock_release(&netchange_lock);
    netchange_finish_all(ended, -ECANCELED);
    return count;
}

void netchange_close_slow(struct sock *sock)
{
    struct netchange *ended = NULL;
    struct netchange *next;

    host_lock_acquire(&netchange_lock);
    for (struct netchange *request = netchange_first; request != NULL; request = next) {
        next = request->next;
        if (request->sock == sock)
            netchange_leave_locked(request, &ended);
    }
    host_lock_release(&netchange_lock);
    netchange_finish_all(ended, -ECANCELED);
}

/* On the ring thread; after this the watch is told, and closes the sockets: [G3]. */
static void netchange_disarm(struct ring_op *call)
{
    host_lock_acquire(&netchange_lock);
    if (netchange_opened && netchange_first == NULL)
        watch_cancel(&netchange_watch);
    host_lock_release(&netchange_lock);
    op_sync_done(call);
}

static bool netchange_idle(unsigned *ring)
{
    bool idle;

    host_lock_acquire(&netchange_lock);
    idle = netchange_opened && netchange_first == NULL;
    *ring = netchange_ring;
    host_lock_release(&netchange_lock);
    return idle;
}

void netchange_stop(void)
{
    unsigned ring;

    while (netchange_idle(&ring)) { /* as a rule once: then it looks whether the watch was told */
        struct op *op = op_take();

        if (op == NULL) /* no memory: then the next change closes them */
            return;
        op->base.kind = RING_CALL;
        op_wait_call(op, ring, netchange_disarm);
        op_give(op);
    }
}

/* In a child of fork(): the requests are the parent's, and so are the ring threads. The memory of
 * what is known stays behind, because another hook may have to set malloc right first. */
static void netchange_forked(void)
{
    atomic_store_explicit(&netchange_lock.word, 0, memory_order_relaxed);
    netchange_first = NULL;
    if (netchange_opened) {
        host_close(netchange_link.changes_fd);
        host_close(netchange_link.questions_fd);
    }
    netchange_opened = false;
    memset(&netchange_watch, 0, sizeof netchange_watch);
}

__attribute__((constructor)) static void netchange_init(void)
{
    host_fork_hook(netchange_forked);
}
