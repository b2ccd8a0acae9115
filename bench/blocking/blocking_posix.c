/* SPDX-License-Identifier: MIT */
/* blocking_winsock.c on POSIX calls, statement by statement: the yardstick. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"

enum { BUFFER_BYTES = 65536, STACK_BYTES = 131072 };

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char data[BUFFER_BYTES];
    ssize_t bytes;

    while ((bytes = recv(fd, data, sizeof data, 0)) > 0)
        if (send(fd, data, (size_t)bytes, MSG_NOSIGNAL) != bytes)
            break;
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    static const char doc[] = "Echo server on blocking POSIX calls, one thread per connection.";
    struct listen_options options = {0};
    pthread_attr_t attributes;
    int listener;

    listen_parse(&options, doc, argc, argv);
    listen_raise_limits();
    listener = listen_open(options.port, 0);
    if (listener < 0)
        return 1;
    listen_announce(listener);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;

        if (fd < 0)
            continue;
        listen_tune(fd);
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
    }
}
