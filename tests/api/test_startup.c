/* SPDX-License-Identifier: MIT */
/* WSAStartup and WSACleanup: versions, counting, and what the last clean-up does. */
#include "flow.h"

static void nothing_works_before_the_first_start(void **state)
{
    OVERLAPPED overlapped;

    (void)state;
    memset(&overlapped, 0, sizeof overlapped);
    pair_fails(WSACleanup(), WSANOTINITIALISED);
    pair_fails(closesocket(INVALID_SOCKET), WSANOTINITIALISED);
    WSASetLastError(0); /* STARTUP-01 */
    assert_true(WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    WSASetLastError(0);
    assert_true(accept(INVALID_SOCKET, PAIR_BAD, NULL) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    pair_fails(WSASend(INVALID_SOCKET, NULL, 0, NULL, 99, NULL, NULL), WSANOTINITIALISED);
    pair_fails(WSARecv(INVALID_SOCKET, NULL, 0, NULL, NULL, NULL, NULL), WSANOTINITIALISED);
    pair_fails(WSAIoctl(INVALID_SOCKET, 1, NULL, 0, NULL, 0, NULL, NULL, NULL), WSANOTINITIALISED);
    flow_fails(WSAGetOverlappedResult(INVALID_SOCKET, NULL, NULL, 0, NULL), WSANOTINITIALISED);
    flow_fails(AcceptEx(INVALID_SOCKET, INVALID_SOCKET, NULL, 0, 0, 0, NULL, NULL),
               WSANOTINITIALISED);
}

/* STARTUP-06, -07. */
static void version_is_negotiated(void **state)
{
    static const struct {
        BYTE major, minor, got_major, got_minor;
    } rows[] = {
        {1, 0, 1, 0},   {1, 1, 1, 1}, {1, 2, 1, 1}, {1, 255, 1, 1}, {2, 0, 2, 0},
        {2, 1, 2, 1},   {2, 2, 2, 2}, {2, 3, 2, 2}, {2, 255, 2, 2}, {3, 0, 2, 2},
        {255, 0, 2, 2}, {0, 0, 2, 2}, {0, 1, 2, 2},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        int error = rows[i].major == 0 ? WSAVERNOTSUPPORTED : 0;
        char vendor = 'v';
        WSADATA data;

        memset(&data, 'x', sizeof data);
        data.lpVendorInfo = &vendor;
        WSASetLastError(4711);
        assert_int_equal(WSAStartup(MAKEWORD(rows[i].major, rows[i].minor), &data), error);
        assert_int_equal(WSAGetLastError(), 4711);
        assert_int_equal(data.wVersion, MAKEWORD(rows[i].got_major, rows[i].got_minor));
        assert_int_equal(data.wHighVersion, MAKEWORD(2, 2));
        assert_string_equal(data.szDescription, "WinSock 2.0");
        assert_string_equal(data.szSystemStatus, "Running");
        assert_int_equal(data.szDescription[sizeof "WinSock 2.0"], 'x'); /* STARTUP-14 */
        assert_int_equal(data.szSystemStatus[sizeof "Running"], 'x');
        assert_ptr_equal(data.lpVendorInfo, &vendor);
        assert_int_equal(data.iMaxSockets, rows[i].major == 1 ? 32767 : 0);
        assert_int_equal(data.iMaxUdpDg, rows[i].major == 1 ? 65467 : 0);
        if (error == 0)
            assert_int_equal(WSACleanup(), 0);
    }
    pair_fails(WSACleanup(), WSANOTINITIALISED);
}

/* STARTUP-09. */
static void data_must_be_memory(void **state)
{
    static const WSADATA constant;

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), NULL), WSAEFAULT);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), PAIR_BAD), WSAEFAULT);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), (WSADATA *)(uintptr_t)&constant), WSAEFAULT);
    assert_int_equal(WSAStartup(MAKEWORD(0, 0), NULL), WSAVERNOTSUPPORTED);
    assert_int_equal(WSAStartup(MAKEWORD(0, 1), PAIR_BAD), WSAVERNOTSUPPORTED);
    assert_int_equal(WSAStartup(MAKEWORD(0, 0), (WSADATA *)(uintptr_t)&constant),
                     WSAVERNOTSUPPORTED);
    pair_fails(WSACleanup(), WSANOTINITIALISED);
}

/* STARTUP-04. */
static void starts_are_counted(void **state)
{
    SOCKET s;

    (void)state;
    assert_int_equal(pair_setup(NULL), 0);
    assert_int_equal(pair_setup(NULL), 0);
    s = pair_socket(SOCK_STREAM);
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(WSACleanup(), 0);
    pair_fails(WSACleanup(), WSANOTINITIALISED);
    pair_fails(closesocket(s), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
    pair_fails(closesocket(s), WSAENOTSOCK); /* closed by the last clean-up */
    assert_int_equal(WSACleanup(), 0);
}

static void last_cleanup_ends_operations_silently(void **state)
{
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped;
    struct pair pair;
    char data[4];

    (void)state;
    assert_int_equal(pair_setup(NULL), 0);
    overlapped = flow_overlapped();
    pair = pair_open();
    flow_tie(pair.client, port, 5);
    assert_int_equal(flow_start_recv(pair.client, data, sizeof data, &overlapped), WSA_IO_PENDING);
    assert_int_equal(WSACleanup(), 0);
    assert_true(HasOverlappedIoCompleted(&overlapped));
    assert_int_not_equal(overlapped.Internal, 0);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
    flow_no_packet(port);
    CloseHandle(overlapped.hEvent);
    CloseHandle(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_works_before_the_first_start),
        cmocka_unit_test(version_is_negotiated),
        cmocka_unit_test(data_must_be_memory),
        cmocka_unit_test(starts_are_counted),
        cmocka_unit_test(last_cleanup_ends_operations_silently),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
