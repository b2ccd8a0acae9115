/* SPDX-License-Identifier: MIT */
/* AcceptEx and GetAcceptExSockaddrs: checks, data, addresses, and whose port gets the packet. */
#include "flow.h"

enum { AREA = sizeof(SOCKADDR_IN) + 16, DATA = 32 };

struct accepting {
    SOCKET s;
    OVERLAPPED overlapped;
    char output[DATA + 2 * AREA];
};

static void accepting_start(struct accepting *a, SOCKET listener, DWORD data_bytes)
{
    a->s = pair_socket(SOCK_STREAM);
    a->overlapped = flow_overlapped();
    memset(a->output, 'x', sizeof a->output);
    flow_fails(AcceptEx(listener, a->s, a->output, data_bytes, AREA, AREA, NULL, &a->overlapped),
               ERROR_IO_PENDING);
}

static void accepting_close(struct accepting *a)
{
    closesocket(a->s);
    WSACloseEvent(a->overlapped.hEvent);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void acceptex_reports_first_failed_check(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET idle = pair_bound(SOCK_STREAM);
    SOCKET fresh = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    char output[DATA + 2 * AREA];
    const struct {
        SOCKET listener, accept;
        void *output;
        DWORD local, remote;
        int error;
    } rows[] = {
        {INVALID_SOCKET, INVALID_SOCKET, NULL, 1, 1, WSAENOTSOCK}, /* ACCEPTEX-01 */
        {idle, INVALID_SOCKET, NULL, 1, 1, WSAENOTSOCK},
        {idle, idle, NULL, 1, 1, WSAEINVAL}, /* ACCEPTEX-02 */
        {listener, idle, NULL, 1, 1, WSAEINVAL},
        {listener, listener, NULL, 1, 1, WSAEINVAL},
        {listener, datagram, NULL, 1, 1, WSAEINVAL},
        {listener, fresh, NULL, 1, 1, WSAEFAULT},
        {listener, fresh, output, 1, AREA, WSAEFAULT},
        {listener, fresh, output, AREA - 1, AREA, WSAEFAULT},
        {listener, fresh, output, AREA, AREA - 1, WSAEFAULT},
        {listener, fresh, output, AREA, 0, WSAEFAULT},
    };

    (void)state;
    flow_fails(AcceptEx(INVALID_SOCKET, INVALID_SOCKET, NULL, 0, 1, 1, NULL, NULL),
               ERROR_INVALID_PARAMETER); /* ACCEPTEX-07 */
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        OVERLAPPED overlapped = {0};

        flow_fails(AcceptEx(rows[i].listener, rows[i].accept, rows[i].output, DATA, rows[i].local,
                            rows[i].remote, NULL, &overlapped),
                   rows[i].error);
        assert_int_equal(overlapped.Internal, FLOW_PENDING);
    }
    closesocket(datagram);
    closesocket(fresh);
    closesocket(idle);
    closesocket(listener);
}

/* The call never writes to memory that is not there, and a wrong event is no call. */
static void acceptex_checks_what_it_will_write(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = {0};
    char output[DATA + 2 * AREA];

    (void)state;
    flow_fails(AcceptEx(listener, s, PAIR_BAD, 0, AREA, AREA, NULL, &overlapped), WSAEFAULT);
    flow_fails(AcceptEx(listener, s, output, 0, AREA, 0x7fffffff, NULL, &overlapped), WSAEFAULT);
    flow_fails(AcceptEx(listener, s, output, 0x7fffffff, AREA, AREA, NULL, &overlapped), WSAEFAULT);
    overlapped.hEvent = (HANDLE)(uintptr_t)0x7ffffff8;
    flow_fails(AcceptEx(listener, s, output, 0, AREA, AREA, NULL, &overlapped), WSA_INVALID_HANDLE);
    assert_int_equal(overlapped.Internal, FLOW_PENDING); /* ACCEPTEX-01 */
    closesocket(listener);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0); /* nothing has happened to it */
    closesocket(s);
}

/* Documented: the peer gave up before anybody accepted. */
static void a_connection_that_was_dropped_is_reset(void **state)
{
    static const DWORD data_bytes[] = {0, DATA};
    SOCKET listener = pair_listener();
    struct linger hard = {1, 0};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(data_bytes); i++) {
        SOCKET client = pair_client(pair_address(listener));
        struct accepting a;
        DWORD bytes = 77;
        DWORD flags = 0;

        assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard), 0);
        closesocket(client);
        accepting_start(&a, listener, data_bytes[i]);
        assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), ERROR_NETNAME_DELETED);
        assert_int_equal(a.overlapped.Internal, FLOW_RESET);
        assert_false(WSAGetOverlappedResult(listener, &a.overlapped, &bytes, FALSE, &flags));
        assert_int_equal(WSAGetLastError(), WSAECONNRESET);
        WSACloseEvent(a.overlapped.hEvent); /* the socket is as before */
        a.overlapped = flow_overlapped();
        flow_fails(AcceptEx(listener, a.s, a.output, 0, AREA, AREA, NULL, &a.overlapped),
                   ERROR_IO_PENDING);
        client = pair_client(pair_address(listener));
        assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
        closesocket(client);
        accepting_close(&a);
    }
    closesocket(listener);
}

static void an_accept_socket_waits_once(void **state)
{
    SOCKET listener = pair_listener();
    struct accepting a;
    OVERLAPPED again = {0};
    DWORD bytes = 0;

    (void)state;
    accepting_start(&a, listener, 0);
    flow_fails(AcceptEx(listener, a.s, a.output, 0, AREA, AREA, NULL, &again), WSAEINVAL);
    assert_int_equal(closesocket(listener), 0);
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), ERROR_OPERATION_ABORTED);
    assert_int_equal(a.overlapped.Internal, FLOW_CANCELLED);
    listener = pair_listener(); /* the accept socket is free again */
    WSACloseEvent(a.overlapped.hEvent);
    a.overlapped = flow_overlapped();
    flow_fails(AcceptEx(listener, a.s, a.output, 0, AREA, AREA, NULL, &a.overlapped),
               ERROR_IO_PENDING);
    closesocket(listener);
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), ERROR_OPERATION_ABORTED);
    accepting_close(&a);
}

/* ACCEPTEX-09, -12. */
static void without_data_it_ends_with_the_connection(void **state)
{
    SOCKET listener = pair_listener();
    struct sockaddr *local = NULL;
    struct sockaddr *remote = NULL;
    int local_length = 0;
    int remote_length = 0;
    SOCKADDR_IN names[2];
    struct accepting a;
    SOCKET client;
    DWORD bytes = 77;
    char data[4];

    (void)state;
    accepting_start(&a, listener, 0);
    assert_false(HasOverlappedIoCompleted(&a.overlapped));
    client = pair_client(pair_address(listener));
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
    assert_int_equal(bytes, 0);
    assert_int_equal(a.overlapped.Internal, 0);
    GetAcceptExSockaddrs(a.output, 0, AREA, AREA, &local, &local_length, &remote, &remote_length);
    names[0] = pair_address(listener);
    names[1] = pair_address(client);
    assert_int_equal(local_length, sizeof names[0]);
    assert_int_equal(remote_length, sizeof names[0]);
    assert_memory_equal(local, &names[0], 8);
    assert_memory_equal(remote, &names[1], 8);
    assert_int_equal(
        setsockopt(a.s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof listener),
        0);
    assert_int_equal(flow_send(a.s, "hi", 2), 2);
    assert_int_equal(flow_recv(client, data, 4), 2);
    closesocket(client);
    closesocket(listener);
    accepting_close(&a);
}

/* ACCEPTEX-04. */
static void the_local_area_may_be_missing(void **state)
{
    SOCKET listener = pair_listener();
    struct sockaddr *local = PAIR_BAD;
    struct sockaddr *remote = NULL;
    int local_length = 77;
    int remote_length = 0;
    struct accepting a = {.s = pair_socket(SOCK_STREAM), .overlapped = flow_overlapped()};
    SOCKADDR_IN name;
    SOCKET client;
    DWORD bytes = 77;

    (void)state;
    flow_fails(AcceptEx(listener, a.s, a.output, 0, 0, AREA, NULL, &a.overlapped),
               ERROR_IO_PENDING);
    client = pair_client(pair_address(listener));
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
    GetAcceptExSockaddrs(a.output, 0, 0, AREA, &local, &local_length, &remote, &remote_length);
    assert_ptr_equal(local, PAIR_BAD);
    assert_int_equal(local_length, 77);
    name = pair_address(client);
    assert_memory_equal(remote, &name, 8);
    closesocket(client);
    closesocket(listener);
    accepting_close(&a);
}

/* ACCEPTEX-11, -14. */
static void with_data_it_waits_for_the_first_byte_or_the_end(void **state)
{
    SOCKET listener = pair_listener();
    struct accepting a, b;
    SOCKET client;
    DWORD bytes = 77;

    (void)state;
    accepting_start(&a, listener, DATA);
    client = pair_client(pair_address(listener));
    accepting_start(&b, listener, 0);
    closesocket(pair_client(pair_address(listener)));
    assert_int_equal(flow_end(b.s, &b.overlapped, &bytes), 0); /* the first is past its accept */
    assert_false(HasOverlappedIoCompleted(&a.overlapped)); /* an acquire load: it is in flight */
    assert_int_equal(WaitForSingleObject(a.overlapped.hEvent, 0), WAIT_TIMEOUT);
    assert_int_equal(flow_send(client, "z", 1), 1);
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
    assert_int_equal(bytes, 1);
    assert_int_equal(a.output[0], 'z');
    closesocket(client);
    accepting_close(&a);
    accepting_close(&b);

    accepting_start(&a, listener, DATA);
    closesocket(pair_client(pair_address(listener)));
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
    assert_int_equal(bytes, 0);
    accepting_close(&a);
    closesocket(listener);
}

/* What was started before is with the kernel: the ring thread has answered something later. Else a
 * connection could come when it has one accept and is about to hand over the next. */
static void accepts_settle(void)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes;
    char byte;

    flow_accepted(flow_start_recv(pair.server, &byte, 1, &overlapped));
    assert_int_equal(flow_send(pair.client, "x", 1), 1);
    assert_int_equal(flow_end(pair.server, &overlapped, &bytes), 0);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

/* However late the ring thread gets to it: some kernels see to the last of them first. */
static void connections_go_to_the_calls_in_their_order(void **state)
{
    enum { CALLS = 8 };
    SOCKET listener = pair_listener();
    struct accepting calls[CALLS];
    SOCKET clients[CALLS];
    DWORD bytes;

    (void)state;
    for (int i = 0; i < CALLS; i++)
        accepting_start(&calls[i], listener, 0);
    accepts_settle();
    for (int i = 0; i < CALLS; i++)
        clients[i] = pair_client(pair_address(listener));
    for (int i = 0; i < CALLS; i++) {
        SOCKADDR_IN name = pair_address(clients[i]);
        SOCKADDR *local, *remote;
        INT length;

        assert_int_equal(flow_end(calls[i].s, &calls[i].overlapped, &bytes), 0);
        GetAcceptExSockaddrs(calls[i].output, 0, AREA, AREA, &local, &length, &remote, &length);
        assert_memory_equal(remote, &name, 8);
        closesocket(clients[i]);
        accepting_close(&calls[i]);
    }
    closesocket(listener);
}

/* IOCP-06, -09, -10. */
static void the_packet_goes_to_the_listener_s_port(void **state)
{
    SOCKET listener = pair_listener();
    HANDLE port = flow_port(1);
    HANDLE other = flow_port(1);
    struct flow_packet packet;
    struct accepting a, b;
    SOCKET client;

    (void)state;
    accepting_start(&a, listener, DATA);
    accepting_start(&b, listener, DATA);
    flow_tie(a.s, other, 1);
    flow_tie(listener, port, 125); /* after the calls */
    accepts_settle();
    client = pair_client(pair_address(listener));
    assert_int_equal(flow_send(client, "z", 1), 1);
    packet = flow_take(port, FLOW_LIMIT_MS);
    closesocket(a.s);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.key, 125);
    assert_int_equal(packet.bytes, 1);
    assert_ptr_equal(packet.overlapped, &a.overlapped);
    closesocket(listener);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
    assert_int_equal(packet.key, 125);
    assert_int_equal(packet.bytes, 0);
    assert_ptr_equal(packet.overlapped, &b.overlapped);
    assert_int_equal(b.overlapped.Internal, FLOW_CANCELLED);
    flow_no_packet(port);
    flow_no_packet(other);
    closesocket(client);
    WSACloseEvent(a.overlapped.hEvent);
    accepting_close(&b);
    CloseHandle(port);
    CloseHandle(other);
}

/* IOCP-11. */
static void closing_the_accepted_socket_ends_the_wait_for_data(void **state)
{
    SOCKET listener = pair_listener();
    HANDLE port = flow_port(1);
    struct flow_packet packet;
    struct accepting a, b;
    SOCKET client;
    DWORD bytes = 0;

    (void)state;
    accepting_start(&a, listener, DATA);
    accepting_start(&b, listener, 0);
    accepts_settle();
    client = pair_client(pair_address(listener));
    closesocket(pair_client(pair_address(listener)));
    assert_int_equal(flow_end(b.s, &b.overlapped, &bytes), 0);
    flow_tie(listener, port, 3);
    closesocket(a.s);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_true(packet.error == ERROR_OPERATION_ABORTED || packet.error == 1236);
    assert_ptr_equal(packet.overlapped, &a.overlapped);
    flow_no_packet(port);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(a.overlapped.hEvent);
    accepting_close(&b);
    CloseHandle(port);
}

static void closing_the_accept_socket_ends_the_call(void **state)
{
    SOCKET listener = pair_listener();
    struct accepting a;
    SOCKET client, server;
    DWORD bytes = 77;

    (void)state;
    accepting_start(&a, listener, DATA);
    assert_int_equal(closesocket(a.s), 0);
    assert_int_equal(flow_end(listener, &a.overlapped, &bytes), ERROR_OPERATION_ABORTED);
    client = pair_client(pair_address(listener)); /* it is for the next accept */
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(a.overlapped.hEvent);
}

/* ACCEPT-07, by way of SO_UPDATE_ACCEPT_CONTEXT. */
static void the_context_brings_the_listener_s_options(void **state)
{
    const struct {
        int level, option, value;
    } rows[] = {
        {SOL_SOCKET, SO_REUSEADDR, 1},  {SOL_SOCKET, SO_KEEPALIVE, 1},
        {SOL_SOCKET, SO_OOBINLINE, 1},  {SOL_SOCKET, SO_SNDBUF, 0x123},
        {SOL_SOCKET, SO_RCVBUF, 0x123}, {SOL_SOCKET, SO_SNDTIMEO, 1234},
        {SOL_SOCKET, SO_RCVTIMEO, 567}, {IPPROTO_TCP, TCP_NODELAY, 1},
    };
    SOCKET listener = pair_socket(SOCK_STREAM);
    struct linger linger = {1, 9};
    int length = sizeof linger;
    struct accepting a;
    SOCKET client;
    DWORD bytes = 0;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        assert_int_equal(pair_set(listener, rows[i].level, rows[i].option, rows[i].value), 0);
    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger),
                     0);
    assert_int_equal(pair_bind(listener, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(listen(listener, 5), 0);
    accepting_start(&a, listener, 0);
    client = pair_client(pair_address(listener));
    assert_int_equal(flow_end(a.s, &a.overlapped, &bytes), 0);
    assert_int_equal(
        setsockopt(a.s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof listener),
        0);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        assert_int_equal(pair_get(a.s, rows[i].level, rows[i].option), rows[i].value);
    assert_int_equal(pair_get(a.s, SOL_SOCKET, SO_ACCEPTCONN), 0);
    memset(&linger, 0, sizeof linger);
    assert_int_equal(getsockopt(a.s, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    assert_true(linger.l_onoff != 0);
    assert_int_equal(linger.l_linger, 9);
    closesocket(client);
    closesocket(listener);
    accepting_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acceptex_reports_first_failed_check),
        cmocka_unit_test(acceptex_checks_what_it_will_write),
        cmocka_unit_test(a_connection_that_was_dropped_is_reset),
        cmocka_unit_test(an_accept_socket_waits_once),
        cmocka_unit_test(without_data_it_ends_with_the_connection),
        cmocka_unit_test(the_local_area_may_be_missing),
        cmocka_unit_test(with_data_it_waits_for_the_first_byte_or_the_end),
        cmocka_unit_test(connections_go_to_the_calls_in_their_order),
        cmocka_unit_test(the_packet_goes_to_the_listener_s_port),
        cmocka_unit_test(closing_the_accepted_socket_ends_the_wait_for_data),
        cmocka_unit_test(closing_the_accept_socket_ends_the_call),
        cmocka_unit_test(the_context_brings_the_listener_s_options),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
