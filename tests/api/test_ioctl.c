/* SPDX-License-Identifier: MIT */
/* ioctlsocket: its checks, non-blocking mode, and what it says about waiting data. */
#include "pair.h"

#include <windows.h>

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

/* Datagrams may be on their way for a moment; more than these never come. */
static void wait_for_bytes(SOCKET s, u_long bytes)
{
    ULONGLONG limit = GetTickCount64() + 5000;

    while (ask(s, (long)FIONREAD) < bytes)
        assert_true(GetTickCount64() < limit);
    assert_int_equal(ask(s, (long)FIONREAD), bytes);
}

static void send_datagram(SOCKET s, SOCKADDR_IN to, int bytes)
{
    static char data[9000];

    assert_int_equal(sendto(s, data, bytes, 0, (struct sockaddr *)&to, sizeof to), bytes);
}

/* Documented: of all datagrams that wait, and asking takes nothing away. */
static void ioctl_counts_all_datagrams(void **state)
{
    static const int sizes[] = {0, 1, 100, 0, 0, 8000, 7};
    SOCKET s = pair_bound(SOCK_DGRAM);
    char data[9000];
    u_long total = 0;

    (void)state;
    assert_int_equal(ask(s, (long)FIONREAD), 0);
    for (size_t i = 0; i < PAIR_COUNT(sizes); i++) {
        send_datagram(s, pair_address(s), sizes[i]);
        total += (u_long)sizes[i];
        wait_for_bytes(s, total);
    }
    for (size_t i = 0; i < PAIR_COUNT(sizes); i++) {
        assert_int_equal(recv(s, data, sizeof data, MSG_PEEK), sizes[i]);
        assert_int_equal(recv(s, data, sizeof data, MSG_PEEK), sizes[i]);
        assert_int_equal(recv(s, data, sizeof data, 0), sizes[i]);
        total -= (u_long)sizes[i];
        assert_int_equal(ask(s, (long)FIONREAD), total);
    }
    closesocket(s);
}

/* The answer that nobody listens there is the next receive's, whoever asked before. */
static void ioctl_leaves_answers_alone(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKET gone = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN nobody = pair_address(gone);
    WSAPOLLFD poll = {.fd = s, .events = POLLRDNORM};
    char data[4];

    (void)state;
    closesocket(gone);
    send_datagram(s, pair_address(s), 3);
    wait_for_bytes(s, 3);
    send_datagram(s, nobody, 1);
    do { /* until the answer has come: then it stands before the data */
        assert_true(WSAPoll(&poll, 1, 5000) == 1);
        assert_int_equal(ask(s, (long)FIONREAD), 3);
        WSASetLastError(0);
    } while (recv(s, data, sizeof data, MSG_PEEK) == 3);
    assert_int_equal(WSAGetLastError(), WSAECONNRESET);
    assert_int_equal(ask(s, (long)FIONREAD), 3);
    assert_int_equal(recv(s, data, sizeof data, 0), 3);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ioctl_reports_first_failed_check),
        cmocka_unit_test(ioctl_takes_a_sign_extended_code),
        cmocka_unit_test(ioctl_finds_nothing_where_nothing_is),
        cmocka_unit_test(ioctl_counts_what_was_received),
        cmocka_unit_test(ioctl_counts_all_datagrams),
        cmocka_unit_test(ioctl_leaves_answers_alone),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
