/* SPDX-License-Identifier: MIT */
/*
 * Threads that accept in every way, with conditions that answer at random, against clients that
 * connect all the time: each client is accepted exactly once, or reset, and nothing is left behind.
 * ACCEPT_SEED chooses the answers; which thread gets which client is the machine's choice.
 */
#include "condition.h"

#include <dirent.h>
#include <unistd.h>

enum {
    CLIENTS = 240,
    CLIENT_THREADS = 3,
    CONDITION_THREADS = 3,
    ACCEPT_THREADS = 2,
    ACCEPTEX_AT_ONCE = 2,
    AREA = sizeof(SOCKADDR_IN) + 16
};

enum fate { FATE_NONE, FATE_ACCEPTED, FATE_ENDED };

static SOCKET listener;
static SOCKADDR_IN listener_name;
static bool nonblocking;
static unsigned close_after; /* clients; then the listener is closed */
static uint32_t seed;

static _Atomic unsigned client_next;
static _Atomic unsigned accepted[CLIENTS];
static _Atomic unsigned rejected;
static enum fate fates[CLIENTS];

/* ---- Clients ---- */

static bool client_connects(SOCKET s)
{
    return connect(s, (struct sockaddr *)&listener_name, sizeof listener_name) == 0;
}

/* A server that has accepted answers with one byte and closes. */
static enum fate client_fate(uint16_t number)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    enum fate fate = FATE_ENDED;
    char answer = 0;

    if (client_connects(s) && send(s, (char *)&number, sizeof number, 0) == sizeof number &&
        recv(s, &answer, 1, 0) == 1)
        fate = answer == 'A' ? FATE_ACCEPTED : FATE_NONE;
    closesocket(s);
    return fate;
}

static void *run_client(void *argument)
{
    unsigned number;

    (void)argument;
    while ((number = client_next++) < CLIENTS) {
        fates[number] = client_fate((uint16_t)number);
        if (number == close_after)
            assert_int_equal(closesocket(listener), 0);
    }
    return NULL;
}

/* ---- Servers ---- */

static void serve(SOCKET s, uint16_t number)
{
    assert_in_range(number, 0, CLIENTS - 1);
    accepted[number]++;
    send(s, "A", 1, 0);
    closesocket(s);
}

static void serve_accepted(SOCKET s)
{
    uint16_t number = CLIENTS;

    ready_data(s);
    assert_int_equal(recv(s, (char *)&number, sizeof number, 0), sizeof number);
    serve(s, number);
}

struct dice {
    struct condition base;
    uint32_t random;
};

static int dice_body(struct condition *self, const struct condition_call *call)
{
    static const int answers[] = {CF_ACCEPT, CF_REJECT, CF_DEFER, CF_ACCEPT,
                                  CF_DEFER,  CF_DEFER,  77,       CF_DEFER};
    struct dice *dice = (struct dice *)self;

    (void)call;
    dice->random = dice->random * 1664525 + 1013904223;
    if (dice->random & 0x10000000)
        sched_yield();
    return answers[dice->random >> 29];
}

/* False: the listener was closed. */
static bool accept_went_on(int error)
{
    switch (error) {
    case WSAECONNREFUSED:
        rejected++;
        return true;
    case WSAEWOULDBLOCK: {
        WSAPOLLFD fd = {listener, POLLRDNORM, 0};

        WSAPoll(&fd, 1, 5); /* a time-out is fine: then the next look does it */
        return true;
    }
    case WSATRY_AGAIN:
    case WSAEINVAL: /* for the answer that is none */
        return true;
    default:
        assert_true(error == WSAEINTR || error == WSAENOTSOCK);
        return false;
    }
}

static void *run_accept(void *argument)
{
    struct dice *dice = argument; /* NULL: without a condition */
    bool going_on = true;

    while (going_on) {
        SOCKET s =
            dice == NULL ? accept(listener, NULL, NULL) : condition_accept(listener, &dice->base);

        if (s != INVALID_SOCKET)
            serve_accepted(s);
        else
            going_on = accept_went_on(WSAGetLastError());
    }
    return NULL;
}

struct accepting {
    SOCKET s;
    OVERLAPPED overlapped;
    char output[2 + 2 * AREA];
};

/* False: the listener was closed. */
static bool accepting_start(struct accepting *a)
{
    WSAEVENT event = a->overlapped.hEvent;

    memset(&a->overlapped, 0, sizeof a->overlapped);
    a->overlapped.hEvent = event;
    a->s = pair_socket(SOCK_STREAM);
    WSASetLastError(0);
    AcceptEx(listener, a->s, a->output, 2, AREA, AREA, NULL, &a->overlapped);
    if (WSAGetLastError() == ERROR_IO_PENDING)
        return true;
    assert_int_equal(WSAGetLastError(), WSAENOTSOCK);
    closesocket(a->s);
    a->s = INVALID_SOCKET;
    return false;
}

static bool accepting_served(struct accepting *a)
{
    uint16_t number;
    DWORD bytes = 0;
    DWORD error = flow_end(a->s, &a->overlapped, &bytes);

    if (error == 0) {
        assert_int_equal(bytes, 2);
        memcpy(&number, a->output, sizeof number);
        serve(a->s, number);
        return true;
    }
    assert_int_equal(error, ERROR_OPERATION_ABORTED);
    closesocket(a->s);
    return false;
}

static void *run_acceptex(void *argument)
{
    struct accepting accepts[ACCEPTEX_AT_ONCE];
    WSAEVENT events[ACCEPTEX_AT_ONCE];
    unsigned open = 0;

    (void)argument;
    for (unsigned i = 0; i < ACCEPTEX_AT_ONCE; i++) {
        accepts[i].overlapped.hEvent = events[i] = WSACreateEvent();
        open += accepting_start(&accepts[i]);
    }
    while (open == ACCEPTEX_AT_ONCE) {
        DWORD i = WSAWaitForMultipleEvents(ACCEPTEX_AT_ONCE, events, FALSE, FLOW_LIMIT_MS, FALSE);

        assert_in_range(i, 0, ACCEPTEX_AT_ONCE - 1);
        if (!accepting_served(&accepts[i]) || !accepting_start(&accepts[i])) {
            accepts[i].s = INVALID_SOCKET;
            open--;
        }
    }
    for (unsigned i = 0; i < ACCEPTEX_AT_ONCE; i++) {
        if (accepts[i].s != INVALID_SOCKET)
            (void)accepting_served(&accepts[i]);
        WSACloseEvent(events[i]);
    }
    return NULL;
}

/* ---- Rounds ---- */

static unsigned open_sockets(void)
{
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *entry;
    unsigned count = 0;

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        char path[300];
        char target[32] = "";

        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        if (readlink(path, target, sizeof target - 1) > 0)
            count += strncmp(target, "socket:", 7) == 0;
    }
    closedir(directory);
    return count;
}

/* The ring thread lets go of what it has, by and by. */
static void all_sockets_closed(unsigned before)
{
    ULONGLONG limit = (ULONGLONG)time(NULL) + FLOW_LIMIT_MS / 1000;

    while (open_sockets() > before) {
        assert_true((ULONGLONG)time(NULL) <= limit);
        sched_yield();
    }
}

static void every_client_has_one_fate(void)
{
    unsigned ended = 0;

    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_int_not_equal(fates[i], FATE_NONE);
        assert_true(accepted[i] <= 1);
        if (fates[i] == FATE_ACCEPTED)
            assert_int_equal(accepted[i], 1);
        else if (close_after == CLIENTS)
            assert_int_equal(accepted[i], 0);
        ended += fates[i] == FATE_ENDED;
    }
    if (close_after == CLIENTS) /* nobody was reset but by a condition */
        assert_int_equal(ended, rejected);
    else
        assert_true(ended >= rejected);
}

static void round_begin(void)
{
    client_next = 0;
    rejected = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        accepted[i] = 0;
        fates[i] = FATE_NONE;
    }
    listener = pair_bound(SOCK_STREAM);
    assert_int_equal(listen(listener, SOMAXCONN), 0);
    listener_name = pair_address(listener);
    if (nonblocking)
        ready_nonblocking(listener);
}

static void round_run(bool without_waiting, unsigned clients_before_close)
{
    unsigned before = open_sockets();
    struct dice dice[CONDITION_THREADS];
    pthread_t clients[CLIENT_THREADS];
    pthread_t servers[CONDITION_THREADS + ACCEPT_THREADS + 1];
    unsigned count = 0;

    nonblocking = without_waiting;
    close_after = clients_before_close;
    round_begin();
    for (unsigned i = 0; i < CONDITION_THREADS; i++) {
        dice[i] = (struct dice){{dice_body}, seed + i};
        servers[count++] = flow_run(run_accept, &dice[i]);
    }
    for (unsigned i = 0; i < ACCEPT_THREADS; i++)
        servers[count++] = flow_run(run_accept, NULL);
    servers[count++] = flow_run(run_acceptex, NULL);
    for (unsigned i = 0; i < CLIENT_THREADS; i++)
        clients[i] = flow_run(run_client, NULL);
    for (unsigned i = 0; i < CLIENT_THREADS; i++)
        flow_join(clients[i]);
    if (close_after == CLIENTS)
        assert_int_equal(closesocket(listener), 0);
    for (unsigned i = 0; i < count; i++)
        flow_join(servers[i]);
    every_client_has_one_fate();
    all_sockets_closed(before);
}

static void blocking_servers(void **state)
{
    (void)state;
    round_run(false, CLIENTS);
}

static void nonblocking_servers(void **state)
{
    (void)state;
    round_run(true, CLIENTS);
}

static void a_listener_closed_on_the_way(void **state)
{
    (void)state;
    round_run(false, CLIENTS / 2);
    round_run(true, CLIENTS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_servers),
        cmocka_unit_test(nonblocking_servers),
        cmocka_unit_test(a_listener_closed_on_the_way),
    };
    const char *text = getenv("ACCEPT_SEED");

    seed = text == NULL ? 1 : (uint32_t)strtoul(text, NULL, 0);
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
