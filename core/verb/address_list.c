/* SPDX-License-Identifier: MIT */
/* SIO_ADDRESS_LIST_QUERY: the addresses that a socket may be bound to. */
#include <winsock2.h>

#include <ws2ipdef.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/verb/ioctl.h"
#include "core/verb/name.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/resolve.h"
#include "ring/host/sys.h"

enum { ADDRESS_LIST_BYTES_MAX = 28 };

struct address_list {
    int family; /* Winsock's */
    int error;  /* WSA code */
    unsigned count;
    unsigned room;
    unsigned char (*names)[ADDRESS_LIST_BYTES_MAX]; /* Winsock's form */
};

static void address_list_name(unsigned char *name, int family, const struct host_address *address)
{
    SOCKADDR_IN inet = {.sin_family = AF_INET};
    SOCKADDR_IN6 inet6 = {.sin6_family = AF_INET6};

    if (family == AF_INET) {
        memcpy(&inet.sin_addr, address->bytes, sizeof inet.sin_addr);
        memcpy(name, &inet, sizeof inet);
    } else {
        memcpy(&inet6.sin6_addr, address->bytes, sizeof inet6.sin6_addr);
        inet6.sin6_scope_id = address->scope;
        memcpy(name, &inet6, sizeof inet6);
    }
}

/* An IPv6 address that is still being checked for a double cannot be bound to, and nothing but the
 * kernel knows. When it cannot be asked for lack of descriptors, it can. */
static bool address_list_binds(const unsigned char *name, int family)
{
    struct name linux_name;
    int fd;
    int result;

    if (name_from_caller(&linux_name, family, (const struct sockaddr *)(const void *)name,
                         name_bytes(family)) != 0)
        return false;
    fd = host_socket(family == AF_INET ? LX_AF_INET : LX_AF_INET6, LX_SOCK_DGRAM, 0);
    if (fd < 0)
        return true;
    result = host_bind(fd, linux_name.data, linux_name.bytes);
    host_close(fd);
    return result != -EADDRNOTAVAIL;
}

static bool address_list_add(void *argument, const struct host_address *address)
{
    struct address_list *list = argument;

    if (list->count == list->room) {
        unsigned room = list->room == 0 ? 16 : 2 * list->room;
        void *grown = realloc(list->names, room * sizeof *list->names);

        if (grown == NULL) {
            list->error = WSAENOBUFS;
            return false;
        }
        list->names = grown;
        list->room = room;
    }
    address_list_name(list->names[list->count], list->family, address);
    if (address_list_binds(list->names[list->count], list->family))
        list->count++;
    return true;
}

/* Where the list goes, and behind it the addresses that it points to: IOCTL-30. */
static int address_list_write(const struct address_list *list, const struct ioctl_call *call)
{
    size_t bytes = (size_t)name_bytes(list->family);
    size_t at = SIZEOF_SOCKET_ADDRESS_LIST((size_t)list->count);
    char *block = calloc(1, call->returned);
    SOCKET_ADDRESS_LIST *head = (SOCKET_ADDRESS_LIST *)(void *)block;
    int error;

    if (block == NULL)
        return WSAENOBUFS;
    head->iAddressCount = (INT)list->count;
    for (unsigned i = 0; i < list->count; i++, at += bytes) {
        SOCKET_ADDRESS entry = {host_untrusted_at(call->out, at), (INT)bytes};

        memcpy(block + SIZEOF_SOCKET_ADDRESS_LIST((size_t)i), &entry, sizeof entry);
        memcpy(block + at, list->names[i], bytes);
    }
    error = host_copy_to(call->out, block, call->returned) == 0 ? 0 : WSAEFAULT;
    free(block);
    return error;
}

int ioctl_address_list(struct ioctl_call *call)
{
    struct address_list list = {.family = call->sock->family};
    int family = list.family == AF_INET ? LX_AF_INET : LX_AF_INET6;
    int error;

    if (call->out_bytes > 0 && call->out_bytes < sizeof(INT)) {
        call->report = true; /* IOCTL-29: it says 0 */
        return WSAEINVAL;
    }
    host_local_addresses(family, false, address_list_add, &list);
    if (list.count == 0) /* a machine by itself has its loopback addresses at least */
        host_local_addresses(family, true, address_list_add, &list);
    call->returned = (DWORD)(SIZEOF_SOCKET_ADDRESS_LIST((size_t)list.count) +
                             list.count * (size_t)name_bytes(list.family));
    error = list.error;
    if (error == 0 && (call->out == NULL || call->out_bytes < call->returned)) {
        call->report = true; /* IOCTL-29 */
        error = WSAEFAULT;
    } else if (error == 0) {
        error = address_list_write(&list, call);
    }
    call->uncounted = true;
    free(list.names);
    return error;
}
