/* SPDX-License-Identifier: MIT */
/* WSADuplicateSocket with the id of another process: who may take the socket, and what it gets. */
#define _GNU_SOURCE 1 /* pipe2, in part.h */
#include "part.h"

#include <signal.h>
#include <sys/resource.h>

static void part_offer(const struct part *part, SOCKET s, WSAPROTOCOL_INFOA *info)
{
    assert_int_equal(WSADuplicateSocketA(s, (DWORD)part->process, info), 0);
}

static uint32_t descriptors(void)
{
    struct ws2_stats now = {.size_bytes = sizeof now};

    assert_int_equal(ws2_stats(&now), 0);
    return now.descriptors;
}

/* The last offer's thread has its descriptors for a moment longer than the taker needs it. */
static void descriptors_return_to(uint32_t wanted)
{
    ULONGLONG end = GetTickCount64() + FLOW_LIMIT_MS;

    while (descriptors() != wanted && GetTickCount64() < end)
        sched_yield();
    assert_int_equal(descriptors(), wanted);
}

/* Once; and it may be closed here before the other has it. */
static void a_connection_goes_to_the_process_that_is_named(void **state)
{
    struct pair pair = pair_open();
    uint32_t before = descriptors();
    struct part part = part_start("take");
    WSAPROTOCOL_INFOA info;
    struct answer answer;
    char byte;

    (void)state;
    part_offer(&part, pair.server, &info);
    assert_int_equal(closesocket(pair.server), 0);
    part_tell(&part, &info, -1);
    answer = part_hear(&part);
    assert_int_equal(answer.error, 0);
    assert_int_equal(answer.again, WSAEINVAL);
    assert_echo(pair.client, "abc");
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    assert_int_equal(recv(pair.client, &byte, 1, 0), 0); /* the other has closed it */
    part_end(&part);
    descriptors_return_to(before - 1);
    closesocket(pair.client);
}

static void nobody_else_can_take_it(void **state)
{
    struct pair pair = pair_open();
    uint32_t before = descriptors();
    struct part named = part_start("take");
    struct part other = part_start("take");
    WSAPROTOCOL_INFOA info;
    struct answer answer;

    (void)state;
    part_offer(&named, pair.server, &info);
    part_tell(&other, &info, -1);
    answer = part_hear(&other);
    assert_int_equal(answer.error, WSAEINVAL);
    assert_int_equal(answer.again, WSAEINVAL);
    part_end(&other);
    WSASetLastError(0);
    assert_true(part_take(&info) == INVALID_SOCKET); /* nor can this one */
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    part_tell(&named, &info, -1); /* none of that has used it up */
    answer = part_hear(&named);
    assert_int_equal(answer.error, 0);
    assert_echo(pair.client, "d");
    closesocket(pair.client);
    part_end(&named);
    closesocket(pair.server);
    descriptors_return_to(before - 2);
}

static void what_nobody_takes_ends_with_its_process(void **state)
{
    struct pair pair = pair_open();
    uint32_t before = descriptors();
    struct part part = part_start("take");
    WSAPROTOCOL_INFOA info;
    char byte;

    (void)state;
    part_offer(&part, pair.server, &info);
    part_offer(&part, pair.server, &info);
    assert_int_equal(closesocket(pair.server), 0);
    part_end(&part);
    assert_int_equal(recv(pair.client, &byte, 1, 0), 0); /* as when the last handle is closed */
    descriptors_return_to(before - 1);
    closesocket(pair.client);
    pair_fails(WSADuplicateSocketA(pair_socket(SOCK_STREAM), (DWORD)part.process, &info),
               WSAEINVAL);
}

static void a_listener_is_served_by_both(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN name = pair_address(listener);
    struct part part = part_start("take accept");
    WSAPROTOCOL_INFOA info;
    SOCKET client;
    char byte;

    (void)state;
    part_offer(&part, listener, &info);
    part_tell(&part, &info, -1);
    assert_int_equal(part_hear(&part).error, 0);
    assert_int_equal(closesocket(listener), 0); /* takes nothing away from the other */
    client = pair_client(name);
    assert_int_equal(recv(client, &byte, 1, 0), 1);
    assert_int_equal(byte, '!');
    closesocket(client);
    part_end(&part);
}

static void state_of_this_library_goes_along(void **state)
{
    struct pair pair = pair_open();
    struct part part = part_start("take state");
    WSAPROTOCOL_INFOA info;
    struct answer answer;

    (void)state;
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_RCVTIMEO, 4711), 0);
    assert_int_equal(pair_set(pair.server, SOL_SOCKET, SO_SNDBUF, 12345), 0);
    part_offer(&part, pair.server, &info);
    part_tell(&part, &info, -1);
    answer = part_hear(&part);
    assert_int_equal(answer.error, 0);
    assert_int_equal(answer.step, 0);
    closesocket(pair.client);
    part_end(&part);
    closesocket(pair.server);
}

/* One to look for the process, two to keep. */
static void offers_need_descriptors(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    struct part part = part_start("take");
    WSAPROTOCOL_INFOA info;
    WSAPROTOCOL_INFOW wide;
    struct rlimit before, none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    pair_fails(WSADuplicateSocketA(s, (DWORD)part.process, &info), WSAEMFILE);
    pair_fails(WSADuplicateSocketW(s, (DWORD)part.process, &wide), WSAEMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    part_end(&part);
    closesocket(s);
}

/* Whoever finds the address of the giver is sent away before he can say anything: here somebody who
 * is not expected. He can keep nobody else from coming. */
static void strangers_are_sent_away(void **state)
{
    struct pair pair = pair_open();
    struct part named = part_start("take");
    struct part others[4];
    WSAPROTOCOL_INFOA info;

    (void)state;
    part_offer(&named, pair.server, &info);
    for (size_t i = 0; i < PAIR_COUNT(others); i++)
        others[i] = part_start("take");
    for (size_t i = 0; i < PAIR_COUNT(others); i++)
        part_tell(&others[i], &info, -1);
    part_tell(&named, &info, -1);
    assert_int_equal(part_hear(&named).error, 0);
    for (size_t i = 0; i < PAIR_COUNT(others); i++) {
        assert_int_equal(part_hear(&others[i]).error, WSAEINVAL);
        part_end(&others[i]);
    }
    closesocket(pair.client);
    closesocket(pair.server);
    part_end(&named);
}

/* A call that waits gives this thread its ring, whose descriptor is not one of the tests'. */
static int process_setup(void **state)
{
    SOCKET s;
    char byte;

    if (pair_setup(state) != 0)
        return -1;
    s = pair_bound(SOCK_DGRAM);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, 1), 0);
    pair_fails(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    return closesocket(s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_goes_to_the_process_that_is_named),
        cmocka_unit_test(nobody_else_can_take_it),
        cmocka_unit_test(what_nobody_takes_ends_with_its_process),
        cmocka_unit_test(a_listener_is_served_by_both),
        cmocka_unit_test(state_of_this_library_goes_along),
        cmocka_unit_test(offers_need_descriptors),
        cmocka_unit_test(strangers_are_sent_away),
    };

    if (argc > 1)
        return part_run(argv[1]);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, process_setup, pair_teardown);
}
