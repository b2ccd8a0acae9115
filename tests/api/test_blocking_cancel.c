/* SPDX-License-Identifier: MIT */
/*
 * WSACancelBlockingCall: WSAEINTR from every call that documents it, cancelled by the thread's hook
 * and by calls queued to the thread. test_blocking_cancelled.c has what is left afterwards.
 */
#include "blocking_calls.h"

#include <ws2ring.h>

static bool asks_for_names(const struct blocking_call *call)
{
    return !call->alertable && call->run != do_closesocket;
}

/* The first call of the hook is early, the fifth comes after pauses. */
static void every_blocking_call_is_cancelled_by_its_hook(void **state)
{
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(blocking_calls); i++) {
        for (unsigned at = 1; at <= 5; at += 4) {
            const struct blocking_call *call = &blocking_calls[i];
            int result, error;

            /* Where names are answered at once, there is no fifth call. */
            if (at > 1 && asks_for_names(call))
                continue;
            print_message("%s\n", call->name);
            scene_open(&scene);
            hook_set((struct hook){.cancel_at = at});
            WSASetLastError(0);
            result = call->run(&scene);
            error = WSAGetLastError();
            hook_end();
            assert_int_equal(result, SOCKET_ERROR);
            if (hook.calls == 0 && asks_for_names(call)) { /* nor is there always a first */
                assert_int_not_equal(error, WSAEINTR);
                scene_close(&scene);
                continue;
            }
            assert_int_equal(error, WSAEINTR);
            assert_int_equal(hook.calls, at); /* and no more of them */
            assert_int_equal(hook.cancel_error, 0);
            assert_int_equal(hook.blocking, at);
            assert_false(WSAIsBlocking());
            pair_fails(WSACancelBlockingCall(), WSAEINVAL);
            scene_close(&scene);
        }
    }
}

static unsigned apc_blocking;

static void CALLBACK cancel_apc(ULONG_PTR argument)
{
    apc_blocking = WSAIsBlocking() != FALSE;
    *(int *)argument = WSACancelBlockingCall() == 0 ? 0 : WSAGetLastError();
}

/* A call queued to the thread, which has no hook. */
static void every_blocking_call_is_cancelled_by_a_queued_call(void **state)
{
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(blocking_calls); i++) {
        int cancel_error = -1;

        if (!blocking_calls[i].alertable)
            continue;
        print_message("%s\n", blocking_calls[i].name);
        scene_open(&scene);
        apc_blocking = 0;
        assert_true(QueueUserAPC(cancel_apc, GetCurrentThread(), (ULONG_PTR)&cancel_error) != 0);
        pair_fails(blocking_calls[i].run(&scene), WSAEINTR);
        assert_int_equal(cancel_error, 0);
        assert_int_equal(apc_blocking, 1);
        scene_close(&scene);
    }
}

static void cancelling_leaves_nothing_behind(void **state)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = {.size_bytes = sizeof after};
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    assert_int_equal(ws2_stats(&before), 0);
    every_blocking_call_is_cancelled_by_its_hook(state);
    do {
        assert_int_equal(ws2_stats(&after), 0);
        assert_true(GetTickCount64() < limit); /* the last one ends on a thread of the library */
        sched_yield();
    } while (after.sockets > before.sockets || after.operations > before.operations ||
             after.descriptors > before.descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_blocking_call_is_cancelled_by_its_hook),
        cmocka_unit_test(every_blocking_call_is_cancelled_by_a_queued_call),
        cmocka_unit_test(cancelling_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, hook_setup, pair_teardown);
}
