/* SPDX-License-Identifier: MIT */
/*
 * WSADuplicateSocketA and both widths of WSADuplicateSocketW; and for WSASocket() the ticket that
 * they write. WSADuplicateSocketW stands here under plain names, as in socket_wide.c.
 */
#include "core/api/share.h"

#include <errno.h>
#include <string.h>

#include "core/base/catalog.h"
#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/share.h"
#include "ring/host/sys.h"

#define SHARE_MARK 0x52325357u /* "WS2R" */

enum { SHARE_TOKEN_ENTRY = 1 }; /* of the chain, whose length is 1: the rest means nothing */

_Static_assert(HOST_TOKEN_BYTES / sizeof(DWORD) + SHARE_TOKEN_ENTRY <= MAX_PROTOCOL_CHAIN,
               "the token fits");

/* ---- Tickets ---- */

static void share_ticket_write(WSAPROTOCOL_INFOA *info, const struct host_ticket *ticket)
{
    info->dwServiceFlags3 = (DWORD)ticket->where;
    info->dwServiceFlags4 = (DWORD)(ticket->where >> 32);
    info->dwProviderReserved = SHARE_MARK;
    memcpy(&info->ProtocolChain.ChainEntries[SHARE_TOKEN_ENTRY], ticket->token,
           sizeof ticket->token);
}

bool share_ticket_is(const WSAPROTOCOL_INFOA *info)
{
    return info->dwServiceFlags3 != 0 || info->dwServiceFlags4 != 0 ||
           info->dwProviderReserved != 0;
}

bool share_ticket_read(const WSAPROTOCOL_INFOA *info, struct host_ticket *ticket)
{
    if (info->dwProviderReserved != SHARE_MARK)
        return false;
    ticket->where = info->dwServiceFlags3 | (uint64_t)info->dwServiceFlags4 << 32;
    memcpy(ticket->token, &info->ProtocolChain.ChainEntries[SHARE_TOKEN_ENTRY],
           sizeof ticket->token);
    return true;
}

/* ---- WSADuplicateSocket ---- */

static int share_check_process(DWORD process)
{
    int error = process == host_process_id() ? 0 : host_process_exists(process);

    return error == -ESRCH ? WSAEINVAL : errmap_to_wsa(ERRMAP_CALL_ANY, -error);
}

/* Before anything is offered. Writing back what is there tells. */
static int share_check_room(void *info, unsigned width)
{
    char copy[CATALOG_INFO_BYTES_MAX];

    if (host_copy_from(copy, info, CATALOG_BYTES(width)) != 0 ||
        host_copy_to(info, copy, CATALOG_BYTES(width)) != 0)
        return WSAEFAULT;
    return 0;
}

static int share_duplicate(struct sock *sock, DWORD process, void *info, unsigned width)
{
    union {
        WSAPROTOCOL_INFOA fields;
        char bytes[CATALOG_INFO_BYTES_MAX];
    } filled;
    struct host_ticket ticket;
    int error = share_offer(sock, process, &ticket);

    if (error != 0)
        return error;
    catalog_write(catalog_of(sock->family, sock->type), width, &filled);
    share_ticket_write(&filled.fields, &ticket);
    return host_copy_to(info, &filled, CATALOG_BYTES(width)) == 0 ? 0 : WSAEFAULT;
}

static int share_call(SOCKET s, DWORD process, void *info, unsigned width)
{
    struct sock *sock = NULL;
    int error;

    /* Checks run in the order of the table in docs/calls/WSADuplicateSocketA.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if ((error = share_check_process(process)) == 0 &&
             (error = share_check_room(info, width)) == 0)
        error = share_duplicate(sock, process, info, width);
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI WSADuplicateSocketA(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOA info)
{
    TRACE_CALL(WSADuplicateSocketA, s, process, info);
    return share_call(s, process, info, 1);
}

WS2RING_API int ws2_WSADuplicateSocketW16(SOCKET s, DWORD process, void *info);
WS2RING_API int ws2_WSADuplicateSocketW32(SOCKET s, DWORD process, void *info);

int ws2_WSADuplicateSocketW16(SOCKET s, DWORD process, void *info)
{
    TRACE_CALL(ws2_WSADuplicateSocketW16, s, process, info);
    return share_call(s, process, info, 2);
}

int ws2_WSADuplicateSocketW32(SOCKET s, DWORD process, void *info)
{
    TRACE_CALL(ws2_WSADuplicateSocketW32, s, process, info);
    return share_call(s, process, info, 4);
}
