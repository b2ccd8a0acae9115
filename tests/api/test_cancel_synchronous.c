/* SPDX-License-Identifier: MIT */
/* CancelSynchronousIo: another thread ends a blocking call. */
#include "blocking_calls.h"

#include <ws2ring.h>

/* A thread of Windows' kind, which makes one call that has to wait. */
struct blocked {
    struct scene *scene;
    run_call *run;
    _Atomic unsigned thread_id;
    int result;
    DWORD error;
};

static DWORD WINAPI blocked_main(void *argument)
{
    struct blocked *blocked = argument;

    blocked->thread_id = (unsigned)GetCurrentThreadId();
    WSASetLastError(0);
    blocked->result = blocked->run(blocked->scene);
    blocked->error = (DWORD)WSAGetLastError();
    return 0;
}

static HANDLE blocked_start(struct blocked *blocked)
{
    HANDLE thread = CreateThread(NULL, 0, blocked_main, blocked, 0, NULL);

    assert_non_null(thread);
    flow_reach(&blocked->thread_id, 1);
    return thread;
}

static void blocked_end(HANDLE thread)
{
    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
}

/* Until it is found waiting: nobody else can tell when the call has begun to. */
static void blocked_cancel(HANDLE thread)
{
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    SetLastError(0);
    while (!CancelSynchronousIo(thread)) {
        assert_int_equal(GetLastError(), ERROR_NOT_FOUND);
        assert_true(GetTickCount64() < limit);
        sched_yield();
    }
}

static int do_readfile(struct scene *scene)
{
    DWORD bytes = 77;
    BOOL done = ReadFile((HANDLE)scene->idle.client, scene->data, sizeof scene->data, &bytes, NULL);

    assert_int_equal(bytes, 0);
    return done ? (int)bytes : SOCKET_ERROR;
}

static int do_writefile(struct scene *scene)
{
    DWORD bytes = 77;
    BOOL done = WriteFile((HANDLE)scene->jammed.client, "abc", 3, &bytes, NULL);

    assert_int_equal(bytes, 0);
    return done ? (int)bytes : SOCKET_ERROR;
}

static int do_recv_ex(struct scene *scene)
{
    int flags = 0;

    return WSARecvEx(scene->idle.client, scene->data, sizeof scene->data, &flags);
}

static int do_poll(struct scene *scene)
{
    WSAPOLLFD poll = {scene->idle.client, POLLRDNORM, 0};

    return WSAPoll(&poll, 1, -1);
}

static int do_address_change(struct scene *scene)
{
    DWORD bytes = 0;

    return WSAIoctl(scene->datagram, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &bytes, NULL, NULL);
}

static void check_cancelled(const char *name, run_call *run, DWORD error)
{
    struct scene scene;
    struct blocked blocked = {.scene = &scene, .run = run};
    HANDLE thread;

    print_message("%s\n", name);
    scene_open(&scene);
    thread = blocked_start(&blocked);
    blocked_cancel(thread);
    blocked_end(thread);
    assert_int_equal(blocked.result, SOCKET_ERROR);
    assert_int_equal(blocked.error, error);
    scene_close(&scene);
}

static void every_blocking_call_is_ended_from_outside(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(blocking_calls); i++)
        if (blocking_calls[i].alertable)
            check_cancelled(blocking_calls[i].name, blocking_calls[i].run, WSAEINTR);
    check_cancelled("WSARecvEx", do_recv_ex, WSAEINTR);
    check_cancelled("WSAPoll", do_poll, WSAEINTR);
    check_cancelled("SIO_ADDRESS_LIST_CHANGE", do_address_change, WSAEINTR);
    check_cancelled("ReadFile", do_readfile, ERROR_OPERATION_ABORTED);
    check_cancelled("WriteFile", do_writefile, ERROR_OPERATION_ABORTED);
}

static int do_big_send(struct scene *scene)
{
    char *data = calloc(1, HOOK_BIG_BYTES);
    int result;

    assert_non_null(data);
    result = send(scene->idle.client, data, HOOK_BIG_BYTES, 0);
    free(data);
    return result;
}

/* A part of the data has gone, and the sender cannot know how much. */
static void a_connection_that_was_given_up_is_aborted(void **state)
{
    struct scene scene;
    struct blocked blocked = {.scene = &scene, .run = do_big_send};
    int flags = 0;
    DWORD bytes = 0;
    char byte;
    HANDLE thread;

    (void)state;
    scene_open(&scene);
    thread = blocked_start(&blocked);
    blocked_cancel(thread);
    blocked_end(thread);
    assert_int_equal(blocked.result, SOCKET_ERROR);
    assert_int_equal(blocked.error, WSAEINTR);
    pair_fails(WSARecvEx(scene.idle.client, &byte, 1, &flags), WSAECONNABORTED);
    flow_fails(ReadFile((HANDLE)scene.idle.client, &byte, 1, &bytes, NULL),
               ERROR_CONNECTION_ABORTED);
    pair_fails(WSASendDisconnect(scene.idle.client, NULL), WSAECONNABORTED);
    pair_fails(shutdown(scene.idle.client, SD_SEND), WSAECONNABORTED);
    scene_close(&scene);
}

/* The direction belongs to an overlapped receive, so the call waits behind it. */
static void a_call_behind_others_is_ended_too(void **state)
{
    struct scene scene;
    struct blocked blocked = {.scene = &scene, .run = do_recv};
    OVERLAPPED overlapped = flow_overlapped();
    char data[4];
    DWORD bytes = 0;
    HANDLE thread;

    (void)state;
    scene_open(&scene);
    flow_accepted(flow_start_recv(scene.idle.client, data, sizeof data, &overlapped));
    thread = blocked_start(&blocked);
    blocked_cancel(thread);
    blocked_end(thread);
    assert_int_equal(blocked.error, WSAEINTR);
    assert_int_equal(flow_send(scene.idle.server, "abcd", 4), 4);
    assert_int_equal(flow_end(scene.idle.client, &overlapped, &bytes), 0);
    assert_memory_equal(data, "abcd", 4); /* all of it: the ended call took nothing */
    WSACloseEvent(overlapped.hEvent);
    scene_close(&scene);
}

static void refused_handles_say_why(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    const HANDLE bad[] = {NULL, INVALID_HANDLE_VALUE, event, (HANDLE)(ULONG_PTR)0x7ffffff0};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(bad); i++)
        flow_fails(CancelSynchronousIo(bad[i]), ERROR_INVALID_HANDLE);
    flow_fails(CancelSynchronousIo(GetCurrentThread()), ERROR_NOT_FOUND);
    CloseHandle(event);
}

struct idler {
    HANDLE event;
    HANDLE port;
    _Atomic unsigned thread_id;
};

static DWORD WINAPI idler_main(void *argument)
{
    struct idler *idler = argument;
    struct flow_packet packet;

    WaitForSingleObject(idler->event, FLOW_LIMIT_MS);
    idler->thread_id = (unsigned)GetCurrentThreadId();
    packet = flow_take(idler->port, FLOW_LIMIT_MS);
    return packet.error;
}

/* Waits for events and packets are no I/O. An ended thread makes no calls. */
static void a_thread_that_waits_for_no_io_is_not_found(void **state)
{
    struct idler idler = {.event = CreateEventA(NULL, TRUE, FALSE, NULL), .port = flow_port(1)};
    HANDLE thread = CreateThread(NULL, 0, idler_main, &idler, 0, NULL);
    DWORD code = 77;

    (void)state;
    flow_fails(CancelSynchronousIo(thread), ERROR_NOT_FOUND);
    SetEvent(idler.event);
    flow_asleep(&idler.thread_id);
    flow_fails(CancelSynchronousIo(thread), ERROR_NOT_FOUND);
    assert_true(PostQueuedCompletionStatus(idler.port, 0, 0, NULL));
    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &code));
    assert_int_equal(code, 0);
    flow_fails(CancelSynchronousIo(thread), ERROR_NOT_FOUND);
    CloseHandle(thread);
    CloseHandle(idler.event);
    CloseHandle(idler.port);
}

static _Thread_local int own_result;

static void CALLBACK cancel_own(ULONG_PTR unused)
{
    (void)unused;
    own_result = CancelSynchronousIo(GetCurrentThread()) ? 0 : (int)GetLastError();
}

/* A routine that runs inside a blocking call may end it. */
static void a_queued_call_ends_the_call_it_runs_in(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene);
    own_result = -1;
    assert_true(QueueUserAPC(cancel_own, GetCurrentThread(), 0) != 0);
    pair_fails(do_recv(&scene), WSAEINTR);
    assert_int_equal(own_result, 0);
    /* It is over with that call: the next one works. */
    assert_int_equal(flow_send(scene.idle.server, "abc", 3), 3);
    assert_int_equal(do_recv(&scene), 3);
    scene_close(&scene);
}

enum { RACE_ROUNDS = 300, RACE_BYTES = 4 };

struct race {
    struct pair pair;
    _Atomic unsigned over;
    unsigned ended, received;
};

static DWORD WINAPI race_main(void *argument)
{
    struct race *race = argument;
    char data[RACE_BYTES];
    unsigned wanted = 0;

    while (wanted < RACE_ROUNDS * RACE_BYTES) {
        int bytes = recv(race->pair.client, data, 1, 0);

        if (bytes == 1) {
            assert_int_equal((unsigned char)data[0], wanted++ % 251);
            race->received++;
        } else {
            assert_int_equal(bytes, SOCKET_ERROR);
            assert_int_equal(WSAGetLastError(), WSAEINTR);
            race->ended++;
        }
    }
    race->over = 1;
    return 0;
}

/* Cancelled all the time, a stream of bytes arrives whole and in order. */
static void a_call_that_is_ended_loses_no_data(void **state)
{
    struct race race = {.pair = pair_open()};
    HANDLE thread = CreateThread(NULL, 0, race_main, &race, 0, NULL);
    unsigned sent = 0;

    (void)state;
    while (!race.over) {
        char byte = (char)(sent % 251);

        if (sent < RACE_ROUNDS * RACE_BYTES && (sent % 3 == 0 || CancelSynchronousIo(thread))) {
            assert_int_equal(flow_send(race.pair.server, &byte, 1), 1);
            sent++;
        }
        CancelSynchronousIo(thread);
        sched_yield();
    }
    assert_int_equal(WaitForSingleObject(thread, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(race.received, RACE_ROUNDS * RACE_BYTES);
    print_message("%u receives were ended\n", race.ended);
    CloseHandle(thread);
    pair_close(race.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_handles_say_why),
        cmocka_unit_test(every_blocking_call_is_ended_from_outside),
        cmocka_unit_test(a_connection_that_was_given_up_is_aborted),
        cmocka_unit_test(a_call_behind_others_is_ended_too),
        cmocka_unit_test(a_thread_that_waits_for_no_io_is_not_found),
        cmocka_unit_test(a_queued_call_ends_the_call_it_runs_in),
        cmocka_unit_test(a_call_that_is_ended_loses_no_data),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
