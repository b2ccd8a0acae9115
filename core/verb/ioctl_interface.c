/* SPDX-License-Identifier: MIT */
/* Control codes about interfaces: their list, their broadcast address, one to keep to. */
#include <winsock2.h>

#include <ws2tcpip.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/verb/ioctl.h"
#include "ring/host/interface.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

struct interface_list {
    INTERFACE_INFO *entries;
    uint32_t count;
    uint32_t room;
    int error; /* WSA code */
};

static void interface_address(sockaddr_gen *to, const uint8_t *bytes)
{
    to->AddressIn.sin_family = AF_INET;
    memcpy(&to->AddressIn.sin_addr, bytes, sizeof to->AddressIn.sin_addr);
}

static bool interface_add(void *argument, const struct host_interface *interface)
{
    struct interface_list *list = argument;
    INTERFACE_INFO *entry;

    if (list->count == list->room) {
        uint32_t room = list->room * 2 + 8;
        INTERFACE_INFO *more = realloc(list->entries, room * sizeof *more);

        if (more == NULL) {
            list->error = WSAENOBUFS;
            return false;
        }
        list->entries = more;
        list->room = room;
    }
    entry = &list->entries[list->count++];
    memset(entry, 0, sizeof *entry);
    entry->iiFlags = (interface->up ? IFF_UP : 0) | (interface->broadcasts ? IFF_BROADCAST : 0) |
                     (interface->loopback ? IFF_LOOPBACK : 0) |
                     (interface->point_to_point ? IFF_POINTTOPOINT : 0) |
                     (interface->multicasts ? IFF_MULTICAST : 0);
    interface_address(&entry->iiAddress, interface->address);
    interface_address(&entry->iiNetmask, interface->netmask);
    interface_address(&entry->iiBroadcastAddress, interface->broadcast);
    return true;
}

/* SIO_GET_INTERFACE_LIST: IOCTL-31, IOCTL-32 */
int ioctl_interface_list(struct ioctl_call *call)
{
    struct interface_list list = {NULL, 0, 0, 0};
    int error = host_interface_list(interface_add, &list);

    if (error != 0)
        list.error = errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    if (list.error == 0 && list.count == 0)
        call->returned = 0;
    else if (list.error == 0)
        list.error = ioctl_output(call, list.entries, list.count * (DWORD)sizeof *list.entries);
    free(list.entries);
    return list.error;
}

/* SIO_GET_BROADCAST_ADDRESS */
int ioctl_broadcast_address(struct ioctl_call *call)
{
    SOCKADDR_IN answer = {.sin_family = AF_INET};

    answer.sin_addr.s_addr = INADDR_BROADCAST;
    return ioctl_output(call, &answer, sizeof answer);
}

/* SIO_INDEX_BIND */
int ioctl_index_bind(struct ioctl_call *call)
{
    struct sock *sock = call->sock;
    ULONG index;
    int error;

    if (ioctl_input(call, &index, sizeof index) != 0)
        return WSAEFAULT;
    if (index != 0 && !host_interface_exists(index))
        return WSAEINVAL;
    host_lock_acquire(&sock->lock); /* [S3] */
    error = host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_BINDTOIFINDEX, (int)index);
    host_lock_release(&sock->lock);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* SIO_ENABLE_CIRCULAR_QUEUEING: accepted; which datagram is dropped is the kernel's choice. */
int ioctl_circular(struct ioctl_call *call)
{
    (void)call;
    return 0;
}
