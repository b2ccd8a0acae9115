/* SPDX-License-Identifier: MIT */
/* What happens to the sockets of the program `selected`, and what is done when they are told. */
#include "seat.h"

#include <string.h>

#include "check.h"

enum {
    BLOCK_BYTES = 8192, /* of a send that fills a connection */
    BUFFER_BYTES = 16384,
};

static char block[BLOCK_BYTES];

/* ---- Drivers: make things happen ---- */

/* From now on the socket is to be told of `event`, `left` times or bytes. */
static void expect(struct seat *seat, long event, int left, int code)
{
    seat->left = left;
    seat->code = code;
    atomic_fetch_add_explicit(&seat->driver->outstanding, 1, memory_order_relaxed);
    atomic_store_explicit(&seat->awaited, event, memory_order_release);
}

SOCKET bound_socket(int type, SOCKADDR_IN *name)
{
    SOCKET s = socket(AF_INET, type, 0);
    int length = sizeof *name;

    memset(name, 0, sizeof *name);
    name->sin_family = AF_INET;
    name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(s != INVALID_SOCKET && bind(s, (struct sockaddr *)name, sizeof *name) == 0 &&
             getsockname(s, (struct sockaddr *)name, &length) == 0,
         "a bound socket");
    return s;
}

static void set_hard_close(SOCKET s)
{
    struct linger hard = {1, 0}; /* no TIME_WAIT, which would use the ports up */

    must(setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard) == 0, "SO_LINGER");
}

static SOCKET connected_socket(const SOCKADDR_IN *to)
{
    int bytes = BUFFER_BYTES;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    must(s != INVALID_SOCKET, "socket");
    set_hard_close(s);
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, (const char *)&bytes, sizeof bytes);
    must(connect(s, (const struct sockaddr *)to, sizeof *to) == 0, "connect");
    return s;
}

static long seat_mask(const struct seat *seat)
{
    static const long masks[] = {FD_READ | FD_WRITE, FD_READ | FD_WRITE | FD_CLOSE, FD_ACCEPT};

    return masks[seat->kind];
}

static void seat_select(const struct seat *seat)
{
    must(WSAEventSelect(seat->s, seat->event, seat_mask(seat)) == 0, "WSAEventSelect");
}

/* A connection, new or again: the selected end may send at once. */
static void seat_connect(struct seat *seat)
{
    int bytes = BUFFER_BYTES;

    seat->peer = connected_socket(&seat->driver->name);
    seat->s = accept(seat->driver->listener, NULL, NULL);
    must(seat->s != INVALID_SOCKET, "accept");
    set_hard_close(seat->s);
    setsockopt(seat->s, SOL_SOCKET, SO_SNDBUF, (const char *)&bytes, sizeof bytes);
    seat->broken = false;
    expect(seat, FD_WRITE, 1, 0);
    seat_select(seat);
}

void seat_open(struct seat *seat)
{
    seat->peer = INVALID_SOCKET;
    if (seat->kind == KIND_STREAM) {
        seat_connect(seat);
        return;
    }
    seat->s = bound_socket(seat->kind == KIND_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM, &seat->name);
    if (seat->kind == KIND_DATAGRAM)
        expect(seat, FD_WRITE, 1, 0); /* it has an address */
    else
        must(listen(seat->s, 4) == 0, "listen");
    seat_select(seat);
}

void seat_close(const struct seat *seat)
{
    if (seat->peer != INVALID_SOCKET)
        closesocket(seat->peer);
    must(closesocket(seat->s) == 0, "closesocket");
}

/* What arrives for `left` reads or bytes. */
static void send_data(const struct seat *seat, int left)
{
    if (seat->kind == KIND_STREAM) {
        must(send(seat->peer, block, left, 0) == left, "send");
        return;
    }
    for (; left > 0; left--)
        must(sendto(seat->driver->s, block, 1, 0, (const struct sockaddr *)&seat->name,
                    sizeof seat->name) == 1,
             "sendto");
}

static void happen_data(struct seat *seat)
{
    int left = 1 + (int)random_below(seat->kind == KIND_STREAM ? 200 : 3);

    expect(seat, FD_READ, left, 0);
    send_data(seat, left);
}

/* What arrives while nothing is selected is told when something is. */
static void happen_reselection(struct seat *seat)
{
    int left = 1 + (int)random_below(3);

    must(WSAEventSelect(seat->s, NULL, 0) == 0, "WSAEventSelect");
    expect(seat, FD_READ, left, 0);
    send_data(seat, left);
    if (WSAWaitForMultipleEvents(1, &seat->event, TRUE, 0, FALSE) != WSA_WAIT_TIMEOUT)
        violate(seat, "signalled although nothing is selected", left, 0);
    seat_select(seat);
}

/* Sends until there is no room, and makes room. */
static void happen_room(struct seat *seat)
{
    char data[BLOCK_BYTES];
    int64_t sent = 0;
    int count;

    expect(seat, FD_WRITE, 1, 0);
    while ((count = send(seat->s, block, sizeof block, 0)) > 0)
        sent += count;
    must(WSAGetLastError() == WSAEWOULDBLOCK, "a send without room");
    while (sent > 0) {
        count = recv(seat->peer, data, sizeof data, 0);
        must(count > 0, "recv");
        sent -= count;
    }
}

static void happen_close(struct seat *seat)
{
    bool hard = random_one_in(2);

    seat->broken = true;
    expect(seat, FD_CLOSE, 1, hard ? WSAECONNABORTED : 0);
    if (!hard) {
        must(shutdown(seat->peer, SD_SEND) == 0, "shutdown");
        return;
    }
    must(closesocket(seat->peer) == 0, "closesocket");
    seat->peer = INVALID_SOCKET;
}

static void happen_connection(struct seat *seat)
{
    if (seat->peer != INVALID_SOCKET)
        closesocket(seat->peer);
    expect(seat, FD_ACCEPT, 1, 0);
    seat->peer = connected_socket(&seat->name);
}

void seat_happen(struct seat *seat)
{
    if (seat->kind == KIND_LISTENER) {
        happen_connection(seat);
    } else if (seat->broken) {
        seat_close(seat);
        seat_connect(seat);
    } else if (random_one_in(10)) {
        happen_reselection(seat);
    } else if (seat->kind == KIND_STREAM && random_one_in(40)) {
        happen_room(seat);
    } else if (seat->kind == KIND_STREAM && random_one_in(20)) {
        happen_close(seat);
    } else {
        happen_data(seat);
    }
}

/* ---- Being told ---- */

/* Reads at most `left`; how much was read, or -1. */
static int seat_read(const struct seat *seat)
{
    char data[64];
    int want = seat->left < (int)sizeof data ? seat->left : (int)sizeof data;

    /* A connection is read in pieces, so that the read itself enables the next event. */
    if (seat->kind == KIND_STREAM && want > 1)
        want = 1 + (int)random_below((uint32_t)want);
    return recv(seat->s, data, want, 0);
}

static int seat_accept(const struct seat *seat)
{
    SOCKET s = accept(seat->s, NULL, NULL);

    if (s == INVALID_SOCKET)
        return -1;
    closesocket(s); /* no reset, which might come before the driver's connect has returned */
    return 1;
}

void seat_told(struct seat *seat, long event)
{
    struct driver *driver = seat->driver;
    int done = 1;

    if (event == FD_READ)
        done = seat_read(seat);
    else if (event == FD_ACCEPT)
        done = seat_accept(seat);
    if (done <= 0) {
        violate(seat, "nothing was there", event, WSAGetLastError());
        done = seat->left;
    }
    seat->left -= done;
    if (seat->left > 0)
        return; /* it must be told again */
    atomic_store_explicit(&seat->awaited, 0, memory_order_release);
    if (atomic_fetch_sub_explicit(&driver->outstanding, 1, memory_order_acq_rel) == 1)
        SetEvent(driver->calm);
}
