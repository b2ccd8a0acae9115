/* SPDX-License-Identifier: MIT */
/*
 * WSASendMsg and WSARecvMsg: their checks in order, what they write, and in which forms.
 *
 * Long: the checks of two calls, and each form of both.
 */
#include "wsamsg.h"

static LPFN_WSARECVMSG WSARecvMsg;

static int setup(void **state)
{
    int result = pair_setup(state);

    WSARecvMsg = msg_receiver();
    return result;
}

static void CALLBACK never(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)error;
    (void)bytes;
    (void)overlapped;
    (void)flags;
    abort();
}

static void sends_can_be_had_both_ways(void **state)
{
    LPFN_WSASENDMSG function = NULL;
    GUID id = WSAID_WSASENDMSG;

    (void)state;
    flow_extension(id, &function);
    assert_true(function == WSASendMsg);
}

/* ---- Checks ---- */

struct places {
    struct pair open;
    SOCKET idle, shut, tied, unbound, bound;
    HANDLE port;
};

static struct places places_make(void)
{
    struct places p;

    p.open = pair_open();
    p.idle = pair_socket(SOCK_STREAM);
    p.shut = udp_bound(AF_INET);
    p.tied = udp_bound(AF_INET);
    p.unbound = udp_socket(AF_INET);
    p.bound = udp_bound(AF_INET);
    p.port = flow_port(1);
    flow_tie(p.tied, p.port, 1);
    assert_int_equal(shutdown(p.shut, SD_BOTH), 0);
    return p;
}

static void places_close(struct places p)
{
    pair_close(p.open);
    closesocket(p.idle);
    closesocket(p.shut);
    closesocket(p.tied);
    closesocket(p.unbound);
    closesocket(p.bound);
    CloseHandle(p.port);
}

/* Each row also breaks what a later check would catch. */
static void sendmsg_reports_first_failed_check(void **state)
{
    struct places p = places_make();
    struct udp_name good = udp_name_of(p.bound), nobody = good;
    WSABUF hole = {5, NULL}, fine = {1, (char *)(uintptr_t) "x"}, none = {0, NULL};
    WSABUF wild_control = {16, NULL}, junk = {5, (char *)(uintptr_t) "12345"};
    WSAMSG empty = {NULL, 1, NULL, 0, wild_control, 0};
    WSAMSG no_array = {NULL, 1, NULL, 1, wild_control, 0};
    WSAMSG many = {NULL, 1, &hole, 1025, wild_control, 0};
    WSAMSG m = {NULL, 1, &hole, 1, wild_control, 0};
    WSAMSG length = {udp_address(&good), good.bytes - 1, &hole, 1, wild_control, 0};
    WSAMSG port = {udp_address(&nobody), good.bytes, &hole, 1, wild_control, 0};
    WSAMSG data = {udp_address(&good), good.bytes, &hole, 1, wild_control, 0};
    WSAMSG control = {udp_address(&good), good.bytes, &fine, 1, wild_control, 0};
    WSAMSG content = {udp_address(&good), good.bytes, &fine, 1, junk, 0};
    WSAMSG big = {udp_address(&good), good.bytes, NULL, 2, none, 0};
    WSABUF huge[2] = {{0x7fffffff, (char *)&p}, {1, (char *)&p}};
    OVERLAPPED ov = {0};
    DWORD n = 0;
    const struct {
        SOCKET s;
        WSAMSG *m;
        DWORD flags;
        DWORD *sent;
        OVERLAPPED *ov;
        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, 99, NULL, NULL, NULL, WSAENOTSOCK}, /* SENDMSG-01 */
        {p.idle, NULL, 99, NULL, NULL, NULL, WSAEFAULT},
        {p.idle, PAIR_BAD, 99, NULL, NULL, NULL, WSAEFAULT},
        {p.idle, &empty, 99, NULL, NULL, NULL, WSAEINVAL},
        {p.idle, &no_array, 99, NULL, NULL, NULL, WSAEFAULT},
        {p.idle, &m, 99, NULL, NULL, NULL, WSAEFAULT}, /* SENDMSG-01 */
        {p.idle, &m, 99, PAIR_BAD, &ov, NULL, WSAEFAULT},
        {p.idle, &m, 99, NULL, PAIR_BAD, NULL, WSAEFAULT},
        {p.idle, &many, 99, &n, NULL, NULL, WSAENOBUFS},
        {p.tied, &m, 99, NULL, &ov, never, WSAEINVAL},
        {p.shut, &m, 99, &n, NULL, NULL, WSAESHUTDOWN},
        {p.idle, &m, 99, &n, NULL, NULL, WSAENOTCONN},
        {p.bound, &m, 99, &n, NULL, NULL, WSAENOTCONN},
        {p.bound, &length, MSG_PEEK, &n, NULL, NULL, WSAEOPNOTSUPP},
        {p.bound, &length, MSG_INTERRUPT, &n, NULL, NULL, WSAEOPNOTSUPP},
        {p.bound, &length, MSG_PARTIAL, &n, NULL, NULL, WSAEOPNOTSUPP},
        {p.bound, &length, MSG_OOB, &n, NULL, NULL, WSAEOPNOTSUPP},
        {p.open.client, &m, 0, &n, NULL, NULL, WSAEOPNOTSUPP}, /* a stream */
        {p.bound, &length, 0, &n, NULL, NULL, WSAEFAULT},
        {p.bound, &port, 0, &n, NULL, NULL, WSAEADDRNOTAVAIL},
        {p.bound, &data, 0, &n, NULL, NULL, WSAEFAULT},
        {p.bound, &big, 0, &n, NULL, NULL, WSAENOBUFS},
        {p.bound, &control, 0, &n, NULL, NULL, WSAEFAULT},
        {p.bound, &content, 0, &n, NULL, NULL, WSAEINVAL},
    };

    (void)state;
    ((SOCKADDR_IN *)(void *)&nobody.data)->sin_port = 0;
    big.lpBuffers = huge;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        pair_fails(WSASendMsg(rows[i].s, rows[i].m, rows[i].flags, rows[i].sent, rows[i].ov,
                              rows[i].routine),
                   rows[i].error);
    /* On a connected socket: no name, but a length. */
    assert_int_equal(connect(p.unbound, udp_address(&good), good.bytes), 0);
    pair_fails(WSASendMsg(p.unbound, &m, 0, &n, NULL, NULL), WSAEFAULT);
    content.name = NULL;
    content.namelen = 0;
    content.Control.len = 0;
    assert_int_equal(WSASendMsg(p.unbound, &content, 0, &n, NULL, NULL), 0);
    places_close(p);
}

static void recvmsg_reports_first_failed_check(void **state)
{
    struct places p = places_make();
    struct udp_name from;
    char byte;
    WSABUF hole = {5, NULL}, fine = {1, &byte}, wild_control = {16, NULL};
    WSAMSG empty = {NULL, 1, NULL, 0, wild_control, 0};
    WSAMSG many = {NULL, 1, &hole, 1025, wild_control, 0};
    WSAMSG m = {NULL, 1, &hole, 1, wild_control, MSG_OOB};
    WSAMSG peek = {NULL, 1, &hole, 1, wild_control, MSG_PEEK};
    WSAMSG nameless = {NULL, 1, &hole, 1, wild_control, 0};
    WSAMSG length = {udp_address(&from), sizeof(SOCKADDR_IN) - 1, &hole, 1, wild_control, 0};
    WSAMSG data = {udp_address(&from), sizeof(SOCKADDR_IN), &hole, 1, wild_control, 0};
    WSAMSG control = {udp_address(&from), sizeof(SOCKADDR_IN), &fine, 1, wild_control, 0};
    OVERLAPPED ov = {0};
    DWORD n = 0;
    const struct {
        SOCKET s;
        WSAMSG *m;
        DWORD *received;
        OVERLAPPED *ov;
        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, NULL, NULL, NULL, WSAENOTSOCK},
        {p.idle, NULL, NULL, NULL, NULL, WSAEFAULT},
        {p.idle, PAIR_BAD, NULL, NULL, NULL, WSAEFAULT},
        {p.idle, &empty, NULL, NULL, NULL, WSAEINVAL},
        {p.idle, &m, NULL, NULL, NULL, WSAEFAULT},
        {p.idle, &m, PAIR_BAD, &ov, NULL, WSAEFAULT},
        {p.idle, &m, NULL, PAIR_BAD, NULL, WSAEFAULT},
        {p.idle, &many, &n, NULL, NULL, WSAENOBUFS},
        {p.tied, &m, NULL, &ov, never, WSAEINVAL},
        {p.shut, &m, &n, NULL, NULL, WSAESHUTDOWN},
        {p.idle, &m, &n, NULL, NULL, WSAENOTCONN},
        {p.unbound, &m, &n, NULL, NULL, WSAEINVAL},
        {p.bound, &m, &n, NULL, NULL, WSAEOPNOTSUPP},
        {p.bound, &peek, NULL, &ov, NULL, WSAEOPNOTSUPP},
        {p.open.client, &nameless, &n, NULL, NULL, WSAEOPNOTSUPP}, /* a stream */
        {p.open.client, &peek, &n, NULL, NULL, WSAEOPNOTSUPP},
        {p.bound, &nameless, &n, NULL, NULL, WSAEFAULT},
        {p.bound, &length, &n, NULL, NULL, WSAEFAULT},
        {p.bound, &data, &n, NULL, NULL, WSAEFAULT},
        {p.bound, &control, &n, NULL, NULL, WSAEFAULT},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        pair_fails(WSARecvMsg(rows[i].s, rows[i].m, rows[i].received, rows[i].ov, rows[i].routine),
                   rows[i].error);
    places_close(p);
}

/* ---- Data, names and flags ---- */

static void a_message_binds_gathers_and_names(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_bound(family), sender = udp_socket(family);
        struct udp_name to = udp_name_of(s), from;
        WSABUF parts[2] = {{3, (char *)(uintptr_t) "abc"}, {2, (char *)(uintptr_t) "de"}};
        struct msg out, in;
        DWORD n = 77;

        msg_text(&out, "", &to);
        out.message.lpBuffers = parts;
        out.message.dwBufferCount = 2;
        out.message.dwFlags = 0xffff; /* not looked at */
        WSASetLastError(5);
        assert_int_equal(WSASendMsg(sender, &out.message, 0, &n, NULL, NULL), 0);
        assert_int_equal(WSAGetLastError(), 0); /* SENDMSG-05 */
        assert_int_equal(n, 5);
        msg_room(&in);
        assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), 0);
        assert_int_equal(n, 5);
        assert_memory_equal(in.data, "abcde", 5); /* SENDMSG-02 */
        assert_int_equal(in.message.dwFlags, 0);
        assert_int_equal(in.message.Control.len, 0);
        assert_int_equal(in.message.namelen, to.bytes);
        from = udp_name_of(sender);
        assert_int_equal(((SOCKADDR_IN *)(void *)&in.name.data)->sin_port,
                         ((SOCKADDR_IN *)(void *)&from.data)->sin_port);
        assert_int_not_equal(((SOCKADDR_IN *)(void *)&from.data)->sin_port, 0);
        assert_int_equal(in.name.data.ss_family, family);
        closesocket(s);
        closesocket(sender);
    }
}

static void peeking_leaves_the_message(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
    struct msg in;
    DWORD n = 77;

    (void)state;
    assert_int_equal(udp_send(sender, "abc", 3, udp_name_of(s)), 3);
    for (int i = 0; i < 2; i++) {
        msg_room(&in);
        in.message.dwFlags = i == 0 ? MSG_PEEK : 0;
        assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), 0);
        assert_int_equal(n, 3);
        assert_int_equal(in.message.dwFlags, 0);
    }
    udp_nonblocking(s);
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAEWOULDBLOCK);
    closesocket(s);
    closesocket(sender);
}

static void a_cut_message_fills_the_buffers(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
    struct udp_name to = udp_name_of(s);
    WSABUF parts[2];
    struct msg in;
    DWORD n = 77;

    (void)state;
    msg_option(s, IPPROTO_IP, IP_PKTINFO);
    assert_int_equal(udp_send(sender, "abcdef", 6, to), 6);
    assert_int_equal(udp_send(sender, "gh", 2, to), 2);
    msg_room(&in);
    parts[0] = (WSABUF){2, in.data};
    parts[1] = (WSABUF){1, in.data + 8};
    in.message.lpBuffers = parts;
    in.message.dwBufferCount = 2;
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAEMSGSIZE);
    assert_int_equal(n, 3);
    assert_int_equal(in.message.dwFlags, MSG_TRUNC);
    assert_int_equal(in.message.Control.len, WSA_CMSG_SPACE(sizeof(IN_PKTINFO)));
    assert_int_equal(in.message.namelen, sizeof(SOCKADDR_IN));
    assert_memory_equal(in.data, "ab\0", 3);
    assert_memory_equal(in.data + 8, "c\0", 2);
    /* Both too small, and a sender that nobody asks for. */
    msg_room(&in);
    in.buffer.len = 1;
    in.message.Control.len = WSA_CMSG_LEN(sizeof(IN_PKTINFO)) - 1;
    in.message.name = NULL;
    in.message.namelen = 0;
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAEMSGSIZE);
    assert_int_equal(n, 1);
    assert_int_equal(in.message.dwFlags, MSG_TRUNC | MSG_CTRUNC);
    assert_int_equal(in.message.Control.len, 0);
    closesocket(s);
    closesocket(sender);
}

/* A name too short, or no room: the datagram is still there afterwards. */
static void refused_receives_take_nothing(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
    struct msg in;
    DWORD n = 77;

    (void)state;
    assert_int_equal(udp_send(sender, "abc", 3, udp_name_of(s)), 3);
    msg_room(&in);
    in.message.namelen = sizeof(SOCKADDR_IN) - 1;
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAEFAULT);
    assert_int_equal(n, 77);
    msg_room(&in);
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), 0);
    assert_int_equal(n, 3);
    closesocket(s);
    closesocket(sender);
}

/* Longer than a datagram can be: nothing is sent. */
static void a_message_that_is_too_long_is_not_sent(void **state)
{
    static char large[65508];
    SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
    struct udp_name to = udp_name_of(s);
    struct msg out;
    DWORD n = 77;

    (void)state;
    msg_text(&out, "", &to);
    out.buffer = (WSABUF){sizeof large, large};
    pair_fails(WSASendMsg(sender, &out.message, 0, &n, NULL, NULL), WSAEMSGSIZE);
    assert_int_equal(n, 77);
    udp_nonblocking(s);
    pair_fails(recv(s, large, sizeof large, 0), WSAEWOULDBLOCK);
    closesocket(s);
    closesocket(sender);
}

/* ---- Overlapped ---- */

static void an_overlapped_receive_tells_at_its_end(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
    OVERLAPPED ov = flow_overlapped();
    struct udp_name to = udp_name_of(s);
    struct msg in;
    IN_PKTINFO info = {{{{0}}}, 0};
    DWORD n = 77, flags = 0xdead;

    (void)state;
    msg_option(s, IPPROTO_IP, IP_PKTINFO);
    msg_room(&in);
    pair_fails(WSARecvMsg(s, &in.message, NULL, &ov, NULL), WSA_IO_PENDING);
    assert_int_equal(udp_send(sender, "abc", 3, to), 3);
    assert_int_equal(flow_end(s, &ov, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(in.message.Control.len, WSA_CMSG_SPACE(sizeof info));
    assert_true(msg_find(&in, IPPROTO_IP, IP_PKTINFO, &info, sizeof info));
    assert_int_equal(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK)); /* RECVMSG-09 */
    assert_int_equal(in.message.namelen, sizeof(SOCKADDR_IN));
    assert_int_equal(in.name.data.ss_family, AF_INET);
    assert_int_equal(in.message.dwFlags, 0);
    /* Too little room for control data. */
    msg_room(&in);
    in.message.Control.len = sizeof(WSACMSGHDR);
    pair_fails(WSARecvMsg(s, &in.message, NULL, &ov, NULL), WSA_IO_PENDING);
    assert_int_equal(udp_send(sender, "defg", 4, to), 4);
    assert_int_equal(flow_end(s, &ov, &n), ERROR_MORE_DATA);
    assert_int_equal(ov.Internal, MSG_OVERFLOW); /* RECVMSG-04 */
    assert_int_equal(ov.InternalHigh, 4);
    assert_int_equal(in.message.dwFlags, MSG_CTRUNC);
    n = 77;
    assert_false(WSAGetOverlappedResult(s, &ov, &n, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSAEMSGSIZE);
    assert_int_equal(n, 4);
    WSACloseEvent(ov.hEvent);
    closesocket(s);
    closesocket(sender);
}

enum { MANY = 64 };

/* Posted first, filled first; sends too. */
static void messages_through_a_port_keep_their_order(void **state)
{
    static struct msg in[MANY], out[MANY];
    static OVERLAPPED in_ov[MANY], out_ov[MANY];
    SOCKET s = udp_bound(AF_INET6), sender = udp_bound(AF_INET6);
    struct udp_name to = udp_name_of(s);
    HANDLE port = flow_port(1);
    unsigned received = 0, sent = 0;

    (void)state;
    memset(in_ov, 0, sizeof in_ov);
    memset(out_ov, 0, sizeof out_ov);
    flow_tie(s, port, 1);
    flow_tie(sender, port, 2);
    msg_option(s, IPPROTO_IPV6, IPV6_HOPLIMIT);
    for (int i = 0; i < MANY; i++) {
        msg_room(&in[i]);
        flow_accepted(
            WSARecvMsg(s, &in[i].message, NULL, &in_ov[i], NULL) == 0 ? 0 : WSAGetLastError());
    }
    for (int i = 0; i < MANY; i++) {
        INT hops = i + 1;

        msg_text(&out[i], "number ?", &to);
        out[i].data[7] = (char)i;
        msg_add(&out[i], IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof hops);
        flow_accepted(WSASendMsg(sender, &out[i].message, 0, NULL, &out_ov[i], NULL) == 0
                          ? 0
                          : WSAGetLastError());
        memset(out[i].control, 0x5a, sizeof out[i].control); /* was read before the call returned */
    }
    while (received + sent < 2 * MANY) {
        struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, 8);
        if (packet.key == 2) {
            assert_ptr_equal(packet.overlapped, &out_ov[sent++]);
            continue;
        }
        assert_ptr_equal(packet.overlapped, &in_ov[received]);
        assert_int_equal(in[received].data[7], received);
        assert_int_equal(msg_int(&in[received], IPPROTO_IPV6, IPV6_HOPLIMIT), received + 1);
        assert_int_equal(in[received].message.namelen, sizeof(SOCKADDR_IN6));
        received++;
    }
    flow_no_packet(port);
    closesocket(s);
    closesocket(sender);
    CloseHandle(port);
}

struct routine {
    OVERLAPPED ov;
    unsigned calls;
    DWORD error, bytes, flags;
};

static void CALLBACK routine_called(DWORD error, DWORD bytes, LPWSAOVERLAPPED ov, DWORD flags)
{
    struct routine *routine = (struct routine *)(void *)ov;

    routine->calls++;
    routine->error = error;
    routine->bytes = bytes;
    routine->flags = flags;
}

static void a_routine_learns_of_a_cut_message(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_socket(AF_INET);
    struct routine r = {.calls = 0}, w = {.calls = 0};
    struct udp_name to = udp_name_of(s);
    struct msg in, out;

    (void)state;
    msg_room(&in);
    in.buffer.len = 2;
    pair_fails(WSARecvMsg(s, &in.message, NULL, &r.ov, routine_called), WSA_IO_PENDING);
    msg_text(&out, "abc", &to);
    flow_accepted(WSASendMsg(sender, &out.message, 0, NULL, &w.ov, routine_called) == 0
                      ? 0
                      : WSAGetLastError());
    while (r.calls + w.calls < 2)
        assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(w.error, 0);
    assert_int_equal(w.bytes, 3);
    assert_int_equal(r.error, WSAEMSGSIZE);
    assert_int_equal(r.bytes, 2);
    assert_int_equal(r.flags, MSG_PARTIAL);
    assert_int_equal(in.message.dwFlags, MSG_TRUNC);
    closesocket(s);
    closesocket(sender);
}

struct blocked {
    SOCKET s;
    _Atomic unsigned thread;
    struct msg in;
    DWORD bytes;
    int error;
};

static void *blocked_main(void *argument)
{
    struct blocked *blocked = argument;

    msg_room(&blocked->in);
    blocked->thread = GetCurrentThreadId();
    blocked->error = msg_recv(WSARecvMsg, blocked->s, &blocked->in, &blocked->bytes);
    return NULL;
}

static void a_blocking_receive_waits_and_tells(void **state)
{
    struct blocked blocked = {.s = udp_bound(AF_INET)};
    SOCKET sender = udp_socket(AF_INET);
    pthread_t thread;

    (void)state;
    msg_option(blocked.s, IPPROTO_IP, IP_RECVTTL);
    thread = flow_run(blocked_main, &blocked);
    flow_asleep(&blocked.thread);
    assert_int_equal(udp_send(sender, "abc", 3, udp_name_of(blocked.s)), 3);
    flow_join(thread);
    assert_int_equal(blocked.error, 0);
    assert_int_equal(blocked.bytes, 3);
    assert_in_range(msg_int(&blocked.in, IPPROTO_IP, IP_TTL), 32, 255); /* RECVMSG-11 */
    assert_int_equal(blocked.in.message.namelen, sizeof(SOCKADDR_IN));
    closesocket(sender);
    closesocket(blocked.s);
}

static void a_time_out_ends_a_blocking_receive(void **state)
{
    SOCKET s = udp_bound(AF_INET);
    DWORD wait_ms = 20, n = 77;
    struct msg in;

    (void)state;
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&wait_ms, sizeof wait_ms), 0);
    msg_room(&in);
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAETIMEDOUT);
    assert_int_equal(in.message.Control.len, sizeof in.control);
    closesocket(s);
}

static void cancelled_and_closed_operations_end_once(void **state)
{
    SOCKET s = udp_bound(AF_INET);
    OVERLAPPED ov = flow_overlapped();
    struct msg in;
    DWORD n = 77, flags = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        msg_room(&in);
        pair_fails(WSARecvMsg(s, &in.message, NULL, &ov, NULL), WSA_IO_PENDING);
        if (i == 0)
            assert_true(CancelIoEx((HANDLE)s, &ov));
        else
            assert_int_equal(closesocket(s), 0);
        assert_int_equal(WSAWaitForMultipleEvents(1, &ov.hEvent, TRUE, FLOW_LIMIT_MS, FALSE),
                         WSA_WAIT_EVENT_0);
        assert_int_equal(ov.Internal, FLOW_CANCELLED);
        if (i == 0) {
            assert_false(WSAGetOverlappedResult(s, &ov, &n, FALSE, &flags));
            assert_int_equal(WSAGetLastError(), WSA_OPERATION_ABORTED);
        }
        assert_int_equal(in.message.Control.len, sizeof in.control);
        assert_int_equal(in.message.namelen, sizeof in.name.data);
    }
    WSACloseEvent(ov.hEvent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_can_be_had_both_ways),
        cmocka_unit_test(sendmsg_reports_first_failed_check),
        cmocka_unit_test(recvmsg_reports_first_failed_check),
        cmocka_unit_test(a_message_binds_gathers_and_names),
        cmocka_unit_test(peeking_leaves_the_message),
        cmocka_unit_test(a_cut_message_fills_the_buffers),
        cmocka_unit_test(refused_receives_take_nothing),
        cmocka_unit_test(a_message_that_is_too_long_is_not_sent),
        cmocka_unit_test(an_overlapped_receive_tells_at_its_end),
        cmocka_unit_test(messages_through_a_port_keep_their_order),
        cmocka_unit_test(a_routine_learns_of_a_cut_message),
        cmocka_unit_test(a_blocking_receive_waits_and_tells),
        cmocka_unit_test(a_time_out_ends_a_blocking_receive),
        cmocka_unit_test(cancelled_and_closed_operations_end_once),
    };

    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
