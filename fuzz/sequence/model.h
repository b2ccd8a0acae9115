/* SPDX-License-Identifier: MIT */
/*
 * What a program may rely on, as a small model of connected stream sockets, and the checks against
 * it. fuzz_sequence.c makes the calls.
 *
 * [M1] Every accepted operation ends exactly once.
 * [M2] The bytes of a direction arrive in the order of the calls that sent them: byte n of a stream
 *      is model_byte(stream, n). Receives take them in the order in which they were posted.
 * [M3] A direct receive takes nothing that belongs to an operation posted before.
 * [M4] An operation that succeeded is the oldest of its direction. A cancelled one need not be.
 *
 * [M5] Who can be read, by the record of WSAEventSelect(), select() or WSAPoll(), has been sent
 *      something that he has not received, or has been told the end.
 * [M6] Data are recorded (FD_READ) when the selection begins, when more are sent and when a receive
 *      leaves some; the end (FD_CLOSE) once; room (FD_WRITE) after a send was refused. That does
 *      not take for ever. When the last of the data come with the end, that may be told alone.
 * [M7] A receive of no bytes that succeeded found data, or the end.
 * [M8] A receive writes its bytes and no more, and nobody writes to an OVERLAPPED or a buffer after
 *      the end of its operation: both are full of poison then.
 *
 * A cancelled send leaves a hole of unknown size, and a close with data unread resets the
 * connection: from then on the stream is `torn`, and only lengths are checked.
 */
#ifndef FUZZ_SEQUENCE_MODEL_H
#define FUZZ_SEQUENCE_MODEL_H

#include <winsock2.h>

#include <stdbool.h>

#include "fuzz/fuzz.h"

enum {
    MODEL_PAIRS = 4,
    MODEL_OPERATIONS = 256,    /* in one input */
    MODEL_BYTES_MAX = 4096,    /* of one operation */
    MODEL_ARRIVES_MAX = 16384, /* unread bytes that no window holds back */
};

/* How operations of a socket tell that they have ended. */
enum model_way { MODEL_BY_PORT, MODEL_BY_EVENT, MODEL_BY_ROUTINE };

/* One direction of a connection. */
struct model_stream {
    unsigned number;
    uint64_t sent;     /* bytes accepted from the sender */
    uint64_t received; /* bytes handed to the receiver, as far as we have looked */
    bool finished;     /* the sender sends no more */
    bool torn;
};

struct model_operation {
    WSAOVERLAPPED overlapped;
    struct model_operation *next; /* posted later, same socket and direction */
    struct model_end *end;
    bool sends;
    bool cancelled; /* somebody asked for it */
    bool done;
    bool placed;   /* a receive: `from` is known, and its bytes are counted as received */
    uint64_t from; /* where its bytes begin in the stream */
    DWORD size_bytes;
    char data[MODEL_BYTES_MAX];
};

/* One socket. */
struct model_end {
    SOCKET socket; /* INVALID_SOCKET: closed */
    enum model_way way;
    WSAEVENT record; /* of WSAEventSelect(); NULL: never called */
    long selected;   /* FD_ */
    bool owed_read;  /* [M6]: FD_READ is due, if there is something to read */
    bool owed_more;  /* only because more has come since it was told, without a receive between */
    bool owed_close; /* FD_CLOSE was not reported yet */
    bool owed_write; /* a send was refused since FD_WRITE was reported */
    bool deaf;       /* it has said that it receives no more */
    struct model_stream *in, *out;
    struct model_end *peer;
    struct model_operation *receives, *sends; /* under way, oldest first */
};

extern struct model_end model_ends[MODEL_PAIRS * 2];
extern unsigned model_pending; /* operations accepted and not yet seen to have ended */

/* Forgets everything. */
void model_reset(void);
/* A connection of two new sockets. */
void model_open(unsigned pair, SOCKET client, SOCKET server, enum model_way way);

/* The content of the next `bytes` of a stream. */
void model_fill(const struct model_stream *stream, char *data, uint32_t bytes);

/* A fresh operation; NULL: the input has used all. */
struct model_operation *model_take(struct model_end *end, bool sends, DWORD bytes);
void model_accepted(struct model_operation *operation);
void model_ended(struct model_operation *operation); /* [M1], [M2], [M4] */
/* Operations that tell by event: those that say so have ended. */
void model_look_at_events(void);

/* Direct calls that returned `result` bytes. */
void model_sent(struct model_end *end, uint32_t result);
void model_refused(struct model_end *end); /* a send, WSAEWOULDBLOCK */
void model_received(struct model_end *end, const char *data, uint32_t asked, uint32_t result);
void model_peeked(struct model_end *end, const char *data, uint32_t asked,
                  uint32_t result); /* MSG_PEEK */

/* Something was sent and not received, as far as we have looked. */
bool model_has_unread(const struct model_end *end);
/* Something will be there to read, or the end of the stream, though nobody looks. */
bool model_becomes_readable(const struct model_end *end);
/* WSAEventSelect() was called; what WSAEnumNetworkEvents() said; what it still has to say. */
void model_selected(struct model_end *end, long events);
void model_reported(struct model_end *end, long events);
long model_due(const struct model_end *end);

void model_cancel(struct model_end *end, struct model_operation *operation); /* NULL: all */
void model_close(struct model_end *end);

#endif
