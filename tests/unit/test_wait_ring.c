/* SPDX-License-Identifier: MIT */
/* The wait ring: wakes are never lost, data neither, and it listens in both ways it knows. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring/engine/wait_ring.h"
#include "ring/host/sys.h"

enum { SOON_NS = 20000000, ROUNDS = 2000, BIG_BYTES = 4 << 20 };

#define LONG_NS INT64_C(20000000000)

static void nothing_done(struct ring_op *op)
{
    (void)op;
}

struct bench { /* one ring of one thread, and a pair of sockets */
    struct park park;
    struct wait_ring *ring;
    int fds[2];
    struct ring_op op;
    char data[8];
};

static struct bench *bench_open(enum wait_ring_wake wake)
{
    struct bench *bench = calloc(1, sizeof *bench); /* the ring keeps its park word for ever */

    assert_non_null(bench);
    assert_int_equal(wait_ring_open(&bench->ring, &bench->park, wake), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, bench->fds), 0);
    return bench;
}

static void bench_close(struct bench *bench)
{
    wait_ring_close(bench->ring);
    close(bench->fds[0]);
    close(bench->fds[1]);
}

static void bench_recv(struct bench *bench)
{
    bench->op = (struct ring_op){.kind = RING_RECV,
                                 .done = nothing_done,
                                 .fd = bench->fds[0],
                                 .data = bench->data,
                                 .size_bytes = sizeof bench->data,
                                 .generation = (uint16_t)(bench->op.generation + 1)};
    wait_ring_start(bench->ring, &bench->op);
}

static int64_t soon(void)
{
    return host_now_ns() + SOON_NS;
}

static int64_t long_after(void)
{
    return host_now_ns() + LONG_NS;
}

static const enum wait_ring_wake wakes[] = {WAIT_RING_BEST, WAIT_RING_EVENT};

#define each_wake(i) for (size_t i = 0; i < sizeof wakes / sizeof wakes[0]; i++)

static void data_end_a_wait(void **state)
{
    (void)state;
    each_wake(i)
    {
        struct bench *bench = bench_open(wakes[i]);

        for (int round = 0; round < 3; round++) {
            bench_recv(bench);
            assert_int_equal(write(bench->fds[1], "abc", 3), 3);
            assert_int_equal(wait_ring_wait(bench->ring, long_after()), WAIT_RING_ENDED);
            assert_int_equal(bench->op.result, 3);
            assert_memory_equal(bench->data, "abc", 3);
        }
        bench_close(bench);
    }
}

static void the_deadline_ends_a_wait_and_the_operation_goes_on(void **state)
{
    (void)state;
    each_wake(i)
    {
        struct bench *bench = bench_open(wakes[i]);
        int64_t deadline_ns = soon();

        bench_recv(bench);
        assert_int_equal(wait_ring_wait(bench->ring, deadline_ns), WAIT_RING_TIMEOUT);
        assert_true(host_now_ns() >= deadline_ns);
        assert_int_equal(wait_ring_wait(bench->ring, 0), WAIT_RING_TIMEOUT);
        assert_int_equal(write(bench->fds[1], "abc", 3), 3);
        assert_int_equal(wait_ring_wait(bench->ring, long_after()), WAIT_RING_ENDED);
        assert_int_equal(bench->op.result, 3);
        bench_close(bench);
    }
}

static void a_wake_before_the_wait_counts_once(void **state)
{
    (void)state;
    each_wake(i)
    {
        struct bench *bench = bench_open(wakes[i]);

        bench_recv(bench);
        park_wake(&bench->park);
        park_wake(&bench->park);
        assert_int_equal(wait_ring_wait(bench->ring, PARK_FOREVER), WAIT_RING_WOKEN);
        assert_int_equal(wait_ring_wait(bench->ring, soon()), WAIT_RING_TIMEOUT);
        assert_false(wait_ring_recall(bench->ring));
        assert_int_equal(bench->op.result, -ECANCELED);
        bench_close(bench);
    }
}

struct waker {
    struct park *park;
    bool asleep; /* wakes only who sleeps */
    _Atomic int wanted;
};

/* Which of the two it is depends on the kernel. */
static bool is_asleep(struct park *park)
{
    uint32_t word = atomic_load(&park->word);

    return word == PARK_FUTEX || word == PARK_EVENT;
}

/* Wakes once for each round that is wanted. */
static void *wake_on_demand(void *argument)
{
    struct waker *waker = argument;

    for (int round = 1; round <= ROUNDS; round++) {
        while (waker->wanted < round || (waker->asleep && !is_asleep(waker->park)))
            sched_yield();
        park_wake(waker->park);
    }
    return NULL;
}

static void run_wakes(enum wait_ring_wake wake, bool asleep)
{
    struct bench *bench = bench_open(wake);
    struct waker waker = {.park = &bench->park, .asleep = asleep};
    pthread_t thread;

    bench_recv(bench);
    assert_int_equal(pthread_create(&thread, NULL, wake_on_demand, &waker), 0);
    for (int round = 1; round <= ROUNDS; round++) {
        waker.wanted = round;
        assert_int_equal(wait_ring_wait(bench->ring, long_after()), WAIT_RING_WOKEN);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(wait_ring_recall(bench->ring));
    bench_close(bench);
}

static void no_wake_is_lost_by_a_sleeper(void **state)
{
    (void)state;
    run_wakes(WAIT_RING_BEST, true);
    run_wakes(WAIT_RING_EVENT, true);
}

static void no_wake_is_lost_by_one_who_is_falling_asleep(void **state)
{
    (void)state;
    run_wakes(WAIT_RING_BEST, false);
    run_wakes(WAIT_RING_EVENT, false);
}

/* park.h, [P4]: the ring's request stays armed on the word that the thread then sleeps on. */
static void a_bare_wait_is_woken_beside_an_armed_ring(void **state)
{
    struct bench *bench = bench_open(WAIT_RING_BEST);
    struct waker waker = {.park = &bench->park, .asleep = true, .wanted = ROUNDS};
    pthread_t thread;

    (void)state;
    bench_recv(bench);
    assert_int_equal(wait_ring_wait(bench->ring, soon()), WAIT_RING_TIMEOUT); /* armed now */
    assert_int_equal(pthread_create(&thread, NULL, wake_on_demand, &waker), 0);
    for (int round = 0; round < ROUNDS; round++)
        assert_true(park_wait(&bench->park, long_after()));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(wait_ring_recall(bench->ring));
    bench_close(bench);
}

/* Whatever the recall says, the byte is in one place. */
static void a_recall_never_loses_data(void **state)
{
    struct bench *bench = bench_open(WAIT_RING_BEST);

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        bench_recv(bench);
        if (round % 2 == 0) /* else it has not even been submitted */
            assert_int_equal(wait_ring_wait(bench->ring, host_now_ns() + 1000), WAIT_RING_TIMEOUT);
        assert_int_equal(write(bench->fds[1], "x", 1), 1);
        if (wait_ring_recall(bench->ring)) {
            assert_int_equal(bench->op.result, 1);
            assert_int_equal(bench->data[0], 'x');
        } else {
            char byte = 0;

            assert_int_equal(bench->op.result, -ECANCELED);
            assert_int_equal(read(bench->fds[0], &byte, 1), 1);
        }
        assert_int_equal(recv(bench->fds[0], bench->data, 1, 0), -1); /* and nowhere else */
    }
    bench_close(bench);
}

static void a_send_goes_on_where_it_was_taken_back(void **state)
{
    struct bench *bench = bench_open(WAIT_RING_BEST);
    unsigned char *data = malloc(BIG_BYTES);
    unsigned char *got = malloc(BIG_BYTES);
    size_t have = 0;
    unsigned recalls = 0;

    (void)state;
    for (size_t i = 0; i < BIG_BYTES; i++)
        data[i] = (unsigned char)(i * 7 + i / 251);
    bench->op = (struct ring_op){.kind = RING_SEND,
                                 .done = nothing_done,
                                 .fd = bench->fds[1],
                                 .data = data,
                                 .size_bytes = BIG_BYTES,
                                 .msg_flags = MSG_WAITALL};
    for (;;) {
        enum wait_ring_end end;
        ssize_t bytes;

        wait_ring_start(bench->ring, &bench->op);
        end = wait_ring_wait(bench->ring, host_now_ns() + 1000000);
        if (end == WAIT_RING_ENDED || wait_ring_recall(bench->ring))
            break;
        recalls++;
        while ((bytes = read(bench->fds[0], got + have, BIG_BYTES - have)) > 0)
            have += (size_t)bytes;
        assert_int_equal(bench->op.done_bytes, have); /* said to be sent is what was sent */
    }
    assert_int_equal(bench->op.result, BIG_BYTES);
    while (have < BIG_BYTES) {
        ssize_t bytes = read(bench->fds[0], got + have, BIG_BYTES - have);

        assert_true(bytes > 0);
        have += (size_t)bytes;
    }
    assert_memory_equal(data, got, BIG_BYTES);
    assert_true(recalls > 1);
    free(data);
    free(got);
    bench_close(bench);
}

static void a_closed_ring_can_be_opened_again(void **state)
{
    (void)state;
    each_wake(i)
    {
        struct bench *bench = bench_open(wakes[i]);
        struct wait_ring *ring = bench->ring;

        wait_ring_close(bench->ring);
        wait_ring_close(bench->ring);
        assert_int_equal(wait_ring_open(&bench->ring, &bench->park, wakes[i]), 0);
        assert_ptr_equal(bench->ring, ring);
        bench_recv(bench);
        assert_int_equal(write(bench->fds[1], "abc", 3), 3);
        assert_int_equal(wait_ring_wait(bench->ring, long_after()), WAIT_RING_ENDED);
        bench_close(bench);
    }
    wait_ring_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_end_a_wait),
        cmocka_unit_test(the_deadline_ends_a_wait_and_the_operation_goes_on),
        cmocka_unit_test(a_wake_before_the_wait_counts_once),
        cmocka_unit_test(no_wake_is_lost_by_a_sleeper),
        cmocka_unit_test(no_wake_is_lost_by_one_who_is_falling_asleep),
        cmocka_unit_test(a_bare_wait_is_woken_beside_an_armed_ring),
        cmocka_unit_test(a_recall_never_loses_data),
        cmocka_unit_test(a_send_goes_on_where_it_was_taken_back),
        cmocka_unit_test(a_closed_ring_can_be_opened_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
