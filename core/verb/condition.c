/* SPDX-License-Identifier: MIT */
/*
 * WSAAccept with a condition function. The connection is taken first: what the function is told
 * about it, and what becomes of it, needs its descriptor. While the function runs the calling
 * thread holds nothing but that descriptor, a reference to the listener and a place to put the
 * connection back to (object/deferred.h), so the function may take its time, and other threads may
 * accept, or close the listener.
 */
#include <winsock2.h>

#include "core/base/startup.h"
#include "core/verb/accept.h"
#include "ring/host/net.h"

/* The client finds its connection ended, as on Windows. */
static void condition_reset(int fd)
{
    host_set_linger(fd, true, 0);
    host_close(fd);
}

static WSABUF condition_buffer(struct name *name)
{
    return (WSABUF){name->bytes, (char *)name->data};
}

/* What the function says. TCP carries no connect data, and nobody asks for quality of service. */
static int condition_ask(const struct accept_condition *condition, int fd, const struct name *peer,
                         GROUP *group)
{
    struct name caller = *peer; /* the function may write there */
    struct name callee = {.bytes = sizeof callee.data};
    WSABUF caller_id = condition_buffer(&caller);
    WSABUF caller_data = {0, NULL};
    WSABUF callee_data = {0, NULL};
    WSABUF callee_id;
    int answer;

    if (host_getsockname(fd, callee.data, &callee.bytes) != 0)
        callee.bytes = 0;
    name_to_winsock(&callee);
    callee_id = condition_buffer(&callee);
    startup_callback_begin();
    answer = condition->ask(&caller_id, &caller_data, NULL, NULL, &callee_id, &callee_data, group,
                            condition->context);
    startup_callback_end();
    return answer;
}

/* Not decided: the connection is the first again. `error`: what the call returns then. */
static int condition_put_off(struct sock *listener, struct deferred *place, int fd, int error)
{
    if (!deferred_put(listener, place, fd))
        return WSAEINTR; /* the listener was closed */
    accept_offer(listener);
    return error;
}

static int condition_accept(struct sock *listener, int fd, GROUP group, uint32_t *accepted)
{
    struct name peer;
    int error = 0;

    if (sock_flags(listener) & SOCK_CLOSING)
        error = WSAEINTR;
    else if (accept_peer(fd, &peer) != 0)
        error = WSAEACCES; /* withdrawn while the function considered it */
    if (error == 0)
        return accept_open(listener, fd, group, accepted);
    condition_reset(fd);
    return error;
}

int accept_conditional(struct sock *listener, const struct accept_condition *condition,
                       uint32_t *accepted, struct name *peer)
{
    struct deferred *place = deferred_open(listener);
    GROUP group = 0;
    int answer = CF_REJECT;
    int error = WSAENOBUFS;
    int fd;

    if (place == NULL)
        return error;
    fd = accept_take(listener);
    error = fd < 0 ? accept_error(listener, fd) : accept_peer(fd, peer);
    if (error == 0)
        answer = condition_ask(condition, fd, peer, &group);
    if (error == 0 && answer != CF_ACCEPT && answer != CF_REJECT) {
        error =
            condition_put_off(listener, place, fd, answer == CF_DEFER ? WSATRY_AGAIN : WSAEINVAL);
        if (answer != CF_DEFER) /* which is the one end that enables nothing */
            accept_ended(listener, fd);
        return error;
    }
    if (error == 0 && answer == CF_ACCEPT) {
        error = condition_accept(listener, fd, group, accepted);
    } else if (fd >= 0) {
        error = error == 0 ? WSAECONNREFUSED : error;
        condition_reset(fd);
    }
    deferred_close(listener, place);
    accept_ended(listener, fd);
    return error;
}
