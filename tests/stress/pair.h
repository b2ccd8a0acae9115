/* SPDX-License-Identifier: MIT */
/*
 * Pairs of sockets, and the operations on them. A slot holds one pair at a time: a connection made
 * by ConnectEx and AcceptEx, or two datagram sockets; random traffic, a violent end, and the next
 * pair. What a slot's sockets are like, and how it learns of an end, its plan says. Some of the
 * connections are calm: nobody disturbs them, each side says that it sends no more, or closes when
 * its peer has said so, and both streams must be seen to their ends.
 *
 * Calls that must keep an order (receives, and sends, among themselves) are made under the end's
 * lock. Cancelling, closesocket and shutdown are not: those race with everything else.
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
    DEPTH_MAX = 64, /* receives, and sends, outstanding on a socket */
    BUFFER_BYTES = 8192,
    ADDRESS_BYTES = sizeof(SOCKADDR_IN) + 16,
    CONTROL_BYTES = BUFFER_BYTES + 2 * ADDRESS_BYTES,
    PATTERN_PERIOD = 65521,
    PORTS = 4,
    SEEN_COUNT = 1024 /* datagrams that are remembered, newest first */
};

enum task_kind { TASK_RECEIVE, TASK_SEND, TASK_CONTROL };
enum task_state { TASK_IDLE, TASK_PENDING, TASK_ENDED };
/* Who tells of an operation's end. NOTICE_NONE: nobody, its OVERLAPPED is looked at. */
enum notice { NOTICE_PACKET, NOTICE_EVENT, NOTICE_ROUTINE, NOTICE_NONE };

struct plan {
    uint8_t notice; /* enum notice */
    uint8_t port;   /* number of the completion port, when there are packets */
    uint8_t depth;  /* at most DEPTH_MAX */
    bool low_bit;   /* half of the operations ask for an event instead of the packet */
    bool skips;     /* what succeeds at once queues no packet */
    bool datagram;
    bool whole; /* no send is cancelled: every byte can be compared */
};

/* One operation object, used again and again. While idle, its OVERLAPPED and its buffer are full of
 * poison, which nobody may change (task_wake_locked). */
struct task {
    OVERLAPPED overlapped;
    struct end *end;
    WSAEVENT event;
    enum task_kind kind;
    bool refused;          /* its latest call */
    enum task_state state; /* under the end's lock, like all that follows */
    uint8_t notice;        /* enum notice: of this operation */
    DWORD thread_id;       /* that its completion routine must run on */
    ULONG_PTR key;         /* that its packet must carry */
    uint64_t sequence;     /* among the receives or sends of its end: the order of the calls */
    uint64_t position;     /* of sends: of the first byte in the stream */
    uint32_t size_bytes;
    uint32_t used_bytes; /* of the buffer, by its latest operation */
    uint32_t bytes;      /* the result */
    uint32_t status;
    char *buffer;
    SOCKADDR_IN name; /* of datagrams */
    INT name_bytes;
};

/* The receives, or the sends, of one end. */
struct lane {
    struct task tasks[DEPTH_MAX];
    uint64_t idle; /* one bit a task */
    struct task *by_sequence[DEPTH_MAX];
    uint64_t next_sequence;   /* of the next call */
    uint64_t turn_sequence;   /* of the oldest operation that has not ended */
    uint64_t packet_sequence; /* of the newest packet that told of success */
};

struct end {
    CRITICAL_SECTION lock;
    struct pair *pair;
    struct end *peer;
    _Atomic SOCKET s;
    ULONG_PTR key;
    struct lane receives, sends;
    struct task control;
    SOCKET spare;   /* was disconnected, and is the next pair's */
    bool connected; /* traffic may begin */
    bool met;       /* there was a connection */
    bool calm;      /* one that nobody disturbs */
    bool close_begun, close_ended, settled;
    bool received_end; /* the peer sends no more */
    bool deaf;         /* it has said itself that it receives no more */
    bool whole_end;    /* the stream was seen to end */
    bool broken;       /* an operation has failed: Linux tells one of a reset, and none after it */
    bool sent_end;
    bool reusing; /* DisconnectEx was asked for the socket */
    unsigned outstanding;
    uint64_t received_bytes, sent_bytes;
    _Atomic uint64_t gap_from; /* of what it sends: from here on bytes may be missing */
    SOCKADDR_IN name;          /* of a datagram socket */
    uint32_t newest_datagram;  /* that was received */
    uint64_t seen[SEEN_COUNT / 64];
};

struct pair {
    struct end ends[2]; /* 0 connects, 1 accepts */
    struct plan plan;
    bool calm;    /* of the next connection, for both ends */
    bool ordered; /* one thread sees all its packets, in the port's order */
    unsigned index;
    unsigned generation;
    HANDLE port;
    _Atomic SOCKET listener;
    uint32_t first_bytes; /* sent by ConnectEx, and received by AcceptEx */
    SOCKADDR_IN address;
    _Atomic int holders; /* ends not settled, and whoever is at work on the pair */
};

struct stress {
    LPFN_CONNECTEX connect_ex;
    LPFN_DISCONNECTEX disconnect_ex;
    HANDLE trap;               /* an event that only a late look at an OVERLAPPED can signal */
    _Atomic uint64_t accepted; /* operations */
    _Atomic uint64_t ended;
    _Atomic bool stopping; /* no new operations, no new pairs */
    _Atomic bool cleaning; /* WSACleanup: every call may be refused */
    _Atomic unsigned pairs_alive;
    _Atomic unsigned visitors; /* threads that make two calls and exit */
};
extern struct stress stress;

/* The bytes of a stream: any 8 KiB of them from a position. */
void pattern_fill(void);
const char *pattern_at(const struct end *sender, uint64_t position);

bool pair_init(struct pair *pair, unsigned index, const HANDLE *ports);
/* Nothing is under way any more. */
void pair_free(struct pair *pair);
/* Connects; when the pair is over, the last who holds it begins the next, until `stopping`. */
void pair_run(struct pair *pair);
void pair_print(struct pair *pair);
/* Every operation of the pair, `visit` by `visit`. */
void pair_each_task(struct pair *pair, void (*visit)(struct task *task));

/* traffic.c. One random call; nothing when the end is not in a state for it. */
void end_receive(struct end *end);
void end_send(struct end *end);

/* disturb.c */
void end_cancel(struct end *end);
void end_shutdown(struct end *end);
void end_disconnect(struct end *end);
void end_close(struct end *end, bool abort);
/* In the middle of everything; not of a calm connection. */
void end_close_anyhow(struct end *end, bool abort);
/* The peer of a calm connection sends no more: this end is done too, what it has queued apart. */
void end_close_calmly(struct end *end);
/* A failure of a call that cannot fail, except after WSACleanup. */
void call_failed(const char *call, unsigned long error);

/* finish.c. The end of an operation, as one of the four told it. */
struct outcome {
    enum notice by;
    bool succeeded;
    DWORD bytes;
    ULONG_PTR key; /* of a packet */
};
void task_done(struct task *task, const struct outcome *outcome);
/* The same for one that asked for no notice, if it has ended. */
void task_poll(struct task *task);
/* After the final WSACleanup: it must have ended. */
void task_check_cleaned(struct task *task);
/* The same when all threads are gone, and nobody will be told. */
void task_cleaned(struct task *task);
void CALLBACK task_routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags);
/* The caller has just been told success, and nobody else will be. */
void task_ended_at_once_locked(struct task *task);

/* Around the call that starts an operation, under the end's lock. */
void task_begin_locked(struct task *task);
bool task_begun_locked(struct task *task, bool started);
static inline struct lane *task_lane(struct task *task)
{
    return task->kind == TASK_RECEIVE ? &task->end->receives : &task->end->sends;
}
static inline bool task_failed(const struct task *task)
{
    return task->status >> 30 == 3;
}

/* A control operation that succeeded at once: true when nobody else will tell of its end, and
 * control_done() is to be called without the lock. */
bool control_at_once_locked(struct task *task);
/* A control operation (AcceptEx, ConnectEx or DisconnectEx) has ended; result in the task. */
void control_done(struct task *task);
/* Closes what a pair that is not connected yet consists of. */
void pair_abandon(struct pair *pair);
/* If nothing of the end is left, gives it back to its pair. */
void end_settle(struct end *end);

/* poison.c */
void poison_begin(void);
bool poison_untouched(const char *bytes, uint32_t count);
/* What has changed in an idle task; NULL: nothing. */
const char *task_fault(struct task *task);
void task_wake(struct task *task);        /* it may be used now */
void task_rest_locked(struct task *task); /* it may not any more */

/* crew.c. The threads of a round. */
bool crew_start(struct pair *pairs, unsigned count, const HANDLE *ports, uint64_t seed);
void crew_stop(const HANDLE *ports);
bool crew_is_visitor(void); /* the calling thread is about to end */

/* tally.c. What was done to operations, and how they ended; any thread. */
/* X(name, words) */
/* clang-format off */
#define ENDINGS(X)                                \
    X(SUCCEEDED,    "succeeded")                  \
    X(AT_ONCE,      "succeeded at once")          \
    X(STREAM_END,   "met the end of the stream")  \
    X(TRUNCATED,    "truncated")                  \
    X(CANCELLED,    "cancelled")                  \
    X(CLOSED,       "ended by closing")           \
    X(RESET,        "ended by a reset")           \
    X(UNREACHABLE,  "refused or unreachable")     \
    X(CLEANED,      "ended by WSACleanup")        \
    X(OTHER,        "ended otherwise")
#define DEEDS(X)                                  \
    X(CANCEL_ONE,   "CancelIoEx of one")          \
    X(CANCEL_ALL,   "CancelIoEx of all")          \
    X(CANCEL_MINE,  "CancelIo")                   \
    X(SHUTDOWN,     "shutdown")                   \
    X(DISCONNECT,   "DisconnectEx")               \
    X(REUSE,        "sockets used again")         \
    X(CLOSE,        "closesocket")                \
    X(ABORT,        "closesocket with reset")     \
    X(VISIT,        "threads that ended")         \
    X(RESTART,      "WSACleanup and WSAStartup")
#define NOTICES(X)                                \
    X(PACKET,       "packets")                    \
    X(EVENT,        "events")                     \
    X(ROUTINE,      "routines")                   \
    X(NONE,         "seen by looking")            \
    X(CALL,         "by the call itself")
/* clang-format on */
#define TALLY_ENDING(name, words) TALLY_##name,
#define TALLY_DEED(name, words)   TALLY_DEED_##name,
#define TALLY_NOTICE(name, words) TALLY_BY_##name,
enum tally {
    ENDINGS(TALLY_ENDING) DEEDS(TALLY_DEED) NOTICES(TALLY_NOTICE) TALLY_PAIRS,
    TALLY_VERIFIED_BYTES,
    TALLY_DATAGRAMS,
    TALLY_STREAMS,
    TALLY_STREAMS_WHOLE,
    TALLY_COUNT
};
void tally_add(enum tally tally, uint64_t count);
void tally_print(void);

#endif
