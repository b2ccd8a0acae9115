/* SPDX-License-Identifier: MIT */
/*
 * One connect, made in each of the ways in which an application can make it and learn how it
 * ended. Starting and ending are apart, so that many which take a second each can run together.
 */
#ifndef TESTS_NETNS_ATTEMPT_H
#define TESTS_NETNS_ATTEMPT_H

#include "../api/readiness.h"
#include "netns.h"

#include <ws2tcpip.h>

enum attempt_way {
    BY_CONNECT,         /* blocking */
    BY_WSACONNECT,      /* blocking */
    BY_SELECT,          /* non-blocking: exceptfds, then SO_ERROR */
    BY_POLL,            /* non-blocking: WSAPoll, then SO_ERROR */
    BY_EVENT,           /* non-blocking: the code that comes with FD_CONNECT */
    BY_CONNECTEX_EVENT, /* WSAGetOverlappedResult */
    BY_CONNECTEX_PORT,  /* GetQueuedCompletionStatus */
    ATTEMPT_WAYS
};

struct attempt_end {
    int error;    /* WSA code */
    DWORD status; /* NTSTATUS in the OVERLAPPED of a ConnectEx */
    DWORD win32;  /* what a completion port reports */
};

struct attempt {
    enum attempt_way way;
    SOCKET s;
    SOCKADDR_STORAGE to;
    int to_bytes;
    int error; /* of a blocking call */
    pthread_t thread;
    WSAEVENT event; /* blocking: the thread may end; BY_EVENT: selected */
    HANDLE port;
    OVERLAPPED overlapped;
};

#define END_REFUSED                        \
    {                                      \
        WSAECONNREFUSED, 0xC0000236u, 1225 \
    }
#define END_NETUNREACH                    \
    {                                     \
        WSAENETUNREACH, 0xC000023Cu, 1231 \
    }
#define END_HOSTUNREACH                    \
    {                                      \
        WSAEHOSTUNREACH, 0xC000023Du, 1232 \
    }
#define END_PROTOCOL                      \
    {                                     \
        WSAENETUNREACH, 0xC000023Eu, 1233 \
    }
#define END_HOSTDOWN                    \
    {                                   \
        WSAEHOSTDOWN, 0xC0000350u, 1256 \
    }
#define END_ACCESS                \
    {                             \
        WSAEACCES, 0xC0000022u, 5 \
    }
#define END_TIMEDOUT                   \
    {                                  \
        WSAETIMEDOUT, 0xC00000B5u, 121 \
    }
#define END_ADDRNOTAVAIL                    \
    {                                       \
        WSAEADDRNOTAVAIL, 0xC0000207u, 1214 \
    }
#define END_NOBUFS                    \
    {                                 \
        WSAENOBUFS, 0xC000009Au, 1450 \
    }
#define END_ABORTED                        \
    {                                      \
        WSAECONNABORTED, 0xC0000241u, 1236 \
    }

static inline int attempt_name(SOCKADDR_STORAGE *name, const char *address, USHORT port)
{
    SOCKADDR_IN *v4 = (SOCKADDR_IN *)(void *)name;
    SOCKADDR_IN6 *v6 = (SOCKADDR_IN6 *)(void *)name;

    memset(name, 0, sizeof *name);
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port; /* network order */
        return sizeof *v4;
    }
    assert_int_equal(inet_pton(AF_INET6, address, &v6->sin6_addr), 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    return sizeof *v6;
}

static inline void *attempt_block(void *argument)
{
    struct attempt *one = argument;
    struct sockaddr *to = (struct sockaddr *)&one->to;
    int result;

    WSASetLastError(0);
    if (one->way == BY_CONNECT)
        result = connect(one->s, to, one->to_bytes);
    else
        result = WSAConnect(one->s, to, one->to_bytes, NULL, NULL, NULL, NULL);
    one->error = result == 0 ? 0 : WSAGetLastError();
    /* Until attempt_fails(): the thread's ring goes with it, and ThreadSanitizer does not see that
     * a ring of a thread that begins later may have the same address. */
    WSAWaitForMultipleEvents(1, &one->event, TRUE, FLOW_LIMIT_MS, FALSE);
    return NULL;
}

static inline void attempt_connectex(struct attempt *one)
{
    SOCKADDR_STORAGE any = {0};
    LPFN_CONNECTEX connect_ex = NULL;

    flow_extension((GUID)WSAID_CONNECTEX, &connect_ex);
    any.ss_family = one->to.ss_family;
    assert_int_equal(bind(one->s, (struct sockaddr *)&any, one->to_bytes), 0);
    if (one->way == BY_CONNECTEX_EVENT) {
        one->overlapped = flow_overlapped();
    } else {
        one->port = flow_port(1);
        flow_tie(one->s, one->port, 7);
    }
    flow_fails(connect_ex(one->s, (struct sockaddr *)&one->to, one->to_bytes, NULL, 0, NULL,
                          &one->overlapped),
               ERROR_IO_PENDING);
}

/* `one` stays where it is until attempt_close(): the OVERLAPPED lives in it. */
static inline void attempt_start(struct attempt *one, enum attempt_way way, const char *address,
                                 USHORT port)
{
    memset(one, 0, sizeof *one);
    one->way = way;
    one->to_bytes = attempt_name(&one->to, address, port);
    one->s = socket(one->to.ss_family, SOCK_STREAM, 0);
    assert_true(one->s != INVALID_SOCKET);
    if (way <= BY_WSACONNECT) {
        one->event = WSACreateEvent();
        one->thread = flow_run(attempt_block, one);
    } else if (way >= BY_CONNECTEX_EVENT) {
        attempt_connectex(one);
    } else {
        ready_nonblocking(one->s);
        if (way == BY_EVENT) {
            one->event = WSACreateEvent();
            assert_int_equal(WSAEventSelect(one->s, one->event, FD_CONNECT), 0);
        }
        pair_fails(connect(one->s, (struct sockaddr *)&one->to, one->to_bytes), WSAEWOULDBLOCK);
    }
}

/* Failure is in exceptfds and not in writefds; SO_ERROR says which. */
static inline int attempt_selected(SOCKET s)
{
    struct timeval limit = {FLOW_LIMIT_MS / 1000, 0};
    fd_set writable, failed;

    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(s, &writable);
    FD_SET(s, &failed);
    assert_int_equal(select(0, NULL, &writable, &failed, &limit), 1);
    assert_false(FD_ISSET(s, &writable));
    assert_true(FD_ISSET(s, &failed));
    return pair_get(s, SOL_SOCKET, SO_ERROR);
}

static inline int attempt_polled(SOCKET s)
{
    SHORT found = ready_until(s, POLLWRNORM);

    assert_true(found & POLLERR);
    return pair_get(s, SOL_SOCKET, SO_ERROR);
}

static inline int attempt_announced(SOCKET s, WSAEVENT event)
{
    WSANETWORKEVENTS found;

    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    memset(&found, 0, sizeof found);
    assert_int_equal(WSAEnumNetworkEvents(s, event, &found), 0);
    assert_int_equal(found.lNetworkEvents, FD_CONNECT);
    return found.iErrorCode[FD_CONNECT_BIT];
}

static inline int attempt_overlapped(struct attempt *one, const struct attempt_end *end)
{
    DWORD bytes = 77;
    DWORD flags = 0;

    if (one->way == BY_CONNECTEX_PORT) {
        struct flow_packet packet = flow_take(one->port, FLOW_LIMIT_MS);

        assert_ptr_equal(packet.overlapped, &one->overlapped);
        assert_int_equal(packet.error, end->win32);
        assert_int_equal(packet.key, 7);
    } else {
        assert_int_equal(flow_end(one->s, &one->overlapped, &bytes), end->win32);
    }
    assert_int_equal((DWORD)one->overlapped.Internal, end->status);
    WSASetLastError(0);
    assert_false(WSAGetOverlappedResult(one->s, &one->overlapped, &bytes, FALSE, &flags));
    return WSAGetLastError();
}

/* It failed, and this is how. */
static inline void attempt_fails(struct attempt *one, const struct attempt_end *end)
{
    int error = 0;

    switch (one->way) {
    case BY_CONNECT:
    case BY_WSACONNECT:
        assert_true(WSASetEvent(one->event));
        flow_join(one->thread);
        error = one->error;
        break;
    case BY_SELECT:
        error = attempt_selected(one->s);
        break;
    case BY_POLL:
        error = attempt_polled(one->s);
        break;
    case BY_EVENT:
        error = attempt_announced(one->s, one->event);
        break;
    default:
        error = attempt_overlapped(one, end);
        break;
    }
    if (error != end->error)
        print_error("way %d: error %d instead of %d\n", (int)one->way, error, end->error);
    assert_int_equal(error, end->error);
}

/* "the application may call WSAConnect() again for the same socket": it does, and this time there
 * is somebody. */
static inline void attempt_again(struct attempt *one, const char *address, USHORT port)
{
    u_long off = 0;

    one->to_bytes = attempt_name(&one->to, address, port);
    if (one->way == BY_CONNECTEX_EVENT || one->way == BY_CONNECTEX_PORT) {
        pair_connect_to(one->s, (struct sockaddr *)&one->to, one->to_bytes);
    } else {
        if (one->way == BY_EVENT)
            assert_int_equal(WSAEventSelect(one->s, NULL, 0), 0);
        assert_int_equal(ioctlsocket(one->s, (long)FIONBIO, &off), 0);
        assert_int_equal(
            WSAConnect(one->s, (struct sockaddr *)&one->to, one->to_bytes, NULL, NULL, NULL, NULL),
            0);
    }
    assert_int_equal(pair_get(one->s, SOL_SOCKET, SO_ERROR), 0);
}

static inline void attempt_close(struct attempt *one)
{
    assert_int_equal(closesocket(one->s), 0);
    if (one->event != NULL)
        WSACloseEvent(one->event);
    if (one->overlapped.hEvent != NULL)
        WSACloseEvent(one->overlapped.hEvent);
    if (one->port != NULL)
        CloseHandle(one->port);
}

/* Every way at once; they fail as `end` says. */
static inline void attempt_all_fail(const char *address, USHORT port, const struct attempt_end *end)
{
    struct attempt attempts[ATTEMPT_WAYS];

    for (int way = 0; way < ATTEMPT_WAYS; way++)
        attempt_start(&attempts[way], (enum attempt_way)way, address, port);
    for (int way = 0; way < ATTEMPT_WAYS; way++) {
        attempt_fails(&attempts[way], end);
        attempt_close(&attempts[way]);
    }
}

/* A listener on every address of a family, and its port. */
static inline SOCKET attempt_listener(int family, USHORT *port)
{
    SOCKET s = socket(family, SOCK_STREAM, 0);
    SOCKADDR_STORAGE name = {0};
    int bytes = family == AF_INET ? (int)sizeof(SOCKADDR_IN) : (int)sizeof(SOCKADDR_IN6);

    name.ss_family = (ADDRESS_FAMILY)family;
    assert_int_equal(bind(s, (struct sockaddr *)&name, bytes), 0);
    assert_int_equal(listen(s, 200), 0); /* nobody accepts: all must fit in */
    assert_int_equal(getsockname(s, (struct sockaddr *)&name, &bytes), 0);
    *port = ((SOCKADDR_IN *)(void *)&name)->sin_port; /* the same place in both families */
    return s;
}

#endif
