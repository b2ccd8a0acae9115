/* SPDX-License-Identifier: MIT */
/* bind: its checks in order, and who gets the connections when two sockets share a port. */
#include "pair.h"

static const unsigned char any6[16];
static const unsigned char loopback6[16] = {[15] = 1};
static const unsigned char mapped_any[16] = {[10] = 0xff, [11] = 0xff};
static const unsigned char mapped_loopback[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};

/* A TCP socket with one option (0: none) bound to an address; *error says how that went. */
static SOCKET bound4(int option, uint32_t address, USHORT port, int *error)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    if (option != 0)
        assert_int_equal(pair_set(s, SOL_SOCKET, option, 1), 0);
    *error = pair_bind(s, address, port) == 0 ? 0 : WSAGetLastError();
    return s;
}

/* The IPv6 counterpart; `only` is IPV6_V6ONLY. */
static SOCKET bound6(int option, int only, const unsigned char *address, USHORT port, int *error)
{
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 name;

    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_port = port;
    memcpy(&name.sin6_addr, address, sizeof name.sin6_addr);
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, only), 0);
    if (option != 0)
        assert_int_equal(pair_set(s, SOL_SOCKET, option, 1), 0);
    *error = bind(s, (struct sockaddr *)&name, sizeof name) == 0 ? 0 : WSAGetLastError();
    return s;
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void bind_reports_first_failed_check(void **state)
{
    SOCKET bound = pair_bound(SOCK_STREAM);
    SOCKET six = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKADDR_IN good = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN odd = good;
    struct sockaddr_in6 good6 = {.sin6_family = AF_INET6};
    const struct {
        SOCKET s;
        void *name;
        int length;
        int error;
    } rows[] = {
        {INVALID_SOCKET, PAIR_BAD, 0, WSAENOTSOCK}, /* BIND-06 */
        {bound, NULL, sizeof good, WSAEFAULT},      /* BIND-01, and bound already */
        {bound, PAIR_BAD, sizeof good, WSAEFAULT},
        {bound, PAIR_BAD, 0, WSAEFAULT},
        {bound, NULL, -1, WSAEFAULT},
        {bound, &good, 0, WSAEFAULT},
        {bound, &odd, sizeof good - 1, WSAEFAULT},
        {six, &good6, 24, WSAEFAULT}, /* BIND-03 */
        {six, &good, sizeof good, WSAEFAULT},
        {bound, &good6, sizeof good6, WSAEFAULT}, /* the other family */
        {bound, &odd, sizeof odd, WSAEAFNOSUPPORT},
        {bound, &good, sizeof good, WSAEINVAL},
    };

    (void)state;
    odd.sin_family = 0xdead;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        pair_fails(bind(rows[i].s, rows[i].name, rows[i].length), rows[i].error);
    closesocket(bound);
    closesocket(six);
    WSACleanup();
    pair_fails(bind(bound, PAIR_BAD, 0), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

static void bind_refuses_what_the_machine_lacks(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);

    (void)state;
    pair_fails(pair_bind(s, 0xc0000201, 0), WSAEADDRNOTAVAIL); /* 192.0.2.1, for documentation */
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);     /* nothing had happened */
    assert_int_equal(WSAGetLastError(), 0);
    pair_fails(pair_bind(datagram, INADDR_BROADCAST, 0), WSAEACCES);
    assert_int_equal(pair_set(datagram, SOL_SOCKET, SO_BROADCAST, 1), 0);
    assert_int_equal(pair_bind(datagram, INADDR_BROADCAST, 0), 0);
    closesocket(s);
    closesocket(datagram);
}

/* A second bind to `port`: must end with `wanted`. */
static void again(int option, uint32_t address, USHORT port, int wanted)
{
    int error;
    SOCKET s = bound4(option, address, port, &error);

    assert_int_equal(error, wanted);
    closesocket(s);
}

/* REUSE-01, -03, -06, -10; and the port is free again after closesocket. */
static void bind_shares_as_windows_does(void **state)
{
    int error;
    SOCKET s = bound4(0, INADDR_ANY, 0, &error);
    USHORT port = pair_address(s).sin_port;

    (void)state;
    again(0, INADDR_ANY, port, WSAEADDRINUSE);
    again(SO_REUSEADDR, INADDR_ANY, port, WSAEACCES);
    again(SO_EXCLUSIVEADDRUSE, INADDR_LOOPBACK, port, 0);
    again(0, INADDR_LOOPBACK, port, 0);
    closesocket(s);
    s = bound4(SO_EXCLUSIVEADDRUSE, INADDR_LOOPBACK, port, &error);
    assert_int_equal(error, 0);
    again(0, INADDR_ANY, port, 0);
    again(SO_REUSEADDR, INADDR_LOOPBACK, port, WSAEACCES);
    again(0, INADDR_LOOPBACK + 1, port, 0); /* 127.0.0.2: another address */
    closesocket(s);
    s = bound4(SO_REUSEADDR, INADDR_LOOPBACK, port, &error);
    assert_int_equal(error, 0);
    again(0, INADDR_LOOPBACK, port, WSAEADDRINUSE);
    again(SO_REUSEADDR, INADDR_LOOPBACK, port, 0);
    closesocket(s);
}

/* REUSE-14, REUSE-15, IPV6ONLY-01. */
static void bind_knows_both_families(void **state)
{
    int error;
    SOCKET four = bound4(0, INADDR_LOOPBACK, 0, &error);
    USHORT port = pair_address(four).sin_port;
    SOCKET six = bound6(0, 1, any6, port, &error);

    (void)state;
    assert_int_equal(error, 0);
    closesocket(six);
    closesocket(bound6(SO_EXCLUSIVEADDRUSE, 0, any6, port, &error));
    assert_int_equal(error, WSAEADDRINUSE);
    closesocket(bound6(0, 0, mapped_loopback, port, &error));
    assert_int_equal(error, WSAEADDRINUSE);
    closesocket(four);
    six = bound6(0, 1, loopback6, port, &error);
    assert_int_equal(error, 0);
    again(SO_EXCLUSIVEADDRUSE, INADDR_ANY, port, 0);
    closesocket(six);
    six = bound6(0, 0, mapped_any, port, &error);
    assert_int_equal(error, 0);
    again(0, INADDR_ANY, port, WSAEADDRINUSE);
    closesocket(six);
    six = bound6(0, 0, mapped_loopback, port, &error);
    assert_int_equal(error, 0);
    again(0, INADDR_LOOPBACK, port, WSAEADDRINUSE);
    closesocket(six);
}

/* Three clients of `port`, all of which must wait at `listener`. */
static void assert_connections_reach(SOCKET listener, USHORT port)
{
    for (int i = 0; i < 3; i++) {
        SOCKET client = pair_client(pair_name(INADDR_LOOPBACK, port));
        SOCKET server;
        u_long on = 1;

        assert_int_equal(ioctlsocket(listener, FIONBIO, &on), 0);
        server = accept(listener, NULL, NULL);
        assert_true(server != INVALID_SOCKET);
        closesocket(client);
        closesocket(server);
    }
}

/* REUSE-04 and REUSE-05: in either order, the specific address wins while it is there. */
static void bind_prefers_the_specific_listener(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        int error;
        SOCKET first = bound4(0, order == 0 ? INADDR_ANY : INADDR_LOOPBACK, 0, &error);
        USHORT port = pair_address(first).sin_port;
        SOCKET second;

        assert_int_equal(listen(first, 5), 0);
        second = bound4(0, order == 0 ? INADDR_LOOPBACK : INADDR_ANY, port, &error);
        assert_int_equal(error, 0);
        assert_int_equal(listen(second, 5), 0);
        assert_connections_reach(order == 0 ? second : first, port);
        closesocket(order == 0 ? second : first);
        assert_connections_reach(order == 0 ? first : second, port);
        closesocket(order == 0 ? first : second);
    }
}

/* REUSE-02: the first listener gets the connections while it is open. */
static void bind_prefers_the_first_listener(void **state)
{
    int error;
    SOCKET first = bound4(SO_REUSEADDR, INADDR_LOOPBACK, 0, &error);
    USHORT port = pair_address(first).sin_port;
    SOCKET second = bound4(SO_REUSEADDR, INADDR_LOOPBACK, port, &error);

    (void)state;
    assert_int_equal(error, 0);
    assert_int_equal(listen(first, 5), 0);
    assert_int_equal(listen(second, 5), 0);
    assert_connections_reach(first, port);
    closesocket(first);
    assert_connections_reach(second, port);
    closesocket(second);
}

/* Both ends of a finished connection leave their ports to the next bind, TIME_WAIT or not. */
static void bind_ignores_time_wait(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        SOCKET listener = pair_listener();
        USHORT port = pair_address(listener).sin_port;
        SOCKET free_one = pair_bound(SOCK_STREAM);
        USHORT client_port = pair_address(free_one).sin_port;
        SOCKET client = pair_socket(SOCK_STREAM);
        SOCKET server;

        closesocket(free_one);
        assert_int_equal(pair_bind(client, INADDR_LOOPBACK, client_port), 0);
        pair_connect(client, pair_name(INADDR_LOOPBACK, port));
        assert_int_equal(setsockopt(client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
        server = accept(listener, NULL, NULL);
        assert_true(server != INVALID_SOCKET);
        closesocket(listener);
        closesocket(first == 0 ? client : server); /* this end keeps TIME_WAIT */
        closesocket(first == 0 ? server : client);
        again(0, INADDR_LOOPBACK, port, 0);
        again(0, INADDR_LOOPBACK, client_port, 0);
    }
}

/* ---- Other processes: sockets that this library knows nothing of, made with libc ---- */

int foreign_socket(int family, int type, int protocol) __asm__("socket");
int foreign_bind(int fd, const void *address, unsigned bytes) __asm__("bind");
int foreign_setsockopt(int fd, int level, int name, const void *value,
                       unsigned bytes) __asm__("setsockopt");
int foreign_listen(int fd, int backlog) __asm__("listen");
int foreign_close(int fd) __asm__("close");

/* AF_INET, SOCK_STREAM and the layout of the name are the same numbers in Linux. */
static int foreign_bound(uint32_t address, USHORT port, int linux_option)
{
    SOCKADDR_IN name = pair_name(address, port);
    int fd = foreign_socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;

    assert_true(fd >= 0);
    if (linux_option != 0)
        assert_int_equal(foreign_setsockopt(fd, 1, linux_option, &on, sizeof on), 0);
    if (foreign_bind(fd, &name, sizeof name) == 0)
        return fd;
    foreign_close(fd);
    return -1;
}

static void assert_nobody_else_binds(USHORT port)
{
    static const int options[] = {0, 2, 15}; /* none, Linux' SO_REUSEADDR, SO_REUSEPORT */

    for (size_t i = 0; i < PAIR_COUNT(options); i++) {
        assert_int_equal(foreign_bound(INADDR_ANY, port, options[i]), -1);
        assert_int_equal(foreign_bound(INADDR_LOOPBACK, port, options[i]), -1);
    }
}

/* Bound, listening, and with a neighbour that the kernel was talked into: always ours alone. */
static void bind_collides_with_other_processes(void **state)
{
    int error;
    SOCKET first = bound4(0, INADDR_ANY, 0, &error);
    USHORT port = pair_address(first).sin_port;
    SOCKET second;
    int fd;

    (void)state;
    assert_nobody_else_binds(port);
    assert_int_equal(listen(first, 5), 0);
    assert_nobody_else_binds(port);
    second = bound4(0, INADDR_LOOPBACK, port, &error);
    assert_int_equal(error, 0);
    assert_nobody_else_binds(port);
    assert_int_equal(listen(second, 5), 0);
    assert_nobody_else_binds(port);
    closesocket(first);
    closesocket(second);
    for (int listening = 0; listening < 2; listening++) {
        fd = foreign_bound(INADDR_LOOPBACK, port, listening ? 2 : 0);
        assert_true(fd >= 0);
        assert_int_equal(listening ? foreign_listen(fd, 1) : 0, 0);
        again(0, INADDR_LOOPBACK, port, WSAEADDRINUSE);
        again(SO_REUSEADDR, INADDR_LOOPBACK, port, WSAEACCES);
        foreign_close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bind_reports_first_failed_check),
        cmocka_unit_test(bind_refuses_what_the_machine_lacks),
        cmocka_unit_test(bind_shares_as_windows_does),
        cmocka_unit_test(bind_knows_both_families),
        cmocka_unit_test(bind_prefers_the_specific_listener),
        cmocka_unit_test(bind_prefers_the_first_listener),
        cmocka_unit_test(bind_ignores_time_wait),
        cmocka_unit_test(bind_collides_with_other_processes),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
