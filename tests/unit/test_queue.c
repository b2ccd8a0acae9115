/* SPDX-License-Identifier: MIT */
/* The direction token: who may use a direction directly, and that nobody is forgotten. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring/engine/engine.h"

enum { THREADS = 4, ROUNDS = 50000 };

static struct ring_queue fresh(void)
{
    struct ring_queue queue;

    queue_init(&queue, 1);
    return queue;
}

static void a_claim_excludes_the_next(void **state)
{
    struct ring_queue queue = fresh();

    (void)state;
    assert_false(queue_busy(&queue));
    assert_true(queue_claim(&queue));
    assert_true(queue_busy(&queue));
    assert_false(queue_claim(&queue));
    assert_false(queue_claim_idle(&queue));
    assert_true(queue_unclaim(&queue));
    assert_false(queue_busy(&queue));
    assert_true(queue_claim_idle(&queue));
    assert_true(queue_unclaim(&queue));
}

static void an_operation_keeps_direct_calls_away(void **state)
{
    struct ring_queue queue = fresh();

    (void)state;
    assert_true(queue_join(&queue, QUEUE_OWNER));
    assert_false(queue_claim(&queue));
    assert_false(queue_claim_idle(&queue));
    assert_true(queue_busy(&queue));
}

static void a_receive_of_no_bytes_owns_nothing_but_its_place(void **state)
{
    struct ring_queue queue = fresh();

    (void)state;
    assert_true(queue_join(&queue, QUEUE_POLL));
    assert_true(queue_busy(&queue));
    assert_false(queue_claim_idle(&queue));
    assert_true(queue_claim(&queue));
    assert_false(queue_unclaim(&queue)); /* it may be waiting behind the claim */
}

static void a_claimer_learns_of_who_joined(void **state)
{
    struct ring_queue queue = fresh();

    (void)state;
    assert_true(queue_claim(&queue));
    assert_true(queue_join(&queue, QUEUE_OWNER));
    assert_false(queue_unclaim(&queue));
    assert_int_equal(queue.owners, QUEUE_CLAIMED + 2); /* unchanged: an operation takes it over */
}

static void nobody_joins_a_closed_direction(void **state)
{
    struct ring_queue queue = fresh();

    (void)state;
    assert_false(queue_close(&queue, false)); /* nobody was there */
    assert_false(queue_join(&queue, QUEUE_OWNER));
    assert_false(queue_join(&queue, QUEUE_POLL));
    assert_false(queue_claim(&queue));
    assert_false(queue_busy(&queue));

    queue = fresh();
    assert_true(queue_claim(&queue));
    assert_true(queue_close(&queue, true)); /* the claimer is */
    assert_true(queue_busy(&queue));
    assert_true(queue_unclaim(&queue));
    assert_false(queue_busy(&queue));
    assert_int_equal(queue.owners, QUEUE_CLOSED | QUEUE_ABORTED);
}

struct shared {
    struct ring_queue queue;
    unsigned inside; /* changed under the claim only: a race would lose one */
    _Atomic unsigned claims;
};

static void *claim_often(void *argument)
{
    struct shared *shared = argument;

    for (int i = 0; i < ROUNDS; i++) {
        if (!queue_claim(&shared->queue))
            continue;
        shared->inside++;
        atomic_fetch_add(&shared->claims, 1);
        if (!queue_unclaim(&shared->queue))
            return argument;
    }
    return NULL;
}

static void one_thread_at_a_time_holds_the_claim(void **state)
{
    struct shared shared = {.queue = fresh()};
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, claim_often, &shared), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result = &shared;

        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
    assert_int_equal(shared.inside, shared.claims);
    assert_int_equal(shared.queue.owners, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_excludes_the_next),
        cmocka_unit_test(an_operation_keeps_direct_calls_away),
        cmocka_unit_test(a_receive_of_no_bytes_owns_nothing_but_its_place),
        cmocka_unit_test(a_claimer_learns_of_who_joined),
        cmocka_unit_test(nobody_joins_a_closed_direction),
        cmocka_unit_test(one_thread_at_a_time_holds_the_claim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
