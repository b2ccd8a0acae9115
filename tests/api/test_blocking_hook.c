/* SPDX-License-Identifier: MIT */
/*
 * The blocking hooks of Winsock 1.1: who may have one, when it runs, and how often.
 * test_blocking_cancel.c has WSACancelBlockingCall, test_in_progress.c what a hook may call.
 */
#include "hook.h"

#include <limits.h>

static FARPROC pointer(BOOL(CALLBACK *function)(void))
{
    return (FARPROC)(void (*)(void))function;
}

static BOOL CALLBACK other_hook(void)
{
    return FALSE;
}

static void no_hook(int error)
{
    WSASetLastError(0);
    assert_null(WSASetBlockingHook(hook_pointer()));
    assert_int_equal(WSAGetLastError(), error);
    WSASetLastError(0);
    assert_null(WSASetBlockingHook(NULL)); /* an earlier check wins */
    assert_int_equal(WSAGetLastError(), error);
    pair_fails(WSAUnhookBlockingHook(), error);
    pair_fails(WSACancelBlockingCall(), error);
    WSASetLastError(4711);
    assert_false(WSAIsBlocking());
    assert_int_equal(WSAGetLastError(), 4711);
}

/* ---- Who has them ---- */

static void nothing_works_before_the_first_start(void **state)
{
    (void)state;
    no_hook(WSANOTINITIALISED);
}

/* STARTUP-12. */
static void only_version_1_has_hooks(void **state)
{
    static const WORD later[] = {MAKEWORD(2, 0), MAKEWORD(2, 2), MAKEWORD(3, 0)};
    WSADATA data;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(later); i++) {
        assert_int_equal(WSAStartup(later[i], &data), 0);
        no_hook(WSAEOPNOTSUPP);
        assert_int_equal(WSACleanup(), 0);
    }
    assert_int_equal(WSAStartup(MAKEWORD(1, 0), &data), 0);
    pair_fails(WSACancelBlockingCall(), WSAEINVAL); /* there is nothing to cancel */
    assert_int_equal(WSAUnhookBlockingHook(), 0);
    assert_int_equal(WSACleanup(), 0);
}

/* STARTUP-12: asking 1.1 after 2.2 enables, asking 2.2 after 1.1 keeps. */
static void asking_once_is_enough(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    no_hook(WSAEOPNOTSUPP);
    assert_int_equal(WSAStartup(MAKEWORD(1, 1), &data), 0);
    pair_fails(WSACancelBlockingCall(), WSAEINVAL);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    pair_fails(WSACancelBlockingCall(), WSAEINVAL);
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(WSACleanup(), 0);
    pair_fails(WSACancelBlockingCall(), WSAEINVAL); /* the one that asked has gone, perhaps */
    assert_int_equal(WSACleanup(), 0);
    no_hook(WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    no_hook(WSAEOPNOTSUPP); /* a new use of the library */
    assert_int_equal(WSACleanup(), 0);
}

/* A start that is refused asks for nothing. */
static void a_failed_start_asks_for_nothing(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    assert_int_equal(WSAStartup(MAKEWORD(1, 1), NULL), WSAEFAULT);
    assert_int_equal(WSAStartup(MAKEWORD(0, 1), &data), WSAVERNOTSUPPORTED);
    no_hook(WSAEOPNOTSUPP);
    assert_int_equal(WSACleanup(), 0);
}

/* ---- Choosing one ---- */

static void setting_returns_the_one_before(void **state)
{
    FARPROC first;

    (void)state;
    assert_int_equal(hook_setup(NULL), 0);
    first = WSASetBlockingHook(hook_pointer());
    assert_non_null(first);
    assert_int_equal(((BOOL(CALLBACK *)(void))(void (*)(void))first)(), FALSE);
    assert_true(WSASetBlockingHook(pointer(other_hook)) == hook_pointer());
    WSASetLastError(0);
    assert_null(WSASetBlockingHook(NULL));
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
    assert_true(WSASetBlockingHook(first) == pointer(other_hook)); /* NULL changed nothing */
    assert_true(WSASetBlockingHook(hook_pointer()) == first);
    assert_int_equal(WSAUnhookBlockingHook(), 0); /* not the one before, but the first */
    assert_true(WSASetBlockingHook(hook_pointer()) == first);
    assert_int_equal(WSAUnhookBlockingHook(), 0);
    assert_int_equal(WSAUnhookBlockingHook(), 0);
    assert_int_equal(WSACleanup(), 0);
}

static void *first_hook_thread(void *argument)
{
    FARPROC *found = argument;

    *found = WSASetBlockingHook(pointer(other_hook));
    return NULL;
}

static void each_thread_has_its_own(void **state)
{
    FARPROC found = NULL;
    FARPROC first;

    (void)state;
    assert_int_equal(hook_setup(NULL), 0);
    first = WSASetBlockingHook(hook_pointer());
    flow_join(flow_run(first_hook_thread, &found));
    assert_true(found == first);
    assert_true(WSASetBlockingHook(first) == hook_pointer());
    assert_int_equal(WSACleanup(), 0);
}

/* Also the last clean-up takes the hook away. */
static void a_hook_ends_with_its_use_of_the_library(void **state)
{
    FARPROC first;

    (void)state;
    assert_int_equal(hook_setup(NULL), 0);
    first = WSASetBlockingHook(hook_pointer());
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(hook_setup(NULL), 0);
    assert_true(WSASetBlockingHook(first) == first);
    assert_int_equal(WSACleanup(), 0);
}

/* ---- When it runs ---- */

static void it_runs_while_a_call_blocks(void **state)
{
    struct pair pair = pair_open();
    char data[4] = "";

    (void)state;
    hook_set((struct hook){.act = hook_send, .argument = &pair.server});
    assert_int_equal(recv(pair.client, data, sizeof data, 0), 1);
    assert_int_equal(data[0], 'x');
    assert_in_range(hook.calls, 1, 1000);
    assert_int_equal(hook.blocking, hook.calls);
    assert_false(WSAIsBlocking());
    hook_end();
    pair_close(pair);
}

/* Two receivers stand in line: the second waits for the ring thread from the beginning. */
static void it_runs_while_others_are_served_first(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;
    char data[4] = "";
    char first;

    (void)state;
    assert_int_equal(flow_start_recv(pair.client, &first, 1, &overlapped), WSA_IO_PENDING);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, 50), 0);
    hook_set((struct hook){.act = hook_send, .argument = &pair.server});
    pair_fails(recv(pair.client, data, sizeof data, 0), WSAETIMEDOUT);
    assert_true(hook.calls >= 1);
    hook_end();
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(first, 'x');
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

static void it_does_not_run_when_nothing_blocks(void **state)
{
    struct pair pair = pair_open();
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    struct timeval none = {0, 0};
    struct fd_set set;
    u_long on = 1;
    char data[4];
    char byte;

    (void)state;
    hook_set((struct hook){.act = hook_send, .argument = &pair.server});
    assert_int_equal(recv(pair.client, &byte, 1, 0), 1); /* expects the next one to wait as well */
    hook_set((struct hook){.cancel_at = 1});
    assert_int_equal(send(pair.server, "x", 1, 0), 1);
    FD_ZERO(&set);
    FD_SET(pair.client, &set);
    assert_int_equal(select(0, &set, NULL, NULL, NULL), 1);
    assert_int_equal(recv(pair.client, &byte, 1, 0), 1);
    assert_int_equal(send(pair.server, "abcd", 4, 0), 4);
    assert_int_equal(recv(pair.client, data, 4, MSG_WAITALL), 4);
    assert_int_equal(select(0, &set, NULL, NULL, &none), 0);
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
    pair_fails(recv(pair.client, &byte, 1, 0), WSAEWOULDBLOCK);
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    pair_fails(connect(s, (struct sockaddr *)&to, sizeof to), WSAEWOULDBLOCK);
    assert_non_null(gethostbyname("localhost"));
    assert_non_null(gethostbyname("127.0.0.1"));
    assert_int_equal(hook.calls, 0);
    hook_end();
    closesocket(s);
    closesocket(listener);
    pair_close(pair);
}

static void *count_thread(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    char byte;

    hook = (struct hook){0};
    (void)recv(s, &byte, 1, 0); /* until it is closed, or has a byte */
    return hook.calls == 0 ? NULL : argument;
}

static void it_does_not_run_for_other_threads(void **state)
{
    struct pair pair = pair_open();
    pthread_t thread;
    void *failed;

    (void)state;
    hook_set((struct hook){0});
    thread = flow_run(count_thread, &pair.client);
    assert_int_equal(send(pair.server, "x", 1, 0), 1);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    hook_end();
    pair_close(pair);
}

/* ---- How often ---- */

/* TRUE: again at once. What has ended is noticed all the same. */
static void true_means_again_at_once(void **state)
{
    struct pair pair = pair_open();
    ULONGLONG before = GetTickCount64();
    char byte;

    (void)state;
    hook_set((struct hook){.again = 999, .cancel_at = 1000});
    pair_fails(recv(pair.client, &byte, 1, 0), WSAEINTR);
    assert_int_equal(hook.calls, 1000);
    assert_true(GetTickCount64() - before < 9000); /* each pause would take 10 ms */
    hook_set((struct hook){.again = UINT_MAX, .act = hook_send, .argument = &pair.server});
    assert_int_equal(recv(pair.client, &byte, 1, 0), 1);
    hook_end();
    pair_close(pair);
}

static void a_hook_that_never_says_false_does_not_stop_a_timeout(void **state)
{
    struct pair pair = pair_open();
    struct timeval soon = {0, 20000};
    struct fd_set set;
    char byte;

    (void)state;
    FD_ZERO(&set);
    FD_SET(pair.client, &set);
    hook_set((struct hook){.again = UINT_MAX});
    assert_int_equal(select(0, &set, NULL, NULL, &soon), 0);
    assert_true(hook.calls > 0);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, 20), 0);
    pair_fails(recv(pair.client, &byte, 1, 0), WSAETIMEDOUT);
    hook_end();
    pair_close(pair);
}

static int64_t thread_cpu_us(void)
{
    struct timespec used;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used), 0);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* FALSE: after a pause of 10 ms. Slow machines call it less often, none more. */
static void false_means_after_a_pause(void **state)
{
    struct pair pair = pair_open();
    struct timeval time = {0, 300000};
    struct fd_set set;
    char byte;

    (void)state;
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_RCVTIMEO, 300), 0);
    for (int way = 0; way < 2; way++) {
        ULONGLONG before = GetTickCount64();
        int64_t cpu_us = thread_cpu_us();
        ULONGLONG took_ms;

        FD_ZERO(&set);
        FD_SET(pair.client, &set);
        hook_set((struct hook){0});
        if (way == 0)
            pair_fails(recv(pair.client, &byte, 1, 0), WSAETIMEDOUT);
        else
            assert_int_equal(select(0, &set, NULL, NULL, &time), 0);
        cpu_us = thread_cpu_us() - cpu_us;
        took_ms = GetTickCount64() - before;
        assert_in_range(hook.calls, 2, took_ms / 10 + 3);
        assert_true((ULONGLONG)cpu_us / 1000 <= took_ms / 2);
    }
    hook_end();
    pair_close(pair);
}

/* ---- With everything else ---- */

static void *close_thread(void *argument)
{
    return closesocket(*(SOCKET *)argument) == 0 ? NULL : argument;
}

static void close_it(void *argument)
{
    void *failed;

    assert_int_equal(pthread_join(flow_run(close_thread, argument), &failed), 0);
    assert_null(failed);
}

static void closing_ends_a_call_with_a_hook(void **state)
{
    struct pair pair = pair_open();
    SOCKET listener = pair_listener();
    char byte;

    (void)state;
    hook_set((struct hook){.act = close_it, .argument = &pair.client});
    pair_fails(recv(pair.client, &byte, 1, 0), WSAECONNABORTED);
    hook_set((struct hook){.act = close_it, .argument = &listener});
    WSASetLastError(0);
    assert_true(accept(listener, NULL, NULL) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINTR);
    hook_end();
    closesocket(pair.server);
}

static void *receive_thread(void *argument)
{
    SOCKET s = *(SOCKET *)argument;
    char *data = malloc(1 << 16);
    size_t total = 0;
    int bytes = 1;

    while (data != NULL && bytes > 0 && total < HOOK_BIG_BYTES) {
        bytes = recv(s, data, 1 << 16, 0);
        total += bytes > 0 ? (size_t)bytes : 0;
    }
    free(data);
    return total == HOOK_BIG_BYTES ? NULL : argument;
}

/* A send that has to wait many times, and its hook in between. */
static void all_of_a_long_send_goes(void **state)
{
    struct pair pair = pair_open();
    char *data = calloc(1, HOOK_BIG_BYTES);
    pthread_t thread;
    void *failed;

    (void)state;
    assert_non_null(data);
    hook_set((struct hook){.again = 3});
    thread = flow_run(receive_thread, &pair.server);
    assert_int_equal(send(pair.client, data, HOOK_BIG_BYTES, 0), HOOK_BIG_BYTES);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    hook_end();
    free(data);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest starting[] = {
        cmocka_unit_test(nothing_works_before_the_first_start),
        cmocka_unit_test(only_version_1_has_hooks),
        cmocka_unit_test(asking_once_is_enough),
        cmocka_unit_test(a_failed_start_asks_for_nothing),
        cmocka_unit_test(setting_returns_the_one_before),
        cmocka_unit_test(each_thread_has_its_own),
        cmocka_unit_test(a_hook_ends_with_its_use_of_the_library),
    };
    const struct CMUnitTest running[] = {
        cmocka_unit_test(it_runs_while_a_call_blocks),
        cmocka_unit_test(it_runs_while_others_are_served_first),
        cmocka_unit_test(it_does_not_run_when_nothing_blocks),
        cmocka_unit_test(it_does_not_run_for_other_threads),
        cmocka_unit_test(true_means_again_at_once),
        cmocka_unit_test(a_hook_that_never_says_false_does_not_stop_a_timeout),
        cmocka_unit_test(false_means_after_a_pause),
        cmocka_unit_test(closing_ends_a_call_with_a_hook),
        cmocka_unit_test(all_of_a_long_send_goes),
    };

    return cmocka_run_group_tests(starting, NULL, NULL) +
           cmocka_run_group_tests(running, hook_setup, pair_teardown);
}
