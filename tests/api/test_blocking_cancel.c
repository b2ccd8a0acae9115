/* SPDX-License-Identifier: MIT */
/*
 * WSACancelBlockingCall: WSAEINTR from every call that documents it, cancelled by the thread's hook
 * and by calls queued to the thread. test_blocking_cancelled.c has what is left afterwards.
 */
#include "condition.h"
#include "hook.h"

#include <stdbool.h>

#include <ws2ring.h>

/* ---- Every blocking call ---- */

struct scene { /* what there is to block on */
    struct hook_full full;
    SOCKET listener, fresh, datagram;
    struct pair idle;   /* no data */
    struct pair jammed; /* no room to send */
    char data[64];
};

static void scene_open(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    scene->full = hook_full_open();
    scene->listener = pair_listener();
    scene->fresh = pair_socket(SOCK_STREAM);
    scene->datagram = pair_bound(SOCK_DGRAM);
    scene->idle = pair_open();
    scene->jammed = pair_open();
    hook_jam(scene->jammed.client);
}

static void scene_close(struct scene *scene)
{
    hook_full_close(scene->full);
    closesocket(scene->listener);
    closesocket(scene->fresh);
    closesocket(scene->datagram);
    pair_close(scene->idle);
    closesocket(scene->jammed.server);
    closesocket(scene->jammed.client);
}

static int do_connect(struct scene *scene)
{
    return connect(scene->fresh, (struct sockaddr *)&scene->full.name, sizeof scene->full.name);
}

static int do_wsaconnect(struct scene *scene)
{
    return WSAConnect(scene->fresh, (struct sockaddr *)&scene->full.name, sizeof scene->full.name,
                      NULL, NULL, NULL, NULL);
}

static int do_by_list(struct scene *scene)
{
    SOCKET_ADDRESS_LIST one = {1,
                               {{(struct sockaddr *)&scene->full.name, sizeof scene->full.name}}};

    return WSAConnectByList(scene->fresh, &one, NULL, NULL, NULL, NULL, NULL, NULL) ? 0
                                                                                    : SOCKET_ERROR;
}

static int do_by_name(struct scene *scene)
{
    char port[8];

    snprintf(port, sizeof port, "%u", ntohs(scene->full.name.sin_port));
    return WSAConnectByNameA(scene->fresh, "127.0.0.1", port, NULL, NULL, NULL, NULL, NULL, NULL)
               ? 0
               : SOCKET_ERROR;
}

static int do_accept(struct scene *scene)
{
    return accept(scene->listener, NULL, NULL) == INVALID_SOCKET ? SOCKET_ERROR : 0;
}

static int accept_any(struct condition *self, const struct condition_call *call)
{
    (void)self;
    (void)call;
    return CF_ACCEPT;
}

static int do_wsaaccept(struct scene *scene)
{
    struct condition condition = {accept_any};

    return condition_accept(scene->listener, &condition) == INVALID_SOCKET ? SOCKET_ERROR : 0;
}

static int do_recv(struct scene *scene)
{
    return recv(scene->idle.client, scene->data, sizeof scene->data, 0);
}

static int do_recv_all(struct scene *scene)
{
    return recv(scene->idle.client, scene->data, sizeof scene->data, MSG_WAITALL);
}

static int do_recv_peek(struct scene *scene)
{
    return recv(scene->idle.client, scene->data, sizeof scene->data, MSG_PEEK);
}

static int do_wsarecv(struct scene *scene)
{
    return flow_recv(scene->idle.client, scene->data, sizeof scene->data);
}

static int do_recvfrom(struct scene *scene)
{
    return recvfrom(scene->datagram, scene->data, sizeof scene->data, 0, NULL, NULL);
}

static int do_wsarecvfrom(struct scene *scene)
{
    WSABUF buffer = {sizeof scene->data, scene->data};
    DWORD bytes = 0;
    DWORD flags = 0;

    return WSARecvFrom(scene->datagram, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL);
}

static int do_send(struct scene *scene)
{
    return send(scene->jammed.client, "abc", 3, 0);
}

static int do_sendto(struct scene *scene)
{
    return sendto(scene->jammed.client, "abc", 3, 0, NULL, 0);
}

static int do_wsasend(struct scene *scene)
{
    WSABUF buffers[2] = {{3, (char *)"abc"}, {3, (char *)"def"}};
    DWORD bytes = 0;

    return WSASend(scene->jammed.client, buffers, 2, &bytes, 0, NULL, NULL);
}

static int do_wsasendto(struct scene *scene)
{
    WSABUF buffer = {3, (char *)"abc"};
    DWORD bytes = 0;

    return WSASendTo(scene->jammed.client, &buffer, 1, &bytes, 0, NULL, 0, NULL, NULL);
}

static int do_select(struct scene *scene)
{
    struct timeval long_time = {HOOK_SLOW_S, 0};
    struct fd_set set;

    FD_ZERO(&set);
    FD_SET(scene->idle.client, &set);
    FD_SET(scene->listener, &set);
    return select(0, &set, NULL, NULL, scene->data[0] == 0 ? &long_time : NULL);
}

static int do_closesocket(struct scene *scene)
{
    struct linger linger = {1, HOOK_SLOW_S};

    assert_int_equal(
        setsockopt(scene->jammed.client, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    return closesocket(scene->jammed.client);
}

static int do_gethostbyname(struct scene *scene)
{
    (void)scene;
    return gethostbyname("a-name-that-nobody-has.invalid") == NULL ? SOCKET_ERROR : 0;
}

static int do_gethostbyaddr(struct scene *scene)
{
    static const char address[4] = {(char)192, 0, 2, 1}; /* for documentation: nobody has it */

    (void)scene;
    return gethostbyaddr(address, sizeof address, AF_INET) == NULL ? SOCKET_ERROR : 0;
}

typedef int run_call(struct scene *scene);

static const struct blocking_call {
    const char *name;
    run_call *run;
    bool alertable; /* runs calls that are queued to the thread */
} blocking_calls[] = {
    {"connect", do_connect, true},
    {"WSAConnect", do_wsaconnect, true},
    {"WSAConnectByList", do_by_list, true},
    {"WSAConnectByNameA", do_by_name, true},
    {"accept", do_accept, true},
    {"WSAAccept", do_wsaaccept, true},
    {"recv", do_recv, true},
    {"recv, MSG_WAITALL", do_recv_all, true},
    {"recv, MSG_PEEK", do_recv_peek, true},
    {"WSARecv", do_wsarecv, true},
    {"recvfrom", do_recvfrom, true},
    {"WSARecvFrom", do_wsarecvfrom, true},
    {"send", do_send, true},
    {"sendto", do_sendto, true},
    {"WSASend", do_wsasend, true},
    {"WSASendTo", do_wsasendto, true},
    {"select", do_select, true},
    {"closesocket", do_closesocket, false},
    {"gethostbyname", do_gethostbyname, false},
    {"gethostbyaddr", do_gethostbyaddr, false},
};

/* The first call of the hook is early, the fifth comes after pauses. */
static void every_blocking_call_is_cancelled_by_its_hook(void **state)
{
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(blocking_calls); i++) {
        for (unsigned at = 1; at <= 5; at += 4) {
            const struct blocking_call *call = &blocking_calls[i];
            int result, error;

            /* Where names are answered at once, there is no fifth call. */
            if (at > 1 && !call->alertable && call->run != do_closesocket)
                continue;
            print_message("%s\n", call->name);
            scene_open(&scene);
            hook_set((struct hook){.cancel_at = at});
            WSASetLastError(0);
            result = call->run(&scene);
            error = WSAGetLastError();
            hook_end();
            assert_int_equal(result, SOCKET_ERROR);
            assert_int_equal(error, WSAEINTR);
            assert_int_equal(hook.calls, at); /* and no more of them */
            assert_int_equal(hook.cancel_error, 0);
            assert_int_equal(hook.blocking, at);
            assert_false(WSAIsBlocking());
            pair_fails(WSACancelBlockingCall(), WSAEINVAL);
            scene_close(&scene);
        }
    }
}

static unsigned apc_blocking;

static void CALLBACK cancel_apc(ULONG_PTR argument)
{
    apc_blocking = WSAIsBlocking() != FALSE;
    *(int *)argument = WSACancelBlockingCall() == 0 ? 0 : WSAGetLastError();
}

/* A call queued to the thread, which has no hook. */
static void every_blocking_call_is_cancelled_by_a_queued_call(void **state)
{
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(blocking_calls); i++) {
        int cancel_error = -1;

        if (!blocking_calls[i].alertable)
            continue;
        print_message("%s\n", blocking_calls[i].name);
        scene_open(&scene);
        apc_blocking = 0;
        assert_true(QueueUserAPC(cancel_apc, GetCurrentThread(), (ULONG_PTR)&cancel_error) != 0);
        pair_fails(blocking_calls[i].run(&scene), WSAEINTR);
        assert_int_equal(cancel_error, 0);
        assert_int_equal(apc_blocking, 1);
        scene_close(&scene);
    }
}

static void cancelling_leaves_nothing_behind(void **state)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    struct ws2_stats after = {.size_bytes = sizeof after};
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    assert_int_equal(ws2_stats(&before), 0);
    every_blocking_call_is_cancelled_by_its_hook(state);
    do {
        assert_int_equal(ws2_stats(&after), 0);
        assert_true(GetTickCount64() < limit); /* the last one ends on a thread of the library */
        sched_yield();
    } while (after.sockets > before.sockets || after.operations > before.operations ||
             after.descriptors > before.descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_blocking_call_is_cancelled_by_its_hook),
        cmocka_unit_test(every_blocking_call_is_cancelled_by_a_queued_call),
        cmocka_unit_test(cancelling_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, hook_setup, pair_teardown);
}
