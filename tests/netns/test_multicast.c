/* SPDX-License-Identifier: MIT */
/* IPv4 multicast as it is delivered: groups, interfaces, sources, reach, and one's own echo. */
#include "multicast.h"

#define GROUP "239.255.1.1"
#define OTHER "239.255.1.2"

static int change(SOCKET s, int option, const char *group, const char *interface_)
{
    IP_MREQ request = {wire_inet(group), wire_inet(interface_)};

    return setsockopt(s, IPPROTO_IP, option, (char *)&request, sizeof request);
}

static int change_source(SOCKET s, int option, const char *source, const char *interface_)
{
    IP_MREQ_SOURCE request = {wire_inet(GROUP), wire_inet(source), wire_inet(interface_)};

    return setsockopt(s, IPPROTO_IP, option, (char *)&request, sizeof request);
}

/* Linux would let every socket hear what any of them has joined. */
static void only_members_hear(void **state)
{
    SOCKET sender = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET member = wire_receiver(AF_INET), stranger = wire_receiver(AF_INET);

    (void)state;
    wire_misses(sender, member, AF_INET, GROUP);
    assert_int_equal(change(member, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    wire_hears(sender, member, AF_INET, GROUP);
    wire_misses(sender, member, AF_INET, OTHER);
    wire_misses(sender, stranger, AF_INET, GROUP);
    assert_int_equal(change(member, IP_ADD_MEMBERSHIP, OTHER, "10.8.0.1"), 0);
    wire_hears(sender, member, AF_INET, OTHER);
    assert_int_equal(change(member, IP_DROP_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    wire_misses(sender, member, AF_INET, GROUP);
    wire_hears(sender, member, AF_INET, OTHER);
    closesocket(sender);
    closesocket(member);
    closesocket(stranger);
}

/* Interfaces as addresses, as 0.x.x.x and as indexes. */
static void groups_are_joined_on_one_interface(void **state)
{
    SOCKET from_v0 = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET from_loopback = wire_sender(AF_INET, "127.0.0.1", WIRE_LOOPBACK);
    SOCKET at_v0 = wire_receiver(AF_INET), at_v1 = wire_receiver(AF_INET);
    SOCKET at_loopback = wire_receiver(AF_INET), everywhere = wire_receiver(AF_INET);
    char index[16];

    (void)state;
    snprintf(index, sizeof index, "0.0.0.%u", wire_v0);
    assert_int_equal(change(at_v0, IP_ADD_MEMBERSHIP, GROUP, index), 0);
    assert_int_equal(wire_group(at_v1, AF_INET, MCAST_JOIN_GROUP, wire_v1, GROUP, NULL), 0);
    assert_int_equal(change(at_loopback, IP_ADD_MEMBERSHIP, GROUP, "127.0.0.1"), 0);
    assert_int_equal(change(everywhere, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    assert_int_equal(change(everywhere, IP_ADD_MEMBERSHIP, GROUP, "127.0.0.1"), 0);
    wire_hears(from_v0, at_v0, AF_INET, GROUP);
    wire_hears(from_v0, at_v1, AF_INET, GROUP); /* over the wire */
    wire_misses(from_v0, at_loopback, AF_INET, GROUP);
    wire_hears(from_v0, everywhere, AF_INET, GROUP);
    wire_misses(from_loopback, at_v0, AF_INET, GROUP);
    wire_misses(from_loopback, at_v1, AF_INET, GROUP);
    wire_hears(from_loopback, at_loopback, AF_INET, GROUP);
    wire_hears(from_loopback, everywhere, AF_INET, GROUP);
    /* the same membership, by another name of the interface */
    assert_int_equal(change(at_v0, IP_DROP_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    wire_misses(from_v0, at_v0, AF_INET, GROUP);
    closesocket(from_v0);
    closesocket(from_loopback);
    closesocket(at_v0);
    closesocket(at_v1);
    closesocket(at_loopback);
    closesocket(everywhere);
}

/* Chosen by an address as well; 0 is what the routes say. */
static void the_sender_chooses_the_interface(void **state)
{
    SOCKET sender = udp_socket(AF_INET);
    SOCKET at_v0 = wire_receiver(AF_INET), at_loopback = wire_receiver(AF_INET);

    (void)state;
    assert_int_equal(change(at_v0, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    assert_int_equal(change(at_loopback, IP_ADD_MEMBERSHIP, GROUP, "127.0.0.1"), 0);
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_MULTICAST_IF, (int)htonl(0x0a080001)), 0);
    wire_hears(sender, at_v0, AF_INET, GROUP);
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_MULTICAST_IF, (int)htonl(INADDR_LOOPBACK)), 0);
    wire_hears(sender, at_loopback, AF_INET, GROUP);
    wire_misses(sender, at_v0, AF_INET, GROUP);
    assert_true(netns_run("ip route add 224.0.0.0/4 dev v0"));
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_MULTICAST_IF, 0), 0);
    wire_hears(sender, at_v0, AF_INET, GROUP);
    wire_misses(sender, at_loopback, AF_INET, GROUP);
    assert_true(netns_run("ip route del 224.0.0.0/4 dev v0"));
    closesocket(sender);
    closesocket(at_v0);
    closesocket(at_loopback);
}

/* No interface and no route: the programs of this computer still have each other. */
static void without_a_route_there_is_loopback(void **state)
{
    SOCKET one = wire_receiver(AF_INET), two = wire_receiver(AF_INET);

    (void)state;
    assert_int_equal(change(one, IP_ADD_MEMBERSHIP, GROUP, "0.0.0.0"), 0);
    assert_int_equal(change(two, IP_ADD_MEMBERSHIP, GROUP, "0.0.0.0"), 0);
    wire_hears(one, two, AF_INET, GROUP);
    wire_hears(two, one, AF_INET, GROUP);
    wire_hears(one, one, AF_INET, GROUP);
    assert_int_equal(change(one, IP_DROP_MEMBERSHIP, GROUP, "0.0.0.0"), 0);
    wire_misses(two, one, AF_INET, GROUP);
    closesocket(one);
    closesocket(two);
}

/* By address, by 0.x.x.x and by index; Linux has the members of the first in another order. */
static void sources_are_let_in(void **state)
{
    SOCKET first = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET fifth = wire_sender(AF_INET, "10.8.0.5", wire_v0);
    SOCKET s = wire_receiver(AF_INET);
    char index[16];

    (void)state;
    snprintf(index, sizeof index, "0.0.0.%u", wire_v0);
    assert_int_equal(change_source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.8.0.1", "10.8.0.1"), 0);
    wire_hears(first, s, AF_INET, GROUP);
    wire_misses(fifth, s, AF_INET, GROUP);
    assert_int_equal(change_source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.8.0.5", index), 0);
    wire_hears(fifth, s, AF_INET, GROUP);
    assert_int_equal(change_source(s, IP_DROP_SOURCE_MEMBERSHIP, "10.8.0.1", index), 0);
    wire_misses(first, s, AF_INET, GROUP);
    wire_hears(fifth, s, AF_INET, GROUP);
    assert_int_equal(wire_group(s, AF_INET, MCAST_JOIN_SOURCE_GROUP, wire_v0, GROUP, "10.8.0.1"),
                     0);
    wire_hears(first, s, AF_INET, GROUP);
    assert_int_equal(wire_group(s, AF_INET, MCAST_LEAVE_SOURCE_GROUP, wire_v0, GROUP, "10.8.0.5"),
                     0);
    wire_misses(fifth, s, AF_INET, GROUP);
    assert_int_equal(change_source(s, IP_DROP_SOURCE_MEMBERSHIP, "10.8.0.1", "10.8.0.1"), 0);
    wire_misses(first, s, AF_INET, GROUP); /* it was the last one */
    pair_fails(change(s, IP_DROP_MEMBERSHIP, GROUP, "10.8.0.1"), WSAEINVAL);
    closesocket(first);
    closesocket(fifth);
    closesocket(s);
}

static void sources_are_kept_out(void **state)
{
    SOCKET first = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET fifth = wire_sender(AF_INET, "10.8.0.5", wire_v0);
    SOCKET s = wire_receiver(AF_INET);

    (void)state;
    assert_int_equal(change(s, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    assert_int_equal(change_source(s, IP_BLOCK_SOURCE, "10.8.0.5", "10.8.0.1"), 0);
    wire_hears(first, s, AF_INET, GROUP);
    wire_misses(fifth, s, AF_INET, GROUP);
    assert_int_equal(wire_group(s, AF_INET, MCAST_BLOCK_SOURCE, wire_v0, GROUP, "10.8.0.1"), 0);
    wire_misses(first, s, AF_INET, GROUP);
    assert_int_equal(change_source(s, IP_UNBLOCK_SOURCE, "10.8.0.5", "10.8.0.1"), 0);
    wire_hears(fifth, s, AF_INET, GROUP);
    assert_int_equal(wire_group(s, AF_INET, MCAST_UNBLOCK_SOURCE, wire_v0, GROUP, "10.8.0.1"), 0);
    wire_hears(first, s, AF_INET, GROUP);
    closesocket(first);
    closesocket(fifth);
    closesocket(s);
}

/* The whole list at once, which joins and leaves as well. */
static void lists_of_sources(void **state)
{
    SOCKET first = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET fifth = wire_sender(AF_INET, "10.8.0.5", wire_v0);
    SOCKET s = wire_receiver(AF_INET);
    IN_ADDR v0 = wire_inet("10.8.0.1"), group = wire_inet(GROUP);
    IN_ADDR list[3] = {wire_inet("10.8.0.5"), wire_inet("10.8.0.7"), {{{0}}}};
    MULTICAST_MODE_TYPE mode = MCAST_EXCLUDE;
    ULONG count = 3;

    (void)state;
    assert_int_equal(setipv4sourcefilter(s, v0, group, MCAST_INCLUDE, 2, list), 0);
    wire_hears(fifth, s, AF_INET, GROUP);
    wire_misses(first, s, AF_INET, GROUP);
    assert_int_equal(getipv4sourcefilter(s, v0, group, &mode, &count, list), 0);
    assert_int_equal(mode, MCAST_INCLUDE);
    assert_int_equal(count, 2);
    assert_int_equal(list[0].s_addr, wire_inet("10.8.0.5").s_addr);
    assert_int_equal(list[1].s_addr, wire_inet("10.8.0.7").s_addr);
    assert_int_equal(setipv4sourcefilter(s, v0, group, MCAST_EXCLUDE, 1, list), 0);
    wire_hears(first, s, AF_INET, GROUP);
    wire_misses(fifth, s, AF_INET, GROUP);
    count = 0;
    assert_int_equal(getipv4sourcefilter(s, v0, group, &mode, &count, NULL), 0);
    assert_int_equal(mode, MCAST_EXCLUDE);
    assert_int_equal(count, 1);
    assert_int_equal(setipv4sourcefilter(s, v0, group, MCAST_INCLUDE, 0, NULL), 0);
    wire_misses(first, s, AF_INET, GROUP);
    pair_fails(getipv4sourcefilter(s, v0, group, &mode, &count, NULL), WSAEADDRNOTAVAIL);
    closesocket(first);
    closesocket(fifth);
    closesocket(s);
}

static void lists_of_sources_by_index(void **state)
{
    SOCKET first = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET s = wire_receiver(AF_INET);
    struct udp_name group = wire_name(AF_INET, GROUP, 0);
    SOCKADDR_STORAGE list[2] = {wire_name(AF_INET, "10.8.0.5", 0).data,
                                wire_name(AF_INET, "10.8.0.1", 0).data};
    MULTICAST_MODE_TYPE mode = MCAST_INCLUDE;
    ULONG count = 1;

    (void)state;
    assert_int_equal(
        setsourcefilter(s, wire_v0, udp_address(&group), group.bytes, MCAST_EXCLUDE, 2, list), 0);
    wire_misses(first, s, AF_INET, GROUP);
    assert_int_equal(
        getsourcefilter(s, wire_v0, udp_address(&group), group.bytes, &mode, &count, list), 0);
    assert_int_equal(mode, MCAST_EXCLUDE);
    assert_int_equal(count, 2); /* all there are, though one was asked for */
    assert_int_equal(list[0].ss_family, AF_INET);
    assert_int_equal(((SOCKADDR_IN *)(void *)&list[0])->sin_addr.s_addr,
                     wire_inet("10.8.0.5").s_addr);
    assert_int_equal(
        setsourcefilter(s, wire_v0, udp_address(&group), group.bytes, MCAST_EXCLUDE, 1, list), 0);
    wire_hears(first, s, AF_INET, GROUP);
    closesocket(first);
    closesocket(s);
}

/* 1 at first, which the wire takes; 0 stays on this computer. */
static void reach(void **state)
{
    SOCKET sender = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET near = wire_receiver(AF_INET), far = wire_receiver(AF_INET);

    (void)state;
    assert_int_equal(change(near, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    assert_int_equal(change(far, IP_ADD_MEMBERSHIP, GROUP, "10.9.0.1"), 0);
    wire_hears(sender, near, AF_INET, GROUP);
    wire_hears(sender, far, AF_INET, GROUP);
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_MULTICAST_TTL, 0), 0);
    wire_hears(sender, near, AF_INET, GROUP);
    wire_misses(sender, far, AF_INET, GROUP);
    closesocket(sender);
    closesocket(near);
    closesocket(far);
}

/* The receiver's business here, and not the sender's as on Linux. */
static void echo(void **state)
{
    SOCKET sender = wire_sender(AF_INET, "10.8.0.1", wire_v0);
    SOCKET loopback = wire_sender(AF_INET, "127.0.0.1", WIRE_LOOPBACK);
    SOCKET on = wire_receiver(AF_INET), off = wire_receiver(AF_INET);
    SOCKET far = wire_receiver(AF_INET);
    BOOL no = FALSE;
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(change(on, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    assert_int_equal(change(off, IP_ADD_MEMBERSHIP, GROUP, "10.8.0.1"), 0);
    assert_int_equal(change(off, IP_ADD_MEMBERSHIP, GROUP, "127.0.0.1"), 0);
    assert_int_equal(change(far, IP_ADD_MEMBERSHIP, GROUP, "10.9.0.1"), 0);
    assert_int_equal(pair_set(off, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    assert_int_equal(pair_set(far, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    wire_hears(sender, on, AF_INET, GROUP);
    wire_misses(sender, off, AF_INET, GROUP);
    wire_misses(loopback, off, AF_INET, GROUP);
    wire_hears(sender, far, AF_INET, GROUP); /* it came over the wire */
    assert_int_equal(pair_set(off, IPPROTO_IP, IP_MULTICAST_LOOP, 1), 0);
    wire_hears(sender, off, AF_INET, GROUP);
    assert_int_equal(
        WSAIoctl(on, SIO_MULTIPOINT_LOOPBACK, &no, sizeof no, NULL, 0, &bytes, NULL, NULL), 0);
    wire_misses(sender, on, AF_INET, GROUP);
    closesocket(sender);
    closesocket(loopback);
    closesocket(on);
    closesocket(off);
    closesocket(far);
}

/* The older control codes, with indexes in this computer's order. */
static void codes_by_index(void **state)
{
    SOCKET sender = wire_socket(AF_INET, "0.0.0.0");
    SOCKET s = wire_receiver(AF_INET), far = wire_receiver(AF_INET);
    struct {
        IN_ADDR group;
        ULONG index;
    } request = {wire_inet(GROUP), wire_v0};
    int nowhere = 0;
    DWORD bytes = 1;

    (void)state;
    assert_int_equal(WSAIoctl(sender, SIO_INDEX_MCASTIF, &wire_v0, 4, NULL, 0, &bytes, NULL, NULL),
                     0);
    assert_int_equal(bytes, 0);
    assert_int_equal(
        WSAIoctl(s, SIO_INDEX_ADD_MCAST, &request, sizeof request, NULL, 0, &bytes, NULL, NULL), 0);
    assert_int_equal(change(far, IP_ADD_MEMBERSHIP, GROUP, "10.9.0.1"), 0);
    wire_hears(sender, s, AF_INET, GROUP);
    wire_hears(sender, far, AF_INET, GROUP);
    assert_int_equal(WSAIoctl(sender, SIO_MULTICAST_SCOPE, &nowhere, sizeof nowhere, NULL, 0,
                              &bytes, NULL, NULL),
                     0);
    wire_misses(sender, far, AF_INET, GROUP);
    assert_int_equal(
        WSAIoctl(s, SIO_INDEX_DEL_MCAST, &request, sizeof request, NULL, 0, &bytes, NULL, NULL), 0);
    wire_misses(sender, s, AF_INET, GROUP);
    closesocket(sender);
    closesocket(s);
    closesocket(far);
}

static int setup(void **state)
{
    wire_learn();
    return pair_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_members_hear),
        cmocka_unit_test(groups_are_joined_on_one_interface),
        cmocka_unit_test(the_sender_chooses_the_interface),
        cmocka_unit_test(without_a_route_there_is_loopback),
        cmocka_unit_test(sources_are_let_in),
        cmocka_unit_test(sources_are_kept_out),
        cmocka_unit_test(lists_of_sources),
        cmocka_unit_test(lists_of_sources_by_index),
        cmocka_unit_test(reach),
        cmocka_unit_test(echo),
        cmocka_unit_test(codes_by_index),
    };

    if (!wire_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
