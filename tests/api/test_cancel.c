/* SPDX-License-Identifier: MIT */
/* CancelIo and CancelIoEx: what they end, what they leave, and that no data are lost. */
#include "flow.h"

static void what_is_no_socket_is_refused(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE event = WSACreateEvent();

    (void)state;
    flow_fails(CancelIoEx(INVALID_HANDLE_VALUE, NULL), ERROR_INVALID_HANDLE);
    flow_fails(CancelIoEx(event, NULL), ERROR_INVALID_HANDLE);
    flow_fails(CancelIo(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
    flow_fails(CancelIoEx((HANDLE)s, NULL), ERROR_NOT_FOUND); /* SEND-09 */
    SetLastError(4711);
    assert_true(CancelIo((HANDLE)s));
    assert_int_equal(GetLastError(), 4711);
    closesocket(s);
    flow_fails(CancelIoEx((HANDLE)s, NULL), ERROR_INVALID_HANDLE);
    WSACloseEvent(event);
}

static void one_operation_can_be_cancelled(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped[3] = {0};
    OVERLAPPED other = {0};
    struct flow_packet packet;
    char data[3][4];

    (void)state;
    flow_tie(pair.client, port, 6);
    for (int i = 0; i < 3; i++)
        assert_int_equal(flow_start_recv(pair.client, data[i], 4, &overlapped[i]), WSA_IO_PENDING);
    flow_fails(CancelIoEx((HANDLE)pair.client, &other), ERROR_NOT_FOUND);
    SetLastError(4711);
    assert_true(CancelIoEx((HANDLE)pair.client, &overlapped[1]));
    assert_int_equal(GetLastError(), 4711);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
    assert_int_equal(packet.key, 6);
    assert_int_equal(packet.bytes, 0);
    assert_ptr_equal(packet.overlapped, &overlapped[1]);
    assert_int_equal(overlapped[1].Internal, FLOW_CANCELLED);
    assert_int_equal(flow_send(pair.server, "aaaabbbb", 8), 8);
    assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &overlapped[0]);
    assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &overlapped[2]);
    assert_memory_equal(data[0], "aaaa", 4);
    assert_memory_equal(data[2], "bbbb", 4);
    flow_no_packet(port);
    pair_close(pair);
    CloseHandle(port);
}

static void all_operations_can_be_cancelled_and_nothing_is_lost(void **state)
{
    enum { COUNT = 8, ROUNDS = 50 };
    struct pair pair = pair_open();
    OVERLAPPED overlapped[COUNT];
    char data[16];
    DWORD bytes = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        overlapped[i] = flow_overlapped();
    for (int round = 0; round < ROUNDS; round++) {
        DWORD received = 0;

        for (int i = 0; i < COUNT; i++)
            flow_accepted(flow_start_recv(pair.client, data + i, 1, &overlapped[i]));
        assert_int_equal(flow_send(pair.server, "abc", 3), 3); /* the cancelling races with it */
        CancelIoEx((HANDLE)pair.client, NULL);
        for (int i = 0; i < COUNT; i++) {
            DWORD error = flow_end(pair.client, &overlapped[i], &bytes);

            assert_true(error == 0 || error == ERROR_OPERATION_ABORTED);
            received += error == 0 ? bytes : 0;
        }
        if (received < 3)
            assert_int_equal(flow_recv_with(pair.client, data, 3 - received, MSG_WAITALL),
                             3 - received);
    }
    flow_fails(CancelIoEx((HANDLE)pair.client, NULL), ERROR_NOT_FOUND);
    for (int i = 0; i < COUNT; i++)
        WSACloseEvent(overlapped[i].hEvent);
    pair_close(pair);
}

struct issuer {
    SOCKET s;
    OVERLAPPED overlapped;
    char data[4];
    int error;
};

static void *issue_on_thread(void *argument)
{
    struct issuer *issuer = argument;

    issuer->error = flow_start_recv(issuer->s, issuer->data, 4, &issuer->overlapped);
    return NULL;
}

/* IOCP-20: what an ended thread began goes on; CancelIo is for one's own. */
static void another_thread_s_operation_goes_on(void **state)
{
    struct pair pair = pair_open();
    struct issuer issuer = {.s = pair.client, .overlapped = flow_overlapped()};
    OVERLAPPED own = flow_overlapped();
    char data[4];
    DWORD bytes = 0;

    (void)state;
    flow_join(flow_run(issue_on_thread, &issuer));
    assert_int_equal(issuer.error, WSA_IO_PENDING);
    assert_int_equal(flow_start_recv(pair.client, data, 4, &own), WSA_IO_PENDING);
    assert_true(CancelIo((HANDLE)pair.client));
    assert_int_equal(flow_end(pair.client, &own, &bytes), ERROR_OPERATION_ABORTED);
    assert_false(HasOverlappedIoCompleted(&issuer.overlapped));
    assert_int_equal(flow_send(pair.server, "ab", 2), 2);
    assert_int_equal(flow_end(pair.client, &issuer.overlapped, &bytes), 0);
    assert_int_equal(bytes, 2);
    WSACloseEvent(own.hEvent);
    WSACloseEvent(issuer.overlapped.hEvent);
    pair_close(pair);
}

enum { AREA = sizeof(SOCKADDR_IN) + 16, DATA = 8 };

static void an_accept_can_be_cancelled(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    char output[2 * AREA];
    SOCKET client, server;
    DWORD bytes = 0;

    (void)state;
    flow_fails(AcceptEx(listener, s, output, 0, AREA, AREA, NULL, &overlapped), ERROR_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)listener, &overlapped));
    assert_int_equal(flow_end(listener, &overlapped, &bytes), ERROR_OPERATION_ABORTED);
    client = pair_client(pair_address(listener)); /* goes to the next accept */
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    closesocket(client);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

struct accepting {
    SOCKET listener, accept;
    OVERLAPPED overlapped;
    char output[DATA + 2 * AREA];
};

static void accepting_start(struct accepting *a, DWORD data_bytes)
{
    a->listener = pair_listener();
    a->accept = pair_socket(SOCK_STREAM);
    a->overlapped = flow_overlapped();
    flow_fails(
        AcceptEx(a->listener, a->accept, a->output, data_bytes, AREA, AREA, NULL, &a->overlapped),
        ERROR_IO_PENDING);
}

/* An AcceptEx that has its connection and waits for data. Returns the client. */
static SOCKET accepting_connected(struct accepting *a)
{
    OVERLAPPED next = flow_overlapped();
    SOCKET second = pair_socket(SOCK_STREAM);
    char output[2 * AREA];
    DWORD bytes = 0;
    SOCKET client;

    accepting_start(a, DATA);
    client = pair_client(pair_address(a->listener));
    /* When the next connection has been accepted, the first one is past its accept. */
    flow_fails(AcceptEx(a->listener, second, output, 0, AREA, AREA, NULL, &next), ERROR_IO_PENDING);
    closesocket(pair_client(pair_address(a->listener)));
    assert_int_equal(flow_end(a->listener, &next, &bytes), 0);
    assert_false(HasOverlappedIoCompleted(&a->overlapped));
    closesocket(second);
    WSACloseEvent(next.hEvent);
    return client;
}

static void accepting_close(struct accepting *a)
{
    closesocket(a->accept);
    closesocket(a->listener);
    WSACloseEvent(a->overlapped.hEvent);
}

/* The operation is the listener's, wherever it waits. */
static void an_accept_that_waits_for_data_can_be_cancelled(void **state)
{
    enum { BY_OVERLAPPED, BY_LISTENER, BY_THREAD, WAYS };
    OVERLAPPED other = {0};

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        HANDLE port = flow_port(1);
        struct flow_packet packet;
        struct accepting a;
        SOCKET client = accepting_connected(&a);

        flow_tie(a.listener, port, 8);
        flow_fails(CancelIoEx((HANDLE)a.accept, NULL), ERROR_NOT_FOUND);
        flow_fails(CancelIoEx((HANDLE)a.accept, &a.overlapped), ERROR_NOT_FOUND);
        assert_true(CancelIo((HANDLE)a.accept));
        flow_fails(CancelIoEx((HANDLE)a.listener, &other), ERROR_NOT_FOUND);
        flow_no_packet(port);
        if (way == BY_THREAD)
            assert_true(CancelIo((HANDLE)a.listener));
        else
            assert_true(
                CancelIoEx((HANDLE)a.listener, way == BY_OVERLAPPED ? &a.overlapped : NULL));
        packet = flow_take(port, FLOW_LIMIT_MS);
        assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
        assert_int_equal(packet.key, 8);
        assert_int_equal(packet.bytes, 0);
        assert_ptr_equal(packet.overlapped, &a.overlapped);
        assert_int_equal(a.overlapped.Internal, FLOW_CANCELLED);
        flow_fails(CancelIoEx((HANDLE)a.listener, NULL), ERROR_NOT_FOUND);
        closesocket(client);
        accepting_close(&a);
        flow_no_packet(port);
        CloseHandle(port);
    }
}

static void *cancel_listener_on_thread(void *argument)
{
    struct accepting *a = argument;

    while (!HasOverlappedIoCompleted(&a->overlapped))
        CancelIoEx((HANDLE)a->listener, &a->overlapped);
    return NULL;
}

/* The cancelling meets the operation before the connection, on its way to the other queue, or
 * there: it ends once, and nothing is left to cancel. */
static void an_accept_ends_once_whenever_it_is_cancelled(void **state)
{
    enum { ROUNDS = 60 };

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        HANDLE port = flow_port(1);
        struct flow_packet packet;
        struct accepting a;
        pthread_t thread;
        SOCKET client;

        accepting_start(&a, DATA);
        flow_tie(a.listener, port, 9);
        client = pair_bound(SOCK_STREAM);
        thread = flow_run(cancel_listener_on_thread, &a);
        pair_connect(client, pair_address(a.listener));
        packet = flow_take(port, FLOW_LIMIT_MS);
        flow_join(thread);
        assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
        assert_ptr_equal(packet.overlapped, &a.overlapped);
        flow_fails(CancelIoEx((HANDLE)a.listener, NULL), ERROR_NOT_FOUND);
        closesocket(client);
        accepting_close(&a);
        flow_no_packet(port);
        CloseHandle(port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_socket_is_refused),
        cmocka_unit_test(one_operation_can_be_cancelled),
        cmocka_unit_test(all_operations_can_be_cancelled_and_nothing_is_lost),
        cmocka_unit_test(another_thread_s_operation_goes_on),
        cmocka_unit_test(an_accept_can_be_cancelled),
        cmocka_unit_test(an_accept_that_waits_for_data_can_be_cancelled),
        cmocka_unit_test(an_accept_ends_once_whenever_it_is_cancelled),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
