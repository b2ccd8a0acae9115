/* SPDX-License-Identifier: MIT */
/*
 * What the tests of Winsock 1.1's blocking calls share: a start that asks for version 1.1, a hook
 * that counts, and calls that have to wait, of every kind.
 */
#ifndef TESTS_API_HOOK_H
#define TESTS_API_HOOK_H

#include "flow.h"

#include <unistd.h>

enum { HOOK_BIG_BYTES = 8 << 20, HOOK_SLOW_S = 100 };

/* What the hook of a thread does. */
struct hook {
    unsigned calls;
    unsigned cancel_at;  /* the call that cancels; 0: none */
    unsigned again;      /* so many calls return TRUE */
    void (*act)(void *); /* in the first call */
    void *argument;
    int cancel_error;  /* 0: it could be cancelled */
    unsigned blocking; /* calls that saw WSAIsBlocking() */
};

static _Thread_local struct hook hook;

static inline BOOL CALLBACK hook_run(void)
{
    hook.calls++;
    hook.blocking += WSAIsBlocking() != FALSE;
    if (hook.calls == 1 && hook.act != NULL)
        hook.act(hook.argument);
    if (hook.calls == hook.cancel_at)
        hook.cancel_error = WSACancelBlockingCall() == 0 ? 0 : WSAGetLastError();
    return hook.calls <= hook.again;
}

static inline FARPROC hook_pointer(void)
{
    return (FARPROC)(void (*)(void))hook_run;
}

/* From now on calls of this thread that block run the hook. */
static inline void hook_set(struct hook what)
{
    hook = what;
    hook.cancel_error = -1;
    assert_non_null(WSASetBlockingHook(hook_pointer()));
}

static inline void hook_end(void)
{
    assert_int_equal(WSAUnhookBlockingHook(), 0);
}

static inline int hook_setup(void **state)
{
    WSADATA data;

    (void)state;
    return WSAStartup(MAKEWORD(1, 1), &data);
}

static inline void *hook_send_thread(void *argument)
{
    return send(*(SOCKET *)argument, "x", 1, 0) == 1 ? NULL : argument;
}

/* In a hook: another thread sends a byte from this socket. Nobody refuses its calls. */
static inline void hook_send(void *argument)
{
    pthread_t thread = flow_run(hook_send_thread, argument);
    void *failed;

    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

/* A listener that answers nobody any more: two connections wait at a backlog of 1. */
struct hook_full {
    SOCKET listener, waiting[2];
    SOCKADDR_IN name;
};

static inline struct hook_full hook_full_open(void)
{
    struct hook_full full = {.listener = pair_bound(SOCK_STREAM)};

    assert_int_equal(listen(full.listener, 1), 0);
    full.name = pair_address(full.listener);
    for (int i = 0; i < 2; i++) {
        full.waiting[i] = pair_socket(SOCK_STREAM);
        assert_int_equal(connect(full.waiting[i], (struct sockaddr *)&full.name, sizeof full.name),
                         0);
    }
    return full;
}

static inline void hook_full_close(struct hook_full full)
{
    closesocket(full.waiting[0]);
    closesocket(full.waiting[1]);
    closesocket(full.listener);
}

/* Leaves no room to send. */
static inline void hook_jam(SOCKET s)
{
    char *data = calloc(1, HOOK_BIG_BYTES);
    u_long on = 1;

    assert_non_null(data);
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    while (send(s, data, HOOK_BIG_BYTES, 0) > 0)
        ;
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    free(data);
    on = 0;
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
}

#endif
