/* SPDX-License-Identifier: MIT */
/*
 * Two binds to one port by one user: the documented table (Windows 2003 and later) for one process,
 * for stream and datagram sockets of both families; for streams also whether both can listen. And
 * what another process of the user gets, where the kernel decides.
 */
#include "pair.h"

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEFAULT, REUSE, EXCLUSIVE, OPTION_COUNT };
enum { WILDCARD, SPECIFIC };
enum { CELLS = 36 };

/* [first option][first address][second option][second address] */
/* clang-format off */
static const int expected[3][2][3][2] = {
    [DEFAULT]   = { { { WSAEADDRINUSE, 0 }, { WSAEACCES, 0 }, { WSAEADDRINUSE, 0 } },
                    { { 0, WSAEADDRINUSE }, { 0, WSAEACCES },
                      { WSAEADDRINUSE, WSAEADDRINUSE } } },
    [REUSE]     = { { { WSAEADDRINUSE, 0 }, { 0, 0 }, { WSAEADDRINUSE, 0 } },
                    { { 0, WSAEADDRINUSE }, { 0, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } } },
    [EXCLUSIVE] = { { { WSAEADDRINUSE, WSAEACCES }, { WSAEACCES, WSAEACCES },
                      { WSAEADDRINUSE, WSAEACCES } },
                    { { 0, WSAEADDRINUSE }, { 0, WSAEACCES },
                      { WSAEADDRINUSE, WSAEADDRINUSE } } },
};
/* clang-format on */

struct kind {
    int family;
    int type;
};

struct cell {
    int option1, where1, option2, where2;
};

static struct cell cell_of(int number)
{
    return (struct cell){number / 12, number / 6 % 2, number / 2 % 3, number % 2};
}

static SOCKET with_option(struct kind kind, int option)
{
    SOCKET s = socket(kind.family, kind.type, 0);

    assert_true(s != INVALID_SOCKET);
    if (option == REUSE)
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    if (option == EXCLUSIVE)
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), 0);
    return s;
}

/* 0 or the error. IPv6 sockets have IPV6_V6ONLY, as Windows makes them. */
static int bind_to(SOCKET s, struct kind kind, int where, USHORT port)
{
    SOCKADDR_IN6 six = {.sin6_family = AF_INET6, .sin6_port = port};
    int result;

    if (where == SPECIFIC)
        six.sin6_addr.s6_addr[15] = 1;
    if (kind.family == AF_INET6)
        result = bind(s, (struct sockaddr *)&six, sizeof six);
    else
        result = pair_bind(s, where == WILDCARD ? INADDR_ANY : INADDR_LOOPBACK, port);
    return result == 0 ? 0 : WSAGetLastError();
}

static USHORT port_of(SOCKET s)
{
    SOCKADDR_IN6 name; /* sin6_port is where sin_port is */
    int length = sizeof name;

    assert_int_equal(getsockname(s, (struct sockaddr *)&name, &length), 0);
    return name.sin6_port;
}

static void print_cell(struct kind kind, struct cell cell, int listening)
{
    print_message("family %d, type %d: options %d, %d; addresses %d, %d; listening %d\n",
                  kind.family, kind.type, cell.option1, cell.option2, cell.where1, cell.where2,
                  listening);
}

/* ---- One process ---- */

/* One cell; `listening`: the first socket listens before the second one comes, which then does. */
static void check_cell(struct kind kind, struct cell cell, int listening)
{
    int wanted = expected[cell.option1][cell.where1][cell.option2][cell.where2];
    bool shut = cell.option1 == EXCLUSIVE && cell.where1 == WILDCARD && cell.where2 == SPECIFIC;
    SOCKET first = with_option(kind, cell.option1);
    SOCKET second = with_option(kind, cell.option2);
    SOCKET third = with_option(kind, DEFAULT);
    USHORT port;
    int error;

    assert_int_equal(bind_to(first, kind, cell.where1, 0), 0);
    port = port_of(first);
    if (listening)
        assert_int_equal(listen(first, 5), 0);
    error = bind_to(second, kind, cell.where2, port);
    if (error != wanted)
        print_cell(kind, cell, listening);
    assert_int_equal(error, wanted);
    if (wanted == 0 && listening)
        assert_int_equal(listen(second, 5), 0);
    /* The kernel's options are back in place: a third socket collides with both. */
    assert_int_equal(bind_to(third, kind, cell.where1, port),
                     shut && wanted == 0 ? WSAEACCES : WSAEADDRINUSE);
    closesocket(third);
    closesocket(first);
    closesocket(second);
}

static void bind_matrix_of_bound_streams(void **state)
{
    (void)state;
    for (int cell = 0; cell < CELLS; cell++) {
        check_cell((struct kind){AF_INET, SOCK_STREAM}, cell_of(cell), 0);
        check_cell((struct kind){AF_INET6, SOCK_STREAM}, cell_of(cell), 0);
    }
}

static void bind_matrix_of_listening_streams(void **state)
{
    (void)state;
    for (int cell = 0; cell < CELLS; cell++) {
        check_cell((struct kind){AF_INET, SOCK_STREAM}, cell_of(cell), 1);
        check_cell((struct kind){AF_INET6, SOCK_STREAM}, cell_of(cell), 1);
    }
}

static void bind_matrix_of_datagrams(void **state)
{
    (void)state;
    for (int cell = 0; cell < CELLS; cell++) {
        check_cell((struct kind){AF_INET, SOCK_DGRAM}, cell_of(cell), 0);
        check_cell((struct kind){AF_INET6, SOCK_DGRAM}, cell_of(cell), 0);
    }
}

/* Whatever the first socket was, and whether it listened: once it is closed nothing is left. */
static void bind_finds_the_port_free_after_closesocket(void **state)
{
    (void)state;
    for (int cell = 0; cell < CELLS * 4; cell++) {
        struct cell c = cell_of(cell / 4);
        struct kind kind = {cell % 2 == 0 ? AF_INET : AF_INET6,
                            cell / 2 % 2 == 0 ? SOCK_STREAM : SOCK_DGRAM};
        SOCKET first = with_option(kind, c.option1);
        SOCKET second = with_option(kind, c.option2);
        USHORT port;

        assert_int_equal(bind_to(first, kind, c.where1, 0), 0);
        port = port_of(first);
        if (kind.type == SOCK_STREAM)
            assert_int_equal(listen(first, 5), 0);
        closesocket(first);
        assert_int_equal(bind_to(second, kind, c.where2, port), 0);
        closesocket(second);
    }
}

/* The families have ports of their own while IPV6_V6ONLY is on. */
static void bind_keeps_the_families_apart(void **state)
{
    (void)state;
    for (int cell = 0; cell < CELLS; cell++) {
        struct cell c = cell_of(cell);
        SOCKET four = with_option((struct kind){AF_INET, SOCK_STREAM}, c.option1);
        SOCKET six = with_option((struct kind){AF_INET6, SOCK_STREAM}, c.option2);

        assert_int_equal(bind_to(four, (struct kind){AF_INET, SOCK_STREAM}, c.where1, 0), 0);
        assert_int_equal(
            bind_to(six, (struct kind){AF_INET6, SOCK_STREAM}, c.where2, port_of(four)), 0);
        closesocket(four);
        closesocket(six);
    }
}

/* ---- Another process ---- */

struct request {
    struct kind kind;
    int option, where;
    USHORT port;
};

static int request_pipe[2], answer_pipe[2];

/* The other process: binds as it is asked to, and answers with the error. */
static int neighbour_main(void)
{
    struct request request;
    WSADATA data;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    while (read(request_pipe[0], &request, sizeof request) == (ssize_t)sizeof request) {
        SOCKET s = with_option(request.kind, request.option);
        int error = bind_to(s, request.kind, request.where, request.port);

        if (write(answer_pipe[1], &error, sizeof error) != (ssize_t)sizeof error)
            return 2;
        closesocket(s);
    }
    return WSACleanup();
}

/* Before the library has threads. */
static pid_t neighbour_start(void)
{
    pid_t pid;

    if (pipe(request_pipe) != 0 || pipe(answer_pipe) != 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        close(request_pipe[1]);
        _exit(neighbour_main());
    }
    close(request_pipe[0]);
    return pid;
}

static int neighbour_binds(struct kind kind, struct cell cell, USHORT port)
{
    const struct request request = {kind, cell.option2, cell.where2, port};
    int error = -1;

    assert_int_equal(write(request_pipe[1], &request, sizeof request), sizeof request);
    assert_int_equal(read(answer_pipe[0], &error, sizeof error), sizeof error);
    return error;
}

/* Two processes share what both want to share; nothing else (docs/calls/bind.md, "Deviations"). */
static int other_process_gets(struct cell cell)
{
    if (cell.option2 != REUSE)
        return WSAEADDRINUSE;
    return cell.option1 == REUSE ? 0 : WSAEACCES;
}

static void check_neighbour(struct kind kind, struct cell cell, int listening)
{
    SOCKET first = with_option(kind, cell.option1);
    int error;

    assert_int_equal(bind_to(first, kind, cell.where1, 0), 0);
    if (listening)
        assert_int_equal(listen(first, 5), 0);
    error = neighbour_binds(kind, cell, port_of(first));
    if (error != other_process_gets(cell))
        print_cell(kind, cell, listening);
    assert_int_equal(error, other_process_gets(cell));
    closesocket(first);
}

static void bind_of_another_process_shares_only_what_both_share(void **state)
{
    (void)state;
    for (int cell = 0; cell < CELLS; cell++) {
        for (int six = 0; six < 2; six++) {
            struct kind kind = {six ? AF_INET6 : AF_INET, SOCK_STREAM};

            check_neighbour(kind, cell_of(cell), 0);
            check_neighbour(kind, cell_of(cell), 1);
            kind.type = SOCK_DGRAM;
            check_neighbour(kind, cell_of(cell), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bind_matrix_of_bound_streams),
        cmocka_unit_test(bind_matrix_of_listening_streams),
        cmocka_unit_test(bind_matrix_of_datagrams),
        cmocka_unit_test(bind_finds_the_port_free_after_closesocket),
        cmocka_unit_test(bind_keeps_the_families_apart),
        cmocka_unit_test(bind_of_another_process_shares_only_what_both_share),
    };
    pid_t neighbour = neighbour_start();
    int status = 1;
    int failed;

    if (neighbour < 0)
        return 1;
    failed = cmocka_run_group_tests(tests, pair_setup, pair_teardown);
    close(request_pipe[1]); /* that ends it */
    if (waitpid(neighbour, &status, 0) != neighbour || status != 0)
        failed = 1;
    return failed;
}
