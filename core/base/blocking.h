/* SPDX-License-Identifier: MIT */
/*
 * The blocking calls that a thread is inside of, and what Winsock 1.1 lets it do meanwhile: a hook
 * that is called again and again while a call waits, and cancelling the call from there or from a
 * call queued to the thread. Everything here belongs to the calling thread, but for one word that
 * another one may change:
 *
 * [K1] thread->blocked says that the innermost call of the thread waits, and may be cancelled from
 *      outside: CancelSynchronousIo(). The thread stores BLOCKING_WAITS, and what the word was
 *      before when the call is over; a canceller changes BLOCKING_WAITS to BLOCKING_CANCELLED, then
 *      wakes the thread. It holds apc_lock and has looked at thread->id under it, so the thread
 *      that it means has not ended. Nothing else is published by the word: relaxed but for the
 *      wake, which park.h orders ([P2]).
 *
 * A loop that waits looks like this, and asks in this order, so that what has ended wins over what
 * was cancelled, and a call that did not have to wait never calls the hook:
 *
 *     blocking_begin(&call);
 *     while (not ended) {
 *         until_ns = deadline_ns;
 *         if (calls are queued)               run them;
 *         else if (blocking_cancelled(&call)) end it with WSAEINTR;
 *         else if (blocking_turn(&call, &until_ns)) ;
 *         else                                sleep, at most to until_ns;
 *     }
 *     blocking_end(&call);
 */
#ifndef CORE_BASE_BLOCKING_H
#define CORE_BASE_BLOCKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blocking { /* one call, on its stack */
    struct blocking *outer;
    int64_t due_ns;       /* when the hook is called next */
    bool cancelled;       /* by the thread itself; blocking_cancelled() knows of the others too */
    uint32_t outer_state; /* of thread->blocked, [K1] */
};

struct thread;

typedef int blocking_hook(void);

void blocking_begin(struct blocking *call);
void blocking_end(struct blocking *call);

/* The call is to end with WSAEINTR. */
bool blocking_cancelled(const struct blocking *call);

/* The same for a thread that waits without a struct blocking: where there is no hook to run. */
uint32_t blocking_wait_begin(struct thread *self);
bool blocking_wait_cancelled(struct thread *self);
/* `before`: what blocking_wait_begin() returned. True: it was cancelled. */
bool blocking_wait_end(struct thread *self, uint32_t before);

/* Cancels the innermost call that waits of the thread whose number is `id`. False: it is not inside
 * of one, or has ended. */
bool blocking_cancel_other(struct thread *thread, uint32_t id);

struct blocking_thread {
    struct blocking *innermost;
    blocking_hook *hook; /* NULL: the default one */
    uint32_t era;        /* startup_era() when it was set: it counts for that use only */
};

extern _Thread_local struct blocking_thread blocking_own;

bool blocking_hook_counts(void);

/* The thread has a hook, and a call that waits is to call it. */
static inline bool blocking_hooked(void)
{
    return blocking_own.hook != NULL && blocking_hook_counts();
}

/* Calls the hook when it is due and *until_ns has not come. True: it ran, so look again. False: the
 * call may sleep; *until_ns is brought forward to the hook's next turn. */
bool blocking_turn(struct blocking *call, int64_t *until_ns);

/* The calling thread is inside a call that waits. */
bool blocking_active(void);
/* Marks the innermost such call. False: there is none. */
bool blocking_cancel(void);

/* Gives the thread another hook, NULL: none; returns the one before. The default hook, which does
 * nothing, stands for none. */
blocking_hook *blocking_exchange(blocking_hook *hook);

#endif
