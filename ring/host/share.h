/* SPDX-License-Identifier: MIT */
/*
 * Descriptors for other processes. One process offers a descriptor to a process that it names by
 * id; that process, and no other, takes it, once. docs/decisions/0009-sharing-between-processes.md.
 */
#ifndef RING_HOST_SHARE_H
#define RING_HOST_SHARE_H

#include <stdint.h>

enum { HOST_TOKEN_BYTES = 16, HOST_NOTE_BYTES = 64 };

/* What the taker has to know: passed on by the application, in whatever way. */
struct host_ticket {
    uint64_t where; /* of the giver; never 0 */
    unsigned char token[HOST_TOKEN_BYTES];
};

/* Bytes that nobody can guess. 0 or a negative errno. */
int host_random(void *to, uint32_t bytes);

/* Is there such a process? 0, -ESRCH, or another negative errno. */
int host_process_exists(uint32_t process);

/* Keeps a copy of the descriptor, with a note of HOST_NOTE_BYTES, until the process takes it or
 * ends. 0, or a negative errno: -ESRCH (no such process), -ENOBUFS (too many offers). */
int host_offer(int fd, uint32_t process, const void *note, struct host_ticket *ticket);

/* The descriptor (CLOEXEC) and its note; or a negative errno, -ENOENT: it is not offered, or not to
 * this process and user. Waits for the giver's answer, some seconds at most. */
int host_take(const struct host_ticket *ticket, void *note);

#endif
