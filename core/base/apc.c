/* SPDX-License-Identifier: MIT */
/* Calls queued to a thread: apc.h. */
#include "core/base/apc.h"

void apc_queue(struct thread *thread, struct apc *apc)
{
    (void)thread;
    (void)apc;
}

bool apc_pending(struct thread *self)
{
    (void)self;
    return false;
}

unsigned apc_run(struct thread *self)
{
    (void)self;
    return 0;
}
