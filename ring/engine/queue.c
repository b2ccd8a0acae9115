/* SPDX-License-Identifier: MIT */
/* The direction token: queue->owners, as [Q1] to [Q3] in engine.h describe it. */
#include <string.h>

#include "ring/engine/engine.h"
#include "ring/host/sys.h"

void queue_init(struct ring_queue *queue, uint8_t limit)
{
    memset(queue, 0, sizeof *queue);
    queue->limit = limit;
}

static bool queue_claim_masked(struct ring_queue *queue, uint32_t mask)
{
    uint32_t owners = atomic_load_explicit(&queue->owners, memory_order_relaxed); /* a guess */

    do {
        if ((owners & mask) != 0)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &queue->owners, &owners, (owners | QUEUE_CLAIMED) + QUEUE_OWNER,
        memory_order_acquire, /* pairs with the release of who owned the direction before */
        memory_order_relaxed));
    return true;
}

void queue_delivering(struct ring_queue *queue)
{
    /* relaxed: it says something of this word only, and comes before the delivery's own release. */
    atomic_fetch_or_explicit(&queue->owners, QUEUE_DELIVERING, memory_order_relaxed);
}

bool queue_claim(struct ring_queue *queue)
{
    /* A short stretch of the ring thread's code, which never blocks: [Q1]. */
    while (atomic_load_explicit(&queue->owners, memory_order_relaxed) & QUEUE_DELIVERING)
        host_yield();
    return queue_claim_masked(queue, QUEUE_OWNERS_MASK);
}

bool queue_claim_idle(struct ring_queue *queue)
{
    return queue_claim_masked(queue, UINT32_MAX);
}

bool queue_unclaim(struct ring_queue *queue)
{
    /* acquire, as below: who has joined has chosen the ring, which the caller looks at next. */
    uint32_t owners = atomic_load_explicit(&queue->owners, memory_order_acquire);

    do {
        /* Somebody joined meanwhile, and the ring thread holds his operation back for us. Zero-byte
         * receives too: they may be waiting behind the claim. */
        if ((owners & ~QUEUE_ENDED_MASK) != (QUEUE_CLAIMED | QUEUE_OWNER))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &queue->owners, &owners, owners & QUEUE_ENDED_MASK,
        memory_order_acq_rel, /* release pairs with the acquire in queue_claim() and queue_join() */
        memory_order_acquire));
    return true;
}

bool queue_join(struct ring_queue *queue, uint32_t weight)
{
    uint32_t owners = atomic_load_explicit(&queue->owners, memory_order_relaxed); /* a guess */

    do {
        if ((owners & QUEUE_CLOSED) != 0)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &queue->owners, &owners, owners + weight,
        memory_order_acq_rel, /* pairs with queue_unclaim(): it sees us, or we see it free */
        memory_order_relaxed));
    return true;
}

bool queue_close(struct ring_queue *queue, bool abort)
{
    uint32_t bits = abort ? QUEUE_CLOSED | QUEUE_ABORTED : QUEUE_CLOSED;

    /* Pairs with queue_join(): it sees the bit, or we see its operation. seq_cst: the caller looks
     * next for a thread that waits under the claim, and that one names itself, then looks here. */
    return (atomic_fetch_or(&queue->owners, bits) & ~QUEUE_ENDED_MASK) != 0;
}

bool queue_ended(struct ring_queue *queue, const struct ring_op *op)
{
    uint32_t owners = atomic_load(&queue->owners); /* seq_cst: see queue_close() */

    if (op->kind == RING_DONE)
        return false;
    return (owners & QUEUE_ABORTED) || ((owners & QUEUE_CLOSED) && op->kind != RING_SEND &&
                                        op->kind != RING_SENDMSG && op->kind != RING_FILE);
}
