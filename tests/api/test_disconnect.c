/* SPDX-License-Identifier: MIT */
/* WSASendDisconnect and WSARecvDisconnect. */
#include "flow.h"

static WSABUF some = {3, (char *)"bye"};

static void the_first_failed_check_is_reported(void **state)
{
    struct pair pair = pair_open();
    SOCKET fresh = pair_socket(SOCK_STREAM);
    SOCKET listener = pair_listener();
    /* clang-format off */
    const struct { SOCKET s; WSABUF *data; int error; } rows[] = {
        { INVALID_SOCKET, PAIR_BAD, WSAENOTSOCK },
        { fresh,          PAIR_BAD, WSAENOTCONN },
        { listener,       &some,    WSAENOTCONN },
        { pair.client,    PAIR_BAD, WSAEFAULT },
        { pair.client,    &some,    WSAENOPROTOOPT },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(WSASendDisconnect(rows[i].s, rows[i].data), rows[i].error);
        pair_fails(WSARecvDisconnect(rows[i].s, rows[i].data), rows[i].error);
    }
    assert_int_equal(flow_send(pair.client, "abc", 3), 3); /* refused: nothing has happened */
    closesocket(fresh);
    closesocket(listener);
    pair_close(pair);
}

static void sending_ends_behind_what_was_sent(void **state)
{
    struct pair pair = pair_open();
    char data[8];

    (void)state;
    assert_int_equal(flow_send(pair.client, "abc", 3), 3);
    WSASetLastError(77);
    assert_int_equal(WSASendDisconnect(pair.client, NULL), 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(WSASendDisconnect(pair.client, NULL), 0);
    pair_fails(flow_send(pair.client, "abc", 3), WSAESHUTDOWN);
    assert_int_equal(flow_recv(pair.server, data, 8), 3);
    assert_int_equal(flow_recv(pair.server, data, 8), 0);
    assert_int_equal(flow_send(pair.server, "def", 3), 3);
    assert_int_equal(flow_recv(pair.client, data, 8), 3);
    pair_close(pair);
}

/* The protocol below learns nothing of it: the peer may go on, and so may our sends. */
static void receiving_ends_here_only(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED ov = flow_overlapped();
    char data[8];
    DWORD bytes = 0;

    (void)state;
    flow_accepted(flow_start_recv(pair.client, data, 8, &ov));
    assert_int_equal(WSARecvDisconnect(pair.client, NULL), 0);
    assert_int_equal(WSARecvDisconnect(pair.client, NULL), 0);
    pair_fails(flow_recv(pair.client, data, 8), WSAESHUTDOWN);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_int_equal(flow_end(pair.client, &ov, &bytes), 0); /* it was there before */
    assert_int_equal(bytes, 3);
    assert_int_equal(flow_send(pair.server, "def", 3), 3);
    assert_int_equal(flow_send(pair.client, "ghi", 3), 3);
    assert_int_equal(flow_recv(pair.server, data, 8), 3);
    assert_memory_equal(data, "ghi", 3);
    WSACloseEvent(ov.hEvent);
    pair_close(pair);
}

static void a_datagram_socket_needs_no_peer(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN own = pair_address(s);
    char data[8];

    (void)state;
    assert_int_equal(WSARecvDisconnect(s, NULL), 0);
    pair_fails(recvfrom(s, data, 8, 0, NULL, NULL), WSAESHUTDOWN);
    assert_int_equal(sendto(s, "abc", 3, 0, (struct sockaddr *)&own, sizeof own), 3);
    assert_int_equal(WSASendDisconnect(s, NULL), 0);
    pair_fails(sendto(s, "abc", 3, 0, (struct sockaddr *)&own, sizeof own), WSAESHUTDOWN);
    closesocket(s);
}

static void a_lost_connection_cannot_be_ended(void **state)
{
    struct pair pair = pair_open();
    struct linger hard = {1, 0};
    char data[8];

    (void)state;
    assert_int_equal(
        setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
    closesocket(pair.server);
    pair_fails(flow_recv(pair.client, data, 8), WSAECONNRESET);
    pair_fails(WSASendDisconnect(pair.client, NULL), WSAECONNRESET);
    closesocket(pair.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failed_check_is_reported),
        cmocka_unit_test(sending_ends_behind_what_was_sent),
        cmocka_unit_test(receiving_ends_here_only),
        cmocka_unit_test(a_datagram_socket_needs_no_peer),
        cmocka_unit_test(a_lost_connection_cannot_be_ended),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
