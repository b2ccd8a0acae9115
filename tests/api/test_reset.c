/* SPDX-License-Identifier: MIT */
/* A connection that its peer has reset: every receive hears of it, not only the first call. */
#include "flow.h"

static const struct linger reset = {1, 0};

static struct pair reset_pair(void)
{
    struct pair pair = pair_open();

    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset), 0);
    closesocket(pair.client);
    return pair;
}

static void every_receive_hears_of_the_reset(void **state)
{
    struct pair pair = reset_pair();
    char byte;

    (void)state;
    for (int i = 0; i < 3; i++)
        pair_fails(recv(pair.server, &byte, 1, 0), WSAECONNRESET);
    closesocket(pair.server);
}

static void a_receive_after_a_failed_send_hears_of_it(void **state)
{
    struct pair pair = reset_pair();
    char byte = 'x';

    (void)state;
    while (send(pair.server, &byte, 1, 0) == 1) /* until the reset is here */
        sched_yield();
    assert_int_equal(WSAGetLastError(), WSAECONNRESET);
    pair_fails(recv(pair.server, &byte, 1, 0), WSAECONNRESET);
    closesocket(pair.server);
}

static void every_overlapped_receive_hears_of_it(void **state)
{
    struct pair pair = reset_pair();
    char bytes[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        OVERLAPPED overlapped = flow_overlapped();
        DWORD count = 0;
        int error = flow_start_recv(pair.server, &bytes[i], 1, &overlapped);

        if (error == WSA_IO_PENDING)
            assert_int_equal(flow_end(pair.server, &overlapped, &count), ERROR_NETNAME_DELETED);
        else
            assert_int_equal(error, WSAECONNRESET);
        WSACloseEvent(overlapped.hEvent);
    }
    closesocket(pair.server);
}

static void what_came_before_the_reset_is_received_first(void **state)
{
    struct pair pair = pair_open();
    char bytes[8];

    (void)state;
    assert_int_equal(send(pair.client, "last", 4, 0), 4);
    assert_int_equal(recv(pair.server, bytes, 1, MSG_PEEK), 1); /* it is here */
    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset), 0);
    closesocket(pair.client);
    assert_int_equal(recv(pair.server, bytes, sizeof bytes, 0), 4);
    pair_fails(recv(pair.server, bytes, sizeof bytes, 0), WSAECONNRESET);
    pair_fails(recv(pair.server, bytes, sizeof bytes, 0), WSAECONNRESET);
    closesocket(pair.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_receive_hears_of_the_reset),
        cmocka_unit_test(a_receive_after_a_failed_send_hears_of_it),
        cmocka_unit_test(every_overlapped_receive_hears_of_it),
        cmocka_unit_test(what_came_before_the_reset_is_received_first),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
