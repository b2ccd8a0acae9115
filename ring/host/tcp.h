/* SPDX-License-Identifier: MIT */
/* What the kernel tells of TCP beyond its plain options. Negative errno on failure. */
#ifndef RING_HOST_TCP_H
#define RING_HOST_TCP_H

#include <stdint.h>

/* RFC 1323 time stamps: 1 or 0. Of the connection; without one, what the system would ask for. */
int host_tcp_timestamps(int fd);

/* Where a connection went before netfilter redirected it: a Linux address. -ENOENT: nothing did. */
int host_original_destination(int fd, void *address, uint32_t *bytes);

#endif
