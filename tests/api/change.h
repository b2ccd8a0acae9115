/* SPDX-License-Identifier: MIT */
/*
 * What the tests of SIO_ADDRESS_LIST_CHANGE and SIO_ROUTING_INTERFACE_CHANGE share: the calls in
 * short form, and a thread that waits in one.
 */
#ifndef TESTS_API_CHANGE_H
#define TESTS_API_CHANGE_H

#include "netevents.h"

#include <ws2tcpip.h>

/* An IPv4 or IPv6 address as text, with its length. */
static inline SOCKADDR_STORAGE change_name(const char *text, int *bytes)
{
    SOCKADDR_STORAGE name;

    memset(&name, 0, sizeof name);
    if (strchr(text, ':') != NULL) {
        SOCKADDR_IN6 *inet6 = (SOCKADDR_IN6 *)&name;

        inet6->sin6_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, text, &inet6->sin6_addr), 1);
        *bytes = sizeof *inet6;
    } else {
        SOCKADDR_IN *inet = (SOCKADDR_IN *)&name;

        inet->sin_family = AF_INET;
        assert_int_equal(inet_pton(AF_INET, text, &inet->sin_addr), 1);
        *bytes = sizeof *inet;
    }
    return name;
}

/* `to` NULL: a change of addresses; else of the way to this destination. 0 or the error. */
static inline int change_ask(SOCKET s, const char *to, OVERLAPPED *overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    SOCKADDR_STORAGE name;
    DWORD returned = 77;
    int bytes = 0;
    int result;

    if (to != NULL)
        name = change_name(to, &bytes);
    result =
        WSAIoctl(s, to == NULL ? SIO_ADDRESS_LIST_CHANGE : SIO_ROUTING_INTERFACE_CHANGE,
                 to == NULL ? NULL : &name, (DWORD)bytes, NULL, 0, &returned, overlapped, routine);
    assert_int_equal(returned, result == 0 ? 0 : 77);
    return result == 0 ? 0 : WSAGetLastError();
}

static inline void change_start(SOCKET s, const char *to, OVERLAPPED *overlapped)
{
    assert_int_equal(change_ask(s, to, overlapped, NULL), WSA_IO_PENDING);
}

static inline bool change_pending(const OVERLAPPED *overlapped)
{
    return !HasOverlappedIoCompleted(overlapped);
}

/* ---- A thread in a blocking call ---- */

struct change_waiter {
    SOCKET s;
    const char *to;
    int error;
    _Atomic unsigned thread_id;
    pthread_t thread;
};

static inline void *change_waiter_body(void *argument)
{
    struct change_waiter *waiter = argument;

    waiter->thread_id = GetCurrentThreadId();
    waiter->error = change_ask(waiter->s, waiter->to, NULL, NULL);
    return NULL;
}

/* Returns when the thread sleeps in the call. */
static inline void change_waiter_start(struct change_waiter *waiter, SOCKET s, const char *to)
{
    *waiter = (struct change_waiter){.s = s, .to = to, .error = -1};
    waiter->thread = flow_run(change_waiter_body, waiter);
    flow_asleep(&waiter->thread_id);
}

static inline int change_waiter_end(struct change_waiter *waiter)
{
    flow_join(waiter->thread);
    return waiter->error;
}

/* ---- Routines ---- */

struct change_call {
    unsigned count;
    DWORD error, bytes, flags;
    OVERLAPPED *overlapped;
};

static struct change_call change_called;

static inline void CALLBACK change_routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped,
                                           DWORD flags)
{
    change_called = (struct change_call){change_called.count + 1, error, bytes, flags, overlapped};
}

#endif
