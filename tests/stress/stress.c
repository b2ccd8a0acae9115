/* SPDX-License-Identifier: MIT */
/*
 * Random overlapped operations on many connections, disturbed in every way the interface allows,
 * and counted: stress [--operations N] [--seed S] [--seconds-max T] [--signals]. The seed chooses
 * what the threads do; what they meet depends on the scheduler too.
 *
 * A short round goes first, whose figures are checked too: a leak shows before the long one.
 */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ws2ring.h>

#include "check.h"

enum { PAIRS = 32, ACTORS = 2, WORKERS = 3, WARM_OPERATIONS = 2000, DRAIN_MS = 20000 };

struct stress stress;

static struct pair pairs[PAIRS];
static HANDLE ports[2];
static struct {
    uint64_t operations, seed;
    uint32_t seconds_max;
    bool signals;
} options = {1000000, 0, 150, false};
static _Atomic bool finished;
static _Atomic uint64_t thread_seed; /* each thread takes the next number */

static uint64_t now_ms(void)
{
    LARGE_INTEGER count, frequency;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (uint64_t)(count.QuadPart / (frequency.QuadPart / 1000));
}

static void thread_begin(void)
{
    random_seed(options.seed + atomic_fetch_add(&thread_seed, 1) * 1000003);
}

/* ---- Threads ---- */

/* Port 0 has one worker, which sees packets in the port's order. */
static DWORD WINAPI worker_single(LPVOID unused)
{
    (void)unused;
    thread_begin();
    for (;;) {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key = 0;
        DWORD bytes = 0;
        BOOL succeeded = GetQueuedCompletionStatus(ports[0], &bytes, &key, &overlapped, INFINITE);
        DWORD error = succeeded ? 0 : GetLastError();

        if (overlapped == NULL)
            return 0;
        task_done(CONTAINING_RECORD(overlapped, struct task, overlapped), succeeded, error, bytes,
                  key);
    }
}

/* The others take packets in batches, which come without a Win32 error of their own. */
static DWORD WINAPI worker_batch(LPVOID unused)
{
    OVERLAPPED_ENTRY entries[16];

    (void)unused;
    thread_begin();
    for (;;) {
        ULONG count = 0;
        bool over = false;

        if (!GetQueuedCompletionStatusEx(ports[1], entries, 16, &count, INFINITE, FALSE))
            return 1;
        for (ULONG i = 0; i < count; i++) {
            OVERLAPPED *overlapped = entries[i].lpOverlapped;
            bool failed = overlapped != NULL && (entries[i].Internal >> 30) == 3;
            DWORD error = !failed                              ? 0
                          : entries[i].Internal == 0xC0000120u ? ERROR_OPERATION_ABORTED
                                                               : ERROR_NETNAME_DELETED;

            if (overlapped == NULL)
                over = true;
            else
                task_done(CONTAINING_RECORD(overlapped, struct task, overlapped), !failed, error,
                          entries[i].dwNumberOfBytesTransferred, entries[i].lpCompletionKey);
        }
        if (over)
            return 0;
    }
}

/* Begins operations and is gone: they must not end with it. */
static DWORD WINAPI visitor_main(LPVOID argument)
{
    thread_begin();
    end_receive(argument);
    end_send(argument);
    atomic_fetch_sub(&stress.visitors, 1);
    return 0;
}

static void visitor_send(struct end *end)
{
    HANDLE thread;

    if (atomic_fetch_add(&stress.visitors, 1) >= 32) {
        atomic_fetch_sub(&stress.visitors, 1);
        return;
    }
    thread = CreateThread(NULL, 0, visitor_main, end, 0, NULL);
    if (thread == NULL) {
        check_fail(CHECK_CALL, "CreateThread failed with %lu", (unsigned long)GetLastError());
        atomic_fetch_sub(&stress.visitors, 1);
        return;
    }
    CloseHandle(thread);
}

static DWORD WINAPI actor_main(LPVOID unused)
{
    (void)unused;
    thread_begin();
    while (!atomic_load(&stress.stopping)) {
        struct end *end = &pairs[random_below(PAIRS)].ends[random_below(2)];
        uint32_t choice = random_below(1000);

        if (choice < 500)
            end_receive(end);
        else if (choice < 930)
            end_send(end);
        else if (choice < 990)
            end_cancel(end);
        else if (choice < 996)
            visitor_send(end);
        else if (choice < 998)
            end_close(end, random_one_in(2));
        else if (choice < 999)
            end_shutdown(end);
        else
            end_disconnect(end);
        if (random_one_in(16))
            SwitchToThread();
    }
    return 0;
}

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
        Sleep(1);
    }
    return true;
}

static bool threads_start(HANDLE *threads)
{
    LPTHREAD_START_ROUTINE mains[WORKERS + ACTORS] = {worker_single, worker_batch, worker_batch};

    for (unsigned i = 0; i < WORKERS + ACTORS; i++) {
        threads[i] = CreateThread(NULL, 0, i < WORKERS ? mains[i] : actor_main, NULL, 0, NULL);
        if (threads[i] == NULL)
            return false;
    }
    return true;
}

/* False: something is stuck, and the memory it may use must stay. */
static bool round_run(uint64_t operations, uint64_t limit_ms)
{
    uint64_t begun_ms = now_ms();
    HANDLE threads[WORKERS + ACTORS];
    uint64_t first = atomic_load(&stress.accepted);

    atomic_store(&stress.stopping, false);
    ports[0] = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    ports[1] = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 2);
    for (unsigned i = 0; i < PAIRS; i++)
        if (!pair_init(&pairs[i], i, ports[i % 2], i % 2 == 0))
            return false;
    if (!threads_start(threads))
        return false;
    for (unsigned i = 0; i < PAIRS; i++) {
        atomic_fetch_add(&stress.pairs_alive, 1);
        pair_run(&pairs[i]);
    }
    while (atomic_load(&stress.accepted) - first < operations && now_ms() - begun_ms < limit_ms)
        Sleep(5);
    atomic_store(&stress.stopping, true);
    WaitForMultipleObjects(ACTORS, threads + WORKERS, TRUE, INFINITE);
    if (!drain())
        return false;
    PostQueuedCompletionStatus(ports[0], 0, 0, NULL);
    PostQueuedCompletionStatus(ports[1], 0, 0, NULL);
    PostQueuedCompletionStatus(ports[1], 0, 0, NULL);
    /* A worker that took both leaves the other waiting: the port's end wakes that one. */
    WaitForSingleObject(threads[0], INFINITE);
    if (WaitForMultipleObjects(2, threads + 1, TRUE, 100) == WAIT_TIMEOUT)
        PostQueuedCompletionStatus(ports[1], 0, 0, NULL);
    WaitForMultipleObjects(2, threads + 1, TRUE, INFINITE);
    for (unsigned i = 0; i < WORKERS + ACTORS; i++)
        CloseHandle(threads[i]);
    CloseHandle(ports[0]);
    CloseHandle(ports[1]);
    for (unsigned i = 0; i < PAIRS; i++)
        pair_free(&pairs[i]);
    if (stress.accepted != stress.ended)
        check_fail(CHECK_ONE_PACKET, "%llu operations, %llu packets",
                   (unsigned long long)stress.accepted, (unsigned long long)stress.ended);
    return true;
}

/* What must come back to where it was. Ring threads are added under load and stay: each holds two
 * descriptors, its ring's and the one that wakes it. */
struct figures {
    uint32_t sockets, events, ports, operations, descriptors, system_descriptors;
};

static struct figures figures_now(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    ws2_stats(&stats);
    return (struct figures){stats.sockets,
                            stats.events,
                            stats.ports,
                            stats.operations,
                            stats.descriptors - 2 * stats.rings,
                            descriptors_open() - 2 * stats.rings};
}

/* Late threads get time to go. */
static void figures_check(struct figures before)
{
    struct figures now = figures_now();
    uint64_t deadline_ms = now_ms() + 5000;

    while (memcmp(&now, &before, sizeof now) != 0 && now_ms() < deadline_ms) {
        Sleep(5);
        now = figures_now();
    }
    if (memcmp(&now, &before, sizeof now) != 0)
        check_fail(CHECK_BASELINE,
                   "now %u sockets, %u events, %u ports, %u operations, %u (%u) descriptors; "
                   "before %u, %u, %u, %u, %u (%u)",
                   now.sockets, now.events, now.ports, now.operations, now.descriptors,
                   now.system_descriptors, before.sockets, before.events, before.ports,
                   before.operations, before.descriptors, before.system_descriptors);
}

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

static void options_read(int argc, char **argv)
{
    options.seed = now_ms();
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";

        if (strcmp(argv[i], "--signals") == 0) {
            options.signals = true;
            continue;
        }
        if (strcmp(argv[i], "--operations") == 0)
            options.operations = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seconds-max") == 0)
            options.seconds_max = (uint32_t)strtoul(value, NULL, 10);
        else
            exit(2);
        i++;
    }
}

int main(int argc, char **argv)
{
    struct figures before;
    HANDLE watchdog;
    uint64_t begun_ms;
    WSADATA data;

    options_read(argc, argv);
    printf("seed %llu, %llu operations%s\n", (unsigned long long)options.seed,
           (unsigned long long)options.operations, options.signals ? ", with signals" : "");
    fflush(stdout);
    thread_begin();
    pattern_fill();
    signals_watch_pipe();
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0 || !extensions_load())
        return 2;
    watchdog = CreateThread(NULL, 0, watchdog_main, NULL, 0, NULL);
    begun_ms = now_ms();
    before = figures_now();
    if (!round_run(WARM_OPERATIONS, 5000))
        return check_report() | 1;
    figures_check(before);
    if (options.signals && !signals_start())
        return 2;
    /* A slow machine does fewer operations rather than none of the checks at the end. */
    if (!round_run(options.operations, options.seconds_max * 600ull))
        return check_report() | 1;
    if (options.signals)
        printf("%llu signals handled\n", (unsigned long long)signals_stop());
    figures_check(before);
    if (signals_pipe_count() != 0)
        check_fail(CHECK_SIGPIPE, "SIGPIPE came %u times", signals_pipe_count());
    atomic_store(&finished, true);
    WaitForSingleObject(watchdog, INFINITE);
    CloseHandle(watchdog);
    printf("%llu operations, %llu packets, %llu ms\n", (unsigned long long)stress.accepted,
           (unsigned long long)stress.ended, (unsigned long long)(now_ms() - begun_ms));
    printf("%llu succeeded, %llu cancelled, %llu bytes verified, %llu connections\n",
           (unsigned long long)stress.succeeded, (unsigned long long)stress.cancelled,
           (unsigned long long)stress.verified_bytes, (unsigned long long)stress.pairs_begun);
    WSACleanup();
    return check_report();
}
