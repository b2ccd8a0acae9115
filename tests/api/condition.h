/* SPDX-License-Identifier: MIT */
/* What the tests of WSAAccept share: a condition function whose body sees its arguments by name. */
#ifndef TESTS_API_CONDITION_H
#define TESTS_API_CONDITION_H

#include "netevents.h"

#define accept_fails(call, code)                     \
    do {                                             \
        WSASetLastError(0);                          \
        assert_true((call) == INVALID_SOCKET);       \
        assert_int_equal(WSAGetLastError(), (code)); \
    } while (0)

struct condition_call {
    const WSABUF *caller, *caller_data, *callee, *callee_data;
    const QOS *sqos, *gqos;
    GROUP *group;
};

/* To begin a test's own structure with. The body gets that, and returns a CF_* code. */
struct condition {
    int (*body)(struct condition *self, const struct condition_call *call);
};

static int CALLBACK condition_called(LPWSABUF caller, LPWSABUF caller_data, LPQOS sqos, LPQOS gqos,
                                     LPWSABUF callee, LPWSABUF callee_data, GROUP *group,
                                     DWORD_PTR context)
{
    struct condition *condition = (struct condition *)context;
    const struct condition_call call = {caller, caller_data, callee, callee_data,
                                        sqos,   gqos,        group};

    return condition->body(condition, &call);
}

static inline SOCKET condition_accept(SOCKET listener, struct condition *condition)
{
    return WSAAccept(listener, NULL, NULL, condition_called, (DWORD_PTR)condition);
}

/* The two are the ends of one connection. */
static inline void condition_joined(SOCKET client, SOCKET server)
{
    char data[4];

    assert_true(server != INVALID_SOCKET);
    ready_send(client, "ab");
    ready_data(server);
    assert_int_equal(recv(server, data, sizeof data, 0), 2);
}

static inline void condition_joined_end(SOCKET client, SOCKET server)
{
    condition_joined(client, server);
    closesocket(client);
    closesocket(server);
}

/* A listener that waits for nobody, and a client in its queue. */
static inline SOCKET condition_listener(SOCKET *client)
{
    SOCKET listener = pair_listener();

    ready_nonblocking(listener);
    *client = pair_client(pair_address(listener));
    return listener;
}

#endif
