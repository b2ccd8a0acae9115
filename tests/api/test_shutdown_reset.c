/* SPDX-License-Identifier: MIT */
/*
 * Data that nobody will receive: unread at shutdown(SD_RECEIVE), or come after it. They reset the
 * connection; nothing else that happens after SD_RECEIVE may do so.
 */
#include "flow.h"

#include <stdbool.h>

#include <ws2ring.h>

enum { BIG = 8 << 20 };

static void reset_reaches(SOCKET s)
{
    char data[8];

    pair_fails(recv(s, data, sizeof data, 0), WSAECONNRESET);
}

/* What is left of a socket that reset its connection. */
static void is_aborted(SOCKET s)
{
    char data[8];

    pair_fails(recv(s, data, sizeof data, 0), WSAESHUTDOWN);
    pair_fails(shutdown(s, SD_RECEIVE), WSAECONNABORTED);
    pair_fails(shutdown(s, SD_SEND), WSAECONNABORTED);
}

/* The socket has been told of no reset: what it sends arrives, and then its end. */
static void still_delivers(SOCKET s, SOCKET peer)
{
    char data[8] = "";

    assert_int_equal(send(s, "reply", 5, 0), 5);
    assert_int_equal(recv(peer, data, 5, MSG_WAITALL), 5);
    assert_memory_equal(data, "reply", 5);
    assert_int_equal(shutdown(s, SD_SEND), 0);
    assert_int_equal(recv(peer, data, sizeof data, 0), 0);
}

static short until(SOCKET s, short events)
{
    WSAPOLLFD poll = {s, events, 0};

    assert_int_equal(WSAPoll(&poll, 1, FLOW_LIMIT_MS), 1);
    return poll.revents;
}

static void unread_data_reset_at_once(void **state)
{
    static const int hows[] = {SD_RECEIVE, SD_BOTH};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(hows); i++) {
        struct pair pair = pair_open();

        assert_int_equal(send(pair.client, "abc", 3, 0), 3);
        until(pair.server, POLLRDNORM);
        assert_int_equal(shutdown(pair.server, hows[i]), 0);
        pair_fails(send(pair.server, "x", 1, 0),
                   hows[i] == SD_BOTH ? WSAESHUTDOWN : WSAECONNABORTED);
        reset_reaches(pair.client);
        is_aborted(pair.server);
        pair_close(pair);
    }
}

static void data_that_come_later_reset(void **state)
{
    struct pair pair = pair_open();
    char data[8] = "";

    (void)state;
    assert_int_equal(send(pair.server, "one", 3, 0), 3);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(recv(pair.client, data, 3, MSG_WAITALL), 3);
    assert_int_equal(send(pair.server, "two", 3, 0), 3);
    assert_int_equal(recv(pair.client, data, 3, MSG_WAITALL), 3);
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    assert_int_equal(until(pair.server, 0) & POLLHUP, POLLHUP);
    is_aborted(pair.server);
    pair_close(pair);
}

/* The peer is told, while it waits. */
static void a_late_reset_reaches_the_peer(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    reset_reaches(pair.client);
    is_aborted(pair.server);
    pair_close(pair);
}

/* SHUTDOWN-08: receives that are pending have what comes, in order. */
static void pending_receives_come_first(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED first = flow_overlapped();
    OVERLAPPED second = flow_overlapped();
    char data[2][4];
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(flow_start_recv(pair.server, data[0], 4, &first), WSA_IO_PENDING);
    assert_int_equal(flow_start_recv(pair.server, data[1], 4, &second), WSA_IO_PENDING);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(send(pair.client, "abcd", 4, 0), 4);
    assert_int_equal(flow_end(pair.server, &first, &bytes), 0);
    assert_memory_equal(data[0], "abcd", 4);
    assert_int_equal(send(pair.client, "efgh", 4, 0), 4);
    assert_int_equal(flow_end(pair.server, &second, &bytes), 0);
    assert_memory_equal(data[1], "efgh", 4);
    still_delivers(pair.server, pair.client);
    WSACloseEvent(first.hEvent);
    WSACloseEvent(second.hEvent);
    pair_close(pair);
}

static void what_pending_receives_leave_resets(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED ov = flow_overlapped();
    OVERLAPPED empty = flow_overlapped();
    char data[4];
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(flow_start_recv(pair.server, data, 4, &ov), WSA_IO_PENDING);
    assert_int_equal(flow_start_recv(pair.server, NULL, 0, &empty), WSA_IO_PENDING);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(send(pair.client, "abcdefgh", 8, 0), 8);
    assert_int_equal(flow_end(pair.server, &ov, &bytes), 0);
    assert_int_equal(bytes, 4);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(flow_end(pair.server, &empty, &bytes), 0);
    assert_int_equal(bytes, 0);
    reset_reaches(pair.client);
    is_aborted(pair.server);
    WSACloseEvent(ov.hEvent);
    WSACloseEvent(empty.hEvent);
    pair_close(pair);
}

struct receiver {
    SOCKET s;
    _Atomic unsigned thread_id;
    int result;
    char data[4];
};

static void *receiver_run(void *argument)
{
    struct receiver *receiver = argument;

    receiver->thread_id = (unsigned)GetCurrentThreadId();
    receiver->result = recv(receiver->s, receiver->data, sizeof receiver->data, 0);
    return NULL;
}

static void a_waiting_call_comes_first(void **state)
{
    struct pair pair = pair_open();
    struct receiver receiver = {.s = pair.server};
    pthread_t thread = flow_run(receiver_run, &receiver);

    (void)state;
    flow_asleep(&receiver.thread_id);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(send(pair.client, "abcdefgh", 8, 0), 8);
    flow_join(thread);
    assert_int_equal(receiver.result, 4);
    assert_memory_equal(receiver.data, "abcd", 4);
    reset_reaches(pair.client);
    pair_close(pair);
}

/* Sends that were accepted go with the connection. */
static void pending_sends_end_with_it(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED ov = flow_overlapped();
    char *data = calloc(1, BIG);
    DWORD bytes = 0;

    (void)state;
    assert_non_null(data);
    assert_int_equal(flow_start_send(pair.server, data, BIG, &ov), WSA_IO_PENDING);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    assert_int_equal(flow_end(pair.server, &ov, &bytes), ERROR_CONNECTION_ABORTED);
    assert_int_equal(ov.Internal, FLOW_ABORTED);
    free(data);
    WSACloseEvent(ov.hEvent);
    pair_close(pair);
}

/* An end is no data: before SD_RECEIVE or after it. */
static void the_peers_end_resets_nothing(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) {
        struct pair pair = pair_open();

        if (early) {
            assert_int_equal(shutdown(pair.client, SD_SEND), 0);
            until(pair.server, POLLRDNORM);
        }
        assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
        if (!early)
            assert_int_equal(shutdown(pair.client, SD_SEND), 0);
        still_delivers(pair.server, pair.client);
        pair_close(pair);
    }
}

/* All that was sent before arrives, and then the end, although nobody receives any more. */
static void closing_delivers(void **state)
{
    char *data = calloc(1, BIG);
    static char room[65536];

    (void)state;
    assert_non_null(data);
    for (int how = SD_RECEIVE; how <= SD_BOTH; how += SD_BOTH) {
        struct pair pair = pair_open();
        OVERLAPPED ov = flow_overlapped();
        int total = 0;
        int bytes;

        flow_accepted(flow_start_send(pair.server, data, BIG, &ov));
        assert_int_equal(shutdown(pair.server, how), 0);
        assert_int_equal(closesocket(pair.server), 0);
        while ((bytes = recv(pair.client, room, sizeof room, 0)) > 0)
            total += bytes;
        assert_int_equal(bytes, 0);
        assert_int_equal(total, BIG);
        assert_int_equal(WSAWaitForMultipleEvents(1, &ov.hEvent, TRUE, FLOW_LIMIT_MS, FALSE),
                         WSA_WAIT_EVENT_0);
        WSACloseEvent(ov.hEvent);
        closesocket(pair.client);
    }
    free(data);
}

/* What waits for data ends with the socket, and takes nothing along. */
static void closing_ends_the_wait(void **state)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = {.size_bytes = sizeof after};

    (void)state;
    assert_int_equal(ws2_stats(&before), 0);
    for (int i = 0; i < 20; i++) {
        struct pair pair = pair_open();
        char data[8];

        assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
        assert_int_equal(send(pair.server, "reply", 5, 0), 5);
        assert_int_equal(closesocket(pair.server), 0);
        assert_int_equal(recv(pair.client, data, sizeof data, MSG_WAITALL), 5);
        closesocket(pair.client);
    }
    assert_int_equal(ws2_stats(&after), 0);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.sockets, before.sockets);
}

/* Documented of it: the layers below learn nothing. */
static void WSARecvDisconnect_resets_nothing(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    until(pair.server, POLLRDNORM);
    assert_int_equal(WSARecvDisconnect(pair.server, NULL), 0);
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    still_delivers(pair.server, pair.client);
    pair_close(pair);
}

static void the_reset_is_an_event(void **state)
{
    struct pair pair = pair_open();
    WSANETWORKEVENTS events;
    WSAEVENT event = WSACreateEvent();

    (void)state;
    assert_int_equal(WSAEventSelect(pair.server, event, FD_CLOSE), 0);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(WSAEnumNetworkEvents(pair.server, event, &events), 0);
    assert_int_equal(events.lNetworkEvents, 0); /* EVENTS-26 */
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_int_equal(WSAEnumNetworkEvents(pair.server, event, &events), 0);
    assert_int_equal(events.lNetworkEvents, FD_CLOSE);
    assert_int_equal(events.iErrorCode[FD_CLOSE_BIT], WSAECONNABORTED);
    WSACloseEvent(event);
    pair_close(pair);
}

/* A handle whose connection was given up has its next one in full. */
static void a_renewed_socket_receives(void **state)
{
    LPFN_DISCONNECTEX disconnect = NULL;
    GUID id = WSAID_DISCONNECTEX;
    struct pair pair = pair_open();
    SOCKET listener = pair_listener();
    char data[8] = "";
    SOCKET peer;

    (void)state;
    flow_extension(id, &disconnect);
    assert_int_equal(shutdown(pair.client, SD_RECEIVE), 0);
    assert_true(disconnect(pair.client, NULL, TF_REUSE_SOCKET, 0));
    assert_int_equal(send(pair.server, "abc", 3, 0), 3); /* to the connection that is no more */
    pair_connect(pair.client, pair_address(listener));
    assert_int_equal(setsockopt(pair.client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    peer = accept(listener, NULL, NULL);
    assert_int_equal(send(peer, "news", 4, 0), 4);
    until(pair.client, POLLRDNORM);
    assert_int_equal(recv(pair.client, data, sizeof data, 0), 4);
    assert_memory_equal(data, "news", 4);
    still_delivers(pair.client, peer);
    closesocket(peer);
    closesocket(listener);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unread_data_reset_at_once),
        cmocka_unit_test(data_that_come_later_reset),
        cmocka_unit_test(a_late_reset_reaches_the_peer),
        cmocka_unit_test(pending_receives_come_first),
        cmocka_unit_test(what_pending_receives_leave_resets),
        cmocka_unit_test(a_waiting_call_comes_first),
        cmocka_unit_test(pending_sends_end_with_it),
        cmocka_unit_test(the_peers_end_resets_nothing),
        cmocka_unit_test(closing_delivers),
        cmocka_unit_test(closing_ends_the_wait),
        cmocka_unit_test(WSARecvDisconnect_resets_nothing),
        cmocka_unit_test(the_reset_is_an_event),
        cmocka_unit_test(a_renewed_socket_receives),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
