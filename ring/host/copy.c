/* SPDX-License-Identifier: MIT */
/*
 * Copies between us and memory that a caller named and may have named wrongly. The kernel copies,
 * so a bad address is -EFAULT. process_vm_readv() on ourselves costs one call; where a sandbox
 * forbids it, the bytes go through a pipe, which no sandbox can forbid without forbidding I/O. What
 * lies on the caller's own stack, or among the program's variables, is there and needs no kernel:
 * that is where most such memory is.
 * About other small pieces the kernel is asked by the cheapest calls that touch a caller's memory,
 * rt_sigprocmask() to read and getcpu() to write, once a page (a fifth of process_vm_readv()).
 */
#include "ring/host/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    COPY_PIPE_BYTES = 4096, /* an empty pipe always takes as much without blocking */
    COPY_PAGE_BYTES = 4096, /* no page is smaller */
    COPY_MASK_BYTES = 8,    /* what rt_sigprocmask() reads */
    COPY_CPU_BYTES = 4,     /* what getcpu() writes */
    COPY_SMALL_BYTES = 512
};

static _Atomic bool copy_use_pipe;

/* Of the calling thread's stack; both 1 when they cannot be found out. */
static _Thread_local uintptr_t copy_stack_low, copy_stack_end;

static void copy_find_stack(void)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t bytes = 0;

    copy_stack_low = copy_stack_end = 1;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &low, &bytes) == 0) {
        copy_stack_low = (uintptr_t)low;
        copy_stack_end = (uintptr_t)low + bytes;
    }
    pthread_attr_destroy(&attributes);
}

/* Between our own frame and the end of the stack; a thread may run on a stack of its own making,
 * of which we know nothing. */
static bool copy_on_stack(const void *memory, size_t bytes)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    uintptr_t from = (uintptr_t)memory;

    if (copy_stack_end == 0)
        copy_find_stack();
    return frame >= copy_stack_low && frame < from && from < copy_stack_end &&
           bytes <= copy_stack_end - from;
}

/* The variables of the program itself: there from its start to its end, and writable; and its
 * constants, which can be read. */
static uintptr_t copy_static_low, copy_static_end;
static uintptr_t copy_constant_low, copy_constant_end;

static int copy_find_static(struct dl_phdr_info *object, size_t bytes, void *argument)
{
    uintptr_t constant_end = 0; /* of what was writable only until it was relocated */

    (void)bytes;
    (void)argument;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];

        if (part->p_type == PT_GNU_RELRO)
            constant_end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
    }
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];

        uintptr_t low = object->dlpi_addr + part->p_vaddr;

        if (part->p_type != PT_LOAD)
            continue;
        if (part->p_flags & PF_W) {
            copy_static_low = low;
            copy_static_end = low + part->p_memsz;
        } else if (part->p_flags == PF_R) { /* of several the last: the first are headers */
            copy_constant_low = low;
            copy_constant_end = low + part->p_memsz;
        }
    }
    if (constant_end > copy_static_low)
        copy_static_low = constant_end;
    return 1; /* the first is the program; that is all */
}

__attribute__((constructor)) static void copy_load(void)
{
    (void)dl_iterate_phdr(copy_find_static, NULL);
}

static bool copy_is_static(const void *memory, size_t bytes)
{
    uintptr_t from = (uintptr_t)memory;

    return from >= copy_static_low && from < copy_static_end && bytes <= copy_static_end - from;
}

static bool copy_is_constant(const void *memory, size_t bytes)
{
    uintptr_t from = (uintptr_t)memory;

    return from >= copy_constant_low && from < copy_constant_end &&
           bytes <= copy_constant_end - from;
}

/* Looks at the aligned 8 bytes around the address, which are all of one page. The mask is read
 * first; then there is no such way to change it. */
static bool copy_probe_read(uintptr_t at)
{
    at &= ~(uintptr_t)(COPY_MASK_BYTES - 1);
    return syscall(SYS_rt_sigprocmask, -1, at, NULL, COPY_MASK_BYTES) != 0 && errno == EINVAL;
}

/* Leaves garbage in the 4 bytes there. */
static bool copy_probe_write(uintptr_t at)
{
    return syscall(SYS_getcpu, at, NULL, NULL) == 0;
}

/* Whether all of it can be read, or written: its end first, then one place in each page before.
 * False may also mean that such a look cannot tell. */
static bool copy_reachable(const void *memory, size_t bytes, bool write)
{
    bool (*probe)(uintptr_t at) = write ? copy_probe_write : copy_probe_read;
    uintptr_t at = (uintptr_t)memory;
    int saved = errno;
    uintptr_t last;
    bool reachable;

    /* To these calls NULL means that nobody asks. */
    if ((write && bytes < COPY_CPU_BYTES) || at < COPY_PAGE_BYTES || at > UINTPTR_MAX - bytes)
        return false;
    last = at + bytes - (write ? COPY_CPU_BYTES : 1);
    reachable = probe(last);
    for (; reachable && at / COPY_PAGE_BYTES < last / COPY_PAGE_BYTES; at += COPY_PAGE_BYTES)
        reachable = probe(at);
    errno = saved;
    return reachable;
}

/* Byte by byte: what a caller names may be smaller than what is asked for (the end of a text is not
 * known), which is no business of a sanitizer's while it can be reached. */
__attribute__((no_sanitize("address", "thread"))) static void copy_bytes(volatile char *to,
                                                                         const volatile char *from,
                                                                         size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = from[i];
}

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

        error = copy_chunk(pipe_ends, host_untrusted_at(to, done), host_untrusted_at(from, done),
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
    if (bytes <= COPY_SMALL_BYTES &&
        (copy_on_stack(theirs, bytes) || copy_is_static(theirs, bytes) ||
         (!to_them && copy_is_constant(theirs, bytes)) || copy_reachable(theirs, bytes, to_them))) {
        copy_bytes(to_them ? theirs : ours, to_them ? ours : theirs, bytes);
        return 0;
    }
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
