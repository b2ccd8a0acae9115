/* SPDX-License-Identifier: MIT */
/*
 * What the tests of multicast share: a network with a wire, v0 to v1, both ends of which are here,
 * so that what is sent on v0 is heard there at once and comes in at v1 as if from elsewhere;
 * sockets with ports of their own; and two questions: did a socket hear what was sent to a group,
 * or not?
 */
#ifndef TESTS_NETNS_MULTICAST_H
#define TESTS_NETNS_MULTICAST_H

#include "../api/udp.h"
#include "netns.h"

#include <mstcpip.h>

enum { WIRE_LOOPBACK = 1 }; /* index of the loopback interface */

static unsigned wire_v0, wire_v1, wire_v2; /* interface indexes; v2 is there in some tests */

/* Addresses 10.8.0.1, 10.8.0.5 and fd08::1, fd08::5 on v0; 10.9.0.1 and fd09::1 on v1. False:
 * "skipped: reason" was printed. */
static inline bool wire_begin(void)
{
    if (!netns_begin())
        return false;
    if (!netns_set("ipv4/conf/all/accept_local", "1") ||
        !netns_set("ipv4/conf/all/rp_filter", "0") || !netns_set("ipv4/conf/v1/rp_filter", "0") ||
        !netns_run("ip addr add 10.8.0.5/24 dev v0 && ip addr add 10.9.0.1/24 dev v1") ||
        !netns_run("ip -6 addr add fd08::5/64 dev v0 nodad") ||
        !netns_run("ip -6 addr add fd09::1/64 dev v1 nodad")) {
        printf("skipped: the links cannot be configured\n");
        return false;
    }
    return true;
}

static inline void wire_learn(void)
{
    FILE *pipe = popen("ip -o link", "r");
    char line[512];

    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe) != NULL) {
        unsigned index = 0;
        char name[32];

        if (sscanf(line, "%u: %31[^@:]", &index, name) != 2)
            continue;
        if (strcmp(name, "v0") == 0)
            wire_v0 = index;
        if (strcmp(name, "v1") == 0)
            wire_v1 = index;
        if (strcmp(name, "v2") == 0)
            wire_v2 = index;
    }
    assert_int_equal(pclose(pipe), 0);
    assert_true(wire_v0 != 0 && wire_v1 != 0);
}

/* ---- Sockets and names ---- */

static inline struct udp_name wire_name(int family, const char *address, USHORT port)
{
    struct udp_name name = udp_loopback(family, port);
    SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)(void *)&name.data;
    SOCKADDR_IN *four = (SOCKADDR_IN *)(void *)&name.data;

    assert_int_equal(
        inet_pton(family, address,
                  family == AF_INET6 ? (void *)&six->sin6_addr : (void *)&four->sin_addr),
        1);
    return name;
}

static inline SOCKET wire_socket(int family, const char *address)
{
    struct udp_name name = wire_name(family, address, 0);
    SOCKET s = udp_socket(family);

    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, FLOW_LIMIT_MS), 0);
    if (bind(s, udp_address(&name), name.bytes) != 0)
        fail_msg("bind to %s: %d", address, WSAGetLastError());
    return s;
}

/* Hears what comes to any address. */
static inline SOCKET wire_receiver(int family)
{
    return wire_socket(family, family == AF_INET6 ? "::" : "0.0.0.0");
}

/* Sends from this address, to groups by way of this interface. */
static inline SOCKET wire_sender(int family, const char *address, unsigned index)
{
    SOCKET s = wire_socket(family, address);

    if (family == AF_INET6)
        assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index), 0);
    else
        assert_int_equal(pair_set(s, IPPROTO_IP, IP_MULTICAST_IF, (int)htonl(index)), 0);
    return s;
}

static inline IN_ADDR wire_inet(const char *address)
{
    IN_ADDR number;

    assert_int_equal(inet_pton(AF_INET, address, &number), 1);
    return number;
}

/* The MCAST_ options; source NULL: those of whole groups. */
static inline int wire_group(SOCKET s, int family, int option, unsigned index, const char *group,
                             const char *source)
{
    GROUP_SOURCE_REQ request;
    GROUP_REQ whole;
    int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;

    memset(&request, 0, sizeof request);
    memset(&whole, 0, sizeof whole);
    request.gsr_interface = whole.gr_interface = index;
    request.gsr_group = whole.gr_group = wire_name(family, group, 0).data;
    if (source == NULL)
        return setsockopt(s, level, option, (char *)&whole, sizeof whole);
    request.gsr_source = wire_name(family, source, 0).data;
    return setsockopt(s, level, option, (char *)&request, sizeof request);
}

/* ---- Did it hear it? ---- */

static unsigned wire_sent; /* each datagram has a number, so that none is taken for another */

static inline void wire_send(SOCKET from, SOCKET to, int family, const char *address)
{
    struct udp_name here = udp_name_of(to);
    struct udp_name name = wire_name(family, address, SS_PORT(&here.data));

    wire_sent++;
    if (udp_send(from, &wire_sent, sizeof wire_sent, name) != (int)sizeof wire_sent)
        fail_msg("sendto %s: %d", address, WSAGetLastError());
}

static inline void wire_takes(SOCKET s)
{
    unsigned number = 0;
    int bytes = recv(s, (char *)&number, sizeof number, 0);

    if (bytes != (int)sizeof number)
        fail_msg("recv of datagram %u: %d", wire_sent, WSAGetLastError());
    assert_int_equal(number, wire_sent);
}

#define wire_hears(from, to, family, address) \
    do {                                      \
        wire_send(from, to, family, address); \
        wire_takes(to);                       \
    } while (0)

/* What is sent after it, to this one only, is the first that it hears. */
#define wire_misses(from, to, family, address)                                      \
    do {                                                                            \
        SOCKET behind_ = udp_socket(family);                                        \
        wire_send(from, to, family, address);                                       \
        wire_send(behind_, to, family, (family) == AF_INET6 ? "::1" : "127.0.0.1"); \
        wire_takes(to);                                                             \
        closesocket(behind_);                                                       \
    } while (0)

#endif
