/* SPDX-License-Identifier: MIT */
/* recvfrom and WSARecvFrom: their checks in order, and what they write. */
#include "udp.h"

enum { TOO_MANY = 1025 };

static void CALLBACK never(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)error;
    (void)bytes;
    (void)overlapped;
    (void)flags;
    abort();
}

struct places {
    struct pair open;
    SOCKET idle, shut, tied, unbound, bound, nonblocking;
    HANDLE port;
};

static struct places places_make(void)
{
    struct places p;

    p.open = pair_open();
    p.idle = pair_socket(SOCK_STREAM);
    p.shut = udp_bound(AF_INET);
    p.tied = udp_bound(AF_INET);
    p.unbound = udp_socket(AF_INET);
    p.bound = udp_bound(AF_INET);
    p.nonblocking = udp_bound(AF_INET);
    udp_nonblocking(p.nonblocking);
    p.port = flow_port(1);
    flow_tie(p.tied, p.port, 1);
    assert_int_equal(shutdown(p.shut, SD_RECEIVE), 0);
    return p;
}

static void places_close(struct places p)
{
    pair_close(p.open);
    closesocket(p.idle);
    closesocket(p.shut);
    closesocket(p.tied);
    closesocket(p.unbound);
    closesocket(p.bound);
    closesocket(p.nonblocking);
    CloseHandle(p.port);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void recvfrom_reports_first_failed_check(void **state)
{
    struct places p = places_make();
    SOCKADDR_IN from;
    int small = sizeof from - 1, large = sizeof from;
    char data[4] = "abc";
    const struct {
        SOCKET s;
        char *data;
        int bytes;
        int flags;
        void *from;
        int *from_bytes;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, -1, 0x999900, PAIR_BAD, PAIR_BAD, WSAENOTSOCK},
        {p.shut, NULL, -1, 0x999900, PAIR_BAD, PAIR_BAD, WSAESHUTDOWN}, /* SHUTDOWN-10 */
        {p.idle, NULL, -1, 0x999900, PAIR_BAD, PAIR_BAD, WSAENOTCONN},
        {p.unbound, NULL, -1, 0x999900, PAIR_BAD, PAIR_BAD, WSAEINVAL},
        {p.bound, NULL, -1, 0x999900, PAIR_BAD, PAIR_BAD, WSAEINVAL},
        {p.bound, NULL, -1, MSG_DONTROUTE, PAIR_BAD, PAIR_BAD, WSAEINVAL},
        {p.bound, NULL, -1, MSG_INTERRUPT, PAIR_BAD, PAIR_BAD, WSAEINVAL},
        {p.bound, NULL, -1, MSG_WAITALL, PAIR_BAD, PAIR_BAD, WSAEOPNOTSUPP},
        {p.bound, NULL, -1, MSG_OOB, PAIR_BAD, PAIR_BAD, WSAEOPNOTSUPP},
        {p.bound, NULL, -1, 0, PAIR_BAD, &large, WSAEFAULT},
        {p.bound, NULL, -1, 0, &from, NULL, WSAEFAULT},
        {p.bound, NULL, -1, 0, &from, PAIR_BAD, WSAEFAULT},
        {p.nonblocking, data, 4, 0, &from, &small, WSAEFAULT},
        {p.nonblocking, data, -1, 0, &from, &large, WSAEFAULT},
        {p.nonblocking, NULL, 4, 0, &from, &large, WSAEFAULT},
        {p.nonblocking, data, 4, 0, &from, &large, WSAEWOULDBLOCK},
        {p.nonblocking, data, 4, 0, NULL, NULL, WSAEWOULDBLOCK},
        {p.nonblocking, data, 4, 0, NULL, PAIR_BAD, WSAEWOULDBLOCK},
        {p.open.client, NULL, 4, 0, PAIR_BAD, PAIR_BAD, WSAEFAULT},
    };

    (void)state;
    memset(&from, 0x55, sizeof from);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(recvfrom(rows[i].s, rows[i].data, rows[i].bytes, rows[i].flags, rows[i].from,
                            rows[i].from_bytes),
                   rows[i].error);
        assert_int_equal(from.sin_family, 0x5555);
        assert_int_equal(small, sizeof from - 1);
        assert_int_equal(large, sizeof from);
        assert_string_equal(data, "abc");
    }
    places_close(p);
}

static void wsarecvfrom_reports_first_failed_check(void **state)
{
    static WSABUF many[TOO_MANY];
    struct places p = places_make();
    SOCKADDR_IN from;
    int small = sizeof from - 1, large = sizeof from;
    WSABUF bad = {4, NULL};
    WSABUF huge[2] = {{0x7FFFFFFF, (char *)1}, {0x7FFFFFFF, (char *)1}};
    OVERLAPPED o = {0};
    DWORD n = 77;
    const struct {
        SOCKET s;
        WSABUF *buffers;
        DWORD count;
        DWORD *bytes;
        DWORD flags;
        void *from;
        int *from_bytes;
        OVERLAPPED *overlapped;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, 0, NULL, 0x999900, PAIR_BAD, PAIR_BAD, NULL, WSAENOTSOCK},
        {p.shut, NULL, 0, NULL, 0x999900, PAIR_BAD, PAIR_BAD, NULL, WSAEINVAL},
        {p.shut, NULL, TOO_MANY, NULL, 0x999900, PAIR_BAD, PAIR_BAD, NULL, WSAEFAULT},
        {p.shut, PAIR_BAD, TOO_MANY, &n, 0x999900, PAIR_BAD, PAIR_BAD, NULL, WSAEFAULT},
        {p.shut, many, TOO_MANY, NULL, 0x999900, PAIR_BAD, PAIR_BAD, NULL, WSAEFAULT},
        {p.shut, many, TOO_MANY, PAIR_BAD, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAEFAULT},
        {p.shut, many, TOO_MANY, &n, 0x999900, PAIR_BAD, PAIR_BAD, PAIR_BAD, WSAEFAULT},
        {p.shut, many, TOO_MANY, &n, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAENOBUFS},
        {p.tied, &bad, 1, &n, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAEINVAL}, /* RECV-07 */
        {p.shut, &bad, 1, &n, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAESHUTDOWN},
        {p.idle, &bad, 1, &n, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAENOTCONN},
        {p.unbound, &bad, 1, &n, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAEINVAL},
        {p.bound, &bad, 1, &n, 0x999900, PAIR_BAD, PAIR_BAD, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_INTERRUPT, PAIR_BAD, PAIR_BAD, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_PEEK, PAIR_BAD, PAIR_BAD, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_WAITALL, PAIR_BAD, PAIR_BAD, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_OOB, PAIR_BAD, PAIR_BAD, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, 0, PAIR_BAD, &large, &o, WSAEFAULT},
        {p.bound, huge, 2, &n, 0, &from, NULL, &o, WSAEFAULT},
        {p.bound, huge, 2, &n, 0, &from, &small, &o, WSAEFAULT},
        {p.bound, &bad, 1, &n, 0, &from, &large, &o, WSAEFAULT},
        {p.bound, huge, 2, &n, 0, &from, &large, &o, WSAENOBUFS},
    };

    (void)state;
    memset(&from, 0x55, sizeof from);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        DWORD flags = rows[i].flags;

        pair_fails(WSARecvFrom(rows[i].s, rows[i].buffers, rows[i].count, rows[i].bytes, &flags,
                               rows[i].from, rows[i].from_bytes, rows[i].overlapped, never),
                   rows[i].error);
        assert_int_equal(n, 77);
        assert_int_equal(flags, rows[i].flags);
        assert_int_equal(from.sin_family, 0x5555);
    }
    pair_fails(WSARecvFrom(p.shut, &bad, 1, &n, NULL, NULL, NULL, NULL, NULL), WSAEFAULT);
    pair_fails(WSARecvFrom(p.shut, &bad, 1, &n, PAIR_BAD, NULL, NULL, NULL, NULL), WSAEFAULT);
    flow_no_packet(p.port);
    places_close(p);
}

static void before_startup_nothing_is_received(void **state)
{
    char data[4];
    WSABUF buffer = {4, data};
    DWORD n = 77, flags = 0;

    assert_int_equal(WSACleanup(), 0);
    pair_fails(recv(INVALID_SOCKET, data, 4, 0), WSANOTINITIALISED);
    pair_fails(recvfrom(INVALID_SOCKET, data, 4, 0, NULL, NULL), WSANOTINITIALISED);
    pair_fails(WSARecvFrom(INVALID_SOCKET, &buffer, 1, &n, &flags, NULL, NULL, NULL, NULL),
               WSANOTINITIALISED);
    assert_int_equal(pair_setup(state), 0);
}

/* UDP-01 and UDP-02. */
static void a_name_that_does_not_fit_loses_no_datagram(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_bound(family), sender = udp_bound(family);
        struct udp_name sent_by = udp_name_of(sender), from;
        int small = sent_by.bytes - 1;
        unsigned char room[256];
        int room_bytes = sizeof room;
        char data[8];

        assert_int_equal(udp_send(sender, "one", 3, udp_name_of(s)), 3);
        memset(room, 0x55, sizeof room);
        pair_fails(recvfrom(s, data, 8, 0, (struct sockaddr *)(void *)room, &small), WSAEFAULT);
        assert_int_equal(small, sent_by.bytes - 1);
        assert_int_equal(room[0], 0x55);
        assert_int_equal(udp_recv(s, data, 8, &from), 3);
        assert_true(udp_same(&from, &sent_by));
        /* A large room gets the address's own bytes only. */
        assert_int_equal(udp_send(sender, "two", 3, udp_name_of(s)), 3);
        WSASetLastError(5);
        assert_int_equal(recvfrom(s, data, 8, 0, (struct sockaddr *)(void *)room, &room_bytes), 3);
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(room_bytes, sent_by.bytes);
        assert_memory_equal(room, &sent_by.data, (size_t)room_bytes);
        for (size_t i = (size_t)room_bytes; i < sizeof room; i++)
            assert_int_equal(room[i], 0x55);
        /* Nobody need ask. */
        assert_int_equal(udp_send(sender, "six", 3, udp_name_of(s)), 3);
        assert_int_equal(recvfrom(s, data, 8, 0, NULL, NULL), 3);
        assert_memory_equal(data, "six", 3);
        closesocket(s);
        closesocket(sender);
    }
}

static void a_datagram_is_cut_to_the_buffer(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_bound(family), sender = udp_bound(family);
        struct udp_name to = udp_name_of(s), sent_by = udp_name_of(sender), from;
        char data[8] = "........", more[4] = "....";
        WSABUF buffers[2] = {{2, data}, {2, more}};
        DWORD n = 77, flags = 0;

        assert_int_equal(udp_send(sender, "abcdefgh", 8, to), 8);
        assert_int_equal(udp_send(sender, "ijklmnop", 8, to), 8);
        assert_int_equal(udp_send(sender, "qr", 2, to), 2);
        pair_fails(udp_recv(s, data, 3, &from), WSAEMSGSIZE);
        assert_memory_equal(data, "abc.....", 8);
        assert_true(udp_same(&from, &sent_by)); /* known all the same */
        from.bytes = sizeof from.data;
        WSASetLastError(0);
        assert_int_equal(
            WSARecvFrom(s, buffers, 2, &n, &flags, udp_address(&from), &from.bytes, NULL, NULL),
            SOCKET_ERROR);
        assert_int_equal(WSAGetLastError(), WSAEMSGSIZE);
        assert_int_equal(n, 4);
        assert_int_equal(flags, MSG_PARTIAL);
        assert_memory_equal(data, "ijc", 3);
        assert_memory_equal(more, "kl..", 4);
        assert_true(udp_same(&from, &sent_by));
        assert_int_equal(recv(s, data, 8, 0), 2); /* what was cut is gone */
        assert_memory_equal(data, "qr", 2);
        assert_int_equal(udp_send(sender, "st", 2, to), 2);
        pair_fails(recv(s, NULL, 0, 0), WSAEMSGSIZE);
        closesocket(s);
        closesocket(sender);
    }
}

static void an_empty_datagram_is_one(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    struct udp_name to = udp_name_of(s), sent_by = udp_name_of(sender), from;
    WSABUF buffer = {0, NULL};
    DWORD n = 77, flags = 0;
    char data[4];

    (void)state;
    WSASetLastError(5);
    assert_int_equal(sendto(sender, NULL, 0, 0, udp_address(&to), to.bytes), 0); /* SEND-12 */
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(WSASendTo(sender, &buffer, 1, &n, 0, udp_address(&to), to.bytes, NULL, NULL),
                     0);
    assert_int_equal(n, 0);
    assert_int_equal(udp_send(sender, "x", 1, to), 1);
    assert_int_equal(udp_recv(s, data, 4, &from), 0);
    assert_true(udp_same(&from, &sent_by));
    n = 77;
    assert_int_equal(WSARecvFrom(s, &buffer, 1, &n, &flags, NULL, NULL, NULL, NULL), 0);
    assert_int_equal(n, 0);
    assert_int_equal(flags, 0);
    assert_int_equal(udp_recv(s, data, 4, &from), 1);
    closesocket(s);
    closesocket(sender);
}

static void a_peek_leaves_the_datagram(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    struct udp_name to = udp_name_of(s), sent_by = udp_name_of(sender), from;
    char data[4] = "....";

    (void)state;
    assert_int_equal(udp_send(sender, "abc", 3, to), 3);
    from.bytes = sizeof from.data;
    assert_int_equal(recvfrom(s, data, 4, MSG_PEEK, udp_address(&from), &from.bytes), 3);
    assert_true(udp_same(&from, &sent_by));
    pair_fails(recv(s, data, 2, MSG_PEEK), WSAEMSGSIZE);
    assert_int_equal(recv(s, data, 4, MSG_PARTIAL | MSG_PUSH_IMMEDIATE), 3); /* hints */
    assert_memory_equal(data, "abc.", 4);
    udp_nonblocking(s);
    pair_fails(recv(s, data, 4, MSG_PEEK), WSAEWOULDBLOCK);
    closesocket(s);
    closesocket(sender);
}

struct waiter {
    SOCKET s;
    _Atomic unsigned thread_id;
    struct udp_name from;
    char data[8];
    int result, error;
};

static void *wait_for_datagram(void *argument)
{
    struct waiter *waiter = argument;

    waiter->thread_id = GetCurrentThreadId();
    waiter->result = udp_recv(waiter->s, waiter->data, 8, &waiter->from);
    waiter->error = WSAGetLastError();
    return NULL;
}

static void a_blocking_call_waits_for_the_datagram(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_bound(family), sender = udp_bound(family);
        struct udp_name sent_by = udp_name_of(sender);
        struct waiter waiter = {.s = s};
        pthread_t thread = flow_run(wait_for_datagram, &waiter);

        flow_asleep(&waiter.thread_id);
        assert_int_equal(udp_send(sender, "wake", 4, udp_name_of(s)), 4);
        flow_join(thread);
        assert_int_equal(waiter.result, 4);
        assert_memory_equal(waiter.data, "wake", 4);
        assert_true(udp_same(&waiter.from, &sent_by));
        closesocket(s);
        closesocket(sender);
    }
}

static void closing_the_socket_ends_a_blocking_call(void **state)
{
    (void)state;
    for (int connects = 0; connects < 2; connects++) {
        SOCKET s = udp_bound(AF_INET), peer = udp_bound(AF_INET);
        struct udp_name to = udp_name_of(peer);
        struct waiter waiter = {.s = s};
        pthread_t thread;

        if (connects)
            assert_int_equal(connect(s, udp_address(&to), to.bytes), 0);
        thread = flow_run(wait_for_datagram, &waiter);
        flow_asleep(&waiter.thread_id);
        assert_int_equal(closesocket(s), 0);
        flow_join(thread);
        assert_int_equal(waiter.result, SOCKET_ERROR);
        assert_int_equal(waiter.error, connects ? WSAECONNABORTED : WSAEINTR);
        assert_int_equal(waiter.from.data.ss_family, 0);
        closesocket(peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recvfrom_reports_first_failed_check),
        cmocka_unit_test(wsarecvfrom_reports_first_failed_check),
        cmocka_unit_test(before_startup_nothing_is_received),
        cmocka_unit_test(a_name_that_does_not_fit_loses_no_datagram),
        cmocka_unit_test(a_datagram_is_cut_to_the_buffer),
        cmocka_unit_test(an_empty_datagram_is_one),
        cmocka_unit_test(a_peek_leaves_the_datagram),
        cmocka_unit_test(a_blocking_call_waits_for_the_datagram),
        cmocka_unit_test(closing_the_socket_ends_a_blocking_call),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
