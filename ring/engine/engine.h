/* SPDX-License-Identifier: MIT */
/*
 * The engine: operations in, completions out. Core knows nothing else of io_uring.
 *
 * An operation belongs to a queue (one direction of one socket). The engine issues a queue's
 * operations in order, at most `limit` at a time, on the ring thread that the queue was given. Each
 * submitted operation gets exactly one call of op->done, on that thread.
 *
 * [Q1] queue->owners says who may use the direction. Low 16 bits: operations that own it (queued,
 *      in flight, or completed and not yet delivered). Bits 16-27: zero-byte receives, which own
 *      nothing but keep their place. Bit 31: one thread is trying a direct call, or waits for it in
 *      a ring of its own (wait_ring.h). Bit 30: closed, no operation joins any more. Bit 29:
 *      aborted, sends that have joined end too. Bit 28: the ring thread is telling somebody of an
 *      operation's end; a direct call waits it out, because its caller may know already.
 * [Q2] A direct call is allowed only while no operation owns the direction and bit 31 is clear;
 *      queue_claim() takes both. The ring thread issues nothing from a queue while bit 31 is set.
 * [Q3] The claimer either gives the claim back with queue_unclaim(), or, when that says that others
 *      are waiting or when the call must wait, submits its own operation with RING_OP_FIRST: that
 *      clears bit 31 and goes before everything not yet issued.
 * [Q4] head, tail and in_flight belong to the ring thread. Operations in flight are a prefix.
 */
#ifndef RING_ENGINE_ENGINE_H
#define RING_ENGINE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_op;

enum ring_kind {
    RING_RECV,    /* data, size */
    RING_SEND,    /* data, size; completes when every byte was taken, or on error */
    RING_RECVMSG, /* data: struct ring_msg */
    RING_SENDMSG, /* data: struct ring_msg */
    RING_POLL,    /* readable, or hung up; owns nothing */
    RING_ACCEPT,  /* result: the new descriptor */
    RING_CONNECT, /* data: Linux address, size: its bytes */
    RING_FILE,    /* data: struct ring_file (send_file.h); a send */
    RING_DONE,    /* result is already there: just call done, in the queue's order */
    RING_CALL     /* no queue: run done on the ring thread */
};

enum ring_op_flag {
    RING_OP_FIRST = 1,     /* [Q3] */
    RING_OP_CANCELLED = 2, /* somebody wants it to end; result -ECANCELED unless it succeeded */
    RING_OP_NOT_READY = 4, /* a direct call has just said so: no need to try again at first */
    RING_OP_ERROR = 8      /* the kernel called it ready for nothing but an error */
};

enum ring_op_state { RING_OP_IDLE, RING_OP_QUEUED, RING_OP_SUBMITTED, RING_OP_POLLING };

/* Scatter and gather: up to `count` buffers after this header. */
struct ring_msg {
    uint64_t header[7]; /* struct msghdr, filled by the engine */
    uint64_t total_bytes;
    uint32_t count;
    uint32_t name_bytes;    /* room of a receive's name, length of a send's; 0: no name */
    void *name;             /* Linux address: where a receive puts its sender, where a send goes */
    void *context;          /* the submitter's own */
    void *control;          /* control messages: a send's, or a receive's room; NULL: none */
    uint32_t control_bytes; /* their length, or that room; in the end what the kernel wrote */
    uint32_t flags;         /* out: what the kernel says of what was received, LX_MSG_* */
    struct host_iov_storage {
        void *base;
        uint64_t bytes;
    } iov[];
};

struct ring_queue {
    _Atomic uint32_t owners; /* [Q1] */
    uint16_t in_flight;      /* [Q4] */
    uint8_t limit;           /* 1, except for accepts */
    bool datagrams;          /* the socket's messages are whole: uring_datagram.c */
    struct ring_op *head;    /* [Q4] */
    struct ring_op *tail;
};

struct ring_op {
    struct ring_op *next;
    void (*done)(struct ring_op *op);
    struct ring_queue *queue;
    void *data;
    uint32_t size_bytes;
    int32_t result; /* bytes, descriptor or 0; or a negative errno */
    int32_t fd;
    uint32_t done_bytes; /* of a send or receive that continues */
    uint16_t msg_flags;  /* LX_MSG_* */
    uint16_t generation; /* counts uses; part of the tag that the kernel gives back */
    uint8_t kind;        /* enum ring_kind */
    uint8_t flags;       /* enum ring_op_flag */
    uint8_t state;       /* enum ring_op_state; ring thread only */
    uint8_t ring;        /* set by engine_submit */
};

/* Tests that the kernel can do what we need. 0, or a negative errno with a plain sentence in why.
 *  */
int engine_probe(char *why, size_t why_bytes);
const char *engine_name(void);

/* How many accepts of one listener may be with the kernel at a time: as many as keep their order,
 * which engine_probe() found out. */
uint8_t engine_accepts(void);

/* The ring for a socket's first operation: the least loaded. Negative errno: none can be made. */
int engine_pick_ring(void);
unsigned engine_ring_count(void);

/* Hands an operation over; cannot fail. The queue's owners must already count it. */
void engine_submit(unsigned ring, struct ring_op *op);

/* The same by a thread that is about to have more, or to wait: a sleeping ring thread is not woken
 * now but by engine_wake_owed(), which the thread calls before it sleeps or ends. Should it do
 * neither for a while, a ring thread finds out (within two milliseconds). */
void engine_submit_later(unsigned ring, struct ring_op *op);
void engine_wake_owed(void);

/* True while that ring thread sleeps with nothing to do: a direct call now breaks no batch. */
bool engine_ring_idle(unsigned ring);

/* Ring thread only. Ends every operation of the queue for which match returns true; those not yet
 * issued at once, the others through the kernel. Returns how many there were. `result` is the
 * negative errno that they end with, unless the kernel had finished them. */
unsigned engine_cancel(struct ring_queue *queue,
                       bool (*match)(const struct ring_op *op, void *argument), void *argument);

/* A ring cannot go on: called once on its thread, which then has the sockets of that ring ended by
 * engine_fail(): every operation in the queue, with -ENETDOWN. */
void engine_set_failed(void (*failed)(unsigned ring));
void engine_fail(struct ring_queue *queue);

/* Ring thread only, from done: the operation has been delivered. Gives back its place in owners
 * (`weight`: 1, or 1 << 16 for RING_POLL) and issues what follows. The queue may be gone after
 * the caller's reference to its socket is. */
void queue_retire(struct ring_queue *queue, unsigned ring, uint32_t weight);

/* Ring thread only, from done: the operation is not over, and is issued again in its place, which
 * it has never left for those who look for it. */
void engine_restart(struct ring_op *op);

/* Ring thread only: op->done is about to tell somebody. queue_retire() with QUEUE_DELIVERING in its
 * weight ends that. */
void queue_delivering(struct ring_queue *queue);

void queue_init(struct ring_queue *queue, uint8_t limit);
bool queue_claim(struct ring_queue *queue);      /* [Q2] */
bool queue_claim_idle(struct ring_queue *queue); /* the same, and no zero-byte receive either */
bool queue_unclaim(struct ring_queue *queue);    /* [Q3]; false: submit with RING_OP_FIRST */
bool queue_join(struct ring_queue *queue, uint32_t weight); /* false: closed */
/* No operation joins from now on. Returns whether any is still there: those are engine_cancel()'s,
 * and the ring thread ends what was on its way to it. */
bool queue_close(struct ring_queue *queue, bool abort);
/* queue_close() was called, and it ends this operation: all but accepted sends, or those too. */
bool queue_ended(struct ring_queue *queue, const struct ring_op *op);

enum { QUEUE_OWNER = 1, QUEUE_POLL = 1 << 16 };
#define QUEUE_CLAIMED     0x80000000u
#define QUEUE_CLOSED      0x40000000u
#define QUEUE_ABORTED     0x20000000u
#define QUEUE_DELIVERING  0x10000000u
#define QUEUE_ENDED_MASK  (QUEUE_CLOSED | QUEUE_ABORTED)
#define QUEUE_OWNERS_MASK (QUEUE_CLAIMED | QUEUE_CLOSED | QUEUE_DELIVERING | 0xFFFFu)

static inline bool queue_busy(struct ring_queue *queue)
{
    return (atomic_load_explicit(&queue->owners, memory_order_acquire) & ~QUEUE_ENDED_MASK) != 0;
}

/* The same; and who claims or joins after this sees what the caller did before it. */
static inline bool queue_busy_after(struct ring_queue *queue)
{
    return (atomic_fetch_or(&queue->owners, 0) & ~QUEUE_ENDED_MASK) != 0;
}

/* Called on a ring thread after each batch of completions; and, while somebody asked with
 * engine_want_tick(true), at least once a millisecond on one ring thread. Returns true to go on. */
void engine_set_hooks(void (*batch_end)(void), bool (*tick)(int64_t now_ns));
void engine_want_tick(void);

#endif
