/* SPDX-License-Identifier: MIT */
/* ProcessSocketNotifications: which events are told of which sockets. */
#include "notices.h"

static void a_listener_has_input_when_connections_wait(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET listener = pair_bound(SOCK_STREAM);
    SOCKET client = pair_socket(SOCK_STREAM), accepted;
    SOCKADDR_IN name = pair_address(listener);

    (void)state;
    assert_int_equal(notice_enable(port, listener, NOTICE_ALL, NOTICE_LEVEL), 0);
    notice_silence(port); /* Linux tells of a socket without a state that it is hung up */
    assert_int_equal(listen(listener, 4), 0);
    notice_silence(port);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
    notice_comes(port, listener, NOTICE_IN);
    notice_comes(port, listener, NOTICE_IN);
    accepted = accept(listener, NULL, NULL);
    assert_true(accepted != INVALID_SOCKET);
    flow_no_packet(port);
    notice_silence(port);
    closesocket(accepted);
    closesocket(client);
    closesocket(listener);
    CloseHandle(port);
}

static void an_edge_triggered_listener_is_told_of_each_burst(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET listener = pair_listener();
    SOCKADDR_IN name = pair_address(listener);

    (void)state;
    ready_nonblocking(listener);
    assert_int_equal(notice_enable(port, listener, NOTICE_IN, NOTICE_EDGE), 0);
    for (int i = 0; i < 3; i++) {
        SOCKET client = pair_socket(SOCK_STREAM), accepted;

        assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
        notice_comes(port, listener, NOTICE_IN);
        notice_silence(port);
        accepted = accept(listener, NULL, NULL);
        assert_true(accepted != INVALID_SOCKET);
        if (i > 0)
            pair_fails((int)accept(listener, NULL, NULL), WSAEWOULDBLOCK);
        closesocket(accepted);
        closesocket(client);
    }
    closesocket(listener);
    CloseHandle(port);
}

static void a_connect_that_ends_is_told(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET listener = pair_listener();

    (void)state;
    for (int i = 0; i < 4; i++) {
        SOCKET good = pair_socket(SOCK_STREAM), bad = pair_socket(SOCK_STREAM);
        const UINT8 trigger = i & 1 ? NOTICE_EDGE : NOTICE_LEVEL | NOTICE_ONESHOT;

        ready_nonblocking(good);
        ready_nonblocking(bad);
        assert_int_equal(notice_enable(port, good, NOTICE_ALL, trigger), 0);
        notice_silence(port);
        ready_start_connect(good, pair_address(listener));
        notice_comes(port, good, NOTICE_OUT);
        assert_int_equal(notice_enable(port, bad, i & 2 ? NOTICE_OUT : NOTICE_ALL, trigger), 0);
        ready_start_connect(bad, ready_dead_end());
        notice_comes(port, bad, NOTICE_ERR); /* whatever was asked for */
        assert_int_equal(pair_get(bad, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
        closesocket(good);
        closesocket(bad);
    }
    closesocket(listener);
    CloseHandle(port);
}

static void the_peers_end_is_a_hangup(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    char byte;

    (void)state;
    assert_int_equal(notice_enable(port, pair.server, NOTICE_ALL, NOTICE_LEVEL | NOTICE_ONESHOT),
                     0);
    notice_comes(port, pair.server, NOTICE_OUT);
    ready_send(pair.client, "a");
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    ready_until(pair.server, 0);
    assert_int_equal(notice_enable(port, pair.server, NOTICE_ALL, NOTICE_LEVEL), 0);
    notice_comes(port, pair.server, NOTICE_ALL);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    notice_comes(port, pair.server, NOTICE_OUT | NOTICE_HANGUP);
    assert_int_equal(notice_enable(port, pair.server, NOTICE_HANGUP, NOTICE_LEVEL), 0);
    notice_comes(port, pair.server, NOTICE_HANGUP);
    /* Who does not ask for the end may receive it: nothing, without blocking. */
    assert_int_equal(notice_enable(port, pair.server, NOTICE_IN, NOTICE_LEVEL), 0);
    notice_comes(port, pair.server, NOTICE_IN);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 0);
    pair_close(pair);
    CloseHandle(port);
}

static void a_reset_is_an_error(void **state)
{
    const UINT16 filters[] = {NOTICE_IN, NOTICE_OUT, NOTICE_HANGUP, NOTICE_IN | NOTICE_HANGUP};
    HANDLE port = flow_port(1);

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(filters); i++) {
        struct pair pair = notice_pair();

        ready_reset(pair.client);
        ready_until(pair.server, 0);
        assert_int_equal(notice_enable(port, pair.server, filters[i], NOTICE_LEVEL), 0);
        notice_comes(port, pair.server,
                     NOTICE_ERR | (filters[i] & NOTICE_HANGUP ? NOTICE_HANGUP : filters[i]));
        closesocket(pair.server);
    }
    flow_no_packet(port);
    CloseHandle(port);
}

/* Registered before it has a name, as the documentation's own example does. */
static void datagrams_are_input(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_socket(SOCK_DGRAM), peer = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN name;

    (void)state;
    ready_nonblocking(s);
    assert_int_equal(notice_enable(port, s, NOTICE_IN | NOTICE_HANGUP, NOTICE_EDGE), 0);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    name = pair_address(s);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(sendto(peer, "ab", 2, 0, (struct sockaddr *)&name, sizeof name), 2);
        notice_comes(port, s, NOTICE_IN);
        assert_int_equal(notice_drain(s), 2);
    }
    notice_silence(port);
    closesocket(s);
    closesocket(peer);
    CloseHandle(port);
}

static void room_to_send_is_output(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    size_t bytes;

    (void)state;
    assert_int_equal(notice_enable(port, pair.server, NOTICE_OUT, NOTICE_LEVEL), 0);
    notice_comes(port, pair.server, NOTICE_OUT);
    bytes = ready_fill(pair.server);
    flow_no_packet(port);
    notice_silence(port);
    ready_drain(pair.client, bytes);
    notice_comes(port, pair.server, NOTICE_OUT);
    pair_close(pair);
    CloseHandle(port);
}

/* Room in the kernel is of no use while an accepted send stands before the next one. */
static void output_waits_for_accepted_sends(void **state)
{
    static char block[1 << 20];
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;
    size_t queued;

    (void)state;
    queued = ready_fill(pair.server);
    assert_int_equal(flow_start_send(pair.server, block, sizeof block, &overlapped),
                     WSA_IO_PENDING);
    assert_int_equal(notice_enable(port, pair.server, NOTICE_OUT, NOTICE_LEVEL), 0);
    flow_no_packet(port);
    ready_drain(pair.client, queued + sizeof block);
    assert_int_equal(flow_end(pair.server, &overlapped, &bytes), 0);
    assert_int_equal(bytes, sizeof block);
    notice_comes(port, pair.server, NOTICE_OUT);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
    CloseHandle(port);
}

/* AcceptEx puts another file behind the socket. */
static void an_accept_socket_may_be_registered_before(void **state)
{
    GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex = NULL;
    HANDLE port = flow_port(1);
    SOCKET listener = pair_listener(), s = pair_socket(SOCK_STREAM);
    SOCKET client = pair_socket(SOCK_STREAM);
    SOCKADDR_IN name = pair_address(listener);
    OVERLAPPED overlapped = flow_overlapped();
    char room[2 * (sizeof(SOCKADDR_IN) + 16)];
    DWORD bytes = 0;

    (void)state;
    flow_extension(id, &accept_ex);
    assert_int_equal(notice_enable(port, s, NOTICE_ALL, NOTICE_LEVEL), 0);
    notice_silence(port);
    if (!accept_ex(listener, s, room, 0, sizeof name + 16, sizeof name + 16, &bytes, &overlapped))
        assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(flow_end(listener, &overlapped, &bytes), 0);
    notice_comes(port, s, NOTICE_OUT);
    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_LEVEL), 0);
    flow_no_packet(port);
    ready_send(client, "a");
    notice_comes(port, s, NOTICE_IN);
    WSACloseEvent(overlapped.hEvent);
    closesocket(client);
    closesocket(s);
    closesocket(listener);
    CloseHandle(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_has_input_when_connections_wait),
        cmocka_unit_test(an_edge_triggered_listener_is_told_of_each_burst),
        cmocka_unit_test(a_connect_that_ends_is_told),
        cmocka_unit_test(the_peers_end_is_a_hangup),
        cmocka_unit_test(a_reset_is_an_error),
        cmocka_unit_test(datagrams_are_input),
        cmocka_unit_test(room_to_send_is_output),
        cmocka_unit_test(output_waits_for_accepted_sends),
        cmocka_unit_test(an_accept_socket_may_be_registered_before),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
