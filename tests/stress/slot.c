/* SPDX-License-Identifier: MIT */
/* What a slot of pairs is made of: its plan, its tasks and their memory; and the streams' bytes. */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static char pattern[PATTERN_PERIOD + BUFFER_BYTES];

void pattern_fill(void)
{
    for (unsigned i = 0; i < PATTERN_PERIOD; i++)
        pattern[i] = (char)random_below(256);
    memcpy(pattern + PATTERN_PERIOD, pattern, BUFFER_BYTES);
}

const char *pattern_at(const struct end *sender, uint64_t position)
{
    uint64_t stream = sender->key * 7919 + sender->pair->generation * 104729ull;

    return pattern + (stream + position) % PATTERN_PERIOD;
}

/* ---- Memory ---- */

/* What the slots are like. Port 0 and 2 have one thread each that takes packets, in their order;
 * a round has as many event tasks as its thread can wait for: 64. */
/* clang-format off */
static const struct plan plans[] = {
    /* told by        port depth low_bit skips datagram whole */
    {NOTICE_PACKET,  0,   4,    false,  false, false, false},
    {NOTICE_PACKET,  1,   4,    false,  false, false, true},
    {NOTICE_PACKET,  2,   64,   false,  false, false, true},
    {NOTICE_PACKET,  3,   4,    false,  true,  false, false},
    {NOTICE_PACKET,  0,   16,   false,  false, false, true},
    {NOTICE_PACKET,  1,   64,   false,  true,  false, true},
    {NOTICE_PACKET,  2,   1,    false,  false, false, false},
    {NOTICE_PACKET,  3,   8,    false,  false, true,  false},
    {NOTICE_ROUTINE, 0,   8,    false,  false, false, true},
    {NOTICE_PACKET,  1,   4,    false,  true,  true,  false},
    {NOTICE_ROUTINE, 0,   64,   false,  false, false, false},
    {NOTICE_PACKET,  2,   4,    true,   false, false, true},
    {NOTICE_EVENT,   0,   4,    false,  false, false, false},
    {NOTICE_EVENT,   0,   4,    false,  false, true,  true},
    {NOTICE_ROUTINE, 0,   4,    false,  false, true,  false},
    {NOTICE_PACKET,  0,   64,   false,  false, false, false},
};
/* clang-format on */

static bool plan_has_events(const struct plan *plan)
{
    return plan->notice == NOTICE_EVENT || plan->low_bit;
}

static bool task_init(struct task *task, struct end *end, enum task_kind kind)
{
    uint32_t bytes = kind == TASK_CONTROL ? CONTROL_BYTES : BUFFER_BYTES;

    task->end = end;
    task->kind = kind;
    task->key = end->key;
    task->buffer = malloc(bytes);
    if (task->buffer == NULL)
        return false;
    if (plan_has_events(&end->pair->plan) && (task->event = WSACreateEvent()) == WSA_INVALID_EVENT)
        return false;
    task->used_bytes = bytes;
    end->outstanding++;
    task_rest_locked(task);
    return true;
}

static bool end_init(struct end *end, struct pair *pair, unsigned side)
{
    bool complete;

    InitializeCriticalSection(&end->lock);
    end->pair = pair;
    end->peer = &pair->ends[1 - side];
    end->key = 0x1000 + pair->index * 4 + side;
    end->settled = true;
    end->spare = INVALID_SOCKET;
    atomic_store(&end->s, INVALID_SOCKET);
    complete = task_init(&end->control, end, TASK_CONTROL);
    for (unsigned i = 0; complete && i < pair->plan.depth; i++)
        complete = task_init(&end->receives.tasks[i], end, TASK_RECEIVE) &&
                   task_init(&end->sends.tasks[i], end, TASK_SEND);
    return complete;
}

bool pair_init(struct pair *pair, unsigned index, const HANDLE *ports)
{
    unsigned generation = pair->generation;

    memset(pair, 0, sizeof *pair);
    pair->index = index;
    pair->generation = generation;
    pair->plan = plans[index % (sizeof plans / sizeof plans[0])];
    pair->port = pair->plan.notice == NOTICE_PACKET ? ports[pair->plan.port] : NULL;
    pair->ordered = pair->plan.port % 2 == 0 && !pair->plan.skips;
    atomic_store(&pair->listener, INVALID_SOCKET);
    return end_init(&pair->ends[0], pair, 0) && end_init(&pair->ends[1], pair, 1);
}

void pair_each_task(struct pair *pair, void (*visit)(struct task *task))
{
    for (unsigned side = 0; side < 2; side++) {
        struct end *end = &pair->ends[side];

        visit(&end->control);
        for (unsigned i = 0; i < pair->plan.depth; i++) {
            visit(&end->receives.tasks[i]);
            visit(&end->sends.tasks[i]);
        }
    }
}

static void task_free(struct task *task)
{
    const char *fault = task_fault(task);

    if (fault != NULL)
        check_fail(CHECK_LATE, "%s", fault);
    task_wake(task);
    free(task->buffer);
    if (plan_has_events(&task->end->pair->plan))
        CloseHandle(task->event); /* also after WSACleanup */
}

void pair_free(struct pair *pair)
{
    pair_each_task(pair, task_free);
    for (unsigned side = 0; side < 2; side++) {
        if (pair->ends[side].spare != INVALID_SOCKET && closesocket(pair->ends[side].spare) != 0)
            call_failed("closesocket of a spare socket", (unsigned long)WSAGetLastError());
        DeleteCriticalSection(&pair->ends[side].lock);
    }
}

/* ---- Showing ---- */

static void task_print(struct task *task)
{
    if (task->state != TASK_IDLE)
        printf("  %s %u bytes, %s, Internal %#llx\n",
               task->kind == TASK_RECEIVE ? "receive"
               : task->kind == TASK_SEND  ? "send"
                                          : "control",
               task->size_bytes, task->state == TASK_PENDING ? "pending" : "waits for its turn",
               (unsigned long long)task->overlapped.Internal);
}

/* Looks without a lock: called before the program ends in any case. */
void pair_print(struct pair *pair)
{
    for (unsigned side = 0; side < 2; side++) {
        struct end *end = &pair->ends[side];

        if (end->settled)
            continue;
        printf("pair %u.%u side %u: socket %#llx, %s, %s, %u outstanding\n", pair->index,
               pair->generation, side, (unsigned long long)atomic_load(&end->s),
               end->connected ? "connected" : "connecting",
               end->close_ended   ? "closed"
               : end->close_begun ? "closing"
                                  : "open",
               end->outstanding);
    }
    pair_each_task(pair, task_print);
}
