/* SPDX-License-Identifier: MIT */
/* WSARecvEx. */
#include "flow.h"

static void the_first_failed_check_is_reported(void **state)
{
    struct pair pair = pair_open();
    SOCKET fresh = pair_socket(SOCK_STREAM);
    SOCKET unbound = pair_socket(SOCK_DGRAM);
    char data[8];
    int flags = MSG_OOB | MSG_PARTIAL;

    (void)state;
    pair_fails(WSARecvEx(INVALID_SOCKET, NULL, -1, NULL), WSAENOTSOCK);
    pair_fails(WSARecvEx(fresh, NULL, -1, NULL), WSAENOTCONN);
    pair_fails(WSARecvEx(unbound, NULL, -1, NULL), WSAEINVAL);
    pair_fails(WSARecvEx(pair.client, NULL, -1, NULL), WSAEFAULT);
    pair_fails(WSARecvEx(pair.client, data, 8, PAIR_BAD), WSAEFAULT);
    pair_fails(WSARecvEx(pair.client, NULL, 8, &flags), WSAEFAULT);
    pair_fails(WSARecvEx(pair.client, data, -1, &flags), WSAEFAULT);
    assert_int_equal(shutdown(pair.client, SD_RECEIVE), 0);
    pair_fails(WSARecvEx(pair.client, NULL, -1, NULL), WSAESHUTDOWN);
    assert_int_equal(flags, MSG_OOB | MSG_PARTIAL); /* a failed call leaves them */
    closesocket(fresh);
    closesocket(unbound);
    pair_close(pair);
}

/* What the flags were is not looked at: neither MSG_PEEK nor MSG_OOB does anything. */
static void a_stream_is_never_partial(void **state)
{
    struct pair pair = pair_open();
    char data[8];
    int flags = MSG_PEEK | MSG_OOB | 0x4000;
    u_long on = 1;

    (void)state;
    assert_int_equal(flow_send(pair.server, "abcdef", 6), 6);
    assert_int_equal(WSARecvEx(pair.client, data, 4, &flags), 4);
    assert_int_equal(flags, 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(WSARecvEx(pair.client, data + 4, 4, &flags), 2);
    assert_memory_equal(data, "abcdef", 6);
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    flags = 77;
    pair_fails(WSARecvEx(pair.client, data, 8, &flags), WSAEWOULDBLOCK);
    assert_int_equal(flags, 77);
    on = 0;
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    assert_int_equal(shutdown(pair.server, SD_SEND), 0);
    assert_int_equal(WSARecvEx(pair.client, data, 8, &flags), 0);
    assert_int_equal(flags, 0);
    pair_close(pair);
}

static void a_datagram_that_does_not_fit_is_partial(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN own = pair_address(s);
    char data[8];
    int flags = 77;

    (void)state;
    for (int size = 3; size <= 5; size++) {
        assert_int_equal(sendto(s, "abcdef", size, 0, (struct sockaddr *)&own, sizeof own), size);
        assert_int_equal(WSARecvEx(s, data, 4, &flags), size < 4 ? size : 4);
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(flags, size > 4 ? MSG_PARTIAL : 0);
    }
    closesocket(s);
}

static void a_reset_is_reported(void **state)
{
    struct pair pair = pair_open();
    struct linger hard = {1, 0};
    char data[8];
    int flags = 77;

    (void)state;
    assert_int_equal(
        setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
    closesocket(pair.server);
    pair_fails(WSARecvEx(pair.client, data, 8, &flags), WSAECONNRESET);
    assert_int_equal(flags, 77);
    closesocket(pair.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failed_check_is_reported),
        cmocka_unit_test(a_stream_is_never_partial),
        cmocka_unit_test(a_datagram_that_does_not_fit_is_partial),
        cmocka_unit_test(a_reset_is_reported),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
