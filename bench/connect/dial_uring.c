/* SPDX-License-Identifier: MIT
 *
 * The yardstick: connects by hand on liburing, one thread and one ring, N CONNECT requests in
 * flight, one submit-and-wait a turn. With --way bind each socket is bound first, as ConnectEx
 * demands it, so that the kernel does exactly the same for both. */
#include "driven.h"

#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct dial {
    uint64_t start_ns;
    int fd;
};

static struct io_uring ring;
static struct dial dials[DRIVEN_MAX];
static struct sockaddr_in target = {.sin_family = AF_INET};
static int dial_count;
static bool dial_binds;

static void dial_start(struct dial *dial, uint64_t now_ns)
{
    static const struct linger reset = {.l_onoff = 1};
    static const struct sockaddr_in any = {.sin_family = AF_INET};
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

    dial->start_ns = now_ns;
    dial->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (dial->fd < 0 || setsockopt(dial->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0 ||
        (dial_binds && bind(dial->fd, (const struct sockaddr *)&any, sizeof any) != 0))
        driven_fail("socket", errno);
    io_uring_prep_connect(sqe, dial->fd, (struct sockaddr *)&target, sizeof target);
    io_uring_sqe_set_data(sqe, dial);
}

static void dial_run(struct driven_round *round)
{
    int flying = dial_count;

    for (int i = 0; i < dial_count; i++)
        dial_start(&dials[i], driven_now_ns());
    while (flying > 0) {
        struct io_uring_cqe *cqe;
        unsigned head;
        unsigned seen = 0;

        io_uring_submit_and_wait(&ring, 1);
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            struct dial *dial = io_uring_cqe_get_data(cqe);
            uint64_t now_ns;

            seen++;
            round->errors += cqe->res != 0;
            close(dial->fd);
            now_ns = driven_done(round, dial->start_ns);
            if (now_ns < round->end_ns)
                dial_start(dial, now_ns);
            else
                flying--;
        }
        io_uring_cq_advance(&ring, seen);
    }
}

static bool dial_open(const struct driven_options *options)
{
    int error;

    dial_count = options->count;
    dial_binds = options->way != NULL && strcmp(options->way, "bind") == 0;
    target.sin_port = htons((uint16_t)options->port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    error = io_uring_queue_init(DRIVEN_MAX, &ring,
                                IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error == -EINVAL) /* before Linux 6.1 */
        error = io_uring_queue_init(DRIVEN_MAX, &ring, 0);
    if (error != 0)
        driven_fail("io_uring", -error);
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, dial_open, dial_run);
}
