/* SPDX-License-Identifier: MIT */
/*
 * Datagrams with control messages, and the answers that the network gives to datagrams. As in
 * net.h, every function returns a count or a negative errno.
 */
#ifndef RING_HOST_MESSAGE_H
#define RING_HOST_MESSAGE_H

#include <stdint.h>

#include "ring/host/net.h"

struct host_message {
    const struct host_iov *iov;
    uint32_t count;
    uint32_t name_bytes; /* a receive's room, a send's length; 0: no name */
    void *name;
    void *control;
    uint32_t control_bytes; /* a send's length; a receive's room, and then what was written */
    int flags;              /* LX_MSG_*; after a receive: what the kernel says of the datagram */
};

/* One attempt that never blocks. */
int64_t host_recvmsg(int fd, struct host_message *message);
int64_t host_sendmsg(int fd, const struct host_message *message);

enum host_answer {
    HOST_ANSWER_NONE,    /* nothing is waiting */
    HOST_ANSWER_REFUSED, /* nobody listens at that port */
    HOST_ANSWER_EXPIRED, /* the datagram had no hops left */
    HOST_ANSWER_FATAL,   /* another one that Linux tells connected sockets without being asked */
    HOST_ANSWER_PASSING, /* one that it does not */
    HOST_ANSWER_OWN      /* no answer: a note about a send that has failed here */
};

/* Asks the kernel to keep answers to this socket's datagrams, also while it is not connected. */
void host_keep_answers(int fd, bool inet6, bool keep);

/* Takes the oldest answer that the kernel has kept. The kernel then tells the next one, if there is
 * one, through the socket's next call. */
enum host_answer host_take_answer(int fd);

#endif
