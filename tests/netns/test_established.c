/* SPDX-License-Identifier: MIT */
/*
 * Connections that the network ends: everything that arrives is swallowed, rejected or reset, or
 * the administrator takes the connection away. The first call that notices tells why.
 */
#include "attempt.h"

enum { FATES = 6 };

struct line {
    SOCKET client;
    SOCKET server;
    USHORT port; /* of the server; host order */
};

/* What becomes of the segments that the client sends. */
static const struct fate {
    const char *address;
    const char *rule;
    int error;
    DWORD win32;
} fates[FATES] = {
    {"127.0.0.1", "drop", WSAETIMEDOUT, 121},
    {"::1", "drop", WSAETIMEDOUT, 121},
    {"127.0.0.1", "reject with icmp host-unreachable", WSAEHOSTUNREACH, 1232},
    {"127.0.0.1", "reject with icmp net-unreachable", WSAENETUNREACH, 1231},
    {"::1", "reject with icmpv6 no-route", WSAENETUNREACH, 1231},
    {"127.0.0.1", "reject with tcp reset", WSAECONNRESET, 64},
};

static struct line line_open(const char *address)
{
    SOCKADDR_STORAGE name;
    int bytes = attempt_name(&name, address, 0);
    SOCKET listener = socket(name.ss_family, SOCK_STREAM, 0);
    struct line line;

    assert_int_equal(bind(listener, (struct sockaddr *)&name, bytes), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &bytes), 0);
    line.port = ntohs(((SOCKADDR_IN *)(void *)&name)->sin_port);
    line.client = socket(name.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(line.client, (struct sockaddr *)&name, bytes), 0);
    line.server = accept(listener, NULL, NULL);
    assert_true(line.server != INVALID_SOCKET);
    closesocket(listener);
    return line;
}

static void line_close(struct line line)
{
    closesocket(line.client);
    closesocket(line.server);
}

static void line_cut(struct line line, const struct fate *fate)
{
    assert_true(netns_run("nft add rule inet t in meta nfproto %s tcp dport %u %s",
                          strchr(fate->address, ':') != NULL ? "ipv6" : "ipv4", line.port,
                          fate->rule));
}

/* What a blocking and an overlapped receive, a send after the end and FD_CLOSE have to say. All
 * fates together, because some take the kernel seconds. */
static void cut_connections_end_with_the_reason(void **state)
{
    struct line blocked[FATES], overlapped[FATES], selected[FATES];
    OVERLAPPED ends[FATES];
    WSAEVENT events[FATES];
    char bytes[8];
    DWORD count;

    (void)state;
    for (int i = 0; i < FATES; i++) {
        blocked[i] = line_open(fates[i].address);
        overlapped[i] = line_open(fates[i].address);
        selected[i] = line_open(fates[i].address);
        line_cut(blocked[i], &fates[i]);
        line_cut(overlapped[i], &fates[i]);
        line_cut(selected[i], &fates[i]);
        ends[i] = flow_overlapped();
        assert_int_equal(flow_start_recv(overlapped[i].client, bytes, 8, &ends[i]), WSA_IO_PENDING);
        events[i] = WSACreateEvent();
        assert_int_equal(WSAEventSelect(selected[i].client, events[i], FD_CLOSE), 0);
        assert_int_equal(send(blocked[i].client, "x", 1, 0), 1);
        assert_int_equal(send(overlapped[i].client, "x", 1, 0), 1);
        assert_int_equal(send(selected[i].client, "x", 1, 0), 1);
    }
    for (int i = 0; i < FATES; i++) {
        WSANETWORKEVENTS found = {0};

        print_message("%s %s\n", fates[i].address, fates[i].rule);
        pair_fails(recv(blocked[i].client, bytes, 8, 0), fates[i].error);
        assert_int_equal(flow_end(overlapped[i].client, &ends[i], &count), fates[i].win32);
        assert_int_equal(WSAWaitForMultipleEvents(1, &events[i], TRUE, FLOW_LIMIT_MS, FALSE),
                         WSA_WAIT_EVENT_0);
        assert_int_equal(WSAEnumNetworkEvents(selected[i].client, events[i], &found), 0);
        assert_int_equal(found.lNetworkEvents, FD_CLOSE);
        assert_int_equal(found.iErrorCode[FD_CLOSE_BIT], WSAECONNABORTED);
        WSACloseEvent(ends[i].hEvent);
        WSACloseEvent(events[i]);
        line_close(blocked[i]);
        line_close(overlapped[i]);
        line_close(selected[i]);
    }
    assert_true(netns_run("nft flush chain inet t in"));
}

enum { BY_SEND, BY_SENDTO, BY_WSASEND, BY_WSASENDTO, SENDERS };

static int send_with(int call, SOCKET s)
{
    WSABUF buffer = {1, (char[]){'x'}};
    DWORD bytes = 0;

    if (call == BY_SEND)
        return send(s, "x", 1, 0);
    if (call == BY_SENDTO)
        return sendto(s, "x", 1, 0, NULL, 0);
    if (call == BY_WSASEND)
        return WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL);
    return WSASendTo(s, &buffer, 1, &bytes, 0, NULL, 0, NULL, NULL);
}

/* WSAETIMEDOUT, WSAEHOSTUNREACH, WSAENETUNREACH, WSAECONNRESET: whichever call comes first after
 * the end of the connection. */
static void sends_tell_the_reason_too(void **state)
{
    struct line lines[FATES][SENDERS];
    WSAEVENT event = WSACreateEvent();

    (void)state;
    for (int i = 0; i < FATES; i++) {
        for (int call = 0; call < SENDERS; call++) {
            lines[i][call] = line_open(fates[i].address);
            line_cut(lines[i][call], &fates[i]);
            assert_int_equal(send(lines[i][call].client, "x", 1, 0), 1);
        }
    }
    for (int i = 0; i < FATES; i++) {
        for (int call = 0; call < SENDERS; call++) {
            struct line line = lines[i][call];

            assert_int_equal(WSAEventSelect(line.client, event, FD_CLOSE), 0);
            assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE),
                             WSA_WAIT_EVENT_0);
            pair_fails(send_with(call, line.client), fates[i].error);
            assert_int_equal(WSAEventSelect(line.client, NULL, 0), 0);
            WSAResetEvent(event);
            line_close(line);
        }
    }
    WSACloseEvent(event);
    assert_true(netns_run("nft flush chain inet t in"));
}

/* Nothing is under way, and the peer does not answer when it is asked whether it is there. The
 * documentation has WSAENETRESET for this; Linux does not tell it from other silence. */
static void failed_keepalive_is_a_timeout(void **state)
{
    static const struct fate silence = {"127.0.0.1", "drop", WSAETIMEDOUT, 121};
    struct line line = line_open(silence.address);
    char byte;

    (void)state;
    assert_int_equal(pair_set(line.client, IPPROTO_TCP, TCP_KEEPIDLE, 1), 0);
    assert_int_equal(pair_set(line.client, IPPROTO_TCP, TCP_KEEPINTVL, 1), 0);
    assert_int_equal(pair_set(line.client, IPPROTO_TCP, TCP_KEEPCNT, 1), 0);
    assert_int_equal(pair_set(line.client, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    line_cut(line, &silence);
    pair_fails(recv(line.client, &byte, 1, 0), silence.error);
    line_close(line);
    assert_true(netns_run("nft flush chain inet t in"));
}

/* An administrator's `ss -K`: the kernel says that the connection was aborted. */
static void destroyed_connections_are_aborted(void **state)
{
    struct line line = line_open("127.0.0.1");
    struct line other = line_open("127.0.0.1");
    OVERLAPPED end = flow_overlapped();
    char bytes[8];
    DWORD count;

    (void)state;
    assert_int_equal(flow_start_recv(other.client, bytes, 8, &end), WSA_IO_PENDING);
    if (!netns_run("test -n \"$(ss -H -K dport = %u)\"", line.port)) {
        print_message("skipped: this kernel cannot destroy sockets\n");
        skip();
    }
    assert_true(netns_run("ss -K dport = %u", other.port));
    pair_fails(recv(line.client, bytes, 8, 0), WSAECONNABORTED);
    assert_int_equal(flow_end(other.client, &end, &count), ERROR_CONNECTION_ABORTED);
    WSACloseEvent(end.hEvent);
    line_close(line);
    line_close(other);
    for (int call = 0; call < SENDERS; call++) {
        line = line_open("127.0.0.1");
        assert_true(netns_run("ss -K dport = %u", line.port));
        pair_fails(send_with(call, line.client), WSAECONNABORTED);
        line_close(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_connections_end_with_the_reason),
        cmocka_unit_test(sends_tell_the_reason_too),
        cmocka_unit_test(failed_keepalive_is_a_timeout),
        cmocka_unit_test(destroyed_connections_are_aborted),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!netns_has("nft") || !netns_run("nft add table inet t") ||
        !netns_run("nft add chain inet t in '{ type filter hook input priority 0; }'")) {
        printf("skipped: no nftables (command nft, package nftables)\n");
        return NETNS_SKIPPED;
    }
    if (!netns_set("ipv4/tcp_retries2", "1")) {
        printf("skipped: /proc/sys is read-only, and a timeout takes minutes\n");
        return NETNS_SKIPPED;
    }
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
