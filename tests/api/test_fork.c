/* SPDX-License-Identifier: MIT */
/*
 * fork() while operations are in flight: the child has no Winsock until it starts it anew, and then
 * works with rings of its own; the parent's operations are untouched.
 */
#include "pair.h"

#include <sys/wait.h>
#include <unistd.h>

#include <windows.h>

#include <ws2ring.h>

enum { FORK_WAIT_MS = 10000 };

/* A receive with an event of its own. */
static void fork_receive(SOCKET s, char *data, OVERLAPPED *overlapped)
{
    WSABUF buffer = {1, data};
    DWORD flags = 0;

    memset(overlapped, 0, sizeof *overlapped);
    overlapped->hEvent = WSACreateEvent();
    assert_int_equal(WSARecv(s, &buffer, 1, NULL, &flags, overlapped, NULL), SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
}

static int fork_send(SOCKET s)
{
    WSABUF buffer = {1, (char *)"x"};
    DWORD sent = 0;

    return WSASend(s, &buffer, 1, &sent, 0, NULL, NULL);
}

/* The child's part; its result is the exit status: which step failed, 0 for none. */
static int fork_child(SOCKET old)
{
    WSADATA data;
    OVERLAPPED overlapped;
    DWORD bytes = 0;
    DWORD flags = 0;
    char byte = 0;
    struct pair pair;

    if (fork_send(old) != SOCKET_ERROR || WSAGetLastError() != WSANOTINITIALISED)
        return 1;
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 2;
    if (fork_send(old) != SOCKET_ERROR || WSAGetLastError() != WSAENOTSOCK)
        return 3;
    pair = pair_open();
    fork_receive(pair.server, &byte, &overlapped);
    if (fork_send(pair.client) != 0)
        return 4;
    if (WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, FORK_WAIT_MS, FALSE) != 0)
        return 5;
    if (!WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags) || bytes != 1)
        return 6;
    return WSACleanup() == 0 ? 0 : 7;
}

static void child_starts_anew_and_parent_goes_on(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped;
    DWORD bytes = 0;
    DWORD flags = 0;
    char byte = 0;
    int status = -1;
    pid_t child;

    (void)state;
    fork_receive(pair.server, &byte, &overlapped);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fork_child(pair.client));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_false(HasOverlappedIoCompleted(&overlapped));
    assert_int_equal(fork_send(pair.client), 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, FORK_WAIT_MS, FALSE), 0);
    assert_true(WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags));
    assert_int_equal(byte, 'x');
    WSACloseEvent(overlapped.hEvent);
    pair_close(pair);
}

int main(void)
{
#if defined(__SANITIZE_THREAD__)
    /* ThreadSanitizer ends a child that starts threads after a fork of several. */
    return 0;
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(child_starts_anew_and_parent_goes_on, pair_setup,
                                        pair_teardown),
    };

    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
