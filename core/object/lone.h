/* SPDX-License-Identifier: MIT */
/*
 * One worker and few busy connections: the worker that waits at the port looks after the
 * connections' receives itself. So a message wakes that thread and no other, where the ring thread
 * would be woken twice besides: to take the receive in, and to tell of its end. With more
 * connections the ring thread is better, which serves many of them each time it wakes.
 *
 * [L1] sock_rare.lone is an accepted receive that is with nobody yet. It holds the claim of its
 *      direction. Whoever exchanges it for NULL has it, and submits it, first in its queue. The
 *      worker puts a mark there while it tries to end it; others wait that out, because they have
 *      to know whether there is a receive.
 * [L2] The thread that kept it polls its socket in every wait for packets. Whoever needs it in its
 *      queue (cancel, close, a failing engine) submits it. The closer marks the queue closed first
 *      and looks second; who keeps a receive does the reverse.
 * [L3] A thread that stays away from its port, or waits for something else, loses all of them to
 *      ring threads: within two milliseconds, or at once. So does one whose port has another
 *      worker.
 * [L4] A receive is kept only when no ring thread keeps a packet of its port back: else it could
 *      overtake the receive before it. What a wait found ready is received one by one, each time
 *      the port has no packet: the answer to one message goes out before the next is taken.
 */
#ifndef CORE_OBJECT_LONE_H
#define CORE_OBJECT_LONE_H

#include <stdbool.h>
#include <stdint.h>

struct op;
struct sock;
struct thread;

enum { LONE_MAX = 8 }; /* receives that one thread keeps: beyond that ring threads are better */

/* Is the calling thread, which has a receive for this socket, its port's only worker, and were the
 * last packets all of this socket and a few others? */
bool lone_wants(struct sock *sock);
/* Keeps a prepared receive, with the direction's claim. */
void lone_keep(struct op *op);

/* It is wanted, but is not the only one: a socket that has several receives at a time is the ring
 * thread's, which ends them together. */
void lone_queue(struct sock *sock);

/* How many the calling thread has kept; for tests. */
unsigned lone_kept_so_far(void);

/* A receive that is kept goes to the ring thread. */
void lone_release(struct sock *sock);
/* The same, to end there at once: for a caller on the ring thread. */
void lone_cancel(struct sock *sock);

/* By port.c, on the worker's thread. A packet of this socket was taken. */
void lone_taken(struct thread *self, const struct sock *sock);
/* A wait for packets; false: the time is over. *ready: lone_receive() is to follow. */
bool lone_wait(struct thread *self, int64_t deadline_ns, bool *ready);
void lone_receive(struct thread *self);
/* lone_receive() is to be called, because a wait has found more than was received since, or the
 * thread `looks`, and waits for nothing. */
bool lone_is_due(struct thread *self, bool looks);
/* The thread waits for something else. */
void lone_leave(struct thread *self);
/* True: somebody is to look again. */
bool lone_tick(int64_t now_ns);

/* Registered by transfer_op.c: receives what is there, and ends the operation and the claim. False:
 * nothing is there. */
void lone_set_receive(bool (*receive)(struct op *op));

#endif
