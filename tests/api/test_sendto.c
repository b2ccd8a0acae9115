/* SPDX-License-Identifier: MIT */
/* sendto and WSASendTo: their checks in order, and what they do to the socket. */
#include "udp.h"

enum { TOO_MANY = 1025, TOO_LONG = 65536 };

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
    SOCKET idle, shut, tied, bound;
    HANDLE port;
};

static struct places places_make(void)
{
    struct places p;

    p.open = pair_open();
    p.idle = pair_socket(SOCK_STREAM);
    p.shut = udp_bound(AF_INET);
    p.tied = udp_bound(AF_INET);
    p.bound = udp_bound(AF_INET);
    p.port = flow_port(1);
    flow_tie(p.tied, p.port, 1);
    assert_int_equal(shutdown(p.shut, SD_BOTH), 0);
    return p;
}

static void places_close(struct places p)
{
    pair_close(p.open);
    closesocket(p.idle);
    closesocket(p.shut);
    closesocket(p.tied);
    closesocket(p.bound);
    CloseHandle(p.port);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void sendto_reports_first_failed_check(void **state)
{
    struct places p = places_make();
    SOCKADDR_IN good = pair_address(p.bound);
    SOCKADDR_IN six = good, zero = good, nowhere = good, all = good;
    const struct {
        SOCKET s;
        const char *data;
        int bytes;
        int flags;
        void *to;
        int to_bytes;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, -1, 0x9999, PAIR_BAD, 1, WSAENOTSOCK},
        {p.shut, NULL, -1, 0x9999, PAIR_BAD, 1, WSAESHUTDOWN}, /* SHUTDOWN-10 */
        {p.idle, NULL, -1, 0x9999, &good, sizeof good, WSAENOTCONN},
        {p.bound, NULL, -1, 0x9999, NULL, sizeof good, WSAENOTCONN}, /* UDP-06 */
        {p.bound, NULL, -1, 0x9999, PAIR_BAD, 1, WSAEINVAL},
        {p.bound, NULL, -1, MSG_PEEK, PAIR_BAD, 1, WSAEINVAL},
        {p.bound, NULL, -1, MSG_INTERRUPT, PAIR_BAD, 1, WSAEINVAL},
        {p.bound, NULL, -1, MSG_PARTIAL, PAIR_BAD, 1, WSAEOPNOTSUPP},
        {p.bound, NULL, -1, MSG_OOB, PAIR_BAD, 1, WSAEOPNOTSUPP},
        {p.bound, NULL, -1, 0, PAIR_BAD, sizeof good, WSAEFAULT},
        {p.bound, NULL, -1, 0, &six, sizeof six - 1, WSAEFAULT},
        {p.bound, NULL, -1, 0, &six, sizeof six, WSAEAFNOSUPPORT},
        {p.bound, NULL, -1, 0, &zero, sizeof zero, WSAEADDRNOTAVAIL},
        {p.bound, NULL, -1, 0, &nowhere, sizeof nowhere, WSAEADDRNOTAVAIL},
        {p.bound, "x", -1, 0, &all, sizeof all, WSAEFAULT},
        {p.bound, NULL, 1, 0, &all, sizeof all, WSAEFAULT},
        {p.bound, "x", 1, 0, &all, sizeof all, WSAEACCES},
        {p.open.client, NULL, -1, 0x9999, PAIR_BAD, 1, WSAEINVAL},
        {p.open.client, NULL, 1, 0, PAIR_BAD, 1, WSAEFAULT},
    };

    (void)state;
    six.sin_family = AF_INET6;
    zero.sin_port = 0;
    nowhere.sin_addr.s_addr = 0;
    all.sin_addr.s_addr = INADDR_BROADCAST;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        pair_fails(sendto(rows[i].s, rows[i].data, rows[i].bytes, rows[i].flags, rows[i].to,
                          rows[i].to_bytes),
                   rows[i].error);
    places_close(p);
}

static void wsasendto_reports_first_failed_check(void **state)
{
    static WSABUF many[TOO_MANY];
    struct places p = places_make();
    SOCKADDR_IN good = pair_address(p.bound);
    SOCKADDR_IN six = good, zero = good;
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
        void *to;
        int to_bytes;
        OVERLAPPED *overlapped;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, 0, NULL, 99, PAIR_BAD, 1, NULL, WSAENOTSOCK},
        {p.shut, NULL, 0, NULL, 99, PAIR_BAD, 1, NULL, WSAEINVAL},
        {p.shut, NULL, TOO_MANY, NULL, 99, PAIR_BAD, 1, NULL, WSAEFAULT},
        {p.shut, PAIR_BAD, TOO_MANY, &n, 99, PAIR_BAD, 1, NULL, WSAEFAULT},
        {p.shut, many, TOO_MANY, NULL, 99, PAIR_BAD, 1, NULL, WSAEFAULT},
        {p.shut, many, TOO_MANY, PAIR_BAD, 99, PAIR_BAD, 1, NULL, WSAEFAULT},
        {p.shut, many, TOO_MANY, PAIR_BAD, 99, PAIR_BAD, 1, &o, WSAEFAULT},
        {p.shut, many, TOO_MANY, &n, 99, PAIR_BAD, 1, PAIR_BAD, WSAEFAULT},
        {p.shut, many, TOO_MANY, &n, 99, PAIR_BAD, 1, &o, WSAENOBUFS},
        {p.tied, &bad, 1, &n, 99, PAIR_BAD, 1, &o, WSAEINVAL}, /* RECV-07 */
        {p.shut, &bad, 1, &n, 99, PAIR_BAD, 1, &o, WSAESHUTDOWN},
        {p.idle, &bad, 1, &n, 99, &good, sizeof good, &o, WSAENOTCONN},
        {p.bound, &bad, 1, &n, 99, NULL, sizeof good, &o, WSAENOTCONN},
        {p.bound, &bad, 1, &n, 0x9999, PAIR_BAD, 1, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_INTERRUPT, PAIR_BAD, 1, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_PARTIAL, PAIR_BAD, 1, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, MSG_OOB, PAIR_BAD, 1, &o, WSAEOPNOTSUPP},
        {p.bound, &bad, 1, &n, 0, &six, sizeof six - 1, &o, WSAEFAULT},
        {p.bound, &bad, 1, &n, 0, &six, sizeof six, &o, WSAEAFNOSUPPORT},
        {p.bound, &bad, 1, &n, 0, &zero, sizeof zero, &o, WSAEADDRNOTAVAIL},
        {p.bound, &bad, 1, &n, 0, &good, sizeof good, &o, WSAEFAULT},
        {p.bound, huge, 2, &n, 0, &good, sizeof good, &o, WSAENOBUFS},
    };

    (void)state;
    six.sin_family = AF_INET6;
    zero.sin_port = 0;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(WSASendTo(rows[i].s, rows[i].buffers, rows[i].count, rows[i].bytes,
                             rows[i].flags, rows[i].to, rows[i].to_bytes, rows[i].overlapped,
                             never),
                   rows[i].error);
        assert_int_equal(n, 77);
    }
    flow_no_packet(p.port);
    places_close(p);
}

static void before_startup_nothing_is_sent(void **state)
{
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 1);
    WSABUF buffer = {1, (char *)(uintptr_t) "x"};
    DWORD n = 77;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    pair_fails(sendto(INVALID_SOCKET, "x", 1, 0, (struct sockaddr *)&to, sizeof to),
               WSANOTINITIALISED);
    pair_fails(
        WSASendTo(INVALID_SOCKET, &buffer, 1, &n, 0, (struct sockaddr *)&to, sizeof to, NULL, NULL),
        WSANOTINITIALISED);
    pair_fails(send(INVALID_SOCKET, "x", 1, 0), WSANOTINITIALISED);
    assert_int_equal(pair_setup(state), 0);
}

static void sending_binds_the_socket(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_socket(family);
        SOCKET to = udp_bound(family);
        struct udp_name name, from, unbound;
        char data[8];

        unbound.bytes = sizeof unbound.data;
        pair_fails(getsockname(s, udp_address(&unbound), &unbound.bytes), WSAEINVAL);
        pair_fails(recv(s, data, sizeof data, 0), WSAEINVAL);
        assert_int_equal(udp_send(s, "hi", 2, udp_name_of(to)), 2);
        name = udp_name_of(s);
        assert_int_equal(udp_recv(to, data, sizeof data, &from), 2);
        assert_memory_equal(data, "hi", 2);
        assert_int_equal(from.bytes, udp_loopback(family, 0).bytes);
        assert_int_equal(from.data.ss_family, family);
        /* Bound to any address, the port is the same. */
        assert_memory_equal((char *)&from.data + 2, (char *)&name.data + 2, 2);
        pair_fails(bind(s, udp_address(&name), name.bytes), WSAEINVAL);
        /* And so it hears answers. */
        assert_int_equal(udp_send(to, "ho", 2, from), 2);
        assert_int_equal(recv(s, data, sizeof data, 0), 2);
        closesocket(s);
        closesocket(to);
    }
}

/* A call that fails its checks leaves the socket unbound. */
static void a_refused_send_does_not_bind(void **state)
{
    SOCKET s = udp_socket(AF_INET);
    SOCKADDR_IN zero = pair_name(INADDR_LOOPBACK, 0);
    struct udp_name name;

    (void)state;
    name.bytes = sizeof name.data;
    pair_fails(sendto(s, "x", 1, 0, (struct sockaddr *)&zero, sizeof zero), WSAEADDRNOTAVAIL);
    pair_fails(sendto(s, "x", 1, 0, NULL, 0), WSAENOTCONN);
    pair_fails(send(s, "x", 1, 0), WSAENOTCONN);
    pair_fails(getsockname(s, udp_address(&name), &name.bytes), WSAEINVAL);
    closesocket(s);
}

static void a_datagram_that_is_too_long_is_not_sent(void **state)
{
    static char data[TOO_LONG];

    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET from = udp_bound(family);
        SOCKET s = udp_bound(family);
        struct udp_name to = udp_name_of(s);
        WSABUF buffers[2] = {{TOO_LONG / 2, data}, {TOO_LONG / 2, data}};
        OVERLAPPED overlapped = flow_overlapped();
        DWORD n = 77;
        int error;

        pair_fails(udp_send(from, data, TOO_LONG, to), WSAEMSGSIZE);
        pair_fails(WSASendTo(from, buffers, 2, &n, 0, udp_address(&to), to.bytes, NULL, NULL),
                   WSAEMSGSIZE);
        error = udp_start_send(from, buffers, 2, to, &overlapped);
        if (error == WSA_IO_PENDING) /* told by the completion */
            error = flow_end(from, &overlapped, &n) == ERROR_MORE_DATA ? WSAEMSGSIZE : 0;
        assert_int_equal(error, WSAEMSGSIZE);
        udp_nonblocking(s);
        pair_fails(recv(s, data, TOO_LONG, 0), WSAEWOULDBLOCK);
        closesocket(from);
        closesocket(s);
        WSACloseEvent(overlapped.hEvent);
    }
}

/* SEND-06 */
static void a_stream_ignores_the_address(void **state)
{
    struct pair pair = pair_open();
    WSABUF buffer = {2, (char *)(uintptr_t) "cd"};
    char data[8];
    DWORD n = 0;
    DWORD flags = 0;
    int garbage = -3;

    (void)state;
    assert_int_equal(sendto(pair.client, "ab", 2, 0, PAIR_BAD, -7), 2);
    assert_int_equal(WSASendTo(pair.client, &buffer, 1, &n, 0, PAIR_BAD, 1, NULL, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(recvfrom(pair.server, data, 2, 0, PAIR_BAD, &garbage), 2);
    assert_int_equal(garbage, -3);
    buffer = (WSABUF){2, data + 2};
    assert_int_equal(
        WSARecvFrom(pair.server, &buffer, 1, &n, &flags, PAIR_BAD, PAIR_BAD, NULL, NULL), 0);
    assert_int_equal(n, 2);
    assert_memory_equal(data, "abcd", 4);
    pair_close(pair);
}

/* UDP-12, with the broadcast address of the loopback network. */
static void broadcasts_need_the_option(void **state)
{
    SOCKET s = udp_bound(AF_INET), listener = udp_socket(AF_INET);
    SOCKADDR_IN all;
    char data[4];

    (void)state;
    assert_int_equal(pair_bind(listener, INADDR_ANY, 0), 0);
    all = pair_name(0x7FFFFFFF, pair_address(listener).sin_port);
    pair_fails(sendto(s, "x", 1, 0, (struct sockaddr *)&all, sizeof all), WSAEACCES);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_BROADCAST, 1), 0);
    assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&all, sizeof all), 1);
    assert_int_equal(recv(listener, data, 4, 0), 1);
    closesocket(s);
    closesocket(listener);
}

/* An IPv4 address is too short for an IPv6 socket; in its mapped form it will do. */
static void a_dual_socket_wants_mapped_addresses(void **state)
{
    SOCKET s = udp_socket(AF_INET6);
    SOCKET four = udp_bound(AF_INET);
    SOCKADDR_IN to = pair_address(four);
    struct udp_name mapped = udp_loopback(AF_INET6, to.sin_port);
    SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)(void *)&mapped.data;
    char data[4];

    (void)state;
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0), 0);
    pair_fails(sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to), WSAEFAULT);
    memset(six->sin6_addr.s6_addr, 0, 16);
    memset(six->sin6_addr.s6_addr + 10, 0xFF, 2);
    pair_fails(udp_send(s, "x", 1, mapped), WSAEADDRNOTAVAIL); /* ::ffff:0.0.0.0 */
    memcpy(six->sin6_addr.s6_addr + 12, &to.sin_addr, 4);
    assert_int_equal(udp_send(s, "x", 1, mapped), 1);
    assert_int_equal(recv(four, data, sizeof data, 0), 1);
    closesocket(s);
    closesocket(four);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sendto_reports_first_failed_check),
        cmocka_unit_test(wsasendto_reports_first_failed_check),
        cmocka_unit_test(before_startup_nothing_is_sent),
        cmocka_unit_test(sending_binds_the_socket),
        cmocka_unit_test(a_refused_send_does_not_bind),
        cmocka_unit_test(a_datagram_that_is_too_long_is_not_sent),
        cmocka_unit_test(a_stream_ignores_the_address),
        cmocka_unit_test(broadcasts_need_the_option),
        cmocka_unit_test(a_dual_socket_wants_mapped_addresses),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
