/* SPDX-License-Identifier: MIT */
/* What stands in the way of a Winsock call: startup.h. */
#include "core/base/startup.h"

#include <winsock2.h>

_Atomic int startup_count;
_Atomic uint32_t startup_obstacles;

static _Thread_local unsigned startup_callbacks; /* that this thread is inside of */

static _Atomic uint32_t startup_era_now;
static uint32_t startup_era_last;

int startup_error(void)
{
    uint32_t obstacles = atomic_load_explicit(&startup_obstacles, memory_order_relaxed);

    if (!startup_active())
        return WSANOTINITIALISED;
    if (obstacles & STARTUP_ENGINE_FAILED)
        return WSAENETDOWN;
    return startup_in_callback() ? WSAEINPROGRESS : 0;
}

void startup_engine_failed(void)
{
    atomic_fetch_or_explicit(&startup_obstacles, STARTUP_ENGINE_FAILED, memory_order_relaxed);
}

bool startup_engine_lost(void)
{
    return atomic_load_explicit(&startup_obstacles, memory_order_relaxed) & STARTUP_ENGINE_FAILED;
}

void startup_callback_begin(void)
{
    /* It stays set: clearing it would need a count that all threads share, and who uses callbacks
     * can afford the look at a thread's own variable. */
    atomic_fetch_or_explicit(&startup_obstacles, STARTUP_CALLBACKS, memory_order_relaxed);
    startup_callbacks++;
}

void startup_callback_end(void)
{
    startup_callbacks--;
}

bool startup_in_callback(void)
{
    return startup_callbacks > 0;
}

uint32_t startup_era(void)
{
    /* relaxed: as startup_active(). */
    return atomic_load_explicit(&startup_era_now, memory_order_relaxed);
}

void startup_era_begin(void)
{
    if (startup_era() != 0)
        return;
    if (++startup_era_last == 0)
        startup_era_last = 1;
    atomic_store_explicit(&startup_era_now, startup_era_last, memory_order_relaxed);
}

void startup_era_end(void)
{
    atomic_store_explicit(&startup_era_now, 0, memory_order_relaxed);
}
