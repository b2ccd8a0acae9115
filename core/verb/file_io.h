/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing files, behind the checks of the entry points (ReadFile and its kin). A file's
 * operation never pends: it has ended when the call returns, also on an overlapped handle, which
 * Windows allows as well. So there is nothing to cancel: CancelIo() finds nothing, CancelIoEx()
 * says ERROR_NOT_FOUND, and GetOverlappedResult() finds the end in the OVERLAPPED.
 */
#ifndef CORE_VERB_FILE_IO_H
#define CORE_VERB_FILE_IO_H

#include <winsock2.h>

#include <windows.h>

#include "core/object/file.h"

/*
 * For ReadFile, WriteFile, ReadFileEx and WriteFileEx:
 *
 *     struct file *file = file_ref((uintptr_t)handle);      NULL: not a file
 *     struct file_io io = {.data = buffer, .bytes = n, .overlapped = overlapped,
 *                          .routine = routine};
 *     error = file_read(file, &io);                         0 or a Win32 code
 *     ... io.done: what goes to *lpNumberOfBytesRead, also when it fails (0 then)
 *     file_unref(file);
 *
 * It checks what is the file's business: access (ERROR_ACCESS_DENIED), an OVERLAPPED where the
 * handle needs one (ERROR_INVALID_PARAMETER), hEvent (ERROR_INVALID_HANDLE). It stores Internal and
 * InternalHigh, signals hEvent or the file, queues the port's packet or the routine's call, as the
 * call's success demands; a call that fails leaves nothing of that behind. Bad data memory is
 * ERROR_NOACCESS. The end of the file: 0 bytes and success without an OVERLAPPED, ERROR_HANDLE_EOF
 * with one. A routine is queued to the calling thread.
 */
struct file_io {
    void *data; /* written from for file_write() */
    uint32_t bytes;
    uint32_t done;                           /* out: bytes */
    OVERLAPPED *overlapped;                  /* NULL: at the file's position */
    LPOVERLAPPED_COMPLETION_ROUTINE routine; /* NULL, or instead of the event and the port */
};

uint32_t file_read(struct file *file, struct file_io *io);
uint32_t file_write(struct file *file, struct file_io *io);

/* The Win32 code for a negative errno of a file's call. */
uint32_t file_error(int error);

#endif
