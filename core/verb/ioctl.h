/* SPDX-License-Identifier: MIT */
/*
 * The control codes of WSAIoctl about addresses and routes. Each function returns 0 or a WSA code;
 * docs/calls/WSAIoctl.md has the checks in order. The application's memory is read and written
 * through checked copies only.
 */
#ifndef CORE_VERB_IOCTL_H
#define CORE_VERB_IOCTL_H

#include <winsock2.h>

#include "core/object/sock.h"

struct ioctl_call {
    struct sock *sock;
    DWORD code;
    const void *in;
    DWORD in_bytes;
    void *out;
    DWORD out_bytes;
    WSAOVERLAPPED *overlapped; /* NULL: synchronous */
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    DWORD returned; /* what the caller's count receives when the call succeeds */
    bool report;    /* also though it fails: how much room it needs */
    bool uncounted; /* the completion says 0 bytes (IOCTL-25, IOCTL-30) */
};

int ioctl_address_list(struct ioctl_call *call); /* SIO_ADDRESS_LIST_QUERY */
int ioctl_address_sort(struct ioctl_call *call); /* SIO_ADDRESS_LIST_SORT */
int ioctl_routing(struct ioctl_call *call);      /* SIO_ROUTING_INTERFACE_QUERY */

/* SIO_ADDRESS_LIST_CHANGE and SIO_ROUTING_INTERFACE_CHANGE, in every form: 0 (it waited),
 * WSAEWOULDBLOCK (a network event follows), WSA_IO_PENDING, or an error. */
int ioctl_change(struct ioctl_call *call);

#endif
