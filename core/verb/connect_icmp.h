/* SPDX-License-Identifier: MIT */
/*
 * TCP_FAIL_CONNECT_ON_ICMP_ERROR: with it on, every ICMP message that ends a connect is
 * WSAEHOSTUNREACH, whatever it says, and TCP_ICMP_ERROR_INFO tells what it said until the next
 * connect. (Linux ends a connect with the first such message in any case; without the option
 * the error is that of the message.)
 */
#ifndef CORE_VERB_CONNECT_ICMP_H
#define CORE_VERB_CONNECT_ICMP_H

#include "core/object/sock.h"

/* A connect begins: the last one's message is forgotten. Takes sock->lock. */
void connect_icmp_forget(struct sock *sock);

/* A connect has ended with `result`. What to report in its place: a negative errno, or 0. Takes
 * sock->lock. */
int32_t connect_icmp_result(struct sock *sock, int32_t result);

#endif
