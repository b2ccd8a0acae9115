/* SPDX-License-Identifier: MIT */
/*
 * What the socket tests share: start-up around a group, sockets and names on loopback, a check of
 * how a call failed, and a connected pair made with ConnectEx and accept.
 */
#ifndef TESTS_API_PAIR_H
#define TESTS_API_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <winsock2.h>

#include <mswsock.h>
#include <ws2ipdef.h>

#define PAIR_COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The call just made must have failed with this code. */
#define pair_fails(call, code)                       \
    do {                                             \
        WSASetLastError(0);                          \
        assert_int_equal((call), SOCKET_ERROR);      \
        assert_int_equal(WSAGetLastError(), (code)); \
    } while (0)

#define PAIR_BAD ((void *)(uintptr_t)1) /* a pointer to nowhere */

static inline int pair_setup(void **state)
{
    WSADATA data;

    (void)state;
    return WSAStartup(MAKEWORD(2, 2), &data);
}

static inline int pair_teardown(void **state)
{
    (void)state;
    return WSACleanup();
}

static inline SOCKADDR_IN pair_name(uint32_t address, USHORT port)
{
    SOCKADDR_IN name;

    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    name.sin_port = port; /* network order, as getsockname() gives it */
    return name;
}

static inline SOCKET pair_socket(int type)
{
    SOCKET s = socket(AF_INET, type, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static inline int pair_bind(SOCKET s, uint32_t address, USHORT port)
{
    SOCKADDR_IN name = pair_name(address, port);

    return bind(s, (struct sockaddr *)&name, sizeof name);
}

/* A socket bound to 127.0.0.1 and a port of the system's choice. */
static inline SOCKET pair_bound(int type)
{
    SOCKET s = pair_socket(type);

    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    return s;
}

static inline SOCKADDR_IN pair_address(SOCKET s)
{
    SOCKADDR_IN name;
    int length = sizeof name;

    memset(&name, 0, sizeof name);
    assert_int_equal(getsockname(s, (struct sockaddr *)&name, &length), 0);
    return name;
}

static inline SOCKET pair_listener(void)
{
    SOCKET s = pair_bound(SOCK_STREAM);

    assert_int_equal(listen(s, 16), 0);
    return s;
}

static inline int pair_set(SOCKET s, int level, int option, int value)
{
    return setsockopt(s, level, option, (const char *)&value, sizeof value);
}

static inline int pair_get(SOCKET s, int level, int option)
{
    int value = 0;
    int length = sizeof value;

    assert_int_equal(getsockopt(s, level, option, (char *)&value, &length), 0);
    return value;
}

/* Connects a bound socket; SO_UPDATE_CONNECT_CONTEXT is left to the caller. */
static inline void pair_connect_to(SOCKET s, const struct sockaddr *to, int to_bytes)
{
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX connect_ex = NULL;
    OVERLAPPED overlapped;
    DWORD bytes = 0;
    DWORD flags = 0;

    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = WSACreateEvent();
    assert_int_equal(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex,
                              sizeof connect_ex, &bytes, NULL, NULL),
                     0);
    if (!connect_ex(s, to, to_bytes, NULL, 0, NULL, &overlapped))
        assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, 10000, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_true(WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags));
    WSACloseEvent(overlapped.hEvent);
}

static inline void pair_connect(SOCKET s, SOCKADDR_IN to)
{
    pair_connect_to(s, (struct sockaddr *)&to, sizeof to);
}

static inline SOCKET pair_client(SOCKADDR_IN to)
{
    SOCKET s = pair_bound(SOCK_STREAM);

    pair_connect(s, to);
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    return s;
}

struct pair {
    SOCKET client; /* connected by ConnectEx */
    SOCKET server; /* accepted */
};

static inline struct pair pair_open(void)
{
    SOCKET listener = pair_listener();
    struct pair pair;

    pair.client = pair_client(pair_address(listener));
    pair.server = accept(listener, NULL, NULL);
    assert_true(pair.server != INVALID_SOCKET);
    closesocket(listener);
    return pair;
}

static inline void pair_close(struct pair pair)
{
    closesocket(pair.client);
    closesocket(pair.server);
}

#endif
