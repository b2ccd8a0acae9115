/* SPDX-License-Identifier: MIT */
/*
 * WSAEINPROGRESS: what calls do inside a callback that another call of the thread is making: a
 * blocking hook, which runs while something blocks, or the condition of WSAAccept.
 */
#include "condition.h"
#include "hook.h"

#include <dlfcn.h>
#include <stdbool.h>

#include <ws2ring.h>
#include <ws2tcpip.h>

/* ---- Every call that documents it ---- */

/* clang-format off */
static const char *const refusing[] = {
    "WSAStartup", "WSACleanup", "WSAEnumProtocolsA", "WSAEnumProtocolsW", "socket", "WSASocketA",
    "WSASocketW", "closesocket", "shutdown", "bind", "getsockname", "getpeername",
    "WSADuplicateSocketA", "WSADuplicateSocketW", "WSASendDisconnect", "WSARecvDisconnect",
    "connect", "WSAConnect", "WSAJoinLeaf", "listen", "accept", "WSAAccept", "send", "recv",
    "sendto", "recvfrom", "WSASend", "WSARecv", "WSASendTo", "WSARecvFrom", "WSASendMsg",
    "WSARecvEx", "WSACreateEvent", "WSACloseEvent", "WSASetEvent", "WSAResetEvent",
    "WSAWaitForMultipleEvents", "WSAEventSelect", "WSAEnumNetworkEvents", "select", "getsockopt",
    "setsockopt", "ioctlsocket", "WSAIoctl", "gethostname", "gethostbyname", "gethostbyaddr",
    "getprotobyname", "getprotobynumber", "getservbyname", "getservbyport", "WSAAsyncSelect",
    "WSAAsyncGetHostByName", "WSAAsyncGetHostByAddr", "WSAAsyncGetServByName",
    "WSAAsyncGetServByPort", "WSAAsyncGetProtoByName", "WSAAsyncGetProtoByNumber",
    "WSACancelAsyncRequest", "WSASetBlockingHook", "WSAUnhookBlockingHook",
};
/* clang-format on */

/* Any of them: they are refused before they look at an argument, so each takes ten zeros. */
typedef uintptr_t any_call(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t,
                           uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* Calls the function as what it is not, which -fsanitize=function would tell. */
#if defined(__clang__)
__attribute__((no_sanitize("undefined")))
#endif
static int
any_error(const char *name, const char *ending)
{
    static void *self;
    any_call *call;
    char symbol[64];
    uintptr_t result;

    if (self == NULL)
        self = dlopen(NULL, RTLD_NOW);
    snprintf(symbol, sizeof symbol, "ws2_%s%s", name, ending);
    *(void **)&call = dlsym(self, symbol);
    if (call == NULL)
        return -1; /* not in the library */
    WSASetLastError(0);
    result = call(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return strcmp(name, "WSAStartup") == 0 ? (int)result : WSAGetLastError();
}

struct refusals { /* filled in inside a callback, looked at afterwards */
    unsigned found;
    const char *wrong;
    int error;
};

static void any_refuse(void *argument)
{
    static const char *const endings[] = {"", "16", "32"};
    struct refusals *refusals = argument;

    for (size_t i = 0; i < PAIR_COUNT(refusing); i++) {
        for (size_t j = 0; j < PAIR_COUNT(endings); j++) {
            int error = any_error(refusing[i], endings[j]);

            if (error == -1)
                continue;
            refusals->found++;
            if (error != WSAEINPROGRESS && refusals->wrong == NULL) {
                refusals->wrong = refusing[i];
                refusals->error = error;
            }
        }
    }
}

static void any_were_refused(const struct refusals *refusals)
{
    if (refusals->wrong != NULL)
        fail_msg("%s: %d", refusals->wrong, refusals->error);
    assert_in_range(refusals->found, 45, 3 * PAIR_COUNT(refusing));
}

/* Blocks, so that the hook runs once. */
static void run_in_hook(void (*act)(void *), void *argument)
{
    struct pair pair = pair_open();
    char byte;

    hook_set((struct hook){.cancel_at = 1, .act = act, .argument = argument});
    pair_fails(recv(pair.client, &byte, 1, 0), WSAEINTR);
    hook_end();
    pair_close(pair);
}

static void every_call_that_documents_it_is_refused_in_a_hook(void **state)
{
    struct refusals refusals = {0};

    (void)state;
    run_in_hook(any_refuse, &refusals);
    any_were_refused(&refusals);
}

/* ---- Nothing has changed ---- */

struct scene {
    struct pair pair; /* one byte waits at the client */
    SOCKET fresh, bound, listener;
    WSAEVENT set, unset;
    LPFN_ACCEPTEX accept_ex;
    LPFN_CONNECTEX connect_ex;
    LPFN_WSARECVMSG WSARecvMsg;
    SOCKADDR_IN to;
    OVERLAPPED overlapped;
    char data[64];
    int line; /* of the first that was not refused; 0: none */
    struct ws2_stats before, after;
};

#define REFUSED(scene, failed)                                        \
    do {                                                              \
        WSASetLastError(0);                                           \
        if (!(failed) || WSAGetLastError() != WSAEINPROGRESS)         \
            (scene)->line = (scene)->line ? (scene)->line : __LINE__; \
    } while (0)

static void refuse_sockets(struct scene *scene)
{
    struct sockaddr *to = (struct sockaddr *)&scene->to;
    u_long on = 1;
    int value = 1;
    int length = sizeof value;

    REFUSED(scene, socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET);
    REFUSED(scene, WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0) == INVALID_SOCKET);
    REFUSED(scene, WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, 0) == INVALID_SOCKET);
    REFUSED(scene, closesocket(scene->fresh) != 0);
    REFUSED(scene, bind(scene->fresh, to, sizeof scene->to) != 0);
    REFUSED(scene, listen(scene->bound, 1) != 0);
    REFUSED(scene, accept(scene->listener, NULL, NULL) == INVALID_SOCKET);
    REFUSED(scene, shutdown(scene->pair.client, SD_BOTH) != 0);
    REFUSED(scene, connect(scene->fresh, to, sizeof scene->to) != 0);
    REFUSED(scene, getsockname(scene->bound, to, &length) != 0);
    REFUSED(scene, getpeername(scene->pair.client, to, &length) != 0);
    REFUSED(scene, ioctlsocket(scene->pair.client, (long)FIONBIO, &on) != 0);
    REFUSED(scene, setsockopt(scene->fresh, SOL_SOCKET, SO_KEEPALIVE, (char *)&value, 4) != 0);
    REFUSED(scene, getsockopt(scene->fresh, SOL_SOCKET, SO_TYPE, (char *)&value, &length) != 0);
    REFUSED(scene, WSAIoctl(scene->fresh, FIONBIO, &on, sizeof on, NULL, 0, NULL, NULL, NULL) != 0);
    REFUSED(scene, !scene->accept_ex(scene->listener, scene->fresh, scene->data, 0, 32, 32, NULL,
                                     &scene->overlapped));
    REFUSED(scene, !scene->connect_ex(scene->bound, to, sizeof scene->to, NULL, 0, NULL,
                                      &scene->overlapped));
}

static void refuse_data(struct scene *scene)
{
    WSABUF buffer = {sizeof scene->data, scene->data};
    WSAMSG message = {.lpBuffers = &buffer, .dwBufferCount = 1};
    SOCKET s = scene->pair.client;
    DWORD bytes = 77;
    DWORD flags = 0;
    struct fd_set set;
    struct timeval none = {0, 0};

    FD_ZERO(&set);
    FD_SET(s, &set);
    REFUSED(scene, send(s, "x", 1, 0) != 1);
    REFUSED(scene, sendto(s, "x", 1, 0, NULL, 0) != 1);
    REFUSED(scene, recv(s, scene->data, 1, 0) != 1);
    REFUSED(scene, recvfrom(s, scene->data, 1, 0, NULL, NULL) != 1);
    REFUSED(scene, WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL) != 0);
    REFUSED(scene, WSASendTo(s, &buffer, 1, &bytes, 0, NULL, 0, &scene->overlapped, NULL) != 0);
    REFUSED(scene, WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL) != 0);
    REFUSED(scene,
            WSARecvFrom(s, &buffer, 1, &bytes, &flags, NULL, NULL, &scene->overlapped, NULL) != 0);
    REFUSED(scene, WSASendMsg(s, &message, 0, &bytes, NULL, NULL) != 0);
    REFUSED(scene, scene->WSARecvMsg(s, &message, &bytes, NULL, NULL) != 0);
    REFUSED(scene, select(0, &set, NULL, NULL, &none) == SOCKET_ERROR);
    if (bytes != 77 || set.fd_count != 1 || scene->data[0] != 0 || scene->overlapped.Internal != 0)
        scene->line = __LINE__;
}

static void refuse_events(struct scene *scene)
{
    WSANETWORKEVENTS events = {.lNetworkEvents = 77};

    REFUSED(scene, WSACreateEvent() == WSA_INVALID_EVENT);
    REFUSED(scene, !WSASetEvent(scene->unset));
    REFUSED(scene, !WSAResetEvent(scene->set));
    REFUSED(scene, WSAWaitForMultipleEvents(1, &scene->set, TRUE, 0, FALSE) == WSA_WAIT_FAILED);
    REFUSED(scene, WSAEventSelect(scene->fresh, scene->unset, FD_READ) != 0);
    REFUSED(scene, WSAEnumNetworkEvents(scene->fresh, scene->set, &events) != 0);
    if (events.lNetworkEvents != 77)
        scene->line = __LINE__;
}

static void refuse_names(struct scene *scene)
{
    static const char address[4] = {127, 0, 0, 1};

    REFUSED(scene, gethostname(scene->data, sizeof scene->data) != 0);
    REFUSED(scene, gethostbyname("localhost") == NULL);
    REFUSED(scene, gethostbyaddr(address, 4, AF_INET) == NULL);
    REFUSED(scene, getprotobyname("tcp") == NULL);
    REFUSED(scene, getprotobynumber(6) == NULL);
    REFUSED(scene, getservbyname("http", NULL) == NULL);
    REFUSED(scene, getservbyport(80, NULL) == NULL);
    REFUSED(scene, WSACleanup() != 0);
    REFUSED(scene, WSASetBlockingHook(hook_pointer()) == NULL);
    REFUSED(scene, WSAUnhookBlockingHook() != 0);
    if (scene->data[0] != 0)
        scene->line = __LINE__;
}

static void refuse_all(void *argument)
{
    struct scene *scene = argument;
    WSADATA data = {.wVersion = 77};

    assert_int_equal(ws2_stats(&scene->before), 0);
    refuse_sockets(scene);
    refuse_data(scene);
    refuse_events(scene);
    refuse_names(scene);
    WSASetLastError(4711);
    if (WSAStartup(MAKEWORD(2, 2), &data) != WSAEINPROGRESS || WSAGetLastError() != 4711 ||
        WSAStartup(0, NULL) != WSAEINPROGRESS || data.wVersion != 77)
        scene->line = __LINE__;
    assert_int_equal(ws2_stats(&scene->after), 0);
}

static void scene_open(struct scene *scene)
{
    *scene = (struct scene){.before.size_bytes = sizeof scene->before,
                            .after.size_bytes = sizeof scene->after};
    scene->pair = pair_open();
    assert_int_equal(send(scene->pair.server, "y", 1, 0), 1);
    scene->fresh = pair_socket(SOCK_STREAM);
    scene->bound = pair_bound(SOCK_STREAM);
    scene->listener = pair_listener();
    scene->to = pair_address(scene->listener);
    scene->set = WSACreateEvent();
    scene->unset = WSACreateEvent();
    assert_true(WSASetEvent(scene->set));
    flow_extension((GUID)WSAID_ACCEPTEX, &scene->accept_ex);
    flow_extension((GUID)WSAID_CONNECTEX, &scene->connect_ex);
    flow_extension((GUID)WSAID_WSARECVMSG, &scene->WSARecvMsg);
}

/* Also closes everything. */
static void scene_is_unchanged(struct scene *scene)
{
    SOCKADDR_IN name;
    int length = sizeof name;
    u_long waiting = 77;
    char byte = 0;

    pair_fails(getsockname(scene->fresh, (struct sockaddr *)&name, &length), WSAEINVAL);
    assert_int_equal(pair_get(scene->fresh, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(pair_get(scene->bound, SOL_SOCKET, SO_ACCEPTCONN), 0);
    assert_int_equal(ioctlsocket(scene->pair.server, (long)FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 0); /* nothing was sent */
    assert_int_equal(recv(scene->pair.client, &byte, 1, 0), 1);
    assert_int_equal(byte, 'y');                                /* nothing was received */
    assert_int_equal(send(scene->pair.client, "z", 1, 0), 1);   /* nor shut down */
    assert_int_equal(recv(scene->pair.server, &byte, 1, 0), 1); /* nor made non-blocking */
    assert_int_equal(WSAWaitForMultipleEvents(1, &scene->set, TRUE, 0, FALSE), WSA_WAIT_EVENT_0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &scene->unset, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    assert_true(WSACloseEvent(scene->set));
    assert_true(WSACloseEvent(scene->unset));
    assert_int_equal(closesocket(scene->fresh), 0);
    assert_int_equal(closesocket(scene->bound), 0);
    assert_int_equal(closesocket(scene->listener), 0);
    pair_close(scene->pair);
}

static void a_refused_call_changes_nothing(void **state)
{
    struct scene scene;

    (void)state;
    scene_open(&scene);
    run_in_hook(refuse_all, &scene);
    assert_int_equal(scene.line, 0);
    assert_int_equal(scene.after.sockets, scene.before.sockets);
    assert_int_equal(scene.after.events, scene.before.events);
    assert_int_equal(scene.after.descriptors, scene.before.descriptors);
    scene_is_unchanged(&scene);
}

/* ---- The two of the specification ---- */

static void refuse_close_event(void *argument)
{
    struct scene *scene = argument;

    REFUSED(scene, !WSACloseEvent(scene->set));
    REFUSED(scene, !WSACloseEvent(NULL)); /* before the handle is looked at */
}

static void a_refused_closeevent_leaves_the_event(void **state)
{
    struct scene scene = {0};

    (void)state;
    scene.set = WSACreateEvent();
    assert_true(WSASetEvent(scene.set));
    run_in_hook(refuse_close_event, &scene);
    assert_int_equal(scene.line, 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &scene.set, TRUE, 0, FALSE), WSA_WAIT_EVENT_0);
    assert_true(WSAResetEvent(scene.set));
    assert_int_equal(WSAWaitForMultipleEvents(1, &scene.set, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    assert_true(WSACloseEvent(scene.set));
    WSASetLastError(0);
    assert_false(WSACloseEvent(scene.set));
    assert_int_equal(WSAGetLastError(), WSA_INVALID_HANDLE);
}

static void refuse_connect(void *argument)
{
    struct scene *scene = argument;
    WSABUF back = {sizeof scene->data, scene->data};

    REFUSED(scene, WSAConnect(scene->fresh, (struct sockaddr *)&scene->to, sizeof scene->to, NULL,
                              &back, NULL, NULL) != 0);
    if (back.len != sizeof scene->data)
        scene->line = __LINE__;
    REFUSED(scene, WSAConnect(INVALID_SOCKET, NULL, 0, NULL, NULL, NULL, NULL) != 0);
}

static void a_refused_connect_leaves_the_socket(void **state)
{
    SOCKET listener = pair_listener();
    struct scene scene = {.fresh = pair_socket(SOCK_STREAM), .to = pair_address(listener)};
    SOCKADDR_IN name;
    int length = sizeof name;
    SOCKET server;

    (void)state;
    run_in_hook(refuse_connect, &scene);
    assert_int_equal(scene.line, 0);
    pair_fails(getsockname(scene.fresh, (struct sockaddr *)&name, &length), WSAEINVAL);
    pair_fails(getpeername(scene.fresh, (struct sockaddr *)&name, &length), WSAENOTCONN);
    assert_int_equal(pair_get(scene.fresh, SOL_SOCKET, SO_ERROR), 0);
    assert_int_equal(WSAConnect(scene.fresh, (struct sockaddr *)&scene.to, sizeof scene.to, NULL,
                                NULL, NULL, NULL),
                     0);
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    pair_close((struct pair){scene.fresh, server});
    closesocket(listener);
}

/* ---- What a hook may call ---- */

#define WORKS(line, condition) ((line) = (line) != 0 || (condition) ? (line) : __LINE__)

/* These document no WSAEINPROGRESS. */
static void call_the_others(void *argument)
{
    static const ADDRINFOA numeric = {.ai_flags = AI_NUMERICHOST};
    int *line = argument;
    struct in_addr address = {.s_addr = htonl(INADDR_LOOPBACK)};
    ADDRINFOA *list = NULL;
    struct fd_set set;
    char text[32];

    FD_ZERO(&set);
    WSASetLastError(4711);
    WORKS(*line, WSAIsBlocking());
    WORKS(*line, WSAGetLastError() == 4711);
    WORKS(*line, GetLastError() == 4711);
    WORKS(*line, inet_addr("127.0.0.1") == address.s_addr);
    WORKS(*line, htons(0x1234) == ntohs(0x1234) && htonl(1) == ntohl(1));
    WORKS(*line, !FD_ISSET((SOCKET)1, &set));
    WORKS(*line, strcmp(inet_ntoa(address), "127.0.0.1") == 0);
    WORKS(*line, inet_pton(AF_INET, "127.0.0.1", &address) == 1);
    WORKS(*line, inet_ntop(AF_INET, &address, text, sizeof text) != NULL);
    WORKS(*line, getaddrinfo("127.0.0.1", "80", &numeric, &list) == 0);
    freeaddrinfo(list);
    WORKS(*line, SleepEx(0, TRUE) == 0);
    WORKS(*line, WSACancelBlockingCall() == 0);
    WORKS(*line, WSACancelBlockingCall() == 0); /* it is outstanding yet */
}

static void a_hook_may_call_what_documents_no_such_error(void **state)
{
    int line = 0;

    (void)state;
    run_in_hook(call_the_others, &line);
    assert_int_equal(line, 0);
}

static void *other_thread(void *argument)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    return s != INVALID_SOCKET && !WSAIsBlocking() && closesocket(s) == 0 ? NULL : argument;
}

static void start_other_thread(void *argument)
{
    void **failed = argument;

    (void)pthread_join(flow_run(other_thread, argument), failed);
}

static void other_threads_are_not_refused(void **state)
{
    void *failed = state;

    run_in_hook(start_other_thread, &failed);
    assert_null(failed);
}

/* ---- WSAAccept's condition ---- */

struct nested {
    struct condition condition;
    struct refusals refusals;
    BOOL blocking;
    int cancel_error;
};

static int nested_body(struct condition *self, const struct condition_call *call)
{
    struct nested *nested = (struct nested *)self;

    (void)call;
    any_refuse(&nested->refusals);
    nested->blocking = WSAIsBlocking();
    nested->cancel_error = WSACancelBlockingCall() == 0 ? 0 : WSAGetLastError();
    return CF_ACCEPT;
}

static void every_call_is_refused_in_a_condition(void **state)
{
    struct nested nested = {.condition = {nested_body}, .blocking = TRUE};
    SOCKET listener = pair_listener();
    SOCKET client = pair_client(pair_address(listener));
    SOCKET server = condition_accept(listener, &nested.condition);

    (void)state;
    assert_true(server != INVALID_SOCKET);
    any_were_refused(&nested.refusals);
    assert_false(nested.blocking); /* the connection is there: nothing waits any more */
    assert_int_equal(nested.cancel_error, WSAEINVAL);
    assert_int_equal(send(client, "x", 1, 0), 1); /* afterwards calls are served again */
    pair_close((struct pair){client, server});
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_that_documents_it_is_refused_in_a_hook),
        cmocka_unit_test(a_refused_call_changes_nothing),
        cmocka_unit_test(a_refused_closeevent_leaves_the_event),
        cmocka_unit_test(a_refused_connect_leaves_the_socket),
        cmocka_unit_test(a_hook_may_call_what_documents_no_such_error),
        cmocka_unit_test(other_threads_are_not_refused),
        cmocka_unit_test(every_call_is_refused_in_a_condition),
    };

    return cmocka_run_group_tests(tests, hook_setup, pair_teardown);
}
