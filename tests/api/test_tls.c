/* SPDX-License-Identifier: MIT */
/* TlsAlloc, TlsFree, TlsGetValue, TlsSetValue. */
#include "flow.h"

enum { SLOTS = 1088, BEYOND = 70 /* beyond the first part of a thread's array */ };

static void *value_of(uintptr_t number)
{
    return (void *)number;
}

static void *set_and_get(void *slot)
{
    DWORD index = (DWORD)(uintptr_t)slot;

    assert_null(TlsGetValue(index));
    assert_true(TlsSetValue(index, value_of(7)));
    assert_ptr_equal(TlsGetValue(index), value_of(7));
    return NULL;
}

static void each_thread_has_its_own_value(void **state)
{
    DWORD index = TlsAlloc();

    (void)state;
    assert_int_not_equal(index, TLS_OUT_OF_INDEXES);
    assert_null(TlsGetValue(index));
    assert_true(TlsSetValue(index, value_of(5)));
    flow_join(flow_run(set_and_get, value_of(index)));
    flow_join(flow_run(set_and_get, value_of(index)));
    assert_ptr_equal(TlsGetValue(index), value_of(5));
    assert_true(TlsFree(index));
}

static void success_of_get_clears_the_last_error(void **state)
{
    DWORD index = TlsAlloc();

    (void)state;
    SetLastError(4711);
    assert_true(TlsSetValue(index, value_of(5)));
    assert_int_equal(GetLastError(), 4711);
    assert_ptr_equal(TlsGetValue(index), value_of(5));
    assert_int_equal(GetLastError(), 0);
    assert_true(TlsFree(index));
}

static void slot_allocated_again_is_null_everywhere(void **state)
{
    DWORD index = TlsAlloc();

    (void)state;
    assert_true(TlsSetValue(index, value_of(5)));
    assert_true(TlsFree(index));
    assert_null(TlsGetValue(index));
    assert_int_equal(TlsAlloc(), index);
    assert_null(TlsGetValue(index));
    assert_true(TlsFree(index));
}

static void all_slots_can_be_used_and_no_more(void **state)
{
    DWORD slots[SLOTS];

    (void)state;
    for (int i = 0; i < SLOTS; i++) {
        slots[i] = TlsAlloc();
        assert_int_not_equal(slots[i], TLS_OUT_OF_INDEXES);
        assert_true(TlsSetValue(slots[i], value_of((uintptr_t)i + 1)));
    }
    flow_fails(TlsAlloc() != TLS_OUT_OF_INDEXES, ERROR_NO_MORE_ITEMS);
    flow_join(flow_run(set_and_get, value_of(slots[BEYOND])));
    for (int i = 0; i < SLOTS; i++) {
        assert_ptr_equal(TlsGetValue(slots[i]), value_of((uintptr_t)i + 1));
        assert_true(TlsFree(slots[i]));
    }
}

static void wrong_indexes_are_refused(void **state)
{
    DWORD index = TlsAlloc();

    (void)state;
    assert_true(TlsFree(index));
    flow_fails(TlsFree(index), ERROR_INVALID_PARAMETER);
    flow_fails(TlsFree(SLOTS), ERROR_INVALID_PARAMETER);
    flow_fails(TlsSetValue(index, NULL), ERROR_INVALID_PARAMETER);
    flow_fails(TlsSetValue(SLOTS, NULL), ERROR_INVALID_PARAMETER);
    flow_fails(TlsGetValue(SLOTS), ERROR_INVALID_PARAMETER);
    flow_fails(TlsGetValue(TLS_OUT_OF_INDEXES), ERROR_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_its_own_value),
        cmocka_unit_test(success_of_get_clears_the_last_error),
        cmocka_unit_test(slot_allocated_again_is_null_everywhere),
        cmocka_unit_test(all_slots_can_be_used_and_no_more),
        cmocka_unit_test(wrong_indexes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
