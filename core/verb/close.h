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

/* Ends the receives that are queued or in flight, as cancelled, because the descriptor is about to
 * become another file. Afterwards the kernel knows each by the file that it was meant for. False:
 * no memory. */
bool sock_end_receives(struct sock *sock);
/* The same on the ring thread; what is said of the kernel holds only when that thread has been
 * there again. */
void sock_end_receives_here(struct sock *sock);

/* The final WSACleanup: resets every open socket; operations end silently. */
void sock_close_all(void);

/* CancelIoEx and CancelIo: ends operations on the socket: those of one OVERLAPPED (NULL: any) that
 * one thread began (0: any). Returns how many there were. */
unsigned sock_cancel(struct sock *sock, const WSAOVERLAPPED *overlapped, uint32_t thread_id);

#endif
