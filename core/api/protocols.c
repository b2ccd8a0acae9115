/* SPDX-License-Identifier: MIT */
/* WSAEnumProtocolsA and both widths of WSAEnumProtocolsW, which stands here under plain names, as
 * in socket_wide.c. */
#include <winsock2.h>

#include <string.h>

#include "core/base/catalog.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "ring/host/sys.h"

/* What the caller's list, which ends with 0, has of numbers that there are; the others are ignored
 * (ENUMPROTO-04). `copy` ends with 0, too. */
static int protocols_read(const int *list, int copy[3])
{
    bool tcp = false;
    bool udp = false;
    int count = 0;
    int number;

    do {
        if (host_copy_from(&number, list++, sizeof number) != 0)
            return WSAEFAULT;
        tcp |= number == IPPROTO_TCP;
        udp |= number == IPPROTO_UDP;
    } while (number != 0);
    if (tcp)
        copy[count++] = IPPROTO_TCP;
    if (udp)
        copy[count++] = IPPROTO_UDP;
    copy[count] = 0;
    return 0;
}

static int protocols_write(const int *list, unsigned width, void *to, DWORD *bytes, int *count)
{
    char info[CATALOG_INFO_BYTES_MAX];
    DWORD room = 0;
    DWORD needed = 0;

    if (bytes == NULL || host_copy_from(&room, bytes, sizeof room) != 0)
        return WSAEFAULT;
    for (unsigned i = 0; i < catalog_count(); i++)
        needed += catalog_listed(i, list) ? (DWORD)CATALOG_BYTES(width) : 0;
    if (room < needed) { /* ENUMPROTO-01 */
        return host_copy_to(bytes, &needed, sizeof needed) == 0 ? WSAENOBUFS : WSAEFAULT;
    }
    for (unsigned i = 0; i < catalog_count(); i++) {
        if (!catalog_listed(i, list))
            continue;
        catalog_write(i, width, info);
        if (host_copy_to(host_untrusted_at(to, (size_t)*count * CATALOG_BYTES(width)), info,
                         CATALOG_BYTES(width)) != 0)
            return WSAEFAULT;
        (*count)++;
    }
    return 0;
}

static int protocols_call(const int *list, unsigned width, void *to, DWORD *bytes)
{
    int copy[3];
    int count = 0;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/WSAEnumProtocolsA.md. */
    if (!startup_refuses(&error) && (list == NULL || (error = protocols_read(list, copy)) == 0))
        error = protocols_write(list == NULL ? NULL : copy, width, to, bytes, &count);
    return api_result(error) == 0 ? count : SOCKET_ERROR;
}

int WSAAPI WSAEnumProtocolsA(LPINT protocols, LPWSAPROTOCOL_INFOA buffer, LPDWORD bytes)
{
    TRACE_CALL(WSAEnumProtocolsA, protocols, buffer, bytes);
    return protocols_call(protocols, 1, buffer, bytes);
}

WS2RING_API int ws2_WSAEnumProtocolsW16(LPINT protocols, void *buffer, LPDWORD bytes);
WS2RING_API int ws2_WSAEnumProtocolsW32(LPINT protocols, void *buffer, LPDWORD bytes);

int ws2_WSAEnumProtocolsW16(LPINT protocols, void *buffer, LPDWORD bytes)
{
    TRACE_CALL(ws2_WSAEnumProtocolsW16, protocols, buffer, bytes);
    return protocols_call(protocols, 2, buffer, bytes);
}

int ws2_WSAEnumProtocolsW32(LPINT protocols, void *buffer, LPDWORD bytes)
{
    TRACE_CALL(ws2_WSAEnumProtocolsW32, protocols, buffer, bytes);
    return protocols_call(protocols, 4, buffer, bytes);
}
