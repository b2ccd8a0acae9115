/* SPDX-License-Identifier: MIT */
/*
 * Control codes about multicast and about the interface to send on: other ways to the options of
 * option_multicast.c and option_ip.c, and the filters, which are whole lists of sources.
 */
#include "core/verb/ioctl.h"

#include <stddef.h>
#include <string.h>

#include <ws2tcpip.h>

#include <mstcpip.h>

#include "core/base/mem.h"
#include "core/verb/multicast.h"
#include "core/verb/option.h"
#include "core/verb/option_inet.h"
#include "ring/host/sys.h"

enum { IOCTL_SOURCES_MAX = 4096 }; /* in a filter; the kernel's own limits are far below */

/* ---- Codes that are options under another name ---- */

/* The value's form is that of the option; its level follows from the socket. */
static int ioctl_option(struct ioctl_call *call, int name, int name6)
{
    bool inet6 = call->sock->family == AF_INET6;

    return option_set(call->sock, inet6 ? IPPROTO_IPV6 : IPPROTO_IP, inet6 ? name6 : name, call->in,
                      4);
}

int ioctl_multipoint_loopback(struct ioctl_call *call)
{
    return ioctl_option(call, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP);
}

int ioctl_multicast_scope(struct ioctl_call *call)
{
    return ioctl_option(call, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS);
}

/* An index in the computer's order; IPv4's options have it in the network's. */
int ioctl_interface_index(struct ioctl_call *call)
{
    struct ioctl_call changed = *call;
    bool unicast = call->code == SIO_UCAST_IF;
    uint32_t index;

    if (ioctl_input(call, &index, sizeof index) != 0)
        return WSAEFAULT;
    if (call->sock->family == AF_INET)
        index = htonl(index);
    changed.in = &index;
    return unicast ? ioctl_option(&changed, IP_UNICAST_IF, IPV6_UNICAST_IF)
                   : ioctl_option(&changed, IP_MULTICAST_IF, IPV6_MULTICAST_IF);
}

/* SIO_INDEX_ADD_MCAST, SIO_INDEX_DEL_MCAST: an IPv4 group, and an index in the computer's order. */
int ioctl_index_group(struct ioctl_call *call)
{
    struct {
        unsigned char group[4];
        uint32_t index;
    } in;
    struct multicast_group group = {.level = IPPROTO_IP};
    int error;

    if (ioctl_input(call, &in, sizeof in) != 0)
        return WSAEFAULT;
    memcpy(group.group, in.group, sizeof in.group);
    group.index = in.index;
    host_lock_acquire(&call->sock->lock);
    error = multicast_change(call->sock, &group,
                             call->code == SIO_INDEX_ADD_MCAST ? MULTICAST_JOIN : MULTICAST_LEAVE);
    host_lock_release(&call->sock->lock);
    return error;
}

/* ---- Filters: one request in two forms ---- */

/* Both forms, cut down to what they have in common. */
struct ioctl_filter {
    struct multicast_group group;
    uint32_t mode;
    uint32_t count;      /* as the caller gave it */
    uint32_t head_bytes; /* in front of the sources */
    uint32_t entry_bytes;
    bool general; /* SOCKADDR_STORAGEs; else IPv4 addresses */
};

static bool ioctl_is_general(const struct ioctl_call *call)
{
    return call->code == (DWORD)SIOCSMSFILTER || call->code == (DWORD)SIOCGMSFILTER;
}

/* The level of a general filter is its group's family; a socket of IPv4 has no IPv6 groups. */
static int ioctl_filter_general(const struct ioctl_call *call, struct ioctl_filter *filter)
{
    GROUP_FILTER in;
    bool inet6;

    filter->head_bytes = GROUP_FILTER_SIZE(0);
    filter->entry_bytes = sizeof(SOCKADDR_STORAGE);
    if (ioctl_input(call, &in, filter->head_bytes) != 0)
        return WSAEFAULT;
    inet6 = in.gf_group.ss_family == AF_INET6;
    if (inet6 && call->sock->family == AF_INET)
        return WSAEINVAL;
    filter->group.level = inet6 ? IPPROTO_IPV6 : IPPROTO_IP;
    filter->group.index = in.gf_interface;
    filter->mode = (uint32_t)in.gf_fmode;
    filter->count = in.gf_numsrc;
    return multicast_address(filter->group.level, filter->group.group, &in.gf_group) ? 0
                                                                                     : WSAEINVAL;
}

static int ioctl_filter_inet(const struct ioctl_call *call, struct ioctl_filter *filter)
{
    IP_MSFILTER in;

    filter->head_bytes = IP_MSFILTER_SIZE(0);
    filter->entry_bytes = sizeof(IN_ADDR);
    if (ioctl_input(call, &in, filter->head_bytes) != 0)
        return WSAEFAULT;
    filter->group.level = IPPROTO_IP;
    memcpy(filter->group.group, &in.imsf_multiaddr, sizeof in.imsf_multiaddr);
    multicast_interface(&filter->group, in.imsf_interface.s_addr);
    filter->mode = (uint32_t)in.imsf_fmode;
    filter->count = in.imsf_numsrc;
    return 0;
}

static int ioctl_filter_read(const struct ioctl_call *call, struct ioctl_filter *filter)
{
    memset(filter, 0, sizeof *filter);
    filter->general = ioctl_is_general(call);
    return filter->general ? ioctl_filter_general(call, filter) : ioctl_filter_inet(call, filter);
}

/* The caller's sources behind the head. 0, WSAEFAULT or WSAEINVAL (of another family). */
static int ioctl_sources_read(const struct ioctl_call *call, const struct ioctl_filter *filter,
                              unsigned char (*sources)[16])
{
    const char *from = (const char *)call->in + filter->head_bytes;

    for (uint32_t i = 0; i < filter->count; i++, from += filter->entry_bytes) {
        SOCKADDR_STORAGE entry;

        if (host_copy_from(&entry, from, filter->entry_bytes) != 0)
            return WSAEFAULT;
        if (!filter->general)
            memcpy(sources[i], &entry, sizeof(IN_ADDR));
        else if (!multicast_address(filter->group.level, sources[i], &entry))
            return WSAEINVAL;
    }
    return 0;
}

int ioctl_filter_set(struct ioctl_call *call)
{
    struct ioctl_filter filter;
    struct multicast_filter set = {.group = &filter.group};
    int error = ioctl_filter_read(call, &filter);

    if (error != 0)
        return error;
    if (filter.mode != MCAST_INCLUDE && filter.mode != MCAST_EXCLUDE)
        return WSAEINVAL;
    if (filter.count > IOCTL_SOURCES_MAX)
        return WSAENOBUFS;
    if (call->in_bytes < filter.head_bytes + filter.count * filter.entry_bytes)
        return WSAEFAULT;
    set.mode = filter.mode;
    set.count = filter.count;
    set.sources = mem_zalloc(call->sock->handle >> 2, (filter.count + 1) * sizeof *set.sources);
    if (set.sources == NULL)
        return WSAENOBUFS;
    error = ioctl_sources_read(call, &filter, set.sources);
    if (error == 0) {
        host_lock_acquire(&call->sock->lock);
        error = multicast_filter_set(call->sock, &set);
        host_lock_release(&call->sock->lock);
    }
    mem_free(set.sources);
    return error;
}

/* ---- Reading one ---- */

/* Copies a piece of the answer to where it belongs in the caller's memory. */
static bool ioctl_filter_put(const struct ioctl_call *call, size_t offset, const void *from,
                             size_t bytes)
{
    return host_copy_to(host_untrusted_at(call->out, offset), from, bytes) == 0;
}

static bool ioctl_source_put(const struct ioctl_call *call, const struct ioctl_filter *filter,
                             uint32_t i, const unsigned char *source)
{
    size_t offset = filter->head_bytes + (size_t)i * filter->entry_bytes;
    SOCKADDR_STORAGE name;

    if (!filter->general)
        return ioctl_filter_put(call, offset, source, sizeof(IN_ADDR));
    memset(&name, 0, sizeof name);
    if (filter->group.level == IPPROTO_IPV6) {
        name.ss_family = AF_INET6;
        memcpy((char *)&name + 8, source, 16);
    } else {
        name.ss_family = AF_INET;
        memcpy((char *)&name + 4, source, 4);
    }
    return ioctl_filter_put(call, offset, &name, sizeof name);
}

/* The head goes back as it came, but for the mode and the count. */
static int ioctl_filter_write(struct ioctl_call *call, const struct ioctl_filter *filter,
                              const struct multicast_filter *found, uint32_t listed)
{
    unsigned char head[GROUP_FILTER_SIZE(0)];
    size_t mode_at =
        filter->general ? offsetof(GROUP_FILTER, gf_fmode) : offsetof(IP_MSFILTER, imsf_fmode);
    size_t count_at =
        filter->general ? offsetof(GROUP_FILTER, gf_numsrc) : offsetof(IP_MSFILTER, imsf_numsrc);

    if (host_copy_from(head, call->in, filter->head_bytes) != 0)
        return WSAEFAULT;
    memcpy(head + mode_at, &found->mode, sizeof found->mode);
    memcpy(head + count_at, &found->count, sizeof found->count);
    if (!ioctl_filter_put(call, 0, head, filter->head_bytes))
        return WSAEFAULT;
    for (uint32_t i = 0; i < listed; i++) {
        if (!ioctl_source_put(call, filter, i, found->sources[i]))
            return WSAEFAULT;
    }
    call->returned = filter->head_bytes + listed * filter->entry_bytes;
    return 0;
}

/* As many sources as there is room for, and the number of all. */
int ioctl_filter_get(struct ioctl_call *call)
{
    struct ioctl_filter filter;
    struct multicast_filter found = {.group = &filter.group};
    uint32_t room;
    int error = ioctl_filter_read(call, &filter);

    if (error != 0)
        return error;
    if (call->out_bytes < filter.head_bytes)
        return WSAEFAULT;
    room = (call->out_bytes - filter.head_bytes) / filter.entry_bytes;
    if (room > filter.count)
        room = filter.count;
    if (room > IOCTL_SOURCES_MAX)
        room = IOCTL_SOURCES_MAX;
    found.count = room;
    found.sources = mem_zalloc(call->sock->handle >> 2, (room + 1) * sizeof *found.sources);
    if (found.sources == NULL)
        return WSAENOBUFS;
    host_lock_acquire(&call->sock->lock);
    error = multicast_filter_get(call->sock, &found);
    host_lock_release(&call->sock->lock);
    if (error == 0)
        error = ioctl_filter_write(call, &filter, &found, room < found.count ? room : found.count);
    mem_free(found.sources);
    return error;
}
