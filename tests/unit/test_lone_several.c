/* SPDX-License-Identifier: MIT */
/* A worker that looks after the receives of its port's few busy connections: core/object/lone.h. */
#include "lone_case.h"

enum { SEVERAL = 3 };

/* One port for all of them; each has a receive outstanding. */
static void several_open(struct lone_case *cases, unsigned count)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 4);

    assert_non_null(port);
    for (unsigned i = 0; i < count; i++) {
        memset(&cases[i], 0, sizeof cases[i]);
        cases[i].port = port;
        cases[i].pair = pair_open();
        assert_ptr_equal(CreateIoCompletionPort((HANDLE)cases[i].pair.server, port, 0, 0), port);
        post(&cases[i]);
    }
}

/* A message on one of them, and the next receive. True: that is kept. */
static bool several_step(struct lone_case *one)
{
    unsigned before = lone_kept_so_far();

    assert_int_equal(flow_send(one->pair.client, "warm", 4), 4);
    take_bytes(one, 4);
    post(one);
    return lone_kept_so_far() > before;
}

/* Until each receive is kept, one after the other. */
static void several_begin(struct lone_case *cases, unsigned count)
{
    unsigned kept = 0;

    several_open(cases, count);
    for (unsigned i = 0; kept < count; i++) {
        assert_int_not_equal(i, TRIES);
        kept = several_step(&cases[i % count]) ? kept + 1 : 0;
    }
}

static void several_end(struct lone_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        pair_close(cases[i].pair);
    CloseHandle(cases[0].port);
}

/* The next packet is that of one of these, which is forgotten then. */
static void take_one_of(struct lone_case **cases, unsigned count, DWORD expected)
{
    OVERLAPPED *overlapped;
    DWORD bytes = 99;

    assert_int_equal(take(cases[0]->port, &overlapped, &bytes), 0);
    assert_int_equal(bytes, expected);
    for (unsigned i = 0; i < count; i++) {
        if (overlapped != &cases[i]->overlapped)
            continue;
        cases[i] = cases[count - 1];
        return;
    }
    fail_msg("a packet came twice, or is nobody's");
}

static void take_each_once(struct lone_case *cases, unsigned count, DWORD expected)
{
    struct lone_case *left[LONE_MAX + 1];

    for (unsigned i = 0; i < count; i++)
        left[i] = &cases[i];
    for (unsigned i = count; i > 0; i--)
        take_one_of(left, i, expected);
}

static void each_kept_receive_ends_once(void **state)
{
    struct lone_case cases[LONE_MAX];

    (void)state;
    several_begin(cases, LONE_MAX);
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < LONE_MAX; i++)
            assert_int_equal(flow_send(cases[i].pair.client, "abc", 3), 3);
        take_each_once(cases, LONE_MAX, 3);
        for (unsigned i = 0; i < LONE_MAX; i++) {
            assert_memory_equal(cases[i].data, "abc", 3);
            post(&cases[i]);
        }
    }
    several_end(cases, LONE_MAX);
}

static void one_too_many_leaves_all_to_the_ring(void **state)
{
    struct lone_case cases[LONE_MAX + 1];
    unsigned before;

    (void)state;
    several_open(cases, LONE_MAX + 1);
    for (unsigned i = 0; i < LONE_MAX + 1; i++) /* earlier sockets may have been where these are */
        (void)several_step(&cases[i]);
    before = lone_kept_so_far();
    for (unsigned i = 0; i < 50 * (LONE_MAX + 1); i++)
        (void)several_step(&cases[i % (LONE_MAX + 1)]);
    assert_int_equal(lone_kept_so_far(), before);
    several_end(cases, LONE_MAX + 1);
}

static void closing_one_leaves_the_others(void **state)
{
    struct lone_case cases[SEVERAL];
    OVERLAPPED *overlapped;
    DWORD bytes = 99;

    (void)state;
    several_begin(cases, SEVERAL);
    assert_int_equal(closesocket(cases[1].pair.server), 0);
    assert_int_equal(take(cases[0].port, &overlapped, &bytes), ERROR_CONNECTION_ABORTED);
    assert_ptr_equal(overlapped, &cases[1].overlapped);
    for (unsigned i = 0; i < SEVERAL; i += 2)
        (void)several_step(&cases[i]);
    closesocket(cases[1].pair.client);
    pair_close(cases[0].pair);
    pair_close(cases[2].pair);
    CloseHandle(cases[0].port);
}

static void *keep_and_leave(void *argument)
{
    several_begin(argument, SEVERAL);
    return NULL;
}

static void the_receives_outlive_their_thread(void **state)
{
    struct lone_case cases[SEVERAL];

    (void)state;
    flow_join(flow_run(keep_and_leave, cases));
    for (unsigned i = 0; i < SEVERAL; i++)
        assert_int_equal(flow_send(cases[i].pair.client, "hi", 2), 2);
    take_each_once(cases, SEVERAL, 2);
    several_end(cases, SEVERAL);
}

static void the_last_cleanup_ends_them_all(void **state)
{
    struct lone_case cases[SEVERAL];

    (void)state;
    several_begin(cases, SEVERAL);
    assert_int_equal(WSACleanup(), 0);
    for (unsigned i = 0; i < SEVERAL; i++)
        assert_int_not_equal(cases[i].overlapped.Internal, FLOW_PENDING);
    assert_int_equal(pair_setup(state), 0);
    CloseHandle(cases[0].port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kept_receive_ends_once),
        cmocka_unit_test(one_too_many_leaves_all_to_the_ring),
        cmocka_unit_test(closing_one_leaves_the_others),
        cmocka_unit_test(the_receives_outlive_their_thread),
        cmocka_unit_test(the_last_cleanup_ends_them_all),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
