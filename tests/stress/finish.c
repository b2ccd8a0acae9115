/* SPDX-License-Identifier: MIT */
/* The end of an operation: what was told of it, what its OVERLAPPED and its buffer say. */
#include "pair.h"

#include <string.h>

#include "check.h"
#include "datagram.h"

#define FINISH_CANCELLED 0xC0000120u

static enum tally ending_of(const struct task *task)
{
    switch (task->status) {
    case 0x80000005u:
        return TALLY_TRUNCATED;
    case FINISH_CANCELLED:
        return TALLY_CANCELLED;
    case 0xC0000241u: /* connection aborted */
    case 0xC000013Bu: /* local disconnect */
        return TALLY_CLOSED;
    case 0xC000020Du: /* connection reset */
        return TALLY_RESET;
    case 0xC0000236u: /* connection refused */
    case 0xC000023Fu: /* port unreachable */
        return TALLY_UNREACHABLE;
    default:
        break;
    }
    if (task->status >> 31 != 0)
        return TALLY_OTHER;
    return task->kind == TASK_RECEIVE && task->bytes == 0 && task->size_bytes > 0 &&
                   !task->end->pair->plan.datagram
               ? TALLY_STREAM_END
               : TALLY_SUCCEEDED;
}

/* ---- What was told ---- */

static void told_check_locked(const struct task *task, const struct outcome *outcome)
{
    bool good = task->status >> 31 == 0;

    if (outcome->by != task->notice)
        check_fail(CHECK_NOTICE, "told by %d instead of %d", (int)outcome->by, (int)task->notice);
    if (outcome->by == NOTICE_PACKET && outcome->key != task->key)
        check_fail(CHECK_KEY, "key %#llx instead of %#llx", (unsigned long long)outcome->key,
                   (unsigned long long)task->key);
    if (outcome->by == NOTICE_ROUTINE && task->thread_id != GetCurrentThreadId())
        check_fail(CHECK_THREAD, "thread %lu instead of %lu", (unsigned long)GetCurrentThreadId(),
                   (unsigned long)task->thread_id);
    if ((outcome->by == NOTICE_PACKET || outcome->by == NOTICE_ROUTINE) &&
        (outcome->succeeded != good || outcome->bytes != task->bytes))
        check_fail(CHECK_STATE, "status %#x, %u bytes; told: %s, %lu bytes", task->status,
                   task->bytes, outcome->succeeded ? "success" : "failure",
                   (unsigned long)outcome->bytes);
}

/* What WSAGetOverlappedResult says of an operation whose event is signalled. */
static void result_check_locked(struct task *task)
{
    DWORD bytes = 0;
    DWORD flags = 0;

    if (task->end->close_begun)
        return;
    if (WSAGetOverlappedResult(atomic_load(&task->end->s), &task->overlapped, &bytes, FALSE,
                               &flags)) {
        if (bytes != task->bytes)
            check_fail(CHECK_STATE, "WSAGetOverlappedResult says %lu bytes instead of %u",
                       (unsigned long)bytes, task->bytes);
    } else if (WSAGetLastError() == WSA_IO_INCOMPLETE) {
        check_fail(CHECK_STATE, "told, but WSAGetOverlappedResult says it goes on");
    }
}

static void result_take_locked(struct task *task)
{
    OVERLAPPED *overlapped = &task->overlapped;

    if (!HasOverlappedIoCompleted(overlapped))
        check_fail(CHECK_STATE, "told of an end, but Internal is STATUS_PENDING");
    task->status = (uint32_t)overlapped->Internal;
    task->bytes = (uint32_t)overlapped->InternalHigh;
    if (task->bytes > task->size_bytes ||
        (task->kind == TASK_SEND && task->status == 0 && task->bytes != task->size_bytes))
        check_fail(CHECK_LENGTH, "%u bytes of %u", task->bytes, task->size_bytes);
    if (task->bytes > task->size_bytes)
        task->bytes = task->size_bytes;
    atomic_fetch_add_explicit(&stress.ended, 1, memory_order_relaxed);
}

/* ---- Receives and sends ---- */

/* A receive whose turn it is: its bytes are the next of the stream. */
static void stream_check_locked(struct end *end, struct task *task)
{
    uint64_t gap_from = atomic_load(&end->peer->gap_from);
    uint64_t sure = gap_from > end->received_bytes ? gap_from - end->received_bytes : 0;
    uint32_t length = task->bytes < sure ? task->bytes : (uint32_t)sure;

    if (length > 0 && memcmp(task->buffer, pattern_at(end->peer, end->received_bytes), length) != 0)
        check_fail(CHECK_BYTES, "pair %u.%u: wrong bytes among %u from position %llu",
                   end->pair->index, end->pair->generation, task->bytes,
                   (unsigned long long)end->received_bytes);
    end->received_bytes += task->bytes;
    tally_add(TALLY_VERIFIED_BYTES, length);
    if (task_failed(task))
        end->received_end |= task->status != FINISH_CANCELLED;
    else if (task->bytes == 0 && task->size_bytes > 0) {
        end->received_end = true;
        end->whole_end |= !end->deaf && !end->close_begun;
    }
}

static void receive_check_locked(struct end *end, struct task *task)
{
    if (!poison_untouched(task->buffer + task->bytes, task->size_bytes - task->bytes))
        check_fail(CHECK_BEYOND, "a receive of %u bytes, status %#x, wrote more", task->bytes,
                   task->status);
    if (end->pair->plan.datagram)
        datagram_check_locked(task);
    else
        stream_check_locked(end, task);
}

/* Those before it have ended; zero-byte receives keep no order. */
static void order_check_locked(struct lane *lane, const struct task *task)
{
    const struct task *oldest = lane->by_sequence[lane->turn_sequence % DEPTH_MAX];
    const char *what = task->kind == TASK_RECEIVE ? "receive" : "send";

    if (task_failed(task) || task->size_bytes == 0)
        return;
    if (oldest != NULL && oldest != task && oldest->state == TASK_PENDING &&
        oldest->size_bytes > 0 && !HasOverlappedIoCompleted(&oldest->overlapped))
        check_fail(CHECK_ORDER, "pair %u: %s %llu, status %#x, ended before %s %llu of %u bytes",
                   task->end->pair->index, what, (unsigned long long)task->sequence, task->status,
                   what, (unsigned long long)oldest->sequence, oldest->size_bytes);
    if (!task->end->pair->ordered || task->notice != NOTICE_PACKET)
        return;
    if (task->sequence < lane->packet_sequence)
        check_fail(CHECK_ORDER, "pair %u: the packet of %s %llu came after that of %s %llu",
                   task->end->pair->index, what, (unsigned long long)task->sequence, what,
                   (unsigned long long)lane->packet_sequence);
    lane->packet_sequence = task->sequence;
}

static void lane_end_locked(struct task *task)
{
    struct lane *lane = task_lane(task);
    struct end *end = task->end;
    struct task *next;

    order_check_locked(lane, task);
    end->broken |= task_failed(task) && task->status != FINISH_CANCELLED;
    if (task->kind == TASK_SEND && task_failed(task) &&
        task->position < atomic_load(&end->gap_from))
        atomic_store(&end->gap_from, task->position);
    task->state = TASK_ENDED;
    for (;;) {
        next = lane->by_sequence[lane->turn_sequence % DEPTH_MAX];
        if (next == NULL || next->state != TASK_ENDED)
            return;
        lane->by_sequence[lane->turn_sequence++ % DEPTH_MAX] = NULL;
        if (next->kind == TASK_RECEIVE)
            receive_check_locked(end, next);
        task_rest_locked(next);
    }
}

void task_ended_at_once_locked(struct task *task)
{
    result_take_locked(task);
    tally_add(TALLY_AT_ONCE, 1);
    tally_add(TALLY_BY_CALL, 1);
    if (task->status >> 31 != 0)
        check_fail(CHECK_STATE, "success at once, and status %#x", task->status);
    if (task->kind == TASK_CONTROL)
        task->state = TASK_ENDED; /* the rest is the caller's: control_done() */
    else
        lane_end_locked(task);
}

/* ---- What follows ---- */

/* Mostly the same again. A calm end has but one way to begin its end. */
static void end_act(struct end *end, enum task_kind kind, bool calm)
{
    uint32_t choice = random_below(4096);

    if (choice < 3)
        end_close_anyhow(end, random_one_in(2));
    else if (choice < 19)
        end_cancel(end);
    else if (choice == 19 || (calm && choice < 44))
        end_shutdown(end);
    else if (choice == 44)
        end_disconnect(end);
    else if (kind == TASK_RECEIVE)
        end_receive(end);
    else if (choice < 3400)
        end_send(end);
}

void task_done(struct task *task, const struct outcome *outcome)
{
    static const enum tally by[] = {TALLY_BY_PACKET, TALLY_BY_EVENT, TALLY_BY_ROUTINE,
                                    TALLY_BY_NONE};
    struct end *end = task->end;
    enum task_kind kind = task->kind;
    bool over = false;
    bool calm;

    EnterCriticalSection(&end->lock);
    calm = end->calm;
    if (task->state != TASK_PENDING) {
        if (task->refused)
            check_fail(CHECK_REFUSED, "the end of an operation that was refused");
        else
            check_fail(CHECK_ONE_END, "the end of an operation that has ended before");
        LeaveCriticalSection(&end->lock);
        return;
    }
    result_take_locked(task);
    told_check_locked(task, outcome);
    if (outcome->by == NOTICE_EVENT && kind != TASK_CONTROL)
        result_check_locked(task);
    tally_add(ending_of(task), 1);
    tally_add(by[outcome->by], 1);
    if (kind == TASK_CONTROL) {
        task->state = TASK_ENDED;
    } else {
        over = kind == TASK_SEND && task_failed(task) && task->status != FINISH_CANCELLED;
        lane_end_locked(task);
        over |= kind == TASK_RECEIVE && end->received_end && (calm || random_one_in(2));
    }
    LeaveCriticalSection(&end->lock);
    if (kind == TASK_CONTROL)
        control_done(task);
    else if (over && calm)
        end_close_calmly(end);
    else if (over && !end->pair->plan.datagram)
        end_close_anyhow(end, random_one_in(4));
    else
        end_act(end, kind, calm);
    end_settle(end);
}

void CALLBACK task_routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    const struct outcome outcome = {NOTICE_ROUTINE, error == 0, bytes, 0};

    (void)flags;
    task_done(CONTAINING_RECORD(overlapped, struct task, overlapped), &outcome);
}

void task_poll(struct task *task)
{
    const struct outcome outcome = {.by = NOTICE_NONE};
    bool ended;

    EnterCriticalSection(&task->end->lock);
    ended = task->state == TASK_PENDING && task->notice == NOTICE_NONE &&
            HasOverlappedIoCompleted(&task->overlapped);
    LeaveCriticalSection(&task->end->lock);
    if (ended)
        task_done(task, &outcome);
}

void task_check_cleaned(struct task *task)
{
    /* Calls are made under the lock: what one has just begun is refused by the time we have it. */
    EnterCriticalSection(&task->end->lock);
    if (task->state == TASK_PENDING && !HasOverlappedIoCompleted(&task->overlapped) &&
        !(task->kind == TASK_SEND && task->end->close_begun)) /* what was closed runs on */
        check_fail(CHECK_CLEANUP, "a %s is pending after WSACleanup",
                   task->kind == TASK_RECEIVE ? "receive"
                   : task->kind == TASK_SEND  ? "send"
                                              : "connect, accept or disconnect");
    LeaveCriticalSection(&task->end->lock);
}

void task_cleaned(struct task *task)
{
    unsigned patience_ms = 5000; /* its peer is reset by now */

    task_check_cleaned(task);
    EnterCriticalSection(&task->end->lock);
    if (task->state == TASK_PENDING) {
        while (!HasOverlappedIoCompleted(&task->overlapped) && patience_ms-- > 0)
            Sleep(1);
        if (!HasOverlappedIoCompleted(&task->overlapped))
            check_fail(CHECK_CLEANUP, "a send of a closed socket does not end");
        atomic_fetch_add(&stress.ended, 1);
        tally_add(TALLY_CLEANED, 1);
    }
    if (task->state != TASK_IDLE)
        task_rest_locked(task);
    LeaveCriticalSection(&task->end->lock);
}
