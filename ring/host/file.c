/* SPDX-License-Identifier: MIT */
/* The system calls behind file.h. No state and no lock. */
#include "ring/host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "ring/host/sys.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451 /* Linux 6.5, the same number everywhere */
#endif

enum {
    FILE_IO_MAX =
        0x40000000, /* bytes of one call; the kernel takes a little less than twice that */
    FILE_OPEN_TRIES = 8,
    FILE_SAMPLE_BYTES = 65536 /* between two looks into the page cache */
};

/* ---- Opening ---- */

/* Refuses what is no regular file; takes the descriptor. */
static int file_regular(int fd)
{
    struct stat about;
    int error = 0;

    if (fstat(fd, &about) != 0)
        error = -errno;
    else if (S_ISDIR(about.st_mode))
        error = -EISDIR;
    else if (!S_ISREG(about.st_mode))
        error = -ENOTSUP;
    if (error != 0)
        close(fd);
    return error == 0 ? fd : error;
}

static int file_open_once(const char *path, int flags)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    while (fd < 0 && errno == EINTR);
    fd = fd < 0 ? -errno : file_regular(fd);
    /* O_NONBLOCK was for the open of a pipe. With it, io_uring would answer reads of file systems
     * that know no RWF_NOWAIT with -EAGAIN for ever. */
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, flags & (O_APPEND | O_DSYNC));
    return fd;
}

/* Not by O_TRUNC: what is no regular file has been refused by now. */
static int file_empty(int fd, const char *path, unsigned flags)
{
    if (flags & HOST_FILE_WRITE)
        return host_file_truncate(fd, 0);
    return truncate(path, 0) == 0 ? 0 : -errno;
}

int host_file_open(const char *path, unsigned flags, bool *made)
{
    const unsigned both = HOST_FILE_READ | HOST_FILE_WRITE;
    int mode = (flags & both) == both ? O_RDWR : flags & HOST_FILE_WRITE ? O_WRONLY : O_RDONLY;
    int fd = -ENOENT;
    int error;

    mode |= flags & HOST_FILE_APPEND ? O_APPEND : 0;
    mode |= flags & HOST_FILE_THROUGH ? O_DSYNC : 0;
    *made = false;
    /* Two questions, so that the caller learns which was answered; and again when somebody else
     * made or removed the file in between. A link to nowhere gives both answers for ever. */
    for (int tries = 0; tries < FILE_OPEN_TRIES; tries++) {
        if (!(flags & HOST_FILE_ONLY_NEW))
            fd = file_open_once(path, mode);
        if (fd != -ENOENT || !(flags & HOST_FILE_MAKE))
            break;
        fd = file_open_once(path, mode | O_CREAT | O_EXCL);
        *made = fd >= 0;
        if (fd != -EEXIST || (flags & HOST_FILE_ONLY_NEW))
            break;
        fd = -ENOENT;
    }
    if (fd < 0)
        return fd;
    error = (flags & HOST_FILE_EMPTY) && !*made ? file_empty(fd, path, flags) : 0;
    if (error != 0) {
        close(fd);
        return error;
    }
    if (flags & (HOST_FILE_SEQUENTIAL | HOST_FILE_RANDOM)) /* only a hint */
        (void)posix_fadvise(fd, 0, 0,
                            flags & HOST_FILE_RANDOM ? POSIX_FADV_RANDOM : POSIX_FADV_SEQUENTIAL);
    return fd;
}

bool host_file_has_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat about;
    char *parent;
    bool there;

    if (slash == NULL || slash == path)
        return path[0] != '\0';
    parent = strndup(path, (size_t)(slash - path));
    there = parent != NULL && stat(parent, &about) == 0 && S_ISDIR(about.st_mode);
    free(parent);
    return there;
}

/* ---- Size and position ---- */

int64_t host_file_bytes(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 ? about.st_size : -errno;
}

int64_t host_file_seek(int fd, int64_t distance, enum host_file_origin origin)
{
    static const int origins[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    off_t at = lseek(fd, distance, origins[origin]);

    return at < 0 ? -errno : at;
}

int host_file_truncate(int fd, int64_t bytes)
{
    int result;

    do
        result = ftruncate(fd, bytes);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

/* ---- Reading and writing ---- */

static int64_t file_move(int fd, void *data, uint64_t bytes, int64_t offset, bool write_it)
{
    ssize_t moved;

    bytes = bytes < FILE_IO_MAX ? bytes : FILE_IO_MAX;
    do {
        if (offset == HOST_FILE_POSITION)
            moved = write_it ? write(fd, data, bytes) : read(fd, data, bytes);
        else
            moved = write_it ? pwrite(fd, data, bytes, offset) : pread(fd, data, bytes, offset);
    } while (moved < 0 && errno == EINTR);
    return moved < 0 ? -errno : moved;
}

static int64_t file_move_all(int fd, void *data, uint64_t bytes, int64_t offset, bool write_it)
{
    uint64_t done = 0;
    int64_t moved = 1;

    while (done < bytes && moved > 0) {
        moved = file_move(fd, host_untrusted_at(data, done), bytes - done,
                          offset == HOST_FILE_POSITION ? offset : offset + (int64_t)done, write_it);
        if (moved > 0)
            done += (uint64_t)moved;
    }
    return done > 0 ? (int64_t)done : moved < 0 ? moved : 0;
}

int64_t host_file_read(int fd, void *data, uint64_t bytes, int64_t offset)
{
    return file_move_all(fd, data, bytes, offset, false);
}

int64_t host_file_write(int fd, const void *data, uint64_t bytes, int64_t offset)
{
    return file_move_all(fd, (void *)(uintptr_t)data, bytes, offset, true);
}

/* ---- Sending ---- */

/* Does the page cache hold all of it, perhaps still being read in? Negative: the kernel does not
 * say. Some do so only to who might write to the file. */
static int file_has_pages(int fd, int64_t offset, uint64_t bytes)
{
    const uint64_t page = host_page_bytes();
    struct {
        uint64_t offset, bytes;
    } range = {(uint64_t)offset, bytes};
    struct {
        uint64_t cached, dirty, written, evicted, recently_evicted;
    } pages = {0};
    uint64_t first = (uint64_t)offset / page;
    uint64_t last = ((uint64_t)offset + bytes - 1) / page;

    if (syscall(SYS_cachestat, fd, &range, &pages, 0) != 0)
        return -errno;
    return pages.cached >= last - first + 1;
}

int64_t host_file_read_now(int fd, void *data, uint64_t bytes, int64_t offset)
{
    struct iovec iov = {data, bytes};
    ssize_t got;

    do
        got = preadv2(fd, &iov, 1, offset, RWF_NOWAIT);
    while (got < 0 && errno == EINTR);
    if (got >= 0)
        return got;
    if (errno != EOPNOTSUPP)
        return -errno;
    /* Some file systems know no such question; most of them have no disk to wait for. A kernel
     * before 6.5 does not say what is in the cache either: then the file is read as from a disk. */
    return file_has_pages(fd, offset, bytes) > 0 ? host_file_read(fd, data, bytes, offset)
                                                 : -EAGAIN;
}

/* One byte, as a sample of the pages around it: 0, or a negative errno. */
static int file_sample(int fd, int64_t offset)
{
    char byte;
    struct iovec iov = {&byte, 1};

    return preadv2(fd, &iov, 1, offset, RWF_NOWAIT) >= 0 ? 0 : -errno;
}

bool host_file_cached(int fd, int64_t offset, uint64_t bytes)
{
    int64_t last = offset + (int64_t)bytes - 1;
    int pages = file_has_pages(fd, offset, bytes);
    int sample;

    if (pages == 0)
        return false;
    /* Pages that are being read ahead count too; they arrive in order, so the last one tells. */
    sample = file_sample(fd, last);
    if (pages > 0)
        return sample == 0 || sample == -EOPNOTSUPP;
    /* Pages come and go together with their neighbours, as a rule: a few of them tell enough. At
     * worst a read of the disk is waited for. */
    for (int64_t at = offset; sample == 0 && at < last; at += FILE_SAMPLE_BYTES)
        sample = file_sample(fd, at);
    return sample == 0;
}

/* sendfile(2) knows no MSG_NOSIGNAL, so SIGPIPE is kept back meanwhile. It comes to the thread that
 * wrote, and is taken away again unless one had been waiting there before. */
int64_t host_file_send(int socket, int fd, int64_t offset, uint64_t bytes)
{
    const struct timespec at_once = {0, 0};
    sigset_t pipe_signal, before, waiting;
    bool had_one = false;
    off_t from = offset;
    ssize_t sent;
    int error;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    if (sigismember(&before, SIGPIPE) && sigpending(&waiting) == 0)
        had_one = sigismember(&waiting, SIGPIPE);
    do
        sent = sendfile(socket, fd, &from, bytes);
    while (sent < 0 && errno == EINTR);
    error = errno;
    if (sent < 0 && error == EPIPE && !had_one) {
        while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR)
            continue;
    }
    if (!sigismember(&before, SIGPIPE))
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sent < 0 ? -error : sent;
}
