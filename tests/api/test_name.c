/* SPDX-License-Identifier: MIT */
/* getsockname and getpeername: their checks, and names that stay while the connection ends. */
#include "flow.h"

typedef int (*name_call)(SOCKET s, struct sockaddr *name, int *length);

/* Fails with this code and writes nothing. */
static void assert_refused(name_call call, SOCKET s, int room, int error)
{
    SOCKADDR_IN name;
    SOCKADDR_IN before;
    int length = room;

    memset(&name, 0x5a, sizeof name);
    before = name;
    pair_fails(call(s, (struct sockaddr *)&name, &length), error);
    assert_int_equal(length, room);
    assert_memory_equal(&name, &before, sizeof name);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void name_reports_first_failed_check(void **state)
{
    static const name_call calls[] = {getsockname, getpeername};
    struct pair pair = pair_open();
    SOCKET unbound = pair_socket(SOCK_STREAM);
    SOCKET bound = pair_bound(SOCK_STREAM);
    int length = sizeof(SOCKADDR_IN);

    (void)state;
    assert_refused(getsockname, unbound, 0, WSAEINVAL); /* NAME-01 */
    assert_refused(getpeername, unbound, 0, WSAENOTCONN);
    assert_refused(getpeername, bound, 0, WSAENOTCONN);
    for (int i = 0; i < 2; i++) {
        SOCKADDR_IN name;

        assert_refused(calls[i], INVALID_SOCKET, 0, WSAENOTSOCK);
        assert_refused(calls[i], pair.client, 15, WSAEFAULT);
        assert_refused(calls[i], pair.client, 0, WSAEFAULT);
        assert_refused(calls[i], pair.client, -1, WSAEFAULT);
        pair_fails(calls[i](pair.client, NULL, &length), WSAEFAULT); /* NAME-05 */
        pair_fails(calls[i](pair.client, PAIR_BAD, &length), WSAEFAULT);
        pair_fails(calls[i](pair.client, (struct sockaddr *)&name, NULL), WSAEFAULT);
        pair_fails(calls[i](pair.client, (struct sockaddr *)&name, PAIR_BAD), WSAEFAULT);
    }
    closesocket(bound);
    assert_refused(getsockname, bound, 0, WSAENOTSOCK);
    closesocket(unbound);
    pair_close(pair);
    WSACleanup();
    assert_refused(getsockname, bound, 0, WSANOTINITIALISED);
    assert_refused(getpeername, bound, 0, WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

static SOCKADDR_IN peer_of(SOCKET s)
{
    SOCKADDR_STORAGE name;
    SOCKADDR_IN four;
    int length = sizeof name; /* more than enough is fine */

    assert_int_equal(getpeername(s, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(length, sizeof four);
    memcpy(&four, &name, sizeof four);
    return four;
}

static void assert_mirrored(struct pair pair)
{
    SOCKADDR_IN client = pair_address(pair.client);
    SOCKADDR_IN server = pair_address(pair.server);
    SOCKADDR_IN seen = peer_of(pair.server);

    assert_memory_equal(&seen, &client, 8); /* sin_zero is nobody's */
    seen = peer_of(pair.client);
    assert_memory_equal(&seen, &server, 8);
}

/* SHUTDOWN-05: both sides of the connection's end, one after the other. */
static void names_mirror_each_other_to_the_end(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    assert_mirrored(pair);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(shutdown(pair.client, SD_RECEIVE), 0);
    assert_mirrored(pair);
    pair_close(pair);
}

/* One of two names that must be the same. */
static void assert_peer(SOCKET s, SOCKADDR_IN expected)
{
    SOCKADDR_IN seen = peer_of(s);

    assert_memory_equal(&seen, &expected, 8);
}

static void the_peer_is_known_after_its_end(void **state)
{
    struct pair pair = pair_open();
    SOCKADDR_IN client = pair_address(pair.client);
    SOCKADDR_IN server = pair_address(pair.server);
    LINGER linger = {1, 0};
    char data[4];

    (void)state;
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(flow_recv(pair.server, data, 4), 0);
    assert_int_equal(shutdown(pair.server, SD_SEND), 0);
    assert_int_equal(flow_recv(pair.client, data, 4), 0);
    assert_peer(pair.client, server); /* both FINs have gone */
    assert_peer(pair.server, client);
    pair_close(pair);

    pair = pair_open();
    client = pair_address(pair.client);
    assert_int_equal(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger),
                     0);
    closesocket(pair.client);
    pair_fails(flow_recv(pair.server, data, 4), WSAECONNRESET);
    assert_peer(pair.server, client);
    closesocket(pair.server);
}

static void the_peer_of_ipv6_is_known_after_its_end(void **state)
{
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKET client = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKADDR_IN6 name = {.sin6_family = AF_INET6, .sin6_addr.s6_addr[15] = 1};
    SOCKADDR_IN6 own = name;
    SOCKADDR_IN6 seen;
    int length = sizeof name;
    LINGER linger = {1, 0};
    SOCKET server;
    char data[4];

    (void)state;
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0)
        skip(); /* a container without ::1 */
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(bind(client, (struct sockaddr *)&own, sizeof own), 0);
    pair_connect_to(client, (struct sockaddr *)&name, sizeof name);
    server = accept(listener, NULL, NULL);
    assert_int_equal(getsockname(client, (struct sockaddr *)&own, &length), 0);
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    closesocket(client);
    pair_fails(flow_recv(server, data, 4), WSAECONNRESET);
    assert_int_equal(getpeername(server, (struct sockaddr *)&seen, &length), 0);
    assert_int_equal(length, sizeof seen);
    assert_memory_equal(&seen, &own, sizeof own);
    closesocket(server);
    closesocket(listener);
}

static void getpeername_waits_for_the_context(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_bound(SOCK_STREAM);

    (void)state;
    pair_connect(s, pair_address(listener));
    assert_refused(getpeername, s, sizeof(SOCKADDR_IN), WSAENOTCONN);
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    assert_int_equal(peer_of(s).sin_port, pair_address(listener).sin_port);
    closesocket(s);
    closesocket(listener);
}

static void getsockname_of_ipv6_has_winsocks_family(void **state)
{
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};
    int length = sizeof name;

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(length, sizeof name);
    assert_int_equal(name.sin6_family, AF_INET6);
    assert_int_not_equal(name.sin6_port, 0);
    length = 24; /* BIND-03 */
    pair_fails(getsockname(s, (struct sockaddr *)&name, &length), WSAEFAULT);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_reports_first_failed_check),
        cmocka_unit_test(names_mirror_each_other_to_the_end),
        cmocka_unit_test(the_peer_is_known_after_its_end),
        cmocka_unit_test(the_peer_of_ipv6_is_known_after_its_end),
        cmocka_unit_test(getpeername_waits_for_the_context),
        cmocka_unit_test(getsockname_of_ipv6_has_winsocks_family),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
