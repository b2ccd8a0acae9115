/* SPDX-License-Identifier: MIT */
/*
 * What an option tells of the protocol and the addresses of a socket. Both structures are larger
 * than what most options have, and a buffer that is larger than they are keeps its length.
 */
#include <string.h>

#include "core/base/catalog.h"
#include "core/base/errmap.h"
#include "core/verb/name.h"
#include "core/verb/option_row.h"
#include "ring/host/net.h"

_Static_assert(CATALOG_INFO_BYTES_MAX <= OPTION_VALUE_BYTES, "a protocol is a value");

static int sharing_info(struct sock *sock, unsigned width, struct option_value *value)
{
    value->bytes = CATALOG_BYTES(width);
    if (value->room < value->bytes) {
        value->length = value->bytes; /* SOCKOPT-INFO-03 */
        return WSAEFAULT;
    }
    value->length = value->room;
    catalog_write(catalog_of(sock->family, sock->type), width, value->data);
    return 0;
}

static int sharing_info_a(struct sock *sock, const struct option_row *row,
                          struct option_value *value)
{
    (void)row;
    return sharing_info(sock, 1, value);
}

/* The number of the option does not tell how wide the caller's WCHAR is, so the room has to: what a
 * structure of 16-bit ones needs and not that of 32-bit ones. */
static int sharing_info_w(struct sock *sock, const struct option_row *row,
                          struct option_value *value)
{
    bool narrow = value->room >= CATALOG_BYTES(2) && value->room < CATALOG_BYTES(4);

    (void)row;
    return sharing_info(sock, narrow ? 2 : 4, value);
}

/* The address at one end goes behind what is there; `there`: the pointer to where it is. */
static int sharing_address(struct option_value *value, const struct name *name,
                           SOCKET_ADDRESS *there)
{
    if (value->room - value->bytes < name->bytes)
        return WSAEFAULT;
    memcpy(value->data + value->bytes, name->data, name->bytes);
    there->lpSockaddr = (struct sockaddr *)(value->home + value->bytes);
    there->iSockaddrLength = (INT)name->bytes;
    value->bytes += name->bytes;
    return 0;
}

/* One end of the socket as SO_BSP_STATE has it: nothing before it has an address. */
static int sharing_end_of(struct sock *sock, bool peer, struct option_value *value,
                          SOCKET_ADDRESS *there)
{
    uint32_t flags = sock_flags(sock);
    struct name name = {.bytes = sizeof name.data};
    int error;

    if (peer ? !(flags & SOCK_CONNECTED) : !(flags & (SOCK_BOUND | SOCK_CONNECTED)))
        return 0; /* SOCKOPT-INFO-06 */
    error = peer ? host_getpeername(sock->fd, name.data, &name.bytes)
                 : host_getsockname(sock->fd, name.data, &name.bytes);
    if (error != 0)
        return peer ? 0 : errmap_to_wsa(ERRMAP_CALL_ANY, -error);
    name_to_winsock(&name);
    return sharing_address(value, &name, there);
}

/* SOCKOPT-INFO-06 to -08. */
static int sharing_state(struct sock *sock, const struct option_row *row,
                         struct option_value *value)
{
    uint32_t names = 2 * (uint32_t)name_bytes(sock->family);
    CSADDR_INFO state;
    int error;

    (void)row;
    memset(&state, 0, sizeof state);
    state.iSocketType = sock->type;
    state.iProtocol = sock->protocol;
    value->length = value->room;
    if (value->room < sizeof state + names)
        return WSAEFAULT;
    value->bytes = sizeof state;
    error = sharing_end_of(sock, false, value, &state.LocalAddr);
    if (error == 0)
        error = sharing_end_of(sock, true, value, &state.RemoteAddr);
    memcpy(value->data, &state, sizeof state);
    return error;
}

static const struct option_row sharing_rows[] = {
    {.level = SOL_SOCKET,
     .name = SO_PROTOCOL_INFOA,
     .kind = OPTION_BYTES,
     .bytes = CATALOG_BYTES(1),
     .get = sharing_info_a},
    {.level = SOL_SOCKET,
     .name = SO_PROTOCOL_INFOW,
     .kind = OPTION_BYTES,
     .bytes = CATALOG_INFO_BYTES_MAX,
     .get = sharing_info_w},
    {.level = SOL_SOCKET,
     .name = SO_BSP_STATE,
     .kind = OPTION_BYTES,
     .bytes = OPTION_VALUE_BYTES,
     .get = sharing_state},
};

const struct option_table option_sharing_table = OPTION_TABLE(SOL_SOCKET, sharing_rows);
