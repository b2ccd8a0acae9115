/* SPDX-License-Identifier: MIT */
/*
 * The list of bound sockets, by socket and by port.
 *
 * [T1] By socket: bind_owner_lock, held for a moment. An entry leaves the list with bind_lock held
 *      as well, so that who has either lock may look at it.
 * [T2] By port: bind_lock. A port that the system chose is not asked for: clients bind to port 0 by
 *      the thousand, and nobody wants to know. The kernel holds such a port against every other
 *      bind; only then are the missing ports looked up, for the table's answer.
 */
#include "core/verb/bind_table.h"

#include <string.h>

#include "core/base/mem.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

enum { BIND_BUCKET_COUNT = 1024 };

struct host_lock bind_lock;
static struct host_lock bind_owner_lock;
static struct bind_entry *bind_ports[BIND_BUCKET_COUNT];  /* [T2] */
static struct bind_entry *bind_owners[BIND_BUCKET_COUNT]; /* [T1] */

/* What the second bind gets, [first option][first wildcard?][second option][second wildcard?]: the
 * vendor's table for one user, which REUSE-01 to REUSE-15 agree with. */
/* clang-format off */
static const uint16_t bind_matrix[BIND_OPTION_COUNT][2][BIND_OPTION_COUNT][2] = {
    [BIND_DEFAULT] = {
        { { WSAEADDRINUSE, 0 }, { WSAEACCES, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } },
        { { 0, WSAEADDRINUSE }, { 0, WSAEACCES }, { 0, WSAEADDRINUSE } },
    },
    [BIND_REUSE] = {
        { { WSAEADDRINUSE, 0 }, { 0, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } },
        { { 0, WSAEADDRINUSE }, { 0, 0 }, { 0, WSAEADDRINUSE } },
    },
    [BIND_EXCLUSIVE] = {
        { { WSAEADDRINUSE, 0 }, { WSAEACCES, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } },
        { { WSAEACCES, WSAEADDRINUSE }, { WSAEACCES, WSAEACCES }, { WSAEACCES, WSAEADDRINUSE } },
    },
};
/* clang-format on */

static struct bind_entry **bind_bucket(uint16_t port)
{
    return &bind_ports[port % BIND_BUCKET_COUNT];
}

/* Where the pointer to the socket's entry is, or the end of its list; [T1]. */
static struct bind_entry **bind_owner_link(const struct sock *sock)
{
    struct bind_entry **link = &bind_owners[(sock->handle >> 2) % BIND_BUCKET_COUNT];

    while (*link != NULL && (*link)->sock != sock)
        link = &(*link)->owner_next;
    return link;
}

static enum bind_option bind_option_of(struct sock *sock)
{
    if (sock_flags(sock) & SOCK_EXCLUSIVE)
        return BIND_EXCLUSIVE;
    return bind_reuses(sock) ? BIND_REUSE : BIND_DEFAULT;
}

void bind_describe(struct bind_entry *entry, struct sock *sock, const struct name *name)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t zero[16];
    int only = 1;
    uint32_t bytes = sizeof only;

    memset(entry, 0, sizeof *entry);
    entry->sock = sock;
    entry->port = name_port(name);
    entry->port_given = entry->port != 0;
    entry->protocol = sock->protocol;
    entry->option = (uint8_t)bind_option_of(sock);
    entry->wildcard = name_is_wildcard(name);
    if (sock->family == AF_INET) {
        entry->has_inet = true;
        memcpy(entry->inet, name->data + 4, sizeof entry->inet);
        return;
    }
    memcpy(entry->inet6, name->data + 8, sizeof entry->inet6);
    memcpy(entry->inet6_rest, name->data + 24, sizeof entry->inet6_rest);
    if (memcmp(entry->inet6, mapped, sizeof mapped) == 0) { /* an IPv4 address in disguise */
        entry->has_inet = true;
        memcpy(entry->inet, entry->inet6 + sizeof mapped, sizeof entry->inet);
        entry->wildcard = memcmp(entry->inet, zero, sizeof entry->inet) == 0;
        return;
    }
    entry->has_inet6 = true;
    if (entry->wildcard &&
        host_getsockopt(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, &only, &bytes) == 0)
        entry->has_inet = !only; /* dual stack; that address is all zero already */
}

/* One address of one family: the same, or one of them stands for all. */
static bool bind_overlap(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    static const uint8_t zero[16];

    return memcmp(a, b, bytes) == 0 || memcmp(a, zero, bytes) == 0 || memcmp(b, zero, bytes) == 0;
}

static bool bind_related(const struct bind_entry *a, const struct bind_entry *b)
{
    if (a->sock == b->sock || a->port != b->port || a->protocol != b->protocol)
        return false;
    if (a->sock->type == SOCK_RAW || b->sock->type == SOCK_RAW) /* they have no ports */
        return false;
    if (sock_modes(a->sock) & sock_modes(b->sock) & SOCK_MODE_SPREADS)
        return false;
    if (a->has_inet && b->has_inet && bind_overlap(a->inet, b->inet, sizeof a->inet))
        return true;
    return a->has_inet6 && b->has_inet6 && bind_overlap(a->inet6, b->inet6, sizeof a->inet6);
}

int bind_conflict_locked(const struct bind_entry *wanted)
{
    struct bind_entry *entry = wanted->port != 0 ? *bind_bucket(wanted->port) : NULL;

    for (; entry != NULL; entry = entry->next) {
        int error = bind_matrix[entry->option][entry->wildcard][wanted->option][wanted->wildcard];

        if (error != 0 && bind_related(entry, wanted))
            return error;
    }
    return 0;
}

unsigned bind_each_neighbour_locked(const struct bind_entry *wanted,
                                    void (*visit)(struct sock *sock))
{
    struct bind_entry *entry = *bind_bucket(wanted->port);
    unsigned count = 0;

    for (; entry != NULL; entry = entry->next) {
        if (!bind_related(entry, wanted))
            continue;
        visit(entry->sock);
        count++;
    }
    return count;
}

void bind_remember(struct bind_entry *entry)
{
    struct sock *sock = entry->sock;
    struct bind_entry **owner;

    host_lock_acquire(&bind_owner_lock);
    owner = bind_owner_link(sock);
    entry->owner_next = *owner;
    *owner = entry;
    host_lock_release(&bind_owner_lock);
    if (entry->port != 0) {
        entry->next = *bind_bucket(entry->port);
        *bind_bucket(entry->port) = entry;
    }
    sock_set(sock, SOCK_BOUND | SOCK_IN_BIND_TABLE);
}

struct bind_entry *bind_entry_locked(const struct sock *sock)
{
    struct bind_entry *entry;

    host_lock_acquire(&bind_owner_lock);
    entry = *bind_owner_link(sock);
    host_lock_release(&bind_owner_lock);
    return entry;
}

uint16_t bind_port_locked(struct bind_entry *entry)
{
    struct name name = {.bytes = sizeof name.data};

    if (entry->port != 0 || host_getsockname(entry->sock->fd, name.data, &name.bytes) != 0)
        return entry->port;
    entry->port = name_port(&name);
    if (entry->port != 0) {
        entry->next = *bind_bucket(entry->port);
        *bind_bucket(entry->port) = entry;
    }
    return entry->port;
}

bool bind_learn_ports_locked(void)
{
    struct bind_entry *unknown;
    bool learned = false;

    for (unsigned i = 0; i < BIND_BUCKET_COUNT; i++) {
        host_lock_acquire(&bind_owner_lock);
        for (unknown = bind_owners[i]; unknown != NULL; unknown = unknown->owner_next)
            learned |= unknown->port == 0 && bind_port_locked(unknown) != 0;
        host_lock_release(&bind_owner_lock);
    }
    return learned;
}

/* Before the descriptor of a socket is closed, or when its address is given up. */
static void bind_forget(struct sock *sock)
{
    struct bind_entry **link;
    struct bind_entry *entry;

    if (!(sock_clear(sock, SOCK_IN_BIND_TABLE) & SOCK_IN_BIND_TABLE))
        return;
    host_lock_acquire(&bind_lock);
    host_lock_acquire(&bind_owner_lock);
    link = bind_owner_link(sock);
    entry = *link;
    if (entry != NULL)
        *link = entry->owner_next;
    host_lock_release(&bind_owner_lock);
    if (entry != NULL && entry->port != 0) {
        link = bind_bucket(entry->port);
        while (*link != entry)
            link = &(*link)->next;
        *link = entry->next;
    }
    host_lock_release(&bind_lock);
    mem_free(entry);
}

__attribute__((constructor)) static void bind_load(void)
{
    sock_register_unbind(bind_forget);
}
