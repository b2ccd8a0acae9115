/* SPDX-License-Identifier: MIT */
/* WSACancelBlockingCall: what is left of the socket, and of the data, when a call was cancelled. */
#include "hook.h"

/* A byte comes while the hook cancels: the call has it, or it is still there. */
static void a_cancelled_receive_loses_nothing(void **state)
{
    struct pair pair = pair_open();
    struct hook act = {.cancel_at = 1, .act = hook_send, .argument = &pair.server};

    (void)state;
    for (int round = 0; round < 200; round++) {
        char data = 0;
        int bytes;

        hook_set(act);
        bytes = recv(pair.client, &data, 1, 0);
        if (bytes == SOCKET_ERROR) {
            assert_int_equal(WSAGetLastError(), WSAEINTR);
            assert_int_equal(recv(pair.client, &data, 1, 0), 1);
        }
        assert_int_equal(hook.cancel_error, 0); /* also when the byte was faster */
        assert_int_equal(data, 'x');
    }
    hook_end();
    pair_close(pair);
}

struct arrival {
    SOCKADDR_IN to;
    SOCKET s;
};

static void *arrive_thread(void *argument)
{
    struct arrival *arrival = argument;

    return connect(arrival->s, (struct sockaddr *)&arrival->to, sizeof arrival->to) == 0 ? NULL
                                                                                         : argument;
}

static void arrive(void *argument)
{
    void *failed;

    assert_int_equal(pthread_join(flow_run(arrive_thread, argument), &failed), 0);
    assert_null(failed);
}

static void a_cancelled_accept_loses_no_connection(void **state)
{
    SOCKET listener = pair_listener();

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct arrival arrival = {pair_address(listener), pair_socket(SOCK_STREAM)};
        SOCKET s;

        hook_set((struct hook){.cancel_at = 1, .act = arrive, .argument = &arrival});
        s = accept(listener, NULL, NULL);
        if (s == INVALID_SOCKET) {
            assert_int_equal(WSAGetLastError(), WSAEINTR);
            s = accept(listener, NULL, NULL);
        }
        assert_true(s != INVALID_SOCKET);
        hook_end();
        pair_close((struct pair){arrival.s, s});
    }
    closesocket(listener);
}

static void a_cancelled_connect_leaves_no_connection(void **state)
{
    struct hook_full full = hook_full_open();
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKADDR_IN peer;
    int length = sizeof peer;
    SOCKET server;

    (void)state;
    hook_set((struct hook){.cancel_at = 2});
    pair_fails(connect(s, (struct sockaddr *)&full.name, sizeof full.name), WSAEINTR);
    hook_end();
    pair_fails(getpeername(s, (struct sockaddr *)&peer, &length), WSAENOTCONN);
    pair_fails(send(s, "x", 1, 0), WSAENOTCONN);
    /* More than is promised: the socket can be connected to somebody else. */
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    assert_int_equal(send(server, "x", 1, 0), 1);
    assert_int_equal(recv(s, (char *)&peer, 1, 0), 1);
    pair_close((struct pair){s, server});
    closesocket(listener);
    hook_full_close(full);
}

/* Nothing of it had gone, so the connection is whole. */
static void a_send_cancelled_before_it_began_leaves_the_connection(void **state)
{
    struct pair pair = pair_open();
    char *data = calloc(1, HOOK_BIG_BYTES);
    u_long waiting = 0;

    (void)state;
    assert_non_null(data);
    hook_jam(pair.client);
    hook_set((struct hook){.cancel_at = 2});
    pair_fails(send(pair.client, "abc", 3, 0), WSAEINTR);
    hook_end();
    do {
        assert_true(recv(pair.server, data, HOOK_BIG_BYTES, 0) > 0);
        assert_int_equal(ioctlsocket(pair.server, (long)FIONREAD, &waiting), 0);
    } while (waiting > 0 || send(pair.client, "y", 0, 0) != 0);
    free(data);
    pair_close(pair);
}

static void a_send_cancelled_in_the_middle_resets_the_connection(void **state)
{
    struct pair pair = pair_open();
    char *data = calloc(1, HOOK_BIG_BYTES);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD got = 0;
    char byte;
    int bytes;

    (void)state;
    assert_non_null(data);
    hook_set((struct hook){.cancel_at = 2});
    pair_fails(send(pair.client, data, HOOK_BIG_BYTES, 0), WSAEINTR);
    hook_end();
    pair_fails(send(pair.client, "x", 1, 0), WSAECONNABORTED);
    pair_fails(recv(pair.client, &byte, 1, 0), WSAECONNABORTED);
    pair_fails(shutdown(pair.client, SD_SEND), WSAECONNABORTED);
    if (flow_start_recv(pair.client, &byte, 1, &overlapped) == WSA_IO_PENDING)
        assert_int_equal(flow_end(pair.client, &overlapped, &got), ERROR_CONNECTION_ABORTED);
    else
        assert_int_equal(WSAGetLastError(), WSAECONNABORTED);
    do
        bytes = recv(pair.server, data, HOOK_BIG_BYTES, 0);
    while (bytes > 0);
    assert_int_equal(bytes, SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSAECONNRESET); /* and not the end of the data */
    assert_int_equal(closesocket(pair.client), 0);
    closesocket(pair.server);
    WSACloseEvent(overlapped.hEvent);
    free(data);
}

/* What was collected so far belongs to the caller. */
static void a_cancelled_receive_of_all_returns_its_part(void **state)
{
    struct pair pair = pair_open();
    char data[4] = "";

    (void)state;
    assert_int_equal(send(pair.server, "ab", 2, 0), 2);
    hook_set((struct hook){.cancel_at = 3});
    assert_int_equal(recv(pair.client, data, sizeof data, MSG_WAITALL), 2);
    assert_memory_equal(data, "ab", 2);
    hook_end();
    pair_close(pair);
}

static void a_cancelled_close_leaves_the_socket_open(void **state)
{
    struct linger patient = {1, HOOK_SLOW_S};
    struct linger hard = {1, 0};
    struct pair pair = pair_open();

    (void)state;
    hook_jam(pair.client);
    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&patient, sizeof patient), 0);
    hook_set((struct hook){.cancel_at = 2});
    pair_fails(closesocket(pair.client), WSAEINTR);
    hook_end();
    (void)pair_address(pair.client);
    assert_int_equal(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard), 0);
    pair_close(pair);
    pair_fails(closesocket(pair.client), WSAENOTSOCK);
}

static void *drain_thread(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    char *data = malloc(1 << 16);
    int bytes = 1;

    while (data != NULL && bytes > 0)
        bytes = recv(s, data, 1 << 16, 0);
    free(data);
    return bytes == 0 ? NULL : argument; /* the end, and no reset */
}

/* Nobody cancels: closesocket returns when everything has been acknowledged. */
static void a_close_with_a_hook_lingers(void **state)
{
    struct linger patient = {1, HOOK_SLOW_S};
    struct pair pair = pair_open();
    pthread_t thread;
    void *failed;

    (void)state;
    hook_jam(pair.client);
    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&patient, sizeof patient), 0);
    thread = flow_run(drain_thread, &pair.server);
    hook_set((struct hook){0});
    assert_int_equal(closesocket(pair.client), 0);
    hook_end();
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    closesocket(pair.server);
}

/* ---- One inside the other ---- */

struct inner {
    SOCKET s;
    int result, error;
};

static void CALLBACK inner_apc(ULONG_PTR argument)
{
    struct inner *inner = (struct inner *)argument;
    char byte;

    hook_set((struct hook){.cancel_at = 1});
    inner->result = recv(inner->s, &byte, 1, 0);
    inner->error = WSAGetLastError();
    hook_end();
}

static void only_the_innermost_call_is_cancelled(void **state)
{
    struct pair pair = pair_open();
    struct pair other = pair_open();
    struct inner inner = {.s = other.client};
    char byte = 0;

    (void)state;
    hook_set((struct hook){0});
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, 50), 0);
    assert_true(QueueUserAPC(inner_apc, GetCurrentThread(), (ULONG_PTR)&inner) != 0);
    pair_fails(recv(pair.client, &byte, 1, 0), WSAETIMEDOUT);
    assert_int_equal(inner.result, SOCKET_ERROR);
    assert_int_equal(inner.error, WSAEINTR);
    pair_close(pair);
    pair_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_receive_loses_nothing),
        cmocka_unit_test(a_cancelled_accept_loses_no_connection),
        cmocka_unit_test(a_cancelled_connect_leaves_no_connection),
        cmocka_unit_test(a_send_cancelled_before_it_began_leaves_the_connection),
        cmocka_unit_test(a_send_cancelled_in_the_middle_resets_the_connection),
        cmocka_unit_test(a_cancelled_receive_of_all_returns_its_part),
        cmocka_unit_test(a_cancelled_close_leaves_the_socket_open),
        cmocka_unit_test(a_close_with_a_hook_lingers),
        cmocka_unit_test(only_the_innermost_call_is_cancelled),
    };

    return cmocka_run_group_tests(tests, hook_setup, pair_teardown);
}
