/* SPDX-License-Identifier: MIT */
/* ioctlsocket: its checks, non-blocking mode, and what it says about waiting data. */
#include "pair.h"

/* An earlier check wins: each row also breaks what a later check would catch. */
static void ioctl_reports_first_failed_check(void **state)
{
    static const long commands[] = {(long)FIONBIO, (long)FIONREAD, (long)SIOCATMARK};
    SOCKET s = pair_socket(SOCK_STREAM);
    u_long value = 0;

    (void)state;
    pair_fails(ioctlsocket(INVALID_SOCKET, 0x1234, PAIR_BAD), WSAENOTSOCK);
    pair_fails(ioctlsocket(s, 0x1234, PAIR_BAD), WSAEOPNOTSUPP); /* IOCTL-16 */
    pair_fails(ioctlsocket(s, (long)FIOASYNC, &value), WSAEOPNOTSUPP);
    for (size_t i = 0; i < PAIR_COUNT(commands); i++) { /* IOCTL-01 */
        pair_fails(ioctlsocket(s, commands[i], PAIR_BAD), WSAEFAULT);
        pair_fails(ioctlsocket(s, commands[i], NULL), WSAEFAULT);
    }
    closesocket(s);
    pair_fails(ioctlsocket(s, (long)FIONBIO, PAIR_BAD), WSAENOTSOCK);
    WSACleanup();
    pair_fails(ioctlsocket(s, 0x1234, PAIR_BAD), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

/* A long holds the code either way: FIONBIO has its highest bit set. */
static void ioctl_takes_a_sign_extended_code(void **state)
{
    SOCKET s = pair_listener();
    u_long on = 1;

    (void)state;
    assert_int_equal(ioctlsocket(s, (long)(int32_t)FIONBIO, &on), 0);
    assert_int_equal(WSAGetLastError(), 0);
    WSASetLastError(0);
    assert_true(accept(s, NULL, NULL) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    closesocket(s);
}

static u_long ask(SOCKET s, long command)
{
    u_long value = 0xdead;

    assert_int_equal(ioctlsocket(s, command, &value), 0);
    return value;
}

/* IOCTL-04. */
static void ioctl_finds_nothing_where_nothing_is(void **state)
{
    SOCKET unbound = pair_socket(SOCK_STREAM);
    SOCKET bound = pair_bound(SOCK_STREAM);
    SOCKET listener = pair_listener();
    struct pair pair = pair_open();
    const SOCKET sockets[] = {unbound, bound, listener, pair.client, pair.server};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(sockets); i++) {
        assert_int_equal(ask(sockets[i], (long)FIONREAD), 0);
        assert_int_equal(ask(sockets[i], (long)SIOCATMARK), 1);
    }
    closesocket(unbound);
    closesocket(bound);
    closesocket(listener);
    pair_close(pair);
}

static void ioctl_counts_what_was_received(void **state)
{
    struct pair pair = pair_open();
    char data[5] = "hello";
    WSABUF buffer = {sizeof data, data};
    WSABUF nothing = {0, data};
    DWORD bytes = 0;
    DWORD flags = 0;

    (void)state;
    assert_int_equal(WSASend(pair.client, &buffer, 1, &bytes, 0, NULL, NULL), 0);
    /* A receive of nothing waits until there is something. */
    assert_int_equal(WSARecv(pair.server, &nothing, 1, &bytes, &flags, NULL, NULL), 0);
    assert_int_equal(ask(pair.server, (long)FIONREAD), sizeof data);
    assert_int_equal(ask(pair.client, (long)FIONREAD), 0);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ioctl_reports_first_failed_check),
        cmocka_unit_test(ioctl_takes_a_sign_extended_code),
        cmocka_unit_test(ioctl_finds_nothing_where_nothing_is),
        cmocka_unit_test(ioctl_counts_what_was_received),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
