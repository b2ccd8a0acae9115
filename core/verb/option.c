/* SPDX-License-Identifier: MIT */
/*
 * setsockopt and getsockopt for any row (option_row.h): the row is found in the tables of the
 * option_*.c files, the value is copied in or out with the generic rules of length and memory
 * (SOCKOPT-GEN), and the row's function does the rest with sock->lock held.
 */
#include "core/verb/option.h"

#include <string.h>

#include "core/base/errmap.h"
#include "core/verb/option_row.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

static const struct option_table *const option_tables[] = {
    &option_keepalive_table,
    &option_keepalive_tcp_table,
    &option_socket_table,
    &option_context_table,
    &option_sharing_table,
    &option_tcp_table,
    &option_udp_table,
    &option_ip_table,
    &option_ipv6_table,
    &option_multicast_ipv4_table,
    &option_multicast_ipv6_table,
};

/* ---- Functions for rows ---- */

int option_kernel_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    int error = option_number_get(sock, row, value);

    value->number = value->number != 0;
    return error;
}

int option_kernel_set(struct sock *sock, const struct option_row *row,
                      const struct option_value *value)
{
    int error = host_set_option(sock->fd, row->linux_level, row->linux_name, value->number != 0);

    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

int option_number_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    uint32_t bytes = sizeof value->number;

    return errmap_to_wsa(
        ERRMAP_CALL_OPTION,
        -host_getsockopt(sock->fd, row->linux_level, row->linux_name, &value->number, &bytes));
}

int option_number_set(struct sock *sock, const struct option_row *row,
                      const struct option_value *value)
{
    int error = host_set_option(sock->fd, row->linux_level, row->linux_name, (int)value->number);

    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

int option_flag_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    value->number = (sock_flags(sock) & (uint32_t)row->linux_name) != 0;
    return 0;
}

int option_mode_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    value->number = (sock_modes(sock) & (uint32_t)row->linux_name) != 0;
    return 0;
}

int option_mode_set(struct sock *sock, const struct option_row *row,
                    const struct option_value *value)
{
    bool set = sock_set_mode(sock, (uint32_t)row->linux_name, value->number != 0);

    return set ? 0 : WSAENOBUFS;
}

int option_constant_get(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    (void)sock;
    value->number = (uint32_t)row->linux_name;
    return 0;
}

/* ---- Finding a row ---- */

static bool option_fits_family(struct sock *sock, const struct option_row *row)
{
    unsigned family = sock->family == AF_INET ? OPTION_IPV4 : OPTION_IPV6;
    unsigned families = row->where & (OPTION_IPV4 | OPTION_IPV6);

    if (sock->family != AF_INET && sock->family != AF_INET6)
        return row->level == SOL_SOCKET && families == 0;
    return families == 0 || families & family;
}

static bool option_fits_type(struct sock *sock, const struct option_row *row)
{
    unsigned type = sock->type == SOCK_STREAM  ? OPTION_STREAM
                    : sock->type == SOCK_DGRAM ? OPTION_DGRAM
                                               : OPTION_RAW;
    unsigned types = row->where & (OPTION_STREAM | OPTION_DGRAM | OPTION_RAW);

    return types == 0 || types & type;
}

static int option_or_unknown(uint16_t error)
{
    return error != 0 ? error : WSAENOPROTOOPT;
}

/* 0 and the row, or the error for one that is not there: unknown levels are WSAEINVAL
 * (SOCKOPT-GEN-13, SOCKOPT-INFO-12), unknown options of a known level WSAENOPROTOOPT. Levels that
 * need a provider of their own, such as IPPROTO_RM, are unknown here. sock: NULL for a handle that
 * is no socket, which is fine for OPTION_ANY_HANDLE. */
static int option_find(struct sock *sock, int level, int name, const struct option_row **found)
{
    int error = WSAEINVAL;

    for (size_t t = 0; t < sizeof option_tables / sizeof option_tables[0]; t++) {
        const struct option_table *table = option_tables[t];

        if (table->level != level)
            continue;
        error = WSAENOPROTOOPT;
        for (uint32_t i = 0; i < table->count; i++) {
            const struct option_row *row = &table->rows[i];

            if (row->name != name)
                continue;
            *found = row;
            if (row->where & OPTION_ANY_HANDLE)
                return 0;
            if (sock == NULL)
                return WSAENOTSOCK;
            if (!option_fits_family(sock, row))
                return WSAENOPROTOOPT;
            return option_fits_type(sock, row) ? 0 : option_or_unknown(row->misfit);
        }
    }
    return sock == NULL ? WSAENOTSOCK : error;
}

/* ---- Set ---- */

/* How many bytes of the caller's are the value. A length of -1 is a very large one to a 4-byte
 * option of SOL_SOCKET, and too large to all others (SOCKOPT-GEN-19). 0 or a WSA code. */
static int option_size_in(const struct option_row *row, int length, uint32_t *size)
{
    uint32_t given = (uint32_t)length;

    if (length < 0 && (row->level != SOL_SOCKET || row->kind == OPTION_BYTE ||
                       row->kind == OPTION_STRUCT || row->kind == OPTION_BYTES))
        return WSAENOBUFS;
    *size = 4;
    switch (row->kind) {
    case OPTION_HANDLE:
        *size = given >= 8 ? 8 : 4;
        break;
    case OPTION_BYTE: /* any length will do: SOCKOPT-GEN-07 */
    case OPTION_NARROW:
        *size = given < 4 ? given : 4;
        break;
    case OPTION_STRUCT:
        *size = row->bytes;
        break;
    case OPTION_BYTES:
        *size = given;
        return given > row->bytes ? WSAEINVAL : 0;
    default:
        break;
    }
    return given < *size ? WSAEFAULT : 0;
}

static int option_read(const struct option_row *row, const char *from, int length,
                       struct option_value *value)
{
    int error;

    value->handle = 0;
    value->bytes = 0;
    if (row->kind == OPTION_NO_VALUE || (row->kind == OPTION_BYTES && length == 0))
        return 0;
    if (from == NULL || length == 0)
        return WSAEFAULT;
    error = option_size_in(row, length, &value->bytes);
    if (error == 0 && host_copy_from(value->data, from, value->bytes) != 0)
        error = WSAEFAULT;
    return error;
}

int option_set(struct sock *sock, int level, int name, const char *value, int length)
{
    const struct option_row *row = NULL;
    struct option_value in;
    int error = option_find(sock, level, name, &row);

    if (error == 0 && row->set == NULL)
        error = option_or_unknown(row->no_set);
    if (error == 0)
        error = option_read(row, value, length, &in);
    if (error != 0)
        return error;
    if (row->where & OPTION_ANY_HANDLE)
        return row->set(NULL, row, &in);
    host_lock_acquire(&sock->lock);
    error = row->set(sock, row, &in);
    host_lock_release(&sock->lock);
    return error;
}

/* ---- Get ---- */

/* How much of the value is written, and what length is reported of it. 0, or WSAEFAULT when the
 * caller has too little room. */
static int option_size_out(const struct option_row *row, struct option_value *value)
{
    uint32_t least = 4;

    switch (row->kind) {
    case OPTION_BYTE:
        value->bytes = least = 1;
        break;
    case OPTION_NARROW:
        value->bytes = value->room < 4 ? 1 : 4;
        return 0;
    case OPTION_BOOL: /* two bytes written are reported as one: SOCKOPT-GEN-27 */
        value->bytes = 4;
        if (value->room >= 4)
            return 0;
        value->bytes = row->level == SOL_SOCKET ? value->room : 1;
        value->length = 1;
        return 0;
    case OPTION_STRUCT:
        value->bytes = least = row->bytes;
        break;
    case OPTION_BYTES:
        least = value->bytes;
        break;
    case OPTION_DWORD:
        value->bytes = 4;
        if (value->room < 4)
            value->length = 0;
        break;
    default:
        value->bytes = 4;
        break;
    }
    return value->room < least ? WSAEFAULT : 0;
}

static int option_ask(struct sock *sock, const struct option_row *row, struct option_value *value)
{
    int error;

    if (row->where & OPTION_ANY_HANDLE)
        return row->get(NULL, row, value);
    host_lock_acquire(&sock->lock);
    error = row->get(sock, row, value);
    host_lock_release(&sock->lock);
    return error;
}

/* Asks, and copies to `to`. value->room is what the caller has there. */
static int option_fetch(struct sock *sock, const struct option_row *row, char *to,
                        struct option_value *value)
{
    static const char zero[4];
    bool sized = row->kind != OPTION_BYTES; /* the size does not depend on the answer */
    int error = sized ? option_size_out(row, value) : 0;

    if (error != 0) { /* without asking: too little room must not clear SO_ERROR */
        if (row->kind == OPTION_INT)
            (void)host_copy_to(to, zero, value->room);
        return error;
    }
    error = option_ask(sock, row, value);
    if (error == 0 && !sized)
        error = option_size_out(row, value);
    if (error == 0 && value->bytes != 0 && host_copy_to(to, value->data, value->bytes) != 0)
        error = WSAEFAULT;
    if (error == 0 && value->length == OPTION_AS_WRITTEN)
        value->length = value->bytes;
    return error;
}

int option_get(struct sock *sock, int level, int name, char *value, int *length)
{
    const struct option_row *row = NULL;
    struct option_value out;
    int room = 0;
    int error = option_find(sock, level, name, &row);

    if (error == 0 && row->get == NULL)
        error = option_or_unknown(row->no_get);
    if (error == 0 && (value == NULL || length == NULL ||
                       host_copy_from(&room, length, sizeof room) != 0 || room <= 0))
        error = WSAEFAULT;
    if (error != 0)
        return error;
    if (row->kind == OPTION_STRUCT || row->kind == OPTION_BYTES)
        memset(out.data, 0, sizeof out.data); /* what a row leaves out must not tell of us */
    out.handle = 0;
    out.bytes = 0;
    out.length = OPTION_AS_WRITTEN;
    out.room = (uint32_t)room;
    out.home = (uintptr_t)value;
    error = option_fetch(sock, row, value, &out);
    if (out.length != OPTION_AS_WRITTEN && host_copy_to(length, &out.length, sizeof room) != 0)
        error = WSAEFAULT;
    return error;
}

/* ---- Another descriptor for the same socket ---- */

static bool option_is_carried(const struct option_row *row)
{
    return row->carried || row->get == option_kernel_get || row->get == option_number_get;
}

static void option_carry_row(struct sock *sock, const struct option_row *row, int fresh)
{
    int value = 0;
    int other = 0;
    uint32_t bytes = sizeof value;

    if (host_getsockopt(sock->fd, row->linux_level, row->linux_name, &value, &bytes) != 0 ||
        host_getsockopt(fresh, row->linux_level, row->linux_name, &other, &bytes) != 0)
        return;
    if (value != other)
        (void)host_set_option(fresh, row->linux_level, row->linux_name, value);
}

void option_carry(struct sock *sock, int fresh)
{
    for (size_t t = 0; t < sizeof option_tables / sizeof option_tables[0]; t++) {
        const struct option_table *table = option_tables[t];

        for (uint32_t i = 0; i < table->count; i++) {
            const struct option_row *row = &table->rows[i];

            if (option_is_carried(row) && row->set != NULL && option_fits_family(sock, row) &&
                option_fits_type(sock, row))
                option_carry_row(sock, row, fresh);
        }
    }
}
