/* SPDX-License-Identifier: MIT */
/*
 * Documented errors of calls that move data, for which the tests about the calls try only one of
 * the forms, and of what reports their ends.
 */
#include "flow.h"

static void a_datagram_that_is_too_long(void **state)
{
    static char data[70000];
    WSABUF buffer = {sizeof data, data};
    SOCKET to = pair_bound(SOCK_DGRAM);
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(to);
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    pair_fails(send(s, data, sizeof data, 0), WSAEMSGSIZE);
    pair_fails(WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL), WSAEMSGSIZE);
    closesocket(s);
    closesocket(to);
}

static void a_datagram_longer_than_the_buffer(void **state)
{
    char two[2];
    WSABUF buffer = {sizeof two, two};
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(s);
    DWORD bytes = 0;
    DWORD flags = 0;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(sendto(s, "abcdef", 6, 0, (struct sockaddr *)&name, sizeof name), 6);
    pair_fails(WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL), WSAEMSGSIZE);
    flags = 0;
    pair_fails(WSARecvFrom(s, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL), WSAEMSGSIZE);
    assert_memory_equal(two, "ab", 2);
    closesocket(s);
}

static void nothing_to_receive_would_block(void **state)
{
    char byte;
    WSABUF buffer = {1, &byte};
    SOCKET s = pair_bound(SOCK_DGRAM);
    DWORD bytes = 0;
    DWORD flags = 0;
    u_long on = 1;

    (void)state;
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    pair_fails(WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL), WSAEWOULDBLOCK);
    pair_fails(WSARecvFrom(s, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL), WSAEWOULDBLOCK);
    closesocket(s);
}

/* No more room at the peer: what is sent now waits. */
static void jam(SOCKET s)
{
    static char data[1 << 16];
    u_long on = 1;

    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    while (send(s, data, sizeof data, 0) > 0)
        ;
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
}

static void is_aborted_by_cancelling(SOCKET s, int started, OVERLAPPED *overlapped)
{
    DWORD bytes = 0;
    DWORD flags = 0;

    assert_int_equal(started, SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)s, overlapped));
    assert_int_equal(WaitForSingleObject(overlapped->hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    WSASetLastError(0);
    assert_false(WSAGetOverlappedResult(s, overlapped, &bytes, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSA_OPERATION_ABORTED);
    WSACloseEvent(overlapped->hEvent);
}

static void cancelled_operations_are_aborted(void **state)
{
    static char data[1 << 16];
    WSABUF buffer = {sizeof data, data};
    struct pair pair = pair_open();
    SOCKET datagram = pair_bound(SOCK_DGRAM);
    OVERLAPPED one;
    DWORD flags = 0;

    (void)state;
    jam(pair.client);
    one = flow_overlapped();
    is_aborted_by_cancelling(pair.client, WSASend(pair.client, &buffer, 1, NULL, 0, &one, NULL),
                             &one);
    one = flow_overlapped();
    is_aborted_by_cancelling(
        pair.client, WSASendTo(pair.client, &buffer, 1, NULL, 0, NULL, 0, &one, NULL), &one);
    one = flow_overlapped();
    is_aborted_by_cancelling(pair.client,
                             WSARecv(pair.client, &buffer, 1, NULL, &flags, &one, NULL), &one);
    one = flow_overlapped();
    is_aborted_by_cancelling(
        datagram, WSARecvFrom(datagram, &buffer, 1, NULL, &flags, NULL, NULL, &one, NULL), &one);
    closesocket(datagram);
    pair_close(pair);
}

struct waiter {
    HANDLE port;
    _Atomic unsigned thread_id;
    DWORD error;
};

static void *wait_for_many(void *argument)
{
    struct waiter *waiter = argument;
    OVERLAPPED_ENTRY entries[2];
    ULONG count = 0;

    waiter->thread_id = GetCurrentThreadId();
    if (!GetQueuedCompletionStatusEx(waiter->port, entries, 2, &count, INFINITE, FALSE))
        waiter->error = GetLastError();
    return NULL;
}

static void closing_the_port_ends_a_wait_for_many(void **state)
{
    struct waiter waiter = {.port = flow_port(1)};
    pthread_t thread = flow_run(wait_for_many, &waiter);

    (void)state;
    flow_asleep(&waiter.thread_id);
    assert_true(CloseHandle(waiter.port));
    flow_join(thread);
    assert_int_equal(waiter.error, ERROR_ABANDONED_WAIT_0);
}

static void a_reset_is_told_to_the_port(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = {0};
    OVERLAPPED *ended = NULL;
    struct linger hard = {1, 0};
    ULONG_PTR key = 0;
    DWORD bytes = 0;
    char byte;

    (void)state;
    flow_tie(pair.client, port, 7);
    assert_int_equal(flow_start_recv(pair.client, &byte, 1, &overlapped), WSA_IO_PENDING);
    setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard);
    closesocket(pair.server);
    flow_fails(GetQueuedCompletionStatus(port, &bytes, &key, &ended, FLOW_LIMIT_MS),
               ERROR_NETNAME_DELETED);
    assert_ptr_equal(ended, &overlapped);
    closesocket(pair.client);
    CloseHandle(port);
}

static void names_want_a_socket_and_a_place(void **state)
{
    struct pair pair = pair_open();
    SOCKADDR_IN name;
    struct sockaddr *place = (struct sockaddr *)&name;
    int length = sizeof name;

    (void)state;
    pair_fails(getpeername(INVALID_SOCKET, place, &length), WSAENOTSOCK);
    pair_fails(getpeername(pair.client, place, NULL), WSAEFAULT);
    pair_fails(getpeername(pair.client, NULL, &length), WSAEFAULT);
    length = 3;
    pair_fails(getpeername(pair.client, place, &length), WSAEFAULT);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_datagram_that_is_too_long),
        cmocka_unit_test(a_datagram_longer_than_the_buffer),
        cmocka_unit_test(nothing_to_receive_would_block),
        cmocka_unit_test(cancelled_operations_are_aborted),
        cmocka_unit_test(closing_the_port_ends_a_wait_for_many),
        cmocka_unit_test(a_reset_is_told_to_the_port),
        cmocka_unit_test(names_want_a_socket_and_a_place),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
