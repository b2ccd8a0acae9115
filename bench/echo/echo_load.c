/* SPDX-License-Identifier: MIT
 *
 * Load client for echo servers on 127.0.0.1: N connections, one message in flight on each, every
 * echoed byte checked. Runs one round and prints its figures; or, with --control, connects once
 * and then runs a round for each line `run SECONDS WARMUP` on standard input, answering with one
 * line of JSON, so that a driver can interleave rounds against several servers.
 * Nothing here waits for ever: dialling, rounds, answers and the next command have time limits. */
#include "load.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    LOAD_SIZE_MAX = 16 * 1024 * 1024,
    LOAD_CONNECTIONS_MAX = 1000000,
    LOAD_IDLE_SECONDS = 600, /* how long --control waits for the next command */
    LOAD_SPARE_DESCRIPTORS = 32,
};

static double option_number(struct argp_state *state, const char *text, double low, double high)
{
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= low && value <= high))
        argp_error(state, "'%s' is not a number from %g to %.0f", text, low, high);
    return value;
}

static error_t option_parse(int key, char *text, struct argp_state *state)
{
    struct load_options *options = state->input;

    switch (key) {
    case 'p':
        options->port = (int)option_number(state, text, 1, 65535);
        return 0;
    case 'c':
        options->connections = (int)option_number(state, text, 1, LOAD_CONNECTIONS_MAX);
        return 0;
    case 's':
        options->size_bytes = (size_t)option_number(state, text, 1, LOAD_SIZE_MAX);
        return 0;
    case 't':
        options->seconds = option_number(state, text, 0.01, 3600);
        return 0;
    case 'u':
        options->warmup = option_number(state, text, 0, 3600);
        return 0;
    case 'n':
        options->threads = (int)option_number(state, text, 1, LOAD_THREADS_MAX);
        return 0;
    case 'o':
        options->connect_seconds = option_number(state, text, 0.1, 3600);
        return 0;
    case 'j':
        options->json = true;
        return 0;
    case 'k':
        options->control = true;
        return 0;
    case ARGP_KEY_END:
        if (options->port == 0)
            argp_error(state, "--port is required");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void options_read(struct load_options *options, int argc, char **argv)
{
    static const struct argp_option rows[] = {
        {"port", 'p', "N", 0, "Port of the server on 127.0.0.1", 0},
        {"connections", 'c', "N", 0, "Connections to hold (default 64)", 0},
        {"size", 's', "BYTES", 0, "Bytes in a message (default 64)", 0},
        {"seconds", 't', "S", 0, "Length of the measured part (default 2)", 0},
        {"warmup", 'u', "S", 0, "Load before it that does not count (default 0.25)", 0},
        {"threads", 'n', "N", 0, "Threads to drive the connections (default 1)", 0},
        {"connect-timeout", 'o', "S", 0, "Time limit for connecting (default 10 s + 1 ms each)", 0},
        {"json", 'j', NULL, 0, "Print the figures as one line of JSON", 0},
        {"control", 'k', NULL, 0, "Take `run SECONDS WARMUP` and `quit` from standard input", 0},
        {0},
    };
    static const struct argp argp = {
        .options = rows,
        .parser = option_parse,
        .doc = "Drives an echo server on 127.0.0.1 and prints throughput and latency.",
    };

    *options = (struct load_options){
        .connections = 64,
        .threads = 1,
        .size_bytes = 64,
        .seconds = 2,
        .warmup = 0.25,
    };
    argp_parse(&argp, argc, argv, 0, NULL, options);
    if (options->threads > options->connections)
        options->threads = options->connections;
    if (options->connect_seconds == 0)
        options->connect_seconds = 10 + options->connections * 0.001;
}

/* Raises the soft descriptor limit to the hard one. False: even that is too low. */
static bool limits_raise(const struct load_options *options)
{
    rlim_t needed =
        (rlim_t)options->connections + (rlim_t)options->threads + LOAD_SPARE_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true; /* unknown: let the sockets decide */
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max >= needed)
        return true;
    fprintf(stderr,
            "echo_load: %d connections need %llu descriptors, but the hard limit is %llu "
            "(see ulimit -Hn)\n",
            options->connections, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
    return false;
}

static bool worker_init(struct load *load, int index, int first, int count)
{
    struct load_worker *worker = &load->workers[index];

    worker->conns = load->conns + first;
    worker->conn_count = count;
    worker->pattern = load->pattern;
    worker->size_bytes = load->options.size_bytes;
    worker->buffer = malloc(LOAD_BUFFER_BYTES);
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count; i++) {
        worker->conns[i].fd = -1;
        /* Scatters the connections over the pattern; any odd constant would do. */
        worker->conns[i].step = (uint32_t)(first + i) * 2654435761u % LOAD_PATTERN_STEPS;
    }
    return worker->buffer != NULL && worker->epoll_fd >= 0;
}

static bool load_init(struct load *load)
{
    const struct load_options *options = &load->options;
    size_t pattern_bytes = LOAD_PATTERN_STEPS + options->size_bytes;
    uint32_t state = 2463534242u; /* xorshift32: the same bytes in every run */
    int first = 0;

    load->worker_count = options->threads;
    load->conns = calloc((size_t)options->connections, sizeof *load->conns);
    load->workers = calloc((size_t)options->threads, sizeof *load->workers);
    load->pattern = malloc(pattern_bytes);
    if (load->conns == NULL || load->workers == NULL || load->pattern == NULL)
        return false;
    for (size_t i = 0; i < pattern_bytes; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        load->pattern[i] = (char)(state >> 24);
    }
    for (int i = 0; i < options->threads; i++) {
        int count =
            options->connections / options->threads + (i < options->connections % options->threads);

        if (!worker_init(load, i, first, count))
            return false;
        first += count;
    }
    return true;
}

/* Microseconds: what a reader compares; the histogram keeps nanoseconds. */
static double result_us(const struct load_result *result, double fraction)
{
    return (double)hist_quantile(&result->latency_ns, fraction) / 1e3;
}

static void result_print_json(const struct load *load, const struct load_result *result)
{
    printf("{\"connections\": %d, \"held\": %d, \"size\": %zu, \"seconds\": %.3f, "
           "\"messages\": %llu, \"messages_total\": %llu, \"messages_per_second\": %.1f, "
           "\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"max_us\": %.2f, "
           "\"errors\": %llu, \"failures\": {\"connect\": %llu, \"closed\": %llu, "
           "\"mismatch\": %llu, \"silent\": %llu}}\n",
           load->options.connections, result->held, load->options.size_bytes, result->seconds,
           (unsigned long long)result->messages, (unsigned long long)result->messages_total,
           (double)result->messages / result->seconds, result_us(result, 0.5),
           result_us(result, 0.99), result_us(result, 0.999), (double)result->latency_ns.max / 1e3,
           (unsigned long long)result->errors,
           (unsigned long long)result->failures[LOAD_FAIL_CONNECT],
           (unsigned long long)result->failures[LOAD_FAIL_CLOSED],
           (unsigned long long)result->failures[LOAD_FAIL_MISMATCH],
           (unsigned long long)result->failures[LOAD_FAIL_SILENT]);
    fflush(stdout);
}

static void result_print_text(const struct load *load, const struct load_result *result)
{
    printf("%.0f messages/s of %zu bytes over %d connections, %.2f s\n",
           (double)result->messages / result->seconds, load->options.size_bytes,
           load->options.connections, result->seconds);
    printf("latency: p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us\n",
           result_us(result, 0.5), result_us(result, 0.99), result_us(result, 0.999),
           (double)result->latency_ns.max / 1e3);
    printf("held at the end: %d of %d; errors: %llu (connect %llu, closed %llu, mismatch %llu, "
           "silent %llu)\n",
           result->held, load->options.connections, (unsigned long long)result->errors,
           (unsigned long long)result->failures[LOAD_FAIL_CONNECT],
           (unsigned long long)result->failures[LOAD_FAIL_CLOSED],
           (unsigned long long)result->failures[LOAD_FAIL_MISMATCH],
           (unsigned long long)result->failures[LOAD_FAIL_SILENT]);
}

/* Answers commands until `quit`, end of input or a long silence. */
static void control_run(struct load *load, struct load_result *result)
{
    char line[128];

    for (;;) {
        double seconds;
        double warmup;

        alarm(LOAD_IDLE_SECONDS); /* a driver that died without closing the pipe: SIGALRM ends us */
        if (fgets(line, sizeof line, stdin) == NULL || strcmp(line, "quit\n") == 0)
            return;
        alarm(0);
        if (sscanf(line, "run %lf %lf", &seconds, &warmup) == 2 && seconds >= 0.01 &&
            seconds <= 3600 && warmup >= 0 && warmup <= 3600) {
            load_round(load, seconds, warmup, result);
            result_print_json(load, result);
        } else {
            printf("{\"error\": \"expected: run SECONDS WARMUP, or quit\"}\n");
            fflush(stdout);
        }
    }
}

int main(int argc, char **argv)
{
    static struct load load;
    static struct load_result result;
    uint64_t start_ns;
    int open;

    options_read(&load.options, argc, argv);
    if (!limits_raise(&load.options))
        return 1;
    if (!load_init(&load)) {
        fprintf(stderr, "echo_load: cannot start: %s\n", strerror(errno));
        return 1;
    }
    start_ns = load_now_ns();
    open = load_dial(&load);
    if (open == 0) {
        fprintf(stderr, "echo_load: no connection to 127.0.0.1 port %d\n", load.options.port);
        return 1;
    }
    if (load.options.control) {
        printf("{\"ready\": true, \"connections\": %d, \"open\": %d, \"connect_seconds\": %.3f}\n",
               load.options.connections, open, (double)(load_now_ns() - start_ns) / 1e9);
        fflush(stdout);
        control_run(&load, &result);
        return 0;
    }
    load_round(&load, load.options.seconds, load.options.warmup, &result);
    if (load.options.json)
        result_print_json(&load, &result);
    else
        result_print_text(&load, &result);
    return result.errors == 0 && result.held == load.options.connections ? 0 : 1;
}
