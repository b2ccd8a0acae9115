/* SPDX-License-Identifier: MIT */
/* A stream's connect: its beginning, and its outcome. */
#ifndef RING_HOST_OUTCOME_H
#define RING_HOST_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

struct host_local {
    uint32_t bytes; /* 0: nothing is known */
    unsigned char data[28];
};

/* Begins a stream's connect, and ends it when the kernel can tell at once: 0 or a negative errno.
 * -EALREADY: it cannot; the socket becomes writable when it can, and the same call then tells.
 * After a failure nothing is left of the attempt that could spoil the socket's next one.
 * `local`, or NULL: gets the address that the kernel has chosen, and forgets with a failure. */
int host_connect_begin(int fd, const void *address, uint32_t bytes, struct host_local *local);

/* An ICMP message that ended a connect, and who sent it. */
struct host_icmp {
    uint8_t address_bytes; /* 4: ICMP; 16: ICMPv6; 0: no message */
    uint8_t type;
    uint8_t code;
    unsigned char address[16];
};

/* Right after a failure: did such a message end it? What failed connects leave is kept for a
 * moment only, and a later failure of another descriptor may have taken its place. */
bool host_icmp_take(int fd, struct host_icmp *icmp);

#endif
