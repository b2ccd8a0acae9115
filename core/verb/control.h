/* SPDX-License-Identifier: MIT */
/*
 * Control messages: what goes and comes beside the data of a datagram. Winsock's and Linux' have
 * headers of one layout, but other numbers and other contents. docs/calls/WSASendMsg.md and
 * WSARecvMsg.md list which become which.
 */
#ifndef CORE_VERB_CONTROL_H
#define CORE_VERB_CONTROL_H

#include <winsock2.h>

#include "core/object/sock.h"

enum { CONTROL_ROOM_BYTES = 512 }; /* more than all that the kernel can be asked for */

/* Linux' form, for one call. */
struct control_room {
    _Alignas(8) unsigned char data[CONTROL_ROOM_BYTES];
};

/* What a send carries, in Linux' form: 0, and *bytes is its length; or WSAEINVAL: malformed, a
 * message that datagrams of this socket do not carry, or a value that it cannot have. */
int control_to_linux(struct sock *sock, const WSABUF *control, struct control_room *to,
                     uint32_t *bytes);

/* Before a receive that is to know whether its datagram was sent to a group or as a broadcast: has
 * the kernel tell where datagrams go, from now on. */
void control_ask_place(struct sock *sock);

/* The end of a receive: what the kernel told becomes message->Control and message->dwFlags.
 * `lx_flags`: LX_MSG_*. False: not all of it had room there. */
bool control_from_linux(struct sock *sock, WSAMSG *message, const void *from, uint32_t from_bytes,
                        int lx_flags);

#endif
