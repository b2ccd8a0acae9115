/* SPDX-License-Identifier: MIT
 *
 * Connects by blocking connect(2): N threads with one connect each in flight. The threads live as
 * long as the program and wait for the next round. */
#include "driven.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_BYTES = 131072 };

static struct sockaddr_in target = {.sin_family = AF_INET};
static struct driven_round own[DRIVEN_MAX]; /* each thread's part of the round */
static pthread_barrier_t gate;
static int thread_count;

static void dial_once(struct driven_round *round)
{
    static const struct linger reset = {.l_onoff = 1};
    uint64_t start_ns = driven_now_ns();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0)
        driven_fail("socket", errno);
    round->errors += connect(fd, (struct sockaddr *)&target, sizeof target) != 0;
    close(fd);
    driven_done(round, start_ns);
}

static void *dial_main(void *argument)
{
    struct driven_round *round = argument;

    for (;;) {
        pthread_barrier_wait(&gate); /* a round begins */
        while (driven_now_ns() < round->end_ns)
            dial_once(round);
        pthread_barrier_wait(&gate); /* and ends */
    }
    return NULL;
}

static void dial_run(struct driven_round *round)
{
    for (int i = 0; i < thread_count; i++)
        own[i] = *round;
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    for (int i = 0; i < thread_count; i++) {
        round->done += own[i].done;
        round->done_total += own[i].done_total;
        round->errors += own[i].errors;
        hist_merge(&round->latency_ns, &own[i].latency_ns);
    }
}

static bool dial_open(const struct driven_options *options)
{
    pthread_attr_t attributes;

    thread_count = options->count;
    target.sin_port = htons((uint16_t)options->port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pthread_barrier_init(&gate, NULL, (unsigned)thread_count + 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (int i = 0; i < thread_count; i++) {
        pthread_t thread;

        errno = pthread_create(&thread, &attributes, dial_main, &own[i]);
        if (errno != 0)
            driven_fail("pthread_create", errno);
    }
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, dial_open, dial_run);
}
