/* SPDX-License-Identifier: MIT */
/*
 * A ring thread that is busy nearly all the time gets a second one beside it, but never more than
 * there are CPUs. Large overlapped sends and receives make the ring thread copy while the
 * application's one thread has next to nothing to do. How busy the ring thread is, this program
 * reads in /proc for itself:
 *
 *     growth          the second ring comes once the first was busy, and serves new sockets
 *     growth capped   with one CPU it does not come
 *
 * Exit status 77: the machine never gave the ring thread the CPU time to be busy. With one CPU the
 * first form tests what the second does.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>
#include <ws2ring.h>

#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PAIRS = 4,
    BYTES = 1 << 20, /* of one send or receive */
    ADDRESS_BYTES = sizeof(SOCKADDR_IN) + 16,
    WINDOW_MS = 250,   /* over which the ring thread's CPU time is compared with the clock */
    BUSY_PERCENT = 90, /* clearly above the library's own threshold of 80 */
    BUSY_WINDOWS = 12, /* so many in a row must be enough for the library's three looks */
    LIMIT_MS = 20000,
    EXIT_SKIPPED = 77,
};

struct half {
    OVERLAPPED overlapped; /* first, so that a packet leads back here */
    SOCKET s;
    bool sends;
    char *data;
};

static LPFN_CONNECTEX connect_ex;

static void stop(const char *what)
{
    fprintf(stderr, "growth: %s failed with %u\n", what, (unsigned)GetLastError());
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Sockets ---- */

static SOCKET bound_socket(SOCKADDR_IN *name)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int length = sizeof *name;

    memset(name, 0, sizeof *name);
    name->sin_family = AF_INET;
    name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)name, sizeof *name) != 0 ||
        getsockname(s, (struct sockaddr *)name, &length) != 0)
        stop("a bound socket");
    return s;
}

static void find_connect_ex(void)
{
    GUID id = WSAID_CONNECTEX;
    SOCKADDR_IN name;
    SOCKET s = bound_socket(&name);
    DWORD bytes = 0;

    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex,
                 sizeof connect_ex, &bytes, NULL, NULL) != 0)
        stop("WSAIoctl");
    closesocket(s);
}

/* Two connected sockets. */
static void open_pair(SOCKET pair[2])
{
    SOCKADDR_IN server, client;
    SOCKET listener = bound_socket(&server);
    OVERLAPPED overlapped;
    DWORD bytes = 0;

    memset(&overlapped, 0, sizeof overlapped);
    pair[0] = bound_socket(&client);
    if (listen(listener, 1) != 0)
        stop("listen");
    if (!connect_ex(pair[0], (struct sockaddr *)&server, sizeof server, NULL, 0, NULL,
                    &overlapped) &&
        GetLastError() != ERROR_IO_PENDING)
        stop("ConnectEx");
    pair[1] = accept(listener, NULL, NULL);
    if (pair[1] == INVALID_SOCKET ||
        !GetOverlappedResult((HANDLE)pair[0], &overlapped, &bytes, TRUE))
        stop("a connection");
    setsockopt(pair[0], SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0);
    closesocket(listener);
}

static void half_start(struct half *half)
{
    WSABUF buffer = {BYTES, half->data};
    DWORD flags = 0;
    int result;

    memset(&half->overlapped, 0, sizeof half->overlapped);
    result = half->sends ? WSASend(half->s, &buffer, 1, NULL, 0, &half->overlapped, NULL)
                         : WSARecv(half->s, &buffer, 1, NULL, &flags, &half->overlapped, NULL);
    if (result != 0 && WSAGetLastError() != WSA_IO_PENDING)
        stop(half->sends ? "WSASend" : "WSARecv");
}

static void half_open(struct half *half, SOCKET s, bool sends, HANDLE port)
{
    half->s = s;
    half->sends = sends;
    half->data = calloc(1, BYTES);
    if (half->data == NULL || CreateIoCompletionPort((HANDLE)s, port, 0, 0) != port)
        stop("a socket's port");
}

/* Takes packets and starts anew what has ended, for so long. */
static void pump(HANDLE port, int64_t until_ms)
{
    while (now_ms() < until_ms) {
        OVERLAPPED *overlapped = NULL;
        ULONG_PTR key;
        DWORD bytes;

        if (GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 50))
            half_start((struct half *)(void *)overlapped);
        else if (overlapped != NULL || GetLastError() != WAIT_TIMEOUT)
            stop("a transfer");
    }
}

/* ---- What the system says ---- */

/* CPU time of a thread of ours by its name; -1: there is none. */
static int64_t thread_cpu_ns(const char *name)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    int64_t cpu_ns = -1;

    while (tasks != NULL && cpu_ns < 0 && (entry = readdir(tasks)) != NULL) {
        char path[300], comm[32] = "";
        FILE *file;

        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fscanf(file, "%31s", comm) == 1 && strcmp(comm, name) == 0) {
            fclose(file);
            snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", entry->d_name);
            file = fopen(path, "r");
            if (file == NULL || fscanf(file, "%ld", &cpu_ns) != 1)
                cpu_ns = -1;
        }
        if (file != NULL)
            fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return cpu_ns;
}

static unsigned ring_count(void)
{
    struct ws2_stats stats;

    memset(&stats, 0, sizeof stats);
    stats.size_bytes = sizeof stats;
    if (ws2_stats(&stats) != 0)
        stop("ws2_stats");
    return stats.rings;
}

/* ---- The two tests ---- */

/* Loads the ring until it has a companion or was busy for long enough. Returns whether it was. */
static bool load_ring(HANDLE port)
{
    int64_t limit_ms = now_ms() + LIMIT_MS;
    int64_t seen_ms = now_ms();
    int64_t seen_ns = thread_cpu_ns("ws2ring/0");
    unsigned busy_windows = 0;

    if (seen_ns < 0)
        stop("finding the ring thread");
    while (ring_count() == 1 && busy_windows < BUSY_WINDOWS && now_ms() < limit_ms) {
        int64_t spent_ns, spent_ms;

        pump(port, seen_ms + WINDOW_MS);
        spent_ns = thread_cpu_ns("ws2ring/0") - seen_ns;
        spent_ms = now_ms() - seen_ms;
        seen_ns += spent_ns;
        seen_ms += spent_ms;
        busy_windows = spent_ns * 100 >= spent_ms * 1000000 * BUSY_PERCENT ? busy_windows + 1 : 0;
        printf("ring thread: %ld%% busy, rings: %u\n", (long)(spent_ns / spent_ms / 10000),
               ring_count());
    }
    return busy_windows >= BUSY_WINDOWS;
}

/* The next sockets join the new ring, because it has fewer. Whether they work there. */
static bool new_ring_works(HANDLE port)
{
    static struct half halves[2]; /* in use until the process ends */
    int64_t before_ns = thread_cpu_ns("ws2ring/1");
    SOCKET pair[2];

    if (before_ns < 0)
        stop("finding the second ring thread");
    open_pair(pair);
    for (int i = 0; i < 2; i++) {
        half_open(&halves[i], pair[i], i == 0, port);
        half_start(&halves[i]);
    }
    pump(port, now_ms() + WINDOW_MS);
    return thread_cpu_ns("ws2ring/1") > before_ns;
}

static int judge(HANDLE port, bool capped, bool was_busy)
{
    unsigned rings = ring_count();

    if (capped ? rings > 1 : rings > 2) {
        fprintf(stderr, "growth: %u rings are too many\n", rings);
        return 1;
    }
    if (!capped && rings == 2) {
        bool works = new_ring_works(port);

        if (!works)
            fprintf(stderr, "growth: the second ring thread does nothing\n");
        return works ? 0 : 1;
    }
    if (!was_busy) {
        printf("the machine is too busy with others to tell\n");
        return EXIT_SKIPPED;
    }
    if (!capped) {
        fprintf(stderr, "growth: the ring was busy, and no second one came\n");
        return 1;
    }
    return 0;
}

/* One CPU for this thread, and so for all threads that it starts. */
static void stay_on_one_cpu(void)
{
    int cpu = sched_getcpu();
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu < 0 ? 0 : cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        stop("sched_setaffinity");
}

int main(int argc, char **argv)
{
    static struct half halves[PAIRS][2];
    bool capped = argc > 1 && strcmp(argv[1], "capped") == 0;
    HANDLE port;
    WSADATA data;
    cpu_set_t set;

    unsetenv("WS2RING_RINGS"); /* growth begins with one ring */
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1) {
        printf("there is one CPU\n");
        capped = true;
    } else if (capped) {
        stay_on_one_cpu();
    }
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        stop("WSAStartup");
    find_connect_ex();
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    for (int i = 0; i < PAIRS; i++) {
        SOCKET pair[2];

        open_pair(pair);
        for (int side = 0; side < 2; side++) {
            half_open(&halves[i][side], pair[side], side == 0, port);
            half_start(&halves[i][side]);
        }
    }
    return judge(port, capped, load_ring(port));
}
