/* SPDX-License-Identifier: MIT */
/* Traffic: receives, sends, cancels, shutdowns and closes of one end, and what their packets say.
 *  */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "pair.h"

/* ---- Beginning ---- */

void task_begin_locked(struct task *task, ULONG_PTR key)
{
    memset(&task->overlapped, 0, sizeof task->overlapped);
    task->state = TASK_PENDING;
    task->key = key;
    task->end->outstanding++;
}

bool task_begun_locked(struct task *task, bool started, const char *call)
{
    if (started) {
        atomic_fetch_add_explicit(&stress.accepted, 1, memory_order_relaxed);
        return true;
    }
    if (task->state != TASK_PENDING)
        check_fail(CHECK_REFUSED, "%s was refused, but its packet has come", call);
    task->state = TASK_IDLE;
    task->end->outstanding--;
    return false;
}

static struct task *task_idle_locked(struct task *tasks)
{
    for (unsigned i = 0; i < TASKS_EACH; i++)
        if (tasks[i].state == TASK_IDLE)
            return &tasks[i];
    return NULL;
}

static bool end_open_locked(const struct end *end)
{
    /* A call may race with closesocket(); it is not made long after it. */
    return end->connected && !end->close_ended && !stress.stopping;
}

/* 0 now and then, mostly small, sometimes the whole buffer. */
static uint32_t size_choose(void)
{
    switch (random_below(16)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return 1 + random_below(BUFFER_BYTES);
    case 3:
        return BUFFER_BYTES;
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

void end_receive(struct end *end)
{
    WSABUF buffers[3];
    struct task *task = NULL;
    DWORD flags = 0;
    DWORD count;
    bool started;

    EnterCriticalSection(&end->lock);
    if (end_open_locked(end) && !end->received_end)
        task = task_idle_locked(end->receives);
    if (task != NULL) {
        task->size_bytes = size_choose();
        task->sequence = end->next_sequence;
        count = buffers_split(buffers, task->buffer, task->size_bytes);
        task_begin_locked(task, end->key);
        started = WSARecv(atomic_load(&end->s), buffers, count, NULL, &flags, &task->overlapped,
                          NULL) == 0 ||
                  WSAGetLastError() == WSA_IO_PENDING;
        if (task_begun_locked(task, started, "WSARecv"))
            end->next_sequence++;
    }
    LeaveCriticalSection(&end->lock);
}

void end_send(struct end *end)
{
    WSABUF buffers[3];
    struct task *task = NULL;
    DWORD count;
    bool started;

    EnterCriticalSection(&end->lock);
    if (end_open_locked(end) && !end->sent_end)
        task = task_idle_locked(end->sends);
    if (task != NULL) {
        task->size_bytes = size_choose();
        task->position = end->sent_bytes;
        memcpy(task->buffer, pattern_at(end, task->position), task->size_bytes);
        count = buffers_split(buffers, task->buffer, task->size_bytes);
        task_begin_locked(task, end->key);
        started =
            WSASend(atomic_load(&end->s), buffers, count, NULL, 0, &task->overlapped, NULL) == 0 ||
            WSAGetLastError() == WSA_IO_PENDING;
        if (task_begun_locked(task, started, "WSASend"))
            end->sent_bytes += task->size_bytes;
    }
    LeaveCriticalSection(&end->lock);
}

/* ---- Disturbing ---- */

/* A cancelled send may have sent a part: the peer can check nothing from the oldest one on. */
static void gap_mark_locked(struct end *end)
{
    uint64_t from = end->sent_bytes;

    for (unsigned i = 0; i < TASKS_EACH; i++)
        if (end->sends[i].state == TASK_PENDING && end->sends[i].position < from)
            from = end->sends[i].position;
    if (from < atomic_load(&end->gap_from))
        atomic_store(&end->gap_from, from);
}

void end_cancel(struct end *end)
{
    OVERLAPPED *which = &end->receives[random_below(TASKS_EACH)].overlapped;
    bool open;
    SOCKET s;

    EnterCriticalSection(&end->lock);
    open = end_open_locked(end);
    s = atomic_load(&end->s);
    if (open && random_one_in(8)) {
        gap_mark_locked(end);
        which = random_one_in(2) ? NULL : &end->sends[random_below(TASKS_EACH)].overlapped;
    }
    LeaveCriticalSection(&end->lock);
    if (open && !CancelIoEx((HANDLE)s, which) && GetLastError() != ERROR_NOT_FOUND &&
        GetLastError() != ERROR_INVALID_HANDLE)
        check_fail(CHECK_CALL, "CancelIoEx failed with %lu", (unsigned long)GetLastError());
}

void end_shutdown(struct end *end)
{
    int how = random_one_in(4) ? SD_BOTH : SD_SEND;
    bool open;
    SOCKET s;

    EnterCriticalSection(&end->lock);
    open = end_open_locked(end);
    s = atomic_load(&end->s);
    end->sent_end |= open;
    LeaveCriticalSection(&end->lock);
    if (open)
        shutdown(s, how); /* may fail: the peer may have reset the connection */
}

void end_disconnect(struct end *end)
{
    struct task *task = &end->control;
    bool started;

    EnterCriticalSection(&end->lock);
    if (end_open_locked(end) && task->state == TASK_IDLE) {
        task->size_bytes = 0;
        task_begin_locked(task, end->key);
        started = stress.disconnect_ex(atomic_load(&end->s), &task->overlapped,
                                       random_one_in(4) ? TF_REUSE_SOCKET : 0, 0) ||
                  WSAGetLastError() == ERROR_IO_PENDING;
        task_begun_locked(task, started, "DisconnectEx");
        end->sent_end = true;
    }
    LeaveCriticalSection(&end->lock);
}

/* closesocket() with linger {1,0} has returned: every accepted operation has ended. */
static void abort_check_locked(struct end *end)
{
    for (unsigned i = 0; i < TASKS_EACH; i++) {
        struct task *receive = &end->receives[i];
        struct task *send = &end->sends[i];

        if (receive->state == TASK_PENDING && !HasOverlappedIoCompleted(&receive->overlapped))
            check_fail(CHECK_ABORT, "a receive is pending after an aborting closesocket");
        if (send->state == TASK_PENDING && !HasOverlappedIoCompleted(&send->overlapped))
            check_fail(CHECK_ABORT, "a send is pending after an aborting closesocket");
    }
}

void end_close(struct end *end, bool abort)
{
    const LINGER reset = {1, 0};
    SOCKET s = INVALID_SOCKET;
    bool connected;
    bool ours;

    EnterCriticalSection(&end->lock);
    ours = !end->close_begun && !end->settled;
    end->close_begun = true;
    connected = end->connected;
    if (ours)
        s = atomic_load(&end->s);
    LeaveCriticalSection(&end->lock);
    if (!ours)
        return;
    if (s != INVALID_SOCKET) {
        if (abort)
            setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset);
        if (closesocket(s) != 0)
            check_fail(CHECK_CALL, "closesocket failed with %d", WSAGetLastError());
    }
    if (!connected)
        pair_abandon(end->pair);
    EnterCriticalSection(&end->lock);
    if (abort && connected && s != INVALID_SOCKET)
        abort_check_locked(end);
    end->close_ended = true;
    LeaveCriticalSection(&end->lock);
    end_settle(end);
}

/* ---- Packets ---- */

/* A receive whose turn it is: its bytes are the next of the stream. */
static void receive_check_locked(struct end *end, struct task *task)
{
    uint64_t gap_from = atomic_load(&end->peer->gap_from);
    uint64_t sure = gap_from > end->received_bytes ? gap_from - end->received_bytes : 0;
    uint32_t length = task->bytes < sure ? task->bytes : (uint32_t)sure;

    if (task->error != 0) {
        if (task->error != ERROR_OPERATION_ABORTED)
            end->received_end = true;
        return;
    }
    if (length > 0 && memcmp(task->buffer, pattern_at(end->peer, end->received_bytes), length) != 0)
        check_fail(CHECK_BYTES, "pair %u.%u: wrong bytes among %u from position %llu",
                   end->pair->index, end->pair->generation, task->bytes,
                   (unsigned long long)end->received_bytes);
    end->received_bytes += task->bytes;
    atomic_fetch_add_explicit(&stress.verified_bytes, length, memory_order_relaxed);
    if (task->bytes == 0 && task->size_bytes > 0)
        end->received_end = true;
}

static void receive_done_locked(struct end *end, struct task *task)
{
    bool more = true;

    if (end->pair->ordered && task->error == 0 && task->size_bytes > 0) {
        if (task->sequence < end->packet_sequence)
            check_fail(CHECK_ORDER, "receive %llu completed after receive %llu",
                       (unsigned long long)task->sequence,
                       (unsigned long long)end->packet_sequence);
        end->packet_sequence = task->sequence;
    }
    task->state = TASK_ENDED;
    while (more) {
        more = false;
        for (unsigned i = 0; i < TASKS_EACH; i++) {
            struct task *next = &end->receives[i];

            if (next->state != TASK_ENDED || next->sequence != end->turn_sequence)
                continue;
            receive_check_locked(end, next);
            next->state = TASK_IDLE;
            end->turn_sequence++;
            end->outstanding--;
            more = true;
        }
    }
}

static void packet_check_locked(struct task *task, bool succeeded, DWORD bytes, ULONG_PTR key)
{
    ULONG_PTR status = task->overlapped.Internal;

    if (key != task->key)
        check_fail(CHECK_KEY, "key %#llx instead of %#llx", (unsigned long long)key,
                   (unsigned long long)task->key);
    if (!HasOverlappedIoCompleted(&task->overlapped) || succeeded != ((status >> 30) != 3) ||
        task->overlapped.InternalHigh != bytes)
        check_fail(CHECK_STATE, "Internal %#llx, InternalHigh %llu; the packet: %s, %lu bytes",
                   (unsigned long long)status, (unsigned long long)task->overlapped.InternalHigh,
                   succeeded ? "success" : "failure", (unsigned long)bytes);
    if (bytes > task->size_bytes ||
        (task->kind == TASK_SEND && succeeded && bytes != task->size_bytes))
        check_fail(CHECK_LENGTH, "%lu bytes of %u", (unsigned long)bytes, task->size_bytes);
}

/* What a worker does after a packet: mostly the same again. */
static void end_act(struct end *end, enum task_kind kind)
{
    uint32_t choice = random_below(2048);

    if (choice < 2)
        end_close(end, random_one_in(2));
    else if (choice < 10)
        end_cancel(end);
    else if (choice == 10)
        end_shutdown(end);
    else if (choice == 11)
        end_disconnect(end);
    else if (kind == TASK_RECEIVE)
        end_receive(end);
    else if (kind == TASK_SEND && choice < 1700)
        end_send(end);
}

void task_done(struct task *task, bool succeeded, DWORD error, DWORD bytes, ULONG_PTR key)
{
    struct end *end = task->end;
    bool over = false;

    atomic_fetch_add_explicit(&stress.ended, 1, memory_order_relaxed);
    EnterCriticalSection(&end->lock);
    if (task->state != TASK_PENDING) {
        check_fail(CHECK_ONE_PACKET, "a packet for an operation that is not under way");
        LeaveCriticalSection(&end->lock);
        return;
    }
    packet_check_locked(task, succeeded, bytes, key);
    task->bytes = bytes;
    task->error = succeeded ? 0 : error;
    if (task->error == 0)
        atomic_fetch_add_explicit(&stress.succeeded, 1, memory_order_relaxed);
    else if (task->error == ERROR_OPERATION_ABORTED)
        atomic_fetch_add_explicit(&stress.cancelled, 1, memory_order_relaxed);
    if (task->kind == TASK_RECEIVE) {
        receive_done_locked(end, task);
        over = end->received_end && random_one_in(2);
    } else if (task->kind == TASK_SEND) {
        task->state = TASK_IDLE;
        end->outstanding--;
        over = task->error != 0 && task->error != ERROR_OPERATION_ABORTED;
    }
    LeaveCriticalSection(&end->lock);
    if (task->kind == TASK_CONTROL)
        control_done(task);
    else if (over)
        end_close(end, random_one_in(4));
    else
        end_act(end, task->kind);
    end_settle(end);
}
