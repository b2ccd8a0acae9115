/* SPDX-License-Identifier: MIT */
/* send and recv on streams: their checks in order, waiting for all, urgent data, many buffers. */
#include "udp.h"

enum { BIG = 4 * 1024 * 1024 };

struct places {
    struct pair open, shut;
    SOCKET idle, unbound, bound;
};

static struct places places_make(void)
{
    struct places p = {.open = pair_open(), .shut = pair_open()};

    assert_int_equal(shutdown(p.shut.client, SD_BOTH), 0);
    p.idle = pair_bound(SOCK_STREAM);
    p.unbound = udp_socket(AF_INET);
    p.bound = udp_bound(AF_INET);
    return p;
}

static void places_close(struct places p)
{
    pair_close(p.open);
    pair_close(p.shut);
    closesocket(p.idle);
    closesocket(p.unbound);
    closesocket(p.bound);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void send_reports_first_failed_check(void **state)
{
    struct places p = places_make();
    const struct {
        SOCKET s;
        const char *data;
        int bytes;
        int flags;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, -1, 0x9999, WSAENOTSOCK},
        {0, NULL, 0, 0, WSAENOTSOCK}, /* SEND-12 */
        {p.shut.client, NULL, -1, 0x9999, WSAESHUTDOWN},
        {p.idle, NULL, -1, 0x9999, WSAENOTCONN},
        {p.idle, NULL, 0, 0, WSAENOTCONN},        /* SEND-12 */
        {p.bound, NULL, -1, 0x9999, WSAENOTCONN}, /* UDP-06 */
        {p.unbound, "x", 1, 0, WSAENOTCONN},
        {p.open.client, NULL, -1, 0x9999, WSAEINVAL},
        {p.open.client, NULL, -1, MSG_PEEK, WSAEINVAL},
        {p.open.client, NULL, -1, MSG_INTERRUPT, WSAEINVAL},
        {p.open.client, NULL, -1, MSG_PARTIAL, WSAEOPNOTSUPP},
        {p.open.client, "x", -1, 0, WSAEFAULT},
        {p.open.client, NULL, 1, 0, WSAEFAULT},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        pair_fails(send(rows[i].s, rows[i].data, rows[i].bytes, rows[i].flags), rows[i].error);
    WSASetLastError(5);
    assert_int_equal(send(p.open.client, NULL, 0, 0), 0); /* SEND-12 */
    assert_int_equal(WSAGetLastError(), 0);
    places_close(p);
}

static void recv_reports_first_failed_check(void **state)
{
    struct places p = places_make();
    char data[4] = "abc";
    const struct {
        SOCKET s;
        char *data;
        int bytes;
        int flags;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, -1, 0x999900, WSAENOTSOCK},
        {0, data, 4, 0, WSAENOTSOCK}, /* RECV-09 */
        {p.shut.client, NULL, -1, 0x999900, WSAESHUTDOWN},
        {p.idle, NULL, -1, 0x999900, WSAENOTCONN},
        {p.idle, data, 4, 0, WSAENOTCONN}, /* RECV-09 */
        {p.unbound, NULL, -1, 0x999900, WSAEINVAL},
        {p.open.client, NULL, -1, 0x999900, WSAEINVAL},
        {p.open.client, NULL, -1, MSG_DONTROUTE, WSAEINVAL},
        {p.open.client, NULL, -1, MSG_INTERRUPT, WSAEINVAL},
        {p.bound, NULL, -1, MSG_OOB, WSAEOPNOTSUPP},
        {p.bound, NULL, -1, MSG_WAITALL, WSAEOPNOTSUPP},
        {p.open.client, NULL, -1, MSG_WAITALL | MSG_PEEK, WSAEOPNOTSUPP},
        {p.open.client, data, -1, 0, WSAEFAULT}, /* EVENTS-21 */
        {p.open.client, NULL, 1, 0, WSAEFAULT},
        {p.open.client, data, 4, MSG_OOB, WSAEINVAL}, /* there are no urgent data */
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(recv(rows[i].s, rows[i].data, rows[i].bytes, rows[i].flags), rows[i].error);
        assert_string_equal(data, "abc");
    }
    assert_int_equal(recv(p.open.client, NULL, 0, 0), 0); /* OVERLAPPED-17 */
    udp_nonblocking(p.open.client);
    pair_fails(recv(p.open.client, data, 4, 0), WSAEWOULDBLOCK);
    pair_fails(recv(p.open.client, data, 4, MSG_WAITALL), WSAEOPNOTSUPP);
    places_close(p);
}

/* A connected pair of either family. */
static struct pair stream_pair(int family)
{
    SOCKET listener = socket(family, SOCK_STREAM, 0);
    struct udp_name name = udp_loopback(family, 0);
    struct pair pair;

    assert_int_equal(bind(listener, udp_address(&name), name.bytes), 0);
    assert_int_equal(listen(listener, 1), 0);
    name = udp_name_of(listener);
    pair.client = socket(family, SOCK_STREAM, 0);
    assert_int_equal(connect(pair.client, udp_address(&name), name.bytes), 0);
    pair.server = accept(listener, NULL, NULL);
    assert_true(pair.server != INVALID_SOCKET);
    closesocket(listener);
    return pair;
}

struct reader {
    SOCKET s;
    uint64_t bytes;
    int last;
    unsigned errors;
    _Atomic unsigned thread_id;
};

/* Reads to the end; byte i must be i % 251. */
static void *read_all(void *argument)
{
    struct reader *reader = argument;
    char *data = malloc(65536);

    while ((reader->last = recv(reader->s, data, 65536, 0)) > 0) {
        for (int i = 0; i < reader->last; i++)
            reader->errors += (unsigned char)data[i] != (reader->bytes + (unsigned)i) % 251;
        reader->bytes += (unsigned)reader->last;
    }
    free(data);
    return NULL;
}

static char *pattern(size_t bytes)
{
    char *data = malloc(bytes);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i % 251);
    return data;
}

static void a_long_send_arrives_whole(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        struct pair pair = stream_pair(family);
        struct reader reader = {.s = pair.server};
        char *data = pattern(BIG);
        pthread_t thread = flow_run(read_all, &reader);

        assert_int_equal(send(pair.client, data, BIG, 0), BIG); /* SEND-01 */
        assert_int_equal(closesocket(pair.client), 0);          /* SEND-08 */
        flow_join(thread);
        assert_int_equal(reader.last, 0);
        assert_int_equal(reader.bytes, BIG);
        assert_int_equal(reader.errors, 0);
        closesocket(pair.server);
        free(data);
    }
}

/* More buffers than a direct call keeps room for, in every way to call. */
static void many_buffers_arrive_in_order(void **state)
{
    enum { BUFFERS = 200, EACH = 997 };
    static WSABUF out[BUFFERS];
    static char in[BUFFERS * EACH];
    char *data = pattern(BUFFERS * EACH);
    DWORD n = 0;

    (void)state;
    for (int i = 0; i < BUFFERS; i++)
        out[i] = (WSABUF){EACH, data + i * EACH};
    for (int way = 0; way < 3; way++) {
        struct pair pair = pair_open();
        OVERLAPPED overlapped = flow_overlapped();

        if (way == 1)
            udp_nonblocking(pair.client);
        if (way == 2) {
            flow_accepted(WSASend(pair.client, out, BUFFERS, NULL, 0, &overlapped, NULL) == 0
                              ? 0
                              : WSAGetLastError());
        } else {
            assert_int_equal(WSASend(pair.client, out, BUFFERS, &n, 0, NULL, NULL), 0);
            assert_int_equal(n, BUFFERS * EACH);
        }
        memset(in, 0, sizeof in);
        assert_int_equal(recv(pair.server, in, sizeof in, MSG_WAITALL), sizeof in);
        assert_memory_equal(in, data, sizeof in);
        if (way == 2)
            assert_int_equal(flow_end(pair.client, &overlapped, &n), 0);
        assert_int_equal(n, BUFFERS * EACH);
        WSACloseEvent(overlapped.hEvent);
        pair_close(pair);
    }
    free(data);
}

static void many_buffers_are_filled_in_order(void **state)
{
    enum { BUFFERS = 100, EACH = 31 };
    struct pair pair = pair_open();
    char *data = pattern(BUFFERS * EACH);
    char in[BUFFERS * EACH] = {0};
    WSABUF buffers[BUFFERS];
    OVERLAPPED overlapped = flow_overlapped();
    DWORD n = 0, flags = 0;

    (void)state;
    for (int i = 0; i < BUFFERS; i++)
        buffers[i] = (WSABUF){EACH, in + i * EACH};
    udp_nonblocking(pair.server);
    pair_fails(WSARecv(pair.server, buffers, BUFFERS, &n, &flags, NULL, NULL), WSAEWOULDBLOCK);
    assert_int_equal(send(pair.client, data, BUFFERS * EACH, 0), BUFFERS * EACH);
    assert_int_equal(WSARecv(pair.server, buffers, BUFFERS, &n, &flags, NULL, NULL), 0);
    assert_int_equal(n, BUFFERS * EACH);
    assert_memory_equal(in, data, sizeof in);
    memset(in, 0, sizeof in);
    assert_int_equal(WSARecv(pair.server, buffers, BUFFERS, NULL, &flags, &overlapped, NULL),
                     SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(send(pair.client, data, BUFFERS * EACH, 0), BUFFERS * EACH);
    assert_int_equal(flow_end(pair.server, &overlapped, &n), 0);
    assert_int_equal(n, BUFFERS * EACH);
    assert_memory_equal(in, data, sizeof in);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
    free(data);
}

struct taker {
    SOCKET s;
    _Atomic unsigned thread_id;
    char data[8];
    int result;
};

static void *take_all(void *argument)
{
    struct taker *taker = argument;

    taker->thread_id = GetCurrentThreadId();
    taker->result = recv(taker->s, taker->data, 8, MSG_WAITALL);
    return NULL;
}

static void waiting_for_all_takes_several_pieces(void **state)
{
    (void)state;
    for (int ends = 0; ends < 2; ends++) {
        struct pair pair = pair_open();
        struct taker taker = {.s = pair.server};
        pthread_t thread;

        assert_int_equal(send(pair.client, "abc", 3, 0), 3);
        thread = flow_run(take_all, &taker);
        flow_asleep(&taker.thread_id);
        if (ends) {
            assert_int_equal(shutdown(pair.client, SD_SEND), 0);
        } else {
            assert_int_equal(send(pair.client, "de", 2, 0), 2);
            assert_int_equal(send(pair.client, "fghij", 5, 0), 5);
        }
        flow_join(thread);
        assert_int_equal(taker.result, ends ? 3 : 8); /* the end of the stream ends it too */
        assert_memory_equal(taker.data, "abcdefgh", ends ? 3 : 8);
        if (!ends)
            assert_int_equal(recv(pair.server, taker.data, 8, 0), 2);
        pair_close(pair);
    }
}

static void an_overlapped_receive_can_wait_for_all(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    char data[8];
    WSABUF buffers[2] = {{3, data}, {5, data + 3}};
    DWORD n = 0, flags = MSG_WAITALL;

    (void)state;
    assert_int_equal(send(pair.client, "abcd", 4, 0), 4);
    assert_int_equal(WSARecv(pair.server, buffers, 2, NULL, &flags, &overlapped, NULL),
                     SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(send(pair.client, "efgh", 4, 0), 4);
    assert_int_equal(flow_end(pair.server, &overlapped, &n), 0);
    assert_int_equal(n, 8);
    assert_memory_equal(data, "abcdefgh", 8);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

/* Waits until the urgent byte is there. */
static void urgent_arrived(SOCKET s)
{
    ULONGLONG limit = (ULONGLONG)time(NULL) + FLOW_LIMIT_MS / 1000;
    char byte;

    while (recv(s, &byte, 1, MSG_OOB | MSG_PEEK) != 1) {
        assert_int_equal(WSAGetLastError(), WSAEINVAL);
        assert_true((ULONGLONG)time(NULL) <= limit);
        sched_yield();
    }
}

static void urgent_data_travel_beside_the_stream(void **state)
{
    struct pair pair = pair_open();
    char data[8], urgent = 0;
    WSABUF buffer = {1, &urgent};
    DWORD n = 0, flags = MSG_OOB;

    (void)state;
    assert_int_equal(send(pair.client, "ab", 2, 0), 2);
    assert_int_equal(send(pair.client, "!", 1, MSG_OOB), 1);
    urgent_arrived(pair.server);
    assert_int_equal(recv(pair.server, &urgent, 1, MSG_OOB), 1); /* before the older bytes */
    assert_int_equal(urgent, '!');
    pair_fails(recv(pair.server, &urgent, 1, MSG_OOB), WSAEINVAL); /* taken */
    assert_int_equal(recv(pair.server, data, 8, 0), 2);
    assert_memory_equal(data, "ab", 2);
    assert_int_equal(send(pair.client, "cd", 2, MSG_OOB), 2); /* the last byte is urgent */
    urgent_arrived(pair.server);
    assert_int_equal(WSARecv(pair.server, &buffer, 1, &n, &flags, NULL, NULL), 0);
    assert_int_equal(n, 1);
    assert_int_equal(urgent, 'd');
    assert_int_equal(recv(pair.server, data, 8, 0), 1);
    assert_int_equal(data[0], 'c');
    pair_close(pair);
}

/* A receive under way owns the direction; the urgent byte is not its business. */
static void urgent_data_need_no_turn(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    char data[8], urgent;
    DWORD n = 0;

    (void)state;
    assert_int_equal(flow_start_recv(pair.server, data, 8, &overlapped), WSA_IO_PENDING);
    pair_fails(recv(pair.server, &urgent, 1, MSG_OOB), WSAEINVAL); /* at once: there is none */
    assert_int_equal(send(pair.client, "ab", 2, 0), 2);
    assert_int_equal(flow_end(pair.server, &overlapped, &n), 0);
    assert_int_equal(n, 2);
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

/* SELECT-15 */
static void urgent_data_can_be_read_in_the_stream(void **state)
{
    struct pair pair = pair_open();
    char data[8] = "";
    int taken = 0;

    (void)state;
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    assert_int_equal(send(pair.client, "ab", 2, 0), 2);
    assert_int_equal(send(pair.client, "!", 1, MSG_OOB), 1);
    assert_int_equal(send(pair.client, "cd", 2, 0), 2);
    while (taken < 5) { /* a receive stops at the mark */
        int n = recv(pair.server, data + taken, 8 - taken, 0);

        assert_true(n > 0);
        taken += n;
    }
    assert_memory_equal(data, "ab!cd", 5);
    pair_fails(recv(pair.server, data, 1, MSG_OOB), WSAEINVAL);
    pair_fails(recvfrom(pair.server, data, 1, MSG_OOB, NULL, NULL), WSAEINVAL);
    pair_fails(send(pair.server, "x", 1, MSG_OOB), WSAEINVAL);
    pair_fails(sendto(pair.server, "x", 1, MSG_OOB, NULL, 0), WSAEINVAL);
    pair_close(pair);
}

static void a_peek_leaves_the_bytes(void **state)
{
    struct pair pair = pair_open();
    char data[8];

    (void)state;
    assert_int_equal(send(pair.client, "abc", 3, MSG_DONTROUTE), 3);
    assert_int_equal(recv(pair.server, data, 8, MSG_PEEK), 3);
    assert_int_equal(recv(pair.server, data, 2, MSG_PEEK), 2);
    assert_int_equal(recv(pair.server, data, 8, 0), 3);
    assert_memory_equal(data, "abc", 3);
    pair_close(pair);
}

/* What is refused while the rest of an earlier send is on its way is never in the stream. */
static void back_pressure_reaches_the_sender(void **state)
{
    enum { PIECE = 251 * 1024 };
    struct pair pair = pair_open();
    struct reader reader = {.s = pair.server};
    char *data = pattern(PIECE);
    unsigned pieces = 0;
    pthread_t thread;

    (void)state;
    udp_nonblocking(pair.client);
    WSASetLastError(0);
    while (send(pair.client, data, PIECE, 0) == PIECE) /* SEND-05 */
        assert_true(++pieces < 1000);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    pair_fails(send(pair.client, data, 1, 0), WSAEWOULDBLOCK);
    thread = flow_run(read_all, &reader);
    while (send(pair.client, data, PIECE, 0) != PIECE) /* until the rest has gone */
        assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    pieces++;
    assert_int_equal(closesocket(pair.client), 0);
    flow_join(thread);
    assert_int_equal(reader.bytes, (uint64_t)pieces * PIECE);
    assert_int_equal(reader.errors, 0);
    closesocket(pair.server);
    free(data);
}

/* FD_WRITE comes after a refused send, once there is room, the library's own copy included. */
static void a_refused_send_is_told_of_room(void **state)
{
    enum { PIECE = 251 * 1024, MORE = 20 };
    struct pair pair = pair_open();
    struct reader reader = {.s = pair.server};
    WSAEVENT event = WSACreateEvent();
    char *data = pattern(PIECE);
    unsigned pieces = 0, wanted;
    pthread_t thread;

    (void)state;
    assert_int_equal(WSAEventSelect(pair.client, event, FD_WRITE), 0);
    while (send(pair.client, data, PIECE, 0) == PIECE)
        assert_true(++pieces < 1000);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    thread = flow_run(read_all, &reader);
    for (wanted = pieces + MORE; pieces < wanted;) {
        WSANETWORKEVENTS events;

        assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE), 0);
        assert_int_equal(WSAEnumNetworkEvents(pair.client, event, &events), 0);
        while (pieces < wanted && send(pair.client, data, PIECE, 0) == PIECE)
            pieces++;
    }
    assert_int_equal(closesocket(pair.client), 0);
    flow_join(thread);
    assert_int_equal(reader.bytes, (uint64_t)pieces * PIECE);
    assert_int_equal(reader.errors, 0);
    WSACloseEvent(event);
    closesocket(pair.server);
    free(data);
}

static void a_reset_is_told_to_both_directions(void **state)
{
    struct pair pair = pair_open();
    struct linger hard = {1, 0};
    char data[4];

    (void)state;
    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
    assert_int_equal(closesocket(pair.client), 0);
    pair_fails(recv(pair.server, data, 4, 0), WSAECONNRESET);
    pair_fails(send(pair.server, "x", 1, 0), WSAECONNRESET);
    closesocket(pair.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(send_reports_first_failed_check),
        cmocka_unit_test(recv_reports_first_failed_check),
        cmocka_unit_test(a_long_send_arrives_whole),
        cmocka_unit_test(many_buffers_arrive_in_order),
        cmocka_unit_test(many_buffers_are_filled_in_order),
        cmocka_unit_test(waiting_for_all_takes_several_pieces),
        cmocka_unit_test(an_overlapped_receive_can_wait_for_all),
        cmocka_unit_test(urgent_data_travel_beside_the_stream),
        cmocka_unit_test(urgent_data_need_no_turn),
        cmocka_unit_test(urgent_data_can_be_read_in_the_stream),
        cmocka_unit_test(a_peek_leaves_the_bytes),
        cmocka_unit_test(back_pressure_reaches_the_sender),
        cmocka_unit_test(a_refused_send_is_told_of_room),
        cmocka_unit_test(a_reset_is_told_to_both_directions),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
