/* SPDX-License-Identifier: MIT */
/* Waiting for objects: who gets a signal, that none is lost, and that waits for all take nothing
 * unless they take everything. Threads are POSIX ones; every wait has a deadline. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/object/waitable.h"
#include "ring/engine/park.h"
#include "ring/host/sys.h"

enum { ROUNDS = 2000, TAKERS = 4, LIMIT_S = 30 };

#define SECOND_NS INT64_C(1000000000)

static int64_t limit(void)
{
    return host_now_ns() + LIMIT_S * SECOND_NS;
}

static int wait_one(struct waitable *waitable, int64_t deadline_ns)
{
    return waitable_wait(&waitable, 1, false, deadline_ns);
}

static pthread_t run(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    return thread;
}

static void join(pthread_t thread)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- One thread ---- */

static void manual_object_stays_signalled_and_auto_object_is_taken(void **state)
{
    struct waitable manual, automatic;

    (void)state;
    waitable_init(&manual, false, true);
    waitable_init(&automatic, true, true);
    assert_int_equal(wait_one(&manual, 0), 0);
    assert_int_equal(wait_one(&manual, 0), 0);
    assert_int_equal(wait_one(&automatic, 0), 0);
    assert_int_equal(wait_one(&automatic, 0), WAITABLE_INDEX_TIMEOUT);
    waitable_set(&automatic);
    waitable_set(&automatic); /* signals do not add up */
    assert_int_equal(wait_one(&automatic, 0), 0);
    assert_int_equal(wait_one(&automatic, 0), WAITABLE_INDEX_TIMEOUT);
    waitable_reset(&manual);
    assert_int_equal(wait_one(&manual, 0), WAITABLE_INDEX_TIMEOUT);
}

static void any_returns_lowest_index_and_takes_only_that(void **state)
{
    struct waitable objects[3];
    struct waitable *const list[] = {&objects[0], &objects[1], &objects[2]};

    (void)state;
    for (int i = 0; i < 3; i++)
        waitable_init(&objects[i], true, i > 0);
    assert_int_equal(waitable_wait(list, 3, false, 0), 1);
    assert_int_equal(waitable_wait(list, 3, false, 0), 2);
    assert_int_equal(waitable_wait(list, 3, false, 0), WAITABLE_INDEX_TIMEOUT);
}

static void all_takes_everything_or_nothing(void **state)
{
    struct waitable objects[3];
    struct waitable *const list[] = {&objects[2], &objects[0], &objects[1]};

    (void)state;
    waitable_init(&objects[0], true, true);
    waitable_init(&objects[1], true, false);
    waitable_init(&objects[2], false, true);
    assert_int_equal(waitable_wait(list, 3, true, 0), WAITABLE_INDEX_TIMEOUT);
    assert_true(waitable_signalled(&objects[0]));
    waitable_set(&objects[1]);
    assert_int_equal(waitable_wait(list, 3, true, 0), 0);
    assert_false(waitable_signalled(&objects[0]));
    assert_false(waitable_signalled(&objects[1]));
    assert_true(waitable_signalled(&objects[2]));
}

static void wait_ends_at_its_deadline_and_not_before(void **state)
{
    struct waitable objects[2];
    struct waitable *const list[] = {&objects[0], &objects[1]};
    int64_t deadline_ns = host_now_ns() + SECOND_NS / 100;

    (void)state;
    waitable_init(&objects[0], true, true);
    waitable_init(&objects[1], true, false);
    assert_int_equal(waitable_wait(list, 2, true, deadline_ns), WAITABLE_INDEX_TIMEOUT);
    assert_true(host_now_ns() >= deadline_ns);
    assert_true(waitable_signalled(&objects[0]));
    /* Nobody is listed any more: setting must find no block of a wait that is over. */
    assert_null(objects[0].waiters);
    assert_int_equal(atomic_load(&objects[0].state) & WAITABLE_WAITERS, 0);
}

/* ---- Each signal is received once ---- */

struct rounds {
    struct waitable a, b, other;
    struct waitable received; /* auto: one signal was taken */
    _Atomic unsigned taken, failed;
    _Atomic bool over;
    bool short_waits;
};

static void rounds_init(struct rounds *rounds)
{
    waitable_init(&rounds->a, true, false);
    waitable_init(&rounds->b, true, false);
    waitable_init(&rounds->other, false, false);
    waitable_init(&rounds->received, true, false);
    atomic_init(&rounds->taken, 0);
    atomic_init(&rounds->failed, 0);
    atomic_init(&rounds->over, false);
    rounds->short_waits = false;
}

static void *take_any(void *argument)
{
    struct rounds *rounds = argument;
    struct waitable *const list[] = {&rounds->other, &rounds->a};
    int64_t last_ns = limit();

    for (;;) {
        int64_t until_ns = rounds->short_waits ? host_now_ns() + 20000 : last_ns;
        int index = waitable_wait(list, 2, false, until_ns);

        if (index == 0)
            return NULL;
        if (index == 1) {
            atomic_fetch_add(&rounds->taken, 1);
            waitable_set(&rounds->received);
        } else if (host_now_ns() >= last_ns) {
            atomic_fetch_add(&rounds->failed, 1);
            return NULL;
        }
    }
}

static void auto_object_round(bool short_waits)
{
    struct rounds rounds;
    pthread_t threads[TAKERS];

    rounds_init(&rounds);
    rounds.short_waits = short_waits;
    for (int i = 0; i < TAKERS; i++)
        threads[i] = run(take_any, &rounds);
    for (unsigned i = 0; i < ROUNDS; i++) {
        waitable_set(&rounds.a);
        assert_int_equal(wait_one(&rounds.received, limit()), 0);
        assert_int_equal(atomic_load(&rounds.taken), i + 1);
    }
    waitable_set(&rounds.other); /* manual: ends them all */
    for (int i = 0; i < TAKERS; i++)
        join(threads[i]);
    assert_int_equal(atomic_load(&rounds.failed), 0);
    assert_int_equal(atomic_load(&rounds.taken), ROUNDS);
}

static void auto_object_releases_exactly_one_waiter_per_signal(void **state)
{
    (void)state;
    auto_object_round(false);
}

static void signal_is_not_lost_to_a_waiter_that_times_out(void **state)
{
    (void)state;
    auto_object_round(true);
}

/* ---- A wake whose receiver left by another object goes on to the next ---- */

struct handover {
    struct waitable x, a;
    struct waitable first_done, second_done;
    _Atomic int first_index, second_index;
};

static void *handover_first(void *argument)
{
    struct handover *handover = argument;
    struct waitable *const list[] = {&handover->x, &handover->a};

    atomic_store(&handover->first_index, waitable_wait(list, 2, false, limit()));
    waitable_set(&handover->first_done);
    return NULL;
}

static void *handover_second(void *argument)
{
    struct handover *handover = argument;

    atomic_store(&handover->second_index, wait_one(&handover->a, limit()));
    waitable_set(&handover->second_done);
    return NULL;
}

static void wake_is_handed_on_by_who_leaves_by_another_object(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS / 10; i++) {
        struct handover handover;
        pthread_t first, second;

        waitable_init(&handover.x, true, false);
        waitable_init(&handover.a, true, false);
        waitable_init(&handover.first_done, false, false);
        waitable_init(&handover.second_done, false, false);
        first = run(handover_first, &handover);
        second = run(handover_second, &handover);
        waitable_set(&handover.a);
        waitable_set(&handover.x);
        assert_int_equal(wait_one(&handover.first_done, limit()), 0);
        if (atomic_load(&handover.first_index) == 1) /* it took what the second one needs */
            waitable_set(&handover.a);
        assert_int_equal(wait_one(&handover.second_done, limit()), 0);
        assert_int_equal(atomic_load(&handover.second_index), 0);
        join(first);
        join(second);
    }
}

/* ---- Waits for all ---- */

struct pair {
    struct rounds *rounds;
    bool swapped;
    unsigned count; /* pairs to take */
};

static void *take_pairs(void *argument)
{
    const struct pair *pair = argument;
    struct rounds *rounds = pair->rounds;
    struct waitable *const straight[] = {&rounds->a, &rounds->b};
    struct waitable *const swapped[] = {&rounds->b, &rounds->a};

    for (unsigned i = 0; i < pair->count; i++) {
        if (waitable_wait(pair->swapped ? swapped : straight, 2, true, limit()) != 0) {
            atomic_fetch_add(&rounds->failed, 1);
            return NULL;
        }
        atomic_fetch_add(&rounds->taken, 1);
        waitable_set(&rounds->received);
    }
    return NULL;
}

static void waits_for_all_in_opposite_order_neither_block_nor_lose_a_signal(void **state)
{
    struct rounds rounds;
    struct pair pairs[2] = {{&rounds, false, ROUNDS / 2}, {&rounds, true, ROUNDS / 2}};
    pthread_t threads[2];

    (void)state;
    rounds_init(&rounds);
    for (int i = 0; i < 2; i++)
        threads[i] = run(take_pairs, &pairs[i]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        waitable_set(i % 2 ? &rounds.a : &rounds.b);
        waitable_set(i % 2 ? &rounds.b : &rounds.a);
        assert_int_equal(wait_one(&rounds.received, limit()), 0);
        assert_int_equal(atomic_load(&rounds.taken), i + 1);
    }
    for (int i = 0; i < 2; i++)
        join(threads[i]);
    assert_int_equal(atomic_load(&rounds.failed), 0);
}

static void wait_for_all_does_not_keep_a_wake_from_who_can_use_it(void **state)
{
    struct rounds rounds;
    struct pair pair = {&rounds, false, 1};
    pthread_t all, any;

    (void)state;
    rounds_init(&rounds);
    all =
        run(take_pairs, &pair); /* never gets b until the end, so every signal of a is for `any` */
    any = run(take_any, &rounds);
    for (unsigned i = 0; i < ROUNDS; i++) {
        waitable_set(&rounds.a);
        assert_int_equal(wait_one(&rounds.received, limit()), 0);
    }
    waitable_set(&rounds.other);
    join(any);
    waitable_set(&rounds.a);
    waitable_set(&rounds.b);
    join(all);
    assert_int_equal(atomic_load(&rounds.failed), 0);
    assert_int_equal(atomic_load(&rounds.taken), ROUNDS + 1);
}

static void *toggle(void *argument)
{
    struct rounds *rounds = argument;

    while (!atomic_load(&rounds->over)) {
        waitable_set(&rounds->other);
        host_yield();
        waitable_reset(&rounds->other);
    }
    waitable_set(&rounds->other);
    return NULL;
}

/* A manual object goes on and off under waits for all that also take an auto object. */
static void *take_toggled(void *argument)
{
    struct rounds *rounds = argument;
    struct waitable *const list[] = {&rounds->a, &rounds->other};

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (waitable_wait(list, 2, true, limit()) != 0) {
            atomic_fetch_add(&rounds->failed, 1);
            return NULL;
        }
        atomic_fetch_add(&rounds->taken, 1);
        waitable_set(&rounds->received);
    }
    return NULL;
}

static void signal_set_while_a_wait_for_all_commits_is_not_lost(void **state)
{
    struct rounds rounds;
    pthread_t toggler, taker;

    (void)state;
    rounds_init(&rounds);
    toggler = run(toggle, &rounds);
    taker = run(take_toggled, &rounds);
    for (unsigned i = 0; i < ROUNDS; i++) {
        waitable_set(&rounds.a);
        assert_int_equal(wait_one(&rounds.received, limit()), 0);
        assert_int_equal(atomic_load(&rounds.taken), i + 1);
    }
    atomic_store(&rounds.over, true);
    join(taker);
    join(toggler);
    assert_int_equal(atomic_load(&rounds.failed), 0);
}

/* ---- Set and reset take effect before they return, whoever else holds the object ---- */

static void *poll_all(void *argument)
{
    struct rounds *rounds = argument;
    struct waitable *const list[] = {&rounds->other, &rounds->b};

    while (!atomic_load(&rounds->over)) {
        if (waitable_wait(list, 2, true, 0) == 0)
            waitable_set(&rounds->b);
    }
    return NULL;
}

static void set_and_reset_hold_when_they_return(void **state)
{
    struct rounds rounds;
    pthread_t poller;
    unsigned wrong = 0;

    (void)state;
    rounds_init(&rounds);
    waitable_set(&rounds.b);
    poller = run(poll_all, &rounds);
    for (unsigned i = 0; i < ROUNDS * 10; i++) {
        waitable_set(&rounds.other);
        wrong += !waitable_signalled(&rounds.other);
        wrong += wait_one(&rounds.other, 0) != 0;
        waitable_reset(&rounds.other);
        wrong += waitable_signalled(&rounds.other);
    }
    atomic_store(&rounds.over, true);
    join(poller);
    assert_int_equal(wrong, 0);
}

/* ---- The last waiter leaves nothing behind ---- */

static void *wait_briefly(void *argument)
{
    struct waitable *waitable = argument;

    for (int i = 0; i < ROUNDS / 10; i++)
        wait_one(waitable, host_now_ns() + 20000);
    return NULL;
}

static void many_waiters_come_and_go_and_leave_an_empty_list(void **state)
{
    struct waitable waitable;
    pthread_t threads[TAKERS];

    (void)state;
    waitable_init(&waitable, false, false);
    for (int i = 0; i < TAKERS; i++)
        threads[i] = run(wait_briefly, &waitable);
    for (int i = 0; i < ROUNDS; i++) {
        waitable_set(&waitable);
        waitable_reset(&waitable);
    }
    for (int i = 0; i < TAKERS; i++)
        join(threads[i]);
    assert_null(waitable.waiters);
    assert_int_equal(atomic_load(&waitable.state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manual_object_stays_signalled_and_auto_object_is_taken),
        cmocka_unit_test(any_returns_lowest_index_and_takes_only_that),
        cmocka_unit_test(all_takes_everything_or_nothing),
        cmocka_unit_test(wait_ends_at_its_deadline_and_not_before),
        cmocka_unit_test(auto_object_releases_exactly_one_waiter_per_signal),
        cmocka_unit_test(signal_is_not_lost_to_a_waiter_that_times_out),
        cmocka_unit_test(wake_is_handed_on_by_who_leaves_by_another_object),
        cmocka_unit_test(waits_for_all_in_opposite_order_neither_block_nor_lose_a_signal),
        cmocka_unit_test(wait_for_all_does_not_keep_a_wake_from_who_can_use_it),
        cmocka_unit_test(signal_set_while_a_wait_for_all_commits_is_not_lost),
        cmocka_unit_test(set_and_reset_hold_when_they_return),
        cmocka_unit_test(many_waiters_come_and_go_and_leave_an_empty_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
