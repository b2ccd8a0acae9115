/* SPDX-License-Identifier: MIT */
/* Ending sockets and their operations. */
#ifndef CORE_VERB_CLOSE_H
#define CORE_VERB_CLOSE_H

#include <winsock2.h>

#include "core/object/sock.h"

/* closesocket: 0, WSAENOTSOCK, or WSAEWOULDBLOCK (lingering close of a non-blocking socket that
 * still has data to send; the handle stays open). */
int sock_close(SOCKET s);

/* Ends the AcceptEx that waits with this accept socket (IOCP-11), if any. */
void sock_end_accept(const struct sock *accept);

/* The final WSACleanup: resets every open socket; operations end silently. */
void sock_close_all(void);

/* CancelIoEx and CancelIo: ends operations on the socket: those of one OVERLAPPED (NULL: any) that
 * one thread began (0: any). Returns how many there were. */
unsigned sock_cancel(struct sock *sock, const WSAOVERLAPPED *overlapped, uint32_t thread_id);

#endif
