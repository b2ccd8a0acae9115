/* SPDX-License-Identifier: MIT */
/* The questions to the kernel behind tcp.h. No state and no lock. */
#include "ring/host/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST of <linux/netfilter_ipv4.h> and its IPv6 twin, which
 * define what <netinet/in.h> does. */
enum { TCP_ORIGINAL_DST = 80 };

/* Anything but 0 is on: 2 is on without random offsets. */
static int tcp_system_timestamps(void)
{
    char digit = '1'; /* no such file: not a network namespace of the usual kind */
    int fd = open("/proc/sys/net/ipv4/tcp_timestamps", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        ssize_t bytes = read(fd, &digit, 1);

        if (bytes != 1)
            digit = '1';
        close(fd);
    }
    return digit != '0';
}

int host_tcp_timestamps(int fd)
{
    struct tcp_info info = {0};
    socklen_t bytes = sizeof info;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0)
        return -errno;
    if (info.tcpi_state == TCP_CLOSE || info.tcpi_state == TCP_LISTEN ||
        info.tcpi_state == TCP_SYN_SENT)
        return tcp_system_timestamps();
    return (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
}

/* An IPv4 connection at an IPv6 socket is IPv4's matter; the address is told as an IPv6 one. */
static int tcp_mapped_destination(int fd, struct sockaddr_in6 *mapped, uint32_t *bytes)
{
    struct sockaddr_in address;
    struct sockaddr_in6 local;
    socklen_t size = sizeof local;

    if (getsockname(fd, (struct sockaddr *)&local, &size) != 0)
        return -errno;
    if (!IN6_IS_ADDR_V4MAPPED(&local.sin6_addr))
        return -ENOENT;
    size = sizeof address;
    if (getsockopt(fd, IPPROTO_IP, TCP_ORIGINAL_DST, &address, &size) != 0)
        return -errno;
    *mapped = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = address.sin_port};
    mapped->sin6_addr.s6_addr[10] = mapped->sin6_addr.s6_addr[11] = 0xff;
    memcpy(&mapped->sin6_addr.s6_addr[12], &address.sin_addr, sizeof address.sin_addr);
    *bytes = sizeof *mapped;
    return 0;
}

int host_original_destination(int fd, void *address, uint32_t *bytes)
{
    int family = 0;
    socklen_t size = sizeof family;
    bool inet;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0)
        return -errno;
    inet = family == AF_INET;
    *bytes = inet ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (getsockopt(fd, inet ? IPPROTO_IP : IPPROTO_IPV6, TCP_ORIGINAL_DST, address, bytes) == 0)
        return 0;
    return inet || errno != ENOENT ? -errno : tcp_mapped_destination(fd, address, bytes);
}
