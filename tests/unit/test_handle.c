/* SPDX-License-Identifier: MIT */
/* The handle table: what is refused, how long a value stays unused, and lookups during a close.
 * Built for both borders between index and generation. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/handle.h"

enum {
    GENERATIONS = 1 << (29 - WS2RING_HANDLE_INDEX_BITS),
    FREE_MIN = 1000, /* at least so many other slots are used before one is used again */
    READERS = 3,
    ROUNDS = 20000
};

static _Atomic unsigned destroyed;

/* An object is a cell that says whether it lives. */
static void destroy(void *object)
{
    atomic_store((_Atomic int *)object, 0);
    atomic_fetch_add(&destroyed, 1);
}

static uint32_t open_one(_Atomic int *object)
{
    uint32_t value;

    atomic_store(object, 1);
    value = handle_open(HANDLE_THREAD, object);
    assert_int_not_equal(value, 0);
    assert_int_equal(value & 3, 0);
    assert_true(value < 1u << 31);
    return value;
}

static void close_one(uint32_t value)
{
    assert_non_null(handle_close(value, HANDLE_THREAD));
    handle_unref(value);
}

static void what_was_never_opened_is_refused(void **state)
{
    static const uint64_t values[] = {0,          1,          2,          3,          0x80000000u,
                                      UINT32_MAX, UINT64_MAX, 1ull << 32, 0x7FFFFFFCu};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_null(handle_ref(values[i], HANDLE_NONE));
        assert_null(handle_close(values[i], HANDLE_NONE));
        assert_int_equal(handle_type_of(values[i]), HANDLE_NONE);
    }
}

static void only_the_very_value_and_type_find_the_object(void **state)
{
    _Atomic int object;
    uint32_t value = open_one(&object);

    (void)state;
    assert_int_equal(handle_type_of(value), HANDLE_THREAD);
    assert_ptr_equal(handle_ref(value, HANDLE_THREAD), &object);
    assert_ptr_equal(handle_ref(value, HANDLE_NONE), &object);
    handle_unref(value);
    handle_unref(value);
    assert_null(handle_ref(value, HANDLE_SOCK));
    assert_null(handle_close(value, HANDLE_EVENT));
    assert_null(handle_ref(value | 1, HANDLE_THREAD));
    assert_null(handle_ref(value | 2, HANDLE_NONE));
    assert_null(handle_ref(value | 1ull << 31, HANDLE_THREAD));
    assert_null(handle_ref(value | 1ull << 32, HANDLE_THREAD));
    for (uint32_t i = 1; i < GENERATIONS; i++)
        assert_null(handle_ref(value ^ i << (2 + WS2RING_HANDLE_INDEX_BITS), HANDLE_NONE));
    close_one(value);
}

static void the_object_lives_as_long_as_its_last_reference(void **state)
{
    _Atomic int object;
    uint32_t open_before = handle_count(HANDLE_THREAD);
    uint32_t live_before = handle_live_count(HANDLE_THREAD);
    uint32_t value = open_one(&object);

    (void)state;
    assert_int_equal(handle_count(HANDLE_THREAD), open_before + 1);
    assert_ptr_equal(handle_ref(value, HANDLE_THREAD), &object);
    handle_ref_again(value);
    close_one(value);
    assert_null(handle_ref(value, HANDLE_THREAD));
    assert_null(handle_close(value, HANDLE_THREAD));
    assert_int_equal(handle_type_of(value), HANDLE_NONE);
    assert_int_equal(handle_count(HANDLE_THREAD), open_before);
    assert_int_equal(handle_live_count(HANDLE_THREAD), live_before + 1);
    handle_unref(value);
    assert_int_equal(atomic_load(&object), 1);
    handle_unref(value);
    assert_int_equal(atomic_load(&object), 0);
    assert_int_equal(handle_live_count(HANDLE_THREAD), live_before);
}

/* Slots are used again first in, first out, and each with every generation before a value is. */
static void a_value_is_long_not_seen_again(void **state)
{
    _Atomic int object;
    uint32_t first = open_one(&object);
    uint64_t closes = 0;
    uint32_t value;
    uint32_t last_with_index = first;
    uint64_t last_close = 0;

    (void)state;
    close_one(first);
    do {
        value = open_one(&object);
        if (value == first)
            break;
        assert_null(handle_ref(first, HANDLE_NONE));
        if (((value ^ first) & ((1u << (2 + WS2RING_HANDLE_INDEX_BITS)) - 1)) == 0) {
            assert_int_not_equal(value, last_with_index);
            assert_true(closes - last_close >= FREE_MIN);
            last_with_index = value;
            last_close = closes;
        }
        close_one(value);
        closes++;
    } while (closes < 10u * FREE_MIN * GENERATIONS);
    assert_int_equal(value, first); /* it does come back */
    assert_true(closes >= (uint64_t)FREE_MIN * (GENERATIONS - 1));
    close_one(value);
}

static void count_visit(void *object, void *argument)
{
    unsigned *count = argument;

    *count += atomic_load((_Atomic int *)object) == 1;
}

static void every_open_handle_is_visited(void **state)
{
    enum { COUNT = 3000 }; /* more than one chunk */
    static _Atomic int objects[COUNT];
    static uint32_t values[COUNT];
    unsigned count = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        values[i] = open_one(&objects[i]);
    close_one(values[0]);
    handle_each(HANDLE_THREAD, count_visit, &count);
    assert_int_equal(count, COUNT - 1);
    for (int i = 1; i < COUNT; i++)
        close_one(values[i]);
    count = 0;
    handle_each(HANDLE_THREAD, count_visit, &count);
    assert_int_equal(count, 0);
}

static _Atomic uint32_t shared_value;
static _Atomic bool stop;
static _Atomic unsigned dead_seen;

/* Whoever gets a reference sees a living object until it gives the reference back. */
static void *look_up(void *argument)
{
    (void)argument;
    while (!atomic_load(&stop)) {
        uint32_t value = atomic_load(&shared_value);
        _Atomic int *object = handle_ref(value, HANDLE_THREAD);

        if (object == NULL)
            continue;
        if (atomic_load(object) != 1)
            atomic_fetch_add(&dead_seen, 1);
        handle_unref(value);
    }
    return NULL;
}

static void lookups_race_with_close(void **state)
{
    static _Atomic int objects[ROUNDS];
    pthread_t readers[READERS];
    unsigned before = atomic_load(&destroyed);

    (void)state;
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, look_up, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t value = open_one(&objects[i]);

        atomic_store(&shared_value, value);
        close_one(value);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&dead_seen), 0);
    assert_int_equal(atomic_load(&destroyed) - before, ROUNDS);
}

static int setup(void **state)
{
    (void)state;
    handle_register(HANDLE_THREAD, destroy);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_never_opened_is_refused),
        cmocka_unit_test(only_the_very_value_and_type_find_the_object),
        cmocka_unit_test(the_object_lives_as_long_as_its_last_reference),
        cmocka_unit_test(a_value_is_long_not_seen_again),
        cmocka_unit_test(every_open_handle_is_visited),
        cmocka_unit_test(lookups_race_with_close),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
