/* SPDX-License-Identifier: MIT */
/*
 * Finds out at WSAStartup whether this kernel lets us use io_uring and has what we need. Set-up may
 * fail with any errno; version numbers are not trusted, features are tried.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ring/engine/needs.h"
#include "ring/engine/uring.h"

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
    return 0;
}
