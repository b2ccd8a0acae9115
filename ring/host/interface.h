/* SPDX-License-Identifier: MIT */
/* The network interfaces of this computer, and which CPUs serve them. No state. */
#ifndef RING_HOST_INTERFACE_H
#define RING_HOST_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

/* One IPv4 address of an interface, whether that is up or not. Addresses in network order. */
struct host_interface {
    uint32_t index;
    bool up, broadcasts, loopback, point_to_point, multicasts;
    uint8_t address[4];
    uint8_t netmask[4];
    uint8_t broadcast[4]; /* zeros: it does not broadcast */
};

/* Calls `visit` for each; false: no more are wanted. 0 or a negative errno. */
int host_interface_list(bool (*visit)(void *argument, const struct host_interface *interface),
                        void *argument);

/* The interface that has this address (4 bytes, or 16); 0: none has. */
uint32_t host_interface_of(const void *address, uint32_t bytes);
bool host_interface_exists(uint32_t index);

/* Does any spread what it receives over several queues, so that several CPUs take part? */
bool host_interface_spreads(void);
bool host_cpu_exists(uint32_t cpu);
uint16_t host_cpu_node(uint32_t cpu); /* its NUMA node */

#endif
