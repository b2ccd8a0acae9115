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
#include "core/object/duplicate.h"
#include "core/object/waitable.h"
#include "ring/engine/engine.h"
#include "ring/host/outcome.h"

struct notification;
struct deferred_list;
struct group;
struct port;
struct selection;
struct sock_inet;
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
    SOCK_RESET = 1 << 23,          /* a stream: the kernel has told one call of the reset */
    SOCK_REFUSED = 1 << 30,        /* datagrams: a send met ECONNREFUSED; a receive reports it */
    SOCK_CONNECT_CALL = 1 << 29,   /* with SOCK_CONNECTING: connect, not ConnectEx */
    SOCK_CONNECT_NEWS = 1 << 24,   /* a connect has ended, and FD_CONNECT was not recorded yet */
    SOCK_CONNECT_FAILED = 1 << 25, /* the last connect that ended failed */
    SOCK_AWAITED = 1 << 26,        /* select or WSAPoll slept on it: verb/await.c */
    SOCK_NETCHANGE = 1 << 27,      /* it asked for changes of addresses or routes: netchange.h */
    SOCK_ABANDONED = 1 << 28       /* the connection was reset here: verb/abandon.h */
};

/* What few sockets are asked to be, in sock_rare.modes: see sock_modes(). */
enum sock_mode {
    SOCK_MODE_NO_CONNRESET = 1 << 0, /* SIO_UDP_CONNRESET was turned off */
    SOCK_MODE_NO_NETRESET = 1 << 1,  /* SIO_UDP_NETRESET was */
    SOCK_MODE_PLACES = 1 << 2,       /* the kernel tells where datagrams went: verb/control.h */
    SOCK_MODE_CAPTURES = 1 << 8,     /* SIO_RCVALL: the descriptor is a packet socket's */
    SOCK_MODE_SPREADS = 1 << 9,      /* SIO_CPU_AFFINITY: others of the kind may have its address */
    /* Options that are kept and read back: verb/option_socket.c, verb/option_tcp.c. */
    SOCK_MODE_DEBUG = 1 << 16,
    SOCK_MODE_RANDOMIZE_PORT = 1 << 17,
    SOCK_MODE_PORT_SCALABILITY = 1 << 18,
    SOCK_MODE_REUSE_UNICASTPORT = 1 << 19,
    SOCK_MODE_REUSE_MULTICASTPORT = 1 << 20, /* bind.c acts on it */
    SOCK_MODE_NO_SYN_RETRIES = 1 << 21,
    SOCK_MODE_FAIL_ON_ICMP = 1 << 22, /* TCP_FAIL_CONNECT_ON_ICMP_ERROR */
    SOCK_MODE_NO_INHERIT = 1 << 29,   /* WSA_FLAG_NO_HANDLE_INHERIT, SetHandleInformation() */
    SOCK_MODE_SHARED = 1 << 30        /* other processes may have the same kernel socket */
};

/* What a datagram socket's own datagrams were answered with, in sock.answers: object/icmp.h. */
enum sock_answers {
    SOCK_ANSWERS_KEPT = 1,   /* the kernel keeps them for us */
    SOCK_ANSWERS_EXPIRED = 2 /* with SOCK_REFUSED: what to report is WSAENETRESET */
};

/* Control messages that a receive is asked for, in sock_rare.controls; IPPROTO_IP's as they stand,
 * IPPROTO_IPV6's SOCK_CONTROL_INET6_SHIFT further up. verb/option_control.c has the kernel tell
 * what they need: IP_PKTINFO for those about addresses and interfaces, IP_RECVTTL, IP_RECVTOS. */
enum sock_control {
    SOCK_CONTROL_PKTINFO = 1 << 0,    /* IP_PKTINFO */
    SOCK_CONTROL_PKTINFO_EX = 1 << 1, /* IP_PKTINFO_EX */
    SOCK_CONTROL_HOPLIMIT = 1 << 2,   /* IP_RECVTTL, which is IP_HOPLIMIT; IPV6_HOPLIMIT */
    SOCK_CONTROL_TCLASS = 1 << 3,     /* IP_RECVTOS, which is IP_RECVTCLASS; IPV6_RECVTCLASS */
    SOCK_CONTROL_ECN = 1 << 4,        /* IP_RECVECN */
    SOCK_CONTROL_RECVIF = 1 << 5,     /* IP_RECVIF */
    SOCK_CONTROL_DSTADDR = 1 << 6,    /* IP_RECVDSTADDR */
    SOCK_CONTROL_ARRIVAL_IF = 1 << 7, /* IP_ORIGINAL_ARRIVAL_IF */
    SOCK_CONTROL_RECVERR = 1 << 8,    /* IP_RECVERR; the kernel's stays off */
    SOCK_CONTROL_HOPOPTS = 1 << 9,    /* IPV6_HOPOPTS */
    SOCK_CONTROL_RTHDR = 1 << 10,     /* IP_RTHDR */
    SOCK_CONTROL_RECVRTHDR = 1 << 11, /* IP_RECVRTHDR */
    SOCK_CONTROL_INET6_SHIFT = 16
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
    struct op *_Atomic lone;                   /* a receive that is kept: object/lone.h */
    _Atomic uint32_t modes;                    /* enum sock_mode */
    _Atomic uint32_t controls;                 /* enum sock_control */
    struct sock_inet *inet;                    /* verb/option_inet.h; under sock->lock */
    struct selection *_Atomic selection;       /* WSAEventSelect: object/selection.h */
    struct deferred_list *_Atomic deferred;    /* WSAAccept: object/deferred.h */
    struct notification *_Atomic notification; /* ProcessSocketNotifications: notification.h */
    /* Who waits in its own ring under the claim of a direction, or NULL: verb/block.c. */
    struct thread *_Atomic receiver;
    struct thread *_Atomic sender;
    int32_t uncaptured;    /* [K1] of verb/ioctl_capture.c */
    uint8_t receive_waits; /* under the claim: receives that begin without a try (verb/block.c) */
    bool conditional;      /* SO_CONDITIONAL_ACCEPT; under sock->lock */
    uint8_t offload_preference; /* TCP_OFFLOAD_PREFERENCE; this and the next ones as that */
    uint8_t syn_retries;        /* of the kernel, before TCP_NOSYNRETRIES */
    int32_t group_priority;
    uint32_t
        keep_idle_s; /* TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT as set by the caller; 0: none */
    uint32_t keep_interval_s;
    uint32_t keep_count;
    uint32_t udp_segment_bytes; /* UDP_SEND_MSG_SIZE; the kernel has it as UDP_SEGMENT */
    uint32_t
        udp_coalesce_bytes; /* UDP_RECV_MAX_COALESCED_SIZE; not 0: the kernel's UDP_GRO is on */
    uint8_t multipoint;     /* WSA_FLAG_MULTIPOINT_ flags it was made with */
    struct group *group;    /* object/group.h */
    struct sock_session *_Atomic session;
    struct host_icmp icmp; /* that ended the last connect; verb/connect_icmp.c, under sock->lock */
    struct host_local local;      /* that the last connect had chosen, and lost when it failed */
    struct duplicate *duplicates; /* its other handles: object/sharing.c, under sock->lock */
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
    uint8_t linger_on;
    _Atomic uint8_t answers; /* enum sock_answers */
    uint16_t linger_s;
    struct sock_rare *_Atomic rare;
    int32_t error;               /* SO_ERROR, as a WSA code */
    uint32_t connected_at_s;     /* CLOCK_MONOTONIC seconds */
    _Atomic uint32_t listener;   /* while an AcceptEx waits with this accept socket: its handle */
    _Atomic uint32_t connection; /* how many it had before this one; see sock_connection() */
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

/* A call that began on an earlier connection of the handle (TF_REUSE_SOCKET) must not speak for
 * this one. It changes under sock->lock. */
static inline uint32_t sock_connection(struct sock *sock)
{
    return atomic_load_explicit(&sock->connection, memory_order_relaxed); /* a number on its own */
}

/* NULL: nothing rare was ever set. acquire pairs with the release in sock_rare_make(). */
static inline struct sock_rare *sock_rare(struct sock *sock)
{
    return atomic_load_explicit(&sock->rare, memory_order_acquire);
}
/* Makes it when it is not there yet. NULL: no memory. */
struct sock_rare *sock_rare_make(struct sock *sock);

/* enum sock_mode. Unlike the flags they are not read on every call. */
static inline uint32_t sock_modes(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare == NULL ? 0 : atomic_load_explicit(&rare->modes, memory_order_acquire);
}
/* enum sock_control. */
static inline uint32_t sock_controls(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare == NULL ? 0 : atomic_load_explicit(&rare->controls, memory_order_acquire);
}
/* Sets or clears `mode`. False: no memory. */
static inline bool sock_set_mode(struct sock *sock, uint32_t mode, bool on)
{
    struct sock_rare *rare = on ? sock_rare_make(sock) : sock_rare(sock);

    if (rare == NULL)
        return !on;
    if (on)
        atomic_fetch_or_explicit(&rare->modes, mode, memory_order_acq_rel);
    else
        atomic_fetch_and_explicit(&rare->modes, ~mode, memory_order_acq_rel);
    return true;
}

/* By any of its handles, its own or another: object/sharing.h. */
static inline struct sock *sock_ref(SOCKET s)
{
    return object_ref(s, HANDLE_SOCK);
}
/* By sock->handle, which the application may have closed while others of its handles are open. */
static inline struct sock *sock_ref_own(uint64_t handle)
{
    struct sock *sock = handle_ref(handle, HANDLE_SOCK);

    return sock != NULL ? sock : handle_ref(handle, HANDLE_SOCK_HIDDEN);
}
static inline void sock_unref(struct sock *sock)
{
    if (sock != NULL)
        handle_unref(sock->handle);
}

/* A socket around a descriptor, which it owns from now on. NULL: no memory or no handle left; the
 * descriptor is then closed. flags: SOCK_* bits to begin with. The caller gets a reference: another
 * thread's WSACleanup may close the new socket at once. */
struct sock *sock_open(int fd, int family, int type, int protocol, uint32_t flags);

/* Calls visit with a counted reference for each socket that has an open handle. */
void sock_each(void (*visit)(void *object, void *argument), void *argument);

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
