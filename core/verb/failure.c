/* SPDX-License-Identifier: MIT */
/*
 * The engine failed: every call says WSAENETDOWN from now on, and what was under way on the ring
 * that cannot go on ends with it. A socket that was closed already and still sends is not in the
 * table any more: its operations told nobody anything, and their memory is not given back.
 */
#include "core/base/startup.h"
#include "core/object/lone.h"
#include "core/object/sock.h"

static void failure_end(void *object, void *argument)
{
    struct sock *sock = object;
    const unsigned *ring = argument;

    if (!(sock_flags(sock) & SOCK_ON_RING) || sock->ring != *ring)
        return;
    lone_release(sock);
    engine_fail(&sock->recv);
    engine_fail(&sock->send);
}

/* On the ring's thread. */
static void failure_run(unsigned ring)
{
    startup_engine_failed();
    sock_each(failure_end, &ring);
}

__attribute__((constructor)) static void failure_init(void)
{
    engine_set_failed(failure_run);
}
