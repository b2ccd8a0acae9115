/* SPDX-License-Identifier: MIT */
/*
 * Routes, asked for through NETLINK_ROUTE. Connecting a datagram socket would tell the local
 * address too, but not the interface.
 */
#include "ring/host/route.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUTE_BYTES = 4096 };

struct route_question {
    struct nlmsghdr header;
    struct rtmsg message;
    char attributes[64]; /* two: 20 and 8 bytes */
};

static void route_add(struct route_question *question, unsigned short type, const void *data,
                      unsigned short bytes)
{
    struct rtattr *attribute =
        (struct rtattr *)(void *)((char *)question + NLMSG_ALIGN(question->header.nlmsg_len));

    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(bytes);
    memcpy(RTA_DATA(attribute), data, bytes);
    question->header.nlmsg_len =
        NLMSG_ALIGN(question->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

/* The last 12 zero bytes and 0xffff in front of an IPv4 address that IPv6 carries. */
static const unsigned char route_mapped[12] = {[10] = 0xff, [11] = 0xff};

static void route_ask(struct route_question *question, const struct sockaddr_in6 *to)
{
    const struct sockaddr_in *inet = (const struct sockaddr_in *)(const void *)to;
    static _Atomic uint32_t asked; /* relaxed: a number to tell answers apart by */
    uint32_t scope = to->sin6_scope_id;

    memset(question, 0, sizeof *question);
    question->header.nlmsg_len = NLMSG_LENGTH(sizeof question->message);
    question->header.nlmsg_type = RTM_GETROUTE;
    question->header.nlmsg_flags = NLM_F_REQUEST;
    question->header.nlmsg_seq = 1 + atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
    question->message.rtm_family = AF_INET;
    if (to->sin6_family == AF_INET) {
        question->message.rtm_dst_len = 32;
        route_add(question, RTA_DST, &inet->sin_addr, 4);
    } else if (memcmp(&to->sin6_addr, route_mapped, sizeof route_mapped) == 0) {
        question->message.rtm_dst_len = 32;
        route_add(question, RTA_DST, (const char *)&to->sin6_addr + sizeof route_mapped, 4);
    } else {
        question->message.rtm_family = AF_INET6;
        question->message.rtm_dst_len = 128;
        route_add(question, RTA_DST, &to->sin6_addr, 16);
        if (scope != 0)
            route_add(question, RTA_OIF, &scope, sizeof scope);
    }
}

/* The local address in the form of the destination's. */
static void route_fill(struct host_route *route, int family, const void *source, size_t bytes)
{
    struct sockaddr_in inet = {.sin_family = AF_INET};
    struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6};

    if (family == AF_INET) {
        memcpy(&inet.sin_addr, source, sizeof inet.sin_addr);
        memcpy(route->source, &inet, sizeof inet);
        route->source_bytes = sizeof inet;
        return;
    }
    if (bytes == 4)
        memcpy(&inet6.sin6_addr, route_mapped, sizeof route_mapped);
    memcpy((char *)&inet6.sin6_addr + 16 - bytes, source, bytes);
    if (IN6_IS_ADDR_LINKLOCAL(&inet6.sin6_addr))
        inet6.sin6_scope_id = route->interface;
    memcpy(route->source, &inet6, sizeof inet6);
    route->source_bytes = sizeof inet6;
}

/* 0 or a negative errno. */
static int route_read(struct nlmsghdr *header, int family, struct host_route *route)
{
    struct rtmsg *message = NLMSG_DATA(header);
    struct rtattr *attribute = RTM_RTA(message);
    int left = (int)RTM_PAYLOAD(header);
    const struct rtattr *source = NULL;
    size_t bytes = message->rtm_family == AF_INET ? 4 : 16;

    if (header->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *refusal = NLMSG_DATA(header);

        /* Whatever kind of route says no: "prohibit" and "blackhole" have numbers of their own. */
        return refusal->error == -EHOSTUNREACH ? -EHOSTUNREACH : -ENETUNREACH;
    }
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type == RTA_OIF && RTA_PAYLOAD(attribute) >= sizeof route->interface)
            memcpy(&route->interface, RTA_DATA(attribute), sizeof route->interface);
        else if (attribute->rta_type == RTA_PREFSRC && RTA_PAYLOAD(attribute) >= bytes)
            source = attribute;
    }
    if (source == NULL) /* there is a route, but no address to send from */
        return -ENETUNREACH;
    route_fill(route, family, RTA_DATA(source), bytes);
    return 0;
}

static int route_exchange(int fd, const struct route_question *question, int family,
                          struct host_route *route)
{
    _Alignas(struct nlmsghdr) char buffer[ROUTE_BYTES];
    struct nlmsghdr *header = (struct nlmsghdr *)(void *)buffer;
    ssize_t bytes;

    do
        bytes = send(fd, question, question->header.nlmsg_len, 0);
    while (bytes < 0 && errno == EINTR);
    if (bytes < 0)
        return -errno;
    do { /* the kernel has answered already; an answer to an earlier question may be left over */
        bytes = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    } while (bytes < 0 ? errno == EINTR
                       : NLMSG_OK(header, (uint32_t)bytes) &&
                             header->nlmsg_seq != question->header.nlmsg_seq);
    if (bytes < 0)
        return -errno;
    return NLMSG_OK(header, (uint32_t)bytes) ? route_read(header, family, route) : -EIO;
}

int host_route_find(int questions, const void *to, struct host_route *route)
{
    struct sockaddr_in6 name = {0};
    struct route_question question;
    int fd = questions;
    int error;

    memset(route, 0, sizeof *route);
    memcpy(&name.sin6_family, to, sizeof name.sin6_family);
    memcpy(&name, to, name.sin6_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof name);
    route_ask(&question, &name);
    if (fd < 0)
        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    error = route_exchange(fd, &question, name.sin6_family, route);
    if (error != 0)
        memset(route, 0, sizeof *route);
    if (fd != questions)
        close(fd);
    return error;
}
