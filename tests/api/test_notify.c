/* SPDX-License-Identifier: MIT */
/* ProcessSocketNotifications: its checks, the result of each entry, and how packets are taken. */
#include "notices.h"

static void startup_comes_first(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(ProcessSocketNotifications(NULL, 1, NULL, 1, 0, NULL, NULL),
                     WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/* All 64 ways to give counts and pointers; only what the documentation allows gets further, here to
 * a handle that is no port. */
static void counts_and_pointers_must_fit(void **state)
{
    SOCK_NOTIFY_REGISTRATION wish = notice_wish(4, SOCK_NOTIFY_OP_NONE, 0, 0, 0);
    OVERLAPPED_ENTRY entry;
    UINT32 received = 77;

    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        bool registers = i & 1, takes = i & 2, registrations = i & 4, entries = i & 8;
        bool count = i & 16, waits = i & 32;
        bool fits =
            registers == registrations && takes == entries && takes == count && (takes || !waits);

        SetLastError(4711);
        assert_int_equal(ProcessSocketNotifications(
                             INVALID_HANDLE_VALUE, registers, registrations ? &wish : NULL, waits,
                             takes, entries ? &entry : NULL, count ? &received : NULL),
                         fits ? WSAENOTSOCK : WSAEINVAL);
        assert_int_equal(GetLastError(), 4711); /* it returns its code, and leaves that alone */
    }
    assert_int_equal(wish.registrationResult, 77); /* nothing was done */
    assert_int_equal(received, 77);
}

static void first_failed_check_is_reported(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCK_NOTIFY_REGISTRATION *nowhere = PAIR_BAD;
    OVERLAPPED_ENTRY entry;
    UINT32 received = 77;

    (void)state;
    assert_int_equal(ProcessSocketNotifications(NULL, 0, nowhere, 0, 0, NULL, NULL), WSAEINVAL);
    assert_int_equal(ProcessSocketNotifications(NULL, 1, nowhere, 0, 0, NULL, NULL), WSAENOTSOCK);
    assert_int_equal(ProcessSocketNotifications((HANDLE)s, 1, nowhere, 0, 0, NULL, NULL),
                     WSAENOTSOCK);
    assert_int_equal(ProcessSocketNotifications(port, 1, nowhere, 0, 1, &entry, &received),
                     WSAEFAULT);
    assert_int_equal(ProcessSocketNotifications(port, 0xFFFFFFFF, nowhere, 0, 0, NULL, NULL),
                     WSAEFAULT);
    assert_int_equal(received, 77);
    assert_int_equal(ProcessSocketNotifications(port, 0, NULL, 0, 0, NULL, NULL), ERROR_SUCCESS);
    assert_true(CloseHandle(port));
    assert_int_equal(ProcessSocketNotifications(port, 1, nowhere, 0, 0, NULL, NULL), WSAENOTSOCK);
    closesocket(s);
}

static void an_entry_reports_its_first_failed_check(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKET closed = pair_socket(SOCK_DGRAM);
    const UINT8 enable = SOCK_NOTIFY_OP_ENABLE;
    /* clang-format off */
    const struct { SOCKET s; UINT8 operation; UINT16 filter; UINT8 trigger; DWORD result; }
    rows[] = {
        { closed, SOCK_NOTIFY_OP_NONE,    0xFFFF, 0xFF, 0 }, /* nothing is looked at */
        { closed, 0xFF,                   0xFFFF, 0xFF, WSAENOTSOCK },
        { INVALID_SOCKET, enable,         0, NOTICE_LEVEL, WSAENOTSOCK },
        { (SOCKET)port, enable,           0, NOTICE_LEVEL, WSAENOTSOCK },
        { s, 3,                           NOTICE_IN, NOTICE_LEVEL, WSAEINVAL },
        { s, 5,                           NOTICE_IN, NOTICE_LEVEL, WSAEINVAL },
        { s, 8,                           NOTICE_IN, NOTICE_LEVEL, WSAEINVAL },
        { s, enable,                      8, NOTICE_LEVEL, WSAEINVAL },
        { s, enable,                      NOTICE_ERR, NOTICE_LEVEL, WSAEINVAL },
        { s, enable,                      NOTICE_IN, 0, WSAEINVAL },
        { s, enable,                      NOTICE_IN, NOTICE_ONESHOT, WSAEINVAL },
        { s, enable,                      NOTICE_IN, NOTICE_LEVEL | NOTICE_EDGE, WSAEINVAL },
        { s, enable,                      NOTICE_IN,
          NOTICE_LEVEL | NOTICE_ONESHOT | NOTICE_PERSISTENT, WSAEINVAL },
        { s, enable,                      NOTICE_IN, NOTICE_LEVEL | 16, WSAEINVAL },
        { s, SOCK_NOTIFY_OP_DISABLE,      NOTICE_IN, NOTICE_LEVEL, ERROR_NOT_FOUND },
        { s, SOCK_NOTIFY_OP_REMOVE,       NOTICE_IN, NOTICE_LEVEL, ERROR_NOT_FOUND },
        { s, enable,                      0, NOTICE_EDGE | NOTICE_ONESHOT, 0 },
        { s, enable,                      NOTICE_ALL, NOTICE_LEVEL | NOTICE_PERSISTENT, 0 },
        { s, SOCK_NOTIFY_OP_DISABLE,      0xFFFF, 0xFF, 0 }, /* these two look at nothing else */
        { s, SOCK_NOTIFY_OP_DISABLE,      0, 0, 0 },
        { s, SOCK_NOTIFY_OP_REMOVE,       0xFFFF, 0xFF, 0 },
        { s, SOCK_NOTIFY_OP_REMOVE,       0, 0, ERROR_NOT_FOUND },
    };
    /* clang-format on */

    (void)state;
    closesocket(closed);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        assert_int_equal(notice_change(port, notice_wish(rows[i].s, rows[i].operation,
                                                         rows[i].filter, rows[i].trigger, 1)),
                         rows[i].result);
    closesocket(s);
    CloseHandle(port);
}

/* More entries than fit on a stack, every third of them wrong. */
static void entries_fail_one_by_one(void **state)
{
    enum { COUNT = 100 };
    HANDLE port = flow_port(1);
    SOCK_NOTIFY_REGISTRATION wishes[COUNT];
    OVERLAPPED_ENTRY entries[COUNT];
    UINT32 received = 0, total = 0;
    bool seen[COUNT] = {false};

    (void)state;
    for (unsigned i = 0; i < COUNT; i++)
        wishes[i] =
            notice_wish(i % 3 == 0 ? INVALID_SOCKET : pair_bound(SOCK_DGRAM), SOCK_NOTIFY_OP_ENABLE,
                        NOTICE_OUT, NOTICE_LEVEL | NOTICE_ONESHOT, i);
    while (total < COUNT - (COUNT + 2) / 3) {
        assert_int_equal(ProcessSocketNotifications(port, total == 0 ? COUNT : 0,
                                                    total == 0 ? wishes : NULL, FLOW_LIMIT_MS,
                                                    COUNT, entries, &received),
                         ERROR_SUCCESS);
        for (UINT32 i = 0; i < received; i++) {
            assert_int_equal(SocketNotificationRetrieveEvents(&entries[i]), NOTICE_OUT);
            assert_true(entries[i].lpCompletionKey % 3 != 0 && !seen[entries[i].lpCompletionKey]);
            seen[entries[i].lpCompletionKey] = true;
        }
        total += received;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(wishes[i].registrationResult, i % 3 == 0 ? WSAENOTSOCK : 0);
        if (i % 3 != 0)
            closesocket(wishes[i].socket);
    }
    flow_no_packet(port);
    CloseHandle(port);
}

static void a_socket_has_one_port(void **state)
{
    HANDLE first = flow_port(1), second = flow_port(1);
    SOCKET s = pair_bound(SOCK_DGRAM);

    (void)state;
    assert_int_equal(notice_enable(first, s, NOTICE_OUT, NOTICE_LEVEL | NOTICE_ONESHOT), 0);
    assert_int_equal(notice_enable(second, s, NOTICE_OUT, NOTICE_LEVEL), WSAEINVAL);
    assert_int_equal(notice_disable(second, s), ERROR_NOT_FOUND);
    assert_int_equal(notice_remove(second, s), ERROR_NOT_FOUND);
    notice_comes(first, s, NOTICE_OUT);
    assert_int_equal(notice_remove(first, s), 0);
    assert_int_equal(notice_enable(second, s, NOTICE_OUT, NOTICE_LEVEL), 0);
    notice_comes(second, s, NOTICE_OUT);
    notice_comes(first, s, NOTICE_REMOVE);
    /* A port that is gone has no registrations; CreateIoCompletionPort() is another matter. */
    assert_true(CloseHandle(second));
    flow_tie(s, first, 5);
    assert_int_equal(notice_enable(first, s, NOTICE_OUT, NOTICE_LEVEL | NOTICE_ONESHOT), 0);
    notice_comes(first, s, NOTICE_OUT);
    flow_no_packet(first);
    closesocket(s);
    CloseHandle(first);
}

static void time_is_kept(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCK_NOTIFY_REGISTRATION wish =
        notice_wish(s, SOCK_NOTIFY_OP_ENABLE, NOTICE_IN, NOTICE_LEVEL, 1);
    OVERLAPPED_ENTRY entry;
    UINT32 received = 77;
    ULONGLONG start = GetTickCount64();

    (void)state;
    assert_int_equal(ProcessSocketNotifications(port, 1, &wish, 100, 1, &entry, &received),
                     WAIT_TIMEOUT);
    assert_true(GetTickCount64() - start >= 99);
    assert_int_equal(received, 0);
    assert_int_equal(wish.registrationResult, 0); /* done nevertheless */
    received = 77;
    start = GetTickCount64();
    assert_int_equal(ProcessSocketNotifications(port, 0, NULL, 0, 1, &entry, &received),
                     WAIT_TIMEOUT);
    assert_true(GetTickCount64() - start < FLOW_LIMIT_MS / 4);
    assert_int_equal(received, 0);
    assert_int_equal(notice_remove(port, s), 0);
    notice_comes(port, 1, NOTICE_REMOVE);
    closesocket(s);
    CloseHandle(port);
}

/* Every way to take packets sees every kind, in order; GetQueuedCompletionStatus() succeeds without
 * an OVERLAPPED. */
static void packets_of_all_kinds_share_the_queue(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_bound(SOCK_DGRAM);
    OVERLAPPED overlapped;
    OVERLAPPED_ENTRY entries[4];
    UINT32 received = 0;
    struct flow_packet packet;
    ULONG removed = 0;

    (void)state;
    assert_true(PostQueuedCompletionStatus(port, 11, 1, &overlapped));
    assert_int_equal(notice_enable(port, s, NOTICE_OUT, NOTICE_LEVEL | NOTICE_ONESHOT), 0);
    assert_true(PostQueuedCompletionStatus(port, 12, 2, NULL));
    assert_int_equal(ProcessSocketNotifications(port, 0, NULL, 0, 4, entries, &received), 0);
    assert_int_equal(received, 3);
    assert_int_equal(entries[0].lpCompletionKey, 1);
    assert_ptr_equal(entries[0].lpOverlapped, &overlapped);
    assert_int_equal(entries[0].dwNumberOfBytesTransferred, 11);
    assert_int_equal(entries[1].lpCompletionKey, s);
    assert_int_equal(SocketNotificationRetrieveEvents(&entries[1]), NOTICE_OUT);
    assert_int_equal(entries[2].lpCompletionKey, 2);

    assert_int_equal(notice_enable(port, s, NOTICE_OUT, NOTICE_LEVEL | NOTICE_ONESHOT), 0);
    packet = flow_take(port, 0);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, NOTICE_OUT);
    assert_int_equal(packet.key, s);
    assert_null(packet.overlapped);
    assert_int_equal(notice_remove(port, s), 0);
    assert_true(GetQueuedCompletionStatusEx(port, entries, 4, &removed, 0, FALSE));
    assert_int_equal(removed, 1);
    assert_int_equal(SocketNotificationRetrieveEvents(&entries[0]), NOTICE_REMOVE);
    closesocket(s);
    CloseHandle(port);
}

struct waiter {
    HANDLE port;
    _Atomic unsigned thread_id;
    _Atomic unsigned called;
    DWORD result;
};

static void CALLBACK waiter_called(ULONG_PTR data)
{
    ((struct waiter *)data)->called++;
}

static void *waiter_run(void *argument)
{
    struct waiter *waiter = argument;
    OVERLAPPED_ENTRY entry;
    UINT32 received = 0;

    assert_true(QueueUserAPC(waiter_called, GetCurrentThread(), (ULONG_PTR)waiter) != 0);
    waiter->thread_id = GetCurrentThreadId();
    waiter->result =
        ProcessSocketNotifications(waiter->port, 0, NULL, INFINITE, 1, &entry, &received);
    return NULL;
}

/* Closing the port ends the wait; calls queued to the thread do not run in it. */
static void a_closed_port_ends_the_wait(void **state)
{
    struct waiter waiter = {.port = flow_port(1)};
    pthread_t thread = flow_run(waiter_run, &waiter);

    (void)state;
    flow_asleep(&waiter.thread_id);
    assert_true(CloseHandle(waiter.port));
    flow_join(thread);
    assert_int_equal(waiter.result, WSAENOTSOCK);
    assert_int_equal(waiter.called, 0);
}

static void a_packet_wakes_a_waiting_thread(void **state)
{
    struct waiter waiter = {.port = flow_port(1)};
    struct pair pair = notice_pair();
    pthread_t thread;

    (void)state;
    assert_int_equal(notice_enable(waiter.port, pair.server, NOTICE_IN, NOTICE_LEVEL), 0);
    thread = flow_run(waiter_run, &waiter);
    flow_asleep(&waiter.thread_id);
    ready_send(pair.client, "x");
    flow_join(thread);
    assert_int_equal(waiter.result, 0);
    pair_close(pair);
    CloseHandle(waiter.port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(startup_comes_first),
        cmocka_unit_test(counts_and_pointers_must_fit),
        cmocka_unit_test(first_failed_check_is_reported),
        cmocka_unit_test(an_entry_reports_its_first_failed_check),
        cmocka_unit_test(entries_fail_one_by_one),
        cmocka_unit_test(a_socket_has_one_port),
        cmocka_unit_test(time_is_kept),
        cmocka_unit_test(packets_of_all_kinds_share_the_queue),
        cmocka_unit_test(a_closed_port_ends_the_wait),
        cmocka_unit_test(a_packet_wakes_a_waiting_thread),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
