/* SPDX-License-Identifier: MIT */
/*
 * Another process for tests: the same program, executed anew with the name of its part; it gets
 * what it has to know on standard input, and answers on standard output. main() calls part_run()
 * when there is an argument. The file that includes this defines _GNU_SOURCE first.
 */
#ifndef TESTS_API_PART_H
#define TESTS_API_PART_H

#include "flow.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ws2ring.h>

extern char **environ;

struct answer {
    int error; /* of WSASocket() or ws2_adopt() */
    int again; /* of the same once more */
    int step;  /* what failed afterwards; 0: nothing */
    DWORD process;
};

/* What the child gets to know. */
struct question {
    WSAPROTOCOL_INFOA info;
    int fd;
};

/* ---- The other process ---- */

static inline int part_error(SOCKET s)
{
    return s == INVALID_SOCKET ? WSAGetLastError() : 0;
}

static inline SOCKET part_take(WSAPROTOCOL_INFOA *info)
{
    return WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0,
                      WSA_FLAG_OVERLAPPED);
}

/* A connection: sends back what comes until it ends, through a port. */
static inline int part_echo(SOCKET s)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0);
    SOCKADDR_IN name;
    int length = sizeof name;
    DWORD bytes = 1;

    if (port == NULL || getpeername(s, (struct sockaddr *)&name, &length) != 0)
        return 1;
    while (bytes > 0) {
        OVERLAPPED overlapped;
        OVERLAPPED *done = NULL;
        ULONG_PTR key = 0;
        char data[16];

        memset(&overlapped, 0, sizeof overlapped);
        flow_start_recv(s, data, sizeof data, &overlapped);
        if (!GetQueuedCompletionStatus(port, &bytes, &key, &done, FLOW_LIMIT_MS))
            return 2;
        if (bytes > 0 && send(s, data, (int)bytes, 0) != (int)bytes)
            return 3;
    }
    CloseHandle(port);
    return 0;
}

/* A listener: the next connection gets one byte. */
static inline int part_accept(SOCKET s)
{
    SOCKET accepted = accept(s, NULL, NULL);

    if (accepted == INVALID_SOCKET)
        return 1;
    if (send(accepted, "!", 1, 0) != 1)
        return 2;
    return closesocket(accepted) == 0 ? 0 : 3;
}

static inline int part_state(SOCKET s)
{
    if (pair_get(s, SOL_SOCKET, SO_RCVTIMEO) != 4711 || pair_get(s, SOL_SOCKET, SO_SNDBUF) != 12345)
        return 1;
    return 0;
}

static inline int part_run(const char *part)
{
    struct question question;
    struct answer answer = {.error = 0};
    bool adopts = strstr(part, "adopt") != NULL;
    bool accepts = strstr(part, "accept") != NULL;
    WSADATA data;
    SOCKET s;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 2;
    if (read(0, &question, sizeof question) != sizeof question)
        return 0; /* the other end changed its mind */
    s = adopts ? (SOCKET)ws2_adopt(question.fd) : part_take(&question.info);
    answer.error = part_error(s);
    answer.again = adopts ? 0 : part_error(part_take(&question.info));
    answer.process = GetCurrentProcessId();
    if (s != INVALID_SOCKET && strstr(part, "state") != NULL)
        answer.step = part_state(s);
    if (write(1, &answer, sizeof answer) != sizeof answer)
        return 3;
    if (s != INVALID_SOCKET) {
        answer.step = accepts ? part_accept(s) : part_echo(s);
        closesocket(s);
    }
    WSACleanup();
    return answer.step == 0 ? 0 : 10 + answer.step;
}

/* ---- This one ---- */

struct part {
    pid_t process;
    int to, from;
};

static inline struct part part_start(const char *name)
{
    char *arguments[] = {(char *)"part", (char *)(uintptr_t)name, NULL};
    posix_spawn_file_actions_t actions;
    struct part part;
    int in[2];
    int out[2];

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in[0], 0), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out[1], 1), 0);
    assert_int_equal(
        posix_spawn(&part.process, "/proc/self/exe", &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    part.to = in[1];
    part.from = out[0];
    return part;
}

static inline void part_tell(const struct part *part, const WSAPROTOCOL_INFOA *info, int fd)
{
    struct question question;

    memset(&question, 0, sizeof question);
    if (info != NULL)
        question.info = *info;
    question.fd = fd;
    assert_int_equal(write(part->to, &question, sizeof question), sizeof question);
}

static inline struct answer part_hear(const struct part *part)
{
    struct answer answer;

    assert_int_equal(read(part->from, &answer, sizeof answer), sizeof answer);
    return answer;
}

static inline void part_end(const struct part *part)
{
    int status = -1;

    close(part->to);
    close(part->from);
    assert_int_equal(waitpid(part->process, &status, 0), part->process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* fork and exec, as a program does that had CreateProcess(). */
static inline struct part part_fork(const char *name)
{
    struct part part;
    int in[2];
    int out[2];

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    part.process = fork();
    assert_true(part.process >= 0);
    if (part.process == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl("/proc/self/exe", "part", name, (char *)NULL);
        _exit(99);
    }
    close(in[0]);
    close(out[1]);
    part.to = in[1];
    part.from = out[0];
    return part;
}

static inline void assert_echo(SOCKET s, const char *text)
{
    char data[16];
    int length = (int)strlen(text);

    assert_int_equal(send(s, text, length, 0), length);
    assert_int_equal(recv(s, data, length, MSG_WAITALL), length);
    assert_memory_equal(data, text, length);
}

/* ---- Descriptors of the library ---- */

/* For a group of tests that count them. A call that waits gives this thread its ring, whose
 * descriptor is not one of the tests'. */
static inline int part_setup(void **state)
{
    SOCKET s;
    char byte;

    if (pair_setup(state) != 0)
        return -1;
    s = pair_bound(SOCK_DGRAM);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, 1), 0);
    pair_fails(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    return closesocket(s);
}

static inline uint32_t part_descriptors(void)
{
    struct ws2_stats now = {.size_bytes = sizeof now};

    assert_int_equal(ws2_stats(&now), 0);
    return now.descriptors;
}

/* The last offer's thread has its descriptors for a moment longer than the taker needs it. */
static inline void part_descriptors_return_to(uint32_t wanted)
{
    ULONGLONG end = GetTickCount64() + FLOW_LIMIT_MS;

    while (part_descriptors() != wanted && GetTickCount64() < end)
        sched_yield();
    assert_int_equal(part_descriptors(), wanted);
}

#endif
