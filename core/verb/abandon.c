/* SPDX-License-Identifier: MIT */
/* See abandon.h. Linux resets a connection when its socket is connected to nobody. */
#include "core/verb/abandon.h"

#include "core/object/selection.h"
#include "core/verb/await.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

void abandon_attempt(struct sock *sock)
{
    static const struct {
        uint16_t family;
        char pad[14];
    } nobody; /* AF_UNSPEC */
    int error = 0;
    uint32_t bytes = sizeof error;

    host_lock_acquire(&sock->lock);
    (void)host_connect(sock->fd, &nobody, sizeof nobody);
    /* It leaves an attempt's end as the socket's error, which the next attempt would report. */
    (void)host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_ERROR, &error, &bytes);
    host_lock_release(&sock->lock);
}

void abandon_connection(struct sock *sock)
{
    sock_set(sock, SOCK_ABANDONED); /* first: who fails because of it reports it */
    abandon_attempt(sock);
    selection_moved(sock);
    await_touch(sock);
}
