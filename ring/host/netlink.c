/* SPDX-License-Identifier: MIT */
/*
 * Messages of NETLINK_ROUTE: one socket that the kernel tells changes, and one for questions. The
 * kernel tells a change before the call that made it returns. Reading never waits: answers to
 * questions are there when the question has been sent.
 *
 * A message is not always news: a router's advertisement repeats an address every few seconds. So
 * the addresses told so far are kept, with whether they could be bound to. Interfaces that go down
 * keep their IPv4 addresses, and their IPv4 routes go without a message of their own: both follow
 * from the interface's message.
 */
#include "ring/host/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    NETLINK_BYTES = 16384, /* the kernel cuts its answers to fit; what it tells is far shorter */
    NETLINK_GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                     RTMGRP_IPV6_ROUTE
};

/* What reading came to. */
struct netlink_reading {
    struct host_netlink *netlink;
    uint32_t changes;
    bool lost;
};

static int netlink_socket(uint32_t groups)
{
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    return fd < 0 ? -errno : fd;
}

/* ---- What is known ---- */

/* The number of the address among the known ones; known_count: it is not there. */
static uint32_t netlink_find(const struct host_netlink *netlink,
                             const struct host_netlink_address *address)
{
    uint32_t i = 0;

    while (i < netlink->known_count &&
           (netlink->known[i].interface != address->interface ||
            netlink->known[i].family != address->family ||
            memcmp(netlink->known[i].bytes, address->bytes, sizeof address->bytes) != 0))
        i++;
    return i;
}

static bool netlink_add(struct host_netlink *netlink, const struct host_netlink_address *address)
{
    if (netlink->known_count == netlink->known_room) {
        uint32_t room = netlink->known_room == 0 ? 16 : 2 * netlink->known_room;
        void *grown = realloc(netlink->known, room * sizeof *netlink->known);

        if (grown == NULL)
            return false;
        netlink->known = grown;
        netlink->known_room = room;
    }
    netlink->known[netlink->known_count++] = *address;
    return true;
}

static void netlink_note_address(struct netlink_reading *reading,
                                 const struct host_netlink_address *address, bool gone)
{
    struct host_netlink *netlink = reading->netlink;
    uint32_t at = netlink_find(netlink, address);
    bool was_usable = at < netlink->known_count && netlink->known[at].usable;
    bool is_usable = !gone && address->usable;

    if (gone) {
        if (at < netlink->known_count)
            netlink->known[at] = netlink->known[--netlink->known_count];
    } else if (at < netlink->known_count) {
        netlink->known[at].usable = address->usable;
    } else if (!netlink_add(netlink, address)) {
        reading->lost = true;
    }
    if (was_usable != is_usable)
        reading->changes |= address->family == AF_INET
                                ? HOST_CHANGE_ADDRESSES | HOST_CHANGE_ROUTES
                                : HOST_CHANGE_ADDRESSES6 | HOST_CHANGE_ROUTES6;
}

/* ---- Messages ---- */

static void netlink_address(struct netlink_reading *reading, struct nlmsghdr *header)
{
    struct ifaddrmsg *message = NLMSG_DATA(header);
    struct rtattr *attribute = IFA_RTA(message);
    int left = (int)IFA_PAYLOAD(header);
    struct host_netlink_address address = {.interface = message->ifa_index,
                                           .family = message->ifa_family};
    size_t bytes = address.family == AF_INET ? 4 : 16;
    uint32_t flags = message->ifa_flags;
    bool is_local = false; /* IFA_LOCAL is the own end, and IFA_ADDRESS perhaps the other's */

    if (address.family != AF_INET && address.family != AF_INET6)
        return;
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        bool own = attribute->rta_type == IFA_LOCAL;

        if ((own || (attribute->rta_type == IFA_ADDRESS && !is_local)) &&
            RTA_PAYLOAD(attribute) >= bytes) {
            memcpy(address.bytes, RTA_DATA(attribute), bytes);
            is_local = own;
        } else if (attribute->rta_type == IFA_FLAGS && RTA_PAYLOAD(attribute) >= sizeof flags) {
            memcpy(&flags, RTA_DATA(attribute), sizeof flags);
        }
    }
    address.usable =
        !(flags & IFA_F_DADFAILED) && (!(flags & IFA_F_TENTATIVE) || (flags & IFA_F_OPTIMISTIC));
    netlink_note_address(reading, &address, header->nlmsg_type == RTM_DELADDR);
}

static void netlink_interface(struct netlink_reading *reading, const struct nlmsghdr *header)
{
    const struct ifinfomsg *message = NLMSG_DATA(header);
    const struct host_netlink *netlink = reading->netlink;

    if (message->ifi_family != AF_UNSPEC ||
        (header->nlmsg_type == RTM_NEWLINK && !(message->ifi_change & IFF_UP)))
        return;
    reading->changes |= HOST_CHANGE_ROUTES | HOST_CHANGE_ROUTES6;
    for (uint32_t i = 0; i < netlink->known_count; i++) {
        if (netlink->known[i].interface == (uint32_t)message->ifi_index)
            reading->changes |= netlink->known[i].family == AF_INET ? HOST_CHANGE_ADDRESSES
                                                                    : HOST_CHANGE_ADDRESSES6;
    }
}

static void netlink_route(struct netlink_reading *reading, const struct nlmsghdr *header)
{
    const struct rtmsg *message = NLMSG_DATA(header);

    if (message->rtm_flags & RTM_F_CLONED) /* what the kernel has learned of one destination */
        return;
    if (message->rtm_family == AF_INET)
        reading->changes |= HOST_CHANGE_ROUTES;
    else if (message->rtm_family == AF_INET6)
        reading->changes |= HOST_CHANGE_ROUTES6;
}

/* True: the last message of an answer. */
static bool netlink_message(struct netlink_reading *reading, struct nlmsghdr *header)
{
    switch (header->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
        if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifaddrmsg)))
            netlink_address(reading, header);
        break;
    case RTM_NEWLINK:
    case RTM_DELLINK:
        if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
            netlink_interface(reading, header);
        break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct rtmsg)))
            netlink_route(reading, header);
        break;
    case NLMSG_OVERRUN:
        reading->lost = true;
        break;
    case NLMSG_ERROR:
        reading->lost = true;
        return true;
    case NLMSG_DONE:
        return true;
    default:
        break;
    }
    return false;
}

/* A whole message is left. `left` becomes negative behind the last one, whose end is rounded up. */
static bool netlink_is_whole(const struct nlmsghdr *header, int left)
{
    return left >= 0 && NLMSG_OK(header, (uint32_t)left);
}

/* One datagram of messages. 1: an answer ends with it; 0; or a negative errno: -EAGAIN, there is
 * none. -ENOBUFS, which comes first when messages were lost, is no end: others may follow. */
static int netlink_read(struct netlink_reading *reading, int fd)
{
    _Alignas(struct nlmsghdr) char buffer[NETLINK_BYTES];
    struct sockaddr_nl from = {0};
    socklen_t from_bytes = sizeof from;
    ssize_t bytes;
    int left;

    do
        bytes =
            recvfrom(fd, buffer, sizeof buffer, MSG_TRUNC, (struct sockaddr *)&from, &from_bytes);
    while (bytes < 0 && errno == EINTR);
    if (bytes < 0)
        return -errno;
    if (from.nl_pid != 0) /* not from the kernel */
        return 0;
    if (bytes > (ssize_t)sizeof buffer) {
        reading->lost = true;
        bytes = sizeof buffer;
    }
    left = (int)bytes;
    for (struct nlmsghdr *header = (struct nlmsghdr *)(void *)buffer;
         netlink_is_whole(header, left); header = NLMSG_NEXT(header, left)) {
        if (netlink_message(reading, header))
            return 1;
    }
    return 0;
}

/* ---- What the header declares ---- */

int host_netlink_open(struct host_netlink *netlink)
{
    int error;

    memset(netlink, 0, sizeof *netlink);
    netlink->questions_fd = -1;
    netlink->changes_fd = netlink_socket(NETLINK_GROUPS); /* first: nothing is missed in between */
    if (netlink->changes_fd < 0)
        return netlink->changes_fd;
    error = netlink->questions_fd = netlink_socket(0);
    if (error >= 0)
        error = host_netlink_learn(netlink);
    if (error < 0) {
        host_netlink_close(netlink);
        return error;
    }
    return 0;
}

void host_netlink_close(struct host_netlink *netlink)
{
    if (netlink->changes_fd >= 0)
        close(netlink->changes_fd);
    if (netlink->questions_fd >= 0)
        close(netlink->questions_fd);
    free(netlink->known);
    memset(netlink, 0, sizeof *netlink);
    netlink->changes_fd = netlink->questions_fd = -1;
}

int host_netlink_learn(struct host_netlink *netlink)
{
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg message;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = RTM_GETADDR,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .message = {.ifa_family = AF_UNSPEC},
    };
    struct netlink_reading reading = {.netlink = netlink};
    int result;

    netlink->known_count = 0;
    do
        result = send(netlink->questions_fd, &question, sizeof question, 0) < 0 ? -errno : 0;
    while (result == -EINTR);
    while (result == 0)
        result = netlink_read(&reading, netlink->questions_fd);
    if (result < 0)
        return result;
    return reading.lost ? -ENOMEM : 0;
}

uint32_t host_netlink_take(struct host_netlink *netlink, bool *lost)
{
    struct netlink_reading reading = {.netlink = netlink};
    int result;

    do {
        result = netlink_read(&reading, netlink->changes_fd);
        if (result < 0 && result != -EAGAIN)
            reading.lost = true;
    } while (result >= 0 || result == -ENOBUFS);
    *lost = reading.lost;
    return reading.lost ? HOST_CHANGE_ALL : reading.changes;
}
