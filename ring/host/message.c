/* SPDX-License-Identifier: MIT */
/* The system calls behind message.h. No state and no lock. */
#include "ring/host/message.h"

#include <time.h> /* errqueue.h leaves struct timespec to others */

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Of ICMPv6; <linux/icmpv6.h> and <netinet/in.h> do not go together everywhere. */
enum {
    ANSWER6_UNREACHABLE = 1,
    ANSWER6_EXPIRED = 3,
    ANSWER6_PROHIBITED = 1, /* codes */
    ANSWER6_PORT = 4,
    ANSWER6_POLICY = 5,
    ANSWER6_REJECT = 6
};

/* Codes of ICMP_DEST_UNREACH that the kernel takes for the end, a bit each. */
#define ANSWER_FATAL_CODES                                                        \
    (1u << ICMP_PROT_UNREACH | 1u << ICMP_NET_UNKNOWN | 1u << ICMP_HOST_UNKNOWN | \
     1u << ICMP_HOST_ISOLATED | 1u << ICMP_NET_ANO | 1u << ICMP_HOST_ANO |        \
     1u << ICMP_PKT_FILTERED | 1u << ICMP_PREC_VIOLATION | 1u << ICMP_PREC_CUTOFF)

int64_t host_recvmsg(int fd, struct host_message *message)
{
    struct msghdr header = {.msg_name = message->name_bytes != 0 ? message->name : NULL,
                            .msg_namelen = message->name_bytes,
                            .msg_iov = (struct iovec *)(uintptr_t)message->iov,
                            .msg_iovlen = message->count,
                            .msg_control = message->control,
                            .msg_controllen = message->control_bytes};
    ssize_t bytes;

    do
        bytes = recvmsg(fd, &header, message->flags | MSG_DONTWAIT);
    while (bytes < 0 && errno == EINTR);
    if (bytes < 0)
        return -errno;
    message->control_bytes = (uint32_t)header.msg_controllen;
    message->flags = header.msg_flags;
    return bytes;
}

int64_t host_sendmsg(int fd, const struct host_message *message)
{
    const struct msghdr header = {.msg_name = message->name_bytes != 0 ? message->name : NULL,
                                  .msg_namelen = message->name_bytes,
                                  .msg_iov = (struct iovec *)(uintptr_t)message->iov,
                                  .msg_iovlen = message->count,
                                  .msg_control =
                                      message->control_bytes != 0 ? message->control : NULL,
                                  .msg_controllen = message->control_bytes};
    ssize_t bytes;

    do
        bytes = sendmsg(fd, &header, message->flags | MSG_DONTWAIT | MSG_NOSIGNAL);
    while (bytes < 0 && errno == EINTR);
    return bytes < 0 ? -errno : bytes;
}

void host_keep_answers(int fd, bool inet6, bool keep)
{
    const int on = keep;

    /* A socket of IPv6 may send to IPv4 addresses too; a refusal means that it cannot. */
    (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    if (inet6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

static enum host_answer answer_of(const struct sock_extended_err *error)
{
    if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6)
        return HOST_ANSWER_OWN;
    if (error->ee_origin == SO_EE_ORIGIN_ICMP && error->ee_type == ICMP_DEST_UNREACH) {
        if (error->ee_code == ICMP_PORT_UNREACH)
            return HOST_ANSWER_REFUSED;
        if (error->ee_code < 32 && (ANSWER_FATAL_CODES >> error->ee_code & 1) != 0)
            return HOST_ANSWER_FATAL;
    } else if (error->ee_origin == SO_EE_ORIGIN_ICMP && error->ee_type == ICMP_TIME_EXCEEDED) {
        return HOST_ANSWER_EXPIRED;
    } else if (error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ANSWER6_UNREACHABLE) {
        if (error->ee_code == ANSWER6_PORT)
            return HOST_ANSWER_REFUSED;
        if (error->ee_code == ANSWER6_PROHIBITED || error->ee_code == ANSWER6_POLICY ||
            error->ee_code == ANSWER6_REJECT)
            return HOST_ANSWER_FATAL;
    } else if (error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ANSWER6_EXPIRED) {
        return HOST_ANSWER_EXPIRED;
    }
    return HOST_ANSWER_PASSING;
}

enum host_answer host_take_answer(int fd)
{
    _Alignas(struct cmsghdr) unsigned char control[512];
    struct msghdr header = {.msg_control = control, .msg_controllen = sizeof control};

    if (recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return HOST_ANSWER_NONE;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&header); at != NULL; at = CMSG_NXTHDR(&header, at)) {
        struct sock_extended_err error;

        if (!(at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_RECVERR) &&
            !(at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_RECVERR))
            continue;
        memcpy(&error, CMSG_DATA(at), sizeof error);
        return answer_of(&error);
    }
    return HOST_ANSWER_OWN;
}
