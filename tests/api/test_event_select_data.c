/* SPDX-License-Identifier: MIT */
/* FD_READ, FD_WRITE, FD_OOB and FD_CLOSE: when each is recorded, and when again. */
#include "netevents.h"

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
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
