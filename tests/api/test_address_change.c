/* SPDX-License-Identifier: MIT */
/*
 * SIO_ADDRESS_LIST_CHANGE and SIO_ROUTING_INTERFACE_CHANGE as far as they need no change: how
 * requests end by cancelling, closing, cleaning up and forking. tests/netns makes real changes.
 */
#include "change.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ws2ring.h>

static SOCKET socket_of(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static const char *const kinds[] = {NULL, "10.11.12.13"}; /* addresses, routes */

/* IOCTL-26. */
static void overlapped_requests_pend_in_either_mode(void **state)
{
    (void)state;
    for (size_t k = 0; k < PAIR_COUNT(kinds); k++) {
        SOCKET s = socket_of(AF_INET);
        OVERLAPPED overlapped[2] = {flow_overlapped(), flow_overlapped()};
        u_long on = 1;
        DWORD bytes;

        change_start(s, kinds[k], &overlapped[0]);
        assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
        change_start(s, kinds[k], &overlapped[1]);
        assert_int_equal(change_ask(s, kinds[k], NULL, NULL), WSAEWOULDBLOCK);
        assert_int_equal(change_ask(s, kinds[k], NULL, NULL), WSAEWOULDBLOCK);
        assert_true(change_pending(&overlapped[0]) && change_pending(&overlapped[1]));
        flow_fails(GetOverlappedResult((HANDLE)s, &overlapped[0], &bytes, FALSE),
                   ERROR_IO_INCOMPLETE);
        assert_int_equal(closesocket(s), 0);
        for (int i = 0; i < 2; i++) {
            assert_false(change_pending(&overlapped[i]));
            assert_int_equal(overlapped[i].Internal, FLOW_CANCELLED);
            assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped[i].hEvent, TRUE, 0, FALSE),
                             WSA_WAIT_EVENT_0);
            WSACloseEvent(overlapped[i].hEvent);
        }
    }
}

static void requests_can_be_cancelled(void **state)
{
    (void)state;
    for (size_t k = 0; k < PAIR_COUNT(kinds); k++) {
        SOCKET s = socket_of(AF_INET);
        OVERLAPPED overlapped[3] = {flow_overlapped(), flow_overlapped(), flow_overlapped()};
        DWORD bytes;

        for (int i = 0; i < 3; i++)
            change_start(s, kinds[k], &overlapped[i]);
        assert_true(CancelIoEx((HANDLE)s, &overlapped[1]));
        assert_int_equal(flow_end(s, &overlapped[1], &bytes), ERROR_OPERATION_ABORTED);
        flow_fails(CancelIoEx((HANDLE)s, &overlapped[1]), ERROR_NOT_FOUND);
        assert_true(change_pending(&overlapped[0]) && change_pending(&overlapped[2]));
        assert_true(CancelIo((HANDLE)s));
        assert_int_equal(flow_end(s, &overlapped[0], &bytes), ERROR_OPERATION_ABORTED);
        assert_int_equal(flow_end(s, &overlapped[2], &bytes), ERROR_OPERATION_ABORTED);
        flow_fails(CancelIoEx((HANDLE)s, NULL), ERROR_NOT_FOUND);
        for (int i = 0; i < 3; i++)
            WSACloseEvent(overlapped[i].hEvent);
        closesocket(s);
    }
}

static void *cancel_as_another_thread(void *argument)
{
    assert_true(CancelIo((HANDLE) * (SOCKET *)argument));
    return NULL;
}

static void cancelio_of_another_thread_leaves_requests_alone(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();

    (void)state;
    change_start(s, NULL, &overlapped);
    flow_join(flow_run(cancel_as_another_thread, &s));
    assert_true(change_pending(&overlapped));
    closesocket(s);
    assert_int_equal(overlapped.Internal, FLOW_CANCELLED);
    WSACloseEvent(overlapped.hEvent);
}

/* IOCTL-27. */
static void closesocket_queues_failed_packets(void **state)
{
    SOCKET s = socket_of(AF_INET);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped[2];
    struct flow_packet packet;

    (void)state;
    memset(overlapped, 0, sizeof overlapped);
    flow_tie(s, port, 5);
    for (int i = 0; i < 2; i++)
        change_start(s, kinds[i], &overlapped[i]);
    flow_no_packet(port);
    assert_int_equal(closesocket(s), 0);
    for (int i = 0; i < 2; i++) {
        packet = flow_take(port, FLOW_LIMIT_MS);
        assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
        assert_int_equal(packet.bytes, 0);
        assert_int_equal(packet.key, 5);
    }
    flow_no_packet(port);
    CloseHandle(port);
}

static void routines_learn_of_the_cancel(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = {0};

    (void)state;
    memset(&change_called, 0, sizeof change_called);
    assert_int_equal(change_ask(s, NULL, &overlapped, change_routine), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)s, &overlapped));
    assert_int_equal(change_called.count, 0);
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(change_called.count, 1);
    assert_int_equal(change_called.error, WSA_OPERATION_ABORTED);
    assert_ptr_equal(change_called.overlapped, &overlapped);
    closesocket(s);
}

static void closesocket_ends_a_blocked_call(void **state)
{
    (void)state;
    for (size_t k = 0; k < PAIR_COUNT(kinds); k++) {
        struct change_waiter waiter;
        SOCKET s = socket_of(AF_INET);

        change_waiter_start(&waiter, s, kinds[k]);
        flow_fails(CancelIoEx((HANDLE)s, NULL), ERROR_NOT_FOUND); /* it is nobody's overlapped */
        assert_int_equal(closesocket(s), 0);
        assert_int_equal(change_waiter_end(&waiter), WSAEINTR);
    }
}

/* A blocking call is alertable, and goes on after the call that was queued to it. */
static void CALLBACK close_in_apc(ULONG_PTR s)
{
    assert_int_equal(closesocket((SOCKET)s), 0);
}

static void blocked_call_runs_queued_calls(void **state)
{
    SOCKET s = socket_of(AF_INET);

    (void)state;
    assert_int_not_equal(QueueUserAPC(close_in_apc, GetCurrentThread(), (ULONG_PTR)s), 0);
    assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEINTR);
}

static void CALLBACK cancel_in_apc(ULONG_PTR result)
{
    *(int *)result = WSACancelBlockingCall();
}

/* Version 1.1's way out of a call that waits. */
static void blocked_call_can_be_cancelled(void **state)
{
    SOCKET s = socket_of(AF_INET);
    int result = -2;
    WSADATA data;

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(1, 1), &data), 0);
    for (size_t k = 0; k < PAIR_COUNT(kinds); k++) {
        assert_int_not_equal(QueueUserAPC(cancel_in_apc, GetCurrentThread(), (ULONG_PTR)&result),
                             0);
        assert_int_equal(change_ask(s, kinds[k], NULL, NULL), WSAEINTR);
        assert_int_equal(result, 0);
    }
    closesocket(s);
    assert_int_equal(WSACleanup(), 0);
}

/* Nothing is pending after a refusal, and the OVERLAPPED is as it was. */
static void without_descriptors_it_is_refused(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = {.Internal = 99};
    struct rlimit limit;
    struct rlimit none;
    u_long on = 1;

    (void)state;
    pair_close(pair_open()); /* now there is a ring */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (size_t k = 0; k < PAIR_COUNT(kinds); k++) {
        assert_int_equal(change_ask(s, kinds[k], &overlapped, NULL), WSAEMFILE);
        assert_int_equal(overlapped.Internal, 99);
        assert_int_equal(change_ask(s, kinds[k], NULL, NULL), WSAEMFILE);
    }
    assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
    assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(change_ask(s, NULL, NULL, NULL), WSAEWOULDBLOCK);
    closesocket(s);
}

/* Without the overlapped attribute the OVERLAPPED is not looked at: documented. */
static void plain_socket_ignores_the_overlapped(void **state)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, 0);
    OVERLAPPED overlapped;
    u_long on = 1;

    (void)state;
    memset(&overlapped, 0x55, sizeof overlapped);
    assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
    assert_int_equal(change_ask(s, NULL, &overlapped, NULL), WSAEWOULDBLOCK);
    assert_true(overlapped.Internal == 0x5555555555555555u);
    closesocket(s);
}

static void wrong_event_is_refused_and_nothing_waits(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)s};

    (void)state;
    assert_int_equal(change_ask(s, NULL, &overlapped, NULL), WSA_INVALID_HANDLE);
    flow_fails(CancelIoEx((HANDLE)s, NULL), ERROR_NOT_FOUND);
    closesocket(s);
}

/* FD_QOS and its kin may be selected, and never happen; closing ends the two that could. */
static void all_events_may_be_selected(void **state)
{
    SOCKET s = socket_of(AF_INET);
    WSAEVENT event = events_select(s, FD_QOS | FD_GROUP_QOS | FD_ADDRESS_LIST_CHANGE |
                                          FD_ROUTING_INTERFACE_CHANGE);

    (void)state;
    for (size_t k = 0; k < PAIR_COUNT(kinds); k++)
        assert_int_equal(change_ask(s, kinds[k], NULL, NULL), WSAEWOULDBLOCK);
    events_none(s, event);
    closesocket(s);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    WSACloseEvent(event);
}

/* The final WSACleanup ends all of them, and tells nobody. */
static void cleanup_ends_requests_silently(void **state)
{
    SOCKET s = socket_of(AF_INET);
    struct change_waiter waiter;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    u_long on = 1;
    SOCKET quick = socket_of(AF_INET);
    WSADATA data;

    (void)state;
    change_start(s, NULL, &overlapped);
    change_waiter_start(&waiter, s, NULL);
    assert_int_equal(ioctlsocket(quick, FIONBIO, &on), 0);
    assert_int_equal(change_ask(quick, NULL, NULL, NULL), WSAEWOULDBLOCK);
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(change_waiter_end(&waiter), WSAEINTR);
    assert_int_equal(overlapped.Internal, FLOW_CANCELLED);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
    CloseHandle(overlapped.hEvent);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/* ---- Races ---- */

struct race {
    SOCKET s;
    OVERLAPPED overlapped;
    _Atomic unsigned started;
};

static void *race_ask(void *argument)
{
    struct race *race = argument;
    int error;

    race->started = 1;
    error = change_ask(race->s, NULL, &race->overlapped, NULL);
    assert_true(error == WSA_IO_PENDING || error == WSAENOTSOCK);
    return (void *)(uintptr_t)(error == WSA_IO_PENDING);
}

/* Who asks while another closes: refused, or accepted and ended exactly once. */
static void request_against_closesocket(void **state)
{
    enum { ROUNDS = 100 };
    HANDLE port = flow_port(1);

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct race race = {.s = socket_of(AF_INET)};
        pthread_t thread;
        void *accepted;

        flow_tie(race.s, port, 3);
        thread = flow_run(race_ask, &race);
        flow_reach(&race.started, 1);
        assert_int_equal(closesocket(race.s), 0);
        assert_int_equal(pthread_join(thread, &accepted), 0);
        if (accepted != NULL)
            assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &race.overlapped);
        flow_no_packet(port);
    }
    CloseHandle(port);
}

/* What waiting needs is given back, too. */
static void cleanup_gives_descriptors_back(void **state)
{
    enum { ROUNDS = 20 };
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = {.size_bytes = sizeof after};
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(ws2_stats(&before), 0);
    for (int i = 0; i < ROUNDS; i++) {
        OVERLAPPED overlapped = {0};

        assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
        change_start(socket_of(AF_INET), kinds[i % 2], &overlapped);
        assert_int_equal(WSACleanup(), 0);
        assert_false(change_pending(&overlapped));
        assert_int_equal(ws2_stats(&after), 0);
        assert_int_equal(after.descriptors, before.descriptors);
    }
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

static void nothing_is_left(void **state)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = {.size_bytes = sizeof after};

    (void)state;
    assert_int_equal(ws2_stats(&before), 0);
    for (int i = 0; i < 20; i++) {
        SOCKET s = socket_of(AF_INET);
        OVERLAPPED overlapped = {0};
        u_long on = 1;

        change_start(s, kinds[i % 2], &overlapped);
        assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
        assert_int_equal(change_ask(s, kinds[i % 2], NULL, NULL), WSAEWOULDBLOCK);
        closesocket(s);
    }
    assert_int_equal(ws2_stats(&after), 0);
    assert_int_equal(after.sockets, before.sockets);
    assert_int_equal(after.operations, before.operations);
}

/* ---- fork ---- */

static int fork_child(SOCKET old)
{
    WSADATA data;
    OVERLAPPED overlapped = {0};
    SOCKET s;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    if (change_ask(old, NULL, &overlapped, NULL) != WSAENOTSOCK)
        return 2;
    s = socket(AF_INET, SOCK_DGRAM, 0);
    if (change_ask(s, NULL, &overlapped, NULL) != WSA_IO_PENDING)
        return 3;
    closesocket(s);
    if (overlapped.Internal != FLOW_CANCELLED)
        return 4;
    return WSACleanup() == 0 ? 0 : 5;
}

static void child_starts_anew_and_parent_goes_on(void **state)
{
    SOCKET s = socket_of(AF_INET);
    OVERLAPPED overlapped = {0};
    int status = -1;
    pid_t child;

    (void)state;
#if defined(__SANITIZE_THREAD__)
    closesocket(s);
    skip(); /* ThreadSanitizer ends a child that starts threads after a fork of several */
#endif
    change_start(s, NULL, &overlapped);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fork_child(s));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(change_pending(&overlapped));
    closesocket(s);
    assert_int_equal(overlapped.Internal, FLOW_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_descriptors_it_is_refused), /* first: the others open them */
        cmocka_unit_test(overlapped_requests_pend_in_either_mode),
        cmocka_unit_test(requests_can_be_cancelled),
        cmocka_unit_test(cancelio_of_another_thread_leaves_requests_alone),
        cmocka_unit_test(closesocket_queues_failed_packets),
        cmocka_unit_test(routines_learn_of_the_cancel),
        cmocka_unit_test(closesocket_ends_a_blocked_call),
        cmocka_unit_test(blocked_call_runs_queued_calls),
        cmocka_unit_test(blocked_call_can_be_cancelled),
        cmocka_unit_test(plain_socket_ignores_the_overlapped),
        cmocka_unit_test(wrong_event_is_refused_and_nothing_waits),
        cmocka_unit_test(all_events_may_be_selected),
        cmocka_unit_test(cleanup_ends_requests_silently),
        cmocka_unit_test(request_against_closesocket),
        cmocka_unit_test(cleanup_gives_descriptors_back),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(child_starts_anew_and_parent_goes_on),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
