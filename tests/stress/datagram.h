/* SPDX-License-Identifier: MIT */
/* What the stress program's datagrams say of themselves. */
#ifndef STRESS_DATAGRAM_H
#define STRESS_DATAGRAM_H

#include "pair.h"

/* Fills the buffer of a send, of about its size_bytes. Returns how many there are now. */
uint32_t datagram_write(struct task *task);
/* A received one: whole, or truncated as its OVERLAPPED says, and not seen before. The end's lock
 * is held. */
void datagram_check_locked(struct task *task);

#endif
