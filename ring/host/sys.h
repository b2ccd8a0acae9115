/* SPDX-License-Identifier: MIT */
/* Clocks, threads, limits and console signals: what core needs of Linux besides sockets. */
#ifndef RING_HOST_SYS_H
#define RING_HOST_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t host_now_ns(void);        /* CLOCK_MONOTONIC */
int64_t host_now_coarse_ns(void); /* the same clock at tick resolution, cheaper */
int64_t host_wall_ns(void);       /* CLOCK_REALTIME: since 1970, UTC */
uint32_t host_process_id(void);
uint32_t host_thread_id(void); /* the kernel's id, cached per thread */
void host_yield(void);

/* How long a thread may sleep in a bare futex or io_uring wait: to the deadline (PARK_FOREVER, the
 * largest number: none). ThreadSanitizer runs a signal's handler only when the thread enters a libc
 * function that it intercepts, and these waits are none; in its builds they come in short pieces,
 * with such a function in between. */
int64_t host_nap_end_ns(int64_t deadline_ns);
void host_sleep_until(int64_t deadline_ns);

/* Threads are detached. start_thread returns 0 or a negative errno. stack_bytes 0: the default. */
int host_thread_start(void (*run)(void *), void *argument, size_t stack_bytes, bool block_signals,
                      const char *name);

void host_thread_exit(void) __attribute__((noreturn)); /* the calling one */

/* CPU time that a thread has used. `clock` comes from host_thread_cpu_clock() on that thread. */
int32_t host_thread_cpu_clock(void);
int64_t host_cpu_clock_ns(int32_t clock); /* -1 when the thread has ended */

unsigned host_cpu_count(void); /* CPUs this process may run on */
uint32_t host_page_bytes(void);
void host_raise_descriptor_limit(void); /* soft RLIMIT_NOFILE to the hard one */
uint32_t host_descriptor_count(void);   /* open descriptors of this process */
bool host_env_flag(const char *name);   /* set, and neither empty nor "0" */

/* Copies through the kernel, so that a wrong pointer is -EFAULT and not a crash. */
int host_copy_from(void *to, const void *untrusted, size_t bytes);
int host_copy_to(void *untrusted, const void *from, size_t bytes);

/* Where to go on in memory that the program named. The sum is one of integers: what is named may be
 * NULL, or no object at all, and C has no sums of such pointers. */
static inline void *host_untrusted_at(const void *untrusted, size_t offset)
{
    return (void *)((uintptr_t)untrusted + offset);
}

/* A key whose destructor runs when the thread that set it to non-NULL ends. */
int host_thread_exit_hook(void (*at_exit)(void *), uint32_t *key);
int host_thread_exit_arm(uint32_t key, void *argument);

/* Runs `child` in every child of fork(), on its only thread, before fork() returns there. Hooks
 * take no lock: a thread that held one is not in the child. Up to 32 hooks, registered at load. */
void host_fork_hook(void (*child)(void));

/* Console signals (SIGINT, SIGQUIT, SIGHUP, SIGTERM): `handler` runs on a library thread, once per
 * signal, with the number of the signal's row 0..3 in that order. Returns 0 or a negative errno. */
int host_console_start(void (*handler)(int row));
void host_console_default(int row); /* restore the default action and deliver the signal to us */

#endif
