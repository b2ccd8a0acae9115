/* SPDX-License-Identifier: MIT */
/*
 * What a child of fork() must forget. Each module with a lock, a list or a descriptor of its own
 * registers a hook at load; all of them run in the child, in that order.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#include "ring/host/sys.h"

enum { FORK_HOOKS_MAX = 32 };

static void (*fork_hooks[FORK_HOOKS_MAX])(void);
static unsigned fork_hook_count;

static void fork_child(void)
{
    for (unsigned i = 0; i < fork_hook_count; i++)
        fork_hooks[i]();
}

void host_fork_hook(void (*child)(void))
{
    assert(fork_hook_count < FORK_HOOKS_MAX);
    if (fork_hook_count == 0)
        pthread_atfork(NULL, NULL, fork_child);
    if (fork_hook_count < FORK_HOOKS_MAX)
        fork_hooks[fork_hook_count++] = child;
}
