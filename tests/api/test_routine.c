/* SPDX-License-Identifier: MIT */
/*
 * Completion routines: where and with what they run, what they exclude, and that each operation
 * ends in exactly one, whatever cancels it, except where its thread is gone.
 *
 * Long: every part uses the same few helpers, and the races belong to what they race with.
 */
#include "flow.h"

#include <stdbool.h>

#include <ws2ring.h>

enum { TRACE_MAX = 64, RACE_ROUNDS = 60, RACE_OPERATIONS = 8 };

struct traced { /* one call of a routine */
    DWORD error, bytes, flags;
    OVERLAPPED *overlapped;
    DWORD thread_id;
};

static _Thread_local struct traced trace[TRACE_MAX];
static _Thread_local unsigned trace_count;

static void CALLBACK traced(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    if (trace_count < TRACE_MAX)
        trace[trace_count] = (struct traced){error, bytes, flags, overlapped, GetCurrentThreadId()};
    trace_count++;
}

static int start_recv(SOCKET s, void *data, ULONG size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    return WSARecv(s, &buffer, 1, NULL, &flags, overlapped, traced) == 0 ? 0 : WSAGetLastError();
}

static int start_send(SOCKET s, const void *data, ULONG size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, (char *)(uintptr_t)data};

    return WSASend(s, &buffer, 1, NULL, 0, overlapped, traced) == 0 ? 0 : WSAGetLastError();
}

/* Runs routines until `count` have run since the last call. */
static void run_routines(unsigned count)
{
    while (trace_count < count)
        assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(trace_count, count);
    trace_count = 0;
}

static void routine_gets_the_result_on_the_issuing_thread(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    char data[16];

    (void)state;
    overlapped.hEvent = (HANDLE)(uintptr_t)0x7f; /* the caller's own; not even a handle */
    assert_int_equal(start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
    assert_int_equal(SleepEx(0, TRUE), 0);
    assert_int_equal(flow_send(pair.client, "hello", 5), 5);
    run_routines(1);
    assert_int_equal(trace[0].error, 0);
    assert_int_equal(trace[0].bytes, 5);
    assert_int_equal(trace[0].flags, 0);
    assert_ptr_equal(trace[0].overlapped, &overlapped);
    assert_int_equal(trace[0].thread_id, GetCurrentThreadId());
    assert_int_equal(overlapped.Internal, 0);
    assert_int_equal(overlapped.InternalHigh, 5);
    assert_ptr_equal(overlapped.hEvent, (void *)(uintptr_t)0x7f);
    assert_memory_equal(data, "hello", 5);
    pair_close(pair);
}

static void every_alertable_wait_runs_routines(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    HANDLE event = WSACreateEvent();
    OVERLAPPED overlapped = {0};
    OVERLAPPED_ENTRY entry;
    ULONG removed = 0;
    char data[4];

    (void)state;
    trace_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        DWORD result = WAIT_IO_COMPLETION;

        assert_int_equal(start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
        assert_int_equal(flow_send(pair.client, "x", 1), 1);
        if (i == 0)
            result = WSAWaitForMultipleEvents(1, &event, FALSE, FLOW_LIMIT_MS, TRUE);
        else if (i == 1)
            result = WaitForSingleObjectEx(event, FLOW_LIMIT_MS, TRUE);
        else if (i == 2)
            result = WaitForMultipleObjectsEx(1, &event, TRUE, FLOW_LIMIT_MS, TRUE);
        else
            flow_fails(GetQueuedCompletionStatusEx(port, &entry, 1, &removed, FLOW_LIMIT_MS, TRUE),
                       WAIT_IO_COMPLETION);
        assert_int_equal(result, WAIT_IO_COMPLETION);
        assert_int_equal(trace_count, i + 1);
    }
    trace_count = 0;
    WSACloseEvent(event);
    CloseHandle(port);
    pair_close(pair);
}

static void a_call_that_ends_at_once_queues_its_routine_too(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED sent = {0};
    OVERLAPPED received = {0};
    char data[16];

    (void)state;
    trace_count = 0;
    flow_accepted(start_send(pair.client, "abc", 3, &sent));
    assert_int_equal(trace_count, 0);
    run_routines(1);
    assert_int_equal(trace[0].bytes, 3);
    assert_ptr_equal(trace[0].overlapped, &sent);
    flow_accepted(start_recv(pair.server, data, sizeof data, &received));
    assert_int_equal(trace_count, 0);
    run_routines(1);
    assert_int_equal(trace[0].bytes, 3);
    assert_ptr_equal(trace[0].overlapped, &received);
    pair_close(pair);
}

static void a_port_and_a_routine_exclude_each_other(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = {0};
    char data[4];

    (void)state;
    /* IOCP-33: what was pending before keeps its routine, and queues no packet. */
    assert_int_equal(start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
    flow_tie(pair.server, port, 1);
    assert_int_equal(flow_send(pair.client, "x", 1), 1);
    run_routines(1);
    flow_no_packet(port);
    overlapped.Internal = 4711;
    assert_int_equal(start_recv(pair.server, data, sizeof data, &overlapped), WSAEINVAL);
    assert_int_equal(start_send(pair.server, data, 1, &overlapped), WSAEINVAL);
    assert_int_equal(overlapped.Internal, 4711);
    assert_int_equal(SleepEx(0, TRUE), 0);
    CloseHandle(port);
    pair_close(pair);
}

static void cut_datagram_is_told_to_the_routine(void **state)
{
    SOCKET from = pair_bound(SOCK_DGRAM);
    SOCKET to = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(to);
    OVERLAPPED overlapped = {0};
    char data[2];

    (void)state;
    assert_int_equal(start_recv(to, data, sizeof data, &overlapped), WSA_IO_PENDING);
    assert_int_equal(sendto(from, "12345", 5, 0, (struct sockaddr *)&name, sizeof name), 5);
    run_routines(1);
    assert_int_equal(trace[0].error, WSAEMSGSIZE);
    assert_int_equal(trace[0].bytes, 2);
    assert_int_equal(trace[0].flags, MSG_PARTIAL);
    closesocket(from);
    closesocket(to);
}

static void cancelled_operations_end_in_their_routine(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped[3] = {{0}};
    char data[3][4];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(start_recv(pair.server, data[i], 4, &overlapped[i]), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)pair.server, &overlapped[1]));
    run_routines(1);
    assert_ptr_equal(trace[0].overlapped, &overlapped[1]);
    assert_int_equal(trace[0].error, WSA_OPERATION_ABORTED);
    assert_int_equal(trace[0].bytes, 0);
    assert_true(CancelIo((HANDLE)pair.server));
    run_routines(2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(trace[i].error, WSA_OPERATION_ABORTED);
    pair_close(pair);
}

static void closesocket_ends_receives_in_their_routine(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    char data[4];

    (void)state;
    assert_int_equal(start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
    closesocket(pair.server);
    run_routines(1);
    assert_int_equal(trace[0].error, WSAECONNABORTED); /* IOCP-17 */
    closesocket(pair.client);
}

static void ioctl_ends_in_its_routine_too(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    ULONG unread = 77;
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(WSAIoctl(pair.server, (DWORD)FIONREAD, NULL, 0, &unread, sizeof unread, &bytes,
                              &overlapped, traced),
                     0);
    assert_int_equal(bytes, 4);
    assert_int_equal(unread, 0);
    run_routines(1); /* IOCTL-06 */
    assert_int_equal(trace[0].error, 0);
    assert_int_equal(trace[0].bytes, 0);
    pair_fails(WSAIoctl(pair.server, 0xdeadbeef, NULL, 0, NULL, 0, &bytes, &overlapped, traced),
               WSA_IO_PENDING);
    run_routines(1); /* IOCTL-17 */
    assert_int_equal(trace[0].error, WSAEOPNOTSUPP);
    pair_close(pair);
}

static void a_final_cleanup_runs_no_routine(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = {0};
    char data[4];

    assert_int_equal(start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
    assert_int_equal(WSACleanup(), 0);
    assert_true(HasOverlappedIoCompleted(&overlapped));
    assert_int_equal(SleepEx(0, TRUE), 0);
    assert_int_equal(trace_count, 0);
    assert_int_equal(pair_setup(state), 0);
}

/* ---- Echo, wholly in routines ---- */

struct echo {
    OVERLAPPED overlapped; /* first, so that the routine finds the rest */
    SOCKET s;
    char data[64];
    unsigned rounds;
};

static void CALLBACK echo_sent(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags);

static void CALLBACK echo_received(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped,
                                   DWORD flags)
{
    struct echo *echo = (struct echo *)(void *)overlapped;
    WSABUF buffer = {bytes, echo->data};

    assert_int_equal(error, 0);
    assert_int_equal(flags, 0);
    if (bytes == 0)
        return;
    assert_true(WSASend(echo->s, &buffer, 1, NULL, 0, overlapped, echo_sent) == 0 ||
                WSAGetLastError() == WSA_IO_PENDING);
}

static void echo_receive(struct echo *echo)
{
    WSABUF buffer = {sizeof echo->data, echo->data};
    DWORD flags = 0;

    assert_true(WSARecv(echo->s, &buffer, 1, NULL, &flags, &echo->overlapped, echo_received) == 0 ||
                WSAGetLastError() == WSA_IO_PENDING);
}

static void CALLBACK echo_sent(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    struct echo *echo = (struct echo *)(void *)overlapped;

    (void)bytes;
    (void)flags;
    assert_int_equal(error, 0);
    echo->rounds++;
    echo_receive(echo);
}

static void *echo_client(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    char data[8];

    for (int i = 0; i < 200; i++) {
        assert_int_equal(flow_send(s, "12345678", 8), 8);
        assert_int_equal(flow_recv_with(s, data, 8, MSG_WAITALL), 8);
        assert_memory_equal(data, "12345678", 8);
    }
    return NULL;
}

static void operations_started_in_routines_go_on(void **state)
{
    struct pair pair = pair_open();
    static struct echo echo;
    pthread_t client;

    (void)state;
    memset(&echo, 0, sizeof echo);
    echo.s = pair.server;
    echo_receive(&echo);
    client = flow_run(echo_client, &pair.client);
    while (echo.rounds < 200)
        assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    flow_join(client);
    shutdown(pair.client, SD_SEND);
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION); /* 0 bytes: the end */
    pair_close(pair);
}

/* ---- Threads that end ---- */

struct issuer {
    SOCKET s;
    OVERLAPPED overlapped;
    char data[8];
};

static void *issue_and_end(void *argument)
{
    struct issuer *issuer = argument;

    assert_int_equal(start_recv(issuer->s, issuer->data, 8, &issuer->overlapped), WSA_IO_PENDING);
    return NULL;
}

static void *next_thread(void *unused)
{
    (void)unused;
    assert_int_equal(SleepEx(20, TRUE), 0);
    return (void *)(uintptr_t)trace_count;
}

/* IOCP-20: the operation outlives its thread. Its routine does not run, least of all on a later
 * thread that has got the structure of the one that ended. */
static void operation_outlives_its_thread_without_its_routine(void **state)
{
    struct pair pair = pair_open();
    struct issuer issuer = {.s = pair.server};
    pthread_t later;
    void *ran = NULL;
    struct ws2_stats stats = {.size_bytes = sizeof stats};
    uint32_t before;

    (void)state;
    assert_int_equal(ws2_stats(&stats), 0);
    before = stats.operations;
    flow_join(flow_run(issue_and_end, &issuer));
    assert_false(HasOverlappedIoCompleted(&issuer.overlapped));
    later = flow_run(next_thread, NULL);
    assert_int_equal(flow_send(pair.client, "data", 4), 4);
    assert_int_equal(pthread_join(later, &ran), 0);
    assert_null(ran);
    while (!HasOverlappedIoCompleted(&issuer.overlapped))
        sched_yield();
    assert_int_equal(issuer.overlapped.InternalHigh, 4);
    assert_int_equal(SleepEx(0, TRUE), 0);
    do { /* it is given back all the same, just after the result was published */
        sched_yield();
        assert_int_equal(ws2_stats(&stats), 0);
    } while (stats.operations > before);
    pair_close(pair);
}

/* ---- Races ---- */

struct race {
    struct pair pair;
    _Atomic unsigned ready;
    unsigned mode;
};

static void *race_disturb(void *argument)
{
    struct race *race = argument;

    while (race->ready == 0)
        sched_yield();
    switch (race->mode % 4) {
    case 0:
        CancelIoEx((HANDLE)race->pair.server, NULL);
        closesocket(race->pair.client); /* ends what was issued after that */
        break;
    case 1:
        closesocket(race->pair.server);
        break;
    case 2:
        flow_send(race->pair.client, "abc", 3);
        CancelIoEx((HANDLE)race->pair.server, NULL);
        closesocket(race->pair.client);
        break;
    default:
        flow_send(race->pair.client, "0123456789", 10);
        closesocket(race->pair.client);
        break;
    }
    return NULL;
}

static void *race_issue(void *argument)
{
    struct race *race = argument;
    OVERLAPPED overlapped[RACE_OPERATIONS] = {{0}};
    unsigned seen[RACE_OPERATIONS] = {0};
    char data[RACE_OPERATIONS];
    unsigned accepted = 0;
    bool taken[RACE_OPERATIONS] = {false};

    trace_count = 0;
    for (unsigned i = 0; i < RACE_OPERATIONS; i++) {
        int error = start_recv(race->pair.server, &data[i], 1, &overlapped[i]);

        taken[i] = error == 0 || error == WSA_IO_PENDING;
        accepted += taken[i];
        if (i == RACE_OPERATIONS / 2)
            race->ready = 1;
    }
    while (trace_count < accepted)
        if (SleepEx(FLOW_LIMIT_MS, TRUE) != WAIT_IO_COMPLETION)
            break;
    assert_int_equal(SleepEx(0, TRUE), 0);
    assert_int_equal(trace_count, accepted);
    for (unsigned i = 0; i < accepted; i++) {
        ptrdiff_t index = trace[i].overlapped - overlapped;

        assert_in_range(index, 0, RACE_OPERATIONS - 1);
        seen[index]++;
    }
    for (unsigned i = 0; i < RACE_OPERATIONS; i++)
        assert_int_equal(seen[i], taken[i]);
    return NULL;
}

static void each_operation_ends_in_one_routine_whatever_cancels_it(void **state)
{
    (void)state;
    for (unsigned round = 0; round < RACE_ROUNDS; round++) {
        struct race race = {.pair = pair_open(), .mode = round};
        pthread_t issuer = flow_run(race_issue, &race);
        pthread_t other = flow_run(race_disturb, &race);

        flow_join(issuer);
        flow_join(other);
        closesocket(race.pair.server);
        closesocket(race.pair.client);
    }
}

struct ending { /* lives until its operations have ended, longer than its thread */
    struct race race;
    OVERLAPPED overlapped[RACE_OPERATIONS];
    char data[RACE_OPERATIONS];
};

static void *race_issue_and_end(void *argument)
{
    struct ending *ending = argument;

    trace_count = 0;
    for (unsigned i = 0; i < RACE_OPERATIONS; i++)
        start_recv(ending->race.pair.server, &ending->data[i], 1, &ending->overlapped[i]);
    ending->race.ready = 1;
    if (ending->race.mode & 4)
        SleepEx(0, TRUE);
    for (unsigned i = 0; i < trace_count; i++)
        assert_in_range(trace[i].overlapped - ending->overlapped, 0, RACE_OPERATIONS - 1);
    return NULL;
}

/* No routine of an ended thread reaches another one, nothing leaks, and every result is published.
 */
static void threads_that_end_amid_completions_lose_routines_only(void **state)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};
    uint32_t before;

    (void)state;
    assert_int_equal(ws2_stats(&stats), 0);
    before = stats.operations;
    for (unsigned round = 0; round < RACE_ROUNDS; round++) {
        struct ending ending = {.race = {.pair = pair_open(), .mode = round}};
        pthread_t issuer = flow_run(race_issue_and_end, &ending);
        pthread_t other = flow_run(race_disturb, &ending.race);

        flow_join(issuer);
        flow_join(other);
        closesocket(ending.race.pair.server);
        closesocket(ending.race.pair.client);
        for (unsigned i = 0; i < RACE_OPERATIONS; i++)
            while (!HasOverlappedIoCompleted(&ending.overlapped[i]))
                sched_yield();
    }
    do {
        sched_yield();
        assert_int_equal(ws2_stats(&stats), 0);
    } while (stats.operations > before);
    assert_int_equal(SleepEx(0, TRUE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routine_gets_the_result_on_the_issuing_thread),
        cmocka_unit_test(every_alertable_wait_runs_routines),
        cmocka_unit_test(a_call_that_ends_at_once_queues_its_routine_too),
        cmocka_unit_test(a_port_and_a_routine_exclude_each_other),
        cmocka_unit_test(cut_datagram_is_told_to_the_routine),
        cmocka_unit_test(cancelled_operations_end_in_their_routine),
        cmocka_unit_test(closesocket_ends_receives_in_their_routine),
        cmocka_unit_test(ioctl_ends_in_its_routine_too),
        cmocka_unit_test(a_final_cleanup_runs_no_routine),
        cmocka_unit_test(operations_started_in_routines_go_on),
        cmocka_unit_test(operation_outlives_its_thread_without_its_routine),
        cmocka_unit_test(each_operation_ends_in_one_routine_whatever_cancels_it),
        cmocka_unit_test(threads_that_end_amid_completions_lose_routines_only),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
