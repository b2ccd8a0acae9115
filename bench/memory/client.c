/* SPDX-License-Identifier: MIT */
/*
 * Holds the other ends in a process of its own, so that neither process runs out of descriptors. It
 * knows nothing of Winsock, which may not be started before a fork().
 */
#include "bench/memory/client.h"

#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct client_command {
    uint32_t count;
    uint16_t port;
};

static void client_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void client_dial(struct client_command command)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(command.port)};

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (uint32_t i = 0; i < command.count; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name) != 0) {
            perror("memory_idle: client");
            _exit(1);
        }
    }
}

static void client_run(int commands)
{
    struct client_command command;

    client_raise_limit();
    while (read(commands, &command, sizeof command) == (ssize_t)sizeof command)
        client_dial(command);
    _exit(0);
}

int client_start(void)
{
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0)
        return -1;
    child = fork();
    if (child < 0)
        return -1;
    if (child == 0) {
        close(ends[1]);
        client_run(ends[0]);
    }
    close(ends[0]);
    return ends[1];
}

int client_connect(int commands, uint16_t port, uint32_t count)
{
    struct client_command command = {.count = count, .port = port};

    return write(commands, &command, sizeof command) == (ssize_t)sizeof command ? 0 : -1;
}
