/* SPDX-License-Identifier: MIT */
/* ConnectEx: checks, first data, refusal, and its packet. */
#include "flow.h"

static LPFN_CONNECTEX connect_ex;

static int setup(void **state)
{
    int error = pair_setup(state);
    GUID id = WSAID_CONNECTEX;

    if (error == 0)
        flow_extension(id, &connect_ex);
    return error;
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void connectex_reports_first_failed_check(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET idle = pair_bound(SOCK_STREAM);
    SOCKET unbound = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    SOCKET raw = pair_bound(SOCK_STREAM);
    struct pair pair = pair_open();
    SOCKADDR_IN zero = pair_name(0, htons(80));
    SOCKADDR_IN no_port = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN family = pair_name(0, 0);
    SOCKADDR_IN6 inet6 = {.sin6_family = AF_INET6};
    const struct {
        SOCKET s;
        void *name;
        int length;
        int error;
    } rows[] = {
        {datagram, NULL, 0, WSAEINVAL},
        {listener, NULL, 0, WSAEINVAL},     /* CONNECT-01 */
        {pair.client, NULL, 0, WSAEISCONN}, /* CONNECT-05 */
        {pair.server, NULL, 0, WSAEISCONN},
        {raw, NULL, 0, WSAEISCONN},    /* its context is not updated */
        {unbound, NULL, 0, WSAEINVAL}, /* CONNECT-03 */
        {idle, NULL, 16, WSAEFAULT},
        {idle, &family, 15, WSAEFAULT},
        {idle, PAIR_BAD, 16, WSAEFAULT},
        {idle, &family, 16, WSAEAFNOSUPPORT},
        {idle, &inet6, 28, WSAEAFNOSUPPORT},
        {idle, &zero, 16, WSAEADDRNOTAVAIL},
        {idle, &no_port, 16, WSAEADDRNOTAVAIL},
    };

    (void)state;
    family.sin_family = 77;
    pair_connect(raw, pair_address(listener));
    flow_fails(connect_ex(INVALID_SOCKET, NULL, 0, NULL, 0, NULL, NULL), WSAENOTSOCK);
    flow_fails(connect_ex(datagram, NULL, 0, NULL, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        OVERLAPPED overlapped = {.hEvent = (HANDLE)idle}; /* no event */

        flow_fails(connect_ex(rows[i].s, rows[i].name, rows[i].length, NULL, 0, NULL, &overlapped),
                   rows[i].error);
    }
    pair_close(pair);
    closesocket(raw);
    closesocket(datagram);
    closesocket(unbound);
    closesocket(idle);
    closesocket(listener);
}

static void an_event_that_is_none_is_refused(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_bound(SOCK_STREAM);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)s};

    (void)state;
    flow_fails(connect_ex(s, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
               WSA_INVALID_HANDLE);
    pair_connect(s, to); /* nothing is left behind */
    closesocket(s);
    closesocket(listener);
}

/* IOCP-12. */
static void first_data_arrive_and_are_counted(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_bound(SOCK_STREAM);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = flow_overlapped();
    char hello[] = "hello";
    struct flow_packet packet;
    SOCKET server;
    char data[8];

    (void)state;
    flow_tie(s, port, 11);
    flow_fails(connect_ex(s, (struct sockaddr *)&to, sizeof to, hello, 5, NULL, &overlapped),
               ERROR_IO_PENDING);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 5);
    assert_int_equal(packet.key, 11);
    assert_ptr_equal(packet.overlapped, &overlapped);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, 0), WAIT_OBJECT_0);
    server = accept(listener, NULL, NULL);
    assert_int_equal(flow_recv(server, data, 8), 5);
    assert_memory_equal(data, "hello", 5);
    flow_no_packet(port);
    closesocket(s);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
    CloseHandle(port);
}

static void a_refused_socket_can_connect_again(void **state)
{
    SOCKET holder = pair_bound(SOCK_STREAM); /* its port is taken, and nobody listens there */
    SOCKADDR_IN nowhere = pair_address(holder);
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_bound(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;
    DWORD flags = 0;

    (void)state;
    flow_fails(
        connect_ex(s, (struct sockaddr *)&nowhere, sizeof nowhere, NULL, 0, NULL, &overlapped),
        ERROR_IO_PENDING);
    assert_int_equal(flow_end(s, &overlapped, &bytes), ERROR_CONNECTION_REFUSED);
    flow_fails(WSAGetOverlappedResult(s, &overlapped, &bytes, TRUE, &flags), WSAECONNREFUSED);
    flow_fails(connect_ex(s, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
               ERROR_IO_PENDING);
    assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 0);
    closesocket(s);
    closesocket(listener);
    closesocket(holder);
    WSACloseEvent(overlapped.hEvent);
}

static void a_refused_socket_keeps_its_address(void **state)
{
    SOCKET holder = pair_bound(SOCK_STREAM);
    SOCKADDR_IN nowhere = pair_address(holder);
    SOCKET listener = pair_listener();
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKADDR_IN before = pair_address(s), after;
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;

    (void)state;
    flow_fails(
        connect_ex(s, (struct sockaddr *)&nowhere, sizeof nowhere, NULL, 0, NULL, &overlapped),
        ERROR_IO_PENDING);
    assert_int_equal(flow_end(s, &overlapped, &bytes), ERROR_CONNECTION_REFUSED);
    pair_connect(s, pair_address(listener));
    after = pair_address(s);
    assert_memory_equal(&before, &after, sizeof before);
    closesocket(s);
    closesocket(listener);
    closesocket(holder);
    WSACloseEvent(overlapped.hEvent);
}

/* Late WSAEADDRINUSE: both are bound to one address, and only one of them can reach the listener
 * from there. */
static void a_taken_pair_of_addresses_is_in_use(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET first = pair_socket(SOCK_STREAM);
    SOCKET second = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0, flags = 0;

    (void)state;
    assert_int_equal(pair_set(first, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_set(second, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_bind(first, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(pair_bind(second, INADDR_LOOPBACK, pair_address(first).sin_port), 0);
    pair_connect(first, to);
    flow_fails(connect_ex(second, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
               ERROR_IO_PENDING);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    flow_fails(WSAGetOverlappedResult(second, &overlapped, &bytes, FALSE, &flags), WSAEADDRINUSE);
    closesocket(second);
    closesocket(first);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

/* The connection stands; only the data could not be sent. */
static void first_data_that_cannot_be_read_fail_at_the_end(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_bound(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 77, flags = 0;
    SOCKET server;
    char data[4];

    (void)state;
    flow_fails(connect_ex(s, (struct sockaddr *)&to, sizeof to, PAIR_BAD, 5, NULL, &overlapped),
               ERROR_IO_PENDING);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    flow_fails(WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags), WSAEFAULT);
    server = accept(listener, NULL, NULL);
    assert_int_equal(flow_send(s, "x", 1), 1);
    assert_int_equal(flow_recv(server, data, 4), 1);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

static void connect_time_is_told_of_connections_only(void **state)
{
    SOCKET listener = pair_bound(SOCK_STREAM);
    SOCKET waiting[2];
    SOCKET s = pair_bound(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    SOCKADDR_IN to;

    (void)state;
    assert_int_equal(listen(listener, 1), 0); /* full with two: nobody else is answered */
    to = pair_address(listener);
    for (size_t i = 0; i < PAIR_COUNT(waiting); i++)
        waiting[i] = pair_client(to);
    assert_in_range(pair_get(waiting[0], SOL_SOCKET, SO_CONNECT_TIME), 0, 60);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    flow_fails(connect_ex(s, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
               ERROR_IO_PENDING);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    closesocket(s);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    for (size_t i = 0; i < PAIR_COUNT(waiting); i++)
        closesocket(waiting[i]);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

/* Who has a packet is expected back at the port, and its connects are collected till then. It may
 * stay away. */
static void a_worker_that_stays_away_connects_all_the_same(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *got;

    (void)state;
    assert_non_null(port);
    for (int i = 0; i < 3; i++) {
        SOCKET s = pair_bound(SOCK_STREAM);
        OVERLAPPED overlapped = {0};

        assert_true(PostQueuedCompletionStatus(port, 0, 1, NULL));
        assert_true(GetQueuedCompletionStatus(port, &bytes, &key, &got, FLOW_LIMIT_MS));
        assert_non_null(CreateIoCompletionPort((HANDLE)s, port, 2, 0));
        flow_fails(connect_ex(s, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
                   ERROR_IO_PENDING);
        while (!HasOverlappedIoCompleted(&overlapped)) /* the test's own time limit bounds it */
            sched_yield();
        assert_int_equal(overlapped.Internal, 0);
        assert_true(GetQueuedCompletionStatus(port, &bytes, &key, &got, FLOW_LIMIT_MS));
        assert_ptr_equal(got, &overlapped);
        closesocket(s);
    }
    CloseHandle(port);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connectex_reports_first_failed_check),
        cmocka_unit_test(an_event_that_is_none_is_refused),
        cmocka_unit_test(first_data_arrive_and_are_counted),
        cmocka_unit_test(a_refused_socket_can_connect_again),
        cmocka_unit_test(a_refused_socket_keeps_its_address),
        cmocka_unit_test(a_taken_pair_of_addresses_is_in_use),
        cmocka_unit_test(first_data_that_cannot_be_read_fail_at_the_end),
        cmocka_unit_test(connect_time_is_told_of_connections_only),
        cmocka_unit_test(a_worker_that_stays_away_connects_all_the_same),
    };

    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
