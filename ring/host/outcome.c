/* SPDX-License-Identifier: MIT */
/*
 * See outcome.h. An ICMP error for a connect leaves a copy in the socket's error queue. While one
 * is there poll says POLLERR, so whoever waited for the outcome would be called again and again;
 * and an error that comes while the kernel is still in the connect, as one of this machine's own
 * firewall does, is nowhere else to be seen: the attempt goes on (Linux 6.18).
 */
#include "ring/host/outcome.h"

/* First: the kernel's header below needs its struct timespec. */
#include <time.h>

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "ring/host/lock.h"
#include "ring/host/net.h"

/* The latest messages, by descriptor. Written only when a connect fails in this way. */
enum { OUTCOME_ICMP_COUNT = 256 };

static struct {
    int fd;
    struct host_icmp icmp; /* without an address: nothing is kept */
} outcome_icmp[OUTCOME_ICMP_COUNT];
static struct host_lock outcome_lock;

/* `head` holds an error that an ICMP message brought, and who sent it behind it. */
static void outcome_keep(int fd, const struct cmsghdr *head, const struct sock_extended_err *error)
{
    struct host_icmp icmp = {.type = error->ee_type, .code = error->ee_code};
    const unsigned char *offender = CMSG_DATA(head) + sizeof *error;

    if (error->ee_origin == SO_EE_ORIGIN_ICMP) {
        icmp.address_bytes = 4;
        memcpy(icmp.address, offender + offsetof(struct sockaddr_in, sin_addr), 4);
    } else if (error->ee_origin == SO_EE_ORIGIN_ICMP6) {
        icmp.address_bytes = 16;
        memcpy(icmp.address, offender + offsetof(struct sockaddr_in6, sin6_addr), 16);
    } else {
        return; /* the machine's own finding */
    }
    host_lock_acquire(&outcome_lock);
    outcome_icmp[(unsigned)fd % OUTCOME_ICMP_COUNT].fd = fd;
    outcome_icmp[(unsigned)fd % OUTCOME_ICMP_COUNT].icmp = icmp;
    host_lock_release(&outcome_lock);
}

bool host_icmp_take(int fd, struct host_icmp *icmp)
{
    unsigned at = (unsigned)fd % OUTCOME_ICMP_COUNT;
    bool found;

    host_lock_acquire(&outcome_lock);
    found = outcome_icmp[at].fd == fd && outcome_icmp[at].icmp.address_bytes != 0;
    if (found) {
        *icmp = outcome_icmp[at].icmp;
        outcome_icmp[at].icmp.address_bytes = 0;
    }
    host_lock_release(&outcome_lock);
    return found;
}

/* The errno in a message of the error queue, or 0. */
static int outcome_of(int fd, struct msghdr *message)
{
    struct sock_extended_err error;
    struct cmsghdr *head;

    for (head = CMSG_FIRSTHDR(message); head != NULL; head = CMSG_NXTHDR(message, head)) {
        if ((head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_RECVERR) ||
            (head->cmsg_level == IPPROTO_IPV6 && head->cmsg_type == IPV6_RECVERR)) {
            memcpy(&error, CMSG_DATA(head), sizeof error);
            outcome_keep(fd, head, &error);
            return (int)error.ee_errno;
        }
    }
    return 0;
}

/* Empties the error queue. Returns the last errno in it, or 0. */
static int outcome_drain(int fd)
{
    union {
        struct cmsghdr head; /* for its alignment */
        char bytes[256];
    } control;
    int last = 0;

    for (;;) {
        struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof control};
        int error;

        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return last;
        error = outcome_of(fd, &message);
        last = error != 0 ? error : last;
    }
}

static int outcome_error(int fd)
{
    int error = 0;
    socklen_t bytes = sizeof error;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 ? error : 0;
}

/* Or it would connect after all. */
static void outcome_dissolve(int fd)
{
    static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    (void)host_connect(fd, &nobody, sizeof nobody);
    (void)outcome_error(fd); /* that left one */
}

int host_connect_begin(int fd, const void *address, uint32_t bytes, struct host_local *local)
{
    int result = host_connect(fd, address, bytes);
    int queued;

    if (result == -EINPROGRESS && local != NULL) {
        local->bytes = sizeof local->data;
        if (host_getsockname(fd, local->data, &local->bytes) != 0)
            local->bytes = 0;
    }
    /* Within the machine the answer has come by now. To be asked for it, the kernel takes the same
     * call once more, and says -EALREADY if there is none yet. */
    if (result == -EINPROGRESS)
        result = host_connect(fd, address, bytes);
    if (result == 0)
        return 0;
    queued = outcome_drain(fd);
    if (result != -EALREADY || queued == 0)
        return result;
    outcome_dissolve(fd);
    return -queued;
}
