/* SPDX-License-Identifier: MIT */
/* The life of a pair: listener, ConnectEx and AcceptEx, and the next pair after its end. */
#include "pair.h"

#include <string.h>

#include "check.h"

enum { ADDRESSES = 250, CALM_ONE_IN = 3 };

/* ---- Sockets ---- */

static ULONG_PTR listener_key(const struct pair *pair)
{
    return pair->ends[0].key + 2;
}

/* Binds to a port of the system's choice. A socket that is used again may be bound already. One of
 * many addresses: those who close first leave their port in TIME_WAIT. */
static int socket_bind(SOCKET s, bool used)
{
    SOCKADDR_IN address = {.sin_family = AF_INET};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + random_below(ADDRESSES));
    if (bind(s, (struct sockaddr *)&address, sizeof address) == 0)
        return 0;
    return used && WSAGetLastError() == WSAEINVAL ? 0 : WSAGetLastError();
}

/* What the plan says of a new socket. 0 or an error. */
static int socket_prepare(struct pair *pair, SOCKET s, ULONG_PTR key)
{
    if (pair->port == NULL)
        return 0;
    if (CreateIoCompletionPort((HANDLE)s, pair->port, key, 0) == NULL)
        return (int)GetLastError();
    if (pair->plan.skips &&
        !SetFileCompletionNotificationModes((HANDLE)s, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS))
        return (int)GetLastError();
    return 0;
}

/* A socket, `spare` if that is one; bound or not. */
static SOCKET socket_open(struct pair *pair, SOCKET spare, ULONG_PTR key, bool bound)
{
    bool datagram = pair->plan.datagram;
    SOCKET s = spare;
    int error = 0;

    if (s == INVALID_SOCKET) {
        s = WSASocketW(AF_INET, datagram ? SOCK_DGRAM : SOCK_STREAM, 0, NULL, 0,
                       WSA_FLAG_OVERLAPPED);
        if (s == INVALID_SOCKET) {
            call_failed("WSASocketW", (unsigned long)WSAGetLastError());
            return s;
        }
        error = socket_prepare(pair, s, key);
    } else {
        tally_add(TALLY_DEED_REUSE, 1);
    }
    if (error == 0 && bound)
        error = socket_bind(s, spare != INVALID_SOCKET);
    if (error == 0)
        return s;
    if (error != WSAEADDRINUSE && error != WSAENOBUFS) /* every port may be in TIME_WAIT */
        call_failed("bind or CreateIoCompletionPort", (unsigned long)error);
    closesocket(s);
    return INVALID_SOCKET;
}

static bool listener_open(struct pair *pair)
{
    SOCKET s = socket_open(pair, INVALID_SOCKET, listener_key(pair), true);
    int length = sizeof pair->address;

    if (s == INVALID_SOCKET)
        return false;
    if (listen(s, 1) != 0 || getsockname(s, (struct sockaddr *)&pair->address, &length) != 0) {
        call_failed("listen or getsockname", (unsigned long)WSAGetLastError());
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
        call_failed("closesocket of a listener", (unsigned long)WSAGetLastError());
}

void pair_abandon(struct pair *pair)
{
    listener_close(pair);
    end_close(&pair->ends[0], random_one_in(2));
    end_close(&pair->ends[1], random_one_in(2));
}

static void lane_open(struct lane *lane)
{
    lane->next_sequence = lane->turn_sequence = lane->packet_sequence = 0;
}

static bool end_open(struct end *end, bool bound)
{
    SOCKET s = socket_open(end->pair, end->spare, end->key, bound);
    int length = sizeof end->name;

    if (end->pair->plan.datagram && s != INVALID_SOCKET &&
        getsockname(s, (struct sockaddr *)&end->name, &length) != 0)
        call_failed("getsockname", (unsigned long)WSAGetLastError());
    EnterCriticalSection(&end->lock);
    end->spare = INVALID_SOCKET;
    atomic_store(&end->s, s);
    atomic_store(&end->gap_from, UINT64_MAX);
    end->connected = end->close_begun = end->close_ended = end->settled = false;
    end->calm = end->pair->calm;
    end->met = false;
    end->received_end = end->sent_end = end->deaf = end->whole_end = end->reusing = false;
    end->broken = false;
    lane_open(&end->receives);
    lane_open(&end->sends);
    end->received_bytes = end->sent_bytes = 0;
    end->newest_datagram = 0;
    memset(end->seen, 0, sizeof end->seen);
    LeaveCriticalSection(&end->lock);
    return s != INVALID_SOCKET;
}

/* ---- Connecting ---- */

bool control_at_once_locked(struct task *task)
{
    if (task->notice != NOTICE_PACKET || !task->end->pair->plan.skips)
        return false;
    task_ended_at_once_locked(task);
    return true;
}

static bool accept_start(struct pair *pair)
{
    struct end *end = &pair->ends[1];
    struct task *task = &end->control;
    bool accepted = false;
    bool at_once = false;
    DWORD received = 0;
    BOOL good;

    EnterCriticalSection(&end->lock);
    if (!end->close_begun) {
        task->size_bytes = pair->first_bytes;
        task->key = listener_key(pair);
        task_begin_locked(task);
        good =
            AcceptEx(atomic_load(&pair->listener), atomic_load(&end->s), task->buffer,
                     pair->first_bytes, ADDRESS_BYTES, ADDRESS_BYTES, &received, &task->overlapped);
        accepted = task_begun_locked(task, good || WSAGetLastError() == ERROR_IO_PENDING);
        at_once = good && control_at_once_locked(task);
    }
    LeaveCriticalSection(&end->lock);
    if (at_once)
        control_done(task);
    return accepted;
}

static bool connect_start(struct pair *pair)
{
    struct end *end = &pair->ends[0];
    struct task *task = &end->control;
    bool accepted = false;
    bool at_once = false;
    DWORD sent = 0;
    BOOL good;

    EnterCriticalSection(&end->lock);
    if (!end->close_begun) {
        task->size_bytes = pair->first_bytes;
        task->key = end->key;
        task_begin_locked(task);
        memcpy(task->buffer, pattern_at(end, 0), pair->first_bytes);
        good = stress.connect_ex(atomic_load(&end->s), (struct sockaddr *)&pair->address,
                                 sizeof pair->address, task->buffer, pair->first_bytes, &sent,
                                 &task->overlapped);
        accepted = task_begun_locked(task, good || WSAGetLastError() == ERROR_IO_PENDING);
        at_once = good && control_at_once_locked(task);
        if (accepted)
            end->sent_bytes = pair->first_bytes;
    }
    LeaveCriticalSection(&end->lock);
    if (at_once)
        control_done(task);
    return accepted;
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

static void traffic_begin(struct end *end)
{
    for (unsigned i = 0; i < end->pair->plan.depth; i++) {
        end_receive(end);
        end_send(end);
    }
}

/* A nameless datagram, too long for most receives: the first of them meets it, and is cut. */
static void datagram_greet(struct end *end)
{
    static const char greeting[600];
    int result = sendto(atomic_load(&end->s), greeting, sizeof greeting, 0,
                        (struct sockaddr *)&end->peer->name, sizeof end->peer->name);
    int error = result == SOCKET_ERROR ? WSAGetLastError() : 0;

    if (error != 0 && error != WSAENOTSOCK && error != WSAEINTR) /* a drain closes, at any moment */
        call_failed("sendto", (unsigned long)error);
}

static void pair_open_datagrams(struct pair *pair)
{
    datagram_greet(&pair->ends[0]);
    datagram_greet(&pair->ends[1]);
    for (unsigned side = 0; side < 2; side++) {
        struct end *end = &pair->ends[side];

        EnterCriticalSection(&end->lock);
        end->connected = !end->close_begun;
        end->sent_bytes = 1; /* datagrams are numbered from 1 */
        LeaveCriticalSection(&end->lock);
    }
    traffic_begin(&pair->ends[0]);
    traffic_begin(&pair->ends[1]);
}

static void pair_connect(struct pair *pair)
{
    bool datagram = pair->plan.datagram;
    bool begun;

    pair->generation++;
    tally_add(TALLY_PAIRS, 1);
    pair->calm = !datagram && random_one_in(CALM_ONE_IN);
    pair->first_bytes = random_one_in(2) ? 1 + random_below(BUFFER_BYTES) : 0;
    begun = end_open(&pair->ends[0], true);
    begun &= end_open(&pair->ends[1], datagram);
    if (begun && datagram) {
        pair_open_datagrams(pair);
        return;
    }
    begun = begun && listener_open(pair) && accept_start(pair) && connect_start(pair);
    if (!begun) {
        pair_abandon(pair);
        Sleep(1);
    } else if (!pair->calm && random_one_in(16)) {
        pair_disturb(pair);
    }
}

/* Who saw the end of a stream has seen all of it: what was accepted before a closesocket or a
 * shutdown arrives first. Nothing but the end of a round keeps a calm connection from that. */
static void stream_check_whole(const struct end *end, bool calm)
{
    const struct pair *pair = end->pair;
    bool gapless = atomic_load(&end->peer->gap_from) == UINT64_MAX;

    tally_add(TALLY_STREAMS, 1);
    /* A reset that a send was told of looks like an end: where one is possible, we do not know. */
    if (!end->whole_end || !gapless || (end->broken && !calm)) {
        if (calm)
            check_fail(CHECK_WHOLE, "pair %u.%u: nobody disturbed a stream, but its %s",
                       pair->index, pair->generation,
                       gapless ? "end was not seen" : "sends did not all succeed");
        return;
    }
    tally_add(TALLY_STREAMS_WHOLE, 1);
    if (end->received_bytes != end->peer->sent_bytes)
        check_fail(CHECK_WHOLE, "pair %u.%u: a stream ended after %llu bytes of %llu", pair->index,
                   pair->generation, (unsigned long long)end->received_bytes,
                   (unsigned long long)end->peer->sent_bytes);
}

static void pair_check_whole(const struct pair *pair)
{
    bool calm = pair->calm && !atomic_load(&stress.stopping) && !atomic_load(&stress.cleaning);

    if (pair->plan.datagram || !pair->ends[0].met || !pair->ends[1].met)
        return;
    stream_check_whole(&pair->ends[0], calm);
    stream_check_whole(&pair->ends[1], calm);
}

void pair_run(struct pair *pair)
{
    do {
        atomic_store(&pair->holders, 3); /* two ends and this loop */
        pair_connect(pair);
        if (atomic_fetch_sub(&pair->holders, 1) != 1)
            return;
        pair_check_whole(pair);
    } while (!atomic_load(&stress.stopping));
    atomic_fetch_sub(&stress.pairs_alive, 1);
}

static void pair_release(struct pair *pair)
{
    if (atomic_fetch_sub(&pair->holders, 1) != 1)
        return;
    pair_check_whole(pair);
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

/* ---- Connected, or disconnected ---- */

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
        if (memcmp(task->buffer, pattern_at(end->peer, 0), task->bytes) != 0)
            check_fail(CHECK_BYTES, "pair %u.%u: wrong bytes from AcceptEx", pair->index,
                       pair->generation);
        end->received_bytes = task->bytes;
        if (task->bytes == 0 && pair->first_bytes > 0)
            end->received_end = true;
    }
    task_rest_locked(task);
    end->connected = !end->close_begun;
    end->met = true;
    LeaveCriticalSection(&end->lock);
    traffic_begin(end);
}

/* DisconnectEx has given the socket back: it is the next pair's. False: it is to be closed. */
static bool end_keep_socket(struct end *end)
{
    bool keep;

    EnterCriticalSection(&end->lock);
    keep = end->reusing && !end->close_begun && !atomic_load(&stress.stopping);
    if (keep) {
        end->connected = false;
        end->close_begun = end->close_ended = true;
        end->spare = atomic_load(&end->s);
    }
    LeaveCriticalSection(&end->lock);
    return keep;
}

void control_done(struct task *task)
{
    struct end *end = task->end;
    bool failed = task_failed(task);
    bool connecting;

    EnterCriticalSection(&end->lock);
    connecting = !end->connected;
    LeaveCriticalSection(&end->lock);
    if (connecting && !failed) {
        end_connected(end, task);
        end_settle(end);
        return;
    }
    if (connecting)
        pair_abandon(end->pair);
    EnterCriticalSection(&end->lock);
    task_rest_locked(task);
    LeaveCriticalSection(&end->lock);
    if (!connecting && (failed || !end_keep_socket(end)))
        end_close(end, random_one_in(2));
    end_settle(end);
}
