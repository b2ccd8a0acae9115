/* SPDX-License-Identifier: MIT */
/* Completion ports: how long a port, its packets and its ties to sockets last. */
#include "flow.h"

#include <ws2ring.h>

static struct ws2_stats stats(void)
{
    struct ws2_stats now = {.size_bytes = sizeof now};

    assert_int_equal(ws2_stats(&now), 0);
    return now;
}

/* Operations go on, and tell their events; there is only nobody for the packets. */
static void a_socket_outlives_its_port(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED before = flow_overlapped();
    OVERLAPPED after = flow_overlapped();
    char data[8];
    DWORD bytes = 0;

    (void)state;
    flow_tie(pair.client, port, 1);
    flow_accepted(flow_start_recv(pair.client, data, 3, &before));
    assert_true(CloseHandle(port));
    assert_int_equal(flow_send(pair.server, "abcdef", 6), 6);
    assert_int_equal(flow_end(pair.client, &before, &bytes), 0);
    assert_int_equal(bytes, 3);
    flow_accepted(flow_start_recv(pair.client, data + 3, 3, &after));
    assert_int_equal(flow_end(pair.client, &after, &bytes), 0);
    assert_memory_equal(data, "abcdef", 6);
    /* It had its port for life. */
    port = flow_port(1);
    flow_fails(CreateIoCompletionPort((HANDLE)pair.client, port, 1, 0), ERROR_INVALID_PARAMETER);
    CloseHandle(port);
    WSACloseEvent(before.hEvent);
    WSACloseEvent(after.hEvent);
    pair_close(pair);
}

static void packets_outlive_their_socket(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED done = {0};
    OVERLAPPED aborted = {0};
    struct flow_packet packet;
    char data[8];

    (void)state;
    flow_tie(pair.client, port, 1);
    flow_accepted(flow_start_recv(pair.client, data, 3, &done));
    flow_accepted(flow_start_recv(pair.client, data + 3, 3, &aborted));
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    while (!HasOverlappedIoCompleted(&done))
        sched_yield();
    pair_close(pair);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_ptr_equal(packet.overlapped, &done);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 3);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_ptr_equal(packet.overlapped, &aborted);
    assert_int_equal(packet.error, ERROR_CONNECTION_ABORTED); /* IOCP-17 */
    flow_no_packet(port);
    CloseHandle(port);
}

static void a_closed_port_is_no_port(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE port = flow_port(1);
    OVERLAPPED_ENTRY entry;
    ULONG count = 77;

    (void)state;
    assert_true(PostQueuedCompletionStatus(port, 0, 0, NULL));
    assert_int_equal(flow_take(port, 0).error, 0); /* this thread is its worker */
    assert_true(CloseHandle(port));
    assert_int_equal(flow_take(port, 0).error, ERROR_INVALID_HANDLE);
    flow_fails(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 0, TRUE), ERROR_INVALID_HANDLE);
    assert_int_equal(count, 77);
    flow_fails(PostQueuedCompletionStatus(port, 0, 0, NULL), ERROR_INVALID_HANDLE);
    flow_fails(CreateIoCompletionPort((HANDLE)s, port, 0, 0), ERROR_INVALID_HANDLE);
    flow_fails(CloseHandle(port), ERROR_INVALID_HANDLE);
    closesocket(s);
}

static void packets_left_behind_go_with_the_port(void **state)
{
    struct ws2_stats before = stats();
    HANDLE port = flow_port(1);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(PostQueuedCompletionStatus(port, 0, 0, NULL));
    assert_int_equal(stats().operations, before.operations + 1000);
    CloseHandle(port);
    assert_int_equal(stats().operations, before.operations);
    assert_int_equal(stats().ports, before.ports);
}

struct waiter {
    HANDLE port, event, done;
    _Atomic unsigned step;
    _Atomic unsigned thread_id;
    DWORD error;
};

/* Takes from the port, waits for an event, then waits in the port with GetQueuedCompletionStatusEx
 * until it is closed. */
static void *waiter_main(void *argument)
{
    struct waiter *waiter = argument;
    OVERLAPPED_ENTRY entry;
    ULONG count;

    assert_int_equal(flow_take(waiter->port, FLOW_LIMIT_MS).error, 0);
    waiter->step = 1;
    WaitForSingleObject(waiter->event, FLOW_LIMIT_MS);
    waiter->thread_id = (unsigned)GetCurrentThreadId();
    waiter->error =
        GetQueuedCompletionStatusEx(waiter->port, &entry, 1, &count, FLOW_LIMIT_MS, TRUE)
            ? 0
            : GetLastError();
    waiter->step = 2;
    WaitForSingleObject(waiter->done, FLOW_LIMIT_MS);
    return NULL;
}

/* ERROR_ABANDONED_WAIT_0 for who waits; and nobody keeps the port. */
static void closing_the_port_ends_the_wait_for_entries(void **state)
{
    struct ws2_stats before = stats();
    struct waiter waiter = {.port = flow_port(1),
                            .event = CreateEventA(NULL, TRUE, TRUE, NULL),
                            .done = CreateEventA(NULL, TRUE, FALSE, NULL)};
    pthread_t thread = flow_run(waiter_main, &waiter);

    (void)state;
    assert_true(PostQueuedCompletionStatus(waiter.port, 0, 0, NULL));
    flow_asleep(&waiter.thread_id);
    CloseHandle(waiter.port);
    flow_reach(&waiter.step, 2);
    assert_int_equal(waiter.error, ERROR_ABANDONED_WAIT_0);
    assert_int_equal(stats().ports, before.ports);
    SetEvent(waiter.done);
    flow_join(thread);
    CloseHandle(waiter.event);
    CloseHandle(waiter.done);
}

/* A worker that is busy elsewhere when its port is closed lets go of it at its next wait. */
static void a_worker_lets_go_of_a_closed_port(void **state)
{
    struct ws2_stats before = stats();
    struct waiter waiter = {.port = flow_port(1),
                            .event = CreateEventA(NULL, TRUE, FALSE, NULL),
                            .done = CreateEventA(NULL, TRUE, FALSE, NULL)};
    pthread_t thread = flow_run(waiter_main, &waiter);
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    (void)state;
    assert_true(PostQueuedCompletionStatus(waiter.port, 0, 0, NULL));
    flow_reach(&waiter.step, 1);
    CloseHandle(waiter.port);
    SetEvent(waiter.event);
    flow_reach(&waiter.step, 2);
    assert_int_equal(waiter.error, ERROR_INVALID_HANDLE);
    while (stats().ports != before.ports) {
        assert_true(GetTickCount64() < limit);
        sched_yield();
    }
    SetEvent(waiter.done);
    flow_join(thread);
    CloseHandle(waiter.event);
    CloseHandle(waiter.done);
}

/* Each socket's packets go to its own port, whoever waits where. */
static void several_ports_share_nothing(void **state)
{
    enum { PORTS = 5 };
    HANDLE ports[PORTS];
    struct pair pairs[PORTS];
    OVERLAPPED ov[PORTS] = {{0}};
    char data[PORTS][4];

    (void)state;
    for (int i = 0; i < PORTS; i++) {
        ports[i] = flow_port(1);
        pairs[i] = pair_open();
        flow_tie(pairs[i].client, ports[i], (ULONG_PTR)i);
        flow_accepted(flow_start_recv(pairs[i].client, data[i], 4, &ov[i]));
    }
    for (int i = PORTS - 1; i >= 0; i--)
        assert_int_equal(flow_send(pairs[i].server, "abcd", 4), 4);
    for (int i = 0; i < PORTS; i++) {
        struct flow_packet packet = flow_take(ports[i], FLOW_LIMIT_MS);

        assert_int_equal(packet.key, i);
        assert_ptr_equal(packet.overlapped, &ov[i]);
        flow_no_packet(ports[i]);
        pair_close(pairs[i]);
        CloseHandle(ports[i]);
    }
}

/* Documented: what is tied to a port must have been opened for overlapped operations. */
static void a_socket_without_the_attribute_has_no_port(void **state)
{
    SOCKET s = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    struct ws2_stats before = stats();
    HANDLE port = flow_port(1);

    (void)state;
    flow_fails(CreateIoCompletionPort((HANDLE)s, port, 0, 0), ERROR_INVALID_PARAMETER);
    flow_fails(CreateIoCompletionPort((HANDLE)s, NULL, 0, 0), ERROR_INVALID_PARAMETER);
    CloseHandle(port);
    assert_int_equal(stats().ports, before.ports);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_outlives_its_port),
        cmocka_unit_test(packets_outlive_their_socket),
        cmocka_unit_test(a_closed_port_is_no_port),
        cmocka_unit_test(packets_left_behind_go_with_the_port),
        cmocka_unit_test(closing_the_port_ends_the_wait_for_entries),
        cmocka_unit_test(a_worker_lets_go_of_a_closed_port),
        cmocka_unit_test(several_ports_share_nothing),
        cmocka_unit_test(a_socket_without_the_attribute_has_no_port),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
