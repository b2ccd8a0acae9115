/* SPDX-License-Identifier: MIT */
/*
 * CancelIoEx and CancelIo on ConnectEx and AcceptEx in each of their stages: exactly one end, which
 * says what has happened. test_cancel.c has the AcceptEx that waits for data.
 */
#include "hook.h"

#include <stdbool.h>

enum { FIRST_BYTES = 8 << 20 };

struct connecting {
    LPFN_CONNECTEX connect_ex;
    SOCKET s;
    HANDLE port;
    OVERLAPPED ov;
};

static void connecting_open(struct connecting *c)
{
    GUID id = WSAID_CONNECTEX;

    memset(c, 0, sizeof *c);
    flow_extension(id, &c->connect_ex);
    c->s = pair_bound(SOCK_STREAM);
    c->port = flow_port(1);
    flow_tie(c->s, c->port, 9);
}

static void connecting_close(struct connecting *c)
{
    closesocket(c->s);
    CloseHandle(c->port);
}

static void connecting_start(struct connecting *c, SOCKADDR_IN to, void *data, DWORD bytes)
{
    DWORD sent = 0;

    flow_fails(c->connect_ex(c->s, (struct sockaddr *)&to, sizeof to, data, bytes, &sent, &c->ov),
               ERROR_IO_PENDING);
}

/* One packet, this one's, and no other. */
static DWORD connecting_end(struct connecting *c)
{
    struct flow_packet packet = flow_take(c->port, FLOW_LIMIT_MS);

    assert_ptr_equal(packet.overlapped, &c->ov);
    assert_int_equal(packet.key, 9);
    flow_no_packet(c->port);
    return packet.error;
}

/* Nobody answers: the attempt is in the kernel. Afterwards the socket can connect. */
static void an_attempt_can_be_cancelled(void **state)
{
    struct hook_full full = hook_full_open();
    SOCKET listener = pair_listener();
    OVERLAPPED other = {0};

    (void)state;
    for (int form = 0; form < 3; form++) {
        struct connecting c;

        connecting_open(&c);
        connecting_start(&c, full.name, NULL, 0);
        flow_fails(CancelIoEx((HANDLE)c.s, &other), ERROR_NOT_FOUND);
        assert_true(form == 0   ? CancelIoEx((HANDLE)c.s, &c.ov)
                    : form == 1 ? CancelIoEx((HANDLE)c.s, NULL)
                                : CancelIo((HANDLE)c.s));
        assert_int_equal(connecting_end(&c), ERROR_OPERATION_ABORTED);
        assert_int_equal(c.ov.Internal, FLOW_CANCELLED);
        flow_fails(CancelIoEx((HANDLE)c.s, NULL), ERROR_NOT_FOUND);
        pair_fails(send(c.s, "x", 1, 0), WSAENOTCONN);
        connecting_start(&c, pair_address(listener), NULL, 0);
        assert_int_equal(connecting_end(&c), 0);
        connecting_close(&c);
    }
    closesocket(listener);
    hook_full_close(full);
}

/* At once: it may have ended, been on its way, or in a queue; it ends once in any case. A thread
 * that serves a port hands its connects to the ring thread; another tries them itself. */
static void an_attempt_ends_once_whenever_it_is_cancelled(void **state)
{
    SOCKET listener = pair_listener();
    unsigned aborted = 0;
    u_long on = 1;

    (void)state;
    assert_int_equal(ioctlsocket(listener, (long)FIONBIO, &on), 0);
    for (int round = 0; round < 200; round++) {
        bool data = round % 2;
        struct connecting c;
        SOCKET peer;
        bool found;
        DWORD error;

        connecting_open(&c);
        if (round % 8 < 6) {
            assert_true(PostQueuedCompletionStatus(c.port, 0, 0, NULL));
            assert_int_equal(flow_take(c.port, 0).error, 0);
        }
        connecting_start(&c, pair_address(listener), data ? (void *)"first" : NULL, data ? 5 : 0);
        for (int i = 0; i < round % 8; i++)
            sched_yield();
        found = CancelIoEx((HANDLE)c.s, &c.ov);
        error = connecting_end(&c);
        if (!found)
            assert_int_equal(error, 0);
        assert_true(error == 0 || error == ERROR_OPERATION_ABORTED);
        aborted += error != 0;
        while ((peer = accept(listener, NULL, NULL)) != INVALID_SOCKET)
            closesocket(peer);
        connecting_close(&c);
    }
    print_message("%u of 200 were aborted\n", aborted);
    closesocket(listener);
}

/* Connected, and the first data do not fit into what the peer takes. */
static void the_first_data_can_be_cancelled(void **state)
{
    SOCKET listener = pair_listener();
    char *data = calloc(1, FIRST_BYTES);
    struct connecting c;
    SOCKET peer;
    char byte;

    (void)state;
    assert_non_null(data);
    connecting_open(&c);
    connecting_start(&c, pair_address(listener), data, FIRST_BYTES);
    peer = accept(listener, NULL, NULL);
    assert_true(peer != INVALID_SOCKET);
    assert_int_equal(recv(peer, &byte, 1, MSG_PEEK), 1); /* it sends */
    assert_false(HasOverlappedIoCompleted(&c.ov));
    assert_true(CancelIoEx((HANDLE)c.s, &c.ov));
    assert_int_equal(connecting_end(&c), ERROR_OPERATION_ABORTED);
    flow_fails(CancelIoEx((HANDLE)c.s, NULL), ERROR_NOT_FOUND);
    closesocket(peer);
    connecting_close(&c);
    closesocket(listener);
    free(data);
}

enum { ROW = 3 };

struct accepting {
    SOCKET s;
    OVERLAPPED ov;
    char output[2 * (sizeof(SOCKADDR_IN) + 16)];
};

static void accepting_start(struct accepting *a, SOCKET listener)
{
    DWORD received = 0;

    memset(a, 0, sizeof *a);
    a->s = pair_socket(SOCK_STREAM);
    flow_fails(AcceptEx(listener, a->s, a->output, 0, sizeof(SOCKADDR_IN) + 16,
                        sizeof(SOCKADDR_IN) + 16, &received, &a->ov),
               ERROR_IO_PENDING);
}

/* In the kernel, and behind it: each alone, in any order; what is left takes the connections. */
static void accepts_in_a_row_are_cancelled_one_by_one(void **state)
{
    (void)state;
    for (int which = 0; which < ROW; which++) {
        SOCKET listener = pair_listener();
        SOCKADDR_IN to = pair_address(listener);
        HANDLE port = flow_port(1);
        struct accepting row[ROW];
        SOCKET clients[ROW - 1];
        struct flow_packet packet;

        flow_tie(listener, port, 1);
        for (int i = 0; i < ROW; i++)
            accepting_start(&row[i], listener);
        flow_fails(CancelIoEx((HANDLE)row[which].s, NULL), ERROR_NOT_FOUND); /* the listener's */
        assert_true(CancelIoEx((HANDLE)listener, &row[which].ov));
        packet = flow_take(port, FLOW_LIMIT_MS);
        assert_ptr_equal(packet.overlapped, &row[which].ov);
        assert_int_equal(packet.error, ERROR_OPERATION_ABORTED);
        for (int i = 0; i < ROW - 1; i++)
            clients[i] = pair_client(to);
        for (int i = 0; i < ROW; i++) {
            if (i == which)
                continue;
            packet = flow_take(port, FLOW_LIMIT_MS);
            assert_int_equal(packet.error, 0);
            assert_ptr_equal(packet.overlapped, &row[i].ov);
        }
        flow_no_packet(port);
        flow_fails(CancelIoEx((HANDLE)listener, NULL), ERROR_NOT_FOUND);
        for (int i = 0; i < ROW - 1; i++)
            closesocket(clients[i]);
        for (int i = 0; i < ROW; i++)
            closesocket(row[i].s);
        closesocket(listener);
        CloseHandle(port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt_can_be_cancelled),
        cmocka_unit_test(an_attempt_ends_once_whenever_it_is_cancelled),
        cmocka_unit_test(the_first_data_can_be_cancelled),
        cmocka_unit_test(accepts_in_a_row_are_cancelled_one_by_one),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
