/* SPDX-License-Identifier: MIT */
/*
 * SIO_ADDRESS_LIST_SORT: destinations, the best first, by the rules of RFC 6724 (which replaced RFC
 * 3484). Rules 3, 4 and 7 need to know more of the own addresses than the kernel tells cheaply; it
 * has looked at them when it chose the source. Rule 9 stays away from IPv4, where it would send
 * everybody to the same host of several.
 */
#include <winsock2.h>

#include <ws2ipdef.h>

#include <stdlib.h>
#include <string.h>

#include "core/verb/ioctl.h"
#include "core/verb/name.h"
#include "ring/host/route.h"
#include "ring/host/sys.h"

enum { SORT_SCOPE_LINK = 2, SORT_SCOPE_SITE = 5, SORT_SCOPE_GLOBAL = 14, SORT_PREFIX_BITS = 64 };

enum { SORT_KEYS = 6 };

struct sort_entry {
    SOCKET_ADDRESS address; /* the caller's */
    SOCKADDR_IN6 name;
    bool scope_found;
    int keys[SORT_KEYS]; /* smaller is better; the first that differs decides */
    unsigned number;     /* rule 10: as they came */
};

/* Precedence and label of address ranges, RFC 6724 2.1; the longest prefix first. */
static const struct sort_policy {
    unsigned char prefix[16];
    unsigned char bits, precedence, label;
} sort_policies[] = {
    {{[15] = 1}, 128, 50, 0},                /* ::1 */
    {{[10] = 0xFF, [11] = 0xFF}, 96, 35, 4}, /* ::ffff:0:0, IPv4 */
    {{0}, 96, 1, 3},                         /* ::, once IPv4-compatible */
    {{0x20, 0x01}, 32, 5, 5},                /* 2001::, Teredo */
    {{0x20, 0x02}, 16, 30, 2},               /* 2002::, 6to4 */
    {{0x3F, 0xFE}, 16, 1, 12},               /* 3ffe::, once the 6bone */
    {{0xFE, 0xC0}, 10, 1, 11},               /* fec0::, once site-local */
    {{0xFC}, 7, 3, 13},                      /* fc00::, unique local */
    {{0}, 0, 40, 1},
};

static int sort_common_bits(const unsigned char *a, const unsigned char *b, int most)
{
    int bits = 0;

    while (bits < most && ((a[bits / 8] ^ b[bits / 8]) & (0x80 >> bits % 8)) == 0)
        bits++;
    return bits;
}

static const struct sort_policy *sort_policy(const unsigned char *address)
{
    const struct sort_policy *policy = sort_policies;

    while (sort_common_bits(address, policy->prefix, policy->bits) < policy->bits)
        policy++; /* the last fits all */
    return policy;
}

static bool sort_is_inet(const unsigned char *address)
{
    return sort_policy(address) == &sort_policies[1];
}

/* RFC 6724 3.1 and 3.2. */
static int sort_scope(const unsigned char *address)
{
    if (sort_is_inet(address))
        return address[12] == 127 || (address[12] == 169 && address[13] == 254) ? SORT_SCOPE_LINK
                                                                                : SORT_SCOPE_GLOBAL;
    if (address[0] == 0xFF)
        return address[1] & 15;
    if (sort_policy(address) == &sort_policies[0] ||
        (address[0] == 0xFE && (address[1] & 0xC0) == 0x80))
        return SORT_SCOPE_LINK;
    return address[0] == 0xFE && (address[1] & 0xC0) == 0xC0 ? SORT_SCOPE_SITE : SORT_SCOPE_GLOBAL;
}

/* The rules for one destination, whose source is known or NULL. */
static void sort_judge(struct sort_entry *entry, const unsigned char *source)
{
    unsigned char to[16];

    memcpy(to, &entry->name.sin6_addr, sizeof to);
    entry->keys[0] = source == NULL;
    entry->keys[3] = -sort_policy(to)->precedence;
    entry->keys[4] = sort_scope(to);
    if (source == NULL)
        return;
    entry->keys[1] = sort_scope(to) != sort_scope(source);
    entry->keys[2] = sort_policy(to)->label != sort_policy(source)->label;
    entry->keys[5] = sort_is_inet(to) ? 0 : -sort_common_bits(to, source, SORT_PREFIX_BITS);
}

static void sort_look(struct sort_entry *entry)
{
    struct host_route route;
    struct name to;
    SOCKADDR_IN6 source;
    bool reached;

    if (name_from_caller(&to, AF_INET6, (const struct sockaddr *)(const void *)&entry->name,
                         sizeof entry->name) != 0)
        return;
    reached = host_route_find(-1, to.data, &route) == 0;
    memcpy(&source, route.source, sizeof source);
    sort_judge(entry, reached ? (const unsigned char *)&source.sin6_addr : NULL);
    if (reached && entry->name.sin6_scope_id == 0 &&
        sort_scope((const unsigned char *)&entry->name.sin6_addr) < SORT_SCOPE_GLOBAL &&
        !sort_is_inet((const unsigned char *)&entry->name.sin6_addr)) {
        entry->name.sin6_scope_id = route.interface;
        entry->scope_found = true;
    }
}

static int sort_compare(const void *left, const void *right)
{
    const struct sort_entry *a = left;
    const struct sort_entry *b = right;

    for (int i = 0; i < SORT_KEYS; i++) {
        if (a->keys[i] != b->keys[i])
            return a->keys[i] < b->keys[i] ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Reads the caller's list into `entries`: those that are IPv6 addresses, with their places in the
 * order. Returns how many; negative: a pointer was wrong. */
static int sort_read(const struct ioctl_call *call, struct sort_entry *entries, int count)
{
    const size_t first = offsetof(SOCKET_ADDRESS_LIST, Address);
    int used = 0;

    for (int i = 0; i < count; i++) {
        struct sort_entry *entry = &entries[used];

        memset(entry, 0, sizeof *entry);
        entry->number = (unsigned)i;
        if (host_copy_from(&entry->address,
                           host_untrusted_at(call->in, first + (size_t)i * sizeof entry->address),
                           sizeof entry->address) != 0)
            return -1;
        if (entry->address.iSockaddrLength < (INT)sizeof entry->name)
            continue;
        if (host_copy_from(&entry->name, entry->address.lpSockaddr, sizeof entry->name) != 0)
            return -1;
        if (entry->name.sin6_family != AF_INET6)
            continue;
        sort_look(entry);
        used++;
    }
    return used;
}

static int sort_write(const struct ioctl_call *call, const struct sort_entry *entries, int count)
{
    const size_t first = offsetof(SOCKET_ADDRESS_LIST, Address);
    INT head = count;

    if (host_copy_to(call->out, &head, sizeof head) != 0)
        return WSAEFAULT;
    for (int i = 0; i < count; i++) {
        const struct sort_entry *entry = &entries[i];

        if (host_copy_to(host_untrusted_at(call->out, first + (size_t)i * sizeof entry->address),
                         &entry->address, sizeof entry->address) != 0 ||
            (entry->scope_found &&
             host_copy_to(entry->address.lpSockaddr, &entry->name, sizeof entry->name) != 0))
            return WSAEFAULT;
    }
    return 0;
}

int ioctl_address_sort(struct ioctl_call *call)
{
    struct sort_entry *entries;
    INT count;
    int used;
    int error;

    if (call->sock->family != AF_INET6)
        return WSAEINVAL;
    if (call->in_bytes < sizeof count || host_copy_from(&count, call->in, sizeof count) != 0)
        return WSAEFAULT;
    if (count < 0 || (count > 0 && SIZEOF_SOCKET_ADDRESS_LIST((size_t)count) > call->in_bytes))
        return WSAEINVAL;
    call->returned = (DWORD)SIZEOF_SOCKET_ADDRESS_LIST((size_t)count);
    if (call->out == NULL || call->out_bytes < call->returned) {
        call->report = true;
        return WSAEFAULT;
    }
    entries = malloc(((size_t)count + 1) * sizeof *entries);
    if (entries == NULL)
        return WSAENOBUFS;
    used = sort_read(call, entries, count);
    if (used > 0)
        qsort(entries, (size_t)used, sizeof *entries, sort_compare);
    error = used < 0 ? WSAEFAULT : sort_write(call, entries, used);
    call->returned = used < 0 ? 0 : (DWORD)SIZEOF_SOCKET_ADDRESS_LIST((size_t)used);
    call->uncounted = true;
    free(entries);
    return error;
}
