/* SPDX-License-Identifier: MIT
 *
 * See listen.h. */
#include "listen.h"

#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_number(struct argp_state *state, const char *text, long low, long high)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < low || value > high)
        argp_error(state, "'%s' is not a number from %ld to %ld", text, low, high);
    return (int)value;
}

static error_t listen_option(int key, char *text, struct argp_state *state)
{
    struct listen_options *options = state->input;

    switch (key) {
    case 'p':
        options->port = listen_number(state, text, 0, 65535);
        return 0;
    case 'w':
        options->workers = listen_number(state, text, 1, LISTEN_WORKERS_MAX);
        return 0;
    case 'r':
        options->root = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void listen_parse(struct listen_options *options, const char *doc, int argc, char **argv)
{
    static const struct argp_option rows[] = {
        {"root", 'r', "FOLDER", 0, "Files to serve (default: the current folder)", 0},
        {"port", 'p', "N", 0, "Port on 127.0.0.1; 0 lets the kernel choose (default 0)", 0},
        {"workers", 'w', "W", 0, "Threads (default 1)", 0},
        {0},
    };
    const struct argp argp = {
        .options = rows + (options->root == NULL), .parser = listen_option, .doc = doc};

    options->port = 0;
    options->workers = 1;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

void listen_raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* the old limit then decides, at accept */
    }
}

int listen_open(int port, int socket_flags)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | socket_flags, 0);

    if (fd < 0) {
        fprintf(stderr, "cannot create a socket: %s\n", strerror(errno));
        return -1;
    }
    /* Only lets a restart pass over connections in TIME_WAIT; a port in use stays refused. */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0) {
        fprintf(stderr, "cannot listen on port %d: %s\n", port, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

void listen_announce(int listener)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;

    (void)getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on %u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
}

void listen_tune(int connection)
{
    int one = 1;

    (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
