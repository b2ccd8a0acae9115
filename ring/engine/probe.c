/* SPDX-License-Identifier: MIT */
/*
 * Finds out at WSAStartup whether this kernel lets us use io_uring and has what we need. Set-up may
 * fail with any errno; version numbers are not trusted, features are tried.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* The first operation that the kernel lacks; -1: it has all. */
static int probe_missing(struct io_uring *ring)
{
    static const int needed[] = {IORING_OP_RECV,    IORING_OP_SEND,    IORING_OP_RECVMSG,
                                 IORING_OP_SENDMSG, IORING_OP_ACCEPT,  IORING_OP_CONNECT,
                                 IORING_OP_READ,    IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL};
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
    /* EXT_ARG carries time-outs (5.11); NODROP keeps completions when the queue is full (5.5). */
    if (missing < 0 && (!(ring.features & IORING_FEAT_EXT_ARG) ||
                        !(ring.features & IORING_FEAT_NODROP)))
        missing = IORING_OP_NOP;
    io_uring_queue_exit(&ring);
    if (missing >= 0) {
        snprintf(why, why_bytes, "io_uring cannot be used: %s (operation %d)",
                 probe_cause(EOPNOTSUPP), missing);
        return -EOPNOTSUPP;
    }
    return 0;
}
