/* SPDX-License-Identifier: MIT */
/* Control data: what a send carries reaches the datagram, and what a receive asks for comes. */
#include "wsamsg.h"

static LPFN_WSARECVMSG WSARecvMsg;

static int setup(void **state)
{
    int result = pair_setup(state);

    WSARecvMsg = msg_receiver();
    return result;
}

struct ends {
    SOCKET to, from;
    struct udp_name name;
};

static struct ends ends_make(int family)
{
    struct ends e;

    e.to = udp_bound(family);
    e.from = udp_bound(family);
    e.name = udp_name_of(e.to);
    return e;
}

static void ends_close(struct ends e)
{
    closesocket(e.to);
    closesocket(e.from);
}

static void ends_pass(struct ends *e, struct msg *out, struct msg *in)
{
    DWORD n = 0;

    assert_int_equal(msg_send(e->from, out), 0);
    msg_room(in);
    assert_int_equal(msg_recv(WSARecvMsg, e->to, in, &n), 0);
    assert_int_equal(n, out->buffer.len);
}

static void nothing_is_told_that_was_not_asked_for(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        struct ends e = ends_make(family);
        struct msg out, in;

        msg_text(&out, "abc", &e.name);
        ends_pass(&e, &out, &in);
        assert_int_equal(in.message.Control.len, 0);
        assert_int_equal(in.message.dwFlags, 0);
        ends_close(e);
    }
}

static void everything_of_ipv4_comes(void **state)
{
    struct ends e = ends_make(AF_INET);
    INT hops = 77, tos = 0xb8;
    IN_PKTINFO info = {{{{0}}}, 0}, source;
    IN_PKTINFO_EX info_ex = {{{{{0}}}, 0}, {{{0}}}};
    IN_ADDR to;
    struct msg out, in;

    (void)state;
    msg_option(e.to, IPPROTO_IP, IP_PKTINFO);
    msg_option(e.to, IPPROTO_IP, IP_PKTINFO_EX);
    msg_option(e.to, IPPROTO_IP, IP_RECVTTL);
    msg_option(e.to, IPPROTO_IP, IP_RECVTOS);
    msg_option(e.to, IPPROTO_IP, IP_RECVIF);
    msg_option(e.to, IPPROTO_IP, IP_RECVDSTADDR);
    msg_option(e.to, IPPROTO_IP, IP_ORIGINAL_ARRIVAL_IF);
    msg_text(&out, "abc", &e.name);
    memset(&source, 0, sizeof source);
    source.ipi_addr.s_addr = htonl(INADDR_LOOPBACK);
    msg_add(&out, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
    msg_add(&out, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    msg_add(&out, IPPROTO_IP, IP_PKTINFO, &source, sizeof source);
    ends_pass(&e, &out, &in);
    assert_int_equal(msg_int(&in, IPPROTO_IP, IP_TTL), 77);
    assert_int_equal(msg_int(&in, IPPROTO_IP, IP_TOS), 0xb8);
    assert_true(msg_find(&in, IPPROTO_IP, IP_PKTINFO, &info, sizeof info));
    assert_int_equal(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(info.ipi_ifindex, 1); /* the loopback interface's, always */
    assert_true(msg_find(&in, IPPROTO_IP, IP_PKTINFO_EX, &info_ex, sizeof info_ex));
    assert_int_equal(info_ex.pkt_info.ipi_ifindex, 1);
    assert_int_equal(msg_int(&in, IPPROTO_IP, IP_RECVIF), 1);
    assert_int_equal(msg_int(&in, IPPROTO_IP, IP_ORIGINAL_ARRIVAL_IF), 1);
    assert_true(msg_find(&in, IPPROTO_IP, IP_RECVDSTADDR, &to, sizeof to));
    assert_int_equal(to.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(msg_int(&in, IPPROTO_IP, IP_ECN), -1);
    ends_close(e);
}

static void congestion_bits_are_told_alone(void **state)
{
    struct ends e = ends_make(AF_INET);
    INT ecn = 2, hops = 1;
    struct msg out, in;

    (void)state;
    msg_option(e.to, IPPROTO_IP, IP_RECVECN);
    msg_text(&out, "abc", &e.name);
    msg_add(&out, IPPROTO_IP, IP_ECN, &ecn, sizeof ecn);
    msg_add(&out, IPPROTO_IP, IP_HOPLIMIT, &hops, sizeof hops);
    ends_pass(&e, &out, &in);
    assert_int_equal(msg_int(&in, IPPROTO_IP, IP_ECN), 2);
    assert_int_equal(in.message.Control.len, WSA_CMSG_SPACE(sizeof ecn)); /* nothing else */
    ends_close(e);
}

static void everything_of_ipv6_comes(void **state)
{
    struct ends e = ends_make(AF_INET6);
    INT hops = 99, class = 0x45;
    IN6_PKTINFO info, source;
    IN6_ADDR to;
    struct msg out, in;

    (void)state;
    msg_option(e.to, IPPROTO_IPV6, IPV6_PKTINFO);
    msg_option(e.to, IPPROTO_IPV6, IPV6_HOPLIMIT);
    msg_option(e.to, IPPROTO_IPV6, IPV6_RECVTCLASS);
    msg_option(e.to, IPPROTO_IPV6, IPV6_RECVECN);
    msg_option(e.to, IPPROTO_IPV6, IPV6_RECVIF);
    msg_option(e.to, IPPROTO_IPV6, IPV6_RECVDSTADDR);
    msg_text(&out, "abc", &e.name);
    memset(&source, 0, sizeof source);
    source.ipi6_addr = in6addr_loopback;
    source.ipi6_ifindex = 1;
    msg_add(&out, IPPROTO_IPV6, IPV6_PKTINFO, &source, sizeof source);
    msg_add(&out, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof hops);
    msg_add(&out, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof class);
    ends_pass(&e, &out, &in);
    assert_true(msg_find(&in, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info)); /* RECVMSG-14 */
    assert_memory_equal(&info, &source, sizeof info);
    assert_int_equal(msg_int(&in, IPPROTO_IPV6, IPV6_HOPLIMIT), 99);
    assert_int_equal(msg_int(&in, IPPROTO_IPV6, IPV6_TCLASS), 0x45);
    assert_int_equal(msg_int(&in, IPPROTO_IPV6, IPV6_ECN), 1);
    assert_int_equal(msg_int(&in, IPPROTO_IPV6, IPV6_RECVIF), 1);
    assert_true(msg_find(&in, IPPROTO_IPV6, IPV6_RECVDSTADDR, &to, sizeof to));
    assert_memory_equal(&to, &in6addr_loopback, sizeof to);
    ends_close(e);
}

/* On a socket of both families IPv4's datagrams are described at IPv4's level, when asked for there
 * (IPV6_PKTINFO alone says nothing of them). */
static void a_dual_socket_tells_each_family_apart(void **state)
{
    SOCKET s = udp_socket(AF_INET6), sender = udp_bound(AF_INET);
    struct udp_name any, to;
    SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)(void *)&any.data;
    IN_PKTINFO info = {{{{0}}}, 0};
    IN6_PKTINFO info6;
    DWORD off = 0, n = 0;
    struct msg out, in;

    (void)state;
    assert_int_equal(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off), 0);
    memset(&any, 0, sizeof any);
    six->sin6_family = AF_INET6;
    any.bytes = sizeof *six;
    assert_int_equal(bind(s, udp_address(&any), any.bytes), 0);
    any = udp_name_of(s);
    to = udp_loopback(AF_INET, six->sin6_port);
    msg_option(s, IPPROTO_IPV6, IPV6_PKTINFO);
    for (int i = 0; i < 2; i++) {
        msg_text(&out, "abc", &to);
        assert_int_equal(msg_send(sender, &out), 0);
        msg_room(&in);
        assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), 0);
        assert_false(msg_find(&in, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof info6));
        assert_int_equal(msg_find(&in, IPPROTO_IP, IP_PKTINFO, &info, sizeof info), i == 1);
        msg_option(s, IPPROTO_IP, IP_PKTINFO);
    }
    assert_int_equal(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
    closesocket(s);
    closesocket(sender);
}

/* ---- What a send refuses ---- */

static void impossible_control_data_are_refused(void **state)
{
    struct ends e = ends_make(AF_INET);
    const struct {
        int level, type;
        INT value;
        size_t bytes;
    } rows[] = {
        {IPPROTO_IP, IP_TTL, 0, 4},
        {IPPROTO_IP, IP_TTL, 256, 4},
        {IPPROTO_IP, IP_TTL, -1, 4},
        {IPPROTO_IP, IP_TTL, 1, 2},
        {IPPROTO_IP, IP_TOS, 256, 4},
        {IPPROTO_IP, IP_ECN, 4, 4},
        {IPPROTO_IP, IP_ECN, -1, 4},
        {IPPROTO_IP, IP_PKTINFO, 1, 4},
        {IPPROTO_IP, IP_RECVIF, 1, 4},
        {IPPROTO_IPV6, IPV6_HOPLIMIT, 1, 4}, /* no such socket */
        {IPPROTO_UDP, 99, 1, 4},
        {IPPROTO_UDP, UDP_SEND_MSG_SIZE, 65536, 4},
        {IPPROTO_UDP, UDP_SEND_MSG_SIZE, 8, 2},
        {SOL_SOCKET, SO_TYPE, 1, 4},
        {IPPROTO_TCP, 1, 1, 4},
    };
    WSACMSGHDR *header;
    struct msg out;
    DWORD n = 77;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        msg_text(&out, "abc", &e.name);
        msg_add(&out, rows[i].level, rows[i].type, &rows[i].value, rows[i].bytes);
        pair_fails(WSASendMsg(e.from, &out.message, 0, &n, NULL, NULL), WSAEINVAL);
    }
    for (int i = 0; i < 3; i++) { /* longer than there is, shorter than a header, a piece of one */
        INT hops = 9;

        msg_text(&out, "abc", &e.name);
        msg_add(&out, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
        header = (WSACMSGHDR *)(void *)out.control;
        if (i < 2)
            header->cmsg_len = i == 0 ? out.message.Control.len + 1 : sizeof *header - 1;
        else
            out.message.Control.len += 8;
        pair_fails(WSASendMsg(e.from, &out.message, 0, &n, NULL, NULL), WSAEINVAL);
    }
    udp_nonblocking(e.to);
    pair_fails(recv(e.to, out.data, sizeof out.data, 0), WSAEWOULDBLOCK); /* nothing was sent */
    ends_close(e);
}

/* A source address that is not ours, an interface that there is not. */
static void a_source_must_be_ours(void **state)
{
    struct ends e = ends_make(AF_INET6);
    IN6_PKTINFO source;
    struct msg out;
    int error;

    (void)state;
    for (int i = 0; i < 2; i++) {
        memset(&source, 0, sizeof source);
        source.ipi6_addr.s6_addr[0] = i == 0 ? 0x20 : 0;
        source.ipi6_ifindex = i == 0 ? 0 : 0x7ffffff0;
        msg_text(&out, "abc", &e.name);
        msg_add(&out, IPPROTO_IPV6, IPV6_PKTINFO, &source, sizeof source);
        error = msg_send(e.from, &out);
        assert_int_equal(error, i == 0 ? WSAEINVAL : WSAEADDRNOTAVAIL);
    }
    ends_close(e);
}

/* ---- Where it went ---- */

static void multicast_and_broadcast_are_marked(void **state)
{
    SOCKET s = udp_socket(AF_INET), sender = udp_socket(AF_INET);
    SOCKADDR_IN any = pair_name(INADDR_ANY, 0), to;
    struct ip_mreq group;
    struct udp_name name;
    struct msg in;
    DWORD n = 0, loopback = htonl(INADDR_LOOPBACK);

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&any, sizeof any), 0);
    name = udp_name_of(s);
    group.imr_multiaddr.s_addr = htonl(0xefff0107);
    group.imr_interface.s_addr = loopback;
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&group, sizeof group), 0);
    assert_int_equal(
        setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, (char *)&loopback, sizeof loopback), 0);
    msg_option(sender, SOL_SOCKET, SO_BROADCAST);
    udp_nonblocking(s);
    msg_room(&in); /* from now on the places are known */
    assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), WSAEWOULDBLOCK);
    to = pair_name(0xefff0107, ((SOCKADDR_IN *)(void *)&name.data)->sin_port);
    assert_int_equal(sendto(sender, "m", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    to.sin_addr.s_addr = htonl(0x7fffffff); /* loopback's own broadcast address */
    assert_int_equal(sendto(sender, "b", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(sendto(sender, "u", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    for (int i = 0; i < 3; i++) {
        msg_room(&in);
        assert_int_equal(msg_recv(WSARecvMsg, s, &in, &n), 0);
        assert_int_equal(in.data[0], "mbu"[i]);
        assert_int_equal(in.message.dwFlags, i == 0 ? MSG_MCAST : i == 1 ? MSG_BCAST : 0);
        assert_int_equal(in.message.Control.len, 0);
    }
    closesocket(s);
    closesocket(sender);
}

/* ---- Segments ---- */

static void one_message_becomes_many_datagrams(void **state)
{
    struct ends e = ends_make(AF_INET);
    DWORD size = 5;
    struct msg out;
    char data[8];

    (void)state;
    msg_text(&out, "abcdefghijkl", &e.name);
    msg_add(&out, IPPROTO_UDP, UDP_SEND_MSG_SIZE, &size, sizeof size);
    assert_int_equal(msg_send(e.from, &out), 0);
    assert_int_equal(recv(e.to, data, sizeof data, 0), 5);
    assert_int_equal(recv(e.to, data, sizeof data, 0), 5);
    assert_int_equal(recv(e.to, data, sizeof data, 0), 2);
    assert_memory_equal(data, "kl", 2);
    ends_close(e);
}

/* Loopback keeps the segments of one send together for a socket that takes them so. Where the
 * socket wants less than the kernel may join, nothing is joined, and so nothing is cut. */
static void joined_datagrams_tell_their_size(void **state)
{
    static const DWORD most[] = {65535, 1000};
    static const DWORD size = 5;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(most); i++) {
        struct ends e = ends_make(AF_INET);
        struct msg out, in;
        DWORD n = 0;

        assert_int_equal(setsockopt(e.to, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE,
                                    (const char *)&most[i], sizeof most[i]),
                         0);
        assert_int_equal(
            setsockopt(e.from, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (const char *)&size, sizeof size),
            0);
        msg_text(&out, "abcdefghijkl", &e.name);
        assert_int_equal(msg_send(e.from, &out), 0);
        msg_room(&in);
        assert_int_equal(msg_recv(WSARecvMsg, e.to, &in, &n), 0);
        assert_int_equal(n, i == 0 ? 12 : 5);
        assert_int_equal(msg_int(&in, IPPROTO_UDP, UDP_COALESCED_INFO), i == 0 ? 5 : -1);
        ends_close(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_that_was_not_asked_for),
        cmocka_unit_test(everything_of_ipv4_comes),
        cmocka_unit_test(congestion_bits_are_told_alone),
        cmocka_unit_test(everything_of_ipv6_comes),
        cmocka_unit_test(a_dual_socket_tells_each_family_apart),
        cmocka_unit_test(impossible_control_data_are_refused),
        cmocka_unit_test(a_source_must_be_ours),
        cmocka_unit_test(multicast_and_broadcast_are_marked),
        cmocka_unit_test(one_message_becomes_many_datagrams),
        cmocka_unit_test(joined_datagrams_tell_their_size),
    };

    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
