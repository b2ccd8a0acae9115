/* SPDX-License-Identifier: MIT */
/* See answer.h. */
#include "core/verb/answer.h"

#include "core/base/mem.h"
#include "core/base/thread.h"

struct answer *answer_self(void)
{
    struct thread *thread = thread_self();

    if (thread == NULL)
        return NULL;
    if (thread->answer == NULL)
        thread->answer = mem_zalloc(thread->shard, sizeof *thread->answer);
    return thread->answer;
}
