/* SPDX-License-Identifier: MIT */
/* How a TransmitFile ends that does not just succeed: early, cancelled, with its socket, by the
 * peer; and what TF_DISCONNECT and TF_REUSE_SOCKET leave. */
#include "transmit.h"

static void a_file_that_ends_early_is_an_error(void **state)
{
    struct pair pair = pair_open();
    const char *path = file_make("early", 100000);
    HANDLE file = file_open_read(path);
    OVERLAPPED overlapped = flow_overlapped();
    struct file_reader reader;
    DWORD bytes = 77;
    DWORD flags = 0;

    (void)state;
    file_reader_start(&reader, pair.server, 300000);
    flow_fails(TransmitFile(pair.client, file, 100001, 0, NULL, &both, 0), WSAEINVAL);
    overlapped.Offset = 99000;
    if (!TransmitFile(pair.client, file, 2000, 0, &overlapped, &both, 0) &&
        WSAGetLastError() == WSA_IO_PENDING) {
        assert_int_equal(flow_end(pair.client, &overlapped, &bytes), ERROR_HANDLE_EOF);
        assert_int_equal(overlapped.Internal, 0xC0000011);
        assert_false(WSAGetOverlappedResult(pair.client, &overlapped, &bytes, FALSE, &flags));
        assert_int_equal(WSAGetLastError(), WSAEINVAL);
        assert_int_equal(bytes, 0);
    }
    closesocket(pair.client);
    file_reader_end(&reader);
    assert_int_equal(reader.bytes, HEAD + 100000 + HEAD + 1000);
    file_same(reader.data + HEAD, 0, 100000);
    file_reader_free(&reader);
    closesocket(pair.server);
    CloseHandle(file);
    WSACloseEvent(overlapped.hEvent);
}

/* Started, and stuck: the reader does not read. Returns with the reader waiting. */
static void start_stuck(struct pair pair, HANDLE file, OVERLAPPED *overlapped)
{
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_SNDBUF, 16384), 0);
    flow_fails(TransmitFile(pair.client, file, 0, 0, overlapped, &both, 0), WSA_IO_PENDING);
}

static void cancel_ends_it_and_the_next_in_the_queue(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("cancel", LARGE);
    OVERLAPPED first = flow_overlapped();
    OVERLAPPED second = flow_overlapped();
    DWORD bytes = 0;

    (void)state;
    start_stuck(pair, file, &first);
    flow_fails(TransmitFile(pair.client, file, 0, 0, &second, NULL, 0), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)pair.client, &second));
    assert_int_equal(flow_end(pair.client, &second, &bytes), ERROR_OPERATION_ABORTED);
    assert_false(HasOverlappedIoCompleted(&first));
    assert_true(CancelIoEx((HANDLE)pair.client, &first));
    assert_int_equal(flow_end(pair.client, &first, &bytes), ERROR_OPERATION_ABORTED);
    assert_int_equal(bytes, 0);
    pair_close(pair);
    CloseHandle(file);
    WSACloseEvent(first.hEvent);
    WSACloseEvent(second.hEvent);
}

/* Also the file's handle may be closed: the operation has its own reference. */
static void closesocket_lets_an_accepted_one_run_on(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("runs-on", LARGE);
    OVERLAPPED overlapped = flow_overlapped();
    struct file_reader reader;

    (void)state;
    start_stuck(pair, file, &overlapped);
    CloseHandle(file);
    closesocket(pair.client);
    assert_false(HasOverlappedIoCompleted(&overlapped));
    file_reader_start(&reader, pair.server, LARGE + 1000);
    file_reader_end(&reader);
    arrived(&reader, 0, LARGE, true);
    assert_int_equal(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_int_equal(overlapped.Internal, 0);
    assert_int_equal(overlapped.InternalHigh, HEAD + LARGE + TAIL);
    file_reader_free(&reader);
    closesocket(pair.server);
    WSACloseEvent(overlapped.hEvent);
}

static void an_aborting_close_ends_it(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("abort", LARGE);
    OVERLAPPED overlapped = flow_overlapped();
    struct linger hard = {1, 0};

    (void)state;
    start_stuck(pair, file, &overlapped);
    assert_int_equal(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard), 0);
    closesocket(pair.client);
    assert_true(HasOverlappedIoCompleted(&overlapped));
    assert_int_not_equal(overlapped.Internal, 0);
    closesocket(pair.server);
    CloseHandle(file);
    WSACloseEvent(overlapped.hEvent);
}

static void reset_by_peer(SOCKET s)
{
    struct linger hard = {1, 0};

    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard), 0);
    closesocket(s);
}

static void *transmit_all(void *argument)
{
    struct file_reader *call = argument; /* only s, data (the file), and error are used */

    if (!TransmitFile(call->s, (HANDLE)call->data, 0, 0, NULL, NULL, 0))
        call->error = WSAGetLastError();
    return NULL;
}

/* And no SIGPIPE, which would end this program. */
static void a_reset_ends_it(void **state)
{
    HANDLE file = file_new("reset", LARGE);

    (void)state;
    for (int blocking = 0; blocking < 2; blocking++) {
        struct pair pair = pair_open();
        OVERLAPPED overlapped = flow_overlapped();
        struct file_reader call = {.s = pair.client, .data = file};
        DWORD bytes = 0;
        char first;

        assert_int_equal(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
        if (blocking)
            call.thread = flow_run(transmit_all, &call);
        else
            start_stuck(pair, file, &overlapped);
        assert_int_equal(flow_recv(pair.server, &first, 1), 1);
        reset_by_peer(pair.server);
        if (blocking) {
            flow_join(call.thread);
            assert_int_equal(call.error, WSAECONNRESET);
        } else {
            assert_int_equal(flow_end(pair.client, &overlapped, &bytes), ERROR_NETNAME_DELETED);
        }
        for (int i = 0; i < 3; i++) { /* the connection is gone: EPIPE, in Linux' words */
            assert_int_equal(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
            assert_false(TransmitFile(pair.client, file, 0, 0, NULL, NULL, 0));
        }
        closesocket(pair.client);
        WSACloseEvent(overlapped.hEvent);
    }
    CloseHandle(file);
}

static void closesocket_ends_a_blocked_call(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("blocked", LARGE);
    struct file_reader call = {.s = pair.client, .data = file};
    char first;

    (void)state;
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_SNDBUF, 16384), 0);
    call.thread = flow_run(transmit_all, &call);
    assert_int_equal(flow_recv_with(pair.server, &first, 1, MSG_PEEK), 1);
    reset_by_peer(pair.client); /* this side's own abort */
    flow_join(call.thread);
    assert_true(call.error == WSAECONNABORTED || call.error == WSAECONNRESET);
    closesocket(pair.server);
    CloseHandle(file);
}

/* Whatever becomes of them: cancelled, reset, closed, run to their ends. */
static void each_has_one_packet(void **state)
{
    enum { ROUNDS = 40, CALLS = 24 };
    static OVERLAPPED calls[CALLS];
    const char *path = file_make("random", LARGE);
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct pair pair = pair_open();
        HANDLE port = flow_port(1);
        HANDLE file = file_open_read(path);
        struct file_reader reader;
        unsigned accepted = 0;
        bool reads = rand_r(&seed) % 2;

        if (round % 4 == 0)
            file_cool(path);
        memset(calls, 0, sizeof calls);
        flow_tie(pair.client, port, 1);
        if (reads)
            file_reader_start(&reader, pair.server, CALLS * 301000);
        for (int i = 0; i < CALLS; i++) {
            DWORD bytes = (DWORD)rand_r(&seed) % 300000 + 1;

            calls[i].Offset = (DWORD)rand_r(&seed) % (LARGE - 300000);
            if (TransmitFile(pair.client, file, bytes, 0, &calls[i], i % 3 ? &both : NULL, 0) ||
                WSAGetLastError() == WSA_IO_PENDING)
                accepted++;
            if (rand_r(&seed) % 4 == 0)
                CancelIoEx((HANDLE)pair.client, &calls[(unsigned)rand_r(&seed) % (i + 1u)]);
        }
        CloseHandle(file);
        if (!reads || rand_r(&seed) % 2)
            reset_by_peer(reads ? pair.client : pair.server);
        for (unsigned i = 0; i < accepted; i++) {
            struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

            assert_in_range(packet.overlapped - calls, 0, CALLS - 1);
            assert_int_not_equal(packet.overlapped->Internal, FLOW_PENDING);
            assert_int_not_equal(packet.overlapped->Offset, UINT32_MAX);
            packet.overlapped->Offset = UINT32_MAX; /* told */
        }
        flow_no_packet(port);
        closesocket(pair.client);
        if (reads) {
            file_reader_end(&reader);
            file_reader_free(&reader);
        }
        closesocket(pair.server);
        CloseHandle(port);
    }
}

/* ---- TF_DISCONNECT and TF_REUSE_SOCKET ---- */

static void disconnect_goes_behind_the_data(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("disconnect", LARGE);
    OVERLAPPED overlapped = flow_overlapped();
    struct file_reader reader;
    DWORD bytes = 0;

    (void)state;
    flow_fails(TransmitFile(pair.client, file, 0, 0, &overlapped, &both, TF_DISCONNECT),
               WSA_IO_PENDING);
    file_reader_start(&reader, pair.server, LARGE + 1000);
    file_reader_end(&reader); /* by the end of the stream */
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, HEAD + LARGE + TAIL);
    arrived(&reader, 0, LARGE, true);
    pair_fails(flow_send(pair.client, "x", 1), WSAESHUTDOWN);
    file_reader_free(&reader);
    pair_close(pair);
    CloseHandle(file);
    WSACloseEvent(overlapped.hEvent);
}

/* The classic server: AcceptEx, TransmitFile with TF_REUSE_SOCKET, and again. */
static void an_accepted_socket_serves_again(void **state)
{
    enum { AREA = sizeof(SOCKADDR_IN) + 16 };
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    HANDLE file = file_new("reuse", SMALL);
    OVERLAPPED overlapped = flow_overlapped();
    char output[2 * AREA];
    DWORD bytes = 0;

    (void)state;
    for (int round = 0; round < 4; round++) {
        const DWORD flags = TF_DISCONNECT | TF_REUSE_SOCKET;
        struct file_reader reader;
        SOCKET client;

        flow_fails(AcceptEx(listener, s, output, 0, AREA, AREA, NULL, &overlapped),
                   ERROR_IO_PENDING);
        client = pair_client(pair_address(listener));
        assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
        if (round % 2 != 0) {
            assert_int_equal(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
            assert_true(TransmitFile(s, file, 0, 0, NULL, &both, flags));
        } else {
            flow_fails(TransmitFile(s, file, 0, 0, &overlapped, &both, flags), WSA_IO_PENDING);
            assert_int_equal(flow_end(s, &overlapped, &bytes), 0);
            assert_int_equal(bytes, HEAD + SMALL + TAIL);
        }
        flow_fails(TransmitFile(s, file, 0, 0, NULL, NULL, 0), WSAENOTCONN);
        file_reader_start(&reader, client, SMALL + 1000);
        file_reader_end(&reader);
        arrived(&reader, 0, SMALL, true);
        file_reader_free(&reader);
        closesocket(client);
    }
    closesocket(s);
    closesocket(listener);
    CloseHandle(file);
    WSACloseEvent(overlapped.hEvent);
}

/* ---- Nothing is left ---- */

static unsigned descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void no_descriptor_stays_open(void **state)
{
    const char *path = file_make("leak", LARGE);
    unsigned before = 0;

    (void)state;
    for (int round = 0; round < 12; round++) {
        struct pair pair = pair_open();
        HANDLE file = file_open_read(path);
        OVERLAPPED overlapped = flow_overlapped();
        DWORD bytes;

        if (round % 3 == 0)
            file_cool(path);
        start_stuck(pair, file, &overlapped);
        CloseHandle(file);
        if (round % 2)
            CancelIo((HANDLE)pair.client);
        else
            reset_by_peer(pair.server);
        assert_int_not_equal(flow_end(pair.client, &overlapped, &bytes), 0);
        closesocket(pair.client);
        closesocket(pair.server);
        WSACloseEvent(overlapped.hEvent);
        if (round == 5) /* the library's own are open by now */
            before = descriptors();
    }
    assert_int_equal(descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_ends_early_is_an_error),
        cmocka_unit_test(cancel_ends_it_and_the_next_in_the_queue),
        cmocka_unit_test(closesocket_lets_an_accepted_one_run_on),
        cmocka_unit_test(an_aborting_close_ends_it),
        cmocka_unit_test(a_reset_ends_it),
        cmocka_unit_test(closesocket_ends_a_blocked_call),
        cmocka_unit_test(each_has_one_packet),
        cmocka_unit_test(disconnect_goes_behind_the_data),
        cmocka_unit_test(an_accepted_socket_serves_again),
        cmocka_unit_test(no_descriptor_stays_open),
    };

    return cmocka_run_group_tests(tests, transmit_setup, file_teardown);
}
