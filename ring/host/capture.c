/* SPDX-License-Identifier: MIT */
/*
 * Packet sockets. They are cooked (SOCK_DGRAM): what they give begins with the IP header. A filter
 * chooses, because a packet socket that is bound to one protocol would not see what is sent.
 */
#include "ring/host/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CAPTURE_WHOLE = 0x40000, /* bytes that the filter lets through */
    CAPTURE_PROTOCOL4 = 9,   /* places in an IP header */
    CAPTURE_TO4 = 16,
    CAPTURE_TO6 = 24,
    CAPTURE_IGMP_PROTOCOL = 2
};

/* One byte of the packet has to be `value` under `mask`; mask 0: any packet of the family. */
static int capture_filter(int fd, uint32_t ether, uint32_t place, uint32_t mask, uint32_t value)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ether, 0, 4),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, place),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, CAPTURE_WHOLE),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int capture_choose(int fd, bool inet6, enum host_capture what)
{
    uint32_t ether = inet6 ? ETH_P_IPV6 : ETH_P_IP;

    if (what == HOST_CAPTURE_MULTICAST && inet6)
        return capture_filter(fd, ether, CAPTURE_TO6, 0xff, 0xff);
    if (what == HOST_CAPTURE_MULTICAST)
        return capture_filter(fd, ether, CAPTURE_TO4, 0xf0, 0xe0);
    if (what == HOST_CAPTURE_IGMP)
        return capture_filter(fd, ether, CAPTURE_PROTOCOL4, 0xff, CAPTURE_IGMP_PROTOCOL);
    return capture_filter(fd, ether, 0, 0, 0);
}

static int capture_join(int fd, uint32_t interface, enum host_capture what)
{
    struct packet_mreq request = {.mr_ifindex = (int)interface};

    if (what == HOST_CAPTURE_ALL)
        return 0;
    request.mr_type = what == HOST_CAPTURE_ALL_NIC ? PACKET_MR_PROMISC : PACKET_MR_ALLMULTI;
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

/* On loopback every packet goes out and comes in again. */
static int capture_once(int fd, uint32_t interface)
{
    struct ifreq request;
    int on = 1;

    memset(&request, 0, sizeof request);
    if (if_indextoname(interface, request.ifr_name) == NULL ||
        ioctl(fd, SIOCGIFFLAGS, &request) != 0)
        return -1;
    if (!(request.ifr_flags & IFF_LOOPBACK))
        return 0;
    return setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
}

int host_capture_open(uint32_t interface, int family, enum host_capture what)
{
    struct sockaddr_ll name = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)interface};
    /* Protocol 0: nothing comes before the filter stands and the interface is chosen. */
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -errno;
    if (capture_choose(fd, family == AF_INET6, what) == 0 && capture_once(fd, interface) == 0 &&
        capture_join(fd, interface, what) == 0 &&
        bind(fd, (const struct sockaddr *)(const void *)&name, sizeof name) == 0)
        return fd;
    error = -errno;
    close(fd);
    return error;
}

int host_capture_mute(int fd, bool mute)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &nothing};
    int result;

    if (mute)
        result = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    else
        result = setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &program, sizeof program);
    return result == 0 ? 0 : -errno;
}

int host_capture_keep(int fd)
{
    int result = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    return result < 0 ? -errno : result;
}
