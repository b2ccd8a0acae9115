/* SPDX-License-Identifier: MIT */
/* SO_RCVTIMEO and SO_SNDTIMEO: what they are read back as, what they bound, and what not. */
#include "flow.h"

enum { SHORT_MS = 50 };

static ULONGLONG now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ULONGLONG)now.tv_sec * 1000 + (ULONGLONG)now.tv_nsec / 1000000;
}

/* A receive that times out measures the time for others: SHORT_MS have passed. */
static void times_out(SOCKET s)
{
    ULONGLONG start = now_ms();
    char data[4];
    WSABUF buffer = {4, data};
    DWORD bytes = 77;
    DWORD flags = 0;

    pair_fails(WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL), WSAETIMEDOUT);
    assert_int_equal(bytes, 77); /* TIMEOUT-01 */
    assert_true(now_ms() - start >= SHORT_MS - 1);
}

/* SOCKOPT-GEN-01 */
static void values_are_read_back(void **state)
{
    const int options[] = {SO_RCVTIMEO, SO_SNDTIMEO};
    const int values[] = {1, 100, 0x7FFFFFFF, -1, 0};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(options); i++) {
        SOCKET s = pair_socket(i == 0 ? SOCK_STREAM : SOCK_DGRAM);
        int value = 0x11223344;
        int length = 3;

        assert_int_equal(pair_get(s, SOL_SOCKET, options[i]), 0);
        for (size_t j = 0; j < PAIR_COUNT(values); j++) {
            assert_int_equal(pair_set(s, SOL_SOCKET, options[i], values[j]), 0);
            assert_int_equal(pair_get(s, SOL_SOCKET, options[i]), values[j]);
            assert_int_equal(pair_get(s, SOL_SOCKET, options[1 - i]), 0);
        }
        pair_fails(setsockopt(s, SOL_SOCKET, options[i], (char *)&value, 3), WSAEFAULT);
        pair_fails(setsockopt(s, SOL_SOCKET, options[i], NULL, 4), WSAEFAULT);
        pair_fails(setsockopt(s, SOL_SOCKET, options[i], PAIR_BAD, 4), WSAEFAULT);
        pair_fails(getsockopt(s, SOL_SOCKET, options[i], (char *)&value, &length), WSAEFAULT);
        assert_int_equal(length, 3);
        assert_int_equal(value, 0x11223344); /* SOCKOPT-GEN-29 */
        length = 16;
        assert_int_equal(getsockopt(s, SOL_SOCKET, options[i], (char *)&value, &length), 0);
        assert_int_equal(length, 4);
        closesocket(s);
    }
}

/* ACCEPT-07 */
static void accepted_sockets_inherit(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET server;

    (void)state;
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_SNDTIMEO, 1234), 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    server = accept(listener, NULL, NULL);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_RCVTIMEO), SHORT_MS);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_SNDTIMEO), 1234);
    times_out(server);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
}

/* TIMEOUT-01 */
static void a_receive_times_out_and_the_connection_stays(void **state)
{
    struct pair pair = pair_open();
    char data[4];

    (void)state;
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    times_out(pair.client);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_int_equal(flow_recv(pair.client, data, 4), 3);
    times_out(pair.client);
    assert_int_equal(flow_send(pair.client, "abc", 3), 3);
    assert_int_equal(flow_recv(pair.server, data, 4), 3);
    pair_close(pair);
}

static void a_datagram_receive_times_out(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN to = pair_address(s);
    char data[4];

    (void)state;
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    times_out(s);
    pair_fails(recvfrom(s, data, 4, 0, NULL, NULL), WSAETIMEDOUT);
    assert_int_equal(sendto(s, "abc", 3, 0, (struct sockaddr *)&to, sizeof to), 3);
    assert_int_equal(flow_recv(s, data, 4), 3);
    closesocket(s);
}

static void a_send_times_out(void **state)
{
    enum { PIECE = 1 << 20 };
    struct pair pair = pair_open();
    char *data = calloc(PIECE, 1);
    ULONGLONG start;
    int sent;

    (void)state;
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_SNDTIMEO, SHORT_MS), 0);
    do {
        start = now_ms();
        WSASetLastError(0);
        sent = flow_send(pair.client, data, PIECE);
    } while (sent == PIECE);
    assert_int_equal(sent, SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSAETIMEDOUT);
    assert_true(now_ms() - start >= SHORT_MS - 1);
    free(data);
    pair_close(pair);
}

struct blocked {
    SOCKET s;
    _Atomic unsigned thread_id;
    _Atomic unsigned ended;
    int result;
};

static void *receive(void *argument)
{
    struct blocked *blocked = argument;
    char data[4];

    blocked->thread_id = (unsigned)GetCurrentThreadId();
    blocked->result = flow_recv(blocked->s, data, 1);
    blocked->ended = 1;
    return NULL;
}

static void *take_connection(void *argument)
{
    struct blocked *blocked = argument;
    SOCKET s;

    blocked->thread_id = (unsigned)GetCurrentThreadId();
    s = accept(blocked->s, NULL, NULL);
    blocked->result = s == INVALID_SOCKET ? -1 : closesocket(s);
    blocked->ended = 1;
    return NULL;
}

static void a_receive_behind_another_times_out_alone(void **state)
{
    struct pair pair = pair_open();
    struct blocked blocked = {.s = pair.client};
    pthread_t thread = flow_run(receive, &blocked);

    (void)state;
    flow_asleep(&blocked.thread_id);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    times_out(pair.client);
    times_out(pair.client);
    assert_int_equal(blocked.ended, 0);
    assert_int_equal(flow_send(pair.server, "x", 1), 1);
    flow_join(thread);
    assert_int_equal(blocked.result, 1);
    times_out(pair.client);
    pair_close(pair);
}

static void an_accept_is_not_bounded(void **state)
{
    struct pair pair = pair_open();
    struct blocked blocked = {.s = pair_listener()};
    SOCKADDR_IN to = pair_address(blocked.s);
    SOCKET s = pair_socket(SOCK_STREAM);
    pthread_t thread;

    (void)state;
    assert_int_equal(pair_set(blocked.s, SOL_SOCKET, SO_RCVTIMEO, 1), 0);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    thread = flow_run(take_connection, &blocked);
    flow_asleep(&blocked.thread_id);
    times_out(pair.client);
    assert_int_equal(blocked.ended, 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    flow_join(thread);
    assert_int_equal(blocked.result, 0);
    closesocket(s);
    closesocket(blocked.s);
    pair_close(pair);
}

static void overlapped_and_nonblocking_calls_are_not_bounded(void **state)
{
    struct pair pair = pair_open();
    struct pair timer = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    char data[4];
    DWORD bytes;
    u_long on = 1;

    (void)state;
    assert_int_equal(pair_set(timer.client, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, 1), 0);
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    pair_fails(flow_recv(pair.client, data, 4), WSAEWOULDBLOCK);
    flow_accepted(flow_start_recv(pair.client, data, 4, &overlapped));
    times_out(timer.client);
    assert_false(HasOverlappedIoCompleted(&overlapped));
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 3);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
    pair_close(timer);
}

/* Documented: without the overlapped attribute the time-out never takes effect. */
static void a_socket_without_the_overlapped_attribute_waits_on(void **state)
{
    struct pair timer = pair_open();
    struct blocked blocked = {.s = WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0, 0)};
    SOCKADDR_IN to;
    pthread_t thread;

    (void)state;
    assert_true(blocked.s != INVALID_SOCKET);
    assert_int_equal(pair_bind(blocked.s, INADDR_LOOPBACK, 0), 0);
    to = pair_address(blocked.s);
    assert_int_equal(pair_set(blocked.s, SOL_SOCKET, SO_RCVTIMEO, 1), 0);
    assert_int_equal(pair_get(blocked.s, SOL_SOCKET, SO_RCVTIMEO), 1);
    assert_int_equal(pair_set(timer.client, SOL_SOCKET, SO_RCVTIMEO, SHORT_MS), 0);
    thread = flow_run(receive, &blocked);
    flow_asleep(&blocked.thread_id);
    times_out(timer.client);
    assert_int_equal(blocked.ended, 0);
    assert_int_equal(sendto(blocked.s, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    flow_join(thread);
    assert_int_equal(blocked.result, 1);
    closesocket(blocked.s);
    pair_close(timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_back),
        cmocka_unit_test(accepted_sockets_inherit),
        cmocka_unit_test(a_receive_times_out_and_the_connection_stays),
        cmocka_unit_test(a_datagram_receive_times_out),
        cmocka_unit_test(a_send_times_out),
        cmocka_unit_test(a_receive_behind_another_times_out_alone),
        cmocka_unit_test(an_accept_is_not_bounded),
        cmocka_unit_test(overlapped_and_nonblocking_calls_are_not_bounded),
        cmocka_unit_test(a_socket_without_the_overlapped_attribute_waits_on),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
