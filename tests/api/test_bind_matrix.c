/* SPDX-License-Identifier: MIT */
/*
 * Two binds to one port by one process: the documented table for one user (Windows 2003 and later),
 * for stream and datagram sockets; for streams also whether both can listen and who gets the
 * connections.
 */
#include "pair.h"

enum { DEFAULT, REUSE, EXCLUSIVE, OPTION_COUNT };
enum { WILDCARD, SPECIFIC };

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

static SOCKET with_option(int type, int option)
{
    SOCKET s = pair_socket(type);

    if (option == REUSE)
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    if (option == EXCLUSIVE)
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), 0);
    return s;
}

static uint32_t address_of(int where)
{
    return where == WILDCARD ? INADDR_ANY : INADDR_LOOPBACK;
}

/* One cell; `listening`: the first socket listens before the second one comes, which then does. */
static void check_cell(int type, int cell, int listening)
{
    int option1 = cell / 12;
    int where1 = cell / 6 % 2;
    int option2 = cell / 2 % 3;
    int where2 = cell % 2;
    int wanted = expected[option1][where1][option2][where2];
    SOCKET first = with_option(type, option1);
    SOCKET second = with_option(type, option2);
    SOCKET third = pair_socket(type);
    USHORT port;
    int error;

    assert_int_equal(pair_bind(first, address_of(where1), 0), 0);
    port = pair_address(first).sin_port;
    if (listening)
        assert_int_equal(listen(first, 5), 0);
    error = pair_bind(second, address_of(where2), port) == 0 ? 0 : WSAGetLastError();
    if (error != wanted)
        print_message("cell %d: options %d, %d; addresses %d, %d; listening %d\n", cell, option1,
                      option2, where1, where2, listening);
    assert_int_equal(error, wanted);
    if (wanted == 0 && listening)
        assert_int_equal(listen(second, 5), 0);
    /* The kernel's options are back in place: a third socket collides with both. */
    pair_fails(pair_bind(third, address_of(where1), port),
               option1 == EXCLUSIVE && where1 == WILDCARD && where2 == SPECIFIC && wanted == 0
                   ? WSAEACCES
                   : WSAEADDRINUSE);
    closesocket(third);
    closesocket(first);
    closesocket(second);
}

static void bind_matrix_of_bound_streams(void **state)
{
    (void)state;
    for (int cell = 0; cell < 36; cell++)
        check_cell(SOCK_STREAM, cell, 0);
}

static void bind_matrix_of_listening_streams(void **state)
{
    (void)state;
    for (int cell = 0; cell < 36; cell++)
        check_cell(SOCK_STREAM, cell, 1);
}

static void bind_matrix_of_datagrams(void **state)
{
    (void)state;
    for (int cell = 0; cell < 36; cell++)
        check_cell(SOCK_DGRAM, cell, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bind_matrix_of_bound_streams),
        cmocka_unit_test(bind_matrix_of_listening_streams),
        cmocka_unit_test(bind_matrix_of_datagrams),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
