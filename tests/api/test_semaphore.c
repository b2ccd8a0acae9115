/* SPDX-License-Identifier: MIT */
/* CreateSemaphore and ReleaseSemaphore, and waits for semaphores. None needs WSAStartup(). */
#include "flow.h"

enum { THREADS = 4, ROUNDS = 3000 };

static void count_is_taken_one_by_one_and_given_back_in_any_amount(void **state)
{
    HANDLE semaphore = CreateSemaphoreA(NULL, 2, 1000000, NULL);
    LONG before = -1;

    (void)state;
    assert_non_null(semaphore);
    assert_int_equal(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    assert_true(ReleaseSemaphore(semaphore, 999999, &before));
    assert_int_equal(before, 0);
    assert_true(ReleaseSemaphore(semaphore, 1, NULL));
    assert_int_equal(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    assert_true(ReleaseSemaphore(semaphore, 1, &before));
    assert_int_equal(before, 999999);
    CloseHandle(semaphore);
}

static void create_reports_the_first_failed_check(void **state)
{
    /* clang-format off */
    const struct { LONG initial, maximum; const char *name; DWORD error; } rows[] = {
        { 0,  0, "name", ERROR_INVALID_PARAMETER },
        { 0, -1, NULL,   ERROR_INVALID_PARAMETER },
        {-1,  1, "name", ERROR_INVALID_PARAMETER },
        { 2,  1, "name", ERROR_INVALID_PARAMETER },
        { 1,  1, "name", ERROR_NOT_SUPPORTED     },
    };
    /* clang-format on */
    HANDLE semaphore;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        flow_fails(CreateSemaphoreA(NULL, rows[i].initial, rows[i].maximum, rows[i].name),
                   rows[i].error);
        flow_fails(CreateSemaphoreW(NULL, rows[i].initial, rows[i].maximum,
                                    rows[i].name == NULL ? NULL : L"name"),
                   rows[i].error);
    }
    SetLastError(4711);
    semaphore = CreateSemaphoreW(NULL, 0, 0x7fffffff, L"");
    assert_non_null(semaphore);
    assert_int_equal(GetLastError(), 0);
    assert_true(ReleaseSemaphore(semaphore, 0x7fffffff, NULL));
    flow_fails(ReleaseSemaphore(semaphore, 1, NULL), ERROR_TOO_MANY_POSTS);
    CloseHandle(semaphore);
}

static void release_reports_the_first_failed_check_and_changes_nothing(void **state)
{
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 2, NULL);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    LONG before = 77;

    (void)state;
    flow_fails(ReleaseSemaphore(NULL, 0, &before), ERROR_INVALID_PARAMETER);
    flow_fails(ReleaseSemaphore(semaphore, -1, &before), ERROR_INVALID_PARAMETER);
    flow_fails(ReleaseSemaphore(NULL, 1, &before), ERROR_INVALID_HANDLE);
    flow_fails(ReleaseSemaphore(event, 1, &before), ERROR_INVALID_HANDLE);
    flow_fails(ReleaseSemaphore(semaphore, 3, &before), ERROR_TOO_MANY_POSTS);
    assert_int_equal(before, 77);
    assert_int_equal(WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    SetLastError(4711);
    assert_true(ReleaseSemaphore(semaphore, 2, NULL));
    assert_int_equal(GetLastError(), 4711);
    CloseHandle(semaphore);
    flow_fails(ReleaseSemaphore(semaphore, 1, &before), ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

struct crowd {
    HANDLE semaphore;
    _Atomic unsigned waiting;
    _Atomic unsigned through;
};

static struct crowd crowd;

static void *crowd_wait(void *unused)
{
    (void)unused;
    crowd.waiting++;
    assert_int_equal(WaitForSingleObject(crowd.semaphore, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    crowd.through++;
    return NULL;
}

static void one_release_of_several_lets_as_many_through(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    crowd.semaphore = CreateSemaphoreA(NULL, 0, THREADS, NULL);
    for (int i = 0; i < THREADS; i++)
        threads[i] = flow_run(crowd_wait, NULL);
    flow_reach(&crowd.waiting, THREADS);
    assert_true(ReleaseSemaphore(crowd.semaphore, THREADS - 1, NULL));
    flow_reach(&crowd.through, THREADS - 1);
    assert_int_equal(WaitForSingleObject(crowd.semaphore, 0), WAIT_TIMEOUT);
    assert_int_equal(crowd.through, THREADS - 1);
    assert_true(ReleaseSemaphore(crowd.semaphore, 1, NULL));
    for (int i = 0; i < THREADS; i++)
        flow_join(threads[i]);
    CloseHandle(crowd.semaphore);
}

/* ---- WAIT_ALL over mixed objects, in opposite orders ---- */

struct mixed {
    HANDLE objects[3]; /* a semaphore, a mutex, an event that a wait resets */
    LONG inside;       /* protected by the mutex */
    LONG sum;
};

static struct mixed mixed;

static void *mixed_take(void *backwards)
{
    HANDLE order[3];

    for (int i = 0; i < 3; i++)
        order[i] = mixed.objects[backwards != NULL ? 2 - i : i];
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(WaitForMultipleObjects(3, order, TRUE, FLOW_LIMIT_MS), WAIT_OBJECT_0);
        assert_int_equal(mixed.inside, 0);
        mixed.inside = 1;
        mixed.sum++;
        mixed.inside = 0;
        assert_true(ReleaseMutex(mixed.objects[1]));
        assert_true(SetEvent(mixed.objects[2]));
        assert_true(ReleaseSemaphore(mixed.objects[0], 1, NULL));
    }
    return NULL;
}

static void waits_for_all_in_opposite_orders_take_all_or_nothing(void **state)
{
    pthread_t threads[2];

    (void)state;
    mixed.objects[0] = CreateSemaphoreA(NULL, 2, 2, NULL);
    mixed.objects[1] = CreateMutexA(NULL, FALSE, NULL);
    mixed.objects[2] = CreateEventA(NULL, FALSE, TRUE, NULL);
    threads[0] = flow_run(mixed_take, NULL);
    threads[1] = flow_run(mixed_take, &mixed);
    flow_join(threads[0]);
    flow_join(threads[1]);
    assert_int_equal(mixed.sum, 2 * ROUNDS);
    flow_fails(ReleaseSemaphore(mixed.objects[0], 1, NULL), ERROR_TOO_MANY_POSTS); /* 2 again */
    for (int i = 0; i < 3; i++)
        CloseHandle(mixed.objects[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(count_is_taken_one_by_one_and_given_back_in_any_amount),
        cmocka_unit_test(create_reports_the_first_failed_check),
        cmocka_unit_test(release_reports_the_first_failed_check_and_changes_nothing),
        cmocka_unit_test(one_release_of_several_lets_as_many_through),
        cmocka_unit_test(waits_for_all_in_opposite_orders_take_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
