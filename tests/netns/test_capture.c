/* SPDX-License-Identifier: MIT */
/* SIO_RCVALL and its kind: what a raw socket then receives, and what becomes of it afterwards. */
#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../api/flow.h"
#include "../api/netevents.h"
#include "netns.h"

#include <mstcpip.h>
#include <ws2tcpip.h>

enum { IP4_BYTES = 20, IP6_BYTES = 40, UDP_BYTES = 8 };

static const uint32_t link_address = 0x0A080001; /* 10.8.0.1 */

static int capture(SOCKET s, DWORD code, ULONG mode)
{
    DWORD n = 0;

    return WSAIoctl(s, code, &mode, sizeof mode, NULL, 0, &n, NULL, NULL);
}

static SOCKET raw4(uint32_t address)
{
    SOCKET s = socket(AF_INET, SOCK_RAW, IPPROTO_IP);

    assert_true(s != INVALID_SOCKET);
    assert_int_equal(pair_bind(s, address, 0), 0);
    return s;
}

static SOCKET raw6(void)
{
    SOCKADDR_IN6 name = {.sin6_family = AF_INET6, .sin6_addr.s6_addr[15] = 1};
    SOCKET s = socket(AF_INET6, SOCK_RAW, IPPROTO_IPV6);

    assert_true(s != INVALID_SOCKET);
    assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
    return s;
}

static u_long waiting(SOCKET s)
{
    u_long bytes = 7;

    assert_int_equal(ioctlsocket(s, (long)FIONREAD, &bytes), 0);
    return bytes;
}

/* A datagram with this text, from and to loopback. Returns its port, network order. */
static USHORT datagram(const char *text)
{
    SOCKET to = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(to);

    assert_int_equal(sendto(to, text, (int)strlen(text), 0, (struct sockaddr *)&name, sizeof name),
                     strlen(text));
    closesocket(to);
    return name.sin_port;
}

/* The next packet that carries UDP to this port; what else there is (ICMP about it) is passed. */
static int next_udp(SOCKET s, unsigned char *packet, int room, USHORT port)
{
    for (;;) {
        int bytes = flow_recv(s, packet, (ULONG)room);

        assert_true(bytes >= IP4_BYTES);
        assert_int_equal(packet[0], 0x45);
        assert_int_equal(packet[2] << 8 | packet[3], bytes);
        if (packet[9] == IPPROTO_UDP && memcmp(packet + IP4_BYTES + 2, &port, 2) == 0)
            return bytes;
    }
}

static void loopback_is_captured_once(void **state)
{
    SOCKET s = raw4(INADDR_LOOPBACK);
    SOCKADDR_IN from;
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 0);
    int length = sizeof from;
    unsigned char packet[256];
    USHORT port;

    (void)state;
    assert_int_equal(waiting(s), 0);
    datagram("before");
    assert_int_equal(waiting(s), 0);
    for (ULONG mode = RCVALL_ON; mode <= RCVALL_IPLEVEL; mode += 2) {
        assert_int_equal(capture(s, SIO_RCVALL, mode), 0);
        port = datagram("hello");
        assert_int_equal(next_udp(s, packet, sizeof packet, port), IP4_BYTES + UDP_BYTES + 5);
        assert_memory_equal(packet + IP4_BYTES + UDP_BYTES, "hello", 5);
        assert_int_equal(waiting(s), 0);
    }
    /* The sender is in the packet; the name has its family and nothing else. */
    datagram("named");
    memset(&from, 0xFF, sizeof from);
    assert_true(recvfrom(s, (char *)packet, sizeof packet, 0, (struct sockaddr *)&from, &length) >
                0);
    assert_int_equal(length, sizeof from);
    assert_int_equal(from.sin_family, AF_INET);
    assert_int_equal(from.sin_port, 0);
    assert_int_equal(from.sin_addr.s_addr, 0);
    datagram("cut");
    pair_fails(flow_recv(s, packet, IP4_BYTES), WSAEMSGSIZE);
    assert_int_equal(pair_address(s).sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    pair_fails(sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to), WSAEOPNOTSUPP);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
    pair_fails(connect(s, (struct sockaddr *)&to, sizeof to), WSAEOPNOTSUPP);
    assert_int_equal(capture(s, SIO_RCVALL, RCVALL_OFF), 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    pair_fails(capture(s, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    closesocket(s);
}

static void turning_it_off_gives_the_raw_socket_back(void **state)
{
    SOCKET s = raw4(INADDR_LOOPBACK);
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 0);
    unsigned char packet[256];

    (void)state;
    assert_int_equal(capture(s, SIO_RCVALL, RCVALL_OFF), 0); /* it is off */
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_TTL, 77), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(capture(s, SIO_RCVALL, RCVALL_ON), 0);
        assert_int_equal(capture(s, SIO_RCVALL, RCVALL_SOCKETLEVELONLY), 0); /* no effect */
        next_udp(s, packet, sizeof packet, datagram("one"));
        datagram("unread");
        assert_int_equal(capture(s, SIO_RCVALL, RCVALL_OFF), 0);
        assert_int_equal(waiting(s), 0);
        datagram("unseen");
        assert_int_equal(waiting(s), 0);
        assert_int_equal(pair_get(s, IPPROTO_IP, IP_TTL), 77);
        assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
        assert_int_equal(flow_recv(s, packet, sizeof packet), IP4_BYTES + 1); /* its own */
    }
    closesocket(s);
}

static void ipv6_is_captured_with_its_header(void **state)
{
    SOCKET s = raw6();
    SOCKET udp = socket(AF_INET6, SOCK_DGRAM, 0);
    SOCKADDR_IN6 name = {.sin6_family = AF_INET6, .sin6_addr.s6_addr[15] = 1};
    SOCKADDR_IN6 from;
    int length = sizeof name;
    unsigned char packet[256];

    (void)state;
    assert_int_equal(bind(udp, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(getsockname(udp, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(capture(s, SIO_RCVALL, RCVALL_IPLEVEL), 0);
    datagram("IPv4 is not for it");
    assert_int_equal(sendto(udp, "six", 3, 0, (struct sockaddr *)&name, sizeof name), 3);
    memset(&from, 0xFF, sizeof from);
    length = sizeof from;
    assert_int_equal(
        recvfrom(s, (char *)packet, sizeof packet, 0, (struct sockaddr *)&from, &length),
        IP6_BYTES + UDP_BYTES + 3);
    assert_int_equal(packet[0] >> 4, 6);
    assert_int_equal(packet[6], IPPROTO_UDP);
    assert_memory_equal(packet + IP6_BYTES + UDP_BYTES, "six", 3);
    assert_int_equal(length, sizeof from);
    assert_int_equal(from.sin6_family, AF_INET6);
    closesocket(udp);
    closesocket(s);
}

/* Also what this computer sends, and only what is for groups. */
static void multicast_and_igmp_are_told_apart(void **state)
{
    SOCKET all = raw4(link_address);
    SOCKET groups = raw4(link_address);
    SOCKET igmp = raw4(link_address);
    SOCKET udp = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN to = pair_name(0x0A080002, htons(9));
    SOCKADDR_IN group = pair_name(0xEF010203, htons(9));
    struct ip_mreq join = {.imr_multiaddr.s_addr = htonl(0xEF010203),
                           .imr_interface.s_addr = htonl(link_address)};
    unsigned char packet[256];

    (void)state;
    assert_int_equal(capture(all, SIO_RCVALL, RCVALL_ON), 0);
    assert_int_equal(capture(groups, SIO_RCVALL_MCAST, RCVALL_ON), 0);
    assert_int_equal(capture(igmp, SIO_RCVALL_IGMPMCAST, RCVALL_ON), 0);
    assert_int_equal(pair_bind(udp, link_address, 0), 0);
    assert_int_equal(setsockopt(udp, IPPROTO_IP, IP_MULTICAST_IF, (char *)&join.imr_interface, 4),
                     0);
    assert_int_equal(sendto(udp, "one", 3, 0, (struct sockaddr *)&to, sizeof to), 3);
    assert_int_equal(sendto(udp, "many", 4, 0, (struct sockaddr *)&group, sizeof group), 4);
    assert_int_equal(next_udp(all, packet, sizeof packet, htons(9)), IP4_BYTES + UDP_BYTES + 3);
    assert_int_equal(next_udp(all, packet, sizeof packet, htons(9)), IP4_BYTES + UDP_BYTES + 4);
    assert_int_equal(next_udp(groups, packet, sizeof packet, htons(9)), IP4_BYTES + UDP_BYTES + 4);
    assert_memory_equal(packet + 16, &group.sin_addr, 4);
    assert_int_equal(setsockopt(udp, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&join, sizeof join), 0);
    assert_true(flow_recv(igmp, packet, sizeof packet) >= IP4_BYTES + 8);
    assert_int_equal(packet[9], IPPROTO_IGMP);
    closesocket(udp);
    closesocket(igmp);
    closesocket(groups);
    closesocket(all);
}

static void interface_can_be_named(void **state)
{
    SOCKET s = raw4(INADDR_LOOPBACK); /* another interface's address */
    SOCKET udp = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN to = pair_name(0x0A080002, htons(9));
    RCVALL_IF values = {RCVALL_IPLEVEL, 0};
    unsigned char packet[256];
    DWORD n = 0;

    (void)state;
    for (values.Interface = 2; values.Interface < 64; values.Interface++) {
        if (WSAIoctl(s, SIO_RCVALL_IF, &values, sizeof values, NULL, 0, &n, NULL, NULL) != 0)
            continue;
        assert_int_equal(sendto(udp, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
        if (waiting(s) > 0) /* v0, or the other end of the link */
            break;
    }
    assert_int_equal(next_udp(s, packet, sizeof packet, htons(9)), IP4_BYTES + UDP_BYTES + 1);
    values.Interface = 0x7FFFFFFF;
    pair_fails(WSAIoctl(s, SIO_RCVALL_IF, &values, sizeof values, NULL, 0, &n, NULL, NULL),
               WSAEINVAL);
    pair_fails(WSAIoctl(s, SIO_RCVALL_MCAST_IF, &values, sizeof values, NULL, 0, &n, NULL, NULL),
               WSAEINVAL);
    closesocket(udp);
    closesocket(s);
}

static void it_is_checked_what_and_where(void **state)
{
    SOCKET s = raw4(INADDR_ANY);
    SOCKET unbound = socket(AF_INET, SOCK_RAW, IPPROTO_IP);
    SOCKET icmp = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    SOCKET igmp = socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
    SOCKET udp = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);

    (void)state;
    pair_fails(capture(s, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    pair_fails(capture(unbound, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    assert_int_equal(pair_bind(unbound, INADDR_LOOPBACK, 0), 0);
    pair_fails(capture(unbound, SIO_RCVALL, RCVALL_MAX + 1), WSAEINVAL);
    assert_int_equal(pair_bind(icmp, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(pair_bind(igmp, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(pair_bind(udp, INADDR_LOOPBACK, 0), 0);
    pair_fails(capture(icmp, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    pair_fails(capture(udp, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    pair_fails(capture(udp, SIO_RCVALL_IGMPMCAST, RCVALL_ON), WSAEINVAL);
    pair_fails(capture(igmp, SIO_RCVALL_MCAST, RCVALL_ON), WSAEINVAL);
    assert_int_equal(capture(igmp, SIO_RCVALL_IGMPMCAST, RCVALL_ON), 0);
    assert_int_equal(capture(udp, SIO_RCVALL_MCAST, RCVALL_ON), 0);
    closesocket(s);
    closesocket(unbound);
    closesocket(icmp);
    closesocket(igmp);
    closesocket(udp);
}

static void events_and_ports_go_on(void **state)
{
    SOCKET s = raw4(INADDR_LOOPBACK);
    WSAEVENT event = events_select(s, FD_READ);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = {0};
    struct flow_packet packet;
    unsigned char data[256];

    (void)state;
    assert_int_equal(capture(s, SIO_RCVALL, RCVALL_ON), 0);
    datagram("1");
    events_are(s, event, FD_READ);
    while (waiting(s) > 0)
        flow_recv(s, data, sizeof data);
    assert_int_equal(capture(s, SIO_RCVALL, RCVALL_OFF), 0);
    assert_int_equal(capture(s, SIO_RCVALL, RCVALL_ON), 0);
    flow_tie(s, port, 3);
    flow_accepted(flow_start_recv(s, data, sizeof data, &overlapped));
    pair_fails(capture(s, SIO_RCVALL, RCVALL_OFF), WSAEINVAL); /* not under a receive */
    datagram("22");
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, IP4_BYTES + UDP_BYTES + 2);
    closesocket(s);
    CloseHandle(port);
    WSACloseEvent(event);
}

/* The rights of this thread only: the system call knows no others. */
static void *capture_without_rights(void *argument)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    SOCKET *s = argument;

    memset(none, 0, sizeof none);
    assert_int_equal(syscall(SYS_capset, &header, none), 0);
    pair_fails(capture(*s, SIO_RCVALL, RCVALL_ON), WSAEACCES);
    return NULL;
}

static void it_needs_the_right_to(void **state)
{
    SOCKET s = raw4(INADDR_LOOPBACK);
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, 0);
    unsigned char packet[64];

    (void)state;
    flow_join(flow_run(capture_without_rights, &s));
    assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    assert_int_equal(flow_recv(s, packet, sizeof packet), IP4_BYTES + 1); /* it is as it was */
    closesocket(s);
}

struct receiver {
    SOCKET s;
    HANDLE port;
    _Atomic bool over;
    unsigned posted, ended;
};

/* Posts, cancels, and takes what comes of it, again and again. */
static void *receive_on_and_on(void *argument)
{
    struct receiver *receiver = argument;

    while (!receiver->over) {
        unsigned char data[256];
        OVERLAPPED overlapped = {0};
        struct flow_packet packet;

        flow_accepted(flow_start_recv(receiver->s, data, sizeof data, &overlapped));
        receiver->posted++;
        CancelIoEx((HANDLE)receiver->s, &overlapped);
        packet = flow_take(receiver->port, FLOW_LIMIT_MS);
        assert_ptr_equal(packet.overlapped, &overlapped);
        receiver->ended++;
    }
    return NULL;
}

/* A receive waits in one file or the other, and ends once. */
static void receives_and_changes_may_meet(void **state)
{
    struct receiver receiver = {.s = raw4(INADDR_LOOPBACK), .port = flow_port(1)};
    pthread_t thread;
    unsigned changed = 0;

    (void)state;
    flow_tie(receiver.s, receiver.port, 1);
    thread = flow_run(receive_on_and_on, &receiver);
    for (int i = 0; i < 400; i++) {
        WSASetLastError(0);
        if (capture(receiver.s, SIO_RCVALL, i % 2 == 0 ? RCVALL_ON : RCVALL_OFF) == 0)
            changed++;
        else
            assert_int_equal(WSAGetLastError(), WSAEINVAL); /* a receive was under way */
        if (i % 8 == 0)
            datagram("now and then");
    }
    receiver.over = true;
    flow_join(thread);
    assert_int_equal(receiver.posted, receiver.ended);
    flow_no_packet(receiver.port);
    print_message("%u changes, %u receives\n", changed, receiver.ended);
    closesocket(receiver.s);
    CloseHandle(receiver.port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_is_captured_once),
        cmocka_unit_test(turning_it_off_gives_the_raw_socket_back),
        cmocka_unit_test(ipv6_is_captured_with_its_header),
        cmocka_unit_test(multicast_and_igmp_are_told_apart),
        cmocka_unit_test(interface_can_be_named),
        cmocka_unit_test(it_is_checked_what_and_where),
        cmocka_unit_test(events_and_ports_go_on),
        cmocka_unit_test(it_needs_the_right_to),
        cmocka_unit_test(receives_and_changes_may_meet),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
