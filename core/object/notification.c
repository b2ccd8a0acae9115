/* SPDX-License-Identifier: MIT */
/* Readiness by packets: registrations, and what a packet says. notification_state.h states the
 * rules. */
#include "core/object/notification_state.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/readiness.h"
#include "ring/host/poll.h"

/* ---- Life ---- */

static void notification_unref(struct notification *notification)
{
    /* acq_rel: whoever frees it sees what the others did. */
    if (atomic_fetch_sub_explicit(&notification->refs, 1, memory_order_acq_rel) == 1)
        mem_free(notification);
}

static struct notification *notification_make(struct sock *sock)
{
    struct sock_rare *rare = sock_rare_make(sock);
    struct notification *made;
    struct notification *old = NULL;

    if (rare == NULL)
        return NULL;
    if (notification_exists(sock))
        return notification_of(sock);
    made = mem_zalloc(thread_self()->shard, sizeof *made); /* exists: it made `rare` */
    if (made == NULL)
        return NULL;
    made->sock = sock;
    atomic_init(&made->refs, 1);
    notification_watch_init(made);
    /* release: whoever sees the pointer sees what is behind it. */
    if (atomic_compare_exchange_strong_explicit(&rare->notification, &old, made,
                                                memory_order_acq_rel, memory_order_acquire))
        return made;
    mem_free(made); /* another thread was faster */
    return old;
}

static void registration_free(struct registration *registration)
{
    if (registration == NULL)
        return;
    port_unref(registration->port);
    notification_unref(registration->owner);
    mem_free(registration);
}

static bool registration_told(struct port_notice *notice, OVERLAPPED_ENTRY *entry);

/* NULL: no memory. */
static struct registration *registration_make(struct notification *owner, struct port *port,
                                              ULONG_PTR key)
{
    struct registration *made = mem_zalloc(thread_self()->shard, sizeof *made);

    if (made == NULL)
        return NULL;
    made->notice.packet.flags = OP_NOTICE;
    made->notice.told = registration_told;
    made->key = key;
    made->port = port;
    handle_ref_again(port_handle(port));
    made->owner = owner;
    /* relaxed: the caller holds the lock, and with it the socket's reference. */
    atomic_fetch_add_explicit(&owner->refs, 1, memory_order_relaxed);
    return made;
}

/* ---- Looking ---- */

static uint32_t registration_events(uint32_t ready, uint32_t filter)
{
    bool ended = ready & (READY_CLOSED | READY_RESET);
    uint32_t events = 0;

    if (ready & READY_READ)
        events |= SOCK_NOTIFY_EVENT_IN;
    if (ready & READY_WRITE)
        events |= SOCK_NOTIFY_EVENT_OUT;
    if (ended)
        /* Who does not ask for the end learns it from a receive, which would not block. */
        events |= filter & SOCK_NOTIFY_REGISTER_EVENT_HANGUP ? SOCK_NOTIFY_EVENT_HANGUP
                                                             : SOCK_NOTIFY_EVENT_IN;
    events &= filter;
    if ((ready & (READY_RESET | READY_FAILED)) && filter != SOCK_NOTIFY_REGISTER_EVENT_NONE)
        events |= SOCK_NOTIFY_EVENT_ERR; /* whatever the filter */
    return events;
}

/* What holds now. */
static uint32_t registration_conditions_locked(struct registration *registration)
{
    struct notification *notification = registration->owner;
    struct sock *sock = notification->sock;
    uint32_t want = READY_READ | READY_CLOSED;
    uint32_t ready;
    int found;

    if (registration->filter & SOCK_NOTIFY_REGISTER_EVENT_OUT)
        want |= READY_WRITE;
    found = host_poll_now(sock->fd, readiness_events(want));
    ready = found < 0 ? 0 : readiness_of(sock, found);
    /* The end of a connect is news; of the sends before the next one somebody has to tell. */
    if ((want & READY_WRITE) && (ready & READY_SETTLING) && !(sock_flags(sock) & SOCK_CONNECTING))
        notification_order_locked(notification);
    return registration_events(ready, registration->filter);
}

bool notification_look_locked(struct notification *notification)
{
    struct registration *registration = notification->current;
    uint32_t now;

    if (registration == NULL || !registration->enabled ||
        (registration->queued && !registration->edge)) /* [R3] the packet looks for itself */
        return false;
    now = registration_conditions_locked(registration);
    if (registration->edge) {
        registration->pending |= now & ~registration->held;
        registration->held = now;
        now = registration->pending;
    }
    if (now == 0 || registration->queued)
        return false;
    registration->queued = true;
    return true;
}

void notification_post(struct registration *registration)
{
    port_post(registration->port, &registration->notice.packet);
}

/* ---- The packet ---- */

static uint32_t registration_read_locked(struct registration *registration)
{
    uint32_t events;

    if (registration->removed)
        return SOCK_NOTIFY_EVENT_REMOVE;
    if (registration->owner->ended || !registration->enabled)
        return 0;
    if (!registration->edge)
        return registration_conditions_locked(registration);
    events = registration->pending;
    registration->pending = 0;
    return events;
}

static bool registration_told(struct port_notice *notice, OVERLAPPED_ENTRY *entry)
{
    struct registration *registration = (struct registration *)(void *)notice;
    struct notification *notification = registration->owner;
    uint32_t events = 0;
    bool again = false;
    bool gone;

    host_lock_acquire(&notification->lock);
    if (entry != NULL)
        events = registration_read_locked(registration);
    if (events != 0 && registration->oneshot)
        registration->enabled = false;
    else if (events != 0 && !registration->edge && !registration->removed)
        again = true; /* [R3] */
    registration->queued = again;
    gone = registration != notification->current && !again;
    if (events != 0)
        *entry = (OVERLAPPED_ENTRY){.lpCompletionKey = registration->key,
                                    .dwNumberOfBytesTransferred = events};
    host_lock_release(&notification->lock);
    if (again)
        notification_post(registration);
    else if (gone)
        registration_free(registration);
    return events != 0;
}

/* ---- Changing ---- */

/* Takes the registration from the socket. Returns it when nobody else has it, to be freed. */
static struct registration *notification_detach_locked(struct notification *notification)
{
    struct registration *registration = notification->current;

    notification->current = NULL;
    atomic_store_explicit(&notification->edge, false, memory_order_relaxed); /* a hint */
    if (registration == NULL)
        return NULL;
    registration->enabled = false;
    return registration->queued ? NULL : registration;
}

/* True: the packet is to be queued. */
static bool notification_enable_locked(struct notification *notification,
                                       const SOCK_NOTIFY_REGISTRATION *wish)
{
    struct registration *registration = notification->current;
    bool edge = wish->triggerFlags & SOCK_NOTIFY_TRIGGER_EDGE;
    bool stays = registration->enabled && registration->edge && edge;
    uint32_t watched = stays ? registration->filter | SOCK_NOTIFY_EVENT_ERR : 0;
    bool post;

    registration->filter = wish->eventFilter;
    registration->edge = edge;
    registration->oneshot = wish->triggerFlags & SOCK_NOTIFY_TRIGGER_ONESHOT;
    registration->enabled = true;
    if (edge) { /* what holds already is a change only where somebody was watching */
        uint32_t now = registration_conditions_locked(registration);

        registration->pending |= now & ~registration->held;
        registration->pending &= watched & (registration->filter | SOCK_NOTIFY_EVENT_ERR);
        registration->held = now;
    }
    atomic_store_explicit(&notification->edge, edge, memory_order_relaxed); /* a hint */
    notification->out |= (wish->eventFilter & SOCK_NOTIFY_REGISTER_EVENT_OUT) != 0;
    post = notification_look_locked(notification);
    notification_call_locked(notification);
    return post;
}

static uint32_t notification_enable(struct sock *sock, struct port *port,
                                    const SOCK_NOTIFY_REGISTRATION *wish)
{
    struct notification *notification = sock_join_ring(sock) == 0 ? notification_make(sock) : NULL;
    struct registration *stale = NULL;
    struct registration *post = NULL;
    uint32_t error = 0;

    if (notification == NULL)
        return WSAENOBUFS;
    host_lock_acquire(&notification->lock);
    /* notification_end() may have come before there was anything to end. */
    if (sock_clear(sock, 0) & SOCK_CLOSING)
        notification->ended = true;
    if (notification->current != NULL && port_closed(notification->current->port))
        stale = notification_detach_locked(notification);
    if (notification->ended)
        error = WSAENOTSOCK;
    else if (notification->current == NULL &&
             (notification->current =
                  registration_make(notification, port, (ULONG_PTR)wish->completionKey)) == NULL)
        error = WSAENOBUFS;
    else if (notification->current->port != port)
        error = WSAEINVAL;
    else if (notification_enable_locked(notification, wish))
        post = notification->current;
    host_lock_release(&notification->lock);
    registration_free(stale);
    if (post != NULL)
        notification_post(post);
    return error;
}

static uint32_t notification_disable(struct sock *sock, struct port *port, bool remove)
{
    struct notification *notification;
    struct registration *registration;
    struct registration *post = NULL;
    uint32_t error = 0;

    if (!notification_exists(sock))
        return ERROR_NOT_FOUND;
    notification = notification_of(sock);
    host_lock_acquire(&notification->lock);
    registration = notification->current;
    if (registration == NULL || registration->port != port) {
        error = ERROR_NOT_FOUND;
    } else if (!remove) {
        registration->enabled = false;
        registration->pending = 0;
    } else {
        post = notification_detach_locked(notification);
        registration->removed = true;
        registration->queued = true;
        notification_call_locked(notification);
    }
    host_lock_release(&notification->lock);
    if (post != NULL)
        notification_post(post);
    return error;
}

uint32_t notification_change(struct sock *sock, struct port *port,
                             const SOCK_NOTIFY_REGISTRATION *wish)
{
    if (wish->operation == SOCK_NOTIFY_OP_ENABLE)
        return notification_enable(sock, port, wish);
    return notification_disable(sock, port, wish->operation == SOCK_NOTIFY_OP_REMOVE);
}

/* ---- What happens to the socket ---- */

/* `ceased`: [R5]. `moved`: the file is another one. */
static void notification_update(struct sock *sock, uint32_t ceased, bool moved)
{
    struct notification *notification = notification_of(sock);
    struct registration *post = NULL;

    host_lock_acquire(&notification->lock);
    if (notification->current != NULL && !notification->ended) {
        notification->current->held &= ~ceased;
        notification->moved |= moved;
        if (notification_look_locked(notification))
            post = notification->current;
        notification_call_locked(notification);
    }
    host_lock_release(&notification->lock);
    if (post != NULL)
        notification_post(post);
}

void notification_taken_slow(struct sock *sock, uint32_t ceased)
{
    /* relaxed: a thread that enables and another that takes have no order but the lock's, and
     * whoever enables looks. */
    if (atomic_load_explicit(&notification_of(sock)->edge, memory_order_relaxed))
        notification_update(sock, ceased, false);
}

void notification_news_slow(struct sock *sock)
{
    notification_update(sock, 0, false);
}

void notification_moved_slow(struct sock *sock)
{
    notification_update(sock, 0, true);
}

/* ---- The end ---- */

bool notification_end(struct sock *sock)
{
    struct notification *notification;
    struct registration *registration;
    bool busy;

    if (!notification_exists(sock))
        return false;
    notification = notification_of(sock);
    host_lock_acquire(&notification->lock);
    notification->ended = true;
    registration = notification_detach_locked(notification);
    notification_call_locked(notification);
    busy = notification_held_locked(notification);
    host_lock_release(&notification->lock);
    registration_free(registration);
    return busy;
}

bool notification_busy(struct sock *sock)
{
    struct notification *notification;
    bool busy;

    if (!notification_exists(sock))
        return false;
    notification = notification_of(sock);
    host_lock_acquire(&notification->lock);
    busy = notification_held_locked(notification);
    host_lock_release(&notification->lock);
    return busy;
}

void notification_free(struct sock *sock)
{
    if (!notification_exists(sock))
        return;
    notification_end(sock); /* for a socket whose handle was never closed by closesocket */
    notification_unref(notification_of(sock));
}
