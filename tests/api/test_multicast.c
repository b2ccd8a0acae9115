/* SPDX-License-Identifier: MIT */
/*
 * Multicast options on loopback: what may follow what ("Multicast Socket Option Behavior"), what
 * they refuse, and that the older and the newer options and codes mean the same membership.
 * tests/netns/test_multicast*.c has the delivery over links.
 */
#include "udp.h"

#include <mstcpip.h>

#define GROUP 0xefff0101 /* 239.255.1.1 */

enum { LOOPBACK_INDEX = 1 };

enum step {
    END,
    ADD = IP_ADD_MEMBERSHIP,
    DROP = IP_DROP_MEMBERSHIP,
    ADD_SOURCE = IP_ADD_SOURCE_MEMBERSHIP,
    DROP_SOURCE = IP_DROP_SOURCE_MEMBERSHIP,
    BLOCK = IP_BLOCK_SOURCE,
    UNBLOCK = IP_UNBLOCK_SOURCE
};

/* How one step is taken: by IPv4's own options, or by those of both families. */
struct way {
    int family;
    bool general;
};

static const struct way ways[] = {{AF_INET, false}, {AF_INET, true}, {AF_INET6, true}};

static SOCKADDR_STORAGE name_of(int family, bool group)
{
    struct udp_name name = udp_loopback(family, 0);
    SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)(void *)&name.data;

    if (!group)
        return name.data;
    if (family == AF_INET6) {
        six->sin6_addr.s6_addr[0] = 0xff;
        six->sin6_addr.s6_addr[1] = 0x15;
    } else {
        ((SOCKADDR_IN *)(void *)&name.data)->sin_addr.s_addr = htonl(GROUP);
    }
    return name.data;
}

static int take_general(SOCKET s, int family, enum step step)
{
    int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    GROUP_SOURCE_REQ source = {.gsr_interface = LOOPBACK_INDEX};
    GROUP_REQ whole = {.gr_interface = LOOPBACK_INDEX};

    whole.gr_group = source.gsr_group = name_of(family, true);
    source.gsr_source = name_of(family, false);
    switch (step) {
    case ADD:
        return setsockopt(s, level, MCAST_JOIN_GROUP, (char *)&whole, sizeof whole);
    case DROP:
        return setsockopt(s, level, MCAST_LEAVE_GROUP, (char *)&whole, sizeof whole);
    case ADD_SOURCE:
        return setsockopt(s, level, MCAST_JOIN_SOURCE_GROUP, (char *)&source, sizeof source);
    case DROP_SOURCE:
        return setsockopt(s, level, MCAST_LEAVE_SOURCE_GROUP, (char *)&source, sizeof source);
    case BLOCK:
        return setsockopt(s, level, MCAST_BLOCK_SOURCE, (char *)&source, sizeof source);
    default:
        return setsockopt(s, level, MCAST_UNBLOCK_SOURCE, (char *)&source, sizeof source);
    }
}

static int take(SOCKET s, const struct way *way, enum step step)
{
    IP_MREQ whole;
    IP_MREQ_SOURCE source;

    if (way->general)
        return take_general(s, way->family, step);
    whole.imr_multiaddr.s_addr = source.imr_multiaddr.s_addr = htonl(GROUP);
    whole.imr_interface.s_addr = source.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
    source.imr_sourceaddr.s_addr = htonl(INADDR_LOOPBACK);
    if (step == ADD || step == DROP)
        return setsockopt(s, IPPROTO_IP, (int)step, (char *)&whole, sizeof whole);
    return setsockopt(s, IPPROTO_IP, (int)step, (char *)&source, sizeof source);
}

static void what_may_follow_what(void **state)
{
    /* clang-format off */
    static const struct {
        enum step before[4]; /* all succeed */
        enum step then;
        int error;
    } rows[] = {
        { {END},                    ADD,         0                },
        { {END},                    ADD_SOURCE,  0                },
        { {END},                    DROP,        WSAEINVAL        },
        { {END},                    DROP_SOURCE, WSAEADDRNOTAVAIL },
        { {END},                    BLOCK,       WSAEINVAL        },
        { {END},                    UNBLOCK,     WSAEINVAL        },
        { {ADD},                    ADD,         WSAEADDRNOTAVAIL },
        { {ADD},                    ADD_SOURCE,  WSAEADDRNOTAVAIL },
        { {ADD},                    DROP,        0                },
        { {ADD},                    DROP_SOURCE, WSAEINVAL        },
        { {ADD},                    BLOCK,       0                },
        { {ADD},                    UNBLOCK,     WSAEINVAL        },
        { {ADD, DROP},              DROP,        WSAEINVAL        },
        { {ADD, DROP},              BLOCK,       WSAEINVAL        },
        { {ADD, DROP},              UNBLOCK,     WSAEINVAL        },
        { {ADD, DROP},              ADD,         0                },
        { {ADD_SOURCE},             ADD,         WSAEADDRNOTAVAIL },
        { {ADD_SOURCE},             ADD_SOURCE,  WSAEADDRNOTAVAIL },
        { {ADD_SOURCE},             DROP,        0                },
        { {ADD_SOURCE},             DROP_SOURCE, 0                },
        { {ADD_SOURCE},             BLOCK,       WSAEINVAL        },
        { {ADD_SOURCE},             UNBLOCK,     WSAEINVAL        },
        { {ADD_SOURCE, DROP_SOURCE}, DROP_SOURCE, WSAEADDRNOTAVAIL },
        { {ADD_SOURCE, DROP_SOURCE}, UNBLOCK,    WSAEINVAL        },
        { {ADD, BLOCK},             BLOCK,       WSAEADDRNOTAVAIL },
        { {ADD, BLOCK},             ADD_SOURCE,  WSAEINVAL        },
        { {ADD, BLOCK},             ADD,         WSAEINVAL        },
        { {ADD, BLOCK},             UNBLOCK,     0                },
        { {ADD, BLOCK},             DROP,        0                },
        { {ADD, BLOCK, UNBLOCK},    BLOCK,       0                },
    };
    /* clang-format on */

    (void)state;
    for (size_t w = 0; w < PAIR_COUNT(ways); w++) {
        for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
            SOCKET s = udp_socket(ways[w].family);
            int error;

            for (size_t j = 0; rows[i].before[j] != END; j++)
                assert_int_equal(take(s, &ways[w], rows[i].before[j]), 0);
            error = take(s, &ways[w], rows[i].then) == 0 ? 0 : WSAGetLastError();
            if (error != rows[i].error)
                print_error("way %zu, row %zu\n", w, i);
            assert_int_equal(error, rows[i].error);
            closesocket(s);
        }
    }
}

/* What one way joined, another leaves. */
static void all_ways_mean_the_same(void **state)
{
    SOCKET s = udp_socket(AF_INET);

    (void)state;
    assert_int_equal(take(s, &ways[0], ADD), 0);
    pair_fails(take(s, &ways[1], ADD), WSAEADDRNOTAVAIL);
    assert_int_equal(take(s, &ways[1], BLOCK), 0);
    pair_fails(take(s, &ways[0], BLOCK), WSAEADDRNOTAVAIL);
    assert_int_equal(take(s, &ways[1], DROP), 0);
    pair_fails(take(s, &ways[0], DROP), WSAEINVAL);
    closesocket(s);
}

static void bad_groups_and_interfaces(void **state)
{
    SOCKET s = udp_socket(AF_INET), s6 = udp_socket(AF_INET6);
    IP_MREQ request = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    IPV6_MREQ request6 = {.ipv6mr_interface = LOOPBACK_INDEX};
    GROUP_REQ general = {.gr_interface = LOOPBACK_INDEX};
    GROUP_REQ *nowhere = NULL;

    (void)state;
    request.imr_multiaddr.s_addr = htonl(INADDR_LOOPBACK); /* no group */
    pair_fails(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof request),
               WSAEINVAL);
    request.imr_multiaddr.s_addr = htonl(GROUP);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, 7), WSAEFAULT);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)nowhere, 8), WSAEFAULT);
    pair_fails(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, PAIR_BAD, 8), WSAEFAULT);
    request.imr_interface.s_addr = htonl(0x0a636363); /* not this computer's */
    pair_fails(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof request),
               WSAEADDRNOTAVAIL);
    request.imr_interface.s_addr = htonl(0xfffff0); /* an index */
    pair_fails(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof request),
               WSAEADDRNOTAVAIL);
    pair_fails(
        setsockopt(s6, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request6, sizeof request6),
        WSAEINVAL);                             /* :: is no group */
    general.gr_group = name_of(AF_INET6, true); /* not of the level's family */
    pair_fails(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&general, sizeof general),
               WSAEINVAL);
    general.gr_group = name_of(AF_INET, true);
    pair_fails(setsockopt(s6, IPPROTO_IPV6, MCAST_JOIN_GROUP, (char *)&general, sizeof general),
               WSAEINVAL);
    pair_fails(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&general, sizeof general - 1),
               WSAEFAULT);
    general.gr_interface = 0xfffff0;
    pair_fails(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&general, sizeof general),
               WSAEADDRNOTAVAIL);
    closesocket(s);
    closesocket(s6);
}

/* ---- Lists of sources ---- */

static DWORD filter_bytes; /* that the last one returned */

static int filter_set(SOCKET s, void *in, DWORD bytes)
{
    filter_bytes = 77;
    return WSAIoctl(s, SIO_SET_MULTICAST_FILTER, in, bytes, NULL, 0, &filter_bytes, NULL, NULL);
}

static int filter_get(SOCKET s, void *in, DWORD in_bytes, void *out, DWORD out_bytes)
{
    filter_bytes = 77;
    return WSAIoctl(s, SIO_GET_MULTICAST_FILTER, in, in_bytes, out, out_bytes, &filter_bytes, NULL,
                    NULL);
}

static void filters_are_checked(void **state)
{
    SOCKET s = udp_socket(AF_INET), stream = pair_socket(SOCK_STREAM);
    struct {
        IP_MSFILTER head;
        IN_ADDR more[2];
    } filter = {{.imsf_multiaddr.s_addr = htonl(GROUP),
                 .imsf_interface.s_addr = htonl(INADDR_LOOPBACK),
                 .imsf_fmode = MCAST_INCLUDE,
                 .imsf_numsrc = 3},
                {{{{0}}}}};
    DWORD size = IP_MSFILTER_SIZE(3);

    (void)state;
    for (ULONG i = 0; i < 3; i++)
        (&filter.head.imsf_slist[0])[i].s_addr = htonl(0x0a000001 + i);
    pair_fails(filter_get(s, &filter, size, &filter, size), WSAEADDRNOTAVAIL);
    pair_fails(filter_set(s, &filter, size - 1), WSAEFAULT);
    pair_fails(filter_set(s, &filter, 15), WSAEFAULT);
    pair_fails(filter_set(s, NULL, size), WSAEFAULT);
    pair_fails(filter_set(s, PAIR_BAD, size), WSAEFAULT);
    pair_fails(filter_set(stream, &filter, size), WSAEINVAL);
    filter.head.imsf_fmode = (MULTICAST_MODE_TYPE)2;
    pair_fails(filter_set(s, &filter, size), WSAEINVAL);
    filter.head.imsf_fmode = MCAST_INCLUDE;
    filter.head.imsf_numsrc = 100000;
    pair_fails(filter_set(s, &filter, size), WSAENOBUFS);
    filter.head.imsf_numsrc = 3;
    assert_int_equal(filter_set(s, &filter, size), 0);
    assert_int_equal(filter_bytes, 0);
    /* room for one: one is listed, and all are counted */
    filter.head.imsf_numsrc = 1;
    assert_int_equal(filter_get(s, &filter, size, &filter, IP_MSFILTER_SIZE(1)), 0);
    assert_int_equal(filter_bytes, IP_MSFILTER_SIZE(1));
    assert_int_equal(filter.head.imsf_numsrc, 3);
    assert_int_equal(filter.head.imsf_slist[0].s_addr, htonl(0x0a000001));
    pair_fails(filter_get(s, &filter, size, &filter, 15), WSAEFAULT);
    pair_fails(filter_get(s, &filter, size, NULL, size), WSAEFAULT);
    pair_fails(filter_get(s, &filter, size, PAIR_BAD, size), WSAEFAULT);
    closesocket(s);
    closesocket(stream);
}

static void general_filters_are_checked(void **state)
{
    SOCKET s = udp_socket(AF_INET);
    SOCKADDR_STORAGE group = name_of(AF_INET, true), group6 = name_of(AF_INET6, true);
    SOCKADDR_STORAGE source = name_of(AF_INET, false), source6 = name_of(AF_INET6, false);
    struct sockaddr *to = (struct sockaddr *)(void *)&group;
    MULTICAST_MODE_TYPE mode = MCAST_EXCLUDE;
    ULONG count = 1;

    (void)state;
    pair_fails(setsourcefilter(s, LOOPBACK_INDEX, (struct sockaddr *)(void *)&group6, sizeof group6,
                               MCAST_INCLUDE, 1, &source6),
               WSAEINVAL); /* not on this socket */
    pair_fails(setsourcefilter(s, LOOPBACK_INDEX, to, sizeof group, MCAST_INCLUDE, 1, &source6),
               WSAEINVAL);
    pair_fails(setsourcefilter(s, LOOPBACK_INDEX, to, sizeof group + 1, MCAST_INCLUDE, 1, &source),
               WSAEINVAL);
    pair_fails(setsourcefilter(s, 0xfffff0, to, sizeof group, MCAST_INCLUDE, 1, &source),
               WSAEADDRNOTAVAIL);
    assert_int_equal(
        setsourcefilter(s, LOOPBACK_INDEX, to, sizeof group, MCAST_INCLUDE, 1, &source), 0);
    pair_fails(take(s, &ways[0], ADD_SOURCE), WSAEADDRNOTAVAIL); /* it is let in already */
    assert_int_equal(getsourcefilter(s, LOOPBACK_INDEX, to, sizeof group, &mode, &count, &source6),
                     0);
    assert_int_equal(mode, MCAST_INCLUDE);
    assert_int_equal(count, 1);
    assert_memory_equal(&source6, &source, sizeof(SOCKADDR_IN));
    pair_fails(
        setsourcefilter(INVALID_SOCKET, LOOPBACK_INDEX, to, sizeof group, MCAST_INCLUDE, 0, NULL),
        WSAENOTSOCK);
    closesocket(s);
}

/* ---- Delivery, as far as loopback goes ---- */

static void a_group_on_loopback(void **state)
{
    SOCKET s = udp_socket(AF_INET), sender = udp_socket(AF_INET);
    SOCKADDR_IN to = pair_name(INADDR_ANY, 0);
    char data[8] = {0};

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RCVTIMEO, FLOW_LIMIT_MS), 0);
    assert_int_equal(pair_set(sender, IPPROTO_IP, IP_MULTICAST_IF, (int)htonl(LOOPBACK_INDEX)), 0);
    assert_int_equal(take(s, &ways[0], ADD), 0);
    to = pair_name(GROUP, pair_address(s).sin_port);
    assert_int_equal(sendto(sender, "group", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    assert_int_equal(recv(s, data, sizeof data, 0), 5);
    assert_memory_equal(data, "group", 5);
    /* turned off, and a second datagram that is no multicast tells that nothing came between */
    assert_int_equal(pair_set(s, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    assert_int_equal(sendto(sender, "group", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(sendto(sender, "one", 3, 0, (struct sockaddr *)&to, sizeof to), 3);
    assert_int_equal(recv(s, data, sizeof data, 0), 3);
    closesocket(s);
    closesocket(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_follow_what),        cmocka_unit_test(all_ways_mean_the_same),
        cmocka_unit_test(bad_groups_and_interfaces),   cmocka_unit_test(filters_are_checked),
        cmocka_unit_test(general_filters_are_checked), cmocka_unit_test(a_group_on_loopback),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
