/* SPDX-License-Identifier: MIT */
/* TransmitFile and TransmitPackets: docs/calls holds their checks in order. */
#include "core/verb/transmit.h"

#include <stdlib.h>

#include "core/api/data.h"
#include "core/api/extension.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/multipoint.h"
#include "ring/host/sys.h"

enum {
    TRANSMIT_KNOWN = TF_DISCONNECT | TF_REUSE_SOCKET | TF_WRITE_BEHIND | TF_USE_SYSTEM_THREAD |
                     TF_USE_KERNEL_APC,
    PACKETS_KNOWN = TP_DISCONNECT | TP_REUSE_SOCKET | TP_USE_SYSTEM_THREAD | TP_USE_KERNEL_APC,
    ELEMENT_KNOWN = TP_ELEMENT_MEMORY | TP_ELEMENT_FILE | TP_ELEMENT_EOP,
    ELEMENTS_MAX = 65536 /* in one call */
};

/* What both calls ask of the socket and the flags, and takes them into *transmit. */
static int transmit_check(struct sock *sock, struct transmit *transmit, DWORD flags, DWORD known)
{
    uint32_t state = sock_flags(sock);

    if (state & SOCK_SHUT_SEND)
        return WSAESHUTDOWN;
    if ((flags & ~known) != 0)
        return WSAEINVAL;
    if ((flags & (TF_DISCONNECT | TF_REUSE_SOCKET)) != 0 && sock->type != SOCK_STREAM)
        return WSAEINVAL;
    if ((flags & (TF_DISCONNECT | TF_REUSE_SOCKET)) == TF_REUSE_SOCKET)
        return WSAEINVAL;
    if (!(state & SOCK_OVERLAPPED))
        transmit->overlapped = NULL;
    if (transmit->overlapped != NULL && data_pointer_is_wild(transmit->overlapped))
        return WSAEFAULT;
    transmit->disconnect = (flags & TF_DISCONNECT) != 0;
    transmit->reuse = (flags & TF_REUSE_SOCKET) != 0;
    return 0;
}

/* ---- TransmitFile ---- */

struct transmit_arguments {
    HANDLE file;
    DWORD file_bytes;
    LPTRANSMIT_FILE_BUFFERS buffers;
};

static int transmit_plan_file(struct sock *sock, struct transmit *transmit,
                              const struct transmit_arguments *arguments)
{
    const OVERLAPPED *overlapped = transmit->overlapped;
    TRANSMIT_FILE_BUFFERS buffers = {0};
    uint64_t offset = TRANSMIT_POSITION;
    int error = 0;

    if (arguments->buffers != NULL &&
        host_copy_from(&buffers, arguments->buffers, sizeof buffers) != 0)
        return WSAEFAULT;
    if (!transmit_plan(transmit, sock, 3))
        return WSAENOBUFS;
    if (overlapped != NULL)
        offset = (uint64_t)overlapped->OffsetHigh << 32 | overlapped->Offset;
    if (overlapped != NULL && offset > INT64_MAX)
        return WSAEINVAL;
    if (buffers.HeadLength > 0)
        error = transmit_add_memory(transmit, buffers.Head, buffers.HeadLength);
    if (error == 0 && arguments->file != NULL)
        error = transmit_add_file(transmit, arguments->file, offset, arguments->file_bytes);
    if (error == 0 && buffers.TailLength > 0)
        error = transmit_add_memory(transmit, buffers.Tail, buffers.TailLength);
    return error;
}

BOOL PASCAL TransmitFile(SOCKET s, HANDLE file, DWORD file_bytes, DWORD each,
                         LPOVERLAPPED overlapped, LPTRANSMIT_FILE_BUFFERS buffers, DWORD flags)
{
    TRACE_CALL(TransmitFile, s, file, file_bytes, each, overlapped, buffers, flags);
    const struct transmit_arguments arguments = {file, file_bytes, buffers};
    struct transmit transmit = {.overlapped = overlapped};
    struct sock *sock = NULL;
    int error = 0;

    (void)each; /* streams have no sends that could be told apart */
    /* Checks run in the order of the table in docs/calls/TransmitFile.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (!(sock_flags(sock) & SOCK_CONNECTED))
        error = WSAENOTCONN; /* TRANSMITFILE-01 */
    else if (sock->type != SOCK_STREAM)
        error = WSAEINVAL;
    else if ((error = transmit_check(sock, &transmit, flags, TRANSMIT_KNOWN)) == 0 &&
             (error = transmit_plan_file(sock, &transmit, &arguments)) == 0)
        error = transmit_run(sock, &transmit);
    else
        transmit_drop(&transmit);

    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error) == 0;
}

/* ---- TransmitPackets ---- */

static int packets_add(struct transmit *transmit, const TRANSMIT_PACKETS_ELEMENT *element)
{
    const ULONG both = TP_ELEMENT_MEMORY | TP_ELEMENT_FILE;
    uint64_t offset = (uint64_t)element->nFileOffset.QuadPart;
    int error;

    if ((element->dwElFlags & ~(ULONG)ELEMENT_KNOWN) != 0 || (element->dwElFlags & both) == both)
        return WSAEINVAL;
    if (element->dwElFlags & TP_ELEMENT_MEMORY)
        error = transmit_add_memory(transmit, element->pBuffer, element->cLength);
    else if (offset > INT64_MAX && offset != TRANSMIT_POSITION)
        error = WSAEINVAL;
    else /* documented: the default */
        error = transmit_add_file(transmit, element->hFile, offset, element->cLength);
    if (error == 0)
        transmit->plan->pieces[transmit->plan->count - 1].ends =
            (element->dwElFlags & TP_ELEMENT_EOP) != 0;
    return error;
}

static int packets_plan(struct sock *sock, struct transmit *transmit,
                        const TRANSMIT_PACKETS_ELEMENT *elements, DWORD count, DWORD each)
{
    TRANSMIT_PACKETS_ELEMENT *copy;
    int error = 0;

    if (count > ELEMENTS_MAX)
        return WSAENOBUFS;
    copy = malloc((count + 1) * sizeof *copy);
    if (copy == NULL)
        return WSAENOBUFS;
    if (count > 0 && host_copy_from(copy, elements, count * sizeof *copy) != 0)
        error = WSAEFAULT;
    else if (!transmit_plan(transmit, sock, count))
        error = WSAENOBUFS;
    for (DWORD i = 0; error == 0 && i < count; i++)
        error = packets_add(transmit, &copy[i]);
    free(copy);
    if (error == 0 && each != UINT32_MAX)
        transmit->plan->each = each;
    return error;
}

/* A datagram socket's destination may come from WSAJoinLeaf too. */
static bool packets_has_peer(struct sock *sock)
{
    return (sock_flags(sock) & SOCK_CONNECTED) ||
           (sock->type != SOCK_STREAM && multipoint_sends(sock));
}

BOOL PASCAL extension_transmit_packets(SOCKET s, LPTRANSMIT_PACKETS_ELEMENT elements, DWORD count,
                                       DWORD each, LPOVERLAPPED overlapped, DWORD flags)
{
    TRACE_CALL(extension_transmit_packets, s, elements, count, each, overlapped, flags);
    struct transmit transmit = {.overlapped = overlapped};
    struct sock *sock = NULL;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/TransmitPackets.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (!packets_has_peer(sock))
        error = WSAENOTCONN;
    else if ((error = transmit_check(sock, &transmit, flags, PACKETS_KNOWN)) == 0 &&
             (error = packets_plan(sock, &transmit, elements, count, each)) == 0)
        error = transmit_run(sock, &transmit);
    else
        transmit_drop(&transmit);

    if (error != WSA_IO_PENDING)
        sock_unref(sock);
    return api_result(error) == 0;
}
