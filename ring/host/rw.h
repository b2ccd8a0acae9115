/* SPDX-License-Identifier: MIT */
/*
 * Locks and condition variables of eight bytes that hold zeros at first and need no end: what is
 * behind SRW locks and Win32 condition variables. Unlike a host_lock they are held by user code.
 */
#ifndef RING_HOST_RW_H
#define RING_HOST_RW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct host_rw {
    _Atomic uint32_t state; /* readers; bit 31: a writer; bit 30: somebody waits */
    _Atomic uint32_t turn;  /* counts the times that it became free for those who wait */
};

void host_rw_acquire(struct host_rw *rw, bool exclusive);
bool host_rw_try(struct host_rw *rw, bool exclusive);
void host_rw_release(struct host_rw *rw, bool exclusive);

struct host_cond {
    _Atomic uint32_t turn; /* counts wakes */
    _Atomic uint32_t waiters;
};

/* In this order: begin while the lock is held, then give the lock up, then wait, which returns
 * false when CLOCK_MONOTONIC reached deadline_ns (INT64_MAX: never), then take the lock again. */
uint32_t host_cond_begin(struct host_cond *cond);
bool host_cond_wait(struct host_cond *cond, uint32_t turn, int64_t deadline_ns);
void host_cond_wake(struct host_cond *cond, bool all);

#endif
