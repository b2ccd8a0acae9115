/* SPDX-License-Identifier: MIT */
/* The thread's blocking calls and its hook: blocking.h. */
#include "core/base/blocking.h"

#include "core/base/startup.h"
#include "core/base/thread.h"
#include "ring/host/sys.h"

enum blocking_state { BLOCKING_NONE, BLOCKING_WAITS, BLOCKING_CANCELLED }; /* [K1] */

/* Between two turns of a hook that had nothing to do: short enough for a hook that keeps a window
 * alive or looks at a button, long enough to cost next to nothing. */
#define BLOCKING_PERIOD_NS INT64_C(10000000)

_Thread_local struct blocking_thread blocking_own;

static int blocking_default(void)
{
    return 0;
}

uint32_t blocking_wait_begin(struct thread *self)
{
    return atomic_exchange_explicit(&self->blocked, BLOCKING_WAITS, memory_order_relaxed);
}

bool blocking_wait_cancelled(struct thread *self)
{
    return atomic_load_explicit(&self->blocked, memory_order_relaxed) == BLOCKING_CANCELLED;
}

bool blocking_wait_end(struct thread *self, uint32_t before)
{
    return atomic_exchange_explicit(&self->blocked, before, memory_order_relaxed) ==
           BLOCKING_CANCELLED;
}

bool blocking_cancel_other(struct thread *thread, uint32_t id)
{
    uint32_t expected = BLOCKING_WAITS;
    bool found;

    host_lock_acquire(&thread->apc_lock);
    found = thread->id == id &&
            atomic_compare_exchange_strong_explicit(&thread->blocked, &expected, BLOCKING_CANCELLED,
                                                    memory_order_relaxed, memory_order_relaxed);
    host_lock_release(&thread->apc_lock);
    if (found)
        park_wake(&thread->park);
    return found;
}

void blocking_begin(struct blocking *call)
{
    struct thread *self = thread_self();

    call->outer = blocking_own.innermost;
    call->due_ns = 0;
    call->cancelled = false;
    call->outer_state = self == NULL ? BLOCKING_NONE : blocking_wait_begin(self);
    blocking_own.innermost = call;
}

void blocking_end(struct blocking *call)
{
    struct thread *self = thread_self();

    if (self != NULL)
        (void)blocking_wait_end(self, call->outer_state);
    blocking_own.innermost = call->outer;
}

bool blocking_cancelled(const struct blocking *call)
{
    struct thread *self = thread_self();

    return call->cancelled || (self != NULL && blocking_wait_cancelled(self));
}

bool blocking_hook_counts(void)
{
    return blocking_own.era == startup_era() && !startup_in_callback();
}

bool blocking_turn(struct blocking *call, int64_t *until_ns)
{
    int64_t now_ns;
    bool more;

    if (!blocking_hooked())
        return false;
    now_ns = host_now_ns();
    if (now_ns < call->due_ns) {
        if (*until_ns > call->due_ns)
            *until_ns = call->due_ns;
        return false;
    }
    if (now_ns >= *until_ns)
        return false;
    startup_callback_begin();
    more = blocking_own.hook() != 0;
    startup_callback_end();
    if (!more)
        call->due_ns = host_now_ns() + BLOCKING_PERIOD_NS;
    return true;
}

bool blocking_active(void)
{
    return blocking_own.innermost != NULL;
}

bool blocking_cancel(void)
{
    if (blocking_own.innermost == NULL)
        return false;
    blocking_own.innermost->cancelled = true;
    return true;
}

blocking_hook *blocking_exchange(blocking_hook *hook)
{
    blocking_hook *before = blocking_own.era == startup_era() ? blocking_own.hook : NULL;

    blocking_own.hook = hook == blocking_default ? NULL : hook;
    blocking_own.era = startup_era();
    return before == NULL ? blocking_default : before;
}
