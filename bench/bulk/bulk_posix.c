/* SPDX-License-Identifier: MIT
 *
 * A bulk transfer by blocking send, or with --way recv by blocking recv, one buffer a call. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulk.h"
#include "dial.h"
#include "driven.h"

static char buffer[BULK_BYTES];
static int peer_port;
static char direction;
static bool receives;

static bool move_one(int fd)
{
    size_t done = 0;

    while (done < sizeof buffer) {
        ssize_t bytes = receives ? recv(fd, buffer + done, sizeof buffer - done, MSG_WAITALL)
                                 : send(fd, buffer + done, sizeof buffer - done, MSG_NOSIGNAL);

        if (bytes <= 0)
            return false;
        done += (size_t)bytes;
    }
    return true;
}

static void bulk_run(struct driven_round *round)
{
    int fd = dial_peer(peer_port, direction);
    uint64_t now_ns = driven_now_ns();

    while (now_ns < round->end_ns) {
        if (!move_one(fd))
            driven_fail("transfer", errno);
        now_ns = driven_done(round, now_ns);
    }
    dial_end(fd, direction);
}

static bool bulk_open(const struct driven_options *options)
{
    peer_port = options->port;
    direction = bulk_direction(options->way);
    receives = direction == BULK_PEER_WRITES;
    memset(buffer, 'b', sizeof buffer);
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, bulk_open, bulk_run);
}
