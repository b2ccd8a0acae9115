/* SPDX-License-Identifier: MIT */
/* Sockets and descriptors, of ws2ring.h: ws2_fd, ws2_adopt, ws2_inherit_handles. */
#include <winsock2.h>

#include <ws2ring.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/sharing.h"
#include "core/verb/share.h"

int ws2_fd(uintptr_t socket)
{
    TRACE_CALL(ws2_fd, socket);
    struct sock *sock = NULL;
    int error;
    int fd = -1;

    if (startup_refuses(&error)) {
        ; /* it has said why */
    } else if ((sock = sock_ref(socket)) == NULL) {
        error = WSAENOTSOCK;
    } else if (!sock_set_mode(sock, SOCK_MODE_SHARED, true)) { /* it may be handed on */
        error = WSAENOBUFS;
    } else {
        error = 0;
        fd = sock->fd; /* the number never changes: AcceptEx puts another file behind it */
    }
    sock_unref(sock);
    return api_result(error) == 0 ? fd : -1;
}

uintptr_t ws2_adopt(int fd)
{
    TRACE_CALL(ws2_adopt, fd);
    SOCKET adopted = INVALID_SOCKET;
    int error;

    if (!startup_refuses(&error))
        error = share_adopt(fd, &adopted);
    return api_result(error) == 0 ? adopted : INVALID_SOCKET;
}

int ws2_inherit_handles(int inherit)
{
    TRACE_CALL(ws2_inherit_handles, inherit);
    return sharing_let_inherit(inherit != 0);
}
