/* SPDX-License-Identifier: MIT */
/* Receives and sends: how each is begun, and how it will tell of its end. */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "datagram.h"

/* ---- Any operation ---- */

static enum notice notice_choose(const struct task *task)
{
    const struct plan *plan = &task->end->pair->plan;

    switch (plan->notice) {
    case NOTICE_PACKET:
        return plan->low_bit && random_one_in(2) ? NOTICE_EVENT : NOTICE_PACKET;
    case NOTICE_EVENT:
        return random_one_in(8) ? NOTICE_NONE : NOTICE_EVENT;
    default: /* who is about to end runs no routines, and control operations have none */
        return crew_is_visitor() || task->kind == TASK_CONTROL ? NOTICE_NONE : NOTICE_ROUTINE;
    }
}

void task_begin_locked(struct task *task)
{
    const struct plan *plan = &task->end->pair->plan;
    struct lane *lane = task_lane(task);
    const char *fault = task_fault(task);

    if (fault != NULL)
        check_fail(CHECK_LATE, "%s", fault);
    task_wake(task);
    memset(&task->overlapped, 0, sizeof task->overlapped);
    task->notice = notice_choose(task);
    task->thread_id = GetCurrentThreadId();
    if (task->notice == NOTICE_EVENT) {
        ULONG_PTR low = plan->notice == NOTICE_PACKET;

        task->overlapped.hEvent = (HANDLE)((ULONG_PTR)task->event | low);
    }
    task->state = TASK_PENDING;
    task->refused = false;
    task->used_bytes = task->size_bytes + (task->kind == TASK_CONTROL ? 2 * ADDRESS_BYTES : 0);
    task->end->outstanding++;
    if (task->kind != TASK_CONTROL)
        lane->idle &= ~(1ull << (task - lane->tasks));
}

bool task_begun_locked(struct task *task, bool started)
{
    struct lane *lane = task_lane(task);

    if (!started) {
        task->refused = true;
        task->end->broken = true;
        task_rest_locked(task);
        return false;
    }
    atomic_fetch_add_explicit(&stress.accepted, 1, memory_order_relaxed);
    if (task->kind != TASK_CONTROL) {
        task->sequence = lane->next_sequence++;
        lane->by_sequence[task->sequence % DEPTH_MAX] = task;
    }
    return true;
}

/* An idle task, not always the one that has just ended. */
static struct task *task_take_locked(struct lane *lane)
{
    unsigned turn = random_below(DEPTH_MAX);
    uint64_t turned = turn == 0 ? lane->idle : lane->idle >> turn | lane->idle << (64 - turn);

    if (turned == 0)
        return NULL;
    return &lane->tasks[((unsigned)__builtin_ctzll(turned) + turn) % DEPTH_MAX];
}

static bool end_open_locked(const struct end *end)
{
    /* A call may race with closesocket(); it is not made long after it. */
    return end->connected && !end->close_ended && !stress.stopping;
}

/* ---- Sizes and buffers ---- */

/* 0 now and then, mostly small, sometimes the whole buffer. */
static uint32_t size_choose(void)
{
    switch (random_below(16)) {
    case 0:
        return 0;
    case 1:
        return 1 + random_below(BUFFER_BYTES);
    case 2:
        return random_one_in(2) ? BUFFER_BYTES : 0;
    default:
        return 1 + random_below(512);
    }
}

/* One buffer, or up to three that follow each other. Returns how many. */
static DWORD buffers_split(WSABUF *buffers, char *base, uint32_t size_bytes)
{
    uint32_t first = size_bytes / 3;

    buffers[0] = (WSABUF){size_bytes, base};
    if (size_bytes < 3 || !random_one_in(8))
        return 1;
    buffers[0].len = first;
    buffers[1] = (WSABUF){first, base + first};
    buffers[2] = (WSABUF){size_bytes - 2 * first, base + 2 * first};
    return 3;
}

/* ---- The calls ---- */

static int receive_call(struct task *task)
{
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine =
        task->notice == NOTICE_ROUTINE ? task_routine : NULL;
    SOCKET s = atomic_load(&task->end->s);
    WSABUF buffers[3];
    DWORD count = buffers_split(buffers, task->buffer, task->size_bytes);
    DWORD flags = 0;

    if (!task->end->pair->plan.datagram)
        return WSARecv(s, buffers, count, NULL, &flags, &task->overlapped, routine);
    task->name_bytes = sizeof task->name;
    return WSARecvFrom(s, buffers, count, NULL, &flags, (struct sockaddr *)&task->name,
                       &task->name_bytes, &task->overlapped, routine);
}

static int send_call(struct task *task)
{
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine =
        task->notice == NOTICE_ROUTINE ? task_routine : NULL;
    SOCKET s = atomic_load(&task->end->s);
    WSABUF buffers[3];
    DWORD count = buffers_split(buffers, task->buffer, task->size_bytes);

    if (!task->end->pair->plan.datagram)
        return WSASend(s, buffers, count, NULL, 0, &task->overlapped, routine);
    return WSASendTo(s, buffers, count, NULL, 0, (struct sockaddr *)&task->end->peer->name,
                     sizeof task->end->peer->name, &task->overlapped, routine);
}

/* A call's result. Success without a packet is the operation's end. */
static bool transfer_begun_locked(struct task *task, int result)
{
    bool accepted = result == 0 || WSAGetLastError() == WSA_IO_PENDING;

    if (!task_begun_locked(task, accepted))
        return false;
    if (result == 0 && task->notice == NOTICE_PACKET && task->end->pair->plan.skips)
        task_ended_at_once_locked(task);
    return true;
}

void end_receive(struct end *end)
{
    struct task *task = NULL;

    EnterCriticalSection(&end->lock);
    if (end_open_locked(end) && !end->received_end)
        task = task_take_locked(&end->receives);
    if (task != NULL) {
        task->size_bytes = size_choose();
        task_begin_locked(task);
        transfer_begun_locked(task, receive_call(task));
    }
    LeaveCriticalSection(&end->lock);
}

void end_send(struct end *end)
{
    struct task *task = NULL;
    bool datagram = end->pair->plan.datagram;

    EnterCriticalSection(&end->lock);
    if (end_open_locked(end) && !end->sent_end)
        task = task_take_locked(&end->sends);
    if (task != NULL) {
        task->size_bytes = size_choose();
        task->position = end->sent_bytes;
        task_begin_locked(task);
        if (datagram)
            task->size_bytes = task->used_bytes = datagram_write(task);
        else
            memcpy(task->buffer, pattern_at(end, task->position), task->size_bytes);
        if (transfer_begun_locked(task, send_call(task)))
            end->sent_bytes += datagram ? 1 : task->size_bytes;
    }
    LeaveCriticalSection(&end->lock);
}
