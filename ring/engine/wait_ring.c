/* SPDX-License-Identifier: MIT */
/* The wait rings; wait_ring.h states the rules. */
#include "ring/engine/wait_ring.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ring/engine/uapi.h"
#include "ring/engine/uring.h"
#include "ring/host/sys.h"

enum {
    WAIT_RING_ENTRIES = 8
}; /* one wait prepares three at most: the listener, an operation and
                                   its cancel */

struct wait_ring {
    struct io_uring ring;
    struct park *park;
    struct ring_op *op;     /* [W2]; NULL: none, or ended */
    struct wait_ring *next; /* in the list of all, which only grows */
    uint32_t parked;        /* PARK_FUTEX or PARK_EVENT */
    bool open;
    bool armed;          /* [W1] */
    uint64_t wake_count; /* where the kernel puts what it read from the eventfd */
};

static struct wait_ring *_Atomic wait_rings;

/* ---- Making and ending ---- */

static bool wait_ring_knows_futex(struct io_uring *ring)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    bool known = probe != NULL && io_uring_opcode_supported(probe, UAPI_OP_FUTEX_WAIT);

    if (probe != NULL)
        io_uring_free_probe(probe);
    return known;
}

static int wait_ring_setup(struct io_uring *ring)
{
    static const unsigned wishes[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        0,
    };
    int error = -EINVAL;

    for (unsigned i = 0; i < sizeof wishes / sizeof wishes[0] && error == -EINVAL; i++)
        error = io_uring_queue_init(WAIT_RING_ENTRIES, ring, wishes[i]);
    if (error != 0)
        return error;
    io_uring_ring_dontfork(ring);
    (void)io_uring_register_ring_fd(ring); /* spares a look-up per call; fine without */
    return 0;
}

/* 0 unknown, else an enum park_word: the same for every ring of this kernel. */
static _Atomic uint32_t wait_ring_best;

static int wait_ring_choose(struct wait_ring *ring, enum wait_ring_wake wake)
{
    uint32_t best = atomic_load_explicit(&wait_ring_best, memory_order_relaxed); /* one value */

    if (best == 0) {
        best = wait_ring_knows_futex(&ring->ring) ? PARK_FUTEX : PARK_EVENT;
        atomic_store_explicit(&wait_ring_best, best, memory_order_relaxed);
    }
    ring->parked = wake == WAIT_RING_EVENT ? PARK_EVENT : best;
    if (ring->parked == PARK_EVENT && ring->park->event_fd <= 0) {
        int fd = eventfd(0, EFD_CLOEXEC);

        if (fd < 0)
            return -errno;
        ring->park->event_fd = fd;
    }
    return 0;
}

static struct wait_ring *wait_ring_allocate(struct park *park)
{
    struct wait_ring *ring = calloc(1, sizeof *ring);

    if (ring == NULL)
        return NULL;
    ring->park = park;
    ring->next = atomic_load_explicit(&wait_rings, memory_order_relaxed);
    /* release: only the child of a fork walks the list, and finds whole entries there. */
    while (!atomic_compare_exchange_weak_explicit(&wait_rings, &ring->next, ring,
                                                  memory_order_release, memory_order_relaxed))
        continue;
    return ring;
}

int wait_ring_open(struct wait_ring **place, struct park *park, enum wait_ring_wake wake)
{
    struct wait_ring *ring = *place;
    int error;

    if (ring != NULL && ring->open)
        return 0;
    if (ring == NULL)
        *place = ring = wait_ring_allocate(park);
    if (ring == NULL)
        return -ENOMEM;
    error = wait_ring_setup(&ring->ring);
    if (error != 0)
        return error;
    error = wait_ring_choose(ring, wake);
    if (error != 0) {
        io_uring_queue_exit(&ring->ring);
        return error;
    }
    ring->op = NULL;
    ring->armed = false;
    ring->open = true;
    return 0;
}

void wait_ring_close(struct wait_ring *ring)
{
    if (ring == NULL || !ring->open)
        return;
    ring->open = false;
    io_uring_queue_exit(&ring->ring); /* the listening request ends with it */
}

/* ---- Requests ---- */

static struct io_uring_sqe *wait_ring_sqe(struct wait_ring *ring)
{
    struct io_uring_sqe *sqe;

    while ((sqe = io_uring_get_sqe(&ring->ring)) == NULL)
        io_uring_submit(&ring->ring);
    return sqe;
}

static void wait_ring_arm(struct wait_ring *ring)
{
    struct io_uring_sqe *sqe = wait_ring_sqe(ring);

    if (ring->parked == PARK_FUTEX) {
        /* Ends at once when the word is another than PARK_FUTEX by then. */
        io_uring_prep_rw(UAPI_OP_FUTEX_WAIT, sqe, UAPI_FUTEX2_SIZE_U32 | UAPI_FUTEX2_PRIVATE,
                         &ring->park->word, 0, PARK_FUTEX);
        sqe->addr3 = FUTEX_BITSET_MATCH_ANY;
    } else {
        io_uring_prep_read(sqe, ring->park->event_fd, &ring->wake_count, sizeof ring->wake_count,
                           0);
    }
    io_uring_sqe_set_data64(sqe, URING_TAG_WAKE);
    ring->armed = true;
}

void wait_ring_start(struct wait_ring *ring, struct ring_op *op)
{
    ring->op = op;
    uring_prep(wait_ring_sqe(ring), op);
}

static void wait_ring_result(struct wait_ring *ring, int32_t result)
{
    struct ring_op *op = ring->op;

    switch (uring_judge(op, &result)) {
    case URING_AGAIN:
        uring_prep(wait_ring_sqe(ring), op);
        break;
    case URING_WAIT:
        uring_prep_poll(wait_ring_sqe(ring), op);
        break;
    case URING_ENDED:
        op->state = RING_OP_IDLE;
        op->result = result;
        ring->op = NULL;
        break;
    }
}

/* Takes what the kernel has answered. True: the operation has ended. */
static bool wait_ring_reap(struct wait_ring *ring)
{
    struct io_uring_cqe *cqe;

    while (ring->open && io_uring_peek_cqe(&ring->ring, &cqe) == 0) {
        uint64_t tag = cqe->user_data;
        int32_t result = cqe->res;

        io_uring_cqe_seen(&ring->ring, cqe);
        if (tag == URING_TAG_WAKE)
            ring->armed = false;
        else if (ring->op != NULL && tag == uring_tag(ring->op))
            wait_ring_result(ring, result);
    }
    return ring->op == NULL;
}

/* ---- Waiting ---- */

/* [W3] */
static void wait_ring_give_up(struct wait_ring *ring)
{
    wait_ring_close(ring);
    if (ring->op == NULL)
        return;
    ring->op->state = RING_OP_IDLE;
    ring->op->result = -ENETDOWN;
    ring->op = NULL;
}

/* Submits, and sleeps until the kernel has an answer. False: the time is over. A signal, or a
 * kernel that is short of memory, only brings the caller round once more. */
static bool wait_ring_enter(struct wait_ring *ring, int64_t deadline_ns)
{
    struct __kernel_timespec left;
    struct io_uring_cqe *cqe;
    int64_t end_ns;
    int64_t left_ns;

    if (!ring->armed)
        wait_ring_arm(ring);
    end_ns = host_nap_end_ns(deadline_ns);
    if (end_ns == PARK_FOREVER) {
        if (uring_is_fatal(io_uring_submit_and_wait(&ring->ring, 1)))
            wait_ring_give_up(ring);
        return true;
    }
    left_ns = end_ns - host_now_ns();
    if (left_ns <= 0)
        return end_ns != deadline_ns;
    left =
        (struct __kernel_timespec){.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
    if (uring_is_fatal(io_uring_submit_and_wait_timeout(&ring->ring, &cqe, 1, &left, NULL)))
        wait_ring_give_up(ring);
    return true;
}

enum wait_ring_end wait_ring_wait(struct wait_ring *ring, int64_t deadline_ns)
{
    uint32_t word = PARK_AWAKE;
    bool ended = wait_ring_reap(ring);

    /* [P1]; a word of 2 was notified before we slept. */
    if (!ended && atomic_compare_exchange_strong(&ring->park->word, &word, ring->parked)) {
        while (!ended && atomic_load(&ring->park->word) == ring->parked &&
               wait_ring_enter(ring, deadline_ns))
            ended = wait_ring_reap(ring);
    }
    word = atomic_exchange(&ring->park->word, PARK_AWAKE);
    if (ended)
        return WAIT_RING_ENDED;
    return word == PARK_NOTIFIED ? WAIT_RING_WOKEN : WAIT_RING_TIMEOUT;
}

bool wait_ring_recall(struct wait_ring *ring)
{
    struct ring_op *op = ring->op;
    struct io_uring_sqe *sqe;

    op->flags |= RING_OP_CANCELLED;
    sqe = wait_ring_sqe(ring);
    io_uring_prep_cancel64(sqe, uring_tag(op), 0);
    io_uring_sqe_set_data64(sqe, URING_TAG_IGNORE);
    /* Its own end retires it, not the cancel's: the kernel uses the caller's memory until then. */
    while (!wait_ring_reap(ring)) {
        if (uring_is_fatal(io_uring_submit_and_wait(&ring->ring, 1)))
            wait_ring_give_up(ring);
    }
    op->flags &= (uint8_t)~RING_OP_CANCELLED;
    return op->result != -ECANCELED;
}

/* In a child of fork(): the rings are the parent's, and their memory was not copied. */
static void wait_ring_forked(void)
{
    struct wait_ring *ring = atomic_load_explicit(&wait_rings, memory_order_acquire);

    for (; ring != NULL; ring = ring->next) {
        if (ring->open)
            close(ring->ring.ring_fd);
        if (ring->park->event_fd > 0)
            close(ring->park->event_fd);
        ring->park->event_fd = 0;
        ring->open = false;
    }
}

__attribute__((constructor)) static void wait_ring_load(void)
{
    host_fork_hook(wait_ring_forked);
}
