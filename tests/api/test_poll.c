/* SPDX-License-Identifier: MIT */
/* WSAPoll: its checks, which conditions it reports, and how the wait ends. */
#include <limits.h>

#include "readiness.h"

#define POLL_ALL (POLLRDNORM | POLLRDBAND | POLLWRNORM)

/* What holds now. */
static SHORT poll_now(SOCKET s, SHORT events)
{
    WSAPOLLFD fd = {s, events, 0x5555};
    int result;

    WSASetLastError(1);
    result = WSAPoll(&fd, 1, 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(result, fd.revents != 0);
    assert_int_equal(fd.events, events);
    return fd.revents;
}

static void startup_comes_first(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    pair_fails(WSAPoll(NULL, 0, 0), WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

static void first_failed_check_is_reported(void **state)
{
    const SHORT refused[] = {POLLPRI, POLLWRBAND, POLLERR, POLLHUP, POLLNVAL, 1 << 12};
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKET closed = pair_socket(SOCK_DGRAM);
    WSAPOLLFD fds[2] = {{s, POLLOUT, 9}, {closed, POLLPRI, 9}};

    (void)state;
    closesocket(closed);
    pair_fails(WSAPoll(NULL, 0, 0), WSAEINVAL);
    pair_fails(WSAPoll(fds, 0, 0), WSAEINVAL);
    pair_fails(WSAPoll(NULL, 1, 0), WSAEFAULT);
    pair_fails(WSAPoll(PAIR_BAD, 1, 0), WSAEFAULT);
    pair_fails(WSAPoll(fds, 2, 0), WSAEINVAL); /* POLL-04 */
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(fds[1].revents, 0);
    for (size_t i = 0; i < PAIR_COUNT(refused); i++) {
        fds[0].events = refused[i];
        pair_fails(WSAPoll(fds, 1, 0), WSAEINVAL);
    }
    fds[0].fd = INVALID_SOCKET;
    fds[1].events = POLLIN;
    fds[0].revents = fds[1].revents = 9;
    pair_fails(WSAPoll(fds, 2, 0), WSAENOTSOCK); /* POLL-04 */
    assert_int_equal(fds[0].revents, POLLNVAL);
    assert_int_equal(fds[1].revents, POLLNVAL);
    closesocket(s);
}

static void invalid_entries_do_not_count(void **state)
{
    struct pair pair = pair_open();
    WSAPOLLFD fds[3] = {{INVALID_SOCKET, POLLPRI, 9}, {pair.server, POLLIN, 9}, {4, POLLIN, 9}};

    (void)state;
    closesocket(pair.client);
    pair.client = pair_socket(SOCK_DGRAM);
    fds[2].fd = pair.client;
    closesocket(pair.client);
    ready_until(pair.server, 0);
    assert_int_equal(WSAPoll(fds, 3, 0), 1);
    assert_int_equal(fds[0].revents, POLLNVAL);
    assert_int_equal(fds[1].revents, POLLHUP);
    assert_int_equal(fds[2].revents, POLLNVAL);
    closesocket(pair.server);
    pair = pair_open();
    fds[1].fd = pair.server;
    WSASetLastError(1);
    assert_int_equal(WSAPoll(fds, 3, 0), 0); /* POLL-03 */
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(fds[1].revents, 0);
    pair_close(pair);
}

static void connected_sockets(void **state)
{
    struct pair pair = pair_open();
    char byte;

    (void)state;
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLWRNORM); /* POLL-07 */
    assert_int_equal(poll_now(pair.server, POLLIN), 0);
    assert_int_equal(poll_now(pair.server, 0), 0);
    ready_send(pair.client, "x");
    assert_int_equal(ready_until(pair.server, POLLIN), POLLRDNORM);
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLRDNORM | POLLWRNORM);
    assert_int_equal(poll_now(pair.server, POLLRDBAND), 0);
    pair_close(pair);
    pair = pair_open();
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    assert_int_equal(shutdown(pair.client, SD_RECEIVE), 0);
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLWRNORM); /* POLL-09 */
    pair_close(pair);
    pair = pair_open();
    ready_send(pair.client, "x");
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(ready_until(pair.server, 0), POLLHUP); /* POLL-08, and below */
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLRDNORM | POLLWRNORM | POLLHUP);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 1);
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLWRNORM | POLLHUP);
    assert_int_equal(recv(pair.server, &byte, 1, 0), 0);
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLWRNORM | POLLHUP);
    pair_close(pair);
}

static void reset_connection(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    ready_reset(pair.client);
    ready_until(pair.server, 0);
    assert_int_equal(poll_now(pair.server, POLL_ALL),
                     POLLERR | POLLHUP | POLLWRNORM); /* RESET-03 */
    closesocket(pair.server);
}

static void urgent_data(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    ready_oob(pair.client, '1');
    assert_int_equal(ready_until(pair.server, POLLRDBAND), POLLRDBAND); /* POLL-07 */
    assert_int_equal(poll_now(pair.server, POLL_ALL), POLLRDBAND | POLLWRNORM);
    pair_close(pair);
    pair = pair_open();
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_OOBINLINE, 1), 0);
    ready_oob(pair.client, '1');
    assert_int_equal(ready_until(pair.server, POLLIN), POLLRDNORM);
    pair_close(pair);
}

static void listeners(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client;

    (void)state;
    assert_int_equal(poll_now(listener, POLL_ALL), 0);
    client = pair_client(pair_address(listener));
    assert_int_equal(ready_until(listener, POLL_ALL), POLLRDNORM); /* POLL-06 */
    assert_int_equal(poll_now(listener, POLL_ALL), POLLRDNORM);
    assert_int_equal(poll_now(listener, POLLRDBAND | POLLWRNORM), 0);
    closesocket(client);
    closesocket(listener);
}

static void failed_connects(void **state)
{
    SOCKADDR_IN nowhere = ready_dead_end();
    SOCKET client = pair_socket(SOCK_STREAM);

    (void)state;
    assert_int_equal(poll_now(client, POLL_ALL), 0);
    ready_nonblocking(client);
    ready_start_connect(client, nowhere);
    assert_int_equal(ready_until(client, POLLOUT), POLLWRNORM | POLLHUP | POLLERR); /* POLL-11 */
    assert_int_equal(pair_get(client, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
    closesocket(client);
    client = pair_socket(SOCK_STREAM);
    pair_fails(connect(client, (struct sockaddr *)&nowhere, sizeof nowhere), WSAECONNREFUSED);
    assert_int_equal(poll_now(client, POLLOUT), POLLWRNORM | POLLHUP | POLLERR);
    assert_int_equal(pair_get(client, SOL_SOCKET, SO_ERROR), 0);
    closesocket(client);
}

static void many_entries(void **state)
{
    enum { COUNT = 200 };
    static WSAPOLLFD fds[COUNT];
    SOCKET s = pair_bound(SOCK_DGRAM);

    (void)state;
    for (int i = 0; i < COUNT; i++)
        fds[i] = (WSAPOLLFD){s, i % 2 == 0 ? POLLIN : POLLIN | POLLOUT, 0};
    assert_int_equal(WSAPoll(fds, COUNT, -1), COUNT / 2);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(fds[i].revents, i % 2 == 0 ? 0 : POLLWRNORM);
    closesocket(s);
}

static void time_is_kept(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    WSAPOLLFD fd = {s, POLLIN, 9};
    struct timespec before, after;

    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(WSAPoll(&fd, 1, 30), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(fd.revents, 0);
    assert_true(
        (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 29);
    closesocket(s);
}

static void datagrams(void **state)
{
    SOCKET peer, s = ready_refused(&peer);
    char byte;

    (void)state;
    assert_int_equal(poll_now(peer, POLL_ALL), POLLRDNORM | POLLWRNORM);
    assert_int_equal(recv(peer, &byte, 1, 0), 1);
    assert_int_equal(poll_now(peer, POLL_ALL), POLLWRNORM);
    assert_int_equal(poll_now(s, POLL_ALL), POLLRDNORM | POLLWRNORM); /* the error of a send */
    pair_fails(recv(s, &byte, 1, 0), WSAECONNRESET);
    assert_int_equal(poll_now(s, POLL_ALL), POLLWRNORM);
    closesocket(s);
    closesocket(peer);
}

static void what_it_cannot_have_is_no_buffers(void **state)
{
    enum { COUNT = 300 };
    static WSAPOLLFD fds[COUNT];
    SOCKET s = pair_bound(SOCK_DGRAM);
    rlim_t before;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        fds[i] = (WSAPOLLFD){s, POLLOUT, 9};
    before = ready_allow_descriptors(COUNT - 1); /* the kernel looks at no more */
    pair_fails(WSAPoll(fds, COUNT, 0), WSAENOBUFS);
    ready_allow_descriptors(before);
    pair_fails(WSAPoll(fds, (1u << 24) + 1, 0), WSAEFAULT); /* more than there ever are */
    assert_int_equal(WSAPoll(fds, COUNT, 0), COUNT);
    closesocket(s);
}

static void poll_called(ULONG_PTR count)
{
    ++*(unsigned *)count;
}

/* Calls queued to the thread run when nothing is ready, and do not end the wait. */
static void the_wait_is_alertable(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    WSAPOLLFD fd = {s, POLLIN | POLLOUT, 9};
    unsigned count = 0;

    (void)state;
    assert_true(QueueUserAPC(poll_called, GetCurrentThread(), (ULONG_PTR)&count));
    assert_int_equal(WSAPoll(&fd, 1, 20), 1);
    assert_int_equal(count, 0);
    fd.events = POLLIN;
    assert_int_equal(WSAPoll(&fd, 1, 0), 0); /* it does not wait */
    assert_int_equal(count, 0);
    assert_int_equal(WSAPoll(&fd, 1, 20), 0);
    assert_int_equal(count, 1);
    closesocket(s);
}

struct waiter {
    int timeout;
    _Atomic unsigned thread_id;
    WSAPOLLFD fds[2];
    int result;
};

static void *wait_on_thread(void *argument)
{
    struct waiter *waiter = argument;

    waiter->thread_id = GetCurrentThreadId();
    waiter->result = WSAPoll(waiter->fds, 2, waiter->timeout);
    return NULL;
}

static void data_and_closing_end_the_wait(void **state)
{
    struct pair pair = pair_open();
    SOCKET other = pair_bound(SOCK_DGRAM);
    struct waiter waiter = {INT_MIN, 0, {{pair.server, POLLIN, 9}, {other, POLLIN, 9}}, 9};
    pthread_t thread = flow_run(wait_on_thread, &waiter);

    (void)state;
    flow_asleep(&waiter.thread_id);
    ready_send(pair.client, "x");
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.fds[0].revents, POLLRDNORM);
    assert_int_equal(waiter.fds[1].revents, 0);
    waiter.fds[0].events = 0;
    waiter.thread_id = 0;
    waiter.timeout = FLOW_LIMIT_MS;
    thread = flow_run(wait_on_thread, &waiter);
    flow_asleep(&waiter.thread_id);
    closesocket(other);
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.fds[0].revents, 0);
    assert_int_equal(waiter.fds[1].revents, POLLNVAL);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(startup_comes_first),
        cmocka_unit_test(first_failed_check_is_reported),
        cmocka_unit_test(invalid_entries_do_not_count),
        cmocka_unit_test(connected_sockets),
        cmocka_unit_test(reset_connection),
        cmocka_unit_test(urgent_data),
        cmocka_unit_test(listeners),
        cmocka_unit_test(failed_connects),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(many_entries),
        cmocka_unit_test(what_it_cannot_have_is_no_buffers),
        cmocka_unit_test(the_wait_is_alertable),
        cmocka_unit_test(time_is_kept),
        cmocka_unit_test(data_and_closing_end_the_wait),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
