/* SPDX-License-Identifier: MIT */
/* What ends operations early: cancelling, shutdown, DisconnectEx and closing. */
#include "pair.h"

#include <string.h>

#include "check.h"

void call_failed(const char *call, unsigned long error)
{
    if (!atomic_load(&stress.cleaning))
        check_fail(CHECK_CALL, "%s failed with %lu", call, error);
}

/* ---- Cancelling ---- */

/* A cancelled send may have sent a part: the peer can check nothing from the oldest one on. */
static void gap_mark_locked(struct end *end)
{
    uint64_t from = end->sent_bytes;

    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        struct task *send = &end->sends.tasks[i];

        if (send->state == TASK_PENDING && send->position < from)
            from = send->position;
    }
    if (from < atomic_load(&end->gap_from))
        atomic_store(&end->gap_from, from);
}

/* The socket, for a call without the lock. The pair waits for its end (end_leave). */
static bool end_visit(struct end *end, SOCKET *s)
{
    bool open;

    EnterCriticalSection(&end->lock);
    open = end->connected && !end->close_ended && !stress.stopping;
    *s = atomic_load(&end->s);
    end->outstanding += open;
    LeaveCriticalSection(&end->lock);
    return open;
}

static void end_leave(struct end *end)
{
    EnterCriticalSection(&end->lock);
    end->outstanding--;
    LeaveCriticalSection(&end->lock);
    end_settle(end);
}

/* No send of it is cancelled. The end is being visited. */
static bool end_keeps_sends(const struct end *end)
{
    return end->pair->plan.whole || end->calm;
}

static void cancel_one(struct end *end, SOCKET s)
{
    bool sends = !end_keeps_sends(end) && random_one_in(8);
    struct lane *lane = sends ? &end->sends : &end->receives;
    OVERLAPPED *which = &lane->tasks[random_below(end->pair->plan.depth)].overlapped;

    if (sends) {
        EnterCriticalSection(&end->lock);
        gap_mark_locked(end);
        LeaveCriticalSection(&end->lock);
    }
    tally_add(TALLY_DEED_CANCEL_ONE, 1);
    if (!CancelIoEx((HANDLE)s, which) && GetLastError() != ERROR_NOT_FOUND &&
        GetLastError() != ERROR_INVALID_HANDLE)
        call_failed("CancelIoEx", GetLastError());
}

/* Of every thread, or of this one only. */
static void cancel_all(struct end *end, SOCKET s)
{
    bool mine = random_one_in(2);
    BOOL good;

    EnterCriticalSection(&end->lock);
    gap_mark_locked(end);
    LeaveCriticalSection(&end->lock);
    tally_add(mine ? TALLY_DEED_CANCEL_MINE : TALLY_DEED_CANCEL_ALL, 1);
    good = mine ? CancelIo((HANDLE)s) : CancelIoEx((HANDLE)s, NULL);
    if (!good && GetLastError() != ERROR_INVALID_HANDLE &&
        (mine || GetLastError() != ERROR_NOT_FOUND))
        call_failed(mine ? "CancelIo" : "CancelIoEx", GetLastError());
}

void end_cancel(struct end *end)
{
    SOCKET s;

    if (!end_visit(end, &s))
        return;
    if (!end_keeps_sends(end) && random_one_in(16))
        cancel_all(end, s);
    else
        cancel_one(end, s);
    end_leave(end);
}

/* ---- Saying that there is no more ---- */

static void end_say_shutdown(struct end *end, SOCKET s, int how)
{
    bool disconnects = how == SD_SEND && random_one_in(2);
    int error =
        (disconnects ? WSASendDisconnect(s, NULL) : shutdown(s, how)) == 0 ? 0 : WSAGetLastError();

    tally_add(TALLY_DEED_SHUTDOWN, 1);
    EnterCriticalSection(&end->lock);
    /* It may be closed at once; and where there is no calm, the peer may have reset it. */
    if (error != 0 && end->calm && !end->close_begun)
        call_failed("shutdown or WSASendDisconnect", (unsigned long)error);
    LeaveCriticalSection(&end->lock);
}

void end_shutdown(struct end *end)
{
    bool both = random_one_in(4);
    bool said;
    SOCKET s;

    if (end->pair->plan.datagram || !end_visit(end, &s))
        return;
    both = both && !end->calm;
    EnterCriticalSection(&end->lock);
    said = end->sent_end;
    end->sent_end = true;
    end->deaf |= both;
    LeaveCriticalSection(&end->lock);
    if (!end->calm || !said)
        end_say_shutdown(end, s, both ? SD_BOTH : SD_SEND);
    end_leave(end);
}

void end_disconnect(struct end *end)
{
    struct task *task = &end->control;
    bool reuse = random_one_in(2);
    bool at_once = false;
    bool started;

    if (end->pair->plan.datagram)
        return;
    EnterCriticalSection(&end->lock);
    if (end->connected && !end->calm && !end->close_ended && !stress.stopping &&
        task->state == TASK_IDLE) {
        task->size_bytes = 0;
        task->key = end->key;
        task_begin_locked(task);
        end->reusing = reuse; /* before the call: its end may be told first */
        end->deaf = true;
        end->sent_end = true;
        started = stress.disconnect_ex(atomic_load(&end->s), &task->overlapped,
                                       reuse ? TF_REUSE_SOCKET : 0, 0);
        if (task_begun_locked(task, started || WSAGetLastError() == ERROR_IO_PENDING)) {
            tally_add(TALLY_DEED_DISCONNECT, 1);
            at_once = started && control_at_once_locked(task);
        } else {
            end->reusing = false;
        }
    }
    LeaveCriticalSection(&end->lock);
    if (at_once)
        control_done(task);
    end_settle(end);
}

/* ---- Closing ---- */

static void abort_check_task(struct task *task)
{
    if (task->state == TASK_PENDING && !HasOverlappedIoCompleted(&task->overlapped))
        check_fail(CHECK_ABORT, "a %s is pending after an aborting closesocket",
                   task->kind == TASK_RECEIVE ? "receive" : "send");
}

/* closesocket() with linger {1,0} has returned: every accepted operation has ended. */
static void abort_check_locked(struct end *end)
{
    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        abort_check_task(&end->receives.tasks[i]);
        abort_check_task(&end->sends.tasks[i]);
    }
}

/* The right to close it, which is given once, and its socket. */
static bool close_claim_locked(struct end *end, SOCKET *s)
{
    if (end->close_begun || end->settled)
        return false;
    end->close_begun = true;
    *s = atomic_load(&end->s);
    return true;
}

/* With the right to. */
static void close_claimed(struct end *end, SOCKET s, bool abort)
{
    const LINGER reset = {1, 0};
    bool connected;

    EnterCriticalSection(&end->lock);
    connected = end->connected;
    LeaveCriticalSection(&end->lock);
    if (s != INVALID_SOCKET) {
        tally_add(abort ? TALLY_DEED_ABORT : TALLY_DEED_CLOSE, 1);
        abort = abort && setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset) ==
                             0; /* not of datagrams, not after WSACleanup */
        if (closesocket(s) != 0)
            call_failed("closesocket", (unsigned long)WSAGetLastError());
    }
    if (!connected)
        pair_abandon(end->pair);
    EnterCriticalSection(&end->lock);
    if (abort && connected && s != INVALID_SOCKET && !atomic_load(&stress.cleaning))
        abort_check_locked(end);
    end->close_ended = true;
    LeaveCriticalSection(&end->lock);
    end_settle(end);
}

void end_close(struct end *end, bool abort)
{
    SOCKET s;
    bool ours;

    EnterCriticalSection(&end->lock);
    ours = close_claim_locked(end, &s);
    LeaveCriticalSection(&end->lock);
    if (ours)
        close_claimed(end, s, abort);
}

void end_close_anyhow(struct end *end, bool abort)
{
    SOCKET s;
    bool ours;

    EnterCriticalSection(&end->lock);
    ours = !end->calm && close_claim_locked(end, &s);
    LeaveCriticalSection(&end->lock);
    if (ours)
        close_claimed(end, s, abort);
}

void end_close_calmly(struct end *end)
{
    SOCKET s;
    bool ours;

    if (random_one_in(2))
        end_shutdown(end);
    EnterCriticalSection(&end->lock);
    ours = end->calm && end->received_end && close_claim_locked(end, &s);
    LeaveCriticalSection(&end->lock);
    if (ours)
        close_claimed(end, s, false);
}
