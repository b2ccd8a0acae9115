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

/* Once; and it may be closed here before the other has it. */
static void a_connection_goes_to_the_process_that_is_named(void **state)
{
    struct pair pair = pair_open();
    uint32_t before = part_descriptors();
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
    part_descriptors_return_to(before - 1);
    closesocket(pair.client);
}

static void nobody_else_can_take_it(void **state)
{
    struct pair pair = pair_open();
    uint32_t before = part_descriptors();
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
    part_descriptors_return_to(before - 2);
}

static void what_nobody_takes_ends_with_its_process(void **state)
{
    struct pair pair = pair_open();
    uint32_t before = part_descriptors();
    struct part part = part_start("take");
    WSAPROTOCOL_INFOA info;
    char byte;

    (void)state;
    part_offer(&part, pair.server, &info);
    part_offer(&part, pair.server, &info);
    assert_int_equal(closesocket(pair.server), 0);
    part_end(&part);
    assert_int_equal(recv(pair.client, &byte, 1, 0), 0); /* as when the last handle is closed */
    part_descriptors_return_to(before - 1);
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

/* Receiving ends in this process alone, so the data are not for nobody. */
static void the_other_receives_on(void **state)
{
    struct pair pair = pair_open();
    struct pair other = pair_open();
    struct part part = part_start("take");
    WSAPROTOCOL_INFOA info;
    char byte;

    (void)state;
    part_offer(&part, pair.server, &info);
    assert_int_equal(shutdown(pair.server, SD_RECEIVE), 0);
    part_tell(&part, &info, -1);
    assert_int_equal(part_hear(&part).error, 0);
    /* Here they are: by now the library looks for data of both, if it does. */
    assert_int_equal(shutdown(other.server, SD_RECEIVE), 0);
    assert_int_equal(send(other.client, "x", 1, 0), 1);
    pair_fails(recv(other.client, &byte, 1, 0), WSAECONNRESET);
    pair_close(other);
    for (int i = 0; i < 50; i++)
        assert_echo(pair.client, "abc");
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    part_end(&part);
    pair_close(pair);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_goes_to_the_process_that_is_named),
        cmocka_unit_test(nobody_else_can_take_it),
        cmocka_unit_test(what_nobody_takes_ends_with_its_process),
        cmocka_unit_test(a_listener_is_served_by_both),
        cmocka_unit_test(the_other_receives_on),
        cmocka_unit_test(state_of_this_library_goes_along),
        cmocka_unit_test(offers_need_descriptors),
        cmocka_unit_test(strangers_are_sent_away),
    };

    if (argc > 1)
        return part_run(argv[1]);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, part_setup, pair_teardown);
}
