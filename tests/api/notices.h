/* SPDX-License-Identifier: MIT */
/* What the tests of ProcessSocketNotifications share: short forms of the call, and packets. */
#ifndef TESTS_API_NOTICES_H
#define TESTS_API_NOTICES_H

#include "readiness.h"

#define NOTICE_IN         SOCK_NOTIFY_REGISTER_EVENT_IN
#define NOTICE_OUT        SOCK_NOTIFY_REGISTER_EVENT_OUT
#define NOTICE_HANGUP     SOCK_NOTIFY_REGISTER_EVENT_HANGUP
#define NOTICE_ERR        SOCK_NOTIFY_EVENT_ERR
#define NOTICE_REMOVE     SOCK_NOTIFY_EVENT_REMOVE
#define NOTICE_ALL        SOCK_NOTIFY_REGISTER_EVENTS_ALL
#define NOTICE_LEVEL      SOCK_NOTIFY_TRIGGER_LEVEL
#define NOTICE_EDGE       SOCK_NOTIFY_TRIGGER_EDGE
#define NOTICE_ONESHOT    SOCK_NOTIFY_TRIGGER_ONESHOT
#define NOTICE_PERSISTENT SOCK_NOTIFY_TRIGGER_PERSISTENT

static inline SOCK_NOTIFY_REGISTRATION notice_wish(SOCKET s, UINT8 operation, UINT16 filter,
                                                   UINT8 trigger, uintptr_t key)
{
    return (SOCK_NOTIFY_REGISTRATION){.socket = s,
                                      .completionKey = (PVOID)key,
                                      .eventFilter = filter,
                                      .operation = operation,
                                      .triggerFlags = trigger,
                                      .registrationResult = 77};
}

/* Does one thing to one socket. Returns the entry's result; the call itself must succeed. */
static inline DWORD notice_change(HANDLE port, SOCK_NOTIFY_REGISTRATION wish)
{
    assert_int_equal(ProcessSocketNotifications(port, 1, &wish, 0, 0, NULL, NULL), ERROR_SUCCESS);
    return wish.registrationResult;
}

/* The key is the socket. */
static inline DWORD notice_enable(HANDLE port, SOCKET s, UINT16 filter, UINT8 trigger)
{
    return notice_change(port, notice_wish(s, SOCK_NOTIFY_OP_ENABLE, filter, trigger, s));
}

static inline DWORD notice_disable(HANDLE port, SOCKET s)
{
    return notice_change(port, notice_wish(s, SOCK_NOTIFY_OP_DISABLE, 0, 0, 0));
}

static inline DWORD notice_remove(HANDLE port, SOCKET s)
{
    return notice_change(port, notice_wish(s, SOCK_NOTIFY_OP_REMOVE, 0, 0, 0));
}

/* Takes one packet; 0 when none comes in time. */
static inline UINT32 notice_take(HANDLE port, DWORD timeout_ms, ULONG_PTR *key)
{
    OVERLAPPED_ENTRY entry = {.lpOverlapped = (OVERLAPPED *)&entry};
    UINT32 count = 77;
    DWORD result = ProcessSocketNotifications(port, 0, NULL, timeout_ms, 1, &entry, &count);

    if (result == WAIT_TIMEOUT) {
        assert_int_equal(count, 0);
        return 0;
    }
    assert_int_equal(result, ERROR_SUCCESS);
    assert_int_equal(count, 1);
    assert_null(entry.lpOverlapped);
    assert_int_equal(entry.Internal, 0);
    *key = entry.lpCompletionKey;
    return SocketNotificationRetrieveEvents(&entry);
}

/* The next packet must be this one. */
static inline void notice_comes(HANDLE port, ULONG_PTR key, UINT32 events)
{
    ULONG_PTR seen = 0;

    assert_int_equal(notice_take(port, FLOW_LIMIT_MS, &seen), events);
    assert_int_equal(seen, key);
}

/* Nothing more comes of what has happened so far: a ring thread tells in order, so the packet of
 * another socket, which changes now, must be the next one. */
static inline void notice_silence(HANDLE port)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(s);

    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_EDGE), 0);
    assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&name, sizeof name), 1);
    notice_comes(port, s, NOTICE_IN);
    assert_int_equal(closesocket(s), 0);
}

/* Receives all there is, and learns that there is no more. */
static inline size_t notice_drain(SOCKET s)
{
    char block[256];
    size_t bytes = 0;
    int got;

    WSASetLastError(0);
    while ((got = recv(s, block, sizeof block, 0)) > 0)
        bytes += (size_t)got;
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    return bytes;
}

/* A connected pair whose server does not block. */
static inline struct pair notice_pair(void)
{
    struct pair pair = pair_open();

    ready_nonblocking(pair.server);
    return pair;
}

#endif
