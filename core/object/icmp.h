/* SPDX-License-Identifier: MIT */
/*
 * What the network answers to a datagram: nobody listens there, no hops were left. Winsock tells it
 * to the sender's next receive, connected or not. Linux tells it to the socket's next call of any
 * kind, and to an unconnected socket only when it was asked to keep such answers (IP_RECVERR); then
 * it keeps all of them, and each has to be fetched. So the kernel is asked when a socket first
 * sends, and whatever a call meets is judged here. A call that meets nothing pays nothing.
 */
#ifndef CORE_OBJECT_ICMP_H
#define CORE_OBJECT_ICMP_H

#include "core/object/sock.h"

/* Before a send, once for each datagram socket. */
void icmp_listen(struct sock *sock);
static inline bool icmp_listens(struct sock *sock)
{
    /* relaxed: a second thread that asks the kernel again does no harm. */
    return sock->type != SOCK_DGRAM ||
           (atomic_load_explicit(&sock->answers, memory_order_relaxed) & SOCK_ANSWERS_KEPT);
}

/* SIO_UDP_CONNRESET or SIO_UDP_NETRESET has changed the modes. */
void icmp_change(struct sock *sock);

/* A receive ended with `result`, a negative errno. What it shall tell: a negative errno, or 0: it
 * met an answer that is not told, and has to be repeated. */
int64_t icmp_receive_result(struct sock *sock, int64_t result);

/* A send ended with `result`, a negative errno. ICMP_SEND_REAL: that is the send's own failure. The
 * others: it met an answer to an earlier one, and has to be repeated. */
enum icmp_send { ICMP_SEND_REAL, ICMP_SEND_AGAIN, ICMP_SEND_NEWS /* a receive has to tell it */ };
enum icmp_send icmp_send_result(struct sock *sock, int64_t result);

/* The kernel has dropped a datagram before it left, and says so (-ENOBUFS) because answers are
 * kept: without that, as on Windows, nobody learns. */
bool icmp_send_dropped(struct sock *sock, int64_t result);

/* What a send has met for the next receive, or SOCK_REFUSED was set: takes it. 0 or a WSA code. */
int icmp_take_news(struct sock *sock);

/* The socket has an error for poll(2). Is there anything for a receive to tell? What is not told is
 * thrown away. */
bool icmp_readable(struct sock *sock);

#endif
