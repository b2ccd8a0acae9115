/* SPDX-License-Identifier: MIT */
/*
 * Readiness told by packets of a completion port: what ProcessSocketNotifications registered for a
 * socket. A socket that never was registered pays one load for each of these calls.
 */
#ifndef CORE_OBJECT_NOTIFICATION_H
#define CORE_OBJECT_NOTIFICATION_H

#include "core/object/port.h"
#include "core/object/sock.h"

/* Does what one entry asks for, which must be SOCK_NOTIFY_OP_ENABLE, _DISABLE or _REMOVE with valid
 * flags. 0, WSAENOTSOCK (closed meanwhile), WSAEINVAL (registered with another port),
 * ERROR_NOT_FOUND (not registered with this one) or WSAENOBUFS: nothing was changed. */
uint32_t notification_change(struct sock *sock, struct port *port,
                             const SOCK_NOTIFY_REGISTRATION *wish);

/* A call has taken something from the socket, or failed to: `ceased` are the SOCK_NOTIFY_EVENT_*
 * that it has just found not to hold, although they may hold again by now. */
void notification_taken_slow(struct sock *sock, uint32_t ceased);
/* The library has noticed what the kernel told earlier, or never will: the end of a connect. */
void notification_news_slow(struct sock *sock);
/* Another file stands behind the descriptor now. */
void notification_moved_slow(struct sock *sock);

/* closesocket: nothing is told from now on. True: the ring thread still has to let go of the
 * descriptor, see notification_busy(). */
bool notification_end(struct sock *sock);
bool notification_busy(struct sock *sock);
/* With the socket. */
void notification_free(struct sock *sock);

static inline bool notification_exists(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && atomic_load_explicit(&rare->notification, memory_order_acquire) != NULL;
}

static inline void notification_taken(struct sock *sock, uint32_t ceased)
{
    if (notification_exists(sock))
        notification_taken_slow(sock, ceased);
}

static inline void notification_news(struct sock *sock)
{
    if (notification_exists(sock))
        notification_news_slow(sock);
}

static inline void notification_moved(struct sock *sock)
{
    if (notification_exists(sock))
        notification_moved_slow(sock);
}

#endif
