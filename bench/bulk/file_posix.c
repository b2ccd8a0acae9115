/* SPDX-License-Identifier: MIT
 *
 * The file --way sent again and again by sendfile(2); a short one behind a header, which goes with
 * MSG_MORE. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulk.h"
#include "dial.h"
#include "driven.h"

static char head[FILE_HEAD_BYTES];
static int file_fd;
static size_t file_bytes;
static size_t head_bytes;
static int peer_port;

static void send_once(int fd)
{
    off_t offset = 0;

    if (head_bytes != 0 &&
        send(fd, head, head_bytes, MSG_NOSIGNAL | MSG_MORE) != (ssize_t)head_bytes)
        driven_fail("send", errno);
    while ((size_t)offset < file_bytes) {
        if (sendfile(fd, file_fd, &offset, file_bytes - (size_t)offset) <= 0)
            driven_fail("sendfile", errno);
    }
}

static void file_run(struct driven_round *round)
{
    int fd = dial_peer(peer_port, BULK_PEER_READS);
    uint64_t now_ns = driven_now_ns();

    while (now_ns < round->end_ns) {
        send_once(fd);
        now_ns = driven_done(round, now_ns);
    }
    dial_end(fd, BULK_PEER_READS);
}

static bool file_open(const struct driven_options *options)
{
    struct stat about;

    peer_port = options->port;
    file_fd = open(options->way, O_RDONLY | O_CLOEXEC);
    if (file_fd < 0 || fstat(file_fd, &about) != 0)
        driven_fail(options->way, errno);
    file_bytes = (size_t)about.st_size;
    head_bytes = file_bytes <= FILE_SMALL_BYTES ? FILE_HEAD_BYTES : 0;
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, file_open, file_run);
}
