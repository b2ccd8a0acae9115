/* SPDX-License-Identifier: MIT */
/* shutdown: its checks, FIN after queued data, and receives that go on. */
#include <stdlib.h>

#include "pair.h"

static int transfer(SOCKET s, char *data, ULONG size, int sends)
{
    WSABUF buffer = {size, data};
    DWORD bytes = 0;
    DWORD flags = 0;
    int result = sends ? WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL)
                       : WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL);

    return result == 0 ? (int)bytes : SOCKET_ERROR;
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void shutdown_reports_first_failed_check(void **state)
{
    SOCKET idle = pair_socket(SOCK_STREAM);
    SOCKET listener = pair_listener();
    SOCKET raw = pair_bound(SOCK_STREAM);
    const struct {
        SOCKET s;
        int how;
        int error;
    } rows[] = {
        {INVALID_SOCKET, 99, WSAENOTSOCK},
        {idle, 99, WSAEINVAL},
        {idle, -1, WSAEINVAL},
        {idle, SD_SEND, WSAENOTCONN},
        {idle, SD_RECEIVE, WSAENOTCONN},
        {listener, SD_SEND, WSAENOTCONN},
        {listener, SD_RECEIVE, WSAENOTCONN},
        {listener, SD_BOTH, WSAENOTCONN},
        {raw, SD_SEND, WSAENOTCONN},
    };

    (void)state;
    pair_connect(raw, pair_address(listener)); /* its context is not updated */
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        pair_fails(shutdown(rows[i].s, rows[i].how), rows[i].error);
    closesocket(idle);
    closesocket(raw);
    closesocket(listener);
    WSACleanup();
    pair_fails(shutdown(idle, 99), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

/* SHUTDOWN-02, -11. */
static void shutdown_of_sending_leaves_receiving(void **state)
{
    struct pair pair = pair_open();
    char data[4] = "abc";

    (void)state;
    WSASetLastError(0xdead);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    pair_fails(transfer(pair.client, data, 3, 1), WSAESHUTDOWN);
    assert_int_equal(transfer(pair.server, data, 4, 0), 0);
    assert_int_equal(transfer(pair.server, data, 4, 0), 0);
    assert_int_equal(transfer(pair.server, data, 3, 1), 3);
    assert_int_equal(transfer(pair.client, data, 4, 0), 3);
    pair_close(pair);
}

/* The FIN follows what was accepted before it, even when the kernel had no room for it yet. */
static void shutdown_sends_fin_after_queued_data(void **state)
{
    enum { SIZE = 8 << 20 };
    struct pair pair = pair_open();
    char *data = calloc(1, SIZE);
    WSABUF buffer = {SIZE, data};
    OVERLAPPED overlapped;
    char received[65536];
    DWORD bytes = 0;
    DWORD flags = 0;
    int total = 0;
    int count;

    (void)state;
    assert_non_null(data);
    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = WSACreateEvent();
    if (WSASend(pair.client, &buffer, 1, NULL, 0, &overlapped, NULL) != 0)
        assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    while ((count = transfer(pair.server, received, sizeof received, 0)) > 0)
        total += count;
    assert_int_equal(count, 0);
    assert_int_equal(total, SIZE);
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, 10000, FALSE), 0);
    assert_true(WSAGetOverlappedResult(pair.client, &overlapped, &bytes, FALSE, &flags));
    assert_int_equal(bytes, SIZE);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
    free(data);
}

/* SHUTDOWN-08. */
static void shutdown_of_receiving_leaves_a_pending_receive(void **state)
{
    struct pair pair = pair_open();
    char data[8] = "data";
    char received[8];
    WSABUF buffer = {sizeof received, received};
    OVERLAPPED overlapped;
    OVERLAPPED second;
    DWORD bytes = 0;
    DWORD flags = 0;

    (void)state;
    memset(&overlapped, 0, sizeof overlapped);
    memset(&second, 0, sizeof second);
    overlapped.hEvent = WSACreateEvent();
    pair_fails(WSARecv(pair.server, &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    pair_fails(WSARecv(pair.server, &buffer, 1, NULL, &flags, &second, NULL), WSAESHUTDOWN);
    pair_fails(transfer(pair.server, received, sizeof received, 0), WSAESHUTDOWN);
    assert_false(HasOverlappedIoCompleted(&overlapped));
    assert_int_equal(transfer(pair.client, data, 4, 1), 4);
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, 10000, FALSE), 0);
    assert_true(WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags));
    assert_int_equal(bytes, 4);
    assert_memory_equal(received, data, 4);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

/* SHUTDOWN-10. */
static void shutdown_of_datagrams_needs_no_peer(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    char data[4];

    (void)state;
    assert_int_equal(shutdown(s, SD_RECEIVE), 0);
    pair_fails(transfer(s, data, 4, 0), WSAESHUTDOWN);
    assert_int_equal(shutdown(s, SD_SEND), 0);
    assert_int_equal(shutdown(s, SD_SEND), 0);
    assert_int_equal(shutdown(s, SD_BOTH), 0);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shutdown_reports_first_failed_check),
        cmocka_unit_test(shutdown_of_sending_leaves_receiving),
        cmocka_unit_test(shutdown_sends_fin_after_queued_data),
        cmocka_unit_test(shutdown_of_receiving_leaves_a_pending_receive),
        cmocka_unit_test(shutdown_of_datagrams_needs_no_peer),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
