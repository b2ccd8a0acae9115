/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand sockets selected with WSAEventSelect, 64 of them to a thread that waits with
 * WSAWaitForMultipleEvents; two more threads make things happen to them:
 *
 *     selected [--transitions N] [--sockets N] [--seed S]
 *
 * One thing at a time happens to a socket, and it must be told of it: by its own event, in its own
 * record, with the right code, and of nothing else. A round of things is over when all of them were
 * told; if that takes a minute, one was lost. At the end nothing may be left to tell.
 *
 * Exit status 77: too few descriptors for even one thread's sockets.
 */
#include <winsock2.h>

#include <windows.h>
#include <ws2ring.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check.h"
#include "seat.h"

enum {
    SOCKETS_MAX = 10000,
    OWNED_MAX = WSA_MAXIMUM_WAIT_EVENTS,
    DRIVERS = 2,
    ROUND_MAX = 2048,  /* things that happen before somebody waits for all of them */
    LOST_MS = 60000,   /* longer than any of them takes on any machine */
    SPARE_FILES = 300, /* descriptors for rings, and for sockets between two threads */
    PRINT_MAX = 10,
    EXIT_SKIPPED = 77,
};

/* Of 100 sockets: so many connections, which need two descriptors, and listeners. */
enum { SHARE_STREAMS = 39, SHARE_LISTENERS = 1 };

struct owner {
    HANDLE thread;
    struct seat *seats;
    unsigned count;
    uint64_t waits;
};

static struct {
    uint64_t transitions, seed;
    unsigned sockets;
} options = {100000, 0, SOCKETS_MAX};
static struct seat seats[SOCKETS_MAX];
static struct driver drivers[DRIVERS];
static struct owner owners[(SOCKETS_MAX + OWNED_MAX - 1) / OWNED_MAX];
static unsigned owner_count;
static _Atomic bool over;
static _Atomic unsigned violations;
static _Atomic uint64_t kinds_told[FD_MAX_EVENTS];

void violate(const struct seat *seat, const char *what, long a, long b)
{
    if (atomic_fetch_add(&violations, 1) < PRINT_MAX)
        fprintf(stderr, "violation: socket %u (kind %d): %s: %ld, %ld\n", (unsigned)(seat - seats),
                (int)seat->kind, what, a, b);
}

static void stop(const char *what)
{
    fprintf(stderr, "selected: %s failed with %u (seed %llu)\n", what, (unsigned)GetLastError(),
            (unsigned long long)options.seed);
    exit(1);
}

void must(bool good, const char *what)
{
    if (!good)
        stop(what);
}

/* ---- Owners: wait, read the record, do what it asks for ---- */

/* False: it was told to end. */
static bool owner_look(struct seat *seat)
{
    WSANETWORKEVENTS found;
    long awaited;

    must(WSAEnumNetworkEvents(seat->s, seat->event, &found) == 0, "WSAEnumNetworkEvents");
    awaited = atomic_load_explicit(&seat->awaited, memory_order_acquire);
    if (found.lNetworkEvents == 0 && atomic_load(&over))
        return false;
    if (found.lNetworkEvents == 0 || found.lNetworkEvents != awaited) {
        violate(seat, "stale, or another event", found.lNetworkEvents, awaited);
        return true;
    }
    for (int bit = 0; bit < FD_MAX_EVENTS; bit++) {
        if (!(awaited & (1L << bit)))
            continue;
        atomic_fetch_add_explicit(&kinds_told[bit], 1, memory_order_relaxed);
        if (found.iErrorCode[bit] != seat->code)
            violate(seat, "the wrong code", found.iErrorCode[bit], seat->code);
    }
    seat_told(seat, awaited);
    return true;
}

static DWORD WINAPI owner_main(LPVOID argument)
{
    struct owner *owner = argument;
    WSAEVENT events[OWNED_MAX];

    random_seed(options.seed + (uint64_t)(owner - owners) + 100);
    for (unsigned i = 0; i < owner->count; i++)
        events[i] = owner->seats[i].event;
    for (;;) {
        DWORD index = WSAWaitForMultipleEvents(owner->count, events, FALSE, WSA_INFINITE, FALSE);

        must(index < owner->count, "WSAWaitForMultipleEvents");
        owner->waits++;
        if (!owner_look(&owner->seats[index]))
            return 0;
    }
}

/* ---- Rounds ---- */

static void report_lost(void)
{
    unsigned printed = 0;

    fprintf(stderr, "selected: lost after %d s, seed %llu\n", LOST_MS / 1000,
            (unsigned long long)options.seed);
    for (unsigned i = 0; i < options.sockets && printed < PRINT_MAX; i++) {
        long awaited = atomic_load(&seats[i].awaited);

        if (awaited == 0)
            continue;
        printed++;
        fprintf(stderr, "  socket %u of thread %u, kind %d, waits for %ld, left %d\n", i,
                i / OWNED_MAX, (int)seats[i].kind, awaited, seats[i].left);
    }
    exit(1);
}

/* Everything that was made to happen has been told. A round counts as one thing itself, so that it
 * cannot be over before it has begun. */
static void round_end(struct driver *driver)
{
    if (atomic_fetch_sub_explicit(&driver->outstanding, 1, memory_order_acq_rel) == 1)
        return;
    if (WaitForSingleObject(driver->calm, LOST_MS) != WAIT_OBJECT_0)
        report_lost();
}

static void round_run(struct driver *driver, uint32_t count)
{
    atomic_fetch_add_explicit(&driver->outstanding, 1, memory_order_relaxed);
    while (count > 0) {
        struct seat *seat = &seats[driver->first + random_below(driver->count)];

        if (atomic_load_explicit(&seat->awaited, memory_order_acquire) == 0)
            seat_happen(seat);
        count--;
    }
    round_end(driver);
}

static uint64_t told_so_far(void)
{
    uint64_t sum = 0;

    for (int bit = 0; bit < FD_MAX_EVENTS; bit++)
        sum += atomic_load_explicit(&kinds_told[bit], memory_order_relaxed);
    return sum;
}

static DWORD WINAPI driver_main(LPVOID argument)
{
    struct driver *driver = argument;

    random_seed(options.seed + (uint64_t)(driver - drivers));
    driver->s = bound_socket(SOCK_DGRAM, &driver->name);
    driver->listener = bound_socket(SOCK_STREAM, &driver->name);
    must(listen(driver->listener, 16) == 0, "listen");
    atomic_fetch_add_explicit(&driver->outstanding, 1, memory_order_relaxed);
    for (unsigned i = 0; i < driver->count; i++)
        seat_open(&seats[driver->first + i]);
    round_end(driver);
    /* Small rounds let everybody sleep in between; in large ones nobody does. */
    while (told_so_far() < options.transitions)
        round_run(driver, 1 + random_below(ROUND_MAX >> random_below(12)));
    closesocket(driver->listener);
    closesocket(driver->s);
    return 0;
}

/* ---- The whole ---- */

static enum kind kind_of(unsigned seat)
{
    unsigned share = seat * 37 % 100; /* each thread has some of each */

    if (share < SHARE_LISTENERS)
        return KIND_LISTENER;
    return share < SHARE_LISTENERS + SHARE_STREAMS ? KIND_STREAM : KIND_DATAGRAM;
}

static void start(void)
{
    unsigned first = 0;

    for (unsigned i = 0; i < DRIVERS; i++) {
        struct driver *driver = &drivers[i];

        driver->first = first;
        driver->count = options.sockets * (i + 1) / DRIVERS - first;
        first += driver->count;
        driver->calm = CreateEventA(NULL, FALSE, FALSE, NULL);
        must(driver->calm != NULL, "CreateEvent");
        for (unsigned k = 0; k < driver->count; k++)
            seats[driver->first + k].driver = driver;
    }
    for (unsigned i = 0; i < options.sockets; i++) {
        seats[i].kind = kind_of(i);
        seats[i].event = WSACreateEvent();
        must(seats[i].event != WSA_INVALID_EVENT, "WSACreateEvent");
    }
    owner_count = (options.sockets + OWNED_MAX - 1) / OWNED_MAX;
    for (unsigned i = 0; i < owner_count; i++) {
        struct owner *owner = &owners[i];

        owner->seats = &seats[i * OWNED_MAX];
        owner->count = options.sockets - i * OWNED_MAX;
        if (owner->count > OWNED_MAX)
            owner->count = OWNED_MAX;
        owner->thread = CreateThread(NULL, 0, owner_main, owner, 0, NULL);
        must(owner->thread != NULL, "CreateThread");
    }
    for (unsigned i = 0; i < DRIVERS; i++) {
        drivers[i].thread = CreateThread(NULL, 0, driver_main, &drivers[i], 0, NULL);
        must(drivers[i].thread != NULL, "CreateThread");
    }
}

/* Nothing is left to tell, and everything goes. */
static void finish(void)
{
    for (unsigned i = 0; i < DRIVERS; i++) {
        must(WaitForSingleObject(drivers[i].thread, INFINITE) == WAIT_OBJECT_0, "a wait");
        CloseHandle(drivers[i].thread);
        CloseHandle(drivers[i].calm);
    }
    atomic_store(&over, true);
    for (unsigned i = 0; i < owner_count; i++) {
        must(WSASetEvent(owners[i].seats[0].event), "WSASetEvent");
        must(WaitForSingleObject(owners[i].thread, LOST_MS) == WAIT_OBJECT_0, "a thread's end");
        CloseHandle(owners[i].thread);
    }
    for (unsigned i = 0; i < options.sockets; i++) {
        WSANETWORKEVENTS found;

        if (WSAWaitForMultipleEvents(1, &seats[i].event, TRUE, 0, FALSE) != WSA_WAIT_TIMEOUT)
            violate(&seats[i], "signalled at the end", 0, 0);
        if (WSAEnumNetworkEvents(seats[i].s, NULL, &found) != 0 || found.lNetworkEvents != 0)
            violate(&seats[i], "recorded at the end", found.lNetworkEvents, 0);
        seat_close(&seats[i]);
        must(WSACloseEvent(seats[i].event), "WSACloseEvent");
    }
}

/* What must come back to where it was; ring threads stay, with two descriptors each. */
static void figures_check(const struct ws2_stats *before, unsigned descriptors)
{
    struct ws2_stats now = {.size_bytes = sizeof now};
    ULONGLONG deadline = GetTickCount64() + LOST_MS;
    bool same;

    do { /* the ring threads let go of the last sockets in their own time */
        ws2_stats(&now);
        same = now.sockets == before->sockets && now.events == before->events &&
               now.operations == before->operations && now.threads == before->threads &&
               descriptors_open() - 2 * now.rings == descriptors - 2 * before->rings;
    } while (!same && GetTickCount64() < deadline);
    if (same)
        return;
    atomic_fetch_add(&violations, 1);
    fprintf(stderr, "violation: left %u sockets, %u events, %u operations, %u threads, %u files\n",
            now.sockets, now.events, now.operations, now.threads, descriptors_open());
}

/* As many sockets as the descriptors that this process may have allow. */
static void options_fit(void)
{
    struct rlimit limit;
    uint64_t most;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        stop("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    most = limit.rlim_cur < SPARE_FILES ? 0 : (limit.rlim_cur - SPARE_FILES) * 100;
    most /= 100 + SHARE_STREAMS + SHARE_LISTENERS + 1;
    if (most < OWNED_MAX) {
        printf("skipped: %llu descriptors are too few\n", (unsigned long long)limit.rlim_cur);
        exit(EXIT_SKIPPED);
    }
    if (options.sockets > most) {
        printf("%llu descriptors allow %llu sockets, not %u\n", (unsigned long long)limit.rlim_cur,
               (unsigned long long)most, options.sockets);
        options.sockets = (unsigned)most;
    }
}

static void options_read(int argc, char **argv)
{
    options.seed = GetTickCount64();
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 10);

        if (strcmp(argv[i], "--transitions") == 0)
            options.transitions = value;
        else if (strcmp(argv[i], "--sockets") == 0 && value >= DRIVERS && value <= SOCKETS_MAX)
            options.sockets = (unsigned)value;
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = value;
        else
            exit(2);
    }
    options_fit();
}

int main(int argc, char **argv)
{
    struct ws2_stats before = {.size_bytes = sizeof before};
    unsigned descriptors;
    ULONGLONG begun_ms;
    uint64_t waits = 0;
    WSADATA data;

    options_read(argc, argv);
    begun_ms = GetTickCount64();
    must(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    ws2_stats(&before);
    descriptors = descriptors_open();
    start();
    printf("seed %llu, %u sockets, %u threads that wait\n", (unsigned long long)options.seed,
           options.sockets, owner_count);
    fflush(stdout);
    finish();
    figures_check(&before, descriptors);
    for (unsigned i = 0; i < owner_count; i++)
        waits += owners[i].waits;
    printf("%llu transitions told in %llu ms, by %llu waits: read %llu, write %llu, accept %llu, "
           "close %llu\n",
           (unsigned long long)told_so_far(), (unsigned long long)(GetTickCount64() - begun_ms),
           (unsigned long long)waits, (unsigned long long)kinds_told[FD_READ_BIT],
           (unsigned long long)kinds_told[FD_WRITE_BIT],
           (unsigned long long)kinds_told[FD_ACCEPT_BIT],
           (unsigned long long)kinds_told[FD_CLOSE_BIT]);
    printf("%u violations\n", atomic_load(&violations));
    WSACleanup();
    return atomic_load(&violations) != 0;
}
