/* SPDX-License-Identifier: MIT */
/* accept: its checks, addresses, and its place behind AcceptEx. */
#include "flow.h"

#define accept_fails(call, code)                     \
    do {                                             \
        WSASetLastError(0);                          \
        assert_true((call) == INVALID_SOCKET);       \
        assert_int_equal(WSAGetLastError(), (code)); \
    } while (0)

/* An earlier check wins: each row also breaks what a later check would catch. */
static void accept_reports_first_failed_check(void **state)
{
    SOCKET datagram = pair_bound(SOCK_DGRAM);
    SOCKET idle = pair_bound(SOCK_STREAM);
    SOCKET listener = pair_listener();
    SOCKET client = pair_client(pair_address(listener)); /* a connection waits: ACCEPT-04 */
    SOCKADDR_IN name;
    int none = 0;
    int little = sizeof name - 1;
    int enough = sizeof name;

    (void)state;
    accept_fails(accept(INVALID_SOCKET, (struct sockaddr *)&name, &none), WSAENOTSOCK);
    accept_fails(accept(datagram, (struct sockaddr *)&name, &none), WSAEOPNOTSUPP);
    accept_fails(accept(idle, (struct sockaddr *)&name, &none), WSAEINVAL);
    accept_fails(accept(listener, (struct sockaddr *)&name, &none), WSAEFAULT);
    accept_fails(accept(listener, (struct sockaddr *)&name, &little), WSAEFAULT);
    accept_fails(accept(listener, (struct sockaddr *)&name, PAIR_BAD), WSAEFAULT);
    accept_fails(accept(listener, PAIR_BAD, &enough), WSAEFAULT);
    assert_int_equal(none, 0);
    closesocket(accept(listener, NULL, NULL)); /* it still waits */
    closesocket(client);
    closesocket(listener);
    closesocket(idle);
    closesocket(datagram);
}

static void addresses_are_written(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET clients[2] = {pair_client(pair_address(listener)), pair_client(pair_address(listener))};
    SOCKADDR_STORAGE storage;
    SOCKADDR_IN name = pair_address(clients[0]);
    int length = sizeof storage;
    SOCKET first, second;

    (void)state;
    WSASetLastError(1);
    first = accept(listener, (struct sockaddr *)&storage, &length); /* ACCEPT-06 */
    assert_true(first != INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(length, sizeof name);
    assert_memory_equal(&storage, &name, 8);
    memset(&storage, 'x', sizeof storage);
    second = accept(listener, (struct sockaddr *)&storage, NULL); /* ACCEPT-05 */
    assert_true(second != INVALID_SOCKET);
    assert_int_equal(((char *)&storage)[0], 'x');
    assert_int_equal(pair_address(second).sin_port, pair_address(listener).sin_port);
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(first);
    closesocket(second);
    closesocket(listener);
}

static void *accept_on_thread(void *argument)
{
    SOCKET *s = argument;

    *s = accept(*s, NULL, NULL);
    return *s == INVALID_SOCKET ? (void *)(uintptr_t)WSAGetLastError() : NULL;
}

static void blocking_accept_waits_for_a_connection(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET server = listener;
    pthread_t thread = flow_run(accept_on_thread, &server);
    SOCKET client = pair_client(pair_address(listener));
    char data[4];

    (void)state;
    flow_join(thread);
    assert_true(server != INVALID_SOCKET);
    assert_int_equal(flow_send(client, "ab", 2), 2);
    assert_int_equal(flow_recv(server, data, 4), 2);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

static void nonblocking_accept_refuses_and_is_inherited(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client, server;
    u_long on = 1;
    char data[4];

    (void)state;
    assert_int_equal(ioctlsocket(listener, (long)FIONBIO, &on), 0);
    accept_fails(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    client = pair_client(pair_address(listener)); /* waits until the connection stands */
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    pair_fails(flow_recv(server, data, 4), WSAEWOULDBLOCK);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_reports_first_failed_check),
        cmocka_unit_test(addresses_are_written),
        cmocka_unit_test(blocking_accept_waits_for_a_connection),
        cmocka_unit_test(nonblocking_accept_refuses_and_is_inherited),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
