/* SPDX-License-Identifier: MIT */
/*
 * Copies between us and memory that a caller named and may have named wrongly. The kernel copies,
 * so a bad address is -EFAULT. process_vm_readv() on ourselves costs one call; where a sandbox
 * forbids it, the bytes go through a pipe, which no sandbox can forbid without forbidding I/O.
 */
#include "ring/host/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COPY_PIPE_BYTES = 4096 }; /* an empty pipe always takes as much without blocking */

static _Atomic bool copy_use_pipe;

/* write() and read() of this many bytes cannot be short on such a pipe, but for a bad address. */
static int copy_chunk(const int pipe_ends[2], void *to, const void *from, size_t bytes)
{
    ssize_t moved;

    do {
        moved = write(pipe_ends[1], from, bytes);
    } while (moved < 0 && errno == EINTR);
    if (moved < 0)
        return -errno;
    if ((size_t)moved != bytes)
        return -EFAULT;
    do {
        moved = read(pipe_ends[0], to, bytes);
    } while (moved < 0 && errno == EINTR);
    if (moved < 0)
        return -errno;
    return (size_t)moved == bytes ? 0 : -EFAULT;
}

static int copy_by_pipe(void *to, const void *from, size_t bytes)
{
    int pipe_ends[2];
    int error = 0;

    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return -errno;
    for (size_t done = 0; done < bytes && error == 0; done += COPY_PIPE_BYTES) {
        size_t left = bytes - done;

        error = copy_chunk(pipe_ends, (char *)to + done, (const char *)from + done,
                           left < COPY_PIPE_BYTES ? left : COPY_PIPE_BYTES);
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return error;
}

/* True when the call is not to be had here, rather than failing for this address. */
static bool copy_denied(int error)
{
    return error == EPERM || error == ENOSYS || error == EACCES || error == ESRCH;
}

static int copy_checked(void *ours, void *theirs, size_t bytes, bool to_them)
{
    struct iovec local = {.iov_base = ours, .iov_len = bytes};
    struct iovec remote = {.iov_base = theirs, .iov_len = bytes};
    ssize_t moved;

    if (bytes == 0)
        return 0;
    /* relaxed: only a hint that saves a call which fails anyway. */
    if (!atomic_load_explicit(&copy_use_pipe, memory_order_relaxed)) {
        moved = to_them ? process_vm_writev(getpid(), &local, 1, &remote, 1, 0)
                        : process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
        if (moved == (ssize_t)bytes)
            return 0;
        if (moved >= 0 || !copy_denied(errno))
            return -EFAULT; /* a partial copy means that the rest is not there */
        atomic_store_explicit(&copy_use_pipe, true, memory_order_relaxed);
    }
    return to_them ? copy_by_pipe(theirs, ours, bytes) : copy_by_pipe(ours, theirs, bytes);
}

int host_copy_from(void *to, const void *untrusted, size_t bytes)
{
    return copy_checked(to, (void *)(uintptr_t)untrusted, bytes, false);
}

int host_copy_to(void *untrusted, const void *from, size_t bytes)
{
    return copy_checked((void *)(uintptr_t)from, untrusted, bytes, true);
}
