/* SPDX-License-Identifier: MIT */
/*
 * WSAENETDOWN: the engine fails while a program runs. A child process starts Winsock, gets
 * operations of every kind under way, and then forbids itself io_uring_enter() with a seccomp
 * filter, as a program does that gives up rights after its start. Everything under way must end,
 * once, and every call must say so; what the child found is its exit status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILURE_WAIT_MS = 30000, FAILURE_BYTES = 16 };

/* In the child: the line that did not hold is the exit status. */
#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: %s (error %d)\n", __FILE__, __LINE__, #condition, \
                    WSAGetLastError());                                               \
            _exit(1);                                                                 \
        }                                                                             \
    } while (0)

#define CHECK_DOWN(call, failed)                 \
    do {                                         \
        WSASetLastError(0);                      \
        CHECK((call) == (failed));               \
        CHECK(WSAGetLastError() == WSAENETDOWN); \
    } while (0)

/* From here on io_uring_enter() fails with this error in every thread of the process. */
static bool failure_forbid(int error)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_enter, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

/* Runs a scenario in a child, with the number of the error as its argument. */
static void failure_run(void (*scenario)(int error), int error)
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        scenario(error);
        _exit(0); /* no leak check, no second test report */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- What is under way ---- */

struct failure_pair {
    SOCKET listener, client, server;
    struct sockaddr_in address;
};

static void failure_start(void)
{
    WSADATA data;

    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
}

static void failure_connect(struct failure_pair *pair)
{
    int bytes = sizeof pair->address;

    memset(&pair->address, 0, sizeof pair->address);
    pair->address.sin_family = AF_INET;
    pair->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK((pair->listener = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK(bind(pair->listener, (struct sockaddr *)&pair->address, bytes) == 0);
    CHECK(listen(pair->listener, 1) == 0);
    CHECK(getsockname(pair->listener, (struct sockaddr *)&pair->address, &bytes) == 0);
    CHECK((pair->client = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK(connect(pair->client, (struct sockaddr *)&pair->address, bytes) == 0);
    CHECK((pair->server = accept(pair->listener, NULL, NULL)) != INVALID_SOCKET);
}

static void failure_receive(SOCKET s, char *buffer, WSAOVERLAPPED *overlapped)
{
    WSABUF piece = {FAILURE_BYTES, buffer};
    DWORD flags = 0;

    CHECK(WSARecv(s, &piece, 1, NULL, &flags, overlapped, NULL) == SOCKET_ERROR);
    CHECK(WSAGetLastError() == WSA_IO_PENDING);
}

/* The ring thread sleeps in the kernel, where the filter does not reach it: an operation that ends
 * at once makes it come out and try to go in again. */
static void failure_provoke(const struct failure_pair *pair, WSAOVERLAPPED *overlapped)
{
    static char byte;

    failure_receive(pair->server, &byte, overlapped);
    (void)send(pair->client, "x", 1, 0);
}

static void failure_wait_for_addresses(SOCKET s, WSAOVERLAPPED *overlapped)
{
    DWORD bytes = 0;

    overlapped->hEvent = WSACreateEvent();
    CHECK(WSAIoctl(s, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &bytes, overlapped, NULL) != 0);
    CHECK(WSAGetLastError() == WSA_IO_PENDING);
}

/* ---- Scenarios ---- */

/* An overlapped receive with an event, one whose packet goes to a port, and the calls after. */
static void failure_of_operations(int error)
{
    struct failure_pair pair, other;
    char data[2][FAILURE_BYTES];
    WSAOVERLAPPED with_event = {0};
    WSAOVERLAPPED with_packet = {0};
    WSAOVERLAPPED provoking = {0};
    WSAOVERLAPPED *ended = NULL;
    WSAOVERLAPPED waiting = {0};
    WSAOVERLAPPED changing = {0};
    char addresses[64];
    SOCKET fresh;
    HANDLE selected;
    ULONG_PTR key = 0;
    DWORD bytes = 0;
    HANDLE port;

    failure_start();
    with_event.hEvent = WSACreateEvent();
    provoking.hEvent = WSACreateEvent();
    failure_connect(&pair);
    failure_connect(&other);
    CHECK((port = CreateIoCompletionPort((HANDLE)other.server, NULL, 7, 0)) != NULL);
    failure_receive(other.server, data[0], &with_packet);
    failure_receive(pair.client, data[1], &with_event);
    waiting.hEvent = WSACreateEvent();
    CHECK((fresh = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK(!AcceptEx(pair.listener, fresh, addresses, 0, 32, 32, &bytes, &waiting));
    CHECK(WSAGetLastError() == WSA_IO_PENDING);
    CHECK(WSAEventSelect(other.client, selected = WSACreateEvent(), FD_READ | FD_CLOSE) == 0);
    failure_wait_for_addresses(other.client, &changing);
    CHECK(failure_forbid(error));
    failure_provoke(&pair, &provoking);

    CHECK(WaitForSingleObject(with_event.hEvent, FAILURE_WAIT_MS) == WAIT_OBJECT_0);
    CHECK((uint32_t)with_event.Internal == 0xC00000C4u); /* STATUS_UNEXPECTED_NETWORK_ERROR */
    CHECK(!GetOverlappedResult((HANDLE)pair.client, &with_event, &bytes, FALSE));
    CHECK(GetLastError() == ERROR_UNEXP_NET_ERR);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &ended, FAILURE_WAIT_MS));
    CHECK(ended == &with_packet && key == 7 && bytes == 0);
    CHECK(GetLastError() == ERROR_UNEXP_NET_ERR);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &ended, 0)); /* once */
    CHECK(GetLastError() == WAIT_TIMEOUT);
    CHECK(ended == NULL);

    CHECK(WaitForSingleObject(waiting.hEvent, FAILURE_WAIT_MS) == WAIT_OBJECT_0);
    CHECK(!GetOverlappedResult((HANDLE)pair.listener, &waiting, &bytes, FALSE));
    CHECK(GetLastError() == ERROR_UNEXP_NET_ERR);
    CHECK(WaitForSingleObject(changing.hEvent, FAILURE_WAIT_MS) == WAIT_OBJECT_0);
    CHECK((uint32_t)changing.Internal == 0xC00000C4u);

    CHECK(closesocket(pair.client) == 0); /* what is left goes all the same */
    CHECK(closesocket(pair.listener) == 0);
    CHECK(closesocket(other.client) == 0);
    CHECK(CloseHandle(selected));
    CHECK(WSACleanup() == 0);
}

/* Sending and receiving, in every form. */
static void failure_check_data(SOCKET s)
{
    char byte = 0;
    WSABUF piece = {1, &byte};
    DWORD bytes = 0;
    DWORD flags = 0;

    CHECK_DOWN(send(s, "x", 1, 0), SOCKET_ERROR);
    CHECK_DOWN(recv(s, &byte, 1, 0), SOCKET_ERROR);
    CHECK_DOWN(sendto(s, "x", 1, 0, NULL, 0), SOCKET_ERROR);
    CHECK_DOWN(recvfrom(s, &byte, 1, 0, NULL, NULL), SOCKET_ERROR);
    CHECK_DOWN(WSASend(s, &piece, 1, &bytes, 0, NULL, NULL), SOCKET_ERROR);
    CHECK_DOWN(WSARecv(s, &piece, 1, &bytes, &flags, NULL, NULL), SOCKET_ERROR);
    CHECK_DOWN(WSASendTo(s, &piece, 1, &bytes, 0, NULL, 0, NULL, NULL), SOCKET_ERROR);
    CHECK_DOWN(WSARecvFrom(s, &piece, 1, &bytes, &flags, NULL, NULL, NULL, NULL), SOCKET_ERROR);
}

static void failure_of_calls(int error)
{
    struct failure_pair pair;
    WSAOVERLAPPED provoking = {0};
    WSAOVERLAPPED later = {0};
    WSABUF piece = {1, &(char){0}};
    WSANETWORKEVENTS events;
    WSAEVENT event;
    DWORD bytes = 0;
    DWORD flags = 0;
    u_long on = 1;
    fd_set set;
    WSADATA data;
    int value = 0;
    int size = sizeof value;

    failure_start();
    failure_connect(&pair);
    event = WSACreateEvent();
    provoking.hEvent = event;
    CHECK(failure_forbid(error));
    failure_provoke(&pair, &provoking);
    CHECK(WaitForSingleObject(event, FAILURE_WAIT_MS) == WAIT_OBJECT_0);
    /* The receive has its byte, but the ring thread may not have gone in again by now; the next
     * operation is either refused or ends. */
    later.hEvent = event;
    CHECK(WSARecv(pair.client, &piece, 1, NULL, &flags, &later, NULL) == SOCKET_ERROR);
    if (WSAGetLastError() == WSA_IO_PENDING)
        CHECK(WaitForSingleObject(event, FAILURE_WAIT_MS) == WAIT_OBJECT_0);

    FD_ZERO(&set);
    FD_SET(pair.client, &set);
    CHECK_DOWN(WSACloseEvent(event), FALSE);
    CHECK(WaitForSingleObject(event, 0) != WAIT_FAILED); /* still there */
    CHECK_DOWN(WSAConnect(pair.client, (struct sockaddr *)&pair.address, sizeof pair.address, NULL,
                          NULL, NULL, NULL),
               SOCKET_ERROR);
    CHECK_DOWN(connect(pair.client, (struct sockaddr *)&pair.address, sizeof pair.address),
               SOCKET_ERROR);
    CHECK_DOWN(WSACreateEvent(), WSA_INVALID_EVENT);
    CHECK_DOWN(WSASetEvent(event), FALSE);
    CHECK_DOWN(WSAResetEvent(event), FALSE);
    CHECK_DOWN(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_FAILED);
    CHECK_DOWN(WSAEventSelect(pair.client, event, FD_READ), SOCKET_ERROR);
    CHECK_DOWN(WSAEnumNetworkEvents(pair.client, event, &events), SOCKET_ERROR);
    CHECK_DOWN(socket(AF_INET, SOCK_STREAM, 0), INVALID_SOCKET);
    CHECK_DOWN(WSASetBlockingHook(NULL), NULL); /* nor has it asked for version 1.1 */
    CHECK_DOWN(WSAUnhookBlockingHook(), SOCKET_ERROR);
    CHECK_DOWN(WSACancelBlockingCall(), SOCKET_ERROR);
    CHECK_DOWN(accept(pair.listener, NULL, NULL), INVALID_SOCKET);
    CHECK_DOWN(bind(pair.client, (struct sockaddr *)&pair.address, sizeof pair.address),
               SOCKET_ERROR);
    CHECK_DOWN(listen(pair.listener, 1), SOCKET_ERROR);
    CHECK_DOWN(shutdown(pair.client, SD_BOTH), SOCKET_ERROR);
    failure_check_data(pair.client);
    CHECK_DOWN(select(0, &set, NULL, NULL, &(struct timeval){0, 0}), SOCKET_ERROR);
    CHECK_DOWN(WSAPoll(&(WSAPOLLFD){.fd = pair.client, .events = POLLIN}, 1, 0), SOCKET_ERROR);
    CHECK_DOWN(ioctlsocket(pair.client, FIONBIO, &on), SOCKET_ERROR);
    CHECK_DOWN(WSAIoctl(pair.client, FIONREAD, NULL, 0, &on, sizeof on, &bytes, NULL, NULL),
               SOCKET_ERROR);
    CHECK_DOWN(getsockopt(pair.client, SOL_SOCKET, SO_TYPE, (char *)&value, &size), SOCKET_ERROR);
    CHECK_DOWN(setsockopt(pair.client, SOL_SOCKET, SO_KEEPALIVE, (char *)&value, size),
               SOCKET_ERROR);
    CHECK_DOWN(getsockname(pair.client, (struct sockaddr *)&pair.address, &size), SOCKET_ERROR);
    CHECK_DOWN(getpeername(pair.client, (struct sockaddr *)&pair.address, &size), SOCKET_ERROR);
    CHECK_DOWN(WSAGetOverlappedResult(pair.client, &later, &bytes, FALSE, &flags), FALSE);

    CHECK(closesocket(pair.client) == 0);
    CHECK(WSACleanup() == 0);
    WSASetLastError(0);
    CHECK(socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET);
    CHECK(WSAGetLastError() == WSANOTINITIALISED);
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == WSASYSNOTREADY);
}

struct failure_blocked {
    SOCKET s;
    int result;
    int error;
};

static DWORD WINAPI failure_block(void *argument)
{
    struct failure_blocked *blocked = argument;
    char data[FAILURE_BYTES];

    do {
        blocked->result = recv(blocked->s, data, sizeof data, 0);
    } while (blocked->result > 0);
    blocked->error = WSAGetLastError();
    return 0;
}

/* A blocked call goes on in the kernel until something comes; the next one does not begin. */
static void failure_of_blocking_calls(int error)
{
    struct failure_pair pair, other;
    struct failure_blocked blocked = {0};
    WSAOVERLAPPED provoking = {0};
    HANDLE thread;

    failure_start();
    failure_connect(&pair);
    failure_connect(&other);
    provoking.hEvent = WSACreateEvent();
    blocked.s = other.server;
    thread = CreateThread(NULL, 0, failure_block, &blocked, 0, NULL);
    CHECK(thread != NULL);
    CHECK(send(other.client, "x", 1, 0) == 1);
    CHECK(failure_forbid(error));
    CHECK(send(other.client, "x", 1, 0) == 1); /* wherever the thread is */
    failure_provoke(&pair, &provoking);
    CHECK(WaitForSingleObject(thread, FAILURE_WAIT_MS) == WAIT_OBJECT_0);
    CHECK(blocked.result == SOCKET_ERROR);
    CHECK(blocked.error == WSAENETDOWN);
}

/* ---- Tests ---- */

static void operations_end_when_the_engine_fails(void **state)
{
    (void)state;
    failure_run(failure_of_operations, EPERM);
    failure_run(failure_of_operations, ENOSYS);
}

static void every_call_says_that_the_engine_failed(void **state)
{
    (void)state;
    failure_run(failure_of_calls, EPERM);
}

static void blocking_calls_end_when_the_engine_fails(void **state)
{
    (void)state;
    failure_run(failure_of_blocking_calls, EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_end_when_the_engine_fails),
        cmocka_unit_test(every_call_says_that_the_engine_failed),
        cmocka_unit_test(blocking_calls_end_when_the_engine_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
