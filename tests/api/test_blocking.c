/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait: what ends them, what they let through, and in which order they are served.
 *
 * Long: each kind of blocking call meets each kind of end.
 */
#include "flow.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ws2ring.h>

enum { BIG_BYTES = 8 << 20, PAIRS = 16, ROUNDS = 200 };

/* One call on a thread of its own. */
struct call {
    int (*run)(struct call *call);
    SOCKET s;
    SOCKADDR_IN to;
    void *data;
    ULONG size;
    _Atomic unsigned thread_id; /* known: the call comes next */
    int result, error;
    pthread_t thread;
};

static void *call_run(void *argument)
{
    struct call *call = argument;

    call->thread_id = (unsigned)GetCurrentThreadId();
    WSASetLastError(0);
    call->result = call->run(call);
    call->error = WSAGetLastError();
    return NULL;
}

static void call_start(struct call *call)
{
    call->thread_id = 0;
    call->thread = flow_run(call_run, call);
}

static void call_start_and_sleep(struct call *call)
{
    call_start(call);
    flow_asleep(&call->thread_id);
}

static void call_ends(struct call *call, int result, int error)
{
    flow_join(call->thread);
    assert_int_equal(call->result, result);
    assert_int_equal(call->error, error);
}

static int run_recv(struct call *call)
{
    return flow_recv(call->s, call->data, call->size);
}

static int run_recv_all(struct call *call)
{
    return flow_recv_with(call->s, call->data, call->size, MSG_WAITALL);
}

static int run_send(struct call *call)
{
    return flow_send(call->s, call->data, call->size);
}

static int run_accept(struct call *call)
{
    SOCKET s = accept(call->s, NULL, NULL);

    if (s == INVALID_SOCKET)
        return SOCKET_ERROR;
    return closesocket(s);
}

static int run_connect(struct call *call)
{
    return connect(call->s, (struct sockaddr *)&call->to, sizeof call->to);
}

static char *pattern(size_t bytes)
{
    char *data = malloc(bytes);

    assert_non_null(data);
    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i * 31 + i / 509);
    return data;
}

static void set_linger(SOCKET s, u_short seconds)
{
    struct linger linger = {1, seconds};

    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
}

/* ---- closesocket in another thread ---- */

static void closing_ends_a_receive(void **state)
{
    char data[4];

    (void)state;
    for (int all = 0; all < 2; all++) {
        for (int abort = 0; abort < 2; abort++) {
            struct pair pair = pair_open();
            struct call call = {
                .run = all ? run_recv_all : run_recv, .s = pair.client, .data = data, .size = 4};

            if (abort)
                set_linger(pair.client, 0);
            call_start_and_sleep(&call);
            assert_int_equal(closesocket(pair.client), 0);
            call_ends(&call, SOCKET_ERROR, WSAECONNABORTED);
            closesocket(pair.server);
        }
    }
}

static void closing_ends_a_datagram_receive(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(s);
    char data[4];
    struct call call = {.run = run_recv, .s = s, .data = data, .size = 4};

    (void)state;
    call_start_and_sleep(&call);
    assert_int_equal(closesocket(s), 0);
    s = pair_socket(SOCK_DGRAM); /* the port is free when closesocket returns */
    assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
    call_ends(&call, SOCKET_ERROR, WSAEINTR);
    closesocket(s);
}

static void closing_ends_an_accept(void **state)
{
    SOCKET s = pair_listener();
    SOCKADDR_IN name = pair_address(s);
    struct call calls[2] = {{.run = run_accept, .s = s}, {.run = run_accept, .s = s}};

    (void)state;
    call_start_and_sleep(&calls[0]);
    call_start_and_sleep(&calls[1]);
    assert_int_equal(closesocket(s), 0);
    s = pair_socket(SOCK_STREAM);
    assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
    call_ends(&calls[0], SOCKET_ERROR, WSAEINTR);
    call_ends(&calls[1], SOCKET_ERROR, WSAEINTR);
    closesocket(s);
}

/* The kernel answers nobody while two connections wait at a backlog of 1. */
static void closing_ends_a_connect(void **state)
{
    SOCKET listener = pair_bound(SOCK_STREAM);
    SOCKET waiting[2];
    struct call call = {.run = run_connect, .s = pair_socket(SOCK_STREAM)};

    (void)state;
    assert_int_equal(listen(listener, 1), 0);
    call.to = pair_address(listener);
    for (int i = 0; i < 2; i++) {
        waiting[i] = pair_socket(SOCK_STREAM);
        assert_int_equal(connect(waiting[i], (struct sockaddr *)&call.to, sizeof call.to), 0);
    }
    call_start_and_sleep(&call);
    pair_fails(connect(call.s, (struct sockaddr *)&call.to, sizeof call.to), WSAEALREADY);
    assert_int_equal(closesocket(call.s), 0);
    call_ends(&call, SOCKET_ERROR, WSAEINTR);
    closesocket(waiting[0]);
    closesocket(waiting[1]);
    closesocket(listener);
}

static void take_all(SOCKET s, const char *data, size_t bytes)
{
    char *got = malloc(bytes);
    size_t have = 0;

    assert_non_null(got);
    while (have < bytes) {
        int more = flow_recv(s, got + have, (ULONG)(bytes - have));

        assert_true(more > 0);
        have += (size_t)more;
    }
    assert_memory_equal(got, data, bytes);
    free(got);
}

/* SEND-08: what was given to a send arrives, and then the end. */
static void closing_lets_a_send_finish(void **state)
{
    struct pair pair = pair_open();
    char *data = pattern(BIG_BYTES);
    struct call call = {.run = run_send, .s = pair.client, .data = data, .size = BIG_BYTES};
    char byte;

    (void)state;
    call_start_and_sleep(&call);
    assert_int_equal(closesocket(pair.client), 0);
    take_all(pair.server, data, BIG_BYTES);
    call_ends(&call, BIG_BYTES, 0);
    assert_int_equal(flow_recv(pair.server, &byte, 1), 0);
    closesocket(pair.server);
    free(data);
}

static void an_abortive_close_ends_a_send(void **state)
{
    struct pair pair = pair_open();
    char *data = pattern(BIG_BYTES);
    struct call call = {.run = run_send, .s = pair.client, .data = data, .size = BIG_BYTES};

    (void)state;
    set_linger(pair.client, 0);
    call_start_and_sleep(&call);
    assert_int_equal(closesocket(pair.client), 0);
    call_ends(&call, SOCKET_ERROR, WSAECONNABORTED);
    closesocket(pair.server);
    free(data);
}

/* This thread's ring stays with it from its first wait on. */
static void wait_once(void)
{
    struct pair pair = pair_open();
    char byte;

    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_RCVTIMEO, 1), 0);
    pair_fails(flow_recv(pair.server, &byte, 1), WSAETIMEDOUT);
    pair_close(pair);
}

/* Before Linux 6.7 what a thread leaves to the next one keeps an eventfd, once one of them waited,
 * and which thread gets which is chance: a few may stay, fewer than the times that all is done. */
static void nothing_is_left_behind(void **state)
{
    enum { TIMES = 8, KEPT = 4 };
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = {.size_bytes = sizeof after};
    time_t limit;

    wait_once();
    assert_int_equal(ws2_stats(&before), 0);
    for (int i = 0; i < TIMES; i++) {
        closing_ends_a_receive(state);
        closing_ends_an_accept(state);
        closing_ends_a_connect(state);
        closing_lets_a_send_finish(state);
    }
    limit = time(NULL) + FLOW_LIMIT_MS / 1000;
    do { /* the last one ends on a thread of the library */
        assert_int_equal(ws2_stats(&after), 0);
        if (time(NULL) > limit)
            fail_msg(
                "left: %d sockets, %d operations, %d descriptors, %d rings",
                (int)(after.sockets - before.sockets), (int)(after.operations - before.operations),
                (int)(after.descriptors - before.descriptors), (int)(after.rings - before.rings));
        sched_yield();
    } while (after.sockets > before.sockets || after.operations > before.operations ||
             after.descriptors > before.descriptors + KEPT);
}

/* ---- Order ---- */

static void a_second_receiver_is_served_second(void **state)
{
    struct pair pair = pair_open();
    char data[2][4];
    struct call calls[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        calls[i] = (struct call){.run = run_recv, .s = pair.client, .data = data[i], .size = 4};
        call_start_and_sleep(&calls[i]);
    }
    assert_int_equal(flow_send(pair.server, "onnetwww", 8), 8);
    call_ends(&calls[0], 4, 0);
    call_ends(&calls[1], 4, 0);
    assert_memory_equal(data[0], "onne", 4);
    assert_memory_equal(data[1], "twww", 4);
    pair_close(pair);
}

static void an_overlapped_receive_stands_behind_a_blocked_one(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED first = flow_overlapped();
    OVERLAPPED second = flow_overlapped();
    char data[3][4];
    DWORD bytes;
    struct call call = {.run = run_recv, .s = pair.client, .data = data[0], .size = 4};

    (void)state;
    call_start_and_sleep(&call);
    assert_int_equal(flow_start_recv(pair.client, data[1], 4, &first), WSA_IO_PENDING);
    assert_int_equal(flow_start_recv(pair.client, data[2], 4, &second), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)pair.client, &first)); /* need not wait for the call */
    assert_int_equal(flow_end(pair.client, &first, &bytes), ERROR_OPERATION_ABORTED);
    assert_int_equal(flow_send(pair.server, "onnetwww", 8), 8);
    call_ends(&call, 4, 0);
    assert_int_equal(flow_end(pair.client, &second, &bytes), 0);
    assert_int_equal(bytes, 4);
    assert_memory_equal(data[0], "onne", 4);
    assert_memory_equal(data[2], "twww", 4);
    WSACloseEvent(first.hEvent);
    WSACloseEvent(second.hEvent);
    pair_close(pair);
}

static void a_nonblocking_call_does_not_pass_a_blocked_one(void **state)
{
    struct pair pair = pair_open();
    char data[4], other[4];
    struct call call = {.run = run_recv, .s = pair.client, .data = data, .size = 4};
    u_long on = 1;

    (void)state;
    call_start_and_sleep(&call);
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    pair_fails(flow_recv(pair.client, other, 4), WSAEWOULDBLOCK);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    call_ends(&call, 3, 0); /* it began as a blocking call */
    pair_close(pair);
}

/* MSG_WAITALL: also what was there before the call is not taken for all. */
static void a_receive_of_all_collects_to_the_last_byte(void **state)
{
    struct pair pair = pair_open();
    char data[6];
    struct call call = {.run = run_recv_all, .s = pair.client, .data = data, .size = 6};

    (void)state;
    assert_int_equal(flow_send(pair.server, "ab", 2), 2);
    call_start_and_sleep(&call);
    assert_int_equal(flow_send(pair.server, "cd", 2), 2);
    assert_int_equal(flow_send(pair.server, "ef", 2), 2);
    call_ends(&call, 6, 0);
    assert_memory_equal(data, "abcdef", 6);
    pair_close(pair);
}

/* ---- Data ---- */

static void both_directions_carry_much_at_once(void **state)
{
    struct pair pair = pair_open();
    char *data = pattern(BIG_BYTES);
    struct call calls[2] = {
        {.run = run_send, .s = pair.client, .data = data, .size = BIG_BYTES},
        {.run = run_send, .s = pair.server, .data = data, .size = BIG_BYTES},
    };

    (void)state;
    call_start(&calls[0]);
    call_start(&calls[1]);
    take_all(pair.server, data, BIG_BYTES);
    take_all(pair.client, data, BIG_BYTES);
    call_ends(&calls[0], BIG_BYTES, 0);
    call_ends(&calls[1], BIG_BYTES, 0);
    pair_close(pair);
    free(data);
}

static void *echo(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    char data[64];
    int bytes;

    while ((bytes = flow_recv(s, data, sizeof data)) > 0)
        if (flow_send(s, data, (ULONG)bytes) != bytes)
            return argument;
    return bytes == 0 ? NULL : argument;
}

static void *ask(void *argument)
{
    SOCKET s = *(SOCKET *)argument;

    for (int round = 0; round < ROUNDS; round++) {
        int answer = -1;

        if (flow_send(s, &round, sizeof round) != sizeof round ||
            flow_recv_with(s, &answer, sizeof answer, MSG_WAITALL) != sizeof answer ||
            answer != round)
            return argument;
    }
    return shutdown(s, SD_SEND) == 0 ? NULL : argument;
}

static void many_threads_ping_and_pong(void **state)
{
    struct pair pairs[PAIRS];
    pthread_t threads[2 * PAIRS];

    (void)state;
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = pair_open();
        threads[2 * i] = flow_run(echo, &pairs[i].server);
        threads[2 * i + 1] = flow_run(ask, &pairs[i].client);
    }
    for (int i = 0; i < 2 * PAIRS; i++) {
        void *failed = NULL;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    for (int i = 0; i < PAIRS; i++)
        pair_close(pairs[i]);
}

/* New threads get no ring of their own: the library's threads serve their calls. */
static void calls_work_without_a_descriptor_left(void **state)
{
    struct pair pair = pair_open();
    struct rlimit before, none;
    pthread_t threads[2];

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    threads[0] = flow_run(echo, &pair.server);
    threads[1] = flow_run(ask, &pair.client);
    for (int i = 0; i < 2; i++) {
        void *failed = NULL;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    pair_close(pair);
}

/* The last WSACleanup ends calls like closesocket does. */
static void the_last_cleanup_ends_calls(void **state)
{
    struct pair pair = pair_open();
    SOCKET listener = pair_listener();
    WSADATA started;
    char data[4];
    struct call calls[2] = {{.run = run_recv, .s = pair.client, .data = data, .size = 4},
                            {.run = run_accept, .s = listener}};

    (void)state;
    call_start_and_sleep(&calls[0]);
    call_start_and_sleep(&calls[1]);
    assert_int_equal(WSACleanup(), 0);
    call_ends(&calls[0], SOCKET_ERROR, WSAECONNABORTED);
    call_ends(&calls[1], SOCKET_ERROR, WSAEINTR);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &started), 0);
}

/* ---- Signals, queued calls, fork ---- */

static _Atomic unsigned signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static void a_signal_ends_no_call(void **state)
{
    struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
    struct pair pair = pair_open();
    char data[4];
    struct call call = {.run = run_recv, .s = pair.client, .data = data, .size = 4};

    (void)state;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    signals = 0;
    call_start_and_sleep(&call);
    for (unsigned i = 1; i <= 20; i++) {
        assert_int_equal(pthread_kill(call.thread, SIGUSR1), 0);
        flow_reach(&signals, i);
    }
    flow_asleep(&call.thread_id);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    call_ends(&call, 3, 0);
    pair_close(pair);
}

struct inner {                /* what a completion routine does during a blocked call */
    WSAOVERLAPPED overlapped; /* first: the routine gets its address */
    SOCKET s;                 /* receives from here, or INVALID_SOCKET */
    char data[4];
    int result;
    _Atomic unsigned ran;
};

static void CALLBACK inner_routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped,
                                   DWORD flags)
{
    struct inner *inner = (struct inner *)overlapped;

    (void)error;
    (void)bytes;
    (void)flags;
    inner->ran = 1;
    if (inner->s != INVALID_SOCKET)
        inner->result = flow_recv(inner->s, inner->data, 4);
    inner->ran = 2;
}

struct alert { /* a thread that starts a receive with a routine, then blocks */
    struct call call;
    SOCKET other;
    struct inner inner;
    char byte;
};

static int run_alerted_recv(struct call *call)
{
    struct alert *alert = (struct alert *)call;
    WSABUF buffer = {1, &alert->byte};
    DWORD flags = 0;

    if (WSARecv(alert->other, &buffer, 1, NULL, &flags, &alert->inner.overlapped, inner_routine) !=
            SOCKET_ERROR ||
        WSAGetLastError() != WSA_IO_PENDING)
        return -2;
    return flow_recv(call->s, call->data, call->size);
}

/* RECV-01: a blocking receive runs the thread's completion routines and goes on waiting. */
static void a_routine_runs_during_a_call(void **state)
{
    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        struct pair pair = pair_open();
        struct pair other = pair_open();
        char first[1], data[4];
        struct call before = {.run = run_recv, .s = pair.client, .data = first, .size = 1};
        struct alert alert = {
            .call = {.run = run_alerted_recv, .s = pair.client, .data = data, .size = 4},
            .other = other.client,
            .inner = {.s = INVALID_SOCKET},
        };

        if (behind) /* the call waits for the ring thread, not in a ring of its own */
            call_start_and_sleep(&before);
        call_start_and_sleep(&alert.call);
        assert_int_equal(flow_send(other.server, "x", 1), 1);
        flow_reach(&alert.inner.ran, 2);
        flow_asleep(&alert.call.thread_id);
        if (behind) {
            assert_int_equal(flow_send(pair.server, "1", 1), 1);
            call_ends(&before, 1, 0);
        }
        assert_int_equal(flow_send(pair.server, "abc", 3), 3);
        call_ends(&alert.call, 3, 0);
        assert_memory_equal(data, "abc", 3);
        pair_close(pair);
        pair_close(other);
    }
}

/* The routine waits on the very socket: the outer call comes first and is served first. */
static void a_routine_may_receive_from_the_same_socket(void **state)
{
    struct pair pair = pair_open();
    struct pair other = pair_open();
    char data[4];
    struct alert alert = {
        .call = {.run = run_alerted_recv, .s = pair.client, .data = data, .size = 4},
        .other = other.client,
        .inner = {.s = pair.client},
    };

    (void)state;
    call_start_and_sleep(&alert.call);
    assert_int_equal(flow_send(other.server, "x", 1), 1);
    flow_reach(&alert.inner.ran, 1);
    flow_asleep(&alert.call.thread_id);
    assert_int_equal(flow_send(pair.server, "onnetwww", 8), 8);
    call_ends(&alert.call, 4, 0);
    assert_int_equal(alert.inner.result, 4);
    assert_memory_equal(data, "onne", 4);
    assert_memory_equal(alert.inner.data, "twww", 4);
    pair_close(pair);
    pair_close(other);
}

static void closing_ends_a_call_that_was_interrupted(void **state)
{
    struct pair pair = pair_open();
    struct pair other = pair_open();
    char data[4];
    struct alert alert = {
        .call = {.run = run_alerted_recv, .s = pair.client, .data = data, .size = 4},
        .other = other.client,
        .inner = {.s = INVALID_SOCKET},
    };

    (void)state;
    call_start_and_sleep(&alert.call);
    assert_int_equal(flow_send(other.server, "x", 1), 1);
    flow_reach(&alert.inner.ran, 2);
    flow_asleep(&alert.call.thread_id);
    assert_int_equal(closesocket(pair.client), 0);
    call_ends(&alert.call, SOCKET_ERROR, WSAECONNABORTED);
    closesocket(pair.server);
    pair_close(other);
}

/* The exit status tells which step failed. */
static int child_part(void)
{
    WSADATA data;
    struct pair pair;
    struct call call = {.run = run_recv, .size = 1};
    char byte;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    pair = pair_open();
    call.s = pair.client;
    call.data = &byte;
    call_start_and_sleep(&call);
    if (flow_send(pair.server, "x", 1) != 1)
        return 2;
    flow_join(call.thread);
    if (call.result != 1)
        return 3;
    call.s = pair.server;
    call_start_and_sleep(&call); /* and this thread sends while the other waits */
    if (flow_send(pair.client, "x", 1) != 1)
        return 4;
    flow_join(call.thread);
    return call.result == 1 ? 0 : 5;
}

static void a_child_waits_in_rings_of_its_own(void **state)
{
    struct pair pair = pair_open();
    char data[4];
    struct call call = {.run = run_recv, .s = pair.client, .data = data, .size = 4};
    char mine;
    struct call back = {.run = run_send, .s = pair.client, .data = (char *)"y", .size = 1};
    int status = -1;
    pid_t child;

    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); /* ThreadSanitizer ends a child that starts threads after a fork of several */
#endif
    call_start(&back);
    assert_int_equal(flow_recv(pair.server, &mine, 1), 1); /* this thread has a ring now, perhaps */
    call_ends(&back, 1, 0);
    call_start_and_sleep(&call);
    child = fork();
    if (child == 0)
        _exit(child_part());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    call_ends(&call, 3, 0);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_ends_a_receive),
        cmocka_unit_test(closing_ends_a_datagram_receive),
        cmocka_unit_test(closing_ends_an_accept),
        cmocka_unit_test(closing_ends_a_connect),
        cmocka_unit_test(closing_lets_a_send_finish),
        cmocka_unit_test(an_abortive_close_ends_a_send),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(a_second_receiver_is_served_second),
        cmocka_unit_test(an_overlapped_receive_stands_behind_a_blocked_one),
        cmocka_unit_test(a_nonblocking_call_does_not_pass_a_blocked_one),
        cmocka_unit_test(a_receive_of_all_collects_to_the_last_byte),
        cmocka_unit_test(both_directions_carry_much_at_once),
        cmocka_unit_test(many_threads_ping_and_pong),
        cmocka_unit_test(calls_work_without_a_descriptor_left),
        cmocka_unit_test(the_last_cleanup_ends_calls),
        cmocka_unit_test(a_signal_ends_no_call),
        cmocka_unit_test(a_routine_runs_during_a_call),
        cmocka_unit_test(a_routine_may_receive_from_the_same_socket),
        cmocka_unit_test(closing_ends_a_call_that_was_interrupted),
        cmocka_unit_test(a_child_waits_in_rings_of_its_own),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
