/* SPDX-License-Identifier: MIT */
/* Options of IPPROTO_IP and IPPROTO_IPV6 by what they do to packets, leaving and arriving. */
#include "multicast.h"

enum { HEADER_TOS = 1, HEADER_FLAGS = 6, HEADER_TTL = 8, HEADER_BYTES = 20, FLAG_WHOLE = 0x40 };

/* ---- What packets look like ---- */

/* The IPv4 header of the next UDP packet that this raw socket sees. */
static void header_of(SOCKET raw, unsigned char *header)
{
    unsigned char packet[256];

    assert_true(recv(raw, (char *)packet, sizeof packet, 0) >= HEADER_BYTES);
    memcpy(header, packet, HEADER_BYTES);
}

static void headers_of_datagrams(void **state)
{
    SOCKET raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    SOCKET s = udp_bound(AF_INET), to = udp_bound(AF_INET);
    unsigned char header[HEADER_BYTES];

    (void)state;
    assert_true(raw != INVALID_SOCKET);
    assert_int_equal(pair_bind(raw, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(pair_set(raw, SOL_SOCKET, SO_RCVTIMEO, FLOW_LIMIT_MS), 0);
    wire_send(s, to, AF_INET, "127.0.0.1");
    header_of(raw, header);
    assert_int_equal(header[HEADER_TTL], 128);
    assert_int_equal(header[HEADER_TOS], 0);
    assert_int_equal(header[HEADER_FLAGS] & FLAG_WHOLE, 0);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_TTL, 77), 0);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_TOS, 0x10), 0); /* taken, and ignored */
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_DONTFRAGMENT, 1), 0);
    wire_send(s, to, AF_INET, "127.0.0.1");
    header_of(raw, header);
    assert_int_equal(header[HEADER_TTL], 77);
    assert_int_equal(header[HEADER_TOS], 0);
    assert_int_equal(header[HEADER_FLAGS] & FLAG_WHOLE, FLAG_WHOLE);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_DONTFRAGMENT, 0), 0);
    wire_send(s, to, AF_INET, "127.0.0.1");
    header_of(raw, header);
    assert_int_equal(header[HEADER_FLAGS] & FLAG_WHOLE, 0);
    closesocket(raw);
    closesocket(s);
    closesocket(to);
}

/* The link takes 1500 bytes. */
static void large_datagrams(void **state)
{
    static const struct {
        int level, option, value;
        int family;
        int error; /* 0: it may be cut */
    } rows[] = {
        {IPPROTO_IP, IP_DONTFRAGMENT, 0, AF_INET, 0},
        {IPPROTO_IP, IP_DONTFRAGMENT, 1, AF_INET, WSAEMSGSIZE},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, AF_INET, WSAEMSGSIZE},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, AF_INET, 0},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, AF_INET, WSAEMSGSIZE},
        {IPPROTO_IPV6, IPV6_DONTFRAG, 0, AF_INET6, 0},
        {IPPROTO_IPV6, IPV6_DONTFRAG, 1, AF_INET6, WSAEMSGSIZE},
        {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DONT, AF_INET6, 0},
    };
    static char data[2000];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        bool inet6 = rows[i].family == AF_INET6;
        struct udp_name to = wire_name(rows[i].family, inet6 ? "fd08::2" : "10.8.0.2", htons(9));
        SOCKET s = udp_socket(rows[i].family);

        assert_int_equal(pair_set(s, rows[i].level, rows[i].option, rows[i].value), 0);
        if (rows[i].error == 0)
            assert_int_equal(udp_send(s, data, sizeof data, to), sizeof data);
        else
            pair_fails(udp_send(s, data, sizeof data, to), rows[i].error);
        assert_int_equal(udp_send(s, data, 1000, to), 1000);
        closesocket(s);
    }
}

static void the_size_of_the_path(void **state)
{
    struct udp_name four = wire_name(AF_INET, "10.8.0.2", htons(9));
    struct udp_name six = wire_name(AF_INET6, "fd08::2", htons(9));
    SOCKET s = udp_socket(AF_INET), s6 = udp_socket(AF_INET6);

    (void)state;
    assert_int_equal(connect(s, udp_address(&four), four.bytes), 0);
    assert_int_equal(pair_get(s, IPPROTO_IP, IP_MTU), 1500);
    assert_int_equal(connect(s6, udp_address(&six), six.bytes), 0);
    assert_int_equal(pair_get(s6, IPPROTO_IPV6, IPV6_MTU), 1500);
    closesocket(s);
    closesocket(s6);
}

/* The route to this group goes nowhere else: the option is all that names an interface. */
static void interfaces_of_unicasts(void **state)
{
    SOCKET s = udp_socket(AF_INET), s6 = udp_socket(AF_INET6);
    struct udp_name four = wire_name(AF_INET, "10.77.0.1", htons(9));
    struct udp_name six = wire_name(AF_INET6, "fd77::1", htons(9));
    ULONG index = wire_v0;
    DWORD bytes = 0;

    (void)state;
    pair_fails(udp_send(s, "x", 1, four), WSAENETUNREACH);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_UNICAST_IF, (int)htonl(wire_v0)), 0);
    assert_int_equal(udp_send(s, "x", 1, four), 1);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_UNICAST_IF, 0), 0);
    pair_fails(udp_send(s, "x", 1, four), WSAENETUNREACH);
    assert_int_equal(WSAIoctl(s, SIO_UCAST_IF, &index, sizeof index, NULL, 0, &bytes, NULL, NULL),
                     0);
    assert_int_equal(pair_get(s, IPPROTO_IP, IP_UNICAST_IF), htonl(wire_v0));
    pair_fails(pair_set(s, IPPROTO_IP, IP_UNICAST_IF, (int)htonl(9999)), WSAEADDRNOTAVAIL);
    pair_fails(udp_send(s6, "x", 1, six), WSAENETUNREACH);
    assert_int_equal(pair_set(s6, IPPROTO_IPV6, IPV6_UNICAST_IF, (int)wire_v0), 0);
    assert_int_equal(pair_get(s6, IPPROTO_IPV6, IPV6_UNICAST_IF), wire_v0);
    pair_fails(pair_set(s6, IPPROTO_IPV6, IPV6_UNICAST_IF, 9999), WSAEADDRNOTAVAIL);
    closesocket(s);
    closesocket(s6);
}

static int answered(SOCKET s, struct udp_name to)
{
    fd_set writable, failed;
    struct timeval limit = {FLOW_LIMIT_MS / 1000, 0};
    int error = 0;
    int length = sizeof error;

    udp_nonblocking(s);
    pair_fails(connect(s, udp_address(&to), to.bytes), WSAEWOULDBLOCK);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(s, &writable);
    FD_SET(s, &failed);
    assert_int_equal(select(0, NULL, &writable, &failed, &limit), 1);
    assert_int_equal(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &length), 0);
    return error;
}

/* A connection begins on the interface that was chosen: with the option, the network is not
 * unreachable any more, and the host is, since nobody answers there. */
static void interfaces_of_streams(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM), other = pair_socket(SOCK_STREAM);
    struct udp_name to = wire_name(AF_INET, "10.77.0.1", htons(9));

    (void)state;
    assert_true(netns_set("ipv4/neigh/v0/mcast_solicit", "1"));
    assert_true(netns_set("ipv4/neigh/v0/retrans_time_ms", "10"));
    pair_fails(connect(s, udp_address(&to), to.bytes), WSAENETUNREACH);
    assert_int_equal(pair_set(other, IPPROTO_IP, IP_UNICAST_IF, (int)htonl(wire_v0)), 0);
    assert_int_equal(answered(other, to), WSAEHOSTUNREACH);
    closesocket(s);
    closesocket(other);
}

/* ---- What is let in ---- */

/* From this computer back to it: by the subnet's address, everybody's, and loopback's. */
static void broadcasts(void **state)
{
    SOCKET s = wire_receiver(AF_INET), sender = wire_sender(AF_INET, "10.8.0.1", wire_v0);

    (void)state;
    assert_int_equal(pair_set(sender, SOL_SOCKET, SO_BROADCAST, 1), 0);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_RECEIVE_BROADCAST, 0), 0);
    wire_misses(sender, s, AF_INET, "10.8.0.255");
    wire_misses(sender, s, AF_INET, "127.255.255.255");
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_UNICAST_IF, (int)htonl(wire_v0)), 0);
    wire_misses(sender, s, AF_INET, "255.255.255.255"); /* also what comes in at v1 */
    wire_hears(sender, s, AF_INET, "10.8.0.1");
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_RECEIVE_BROADCAST, 1), 0);
    wire_hears(sender, s, AF_INET, "10.8.0.255");
    wire_takes(s); /* the same, over the wire */
    wire_hears(sender, s, AF_INET, "255.255.255.255");
    wire_takes(s);
    closesocket(s);
    closesocket(sender);
}

static void add_interface(SOCKET s, int level, unsigned index)
{
    int option = level == IPPROTO_IP ? IP_ADD_IFLIST : IPV6_ADD_IFLIST;

    assert_int_equal(pair_set(s, level, option, (int)index), 0);
}

/* A socket that would hear a group twice: at v0, and over the wire at v1. */
static void lists_of_interfaces(void **state)
{
    SOCKET sender = wire_sender(AF_INET, "10.8.0.1", wire_v0), s = wire_receiver(AF_INET);
    IP_MREQ at_v0 = {wire_inet("239.255.1.1"), wire_inet("10.8.0.1")};
    IP_MREQ at_v1 = {wire_inet("239.255.1.1"), wire_inet("10.9.0.1")};
    DWORD list[4] = {0};
    int bytes = sizeof list;

    (void)state;
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&at_v0, sizeof at_v0), 0);
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&at_v1, sizeof at_v1), 0);
    wire_hears(sender, s, AF_INET, "239.255.1.1");
    wire_takes(s);
    add_interface(s, IPPROTO_IP, WIRE_LOOPBACK);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_IFLIST, 1), 0);
    wire_misses(sender, s, AF_INET, "239.255.1.1");
    add_interface(s, IPPROTO_IP, wire_v1);
    wire_hears(sender, s, AF_INET, "239.255.1.1");
    wire_hears(sender, s, AF_INET, "127.0.0.1"); /* it was not there twice */
    assert_int_equal(getsockopt(s, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &bytes), 0);
    assert_int_equal(bytes, 2 * sizeof list[0]);
    assert_int_equal(list[0], WIRE_LOOPBACK);
    assert_int_equal(list[1], wire_v1);
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_DEL_IFLIST, (int)wire_v1), 0);
    wire_misses(sender, s, AF_INET, "239.255.1.1");
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_IFLIST, 0), 0);
    wire_hears(sender, s, AF_INET, "239.255.1.1");
    wire_takes(s);
    closesocket(s);
    closesocket(sender);
}

static void lists_of_interfaces_inet6(void **state)
{
    SOCKET sender = wire_sender(AF_INET6, "fd08::1", wire_v0), s = wire_receiver(AF_INET6);

    (void)state;
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_IFLIST, 1), 0);
    add_interface(s, IPPROTO_IPV6, wire_v0);
    /* to itself everything goes over loopback, which is not in the list */
    wire_send(sender, s, AF_INET6, "fd08::1");
    add_interface(s, IPPROTO_IPV6, WIRE_LOOPBACK);
    wire_hears(sender, s, AF_INET6, "fd08::1");
    assert_int_equal(wire_group(s, AF_INET6, MCAST_JOIN_GROUP, wire_v0, "ff15::1", NULL), 0);
    wire_hears(sender, s, AF_INET6, "ff15::1");
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_DEL_IFLIST, (int)wire_v0), 0);
    wire_misses(sender, s, AF_INET6, "ff15::1");
    closesocket(s);
    closesocket(sender);
}

/* PROTECTION_LEVEL_RESTRICTED: nobody from another site. */
static void protected_datagrams(void **state)
{
    SOCKET s = wire_receiver(AF_INET6);
    SOCKET near = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET far = wire_sender(AF_INET6, "2001:db8::1", wire_v0);

    (void)state;
    wire_hears(far, s, AF_INET6, "fd08::1");
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, PROTECTION_LEVEL_RESTRICTED),
                     0);
    wire_misses(far, s, AF_INET6, "fd08::1");
    wire_hears(near, s, AF_INET6, "fd08::1");
    assert_int_equal(
        pair_set(s, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, PROTECTION_LEVEL_UNRESTRICTED), 0);
    wire_hears(far, s, AF_INET6, "fd08::1");
    closesocket(s);
    closesocket(near);
    closesocket(far);
}

static SOCKET connecting(const char *from, USHORT port)
{
    struct udp_name name = wire_name(AF_INET6, from, 0);
    struct udp_name to = wire_name(AF_INET6, "fd08::1", port);
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);

    assert_int_equal(bind(s, udp_address(&name), name.bytes), 0);
    udp_nonblocking(s);
    pair_fails(connect(s, udp_address(&to), to.bytes), WSAEWOULDBLOCK);
    return s;
}

static void accepts_from(SOCKET listener, const char *address)
{
    struct udp_name wanted = wire_name(AF_INET6, address, 0);
    struct udp_name from;
    SOCKET accepted;

    from.bytes = sizeof from.data;
    accepted = accept(listener, udp_address(&from), &from.bytes);
    assert_true(accepted != INVALID_SOCKET);
    assert_memory_equal(&((SOCKADDR_IN6 *)(void *)&from.data)->sin6_addr,
                        &((SOCKADDR_IN6 *)(void *)&wanted.data)->sin6_addr, sizeof(IN6_ADDR));
    assert_int_equal(send(accepted, "x", 1, 0), 1);
    closesocket(accepted);
}

static void protected_connections(void **state)
{
    struct udp_name any = wire_name(AF_INET6, "::", 0);
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0);
    SOCKET far, near, later;
    USHORT port;

    (void)state;
    assert_int_equal(bind(listener, udp_address(&any), any.bytes), 0);
    any = udp_name_of(listener);
    port = SS_PORT(&any.data);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(
        pair_set(listener, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, PROTECTION_LEVEL_RESTRICTED), 0);
    far = connecting("2001:db8::1", port);
    near = connecting("fd08::5", port);
    accepts_from(listener, "fd08::5");
    udp_nonblocking(listener);
    assert_true(accept(listener, NULL, NULL) == INVALID_SOCKET); /* the first one is not there */
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    closesocket(far);
    assert_int_equal(
        pair_set(listener, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, PROTECTION_LEVEL_EDGERESTRICTED),
        0);
    later = connecting("2001:db8::1", port);
    assert_int_equal(WSAEventSelect(listener, NULL, 0), 0);
    assert_int_equal(ioctlsocket(listener, (long)FIONBIO, &(u_long){0}), 0);
    accepts_from(listener, "2001:db8::1");
    closesocket(later);
    closesocket(near);
    closesocket(listener);
}

static int setup(void **state)
{
    wire_learn();
    assert_true(netns_run("ip -6 addr add 2001:db8::1/64 dev v0 nodad"));
    return pair_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_datagrams),  cmocka_unit_test(large_datagrams),
        cmocka_unit_test(the_size_of_the_path),  cmocka_unit_test(interfaces_of_unicasts),
        cmocka_unit_test(interfaces_of_streams), cmocka_unit_test(broadcasts),
        cmocka_unit_test(lists_of_interfaces),   cmocka_unit_test(lists_of_interfaces_inet6),
        cmocka_unit_test(protected_datagrams),   cmocka_unit_test(protected_connections),
    };

    if (!wire_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
