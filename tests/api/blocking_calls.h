/* SPDX-License-Identifier: MIT */
/*
 * A scene in which every blocking call has to wait, and those calls, for the tests that end them:
 * by the thread's own hook, by calls queued to it, and by CancelSynchronousIo().
 */
#ifndef TESTS_API_BLOCKING_CALLS_H
#define TESTS_API_BLOCKING_CALLS_H

#include "condition.h"
#include "hook.h"

#include <stdbool.h>

struct scene { /* what there is to block on */
    struct hook_full full;
    SOCKET listener, fresh, datagram;
    struct pair idle;   /* no data */
    struct pair jammed; /* no room to send */
    char data[64];
};

static inline void scene_open(struct scene *scene)
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

static inline void scene_close(struct scene *scene)
{
    hook_full_close(scene->full);
    closesocket(scene->listener);
    closesocket(scene->fresh);
    closesocket(scene->datagram);
    pair_close(scene->idle);
    closesocket(scene->jammed.server);
    closesocket(scene->jammed.client);
}

static inline int do_connect(struct scene *scene)
{
    return connect(scene->fresh, (struct sockaddr *)&scene->full.name, sizeof scene->full.name);
}

static inline int do_wsaconnect(struct scene *scene)
{
    return WSAConnect(scene->fresh, (struct sockaddr *)&scene->full.name, sizeof scene->full.name,
                      NULL, NULL, NULL, NULL);
}

static inline int do_by_list(struct scene *scene)
{
    SOCKET_ADDRESS_LIST one = {1,
                               {{(struct sockaddr *)&scene->full.name, sizeof scene->full.name}}};

    return WSAConnectByList(scene->fresh, &one, NULL, NULL, NULL, NULL, NULL, NULL) ? 0
                                                                                    : SOCKET_ERROR;
}

static inline int do_by_name(struct scene *scene)
{
    char port[8];

    snprintf(port, sizeof port, "%u", ntohs(scene->full.name.sin_port));
    return WSAConnectByNameA(scene->fresh, "127.0.0.1", port, NULL, NULL, NULL, NULL, NULL, NULL)
               ? 0
               : SOCKET_ERROR;
}

static inline int do_accept(struct scene *scene)
{
    return accept(scene->listener, NULL, NULL) == INVALID_SOCKET ? SOCKET_ERROR : 0;
}

static inline int accept_any(struct condition *self, const struct condition_call *call)
{
    (void)self;
    (void)call;
    return CF_ACCEPT;
}

static inline int do_wsaaccept(struct scene *scene)
{
    struct condition condition = {accept_any};

    return condition_accept(scene->listener, &condition) == INVALID_SOCKET ? SOCKET_ERROR : 0;
}

static inline int do_recv(struct scene *scene)
{
    return recv(scene->idle.client, scene->data, sizeof scene->data, 0);
}

static inline int do_recv_all(struct scene *scene)
{
    return recv(scene->idle.client, scene->data, sizeof scene->data, MSG_WAITALL);
}

static inline int do_recv_peek(struct scene *scene)
{
    return recv(scene->idle.client, scene->data, sizeof scene->data, MSG_PEEK);
}

static inline int do_wsarecv(struct scene *scene)
{
    return flow_recv(scene->idle.client, scene->data, sizeof scene->data);
}

static inline int do_recvfrom(struct scene *scene)
{
    return recvfrom(scene->datagram, scene->data, sizeof scene->data, 0, NULL, NULL);
}

static inline int do_wsarecvfrom(struct scene *scene)
{
    WSABUF buffer = {sizeof scene->data, scene->data};
    DWORD bytes = 0;
    DWORD flags = 0;

    return WSARecvFrom(scene->datagram, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL);
}

static inline int do_wsarecvmsg(struct scene *scene)
{
    WSABUF buffer = {sizeof scene->data, scene->data};
    WSAMSG message = {.lpBuffers = &buffer, .dwBufferCount = 1};
    LPFN_WSARECVMSG WSARecvMsg = NULL;
    GUID id = WSAID_WSARECVMSG;
    DWORD bytes = 0;

    flow_extension(id, &WSARecvMsg);
    return WSARecvMsg(scene->datagram, &message, &bytes, NULL, NULL);
}

static inline int do_send(struct scene *scene)
{
    return send(scene->jammed.client, "abc", 3, 0);
}

static inline int do_sendto(struct scene *scene)
{
    return sendto(scene->jammed.client, "abc", 3, 0, NULL, 0);
}

static inline int do_wsasend(struct scene *scene)
{
    WSABUF buffers[2] = {{3, (char *)"abc"}, {3, (char *)"def"}};
    DWORD bytes = 0;

    return WSASend(scene->jammed.client, buffers, 2, &bytes, 0, NULL, NULL);
}

static inline int do_wsasendto(struct scene *scene)
{
    WSABUF buffer = {3, (char *)"abc"};
    DWORD bytes = 0;

    return WSASendTo(scene->jammed.client, &buffer, 1, &bytes, 0, NULL, 0, NULL, NULL);
}

static inline int do_select(struct scene *scene)
{
    struct timeval long_time = {HOOK_SLOW_S, 0};
    struct fd_set set;

    FD_ZERO(&set);
    FD_SET(scene->idle.client, &set);
    FD_SET(scene->listener, &set);
    return select(0, &set, NULL, NULL, scene->data[0] == 0 ? &long_time : NULL);
}

static inline int do_closesocket(struct scene *scene)
{
    struct linger linger = {1, HOOK_SLOW_S};

    assert_int_equal(
        setsockopt(scene->jammed.client, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    return closesocket(scene->jammed.client);
}

static inline int do_gethostbyname(struct scene *scene)
{
    (void)scene;
    return gethostbyname("a-name-that-nobody-has.invalid") == NULL ? SOCKET_ERROR : 0;
}

static inline int do_gethostbyaddr(struct scene *scene)
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
    {"WSARecvMsg", do_wsarecvmsg, true},
    {"send", do_send, true},
    {"sendto", do_sendto, true},
    {"WSASend", do_wsasend, true},
    {"WSASendTo", do_wsasendto, true},
    {"select", do_select, true},
    {"closesocket", do_closesocket, false},
    {"gethostbyname", do_gethostbyname, false},
    {"gethostbyaddr", do_gethostbyaddr, false},
};

#endif
