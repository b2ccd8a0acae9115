/* SPDX-License-Identifier: MIT */
/*
 * What each call says after shutdown, on either side: one row is a direction ended here, one there,
 * and the answers of the calls that follow. docs/calls/shutdown.md has the rules.
 */
#include "flow.h"

enum { OPEN = -1 };

struct rule {
    int here, there; /* SD_ or OPEN */
    int send_error;  /* 0: it works */
    int recv_error;  /* 0: the end, or data */
    int received;    /* what recv returns then, of 3 bytes that the peer tries to send */
};

/* clang-format off */
static const struct rule rules[] = {
    { OPEN,       OPEN,       0,            0,            3 },
    { SD_SEND,    OPEN,       WSAESHUTDOWN, 0,            3 },
    { SD_RECEIVE, OPEN,       0,            WSAESHUTDOWN, 0 },
    { SD_BOTH,    OPEN,       WSAESHUTDOWN, WSAESHUTDOWN, 0 },
    { OPEN,       SD_SEND,    0,            0,            0 },
    { SD_SEND,    SD_SEND,    WSAESHUTDOWN, 0,            0 },
    { SD_RECEIVE, SD_SEND,    0,            WSAESHUTDOWN, 0 },
    { SD_BOTH,    SD_SEND,    WSAESHUTDOWN, WSAESHUTDOWN, 0 },
    { OPEN,       SD_RECEIVE, 0,            0,            3 },
    { SD_SEND,    SD_RECEIVE, WSAESHUTDOWN, 0,            3 },
    { OPEN,       SD_BOTH,    0,            0,            0 },
    { SD_SEND,    SD_BOTH,    WSAESHUTDOWN, 0,            0 },
    { SD_BOTH,    SD_BOTH,    WSAESHUTDOWN, WSAESHUTDOWN, 0 },
};
/* clang-format on */

static void end(SOCKET s, int how)
{
    if (how == OPEN)
        return;
    for (int again = 0; again < 2; again++) {
        WSASetLastError(77);
        assert_int_equal(shutdown(s, how), 0); /* a second time changes nothing: SHUTDOWN-02 */
        assert_int_equal(WSAGetLastError(), 0);
    }
}

/* Every way to send, and to receive, says the same. */
static void check_sends(SOCKET s, const struct rule *rule)
{
    OVERLAPPED ov = flow_overlapped();
    DWORD bytes = 0;

    if (rule->send_error == 0) {
        assert_int_equal(send(s, "abc", 3, 0), 3);
        if (rule->there == OPEN || rule->there == SD_SEND) { /* else they reset the connection */
            flow_accepted(flow_start_send(s, "abc", 3, &ov));
            assert_int_equal(flow_end(s, &ov, &bytes), 0);
        }
    } else {
        pair_fails(send(s, "abc", 3, 0), rule->send_error);
        pair_fails(sendto(s, "abc", 3, 0, NULL, 0), rule->send_error);
        assert_int_equal(flow_start_send(s, "abc", 3, &ov), rule->send_error);
        flow_fails(WriteFile((HANDLE)s, "abc", 3, &bytes, NULL), ERROR_PIPE_NOT_CONNECTED);
    }
    WSACloseEvent(ov.hEvent);
}

static void check_receives(SOCKET s, const struct rule *rule)
{
    OVERLAPPED ov = flow_overlapped();
    char data[8];
    DWORD bytes = 0;
    int flags = 0;

    if (rule->recv_error == 0) {
        assert_int_equal(recv(s, data, sizeof data, 0), rule->received);
        if (rule->received == 0) { /* again and again: RECV-12 */
            assert_int_equal(recv(s, data, sizeof data, 0), 0);
            flow_accepted(flow_start_recv(s, data, sizeof data, &ov));
            assert_int_equal(flow_end(s, &ov, &bytes), 0);
            assert_int_equal(bytes, 0);
        }
    } else {
        pair_fails(recv(s, data, sizeof data, 0), rule->recv_error);
        pair_fails(recv(s, data, sizeof data, MSG_PEEK), rule->recv_error);
        pair_fails(recvfrom(s, data, sizeof data, 0, NULL, NULL), rule->recv_error);
        pair_fails(WSARecvEx(s, data, sizeof data, &flags), rule->recv_error);
        assert_int_equal(flow_start_recv(s, data, sizeof data, &ov), rule->recv_error);
        flow_fails(ReadFile((HANDLE)s, data, sizeof data, &bytes, NULL), ERROR_PIPE_NOT_CONNECTED);
    }
    WSACloseEvent(ov.hEvent);
}

/* SHUTDOWN-05. */
static void check_names(SOCKET s)
{
    SOCKADDR_IN name = pair_address(s);
    int length = sizeof name;

    assert_int_equal(getpeername(s, (struct sockaddr *)&name, &length), 0);
    pair_fails(connect(s, (struct sockaddr *)&name, sizeof name), WSAEISCONN);
}

static void each_rule_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rules); i++) {
        struct pair pair = pair_open();

        print_message("here %d, there %d\n", rules[i].here, rules[i].there);
        end(pair.server, rules[i].there);
        if (rules[i].received > 0) /* not for nobody: test_shutdown_reset.c */
            assert_int_equal(send(pair.server, "xyz", 3, 0), 3);
        end(pair.client, rules[i].here);
        check_receives(pair.client, &rules[i]);
        check_sends(pair.client, &rules[i]);
        check_names(pair.client);
        pair_close(pair);
    }
}

/* A send that was accepted goes on after SD_SEND and SD_BOTH, and FIN comes behind it. */
static void pending_sends_go_on(void **state)
{
    enum { BYTES = 8 << 20 };
    char *data = calloc(1, BYTES);
    static char room[65536];

    (void)state;
    assert_non_null(data);
    for (int how = SD_SEND; how <= SD_BOTH; how++) {
        struct pair pair = pair_open();
        OVERLAPPED ov = flow_overlapped();
        DWORD sent = 0;
        int total = 0;
        int bytes;

        assert_int_equal(flow_start_send(pair.client, data, BYTES, &ov), WSA_IO_PENDING);
        end(pair.client, how);
        pair_fails(flow_send(pair.client, "x", 1), WSAESHUTDOWN);
        while ((bytes = flow_recv(pair.server, room, sizeof room)) > 0)
            total += bytes;
        assert_int_equal(bytes, 0);
        assert_int_equal(total, BYTES);
        assert_int_equal(flow_end(pair.client, &ov, &sent), 0);
        assert_int_equal(sent, BYTES);
        WSACloseEvent(ov.hEvent);
        pair_close(pair);
    }
    free(data);
}

struct blocked {
    SOCKET s;
    _Atomic unsigned thread_id;
    int result;
    char byte;
};

static void *receive_on_thread(void *argument)
{
    struct blocked *blocked = argument;

    blocked->thread_id = (unsigned)GetCurrentThreadId();
    blocked->result = recv(blocked->s, &blocked->byte, 1, 0);
    return NULL;
}

/* SHUTDOWN-08, for a receive that another thread waits in. */
static void a_blocked_receive_goes_on(void **state)
{
    (void)state;
    for (int how = SD_RECEIVE; how <= SD_BOTH; how += SD_BOTH) {
        struct pair pair = pair_open();
        struct blocked blocked = {.s = pair.client};
        pthread_t thread = flow_run(receive_on_thread, &blocked);

        flow_asleep(&blocked.thread_id);
        end(pair.client, how);
        assert_int_equal(flow_send(pair.server, "x", 1), 1);
        flow_join(thread);
        assert_int_equal(blocked.result, 1);
        assert_int_equal(blocked.byte, 'x');
        pair_close(pair);
    }
}

/* The peer has reset the connection: there is nothing to end. */
static void a_lost_connection_says_so(void **state)
{
    struct linger hard = {1, 0};
    char byte;

    (void)state;
    for (int how = SD_SEND; how <= SD_BOTH; how++) {
        struct pair pair = pair_open();

        assert_int_equal(
            setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
        closesocket(pair.server);
        pair_fails(recv(pair.client, &byte, 1, 0), WSAECONNRESET);
        pair_fails(shutdown(pair.client, how), WSAECONNRESET);
        closesocket(pair.client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_holds),
        cmocka_unit_test(pending_sends_go_on),
        cmocka_unit_test(a_blocked_receive_goes_on),
        cmocka_unit_test(a_lost_connection_says_so),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
