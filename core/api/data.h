/* SPDX-License-Identifier: MIT */
/* The checks that the entry points for sending and receiving share; docs/calls has their order. */
#ifndef CORE_API_DATA_H
#define CORE_API_DATA_H

#include "core/verb/transfer.h"
#include "ring/host/lx.h"

static inline bool data_pointer_is_wild(const void *pointer)
{
    return (ULONG_PTR)pointer < 65536; /* nothing is ever mapped there on Windows */
}

/* The buffer array, the byte count and the overlapped part of the WSA calls. Sockets without the
 * overlapped attribute ignore that part: it is taken out of *transfer. */
int data_check_call(struct sock *sock, struct transfer *transfer, LPDWORD bytes);
/* Adds up what the buffers hold. */
int data_sum_buffers(struct transfer *transfer);
/* One buffer: the calls without WSA, whose lengths are int. */
int data_check_buffer(const void *buffer, int bytes);

/* The socket's state and the flags. `named`: with a destination. `unknown`: what unknown flags are
 * answered with; WSAEINVAL there, where MSG_OOB with SO_OOBINLINE is WSAEINVAL too. */
int data_check_send(struct sock *sock, DWORD flags, bool named, int unknown);
int data_check_recv(struct sock *sock, const struct transfer *transfer, DWORD flags, int unknown);

/* Where a datagram's sender goes; streams do not look at it. Fills in transfer->from. */
int data_check_from(struct sock *sock, struct transfer *transfer, struct sockaddr *from,
                    int *from_bytes);

/* What a WSA receive that ended at once writes for its caller. */
void data_report_recv(const struct transfer *transfer, int error, LPDWORD bytes, LPDWORD flags);

/* recv and WSARecv on a datagram socket whose partner was taken away: WSAENOTCONN, says the 1997
 * specification of WSAConnect, while recvfrom and WSARecvFrom go on. */
static inline bool data_lost_partner(struct sock *sock)
{
    return sock->type != SOCK_STREAM &&
           (sock_flags(sock) & (SOCK_DISCONNECTED | SOCK_CONNECTED)) == SOCK_DISCONNECTED;
}

/* Winsock's flags, checked already, as Linux' flags. */
static inline int data_lx_flags(DWORD flags)
{
    return (flags & MSG_OOB ? LX_MSG_OOB : 0) | (flags & MSG_PEEK ? LX_MSG_PEEK : 0) |
           (flags & MSG_WAITALL ? LX_MSG_WAITALL : 0) |
           (flags & MSG_DONTROUTE ? LX_MSG_DONTROUTE : 0);
}

#endif
