/* SPDX-License-Identifier: MIT */
/*
 * A socket. Its descriptor is always O_NONBLOCK; blocking mode is a flag here. It is closed when
 * the last reference goes, which is after every operation in flight has ended.
 *
 * [S1] flags are changed by atomic or/and; state changes that depend on each other (bind, listen,
 *      connect) are made under `lock`.
 * [S2] port is set once, after key, with release; it never changes again while the socket lives.
 * [S3] fd is set at creation; AcceptEx replaces it (dup-like) before the socket is connected, and
 *      readers hold the direction's token or the lock.
 */
#ifndef CORE_OBJECT_SOCK_H
#define CORE_OBJECT_SOCK_H

#include <winsock2.h>

#include "core/base/handle.h"
#include "core/object/waitable.h"
#include "ring/engine/engine.h"
#include "ring/host/outcome.h"

struct notification;
struct deferred_list;
struct group;
struct port;
struct selection;
struct thread;

enum sock_flag {
    SOCK_NONBLOCKING = 1 << 0,
    SOCK_OVERLAPPED = 1 << 1, /* created with the overlapped attribute */
    SOCK_BOUND = 1 << 2,
    SOCK_LISTENING = 1 << 3,
    SOCK_CONNECTING = 1 << 4,      /* connect or ConnectEx under way */
    SOCK_CONNECTED = 1 << 5,       /* also after shutdown; cleared by TF_REUSE_SOCKET, and when
                                       a datagram socket's connection is dissolved */
    SOCK_CONTEXT_PENDING = 1 << 6, /* connected by ConnectEx/AcceptEx, SO_UPDATE_* not yet set */
    SOCK_CLOSING = 1 << 7,         /* closesocket was called */
    SOCK_SHUT_RECV = 1 << 8,
    SOCK_SHUT_SEND = 1 << 9,
    SOCK_DISCONNECTED = 1 << 10,  /* DisconnectEx was called; datagrams: connect to nobody was */
    SOCK_ACCEPTING = 1 << 11,     /* the accept socket of an AcceptEx in flight */
    SOCK_SKIP_PORT = 1 << 12,     /* FILE_SKIP_COMPLETION_PORT_ON_SUCCESS */
    SOCK_SKIP_EVENT = 1 << 13,    /* FILE_SKIP_SET_EVENT_ON_HANDLE */
    SOCK_REUSE = 1 << 14,         /* SO_REUSEADDR */
    SOCK_EXCLUSIVE = 1 << 15,     /* SO_EXCLUSIVEADDRUSE */
    SOCK_ON_RING = 1 << 16,       /* ring is chosen */
    SOCK_QUIET = 1 << 17,         /* final WSACleanup: operations end silently */
    SOCK_RECV_TRIED = 1 << 18,    /* the first receive was tried directly */
    SOCK_IN_BIND_TABLE = 1 << 19, /* listed in verb/bind.c */
    SOCK_SNDBUF_SET = 1 << 20,
    SOCK_RCVBUF_SET = 1 << 21,
    SOCK_ACCEPTED = 1 << 22,       /* came from accept or AcceptEx */
    SOCK_REFUSED = 1 << 30,        /* datagrams: a send met ECONNREFUSED; a receive reports it */
    SOCK_MAY_LINGER = 1 << 23,     /* closed by a thread that may block in close */
    SOCK_CONNECT_CALL = 1 << 29,   /* with SOCK_CONNECTING: connect, not ConnectEx */
    SOCK_CONNECT_NEWS = 1 << 24,   /* a connect has ended, and FD_CONNECT was not recorded yet */
    SOCK_CONNECT_FAILED = 1 << 25, /* the last connect that ended failed */
    SOCK_AWAITED = 1 << 26,        /* select or WSAPoll slept on it: verb/await.c */
    SOCK_NETCHANGE = 1 << 27,      /* it asked for changes of addresses or routes: netchange.h */
    SOCK_ABANDONED = 1 << 28       /* the connection was reset here: verb/abandon.h */
};

/* A multipoint session that datagrams go to: verb/multipoint.c. */
struct sock_session {
    struct sock_session *before;
    uint32_t bytes;
    uint8_t name[28]; /* Linux' form */
};

/* What few sockets need; made when first asked for, and freed with the socket. */
struct sock_rare {
    int32_t send_buffer_bytes; /* as set by the caller; the kernel rounds and doubles */
    int32_t receive_buffer_bytes;
    _Atomic uint32_t send_timeout_ms; /* SO_SNDTIMEO; 0: none */
    _Atomic uint32_t receive_timeout_ms;
    struct selection *_Atomic selection;       /* WSAEventSelect: object/selection.h */
    struct deferred_list *_Atomic deferred;    /* WSAAccept: object/deferred.h */
    struct notification *_Atomic notification; /* ProcessSocketNotifications: notification.h */
    /* Who waits in its own ring under the claim of a direction, or NULL: verb/block.c. */
    struct thread *_Atomic receiver;
    struct thread *_Atomic sender;
    uint8_t receive_waits; /* under the claim: receives that begin without a try (verb/block.c) */
    bool conditional;      /* SO_CONDITIONAL_ACCEPT; under sock->lock */
    uint8_t multipoint;    /* WSA_FLAG_MULTIPOINT_ flags it was made with */
    struct group *group;   /* object/group.h */
    struct sock_session *_Atomic session;
    struct host_local local; /* that the last connect had chosen, and lost when it failed */
};

struct sock {
    struct waitable wait; /* signalled when an operation without an event completes */
    uint32_t handle;
    int32_t fd; /* [S3] */
    _Atomic uint32_t flags;
    uint8_t family; /* AF_INET or AF_INET6, Winsock's numbers */
    uint8_t type;   /* SOCK_STREAM, SOCK_DGRAM, SOCK_RAW */
    uint8_t protocol;
    uint8_t ring;
    struct port *_Atomic port; /* [S2]; counted reference */
    ULONG_PTR key;
    struct ring_queue recv; /* receives; accepts on a listener */
    struct ring_queue send; /* sends; the connect */
    struct host_lock lock;
    uint16_t linger_on, linger_s;
    struct sock_rare *_Atomic rare;
    int32_t error;             /* SO_ERROR, as a WSA code */
    uint32_t connected_at_s;   /* CLOCK_MONOTONIC seconds */
    _Atomic uint32_t listener; /* while an AcceptEx waits with this accept socket: its handle */
};

static inline uint32_t sock_flags(struct sock *sock)
{
    return atomic_load_explicit(&sock->flags, memory_order_acquire);
}
static inline uint32_t sock_set(struct sock *sock, uint32_t bits)
{
    return atomic_fetch_or_explicit(&sock->flags, bits, memory_order_acq_rel);
}
static inline uint32_t sock_clear(struct sock *sock, uint32_t bits)
{
    return atomic_fetch_and_explicit(&sock->flags, ~bits, memory_order_acq_rel);
}

/* NULL: nothing rare was ever set. acquire pairs with the release in sock_rare_make(). */
static inline struct sock_rare *sock_rare(struct sock *sock)
{
    return atomic_load_explicit(&sock->rare, memory_order_acquire);
}
/* Makes it when it is not there yet. NULL: no memory. */
struct sock_rare *sock_rare_make(struct sock *sock);

static inline struct sock *sock_ref(SOCKET s)
{
    return handle_ref(s, HANDLE_SOCK);
}
static inline void sock_unref(struct sock *sock)
{
    if (sock != NULL)
        handle_unref(sock->handle);
}

/* A socket around a descriptor, which it owns from now on. NULL: no memory or no handle left; the
 * descriptor is then closed. flags: SOCK_* bits to begin with. */
struct sock *sock_open(int fd, int family, int type, int protocol, uint32_t flags);

/* Chooses the ring at the first operation. 0 or WSAENOBUFS. */
int sock_join_ring(struct sock *sock);

/* After an operation gave back its place in a queue: tells sock_wait_idle(). */
void sock_operation_ended(struct sock *sock);
/* Waits until no operation is queued or in flight. False: the time is over. */
bool sock_wait_idle(struct sock *sock, int64_t deadline_ns);

/* Forgets a closed socket's address: bind.c's list. Registered by bind.c, called before close. */
void sock_register_unbind(void (*unbind)(struct sock *sock));

/* closesocket, with nothing under way any more: the port is free from now on, although others may
 * still hold the socket for a moment. */
void sock_release_address(struct sock *sock);

/* Listener options that an accepted socket inherits (ACCEPT-07). */
void sock_inherit(struct sock *accepted, struct sock *listener);

uint32_t sock_now_s(void); /* for connected_at_s */

#endif
