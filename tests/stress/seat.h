/* SPDX-License-Identifier: MIT */
/* The program `selected`: its sockets, and what can happen to them (seat.c). */
#ifndef STRESS_SEAT_H
#define STRESS_SEAT_H

#include <winsock2.h>

#include <windows.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum kind { KIND_DATAGRAM, KIND_STREAM, KIND_LISTENER };

struct seat {
    enum kind kind;
    bool broken; /* the connection has ended: the driver makes another */
    SOCKET s;
    SOCKET peer; /* the driver's end, or INVALID_SOCKET */
    WSAEVENT event;
    SOCKADDR_IN name;
    /* What the socket must be told of now: one FD_ bit, or 0. Its driver sets it (release), its
     * owner clears it (release), when all of `left` has come; who reads it acquires the rest. */
    _Atomic long awaited;
    int code;
    int left; /* bytes to read, or 1 */
    struct driver *driver;
};

struct driver {
    HANDLE thread;
    unsigned first, count; /* of its seats */
    SOCKET s;              /* sends the datagrams */
    SOCKET listener;
    SOCKADDR_IN name;
    HANDLE calm; /* automatic: nothing is outstanding */
    _Atomic uint32_t outstanding;
};

/* Ends the program: it cannot go on. */
void must(bool good, const char *what);
/* Counts something that must not be, and prints the first few. */
void violate(const struct seat *seat, const char *what, long a, long b);

SOCKET bound_socket(int type, SOCKADDR_IN *name);

/* The socket, selected, with its first thing to be told of. */
void seat_open(struct seat *seat);
void seat_close(const struct seat *seat);
/* Something that it must be told of. The seat's driver; nothing else may be awaited. */
void seat_happen(struct seat *seat);
/* The event that was awaited has come: does what it asks for. The seat's owner. */
void seat_told(struct seat *seat, long event);

#endif
