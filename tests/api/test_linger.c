/* SPDX-License-Identifier: MIT */
/*
 * closesocket and SO_LINGER: what it returns, what becomes of data that the peer has not taken, and
 * what the peer sees in the end. One row is one case of the matrix in docs/calls/closesocket.md.
 */
#include "flow.h"

#include <stdbool.h>

enum {
    KEPT_BYTES = 200000, /* the kernel takes them, the peer's window does not */
    LONG_BYTES = 8 << 20 /* more than the kernel takes */
};

enum unsent { NOTHING, IN_KERNEL, PENDING };
enum reads { NEVER, LATER };            /* the peer: when it is over; while closesocket waits */
enum sees { SEES_END, SEES_RESET };     /* the peer: FIN after all data; or RST */
enum option { NONE, ON, ON_THEN_DONT }; /* SO_LINGER; then SO_DONTLINGER */

struct linger_row {
    const char *name;
    enum option option;
    u_short onoff, seconds;
    u_long nonblocking;
    enum unsent unsent;
    enum reads reads;
    int error; /* 0: it closes */
    enum sees sees;
    DWORD send_error; /* of an overlapped send that was pending: a Win32 code */
};

/* clang-format off */
static const struct linger_row rows[] = {
    { "default", NONE, 0, 0, 0, NOTHING, NEVER, 0, SEES_END, 0 },
    { "default, unsent", NONE, 0, 0, 0, IN_KERNEL, NEVER, 0, SEES_END, 0 },
    { "default, pending", NONE, 0, 0, 0, PENDING, NEVER, 0, SEES_END, 0 },
    { "default, non-blocking, pending", NONE, 0, 0, 1, PENDING, NEVER, 0, SEES_END, 0 },
    { "off, 1 s, pending", ON, 0, 1, 0, PENDING, NEVER, 0, SEES_END, 0 },
    { "on, 1 s, don't, pending", ON_THEN_DONT, 1, 1, 0, PENDING, NEVER, 0, SEES_END, 0 },
    { "on, 1 s, don't, non-blocking, pending",
      ON_THEN_DONT, 1, 1, 1, PENDING, NEVER, 0, SEES_END, 0 },
    { "on, 0", ON, 1, 0, 0, NOTHING, NEVER, 0, SEES_RESET, 0 },
    { "on, 0, unsent", ON, 1, 0, 0, IN_KERNEL, NEVER, 0, SEES_RESET, 0 },
    { "on, 0, pending",
      ON, 1, 0, 0, PENDING, NEVER, 0, SEES_RESET, ERROR_CONNECTION_ABORTED },
    { "on, 0, non-blocking, unsent", ON, 1, 0, 1, IN_KERNEL, NEVER, 0, SEES_RESET, 0 },
    { "on, 20 s", ON, 1, 20, 0, NOTHING, NEVER, 0, SEES_END, 0 },
    { "on, 20 s, non-blocking", ON, 1, 20, 1, NOTHING, NEVER, 0, SEES_END, 0 },
    { "on, 20 s, unsent, read", ON, 1, 20, 0, IN_KERNEL, LATER, 0, SEES_END, 0 },
    { "on, 20 s, pending, read", ON, 1, 20, 0, PENDING, LATER, 0, SEES_END, 0 },
    { "on, 1 s, unsent", ON, 1, 1, 0, IN_KERNEL, NEVER, 0, SEES_RESET, 0 },
    { "on, 1 s, pending",
      ON, 1, 1, 0, PENDING, NEVER, 0, SEES_RESET, ERROR_CONNECTION_ABORTED },
    { "on, 20 s, non-blocking, unsent",
      ON, 1, 20, 1, IN_KERNEL, NEVER, WSAEWOULDBLOCK, SEES_END, 0 },
    { "on, 20 s, non-blocking, pending",
      ON, 1, 20, 1, PENDING, NEVER, WSAEWOULDBLOCK, SEES_END, 0 },
};
/* clang-format on */

/* A pair whose server takes little before it reads. */
static struct pair small_pair(void)
{
    SOCKET listener = pair_bound(SOCK_STREAM);
    struct pair pair;

    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_RCVBUF, 8192), 0);
    assert_int_equal(listen(listener, 1), 0);
    pair.client = pair_bound(SOCK_STREAM);
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
    pair_connect(pair.client, pair_address(listener));
    assert_int_equal(setsockopt(pair.client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    pair.server = accept(listener, NULL, NULL);
    assert_true(pair.server != INVALID_SOCKET);
    closesocket(listener);
    return pair;
}

static void linger_set(SOCKET s, const struct linger_row *row)
{
    struct linger linger = {row->onoff, row->seconds};
    u_long nonblocking = row->nonblocking;

    if (row->option != NONE)
        assert_int_equal(setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&linger, sizeof linger),
                         0);
    if (row->option == ON_THEN_DONT)
        assert_int_equal(pair_set(s, SOL_SOCKET, SO_DONTLINGER, 1), 0);
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &nonblocking), 0);
}

struct reader {
    SOCKET s;
    _Atomic unsigned total; /* bytes */
    enum sees sees;
};

static void *reader_main(void *argument)
{
    struct reader *reader = argument;
    static char room[65536]; /* nobody looks at it; one reader at a time */
    int bytes;

    while ((bytes = flow_recv(reader->s, room, sizeof room)) > 0)
        reader->total += (unsigned)bytes;
    reader->sees = bytes == 0 ? SEES_END : SEES_RESET;
    if (bytes < 0)
        assert_int_equal(WSAGetLastError(), WSAECONNRESET);
    return NULL;
}

static unsigned start_data(const struct linger_row *row, SOCKET s, char *data, OVERLAPPED *ov)
{
    if (row->unsent == NOTHING)
        return 0;
    if (row->unsent == IN_KERNEL) {
        assert_int_equal(flow_send(s, data, KEPT_BYTES), KEPT_BYTES);
        return KEPT_BYTES;
    }
    assert_int_equal(flow_start_send(s, data, LONG_BYTES, ov), WSA_IO_PENDING);
    return LONG_BYTES;
}

static void check_row(const struct linger_row *row, char *data)
{
    struct pair pair = small_pair();
    OVERLAPPED ov = flow_overlapped();
    struct reader reader = {.s = pair.server};
    ULONGLONG begun = GetTickCount64();
    pthread_t thread = pthread_self(); /* until there is one */
    unsigned sent;

    print_message("%s\n", row->name);
    linger_set(pair.client, row);
    sent = start_data(row, pair.client, data, &ov);
    if (row->reads == LATER)
        thread = flow_run(reader_main, &reader);
    if (row->error == 0)
        assert_int_equal(closesocket(pair.client), 0);
    else
        pair_fails(closesocket(pair.client), row->error);
    if (row->reads == NEVER && row->sees == SEES_RESET && row->seconds > 0)
        assert_true(GetTickCount64() - begun >= row->seconds * 1000ull); /* it waited first */
    if (row->reads == LATER && row->unsent == PENDING)
        assert_true(HasOverlappedIoCompleted(&ov)); /* closesocket returns when all is sent */
    if (row->reads == NEVER)
        thread = flow_run(reader_main, &reader);
    if (row->error != 0) { /* still open, and open to be closed when the peer has read */
        flow_reach(&reader.total, sent);
        while (closesocket(pair.client) != 0)
            assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    }
    flow_join(thread);
    assert_int_equal(reader.sees, row->sees);
    if (row->sees == SEES_END)
        assert_int_equal(reader.total, sent);
    if (row->unsent == PENDING) {
        assert_int_equal(WaitForSingleObject(ov.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
        assert_int_equal(ov.Internal, row->send_error == 0 ? 0 : FLOW_ABORTED);
        assert_int_equal(ov.InternalHigh, row->send_error == 0 ? LONG_BYTES : 0);
    }
    pair_fails(closesocket(pair.client), WSAENOTSOCK);
    closesocket(pair.server);
    WSACloseEvent(ov.hEvent);
}

static void each_case_of_the_matrix_holds(void **state)
{
    char *data = calloc(1, LONG_BYTES);

    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        check_row(&rows[i], data);
    free(data);
}

/* What nobody has read goes with a reset, whatever SO_LINGER says. */
static void unread_data_reset_the_connection(void **state)
{
    char data[8];

    (void)state;
    for (u_short onoff = 0; onoff < 2; onoff++) {
        struct pair pair = pair_open();
        struct linger linger = {onoff, 20};

        assert_int_equal(flow_send(pair.server, "abc", 3), 3);
        assert_int_equal(flow_recv_with(pair.client, data, 8, MSG_PEEK), 3);
        assert_int_equal(
            setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&linger, sizeof linger),
            0);
        assert_int_equal(closesocket(pair.client), 0);
        pair_fails(flow_recv(pair.server, data, 8), WSAECONNRESET);
        closesocket(pair.server);
    }
}

/* The peer resets while closesocket lingers: there is nothing left to wait for. */
static void a_reset_ends_the_lingering(void **state)
{
    struct pair pair = small_pair();
    struct linger longest = {1, 60};
    struct linger hard = {1, 0};
    ULONGLONG begun = GetTickCount64();
    char *data = calloc(1, KEPT_BYTES);

    (void)state;
    assert_non_null(data);
    assert_int_equal(flow_send(pair.client, data, KEPT_BYTES), KEPT_BYTES);
    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&longest, sizeof longest), 0);
    assert_int_equal(
        setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
    closesocket(pair.server);
    assert_int_equal(closesocket(pair.client), 0);
    assert_true(GetTickCount64() - begun < FLOW_LIMIT_MS);
    free(data);
}

/* Only a stream that is connected has anything to linger for. */
static void nothing_else_lingers(void **state)
{
    struct linger longest = {1, 60};
    SOCKET sockets[] = {pair_listener(), pair_socket(SOCK_STREAM)};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(sockets); i++) {
        assert_int_equal(
            setsockopt(sockets[i], SOL_SOCKET, SO_LINGER, (const char *)&longest, sizeof longest),
            0);
        assert_int_equal(closesocket(sockets[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_of_the_matrix_holds),
        cmocka_unit_test(unread_data_reset_the_connection),
        cmocka_unit_test(a_reset_ends_the_lingering),
        cmocka_unit_test(nothing_else_lingers),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
