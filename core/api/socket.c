/* SPDX-License-Identifier: MIT */
/* socket and WSASocketA: which family, type and protocol go together, and the new socket. */
#include "core/api/socket.h"

#include <stddef.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/group.h"
#include "core/verb/multipoint.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

/* The flags that mean something for every socket; and for those that can be part of a multicast
 * session, in which no node is the root. */
#define SOCKET_FLAGS      (WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT)
#define SOCKET_LEAF_FLAGS (WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF)

enum { SOCKET_PROTOCOL_MAX = 255 };

/* Protocol information up to szProtocol, whatever its width. */
struct socket_info {
    WSAPROTOCOL_INFOA fields;
};

struct socket_kind {
    int family;
    int type;
    int protocol;
};

/* What the caller left open (FROM_PROTOCOL_INFO, or 0) comes from the information. A structure that
 * WSADuplicateSocket() filled in is not usable yet. */
static int socket_from_info(struct socket_kind *kind, const void *info)
{
    struct socket_info copy;

    memset(&copy, 0, sizeof copy);
    if (host_copy_from(&copy, info, offsetof(WSAPROTOCOL_INFOA, szProtocol)) != 0)
        return WSAEFAULT;
    if (copy.fields.dwServiceFlags3 != 0 || copy.fields.dwServiceFlags4 != 0 ||
        copy.fields.dwProviderReserved != 0)
        return WSAEINVAL;
    if (kind->family == FROM_PROTOCOL_INFO || kind->family == 0)
        kind->family = copy.fields.iAddressFamily;
    if (kind->type == FROM_PROTOCOL_INFO || kind->type == 0)
        kind->type = copy.fields.iSocketType;
    if (kind->protocol == FROM_PROTOCOL_INFO || kind->protocol == 0)
        kind->protocol = copy.fields.iProtocol;
    return kind->family == AF_INET || kind->family == AF_INET6 ? 0 : WSAEAFNOSUPPORT;
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
    int family = kind->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;
    int fd = host_socket(family, kind->type, kind->protocol);
    struct sock *sock;
    int error;

    if (fd < 0)
        return errmap_to_wsa(ERRMAP_CALL_SOCKET, -fd);
    if (family == LX_AF_INET6) /* as on Windows (IPV6ONLY-01); raw sockets refuse, and need not */
        (void)host_set_option(fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, 1);
    sock = sock_open(fd, kind->family, kind->type, kind->protocol,
                     flags & WSA_FLAG_OVERLAPPED ? SOCK_OVERLAPPED : 0);
    if (sock == NULL)
        return WSAENOBUFS;
    error = multipoint_note(sock, flags);
    if (error == 0)
        error = group_enter(sock, group);
    if (error == 0)
        *opened = sock->handle;
    else if (handle_close(sock->handle, HANDLE_SOCK) != NULL)
        sock_unref(sock);
    return error;
}

SOCKET socket_create(const int *triple, const void *info, GROUP group, DWORD flags)
{
    struct socket_kind kind = {triple[0], triple[1], triple[2]};
    SOCKET opened = INVALID_SOCKET;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/WSASocketA.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (info != NULL)
        error = socket_from_info(&kind, info);
    if (error == 0)
        error = socket_complete(&kind);
    if (error == 0)
        error = socket_check_flags(&kind, flags);
    if (error == 0)
        error = socket_open(&kind, group, flags, &opened);
    (void)api_result(error);
    return opened;
}

SOCKET WSAAPI socket(int family, int type, int protocol)
{
    TRACE_CALL(socket, family, type, protocol);
    return socket_create((const int[]){family, type, protocol}, NULL, 0, WSA_FLAG_OVERLAPPED);
}

SOCKET WSAAPI WSASocketA(int family, int type, int protocol, LPWSAPROTOCOL_INFOA info, GROUP group,
                         DWORD flags)
{
    TRACE_CALL(WSASocketA, family, type, protocol, info, group, flags);
    return socket_create((const int[]){family, type, protocol}, info, group, flags);
}
