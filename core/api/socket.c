/* SPDX-License-Identifier: MIT */
/* socket and WSASocketA: which family, type and protocol go together, and the new socket. */
#include "core/api/socket.h"

#include <string.h>

#include "core/api/share.h"
#include "core/base/catalog.h"
#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/group.h"
#include "core/verb/multipoint.h"
#include "core/verb/option.h"
#include "core/verb/name.h"
#include "core/verb/share.h"
#include "core/verb/option_inet.h"
#include "core/verb/close.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

/* The flags that mean something for every socket; and for those that can be part of a multicast
 * session, in which no node is the root. */
#define SOCKET_FLAGS      (WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT)
#define SOCKET_LEAF_FLAGS (WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF)

enum { SOCKET_PROTOCOL_MAX = 255 };

struct socket_kind {
    int family;
    int type;
    int protocol;
};

/* What the caller left open (FROM_PROTOCOL_INFO, or 0) comes from the information. */
static int socket_from_info(struct socket_kind *kind, const WSAPROTOCOL_INFOA *info)
{
    if (kind->family == FROM_PROTOCOL_INFO || kind->family == 0)
        kind->family = info->iAddressFamily;
    if (kind->type == FROM_PROTOCOL_INFO || kind->type == 0)
        kind->type = info->iSocketType;
    if (kind->protocol == FROM_PROTOCOL_INFO || kind->protocol == 0)
        kind->protocol = info->iProtocol;
    return name_bytes(kind->family) != 0 ? 0 : WSAEAFNOSUPPORT;
}

/* AF_UNIX has streams of one protocol, which has no number. */
static int socket_complete_unix(struct socket_kind *kind)
{
    if (kind->type != 0 && kind->type != SOCK_STREAM)
        return WSAESOCKTNOSUPPORT;
    kind->type = SOCK_STREAM;
    return kind->protocol == 0 ? 0 : WSAEPROTONOSUPPORT;
}

/* Completes a combination, or says what is wrong with it: WSASOCKET-02, -03, -05, -12, -14. */
static int socket_complete(struct socket_kind *kind)
{
    bool known = kind->protocol == IPPROTO_TCP || kind->protocol == IPPROTO_UDP;
    int usual;

    if (kind->type != 0 && kind->type != SOCK_STREAM && kind->type != SOCK_DGRAM &&
        kind->type != SOCK_RAW && kind->type != SOCK_RDM && kind->type != SOCK_SEQPACKET)
        return WSAESOCKTNOSUPPORT;
    if (kind->family == AF_UNSPEC && kind->type == 0 && kind->protocol == 0)
        return WSAEINVAL;
    if (kind->family == AF_UNSPEC)
        kind->family = AF_INET; /* the first catalogue entries are IPv4 */
    if (kind->family == AF_UNIX)
        return socket_complete_unix(kind);
    if (kind->family != AF_INET && kind->family != AF_INET6)
        return WSAEAFNOSUPPORT;
    if (kind->type == SOCK_RDM || kind->type == SOCK_SEQPACKET)
        return WSAESOCKTNOSUPPORT;
    if (kind->type == SOCK_RAW)
        return kind->protocol >= 0 && kind->protocol <= SOCKET_PROTOCOL_MAX ? 0
                                                                            : WSAEPROTONOSUPPORT;
    if (kind->protocol != 0 && !known)
        return WSAEPROTONOSUPPORT;
    if (kind->type == 0)
        kind->type = kind->protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    usual = kind->type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    if (kind->protocol != 0 && kind->protocol != usual)
        return WSAEPROTOTYPE;
    kind->protocol = usual;
    return 0;
}

static int socket_check_flags(const struct socket_kind *kind, DWORD flags)
{
    DWORD known = SOCKET_FLAGS | (kind->type == SOCK_STREAM ? 0 : SOCKET_LEAF_FLAGS);

    return flags & ~known ? WSAEINVAL : 0;
}

/* The descriptor and the socket around it. Winsock's and Linux' types have the same numbers. */
static int socket_open(const struct socket_kind *kind, GROUP group, DWORD flags, SOCKET *opened)
{
    int family = name_lx_family(kind->family);
    int fd = host_socket(family, kind->type, kind->protocol);
    struct sock *sock;
    int error;

    if (fd < 0)
        return errmap_to_wsa(ERRMAP_CALL_SOCKET, -fd);
    inet_begin(fd, family, kind->type);
    sock = sock_open(fd, kind->family, kind->type, kind->protocol,
                     flags & WSA_FLAG_OVERLAPPED ? SOCK_OVERLAPPED : 0);
    if (sock == NULL)
        return WSAENOBUFS;
    error = multipoint_note(sock, flags);
    if (error == 0 && (flags & WSA_FLAG_NO_HANDLE_INHERIT) &&
        !sock_set_mode(sock, SOCK_MODE_NO_INHERIT, true))
        error = WSAENOBUFS;
    if (error == 0)
        error = group_enter(sock, group);
    if (error == 0)
        *opened = sock->handle;
    else if (handle_close(sock->handle, HANDLE_SOCK) != NULL)
        sock_unref(sock);
    sock_unref(sock); /* ours */
    return error;
}

/* The information is a ticket of WSADuplicateSocket(). Nothing that is wrong with the other
 * arguments uses it up. */
static int socket_take(const WSAPROTOCOL_INFOA *info, GROUP group, DWORD flags, SOCKET *opened)
{
    struct host_ticket ticket;

    if (flags & ~(DWORD)SOCKET_FLAGS || group != 0 || !share_ticket_read(info, &ticket))
        return WSAEINVAL;
    return share_take(&ticket, flags, opened);
}

static int socket_make(struct socket_kind *kind, GROUP group, DWORD flags, SOCKET *opened)
{
    int error = socket_complete(kind);

    if (error == 0)
        error = socket_check_flags(kind, flags);
    return error != 0 ? error : socket_open(kind, group, flags, opened);
}

SOCKET socket_create(const int *triple, const void *info, GROUP group, DWORD flags)
{
    struct socket_kind kind = {triple[0], triple[1], triple[2]};
    SOCKET opened = INVALID_SOCKET;
    WSAPROTOCOL_INFOA copy; /* up to szProtocol, whatever its width */
    int error = 0;

    /* Checks run in the order of the table in docs/calls/WSASocketA.md. */
    memset(&copy, 0, sizeof copy);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (info != NULL && host_copy_from(&copy, info, CATALOG_FIXED_BYTES) != 0)
        error = WSAEFAULT;
    else if (info != NULL && share_ticket_is(&copy))
        error = socket_take(&copy, group, flags, &opened);
    else if (info == NULL || (error = socket_from_info(&kind, &copy)) == 0)
        error = socket_make(&kind, group, flags, &opened);
    if (error == 0 && startup_ended()) {
        (void)sock_close(opened); /* unless WSACleanup did */
        error = WSANOTINITIALISED;
    }
    return api_result(error) == 0 ? opened : INVALID_SOCKET;
}

SOCKET WSAAPI socket(int family, int type, int protocol)
{
    TRACE_CALL(socket, family, type, protocol);
    return socket_create((const int[]){family, type, protocol}, NULL, 0, option_open_flags());
}

SOCKET WSAAPI WSASocketA(int family, int type, int protocol, LPWSAPROTOCOL_INFOA info, GROUP group,
                         DWORD flags)
{
    TRACE_CALL(WSASocketA, family, type, protocol, info, group, flags);
    return socket_create((const int[]){family, type, protocol}, info, group, flags);
}
