/* SPDX-License-Identifier: MIT */
/* See file_io.h. Everything happens on the calling thread. */
#include "core/verb/file_io.h"

#include <errno.h>
#include <stddef.h>

#include "core/base/apc.h"
#include "core/base/errmap.h"
#include "core/object/port.h"
#include "ring/host/file.h"

#define FILE_TO_THE_END UINT64_MAX /* an OVERLAPPED's offset that means the end of the file */

/* X(errno, Win32 code) */
/* clang-format off */
#define FILE_ERRORS(X)                        \
    X(EACCES,       ERROR_ACCESS_DENIED)      \
    X(EBADF,        ERROR_ACCESS_DENIED)      \
    X(EDQUOT,       ERROR_DISK_FULL)          \
    X(EEXIST,       ERROR_FILE_EXISTS)        \
    X(EFAULT,       ERROR_NOACCESS)           \
    X(EFBIG,        ERROR_DISK_FULL)          \
    X(EINVAL,       ERROR_INVALID_PARAMETER)  \
    X(EIO,          ERROR_IO_DEVICE)          \
    X(EISDIR,       ERROR_ACCESS_DENIED)      \
    X(ELOOP,        ERROR_PATH_NOT_FOUND)     \
    X(EMFILE,       ERROR_TOO_MANY_OPEN_FILES) \
    X(ENAMETOOLONG, ERROR_FILENAME_EXCED_RANGE) \
    X(ENFILE,       ERROR_TOO_MANY_OPEN_FILES) \
    X(ENOENT,       ERROR_FILE_NOT_FOUND)     \
    X(ENOMEM,       ERROR_NOT_ENOUGH_MEMORY)  \
    X(ENOSPC,       ERROR_DISK_FULL)          \
    X(ENOTDIR,      ERROR_PATH_NOT_FOUND)     \
    X(ENOTSUP,      ERROR_NOT_SUPPORTED)      \
    X(ENXIO,        ERROR_NOT_SUPPORTED)      \
    X(EPERM,        ERROR_ACCESS_DENIED)      \
    X(EROFS,        ERROR_WRITE_PROTECT)      \
    X(ETXTBSY,      ERROR_SHARING_VIOLATION)
#define FILE_CASE(from, to) case from: return to;

uint32_t file_error(int error)
{
    switch (-error) {
        FILE_ERRORS(FILE_CASE)
    default: return ERROR_GEN_FAILURE;
    }
}
/* clang-format on */

/* What one call needs besides its arguments. */
struct file_call {
    struct event *event; /* counted; NULL: none, or a routine */
    struct op *op;       /* the packet or the routine's call; NULL: neither */
};

/* Everything that can fail without anything having happened. */
static uint32_t file_check(const struct file *file, const struct file_io *io, bool may)
{
    const OVERLAPPED *overlapped = io->overlapped;

    if (!may)
        return ERROR_ACCESS_DENIED;
    if (overlapped == NULL)
        return file->overlapped ? ERROR_INVALID_PARAMETER : 0;
    if (io->routine != NULL &&
        (!file->overlapped ||
         atomic_load_explicit(&file->port, memory_order_relaxed) != NULL)) /* IOCP-33 */
        return ERROR_INVALID_PARAMETER;
    return 0;
}

static bool file_wants_packet(struct file *file, const struct file_io *io)
{
    if (io->overlapped == NULL || io->routine != NULL || ((ULONG_PTR)io->overlapped->hEvent & 1))
        return false;
    /* acquire pairs with the release in file_associate(): key is there, [I2]. */
    return atomic_load_explicit(&file->port, memory_order_acquire) != NULL &&
           /* relaxed: a number on its own */
           !(atomic_load_explicit(&file->modes, memory_order_relaxed) &
             FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
}

static uint32_t file_begin(struct file *file, const struct file_io *io, struct file_call *call)
{
    ULONG_PTR event = io->overlapped == NULL ? 0 : (ULONG_PTR)io->overlapped->hEvent;

    call->op = NULL;
    call->event = NULL;
    if (io->routine == NULL && (event & ~(ULONG_PTR)3) != 0) {
        call->event = event_ref_overlapped(event);
        if (call->event == NULL)
            return ERROR_INVALID_HANDLE;
    }
    if ((io->routine != NULL || file_wants_packet(file, io)) && (call->op = op_take()) == NULL) {
        event_unref(call->event);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (io->overlapped == NULL)
        return 0;
    waitable_reset(call->event != NULL ? &call->event->wait : &file->wait);
    io->overlapped->InternalHigh = 0;
    __atomic_store_n(&io->overlapped->Internal, STATUS_PENDING, __ATOMIC_RELEASE);
    return 0;
}

static void file_run_routine(struct apc *apc, bool live)
{
    struct op *op = (struct op *)(void *)apc;
    LPOVERLAPPED_COMPLETION_ROUTINE routine = op->to.file_routine;
    OVERLAPPED *overlapped = op->overlapped;
    uint32_t bytes = op->bytes;

    op_give(op); /* first: the routine may wait, and start others */
    if (live)
        routine(0, bytes, overlapped);
}

static void file_queue_routine(struct op *op, LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct thread *self = thread_self(); /* exists: it took the operation */
    struct apc *apc = (struct apc *)(void *)op;

    op->to.file_routine = routine;
    apc->run = file_run_routine;
    if (!apc_queue(self, self->id, apc))
        op_give(op);
}

/* Tells whoever is to know of a success; after a failure only the OVERLAPPED knows. */
static void file_end(struct file *file, const struct file_io *io, struct file_call *call,
                     uint32_t status)
{
    OVERLAPPED *overlapped = io->overlapped;
    struct op *op = call->op;

    if (op != NULL && status != 0)
        op_give(op);
    if (op != NULL && status == 0) {
        op->overlapped = overlapped;
        op->status = 0;
        op->bytes = io->done;
    }
    if (overlapped != NULL) {
        overlapped->InternalHigh = io->done;
        __atomic_store_n(&overlapped->Internal, (ULONG_PTR)status, __ATOMIC_RELEASE); /* [O1] */
    }
    if (overlapped != NULL && status == 0 && call->event != NULL)
        waitable_set(&call->event->wait);
    else if (overlapped != NULL && status == 0 && io->routine == NULL &&
             !(atomic_load_explicit(&file->modes, memory_order_relaxed) &
               FILE_SKIP_SET_EVENT_ON_HANDLE))
        waitable_set(&file->wait);
    event_unref(call->event);
    if (op == NULL || status != 0)
        return;
    if (io->routine != NULL) {
        file_queue_routine(op, io->routine);
        return;
    }
    op->to.key = file->key;
    port_post(atomic_load_explicit(&file->port, memory_order_acquire), op);
}

/* Where the call works: HOST_FILE_POSITION without an OVERLAPPED. False: nowhere. */
static bool file_place(const struct file *file, const struct file_io *io, bool write_it,
                       int64_t *place)
{
    uint64_t offset;

    *place = HOST_FILE_POSITION;
    if (io->overlapped == NULL)
        return true;
    offset = (uint64_t)io->overlapped->OffsetHigh << 32 | io->overlapped->Offset;
    if (write_it && offset == FILE_TO_THE_END)
        offset = (uint64_t)host_file_bytes(file->fd);
    *place = (int64_t)offset;
    return offset <= INT64_MAX;
}

static uint32_t file_status(uint32_t error)
{
    switch (error) {
    case 0:
        return 0;
    case ERROR_HANDLE_EOF:
        return (uint32_t)STATUS_END_OF_FILE;
    case ERROR_NOACCESS:
        return (uint32_t)STATUS_ACCESS_VIOLATION;
    default:
        return (uint32_t)STATUS_INVALID_PARAMETER;
    }
}

static uint32_t file_move(struct file *file, struct file_io *io, bool write_it)
{
    struct file_call call;
    uint32_t error = file_check(file, io, write_it ? file->writable : file->readable);
    int64_t moved = 0;
    int64_t place;

    io->done = 0;
    if (error == 0 && !file_place(file, io, write_it, &place))
        error = ERROR_INVALID_PARAMETER;
    if (error == 0)
        error = file_begin(file, io, &call);
    if (error != 0)
        return error;
    if (io->bytes > 0)
        moved = write_it ? host_file_write(file->fd, io->data, io->bytes, place)
                         : host_file_read(file->fd, io->data, io->bytes, place);
    if (moved < 0)
        error = file_error((int)moved);
    else if (moved == 0 && io->bytes > 0 && io->overlapped != NULL && !write_it)
        error = ERROR_HANDLE_EOF;
    io->done = moved < 0 ? 0 : (uint32_t)moved;
    /* Documented: the position moves with an OVERLAPPED too, where there is one. */
    if (error == 0 && io->overlapped != NULL && !file->overlapped)
        (void)host_file_seek(file->fd, place + moved, HOST_FILE_BEGIN);
    file_end(file, io, &call, file_status(error));
    return error;
}

uint32_t file_read(struct file *file, struct file_io *io)
{
    return file_move(file, io, false);
}

uint32_t file_write(struct file *file, struct file_io *io)
{
    return file_move(file, io, true);
}
