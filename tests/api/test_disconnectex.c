/* SPDX-License-Identifier: MIT */
/* DisconnectEx: checks, the end that the peer sees, and sockets used again. */
#include "flow.h"

enum { AREA = sizeof(SOCKADDR_IN) + 16 };

static LPFN_DISCONNECTEX disconnect_ex;
static LPFN_CONNECTEX connect_ex;

static int setup(void **state)
{
    int error = pair_setup(state);
    GUID disconnect_id = WSAID_DISCONNECTEX;
    GUID connect_id = WSAID_CONNECTEX;

    if (error != 0)
        return error;
    flow_extension(disconnect_id, &disconnect_ex);
    flow_extension(connect_id, &connect_ex);
    return 0;
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void disconnectex_reports_first_failed_check(void **state)
{
    SOCKET idle = pair_bound(SOCK_STREAM);
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {.hEvent = (HANDLE)idle};

    (void)state;
    flow_fails(disconnect_ex(INVALID_SOCKET, NULL, 1, 1), WSAENOTSOCK); /* DISCONNECTEX-01 */
    flow_fails(disconnect_ex(idle, NULL, 1, 0), WSAEINVAL);
    flow_fails(disconnect_ex(idle, NULL, 0, 1), WSAEINVAL);
    flow_fails(disconnect_ex(idle, &overlapped, TF_REUSE_SOCKET, 0), WSAENOTCONN);
    flow_fails(disconnect_ex(pair.client, &overlapped, 0, 0), WSA_INVALID_HANDLE);
    assert_int_equal(flow_send(pair.client, "x", 1), 1); /* nothing has happened */
    pair_close(pair);
    closesocket(idle);
}

/* DISCONNECTEX-03, -04. */
static void without_overlapped_it_is_synchronous(void **state)
{
    struct pair pair = pair_open();
    SOCKADDR_IN before = pair_address(pair.client);
    SOCKADDR_IN name;
    int length = sizeof name;
    char data[4];

    (void)state;
    assert_true(disconnect_ex(pair.client, NULL, 0, 0));
    assert_true(disconnect_ex(pair.client, NULL, 0, 0));
    assert_int_equal(flow_recv(pair.server, data, 4), 0);
    assert_int_equal(pair_address(pair.client).sin_port, before.sin_port);
    assert_int_equal(getpeername(pair.client, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(getpeername(pair.server, (struct sockaddr *)&name, &length), 0);
    pair_fails(flow_send(pair.client, "x", 1), WSAESHUTDOWN);
    pair_close(pair);
}

static void overlapped_it_goes_behind_the_sends(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED sends[4] = {0};
    OVERLAPPED overlapped = {0};
    struct flow_packet packet;
    char data[8];

    (void)state;
    flow_tie(pair.client, port, 4);
    for (int i = 0; i < 4; i++)
        flow_accepted(flow_start_send(pair.client, "ab", 2, &sends[i]));
    flow_fails(disconnect_ex(pair.client, &overlapped, 0, 0), ERROR_IO_PENDING);
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &sends[i]);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_ptr_equal(packet.overlapped, &overlapped);
    assert_int_equal(flow_recv_with(pair.server, data, 8, MSG_WAITALL), 8);
    assert_int_equal(flow_recv(pair.server, data, 8), 0);
    pair_close(pair);
    CloseHandle(port);
}

static void an_accepted_socket_fits_acceptex_again(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    char output[2 * AREA];
    char data[4];
    DWORD bytes = 0;

    (void)state;
    for (int round = 0; round < 3; round++) {
        SOCKET client;

        flow_fails(AcceptEx(listener, s, output, 0, AREA, AREA, NULL, &overlapped),
                   ERROR_IO_PENDING);
        client = pair_client(pair_address(listener));
        assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
        assert_int_equal(flow_send(client, "ab", 2), 2);
        assert_int_equal(flow_recv(s, data, 4), 2);
        flow_fails(disconnect_ex(s, &overlapped, TF_REUSE_SOCKET, 0), ERROR_IO_PENDING);
        assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
        pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
        assert_int_equal(flow_recv(client, data, 4), 0);
        closesocket(client);
    }
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

static void a_connected_socket_fits_connectex_again(void **state)
{
    SOCKET listeners[2] = {pair_listener(), pair_listener()};
    SOCKET s = pair_bound(SOCK_STREAM);
    USHORT bound = pair_address(s).sin_port;
    OVERLAPPED overlapped = flow_overlapped();
    char data[4];

    (void)state;
    for (int round = 0; round < 2; round++) {
        SOCKET server;

        pair_connect(s, pair_address(listeners[round])); /* another peer: no TIME_WAIT pair */
        server = accept(listeners[round], NULL, NULL);
        assert_int_equal(flow_send(s, "ab", 2), 2);
        assert_int_equal(flow_recv(server, data, 4), 2);
        closesocket(server);
        assert_int_equal(flow_recv(s, data, 4), 0);
        assert_true(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
        assert_int_equal(pair_address(s).sin_port, bound);
        flow_fails(disconnect_ex(s, &overlapped, 0, 0), WSAENOTCONN);
    }
    closesocket(s);
    closesocket(listeners[0]);
    closesocket(listeners[1]);
    WSACloseEvent(overlapped.hEvent);
}

static void other_transmit_flags_are_refused(void **state)
{
    const DWORD flags[] = {TF_DISCONNECT, TF_WRITE_BEHIND, TF_REUSE_SOCKET | TF_DISCONNECT,
                           TF_REUSE_SOCKET | TF_WRITE_BEHIND, 0x80000000};
    struct pair pair = pair_open();
    char data[4];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(flags); i++)
        flow_fails(disconnect_ex(pair.client, NULL, flags[i], 0), WSAEINVAL);
    assert_int_equal(flow_send(pair.client, "x", 1), 1); /* nothing has happened */
    assert_int_equal(flow_recv(pair.server, data, 4), 1);
    pair_close(pair);
}

/* One accepted connection on `s`; its packets go to the listener's port. Returns the client. */
static SOCKET accepted_on(SOCKET s, SOCKET listener, char *output, OVERLAPPED *overlapped)
{
    SOCKET client;
    DWORD bytes = 0;

    flow_fails(AcceptEx(listener, s, output, 0, AREA, AREA, NULL, overlapped), ERROR_IO_PENDING);
    client = pair_client(pair_address(listener));
    assert_int_equal(flow_end(listener, overlapped, &bytes), 0);
    assert_int_equal(
        setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof listener), 0);
    return client;
}

static void a_socket_for_reuse_is_like_new(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    SOCKADDR_IN name;
    int length = sizeof name;
    char output[2 * AREA];
    char data[4];
    SOCKET client = accepted_on(s, listener, output, &overlapped);

    (void)state;
    assert_true(disconnect_ex(s, NULL, 0, 0)); /* in two steps is allowed */
    assert_true(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
    assert_int_equal(flow_recv(client, data, 4), 0);
    pair_fails(getpeername(s, (struct sockaddr *)&name, &length), WSAENOTCONN);
    pair_fails(getsockname(s, (struct sockaddr *)&name, &length), WSAEINVAL);
    pair_fails(shutdown(s, SD_SEND), WSAENOTCONN);
    pair_fails(flow_recv(s, data, 4), WSAENOTCONN);
    pair_fails(flow_send(s, data, 4), WSAENOTCONN);
    flow_fails(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0), WSAENOTCONN);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    closesocket(client);
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

static void a_reused_socket_keeps_its_port(void **state)
{
    enum { ROUNDS = 3, PIECES = 8 };
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE port = flow_port(1);
    OVERLAPPED accepting = flow_overlapped();
    OVERLAPPED sends[PIECES], ending;
    char output[2 * AREA];
    char data[2 * PIECES];

    (void)state;
    flow_tie(s, port, 5);
    for (int round = 0; round < ROUNDS; round++) {
        SOCKET client = accepted_on(s, listener, output, &accepting);

        memset(sends, 0, sizeof sends);
        memset(&ending, 0, sizeof ending);
        for (int i = 0; i < PIECES; i++)
            flow_accepted(flow_start_send(s, "ab", 2, &sends[i]));
        flow_fails(disconnect_ex(s, &ending, TF_REUSE_SOCKET, 0), ERROR_IO_PENDING);
        for (int i = 0; i <= PIECES; i++) { /* behind the sends */
            struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

            assert_int_equal(packet.error, 0);
            assert_int_equal(packet.key, 5);
            assert_ptr_equal(packet.overlapped, i < PIECES ? &sends[i] : &ending);
        }
        assert_int_equal(flow_recv_with(client, data, sizeof data, MSG_WAITALL), sizeof data);
        assert_int_equal(flow_recv(client, data, 4), 0);
        closesocket(client);
    }
    flow_no_packet(port);
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(accepting.hEvent);
    CloseHandle(port);
}

/* Receives end with the connection that they were meant for, those in the kernel and those queued
 * behind them, and take nothing of the next. */
static void an_old_receive_takes_nothing_of_the_next_connection(void **state)
{
    enum { COUNT = 3 };
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    OVERLAPPED accepting = flow_overlapped();
    OVERLAPPED ending = flow_overlapped();
    OVERLAPPED fresh = flow_overlapped();
    OVERLAPPED old[COUNT];
    char output[2 * AREA];
    char data[COUNT + 1][4];
    SOCKET clients[2];
    DWORD bytes = 77;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        old[i] = flow_overlapped();
    for (int overlapped = 0; overlapped < 2; overlapped++) {
        clients[0] = accepted_on(s, listener, output, &accepting);
        for (int i = 0; i < COUNT; i++) /* the last one waits for data of any kind */
            assert_int_equal(flow_start_recv(s, data[i], i < COUNT - 1 ? 4 : 0, &old[i]),
                             WSA_IO_PENDING);
        if (overlapped) {
            flow_fails(disconnect_ex(s, &ending, TF_REUSE_SOCKET, 0), ERROR_IO_PENDING);
            assert_int_equal(flow_end(s, &ending, &bytes), 0);
        } else {
            assert_true(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
        }
        clients[1] = accepted_on(s, listener, output, &accepting);
        assert_int_equal(flow_send(clients[1], "new", 3), 3);
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(flow_end(s, &old[i], &bytes), ERROR_OPERATION_ABORTED);
        flow_accepted(flow_start_recv(s, data[COUNT], 4, &fresh));
        assert_int_equal(flow_end(s, &fresh, &bytes), 0);
        assert_int_equal(bytes, 3);
        assert_memory_equal(data[COUNT], "new", 3);
        assert_true(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
        closesocket(clients[0]);
        closesocket(clients[1]);
    }
    closesocket(s);
    closesocket(listener);
    for (int i = 0; i < COUNT; i++)
        WSACloseEvent(old[i].hEvent);
    WSACloseEvent(accepting.hEvent);
    WSACloseEvent(ending.hEvent);
    WSACloseEvent(fresh.hEvent);
}

struct reader {
    SOCKET s;
    _Atomic unsigned thread_id;
    int result;
    int error;
};

static void *read_there(void *argument)
{
    struct reader *reader = argument;
    char data[4];

    reader->thread_id = GetCurrentThreadId();
    reader->result = recv(reader->s, data, sizeof data, 0);
    reader->error = WSAGetLastError();
    return NULL;
}

static void a_receive_that_waits_sees_the_connection_end(void **state)
{
    SOCKET listener = pair_listener();
    struct reader reader = {.s = pair_socket(SOCK_STREAM)};
    OVERLAPPED accepting = flow_overlapped();
    char output[2 * AREA];
    SOCKET client = accepted_on(reader.s, listener, output, &accepting);
    pthread_t thread = flow_run(read_there, &reader);

    (void)state;
    flow_asleep(&reader.thread_id);
    assert_true(disconnect_ex(reader.s, NULL, TF_REUSE_SOCKET, 0));
    flow_join(thread);
    /* It may also have slept on its way to the kernel, and come there after the connection. */
    if (reader.result != 0) {
        assert_int_equal(reader.result, SOCKET_ERROR);
        assert_int_equal(reader.error, WSAENOTCONN);
    }
    closesocket(client);
    closesocket(reader.s);
    closesocket(listener);
    WSACloseEvent(accepting.hEvent);
}

/* One handle, connection after connection, in both roles: ConnectEx on one side, AcceptEx on the
 * other. */
static void sockets_are_reused_a_hundred_times(void **state)
{
    enum { ROUNDS = 100 };
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET server = pair_socket(SOCK_STREAM);
    SOCKET client = pair_bound(SOCK_STREAM);
    USHORT port = pair_address(client).sin_port;
    OVERLAPPED accepting = flow_overlapped();
    OVERLAPPED connecting = flow_overlapped();
    OVERLAPPED ending[2];
    char output[2 * AREA];
    char data[8];
    DWORD bytes = 0;

    (void)state;
    ending[0] = flow_overlapped();
    ending[1] = flow_overlapped();
    for (int round = 0; round < ROUNDS; round++) {
        flow_fails(AcceptEx(listener, server, output, 0, AREA, AREA, NULL, &accepting),
                   ERROR_IO_PENDING);
        flow_fails(
            connect_ex(client, (struct sockaddr *)&to, sizeof to, "first", 5, NULL, &connecting),
            ERROR_IO_PENDING);
        assert_int_equal(flow_end(client, &connecting, &bytes), 0);
        assert_int_equal(bytes, 5);
        assert_int_equal(flow_end(listener, &accepting, &bytes), 0);
        assert_int_equal(flow_recv_with(server, data, 5, MSG_WAITALL), 5);
        assert_int_equal(flow_send(server, "back", 4), 4);
        assert_int_equal(flow_recv_with(client, data, 4, MSG_WAITALL), 4);
        assert_int_not_equal(pair_get(client, SOL_SOCKET, SO_CONNECT_TIME), -1);
        /* The server ends first, so that the pair of addresses is free at the client's side. */
        flow_fails(disconnect_ex(server, &ending[0], TF_REUSE_SOCKET, 0), ERROR_IO_PENDING);
        assert_int_equal(flow_end(server, &ending[0], &bytes), 0);
        assert_int_equal(flow_recv(client, data, 4), 0);
        flow_fails(disconnect_ex(client, &ending[1], TF_REUSE_SOCKET, 0), ERROR_IO_PENDING);
        assert_int_equal(flow_end(client, &ending[1], &bytes), 0);
        assert_int_equal(pair_get(client, SOL_SOCKET, SO_CONNECT_TIME), -1);
        assert_int_equal(pair_address(client).sin_port, port);
    }
    closesocket(client);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(accepting.hEvent);
    WSACloseEvent(connecting.hEvent);
    WSACloseEvent(ending[0].hEvent);
    WSACloseEvent(ending[1].hEvent);
}

static void a_reused_socket_keeps_its_options(void **state)
{
    struct pair pair = pair_open();
    struct linger hard = {1, 0}, linger = {0, 0};
    int length = sizeof linger;
    char value[4];
    int value_bytes = sizeof value;

    (void)state;
    assert_int_equal(pair_set(pair.client, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVBUF, 4000), 0);
    assert_true(disconnect_ex(pair.client, NULL, TF_REUSE_SOCKET, 0));
    assert_int_equal(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard), 0);
    assert_int_equal(getsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, value, &value_bytes), 0);
    assert_int_equal(value[0], 1);
    assert_int_equal(pair_get(pair.client, SOL_SOCKET, SO_OOBINLINE), 1);
    assert_int_equal(pair_get(pair.client, SOL_SOCKET, SO_RCVBUF), 4000);
    assert_int_equal(getsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    assert_memory_equal(&linger, &hard, sizeof hard);
    pair_close(pair);
}

/* A dual-stack socket stays one, and one of IPv6 alone does. */
static void a_reused_ipv6_socket_keeps_its_families(void **state)
{
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKADDR_IN6 name = {.sin6_family = AF_INET6}, any = {.sin6_family = AF_INET6};
    SOCKADDR_IN6 again;
    int length = sizeof name;

    (void)state;
    name.sin6_addr.s6_addr[15] = 1;
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0) {
        closesocket(listener);
        skip(); /* no IPv6 here */
    }
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &length), 0);
    for (int only = 0; only < 2; only++) {
        SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);
        char value = 77;
        int value_bytes = sizeof value;

        assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, only), 0);
        assert_int_equal(bind(s, (struct sockaddr *)&any, sizeof any), 0);
        pair_connect_to(s, (struct sockaddr *)&name, sizeof name);
        assert_true(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
        assert_int_equal(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &value, &value_bytes), 0);
        assert_int_equal(value, only);
        length = sizeof again;
        assert_int_equal(getsockname(s, (struct sockaddr *)&again, &length), 0);
        assert_memory_equal(&again.sin6_addr, &any.sin6_addr, sizeof any.sin6_addr);
        closesocket(s);
    }
    closesocket(listener);
}

/* What ConnectEx connected stays bound, and so does not fit AcceptEx. */
static void a_connected_socket_does_not_fit_acceptex(void **state)
{
    SOCKET listener = pair_listener();
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    char output[2 * AREA];

    (void)state;
    assert_true(disconnect_ex(pair.client, NULL, TF_REUSE_SOCKET, 0));
    flow_fails(AcceptEx(listener, pair.client, output, 0, AREA, AREA, NULL, &overlapped),
               WSAEINVAL);
    pair_close(pair);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disconnectex_reports_first_failed_check),
        cmocka_unit_test(without_overlapped_it_is_synchronous),
        cmocka_unit_test(overlapped_it_goes_behind_the_sends),
        cmocka_unit_test(an_accepted_socket_fits_acceptex_again),
        cmocka_unit_test(a_connected_socket_fits_connectex_again),
        cmocka_unit_test(other_transmit_flags_are_refused),
        cmocka_unit_test(a_socket_for_reuse_is_like_new),
        cmocka_unit_test(a_reused_socket_keeps_its_port),
        cmocka_unit_test(an_old_receive_takes_nothing_of_the_next_connection),
        cmocka_unit_test(a_receive_that_waits_sees_the_connection_end),
        cmocka_unit_test(a_reused_socket_keeps_its_options),
        cmocka_unit_test(a_reused_ipv6_socket_keeps_its_families),
        cmocka_unit_test(sockets_are_reused_a_hundred_times),
        cmocka_unit_test(a_connected_socket_does_not_fit_acceptex),
    };

    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
