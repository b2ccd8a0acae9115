/* SPDX-License-Identifier: MIT */
/* SIO_UDP_CONNRESET and SIO_UDP_NETRESET: which answers of the network a receive tells. */
#include <winsock2.h>

#include <mswsock.h>

#include "core/object/icmp.h"
#include "core/verb/ioctl.h"

int ioctl_udp_reset(struct ioctl_call *call)
{
    uint32_t mode =
        call->code == SIO_UDP_CONNRESET ? SOCK_MODE_NO_CONNRESET : SOCK_MODE_NO_NETRESET;
    BOOL told = TRUE;
    int error = ioctl_input(call, &told, sizeof told);

    if (error != 0)
        return error;
    if (!sock_set_mode(call->sock, mode, !told))
        return WSAENOBUFS;
    icmp_change(call->sock);
    return 0;
}
