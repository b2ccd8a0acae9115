/* SPDX-License-Identifier: MIT */
/* The life of an open file; file.h states who may change what. */
#include "core/object/file.h"

#include <stddef.h>

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/port.h"
#include "ring/host/net.h"

/* The last reference is gone, so nothing reads or sends the file. */
static void file_destroy(void *object)
{
    struct file *file = object;

    host_close(file->fd);
    port_unref(atomic_load_explicit(&file->port, memory_order_relaxed)); /* nobody else is left */
    mem_free(file);
}

__attribute__((constructor)) static void file_load(void)
{
    handle_register(HANDLE_FILE, file_destroy);
}

uint32_t file_open(const struct file *like)
{
    const struct thread *self = thread_self();
    struct file *file = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *file);
    uint32_t handle;

    if (file == NULL) {
        host_close(like->fd);
        return 0;
    }
    file->fd = like->fd;
    file->overlapped = like->overlapped;
    file->readable = like->readable;
    file->writable = like->writable;
    file->appends = like->appends;
    waitable_init(&file->wait, false, false);
    handle = handle_open(HANDLE_FILE, file);
    if (handle == 0) {
        host_close(file->fd);
        mem_free(file);
        return 0;
    }
    file->handle = handle; /* nobody else has the value yet */
    return handle;
}

bool file_associate(struct file *file, struct port *port, uintptr_t key)
{
    bool first;

    host_lock_acquire(&file->lock);
    first = atomic_load_explicit(&file->port, memory_order_relaxed) == NULL;
    if (first) {
        file->key = key;
        atomic_store_explicit(&file->port, port, memory_order_release); /* [I2] */
    }
    host_lock_release(&file->lock);
    return first;
}
