/* SPDX-License-Identifier: MIT */
/* FD_READ and FD_CLOSE for data that arrive together with the end. */
#include "netevents.h"

/* Data that come with the end, after others were told and none was received. Our thread has slept
 * for the event, so it watches the socket by itself. */
static void send_last_data_to_a_sleeper(struct pair pair, WSAEVENT event)
{
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 1, FALSE), WSA_WAIT_TIMEOUT);
    for (int i = 0; i < 3; i++) { /* the ring thread tells the first, and lets go */
        ready_send(pair.client, "a");
        events_are(pair.server, event, FD_READ);
        events_none(pair.server, event);
    }
    ready_send(pair.client, "b");
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(ready_until(pair.server, 0) & POLLHUP, POLLHUP); /* both have arrived */
}

/* FD_CLOSE may stand for both; who does not select that is told of the data, EVENTS-19. */
static void last_data_are_told_without_close(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ);

    (void)state;
    send_last_data_to_a_sleeper(pair, event);
    events_are(pair.server, event, FD_READ);
    events_none(pair.server, event);
    events_close(pair, event);
}

/* Nor are they lost when FD_CLOSE leaves the mask before it was read from the record. */
static void last_data_are_told_when_close_leaves_the_mask(void **state)
{
    WSAEVENT event;
    struct pair pair = events_pair(&event, FD_READ | FD_CLOSE);

    (void)state;
    send_last_data_to_a_sleeper(pair, event);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
    assert_true(WSAResetEvent(event));
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ), 0);
    events_are(pair.server, event, FD_READ);
    events_none(pair.server, event);
    assert_int_equal(WSAEventSelect(pair.server, event, FD_READ | FD_CLOSE), 0);
    events_are(pair.server, event, FD_CLOSE);
    events_close(pair, event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_data_are_told_without_close),
        cmocka_unit_test(last_data_are_told_when_close_leaves_the_mask),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
