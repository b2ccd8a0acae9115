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
    int lx_flags;           /* LX_MSG_* */
    const struct name *to;  /* datagram sends; NULL: to the peer */
    struct sockaddr *from;  /* datagram receives: gets the sender when the receive ends, and so */
    int *from_bytes;        /* does this; NULL: nobody asks */
    WSAMSG *message;        /* receives: gets control data and flags at the end; NULL: no message */
    void *control;          /* Linux' control messages of a send; a message receive's room for them,
                            * CONTROL_ROOM_BYTES: used by this call, not by an operation */
    uint32_t control_bytes; /* of a send, 0: none; out: of a receive that has ended */
    int lx_told;            /* out: what the kernel said of the datagram, LX_MSG_* */
    WSAOVERLAPPED *overlapped;                    /* NULL: synchronous */
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;   /* overlapped only; NULL: event or port */
    LPOVERLAPPED_COMPLETION_ROUTINE file_routine; /* the same of ReadFileEx() or WriteFileEx() */
    uint32_t bytes;                               /* out: when the call completes at once */
    uint32_t connection;                          /* sock_connection() when the call began */
};

/* 0: completed at once. WSA_IO_PENDING: accepted, and the caller's reference to the socket passed
 * to the operation. Anything else: refused, nothing has happened. */
int transfer_recv(struct sock *sock, struct transfer *transfer);
int transfer_send(struct sock *sock, struct transfer *transfer);

/* shutdown(SD_SEND): the FIN goes after every send accepted so far. 0 or a WSA code. */
int sock_shutdown_send(struct sock *sock);

/* Fills in what the kernel shall do. False: no memory. */
bool transfer_fill(struct op *op, struct sock *sock, const struct transfer *transfer, bool send);

/* The kernel's answer to a send or receive of datagrams, which may be an answer of the network to
 * an earlier one: changes *result into what the call tells. True: it is to be repeated. */
bool transfer_repeats(struct sock *sock, int64_t *result, uint64_t total_bytes, bool send);

/* The operation of a call that waited has ended: what the kernel said besides its result. */
void transfer_copy_told(const struct op *op, struct transfer *transfer);

/* What a synchronous call reports for the kernel's result: 0 or a WSA code, transfer->bytes set. */
int transfer_outcome(struct sock *sock, struct transfer *transfer, int64_t result, bool send);

/* The kernel tells one call of a stream's reset, and those after it only of the end. Here a receive
 * of `wanted_bytes` hears of the reset as well: the result to go on with. `connection` is the one
 * that the kernel was asked about: the handle may have gone on to the next meanwhile. */
int64_t transfer_reset_told(struct sock *sock, uint32_t connection, int64_t result,
                            uint64_t wanted_bytes, bool send);

/* Gives a direct claim back, and lets in whoever waited for it. */
void transfer_unclaim(struct sock *sock, struct ring_queue *queue);

/* A receive, filled in, that the calling thread looks after by itself (object/lone.h): it is
 * accepted. False: it is not one of those. */
bool transfer_keep(struct op *op);

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
