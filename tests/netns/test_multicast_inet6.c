/* SPDX-License-Identifier: MIT */
/* IPv6 multicast as it is delivered: groups, interfaces, sources, reach, and one's own echo. */
#include "multicast.h"

#define GROUP "ff15::1"
#define OTHER "ff15::2"

static int change(SOCKET s, int option, const char *group, unsigned index)
{
    IPV6_MREQ request;

    assert_int_equal(inet_pton(AF_INET6, group, &request.ipv6mr_multiaddr), 1);
    request.ipv6mr_interface = index;
    return setsockopt(s, IPPROTO_IPV6, option, (char *)&request, sizeof request);
}

static void only_members_hear(void **state)
{
    SOCKET sender = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET member = wire_receiver(AF_INET6), stranger = wire_receiver(AF_INET6);

    (void)state;
    wire_misses(sender, member, AF_INET6, GROUP);
    assert_int_equal(change(member, IPV6_ADD_MEMBERSHIP, GROUP, wire_v0), 0);
    wire_hears(sender, member, AF_INET6, GROUP);
    wire_misses(sender, member, AF_INET6, OTHER);
    wire_misses(sender, stranger, AF_INET6, GROUP);
    assert_int_equal(change(member, IPV6_JOIN_GROUP, OTHER, wire_v0), 0);
    wire_hears(sender, member, AF_INET6, OTHER);
    assert_int_equal(change(member, IPV6_DROP_MEMBERSHIP, GROUP, wire_v0), 0);
    wire_misses(sender, member, AF_INET6, GROUP);
    assert_int_equal(change(member, IPV6_LEAVE_GROUP, OTHER, wire_v0), 0);
    wire_misses(sender, member, AF_INET6, OTHER);
    closesocket(sender);
    closesocket(member);
    closesocket(stranger);
}

/* The wire goes both ways; index 0 is the interface that a route says. */
static void groups_are_joined_on_one_interface(void **state)
{
    SOCKET from_v0 = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET from_v2 = wire_sender(AF_INET6, "fd0b::1", wire_v2);
    SOCKET at_v0 = wire_receiver(AF_INET6), at_v1 = wire_receiver(AF_INET6);
    SOCKET at_v2 = wire_receiver(AF_INET6), by_route = wire_receiver(AF_INET6);

    (void)state;
    assert_int_equal(change(at_v0, IPV6_ADD_MEMBERSHIP, GROUP, wire_v0), 0);
    assert_int_equal(wire_group(at_v1, AF_INET6, MCAST_JOIN_GROUP, wire_v1, GROUP, NULL), 0);
    assert_int_equal(change(at_v2, IPV6_ADD_MEMBERSHIP, GROUP, wire_v2), 0);
    wire_hears(from_v0, at_v0, AF_INET6, GROUP);
    wire_hears(from_v0, at_v1, AF_INET6, GROUP);
    wire_misses(from_v0, at_v2, AF_INET6, GROUP);
    wire_misses(from_v2, at_v0, AF_INET6, GROUP);
    wire_hears(from_v2, at_v2, AF_INET6, GROUP);
    assert_int_equal(wire_group(at_v1, AF_INET6, MCAST_LEAVE_GROUP, wire_v1, GROUP, NULL), 0);
    wire_misses(from_v0, at_v1, AF_INET6, GROUP);
    assert_true(netns_run("ip -6 route add ff15::/16 dev v0 table local metric 1"));
    assert_int_equal(change(by_route, IPV6_ADD_MEMBERSHIP, GROUP, 0), 0);
    wire_hears(from_v0, by_route, AF_INET6, GROUP);
    pair_fails(change(by_route, IPV6_ADD_MEMBERSHIP, GROUP, wire_v0), WSAEADDRNOTAVAIL);
    assert_int_equal(change(by_route, IPV6_DROP_MEMBERSHIP, GROUP, 0), 0);
    assert_true(netns_run("ip -6 route del ff15::/16 dev v0 table local metric 1"));
    closesocket(from_v0);
    closesocket(from_v2);
    closesocket(at_v0);
    closesocket(at_v1);
    closesocket(at_v2);
    closesocket(by_route);
}

static void sources_are_let_in(void **state)
{
    SOCKET first = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET fifth = wire_sender(AF_INET6, "fd08::5", wire_v0);
    SOCKET s = wire_receiver(AF_INET6);

    (void)state;
    assert_int_equal(wire_group(s, AF_INET6, MCAST_JOIN_SOURCE_GROUP, wire_v0, GROUP, "fd08::1"),
                     0);
    wire_hears(first, s, AF_INET6, GROUP);
    wire_misses(fifth, s, AF_INET6, GROUP);
    assert_int_equal(wire_group(s, AF_INET6, MCAST_JOIN_SOURCE_GROUP, wire_v0, GROUP, "fd08::5"),
                     0);
    wire_hears(fifth, s, AF_INET6, GROUP);
    assert_int_equal(wire_group(s, AF_INET6, MCAST_LEAVE_SOURCE_GROUP, wire_v0, GROUP, "fd08::1"),
                     0);
    wire_misses(first, s, AF_INET6, GROUP);
    assert_int_equal(wire_group(s, AF_INET6, MCAST_LEAVE_SOURCE_GROUP, wire_v0, GROUP, "fd08::5"),
                     0);
    wire_misses(fifth, s, AF_INET6, GROUP);
    closesocket(first);
    closesocket(fifth);
    closesocket(s);
}

static void sources_are_kept_out(void **state)
{
    SOCKET first = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET fifth = wire_sender(AF_INET6, "fd08::5", wire_v0);
    SOCKET s = wire_receiver(AF_INET6);

    (void)state;
    assert_int_equal(change(s, IPV6_ADD_MEMBERSHIP, GROUP, wire_v0), 0);
    assert_int_equal(wire_group(s, AF_INET6, MCAST_BLOCK_SOURCE, wire_v0, GROUP, "fd08::5"), 0);
    wire_hears(first, s, AF_INET6, GROUP);
    wire_misses(fifth, s, AF_INET6, GROUP);
    assert_int_equal(wire_group(s, AF_INET6, MCAST_UNBLOCK_SOURCE, wire_v0, GROUP, "fd08::5"), 0);
    wire_hears(fifth, s, AF_INET6, GROUP);
    closesocket(first);
    closesocket(fifth);
    closesocket(s);
}

static void lists_of_sources(void **state)
{
    SOCKET first = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET fifth = wire_sender(AF_INET6, "fd08::5", wire_v0);
    SOCKET s = wire_receiver(AF_INET6);
    struct udp_name group = wire_name(AF_INET6, GROUP, 0);
    SOCKADDR_STORAGE list[2] = {wire_name(AF_INET6, "fd08::5", 0).data,
                                wire_name(AF_INET6, "fd08::9", 0).data};
    SOCKADDR_STORAGE found[2];
    MULTICAST_MODE_TYPE mode = MCAST_EXCLUDE;
    ULONG count = 2;

    (void)state;
    assert_int_equal(
        setsourcefilter(s, wire_v0, udp_address(&group), group.bytes, MCAST_INCLUDE, 2, list), 0);
    wire_hears(fifth, s, AF_INET6, GROUP);
    wire_misses(first, s, AF_INET6, GROUP);
    assert_int_equal(
        getsourcefilter(s, wire_v0, udp_address(&group), group.bytes, &mode, &count, found), 0);
    assert_int_equal(mode, MCAST_INCLUDE);
    assert_int_equal(count, 2);
    assert_memory_equal(found, list, sizeof(SOCKADDR_IN6));
    assert_memory_equal(&found[1], &list[1], sizeof(SOCKADDR_IN6));
    assert_int_equal(
        setsourcefilter(s, wire_v0, udp_address(&group), group.bytes, MCAST_EXCLUDE, 1, list), 0);
    wire_hears(first, s, AF_INET6, GROUP);
    wire_misses(fifth, s, AF_INET6, GROUP);
    assert_int_equal(
        setsourcefilter(s, wire_v0, udp_address(&group), group.bytes, MCAST_INCLUDE, 0, NULL), 0);
    wire_misses(first, s, AF_INET6, GROUP);
    closesocket(first);
    closesocket(fifth);
    closesocket(s);
}

static void reach_and_echo(void **state)
{
    SOCKET sender = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET near = wire_receiver(AF_INET6), far = wire_receiver(AF_INET6);

    (void)state;
    assert_int_equal(change(near, IPV6_ADD_MEMBERSHIP, GROUP, wire_v0), 0);
    assert_int_equal(change(far, IPV6_ADD_MEMBERSHIP, GROUP, wire_v1), 0);
    assert_int_equal(pair_set(sender, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), 0);
    wire_hears(sender, near, AF_INET6, GROUP); /* the receiver's business */
    assert_int_equal(pair_set(near, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), 0);
    assert_int_equal(pair_set(far, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), 0);
    wire_misses(sender, near, AF_INET6, GROUP);
    wire_hears(sender, far, AF_INET6, GROUP);
    assert_int_equal(pair_set(near, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1), 0);
    assert_int_equal(pair_set(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 0), 0);
    wire_hears(sender, near, AF_INET6, GROUP);
    wire_misses(sender, far, AF_INET6, GROUP);
    closesocket(sender);
    closesocket(near);
    closesocket(far);
}

/* WSAJoinLeaf makes a membership as the options do; what one joined, another leaves. */
static void leaves_are_members(void **state)
{
    const DWORD flags = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;
    SOCKET sender = wire_sender(AF_INET6, "fd08::1", wire_v0);
    SOCKET s = WSASocketW(AF_INET6, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED | flags);
    struct udp_name any = wire_name(AF_INET6, "::", 0);
    struct udp_name session = wire_name(AF_INET6, GROUP, htons(4000));

    (void)state;
    assert_int_equal(bind(s, udp_address(&any), any.bytes), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, FLOW_LIMIT_MS), 0);
    assert_int_equal(change(s, IPV6_ADD_MEMBERSHIP, OTHER, wire_v0), 0);
    ((SOCKADDR_IN6 *)(void *)&session.data)->sin6_scope_id = wire_v0;
    assert_true(WSAJoinLeaf(s, udp_address(&session), session.bytes, NULL, NULL, NULL, NULL,
                            JL_RECEIVER_ONLY) == s);
    wire_hears(sender, s, AF_INET6, GROUP);
    wire_hears(sender, s, AF_INET6, OTHER);
    pair_fails(change(s, IPV6_ADD_MEMBERSHIP, GROUP, wire_v0), WSAEADDRNOTAVAIL);
    assert_int_equal(change(s, IPV6_DROP_MEMBERSHIP, GROUP, wire_v0), 0);
    wire_misses(sender, s, AF_INET6, GROUP);
    wire_hears(sender, s, AF_INET6, OTHER);
    closesocket(sender);
    closesocket(s);
}

/* One socket for both: IPv4's groups at IPPROTO_IP. */
static void dual_mode(void **state)
{
    SOCKET sender = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET s = udp_socket(AF_INET6);
    SOCKET other = udp_socket(AF_INET6);
    struct udp_name any = wire_name(AF_INET6, "::", 0);
    IP_MREQ request = {wire_inet("239.255.1.1"), wire_inet("10.8.0.1")};

    (void)state;
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0), 0);
    assert_int_equal(pair_set(other, IPPROTO_IPV6, IPV6_V6ONLY, 0), 0);
    assert_int_equal(bind(s, udp_address(&any), any.bytes), 0);
    assert_int_equal(bind(other, udp_address(&any), any.bytes), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, FLOW_LIMIT_MS), 0);
    assert_int_equal(pair_set(other, SOL_SOCKET, SO_RCVTIMEO, FLOW_LIMIT_MS), 0);
    assert_int_equal(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof request),
                     0);
    wire_hears(sender, s, AF_INET, "239.255.1.1");
    wire_misses(sender, other, AF_INET, "239.255.1.1");
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    wire_misses(sender, s, AF_INET, "239.255.1.1");
    closesocket(sender);
    closesocket(s);
    closesocket(other);
}

/* Links take a moment to come up. */
static int setup(void **state)
{
    struct udp_name name;
    time_t limit;
    SOCKET s;

    assert_true(netns_run("ip link add v2 type veth peer name v3"));
    assert_true(netns_run("ip -6 addr add fd0b::1/64 dev v2 nodad"));
    assert_true(netns_run("ip link set v2 up && ip link set v3 up"));
    wire_learn();
    assert_int_equal(pair_setup(state), 0);
    name = wire_name(AF_INET6, GROUP, htons(9));
    limit = time(NULL) + FLOW_LIMIT_MS / 1000;
    for (unsigned i = 0; i < 3; i++) {
        unsigned index = i == 0 ? wire_v0 : i == 1 ? wire_v1 : wire_v2;

        s = udp_socket(AF_INET6);
        assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index), 0);
        while (connect(s, udp_address(&name), name.bytes) != 0) {
            assert_true(time(NULL) <= limit);
            sched_yield();
        }
        closesocket(s);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_members_hear),  cmocka_unit_test(groups_are_joined_on_one_interface),
        cmocka_unit_test(sources_are_let_in), cmocka_unit_test(sources_are_kept_out),
        cmocka_unit_test(lists_of_sources),   cmocka_unit_test(reach_and_echo),
        cmocka_unit_test(leaves_are_members), cmocka_unit_test(dual_mode),
    };

    if (!wire_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
