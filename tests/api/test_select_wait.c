/* SPDX-License-Identifier: MIT */
/* select: what ends its wait, calls queued to the thread, and closing a socket meanwhile. */
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

/* ---- Waiting ---- */

struct waiter {
    SOCKET s;
    char which; /* 'r', 'w' or 'x' */
    _Atomic unsigned thread_id;
    int result;
    int error;
    unsigned left; /* in the set */
};

static void *wait_on_thread(void *argument)
{
    struct waiter *waiter = argument;
    struct timeval limit = {FLOW_LIMIT_MS / 1000, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(waiter->s, &set);
    waiter->thread_id = GetCurrentThreadId();
    waiter->result =
        select(0, waiter->which == 'r' ? &set : NULL, waiter->which == 'w' ? &set : NULL,
               waiter->which == 'x' ? &set : NULL, &limit);
    waiter->error = WSAGetLastError();
    waiter->left = set.fd_count;
    return NULL;
}

static pthread_t wait_start(struct waiter *waiter, SOCKET s, char which)
{
    pthread_t thread;

    memset(waiter, 0, sizeof *waiter);
    waiter->s = s;
    waiter->which = which;
    thread = flow_run(wait_on_thread, waiter);
    flow_asleep(&waiter->thread_id);
    return thread;
}

static void data_end_the_wait(void **state)
{
    struct pair pair = pair_open();
    struct waiter waiter;
    pthread_t thread = wait_start(&waiter, pair.server, 'r');

    (void)state;
    ready_send(pair.client, "x");
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.left, 1);
    pair_close(pair);
}

static void closing_ends_the_wait(void **state)
{
    const char which[] = "rx";

    (void)state;
    for (int i = 0; i < 2; i++) {
        SOCKET sockets[] = {pair_bound(SOCK_DGRAM), pair_listener(), pair_socket(SOCK_STREAM)};

        for (int j = 0; j < 3; j++) {
            struct waiter waiter;
            pthread_t thread = wait_start(&waiter, sockets[j], which[i]);

            assert_int_equal(closesocket(sockets[j]), 0);
            flow_join(thread);
            assert_int_equal(waiter.result, SOCKET_ERROR); /* SELECT-06 */
            assert_int_equal(waiter.error, WSAENOTSOCK);
            assert_int_equal(waiter.left, 0);
        }
    }
}

/* The thread that waits does not keep the port. */
static void closing_frees_the_port(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(s);
    struct waiter waiter;
    pthread_t thread = wait_start(&waiter, s, 'r');
    SOCKET other = pair_socket(SOCK_DGRAM);

    (void)state;
    assert_int_equal(closesocket(s), 0);
    assert_int_equal(bind(other, (struct sockaddr *)&name, sizeof name), 0);
    flow_join(thread);
    closesocket(other);
}

/* What Linux tells all the time (an unconnected socket is hung up) must not end the wait, and what
 * happens later must. */
static void noise_is_no_readiness(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_socket(SOCK_STREAM);
    struct waiter waiter;
    pthread_t thread = wait_start(&waiter, client, 'w');

    (void)state;
    ready_nonblocking(client);
    ready_start_connect(client, pair_address(listener));
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    closesocket(client);
    closesocket(listener);
}

static void listening_and_accepting_meanwhile(void **state)
{
    GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex;
    SOCKET listener = pair_bound(SOCK_STREAM);
    SOCKET server = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    struct waiter waiter;
    pthread_t thread = wait_start(&waiter, listener, 'r');
    SOCKET clients[2];
    char output[64];
    DWORD bytes;

    (void)state;
    flow_extension(id, &accept_ex);
    assert_int_equal(listen(listener, 5), 0);
    clients[0] = pair_client(pair_address(listener));
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    closesocket(accept(listener, NULL, NULL));
    thread = wait_start(&waiter, server, 'w');
    flow_fails(accept_ex(listener, server, output, 0, 32, 32, &bytes, &overlapped),
               ERROR_IO_PENDING);
    clients[1] = pair_client(pair_address(listener));
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(flow_end(listener, &overlapped, &bytes), 0);
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

static void refused_connect_ends_the_wait(void **state)
{
    SOCKET client = pair_socket(SOCK_STREAM);
    struct waiter waiter;
    pthread_t thread = wait_start(&waiter, client, 'x');

    (void)state;
    ready_nonblocking(client);
    ready_start_connect(client, ready_dead_end());
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.left, 1);
    closesocket(client);
}

static void unconnected_socket_waits_out_its_time(void **state)
{
    struct timeval short_time = {0, 20000};
    SOCKET s = pair_socket(SOCK_STREAM);
    struct sets sets = sets_of(s);

    (void)state;
    assert_int_equal(select(0, &sets.read, &sets.write, &sets.except, &short_time), 0);
    closesocket(s);
}

/* The send takes the error from the kernel, so it has to tell who waits. */
static void a_refused_datagram_ends_the_wait(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM), peer = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN name = ready_dead_end();
    struct waiter waiter;
    pthread_t thread;

    (void)state;
    assert_int_equal(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    thread = wait_start(&waiter, s, 'r');
    assert_int_equal(send(s, "a", 1, 0), 1);
    assert_int_equal(pair_bind(peer, INADDR_LOOPBACK, name.sin_port), 0);
    assert_int_equal(send(s, "b", 1, 0), 1);
    flow_join(thread);
    assert_int_equal(waiter.result, 1);
    closesocket(s);
    closesocket(peer);
}

/* ---- Calls queued to the thread ---- */

static void apc_count(ULONG_PTR argument)
{
    ++*(_Atomic unsigned *)argument;
}

static void apc_close(ULONG_PTR argument)
{
    closesocket((SOCKET)argument);
}

static void queued_calls_run_while_it_waits(void **state)
{
    struct timeval short_time = {0, 20000};
    SOCKET s = pair_bound(SOCK_DGRAM);
    _Atomic unsigned count = 0;
    struct sets sets = sets_of(s);

    (void)state;
    assert_true(QueueUserAPC(apc_count, GetCurrentThread(), (ULONG_PTR)&count));
    assert_int_equal(sets_look(&sets), 1); /* it can be written to */
    assert_int_equal(count, 0);
    sets = sets_of(s);
    assert_int_equal(select(0, &sets.read, NULL, NULL, &short_time), 0); /* SELECT-08 */
    assert_int_equal(count, 1);
    sets = sets_of(s);
    assert_true(QueueUserAPC(apc_close, GetCurrentThread(), (ULONG_PTR)s));
    pair_fails(select(0, &sets.read, NULL, NULL, NULL), WSAENOTSOCK);
}

struct queue_target {
    SOCKET s;
    _Atomic unsigned thread_id;
    _Atomic unsigned count;
};

static DWORD WINAPI queue_wait(void *argument)
{
    struct queue_target *target = argument;
    struct sets sets = sets_of(target->s);

    target->thread_id = GetCurrentThreadId();
    return (DWORD)select(0, &sets.read, NULL, NULL, NULL);
}

static void queued_call_wakes_the_thread(void **state)
{
    struct pair pair = pair_open();
    struct queue_target target = {pair.server, 0, 0};
    HANDLE thread = CreateThread(NULL, 0, queue_wait, &target, 0, NULL);
    DWORD result = 0;

    (void)state;
    assert_non_null(thread);
    flow_asleep(&target.thread_id);
    assert_true(QueueUserAPC(apc_count, thread, (ULONG_PTR)&target.count));
    flow_reach(&target.count, 1);
    ready_send(pair.client, "x");
    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &result));
    assert_int_equal(result, 1);
    CloseHandle(thread);
    pair_close(pair);
}

enum { RACE_ROUNDS = 100 };

static void *race_select(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    int result;

    do {
        struct sets sets = sets_of(s);

        sets.write.fd_count = 0;
        result = select(0, &sets.read, NULL, &sets.except, NULL);
    } while (result != SOCKET_ERROR);
    return (void *)(uintptr_t)WSAGetLastError();
}

static void closing_races_with_the_wait(void **state)
{
    (void)state;
    for (int round = 0; round < RACE_ROUNDS; round++) {
        struct pair pair = pair_open();
        pthread_t threads[2];

        for (int i = 0; i < 2; i++)
            threads[i] = flow_run(race_select, &pair.server);
        for (int i = round % 3; i > 0; i--)
            sched_yield();
        closesocket(pair.server);
        for (int i = 0; i < 2; i++) {
            void *error;

            assert_int_equal(pthread_join(threads[i], &error), 0);
            assert_int_equal((uintptr_t)error, WSAENOTSOCK);
        }
        closesocket(pair.client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_end_the_wait),
        cmocka_unit_test(closing_ends_the_wait),
        cmocka_unit_test(closing_frees_the_port),
        cmocka_unit_test(noise_is_no_readiness),
        cmocka_unit_test(listening_and_accepting_meanwhile),
        cmocka_unit_test(refused_connect_ends_the_wait),
        cmocka_unit_test(a_refused_datagram_ends_the_wait),
        cmocka_unit_test(unconnected_socket_waits_out_its_time),
        cmocka_unit_test(queued_calls_run_while_it_waits),
        cmocka_unit_test(queued_call_wakes_the_thread),
        cmocka_unit_test(closing_races_with_the_wait),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
