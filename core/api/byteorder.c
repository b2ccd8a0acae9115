/* SPDX-License-Identifier: MIT */
/*
 * Byte order. The plain functions compute and cannot fail; the WSA ones ask a socket for the order
 * of its protocol, which is the network's for every protocol here.
 */
#include <winsock2.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/sock.h"
#include "ring/host/sys.h"

/* Its own inverse, so one function serves both directions. */
static uint32_t byteorder_swap32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap32(value);
#else
    return value;
#endif
}

static uint16_t byteorder_swap16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap16(value);
#else
    return value;
#endif
}

u_long WSAAPI htonl(u_long value)
{
    TRACE_CALL(htonl, value);
    return byteorder_swap32(value);
}

u_short WSAAPI htons(u_short value)
{
    TRACE_CALL(htons, value);
    return byteorder_swap16(value);
}

u_long WSAAPI ntohl(u_long value)
{
    TRACE_CALL(ntohl, value);
    return byteorder_swap32(value);
}

u_short WSAAPI ntohs(u_short value)
{
    TRACE_CALL(ntohs, value);
    return byteorder_swap16(value);
}

static int byteorder_store(SOCKET s, void *result, const void *value, size_t bytes)
{
    struct sock *sock = NULL;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/WSAHtonl.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (host_copy_to(result, value, bytes) != 0)
        error = WSAEFAULT;
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI WSAHtonl(SOCKET s, u_long value, u_long *result)
{
    TRACE_CALL(WSAHtonl, s, value, result);
    u_long swapped = byteorder_swap32(value);

    return byteorder_store(s, result, &swapped, sizeof swapped);
}

int WSAAPI WSAHtons(SOCKET s, u_short value, u_short *result)
{
    TRACE_CALL(WSAHtons, s, value, result);
    u_short swapped = byteorder_swap16(value);

    return byteorder_store(s, result, &swapped, sizeof swapped);
}

int WSAAPI WSANtohl(SOCKET s, u_long value, u_long *result)
{
    TRACE_CALL(WSANtohl, s, value, result);
    return WSAHtonl(s, value, result);
}

int WSAAPI WSANtohs(SOCKET s, u_short value, u_short *result)
{
    TRACE_CALL(WSANtohs, s, value, result);
    return WSAHtons(s, value, result);
}
