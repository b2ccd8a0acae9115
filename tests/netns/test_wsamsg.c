/* SPDX-License-Identifier: MIT */
/* WSASendMsg where datagrams cannot leave: no room, no route, broadcasts. */
#include "../api/hook.h"
#include "netns.h"

struct message {
    WSAMSG message;
    WSABUF buffer;
    SOCKADDR_IN to;
};

static char data[1000];

static WSAMSG *message_to(struct message *m, uint32_t address)
{
    memset(m, 0, sizeof *m);
    m->to = pair_name(address, htons(9));
    m->buffer = (WSABUF){sizeof data, data};
    m->message.name = (struct sockaddr *)&m->to;
    m->message.namelen = sizeof m->to;
    m->message.lpBuffers = &m->buffer;
    m->message.dwBufferCount = 1;
    return &m->message;
}

/* To a neighbour that does not answer: the datagrams wait in the kernel, until there is no room. */
static void full_sockets_refuse_wait_and_are_cancelled(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD n = 0, flags = 0, limit_ms = 20;
    int room = 8192, sent = 0;
    struct message m;
    u_long on = 1;

    (void)state;
    if (!netns_set("ipv4/neigh/v0/retrans_time_ms", "3000")) {
        print_message("skipped: /proc/sys is read-only\n");
        skip();
    }
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_SNDBUF, (char *)&room, sizeof room), 0);
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    message_to(&m, 0x0A0800C9); /* 10.8.0.201 */
    while (WSASendMsg(s, &m.message, 0, &n, NULL, NULL) == 0)
        assert_true(++sent < 1000);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    pair_fails(WSASendMsg(s, &m.message, 0, NULL, &overlapped, NULL), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)s, &overlapped));
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    WSASetLastError(0);
    assert_false(WSAGetOverlappedResult(s, &overlapped, &n, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSA_OPERATION_ABORTED);
    on = 0;
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, (char *)&limit_ms, sizeof limit_ms), 0);
    pair_fails(WSASendMsg(s, &m.message, 0, &n, NULL, NULL), WSAETIMEDOUT);
    limit_ms = 0;
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, (char *)&limit_ms, sizeof limit_ms), 0);
    hook_set((struct hook){.cancel_at = 2});
    pair_fails(WSASendMsg(s, &m.message, 0, &n, NULL, NULL), WSAEINTR);
    hook_end();
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

static void destinations_without_a_way_are_refused(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    struct message m;
    DWORD n;

    (void)state;
    pair_fails(WSASendMsg(s, message_to(&m, 0xC0000201), 0, &n, NULL, NULL), WSAENETUNREACH);
    pair_fails(WSASendMsg(s, message_to(&m, 0x0A0800FF), 0, &n, NULL, NULL), WSAEACCES);
    assert_true(netns_run("ip route add unreachable 192.0.2.0/24"));
    pair_fails(WSASendMsg(s, message_to(&m, 0xC0000201), 0, &n, NULL, NULL), WSAEHOSTUNREACH);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_sockets_refuse_wait_and_are_cancelled),
        cmocka_unit_test(destinations_without_a_way_are_refused),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, hook_setup, pair_teardown);
}
