/* SPDX-License-Identifier: MIT */
/* Interfaces: getifaddrs() for the addresses, /sys for queues and NUMA nodes. */
#include "ring/host/interface.h"

#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { INTERFACE_PATH_BYTES = 320, INTERFACE_NODES_MAX = 64 };

static void interface_bytes(uint8_t *to, const struct sockaddr *from)
{
    const struct sockaddr_in *inet = (const struct sockaddr_in *)(const void *)from;

    if (from != NULL && from->sa_family == AF_INET)
        memcpy(to, &inet->sin_addr, 4);
}

int host_interface_list(bool (*visit)(void *argument, const struct host_interface *interface),
                        void *argument)
{
    struct ifaddrs *list;

    if (getifaddrs(&list) != 0)
        return -errno;
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        struct host_interface one = {.up = at->ifa_flags & IFF_UP,
                                     .broadcasts = at->ifa_flags & IFF_BROADCAST,
                                     .loopback = at->ifa_flags & IFF_LOOPBACK,
                                     .point_to_point = at->ifa_flags & IFF_POINTOPOINT,
                                     .multicasts = at->ifa_flags & IFF_MULTICAST};

        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        one.index = if_nametoindex(at->ifa_name);
        interface_bytes(one.address, at->ifa_addr);
        interface_bytes(one.netmask, at->ifa_netmask);
        if (one.broadcasts)
            interface_bytes(one.broadcast, at->ifa_broadaddr);
        if (!visit(argument, &one))
            break;
    }
    freeifaddrs(list);
    return 0;
}

uint32_t host_interface_of(const void *address, uint32_t bytes)
{
    struct ifaddrs *list;
    uint32_t index = 0;

    if (getifaddrs(&list) != 0)
        return 0;
    for (const struct ifaddrs *at = list; index == 0 && at != NULL; at = at->ifa_next) {
        const struct sockaddr_in *inet = (const struct sockaddr_in *)(const void *)at->ifa_addr;
        const struct sockaddr_in6 *inet6 = (const struct sockaddr_in6 *)(const void *)at->ifa_addr;
        bool same = false;

        if (at->ifa_addr != NULL && bytes == 4 && at->ifa_addr->sa_family == AF_INET)
            same = memcmp(&inet->sin_addr, address, 4) == 0;
        else if (at->ifa_addr != NULL && bytes == 16 && at->ifa_addr->sa_family == AF_INET6)
            same = memcmp(&inet6->sin6_addr, address, 16) == 0;
        if (same)
            index = if_nametoindex(at->ifa_name);
    }
    freeifaddrs(list);
    return index;
}

bool host_interface_exists(uint32_t index)
{
    char name[IF_NAMESIZE];

    return index != 0 && if_indextoname(index, name) != NULL;
}

bool host_interface_spreads(void)
{
    DIR *interfaces = opendir("/sys/class/net");
    const struct dirent *entry;
    bool found = false;

    if (interfaces == NULL)
        return false;
    while (!found && (entry = readdir(interfaces)) != NULL) {
        char path[INTERFACE_PATH_BYTES];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/sys/class/net/%s/queues/rx-1", entry->d_name);
        found = access(path, F_OK) == 0;
    }
    closedir(interfaces);
    return found;
}

bool host_cpu_exists(uint32_t cpu)
{
    char path[INTERFACE_PATH_BYTES];

    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u", cpu);
    return access(path, F_OK) == 0;
}

uint16_t host_cpu_node(uint32_t cpu)
{
    for (uint16_t node = 0; node < INTERFACE_NODES_MAX; node++) {
        char path[INTERFACE_PATH_BYTES];

        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/node%u", cpu, node);
        if (access(path, F_OK) == 0)
            return node;
    }
    return 0; /* a machine without NUMA has one */
}
