/* SPDX-License-Identifier: MIT */
/* What the tests of WSAEventSelect share: selecting, and reading the record. */
#ifndef TESTS_API_NETEVENTS_H
#define TESTS_API_NETEVENTS_H

#include "readiness.h"

#define SELECT_ALL (FD_READ | FD_WRITE | FD_OOB | FD_ACCEPT | FD_CONNECT | FD_CLOSE)

/* What was recorded; the event is reset with it. */
static inline long events_take(SOCKET s, WSAEVENT event)
{
    WSANETWORKEVENTS found;

    memset(&found, 0x55, sizeof found);
    assert_int_equal(WSAEnumNetworkEvents(s, event, &found), 0);
    for (int bit = 0; bit < FD_MAX_EVENTS; bit++) {
        if (!(found.lNetworkEvents & (1 << bit)))
            assert_int_equal(found.iErrorCode[bit], 0x55555555); /* untouched */
        else
            assert_int_equal(found.iErrorCode[bit], 0);
    }
    return found.lNetworkEvents;
}

/* The event is signalled within the time limit, and this is what it was for. */
#define events_are(s, event, wanted)                                                        \
    do {                                                                                    \
        assert_int_equal(WSAWaitForMultipleEvents(1, &(event), TRUE, FLOW_LIMIT_MS, FALSE), \
                         WSA_WAIT_EVENT_0);                                                 \
        assert_int_equal(events_take(s, event), (wanted));                                  \
    } while (0)

/* One event with an error code, and no other. */
static inline void event_fails(SOCKET s, WSAEVENT event, int bit, int error)
{
    WSANETWORKEVENTS found;

    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_int_equal(WSAEnumNetworkEvents(s, event, &found), 0);
    assert_int_equal(found.lNetworkEvents, 1 << bit);
    assert_int_equal(found.iErrorCode[bit], error);
}

/* Everything that has happened on any socket has reached the record: the ring thread has answered
 * an operation that was started after it. */
static inline void events_settle(SOCKET s)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    char byte;
    DWORD bytes;

    (void)s;
    flow_accepted(flow_start_recv(pair.server, &byte, 1, &overlapped));
    ready_send(pair.client, "x");
    assert_int_equal(flow_end(pair.server, &overlapped, &bytes), 0);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

#define events_none(s, event)                                                                      \
    do {                                                                                           \
        events_settle(s);                                                                          \
        assert_int_equal(events_take(s, event), 0);                                                \
        assert_int_equal(WSAWaitForMultipleEvents(1, &(event), TRUE, 0, FALSE), WSA_WAIT_TIMEOUT); \
    } while (0)

static inline WSAEVENT events_select(SOCKET s, long events)
{
    WSAEVENT event = WSACreateEvent();

    assert_non_null(event);
    assert_int_equal(WSAEventSelect(s, event, events), 0);
    return event;
}

/* A connected pair whose server side has told FD_WRITE and nothing else. */
static inline struct pair events_pair(WSAEVENT *event, long events)
{
    struct pair pair = pair_open();

    *event = events_select(pair.server, events);
    if (events & FD_WRITE)
        events_are(pair.server, *event, FD_WRITE);
    return pair;
}

static inline void events_close(struct pair pair, WSAEVENT event)
{
    pair_close(pair);
    assert_true(WSACloseEvent(event));
}

#endif
