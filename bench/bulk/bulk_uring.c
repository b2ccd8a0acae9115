/* SPDX-License-Identifier: MIT
 *
 * A bulk transfer by hand on liburing: N buffers, one request with the kernel at a time, because
 * two sends on one socket may interleave their bytes, and two receives end in any order. */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulk.h"
#include "dial.h"
#include "driven.h"

static struct io_uring ring;
static char *buffers;
static unsigned buffer_count;
static int peer_port;
static char direction;
static bool receives;

static void submit(int fd, unsigned index)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    char *buffer = buffers + (size_t)index * BULK_BYTES;

    if (receives)
        io_uring_prep_recv(sqe, fd, buffer, BULK_BYTES, MSG_WAITALL);
    else
        io_uring_prep_send(sqe, fd, buffer, BULK_BYTES, MSG_NOSIGNAL | MSG_WAITALL);
}

static void bulk_run(struct driven_round *round)
{
    int fd = dial_peer(peer_port, direction);
    uint64_t now_ns = driven_now_ns();
    unsigned index = 0;

    while (now_ns < round->end_ns) {
        struct io_uring_cqe *cqe;

        submit(fd, index);
        index = (index + 1) % buffer_count;
        if (io_uring_submit_and_wait(&ring, 1) < 0 || io_uring_peek_cqe(&ring, &cqe) != 0)
            driven_fail("io_uring", errno);
        if (cqe->res != BULK_BYTES)
            driven_fail("transfer", -cqe->res);
        io_uring_cqe_seen(&ring, cqe);
        now_ns = driven_done(round, now_ns);
    }
    dial_end(fd, direction);
}

static bool bulk_open(const struct driven_options *options)
{
    int error;

    peer_port = options->port;
    buffer_count = (unsigned)options->count;
    direction = bulk_direction(options->way);
    receives = direction == BULK_PEER_WRITES;
    buffers = calloc(buffer_count, BULK_BYTES);
    error = io_uring_queue_init(64, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error == -EINVAL) /* before Linux 6.1 */
        error = io_uring_queue_init(64, &ring, 0);
    if (error != 0 || buffers == NULL)
        driven_fail("io_uring", -error);
    memset(buffers, 'b', (size_t)buffer_count * BULK_BYTES);
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, bulk_open, bulk_run);
}
