/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX. Two processes, or two threads, meet at a file. There are no ports and no wildcards, so
 * none of the rules of bind.c are needed: the file is there, or it is not. A bind without a name
 * becomes Linux' own choice of an abstract one, because Linux only lets those listen that have one;
 * name.c hides it again.
 */
#include "core/verb/unix.h"

#include <errno.h>

#include "core/base/errmap.h"
#include "core/verb/ioctl.h"
#include "ring/host/net.h"

/* Codes that only paths have: no such folder, or one that cannot be written to. */
static int unix_bind_error(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return WSAEADDRNOTAVAIL;
    case EROFS:
        return WSAEACCES;
    default:
        return errmap_to_wsa(ERRMAP_CALL_BIND, error);
    }
}

int unix_bind(struct sock *sock, const struct name *name)
{
    const uint32_t taken = SOCK_BOUND | SOCK_CONNECTED | SOCK_CONNECTING | SOCK_ACCEPTING;
    int error;

    host_lock_acquire(&sock->lock);
    if (sock_flags(sock) & taken)
        error = WSAEINVAL;
    else
        error = unix_bind_error(-host_bind(sock->fd, name->data, name->bytes));
    if (error == 0)
        sock_set(sock, SOCK_BOUND);
    host_lock_release(&sock->lock);
    return error;
}

int unix_connect_errno(const struct sock *sock, int error)
{
    if (sock->family != AF_UNIX)
        return error;
    switch (error) {
    case ENOENT: /* nobody listens there */
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EPROTOTYPE: /* somebody does, but for datagrams */
    case EAGAIN:     /* as many wait as were to be let in; IPv4 would have to ask again, too */
        return ECONNREFUSED;
    default:
        return error;
    }
}

int ioctl_unix_peer(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    uint32_t process = 0;
    int error;

    if (!(sock_flags(sock) & SOCK_CONNECTED))
        return WSAENOTCONN;
    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_peer_process(sock->fd, &process);
    host_lock_release(&sock->lock);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    return ioctl_output(call, &process, sizeof process);
}
