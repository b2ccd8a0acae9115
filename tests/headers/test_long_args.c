/* SPDX-License-Identifier: MIT */
/*
 * `unsigned long` where Windows has its 32-bit long: the calls give back the right number even when
 * the 64 bits held something else before, in C (macros) and in C++ (test_long_args.cpp, overloads).
 */
#include <mswsock.h>
#include <winsock2.h>

#include <stdio.h>
#include <stdlib.h>

#define POISON 0xa5a5a5a5a5a5a5a5UL

/* Ends the program, because everything after depends on it. */
#define CHECK(condition)                                                                        \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            printf("%s:%d: %s, error %d\n", __FILE__, __LINE__, #condition, WSAGetLastError()); \
            exit(1);                                                                            \
        }                                                                                       \
    } while (0)

struct pair {
    SOCKET near_end, far_end;
};

static struct pair connected(void)
{
    struct pair pair;
    SOCKADDR_IN name;
    int length = sizeof name;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);

    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (SOCKADDR *)&name, sizeof name) == 0 && listen(listener, 1) == 0);
    CHECK(getsockname(listener, (SOCKADDR *)&name, &length) == 0);
    pair.near_end = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(pair.near_end, (SOCKADDR *)&name, sizeof name) == 0);
    pair.far_end = accept(listener, NULL, NULL);
    CHECK(pair.far_end != INVALID_SOCKET && closesocket(listener) == 0);
    return pair;
}

/* Sends three bytes and returns when the other end has them. */
static void send_three(const struct pair *pair)
{
    char abc[] = "abc";
    WSABUF buffer = {3, abc};
    unsigned long sent = POISON, waiting = POISON;

    CHECK(WSASend(pair->near_end, &buffer, 1, &sent, 0, NULL, NULL) == 0 && sent == 3);
    do
        CHECK(ioctlsocket(pair->far_end, (long)FIONREAD, &waiting) == 0 && waiting <= 3);
    while (waiting != 3);
}

static void direct_calls(const struct pair *pair)
{
    char room[16];
    WSABUF buffer = {sizeof room, room};
    unsigned long received = POISON, flags = 0, returned = POISON, on = 1, order = POISON;
    DWORD received32 = 0, flags32 = 0;
    u_long waiting = 0;
    GUID guid = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex = NULL;

    send_three(pair);
    CHECK(ioctlsocket(pair->far_end, (long)FIONREAD, &waiting) == 0 && waiting == 3);
    CHECK(WSARecv(pair->far_end, &buffer, 1, &received, &flags, NULL, NULL) == 0);
    CHECK(received == 3 && flags == 0);
    send_three(pair);
    received = POISON;
    CHECK(WSARecv(pair->far_end, &buffer, 1, &received, &flags32, NULL, NULL) == 0);
    CHECK(received == 3 && flags32 == 0);
    send_three(pair);
    CHECK(WSARecv(pair->far_end, &buffer, 1, &received32, &flags, NULL, NULL) == 0);
    CHECK(received32 == 3 && flags == 0);

    CHECK(WSAIoctl(pair->far_end, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, sizeof guid,
                   &accept_ex, sizeof accept_ex, &returned, NULL, NULL) == 0);
    CHECK(returned == sizeof accept_ex && accept_ex != NULL);
    CHECK(WSAHtonl(pair->far_end, 1, &order) == 0 && order == 0x01000000);

    CHECK(ioctlsocket(pair->far_end, (long)FIONBIO, &on) == 0);
    flags = 0;
    CHECK(WSARecv(pair->far_end, &buffer, 1, &received, &flags, NULL, NULL) == SOCKET_ERROR);
    CHECK(WSAGetLastError() == WSAEWOULDBLOCK && flags == 0);
}

/* The library writes into the caller's numbers only before it returns; the rest has its own. */
static void overlapped_calls(const struct pair *pair)
{
    char room[16];
    WSABUF buffer = {sizeof room, room};
    OVERLAPPED overlapped, *finished = NULL;
    unsigned long flags = 0, bytes = POISON, result_flags = POISON;
    ULONG_PTR key = 0;
    HANDLE port = CreateIoCompletionPort((HANDLE)pair->far_end, NULL, 7, 1);

    CHECK(port != NULL);
    memset(&overlapped, 0, sizeof overlapped);
    CHECK(WSARecv(pair->far_end, &buffer, 1, NULL, &flags, &overlapped, NULL) == SOCKET_ERROR);
    CHECK(WSAGetLastError() == WSA_IO_PENDING);
    buffer.buf = room;
    CHECK(send(pair->near_end, "abc", 3, 0) == 3);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &finished, INFINITE));
    CHECK(bytes == 3 && key == 7 && finished == &overlapped && flags == 0);
    bytes = POISON;
    CHECK(WSAGetOverlappedResult(pair->far_end, &overlapped, &bytes, FALSE, &result_flags));
    CHECK(bytes == 3 && result_flags == 0);
    bytes = POISON;
    CHECK(GetOverlappedResult((HANDLE)pair->far_end, &overlapped, &bytes, FALSE) && bytes == 3);

    bytes = POISON;
    CHECK(PostQueuedCompletionStatus(port, 0xfedcba98, 1, NULL));
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &finished, 0) && bytes == 0xfedcba98);
    CHECK(CloseHandle(port));
}

static DWORD WINAPI exit_with_max(LPVOID parameter)
{
    (void)parameter;
    return 0xffffffff;
}

static void threads(void)
{
    unsigned long id = POISON, code = POISON;
    HANDLE thread = CreateThread(NULL, 0, exit_with_max, NULL, 0, &id);

    CHECK(thread != NULL && id != 0 && id <= 0xffffffff);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 0xffffffff);
    CHECK(CloseHandle(thread));
}

/* NULL stays NULL, and the bare name is the function. */
static void null_and_pointers(const struct pair *pair)
{
    int(WSAAPI * function)(SOCKET, long, u_long *) = ioctlsocket;
    unsigned long *none = NULL;
    u_long waiting = 1;

    CHECK(ioctlsocket(pair->far_end, (long)FIONREAD, none) == SOCKET_ERROR);
    CHECK(WSAGetLastError() == WSAEFAULT);
    CHECK(ioctlsocket(pair->far_end, (long)FIONREAD, NULL) == SOCKET_ERROR);
    CHECK(WSAGetLastError() == WSAEFAULT);
    CHECK(function(pair->far_end, (long)FIONREAD, &waiting) == 0 && waiting == 0);
}

static void counters(void)
{
    volatile long counter = 0x100000000;
    volatile LONG count = 1;
    unsigned long positive = 5;

    CHECK(InterlockedIncrement(&counter) == 0x100000001);
    CHECK(InterlockedCompareExchange(&counter, 2, 0x100000001) == 0x100000001 && counter == 2);
    CHECK(InterlockedDecrement(&count) == 0);
    CHECK(InterlockedExchangeAdd(&positive, 2) == 5 && positive == 7);
    CHECK(InterlockedIncrement64(&counter) == 3);
}

int main(void)
{
    WSADATA data;
    struct pair pair;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    pair = connected();
    direct_calls(&pair);
    overlapped_calls(&pair);
    null_and_pointers(&pair);
    threads();
    counters();
    CHECK(closesocket(pair.near_end) == 0 && closesocket(pair.far_end) == 0);
    CHECK(WSACleanup() == 0);
    puts("every number was right");
    return 0;
}
