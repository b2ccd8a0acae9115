/* SPDX-License-Identifier: MIT */
/*
 * Ping-pong through a wait for any of N events: one thread sets one of them, another, which waits
 * for all N, answers by setting one more event, for which the first waits. Both are meant to share
 * a CPU (wait_any.py pins them), so that a round trip is all work and no waking of a distant CPU.
 */
#include "bench/micro/wait_any.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "driven.h"

static const struct wait_any_way *const ways[] = {&wait_any_winsock, &wait_any_waitable,
                                                  &wait_any_lists, &wait_any_condvar};

static const struct wait_any_way *way;
static int event_count; /* the answer is the event behind them */
static int answered;    /* index; written before the answer is given */

static void *partner_main(void *unused)
{
    (void)unused;
    for (;;) {
        answered = way->wait(0, event_count);
        way->set(event_count);
    }
    return NULL;
}

static bool wait_any_open(const struct driven_options *options)
{
    pthread_t thread;
    int error;

    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && way == NULL; i++) {
        if (options->way != NULL && strcmp(options->way, ways[i]->name) == 0)
            way = ways[i];
    }
    if (way == NULL || options->count > WAIT_ANY_MAX)
        driven_fail("--way winsock, waitable, lists or condvar; at most 64 --connections", 0);
    event_count = options->count;
    way->open(event_count + 1);
    error = pthread_create(&thread, NULL, partner_main, NULL);
    if (error != 0)
        driven_fail("pthread_create", error);
    return true;
}

static void wait_any_run(struct driven_round *round)
{
    uint64_t now_ns = driven_now_ns();
    int index = 0;

    while (now_ns < round->end_ns) {
        index = (index + 37) % event_count; /* all over the place */
        way->set(index);
        way->wait(event_count, 1);
        round->errors += answered != index;
        now_ns = driven_done(round, now_ns);
    }
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, wait_any_open, wait_any_run);
}
