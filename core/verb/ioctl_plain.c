/* SPDX-License-Identifier: MIT */
/* The control codes of Berkeley descent, which ioctlsocket has too: one u_long in or out. */
#include <errno.h>

#include "core/base/errmap.h"
#include "core/object/selection.h"
#include "core/verb/datagram.h"
#include "core/verb/ioctl.h"
#include "core/verb/transfer.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/poll.h"

int ioctl_nonblocking(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    u_long on;

    if (ioctl_input(call, &on, sizeof on) != 0)
        return WSAEFAULT;
    if (on != 0)
        sock_set(sock, SOCK_NONBLOCKING); /* the descriptor is non-blocking in any case */
    else if (selection_active(sock))
        return WSAEINVAL;
    else
        sock_clear(sock, SOCK_NONBLOCKING);
    return 0;
}

/* Of all datagrams. While a receive has the direction there is hardly one that it leaves: then the
 * first counts. */
static int ioctl_unread_datagrams(struct sock *sock)
{
    int count = -EOPNOTSUPP;

    if (queue_claim(&sock->recv)) {
        do /* what it meets of answers to datagrams is for a receive to tell */
            count = host_unread_total(sock->fd); /* [S3] */
        while (count < 0 && datagram_met_answer(sock, count));
        transfer_unclaim(sock, &sock->recv);
    }
    return count;
}

/* Bytes that can be read. A listener has none, which Linux calls an error. */
int ioctl_unread(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    u_long bytes;
    int count = 0;

    if (sock->type == SOCK_DGRAM)
        count = ioctl_unread_datagrams(sock);
    if (sock->type != SOCK_DGRAM || count < 0) {
        host_lock_acquire(&sock->lock); /* [S3] */
        count = sock_flags(sock) & SOCK_LISTENING ? 0 : host_unread_bytes(sock->fd);
        host_lock_release(&sock->lock);
    }
    if (count < 0)
        return errmap_to_wsa(ERRMAP_CALL_ANY, -count);
    bytes = (u_long)count;
    return ioctl_output(call, &bytes, sizeof bytes);
}

/* TRUE when no urgent byte is pending, wherever the mark is (IOCTL-04, IOCTL-07). The kernel tells
 * that for both values of SO_OOBINLINE: until the byte was taken or read past. Its own SIOCATMARK
 * asks something else, whether the stream stands at the mark. */
int ioctl_at_mark(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    u_long at_mark;

    host_lock_acquire(&sock->lock); /* [S3] */
    at_mark = sock->type != SOCK_STREAM || !(host_poll_now(sock->fd, LX_POLLPRI) & LX_POLLPRI);
    host_lock_release(&sock->lock);
    return ioctl_output(call, &at_mark, sizeof at_mark);
}
