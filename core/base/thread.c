/* SPDX-License-Identifier: MIT */
/*
 * Per-thread state. `threads_lock` protects the list of structures whose threads have ended and the
 * list of all that were ever made; everything else in a structure belongs to its thread, or to the
 * module named in thread.h.
 */
#include "core/base/thread.h"

#include <assert.h>
#include <stddef.h>

#include "core/base/mem.h"
#include "ring/engine/engine.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

enum { THREAD_EXIT_HOOKS_MAX = 16, THREAD_INFINITE_MS = 0xFFFFFFFFu };

#define THREAD_ERROR_MARK (UINT64_C(1) << 32)

static _Thread_local struct thread *thread_current;
static _Thread_local uint64_t thread_last_error; /* its low half; the other is for the trace */

static struct host_lock threads_lock;
static struct thread *threads_ended;
static struct thread **threads_all; /* for thread_op_balance(); grows, never shrinks */
static unsigned threads_all_count, threads_all_capacity;
static unsigned threads_next_shard;
static uint32_t threads_last_id;
static bool threads_hooked;
static uint32_t threads_key;
static void (*exit_hooks[THREAD_EXIT_HOOKS_MAX])(struct thread *thread);
static unsigned exit_hook_count;
static void (*exit_last)(struct thread *thread);
static void (*wait_before)(struct thread *thread);
static void (*wait_after)(struct thread *thread);

uint32_t thread_error(void)
{
    return (uint32_t)thread_last_error;
}

void thread_set_error(uint32_t error)
{
    thread_last_error = error;
}

void thread_error_mark(void)
{
    thread_last_error |= THREAD_ERROR_MARK;
}

bool thread_error_marked(void)
{
    return (thread_last_error & THREAD_ERROR_MARK) != 0;
}

/* Runs when a thread ends; a later thread gets the structure. */
static void thread_ended(void *argument)
{
    struct thread *thread = argument;

    engine_wake_owed();
    for (unsigned i = 0; i < exit_hook_count; i++)
        exit_hooks[i](thread);
    if (exit_last != NULL)
        exit_last(thread);
    thread_current = NULL;
    park_poll_forget(&thread->park);
    host_lock_acquire(&threads_lock);
    thread->next = threads_ended;
    threads_ended = thread;
    host_lock_release(&threads_lock);
}

static bool threads_remember_locked(struct thread *thread)
{
    if (threads_all_count == threads_all_capacity) {
        unsigned capacity = threads_all_capacity == 0 ? 64 : 2 * threads_all_capacity;
        struct thread **all = mem_zalloc(0, capacity * sizeof(struct thread *));

        if (all == NULL)
            return false;
        for (unsigned i = 0; i < threads_all_count; i++)
            all[i] = threads_all[i];
        mem_free(threads_all);
        threads_all = all;
        threads_all_capacity = capacity;
    }
    threads_all[threads_all_count++] = thread;
    return true;
}

static struct thread *thread_take(void)
{
    struct thread *thread;
    uint32_t id;

    host_lock_acquire(&threads_lock);
    if (!threads_hooked && host_thread_exit_hook(thread_ended, &threads_key) == 0)
        threads_hooked = true;
    thread = threads_ended;
    if (thread != NULL) {
        threads_ended = thread->next;
    } else {
        thread = mem_zalloc(0, sizeof *thread);
        if (thread != NULL && !threads_remember_locked(thread)) {
            mem_free(thread);
            thread = NULL;
        }
        if (thread != NULL)
            thread->shard = threads_next_shard++ % MEM_SHARD_COUNT;
    }
    id = ++threads_last_id == 0 ? ++threads_last_id : threads_last_id;
    host_lock_release(&threads_lock);
    if (thread == NULL)
        return NULL;
    host_lock_acquire(&thread->apc_lock);
    thread->id = id;
    host_lock_release(&thread->apc_lock);
    return thread;
}

struct thread *thread_self(void)
{
    struct thread *thread = thread_current;

    if (thread != NULL)
        return thread;
    thread = thread_take();
    if (thread == NULL)
        return NULL;
    thread->cpu_clock = host_thread_cpu_clock();
    thread_current = thread;
    host_thread_exit_arm(threads_key, thread);
    return thread;
}

void thread_leave(void)
{
    struct thread *thread = thread_current;

    if (thread == NULL)
        return;
    host_thread_exit_arm(threads_key, NULL);
    thread_ended(thread);
}

void thread_register_exit(void (*at_exit)(struct thread *thread))
{
    assert(exit_hook_count < THREAD_EXIT_HOOKS_MAX);
    exit_hooks[exit_hook_count++] = at_exit;
}

void thread_register_last_exit(void (*at_exit)(struct thread *thread))
{
    exit_last = at_exit;
}

void thread_register_wait(void (*before)(struct thread *thread),
                          void (*after)(struct thread *thread))
{
    wait_before = before;
    wait_after = after;
}

void thread_wait_begin(struct thread *thread)
{
    engine_wake_owed();
    if (wait_before != NULL)
        wait_before(thread);
}

void thread_wait_end(struct thread *thread)
{
    if (wait_after != NULL)
        wait_after(thread);
}

bool thread_wait(struct thread *thread, int64_t deadline_ns)
{
    bool woken;

    thread_wait_begin(thread);
    woken = park_wait(&thread->park, deadline_ns);
    thread_wait_end(thread);
    return woken;
}

int64_t thread_deadline_ns(uint32_t timeout_ms)
{
    if (timeout_ms == THREAD_INFINITE_MS)
        return PARK_FOREVER;
    return timeout_ms == 0 ? 0 : host_now_ns() + (int64_t)timeout_ms * 1000000;
}

int64_t thread_op_balance(void)
{
    int64_t sum = 0;

    host_lock_acquire(&threads_lock);
    for (unsigned i = 0; i < threads_all_count; i++)
        sum += atomic_load_explicit(&threads_all[i]->op_balance, memory_order_relaxed);
    host_lock_release(&threads_lock);
    return sum;
}

/* In a child of fork() only the calling thread lives on; the others' structures are given up. */
static void thread_forked(void)
{
    atomic_store_explicit(&threads_lock.word, 0, memory_order_relaxed);
    threads_ended = NULL;
    if (thread_current != NULL) {
        atomic_store_explicit(&thread_current->apc_lock.word, 0, memory_order_relaxed);
        park_poll_forget(&thread_current->park);
    }
}

__attribute__((constructor)) static void thread_start(void)
{
    host_fork_hook(thread_forked);
}
