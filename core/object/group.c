/* SPDX-License-Identifier: MIT */
/* Socket groups: group.h. One lock for all, because few programs have any. */
#include "core/object/group.h"

#include <string.h>

#include "core/base/mem.h"
#include "ring/host/lock.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

enum {
    GROUP_FIRST = 0x10000, /* no number that a program has by mistake */
    GROUP_HOST_BYTES = 16,
    GROUP_NAME_BYTES = 128
};

struct group {
    struct group *next;
    GROUP id;
    uint32_t creator; /* its handle; no other socket gets it while the group may live */
    unsigned members;
    bool constrained;
    bool has_host;
    uint8_t host[GROUP_HOST_BYTES]; /* IPv4 as ::ffff:a.b.c.d */
};

static struct host_lock group_lock; /* protects the rest, and every group */
static struct group *group_list;
static GROUP group_next_id = GROUP_FIRST;

/* No lock: it is set before anybody knows the socket, and taken away when nobody does any more. */
static struct group *group_of(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    return rare == NULL ? NULL : rare->group;
}

static struct group *group_find_locked(GROUP id)
{
    struct group *group = group_list;

    while (group != NULL && group->id != id)
        group = group->next;
    return group;
}

/* NULL: no memory. */
static struct group *group_make_locked(struct sock *sock, bool constrained)
{
    struct group *group = mem_zalloc(sock->handle >> 2, sizeof *group);

    if (group == NULL)
        return NULL;
    group->id = group_next_id++;
    group->creator = sock->handle;
    group->constrained = constrained;
    group->next = group_list;
    group_list = group;
    return group;
}

int group_enter(struct sock *sock, GROUP wanted)
{
    bool make = wanted == SG_UNCONSTRAINED_GROUP || wanted == SG_CONSTRAINED_GROUP;
    struct sock_rare *rare;
    struct group *group;
    int error = 0;

    if (wanted == 0)
        return 0;
    if (wanted == SG_CONSTRAINED_GROUP && sock->type != SOCK_STREAM)
        return WSAEINVAL;
    rare = sock_rare_make(sock);
    if (rare == NULL)
        return WSAENOBUFS;
    host_lock_acquire(&group_lock);
    group =
        make ? group_make_locked(sock, wanted == SG_CONSTRAINED_GROUP) : group_find_locked(wanted);
    if (group == NULL)
        error = make ? WSAENOBUFS : WSAEINVAL;
    else if (group->constrained && sock->type != SOCK_STREAM)
        error = WSAEINVAL;
    if (error == 0) {
        group->members++;
        rare->group = group;
    }
    host_lock_release(&group_lock);
    return error;
}

void group_leave(struct sock *sock)
{
    struct group **link = &group_list;
    struct group *group = group_of(sock);
    bool last;

    if (group == NULL)
        return;
    host_lock_acquire(&group_lock);
    if (group->creator == sock->handle)
        group->creator = 0;
    last = --group->members == 0;
    if (last) {
        while (*link != group)
            link = &(*link)->next;
        *link = group->next;
    }
    host_lock_release(&group_lock);
    if (last)
        mem_free(group);
}

GROUP group_id(struct sock *sock)
{
    struct group *group = group_of(sock);

    return group == NULL ? 0 : group->id;
}

bool group_is_creator(struct sock *sock)
{
    struct group *group = group_of(sock);
    bool creator;

    if (group == NULL)
        return false;
    host_lock_acquire(&group_lock);
    creator = group->creator == sock->handle;
    host_lock_release(&group_lock);
    return creator;
}

/* The host's part of an address in Linux' form. */
static void group_host(uint8_t *host, const void *address)
{
    const uint8_t *bytes = address;
    uint16_t family;

    memcpy(&family, address, sizeof family);
    if (family == LX_AF_INET6) {
        memcpy(host, bytes + 8, GROUP_HOST_BYTES);
        return;
    }
    memset(host, 0, GROUP_HOST_BYTES);
    host[10] = host[11] = 0xff;
    memcpy(host + 12, bytes + 4, 4);
}

bool group_admits(struct sock *sock, const void *address)
{
    uint8_t host[GROUP_HOST_BYTES];
    struct group *group = group_of(sock);
    bool admits;

    if (group == NULL)
        return true;
    group_host(host, address);
    host_lock_acquire(&group_lock);
    admits = !group->has_host || memcmp(group->host, host, sizeof host) == 0;
    host_lock_release(&group_lock);
    return admits;
}

void group_connected(struct sock *sock)
{
    uint8_t address[GROUP_NAME_BYTES];
    uint32_t bytes = sizeof address;
    struct group *group = group_of(sock);

    if (group == NULL)
        return;
    host_lock_acquire(&group_lock);
    if (group->constrained && !group->has_host &&
        host_getpeername(sock->fd, address, &bytes) == 0) {
        group_host(group->host, address);
        group->has_host = true;
    }
    host_lock_release(&group_lock);
}
