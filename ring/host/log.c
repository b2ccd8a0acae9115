/* SPDX-License-Identifier: MIT */
/* See log.h. The variables here are written by host_log_open() only, before there are threads. */
#include "ring/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int log_fd = -1;
static dev_t log_device; /* what log_fd was when it was opened */
static ino_t log_inode;

bool host_log_open(const char *variable)
{
    const char *where = secure_getenv(variable);
    struct stat file;

    if (where == NULL || where[0] == '\0' || strcmp(where, "0") == 0)
        return false;
    /* A copy of standard error, because programs that become daemons point 2 elsewhere. */
    if (strcmp(where, "1") == 0 || strcmp(where, "-") == 0)
        log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    else
        log_fd = open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (log_fd < 0 || fstat(log_fd, &file) != 0) {
        fprintf(stderr, "ws2ring: %s=%s: %s\n", variable, where, strerror(errno));
        return false;
    }
    log_device = file.st_dev;
    log_inode = file.st_ino;
    return true;
}

void host_log_line(const char *text, size_t bytes)
{
    int caller_errno = errno;
    struct stat file;

    if (fstat(log_fd, &file) == 0 && file.st_dev == log_device && file.st_ino == log_inode) {
        while (write(log_fd, text, bytes) < 0 && errno == EINTR)
            ;
    }
    errno = caller_errno;
}
