/* SPDX-License-Identifier: MIT */
/* See figures.h. The allocator's figure is exact; the resident pages bound what it cannot see. It
 * needs jemalloc; AddressSanitizer looks for leaks by itself. */
#include "figures.h"

#include <winsock2.h>

#include <windows.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <ws2ring.h>
#if STRESS_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include "check.h"

#define LITERAL(number)  LITERAL_(number)
#define LITERAL_(number) #number

enum {
    WAIT_MS = 5000,                 /* late threads get time to go */
    LIVE_GROWTH_BYTES = 192 * 1024, /* caches of threads: up to 80 KiB up or down */
    RESIDENT_GROWTH_BYTES = 3 << 20,
    RING_LIVE_BYTES = 64 * 1024, /* of a ring that was added since, with its thread */
    RING_RESIDENT_BYTES = 1 << 20,
};

static uint64_t noted_live_bytes, noted_resident_bytes;
static uint32_t noted_rings;

uint64_t now_ms(void)
{
    LARGE_INTEGER count, frequency;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (uint64_t)(count.QuadPart / (frequency.QuadPart / 1000));
}

/* Ring threads are added under load and stay: each holds two descriptors, its ring's and the one
 * that wakes it. */
struct figures figures_now(void)
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

void figures_check(struct figures before)
{
    struct figures now = figures_now();
    uint64_t deadline_ms = now_ms() + WAIT_MS;

    while (memcmp(&now, &before, sizeof now) != 0 && now_ms() < deadline_ms) {
        Sleep(1);
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

/* ---- Memory ---- */

#if STRESS_JEMALLOC
static uint64_t allocator_figure(const char *name)
{
    size_t value = 0;
    size_t bytes = sizeof value;

    return mallctl(name, &value, &bytes, NULL, 0) == 0 ? value : 0;
}

/* What is allocated and not freed: by the library, from its arenas and by malloc(), and by this
 * program, which frees what it takes when a round ends. Blocks in the allocator's caches of threads
 * count as allocated, and are taken off. */
static uint64_t live_bytes(void)
{
    uint64_t epoch = 1;

    mallctl("epoch", NULL, NULL, &epoch, sizeof epoch); /* brings the figures up to date */
    return allocator_figure("stats.allocated") -
           allocator_figure("stats.arenas." LITERAL(MALLCTL_ARENAS_ALL) ".tcache_bytes");
}
#else
static uint64_t live_bytes(void)
{
    return 0;
}
#endif

/* Without the free pages that the allocator keeps for a while. */
static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

#if STRESS_JEMALLOC
    mallctl("arena." LITERAL(MALLCTL_ARENAS_ALL) ".purge", NULL, NULL, NULL, 0);
#endif

    if (file == NULL || fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint32_t rings_now(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    ws2_stats(&stats);
    return stats.rings;
}

void memory_note(void)
{
    noted_rings = rings_now();
    noted_live_bytes = live_bytes();
    noted_resident_bytes = resident_bytes();
}

void memory_check(void)
{
    uint64_t live = live_bytes();
    uint64_t resident = resident_bytes();
    uint64_t added = rings_now() - noted_rings;
    bool grown =
        live > noted_live_bytes + LIVE_GROWTH_BYTES + added * RING_LIVE_BYTES ||
        resident > noted_resident_bytes + RESIDENT_GROWTH_BYTES + added * RING_RESIDENT_BYTES;

    printf("memory: live %llu KiB, resident %llu KiB; after the first rounds %llu and %llu\n",
           (unsigned long long)live / 1024, (unsigned long long)resident / 1024,
           (unsigned long long)noted_live_bytes / 1024,
           (unsigned long long)noted_resident_bytes / 1024);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) /* those keep what is freed */
    grown = false;
#endif
    if (grown)
        check_fail(CHECK_MEMORY, "memory has grown");
}
