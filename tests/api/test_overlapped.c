/* SPDX-License-Identifier: MIT */
/* Results of overlapped operations: WSAGetOverlappedResult, GetOverlappedResult, and order. */
#include "flow.h"

/* An earlier check wins: each row also breaks what a later check would catch. */
static void result_calls_report_first_failed_check(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED pending = {.Internal = FLOW_PENDING, .hEvent = (HANDLE)s}; /* no event */
    DWORD bytes = 77;
    DWORD flags = 77;

    (void)state;
    flow_fails(WSAGetOverlappedResult(INVALID_SOCKET, NULL, NULL, 1, NULL), WSAENOTSOCK);
    flow_fails(WSAGetOverlappedResult(s, NULL, &bytes, 0, &flags), WSAEFAULT);
    flow_fails(WSAGetOverlappedResult(s, &pending, NULL, 0, &flags), WSAEFAULT);
    flow_fails(WSAGetOverlappedResult(s, &pending, &bytes, 0, NULL), WSAEFAULT);
    flow_fails(WSAGetOverlappedResult(s, &pending, &bytes, 0, &flags), WSA_IO_INCOMPLETE);
    flow_fails(WSAGetOverlappedResult(s, &pending, &bytes, 1, &flags), WSA_INVALID_HANDLE);
    flow_fails(GetOverlappedResult(INVALID_HANDLE_VALUE, NULL, NULL, 1), ERROR_INVALID_HANDLE);
    flow_fails(GetOverlappedResult((HANDLE)s, NULL, &bytes, 0), ERROR_INVALID_PARAMETER);
    flow_fails(GetOverlappedResult((HANDLE)s, &pending, NULL, 0), ERROR_INVALID_PARAMETER);
    flow_fails(GetOverlappedResult((HANDLE)s, &pending, &bytes, 0), ERROR_IO_INCOMPLETE);
    flow_fails(GetOverlappedResult((HANDLE)s, &pending, &bytes, 1), ERROR_INVALID_HANDLE);
    assert_int_equal(bytes, 77);
    assert_int_equal(flags, 77);
    closesocket(s);
}

/* OVERLAPPED-03, -06, -07, -09. */
static void a_status_is_translated(void **state)
{
    static const struct {
        DWORD status;
        int error;
    } rows[] = {
        {0, 0},
        {FLOW_CANCELLED, WSA_OPERATION_ABORTED},
        {FLOW_ABORTED, WSAECONNABORTED},
        {FLOW_RESET, WSAECONNRESET},
        {0xC0000236, WSAECONNREFUSED},
        {0xC0FFEE00, WSAEINVAL},
    };
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        OVERLAPPED overlapped = {.Internal = rows[i].status, .InternalHigh = 5};
        DWORD bytes = 77;
        DWORD flags = 77;

        WSASetLastError(1);
        assert_int_equal(WSAGetOverlappedResult(s, &overlapped, &bytes, TRUE, &flags),
                         rows[i].error == 0);
        assert_int_equal(WSAGetLastError(), rows[i].error);
        assert_int_equal(bytes, rows[i].error == 0 ? 5 : 77);
    }
    closesocket(s);
}

/* OVERLAPPED-13. */
static void without_an_event_the_socket_is_signalled(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    char data[8];
    DWORD bytes = 0;
    DWORD flags = 77;

    (void)state;
    assert_int_equal(flow_start_recv(pair.client, data, 8, &overlapped), WSA_IO_PENDING);
    assert_int_equal(WaitForSingleObject((HANDLE)pair.client, 0), WAIT_TIMEOUT);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_int_equal(WaitForSingleObject((HANDLE)pair.client, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(WSAGetOverlappedResult(pair.client, &overlapped, &bytes, TRUE, &flags));
    assert_int_equal(bytes, 3);
    assert_int_equal(flags, 0);
    pair_close(pair);
}

static void *result_on_thread(void *argument)
{
    struct pair *pair = argument;

    return flow_send(pair->server, "abc", 3) == 3 ? NULL : argument;
}

static void the_result_can_be_waited_for(void **state)
{
    struct pair pair = pair_open();
    char data[8];

    (void)state;
    for (int with_event = 0; with_event < 2; with_event++) {
        OVERLAPPED overlapped = {0};
        DWORD bytes = 0;
        DWORD flags = 77;
        pthread_t thread;

        overlapped.hEvent = with_event ? WSACreateEvent() : NULL;
        flow_accepted(flow_start_recv(pair.client, data, 8, &overlapped));
        thread = flow_run(result_on_thread, &pair);
        if (with_event)
            assert_true(WSAGetOverlappedResult(pair.client, &overlapped, &bytes, TRUE, &flags));
        else
            assert_true(GetOverlappedResult((HANDLE)pair.client, &overlapped, &bytes, TRUE));
        assert_int_equal(bytes, 3);
        flow_join(thread);
        if (with_event)
            WSACloseEvent(overlapped.hEvent);
    }
    pair_close(pair);
}

/* OVERLAPPED-15. */
static void receives_end_in_the_order_of_the_calls(void **state)
{
    enum { COUNT = 8, SIZE = 16 };
    struct pair pair = pair_open();
    OVERLAPPED overlapped[COUNT];
    char out[COUNT * SIZE];
    char in[COUNT * SIZE];
    DWORD bytes = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        memset(out + i * SIZE, 'a' + i, SIZE);
        overlapped[i] = flow_overlapped();
        assert_int_equal(flow_start_recv(pair.client, in + i * SIZE, SIZE, &overlapped[i]),
                         WSA_IO_PENDING);
    }
    assert_int_equal(flow_send(pair.server, out, sizeof out), sizeof out);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(flow_end(pair.client, &overlapped[i], &bytes), 0);
        assert_int_equal(bytes, SIZE);
        WSACloseEvent(overlapped[i].hEvent);
    }
    assert_memory_equal(in, out, sizeof out);
    pair_close(pair);
}

/* OVERLAPPED-17. */
static void a_receive_of_no_bytes_waits_and_takes_none(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    char data[8];
    DWORD bytes = 77;

    (void)state;
    assert_int_equal(flow_start_recv(pair.client, NULL, 0, &overlapped), WSA_IO_PENDING);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 0);
    flow_accepted(flow_start_recv(pair.client, NULL, 0, &overlapped));
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(flow_recv(pair.client, NULL, 0), 0);
    assert_int_equal(flow_recv(pair.client, data, 8), 3);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

/* RESET-01, RECV-04. */
static void a_reset_ends_the_receive(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    struct linger hard = {1, 0};
    char data[8];
    DWORD bytes = 77;
    DWORD flags = 0;

    (void)state;
    assert_int_equal(flow_start_recv(pair.client, data, 8, &overlapped), WSA_IO_PENDING);
    assert_int_equal(setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard), 0);
    assert_int_equal(closesocket(pair.server), 0);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), ERROR_NETNAME_DELETED);
    assert_int_equal(bytes, 0);
    assert_int_equal(overlapped.Internal, FLOW_RESET);
    flow_fails(WSAGetOverlappedResult(pair.client, &overlapped, &bytes, TRUE, &flags),
               WSAECONNRESET);
    closesocket(pair.client);
    WSACloseEvent(overlapped.hEvent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_calls_report_first_failed_check),
        cmocka_unit_test(a_status_is_translated),
        cmocka_unit_test(without_an_event_the_socket_is_signalled),
        cmocka_unit_test(the_result_can_be_waited_for),
        cmocka_unit_test(receives_end_in_the_order_of_the_calls),
        cmocka_unit_test(a_receive_of_no_bytes_waits_and_takes_none),
        cmocka_unit_test(a_reset_ends_the_receive),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
