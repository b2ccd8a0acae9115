/* SPDX-License-Identifier: MIT
 *
 * The other side of a bulk transfer, the same for all: takes what comes, or sends for ever, as the
 * first byte of the connection says (bulk.h). One connection at a time, blocking calls. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulk.h"
#include "listen.h"

static char buffer[4 * BULK_BYTES];

static void take_all(int fd, int flags)
{
    ssize_t bytes;

    do
        bytes = recv(fd, buffer, sizeof buffer, flags);
    while (bytes > 0 || (bytes < 0 && errno == EAGAIN));
}

static void serve(int fd)
{
    char direction = 0;

    if (recv(fd, &direction, 1, 0) != 1)
        return;
    if (direction != BULK_PEER_WRITES) {
        take_all(fd, direction == BULK_PEER_SPINS ? MSG_DONTWAIT : 0);
        return;
    }
    while (send(fd, buffer, sizeof buffer, MSG_NOSIGNAL) > 0)
        continue;
}

int main(int argc, char **argv)
{
    struct listen_options options = {0};
    int listener;

    listen_parse(&options, "Takes or sends data until the connection ends.", argc, argv);
    listener = listen_open(options.port, 0);
    if (listener < 0)
        return 1;
    memset(buffer, 'b', sizeof buffer);
    listen_announce(listener);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return 1;
        if (fd >= 0) {
            serve(fd);
            close(fd);
        }
    }
}
