/* SPDX-License-Identifier: MIT */
/*
 * What has to be the case before any Winsock call does its work: WSAStartup was called, the engine
 * lives, and the thread is not inside a callback that one of its own calls has made.
 */
#ifndef CORE_BASE_STARTUP_H
#define CORE_BASE_STARTUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum startup_obstacle {
    STARTUP_ENGINE_FAILED = 1, /* for good: a ring thread could not go on */
    STARTUP_CALLBACKS = 2      /* callbacks are in use: startup_in_callback() says more */
};

extern _Atomic int startup_count;          /* successful starts not yet cleaned up */
extern _Atomic uint32_t startup_obstacles; /* enum startup_obstacle; 0 in nearly every process */

static inline bool startup_active(void)
{
    /* relaxed: a caller that starts on one thread and calls on another orders the two itself. */
    return atomic_load_explicit(&startup_count, memory_order_relaxed) > 0;
}

/* For who has just made a socket: has the last WSACleanup come meanwhile, and perhaps overlooked
 * it? Both change the count, one after the other: either it sees the socket, or we see it. */
static inline bool startup_ended(void)
{
    return atomic_fetch_add_explicit(&startup_count, 0, memory_order_acq_rel) <= 0;
}

/* 0, or in this order WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS. */
int startup_error(void);

/* The first check of every call that documents those three. True: *error is one of them. */
static inline bool startup_refuses(int *error)
{
    /* relaxed: nothing is read through it, and a call may as well have come a moment earlier. */
    if (startup_active() && atomic_load_explicit(&startup_obstacles, memory_order_relaxed) == 0)
        return false;
    *error = startup_error();
    return *error != 0;
}

/* The engine failed: every call says WSAENETDOWN from now on. */
void startup_engine_failed(void);
bool startup_engine_lost(void);

/* Around a callback into the application that a call of this thread makes (a 1.1 blocking hook, a
 * condition function); they nest. */
void startup_callback_begin(void);
void startup_callback_end(void);
bool startup_in_callback(void);

/* Version 1.x: it has calls of its own, which serve a process once any of its WSAStartup() calls
 * has asked for it (STARTUP-12), up to the last WSACleanup(). 0: nobody has; else a number that no
 * earlier such time had. */
uint32_t startup_era(void);
void startup_era_begin(void); /* these two under the lock of api/startup.c */
void startup_era_end(void);

#endif
