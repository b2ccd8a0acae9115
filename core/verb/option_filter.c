/* SPDX-License-Identifier: MIT */
/*
 * Options that keep datagrams out, and for which Linux has no option: IP_RECEIVE_BROADCAST,
 * IP_MULTICAST_LOOP (which on Windows is about receiving), the interface lists, and the protection
 * level. Together they are one program of the kernel's: ring/host/filter.h.
 */
#include "core/verb/option_inet.h"

#include <string.h>

#include <ws2ipdef.h>

#include "core/base/errmap.h"

static struct host_filter_side *filter_side(struct host_filter *filter,
                                            const struct option_row *row)
{
    return row->level == IPPROTO_IPV6 ? &filter->inet6 : &filter->inet;
}

/* What holds now, to be changed and then put in force. */
static struct host_filter filter_now(struct sock *sock)
{
    static const struct host_filter open;
    struct sock_inet *inet = inet_of(sock);

    return inet == NULL ? open : inet->filter;
}

/* Puts a changed one in force, or leaves everything as it was. 0 or a WSA code. */
static int filter_change(struct sock *sock, const struct host_filter *filter)
{
    struct sock_inet *inet = inet_make(sock);
    int error;

    if (inet == NULL)
        return WSAENOBUFS;
    if (memcmp(&inet->filter, filter, sizeof *filter) == 0)
        return 0;
    error = host_filter_set(sock->fd, filter);
    if (error == 0)
        inet->filter = *filter;
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* ---- IP_RECEIVE_BROADCAST ---- */

int filter_broadcast_get(struct sock *sock, const struct option_row *row,
                         struct option_value *value)
{
    (void)row;
    value->number = !filter_now(sock).no_broadcast;
    return 0;
}

int filter_broadcast_set(struct sock *sock, const struct option_row *row,
                         const struct option_value *value)
{
    struct host_filter filter = filter_now(sock);

    (void)row;
    filter.no_broadcast = value->number == 0;
    return filter_change(sock, &filter);
}

/* ---- IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP ---- */

int filter_loop_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    struct host_filter filter = filter_now(sock);

    value->number = !filter_side(&filter, row)->no_echo;
    return 0;
}

int filter_loop_set(struct sock *sock, const struct option_row *row,
                    const struct option_value *value)
{
    struct host_filter filter = filter_now(sock);

    filter_side(&filter, row)->no_echo = value->number == 0;
    return filter_change(sock, &filter);
}

/* ---- IP_IFLIST and its list, which is empty at first ---- */

int filter_list_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    struct host_filter filter = filter_now(sock);

    value->number = filter_side(&filter, row)->listed;
    return 0;
}

int filter_list_set(struct sock *sock, const struct option_row *row,
                    const struct option_value *value)
{
    struct host_filter filter = filter_now(sock);

    filter_side(&filter, row)->listed = value->number != 0;
    return filter_change(sock, &filter);
}

/* Where the interface stands in the list; list_count: nowhere. */
static uint32_t filter_find(const struct host_filter_side *side, uint32_t index)
{
    uint32_t at = 0;

    while (at < side->list_count && side->list[at] != index)
        at++;
    return at;
}

int filter_list_add(struct sock *sock, const struct option_row *row,
                    const struct option_value *value)
{
    struct host_filter filter = filter_now(sock);
    struct host_filter_side *side = filter_side(&filter, row);

    if (value->number == 0)
        return WSAEINVAL;
    if (filter_find(side, value->number) < side->list_count)
        return 0;
    if (side->list_count == HOST_FILTER_LIST_MAX)
        return WSAENOBUFS;
    side->list[side->list_count++] = value->number;
    return filter_change(sock, &filter);
}

int filter_list_remove(struct sock *sock, const struct option_row *row,
                       const struct option_value *value)
{
    struct host_filter filter = filter_now(sock);
    struct host_filter_side *side = filter_side(&filter, row);
    uint32_t at = filter_find(side, value->number);

    if (at == side->list_count)
        return WSAEINVAL;
    side->list[at] = side->list[--side->list_count];
    side->list[side->list_count] = 0;
    return filter_change(sock, &filter);
}

/* Documented: an error unless IP_IFLIST is on. */
int filter_list_read(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    struct host_filter filter = filter_now(sock);
    const struct host_filter_side *side = filter_side(&filter, row);

    if (!side->listed)
        return WSAEINVAL;
    value->bytes = side->list_count * (uint32_t)sizeof side->list[0];
    memcpy(value->data, side->list, value->bytes);
    return 0;
}

/* ---- IPv6 groups ---- */

int filter_member(struct sock *sock, const struct host_filter_group *group, bool member)
{
    struct host_filter filter = filter_now(sock);
    struct sock_inet *inet = inet_make(sock);
    uint32_t at = 0;

    if (inet == NULL)
        return WSAENOBUFS;
    while (at < filter.group_count &&
           memcmp(&filter.groups[at], group, sizeof filter.groups[at]) != 0)
        at++;
    if (inet->many_groups || member == (at < filter.group_count))
        return 0;
    if (!member) {
        filter.groups[at] = filter.groups[--filter.group_count];
    } else if (at < HOST_FILTER_GROUPS_MAX) {
        filter.groups[filter.group_count++] = *group;
    } else {
        filter.group_count = 0;
        inet->many_groups = true;
    }
    return filter_change(sock, &filter);
}

/* ---- IP_PROTECTION_LEVEL, IPV6_PROTECTION_LEVEL ---- */

static struct sock_inet_level *filter_level(struct sock_inet *inet, const struct option_row *row)
{
    return row->level == IPPROTO_IPV6 ? &inet->inet6 : &inet->inet;
}

int filter_protection_get(struct sock *sock, const struct option_row *row,
                          struct option_value *value)
{
    struct sock_inet *inet = inet_of(sock);

    value->number = PROTECTION_LEVEL_DEFAULT;
    if (inet != NULL && filter_level(inet, row)->protection_level != 0)
        value->number = filter_level(inet, row)->protection_level;
    return 0;
}

/* There is no edge to traverse here, which leaves two levels: everybody, and the same site. The
 * second is IPv6's; nobody ever said what it is for IPv4. */
int filter_protection_set(struct sock *sock, const struct option_row *row,
                          const struct option_value *value)
{
    struct host_filter filter = filter_now(sock);
    uint32_t level = value->number;
    int error;

    if (level != PROTECTION_LEVEL_UNRESTRICTED && level != PROTECTION_LEVEL_EDGERESTRICTED &&
        level != PROTECTION_LEVEL_RESTRICTED)
        return WSAEINVAL;
    if (row->level == IPPROTO_IPV6) {
        filter.site_only = level == PROTECTION_LEVEL_RESTRICTED;
        filter.stream = sock->type == SOCK_STREAM;
    }
    error = filter_change(sock, &filter);
    if (error == 0)
        filter_level(inet_of(sock), row)->protection_level = level;
    return error;
}
