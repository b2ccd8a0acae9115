/* SPDX-License-Identifier: MIT */
/* FD_READ, FD_WRITE, FD_OOB and FD_CLOSE: when each is recorded, and when again. */
#include "netevents.h"

enum { ENABLE_ROUNDS = 5000 };

/* ---- FD_READ ---- */

static void read_is_told_once_and_again_after_a_receive(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char data[8];

    (void)state;
    ready_send(pair.client, "abc");
    events_are(pair.server, event, FD_READ);
    events_none(pair.server, event); /* nothing was received since */
    assert_int_equal(recv(pair.server, data, 1, 0), 1);
    events_are(pair.server, event, FD_READ); /* some is left */
    assert_int_equal(recv(pair.server, data, sizeof data, 0), 2);
    events_none(pair.server, event);
    ready_send(pair.client, "d");
    events_are(pair.server, event, FD_READ);
    assert_int_equal(recv(pair.server, data, sizeof data, 0), 1);
    events_close(pair, event);
}

static void more_data_are_told_again(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);

    (void)state;
    ready_send(pair.client, "abc");
    events_are(pair.server, event, FD_READ);
    ready_send(pair.client, "abc");
    events_are(pair.server, event, FD_READ); /* EVENTS-19 */
    events_none(pair.server, event);
    events_close(pair, event);
}

static void data_from_before_are_told(void **state)
{
    struct pair pair = pair_open();
    WSAEVENT event;

    (void)state;
    ready_send(pair.client, "x");
    ready_data(pair.server);
    event = events_select(pair.server, FD_READ);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), 0); /* at once */
    events_are(pair.server, event, FD_READ);
    assert_int_equal(WSAEventSelect(pair.server, NULL, 0), 0);
    ready_send(pair.client, "x");
    events_none(pair.server, event);
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ), 0);
    events_are(pair.server, event, FD_READ); /* EVENTS-22 */
    events_close(pair, event);
}

static void what_is_outside_the_mask_is_kept(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_WRITE);

    (void)state;
    ready_send(pair.client, "x");
    ready_data(pair.server);
    events_none(pair.server, event);
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ | FD_WRITE), 0);
    events_are(pair.server, event, FD_READ);
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ | FD_WRITE), 0);
    events_none(pair.server, event); /* the same once more repeats nothing */
    events_close(pair, event);
}

static void data_taken_meanwhile_are_not_told(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char byte;

    (void)state;
    ready_send(pair.client, "x");
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    assert_int_equal(events_take(pair.server, event), 0);
    events_none(pair.server, event);
    events_close(pair, event);
}

static void overlapped_receive_takes_the_data(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes;
    char byte;

    (void)state;
    assert_int_equal(flow_start_recv(pair.server, &byte, 1, &overlapped), WSA_IO_PENDING);
    ready_send(pair.client, "x");
    assert_int_equal(flow_end(pair.server, &overlapped, &bytes), 0);
    events_settle(pair.server);
    assert_int_equal(events_take(pair.server, event), 0);
    ready_send(pair.client, "y"); /* nobody else wants this one */
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    assert_int_equal(events_take(pair.server, event), FD_READ);
    WSACloseEvent(overlapped.hEvent);
    events_close(pair, event);
}

/* ---- FD_WRITE ---- */

static void write_is_told_when_room_returns(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_WRITE);
    size_t sent;

    (void)state;
    assert_int_equal(send(pair.server, "x", 1, 0), 1);
    events_none(pair.server, event); /* EVENTS-14 */
    sent = ready_fill(pair.server) + 1;
    events_none(pair.server, event);
    ready_drain(pair.client, sent);
    events_are(pair.server, event, FD_WRITE);
    events_none(pair.server, event);
    assert_int_equal(send(pair.server, "x", 1, 0), 1);
    events_close(pair, event);
}

static void room_outside_the_mask_is_told_later(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_WRITE);
    size_t sent;

    (void)state;
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ), 0);
    sent = ready_fill(pair.server);
    ready_drain(pair.client, sent);
    events_none(pair.server, event);
    assert_int_equal(WSAEventSelect(pair.server, event, FD_WRITE), 0);
    events_are(pair.server, event, FD_WRITE);
    events_close(pair, event);
}

/* ---- FD_OOB ---- */

static void urgent_data_are_told(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char byte = 0;

    (void)state;
    ready_oob(pair.client, '1');
    events_are(pair.server, event, FD_OOB);
    events_none(pair.server, event);
    assert_int_equal(recv(pair.server, &byte, 1, MSG_OOB), 1);
    assert_int_equal(byte, '1');
    events_none(pair.server, event);
    ready_oob(pair.client, '2');
    events_are(pair.server, event, FD_OOB);
    events_close(pair, event);
}

static void urgent_data_in_line_are_data(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);

    (void)state;
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    ready_oob(pair.client, '1');
    events_are(pair.server, event, FD_READ);
    events_none(pair.server, event);
    events_close(pair, event);
}

/* ---- FD_CLOSE ---- */

static void close_is_told_once(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char byte;

    (void)state;
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    events_are(pair.server, event, FD_CLOSE);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 0);
    closesocket(pair.client);
    events_none(pair.server, event); /* EVENTS-25 */
    assert_int_equal(WSAEventSelect(pair.server, event, SELECT_ALL), 0);
    events_none(pair.server, event);
    closesocket(pair.server);
    WSACloseEvent(event);
}

static void close_comes_before_the_last_data(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char byte;

    (void)state;
    ready_send(pair.client, "ab");
    events_are(pair.server, event, FD_READ);
    closesocket(pair.client);
    events_are(pair.server, event, FD_CLOSE); /* EVENTS-28 */
    assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    events_are(pair.server, event, FD_READ);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    events_none(pair.server, event);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 0);
    closesocket(pair.server);
    WSACloseEvent(event);
}

static void close_from_before_is_told(void **state)
{
    struct pair pair = pair_open();
    WSAEVENT event;

    (void)state;
    closesocket(pair.client);
    assert_int_equal(ready_until(pair.server, 0), POLLHUP);
    event = events_select(pair.server, FD_READ);
    events_none(pair.server, event); /* FD_READ is for data */
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ | FD_CLOSE), 0);
    events_are(pair.server, event, FD_CLOSE); /* EVENTS-29 */
    closesocket(pair.server);
    WSACloseEvent(event);
}

static void own_shutdown_is_no_event(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);

    (void)state;
    assert_int_equal(shutdown(pair.client, SD_RECEIVE), 0);
    events_none(pair.server, event);
    assert_int_equal(shutdown(pair.server, SD_BOTH), 0);
    events_none(pair.server, event); /* EVENTS-26 */
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    events_are(pair.server, event, FD_CLOSE); /* EVENTS-27 */
    events_close(pair, event);
}

static void reset_is_told_as_aborted(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);

    (void)state;
    ready_reset(pair.client);
    event_fails(pair.server, event, FD_CLOSE_BIT, WSAECONNABORTED); /* EVENTS-30 */
    closesocket(pair.server);
    WSACloseEvent(event);
}

static void own_close_signals_nothing(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);

    (void)state;
    closesocket(pair.server);
    closesocket(pair.client);
    events_settle(0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    assert_true(WSACloseEvent(event)); /* closesocket left it open */
}

/* ---- What enables an event again ---- */

typedef int receive_call(SOCKET s, char *byte);

static int by_recv(SOCKET s, char *byte)
{
    return recv(s, byte, 1, 0);
}

static int by_recv_peek(SOCKET s, char *byte)
{
    return recv(s, byte, 1, MSG_PEEK);
}

static int by_recvfrom(SOCKET s, char *byte)
{
    return recvfrom(s, byte, 1, 0, NULL, NULL);
}

static int by_wsarecv(SOCKET s, char *byte)
{
    WSABUF buffer = {1, byte};
    DWORD flags = 0;
    DWORD bytes = 0;

    return WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL) == 0 ? (int)bytes : -1;
}

static int by_wsarecvfrom(SOCKET s, char *byte)
{
    WSABUF buffer = {1, byte};
    DWORD flags = 0;
    DWORD bytes = 0;

    return WSARecvFrom(s, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL) == 0 ? (int)bytes
                                                                                   : -1;
}

static void every_receive_call_enables_read(void **state)
{
    receive_call *const calls[] = {by_recv, by_recv_peek, by_recvfrom, by_wsarecv, by_wsarecvfrom};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(calls); i++) {
        WSAEVENT event;
        struct pair pair = events_pair(&event, SELECT_ALL);
        char byte;

        ready_send(pair.client, "abc");
        events_are(pair.server, event, FD_READ);
        events_none(pair.server, event);
        assert_int_equal(calls[i](pair.server, &byte), 1);
        events_are(pair.server, event, FD_READ);
        events_none(pair.server, event);
        events_close(pair, event);
    }
}

typedef int send_call(SOCKET s, const char *data, int size);

static int by_send(SOCKET s, const char *data, int size)
{
    return send(s, data, size, 0);
}

static int by_sendto(SOCKET s, const char *data, int size)
{
    return sendto(s, data, size, 0, NULL, 0);
}

static int by_wsasend(SOCKET s, const char *data, int size)
{
    WSABUF buffer = {(ULONG)size, (char *)(uintptr_t)data};
    DWORD bytes = 0;

    return WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL) == 0 ? (int)bytes : -1;
}

static int by_wsasendto(SOCKET s, const char *data, int size)
{
    WSABUF buffer = {(ULONG)size, (char *)(uintptr_t)data};
    DWORD bytes = 0;

    return WSASendTo(s, &buffer, 1, &bytes, 0, NULL, 0, NULL, NULL) == 0 ? (int)bytes : -1;
}

/* Each fills what the one before it has drained. */
static void every_send_call_enables_write(void **state)
{
    static const char block[65536];
    send_call *const calls[] = {by_send, by_sendto, by_wsasend, by_wsasendto};
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_WRITE);

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(calls); i++) {
        size_t sent = 0;
        int bytes;

        WSASetLastError(0);
        while ((bytes = calls[i](pair.server, block, sizeof block)) > 0)
            sent += (size_t)bytes;
        assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
        events_none(pair.server, event);
        ready_drain(pair.client, sent);
        events_are(pair.server, event, FD_WRITE);
        events_none(pair.server, event);
    }
    events_close(pair, event);
}

/* EVENTS-21, and calls that never look at the data. */
static void calls_that_are_no_receive_do_not_enable_read(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    u_long waiting = 0;
    char byte;

    (void)state;
    ready_send(pair.client, "abc");
    events_are(pair.server, event, FD_READ);
    pair_fails(recv(pair.server, &byte, -1, 0), WSAEFAULT);
    assert_int_equal(ioctlsocket(pair.server, FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 3);
    ready_send(pair.server, "x");
    assert_int_equal(ready_until(pair.server, POLLRDNORM) & POLLRDNORM, POLLRDNORM);
    events_none(pair.server, event);
    events_close(pair, event);
}

/* A receive that finds nothing enables the event as well: what comes then is told. */
static void failed_receive_enables_read(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, SELECT_ALL);
    char data[4];

    (void)state;
    ready_send(pair.client, "a");
    events_are(pair.server, event, FD_READ);
    assert_int_equal(recv(pair.server, data, sizeof data, 0), 1);
    pair_fails(recv(pair.server, data, sizeof data, 0), WSAEWOULDBLOCK);
    events_none(pair.server, event);
    ready_send(pair.client, "b");
    events_are(pair.server, event, FD_READ);
    events_close(pair, event);
}

/* Who follows the rules reads once for each event and is never told of nothing. */
static void event_is_not_signalled_for_data_that_are_gone(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ);
    unsigned empty = 0;

    (void)state;
    for (int i = 0; i < ENABLE_ROUNDS; i++) {
        char byte;

        ready_send(pair.client, "x");
        assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
        if (events_take(pair.server, event) == 0) {
            empty++;
            assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
            assert_int_equal(events_take(pair.server, event), FD_READ);
        }
        assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    }
    assert_int_equal(empty, 0);
    events_close(pair, event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_is_told_once_and_again_after_a_receive),
        cmocka_unit_test(more_data_are_told_again),
        cmocka_unit_test(data_from_before_are_told),
        cmocka_unit_test(what_is_outside_the_mask_is_kept),
        cmocka_unit_test(data_taken_meanwhile_are_not_told),
        cmocka_unit_test(overlapped_receive_takes_the_data),
        cmocka_unit_test(write_is_told_when_room_returns),
        cmocka_unit_test(room_outside_the_mask_is_told_later),
        cmocka_unit_test(urgent_data_are_told),
        cmocka_unit_test(urgent_data_in_line_are_data),
        cmocka_unit_test(close_is_told_once),
        cmocka_unit_test(close_comes_before_the_last_data),
        cmocka_unit_test(close_from_before_is_told),
        cmocka_unit_test(own_shutdown_is_no_event),
        cmocka_unit_test(reset_is_told_as_aborted),
        cmocka_unit_test(own_close_signals_nothing),
        cmocka_unit_test(every_receive_call_enables_read),
        cmocka_unit_test(every_send_call_enables_write),
        cmocka_unit_test(calls_that_are_no_receive_do_not_enable_read),
        cmocka_unit_test(failed_receive_enables_read),
        cmocka_unit_test(event_is_not_signalled_for_data_that_are_gone),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
