/* SPDX-License-Identifier: MIT */
/* closesocket: what it ends, what it keeps, lingering, and that nothing stays behind. */
#include "flow.h"

#include <ws2ring.h>

static void a_socket_closes_once(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE event = WSACreateEvent();

    (void)state;
    pair_fails(closesocket(INVALID_SOCKET), WSAENOTSOCK);
    pair_fails(closesocket(0), WSAENOTSOCK);
    pair_fails(closesocket((SOCKET)event), WSAENOTSOCK);
    WSASetLastError(1);
    assert_int_equal(closesocket(s), 0);
    assert_int_equal(WSAGetLastError(), 0);
    pair_fails(closesocket(s), WSAENOTSOCK);
    WSACloseEvent(event);
}

/* IOCP-17. */
static void pending_receives_are_aborted_with_one_packet_each(void **state)
{
    (void)state;
    for (int by_handle = 0; by_handle < 2; by_handle++) {
        struct pair pair = pair_open();
        HANDLE port = flow_port(1);
        OVERLAPPED overlapped[4] = {0};
        char data[4];

        flow_tie(pair.client, port, 8);
        for (int i = 0; i < 4; i++)
            assert_int_equal(flow_start_recv(pair.client, data, 4, &overlapped[i]), WSA_IO_PENDING);
        if (by_handle)
            assert_true(CloseHandle((HANDLE)pair.client));
        else
            assert_int_equal(closesocket(pair.client), 0);
        for (int i = 0; i < 4; i++) {
            struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

            assert_int_equal(packet.error, ERROR_CONNECTION_ABORTED);
            assert_int_equal(packet.key, 8);
            assert_int_equal(packet.bytes, 0);
            assert_int_equal(packet.overlapped->Internal, FLOW_ABORTED);
            assert_int_equal(packet.overlapped->InternalHigh, 0);
        }
        flow_no_packet(port);
        closesocket(pair.server);
        CloseHandle(port);
    }
}

struct blocked {
    SOCKET s;
    _Atomic unsigned thread_id;
    int result, error;
};

static void *block_on_thread(void *argument)
{
    struct blocked *blocked = argument;
    char data[4];

    blocked->thread_id = (unsigned)GetCurrentThreadId();
    blocked->result = flow_recv(blocked->s, data, 4);
    blocked->error = WSAGetLastError();
    return NULL;
}

static void a_blocking_receive_ends_too(void **state)
{
    struct pair pair = pair_open();
    struct blocked blocked = {.s = pair.client};
    pthread_t thread = flow_run(block_on_thread, &blocked);

    (void)state;
    flow_asleep(&blocked.thread_id);
    assert_int_equal(closesocket(pair.client), 0);
    flow_join(thread);
    assert_int_equal(blocked.result, SOCKET_ERROR);
    assert_int_equal(blocked.error, WSAECONNABORTED);
    closesocket(pair.server);
}

static void set_linger(SOCKET s, u_short seconds)
{
    struct linger linger = {1, seconds};

    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
}

static void linger_zero_resets(void **state)
{
    struct pair pair = pair_open();
    char data[4];

    (void)state;
    set_linger(pair.client, 0);
    assert_int_equal(closesocket(pair.client), 0);
    pair_fails(flow_recv(pair.server, data, 4), WSAECONNRESET);
    closesocket(pair.server);
}

static void a_nonblocking_socket_does_not_linger(void **state)
{
    enum { PIECE = 1 << 20 };
    struct pair pair = pair_open();
    char *data = calloc(PIECE, 1);
    u_long on = 1;

    (void)state;
    set_linger(pair.client, 5);
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    while (flow_send(pair.client, data, PIECE) == PIECE) {
    }
    pair_fails(closesocket(pair.client), WSAEWOULDBLOCK);
    pair_fails(flow_send(pair.client, data, 1), WSAEWOULDBLOCK); /* still open */
    set_linger(pair.client, 0);
    assert_int_equal(closesocket(pair.client), 0);
    closesocket(pair.server);
    free(data);
}

/* IOCP-06, and the port is free for the next one at once. */
static void a_listener_gives_its_port_back(void **state)
{
    enum { AREA = sizeof(SOCKADDR_IN) + 16 };
    SOCKET listener = pair_listener();
    SOCKADDR_IN name = pair_address(listener);

    (void)state;
    for (int round = 0; round < 20; round++) {
        SOCKET s = pair_socket(SOCK_STREAM);
        OVERLAPPED overlapped = flow_overlapped();
        char output[2 * AREA];
        DWORD bytes = 0;

        flow_fails(AcceptEx(listener, s, output, 0, AREA, AREA, NULL, &overlapped),
                   ERROR_IO_PENDING);
        assert_int_equal(closesocket(listener), 0);
        assert_int_equal(flow_end(s, &overlapped, &bytes), ERROR_OPERATION_ABORTED);
        listener = pair_socket(SOCK_STREAM);
        assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
        assert_int_equal(listen(listener, 5), 0);
        closesocket(s);
        WSACloseEvent(overlapped.hEvent);
    }
    closesocket(listener);
}

static struct ws2_stats stats_now(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    assert_int_equal(ws2_stats(&stats), 0);
    return stats;
}

static void nothing_stays_behind(void **state)
{
    struct ws2_stats before;
    time_t limit = time(NULL) + FLOW_LIMIT_MS / 1000;

    (void)state;
    pair_close(pair_open()); /* rings are there from now on */
    before = stats_now();
    for (int round = 0; round < 50; round++) {
        struct pair pair = pair_open();
        OVERLAPPED overlapped = flow_overlapped();
        char data[4];

        flow_accepted(flow_start_recv(pair.client, data, 4, &overlapped));
        pair_close(pair);
        assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
        WSACloseEvent(overlapped.hEvent);
    }
    while (stats_now().sockets > before.sockets || stats_now().operations > before.operations) {
        assert_true(time(NULL) <= limit); /* the last one ends on a thread of the library */
        sched_yield();
    }
    assert_true(stats_now().descriptors <= before.descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_closes_once),
        cmocka_unit_test(pending_receives_are_aborted_with_one_packet_each),
        cmocka_unit_test(a_blocking_receive_ends_too),
        cmocka_unit_test(linger_zero_resets),
        cmocka_unit_test(a_nonblocking_socket_does_not_linger),
        cmocka_unit_test(a_listener_gives_its_port_back),
        cmocka_unit_test(nothing_stays_behind),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
