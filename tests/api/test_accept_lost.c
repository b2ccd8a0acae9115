/* SPDX-License-Identifier: MIT */
/*
 * WSAAccept, when something is lost: the client goes away, the listener is closed, there are no
 * descriptors, before the condition function runs, while it does, and afterwards.
 */
#include "condition.h"

#include <sys/resource.h>
#include <unistd.h>

struct asked {
    struct condition base;
    int answer;
    unsigned count;
    DWORD thread_id;
    SOCKET listener; /* closed while the function runs */
    SOCKET client;   /* reset while it runs */
};

static int asked_body(struct condition *self, const struct condition_call *call)
{
    struct asked *asked = (struct asked *)self;

    (void)call;
    asked->count++;
    asked->thread_id = GetCurrentThreadId();
    return asked->answer;
}

static struct asked asked_answers(int answer)
{
    return (struct asked){.base = {asked_body}, .answer = answer};
}

static SOCKET lost_accept(SOCKET listener, struct asked *asked)
{
    return condition_accept(listener, &asked->base);
}

/* ---- Lost connections ---- */

static void a_connection_that_was_dropped_is_reset(void **state)
{
    struct asked asked = asked_answers(CF_DEFER);
    SOCKET client;
    SOCKET listener = condition_listener(&client);

    (void)state;
    ready_reset(client);
    accept_fails(lost_accept(listener, &asked), WSAECONNRESET);
    assert_int_equal(asked.count, 0);
    client = pair_client(pair_address(listener)); /* the same without a condition */
    ready_reset(client);
    accept_fails(accept(listener, NULL, NULL), WSAECONNRESET);
    client = pair_client(pair_address(listener)); /* and while it was put off */
    accept_fails(lost_accept(listener, &asked), WSATRY_AGAIN);
    ready_reset(client);
    accept_fails(lost_accept(listener, &asked), WSAECONNRESET);
    accept_fails(lost_accept(listener, &asked), WSAEWOULDBLOCK);
    closesocket(listener);
}

/* In another thread, because a call from the condition function itself fails. */
static void *reset_on_thread(void *argument)
{
    ready_reset(*(SOCKET *)argument);
    return NULL;
}

static int dropping_body(struct condition *self, const struct condition_call *call)
{
    struct asked *asked = (struct asked *)self;

    (void)call;
    flow_join(flow_run(reset_on_thread, &asked->client));
    return asked->answer;
}

static void a_connection_withdrawn_meanwhile_is_an_error(void **state)
{
    struct asked asked = {{dropping_body}, CF_ACCEPT, 0, 0, 0, 0};
    SOCKET listener = condition_listener(&asked.client);

    (void)state;
    accept_fails(lost_accept(listener, &asked), WSAEACCES);
    asked.client = pair_client(pair_address(listener));
    asked.answer = CF_REJECT;
    accept_fails(lost_accept(listener, &asked), WSAECONNREFUSED);
    accept_fails(lost_accept(listener, &asked), WSAEWOULDBLOCK);
    closesocket(listener);
}

static void *close_on_thread(void *argument)
{
    assert_int_equal(closesocket(*(SOCKET *)argument), 0);
    return NULL;
}

static int closing_body(struct condition *self, const struct condition_call *call)
{
    struct asked *asked = (struct asked *)self;

    (void)call;
    flow_join(flow_run(close_on_thread, &asked->listener));
    return asked->answer;
}

static void a_listener_closed_meanwhile_resets_the_client(void **state)
{
    const struct {
        int answer, error;
    } rows[] = {{CF_ACCEPT, WSAEINTR}, {CF_DEFER, WSAEINTR}, {CF_REJECT, WSAECONNREFUSED}};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        struct asked asked = {{closing_body}, rows[i].answer, 0, 0, 0, 0};
        char byte;
        SOCKET client;

        asked.listener = condition_listener(&client);
        accept_fails(lost_accept(asked.listener, &asked), rows[i].error);
        pair_fails(recv(client, &byte, 1, 0), WSAECONNRESET);
        closesocket(client);
    }
}

static void closing_the_listener_resets_what_was_put_off(void **state)
{
    struct asked asked = asked_answers(CF_DEFER);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    char byte;

    (void)state;
    accept_fails(lost_accept(listener, &asked), WSATRY_AGAIN);
    assert_int_equal(closesocket(listener), 0);
    pair_fails(recv(client, &byte, 1, 0), WSAECONNRESET);
    closesocket(client);
}

/* ---- Waiting ---- */

struct waiting {
    SOCKET listener;
    struct asked asked;
    _Atomic unsigned thread_id;
    SOCKET server;
    int error;
};

static void *wait_on_thread(void *argument)
{
    struct waiting *waiting = argument;

    waiting->thread_id = GetCurrentThreadId();
    waiting->server = lost_accept(waiting->listener, &waiting->asked);
    waiting->error = WSAGetLastError();
    return NULL;
}

static void closing_the_listener_ends_a_wait(void **state)
{
    struct waiting waiting = {.listener = pair_listener(), .asked = asked_answers(CF_ACCEPT)};
    pthread_t thread = flow_run(wait_on_thread, &waiting);

    (void)state;
    flow_asleep(&waiting.thread_id);
    assert_int_equal(closesocket(waiting.listener), 0);
    flow_join(thread);
    assert_true(waiting.server == INVALID_SOCKET);
    assert_int_equal(waiting.error, WSAEINTR);
    assert_int_equal(waiting.asked.count, 0);
}

static void waiting_ends_with_a_connection(void **state)
{
    struct waiting waiting = {.listener = pair_listener(), .asked = asked_answers(CF_ACCEPT)};
    pthread_t thread = flow_run(wait_on_thread, &waiting);
    SOCKET client;

    (void)state;
    flow_asleep(&waiting.thread_id);
    client = pair_client(pair_address(waiting.listener));
    flow_join(thread);
    assert_int_equal(waiting.asked.thread_id, waiting.thread_id);
    condition_joined_end(client, waiting.server);
    closesocket(waiting.listener);
}

static void without_descriptors_the_connection_stays(void **state)
{
    struct asked asked = asked_answers(CF_ACCEPT);
    SOCKET client;
    SOCKET listener = condition_listener(&client);
    SOCKET empty = pair_listener();
    struct rlimit all, none;
    int probe = dup(0);
    SOCKET server;

    (void)state;
    ready_nonblocking(empty);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
    assert_true(probe >= 0); /* the lowest that is free */
    none = all;
    none.rlim_cur = (rlim_t)probe + 1; /* all below it are taken, and it is too */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    WSASetLastError(0);
    server = lost_accept(listener, &asked);
    assert_int_equal(WSAGetLastError(), WSAEMFILE);
    assert_true(server == INVALID_SOCKET);
    assert_int_equal(asked.count, 0);
    server = accept(empty, NULL, NULL); /* documented for a queue that is not empty */
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
    assert_true(server == INVALID_SOCKET);
    close(probe);
    server = lost_accept(listener, &asked);
    condition_joined_end(client, server);
    closesocket(listener);
    closesocket(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_was_dropped_is_reset),
        cmocka_unit_test(a_connection_withdrawn_meanwhile_is_an_error),
        cmocka_unit_test(a_listener_closed_meanwhile_resets_the_client),
        cmocka_unit_test(closing_the_listener_resets_what_was_put_off),
        cmocka_unit_test(closing_the_listener_ends_a_wait),
        cmocka_unit_test(waiting_ends_with_a_connection),
        cmocka_unit_test(without_descriptors_the_connection_stays),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
