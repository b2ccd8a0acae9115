/* SPDX-License-Identifier: MIT */
/* Counts WSAStartup against WSACleanup; every Winsock call asks startup_active() first. */
#ifndef CORE_BASE_STARTUP_H
#define CORE_BASE_STARTUP_H

#include <stdatomic.h>
#include <stdbool.h>

extern _Atomic int startup_count; /* successful starts not yet cleaned up */

static inline bool startup_active(void)
{
    /* relaxed: a caller that starts on one thread and calls on another orders the two itself. */
    return atomic_load_explicit(&startup_count, memory_order_relaxed) > 0;
}

#endif
