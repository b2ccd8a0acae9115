/* SPDX-License-Identifier: MIT */
/* The life of a pair: listener, ConnectEx and AcceptEx, and the next pair after its end. */
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

static bool task_init(struct task *task, struct end *end, enum task_kind kind)
{
    task->end = end;
    task->kind = kind;
    task->buffer = kind == TASK_CONTROL ? end->pair->accept_area : malloc(BUFFER_BYTES);
    return task->buffer != NULL;
}

bool pair_init(struct pair *pair, unsigned index, HANDLE port, bool ordered)
{
    bool complete = true;

    memset(pair, 0, sizeof *pair);
    pair->index = index;
    pair->port = port;
    pair->ordered = ordered;
    atomic_store(&pair->listener, INVALID_SOCKET);
    for (unsigned side = 0; side < 2; side++) {
        struct end *end = &pair->ends[side];

        InitializeCriticalSection(&end->lock);
        end->pair = pair;
        end->peer = &pair->ends[1 - side];
        end->key = 0x1000 + index * 4 + side;
        end->settled = true;
        atomic_store(&end->s, INVALID_SOCKET);
        complete &= task_init(&end->control, end, TASK_CONTROL);
        for (unsigned i = 0; i < TASKS_EACH; i++) {
            complete &= task_init(&end->receives[i], end, TASK_RECEIVE);
            complete &= task_init(&end->sends[i], end, TASK_SEND);
        }
    }
    return complete;
}

void pair_free(struct pair *pair)
{
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned i = 0; i < TASKS_EACH; i++) {
            free(pair->ends[side].receives[i].buffer);
            free(pair->ends[side].sends[i].buffer);
        }
        DeleteCriticalSection(&pair->ends[side].lock);
    }
}

/* ---- Connecting ---- */

static ULONG_PTR listener_key(const struct pair *pair)
{
    return pair->ends[0].key + 2;
}

/* A socket bound to a port of the system's choice, tied to the pair's completion port. */
static SOCKET socket_bound(struct pair *pair, ULONG_PTR key, bool bound)
{
    SOCKADDR_IN address = {.sin_family = AF_INET};
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    int error = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s == INVALID_SOCKET) {
        check_fail(CHECK_CALL, "socket failed with %d", WSAGetLastError());
        return INVALID_SOCKET;
    }
    if (bound && bind(s, (struct sockaddr *)&address, sizeof address) != 0)
        error = WSAGetLastError();
    if (error == 0 && CreateIoCompletionPort((HANDLE)s, pair->port, key, 0) == NULL)
        error = (int)GetLastError();
    if (error == 0)
        return s;
    if (error != WSAEADDRINUSE) /* every port may be in TIME_WAIT: the next attempt comes */
        check_fail(CHECK_CALL, "bind or CreateIoCompletionPort failed with %d", error);
    closesocket(s);
    return INVALID_SOCKET;
}

static bool listener_open(struct pair *pair)
{
    SOCKET s = socket_bound(pair, listener_key(pair), true);
    int length = sizeof pair->address;

    if (s == INVALID_SOCKET)
        return false;
    if (listen(s, 1) != 0 || getsockname(s, (struct sockaddr *)&pair->address, &length) != 0) {
        check_fail(CHECK_CALL, "listen or getsockname failed with %d", WSAGetLastError());
        closesocket(s);
        return false;
    }
    atomic_store(&pair->listener, s);
    return true;
}

static void listener_close(struct pair *pair)
{
    SOCKET s = atomic_exchange(&pair->listener, INVALID_SOCKET);

    if (s != INVALID_SOCKET && closesocket(s) != 0)
        check_fail(CHECK_CALL, "closesocket of a listener failed with %d", WSAGetLastError());
}

void pair_abandon(struct pair *pair)
{
    listener_close(pair);
    end_close(&pair->ends[0], random_one_in(2));
    end_close(&pair->ends[1], random_one_in(2));
}

static void end_open(struct end *end, bool connects)
{
    SOCKET s = socket_bound(end->pair, end->key, connects);

    EnterCriticalSection(&end->lock);
    atomic_store(&end->s, s);
    atomic_store(&end->gap_from, UINT64_MAX);
    end->connected = end->close_begun = end->close_ended = end->settled = false;
    end->received_end = end->sent_end = false;
    end->next_sequence = end->turn_sequence = end->packet_sequence = 0;
    end->received_bytes = end->sent_bytes = 0;
    LeaveCriticalSection(&end->lock);
}

static bool accept_start(struct pair *pair)
{
    struct end *end = &pair->ends[1];
    bool started = false;
    DWORD received = 0;

    EnterCriticalSection(&end->lock);
    if (!end->close_begun) {
        end->control.size_bytes = pair->first_bytes;
        task_begin_locked(&end->control, listener_key(pair));
        started = AcceptEx(atomic_load(&pair->listener), atomic_load(&end->s), pair->accept_area,
                           pair->first_bytes, ADDRESS_BYTES, ADDRESS_BYTES, &received,
                           &end->control.overlapped) ||
                  WSAGetLastError() == ERROR_IO_PENDING;
        task_begun_locked(&end->control, started, "AcceptEx");
    }
    LeaveCriticalSection(&end->lock);
    return started;
}

static bool connect_start(struct pair *pair)
{
    struct end *end = &pair->ends[0];
    bool started = false;
    DWORD sent = 0;

    EnterCriticalSection(&end->lock);
    if (!end->close_begun) {
        memcpy(end->sends[0].buffer, pattern_at(end, 0), pair->first_bytes);
        end->control.size_bytes = pair->first_bytes;
        task_begin_locked(&end->control, end->key);
        started = stress.connect_ex(atomic_load(&end->s), (struct sockaddr *)&pair->address,
                                    sizeof pair->address, end->sends[0].buffer, pair->first_bytes,
                                    &sent, &end->control.overlapped) ||
                  WSAGetLastError() == ERROR_IO_PENDING;
        if (task_begun_locked(&end->control, started, "ConnectEx"))
            end->sent_bytes = pair->first_bytes;
    }
    LeaveCriticalSection(&end->lock);
    return started;
}

/* Now and then a connect or an accept is cut short. */
static void pair_disturb(struct pair *pair)
{
    SOCKET listener = atomic_load(&pair->listener);

    switch (random_below(4)) {
    case 0:
        end_close(&pair->ends[0], random_one_in(2));
        break;
    case 1:
        end_close(&pair->ends[1], random_one_in(2));
        break;
    case 2:
        CancelIoEx((HANDLE)listener, &pair->ends[1].control.overlapped);
        /* By name: sends may have begun, and a cancelled one leaves a gap in the stream. */
        CancelIoEx((HANDLE)atomic_load(&pair->ends[0].s), &pair->ends[0].control.overlapped);
        break;
    default:
        listener_close(pair);
        break;
    }
    if (random_one_in(2))
        pair_abandon(pair);
}

static void pair_connect(struct pair *pair)
{
    bool begun;

    pair->generation++;
    atomic_fetch_add_explicit(&stress.pairs_begun, 1, memory_order_relaxed);
    pair->first_bytes = random_one_in(2) ? 1 + random_below(BUFFER_BYTES) : 0;
    end_open(&pair->ends[0], true);
    end_open(&pair->ends[1], false);
    begun = atomic_load(&pair->ends[0].s) != INVALID_SOCKET &&
            atomic_load(&pair->ends[1].s) != INVALID_SOCKET && listener_open(pair) &&
            accept_start(pair) && connect_start(pair);
    if (!begun) {
        pair_abandon(pair);
        Sleep(1);
    } else if (random_one_in(16)) {
        pair_disturb(pair);
    }
}

void pair_run(struct pair *pair)
{
    do {
        atomic_store(&pair->holders, 3); /* two ends and this loop */
        pair_connect(pair);
        if (atomic_fetch_sub(&pair->holders, 1) != 1)
            return;
    } while (!atomic_load(&stress.stopping));
    atomic_fetch_sub(&stress.pairs_alive, 1);
}

void pair_release(struct pair *pair)
{
    if (atomic_fetch_sub(&pair->holders, 1) != 1)
        return;
    if (atomic_load(&stress.stopping))
        atomic_fetch_sub(&stress.pairs_alive, 1);
    else
        pair_run(pair);
}

void end_settle(struct end *end)
{
    bool last;

    EnterCriticalSection(&end->lock);
    last = end->close_ended && end->outstanding == 0 && !end->settled;
    end->settled |= last;
    LeaveCriticalSection(&end->lock);
    if (last)
        pair_release(end->pair);
}

/* ---- Connected ---- */

static void end_connected(struct end *end, struct task *task)
{
    struct pair *pair = end->pair;
    SOCKET s = atomic_load(&end->s);
    SOCKET listener = atomic_load(&pair->listener);

    if (end == &pair->ends[1]) {
        setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (const char *)&listener,
                   sizeof listener);
        listener_close(pair);
    } else {
        setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0);
    }
    EnterCriticalSection(&end->lock);
    if (end == &pair->ends[1]) {
        if (memcmp(pair->accept_area, pattern_at(end->peer, 0), task->bytes) != 0)
            check_fail(CHECK_BYTES, "pair %u.%u: wrong bytes from AcceptEx", pair->index,
                       pair->generation);
        end->received_bytes = task->bytes;
        if (task->bytes == 0 && pair->first_bytes > 0)
            end->received_end = true;
    }
    task->state = TASK_IDLE;
    end->outstanding--;
    end->connected = !end->close_begun;
    LeaveCriticalSection(&end->lock);
    for (unsigned i = 0; i < TASKS_EACH; i++) {
        end_receive(end);
        end_send(end);
    }
}

void control_done(struct task *task)
{
    struct end *end = task->end;
    bool connecting;

    EnterCriticalSection(&end->lock);
    connecting = !end->connected;
    LeaveCriticalSection(&end->lock);
    if (connecting && task->error == 0) {
        end_connected(end, task);
        return;
    }
    if (connecting)
        pair_abandon(end->pair);
    EnterCriticalSection(&end->lock);
    task->state = TASK_IDLE;
    end->outstanding--;
    LeaveCriticalSection(&end->lock);
    if (!connecting) /* disconnected */
        end_close(end, random_one_in(2));
}

static void task_print(const struct task *task)
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
        task_print(&end->control);
        for (unsigned i = 0; i < TASKS_EACH; i++) {
            task_print(&end->receives[i]);
            task_print(&end->sends[i]);
        }
    }
}
