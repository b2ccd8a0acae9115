/* SPDX-License-Identifier: MIT */
/* ioctlsocket: the control codes of Berkeley descent, each with one u_long in and out. */
#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/selection.h"
#include "core/object/sock.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

static int ioctl_set_blocking(struct sock *sock, u_long on)
{
    if (on != 0)
        sock_set(sock, SOCK_NONBLOCKING); /* the descriptor is non-blocking in any case */
    else if (selection_active(sock))
        return WSAEINVAL;
    else
        sock_clear(sock, SOCK_NONBLOCKING);
    return 0;
}

/* Bytes that can be read. A listener has none, which Linux calls an error. */
static int ioctl_unread(struct sock *sock, u_long *bytes)
{
    int count = 0;

    if (!(sock_flags(sock) & SOCK_LISTENING)) {
        host_lock_acquire(&sock->lock); /* [S3] */
        count = host_unread_bytes(sock->fd);
        host_lock_release(&sock->lock);
    }
    *bytes = count > 0 ? (u_long)count : 0;
    return count < 0 ? errmap_to_wsa(ERRMAP_CALL_ANY, -count) : 0;
}

/* TRUE when no urgent byte is pending (IOCTL-04, IOCTL-07): the kernel gives a peek at one only
 * while there is one outside the stream. */
static u_long ioctl_at_mark(struct sock *sock)
{
    char byte;
    struct host_iov iov = {&byte, 1};
    int64_t seen;

    host_lock_acquire(&sock->lock); /* [S3] */
    seen = host_recv(sock->fd, &iov, 1, LX_MSG_OOB | LX_MSG_PEEK);
    host_lock_release(&sock->lock);
    return seen != 1;
}

int WSAAPI ioctlsocket(SOCKET s, long command, u_long *argument)
{
    TRACE_CALL(ioctlsocket, s, command, argument);
    struct sock *sock = NULL;
    DWORD code = (DWORD)command; /* a long is wider here; callers may or may not extend the sign */
    u_long value = 0;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/ioctlsocket.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (code != FIONBIO && code != FIONREAD && code != SIOCATMARK)
        error = WSAEOPNOTSUPP;
    else if (argument == NULL || host_copy_from(&value, argument, sizeof value) != 0)
        error = WSAEFAULT;
    else if (code == FIONBIO)
        error = ioctl_set_blocking(sock, value);
    else if (code == FIONREAD)
        error = ioctl_unread(sock, &value);
    else
        value = ioctl_at_mark(sock);
    if (error == 0 && code != FIONBIO && host_copy_to(argument, &value, sizeof value) != 0)
        error = WSAEFAULT;
    sock_unref(sock);
    return api_result(error);
}
