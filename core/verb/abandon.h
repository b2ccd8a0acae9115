/* SPDX-License-Identifier: MIT */
/*
 * What WSACancelBlockingCall leaves of a stream socket whose connection cannot be used any more.
 */
#ifndef CORE_VERB_ABANDON_H
#define CORE_VERB_ABANDON_H

#include "core/object/sock.h"

/* A connect was cancelled: ends the attempt, or the connection that it has become meanwhile. The
 * socket is as after a connect that failed. */
void abandon_attempt(struct sock *sock);

/* Part of a send has gone, and the sender cannot know how much: the specification of Winsock 1.1
 * wants the connection reset, and everything after that but closesocket() to fail with
 * WSAECONNABORTED. */
void abandon_connection(struct sock *sock);

#endif
