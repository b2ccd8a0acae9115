/* SPDX-License-Identifier: MIT */
/*
 * Random overlapped operations on many sockets, disturbed in every way the interface allows, and
 * counted. The seed chooses what the threads do; what they meet depends on the scheduler too.
 *
 * A run is a number of rounds. Every second one ends with WSACleanup in the middle of everything,
 * the others with the closing of every socket. After each, nothing may be left.
 */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ws2ring.h>

#include "check.h"
#include "figures.h"

enum {
    PAIRS = 24,
    WARM_ROUNDS = 4,
    WARM_OPERATIONS = 4000, /* a leak shows before the long rounds */
    ROUND_OPERATIONS = 50000,
    ROUNDS_MAX = 100,
    DRAIN_MS = 20000
};

struct stress stress;

static struct pair pairs[PAIRS];
static HANDLE ports[PORTS];
static struct {
    uint64_t operations, seed;
    uint32_t seconds_max;
    bool signals;
} options = {1000000, 0, 150, false};
static _Atomic bool finished;

/* ---- Watching ---- */

static void state_print(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    ws2_stats(&stats);
    printf("state: seed %llu, %llu accepted, %llu ended, %u pairs, %u visitors; "
           "library: %u sockets, %u operations\n",
           (unsigned long long)options.seed, (unsigned long long)stress.accepted,
           (unsigned long long)stress.ended, stress.pairs_alive, stress.visitors, stats.sockets,
           stats.operations);
    for (unsigned i = 0; i < PAIRS; i++)
        pair_print(&pairs[i]);
    fflush(stdout);
}

static DWORD WINAPI watchdog_main(LPVOID unused)
{
    uint64_t deadline_ms = now_ms() + options.seconds_max * 1000ull;

    (void)unused;
    while (!atomic_load(&finished)) {
        if (now_ms() > deadline_ms) {
            fprintf(stderr, "watchdog: not finished after %u seconds\n", options.seconds_max);
            state_print();
            abort();
        }
        Sleep(50);
    }
    return 0;
}

/* ---- A round ---- */

static bool startup(void)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        check_fail(CHECK_CALL, "WSAStartup failed with %d", error);
    return error == 0;
}

static bool round_begin(uint64_t number)
{
    atomic_store(&stress.stopping, false);
    atomic_store(&stress.cleaning, false);
    for (unsigned i = 0; i < PORTS; i++)
        ports[i] = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, i == 3 ? 1 : 0);
    for (unsigned i = 0; i < PAIRS; i++)
        if (!pair_init(&pairs[i], i, ports))
            return false;
    if (!crew_start(pairs, PAIRS, ports, options.seed + number * 7777777))
        return false;
    for (unsigned i = 0; i < PAIRS; i++) {
        atomic_fetch_add(&stress.pairs_alive, 1);
        pair_run(&pairs[i]);
    }
    return true;
}

/* Closes everything, again and again, until each pair has said that it is over. */
static bool drain(void)
{
    uint64_t deadline_ms = now_ms() + DRAIN_MS;

    while (atomic_load(&stress.visitors) != 0 || atomic_load(&stress.pairs_alive) != 0) {
        for (unsigned i = 0; i < PAIRS; i++) {
            end_close(&pairs[i].ends[0], random_one_in(2));
            end_close(&pairs[i].ends[1], random_one_in(2));
        }
        if (now_ms() > deadline_ms) {
            check_fail(CHECK_DRAIN, "operations are left %d ms after the last close", DRAIN_MS);
            state_print();
            return false;
        }
        SleepEx(1, TRUE);
    }
    return true;
}

/* WSACleanup while everybody is at work; nobody is told of what it ends. */
static bool clean_up(void)
{
    atomic_store(&stress.cleaning, true);
    if (WSACleanup() != 0)
        check_fail(CHECK_CALL, "WSACleanup failed with %d", WSAGetLastError());
    for (unsigned i = 0; i < PAIRS; i++)
        pair_each_task(&pairs[i], task_check_cleaned);
    atomic_store(&stress.stopping, true);
    do
        SleepEx(1, TRUE); /* routines that were queued before may run */
    while (atomic_load(&stress.visitors) != 0);
    tally_add(TALLY_DEED_RESTART, 1);
    return true;
}

static void round_end(bool cleaned)
{
    crew_stop(ports);
    for (unsigned i = 0; i < PAIRS; i++) {
        if (cleaned) {
            pair_each_task(&pairs[i], task_cleaned);
            pairs[i].ends[0].spare = pairs[i].ends[1].spare = INVALID_SOCKET;
        }
        pair_free(&pairs[i]);
    }
    for (unsigned i = 0; i < PORTS; i++)
        CloseHandle(ports[i]);
    atomic_store(&stress.pairs_alive, 0);
    if (stress.accepted != stress.ended)
        check_fail(CHECK_ONE_END, "%llu operations, %llu ends", (unsigned long long)stress.accepted,
                   (unsigned long long)stress.ended);
    if (WaitForSingleObject(stress.trap, 0) != WAIT_TIMEOUT)
        check_fail(CHECK_TRAP, "the event of an idle OVERLAPPED was signalled");
}

/* False: something is stuck, and the memory it may use must stay. */
static bool round_run(uint64_t number, uint64_t operations, uint64_t limit_ms)
{
    uint64_t first = atomic_load(&stress.accepted);
    bool cleans = number % 2 == 1;

    if (!round_begin(number))
        return false;
    while (atomic_load(&stress.accepted) - first < operations && now_ms() < limit_ms) {
        SleepEx(2, TRUE); /* the first operations of each pair are this thread's */
        if (startup() && WSACleanup() != 0) /* not the last one: changes nothing */
            check_fail(CHECK_CALL, "WSACleanup failed with %d", WSAGetLastError());
    }
    if (!cleans)
        atomic_store(&stress.stopping, true);
    if (!(cleans ? clean_up() : drain()))
        return false;
    round_end(cleans);
    return !cleans || startup();
}

/* ---- The run ---- */

static bool extensions_load(void)
{
    GUID connect_id = WSAID_CONNECTEX;
    GUID disconnect_id = WSAID_DISCONNECTEX;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    DWORD bytes;
    bool loaded =
        WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &connect_id, sizeof connect_id,
                 &stress.connect_ex, sizeof stress.connect_ex, &bytes, NULL, NULL) == 0 &&
        WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &disconnect_id, sizeof disconnect_id,
                 &stress.disconnect_ex, sizeof stress.disconnect_ex, &bytes, NULL, NULL) == 0;

    closesocket(s);
    return loaded;
}

/* A slow machine does fewer operations rather than none of the checks at the end. */
static bool run(void)
{
    uint64_t limit_ms = now_ms() + options.seconds_max * 600ull;
    uint64_t rounds = options.operations / ROUND_OPERATIONS;
    struct figures before = figures_now();
    uint64_t number = 0;

    rounds = rounds < 2 ? 2 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    for (; number < WARM_ROUNDS; number++) {
        if (!round_run(number, WARM_OPERATIONS, limit_ms))
            return false;
        figures_check(before);
    }
    if (options.signals && !signals_start())
        return false;
    for (; number < WARM_ROUNDS + rounds; number++) {
        if (!round_run(number, options.operations / rounds, limit_ms))
            return false;
        if (!options.signals)
            figures_check(before);
        if (number == WARM_ROUNDS + 1)
            memory_note();
    }
    if (options.signals)
        printf("%llu signals handled\n", (unsigned long long)signals_stop());
    figures_check(before);
    memory_check();
    if (signals_pipe_count() != 0)
        check_fail(CHECK_SIGPIPE, "SIGPIPE came %u times", signals_pipe_count());
    return true;
}

static void help(FILE *file)
{
    fprintf(file, "usage: stress [--operations N] [--seed S] [--seconds-max T] [--signals]\n"
                  "  --operations N   how many overlapped operations (1000000)\n"
                  "  --seed S         what the threads choose (the clock)\n"
                  "  --seconds-max T  fewer operations after 0.6 T, failure after T (150)\n"
                  "  --signals        with a storm of signals on every thread\n");
}

/* False: what was said makes no sense. */
static bool options_read(int argc, char **argv)
{
    options.seed = now_ms();
    for (int i = 1; i < argc; i++) {
        char *rest = NULL;
        uint64_t value;

        if (strcmp(argv[i], "--signals") == 0) {
            options.signals = true;
            continue;
        }
        if (i + 1 == argc)
            return false;
        value = strtoull(argv[i + 1], &rest, 10);
        if (*rest != '\0')
            return false;
        if (strcmp(argv[i], "--operations") == 0)
            options.operations = value;
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = value;
        else if (strcmp(argv[i], "--seconds-max") == 0)
            options.seconds_max = (uint32_t)value;
        else
            return false;
        i++;
    }
    return true;
}

int main(int argc, char **argv)
{
    uint64_t begun_ms = now_ms();
    HANDLE watchdog;
    int code;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        help(stdout);
        return 0;
    }
    if (!options_read(argc, argv)) {
        help(stderr);
        return 2;
    }
    printf("seed %llu, %llu operations%s\n", (unsigned long long)options.seed,
           (unsigned long long)options.operations, options.signals ? ", with signals" : "");
    fflush(stdout);
    random_seed(options.seed);
    pattern_fill();
    poison_begin();
    signals_watch_pipe();
    if (!startup() || !extensions_load())
        return 2;
    stress.trap = CreateEventW(NULL, TRUE, FALSE, NULL);
    watchdog = CreateThread(NULL, 0, watchdog_main, NULL, 0, NULL);
    if (!run())
        return check_report() | 1;
    atomic_store(&finished, true);
    WaitForSingleObject(watchdog, INFINITE);
    CloseHandle(watchdog);
    tally_print();
    WSACleanup();
    code = check_report();
    printf("seed %llu: %llu operations, %llu ends, %llu ms: %s\n", (unsigned long long)options.seed,
           (unsigned long long)stress.accepted, (unsigned long long)stress.ended,
           (unsigned long long)(now_ms() - begun_ms), code == 0 ? "good" : "FAILED");
    return code;
}
