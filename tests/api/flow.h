/* SPDX-License-Identifier: MIT */
/*
 * What the tests of data transfer share: short forms of the calls, overlapped structures with an
 * event, packets, and threads. Every wait has a deadline.
 */
#ifndef TESTS_API_FLOW_H
#define TESTS_API_FLOW_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "pair.h"

#include <windows.h>

enum { FLOW_LIMIT_MS = 20000 };

#define FLOW_PENDING   0x103u
#define FLOW_CANCELLED 0xC0000120u
#define FLOW_ABORTED   0xC0000241u
#define FLOW_RESET     0xC000020Du

/* A Win32 call that must return FALSE with this code. */
#define flow_fails(call, code)                           \
    do {                                                 \
        SetLastError(0);                                 \
        assert_false((call));                            \
        assert_int_equal(GetLastError(), (DWORD)(code)); \
    } while (0)

static inline int flow_send(SOCKET s, const void *data, ULONG size)
{
    WSABUF buffer = {size, (char *)(uintptr_t)data};
    DWORD bytes = 0;

    return WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL) == 0 ? (int)bytes : SOCKET_ERROR;
}

static inline int flow_recv_with(SOCKET s, void *data, ULONG size, DWORD flags)
{
    WSABUF buffer = {size, data};
    DWORD bytes = 0;

    return WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL) == 0 ? (int)bytes : SOCKET_ERROR;
}

static inline int flow_recv(SOCKET s, void *data, ULONG size)
{
    return flow_recv_with(s, data, size, 0);
}

static inline OVERLAPPED flow_overlapped(void)
{
    OVERLAPPED overlapped;

    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = WSACreateEvent();
    assert_non_null(overlapped.hEvent);
    return overlapped;
}

/* Both return 0 when the call ended at once, else its error: WSA_IO_PENDING as a rule. */
static inline int flow_start_recv(SOCKET s, void *data, ULONG size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    return WSARecv(s, &buffer, 1, NULL, &flags, overlapped, NULL) == 0 ? 0 : WSAGetLastError();
}

static inline int flow_start_send(SOCKET s, const void *data, ULONG size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, (char *)(uintptr_t)data};

    return WSASend(s, &buffer, 1, NULL, 0, overlapped, NULL) == 0 ? 0 : WSAGetLastError();
}

static inline void flow_accepted(int error)
{
    assert_true(error == 0 || error == WSA_IO_PENDING);
}

/* Waits for the event of an operation. Returns its error as a Win32 code. */
static inline DWORD flow_end(SOCKET s, OVERLAPPED *overlapped, DWORD *bytes)
{
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped->hEvent, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_true(HasOverlappedIoCompleted(overlapped));
    return GetOverlappedResult((HANDLE)s, overlapped, bytes, FALSE) ? 0 : GetLastError();
}

struct flow_packet {
    DWORD error; /* 0: TRUE */
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
};

static inline struct flow_packet flow_take(HANDLE port, DWORD timeout_ms)
{
    struct flow_packet packet = {0, 77, 77, (OVERLAPPED *)&packet};

    if (!GetQueuedCompletionStatus(port, &packet.bytes, &packet.key, &packet.overlapped,
                                   timeout_ms))
        packet.error = GetLastError();
    return packet;
}

static inline void flow_no_packet(HANDLE port)
{
    struct flow_packet packet = flow_take(port, 0);

    assert_int_equal(packet.error, WAIT_TIMEOUT);
    assert_null(packet.overlapped);
    assert_int_equal(packet.bytes, 77); /* untouched */
    assert_int_equal(packet.key, 77);
}

static inline HANDLE flow_port(DWORD threads)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, threads);

    assert_non_null(port);
    return port;
}

static inline void flow_tie(SOCKET s, HANDLE port, ULONG_PTR key)
{
    assert_true(CreateIoCompletionPort((HANDLE)s, port, key, 0) == port);
}

static inline pthread_t flow_run(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    return thread;
}

static inline void flow_join(pthread_t thread)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Waits until the count has been reached. */
static inline void flow_reach(_Atomic unsigned *count, unsigned wanted)
{
    ULONGLONG limit = (ULONGLONG)time(NULL) + FLOW_LIMIT_MS / 1000;

    while (*count < wanted) {
        assert_true((ULONGLONG)time(NULL) <= limit);
        sched_yield();
    }
}

/* Waits until a thread, which has stored its number just before a call, sleeps in that call. */
static inline void flow_asleep(_Atomic unsigned *thread_id)
{
    ULONGLONG limit = (ULONGLONG)time(NULL) + FLOW_LIMIT_MS / 1000;
    char path[64];
    char mode = '?';

    flow_reach(thread_id, 1);
    snprintf(path, sizeof path, "/proc/self/task/%u/stat", (unsigned)*thread_id);
    while (mode != 'S') {
        FILE *file = fopen(path, "r");

        assert_non_null(file);
        if (fscanf(file, "%*d (%*[^)]) %c", &mode) != 1)
            mode = '?';
        fclose(file);
        assert_true((ULONGLONG)time(NULL) <= limit);
        sched_yield();
    }
}

static inline void flow_extension(GUID id, void *function)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    DWORD bytes = 0;

    assert_int_equal(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, function,
                              sizeof(void *), &bytes, NULL, NULL),
                     0);
    closesocket(s);
}

#endif
