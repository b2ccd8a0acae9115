/* SPDX-License-Identifier: MIT */
/*
 * The handles of a socket: sharing.h. Its own is HANDLE_SOCK, the others are HANDLE_DUPLICATE and
 * stand in a list of sock_rare, under sock->lock.
 *
 * [W1] When its own is closed before the others it becomes HANDLE_SOCK_HIDDEN: no value from the
 *      application finds it, and everything inside that knows the socket by sock->handle does.
 * [W2] Whether a close is the last one is decided under sock->lock, as is SOCK_CLOSING; so no
 *      handle is made of a socket that is being closed.
 */
#include "core/object/sharing.h"

#include <stddef.h>

/* Of the thread that forks, so that others' children are not concerned. */
static _Thread_local bool sharing_inherit;

int sharing_open(struct sock *sock, bool copy, uint32_t *handle)
{
    struct sock_rare *rare = sock_rare_make(sock);
    struct duplicate *duplicate;
    int error = 0;

    if (rare == NULL)
        return WSAENOBUFS;
    host_lock_acquire(&sock->lock);
    if (sock_flags(sock) & SOCK_CLOSING) { /* [W2] */
        error = WSAENOTSOCK;
        goto out;
    }
    handle_ref_again(sock->handle);
    *handle = duplicate_open(sock, HANDLE_SOCK, sock->handle);
    if (*handle == 0) {
        error = WSAENOBUFS;
        goto out;
    }
    duplicate = handle_ref(*handle, HANDLE_DUPLICATE);
    if (duplicate == NULL) { /* closed by somebody who guessed the value: its reference is gone */
        error = WSAENOTSOCK;
        goto out;
    }
    duplicate->handle = *handle;
    duplicate->copy = copy;
    duplicate->next = rare->duplicates;
    rare->duplicates = duplicate;
    handle_unref(*handle);
out:
    host_lock_release(&sock->lock);
    return error;
}

bool sharing_is_copy(uint64_t value)
{
    const struct duplicate *duplicate = handle_ref(value, HANDLE_DUPLICATE);
    bool copy = duplicate != NULL && duplicate->copy;

    if (duplicate != NULL)
        handle_unref((uint32_t)value);
    return copy;
}

/* Takes a duplicate off the list and closes it. False: it is not there. */
static bool sharing_drop_locked(struct sock *sock, uint32_t value)
{
    struct sock_rare *rare = sock_rare(sock);
    struct duplicate **link = rare == NULL ? NULL : &rare->duplicates;

    while (link != NULL && *link != NULL && (*link)->handle != value)
        link = &(*link)->next;
    if (link == NULL || *link == NULL || handle_close(value, HANDLE_DUPLICATE) == NULL)
        return false;
    *link = (*link)->next;
    handle_unref(value); /* the caller has a reference to the socket: it stays */
    return true;
}

static bool sharing_any_locked(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare != NULL && rare->duplicates != NULL;
}

static enum sharing_closed sharing_close_locked(struct sock *sock, SOCKET s)
{
    if (s != sock->handle) {
        if (!sharing_drop_locked(sock, (uint32_t)s))
            return SHARING_GONE;
        if (sharing_any_locked(sock) || handle_close(sock->handle, HANDLE_SOCK_HIDDEN) == NULL)
            return SHARING_KEPT;
        return SHARING_LAST;
    }
    if (sharing_any_locked(sock)) /* [W1] */
        return handle_retype(s, HANDLE_SOCK, HANDLE_SOCK_HIDDEN) ? SHARING_KEPT : SHARING_GONE;
    return handle_close(s, HANDLE_SOCK) == NULL ? SHARING_GONE : SHARING_LAST;
}

enum sharing_closed sharing_close(struct sock *sock, SOCKET s)
{
    enum sharing_closed closed;

    host_lock_acquire(&sock->lock);
    closed = sharing_close_locked(sock, s);
    if (closed == SHARING_LAST)
        sock_set(sock, SOCK_CLOSING); /* [W2] */
    host_lock_release(&sock->lock);
    return closed;
}

bool sharing_end_locked(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    while (rare != NULL && rare->duplicates != NULL) {
        if (!sharing_drop_locked(sock, rare->duplicates->handle))
            break;
    }
    if (handle_close(sock->handle, HANDLE_SOCK) == NULL &&
        handle_close(sock->handle, HANDLE_SOCK_HIDDEN) == NULL)
        return false;
    sock_set(sock, SOCK_CLOSING);
    return true;
}

bool sharing_let_inherit(bool inherit)
{
    bool before = sharing_inherit;

    sharing_inherit = inherit;
    return before;
}

bool sharing_inherits(struct sock *sock)
{
    return sharing_inherit && !(sock_modes(sock) & SOCK_MODE_NO_INHERIT);
}

bool sharing_has_more(struct sock *sock)
{
    bool any;

    if (sock_rare(sock) == NULL)
        return false;
    host_lock_acquire(&sock->lock);
    any = sharing_any_locked(sock) &&
          (sock_rare(sock)->duplicates->next != NULL ||
           handle_type_of(sock->handle) == HANDLE_SOCK); /* [W1]: none when it is hidden */
    host_lock_release(&sock->lock);
    return any;
}

bool sharing_is_sock(uint64_t value)
{
    struct sock *sock = duplicate_ref(value, HANDLE_SOCK);

    sock_unref(sock);
    return sock != NULL;
}
