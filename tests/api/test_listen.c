/* SPDX-License-Identifier: MIT */
/* listen: who may, and what the backlog may be. */
#include "pair.h"

/* An earlier check wins: each row also breaks what a later check would catch. */
static void listen_reports_first_failed_check(void **state)
{
    SOCKET closed = pair_socket(SOCK_STREAM);
    SOCKET unbound = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);

    (void)state;
    closesocket(closed);
    pair_fails(listen(closed, -7), WSAENOTSOCK);
    pair_fails(listen(INVALID_SOCKET, 1), WSAENOTSOCK);
    pair_fails(listen(datagram, -2), WSAEOPNOTSUPP); /* unbound too */
    assert_int_equal(pair_bind(datagram, INADDR_LOOPBACK, 0), 0);
    pair_fails(listen(datagram, 1), WSAEOPNOTSUPP);
    pair_fails(listen(unbound, -2), WSAEINVAL); /* LISTEN-02 */
    pair_fails(listen(unbound, 1), WSAEINVAL);
    pair_fails(listen(unbound, SOMAXCONN), WSAEINVAL);
    WSACleanup();
    pair_fails(listen(closed, 1), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

static void listen_takes_any_backlog(void **state)
{
    static const int backlogs[] = {
        0,        1, SOMAXCONN, SOMAXCONN_HINT(1), SOMAXCONN_HINT(300), SOMAXCONN_HINT(1000000),
        INT32_MIN};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(backlogs); i++) {
        SOCKET s = pair_bound(SOCK_STREAM);

        WSASetLastError(1);
        assert_int_equal(listen(s, backlogs[i]), 0);
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(listen(s, SOMAXCONN), 0); /* LISTEN-03 */
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
        closesocket(s);
    }
}

static void listen_refuses_a_connected_socket(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    pair_fails(listen(pair.client, 1), WSAEISCONN);
    pair_fails(listen(pair.server, 1), WSAEISCONN);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listen_reports_first_failed_check),
        cmocka_unit_test(listen_takes_any_backlog),
        cmocka_unit_test(listen_refuses_a_connected_socket),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
