/* SPDX-License-Identifier: MIT */
/*
 * The control codes of WSAIoctl: one row each in ioctl_table.c. A row's function returns 0 or a WSA
 * code; docs/calls/WSAIoctl.md has the checks in order. The application's memory is read and
 * written through checked copies only.
 */
#ifndef CORE_VERB_IOCTL_H
#define CORE_VERB_IOCTL_H

#include <winsock2.h>

#include "core/object/sock.h"

struct ioctl_call {
    struct sock *sock;
    SOCKET s; /* the handle that the caller has */
    DWORD code;
    const void *in;
    DWORD in_bytes;
    void *out;
    DWORD out_bytes;
    WSAOVERLAPPED *overlapped; /* NULL: synchronous */
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    DWORD returned; /* what the caller's count receives when the call succeeds */
    bool report;    /* also though it fails: how much room it needs */
    bool uncounted; /* the completion says 0 bytes (IOCTL-25, IOCTL-30) */
};

/* Kinds of sockets, as a set of bits. */
enum ioctl_kind {
    IOCTL_TCP4 = 1 << 0,
    IOCTL_TCP6 = 1 << 1,
    IOCTL_UDP4 = 1 << 2,
    IOCTL_UDP6 = 1 << 3,
    IOCTL_RAW4 = 1 << 4,
    IOCTL_RAW6 = 1 << 5,
    IOCTL_UNIX = 1 << 6,
    IOCTL_NONE = 0,
    IOCTL_TCP = IOCTL_TCP4 | IOCTL_TCP6,
    IOCTL_UDP = IOCTL_UDP4 | IOCTL_UDP6,
    IOCTL_RAW = IOCTL_RAW4 | IOCTL_RAW6,
    IOCTL_MESSAGES = IOCTL_UDP | IOCTL_RAW,
    IOCTL_INET4 = IOCTL_TCP4 | IOCTL_UDP4 | IOCTL_RAW4,
    IOCTL_INET = IOCTL_TCP | IOCTL_MESSAGES,
    IOCTL_ANY = IOCTL_INET | IOCTL_UNIX
};

enum ioctl_flag {
    IOCTL_WAITS = 1,  /* `run` handles `overlapped` itself, and completes it */
    IOCTL_PENDS = 2,  /* overlapped it says WSA_IO_PENDING although it has ended (IOCTL-32) */
    IOCTL_ZEROES = 4, /* a failed synchronous call sets the count to 0 (IOCTL-13) */
    IOCTL_MARKS = 8   /* a failed overlapped call leaves Internal STATUS_PENDING (IOCTL-14) */
};

struct ioctl_row {
    DWORD code;
    int (*run)(struct ioctl_call *call); /* NULL: no kind of socket has it */
    uint8_t in_bytes;                    /* less, or no pointer: WSAEFAULT; 0: `run` looks */
    uint8_t out_bytes;                   /* the same */
    uint8_t kinds;                       /* enum ioctl_kind: which sockets have it */
    uint8_t flags;                       /* enum ioctl_flag */
    int otherwise;                       /* WSA code for the other kinds */
};

/* NULL: nobody knows the code. */
const struct ioctl_row *ioctl_find(DWORD code);
/* The row's checks in the order `kinds`, `in_bytes`, `out_bytes`, then its function. */
int ioctl_run(const struct ioctl_row *row, struct ioctl_call *call);

/* For the functions of rows. The first `bytes` of the input; WSAEFAULT when it is too short. */
int ioctl_input(const struct ioctl_call *call, void *to, DWORD bytes);
/* Writes an output of `bytes` and sets call->returned; WSAEFAULT when there is no room. */
int ioctl_output(struct ioctl_call *call, const void *from, DWORD bytes);

/* ioctl_plain.c: the codes that ioctlsocket has too */
int ioctl_nonblocking(struct ioctl_call *call); /* FIONBIO */
int ioctl_unread(struct ioctl_call *call);      /* FIONREAD */
int ioctl_at_mark(struct ioctl_call *call);     /* SIOCATMARK */

/* address_list.c, address_sort.c, ioctl_change.c */
int ioctl_address_list(struct ioctl_call *call); /* SIO_ADDRESS_LIST_QUERY */
int ioctl_address_sort(struct ioctl_call *call); /* SIO_ADDRESS_LIST_SORT */
int ioctl_routing(struct ioctl_call *call);      /* SIO_ROUTING_INTERFACE_QUERY */
/* SIO_ADDRESS_LIST_CHANGE and SIO_ROUTING_INTERFACE_CHANGE, in every form: 0 (it waited),
 * WSAEWOULDBLOCK (a network event follows), WSA_IO_PENDING, or an error. */
int ioctl_change(struct ioctl_call *call);

/* ioctl_tcp.c */
int ioctl_keepalive(struct ioctl_call *call);      /* SIO_KEEPALIVE_VALS */
int ioctl_tcp_info(struct ioctl_call *call);       /* SIO_TCP_INFO */
int ioctl_fast_path(struct ioctl_call *call);      /* SIO_LOOPBACK_FAST_PATH */
int ioctl_initial_rto(struct ioctl_call *call);    /* SIO_TCP_INITIAL_RTO */
int ioctl_compatibility(struct ioctl_call *call);  /* SIO_SET_COMPATIBILITY_MODE */
int ioctl_priority_hint(struct ioctl_call *call);  /* SIO_PRIORITY_HINT */
int ioctl_backlog(struct ioctl_call *call);        /* SIO_IDEAL_SEND_BACKLOG_QUERY */
int ioctl_backlog_change(struct ioctl_call *call); /* SIO_IDEAL_SEND_BACKLOG_CHANGE */

/* ioctl_udp.c */
int ioctl_udp_reset(struct ioctl_call *call); /* SIO_UDP_CONNRESET, SIO_UDP_NETRESET */

/* ioctl_handle.c */
int ioctl_base_handle(struct ioctl_call *call);   /* SIO_BASE_HANDLE and the SIO_BSP_HANDLE codes */
int ioctl_rss_processor(struct ioctl_call *call); /* SIO_QUERY_RSS_PROCESSOR_INFO */
int ioctl_rss_scalability(struct ioctl_call *call); /* SIO_QUERY_RSS_SCALABILITY_INFO */
int ioctl_cpu_affinity(struct ioctl_call *call);    /* SIO_CPU_AFFINITY */
int ioctl_timestamping(struct ioctl_call *call);    /* SIO_TIMESTAMPING */

/* ioctl_interface.c */
int ioctl_interface_list(struct ioctl_call *call);    /* SIO_GET_INTERFACE_LIST */
int ioctl_broadcast_address(struct ioctl_call *call); /* SIO_GET_BROADCAST_ADDRESS */
int ioctl_index_bind(struct ioctl_call *call);        /* SIO_INDEX_BIND */
int ioctl_circular(struct ioctl_call *call);          /* SIO_ENABLE_CIRCULAR_QUEUEING */

/* ioctl_capture.c */
int ioctl_capture(struct ioctl_call *call);      /* SIO_RCVALL and its kind */
int ioctl_router_alert(struct ioctl_call *call); /* SIO_ABSORB_RTRALERT */

/* ioctl_multicast.c */
int ioctl_multipoint_loopback(struct ioctl_call *call);
int ioctl_multicast_scope(struct ioctl_call *call);
int ioctl_interface_index(struct ioctl_call *call); /* SIO_UCAST_IF, SIO_INDEX_MCASTIF */
int ioctl_index_group(struct ioctl_call *call);     /* SIO_INDEX_ADD_MCAST, _DEL_MCAST */
int ioctl_filter_set(struct ioctl_call *call);      /* SIO_SET_MULTICAST_FILTER, SIOCSMSFILTER */
int ioctl_filter_get(struct ioctl_call *call);      /* SIO_GET_MULTICAST_FILTER, SIOCGMSFILTER */

int ioctl_unix_peer(struct ioctl_call *call); /* SIO_AF_UNIX_GETPEERPID; unix.c */

#endif
