/* SPDX-License-Identifier: MIT */
/*
 * An open file: what TransmitFile() sends from, and what ReadFile() and WriteFile() work on. Only
 * regular files; api/file.c makes them, verb/file_io.h reads and writes.
 *
 * [I1] Everything but the waitable, the port and the modes is constant. The position of a file
 *      without FILE_FLAG_OVERLAPPED is the kernel's, in the descriptor.
 * [I2] port is set once, after key, with release; it never changes again while the file lives.
 */
#ifndef CORE_OBJECT_FILE_H
#define CORE_OBJECT_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/handle.h"
#include "core/object/duplicate.h"
#include "core/object/waitable.h"
#include "ring/host/lock.h"

struct port;

struct file {
    struct waitable wait; /* signalled when an operation without an event has ended */
    uint32_t handle;
    int32_t fd;
    bool overlapped; /* FILE_FLAG_OVERLAPPED: no position, every call names its own */
    bool readable;
    bool writable;
    bool appends;              /* FILE_APPEND_DATA only: every write goes to the end */
    _Atomic uint8_t modes;     /* FILE_SKIP_ flags, as SetFileCompletionNotificationModes sets */
    struct host_lock lock;     /* around the change of the next two */
    struct port *_Atomic port; /* [I2]; counted reference */
    uintptr_t key;
};

/* A file around a descriptor, which it owns from now on; the other fields are *like's. The handle,
 * or 0: no memory, or the table is full; the descriptor is then closed. */
uint32_t file_open(const struct file *like);

/* Ties the file to a port, once for its life. Takes over the reference to the port when it returns
 * true. */
bool file_associate(struct file *file, struct port *port, uintptr_t key);

static inline struct file *file_ref(uint64_t value)
{
    return object_ref(value, HANDLE_FILE);
}
static inline void file_unref(struct file *file)
{
    if (file != NULL)
        handle_unref(file->handle);
}

#endif
