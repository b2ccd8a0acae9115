/* SPDX-License-Identifier: MIT */
/* The control codes of TCP: keep-alive, statistics, the backlog to aim for, urgent data. */
#include <stdbool.h>
#include <stdlib.h>

#include "flow.h"

#include <mstcpip.h>
#include <ws2tcpip.h>

enum { STATUS_UNTOUCHED = 99 };

static int ask(SOCKET s, DWORD code, const void *in, DWORD in_bytes, void *out, DWORD out_bytes)
{
    DWORD returned = 0;

    return WSAIoctl(s, code, (void *)(uintptr_t)in, in_bytes, out, out_bytes, &returned, NULL,
                    NULL);
}

static int keepalive(SOCKET s, u_long on, u_long time_ms, u_long interval_ms)
{
    const struct tcp_keepalive values = {on, time_ms, interval_ms};

    return ask(s, SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0);
}

/* Milliseconds become seconds, rounded up, within what Linux takes. */
static void keepalive_times_can_be_read_back(void **state)
{
    static const struct {
        u_long time_ms, interval_ms;
        int time_s, interval_s;
    } rows[] = {
        {7200000, 1000, 7200, 1},
        {1001, 2999, 2, 3},
        {100, 100, 1, 1},
        {0, 0, 1, 1},
        {32767000, 32767000, 32767, 32767},
        {32767001, 0xFFFFFFFF, 32768, 4294968},
    };
    const int families[] = {AF_INET, AF_INET6};

    (void)state;
    for (size_t f = 0; f < PAIR_COUNT(families); f++) {
        SOCKET s = socket(families[f], SOCK_STREAM, 0);

        assert_int_equal(pair_get(s, SOL_SOCKET, SO_KEEPALIVE) & 0xFF, 0);
        for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
            assert_int_equal(keepalive(s, 1, rows[i].time_ms, rows[i].interval_ms), 0);
            assert_int_equal(pair_get(s, SOL_SOCKET, SO_KEEPALIVE) & 0xFF, 1);
            assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPIDLE), rows[i].time_s);
            assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPINTVL), rows[i].interval_s);
        }
        /* Off: the times stay for when it is turned on again. */
        assert_int_equal(keepalive(s, 1, 5000, 6000), 0);
        assert_int_equal(keepalive(s, 0, 100, 100), 0);
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_KEEPALIVE) & 0xFF, 0);
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
        assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPIDLE), 5);
        assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPINTVL), 6);
        closesocket(s);
    }
}

/* IOCTL-14, and the success beside it. */
static void overlapped_keepalive_marks_what_it_refuses(void **state)
{
    struct tcp_keepalive values = {1, 1000, 1000};
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET udp = pair_socket(SOCK_DGRAM);
    OVERLAPPED overlapped = {.Internal = STATUS_UNTOUCHED, .InternalHigh = STATUS_UNTOUCHED};
    DWORD n = 77;

    (void)state;
    pair_fails(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, 11, NULL, 0, &n, &overlapped, NULL),
               WSAEFAULT);
    assert_int_equal(n, 77);
    assert_int_equal(overlapped.Internal, STATUS_PENDING);
    assert_int_equal(overlapped.InternalHigh, STATUS_UNTOUCHED);
    overlapped.Internal = STATUS_UNTOUCHED;
    pair_fails(WSAIoctl(udp, SIO_KEEPALIVE_VALS, &values, 12, NULL, 0, &n, &overlapped, NULL),
               WSAENOPROTOOPT);
    assert_int_equal(n, 77);
    overlapped = flow_overlapped();
    assert_int_equal(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, 12, NULL, 0, &n, &overlapped, NULL),
                     0);
    assert_int_equal(n, 0);
    assert_int_equal(flow_end(s, &overlapped, &n), 0);
    assert_int_equal(n, 0);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
    closesocket(udp);
}

static TCP_INFO_v1 statistics(SOCKET s, DWORD version)
{
    union {
        TCP_INFO_v1 values;
        unsigned char bytes[sizeof(TCP_INFO_v1)];
    } out;
    DWORD returned = 0;
    DWORD wanted = version == 0 ? sizeof(TCP_INFO_v0) : sizeof(TCP_INFO_v1);

    memset(&out, 0xEE, sizeof out);
    assert_int_equal(
        WSAIoctl(s, SIO_TCP_INFO, &version, sizeof version, &out, wanted, &returned, NULL, NULL),
        0);
    assert_int_equal(returned, wanted);
    for (size_t i = wanted; i < sizeof out; i++)
        assert_int_equal(out.bytes[i], 0xEE);
    return out.values;
}

static void statistics_count_what_was_sent(void **state)
{
    static char data[100000];
    struct pair pair = pair_open();
    TCP_INFO_v1 sent, taken;
    ULONG left = sizeof data;
    DWORD version = 2;

    (void)state;
    assert_int_equal(flow_send(pair.client, data, sizeof data), sizeof data);
    while (left > 0)
        left -= (ULONG)flow_recv(pair.server, data, left);
    for (DWORD v = 0; v < 2; v++) {
        sent = statistics(pair.client, v);
        taken = statistics(pair.server, v);
        assert_int_equal(sent.State, TCPSTATE_ESTABLISHED);
        assert_int_equal(sent.BytesOut, sizeof data);
        assert_int_equal(sent.BytesIn, 0);
        assert_int_equal(taken.BytesIn, sizeof data);
        assert_int_equal(taken.BytesOut, 0);
        assert_true(sent.Mss > 0 && sent.Cwnd >= sent.Mss && sent.Cwnd % sent.Mss == 0);
        assert_true(sent.RttUs > 0 && sent.MinRttUs > 0);
        assert_true(sent.SndWnd > 0 && sent.RcvBuf > 0);
        assert_true(sent.BytesInFlight <= sizeof data);
        assert_true(sent.ConnectionTimeMs < 600000);
        assert_int_equal(sent.SynRetrans, 0);
    }
    pair_fails(ask(pair.client, SIO_TCP_INFO, &version, 4, &sent, sizeof sent), WSAEINVAL);
    pair_close(pair);
}

static void statistics_know_the_state(void **state)
{
    SOCKET idle = pair_socket(SOCK_STREAM);
    SOCKET listener = pair_listener();
    struct pair pair = pair_open();
    char byte;

    (void)state;
    assert_int_equal(statistics(idle, 0).State, TCPSTATE_CLOSED);
    assert_int_equal(statistics(listener, 0).State, TCPSTATE_LISTEN);
    assert_int_equal(statistics(listener, 0).BytesInFlight, 0);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(flow_recv(pair.server, &byte, 1), 0);
    assert_int_equal(statistics(pair.server, 0).State, TCPSTATE_CLOSE_WAIT);
    pair_close(pair);
    closesocket(listener);
    closesocket(idle);
}

/* IOCTL-20; then it follows what the connection has shown. */
static void backlog_begins_at_64_kib(void **state)
{
    static char data[1 << 20];
    struct pair pair = pair_open();
    ULONG backlog = 0;
    ULONG left = sizeof data;
    OVERLAPPED overlapped = flow_overlapped();

    (void)state;
    assert_int_equal(idealsendbacklogquery(pair.client, &backlog), 0);
    assert_int_equal(backlog, 0x10000);
    flow_accepted(flow_start_send(pair.client, data, sizeof data, &overlapped));
    while (left > 0)
        left -= (ULONG)flow_recv(pair.server, data, left);
    assert_int_equal(flow_end(pair.client, &overlapped, &left), 0);
    assert_int_equal(idealsendbacklogquery(pair.client, &backlog), 0);
    assert_in_range(backlog, 0x10000, 16 << 20);
    pair_fails(idealsendbacklognotify(pair.client, NULL, NULL), WSAEOPNOTSUPP);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

static BOOL at_mark(SOCKET s)
{
    BOOL value = 7;
    u_long other = 7;

    assert_int_equal(ask(s, (DWORD)SIOCATMARK, NULL, 0, &value, sizeof value), 0);
    assert_int_equal(ioctlsocket(s, (long)SIOCATMARK, &other), 0);
    assert_int_equal(value, other);
    return value;
}

static u_long unread(SOCKET s)
{
    u_long value = 7;

    assert_int_equal(ioctlsocket(s, (long)FIONREAD, &value), 0);
    return value;
}

/* Returns when the byte is there: loopback delivers within send, but says so nowhere. */
static void send_urgent(struct pair pair, char byte)
{
    WSAPOLLFD poll = {.fd = pair.server, .events = POLLRDBAND};

    assert_int_equal(send(pair.client, &byte, 1, MSG_OOB), 1);
    if (pair_get(pair.server, SOL_SOCKET, SO_OOBINLINE) != 0)
        poll.events = POLLRDNORM;
    assert_int_equal(WSAPoll(&poll, 1, FLOW_LIMIT_MS), 1);
}

/* IOCTL-07 */
static void mark_is_unread_urgent_data(void **state)
{
    struct pair pair = pair_open();
    char data[16];

    (void)state;
    assert_true(at_mark(pair.server));
    assert_int_equal(send(pair.client, "12345", 5, 0), 5);
    assert_true(at_mark(pair.server));
    send_urgent(pair, 'u');
    assert_int_equal(unread(pair.server), 5);
    assert_false(at_mark(pair.server));
    assert_int_equal(recv(pair.server, data, 2, 0), 2);
    assert_false(at_mark(pair.server));
    assert_int_equal(unread(pair.server), 3);
    assert_int_equal(recv(pair.server, data, 1, MSG_OOB), 1);
    assert_int_equal(data[0], 'u');
    assert_true(at_mark(pair.server));
    assert_int_equal(unread(pair.server), 3);
    assert_int_equal(recv(pair.server, data, 16, 0), 3);
    assert_true(at_mark(pair.server));
    pair_close(pair);
}

static void mark_is_unread_urgent_data_in_line_too(void **state)
{
    struct pair pair = pair_open();
    char data[16];

    (void)state;
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    assert_true(at_mark(pair.server));
    assert_int_equal(send(pair.client, "12345", 5, 0), 5);
    send_urgent(pair, 'u');
    assert_false(at_mark(pair.server));
    assert_int_equal(recv(pair.server, data, 16, 0), 5); /* never past the mark */
    assert_false(at_mark(pair.server));                  /* the byte is still to be read */
    assert_int_equal(unread(pair.server), 1);
    assert_int_equal(recv(pair.server, data, 16, 0), 1);
    assert_int_equal(data[0], 'u');
    assert_true(at_mark(pair.server));
    assert_int_equal(send(pair.client, "6", 1, 0), 1);
    assert_int_equal(recv(pair.server, data, 16, 0), 1);
    assert_true(at_mark(pair.server));
    pair_close(pair);
}

static void hints_are_checked(void **state)
{
    static const struct {
        UCHAR count;
        int error;
    } counts[] = {{0, 0}, {1, 0}, {3, 0}, {200, 0}, {0xFE, 0}, {0xFF, 0}};
    SOCKET s = pair_socket(SOCK_STREAM);
    PRIORITY_STATUS hint = {SocketPriorityHintVeryLow};
    WSA_COMPATIBILITY_MODE mode = {WsaBehaviorAutoTuning, 0x06000000};
    int on = 1;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(counts); i++) {
        TCP_INITIAL_RTO_PARAMETERS values = {1000, counts[i].count};

        assert_int_equal(ask(s, SIO_TCP_INITIAL_RTO, &values, sizeof values, NULL, 0), 0);
    }
    assert_int_equal(ask(s, SIO_PRIORITY_HINT, &hint, sizeof hint, NULL, 0), 0);
    hint.hint = SocketPriorityHintNormal;
    assert_int_equal(ask(s, SIO_PRIORITY_HINT, &hint, sizeof hint, NULL, 0), 0);
    hint.hint = SocketMaximumPriorityHintType;
    pair_fails(ask(s, SIO_PRIORITY_HINT, &hint, sizeof hint, NULL, 0), WSAEINVAL);
    assert_int_equal(ask(s, SIO_SET_COMPATIBILITY_MODE, &mode, sizeof mode, NULL, 0), 0);
    mode.BehaviorId = (WSA_COMPATIBILITY_BEHAVIOR_ID)3;
    pair_fails(ask(s, SIO_SET_COMPATIBILITY_MODE, &mode, sizeof mode, NULL, 0), WSAEINVAL);
    assert_int_equal(ask(s, SIO_LOOPBACK_FAST_PATH, &on, sizeof on, NULL, 0), 0);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keepalive_times_can_be_read_back),
        cmocka_unit_test(overlapped_keepalive_marks_what_it_refuses),
        cmocka_unit_test(statistics_count_what_was_sent),
        cmocka_unit_test(statistics_know_the_state),
        cmocka_unit_test(backlog_begins_at_64_kib),
        cmocka_unit_test(mark_is_unread_urgent_data),
        cmocka_unit_test(mark_is_unread_urgent_data_in_line_too),
        cmocka_unit_test(hints_are_checked),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
