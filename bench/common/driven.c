/* SPDX-License-Identifier: MIT
 *
 * See driven.h. */
#include "driven.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DRIVEN_IDLE_SECONDS = 600 }; /* how long --control waits for the next command */

static struct driven_round driven_round; /* too large for a stack */

uint64_t driven_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t driven_done(struct driven_round *round, uint64_t start_ns)
{
    uint64_t now_ns = driven_now_ns();

    round->done_total++;
    if (now_ns >= round->measure_ns && now_ns < round->end_ns) {
        round->done++;
        hist_add(&round->latency_ns, now_ns - start_ns);
    }
    return now_ns;
}

void driven_fail(const char *what, int error)
{
    fprintf(stderr, "%s: error %d\n", what, error);
    exit(1);
}

static void driven_print(const struct driven_options *options, double seconds)
{
    const struct driven_round *round = &driven_round;

    printf("{\"connections\": %d, \"held\": %d, \"seconds\": %.3f, \"messages\": %llu, "
           "\"messages_total\": %llu, \"messages_per_second\": %.1f, \"p50_us\": %.2f, "
           "\"p99_us\": %.2f, \"p999_us\": %.2f, \"max_us\": %.2f, \"errors\": %llu}\n",
           options->count, options->count, seconds, (unsigned long long)round->done,
           (unsigned long long)round->done_total, (double)round->done / seconds,
           (double)hist_quantile(&round->latency_ns, 0.5) / 1e3,
           (double)hist_quantile(&round->latency_ns, 0.99) / 1e3,
           (double)hist_quantile(&round->latency_ns, 0.999) / 1e3,
           (double)round->latency_ns.max / 1e3, (unsigned long long)round->errors);
    fflush(stdout);
}

static void driven_run(const struct driven_options *options, double seconds, double warmup,
                       void (*run)(struct driven_round *round))
{
    struct driven_round *round = &driven_round;

    memset(round, 0, sizeof *round);
    round->measure_ns = driven_now_ns() + (uint64_t)(warmup * 1e9);
    round->end_ns = round->measure_ns + (uint64_t)(seconds * 1e9);
    run(round);
    driven_print(options, seconds);
}

/* Answers commands until end of input or a long silence. */
static void driven_control(const struct driven_options *options,
                           void (*run)(struct driven_round *round))
{
    char line[128];
    double seconds;
    double warmup;

    printf("{\"ready\": true, \"open\": %d}\n", options->count);
    fflush(stdout);
    for (;;) {
        alarm(DRIVEN_IDLE_SECONDS); /* a driver that died without closing the pipe */
        if (fgets(line, sizeof line, stdin) == NULL)
            return;
        alarm(0);
        if (sscanf(line, "run %lf %lf", &seconds, &warmup) != 2 || seconds < 0.01 || warmup < 0) {
            fprintf(stderr, "expected: run SECONDS WARMUP\n");
            exit(1);
        }
        driven_run(options, seconds, warmup, run);
    }
}

static int driven_number(const char *text, int low, int high)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < low || value > high) {
        fprintf(stderr, "'%s' is not a number from %d to %d\n", text, low, high);
        exit(2);
    }
    return (int)value;
}

/* True: --control. */
static bool driven_parse(struct driven_options *options, int argc, char **argv)
{
    bool control = false;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--control") == 0) {
            control = true;
            continue;
        }
        if (strcmp(argv[i], "--connections") == 0) {
            options->count = driven_number(value, 1, DRIVEN_MAX);
        } else if (strcmp(argv[i], "--port") == 0) {
            options->port = driven_number(value, 1, 65535);
        } else if (strcmp(argv[i], "--way") == 0) {
            options->way = value;
        } else {
            fprintf(stderr, "usage: %s [--control] [--connections N] [--port N] [--way WORD]\n",
                    argv[0]);
            exit(2);
        }
        i++;
    }
    return control;
}

int driven_main(int argc, char **argv, bool (*start)(const struct driven_options *options),
                void (*run)(struct driven_round *round))
{
    struct driven_options options = {.count = 64};
    bool control = driven_parse(&options, argc, argv);

    if (!start(&options))
        return 1;
    if (control)
        driven_control(&options, run);
    else
        driven_run(&options, 2, 0.25, run);
    return 0;
}
