/* SPDX-License-Identifier: MIT */
/*
 * WSADuplicateSocket between processes of different users: neither may take the socket, although
 * one of them is the process whose id was given. Needs the right to change the user.
 */
#define _GNU_SOURCE 1 /* setresuid; pipe2, in part.h */
#include "part.h"

#include <signal.h>
#include <sys/prctl.h>

enum { OTHER_USER = 65534, NO_RIGHT = 77 };

/* In a process of its own, before it has threads. */
static bool user_change(void)
{
    if (setresgid(OTHER_USER, OTHER_USER, OTHER_USER) != 0 ||
        setresuid(OTHER_USER, OTHER_USER, OTHER_USER) != 0)
        return false;
    return prctl(PR_SET_DUMPABLE, 1) == 0; /* a leak checker looks into it at its end */
}

static void user_needs_right(void)
{
    pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0)
        _exit(user_change() ? 0 : NO_RIGHT);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    print_message("skipped: changing the user is not permitted\n");
    skip();
}

/* What a giver that was named "give" does: a socket for the process that asks. */
static int user_gives(void)
{
    struct question question;
    WSAPROTOCOL_INFOA info;
    WSADATA data;
    SOCKET s;
    char byte;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0 ||
        (s = socket(AF_INET, SOCK_DGRAM, 0)) == INVALID_SOCKET)
        return 2;
    memset(&info, 0, sizeof info);
    if (WSADuplicateSocketA(s, (DWORD)getppid(), &info) != 0)
        return 3;
    memset(&question, 0, sizeof question);
    question.info = info;
    if (write(1, &question, sizeof question) != sizeof question)
        return 4;
    while (read(0, &byte, 1) > 0)
        continue; /* until it is no longer needed */
    closesocket(s);
    return WSACleanup() == 0 ? 0 : 5;
}

static void the_process_that_is_named_is_of_another_user(void **state)
{
    uint32_t before;
    struct part part;
    struct pair pair;
    WSAPROTOCOL_INFOA info;
    struct answer answer;
    char byte;

    (void)state;
    user_needs_right();
    pair = pair_open();
    before = part_descriptors();
    part = part_start("take user");
    assert_int_equal(WSADuplicateSocketA(pair.server, (DWORD)part.process, &info), 0);
    part_tell(&part, &info, -1);
    answer = part_hear(&part);
    assert_int_equal(answer.process, part.process);
    assert_int_equal(answer.error, WSAEINVAL);
    assert_int_equal(answer.again, WSAEINVAL);
    assert_int_equal(closesocket(pair.server), 0);
    part_end(&part); /* and its offer with it */
    assert_int_equal(recv(pair.client, &byte, 1, 0), 0);
    part_descriptors_return_to(before - 1);
    closesocket(pair.client);
}

/* He has what the right process was told, and uses nothing up. */
static void another_process_is_of_another_user(void **state)
{
    uint32_t before;
    struct part named, other;
    struct pair pair;
    WSAPROTOCOL_INFOA info;
    struct answer answer;

    (void)state;
    user_needs_right();
    pair = pair_open();
    before = part_descriptors();
    named = part_start("take");
    other = part_start("take user");
    assert_int_equal(WSADuplicateSocketA(pair.server, (DWORD)named.process, &info), 0);
    part_tell(&other, &info, -1);
    answer = part_hear(&other);
    assert_int_equal(answer.error, WSAEINVAL);
    assert_int_equal(answer.again, WSAEINVAL);
    part_end(&other);
    part_tell(&named, &info, -1);
    assert_int_equal(part_hear(&named).error, 0);
    assert_echo(pair.client, "abc");
    closesocket(pair.client);
    part_end(&named);
    closesocket(pair.server);
    part_descriptors_return_to(before - 2);
}

/* The taker looks at the giver likewise: nobody gives a socket to root unasked. */
static void the_giver_is_of_another_user(void **state)
{
    struct question question;
    struct part part;
    uint32_t before;

    (void)state;
    user_needs_right();
    before = part_descriptors();
    part = part_start("give user");
    assert_int_equal(read(part.from, &question, sizeof question), sizeof question);
    for (int i = 0; i < 2; i++) {
        WSASetLastError(0);
        assert_true(part_take(&question.info) == INVALID_SOCKET);
        assert_int_equal(WSAGetLastError(), WSAEINVAL);
    }
    part_end(&part);
    part_descriptors_return_to(before);
}

/* The same without the change of the user: what the test above refuses is nothing else. */
static void the_giver_is_of_this_user(void **state)
{
    struct question question;
    struct part part = part_start("give");
    SOCKET s;

    (void)state;
    assert_int_equal(read(part.from, &question, sizeof question), sizeof question);
    s = part_take(&question.info);
    assert_true(s != INVALID_SOCKET);
    assert_int_equal(closesocket(s), 0);
    part_end(&part);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_process_that_is_named_is_of_another_user),
        cmocka_unit_test(another_process_is_of_another_user),
        cmocka_unit_test(the_giver_is_of_another_user),
        cmocka_unit_test(the_giver_is_of_this_user),
    };

    if (argc > 1 && strstr(argv[1], "user") != NULL && !user_change())
        return NO_RIGHT;
    if (argc > 1)
        return strstr(argv[1], "give") != NULL ? user_gives() : part_run(argv[1]);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, part_setup, pair_teardown);
}
