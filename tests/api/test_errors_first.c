/* SPDX-License-Identifier: MIT */
/*
 * The two first checks of every call that documents them: WSANOTINITIALISED before WSAStartup() and
 * after the last WSACleanup(), WSAENETDOWN once the engine has failed. (The third is
 * WSAEINPROGRESS: test_in_progress.c.) The calls get arguments that any later check would refuse.
 */
#include "flow.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both codes. */
static const char *const both[] = {
    "socket",
    "WSASocketA",
    "WSASocketW",
    "WSAEnumProtocolsA",
    "WSAEnumProtocolsW",
    "WSADuplicateSocketA",
    "WSADuplicateSocketW",
    "shutdown",
    "WSASendDisconnect",
    "WSARecvDisconnect",
    "WSARecvEx",
    "bind",
    "getsockname",
    "getpeername",
    "connect",
    "WSAConnect",
    "WSAJoinLeaf",
    "listen",
    "accept",
    "WSAAccept",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "WSASend",
    "WSARecv",
    "WSASendTo",
    "WSARecvFrom",
    "WSASendMsg",
    "WSACreateEvent",
    "WSACloseEvent",
    "WSASetEvent",
    "WSAResetEvent",
    "WSAWaitForMultipleEvents",
    "WSAEventSelect",
    "WSAEnumNetworkEvents",
    "WSAGetOverlappedResult",
    "select",
    "getsockopt",
    "setsockopt",
    "ioctlsocket",
    "gethostname",
    "GetHostNameW",
    "gethostbyname",
    "gethostbyaddr",
    "getprotobyname",
    "getprotobynumber",
    "getservbyname",
    "getservbyport",
    "WSAHtonl",
    "WSAHtons",
    "WSANtohl",
    "WSANtohs",
    "WSACancelBlockingCall",
    "WSAIoctl",
    "WSAPoll",
    "AcceptEx",
    "TransmitFile",
    "WSASetBlockingHook",
    "WSAUnhookBlockingHook",
};

/* WSANOTINITIALISED alone: they need no engine, or are what ends it. */
static const char *const starting[] = {
    "WSACleanup",          "closesocket",         "getaddrinfo",
    "GetAddrInfoW",        "WSAAddressToStringA", "WSAAddressToStringW",
    "WSAStringToAddressA", "WSAStringToAddressW", "WSAConnectByNameA",
    "WSAConnectByNameW",   "WSAConnectByList",    "ProcessSocketNotifications",
};

typedef uintptr_t any_call(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t,
                           uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* Calls the function as what it is not, which -fsanitize=function would tell. True: it says `code`,
 * as its result or as the last error. */
#if defined(__clang__)
__attribute__((no_sanitize("undefined")))
#endif
static bool
any_says(any_call *call, int code)
{
    uintptr_t result;

    WSASetLastError(0);
    result = call(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return (int)result == code || WSAGetLastError() == code;
}

/* Every form of these calls. Returns how many were found; prints those that say something else. */
static int all_say(const char *const *names, size_t count, int code, int *wrong)
{
    static const char *const endings[] = {"", "16", "32"};
    void *self = dlopen(NULL, RTLD_NOW);
    int found = 0;

    for (size_t i = 0; i < count * PAIR_COUNT(endings); i++) {
        char symbol[64];
        any_call *call;

        snprintf(symbol, sizeof symbol, "ws2_%s%s", names[i / PAIR_COUNT(endings)],
                 endings[i % PAIR_COUNT(endings)]);
        *(void **)&call = dlsym(self, symbol);
        if (call == NULL)
            continue;
        found++;
        if (any_says(call, code))
            continue;
        fprintf(stderr, "%s: %d instead of %d\n", symbol, WSAGetLastError(), code);
        ++*wrong;
    }
    dlclose(self);
    return found;
}

static void nothing_works_without_a_start(void **state)
{
    int wrong = 0;

    (void)state;
    assert_in_range(all_say(both, PAIR_COUNT(both), WSANOTINITIALISED, &wrong), PAIR_COUNT(both),
                    3 * PAIR_COUNT(both));
    assert_true(all_say(starting, PAIR_COUNT(starting), WSANOTINITIALISED, &wrong) >= 8);
    assert_int_equal(wrong, 0);
}

static void nothing_works_after_the_last_cleanup(void **state)
{
    LPFN_CONNECTEX connect_ex = NULL;
    LPFN_WSARECVMSG WSARecvMsg = NULL;
    LPFN_TRANSMITPACKETS TransmitPackets = NULL;

    assert_int_equal(pair_setup(NULL), 0);
    flow_extension((GUID)WSAID_CONNECTEX, &connect_ex);
    flow_extension((GUID)WSAID_WSARECVMSG, &WSARecvMsg);
    flow_extension((GUID)WSAID_TRANSMITPACKETS, &TransmitPackets);
    assert_int_equal(WSACleanup(), 0);
    flow_fails(TransmitPackets(INVALID_SOCKET, NULL, 0, 0, NULL, 0), WSANOTINITIALISED);
    flow_fails(connect_ex(INVALID_SOCKET, NULL, 0, NULL, 0, NULL, NULL), WSANOTINITIALISED);
    pair_fails(WSARecvMsg(INVALID_SOCKET, NULL, NULL, NULL, NULL), WSANOTINITIALISED);
    nothing_works_without_a_start(state);
}

/* ---- The engine fails ---- */

/* From here on io_uring_enter() fails in every thread of the process. */
static bool engine_forbid(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_enter, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

/* Two operations: the ring thread sleeps in the kernel, where the filter does not reach it, and the
 * end of the first makes it come out and try to go in again. */
static void engine_fail(struct pair pair)
{
    OVERLAPPED overlapped = flow_overlapped();
    char byte;

    assert_int_equal(flow_start_recv(pair.server, &byte, 1, &overlapped), WSA_IO_PENDING);
    assert_true(engine_forbid());
    (void)send(pair.client, "x", 1, 0);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    if (flow_start_recv(pair.server, &byte, 1, &overlapped) == WSA_IO_PENDING)
        assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
}

/* In a child: what is forbidden stays so. Its exit status tells how many calls were wrong. */
static int engine_child(void)
{
    LPFN_CONNECTEX connect_ex = NULL;
    LPFN_WSARECVMSG WSARecvMsg = NULL;
    LPFN_TRANSMITPACKETS TransmitPackets = NULL;
    int wrong = 0;

    if (pair_setup(NULL) != 0)
        return 99;
    flow_extension((GUID)WSAID_CONNECTEX, &connect_ex);
    flow_extension((GUID)WSAID_WSARECVMSG, &WSARecvMsg);
    flow_extension((GUID)WSAID_TRANSMITPACKETS, &TransmitPackets);
    engine_fail(pair_open());
    all_say(both, PAIR_COUNT(both), WSAENETDOWN, &wrong);
    if (connect_ex(INVALID_SOCKET, NULL, 0, NULL, 0, NULL, NULL) ||
        WSAGetLastError() != WSAENETDOWN)
        wrong++;
    if (WSARecvMsg(INVALID_SOCKET, NULL, NULL, NULL, NULL) == 0 || WSAGetLastError() != WSAENETDOWN)
        wrong++;
    if (TransmitPackets(INVALID_SOCKET, NULL, 0, 0, NULL, 0) || WSAGetLastError() != WSAENETDOWN)
        wrong++;
    return wrong;
}

static void nothing_works_once_the_engine_failed(void **state)
{
    int status = 0;
    pid_t child;

    (void)state;
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(engine_child()); /* no second report */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_works_without_a_start),
        cmocka_unit_test(nothing_works_once_the_engine_failed),
        cmocka_unit_test(nothing_works_after_the_last_cleanup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
