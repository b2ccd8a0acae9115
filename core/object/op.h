/* SPDX-License-Identifier: MIT */
/*
 * An overlapped operation from its acceptance to the moment somebody learns of its end. While it is
 * in flight it is the engine's operation; after completion the same memory is the port's packet.
 */
#ifndef CORE_OBJECT_OP_H
#define CORE_OBJECT_OP_H

#include <winsock2.h>

#include "core/base/thread.h"
#include "core/object/event.h"
#include "ring/engine/engine.h"

struct sock;

enum op_flag {
    OP_NO_PACKET = 1,     /* low bit of hEvent: signal the event only */
    OP_SYNC = 2,          /* a blocking call: no OVERLAPPED, wakes `waiter` */
    OP_QUIET = 4,         /* final WSACleanup: set Internal, tell nobody */
    OP_DETACHED = 8,      /* the library's own: no OVERLAPPED, nobody to tell */
    OP_ROUTINE = 16,      /* a completion routine of the issuing thread; no event, no packet */
    OP_NOTICE = 32,       /* no operation, but the packet of a struct port_notice */
    OP_FILE_ROUTINE = 64, /* with OP_ROUTINE: one of ReadFileEx() and its kin, with Win32 codes */
    OP_EXTRA_KEPT = 128   /* extra is a block of OP_EXTRA_BYTES, for the next operation */
};

struct op {
    struct ring_op base;
    WSAOVERLAPPED *overlapped;
    struct sock *sock; /* counted reference while in flight */
    union {
        struct event *event;   /* in flight: counted reference on hEvent, or NULL */
        ULONG_PTR key;         /* as a packet */
        struct thread *waiter; /* OP_SYNC */
        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;   /* OP_ROUTINE */
        LPOVERLAPPED_COMPLETION_ROUTINE file_routine; /* OP_FILE_ROUTINE */
    } to;
    void *extra; /* ring_msg, accept_extra...; freed with the operation */
    __extension__ union {
        struct thread *issuer; /* OP_ROUTINE, until the operation ends */
        __extension__ struct {
            uint32_t status; /* NTSTATUS */
            uint32_t bytes;
        };
    };
    uint32_t thread_id; /* issuer: thread->id */
    uint8_t flags;      /* enum op_flag */
    uint8_t pad[3];
};

/* A zeroed operation but for base.generation, or NULL: no memory. */
struct op *op_take(void);
/* Memory for op->extra, which goes with the operation; a thread keeps some blocks of up to
 * OP_EXTRA_BYTES. NULL: no memory. */
enum { OP_EXTRA_BYTES = 160 };
void *op_extra(struct op *op, size_t bytes);
/* Gives an operation and its extra back. */
void op_give(struct op *op);

/* Fills in who gets to know: the event (reset now), the low bit, the issuing thread. Takes over the
 * caller's reference to the socket. Sets Internal to STATUS_PENDING. 0 or WSA_INVALID_HANDLE. */
int op_prepare(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped);
/* The same for an operation that ends in a completion routine on this thread; NULL: op_prepare().
 * hEvent is the caller's own then, and not looked at. */
int op_prepare_routine(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
/* The same for ReadFileEx() and WriteFileEx(); `routine` is not NULL. */
void op_prepare_file_routine(struct op *op, struct sock *sock, WSAOVERLAPPED *overlapped,
                             LPOVERLAPPED_COMPLETION_ROUTINE routine);

/* The end of an operation, exactly once: stores the result into the OVERLAPPED, signals, queues the
 * packet (or gives the operation back), and drops the socket's reference last. `weight` is what
 * the operation holds in its queue's owners; 0: not in a queue (completed at once by a caller). */
void op_complete(struct op *op, uint32_t status, uint32_t bytes, uint32_t weight);

/* The same for an operation that was accepted, holds the claim of its direction, and was never
 * submitted: the claim and the socket's reference stay with the caller. */
void op_complete_claimed(struct op *op, uint32_t status, uint32_t bytes);

/* A call that completed at once, before op was submitted. Delivers like op_complete, but queues no
 * packet when the socket asked for FILE_SKIP_COMPLETION_PORT_ON_SUCCESS. */
void op_complete_inline(struct op *op, uint32_t status, uint32_t bytes);

/* Runs `done` of a prepared synchronous operation's end: see op_wait(). */
void op_sync_done(struct ring_op *base);

/* Submits a blocking call's operation (kind, queue, fd, data are set; the caller holds a reference
 * to the socket and has joined or claimed the queue) and waits for its end; alertable. The
 * operation is still the caller's: base.result is the outcome, -ETIMEDOUT when the deadline came
 * first, -EINTR when WSACancelBlockingCall did. The thread's 1.1 hook runs meanwhile. */
void op_wait(struct op *op, unsigned ring, int64_t deadline_ns);
/* The same for a RING_CALL, neither alertable nor timed: `run` does its work on the ring thread,
 * then calls op_sync_done(). */
void op_wait_call(struct op *op, unsigned ring, void (*run)(struct ring_op *base));

/* Undoes op_prepare for a call that failed at once; Internal stays STATUS_PENDING only for those
 * calls that document it. */
void op_abandon(struct op *op);

#endif
