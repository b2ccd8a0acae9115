/* SPDX-License-Identifier: MIT */
/*
 * The bound sockets of this process: what each covers, and who stands in whose way. For bind.c and
 * its neighbours only.
 */
#ifndef CORE_VERB_BIND_TABLE_H
#define CORE_VERB_BIND_TABLE_H

#include "core/verb/name.h"
#include "ring/host/lock.h"

enum bind_option { BIND_DEFAULT, BIND_REUSE, BIND_EXCLUSIVE, BIND_OPTION_COUNT };

/* What a bound socket covers: addresses of IPv4, of IPv6, or (dual stack) of both. */
struct bind_entry {
    struct bind_entry *next;       /* same port */
    struct bind_entry *owner_next; /* same hash of the socket */
    struct sock *sock;             /* not counted: it leaves the list before it goes */
    uint16_t port;                 /* 0: not looked up yet, [T2] */
    bool port_given;               /* by the application, which may want it again */
    uint8_t protocol;
    uint8_t option; /* enum bind_option at the time of the bind */
    bool has_inet;
    bool has_inet6;
    bool wildcard;
    uint8_t inet[4];
    uint8_t inet6[16];
    uint8_t inet6_rest[4]; /* scope, as it stands in an address */
};

/* Held over every bind to a port that was given, over every listen, and where entries are used that
 * more than their own socket can reach. Lock order: sock->lock, then this. */
extern struct host_lock bind_lock;

/* SO_REUSE_MULTICASTPORT, of datagrams only, asks for no less than SO_REUSEADDR does. */
static inline bool bind_reuses(struct sock *sock)
{
    return sock_flags(sock) & SOCK_REUSE || sock_modes(sock) & SOCK_MODE_REUSE_MULTICASTPORT;
}

/* Fills in what the socket would cover with this name. */
void bind_describe(struct bind_entry *entry, struct sock *sock, const struct name *name);
/* Puts a bound socket on the list; with bind_lock, if its port is known. */
void bind_remember(struct bind_entry *entry);
/* The socket's entry, or NULL. It stays as long as bind_lock is held. */
struct bind_entry *bind_entry_locked(const struct sock *sock);
/* The socket's own port, which the system may have chosen. */
uint16_t bind_port_locked(struct bind_entry *entry);

/* 0, or the first conflict with a socket of this process whose port is known. */
int bind_conflict_locked(const struct bind_entry *wanted);
/* Looks up every port that is not known yet. Returns whether there was one. */
bool bind_learn_ports_locked(void);
/* Every socket that `wanted` may live beside, but which the kernel might hold against it. */
unsigned bind_each_neighbour_locked(const struct bind_entry *wanted,
                                    void (*visit)(struct sock *sock));

/* bind.c: what the kernel is told for the moment of a bind or listen beside neighbours, what a
 * socket has at all other times, and what follows such a moment. */
void bind_options_share(struct sock *sock);
void bind_options_rest(struct sock *sock);
void bind_seal(const struct bind_entry *shared);

#endif
