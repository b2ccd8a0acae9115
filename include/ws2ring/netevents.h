/* SPDX-License-Identifier: MIT */
/*
 * Learning of network events: select, WSAPoll, WSAEventSelect, WSAEnumNetworkEvents. Part of
 * winsock2.h.
 */
#ifndef WS2RING_PART_NETEVENTS_H
#define WS2RING_PART_NETEVENTS_H

/* Lays libc's fd_set, select, FD_*, pollfd and POLL* aside; FD_SETSIZE is left where it is the
 * user's own. */
#include <ws2ring/rename.h>

/* How many sockets a set has room for, unless the user said otherwise before. */
#ifndef FD_SETSIZE
#define FD_SETSIZE 64
#endif

/* ---- select() ---- */

/* A list of sockets: the first fd_count entries of fd_array. A program may make a longer one itself
 * and pass it for this: only fd_count says how many there are. */
typedef struct fd_set {
    u_int fd_count;
    SOCKET fd_array[FD_SETSIZE];
} fd_set;
typedef struct fd_set FD_SET;
typedef struct fd_set *PFD_SET;
typedef struct fd_set *LPFD_SET;

/* struct timeval is the system's, whose two numbers are long and so wider than on Windows. */
typedef struct timeval TIMEVAL;
typedef struct timeval *PTIMEVAL;
typedef struct timeval *LPTIMEVAL;

WS2RING_INLINE void ws2ring_fd_add(SOCKET s, struct fd_set *set)
{
    u_int i = 0;

    while (i < set->fd_count && set->fd_array[i] != s)
        i++;
    if (i == set->fd_count && i < FD_SETSIZE)
        set->fd_array[set->fd_count++] = s;
}

WS2RING_INLINE void ws2ring_fd_remove(SOCKET s, struct fd_set *set)
{
    u_int i = 0;

    while (i < set->fd_count && set->fd_array[i] != s)
        i++;
    if (i == set->fd_count)
        return;
    for (set->fd_count--; i < set->fd_count; i++)
        set->fd_array[i] = set->fd_array[i + 1];
}

/* Adds a socket, once; a full set stays as it is. */
#define FD_SET(s, set) ws2ring_fd_add((SOCKET)(s), (struct fd_set *)(set))
/* Takes a socket out; the others keep their order. */
#define FD_CLR(s, set) ws2ring_fd_remove((SOCKET)(s), (struct fd_set *)(set))
#define FD_ZERO(set)   (((struct fd_set *)(set))->fd_count = 0)
/* Not 0: the socket is in the set. */
#define FD_ISSET(s, set) __WSAFDIsSet((SOCKET)(s), (struct fd_set *)(set))

/* ---- WSAPoll() ---- */

/* What to look for, and what was found. */
#define POLLERR    0x0001 /* found only */
#define POLLHUP    0x0002 /* found only: the peer ended the connection */
#define POLLNVAL   0x0004 /* found only: not a socket */
#define POLLWRNORM 0x0010
#define POLLWRBAND 0x0020 /* refused */
#define POLLRDNORM 0x0100
#define POLLRDBAND 0x0200 /* urgent data */
#define POLLPRI    0x0400 /* refused */
#define POLLIN     (POLLRDNORM | POLLRDBAND)
#define POLLOUT    POLLWRNORM

typedef struct pollfd {
    SOCKET fd;
    SHORT events;
    SHORT revents;
} WSAPOLLFD, *PWSAPOLLFD, *LPWSAPOLLFD;

/* ---- WSAEventSelect() ---- */

/* Places in WSANETWORKEVENTS.iErrorCode, and the bits of the events. */
#define FD_READ_BIT                     0
#define FD_READ                         (1 << FD_READ_BIT)
#define FD_WRITE_BIT                    1
#define FD_WRITE                        (1 << FD_WRITE_BIT)
#define FD_OOB_BIT                      2
#define FD_OOB                          (1 << FD_OOB_BIT)
#define FD_ACCEPT_BIT                   3
#define FD_ACCEPT                       (1 << FD_ACCEPT_BIT)
#define FD_CONNECT_BIT                  4
#define FD_CONNECT                      (1 << FD_CONNECT_BIT)
#define FD_CLOSE_BIT                    5
#define FD_CLOSE                        (1 << FD_CLOSE_BIT)
#define FD_QOS_BIT                      6
#define FD_QOS                          (1 << FD_QOS_BIT)
#define FD_GROUP_QOS_BIT                7
#define FD_GROUP_QOS                    (1 << FD_GROUP_QOS_BIT)
#define FD_ROUTING_INTERFACE_CHANGE_BIT 8
#define FD_ROUTING_INTERFACE_CHANGE     (1 << FD_ROUTING_INTERFACE_CHANGE_BIT)
#define FD_ADDRESS_LIST_CHANGE_BIT      9
#define FD_ADDRESS_LIST_CHANGE          (1 << FD_ADDRESS_LIST_CHANGE_BIT)
#define FD_MAX_EVENTS                   10
#define FD_ALL_EVENTS                   ((1 << FD_MAX_EVENTS) - 1)

/* What was recorded; only the error codes of the events in lNetworkEvents are written. */
typedef struct _WSANETWORKEVENTS {
    LONG lNetworkEvents;
    int iErrorCode[FD_MAX_EVENTS];
} WSANETWORKEVENTS, *LPWSANETWORKEVENTS;

WS2RING_BEGIN_DECLS

/**
 * Waits until one of several sockets can be read, written, or has something exceptional to report.
 *
 * @param count      ignored
 * @param readfds    in: sockets to read from or to accept on; out: those that are ready; or NULL
 * @param writefds   in: sockets to write to, or that are connecting; out: those that are ready, or
 *                   connected; or NULL
 * @param exceptfds  in: sockets whose failed connect or urgent data matter; out: those; or NULL
 * @param timeout    how long to wait, never changed; NULL: without limit, zero: not at all
 * @return entries in the three sets, 0: the time is over; SOCKET_ERROR with WSAGetLastError()
 *         WSANOTINITIALISED, WSAEFAULT (a pointer), WSAEINVAL (`timeout`, or no socket at all),
 *         WSAENOTSOCK (an entry, or one closed meanwhile) or WSAENOBUFS
 * Linux:   a signal does not end the wait; FD_SETSIZE limits only the macros.
 * Source:  Microsoft Learn, "select function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI select(int count, struct fd_set *readfds, struct fd_set *writefds,
                              struct fd_set *exceptfds, const struct timeval *timeout)
    WS2RING_SYM(select);

/**
 * Tells whether a set has a socket: what FD_ISSET() calls.
 *
 * @param s          the socket, or any other value
 * @param set        the set
 * @return not 0: it has; needs no WSAStartup()
 * Source:  Microsoft Learn, "__WSAFDIsSet function".
 */
WS2RING_API int WSAAPI __WSAFDIsSet(SOCKET s, struct fd_set *set) WS2RING_SYM(__WSAFDIsSet);

/**
 * Waits until one of several sockets has one of the conditions it is asked for.
 *
 * @param fds        sockets, each with POLLRDNORM, POLLRDBAND, POLLWRNORM or none; receives those
 *                   that hold, and POLLERR, POLLHUP and POLLNVAL whether asked for or not
 * @param count      entries in `fds`
 * @param timeout    milliseconds; 0: do not wait, negative: without limit
 * @return entries with a condition other than POLLNVAL, 0: the time is over; SOCKET_ERROR with
 *         WSAGetLastError() WSANOTINITIALISED, WSAEFAULT (`fds`), WSAEINVAL (`events`, or `count`
 *         is 0), WSAENOTSOCK (no entry is a socket) or WSAENOBUFS
 * Linux:   a signal does not end the wait.
 * Source:  Microsoft Learn, "WSAPoll function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAPoll(LPWSAPOLLFD fds, ULONG count, INT timeout) WS2RING_SYM(WSAPoll);

/**
 * Signals an event object when one of the chosen network events happens on a socket; the socket
 * becomes non-blocking. It replaces what was chosen before; nothing chosen ends it.
 *
 * @param s          the socket
 * @param event      the event object; ignored when `events` is 0
 * @param events     FD_READ, FD_WRITE, FD_OOB, FD_ACCEPT, FD_CONNECT, FD_CLOSE,
 *                   FD_ADDRESS_LIST_CHANGE, FD_ROUTING_INTERFACE_CHANGE, or 0
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (`event`
 *         or `events`) or WSAENOBUFS
 * Linux:   FD_QOS and FD_GROUP_QOS may be chosen and never happen.
 * Source:  Microsoft Learn, "WSAEventSelect function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAEventSelect(SOCKET s, WSAEVENT event, long events)
    WS2RING_SYM(WSAEventSelect);

/**
 * Reads which network events were recorded on a socket, and clears the record.
 *
 * @param s          the socket
 * @param event      an event object to reset in the same step, or NULL
 * @param found      receives the events and an error code for each
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK (`s`), WSAEFAULT
 *         (`found`) or WSAEINVAL (`event`); nothing is cleared then
 * Source:  Microsoft Learn, "WSAEnumNetworkEvents function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAEnumNetworkEvents(SOCKET s, WSAEVENT event, LPWSANETWORKEVENTS found)
    WS2RING_SYM(WSAEnumNetworkEvents);

WS2RING_END_DECLS

#endif
