/* SPDX-License-Identifier: MIT */
/*
 * Completion ports. Packets leave first in, first out; waiting threads are woken last in, first
 * out, one at a time while a backlog stands, up to the port's concurrency value (a soft cap).
 */
#ifndef CORE_OBJECT_PORT_H
#define CORE_OBJECT_PORT_H

#include <winsock2.h>

#include "core/object/op.h"

struct port;

/* A packet that is no operation's, and its owner's own memory. Not while it is queued. */
struct port_notice {
    struct op packet; /* OP_NOTICE is set */
    /* It leaves the queue, and is its owner's again. Fills in the entry's key and bytes. False:
     * there is nothing to say any more. NULL: thrown away with the port. No lock is held. */
    bool (*told)(struct port_notice *notice, OVERLAPPED_ENTRY *entry);
};

/* 0: no memory or the table is full. concurrency 0: the number of CPUs. */
uint32_t port_open(unsigned concurrency);
struct port *port_ref(uint64_t value);
/* The same for a call that takes packets. A thread that took its last packet from this port still
 * has the reference of that time and borrows it, which saves counting: *counted says whether there
 * is one to give back. */
struct port *port_ref_to_take(uint64_t value, bool *counted);
void port_unref(struct port *port);
uint32_t port_handle(const struct port *port);
/* Wakes every waiter with ERROR_ABANDONED_WAIT_0 and throws the packets away. */
void port_shut(struct port *port);

/* Queues a finished operation as a packet. On a ring thread it is kept back until the batch ends.
 *  */
void port_post(struct port *port, struct op *packet);
bool port_idle(struct port *port); /* no packet is waiting */
/* No ring thread keeps a packet back. Under a claim: whatever owned the direction before and was
 * this port's is among its packets, or was taken. */
bool port_is_told(struct port *port);
bool port_closed(struct port *port);

/* Signalled while packets stand that no thread in GetQueuedCompletionStatus takes (IOCP-26, -27).
 *  */
struct waitable *port_waitable(struct port *port);

/* Takes up to `count` packets into `entries` (Internal: the status). 0 when at least one was taken,
 * else WAIT_TIMEOUT, ERROR_ABANDONED_WAIT_0 or, `alertable`, WAIT_IO_COMPLETION: calls are queued
 * to this thread, which the caller now runs. A thread that has taken packets from this port before
 * gets packets first, another runs calls first (IOCP-23, -24). */
uint32_t port_take(struct port *port, OVERLAPPED_ENTRY *entries, unsigned count, unsigned *taken,
                   int64_t deadline_ns, bool alertable);

#endif
