/* SPDX-License-Identifier: MIT */
/* listen: who may, and what the backlog may be. */
#include "netevents.h"

#include <unistd.h>

/* An earlier check wins: each row also breaks what a later check would catch. */
static void listen_reports_first_failed_check(void **state)
{
    SOCKET closed = pair_socket(SOCK_STREAM);
    SOCKET unbound = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);

    (void)state;
    closesocket(closed);
    pair_fails(listen(closed, -7), WSAENOTSOCK);
    pair_fails(listen(INVALID_SOCKET, 1), WSAENOTSOCK);
    pair_fails(listen(datagram, -2), WSAEOPNOTSUPP); /* unbound too */
    assert_int_equal(pair_bind(datagram, INADDR_LOOPBACK, 0), 0);
    pair_fails(listen(datagram, 1), WSAEOPNOTSUPP);
    pair_fails(listen(unbound, -2), WSAEINVAL); /* LISTEN-02 */
    pair_fails(listen(unbound, 1), WSAEINVAL);
    pair_fails(listen(unbound, SOMAXCONN), WSAEINVAL);
    WSACleanup();
    pair_fails(listen(closed, 1), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

static void listen_takes_any_backlog(void **state)
{
    static const int backlogs[] = {
        0,        1, SOMAXCONN, SOMAXCONN_HINT(1), SOMAXCONN_HINT(300), SOMAXCONN_HINT(1000000),
        INT32_MIN};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(backlogs); i++) {
        SOCKET s = pair_bound(SOCK_STREAM);

        WSASetLastError(1);
        assert_int_equal(listen(s, backlogs[i]), 0);
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(listen(s, SOMAXCONN), 0); /* LISTEN-03 */
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
        closesocket(s);
    }
}

static void listen_refuses_a_connected_socket(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    pair_fails(listen(pair.client, 1), WSAEISCONN);
    pair_fails(listen(pair.server, 1), WSAEISCONN);
    pair_close(pair);
}

/* The C library's own functions: for what another program does. */
int foreign_socket(int family, int type, int protocol) __asm__("socket");
int foreign_bind(int fd, const void *name, unsigned bytes) __asm__("bind");
int foreign_setsockopt(int fd, int level, int option, const void *value,
                       unsigned bytes) __asm__("setsockopt");

/* Documented: the address may turn out to be taken when the socket is to listen. Here: another
 * program shares it, in Linux' way, until both are bound. */
static void listen_finds_a_taken_address_late(void **state)
{
    enum { LINUX_SOL_SOCKET = 1, LINUX_SO_REUSEADDR = 2 };
    const int on = 1, off = 0;
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKADDR_IN name = pair_address(s);
    int fd = foreign_socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    closesocket(s); /* its port is free, and nobody else is offered it at once */
    assert_true(fd >= 0);
    assert_int_equal(foreign_setsockopt(fd, LINUX_SOL_SOCKET, LINUX_SO_REUSEADDR, &on, sizeof on),
                     0);
    assert_int_equal(foreign_bind(fd, &name, sizeof name), 0);
    s = pair_socket(SOCK_STREAM);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, name.sin_port), 0);
    assert_int_equal(foreign_setsockopt(fd, LINUX_SOL_SOCKET, LINUX_SO_REUSEADDR, &off, sizeof off),
                     0);
    pair_fails(listen(s, 1), WSAEADDRINUSE);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
    close(fd);
    assert_int_equal(listen(s, 1), 0);
    closesocket(s);
}

/* LISTEN-03: neither does it enable FD_ACCEPT again, which is for accept and its kin. */
static void a_second_listen_changes_nothing(void **state)
{
    SOCKET s = pair_bound(SOCK_STREAM);
    WSAEVENT event = events_select(s, FD_ACCEPT);
    SOCKET client;

    (void)state;
    assert_int_equal(listen(s, 5), 0);
    client = pair_client(pair_address(s));
    events_are(s, event, FD_ACCEPT);
    assert_int_equal(listen(s, 1), 0);
    events_none(s, event);
    closesocket(client);
    closesocket(s);
    WSACloseEvent(event);
}

static void *listen_on_thread(void *argument)
{
    assert_int_equal(listen(*(SOCKET *)argument, 5), 0);
    return NULL;
}

/* LISTEN-06. */
static void a_listener_outlives_its_thread(void **state)
{
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKET client, server;

    (void)state;
    flow_join(flow_run(listen_on_thread, &s));
    client = pair_client(pair_address(s));
    server = accept(s, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    closesocket(client);
    closesocket(server);
    closesocket(s);
}

/* The queue of a backlog of 1 holds two; to a third client Linux does not answer. */
static void listen_refuses_a_connecting_socket(void **state)
{
    SOCKET listener = pair_bound(SOCK_STREAM);
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKET clients[2];

    (void)state;
    assert_int_equal(listen(listener, 1), 0);
    for (int i = 0; i < 2; i++)
        clients[i] = pair_client(pair_address(listener));
    ready_nonblocking(s);
    ready_start_connect(s, pair_address(listener));
    pair_fails(listen(s, 1), WSAEINVAL);
    closesocket(s);
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listen_reports_first_failed_check),
        cmocka_unit_test(listen_takes_any_backlog),
        cmocka_unit_test(listen_refuses_a_connected_socket),
        cmocka_unit_test(listen_refuses_a_connecting_socket),
        cmocka_unit_test(listen_finds_a_taken_address_late),
        cmocka_unit_test(a_second_listen_changes_nothing),
        cmocka_unit_test(a_listener_outlives_its_thread),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
