/* SPDX-License-Identifier: MIT */
/* For tests of receives that a worker keeps: core/object/lone.h. */
#ifndef TESTS_UNIT_LONE_CASE_H
#define TESTS_UNIT_LONE_CASE_H

#include "tests/api/flow.h"

#include "core/object/lone.h"

enum { WARM = 16, TRIES = 100000 };

struct lone_case {
    HANDLE port;
    struct pair pair; /* the server's end is the port's */
    OVERLAPPED overlapped;
    char data[8];
};

static inline void post(struct lone_case *lone)
{
    memset(&lone->overlapped, 0, sizeof lone->overlapped);
    assert_int_equal(
        flow_start_recv(lone->pair.server, lone->data, sizeof lone->data, &lone->overlapped),
        WSA_IO_PENDING);
}

/* The next packet: 0 or its error. */
static inline DWORD take(HANDLE port, OVERLAPPED **overlapped, DWORD *bytes)
{
    ULONG_PTR key = 0;

    *overlapped = NULL;
    return GetQueuedCompletionStatus(port, bytes, &key, overlapped, FLOW_LIMIT_MS) ? 0
                                                                                   : GetLastError();
}

static inline void take_bytes(struct lone_case *lone, DWORD expected)
{
    OVERLAPPED *overlapped;
    DWORD bytes = 99;

    assert_int_equal(take(lone->port, &overlapped, &bytes), 0);
    assert_ptr_equal(overlapped, &lone->overlapped);
    assert_int_equal(bytes, expected);
}

/* Until a receive is kept: the connection must have been the only one for a while, and the ring
 * thread must be asleep. The tick may take it away again at any moment, if this thread is slow:
 * that changes nothing. */
static inline void lone_begin(struct lone_case *lone)
{
    memset(lone, 0, sizeof *lone);
    lone->pair = pair_open();
    lone->port = CreateIoCompletionPort((HANDLE)lone->pair.server, NULL, 0, 4);
    assert_non_null(lone->port);
    for (int i = 0; i < TRIES; i++) {
        unsigned before = lone_kept_so_far();

        post(lone);
        if (i >= WARM && lone_kept_so_far() > before)
            return;
        assert_int_equal(flow_send(lone->pair.client, "warm", 4), 4);
        take_bytes(lone, 4);
    }
    fail_msg("no receive was kept");
}

static inline void lone_end(struct lone_case *lone)
{
    pair_close(lone->pair);
    CloseHandle(lone->port);
}

#endif
