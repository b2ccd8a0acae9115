/* SPDX-License-Identifier: MIT */
/*
 * Readiness of descriptors, with Linux' numbers: LX_POLL*. Every function returns a negative errno
 * when it fails; EINTR is retried here.
 */
#ifndef RING_HOST_POLL_H
#define RING_HOST_POLL_H

#include <stdint.h>

struct host_poll { /* same layout as struct pollfd; poll.c asserts it */
    int32_t fd;    /* negative: not looked at */
    int16_t events;
    int16_t found;
};

/* Until one has something, or CLOCK_MONOTONIC reaches deadline_ns (0: do not wait, INT64_MAX: no
 * deadline). Returns how many have. */
int host_poll(struct host_poll *polls, uint32_t count, int64_t deadline_ns);
/* What holds now, out of `events` and the three that are always told. */
int host_poll_now(int fd, int events);

/* A descriptor that becomes readable when something changes on those that were added to it; what
 * they have to tell all the time does not count. Adding one twice is fine. */
int host_changes_open(void);
int host_changes_add(int changes, int fd);
void host_changes_take(int changes);
void host_changes_close(int changes);

/* A set of descriptors on which one thread sleeps; any thread may add and remove. What was added is
 * told when it changes, and once at first if something holds already. `wake_fd` belongs to it from
 * the beginning and is told, as `tag`, as long as it is readable. */
struct host_change {
    uint64_t tag;
    uint32_t found; /* all that holds now, LX_POLL* */
};
int host_set_open(int wake_fd, uint64_t tag);
int host_set_add(int set, int fd, uint64_t tag);
void host_set_remove(int set, int fd); /* fine when it is not in, or the set is none */
/* Until something is told, or CLOCK_MONOTONIC reaches deadline_ns (0: do not wait, INT64_MAX: no
 * deadline). Returns how many; 0 also after a signal. At most 64. */
int host_set_wait(int set, struct host_change *changes, int max, int64_t deadline_ns);
void host_set_close(int set);

/* What waits to be taken from a socket; the bytes of a stream: net.h. */
int host_waiting_memory(int fd);      /* of a datagram socket */
int host_waiting_connections(int fd); /* of a listener */

#endif
