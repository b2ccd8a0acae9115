/* SPDX-License-Identifier: MIT */
/* Control codes about the socket itself: its handles below, the CPU that serves it, time stamps. */
#include <winsock2.h>

#include <mstcpip.h>
#include <mswsock.h>

#include "core/base/errmap.h"
#include "core/verb/ioctl.h"
#include "ring/host/interface.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

enum {
    HANDLE_GROUP_CPUS = 64, /* processors in a group of Windows */
    HANDLE_RX_TIMES = 0x18  /* SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE */
};

/* SIO_BASE_HANDLE and its kind: there are no layers, so each is the socket. */
int ioctl_base_handle(struct ioctl_call *call)
{
    if (call->code == SIO_BSP_HANDLE_POLL && call->overlapped != NULL) /* documented */
        return WSAEFAULT;
    return ioctl_output(call, &call->s, sizeof call->s);
}

/* SIO_QUERY_RSS_PROCESSOR_INFO */
int ioctl_rss_processor(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    SOCKET_PROCESSOR_AFFINITY answer = {0};
    int cpu = -1;
    uint32_t bytes = sizeof cpu;
    int error;

    if (call->out_bytes < sizeof answer) /* documented */
        return WSAEINVAL;
    if (!(sock_flags(sock) & SOCK_CONNECTED))
        return WSAENOTCONN;
    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_INCOMING_CPU, &cpu, &bytes);
    host_lock_release(&sock->lock);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
    if (cpu < 0) /* nothing has come yet */
        return WSAEOPNOTSUPP;
    answer.Processor.Group = (WORD)(cpu / HANDLE_GROUP_CPUS);
    answer.Processor.Number = (BYTE)(cpu % HANDLE_GROUP_CPUS);
    answer.NumaNodeId = host_cpu_node((uint32_t)cpu);
    return ioctl_output(call, &answer, sizeof answer);
}

/* SIO_QUERY_RSS_SCALABILITY_INFO */
int ioctl_rss_scalability(struct ioctl_call *call)
{
    RSS_SCALABILITY_INFO answer;

    if (call->out == NULL || call->out_bytes < sizeof answer) /* documented */
        return WSAEINVAL;
    answer.RssEnabled = host_interface_spreads();
    return ioctl_output(call, &answer, sizeof answer);
}

/* SIO_CPU_AFFINITY: sockets with one address, each for what its own CPU takes in. */
int ioctl_cpu_affinity(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    USHORT cpu;
    int error;

    if (ioctl_input(call, &cpu, sizeof cpu) != 0)
        return WSAEFAULT;
    if (sock_flags(sock) & (SOCK_BOUND | SOCK_REUSE) ||
        sock_modes(sock) & SOCK_MODE_REUSE_MULTICASTPORT || !host_cpu_exists(cpu))
        return WSAEINVAL; /* documented: before bind, and not with those options */
    if (!sock_set_mode(sock, SOCK_MODE_SPREADS, true))
        return WSAENOBUFS;
    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, 1);
    if (error == 0)
        error = host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_INCOMING_CPU, cpu);
    host_lock_release(&sock->lock);
    if (error != 0)
        (void)sock_set_mode(sock, SOCK_MODE_SPREADS, false);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* SIO_TIMESTAMPING: WSARecvMsg tells when a datagram came. */
int ioctl_timestamping(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    TIMESTAMPING_CONFIG config;
    int error;

    if (ioctl_input(call, &config, sizeof config) != 0)
        return WSAEFAULT;
    if (config.Flags & ~(ULONG)(TIMESTAMPING_FLAG_RX | TIMESTAMPING_FLAG_TX))
        return WSAEINVAL;
    if (config.Flags & TIMESTAMPING_FLAG_TX)
        return WSAEOPNOTSUPP;
    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_TIMESTAMPING,
                            config.Flags & TIMESTAMPING_FLAG_RX ? HANDLE_RX_TIMES : 0);
    host_lock_release(&sock->lock);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}
