/* SPDX-License-Identifier: MIT */
/* See figures.h. The allocator's figure is exact; the resident pages bound what it cannot see. */
#include "figures.h"

#include <winsock2.h>

#include <windows.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <ws2ring.h>

#include "check.h"

enum {
    WAIT_MS = 5000,                    /* late threads get time to go */
    LIBRARY_GROWTH_BYTES = 512 * 1024, /* caches of threads, pages of the handle table */
    RESIDENT_GROWTH_BYTES = 3 << 20,
};

static uint64_t noted_library_bytes, noted_resident_bytes;

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

static uint64_t library_bytes(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    ws2_stats(&stats);
    return stats.allocated_bytes;
}

static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void memory_note(void)
{
    noted_library_bytes = library_bytes();
    noted_resident_bytes = resident_bytes();
}

void memory_check(void)
{
    uint64_t library = library_bytes();
    uint64_t resident = resident_bytes();

    printf("memory: library %llu KiB, resident %llu KiB; after the first rounds %llu and %llu\n",
           (unsigned long long)library / 1024, (unsigned long long)resident / 1024,
           (unsigned long long)noted_library_bytes / 1024,
           (unsigned long long)noted_resident_bytes / 1024);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* those keep what is freed */
    if (library > noted_library_bytes + LIBRARY_GROWTH_BYTES ||
        resident > noted_resident_bytes + RESIDENT_GROWTH_BYTES)
        check_fail(CHECK_MEMORY, "memory has grown");
#endif
}
