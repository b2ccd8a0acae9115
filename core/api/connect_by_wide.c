/* SPDX-License-Identifier: MIT */
/* WSAConnectByNameW, once per width of WCHAR (see socket_wide.c for the names). */
#include "core/api/connect_by.h"
#include "core/base/trace.h"

WS2RING_API BOOL ws2_WSAConnectByNameW16(SOCKET s, const void *node, const void *service,
                                         LPDWORD local_bytes, LPSOCKADDR local,
                                         LPDWORD remote_bytes, LPSOCKADDR remote,
                                         const struct timeval *timeout, LPWSAOVERLAPPED reserved);
WS2RING_API BOOL ws2_WSAConnectByNameW32(SOCKET s, const void *node, const void *service,
                                         LPDWORD local_bytes, LPSOCKADDR local,
                                         LPDWORD remote_bytes, LPSOCKADDR remote,
                                         const struct timeval *timeout, LPWSAOVERLAPPED reserved);

BOOL ws2_WSAConnectByNameW16(SOCKET s, const void *node, const void *service, LPDWORD local_bytes,
                             LPSOCKADDR local, LPDWORD remote_bytes, LPSOCKADDR remote,
                             const struct timeval *timeout, LPWSAOVERLAPPED reserved)
{
    TRACE_CALL(ws2_WSAConnectByNameW16, s, node, service, local_bytes, local, remote_bytes, remote,
               timeout, reserved);
    const struct connect_by_call call = {s,      local_bytes, local,   remote_bytes,
                                         remote, timeout,     reserved};

    return connect_by_name(&call, node, service, 2);
}

BOOL ws2_WSAConnectByNameW32(SOCKET s, const void *node, const void *service, LPDWORD local_bytes,
                             LPSOCKADDR local, LPDWORD remote_bytes, LPSOCKADDR remote,
                             const struct timeval *timeout, LPWSAOVERLAPPED reserved)
{
    TRACE_CALL(ws2_WSAConnectByNameW32, s, node, service, local_bytes, local, remote_bytes, remote,
               timeout, reserved);
    const struct connect_by_call call = {s,      local_bytes, local,   remote_bytes,
                                         remote, timeout,     reserved};

    return connect_by_name(&call, node, service, 4);
}
