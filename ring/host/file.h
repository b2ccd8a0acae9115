/* SPDX-License-Identifier: MIT */
/*
 * Regular files: opening, positions, reading and writing, and what sends a file's bytes without a
 * copy. Every function returns 0 (or a count, a descriptor) or a negative errno; EINTR is retried
 * here, SIGPIPE is suppressed here.
 */
#ifndef RING_HOST_FILE_H
#define RING_HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum host_file_flag {
    HOST_FILE_READ = 1,
    HOST_FILE_WRITE = 2,
    HOST_FILE_APPEND = 4,    /* with WRITE: always at the end */
    HOST_FILE_MAKE = 8,      /* if it is not there */
    HOST_FILE_ONLY_NEW = 16, /* with MAKE: -EEXIST if it is there */
    HOST_FILE_EMPTY = 32,    /* its content goes, if it is there */
    HOST_FILE_THROUGH = 64,  /* writes return when the disk has the data */
    HOST_FILE_SEQUENTIAL = 128,
    HOST_FILE_RANDOM = 256
};

/* The descriptor, CLOEXEC; *made: it was not there before. -EISDIR: a directory. -ENOTSUP: neither
 * that nor a regular file. Never waits for a partner, as a pipe would. */
int host_file_open(const char *path, unsigned flags, bool *made);
/* Is there a directory that would hold this path's last component? */
bool host_file_has_parent(const char *path);

int64_t host_file_bytes(int fd);
enum host_file_origin { HOST_FILE_BEGIN, HOST_FILE_CURRENT, HOST_FILE_END };
int64_t host_file_seek(int fd, int64_t distance, enum host_file_origin origin);
int host_file_truncate(int fd, int64_t bytes);

#define HOST_FILE_POSITION ((int64_t)-1) /* the descriptor's own, which moves along */
/* Less than `bytes` only at the end of the file, or of the disk. They wait for the disk. */
int64_t host_file_read(int fd, void *data, uint64_t bytes, int64_t offset);
int64_t host_file_write(int fd, const void *data, uint64_t bytes, int64_t offset);

/* Reads what the page cache has. -EAGAIN: nothing, a read would wait for the disk. */
int64_t host_file_read_now(int fd, void *data, uint64_t bytes, int64_t offset);
/* Whether sending this part of the file will not wait for the disk. False also when the kernel or
 * the file system cannot tell. */
bool host_file_cached(int fd, int64_t offset, uint64_t bytes);
/* Sends part of a file: how many bytes the socket took; 0: the file ends here. -EAGAIN: must wait
 * for the socket. */
int64_t host_file_send(int socket, int fd, int64_t offset, uint64_t bytes);

#endif
