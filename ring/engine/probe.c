/* SPDX-License-Identifier: MIT */
/*
 * Finds out at WSAStartup whether this kernel lets us use io_uring and has what we need. Set-up may
 * fail with any errno; version numbers are not trusted, features are tried.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ring/engine/needs.h"
#include "ring/engine/uring.h"

enum { PROBE_ACCEPTS = 16 }; /* more save no system call that counts */

static _Atomic uint8_t probe_accepts = 1;

const char *engine_name(void)
{
    return "uring";
}

static const char *probe_cause(int error)
{
    switch (error) {
    case EPERM:
        return "denied by the administrator or a container (seccomp profile, or sysctl "
               "kernel.io_uring_disabled)";
    case ENOSYS:
        return "not in this kernel, or hidden by a seccomp profile";
    case ENOMEM:
        return "the limit on locked memory is too low (ulimit -l), or memory is short";
    case EMFILE:
    case ENFILE:
        return "no descriptor is left (ulimit -n)";
    case EINVAL:
    case EOPNOTSUPP:
        return "this kernel's io_uring is too old: 5.19 or newer is needed";
    default:
        return strerror(error);
    }
}

#define PROBE_FEATURE(name)   | IORING_FEAT_##name
#define PROBE_OPERATION(name) IORING_OP_##name,

static const unsigned probe_features = 0 NEEDS_FEATURES(PROBE_FEATURE);

/* The first operation that the kernel lacks; -1: it has all. */
static int probe_missing(struct io_uring *ring)
{
    static const int needed[] = {NEEDS_OPERATIONS(PROBE_OPERATION)};
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    int missing = -1;

    if (probe == NULL)
        return IORING_OP_NOP;
    for (unsigned i = 0; i < sizeof needed / sizeof needed[0] && missing < 0; i++)
        if (!io_uring_opcode_supported(probe, needed[i]))
            missing = needed[i];
    io_uring_free_probe(probe);
    return missing;
}

/* Two events one after the other: which request does the ring end first? */
static bool probe_first_ends_first(struct io_uring *ring, const int *events)
{
    struct io_uring_cqe *cqe;
    int result;

    for (uint64_t i = 0; i < 2; i++) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

        io_uring_prep_poll_add(sqe, events[i], POLLIN);
        io_uring_sqe_set_data64(sqe, i);
    }
    if (io_uring_submit(ring) != 2 || eventfd_write(events[0], 1) != 0 ||
        eventfd_write(events[1], 1) != 0)
        return false;
    do
        result = io_uring_wait_cqe_nr(ring, &cqe, 2);
    while (result == -EINTR);
    return result == 0 && cqe->user_data == 0;
}

/* With deferred work 6.1 sees to what happened last first (6.12 does not): of several accepts that
 * wait, the last would get the connection that came first. Rings without deferred work keep the
 * order. */
static bool probe_keeps_order(void)
{
    int events[2] = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
    struct io_uring ring;
    int error =
        io_uring_queue_init(8, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    bool keeps = error == -EINVAL; /* it knows no deferred work */

    if (error == 0) {
        keeps = events[0] >= 0 && events[1] >= 0 && probe_first_ends_first(&ring, events);
        io_uring_queue_exit(&ring);
    }
    for (int i = 0; i < 2; i++) {
        if (events[i] >= 0)
            close(events[i]);
    }
    return keeps;
}

uint8_t engine_accepts(void)
{
    return atomic_load_explicit(&probe_accepts, memory_order_relaxed); /* a number, no more */
}

int engine_probe(char *why, size_t why_bytes)
{
    struct io_uring ring;
    int error = io_uring_queue_init(8, &ring, 0);
    int missing;

    if (error != 0) {
        snprintf(why, why_bytes, "io_uring cannot be used: %s (error %d, %s)", probe_cause(-error),
                 -error, strerror(-error));
        return error;
    }
    missing = probe_missing(&ring);
    if (missing < 0 && (ring.features & probe_features) != probe_features)
        missing = IORING_OP_NOP;
    io_uring_queue_exit(&ring);
    if (missing >= 0) {
        snprintf(why, why_bytes, "io_uring cannot be used: %s (operation %d)",
                 probe_cause(EOPNOTSUPP), missing);
        return -EOPNOTSUPP;
    }
    atomic_store_explicit(&probe_accepts, probe_keeps_order() ? PROBE_ACCEPTS : 1,
                          memory_order_relaxed);
    return 0;
}
