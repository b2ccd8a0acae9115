/* SPDX-License-Identifier: MIT */
/* TransmitFile and TransmitPackets behind their argument checks: one operation of the socket's send
 * queue, in its place among the other sends. */
#ifndef CORE_VERB_TRANSMIT_H
#define CORE_VERB_TRANSMIT_H

#include <winsock2.h>

#include "core/object/sock.h"
#include "ring/engine/send_file.h"

#define TRANSMIT_BYTES_MAX 2147483646u /* documented: of one call */

struct transmit {
    struct ring_file *plan;
    uint64_t total_bytes;
    WSAOVERLAPPED *overlapped; /* NULL: synchronous, whatever mode the socket is in */
    bool disconnect;           /* the connection's sending side ends behind the data */
    bool reuse;                /* with it: the socket becomes fit for another connection */
};

/* An empty plan with room for `count` pieces. False: no memory. */
bool transmit_plan(struct transmit *transmit, struct sock *sock, uint32_t count);
/* Each adds a piece. 0 or a WSA code. */
int transmit_add_memory(struct transmit *transmit, void *memory, uint32_t bytes);
#define TRANSMIT_POSITION UINT64_MAX /* as an offset: the file's position, which moves along */
/* bytes 0: up to the end of the file. */
int transmit_add_file(struct transmit *transmit, HANDLE file, uint64_t offset, uint32_t bytes);
/* Drops the plan and its references. Not after transmit_run(). */
void transmit_drop(struct transmit *transmit);

/* Takes over the plan. 0: everything was sent. WSA_IO_PENDING: accepted, and the caller's reference
 * to the socket passed to the operation. Anything else: refused, or ended early. */
int transmit_run(struct sock *sock, struct transmit *transmit);

#endif
