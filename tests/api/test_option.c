/* SPDX-License-Identifier: MIT */
/* setsockopt and getsockopt: lengths and memory, each option's value, and the two contexts. */
#include "pair.h"

/* An earlier check wins: each row also breaks what a later check would catch. */
static void option_reports_first_failed_check(void **state)
{
    /* clang-format off */
    static const struct { int level, name, set, get; } rows[] = {
        { -1,             0x7fee,          WSAEINVAL,      WSAEINVAL      }, /* SOCKOPT-GEN-13 */
        { 0x8000,         SO_KEEPALIVE,    WSAEINVAL,      WSAEINVAL      },
        { 0x800,          SO_KEEPALIVE,    WSAEINVAL,      WSAEINVAL      }, /* SOCKOPT-INFO-12 */
        { SOL_SOCKET,     0x7fee,          WSAENOPROTOOPT, WSAENOPROTOOPT },
        { IPPROTO_TCP,    0x7fee,          WSAENOPROTOOPT, WSAENOPROTOOPT },
        { IPPROTO_IP,     -1,              WSAENOPROTOOPT, WSAENOPROTOOPT },
        { SOL_SOCKET,     SO_ACCEPTCONN,   WSAENOPROTOOPT, WSAEFAULT      }, /* SOCKOPT-INFO-16 */
        { SOL_SOCKET,     SO_TYPE,         WSAENOPROTOOPT, WSAEFAULT      },
        { SOL_SOCKET,     SO_CONNECT_TIME, WSAENOPROTOOPT, WSAEFAULT      },
        { SOL_SOCKET,     SO_UPDATE_ACCEPT_CONTEXT, WSAEFAULT, WSAENOPROTOOPT },
        { SOL_SOCKET,     SO_LINGER,       WSAEFAULT,      WSAEFAULT      }, /* SOCKOPT-GEN-06 */
        { SOL_SOCKET,     SO_DONTLINGER,   WSAEFAULT,      WSAEFAULT      },
        { SOL_SOCKET,     SO_DONTROUTE,    WSAEFAULT,      WSAEFAULT      }, /* SOCKOPT-GEN-12 */
        { IPPROTO_TCP,    TCP_NODELAY,     WSAEFAULT,      WSAEFAULT      },
    };
    /* clang-format on */
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET closed = pair_socket(SOCK_STREAM);
    int length = 4;

    (void)state;
    closesocket(closed);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(setsockopt(closed, rows[i].level, rows[i].name, PAIR_BAD, 4), WSAENOTSOCK);
        pair_fails(getsockopt(closed, rows[i].level, rows[i].name, PAIR_BAD, PAIR_BAD),
                   WSAENOTSOCK); /* SOCKOPT-INFO-01 */
        pair_fails(setsockopt(s, rows[i].level, rows[i].name, PAIR_BAD, 4), rows[i].set);
        pair_fails(setsockopt(s, rows[i].level, rows[i].name, NULL, 4), rows[i].set);
        pair_fails(setsockopt(s, rows[i].level, rows[i].name, NULL, 0), rows[i].set);
        pair_fails(getsockopt(s, rows[i].level, rows[i].name, PAIR_BAD, &length), rows[i].get);
        pair_fails(getsockopt(s, rows[i].level, rows[i].name, NULL, &length), rows[i].get);
        pair_fails(getsockopt(s, rows[i].level, rows[i].name, PAIR_BAD, PAIR_BAD), rows[i].get);
        pair_fails(getsockopt(s, rows[i].level, rows[i].name, PAIR_BAD, NULL), rows[i].get);
    }
    closesocket(s);
    WSACleanup();
    pair_fails(setsockopt(s, -1, 0, PAIR_BAD, 4), WSANOTINITIALISED);
    pair_fails(getsockopt(s, -1, 0, PAIR_BAD, PAIR_BAD), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

static const struct sized_option {
    int level;
    int name;
    int size;     /* SOCKOPT-GEN-18 */
    int negative; /* SOCKOPT-GEN-19: error for length -1 */
} sized_options[] = {
    {SOL_SOCKET, SO_REUSEADDR, 4, 0},
    {SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 4, 0},
    {SOL_SOCKET, SO_BROADCAST, 4, 0},
    {SOL_SOCKET, SO_OOBINLINE, 4, 0},
    {SOL_SOCKET, SO_SNDBUF, 4, 0},
    {SOL_SOCKET, SO_RCVBUF, 4, 0},
    {SOL_SOCKET, SO_LINGER, 4, 0},
    {SOL_SOCKET, SO_DONTLINGER, 4, 0},
    {SOL_SOCKET, SO_KEEPALIVE, 1, WSAENOBUFS},
    {SOL_SOCKET, SO_DONTROUTE, 1, WSAENOBUFS},
    {IPPROTO_TCP, TCP_NODELAY, 1, WSAENOBUFS},
    {IPPROTO_IPV6, IPV6_V6ONLY, 1, WSAENOBUFS},
};

/* SOCKOPT-GEN-17, -18, -19; success sets the last error to 0 (SOCKOPT-GEN-16). */
static void option_takes_lengths_as_windows_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(sized_options); i++) {
        const struct sized_option *row = &sized_options[i];
        SOCKET s = pair_socket(SOCK_STREAM);
        char value[8] = {0};
        int length = sizeof value;

        WSASetLastError(0xdead);
        assert_int_equal(setsockopt(s, row->level, row->name, value, sizeof value), 0);
        assert_int_equal(WSAGetLastError(), 0);
        WSASetLastError(0xdead);
        assert_int_equal(getsockopt(s, row->level, row->name, value, &length), 0);
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(length, row->size);
        if (row->negative == 0)
            assert_int_equal(setsockopt(s, row->level, row->name, value, -1), 0);
        else
            pair_fails(setsockopt(s, row->level, row->name, value, -1), row->negative);
        length = 0;
        pair_fails(getsockopt(s, row->level, row->name, value, &length), WSAEFAULT);
        closesocket(s);
    }
}

/* SOCKOPT-GEN-07. */
static void option_of_one_byte_takes_any_length(void **state)
{
    static const int lengths[] = {1, 2, 3, 4, 42};
    SOCKET s = pair_socket(SOCK_STREAM);
    char value[64];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(lengths); i++) {
        memset(value, 0, sizeof value);
        assert_int_equal(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, value, lengths[i]), 0);
        assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_NODELAY), 0);
        value[0] = 1;
        assert_int_equal(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, value, lengths[i]), 0);
        assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_NODELAY), 1);
    }
    value[0] = 0;
    pair_fails(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, value, 0), WSAEFAULT);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, value, 3), WSAEFAULT);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_NODELAY), 1);
    closesocket(s);
}

/* SOCKOPT-GEN-27 and -29: what a buffer of ffffffff holds afterwards. */
static void option_fills_short_buffers_as_windows_does(void **state)
{
    /* clang-format off */
    static const struct { int name, room; unsigned value; int length, error; } rows[] = {
        { SO_REUSEADDR,  1, 0xffffff01, 1, 0         },
        { SO_REUSEADDR,  2, 0xffff0001, 1, 0         },
        { SO_DONTLINGER, 1, 0xffffff01, 1, 0         },
        { SO_DONTLINGER, 2, 0xffff0001, 1, 0         },
        { SO_RCVBUF,     1, 0xffffff00, 1, WSAEFAULT },
        { SO_RCVBUF,     2, 0xffff0000, 2, WSAEFAULT },
        { SO_SNDBUF,     2, 0xffff0000, 2, WSAEFAULT },
        { SO_LINGER,     1, 0xffffff00, 1, WSAEFAULT },
        { SO_LINGER,     2, 0xffff0000, 2, WSAEFAULT },
    };
    /* clang-format on */
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        unsigned value = 0xffffffff;
        int length = rows[i].room;
        int result = getsockopt(s, SOL_SOCKET, rows[i].name, (char *)&value, &length);

        assert_int_equal(result == 0 ? 0 : WSAGetLastError(), rows[i].error);
        assert_int_equal(value, rows[i].value);
        assert_int_equal(length, rows[i].length);
    }
    closesocket(s);
}

static void option_defaults_and_values(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_DONTLINGER), 1);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    assert_int_equal(pair_get(s, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    for (int value = 0; value < 20000; value += 12345) { /* SOCKOPT-GEN-03 */
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVBUF, value), 0);
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_RCVBUF), value);
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_SNDBUF, value), 0);
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_SNDBUF), value);
    }
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_ERROR, 1234), 0); /* SOCKOPT-GEN-14 */
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 1234);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_KEEPALIVE, 2), 0);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_KEEPALIVE), 1);
    closesocket(s);
}

static void option_sharing_ones_exclude_each_other(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    pair_fails(pair_set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), WSAEINVAL);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 0), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 0), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), 0);
    pair_fails(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), WSAEINVAL);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE), 1);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_REUSEADDR), 0);
    closesocket(s);
}

/* SOCKOPT-GEN-05; SO_DONTLINGER is the same switch. */
static void option_linger_reads_back(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    struct linger linger = {2, 7};
    int length = sizeof linger;

    (void)state;
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_DONTLINGER), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_DONTLINGER, 1), 0);
    assert_int_equal(getsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    assert_int_equal(linger.l_onoff, 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_DONTLINGER, 0), 0);
    assert_int_equal(getsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    assert_int_equal(linger.l_onoff, 1);
    assert_int_equal(linger.l_linger, 7);
    closesocket(s);
}

static void option_v6only_is_fixed_by_bind(void **state)
{
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};

    (void)state;
    assert_int_equal(pair_get(s, IPPROTO_IPV6, IPV6_V6ONLY), 1); /* IPV6ONLY-01 */
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0), 0);
    assert_int_equal(pair_get(s, IPPROTO_IPV6, IPV6_V6ONLY), 0);
    assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
    pair_fails(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1), WSAEINVAL);
    closesocket(s);
}

static void option_contexts_check_the_socket(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_bound(SOCK_STREAM);
    struct pair pair = pair_open();
    SOCKET none = INVALID_SOCKET;
    uint32_t narrow = (uint32_t)listener; /* 4 bytes are enough for a handle */

    (void)state;
    pair_fails(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), WSAENOTCONN);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, 3),
               WSAEFAULT);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&none, sizeof none),
               WSAENOTSOCK);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&s, sizeof s),
               WSAEINVAL);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&narrow, 4),
               WSAENOTCONN);
    pair_fails(setsockopt(pair.client, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener,
                          sizeof listener),
               WSAEINVAL); /* connected, but by ConnectEx */
    assert_in_range(pair_get(pair.client, SOL_SOCKET, SO_CONNECT_TIME), 0, 60);
    assert_in_range(pair_get(pair.server, SOL_SOCKET, SO_CONNECT_TIME), 0, 60);
    closesocket(listener);
    closesocket(s);
    pair_close(pair);
}

/* ACCEPT-07. */
static void option_values_are_inherited(void **state)
{
    SOCKET listener = pair_socket(SOCK_STREAM);
    struct linger linger = {1, 9};
    int length = sizeof linger;
    SOCKET client;
    SOCKET server;

    (void)state;
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_SNDBUF, 0x123), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_RCVBUF, 0x123), 0);
    assert_int_equal(pair_set(listener, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger),
                     0);
    assert_int_equal(pair_bind(listener, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(listen(listener, 5), 0);
    client = pair_client(pair_address(listener));
    server = accept(listener, NULL, NULL);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_REUSEADDR), 1);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_OOBINLINE), 1);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_SNDBUF), 0x123);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_RCVBUF), 0x123);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_ACCEPTCONN), 0);
    memset(&linger, 0, sizeof linger);
    assert_int_equal(getsockopt(server, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    assert_int_equal(linger.l_linger, 9);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_reports_first_failed_check),
        cmocka_unit_test(option_takes_lengths_as_windows_does),
        cmocka_unit_test(option_of_one_byte_takes_any_length),
        cmocka_unit_test(option_fills_short_buffers_as_windows_does),
        cmocka_unit_test(option_defaults_and_values),
        cmocka_unit_test(option_sharing_ones_exclude_each_other),
        cmocka_unit_test(option_linger_reads_back),
        cmocka_unit_test(option_v6only_is_fixed_by_bind),
        cmocka_unit_test(option_contexts_check_the_socket),
        cmocka_unit_test(option_values_are_inherited),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
