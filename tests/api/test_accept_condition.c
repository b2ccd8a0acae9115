/* SPDX-License-Identifier: MIT */
/* WSAAccept: its checks, what the condition function is told, and what comes of its answer. */
#include "condition.h"

/* What a condition function answers, and what it saw. */
struct asked {
    struct condition base;
    int answer;
    unsigned count;
    SOCKET listener;
    GROUP group; /* asked for; 0: none */
    DWORD thread_id;
    SOCKADDR_IN caller, callee;
    ULONG caller_bytes, callee_bytes;
};

static int asked_body(struct condition *self, const struct condition_call *call)
{
    struct asked *asked = (struct asked *)self;

    asked->count++;
    asked->thread_id = GetCurrentThreadId();
    asked->caller_bytes = call->caller->len;
    asked->callee_bytes = call->callee->len;
    memcpy(&asked->caller, call->caller->buf, sizeof asked->caller);
    memcpy(&asked->callee, call->callee->buf, sizeof asked->callee);
    assert_int_equal(call->caller_data->len, 0);
    assert_int_equal(call->callee_data->len, 0); /* documented: nothing can be passed back */
    assert_null(call->sqos);
    assert_null(call->gqos);
    assert_int_equal(*call->group, 0);
    *call->group = asked->group;
    return asked->answer;
}

static struct asked asked_answers(int answer)
{
    return (struct asked){.base = {asked_body}, .answer = answer};
}

static SOCKET asked_accept(SOCKET listener, struct asked *asked)
{
    return condition_accept(listener, &asked->base);
}

static void condition_close(SOCKET listener, SOCKET client, SOCKET server)
{
    closesocket(listener);
    closesocket(client);
    if (server != INVALID_SOCKET)
        closesocket(server);
}

/* ---- Checks ---- */

/* An earlier check wins: each row also breaks what a later check would catch. */
static void wsaaccept_reports_first_failed_check(void **state)
{
    SOCKET datagram = pair_bound(SOCK_DGRAM);
    SOCKET idle = pair_bound(SOCK_STREAM);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    LPCONDITIONPROC nowhere = (LPCONDITIONPROC)(uintptr_t)1;
    struct asked asked = asked_answers(CF_ACCEPT);
    DWORD_PTR context = (DWORD_PTR)&asked;
    SOCKADDR_IN name;
    struct sockaddr *address = (struct sockaddr *)&name;
    int none = 0, little = sizeof name - 1, enough = sizeof name;
    SOCKET server;

    (void)state;
    accept_fails(WSAAccept(INVALID_SOCKET, address, &none, nowhere, 0), WSAENOTSOCK);
    accept_fails(WSAAccept(datagram, address, &none, nowhere, 0), WSAEOPNOTSUPP);
    accept_fails(WSAAccept(idle, address, &none, nowhere, 0), WSAEINVAL);
    accept_fails(WSAAccept(listener, address, &none, condition_called, context), WSAEFAULT);
    accept_fails(WSAAccept(listener, address, &little, condition_called, context), WSAEFAULT);
    accept_fails(WSAAccept(listener, address, PAIR_BAD, condition_called, context), WSAEFAULT);
    accept_fails(WSAAccept(listener, PAIR_BAD, &enough, condition_called, context), WSAEFAULT);
    accept_fails(WSAAccept(listener, address, &enough, nowhere, context), WSAEFAULT);
    assert_int_equal(none, 0); /* ACCEPT-04 */
    assert_int_equal(asked.count, 0);
    server = WSAAccept(listener, address, &enough, NULL, 0); /* the client still waits */
    condition_joined(client, server);
    accept_fails(WSAAccept(listener, NULL, NULL, condition_called, context), WSAEWOULDBLOCK);
    assert_int_equal(asked.count, 0);
    WSACleanup();
    accept_fails(WSAAccept(listener, address, &none, nowhere, 0), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
    condition_close(listener, client, server);
    closesocket(idle);
    closesocket(datagram);
}

static int nesting_body(struct condition *self, const struct condition_call *call)
{
    struct asked *asked = (struct asked *)self;

    (void)call;
    accept_fails(asked_accept(asked->listener, asked), WSAEINPROGRESS);
    accept_fails(accept(asked->listener, NULL, NULL), WSAEINPROGRESS);
    pair_fails(closesocket(asked->listener), WSAEINPROGRESS);
    WSASetLastError(4711); /* is not what the call reports */
    return CF_ACCEPT;
}

static void a_condition_may_call_nothing(void **state)
{
    struct asked asked = {.base = {nesting_body}};
    SOCKET client, server;

    (void)state;
    asked.listener = condition_listener(&client);
    server = asked_accept(asked.listener, &asked);
    assert_int_equal(WSAGetLastError(), 0);
    condition_joined(client, server);
    condition_close(asked.listener, client, server);
}

/* ---- Answers ---- */

static void the_condition_learns_both_names(void **state)
{
    struct asked asked = asked_answers(CF_ACCEPT);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    SOCKADDR_STORAGE storage;
    int length = sizeof storage;
    SOCKADDR_IN names[2] = {pair_address(client), pair_address(listener)};
    SOCKET server;

    (void)state;
    server = WSAAccept(listener, (struct sockaddr *)&storage, &length, condition_called,
                       (DWORD_PTR)&asked);
    assert_true(server != INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), 0);
    assert_int_equal(asked.count, 1);
    assert_int_equal(asked.thread_id, GetCurrentThreadId());
    assert_int_equal(asked.caller_bytes, sizeof names[0]);
    assert_int_equal(asked.callee_bytes, sizeof names[1]);
    assert_memory_equal(&asked.caller, &names[0], 8);
    assert_memory_equal(&asked.callee, &names[1], 8);
    assert_int_equal(length, sizeof names[0]); /* ACCEPT-06 */
    assert_memory_equal(&storage, &names[0], 8);
    condition_joined(client, server);
    condition_close(listener, client, server);
}

static int looks6_body(struct condition *self, const struct condition_call *call)
{
    (void)self;
    assert_int_equal(call->caller->len, sizeof(SOCKADDR_IN6));
    assert_int_equal(call->callee->len, sizeof(SOCKADDR_IN6));
    assert_int_equal(((struct sockaddr *)(void *)call->caller->buf)->sa_family, AF_INET6);
    assert_int_equal(((struct sockaddr *)(void *)call->callee->buf)->sa_family, AF_INET6);
    return CF_ACCEPT;
}

static void ipv6_names_are_winsock_s(void **state)
{
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKET client = socket(AF_INET6, SOCK_STREAM, 0);
    struct condition looks6 = {looks6_body};
    SOCKADDR_IN6 name;
    int length = sizeof name;
    SOCKET server;

    (void)state;
    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_addr.s6_addr[15] = 1;
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0) {
        closesocket(listener);
        closesocket(client);
        print_message("skipped: this machine has no IPv6 loopback\n");
        skip();
    }
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
    server = condition_accept(listener, &looks6);
    condition_joined(client, server);
    condition_close(listener, client, server);
}

static void rejecting_resets_the_client(void **state)
{
    struct asked asked = asked_answers(CF_REJECT);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    char byte;

    (void)state;
    accept_fails(asked_accept(listener, &asked), WSAECONNREFUSED);
    assert_int_equal(asked.count, 1);
    pair_fails(recv(client, &byte, 1, 0), WSAECONNRESET);
    accept_fails(asked_accept(listener, &asked), WSAEWOULDBLOCK); /* it is gone */
    condition_close(listener, client, INVALID_SOCKET);
}

static void deferring_keeps_the_connection_the_first(void **state)
{
    struct asked asked = asked_answers(CF_DEFER);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    SOCKET second = pair_client(pair_address(listener));
    SOCKADDR_IN name = pair_address(client);
    SOCKET servers[2];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        accept_fails(asked_accept(listener, &asked), WSATRY_AGAIN);
        assert_int_equal(asked.count, i + 1);
        assert_memory_equal(&asked.caller, &name, 8); /* the same one again */
    }
    asked.answer = CF_ACCEPT;
    servers[0] = asked_accept(listener, &asked);
    condition_joined(client, servers[0]);
    servers[1] = accept(listener, NULL, NULL);
    condition_joined(second, servers[1]);
    closesocket(second);
    closesocket(servers[1]);
    condition_close(listener, client, servers[0]);
}

static void another_answer_is_an_error_and_keeps_the_connection(void **state)
{
    struct asked asked = asked_answers(3);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    SOCKET server;

    (void)state;
    accept_fails(asked_accept(listener, &asked), WSAEINVAL);
    asked.answer = -1;
    accept_fails(asked_accept(listener, &asked), WSAEINVAL);
    assert_int_equal(asked.count, 2);
    server = accept(listener, NULL, NULL);
    condition_joined(client, server);
    condition_close(listener, client, server);
}

/* ---- The new socket ---- */

/* ACCEPT-07; documented: the same event and mask, and what holds already is recorded. */
static void the_new_socket_is_as_the_listener(void **state)
{
    struct asked asked = asked_answers(CF_ACCEPT);
    SOCKET listener = pair_listener();
    WSAEVENT event = events_select(listener, SELECT_ALL);
    SOCKET client, server;
    char data[4];

    (void)state;
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_RCVBUF, 0x123), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_RCVTIMEO, 567), 0);
    assert_int_equal(pair_set(listener, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    client = pair_client(pair_address(listener));
    ready_send(client, "hi");
    events_are(listener, event, FD_ACCEPT);
    server = asked_accept(listener, &asked);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_RCVBUF), 0x123);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_RCVTIMEO), 567);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_NODELAY), 1);
    events_are(server, event, FD_READ | FD_WRITE);
    assert_int_equal(recv(server, data, sizeof data, 0), 2);
    pair_fails(recv(server, data, sizeof data, 0), WSAEWOULDBLOCK);
    closesocket(client);
    events_are(server, event, FD_CLOSE);
    closesocket(listener);
    closesocket(server);
    WSACloseEvent(event);
}

/* The specification: the function may have the new socket enter a group. */
static void the_new_socket_enters_a_group(void **state)
{
    struct asked asked = asked_answers(CF_ACCEPT);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    SOCKET other = pair_client(pair_address(listener));
    SOCKET last = pair_client(pair_address(listener));
    SOCKET servers[2];
    int group;
    char byte;

    (void)state;
    asked.group = SG_UNCONSTRAINED_GROUP;
    servers[0] = asked_accept(listener, &asked);
    group = pair_get(servers[0], SOL_SOCKET, SO_GROUP_ID);
    assert_int_not_equal(group, 0);
    asked.group = (GROUP)group;
    servers[1] = asked_accept(listener, &asked);
    assert_int_equal(pair_get(servers[1], SOL_SOCKET, SO_GROUP_ID), group);
    assert_int_equal(pair_get(listener, SOL_SOCKET, SO_GROUP_ID), 0);
    asked.group = 0x7fffffff; /* there is none */
    accept_fails(asked_accept(listener, &asked), WSAEINVAL);
    pair_fails(recv(last, &byte, 1, 0), WSAECONNRESET);
    condition_joined_end(client, servers[0]);
    condition_joined_end(other, servers[1]);
    condition_close(listener, last, INVALID_SOCKET);
}

/* ---- SO_CONDITIONAL_ACCEPT ---- */

static void the_option_is_for_sockets_that_do_not_listen(void **state)
{
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    struct asked asked = asked_answers(CF_REJECT);
    SOCKET client;
    char byte;

    (void)state;
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 7), 0);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT), 1);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 0), 0);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), 0);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, PAIR_BAD, 4), WSAEFAULT);
    pair_fails(setsockopt(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, &byte, 1), WSAEFAULT);
    pair_fails(pair_set(datagram, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), WSAENOPROTOOPT);
    assert_int_equal(listen(s, 4), 0);
    pair_fails(pair_set(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 0), WSAEINVAL);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT), 1);
    client = pair_client(pair_address(s)); /* here the connection stands before the answer */
    accept_fails(asked_accept(s, &asked), WSAECONNREFUSED);
    pair_fails(recv(client, &byte, 1, 0), WSAECONNRESET);
    closesocket(datagram);
    condition_close(s, client, INVALID_SOCKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wsaaccept_reports_first_failed_check),
        cmocka_unit_test(a_condition_may_call_nothing),
        cmocka_unit_test(the_condition_learns_both_names),
        cmocka_unit_test(ipv6_names_are_winsock_s),
        cmocka_unit_test(rejecting_resets_the_client),
        cmocka_unit_test(deferring_keeps_the_connection_the_first),
        cmocka_unit_test(another_answer_is_an_error_and_keeps_the_connection),
        cmocka_unit_test(the_new_socket_is_as_the_listener),
        cmocka_unit_test(the_new_socket_enters_a_group),
        cmocka_unit_test(the_option_is_for_sockets_that_do_not_listen),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
