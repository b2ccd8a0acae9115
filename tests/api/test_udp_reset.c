/* SPDX-License-Identifier: MIT */
/*
 * A datagram to a port where nobody listens: the sender's next receive fails with WSAECONNRESET,
 * connected or not, in every form, unless SIO_UDP_CONNRESET says no. Loopback's answer is there
 * when the send returns.
 */
#include "wsamsg.h"

static LPFN_WSARECVMSG WSARecvMsg;

static int setup(void **state)
{
    int result = pair_setup(state);

    WSARecvMsg = msg_receiver();
    return result;
}

/* Sends to nobody. The port is looked for each time: another program may get one that was ours. */
static void provoke(SOCKET s, int family)
{
    struct udp_name nobody = udp_nobody(family);

    WSASetLastError(5);
    assert_int_equal(udp_send(s, "x", 1, nobody), 1);
    assert_int_equal(WSAGetLastError(), 0);
}

static void tell(SOCKET s, DWORD code, BOOL on)
{
    DWORD n = 77;

    assert_int_equal(WSAIoctl(s, code, &on, sizeof on, NULL, 0, &n, NULL, NULL), 0);
    assert_int_equal(n, 0);
}

static void every_synchronous_receive_tells_it_once(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_bound(family);
        struct udp_name from;
        DWORD n = 77, flags = 0;
        WSABUF buffer;
        struct msg in;
        char data[4];

        provoke(s, family); /* blocking calls: they would wait for ever without the news */
        pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
        provoke(s, family);
        memset(&from, 0x5a, sizeof from);
        from.bytes = sizeof from.data;
        pair_fails(recvfrom(s, data, 4, 0, udp_address(&from), &from.bytes), WSAECONNRESET);
        assert_int_equal(from.bytes, sizeof from.data); /* untouched */
        assert_int_equal(from.data.ss_family, 0x5a5a);
        provoke(s, family);
        buffer = (WSABUF){4, data};
        pair_fails(WSARecv(s, &buffer, 1, &n, &flags, NULL, NULL), WSAECONNRESET);
        provoke(s, family);
        pair_fails(WSARecvFrom(s, &buffer, 1, &n, &flags, NULL, NULL, NULL, NULL), WSAECONNRESET);
        provoke(s, family);
        msg_room(&in);
        assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAECONNRESET);
        assert_int_equal(in.message.Control.len, sizeof in.control);
        assert_int_equal(n, 77);
        udp_nonblocking(s);
        pair_fails(recv(s, data, 4, 0), WSAEWOULDBLOCK);
        closesocket(s);
    }
}

static void each_answer_is_told(void **state)
{
    SOCKET s = udp_bound(AF_INET);
    char data[4];

    (void)state;
    udp_nonblocking(s);
    provoke(s, AF_INET);
    pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
    pair_fails(recv(s, data, 4, 0), WSAEWOULDBLOCK);
    for (int i = 0; i < 3; i++)
        provoke(s, AF_INET); /* each send meets the answer to the one before, and hides it */
    pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
    closesocket(s);
}

static void a_waiting_operation_fails(void **state)
{
    SOCKET s = udp_bound(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    struct udp_name from;
    char data[4];
    WSABUF buffer = {4, data};
    DWORD n = 77, flags = 0;

    (void)state;
    assert_int_equal(udp_start_recv(s, &buffer, 1, &from, &overlapped), WSA_IO_PENDING);
    provoke(s, AF_INET);
    assert_int_equal(flow_end(s, &overlapped, &n), ERROR_PORT_UNREACHABLE);
    assert_int_equal((DWORD)overlapped.Internal, 0xC000023Fu); /* STATUS_PORT_UNREACHABLE */
    assert_int_equal(from.bytes, sizeof from.data);
    WSASetLastError(0);
    assert_false(WSAGetOverlappedResult(s, &overlapped, &n, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSAECONNRESET);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

struct blocked {
    SOCKET s;
    _Atomic unsigned thread;
    int result, error;
};

static void *blocked_main(void *argument)
{
    struct blocked *blocked = argument;
    char data[4];

    blocked->thread = GetCurrentThreadId();
    blocked->result = recv(blocked->s, data, 4, 0);
    blocked->error = WSAGetLastError();
    return NULL;
}

static void a_blocked_receive_fails(void **state)
{
    struct blocked blocked = {.s = udp_bound(AF_INET)};
    pthread_t thread;

    (void)state;
    thread = flow_run(blocked_main, &blocked);
    flow_asleep(&blocked.thread);
    provoke(blocked.s, AF_INET);
    flow_join(thread);
    assert_int_equal(blocked.result, SOCKET_ERROR);
    assert_int_equal(blocked.error, WSAECONNRESET);
    closesocket(blocked.s);
}

/* Off: nothing of it is told, by no form, and what follows is received. On again: told again. */
static void switched_off_nobody_learns(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) { /* with a peer, and without */
        SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
        struct udp_name name = udp_name_of(s), nobody = udp_nobody(AF_INET), from;
        OVERLAPPED overlapped = flow_overlapped();
        char data[4];
        WSABUF buffer = {4, data};
        DWORD n = 0;

        tell(s, SIO_UDP_CONNRESET, FALSE);
        if (with)
            assert_int_equal(connect(s, udp_address(&nobody), nobody.bytes), 0);
        udp_nonblocking(s);
        assert_int_equal(udp_send(s, "x", 1, nobody), 1);
        pair_fails(recv(s, data, 4, 0), WSAEWOULDBLOCK);
        assert_int_equal(udp_start_recv(s, &buffer, 1, &from, &overlapped), WSA_IO_PENDING);
        for (int i = 0; i < 4; i++)
            assert_int_equal(udp_send(s, "x", 1, nobody), 1);
        assert_false(HasOverlappedIoCompleted(&overlapped));
        if (!with) {
            assert_int_equal(udp_send(sender, "abc", 3, name), 3);
            assert_int_equal(flow_end(s, &overlapped, &n), 0);
            assert_int_equal(n, 3);
        } else {
            assert_true(CancelIoEx((HANDLE)s, &overlapped));
            assert_int_equal(flow_end(s, &overlapped, &n), ERROR_OPERATION_ABORTED);
        }
        tell(s, SIO_UDP_CONNRESET, TRUE);
        assert_int_equal(udp_send(s, "x", 1, nobody), 1);
        pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
        WSACloseEvent(overlapped.hEvent);
        closesocket(s);
        closesocket(sender);
    }
}

/* Both off before the first send: the kernel keeps nothing. On: it begins to. */
static void switches_set_early_hold(void **state)
{
    SOCKET s = udp_bound(AF_INET6);
    char data[4];

    (void)state;
    udp_nonblocking(s);
    tell(s, SIO_UDP_CONNRESET, FALSE);
    tell(s, SIO_UDP_NETRESET, FALSE);
    provoke(s, AF_INET6);
    pair_fails(recv(s, data, 4, 0), WSAEWOULDBLOCK);
    tell(s, SIO_UDP_CONNRESET, TRUE);
    provoke(s, AF_INET6);
    pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
    closesocket(s);
}

static bool readable(SOCKET s)
{
    struct timeval now = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &now) == 1;
}

/* Who waits for readiness sees it exactly when a receive would tell it. */
static void readiness_says_what_a_receive_would(void **state)
{
    SOCKET s = udp_bound(AF_INET);
    WSAPOLLFD poll = {.fd = s, .events = POLLRDNORM};
    char data[4];

    (void)state;
    udp_nonblocking(s);
    provoke(s, AF_INET);
    assert_true(readable(s));
    assert_int_equal(WSAPoll(&poll, 1, 0), 1);
    assert_true(poll.revents & POLLRDNORM);
    pair_fails(recv(s, data, 4, 0), WSAECONNRESET);
    assert_false(readable(s));
    tell(s, SIO_UDP_CONNRESET, FALSE);
    provoke(s, AF_INET);
    assert_false(readable(s));
    assert_int_equal(WSAPoll(&poll, 1, 0), 0);
    pair_fails(recv(s, data, 4, 0), WSAEWOULDBLOCK);
    closesocket(s);
}

/* A datagram that is too long leaves a note in the kernel, too: nobody is told of it. */
static void a_send_that_fails_is_no_news(void **state)
{
    static char large[65510];
    SOCKET s = udp_bound(AF_INET);
    struct udp_name name = udp_name_of(s);
    OVERLAPPED overlapped = flow_overlapped();
    DWORD n = 0, flags = 0, code;
    char data[4];

    (void)state;
    assert_int_equal(udp_send(s, "abc", 3, name), 3);
    assert_int_equal(recv(s, data, 4, 0), 3);
    assert_int_equal(flow_start_recv(s, data, 4, &overlapped), WSA_IO_PENDING);
    pair_fails(udp_send(s, large, sizeof large, name), WSAEMSGSIZE);
    udp_nonblocking(s);
    assert_false(HasOverlappedIoCompleted(&overlapped));
    assert_false(readable(s));
    assert_int_equal(udp_send(s, "de", 2, name), 2);
    code = flow_end(s, &overlapped, &n);
    assert_int_equal(code, 0);
    assert_int_equal(n, 2);
    (void)flags;
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

static void other_sockets_have_no_such_switch(void **state)
{
    SOCKET tcp = pair_socket(SOCK_STREAM), udp = udp_socket(AF_INET);
    BOOL on = TRUE;
    DWORD n;

    (void)state;
    pair_fails(WSAIoctl(tcp, SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &n, NULL, NULL),
               WSAEOPNOTSUPP);
    pair_fails(WSAIoctl(udp, SIO_UDP_NETRESET, &on, sizeof on - 1, NULL, 0, &n, NULL, NULL),
               WSAEFAULT);
    pair_fails(WSAIoctl(udp, SIO_UDP_CONNRESET, NULL, sizeof on, NULL, 0, &n, NULL, NULL),
               WSAEFAULT);
    closesocket(tcp);
    closesocket(udp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_synchronous_receive_tells_it_once),
        cmocka_unit_test(each_answer_is_told),
        cmocka_unit_test(a_waiting_operation_fails),
        cmocka_unit_test(a_blocked_receive_fails),
        cmocka_unit_test(switched_off_nobody_learns),
        cmocka_unit_test(switches_set_early_hold),
        cmocka_unit_test(readiness_says_what_a_receive_would),
        cmocka_unit_test(a_send_that_fails_is_no_news),
        cmocka_unit_test(other_sockets_have_no_such_switch),
    };

    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
