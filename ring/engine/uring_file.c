/* SPDX-License-Identifier: MIT */
/*
 * RING_FILE operations: send_file.h. A step is one system call on the socket. Steps follow each
 * other until the socket is full (then the operation waits for POLLOUT), the disk is needed (then
 * for a READ), or the turn is over (then for POLLOUT too, which lets the others come first).
 *
 * Streams: small files go through a buffer on the stack, in one send with the pieces around them,
 * because sendfile(2) costs more than the copy. Larger ones go by sendfile(2), as far as they are
 * in the page cache. What is not is read into a buffer and sent from there.
 * Datagrams: each is packed into the buffer, whatever it consists of.
 */
#include "ring/engine/send_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ring/engine/uring.h"
#include "ring/host/file.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum {
    FILE_SMALL_BYTES = 32768,    /* copied, not sent by sendfile; on the stack */
    FILE_PIECE_BYTES = 4 << 20,  /* asked of sendfile at a time */
    FILE_TURN_BYTES = 4 << 20,   /* then others get their turn */
    FILE_ROOM_BYTES = 128 << 10, /* read from a disk at a time; and more than a datagram holds */
    FILE_IOV_COUNT = 16,
    FILE_COLD = -0x10000 /* no errno: the disk is needed first */
};

#define FILE_WARM_NS INT64_C(100000000) /* pages that were just seen do not go at once */

/* Parts of one send. */
struct file_parts {
    struct host_iov iov[FILE_IOV_COUNT];
    uint32_t count;
    uint32_t used; /* of the buffer on the stack */
    bool more;     /* something follows them */
    char small[FILE_SMALL_BYTES];
};

static bool file_may_wait(const struct ring_file *file)
{
    return file->may_wait && uring_current == NULL;
}

static uint64_t file_left(const struct ring_file *file)
{
    return file->pieces[file->at].bytes - file->sent;
}

/* Goes past pieces that have been sent whole. False: there are no more. */
static bool file_skip(struct ring_file *file)
{
    while (file->at < file->count && file_left(file) == 0) {
        file->at++;
        file->sent = file->warm = 0;
    }
    return file->at < file->count;
}

static void file_advance(struct ring_op *op, uint64_t bytes)
{
    struct ring_file *file = op->data;

    op->done_bytes += (uint32_t)bytes;
    while (bytes > 0) {
        uint64_t part = file_left(file);

        part = part < bytes ? part : bytes;
        file->sent += part;
        bytes -= part;
        file_skip(file);
    }
}

static bool file_make_room(struct ring_file *file)
{
    if (file->room == NULL)
        file->room = malloc(FILE_ROOM_BYTES);
    return file->room != NULL;
}

void ring_file_free_room(struct ring_file *file)
{
    if (file->reading) /* the ring has failed, and the kernel may write there yet */
        return;
    free(file->room);
    file->room = NULL;
}

/* A short part of a file: what the cache has, or, where waiting is allowed, what the disk has. */
static int64_t file_read_short(const struct ring_file *file, const struct ring_piece *piece,
                               void *to, uint64_t bytes, uint64_t from)
{
    int64_t got;

    if (file_may_wait(file))
        got = host_file_read(piece->fd, to, bytes, (int64_t)(piece->offset + from));
    else
        got = host_file_read_now(piece->fd, to, bytes, (int64_t)(piece->offset + from));
    if (got == -EAGAIN)
        return FILE_COLD;
    return got == 0 ? -ENODATA : got;
}

/* ---- Streams ---- */

/* Adds what is left of one piece, behind `from` bytes of it. 0: all of it was added; else the
 * parts end here: a negative errno or FILE_COLD, which counts when there are none before. */
static int64_t parts_add(struct file_parts *parts, const struct ring_file *file,
                         const struct ring_piece *piece, uint64_t from)
{
    uint64_t bytes = piece->bytes - from;
    void *to = &parts->small[parts->used];
    int64_t got;

    if (bytes == 0)
        return 0;
    if (parts->count == FILE_IOV_COUNT)
        return -ENOBUFS;
    if (piece->memory != NULL) {
        parts->iov[parts->count++] =
            (struct host_iov){host_untrusted_at(piece->memory, from), bytes};
        return 0;
    }
    if (bytes > sizeof parts->small - parts->used)
        return -ENOBUFS;
    got = file_read_short(file, piece, to, bytes, from);
    if (got < 0)
        return got;
    parts->iov[parts->count++] = (struct host_iov){to, (uint64_t)got};
    parts->used += (uint32_t)got;
    return (uint64_t)got < bytes ? -EAGAIN : 0;
}

static int64_t parts_send(const struct ring_op *op, const struct file_parts *parts)
{
    return host_send(op->fd, parts->iov, parts->count, parts->more ? MSG_MORE : 0);
}

static int64_t stream_send_parts(struct ring_op *op)
{
    struct ring_file *file = op->data;
    struct file_parts parts;
    int64_t error = 0;
    uint32_t at = file->at;

    parts.count = parts.used = 0;
    for (; error == 0 && at < file->count; at++)
        error = parts_add(&parts, file, &file->pieces[at], at == file->at ? file->sent : 0);
    if (parts.count == 0)
        return error;
    parts.more = error != 0;
    return parts_send(op, &parts);
}

/* What was read from the disk. */
static int64_t stream_send_held(struct ring_op *op)
{
    struct ring_file *file = op->data;
    struct host_iov iov = {file->room + file->held_at, file->held - file->held_at};
    bool more = iov.bytes < file_left(file) || file->at + 1 < file->count;
    int64_t sent = host_send(op->fd, &iov, 1, more ? MSG_MORE : 0);

    if (sent > 0) {
        file->held_at += (uint32_t)sent;
        if (file->held_at == file->held)
            file->held = file->held_at = 0;
    }
    return sent;
}

/* Whether the page cache has the next `bytes` of the piece. The look takes a twentieth of the time
 * that sending them does, so it holds for a while, however little the socket takes at a time. */
static bool stream_is_warm(struct ring_file *file, uint64_t bytes)
{
    const struct ring_piece *piece = &file->pieces[file->at];
    int64_t now_ns = host_now_coarse_ns();

    if (file->sent < file->warm && now_ns - file->warm_ns < FILE_WARM_NS)
        return true;
    if (!host_file_cached(piece->fd, (int64_t)(piece->offset + file->sent), bytes))
        return false;
    file->warm = file->sent + bytes;
    file->warm_ns = now_ns;
    return true;
}

static int64_t stream_send_cached(struct ring_op *op)
{
    struct ring_file *file = op->data;
    const struct ring_piece *piece = &file->pieces[file->at];
    uint64_t bytes = file_left(file);
    int64_t sent;

    bytes = bytes < FILE_PIECE_BYTES ? bytes : FILE_PIECE_BYTES;
    if (!file_may_wait(file)) {
        if (!stream_is_warm(file, bytes))
            return FILE_COLD;
        bytes = file->warm - file->sent; /* no further than we looked */
    }
    sent = host_file_send(op->fd, piece->fd, (int64_t)(piece->offset + file->sent), bytes);
    return sent == 0 ? -ENODATA : sent;
}

/* Bytes that the socket took; 0: nothing is left; or a negative errno, or FILE_COLD. */
static int64_t stream_step(struct ring_op *op)
{
    struct ring_file *file = op->data;
    int64_t sent;

    if (!file_skip(file))
        return 0;
    if (file->held > 0)
        sent = stream_send_held(op);
    else if (file->pieces[file->at].memory == NULL && file_left(file) > FILE_SMALL_BYTES)
        sent = stream_send_cached(op);
    else
        sent = stream_send_parts(op);
    if (sent > 0)
        file_advance(op, (uint64_t)sent);
    return sent;
}

/* ---- Datagrams ---- */

/* How much of the piece at pack_at goes into the datagram that is being packed; 0: it is whole. */
static uint64_t pack_next(const struct ring_file *file)
{
    const struct ring_piece *piece = &file->pieces[file->pack_at];
    uint64_t bytes;

    if (file->pack_at == file->count)
        return 0;
    bytes = piece->bytes - file->pack_sent;
    if (file->each != 0 && bytes > file->each - file->held)
        bytes = file->each - file->held;
    return bytes;
}

/* Goes past a packed piece. False: with it the datagram is whole. */
static bool pack_skip(struct ring_file *file)
{
    const struct ring_piece *piece = &file->pieces[file->pack_at];

    if (file->pack_at == file->count)
        return false;
    if (file->pack_sent < piece->bytes)
        return file->each == 0 || file->held < file->each;
    file->pack_at++;
    file->pack_sent = 0;
    return !piece->ends && file->pack_at < file->count;
}

/* 0: whole; or a negative errno, or FILE_COLD. */
static int64_t datagram_pack(struct ring_file *file)
{
    bool more = file->pack_at < file->count;

    if (!file_make_room(file))
        return -ENOBUFS;
    while (more) {
        const struct ring_piece *piece = &file->pieces[file->pack_at];
        uint64_t bytes = pack_next(file);
        char *to = file->room + file->held;
        int64_t got = (int64_t)bytes;

        if (bytes > (uint64_t)(FILE_ROOM_BYTES - file->held))
            return -EMSGSIZE;
        if (bytes > 0 && piece->memory == NULL)
            got = file_read_short(file, piece, to, bytes, file->pack_sent);
        else if (bytes > 0 &&
                 host_copy_from(to, host_untrusted_at(piece->memory, file->pack_sent), bytes))
            got = -EFAULT;
        if (got < 0)
            return got;
        file->held += (uint32_t)got;
        file->pack_sent += (uint64_t)got;
        if ((uint64_t)got == bytes)
            more = pack_skip(file);
    }
    return 0;
}

static int64_t datagram_step(struct ring_op *op)
{
    struct ring_file *file = op->data;
    struct host_iov iov;
    int64_t result;

    if (file->at == file->count)
        return 0;
    /* held_at: the one in `room` is whole. */
    result = file->held_at != 0 ? 0 : datagram_pack(file);
    if (result != 0)
        return result;
    file->held_at = 1;
    iov = (struct host_iov){file->room, file->held};
    result = file->name_bytes != 0 ? host_sendto(op->fd, &iov, 1, 0, file->name, file->name_bytes)
                                   : host_send(op->fd, &iov, 1, 0);
    if (result < 0)
        return result;
    op->done_bytes += file->held;
    file->held = file->held_at = 0;
    file->at = file->pack_at;
    file->sent = file->pack_sent;
    return result > 0 ? result : 1; /* an empty one is progress too */
}

/* ---- Turns ---- */

bool ring_file_run(struct ring_op *op, int32_t *result)
{
    struct ring_file *file = op->data;
    int64_t left_bytes = FILE_TURN_BYTES;
    int64_t moved = 1;

    file->reading = false;
    while (left_bytes > 0 && moved > 0) {
        moved = file->datagrams ? datagram_step(op) : stream_step(op);
        left_bytes -= moved;
        if (file->datagrams) /* most of them are small, and cost as much as a page */
            left_bytes -= 4096;
    }
    if (moved == FILE_COLD) {
        file->reading = file_make_room(file);
        moved = file->reading ? -EAGAIN : -ENOBUFS;
    }
    if (moved > 0 || moved == -EAGAIN)
        return false;
    *result = moved == 0 ? (int32_t)op->done_bytes : (int32_t)moved;
    return true;
}

/* Where the disk is read, and where to. */
static void file_prep_read(struct io_uring_sqe *sqe, struct ring_file *file)
{
    const struct ring_piece *piece = &file->pieces[file->datagrams ? file->pack_at : file->at];
    uint64_t from = file->datagrams ? file->pack_sent : file->sent;
    uint64_t bytes = file->datagrams ? pack_next(file) : piece->bytes - from;
    uint32_t room = FILE_ROOM_BYTES - file->held;

    bytes = bytes < room ? bytes : room;
    io_uring_prep_read(sqe, piece->fd, file->room + file->held, (unsigned)bytes,
                       piece->offset + from);
}

void uring_file_prep(struct io_uring_sqe *sqe, struct ring_op *op)
{
    struct ring_file *file = op->data;

    if (!file->reading) {
        uring_prep_poll(sqe, op);
        return;
    }
    file_prep_read(sqe, file);
    io_uring_sqe_set_data64(sqe, uring_tag(op));
    op->state = RING_OP_SUBMITTED;
}

/* The disk has answered: true with *result when that is the operation's end. */
static bool file_read_ended(struct ring_file *file, int32_t *result)
{
    if (*result == -EAGAIN || *result == -EINTR)
        return false; /* asked again */
    if (*result <= 0) {
        *result = *result == 0 ? -ENODATA : *result;
        return true;
    }
    file->held += (uint32_t)*result;
    if (file->datagrams) {
        file->pack_sent += (uint32_t)*result;
        file->held_at = !pack_skip(file);
    }
    return false;
}

enum uring_verdict uring_file_judge(struct ring_op *op, int32_t *result)
{
    struct ring_file *file = op->data;

    file->reading = false; /* what it asked for has ended */
    if (op->flags & RING_OP_CANCELLED) {
        *result = -ECANCELED;
        return URING_ENDED;
    }
    if (op->state == RING_OP_SUBMITTED ? file_read_ended(file, result) : *result < 0)
        return URING_ENDED;
    if (ring_file_run(op, result))
        return URING_ENDED;
    return file->reading ? URING_AGAIN : URING_WAIT;
}
