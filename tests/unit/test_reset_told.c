/* SPDX-License-Identifier: MIT */
/*
 * A stream's reset: the kernel tells one call of it, and those after it only of the end. A call
 * that learns of it late must not mark the connection that the handle has by then
 * (TF_REUSE_SOCKET).
 */
#include "tests/api/flow.h"

#include <errno.h>
#include <mswsock.h>

#include "core/object/sock.h"
#include "core/verb/transfer.h"

enum { WANTED = 8 };

static LPFN_DISCONNECTEX disconnect_ex;

static int reset_setup(void **state)
{
    GUID id = WSAID_DISCONNECTEX;

    if (pair_setup(state) != 0)
        return -1;
    flow_extension(id, &disconnect_ex);
    return 0;
}

static void later_receives_hear_of_a_reset(void **state)
{
    struct pair pair = pair_open();
    struct sock *sock = sock_ref(pair.client);
    uint32_t connection = sock_connection(sock);

    (void)state;
    assert_int_equal(transfer_reset_told(sock, connection, 0, WANTED, false), 0);
    assert_int_equal(transfer_reset_told(sock, connection, -ECONNRESET, WANTED, true), -ECONNRESET);
    assert_int_equal(transfer_reset_told(sock, connection, 0, WANTED, false), -ECONNRESET);
    assert_int_equal(transfer_reset_told(sock, connection, 0, 0, false), 0);
    assert_int_equal(transfer_reset_told(sock, connection, 0, WANTED, true), 0);
    assert_int_equal(transfer_reset_told(sock, connection, 3, WANTED, false), 3);
    sock_unref(sock);
    pair_close(pair);
}

static void a_late_reset_is_not_told_to_the_next_connection(void **state)
{
    struct pair pair = pair_open();
    struct sock *sock = sock_ref(pair.client);
    uint32_t earlier = sock_connection(sock);
    uint32_t connection;

    (void)state;
    assert_true(disconnect_ex(pair.client, NULL, TF_REUSE_SOCKET, 0));
    connection = sock_connection(sock);
    assert_int_not_equal(connection, earlier);
    assert_int_equal(transfer_reset_told(sock, earlier, -ECONNRESET, WANTED, false), -ECONNRESET);
    assert_int_equal(transfer_reset_told(sock, connection, 0, WANTED, false), 0);
    /* A receive of the ring's that was cancelled, and ends on the fresh socket's watch. */
    assert_int_equal(transfer_reset_told(sock, connection, -ECONNRESET, WANTED, false),
                     -ECONNRESET);
    assert_int_equal(transfer_reset_told(sock, connection, 0, WANTED, false), 0);
    sock_unref(sock);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_receives_hear_of_a_reset),
        cmocka_unit_test(a_late_reset_is_not_told_to_the_next_connection),
    };

    return cmocka_run_group_tests(tests, reset_setup, pair_teardown);
}
