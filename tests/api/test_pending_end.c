/* SPDX-License-Identifier: MIT */
/*
 * What becomes of pending operations when their thread ends, when their socket is closed, and in
 * the final WSACleanup().
 */
#include "flow.h"

#include <ws2ring.h>

enum {
    SENDS = 16,
    SEND_BYTES = 256 << 10,
    LONG_BYTES = 32 << 20 /* more than the buffers of a connection can grow to */
};

/* Every way to learn of the end that does not need the thread. */
enum way { WAY_EVENT, WAY_PORT, WAY_SOCKET, WAYS };

struct issue {
    struct pair pair;
    OVERLAPPED receive, send;
    char data[8];
    char *sent;
};

static void *issue_and_end(void *argument)
{
    struct issue *issue = argument;

    flow_accepted(flow_start_recv(issue->pair.client, issue->data, 8, &issue->receive));
    flow_accepted(flow_start_send(issue->pair.client, issue->sent, LONG_BYTES, &issue->send));
    return NULL;
}

static void drain(SOCKET s, unsigned wanted)
{
    static char room[65536];

    while (wanted > 0) {
        int bytes = flow_recv(s, room, sizeof room);

        assert_true(bytes > 0);
        wanted -= (unsigned)bytes;
    }
}

/* IOCP-20: the newest Windows leaves them pending. */
static void operations_outlive_their_thread(void **state)
{
    (void)state;
    for (enum way way = 0; way < WAYS; way++) {
        struct issue issue = {.pair = pair_open(), .sent = calloc(1, LONG_BYTES)};
        HANDLE port = way == WAY_PORT ? flow_port(1) : NULL;
        HANDLE events[2] = {CreateEventA(NULL, TRUE, FALSE, NULL),
                            CreateEventA(NULL, TRUE, FALSE, NULL)};
        DWORD bytes = 0;

        assert_non_null(issue.sent);
        if (way == WAY_EVENT) {
            issue.receive.hEvent = events[0];
            issue.send.hEvent = events[1];
        }
        if (way == WAY_PORT)
            flow_tie(issue.pair.client, port, 1);
        flow_join(flow_run(issue_and_end, &issue));
        assert_false(HasOverlappedIoCompleted(&issue.receive));
        assert_false(HasOverlappedIoCompleted(&issue.send));
        drain(issue.pair.server, LONG_BYTES);
        assert_true(GetOverlappedResult((HANDLE)issue.pair.client, &issue.send, &bytes, TRUE));
        assert_int_equal(bytes, LONG_BYTES);
        if (way == WAY_PORT)
            assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &issue.send);
        assert_int_equal(flow_send(issue.pair.server, "abc", 3), 3);
        assert_true(GetOverlappedResult((HANDLE)issue.pair.client, &issue.receive, &bytes, TRUE));
        assert_int_equal(bytes, 3);
        if (way == WAY_PORT)
            assert_ptr_equal(flow_take(port, FLOW_LIMIT_MS).overlapped, &issue.receive);
        if (port != NULL)
            CloseHandle(port);
        CloseHandle(events[0]);
        CloseHandle(events[1]);
        pair_close(issue.pair);
        free(issue.sent);
    }
}

/* SEND-08: accepted is accepted, with many in the queue. */
static void sends_accepted_before_the_close_arrive_in_order(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED sends[SENDS] = {{0}};
    OVERLAPPED receive = {0};
    unsigned char *data = malloc((size_t)SENDS * SEND_BYTES);
    unsigned char room[4096];
    unsigned total = 0;
    char byte;
    int bytes;

    (void)state;
    assert_non_null(data);
    for (unsigned i = 0; i < SENDS * SEND_BYTES; i++)
        data[i] = (unsigned char)(i % 251);
    flow_tie(pair.client, port, 1);
    flow_accepted(flow_start_recv(pair.client, &byte, 1, &receive));
    for (int i = 0; i < SENDS; i++)
        flow_accepted(flow_start_send(pair.client, data + i * SEND_BYTES, SEND_BYTES, &sends[i]));
    closesocket(pair.client);
    while ((bytes = flow_recv(pair.server, room, sizeof room)) > 0)
        for (int i = 0; i < bytes; i++)
            assert_int_equal(room[i], total++ % 251);
    assert_int_equal(bytes, 0);
    assert_int_equal(total, SENDS * SEND_BYTES);
    for (int i = 0, next = 0; i < SENDS + 1; i++) {
        struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

        if (packet.overlapped == &receive) {
            assert_int_equal(packet.error, ERROR_CONNECTION_ABORTED);
            continue;
        }
        assert_ptr_equal(packet.overlapped, &sends[next++]);
        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, SEND_BYTES);
    }
    flow_no_packet(port);
    closesocket(pair.server);
    CloseHandle(port);
    free(data);
}

static void CALLBACK never_called(DWORD error, DWORD bytes, LPWSAOVERLAPPED ov, DWORD flags)
{
    (void)error;
    (void)bytes;
    (void)ov;
    (void)flags;
    fail();
}

/* All end, nobody is told, and the kernel has none of the caller's memory any more. */
static void a_final_cleanup_ends_everything_in_silence(void **state)
{
    struct pair pair = pair_open();
    struct pair other = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED with_event = flow_overlapped();
    OVERLAPPED to_port = {0}, sent = {0}, in_routine = {0};
    WSABUF buffer = {8, (char[8]){0}};
    char *data = calloc(1, LONG_BYTES);
    char room[8];
    DWORD flags = 0;
    WSADATA version;

    (void)state;
    assert_non_null(data);
    flow_accepted(flow_start_recv(other.client, room, 4, &with_event));
    pair_fails(WSARecv(other.server, &buffer, 1, NULL, &flags, &in_routine, never_called),
               WSA_IO_PENDING);
    flow_tie(pair.client, port, 1);
    flow_accepted(flow_start_recv(pair.client, room + 4, 4, &to_port));
    assert_int_equal(flow_start_send(pair.client, data, LONG_BYTES, &sent), WSA_IO_PENDING);
    while (WSACleanup() == 0)
        ;
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_true(HasOverlappedIoCompleted(&with_event));
    assert_true(HasOverlappedIoCompleted(&to_port));
    assert_true(HasOverlappedIoCompleted(&sent));
    assert_true(HasOverlappedIoCompleted(&in_routine));
    free(data); /* under a sanitizer: nobody reads it any more */
    memset(room, 0x55, sizeof room);
    assert_int_equal(WaitForSingleObject(with_event.hEvent, 0), WAIT_TIMEOUT);
    flow_no_packet(port);
    assert_int_equal(SleepEx(0, TRUE), 0);
    flow_fails(GetOverlappedResult((HANDLE)pair.client, &sent, &flags, FALSE),
               ERROR_INVALID_HANDLE);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &version), 0); /* for the teardown */
    pair_fails(closesocket(pair.client), WSAENOTSOCK);
    CloseHandle(port);
    CloseHandle(with_event.hEvent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_outlive_their_thread),
        cmocka_unit_test(sends_accepted_before_the_close_arrive_in_order),
        cmocka_unit_test(a_final_cleanup_ends_everything_in_silence),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
