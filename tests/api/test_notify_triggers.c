/* SPDX-License-Identifier: MIT */
/* ProcessSocketNotifications: when conditions are told, and how often. */
#include "notices.h"

/* ---- Level ---- */

static void level_is_told_while_it_holds(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_LEVEL), 0);
    flow_no_packet(port);
    for (int round = 0; round < 3; round++) {
        ready_send(pair.client, "abc");
        for (int i = 0; i < 5; i++)
            notice_comes(port, s, NOTICE_IN);
        ready_send(pair.client, "d");
        notice_comes(port, s, NOTICE_IN);
        ready_drain(s, 4);
        flow_no_packet(port);
        notice_silence(port);
    }
    pair_close(pair);
    CloseHandle(port);
}

/* What held when the packet was queued, and does no longer, is not told. */
static void level_is_looked_at_when_taken(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    ULONG_PTR key = 0;

    (void)state;
    ready_send(pair.client, "abc");
    ready_data(pair.server);
    assert_int_equal(notice_enable(port, pair.server, NOTICE_IN, NOTICE_LEVEL), 0);
    assert_int_equal(notice_drain(pair.server), 3);
    assert_int_equal(notice_take(port, 0, &key), 0);
    assert_int_equal(notice_take(port, 20, &key), 0); /* and does not end the wait */
    ready_send(pair.client, "d");
    notice_comes(port, pair.server, NOTICE_IN);
    pair_close(pair);
    CloseHandle(port);
}

/* Sockets that stay ready take turns, and posted packets have theirs. */
static void level_is_fair(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET first = pair_bound(SOCK_DGRAM), second = pair_bound(SOCK_DGRAM);
    OVERLAPPED_ENTRY entries[8];
    UINT32 received = 0;

    (void)state;
    assert_int_equal(notice_enable(port, first, NOTICE_OUT, NOTICE_LEVEL), 0);
    assert_int_equal(notice_enable(port, second, NOTICE_OUT, NOTICE_LEVEL), 0);
    for (int i = 0; i < 3; i++) {
        notice_comes(port, first, NOTICE_OUT);
        notice_comes(port, second, NOTICE_OUT);
    }
    assert_true(PostQueuedCompletionStatus(port, 7, 7, NULL));
    assert_int_equal(ProcessSocketNotifications(port, 0, NULL, 0, 8, entries, &received), 0);
    assert_int_equal(received, 3); /* each once, however much room there is */
    assert_int_equal(entries[2].lpCompletionKey, 7);
    closesocket(first);
    closesocket(second);
    flow_no_packet(port);
    CloseHandle(port);
}

/* ---- One shot ---- */

static void oneshot_is_told_once(void **state)
{
    const UINT8 once = NOTICE_LEVEL | NOTICE_ONESHOT;
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    assert_int_equal(notice_enable(port, s, NOTICE_IN, once), 0);
    for (int i = 0; i < 3; i++) {
        ready_send(pair.client, "ab");
        notice_comes(port, s, NOTICE_IN);
        flow_no_packet(port);
        ready_send(pair.client, "c");
        ready_drain(s, 2);
        notice_silence(port);
        assert_int_equal(notice_enable(port, s, NOTICE_IN, once), 0); /* one byte is left */
        notice_comes(port, s, NOTICE_IN);
        ready_drain(s, 1);
        assert_int_equal(notice_enable(port, s, NOTICE_IN, once), 0);
        notice_silence(port);
    }
    assert_int_equal(notice_disable(port, s), 0);
    ready_send(pair.client, "x");
    notice_silence(port);
    pair_close(pair);
    CloseHandle(port);
}

/* ---- Edge ---- */

static void edge_is_told_when_it_begins_to_hold(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    ready_send(pair.client, "a");
    ready_data(s);
    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_EDGE), 0);
    notice_silence(port); /* held before */
    ready_send(pair.client, "b");
    notice_silence(port); /* still holds: no change */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(notice_drain(s), i == 0 ? 2 : 3);
        ready_send(pair.client, "cd");
        notice_comes(port, s, NOTICE_IN);
        notice_silence(port);
        ready_send(pair.client, "e");
        notice_silence(port);
    }
    /* A receive that takes exactly what there is ends the condition, too. */
    ready_drain(s, 3);
    ready_send(pair.client, "f");
    notice_comes(port, s, NOTICE_IN);
    pair_close(pair);
    CloseHandle(port);
}

static void an_edge_once_seen_is_kept_until_taken(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    assert_int_equal(notice_enable(port, s, NOTICE_IN | NOTICE_HANGUP, NOTICE_EDGE), 0);
    ready_send(pair.client, "a");
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    ready_until(s, 0); /* the end is there */
    /* Enabling it again loses nothing that was watched before. */
    assert_int_equal(notice_enable(port, s, NOTICE_IN | NOTICE_HANGUP, NOTICE_EDGE), 0);
    notice_comes(port, s, NOTICE_IN | NOTICE_HANGUP);
    notice_silence(port);
    pair_close(pair);
    CloseHandle(port);
}

static void an_edge_may_be_told_once(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_EDGE | NOTICE_ONESHOT), 0);
    ready_send(pair.client, "a");
    notice_comes(port, s, NOTICE_IN);
    assert_int_equal(notice_drain(s), 1);
    ready_send(pair.client, "b");
    notice_silence(port); /* disabled */
    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_EDGE | NOTICE_ONESHOT), 0);
    notice_silence(port); /* it holds already */
    assert_int_equal(notice_drain(s), 1);
    ready_send(pair.client, "c");
    notice_comes(port, s, NOTICE_IN);
    pair_close(pair);
    CloseHandle(port);
}

static void room_to_send_is_an_edge_after_a_send_found_none(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    size_t bytes;

    (void)state;
    assert_int_equal(notice_enable(port, pair.server, NOTICE_OUT, NOTICE_EDGE), 0);
    notice_silence(port);
    bytes = ready_fill(pair.server);
    notice_silence(port);
    ready_drain(pair.client, bytes);
    notice_comes(port, pair.server, NOTICE_OUT);
    pair_close(pair);
    CloseHandle(port);
}

/* ---- Disabling, removing, closing ---- */

static void a_disabled_registration_is_silent(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    for (int i = 0; i < 2; i++) {
        UINT8 trigger = i == 0 ? NOTICE_LEVEL : NOTICE_EDGE;

        assert_int_equal(notice_enable(port, s, NOTICE_IN, trigger), 0);
        ready_send(pair.client, "a");
        notice_comes(port, s, NOTICE_IN);
        assert_int_equal(notice_disable(port, s), 0);
        flow_no_packet(port);
        notice_drain(s);
        ready_send(pair.client, "b");
        notice_silence(port);
        notice_drain(s);
    }
    assert_int_equal(notice_enable(port, s, 0, NOTICE_LEVEL), 0); /* nothing is asked for */
    ready_send(pair.client, "c");
    notice_silence(port);
    assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_LEVEL), 0);
    notice_comes(port, s, NOTICE_IN);
    pair_close(pair);
    CloseHandle(port);
}

static void remove_is_told_last_and_once(void **state)
{
    HANDLE port = flow_port(1);
    struct pair pair = notice_pair();
    SOCKET s = pair.server;

    (void)state;
    for (uintptr_t key = 1; key <= 3; key++) {
        const UINT8 trigger = key == 3 ? NOTICE_EDGE : NOTICE_LEVEL;

        assert_int_equal(
            notice_change(port, notice_wish(s, SOCK_NOTIFY_OP_ENABLE, NOTICE_IN, trigger, key)), 0);
        ready_send(pair.client, "a");
        if (key > 1) /* else REMOVE joins the packet that is queued */
            notice_comes(port, key, NOTICE_IN);
        if (key == 2)
            assert_int_equal(notice_disable(port, s), 0);
        assert_int_equal(notice_remove(port, s), 0);
        assert_int_equal(notice_remove(port, s), ERROR_NOT_FOUND);
        notice_comes(port, key, NOTICE_REMOVE);
        ready_send(pair.client, "b");
        notice_silence(port);
        assert_int_equal(notice_drain(s), 2);
    }
    pair_close(pair);
    CloseHandle(port);
}

/* The key is that of the first call; a new one takes a new registration, which need not wait. */
static void a_new_key_takes_a_new_registration(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_bound(SOCK_DGRAM);
    const SOCK_NOTIFY_REGISTRATION first =
        notice_wish(s, SOCK_NOTIFY_OP_ENABLE, NOTICE_OUT, NOTICE_LEVEL | NOTICE_ONESHOT, 1);
    SOCK_NOTIFY_REGISTRATION second = first;

    (void)state;
    second.completionKey = (PVOID)2;
    assert_int_equal(notice_change(port, first), 0);
    notice_comes(port, 1, NOTICE_OUT);
    assert_int_equal(notice_change(port, second), 0);
    notice_comes(port, 1, NOTICE_OUT);
    assert_int_equal(notice_remove(port, s), 0);
    assert_int_equal(notice_change(port, second), 0);
    notice_comes(port, 1, NOTICE_REMOVE);
    notice_comes(port, 2, NOTICE_OUT);
    closesocket(s);
    flow_no_packet(port);
    CloseHandle(port);
}

static void closing_removes_silently(void **state)
{
    HANDLE port = flow_port(1);

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct pair pair = notice_pair();

        assert_int_equal(
            notice_enable(port, pair.server, NOTICE_ALL, i & 1 ? NOTICE_LEVEL : NOTICE_EDGE), 0);
        if (i & 2)
            ready_send(pair.client, "a");
        pair_close(pair);
    }
    notice_silence(port);
    CloseHandle(port);
}

/* A datagram socket that is watched must leave its port to the next one when it is closed. */
static void closing_frees_the_address(void **state)
{
    HANDLE port = flow_port(1);
    SOCKET s = pair_bound(SOCK_DGRAM);
    USHORT number = pair_address(s).sin_port;

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(notice_enable(port, s, NOTICE_IN, NOTICE_LEVEL), 0);
        closesocket(s);
        s = pair_socket(SOCK_DGRAM);
        assert_int_equal(pair_bind(s, INADDR_LOOPBACK, number), 0);
    }
    closesocket(s);
    CloseHandle(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_is_told_while_it_holds),
        cmocka_unit_test(level_is_looked_at_when_taken),
        cmocka_unit_test(level_is_fair),
        cmocka_unit_test(oneshot_is_told_once),
        cmocka_unit_test(edge_is_told_when_it_begins_to_hold),
        cmocka_unit_test(an_edge_once_seen_is_kept_until_taken),
        cmocka_unit_test(an_edge_may_be_told_once),
        cmocka_unit_test(room_to_send_is_an_edge_after_a_send_found_none),
        cmocka_unit_test(a_disabled_registration_is_silent),
        cmocka_unit_test(remove_is_told_last_and_once),
        cmocka_unit_test(a_new_key_takes_a_new_registration),
        cmocka_unit_test(closing_removes_silently),
        cmocka_unit_test(closing_frees_the_address),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
