/* SPDX-License-Identifier: MIT */
/*
 * A worker that looks after its only busy connection by itself: core/object/lone.h. Whatever takes
 * the receive away from it, there is one completion, and it comes in time.
 */
#include "lone_case.h"

static void kept_receive_ends_with_its_data(void **state)
{
    struct lone_case lone;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(flow_send(lone.pair.client, "abc", 3), 3);
    take_bytes(&lone, 3);
    assert_memory_equal(lone.data, "abc", 3);
    assert_int_equal(lone.overlapped.Internal, 0);
    lone_end(&lone);
}

static void kept_receive_ends_with_the_connection(void **state)
{
    struct lone_case lone;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(shutdown(lone.pair.client, SD_SEND), 0);
    take_bytes(&lone, 0);
    lone_end(&lone);
}

static void kept_receives_come_in_posting_order(void **state)
{
    struct lone_case lone;
    OVERLAPPED second = {0};
    OVERLAPPED *overlapped;
    DWORD bytes = 0;
    char last[4];

    (void)state;
    lone_begin(&lone);
    assert_int_equal(flow_start_recv(lone.pair.server, last, sizeof last, &second), WSA_IO_PENDING);
    assert_int_equal(flow_send(lone.pair.client, "01234567xyz", 11), 11);
    take_bytes(&lone, 8);
    assert_int_equal(take(lone.port, &overlapped, &bytes), 0);
    assert_ptr_equal(overlapped, &second);
    assert_int_equal(bytes, 3);
    assert_memory_equal(lone.data, "01234567", 8);
    assert_memory_equal(last, "xyz", 3);
    lone_end(&lone);
}

/* More than a worker keeps. */
static void a_large_receive_is_not_kept(void **state)
{
    static char large[65537];
    struct lone_case lone;
    unsigned before;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(flow_send(lone.pair.client, "abc", 3), 3);
    take_bytes(&lone, 3);
    before = lone_kept_so_far();
    memset(&lone.overlapped, 0, sizeof lone.overlapped);
    assert_int_equal(flow_start_recv(lone.pair.server, large, sizeof large, &lone.overlapped),
                     WSA_IO_PENDING);
    assert_int_equal(lone_kept_so_far(), before);
    assert_int_equal(flow_send(lone.pair.client, "abc", 3), 3);
    take_bytes(&lone, 3);
    assert_memory_equal(large, "abc", 3);
    lone_end(&lone);
}

static void kept_receive_is_cancelled(void **state)
{
    struct lone_case lone;
    OVERLAPPED *overlapped;
    DWORD bytes = 99;

    (void)state;
    lone_begin(&lone);
    assert_true(CancelIoEx((HANDLE)lone.pair.server, &lone.overlapped));
    assert_int_equal(take(lone.port, &overlapped, &bytes), ERROR_OPERATION_ABORTED);
    assert_ptr_equal(overlapped, &lone.overlapped);
    assert_int_equal(lone.overlapped.Internal, FLOW_CANCELLED);
    flow_fails(CancelIoEx((HANDLE)lone.pair.server, &lone.overlapped), ERROR_NOT_FOUND);
    lone_end(&lone);
}

static void closing_ends_a_kept_receive(void **state)
{
    struct lone_case lone;
    OVERLAPPED *overlapped;
    DWORD bytes = 99;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(closesocket(lone.pair.server), 0);
    assert_int_equal(take(lone.port, &overlapped, &bytes), ERROR_CONNECTION_ABORTED);
    assert_ptr_equal(overlapped, &lone.overlapped);
    closesocket(lone.pair.client);
    CloseHandle(lone.port);
}

struct other {
    struct lone_case *lone;
    _Atomic unsigned waiter; /* thread id of who waits meanwhile */
    WSAEVENT event;
};

static void *close_socket(void *argument)
{
    struct other *other = argument;

    flow_asleep(&other->waiter);
    assert_int_equal(closesocket(other->lone->pair.server), 0);
    return NULL;
}

static void closing_ends_the_wait_of_who_keeps_it(void **state)
{
    struct lone_case lone;
    struct other other = {.lone = &lone};
    OVERLAPPED *overlapped;
    DWORD bytes = 99;
    pthread_t thread;

    (void)state;
    lone_begin(&lone);
    other.waiter = (unsigned)GetCurrentThreadId();
    thread = flow_run(close_socket, &other);
    assert_int_equal(take(lone.port, &overlapped, &bytes), ERROR_CONNECTION_ABORTED);
    assert_ptr_equal(overlapped, &lone.overlapped);
    flow_join(thread);
    closesocket(lone.pair.client);
    CloseHandle(lone.port);
}

static void *take_packet(void *argument)
{
    struct other *other = argument;

    take_bytes(other->lone, 2);
    if (other->event != NULL)
        WSASetEvent(other->event);
    return NULL;
}

/* Its thread does something else, which this library cannot see. */
static void another_worker_gets_what_the_keeper_leaves(void **state)
{
    struct lone_case lone;
    struct other other = {.lone = &lone};
    unsigned before;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    flow_join(flow_run(take_packet, &other));
    post(&lone); /* not kept at once, because the last packet taken here was before that thread's */
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    take_bytes(&lone, 2);
    before = lone_kept_so_far();
    post(&lone);
    assert_int_equal(lone_kept_so_far(), before); /* the port has had two workers */
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    take_bytes(&lone, 2);
    lone_end(&lone);
}

static void another_wait_gives_the_receive_away(void **state)
{
    struct lone_case lone;
    struct other other = {.lone = &lone, .event = WSACreateEvent()};
    pthread_t thread;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    thread = flow_run(take_packet, &other);
    assert_int_equal(WSAWaitForMultipleEvents(1, &other.event, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    flow_join(thread);
    WSACloseEvent(other.event);
    lone_end(&lone);
}

static void another_packet_gives_the_receive_away(void **state)
{
    struct lone_case lone;
    OVERLAPPED *overlapped;
    DWORD bytes = 0;

    (void)state;
    lone_begin(&lone);
    assert_true(PostQueuedCompletionStatus(lone.port, 5, 0, NULL));
    assert_int_equal(take(lone.port, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 5);
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    take_bytes(&lone, 2);
    lone_end(&lone);
}

static void packets_come_to_who_keeps_a_receive(void **state)
{
    struct lone_case lone;
    OVERLAPPED *overlapped;
    DWORD bytes = 0;

    (void)state;
    lone_begin(&lone);
    flow_fails(GetQueuedCompletionStatus(lone.port, &bytes, &(ULONG_PTR){0}, &overlapped, 1),
               WAIT_TIMEOUT);
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    take_bytes(&lone, 2);
    lone_end(&lone);
}

static void who_only_looks_gets_the_data_too(void **state)
{
    struct lone_case lone;
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = 0;

    (void)state;
    lone_begin(&lone);
    flow_fails(GetQueuedCompletionStatus(lone.port, &bytes, &key, &overlapped, 0), WAIT_TIMEOUT);
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    while (!GetQueuedCompletionStatus(lone.port, &bytes, &key, &overlapped, 0))
        assert_int_equal(GetLastError(), WAIT_TIMEOUT);
    assert_ptr_equal(overlapped, &lone.overlapped);
    assert_int_equal(bytes, 2);
    lone_end(&lone);
}

static void *keep_and_leave(void *argument)
{
    lone_begin(argument);
    return NULL;
}

static void the_receive_outlives_its_thread(void **state)
{
    struct lone_case lone;

    (void)state;
    flow_join(flow_run(keep_and_leave, &lone));
    assert_int_equal(flow_send(lone.pair.client, "hi", 2), 2);
    take_bytes(&lone, 2);
    lone_end(&lone);
}

static void the_last_cleanup_ends_it(void **state)
{
    struct lone_case lone;

    (void)state;
    lone_begin(&lone);
    assert_int_equal(WSACleanup(), 0);
    assert_int_not_equal(lone.overlapped.Internal, FLOW_PENDING);
    assert_int_equal(pair_setup(state), 0);
    CloseHandle(lone.port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_receive_ends_with_its_data),
        cmocka_unit_test(kept_receive_ends_with_the_connection),
        cmocka_unit_test(kept_receives_come_in_posting_order),
        cmocka_unit_test(a_large_receive_is_not_kept),
        cmocka_unit_test(kept_receive_is_cancelled),
        cmocka_unit_test(closing_ends_a_kept_receive),
        cmocka_unit_test(closing_ends_the_wait_of_who_keeps_it),
        cmocka_unit_test(another_worker_gets_what_the_keeper_leaves),
        cmocka_unit_test(another_wait_gives_the_receive_away),
        cmocka_unit_test(another_packet_gives_the_receive_away),
        cmocka_unit_test(packets_come_to_who_keeps_a_receive),
        cmocka_unit_test(who_only_looks_gets_the_data_too),
        cmocka_unit_test(the_receive_outlives_its_thread),
        cmocka_unit_test(the_last_cleanup_ends_it),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
