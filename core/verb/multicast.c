/* SPDX-License-Identifier: MIT */
/*
 * Before each change the kernel is asked how the socket stands to the group, because it allows what
 * Windows refuses (a source after the whole group, say), and has other errors for the rest. The
 * kernel's structures are written here byte by byte: core does not see their headers.
 *
 * An interface may be named by its address, its index, or not at all; then it is the route's, and
 * without a route the loopback interface: programs of one computer reach each other all the same.
 */
#include "core/verb/multicast.h"

#include <errno.h>
#include <string.h>

#include <ws2ipdef.h>

#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "core/verb/option_inet.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/route.h"

enum {
    MULTICAST_LOOPBACK_INDEX = 1, /* of the interface, in every network namespace */
    MULTICAST_LX_EXCLUDE = 0,
    MULTICAST_LX_INCLUDE = 1
};

/* The kernel's ip_mreqn, ip_mreq_source and ip_msfilter. */
struct multicast_lx_inet {
    unsigned char group[4];
    uint32_t address;
    uint32_t index;
};

struct multicast_lx_inet_source {
    unsigned char group[4];
    uint32_t address;
    unsigned char source[4];
};

struct multicast_lx_inet_filter {
    unsigned char group[4];
    uint32_t address;
    uint32_t mode;
    uint32_t count;
    unsigned char sources[][4];
};

/* ipv6_mreq, group_source_req and group_filter. */
struct multicast_lx_inet6 {
    unsigned char group[16];
    uint32_t index;
};

struct multicast_lx_name {
    uint16_t family;
    unsigned char rest[126];
};

struct multicast_lx_source {
    uint32_t index, unused;
    struct multicast_lx_name group, source;
};

struct multicast_lx_filter {
    uint32_t index, unused;
    struct multicast_lx_name group;
    uint32_t mode;
    uint32_t count;
    struct multicast_lx_name sources[];
};

_Static_assert(sizeof(struct multicast_lx_source) == sizeof(GROUP_SOURCE_REQ), "the kernel's");
_Static_assert(sizeof(struct multicast_lx_filter) == GROUP_FILTER_SIZE(0), "the kernel's");
_Static_assert(sizeof(struct multicast_lx_inet_filter) == IP_MSFILTER_SIZE(0), "the kernel's");

/* How a socket stands to a group. */
struct multicast_state {
    bool member;
    bool include; /* the sources are let in; else kept out */
    uint32_t count;
};

static size_t multicast_bytes(const struct multicast_group *group)
{
    return group->level == IPPROTO_IPV6 ? 16 : 4;
}

static int multicast_lx_level(const struct multicast_group *group)
{
    return group->level == IPPROTO_IPV6 ? LX_IPPROTO_IPV6 : LX_IPPROTO_IP;
}

/* IPv4 by address: structures of its own, since the others take an index only. */
static bool multicast_by_address(const struct multicast_group *group)
{
    return group->level == IPPROTO_IP && group->index == 0;
}

void multicast_interface(struct multicast_group *group, uint32_t interface)
{
    uint32_t number = ntohl(interface);

    group->index = number >> 24 == 0 ? number : 0;
    group->address = number >> 24 == 0 ? 0 : interface;
}

/* A sockaddr_in has the address behind its port; a sockaddr_in6 has a flow in between. */
static size_t multicast_offset(int level)
{
    return level == IPPROTO_IPV6 ? 8 : 4;
}

bool multicast_address(int level, unsigned char *to, const SOCKADDR_STORAGE *from)
{
    bool inet6 = level == IPPROTO_IPV6;

    if (from->ss_family != (inet6 ? AF_INET6 : AF_INET))
        return false;
    memcpy(to, (const unsigned char *)from + multicast_offset(level), inet6 ? 16 : 4);
    return true;
}

static void multicast_lx_put(struct multicast_lx_name *to, int level, const unsigned char *from)
{
    bool inet6 = level == IPPROTO_IPV6;

    memset(to, 0, sizeof *to);
    to->family = inet6 ? LX_AF_INET6 : LX_AF_INET;
    memcpy((unsigned char *)to + multicast_offset(level), from, inet6 ? 16 : 4);
}

static int multicast_errors(int error)
{
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* ---- How a socket stands to a group ---- */

static int multicast_ask_inet(struct sock *sock, const struct multicast_group *group,
                              struct multicast_state *state)
{
    struct multicast_lx_inet_filter filter = {.address = group->address};
    uint32_t bytes = sizeof filter;
    int error;

    memcpy(filter.group, group->group, sizeof filter.group);
    error = host_getsockopt(sock->fd, LX_IPPROTO_IP, LX_IP_MSFILTER, &filter, &bytes);
    state->include = filter.mode == MULTICAST_LX_INCLUDE;
    state->count = filter.count;
    return error;
}

static int multicast_ask_index(struct sock *sock, const struct multicast_group *group,
                               struct multicast_state *state)
{
    struct multicast_lx_filter filter = {.index = group->index};
    uint32_t bytes = sizeof filter;
    int error;

    multicast_lx_put(&filter.group, group->level, group->group);
    error =
        host_getsockopt(sock->fd, multicast_lx_level(group), LX_MCAST_MSFILTER, &filter, &bytes);
    state->include = filter.mode == MULTICAST_LX_INCLUDE;
    state->count = filter.count;
    return error;
}

/* IPv6: the route's interface, because the filter of groups has to know it. */
static void multicast_settle(struct multicast_group *group)
{
    struct multicast_lx_name to;
    struct host_route route;

    if (group->level != IPPROTO_IPV6 || group->index != 0)
        return;
    multicast_lx_put(&to, group->level, group->group);
    if (host_route_find(-1, &to, &route) == 0)
        group->index = route.interface;
}

/* Fills in state and, where there is no route, the interface. 0 or a negative errno. */
static int multicast_ask(struct sock *sock, struct multicast_group *group,
                         struct multicast_state *state)
{
    int error;

    multicast_settle(group);
    error = multicast_by_address(group) ? multicast_ask_inet(sock, group, state)
                                        : multicast_ask_index(sock, group, state);
    if (error == -ENODEV && group->index == 0 && group->address == 0) {
        group->index = MULTICAST_LOOPBACK_INDEX;
        error = multicast_ask_index(sock, group, state);
    }
    state->member = error == 0;
    return error == -EADDRNOTAVAIL ? 0 : error;
}

/* Documented in "Multicast Socket Option Behavior"; what it does not name, the kernel judges. */
static int multicast_check(const struct multicast_state *state, enum multicast_change change)
{
    bool kept_out = state->member && !state->include && state->count > 0;

    switch (change) {
    case MULTICAST_JOIN:
        if (!state->member)
            return 0;
        return kept_out ? WSAEINVAL : WSAEADDRNOTAVAIL;
    case MULTICAST_JOIN_SOURCE:
        if (!state->member || state->include)
            return 0;
        return kept_out ? WSAEINVAL : WSAEADDRNOTAVAIL;
    case MULTICAST_LEAVE:
        return state->member ? 0 : WSAEINVAL;
    case MULTICAST_LEAVE_SOURCE:
        if (!state->member)
            return WSAEADDRNOTAVAIL;
        return state->include ? 0 : WSAEINVAL;
    default: /* MULTICAST_BLOCK, MULTICAST_UNBLOCK */
        return state->member && !state->include ? 0 : WSAEINVAL;
    }
}

/* ---- Changes ---- */

static int multicast_whole(struct sock *sock, const struct multicast_group *group, bool join)
{
    struct multicast_lx_inet inet = {.address = group->address, .index = group->index};
    struct multicast_lx_inet6 inet6 = {.index = group->index};

    if (group->level == IPPROTO_IPV6) {
        memcpy(inet6.group, group->group, sizeof inet6.group);
        return host_setsockopt(sock->fd, LX_IPPROTO_IPV6,
                               join ? LX_IPV6_ADD_MEMBERSHIP : LX_IPV6_LEAVE_GROUP, &inet6,
                               sizeof inet6);
    }
    memcpy(inet.group, group->group, sizeof inet.group);
    return host_setsockopt(sock->fd, LX_IPPROTO_IP,
                           join ? LX_IP_ADD_MEMBERSHIP : LX_IP_DROP_MEMBERSHIP, &inet, sizeof inet);
}

static int multicast_source_inet(struct sock *sock, const struct multicast_group *group,
                                 enum multicast_change change)
{
    static const int names[] = {
        [MULTICAST_JOIN_SOURCE] = LX_IP_ADD_SOURCE_MEMBERSHIP,
        [MULTICAST_LEAVE_SOURCE] = LX_IP_DROP_SOURCE_MEMBERSHIP,
        [MULTICAST_BLOCK] = LX_IP_BLOCK_SOURCE,
        [MULTICAST_UNBLOCK] = LX_IP_UNBLOCK_SOURCE,
    };
    struct multicast_lx_inet_source source = {.address = group->address};

    memcpy(source.group, group->group, sizeof source.group);
    memcpy(source.source, group->source, sizeof source.source);
    return host_setsockopt(sock->fd, LX_IPPROTO_IP, names[change], &source, sizeof source);
}

static int multicast_source_index(struct sock *sock, const struct multicast_group *group,
                                  enum multicast_change change)
{
    static const int names[] = {
        [MULTICAST_JOIN_SOURCE] = LX_MCAST_JOIN_SOURCE_GROUP,
        [MULTICAST_LEAVE_SOURCE] = LX_MCAST_LEAVE_SOURCE_GROUP,
        [MULTICAST_BLOCK] = LX_MCAST_BLOCK_SOURCE,
        [MULTICAST_UNBLOCK] = LX_MCAST_UNBLOCK_SOURCE,
    };
    struct multicast_lx_source source = {.index = group->index};

    multicast_lx_put(&source.group, group->level, group->group);
    multicast_lx_put(&source.source, group->level, group->source);
    return host_setsockopt(sock->fd, multicast_lx_level(group), names[change], &source,
                           sizeof source);
}

static int multicast_apply(struct sock *sock, const struct multicast_group *group,
                           enum multicast_change change)
{
    if (change == MULTICAST_JOIN || change == MULTICAST_LEAVE)
        return multicast_whole(sock, group, change == MULTICAST_JOIN);
    return multicast_by_address(group) ? multicast_source_inet(sock, group, change)
                                       : multicast_source_index(sock, group, change);
}

/* A member by way of loopback also sends there, unless it was told where to. */
static void multicast_send_on_loopback(struct sock *sock)
{
    struct sock_inet *inet = inet_of(sock);
    struct multicast_lx_inet loopback = {.index = MULTICAST_LOOPBACK_INDEX};

    if (inet == NULL || inet->multicast_if == 0)
        (void)host_setsockopt(sock->fd, LX_IPPROTO_IP, LX_IP_MULTICAST_IF, &loopback,
                              sizeof loopback);
}

int multicast_note(struct sock *sock, struct multicast_group *group)
{
    struct multicast_state state;
    struct host_filter_group noted;
    int error;

    if (group->level != IPPROTO_IPV6)
        return 0;
    error = multicast_ask(sock, group, &state);
    if (error != 0)
        return multicast_errors(error);
    noted.index = group->index;
    memcpy(noted.address, group->group, sizeof noted.address);
    return filter_member(sock, &noted, state.member);
}

int multicast_change(struct sock *sock, struct multicast_group *group, enum multicast_change change)
{
    bool anywhere = group->index == 0 && group->address == 0;
    struct multicast_state state;
    int error = multicast_ask(sock, group, &state);
    int refused;

    if (error != 0)
        return multicast_errors(error);
    refused = multicast_check(&state, change);
    if (refused != 0)
        return refused;
    error = multicast_apply(sock, group, change);
    if (error == -EADDRNOTAVAIL && change == MULTICAST_UNBLOCK)
        return WSAEINVAL; /* it was not blocked */
    if (error == 0 && anywhere && group->level == IPPROTO_IP && group->index != 0 && !state.member)
        multicast_send_on_loopback(sock);
    if (error != 0)
        return multicast_errors(error);
    refused = multicast_note(sock, group);
    if (refused != 0 && !state.member)
        (void)multicast_whole(sock, group, false);
    return refused;
}

/* ---- Whole lists of sources ---- */

static uint32_t multicast_lx_mode(uint32_t mode)
{
    return mode == MCAST_INCLUDE ? MULTICAST_LX_INCLUDE : MULTICAST_LX_EXCLUDE;
}

static size_t multicast_filter_bytes(const struct multicast_group *group, uint32_t count)
{
    return multicast_by_address(group) ? sizeof(struct multicast_lx_inet_filter) + (size_t)count * 4
                                       : sizeof(struct multicast_lx_filter) +
                                             (size_t)count * sizeof(struct multicast_lx_name);
}

/* Whichever structure goes with the group; both begin differently and list their sources last. */
static void multicast_filter_write(const struct multicast_filter *filter, void *to)
{
    const struct multicast_group *group = filter->group;
    struct multicast_lx_inet_filter *inet = to;
    struct multicast_lx_filter *index = to;

    if (multicast_by_address(group)) {
        memcpy(inet->group, group->group, sizeof inet->group);
        inet->address = group->address;
        inet->mode = multicast_lx_mode(filter->mode);
        inet->count = filter->count;
        for (uint32_t i = 0; i < filter->count && filter->sources != NULL; i++)
            memcpy(inet->sources[i], filter->sources[i], 4);
        return;
    }
    index->index = group->index;
    multicast_lx_put(&index->group, group->level, group->group);
    index->mode = multicast_lx_mode(filter->mode);
    index->count = filter->count;
    for (uint32_t i = 0; i < filter->count && filter->sources != NULL; i++)
        multicast_lx_put(&index->sources[i], group->level, filter->sources[i]);
}

static void multicast_filter_read(struct multicast_filter *filter, const void *from, uint32_t room)
{
    const struct multicast_group *group = filter->group;
    const struct multicast_lx_inet_filter *inet = from;
    const struct multicast_lx_filter *index = from;
    bool by_address = multicast_by_address(group);
    uint32_t mode = by_address ? inet->mode : index->mode;

    filter->mode = mode == MULTICAST_LX_INCLUDE ? MCAST_INCLUDE : MCAST_EXCLUDE;
    filter->count = by_address ? inet->count : index->count;
    for (uint32_t i = 0; i < filter->count && i < room; i++) {
        const unsigned char *source =
            by_address ? inet->sources[i]
                       : (const unsigned char *)&index->sources[i] + multicast_offset(group->level);

        memcpy(filter->sources[i], source, multicast_bytes(group));
    }
}

static int multicast_filter_name(const struct multicast_group *group)
{
    return multicast_by_address(group) ? LX_IP_MSFILTER : LX_MCAST_MSFILTER;
}

/* The kernel wants members only, and leaves the group when nobody is let in any more. */
int multicast_filter_set(struct sock *sock, const struct multicast_filter *filter)
{
    struct multicast_group *group = filter->group;
    struct multicast_state state;
    int error = multicast_ask(sock, group, &state);
    size_t bytes = multicast_filter_bytes(group, filter->count);
    void *structure;

    if (error != 0)
        return multicast_errors(error);
    if (!state.member && filter->mode == MCAST_INCLUDE && filter->count == 0)
        return 0;
    structure = mem_zalloc(sock->handle >> 2, bytes);
    if (structure == NULL)
        return WSAENOBUFS;
    multicast_filter_write(filter, structure);
    if (!state.member)
        error = multicast_whole(sock, group, true);
    if (error == 0) {
        error = host_setsockopt(sock->fd, multicast_lx_level(group), multicast_filter_name(group),
                                structure, (uint32_t)bytes);
        if (error != 0 && !state.member)
            (void)multicast_whole(sock, group, false);
    }
    mem_free(structure);
    return error == 0 ? multicast_note(sock, group) : multicast_errors(error);
}

int multicast_filter_get(struct sock *sock, struct multicast_filter *filter)
{
    struct multicast_group *group = filter->group;
    struct multicast_filter question = {group, MCAST_INCLUDE, filter->count, NULL};
    struct multicast_state state;
    int error = multicast_ask(sock, group, &state);
    uint32_t bytes;
    void *structure;

    if (error == 0 && !state.member)
        error = -EADDRNOTAVAIL;
    if (error != 0)
        return multicast_errors(error);
    if (question.count > state.count)
        question.count = state.count;
    bytes = (uint32_t)multicast_filter_bytes(group, question.count);
    structure = mem_zalloc(sock->handle >> 2, bytes);
    if (structure == NULL)
        return WSAENOBUFS;
    multicast_filter_write(&question, structure);
    error = host_getsockopt(sock->fd, multicast_lx_level(group), multicast_filter_name(group),
                            structure, &bytes);
    if (error == 0)
        multicast_filter_read(filter, structure, question.count);
    mem_free(structure);
    return multicast_errors(error);
}
