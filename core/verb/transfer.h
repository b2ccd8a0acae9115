/* SPDX-License-Identifier: MIT */
/* Sending and receiving: direct attempts, blocking calls, overlapped operations. */
#ifndef CORE_VERB_TRANSFER_H
#define CORE_VERB_TRANSFER_H

#include <winsock2.h>

#include "core/object/op.h"
#include "core/object/sock.h"

struct name;

#define TRANSFER_STATUS_BUFFER_OVERFLOW 0x80000005u /* a cut datagram */

struct transfer {
    const WSABUF *buffers;
    DWORD count;
    uint64_t total_bytes;
    int lx_flags;          /* LX_MSG_* */
    const struct name *to; /* datagram sends; NULL: to the peer */
    struct sockaddr *from; /* datagram receives: gets the sender when the receive ends, and so */
    int *from_bytes;       /* does this; NULL: nobody asks */
    WSAOVERLAPPED *overlapped;                  /* NULL: synchronous */
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine; /* overlapped only; NULL: event or port */
    uint32_t bytes;                             /* out: when the call completes at once */
};

/* 0: completed at once. WSA_IO_PENDING: accepted, and the caller's reference to the socket passed
 * to the operation. Anything else: refused, nothing has happened. */
int transfer_recv(struct sock *sock, struct transfer *transfer);
int transfer_send(struct sock *sock, struct transfer *transfer);

/* shutdown(SD_SEND): the FIN goes after every send accepted so far. 0 or a WSA code. */
int sock_shutdown_send(struct sock *sock);

/* Fills in what the kernel shall do. False: no memory. */
bool transfer_fill(struct op *op, struct sock *sock, const struct transfer *transfer, bool send);

/* What a synchronous call reports for the kernel's result: 0 or a WSA code, transfer->bytes set. */
int transfer_outcome(struct sock *sock, struct transfer *transfer, int64_t result, bool send);

/* Gives a direct claim back, and lets in whoever waited for it. */
void transfer_unclaim(struct sock *sock, struct ring_queue *queue);

/* Joins the queue, submits a prepared overlapped operation: WSA_IO_PENDING, or WSAENOTSOCK when the
 * socket was closed meanwhile (the operation is still the caller's). */
int transfer_submit(struct op *op, struct ring_queue *queue, uint32_t weight);

/* A non-blocking stream send is whole or refused (SEND-05): what the kernel did not take after
 * `sent` bytes is copied and sent behind them. The claim passes to that operation. False: no
 * memory. */
bool transfer_finish_send(struct sock *sock, const struct transfer *transfer, uint64_t sent);

/* Status of an operation that ended with a negative errno. */
uint32_t transfer_status(struct sock *sock, int32_t result);

#endif
