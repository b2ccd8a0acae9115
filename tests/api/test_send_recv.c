/* SPDX-License-Identifier: MIT */
/* WSASend and WSARecv: their checks in order, and what arrives. */
#include "flow.h"

enum { BIG = 1024 * 1024, TOO_MANY = 1025 };

static void CALLBACK never(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)error;
    (void)bytes;
    (void)overlapped;
    (void)flags;
    abort();
}

/* Two sockets in each state that the checks tell apart. */
struct places {
    struct pair open, shut, tied;
    SOCKET idle, datagram, unbound;
    HANDLE port;
};

static struct places places_make(void)
{
    struct places p;

    p.open = pair_open();
    p.shut = pair_open();
    p.tied = pair_open();
    p.port = flow_port(1);
    flow_tie(p.tied.client, p.port, 1);
    assert_int_equal(shutdown(p.shut.client, SD_BOTH), 0);
    p.idle = pair_bound(SOCK_STREAM);
    p.datagram = pair_bound(SOCK_DGRAM);
    p.unbound = pair_socket(SOCK_DGRAM);
    return p;
}

static void places_close(struct places p)
{
    pair_close(p.open);
    pair_close(p.shut);
    pair_close(p.tied);
    closesocket(p.idle);
    closesocket(p.datagram);
    closesocket(p.unbound);
    CloseHandle(p.port);
}

struct row {
    SOCKET s;
    WSABUF *buffers;
    DWORD count;
    DWORD *bytes;
    DWORD flags;
    OVERLAPPED *overlapped;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    int error;
};

/* An earlier check wins: each row also breaks what a later check would catch. */
static void send_reports_first_failed_check(void **state)
{
    static WSABUF many[TOO_MANY];
    struct places p = places_make();
    WSABUF bad = {4, NULL};
    WSABUF huge[2] = {{0x7FFFFFFF, (char *)1}, {0x7FFFFFFF, (char *)1}};
    OVERLAPPED o = {0};
    DWORD n = 77;
    const struct row rows[] = {
        {INVALID_SOCKET, NULL, 0, NULL, 99, NULL, NULL, WSAENOTSOCK},
        {p.shut.client, NULL, 0, NULL, 0x9999, NULL, NULL, WSAEINVAL},
        {p.shut.client, NULL, TOO_MANY, NULL, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, PAIR_BAD, TOO_MANY, &n, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, NULL, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, PAIR_BAD, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, &n, 0x9999, PAIR_BAD, never, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, &n, 0x9999, &o, never, WSAENOBUFS},
        {p.tied.client, &bad, 1, &n, 0x9999, &o, never, WSAEINVAL}, /* RECV-07 */
        {p.shut.client, &bad, 1, &n, 0x9999, &o, never, WSAESHUTDOWN},
        {p.shut.client, &bad, 1, &n, 0x9999, NULL, never, WSAESHUTDOWN},
        {p.idle, &bad, 1, &n, 0x9999, NULL, NULL, WSAENOTCONN},
        {p.datagram, &bad, 1, &n, 0x9999, NULL, NULL, WSAENOTCONN},
        {p.open.client, &bad, 1, &n, 0x9999, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_PARTIAL, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_PEEK, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_INTERRUPT, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, 0, NULL, NULL, WSAEFAULT},
        {p.open.client, huge, 2, &n, 0, NULL, NULL, WSAENOBUFS},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(WSASend(rows[i].s, rows[i].buffers, rows[i].count, rows[i].bytes, rows[i].flags,
                           rows[i].overlapped, rows[i].routine),
                   rows[i].error);
        assert_int_equal(n, 77);
    }
    flow_no_packet(p.port);
    places_close(p);
}

static void recv_reports_first_failed_check(void **state)
{
    static WSABUF many[TOO_MANY];
    struct places p = places_make();
    WSABUF bad = {4, NULL};
    OVERLAPPED o = {0};
    DWORD n = 77;
    const struct row rows[] = {
        {INVALID_SOCKET, NULL, 0, NULL, 99, NULL, NULL, WSAENOTSOCK},
        {p.shut.client, NULL, 0, NULL, 0x9999, NULL, NULL, WSAEINVAL},
        {p.shut.client, NULL, TOO_MANY, NULL, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, PAIR_BAD, TOO_MANY, &n, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, NULL, 0x9999, NULL, NULL, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, &n, 0x9999, PAIR_BAD, never, WSAEFAULT},
        {p.shut.client, many, TOO_MANY, &n, 0x9999, &o, never, WSAENOBUFS},
        {p.tied.client, &bad, 1, &n, 0x9999, &o, never, WSAEINVAL}, /* RECV-07 */
        {p.shut.client, &bad, 1, &n, 0x9999, &o, never, WSAESHUTDOWN},
        {p.shut.client, &bad, 1, &n, 0x9999, NULL, NULL, WSAESHUTDOWN},
        {p.idle, &bad, 1, &n, 0x9999, NULL, NULL, WSAENOTCONN}, /* RECV-09 */
        {p.unbound, &bad, 1, &n, 0x9999, NULL, NULL, WSAEINVAL},
        {p.open.client, &bad, 1, &n, 0x99990000, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_INTERRUPT, NULL, NULL, WSAEOPNOTSUPP},
        {p.datagram, &bad, 1, &n, MSG_OOB, NULL, NULL, WSAEOPNOTSUPP},
        {p.datagram, &bad, 1, &n, MSG_WAITALL, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_PEEK, &o, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_WAITALL | MSG_PEEK, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, MSG_WAITALL | MSG_OOB, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &bad, 1, &n, 0, NULL, NULL, WSAEFAULT},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        DWORD flags = rows[i].flags;

        pair_fails(WSARecv(rows[i].s, rows[i].buffers, rows[i].count, rows[i].bytes, &flags,
                           rows[i].overlapped, rows[i].routine),
                   rows[i].error);
        assert_int_equal(n, 77);
        assert_int_equal(flags, rows[i].flags);
    }
    pair_fails(WSARecv(p.shut.client, &bad, 1, &n, NULL, NULL, NULL), WSAEFAULT);
    pair_fails(WSARecv(p.shut.client, &bad, 1, &n, PAIR_BAD, NULL, NULL), WSAEFAULT);
    flow_no_packet(p.port);
    places_close(p);
}

static void an_event_that_is_none_is_refused(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    char data[4];

    (void)state;
    overlapped.hEvent = (HANDLE)pair.client;
    assert_int_equal(flow_start_recv(pair.client, data, 4, &overlapped), WSA_INVALID_HANDLE);
    assert_int_equal(flow_start_send(pair.client, data, 4, &overlapped), WSA_INVALID_HANDLE);
    assert_true(flow_send(pair.client, "ok", 2) == 2); /* nothing is left behind */
    assert_int_equal(flow_recv(pair.server, data, 4), 2);
    pair_close(pair);
}

/* RECV-02, SEND-12, SEND-13. */
static void bytes_arrive_in_order(void **state)
{
    struct pair pair = pair_open();
    char first[4], second[5];
    WSABUF in[2] = {{4, first}, {5, second}};
    WSABUF out[3] = {{2, (char *)(uintptr_t) "ab"}, {0, NULL}, {7, (char *)(uintptr_t) "cdefghi"}};
    DWORD bytes = 0;
    DWORD flags = MSG_WAITALL;

    (void)state;
    WSASetLastError(1);
    assert_int_equal(WSASend(pair.client, out, 3, &bytes, 0, NULL, NULL), 0);
    assert_int_equal(bytes, 9);
    assert_int_equal(WSAGetLastError(), 0);
    WSASetLastError(1);
    assert_int_equal(WSARecv(pair.server, in, 2, &bytes, &flags, NULL, NULL), 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(bytes, 9);
    assert_int_equal(flags, 0);
    assert_memory_equal(first, "abcd", 4);
    assert_memory_equal(second, "efghi", 5);
    assert_int_equal(flow_send(pair.client, NULL, 0), 0);
    assert_int_equal(flow_send(pair.client, "xy", 2), 2);
    assert_int_equal(flow_recv_with(pair.server, first, 4, MSG_PEEK), 2);
    assert_int_equal(flow_recv(pair.server, first, 4), 2);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    for (int i = 0; i < 3; i++) { /* RECV-12 */
        WSASetLastError(1);
        assert_int_equal(flow_recv(pair.server, first, 4), 0);
        assert_int_equal(WSAGetLastError(), 0);
    }
    pair_close(pair);
}

struct reader {
    SOCKET s;
    uint64_t bytes;
    int last;        /* what the call that ended it returned */
    unsigned errors; /* bytes out of place */
};

/* Reads to the end; byte i must be i % 251. */
static void *read_all(void *argument)
{
    struct reader *reader = argument;
    unsigned char *data = malloc(65536);

    while ((reader->last = flow_recv(reader->s, data, 65536)) > 0) {
        for (int i = 0; i < reader->last; i++)
            reader->errors += data[i] != (reader->bytes + (unsigned)i) % 251;
        reader->bytes += (unsigned)reader->last;
    }
    free(data);
    return NULL;
}

static unsigned char *pattern(size_t bytes)
{
    unsigned char *data = malloc(bytes);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (unsigned char)(i % 251);
    return data;
}

static void reader_ends(struct reader *reader, pthread_t thread, uint64_t bytes)
{
    flow_join(thread);
    assert_int_equal(reader->last, 0);
    assert_int_equal(reader->bytes, bytes);
    assert_int_equal(reader->errors, 0);
}

/* SEND-01; SEND-08: closesocket right behind it loses nothing. */
static void a_blocking_send_takes_everything(void **state)
{
    enum { TOTAL = 251 * 4096 * 8 };
    struct pair pair = pair_open();
    struct reader reader = {.s = pair.server};
    unsigned char *data = pattern(TOTAL);
    pthread_t thread;

    (void)state;
    thread = flow_run(read_all, &reader);
    assert_int_equal(flow_send(pair.client, data, TOTAL), TOTAL);
    assert_int_equal(closesocket(pair.client), 0);
    reader_ends(&reader, thread, TOTAL);
    closesocket(pair.server);
    free(data);
}

/* SEND-05, and SEND-08 for what the library still holds. */
static void a_nonblocking_send_is_whole_or_refused(void **state)
{
    enum { PIECE = 251 * 4096 };
    struct pair pair = pair_open();
    struct reader reader = {.s = pair.server};
    unsigned char *data = pattern(PIECE);
    u_long on = 1;
    unsigned pieces = 0;

    (void)state;
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    WSASetLastError(0);
    while (flow_send(pair.client, data, PIECE) == PIECE)
        assert_true(++pieces < 1000);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    assert_true(pieces > 0);
    assert_int_equal(closesocket(pair.client), 0);
    reader_ends(&reader, flow_run(read_all, &reader), (uint64_t)pieces * PIECE);
    closesocket(pair.server);
    free(data);
}

static void overlapped_sends_keep_their_order(void **state)
{
    enum { PIECE = 251 * 2048, PIECES = 16 };
    struct pair pair = pair_open();
    struct reader reader = {.s = pair.server};
    unsigned char *data = pattern(PIECE);
    OVERLAPPED overlapped[PIECES];
    pthread_t thread;
    DWORD bytes = 0;

    (void)state;
    for (int i = 0; i < PIECES; i++) {
        overlapped[i] = flow_overlapped();
        flow_accepted(flow_start_send(pair.client, data, PIECE, &overlapped[i]));
    }
    assert_int_equal(shutdown(pair.client, SD_SEND), 0); /* behind them */
    thread = flow_run(read_all, &reader);
    for (int i = 0; i < PIECES; i++) {
        assert_int_equal(flow_end(pair.client, &overlapped[i], &bytes), 0);
        assert_int_equal(bytes, PIECE);
        WSACloseEvent(overlapped[i].hEvent);
    }
    reader_ends(&reader, thread, (uint64_t)PIECES * PIECE);
    pair_close(pair);
    free(data);
}

/* SHUTDOWN-08. */
static void a_receive_under_way_survives_the_end_of_receiving(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    OVERLAPPED late = {0};
    char data[8];
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(flow_start_recv(pair.client, data, 8, &overlapped), WSA_IO_PENDING);
    assert_int_equal(shutdown(pair.client, SD_RECEIVE), 0);
    assert_int_equal(flow_start_recv(pair.client, data, 8, &late), WSAESHUTDOWN);
    pair_fails(flow_recv(pair.client, data, 8), WSAESHUTDOWN);
    assert_false(HasOverlappedIoCompleted(&overlapped));
    assert_int_equal(flow_send(pair.server, "later", 5), 5);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 5);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

static void nonblocking_receive_does_not_steal(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    char data[8], other[8];
    u_long on = 1;
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    pair_fails(flow_recv(pair.client, other, 8), WSAEWOULDBLOCK);
    pair_fails(flow_recv_with(pair.client, other, 8, MSG_WAITALL), WSAEOPNOTSUPP);
    /* OVERLAPPED-11 */
    assert_int_equal(flow_start_recv(pair.client, data, 8, &overlapped), WSA_IO_PENDING);
    pair_fails(flow_recv(pair.client, other, 8), WSAEWOULDBLOCK);
    assert_int_equal(flow_send(pair.server, "mine", 4), 4);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 4);
    pair_fails(flow_recv(pair.client, other, 8), WSAEWOULDBLOCK);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(send_reports_first_failed_check),
        cmocka_unit_test(recv_reports_first_failed_check),
        cmocka_unit_test(an_event_that_is_none_is_refused),
        cmocka_unit_test(bytes_arrive_in_order),
        cmocka_unit_test(a_blocking_send_takes_everything),
        cmocka_unit_test(a_nonblocking_send_is_whole_or_refused),
        cmocka_unit_test(overlapped_sends_keep_their_order),
        cmocka_unit_test(a_receive_under_way_survives_the_end_of_receiving),
        cmocka_unit_test(nonblocking_receive_does_not_steal),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
