/* SPDX-License-Identifier: MIT */
/* select: the macros, its checks, and what makes a socket ready in which set. */
#define FD_SETSIZE 300
#include "readiness.h"

static const struct timeval no_time = {0, 0};

/* The three sets together. */
struct sets {
    fd_set read, write, except;
};

static struct sets sets_of(SOCKET s)
{
    struct sets sets;

    FD_ZERO(&sets.read);
    FD_SET(s, &sets.read);
    sets.write = sets.except = sets.read;
    return sets;
}

static int sets_look(struct sets *sets)
{
    WSASetLastError(1);
    return select(0, &sets->read, &sets->write, &sets->except, &no_time);
}

/* Exactly these sets have the socket: 'r', 'w', 'x' in that order. */
#define ready_is(s, wanted)                                       \
    do {                                                          \
        struct sets sets_ = sets_of(s);                           \
        char found_[4] = "";                                      \
        assert_int_equal(sets_look(&sets_), (int)strlen(wanted)); \
        assert_int_equal(WSAGetLastError(), 0);                   \
        strcat(found_, FD_ISSET(s, &sets_.read) ? "r" : "");      \
        strcat(found_, FD_ISSET(s, &sets_.write) ? "w" : "");     \
        strcat(found_, FD_ISSET(s, &sets_.except) ? "x" : "");    \
        assert_string_equal(found_, (wanted));                    \
    } while (0)

/* ---- Macros ---- */

static void macros_keep_a_list(void **state)
{
    fd_set set;

    (void)state;
    FD_ZERO(&set);
    assert_int_equal(set.fd_count, 0);
    FD_SET(4, &set);
    FD_SET(8, &set);
    FD_SET(4, &set); /* once */
    FD_SET(12, &set);
    assert_int_equal(set.fd_count, 3);
    assert_true(FD_ISSET(8, &set));
    FD_CLR(8, &set);
    FD_CLR(8, &set);
    assert_false(FD_ISSET(8, &set));
    assert_int_equal(set.fd_count, 2);
    assert_true(set.fd_array[0] == 4 && set.fd_array[1] == 12);
    for (SOCKET s = 100; s < 1000; s++)
        FD_SET(s, &set);
    assert_int_equal(set.fd_count, FD_SETSIZE); /* what does not fit is left out */
    assert_int_equal(sizeof set, 8 + FD_SETSIZE * sizeof(SOCKET));
    assert_int_equal(__WSAFDIsSet(12, &set), 1);
    assert_int_equal(__WSAFDIsSet(13, &set), 0);
}

/* ---- Arguments ---- */

static void startup_comes_first(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    pair_fails(select(0, PAIR_BAD, NULL, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

static void first_failed_check_is_reported(void **state)
{
    const struct timeval negative[] = {{-1, 0}, {0, -1}};
    SOCKET s = pair_socket(SOCK_DGRAM);
    WSAEVENT event = WSACreateEvent();
    fd_set empty, bad, good;

    (void)state;
    FD_ZERO(&empty);
    FD_ZERO(&bad);
    FD_SET(INVALID_SOCKET, &bad);
    FD_ZERO(&good);
    FD_SET(s, &good);
    pair_fails(select(0, NULL, NULL, NULL, &no_time), WSAEINVAL); /* SELECT-01 */
    pair_fails(select(0, &empty, NULL, &empty, NULL), WSAEINVAL);
    pair_fails(select(0, NULL, NULL, NULL, PAIR_BAD), WSAEINVAL);
    pair_fails(select(0, PAIR_BAD, NULL, NULL, &no_time), WSAEFAULT);
    pair_fails(select(0, &bad, PAIR_BAD, NULL, &no_time), WSAEFAULT);
    pair_fails(select(0, &bad, NULL, NULL, PAIR_BAD), WSAEFAULT);
    for (int i = 0; i < 2; i++)
        pair_fails(select(0, &bad, NULL, NULL, &negative[i]), WSAEINVAL);
    pair_fails(select(0, &good, NULL, &bad, &no_time), WSAENOTSOCK);
    assert_int_equal(bad.fd_count, 1); /* SELECT-02 */
    assert_int_equal(good.fd_count, 1);
    bad.fd_array[0] = (SOCKET)event;
    pair_fails(select(0, &bad, NULL, NULL, &no_time), WSAENOTSOCK);
    closesocket(s);
    pair_fails(select(0, NULL, &good, NULL, &no_time), WSAENOTSOCK);
    assert_int_equal(good.fd_count, 1);
    WSACloseEvent(event);
}

static void time_is_kept_and_not_changed(void **state)
{
    struct timeval short_time = {0, 30000};
    SOCKET s = pair_bound(SOCK_DGRAM);
    struct timespec before, after;
    fd_set set;

    (void)state;
    FD_ZERO(&set);
    FD_SET(s, &set);
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(select(-1, &set, NULL, NULL, &short_time), 0); /* SELECT-12 */
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(set.fd_count, 0);
    assert_true(short_time.tv_sec == 0 && short_time.tv_usec == 30000); /* SELECT-22 */
    assert_true(
        (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 29);
    closesocket(s);
}

/* ---- Readiness ---- */

static void connected_sockets(void **state)
{
    struct pair pair = pair_open();
    char byte;

    (void)state;
    ready_is(pair.server, "w");
    ready_send(pair.client, "x");
    ready_data(pair.server);
    ready_is(pair.server, "rw");
    assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    ready_is(pair.server, "w");
    shutdown(pair.client, SD_SEND);
    ready_until(pair.server, 0);
    ready_is(pair.server, "rw"); /* SELECT-17 */
    assert_int_equal(recv(pair.server, &byte, 1, 0), 0);
    ready_is(pair.server, "rw");
    pair_close(pair);
}

static void reset_connection(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    ready_reset(pair.client);
    ready_until(pair.server, 0);
    ready_is(pair.server, "rw"); /* RESET-03 */
    closesocket(pair.server);
}

static void full_and_empty_again(void **state)
{
    struct pair pair = pair_open();
    size_t sent;

    (void)state;
    ready_nonblocking(pair.server);
    sent = ready_fill(pair.server);
    ready_is(pair.server, "");
    ready_drain(pair.client, sent);
    assert_true(ready_until(pair.server, POLLWRNORM) & POLLWRNORM);
    ready_is(pair.server, "w");
    pair_close(pair);
}

static void urgent_data(void **state)
{
    struct pair pair = pair_open();
    char byte = 0;

    (void)state;
    ready_oob(pair.client, '1');
    assert_true(ready_until(pair.server, POLLRDBAND) & POLLRDBAND);
    ready_is(pair.server, "wx"); /* SELECT-14 */
    assert_int_equal(recv(pair.server, &byte, 1, MSG_OOB), 1);
    assert_int_equal(byte, '1');
    ready_is(pair.server, "w");
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    ready_oob(pair.client, '2');
    ready_data(pair.server);
    ready_is(pair.server, "rw"); /* SELECT-15 */
    pair_close(pair);
}

static void listeners_and_connects(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_socket(SOCK_STREAM);

    (void)state;
    ready_is(listener, "");
    ready_is(client, "");
    ready_nonblocking(client);
    ready_start_connect(client, pair_address(listener));
    assert_true(ready_until(client, POLLWRNORM) & POLLWRNORM);
    ready_is(client, "w"); /* SELECT-13 */
    ready_data(listener);
    ready_is(listener, "r");
    closesocket(accept(listener, NULL, NULL));
    ready_is(listener, "");
    closesocket(client);
    closesocket(listener);
}

static void failed_connects(void **state)
{
    SOCKET client = pair_socket(SOCK_STREAM);
    SOCKET listener = pair_listener();

    (void)state;
    ready_nonblocking(client);
    ready_start_connect(client, ready_dead_end());
    ready_until(client, 0);
    ready_is(client, "x");
    assert_int_equal(pair_get(client, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
    ready_start_connect(client, pair_address(listener)); /* SELECT-19 */
    assert_true(ready_until(client, POLLWRNORM) & POLLWRNORM);
    ready_is(client, "w");
    assert_int_equal(pair_get(client, SOL_SOCKET, SO_ERROR), 0);
    closesocket(client);
    closesocket(listener);
}

/* SELECT-20 */
static void a_socket_that_failed_to_connect_may_listen(void **state)
{
    SOCKET listener = pair_socket(SOCK_STREAM);
    SOCKET client, accepted;

    (void)state;
    ready_nonblocking(listener);
    ready_start_connect(listener, ready_dead_end());
    ready_until(listener, 0);
    assert_int_equal(listen(listener, 4), 0);
    ready_is(listener, "x");
    client = pair_client(pair_address(listener));
    ready_data(listener);
    ready_is(listener, "rx");
    accepted = accept(listener, NULL, NULL);
    assert_true(accepted != INVALID_SOCKET);
    ready_is(accepted, "w");
    assert_int_equal(pair_get(listener, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
    closesocket(accepted);
    closesocket(client);
    closesocket(listener);
}

/* A receive would not block: it says WSAECONNRESET. */
static void a_refused_datagram_can_be_read(void **state)
{
    SOCKET peer, s = ready_refused(&peer);
    char byte;

    (void)state;
    ready_is(s, "rw");
    pair_fails(recv(s, &byte, 1, 0), WSAECONNRESET);
    ready_is(s, "w");
    closesocket(s);
    closesocket(peer);
}

static void datagram_sockets(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKET peer = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(s);

    (void)state;
    ready_is(s, "w");
    assert_int_equal(connect(peer, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(send(peer, NULL, 0, 0), 0);
    ready_data(s);
    ready_is(s, "rw");
    closesocket(s);
    closesocket(peer);
}

static void sets_are_rewritten_in_order(void **state)
{
    struct pair pairs[80];
    struct sets sets;

    (void)state;
    FD_ZERO(&sets.read);
    for (int i = 0; i < 80; i++) {
        pairs[i] = pair_open();
        FD_SET(pairs[i].server, &sets.read);
        if (i % 7 == 3)
            ready_send(pairs[i].client, "x");
    }
    sets.write = sets.except = sets.read;
    for (int i = 3; i < 80; i += 7)
        ready_data(pairs[i].server);
    assert_int_equal(sets_look(&sets), 11 + 80); /* a socket in two sets counts twice */
    assert_int_equal(sets.read.fd_count, 11);
    assert_int_equal(sets.write.fd_count, 80);
    assert_int_equal(sets.except.fd_count, 0);
    for (unsigned i = 0; i < 11; i++)
        assert_true(sets.read.fd_array[i] == pairs[3 + 7 * i].server);
    for (int i = 0; i < 80; i++)
        pair_close(pairs[i]);
}

/* A list made by hand may have a socket twice: every entry is one. */
static void every_entry_of_a_set_counts(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    fd_set set, empty;

    (void)state;
    FD_ZERO(&empty);
    set.fd_count = 3;
    set.fd_array[0] = set.fd_array[1] = set.fd_array[2] = s;
    assert_int_equal(select(0, &empty, &set, &empty, NULL), 3);
    assert_int_equal(set.fd_count, 3);
    closesocket(s);
}

/* The longest time, and one that is not written as usual, are times like any other. */
static void any_positive_time_is_valid(void **state)
{
    const struct timeval times[] = {{INT64_MAX, 0}, {0, INT64_MAX}, {INT64_MAX, INT64_MAX}};
    struct timeval odd = {0, 1000001};
    SOCKET s = pair_bound(SOCK_DGRAM);
    ULONGLONG start = GetTickCount64();
    struct sets sets;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(times); i++) {
        sets = sets_of(s);
        assert_int_equal(select(0, NULL, &sets.write, NULL, &times[i]), 1);
    }
    assert_int_equal(select(0, &sets.read, NULL, NULL, &odd), 0);
    assert_true(GetTickCount64() - start >= 1000);
    closesocket(s);
}

static void what_it_cannot_have_is_a_fault(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    rlim_t before;
    fd_set set;

    (void)state;
    set.fd_count = (1u << 24) + 1; /* more than there ever are */
    pair_fails(select(0, NULL, &set, NULL, &no_time), WSAEFAULT);
    set.fd_count = FD_SETSIZE;
    for (int i = 0; i < FD_SETSIZE; i++)
        set.fd_array[i] = s;
    before = ready_allow_descriptors(FD_SETSIZE - 1); /* the kernel looks at no more */
    pair_fails(select(0, NULL, &set, NULL, &no_time), WSAEFAULT);
    assert_int_equal(set.fd_count, FD_SETSIZE);
    ready_allow_descriptors(before);
    assert_int_equal(select(0, NULL, &set, NULL, &no_time), FD_SETSIZE);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_keep_a_list),
        cmocka_unit_test(startup_comes_first),
        cmocka_unit_test(first_failed_check_is_reported),
        cmocka_unit_test(time_is_kept_and_not_changed),
        cmocka_unit_test(connected_sockets),
        cmocka_unit_test(reset_connection),
        cmocka_unit_test(full_and_empty_again),
        cmocka_unit_test(urgent_data),
        cmocka_unit_test(listeners_and_connects),
        cmocka_unit_test(failed_connects),
        cmocka_unit_test(a_socket_that_failed_to_connect_may_listen),
        cmocka_unit_test(a_refused_datagram_can_be_read),
        cmocka_unit_test(datagram_sockets),
        cmocka_unit_test(sets_are_rewritten_in_order),
        cmocka_unit_test(every_entry_of_a_set_counts),
        cmocka_unit_test(any_positive_time_is_valid),
        cmocka_unit_test(what_it_cannot_have_is_a_fault),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
