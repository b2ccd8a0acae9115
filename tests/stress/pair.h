/* SPDX-License-Identifier: MIT */
/*
 * Pairs of connected sockets, and the operations on them. A slot holds one pair at a time:
 * listener, ConnectEx and AcceptEx, random traffic, a violent end, and the next pair.
 *
 * Calls that must keep an order (receives, and sends, among themselves) are made under the end's
 * lock. CancelIoEx, closesocket and shutdown are not: those race with everything else.
 */
#ifndef STRESS_PAIR_H
#define STRESS_PAIR_H

#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TASKS_EACH = 4, /* receives, and sends, outstanding on a socket */
    BUFFER_BYTES = 8192,
    ADDRESS_BYTES = sizeof(SOCKADDR_IN) + 16,
    PATTERN_PERIOD = 65521
};

enum task_kind { TASK_RECEIVE, TASK_SEND, TASK_CONTROL };
enum task_state { TASK_IDLE, TASK_PENDING, TASK_ENDED };

/* One operation object, used again and again. */
struct task {
    OVERLAPPED overlapped;
    struct end *end;
    enum task_kind kind;
    enum task_state state; /* under the end's lock, like all that follows */
    ULONG_PTR key;         /* that its packet must carry */
    uint64_t sequence;     /* of receives: the order of their calls */
    uint64_t position;     /* of sends: of the first byte in the stream */
    uint32_t size_bytes;
    uint32_t bytes; /* TASK_ENDED receives: the result, held until its turn comes */
    DWORD error;
    char *buffer;
};

struct end {
    CRITICAL_SECTION lock;
    struct pair *pair;
    struct end *peer;
    _Atomic SOCKET s;
    ULONG_PTR key;
    struct task receives[TASKS_EACH], sends[TASKS_EACH], control;
    bool connected; /* traffic may begin */
    bool close_begun, close_ended, settled;
    bool received_end; /* the peer sends no more */
    bool sent_end;
    unsigned outstanding;
    uint64_t next_sequence;   /* of the next receive call */
    uint64_t turn_sequence;   /* whose bytes come next */
    uint64_t packet_sequence; /* of the newest packet that carried bytes */
    uint64_t received_bytes, sent_bytes;
    _Atomic uint64_t gap_from; /* of what it sends: from here on a cancel may have cut out bytes */
};

struct pair {
    struct end ends[2]; /* 0 connects, 1 accepts */
    unsigned index;
    unsigned generation;
    HANDLE port;
    bool ordered; /* its port has one worker, so that packets are seen in their order */
    _Atomic SOCKET listener;
    uint32_t first_bytes; /* sent by ConnectEx, and received by AcceptEx */
    SOCKADDR_IN address;
    _Atomic int holders; /* ends not settled, and whoever is at work on the pair */
    char accept_area[2 * ADDRESS_BYTES + BUFFER_BYTES];
};

struct stress {
    LPFN_CONNECTEX connect_ex;
    LPFN_DISCONNECTEX disconnect_ex;
    _Atomic uint64_t accepted;                                          /* operations */
    _Atomic uint64_t ended;                                             /* their packets */
    _Atomic uint64_t succeeded, cancelled, verified_bytes, pairs_begun; /* to show what was done */
    _Atomic bool stopping; /* no new operations, no new pairs */
    _Atomic unsigned pairs_alive;
    _Atomic unsigned visitors; /* threads that make one call and exit */
};
extern struct stress stress;

/* The bytes of a stream: any 8 KiB of them from a position. */
void pattern_fill(void);
const char *pattern_at(const struct end *sender, uint64_t position);

bool pair_init(struct pair *pair, unsigned index, HANDLE port, bool ordered);
void pair_free(struct pair *pair);
/* Connects; when the pair is over, the last who holds it begins the next, until `stopping`. */
void pair_run(struct pair *pair);
void pair_print(struct pair *pair);

/* transfer.c. One random call; nothing when the end is not in a state for it. */
void end_receive(struct end *end);
void end_send(struct end *end);
void end_cancel(struct end *end);
void end_shutdown(struct end *end);
void end_disconnect(struct end *end);
void end_close(struct end *end, bool abort);

/* A packet for a task. */
void task_done(struct task *task, bool succeeded, DWORD error, DWORD bytes, ULONG_PTR key);

/* Around the call that starts an operation, under the end's lock. */
void task_begin_locked(struct task *task, ULONG_PTR key);
bool task_begun_locked(struct task *task, bool started, const char *call);

/* A packet of AcceptEx, ConnectEx or DisconnectEx; result in the task. */
void control_done(struct task *task);
/* Closes what a pair that is not connected yet consists of. */
void pair_abandon(struct pair *pair);
/* If nothing of the end is left, gives it back to its pair. */
void end_settle(struct end *end);
void pair_release(struct pair *pair);

#endif
