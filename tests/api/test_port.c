/* SPDX-License-Identifier: MIT */
/* Completion ports: association, order, who is woken, the concurrency cap, and no packet at all. */
#include "flow.h"

enum { THREADS = 4 };

/* An earlier check wins: each row also breaks what a later check would catch. */
static void association_rules_hold(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE port = flow_port(1);
    HANDLE event = WSACreateEvent();
    HANDLE own;
    const struct {
        HANDLE file, existing;
        DWORD error;
    } rows[] = {
        {INVALID_HANDLE_VALUE, event, ERROR_INVALID_PARAMETER},
        {event, (HANDLE)s, ERROR_INVALID_HANDLE},
        {event, port, ERROR_INVALID_HANDLE},
        {NULL, port, ERROR_INVALID_HANDLE},
        {event, NULL, ERROR_INVALID_HANDLE},
        {(HANDLE)s, port, ERROR_INVALID_PARAMETER}, /* it has one */
        {(HANDLE)s, NULL, ERROR_INVALID_PARAMETER},
    };

    (void)state;
    own = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0); /* a new port, and tied to it */
    assert_non_null(own);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        flow_fails(CreateIoCompletionPort(rows[i].file, rows[i].existing, 1, 1), rows[i].error);
    closesocket(s);
    CloseHandle(own);
    CloseHandle(port);
    WSACloseEvent(event);
}

static void arguments_are_checked(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE port = flow_port(1);
    OVERLAPPED *overlapped = PAIR_BAD;
    OVERLAPPED_ENTRY entry;
    ULONG_PTR key = 77;
    DWORD n = 77;

    (void)state;
    flow_fails(GetQueuedCompletionStatus((HANDLE)s, &n, &key, &overlapped, 0),
               ERROR_INVALID_HANDLE);
    assert_null(overlapped);
    assert_int_equal(n + key, 2 * 77);
    flow_fails(GetQueuedCompletionStatus((HANDLE)s, NULL, NULL, NULL, 0), ERROR_INVALID_HANDLE);
    flow_fails(GetQueuedCompletionStatus(port, NULL, &key, &overlapped, 0),
               ERROR_INVALID_PARAMETER);
    flow_fails(GetQueuedCompletionStatusEx((HANDLE)s, NULL, 0, NULL, 0, 0), ERROR_INVALID_HANDLE);
    flow_fails(GetQueuedCompletionStatusEx(port, NULL, 1, &n, 0, 0), ERROR_INVALID_PARAMETER);
    flow_fails(GetQueuedCompletionStatusEx(port, &entry, 0, &n, 0, 0), ERROR_INVALID_PARAMETER);
    flow_fails(GetQueuedCompletionStatusEx(port, &entry, 1, NULL, 0, 0), ERROR_INVALID_PARAMETER);
    flow_fails(GetQueuedCompletionStatusEx(port, &entry, 1, &n, 0, 0), WAIT_TIMEOUT);
    flow_fails(GetQueuedCompletionStatusEx(port, &entry, 1, &n, 5, 0), WAIT_TIMEOUT);
    flow_fails(PostQueuedCompletionStatus((HANDLE)s, 0, 0, NULL), ERROR_INVALID_HANDLE);
    flow_fails(SetFileCompletionNotificationModes(port, 0xFF), ERROR_INVALID_HANDLE);
    flow_fails(SetFileCompletionNotificationModes((HANDLE)s, 4), ERROR_INVALID_PARAMETER);
    closesocket(s);
    CloseHandle(port);
}

/* IOCP-21, -22, -04. */
static void packets_leave_first_in_first_out(void **state)
{
    enum { COUNT = 200 };
    HANDLE port = flow_port(1);
    OVERLAPPED_ENTRY entries[COUNT];
    struct flow_packet packet;
    OVERLAPPED overlapped;
    ULONG taken = 0;

    (void)state;
    flow_no_packet(port);
    for (DWORD i = 0; i < COUNT; i++)
        assert_true(PostQueuedCompletionStatus(port, i, 2 * i, i % 2 ? &overlapped : NULL));
    SetLastError(0xDEADBEEF);
    for (DWORD i = 0; i < COUNT / 2; i++) {
        packet = flow_take(port, 0);
        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, i);
        assert_int_equal(packet.key, 2 * i);
        assert_ptr_equal(packet.overlapped, i % 2 ? &overlapped : NULL);
    }
    for (DWORD i = COUNT / 2; i < COUNT; i += taken) {
        assert_true(GetQueuedCompletionStatusEx(port, entries, 7, &taken, 0, FALSE));
        assert_in_range(taken, 1, 7);
        for (DWORD j = 0; j < taken; j++) {
            assert_int_equal(entries[j].dwNumberOfBytesTransferred, i + j);
            assert_int_equal(entries[j].lpCompletionKey, 2 * (i + j));
            assert_int_equal(entries[j].Internal, 0);
        }
    }
    assert_int_equal(GetLastError(), 0xDEADBEEF);
    flow_no_packet(port);
    CloseHandle(port);
}

struct waiter {
    HANDLE port;
    HANDLE release;             /* waits for it after the packet; NULL: ends at once */
    _Atomic unsigned *taken;    /* counts the packets of all waiters */
    _Atomic unsigned thread_id; /* stored before the wait */
    unsigned turn;              /* which packet it got: 1 is the first */
    struct flow_packet packet;
};

static void *wait_on_thread(void *argument)
{
    struct waiter *waiter = argument;

    waiter->thread_id = (unsigned)GetCurrentThreadId();
    waiter->packet = flow_take(waiter->port, FLOW_LIMIT_MS);
    waiter->turn = ++*waiter->taken;
    if (waiter->release != NULL)
        WaitForSingleObject(waiter->release, FLOW_LIMIT_MS);
    return NULL;
}

static void the_newest_waiter_is_woken_first(void **state)
{
    HANDLE port = flow_port(THREADS);
    struct waiter waiters[THREADS];
    pthread_t threads[THREADS];
    _Atomic unsigned taken = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        waiters[i] = (struct waiter){.port = port, .taken = &taken};
        threads[i] = flow_run(wait_on_thread, &waiters[i]);
        flow_asleep(&waiters[i].thread_id);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_true(PostQueuedCompletionStatus(port, i, 0, NULL));
        flow_reach(&taken, i + 1);
    }
    for (int i = 0; i < THREADS; i++) {
        flow_join(threads[i]);
        assert_int_equal(waiters[i].turn, THREADS - i);
    }
    CloseHandle(port);
}

static void closing_the_port_ends_every_wait(void **state)
{
    HANDLE port = flow_port(1);
    struct waiter waiters[THREADS];
    pthread_t threads[THREADS];
    _Atomic unsigned taken = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        waiters[i] = (struct waiter){.port = port, .taken = &taken};
        threads[i] = flow_run(wait_on_thread, &waiters[i]);
        flow_asleep(&waiters[i].thread_id);
    }
    assert_true(CloseHandle(port));
    for (int i = 0; i < THREADS; i++) {
        flow_join(threads[i]);
        assert_int_equal(waiters[i].packet.error, ERROR_ABANDONED_WAIT_0);
        assert_null(waiters[i].packet.overlapped);
        assert_int_equal(waiters[i].packet.bytes, 77); /* untouched */
        assert_int_equal(waiters[i].packet.key, 77);
    }
    flow_fails(PostQueuedCompletionStatus(port, 0, 0, NULL), ERROR_INVALID_HANDLE);
}

struct worker {
    HANDLE port;
    HANDLE release; /* an event of the library; NULL: blocks on the mutex, outside of it */
    pthread_mutex_t mutex;
    _Atomic unsigned taken;
    _Atomic unsigned waiting; /* number of the thread, before it waits for the event */
    _Atomic unsigned go;
};

static void *work_on_thread(void *argument)
{
    struct worker *worker = argument;

    flow_take(worker->port, FLOW_LIMIT_MS);
    worker->taken = 1;
    if (worker->release == NULL) {
        pthread_mutex_lock(&worker->mutex);
        pthread_mutex_unlock(&worker->mutex);
        return NULL;
    }
    flow_reach(&worker->go, 1);
    worker->waiting = (unsigned)GetCurrentThreadId();
    WaitForSingleObject(worker->release, FLOW_LIMIT_MS);
    return NULL;
}

static void the_cap_holds_until_the_worker_waits(void **state)
{
    struct worker worker = {.port = flow_port(1), .release = WSACreateEvent()};
    pthread_t thread = flow_run(work_on_thread, &worker);

    (void)state;
    assert_true(PostQueuedCompletionStatus(worker.port, 1, 0, NULL));
    flow_reach(&worker.taken, 1);
    assert_true(PostQueuedCompletionStatus(worker.port, 2, 0, NULL));
    flow_no_packet(worker.port); /* one is at work, and that is all that may */
    worker.go = 1;
    flow_asleep(&worker.waiting);
    assert_int_equal(flow_take(worker.port, 0).bytes, 2);
    WSASetEvent(worker.release);
    flow_join(thread);
    WSACloseEvent(worker.release);
    CloseHandle(worker.port);
}

static void a_worker_that_blocks_elsewhere_strands_nothing(void **state)
{
    struct worker worker = {.port = flow_port(1), .mutex = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;

    (void)state;
    pthread_mutex_lock(&worker.mutex);
    thread = flow_run(work_on_thread, &worker);
    assert_true(PostQueuedCompletionStatus(worker.port, 1, 0, NULL));
    flow_reach(&worker.taken, 1);
    assert_true(PostQueuedCompletionStatus(worker.port, 2, 0, NULL));
    assert_int_equal(flow_take(worker.port, FLOW_LIMIT_MS).bytes, 2);
    pthread_mutex_unlock(&worker.mutex);
    flow_join(thread);
    CloseHandle(worker.port);
}

static void the_low_bit_of_the_event_keeps_the_packet_away(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    HANDLE event = WSACreateEvent();
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    OVERLAPPED with_packet = {.hEvent = event};
    char data[8];

    (void)state;
    flow_tie(pair.client, port, 1);
    flow_accepted(flow_start_recv(pair.client, data, 8, &overlapped));
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_int_equal(WaitForSingleObject(event, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(overlapped.InternalHigh, 3);
    flow_accepted(flow_start_send(pair.client, "x", 1, &with_packet));
    assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &with_packet);
    flow_no_packet(port);
    pair_close(pair);
    WSACloseEvent(event);
    CloseHandle(port);
}

/* IOCP-31, IOCP-04. */
static void success_at_once_can_skip_the_packet(void **state)
{
    char data[8];

    (void)state;
    for (int skip = 0; skip < 2; skip++) {
        struct pair pair = pair_open();
        HANDLE port = flow_port(1);
        OVERLAPPED overlapped = {0};

        flow_tie(pair.client, port, 1);
        if (skip)
            assert_true(SetFileCompletionNotificationModes((HANDLE)pair.client,
                                                           FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
        assert_int_equal(flow_send(pair.server, "abc", 3), 3);
        assert_int_equal(flow_recv_with(pair.client, data, 8, MSG_PEEK), 3); /* they are there */
        assert_int_equal(flow_start_recv(pair.client, data, 8, &overlapped), 0);
        assert_int_equal(overlapped.InternalHigh, 3);
        if (!skip)
            assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &overlapped);
        flow_no_packet(port);
        assert_int_equal(flow_start_recv(pair.client, data, 8, &overlapped), WSA_IO_PENDING);
        assert_int_equal(flow_send(pair.server, "abc", 3), 3);
        assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &overlapped);
        flow_no_packet(port);
        pair_close(pair);
        CloseHandle(port);
    }
}

static void the_socket_s_own_signal_can_be_skipped(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = {0};
    char data[8];

    (void)state;
    flow_tie(pair.client, port, 1);
    assert_true(
        SetFileCompletionNotificationModes((HANDLE)pair.client, FILE_SKIP_SET_EVENT_ON_HANDLE));
    flow_accepted(flow_start_recv(pair.client, data, 8, &overlapped));
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &overlapped);
    assert_int_equal(WaitForSingleObject((HANDLE)pair.client, 0), WAIT_TIMEOUT);
    pair_close(pair);
    CloseHandle(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(association_rules_hold),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(packets_leave_first_in_first_out),
        cmocka_unit_test(the_newest_waiter_is_woken_first),
        cmocka_unit_test(closing_the_port_ends_every_wait),
        cmocka_unit_test(the_cap_holds_until_the_worker_waits),
        cmocka_unit_test(a_worker_that_blocks_elsewhere_strands_nothing),
        cmocka_unit_test(the_low_bit_of_the_event_keeps_the_packet_away),
        cmocka_unit_test(success_at_once_can_skip_the_packet),
        cmocka_unit_test(the_socket_s_own_signal_can_be_skipped),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
