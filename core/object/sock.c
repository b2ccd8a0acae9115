/* SPDX-License-Identifier: MIT */
/* The life of a socket; sock.h states who may change what. */
#include "core/object/sock.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/deferred.h"
#include "core/object/group.h"
#include "core/object/notification.h"
#include "core/object/port.h"
#include "core/object/selection.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

static void (*sock_unbind)(struct sock *sock);

void sock_register_unbind(void (*unbind)(struct sock *sock))
{
    sock_unbind = unbind;
}

uint32_t sock_now_s(void)
{
    return (uint32_t)(host_now_ns() / 1000000000);
}

struct sock *sock_open(int fd, int family, int type, int protocol, uint32_t flags)
{
    struct thread *self = thread_self();
    struct sock *sock = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *sock);
    uint32_t handle;

    if (sock == NULL) {
        host_close(fd);
        return NULL;
    }
    waitable_init(&sock->wait, false, false);
    queue_init(&sock->recv, 1);
    queue_init(&sock->send, 1);
    sock->recv.datagrams = sock->send.datagrams = type != SOCK_STREAM;
    sock->fd = fd;
    sock->family = (uint8_t)family;
    sock->type = (uint8_t)type;
    sock->protocol = (uint8_t)protocol;
    atomic_init(&sock->flags, flags);
    host_lock_acquire(&sock->lock); /* WSACleanup may find it before it knows its own name */
    handle = handle_open(HANDLE_SOCK, sock);
    sock->handle = handle;
    if (handle != 0)
        handle_ref_again(handle); /* the caller's */
    host_lock_release(&sock->lock);
    if (handle == 0) {
        host_close(fd);
        mem_free(sock);
        return NULL;
    }
    return sock;
}

struct sock_rare *sock_rare_make(struct sock *sock)
{
    struct thread *self = thread_self();
    struct sock_rare *rare = sock_rare(sock);
    struct sock_rare *made;

    if (rare != NULL || self == NULL)
        return rare;
    made = mem_zalloc(self->shard, sizeof *made);
    if (made == NULL)
        return NULL;
    /* release: whoever sees the pointer sees zeros behind it. */
    if (atomic_compare_exchange_strong_explicit(&sock->rare, &rare, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    mem_free(made); /* another thread was faster */
    return rare;
}

static void sock_free_rare(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);
    struct sock_session *session;

    if (rare == NULL)
        return;
    group_leave(sock);
    while ((session = atomic_load_explicit(&rare->session, memory_order_relaxed)) != NULL) {
        atomic_store_explicit(&rare->session, session->before, memory_order_relaxed);
        mem_free(session);
    }
    mem_free(rare->inet);
    if (rare->uncaptured != 0)
        host_close(rare->uncaptured - 1);
    mem_free(rare);
}

/* The last reference is gone, so no operation is in flight. Often on a ring thread, which must
 * never block: who lingers has done so before (verb/close.c). */
static void sock_destroy(void *object)
{
    struct sock *sock = object;

    if (sock_unbind != NULL)
        sock_unbind(sock);
    host_close(sock->fd);
    port_unref(atomic_load_explicit(&sock->port, memory_order_relaxed)); /* nobody else is left */
    selection_free(sock);
    deferred_free(sock);
    notification_free(sock);
    sock_free_rare(sock);
    mem_free(sock);
}

void sock_release_address(struct sock *sock)
{
    int fresh = host_socket(LX_AF_INET, LX_SOCK_DGRAM, 0); /* any file will do */

    if (sock_unbind != NULL)
        sock_unbind(sock);
    if (fresh < 0) /* no descriptor left: then it takes until the last reference is gone */
        return;
    host_lock_acquire(&sock->lock);
    (void)host_replace(sock->fd, fresh); /* keeps the number for who still looks at it */
    host_lock_release(&sock->lock);
}

__attribute__((constructor)) static void sock_start(void)
{
    handle_register(HANDLE_SOCK, sock_destroy);
    handle_register(HANDLE_SOCK_HIDDEN, sock_destroy);
}

void sock_each(void (*visit)(void *object, void *argument), void *argument)
{
    handle_each(HANDLE_SOCK, visit, argument); /* first: they change into the others */
    handle_each(HANDLE_SOCK_HIDDEN, visit, argument);
}

int sock_join_ring(struct sock *sock)
{
    int ring;

    if (sock_flags(sock) & SOCK_ON_RING)
        return 0;
    host_lock_acquire(&sock->lock);
    ring = sock_flags(sock) & SOCK_ON_RING ? 0 : engine_pick_ring();
    if (ring >= 0 && !(sock_flags(sock) & SOCK_ON_RING)) {
        sock->ring = (uint8_t)ring;
        sock_set(sock, SOCK_ON_RING); /* release: whoever sees the flag sees the ring */
    }
    host_lock_release(&sock->lock);
    return ring < 0 ? WSAENOBUFS : 0;
}

void sock_operation_ended(struct sock *sock)
{
    if (sock_flags(sock) & SOCK_CLOSING)
        waitable_set(&sock->wait);
}

bool sock_wait_idle(struct sock *sock, int64_t deadline_ns)
{
    struct waitable *wait = &sock->wait;

    for (;;) {
        waitable_reset(wait); /* before the look: an operation that ends after it signals again */
        if (!queue_busy(&sock->recv) && !queue_busy(&sock->send) && !selection_busy(sock) &&
            !notification_busy(sock))
            return true;
        if (waitable_wait(&wait, 1, false, deadline_ns) == WAITABLE_INDEX_TIMEOUT)
            return false;
    }
}
