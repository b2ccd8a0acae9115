/* SPDX-License-Identifier: MIT */
/*
 * What a socket is ready for, in Winsock's sense: what poll(2) says, read in the light of what the
 * library knows of the socket. select, WSAPoll and WSAEventSelect all look through this.
 */
#ifndef CORE_OBJECT_READINESS_H
#define CORE_OBJECT_READINESS_H

#include "core/object/sock.h"

enum readiness {
    READY_READ = 1 << 0, /* data, a datagram, or on a listener a connection */
    READY_WRITE = 1 << 1,
    READY_OOB = 1 << 2,     /* urgent data outside the stream */
    READY_CLOSED = 1 << 3,  /* the peer sends no more */
    READY_RESET = 1 << 4,   /* the connection is broken */
    READY_FAILED = 1 << 5,  /* the last connect failed */
    READY_GONE = 1 << 6,    /* closesocket was called */
    READY_SETTLING = 1 << 7 /* the kernel is done, the library not yet: look again soon */
};

/* LX_POLL* to ask for. */
int readiness_events(uint32_t want);

/* `found`: LX_POLL* that hold. */
uint32_t readiness_of(struct sock *sock, int found);

#endif
