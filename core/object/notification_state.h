/* SPDX-License-Identifier: MIT */
/*
 * Readiness by packets, inside: what notification.c (registrations and their packets) and
 * notification_watch.c (the ring thread's requests) share. A socket has one struct notification for
 * its life and at most one registration at a time, which carries its own packet.
 *
 * [R1] All fields belong to `lock`, but for the watch, which is the ring thread's. No lock of a
 *      port is held where this one is taken; a packet is queued after this lock was released.
 * [R2] A registration has one packet, so whatever happens while it is queued is told as one. From
 *      `queued` becoming true until port_notice.told() the registration must not go away; whoever
 *      set `queued` queues the packet. REMOVE's packet is the last, because the registration is
 *      the socket's no longer by then.
 * [R3] Level: the packet says what holds when it is taken, and nothing when nothing does; what was
 *      told goes back to the end of the queue at once, so it is told as often as somebody asks, and
 *      no ring thread has a part in it.
 * [R4] No condition is lost: `enabled` is set under the lock before the look, and the watch is
 *      armed from the first registration on (arming tells what holds already: watch.h, [V2]). So an
 *      arrival is seen by the look, or the watch tells it later. Who takes a packet that has
 *      nothing to say clears `queued` under the same lock under which it looked.
 * [R5] Edge: `held` is what held at the last look. Calls that take from the socket look afterwards,
 *      and one that found nothing clears the bit first: an arrival behind its back is then a rise,
 *      as it should be.
 * [R6] A watch with the kernel, a call and an order on their way have a reference to the socket
 *      each. The socket and each registration have one to the notification, whose `ended` says that
 *      the socket may be gone: until then whoever holds the lock may use it.
 */
#ifndef CORE_OBJECT_NOTIFICATION_STATE_H
#define CORE_OBJECT_NOTIFICATION_STATE_H

#include "core/object/notification.h"
#include "ring/engine/watch.h"

struct notification;

struct registration {
    struct port_notice notice;  /* first: [R2] */
    struct notification *owner; /* counted reference */
    struct port *port;          /* counted reference */
    ULONG_PTR key;
    uint32_t filter;  /* SOCK_NOTIFY_REGISTER_EVENT_* */
    uint32_t held;    /* SOCK_NOTIFY_EVENT_*: [R5] */
    uint32_t pending; /* edges that the next packet tells */
    bool edge;
    bool oneshot;
    bool enabled;
    bool queued;
    bool removed; /* the packet tells SOCK_NOTIFY_EVENT_REMOVE */
};

struct notification {
    struct host_lock lock;
    _Atomic uint32_t refs; /* [R6] */
    struct sock *sock;
    struct registration *current; /* NULL: not registered */
    _Atomic bool edge;            /* a hint for notification_taken() */
    bool ended;                   /* closesocket */
    bool out;                     /* room to send was asked for once */
    bool watching;                /* `watch` is with the kernel */
    bool watching_out;            /* and tells room to send */
    bool moved;                   /* it is for a file that is no longer ours */
    bool called;                  /* `call` is on its way to the ring thread */
    bool ordered;                 /* waits for the sends before it */
    struct ring_op call;
    struct ring_watch watch;
};

static inline struct notification *notification_of(struct sock *sock)
{
    return atomic_load_explicit(&sock_rare(sock)->notification, memory_order_acquire);
}

/* Looks at the socket. True: the packet is to be queued, once the lock is released, with
 * notification_post(). */
bool notification_look_locked(struct notification *notification);
void notification_post(struct registration *registration);

/* notification_watch.c: */
void notification_watch_init(struct notification *notification);
/* Has the ring thread make its request what it should be now, unless it is. */
void notification_call_locked(struct notification *notification);
/* There is room, but sends accepted earlier come first: looks again after them. */
void notification_order_locked(struct notification *notification);

/* The ring thread has something of ours, or is about to. */
static inline bool notification_held_locked(const struct notification *notification)
{
    return notification->watching || notification->called || notification->ordered;
}

#endif
