/* SPDX-License-Identifier: MIT */
/* CreateFile and what asks for or sets a file's size and position: docs/calls holds their checks in
 * order. They work without WSAStartup(). */
#include <windows.h>

#include <errno.h>
#include <stdlib.h>

#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/base/wide.h"
#include "core/object/file.h"
#include "core/verb/file_io.h"
#include "ring/host/file.h"

enum { FILE_NAME_BYTES = 4096 }; /* what Linux takes, with the zero */

#define FILE_CAN_READ  (GENERIC_READ | GENERIC_ALL | GENERIC_EXECUTE | FILE_READ_DATA)
#define FILE_CAN_WRITE (GENERIC_WRITE | GENERIC_ALL | FILE_WRITE_DATA)
#define FILE_REFUSED   (FILE_FLAG_DELETE_ON_CLOSE | FILE_FLAG_OPEN_REPARSE_POINT)

/* The W forms: a void pointer, because either width is one function here. */
WS2RING_API HANDLE ws2_CreateFileW16(const void *name, DWORD access, DWORD share, void *attributes,
                                     DWORD disposition, DWORD flags, HANDLE like);
WS2RING_API HANDLE ws2_CreateFileW32(const void *name, DWORD access, DWORD share, void *attributes,
                                     DWORD disposition, DWORD flags, HANDLE like);

/* ---- CreateFile ---- */

struct create_call {
    char path[FILE_NAME_BYTES];
    DWORD access;
    DWORD disposition;
    DWORD flags;
};

static unsigned create_host_flags(const struct create_call *call)
{
    static const unsigned dispositions[] = {
        [CREATE_NEW] = HOST_FILE_MAKE | HOST_FILE_ONLY_NEW,
        [CREATE_ALWAYS] = HOST_FILE_MAKE | HOST_FILE_EMPTY,
        [OPEN_EXISTING] = 0,
        [OPEN_ALWAYS] = HOST_FILE_MAKE,
        [TRUNCATE_EXISTING] = HOST_FILE_EMPTY,
    };
    unsigned flags = dispositions[call->disposition];

    if (call->access & FILE_CAN_READ)
        flags |= HOST_FILE_READ;
    if (call->access & FILE_CAN_WRITE)
        flags |= HOST_FILE_WRITE;
    else if (call->access & FILE_APPEND_DATA)
        flags |= HOST_FILE_WRITE | HOST_FILE_APPEND;
    flags |= call->flags & FILE_FLAG_WRITE_THROUGH ? HOST_FILE_THROUGH : 0u;
    flags |= call->flags & FILE_FLAG_SEQUENTIAL_SCAN ? HOST_FILE_SEQUENTIAL : 0u;
    flags |= call->flags & FILE_FLAG_RANDOM_ACCESS ? HOST_FILE_RANDOM : 0u;
    return flags;
}

/* 0 with *handle, or a Win32 code; ERROR_ALREADY_EXISTS with *handle is a success too. */
static uint32_t create_open(const struct create_call *call, uint32_t *handle)
{
    unsigned flags = create_host_flags(call);
    bool made;
    int fd = host_file_open(call->path, flags, &made);
    struct file like = {.fd = fd,
                        .overlapped = (call->flags & FILE_FLAG_OVERLAPPED) != 0,
                        .readable = (flags & HOST_FILE_READ) != 0,
                        .writable = (flags & HOST_FILE_WRITE) != 0,
                        .appends = (flags & HOST_FILE_APPEND) != 0};

    if (fd == -ENOENT)
        return host_file_has_parent(call->path) ? ERROR_FILE_NOT_FOUND : ERROR_PATH_NOT_FOUND;
    if (fd < 0)
        return file_error(fd);
    *handle = file_open(&like);
    if (*handle == 0)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!made && (call->disposition == CREATE_ALWAYS || call->disposition == OPEN_ALWAYS))
        return ERROR_ALREADY_EXISTS;
    return 0;
}

/* The checks, in the order of the table in docs/calls/CreateFileA.md. `error`: what taking the name
 * has come to. */
static HANDLE create_file(struct create_call *call, uint32_t error)
{
    uint32_t handle = 0;

    for (char *at = call->path; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    if (call->disposition < CREATE_NEW || call->disposition > TRUNCATE_EXISTING)
        error = ERROR_INVALID_PARAMETER;
    else if (error == 0 && (call->flags & FILE_REFUSED) != 0)
        error = ERROR_NOT_SUPPORTED;
    else if (error == 0 && call->disposition == TRUNCATE_EXISTING &&
             !(call->access & (GENERIC_WRITE | GENERIC_ALL)))
        error = ERROR_INVALID_PARAMETER;
    else if (error == 0)
        error = create_open(call, &handle);
    thread_set_error(error); /* after success too: programs ask for ERROR_ALREADY_EXISTS */
    return handle == 0 ? INVALID_HANDLE_VALUE : (HANDLE)(uintptr_t)handle;
}

HANDLE WINAPI CreateFileA(LPCSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes,
                          DWORD disposition, DWORD flags, HANDLE like)
{
    TRACE_CALL(CreateFileA, name, access, share, attributes, disposition, flags, like);
    struct create_call call = {"", access, disposition, flags};
    size_t bytes = name == NULL ? 0 : strnlen(name, FILE_NAME_BYTES);
    uint32_t error = bytes == 0 ? ERROR_PATH_NOT_FOUND : 0;

    if (bytes == FILE_NAME_BYTES)
        error = ERROR_FILENAME_EXCED_RANGE;
    else if (bytes > 0)
        memcpy(call.path, name, bytes + 1);
    return create_file(&call, error);
}

static bool create_is_empty(const void *name, unsigned width)
{
    static const char zeros[4];

    return name == NULL || memcmp(name, zeros, width) == 0;
}

static HANDLE create_file_wide(struct create_call *call, const void *name, unsigned width)
{
    uint32_t error = 0;

    if (create_is_empty(name, width))
        error = ERROR_PATH_NOT_FOUND;
    else if (!wide_to_utf8(name, width, call->path, sizeof call->path))
        error = ERROR_INVALID_NAME;
    if (error != 0)
        call->path[0] = '\0';
    return create_file(call, error);
}

HANDLE ws2_CreateFileW16(const void *name, DWORD access, DWORD share, void *attributes,
                         DWORD disposition, DWORD flags, HANDLE like)
{
    TRACE_CALL(ws2_CreateFileW16, name, access, share, attributes, disposition, flags, like);
    struct create_call call = {"", access, disposition, flags};

    return create_file_wide(&call, name, 2);
}

HANDLE ws2_CreateFileW32(const void *name, DWORD access, DWORD share, void *attributes,
                         DWORD disposition, DWORD flags, HANDLE like)
{
    TRACE_CALL(ws2_CreateFileW32, name, access, share, attributes, disposition, flags, like);
    struct create_call call = {"", access, disposition, flags};

    return create_file_wide(&call, name, 4);
}

/* ---- Size and position ---- */

/* The size, or a negative Win32 code. */
static int64_t file_size(HANDLE handle)
{
    struct file *file = file_ref((uintptr_t)handle);
    int64_t bytes = -ERROR_INVALID_HANDLE;

    if (file != NULL) {
        bytes = host_file_bytes(file->fd);
        if (bytes < 0)
            bytes = -(int64_t)file_error((int)bytes);
    }
    file_unref(file);
    return bytes;
}

DWORD WINAPI GetFileSize(HANDLE file, LPDWORD high)
{
    TRACE_CALL(GetFileSize, file, high);
    int64_t bytes = file_size(file);

    /* Also after success: INVALID_FILE_SIZE may be half of a size. */
    thread_set_error(bytes < 0 ? (uint32_t)-bytes : 0);
    if (bytes < 0)
        return INVALID_FILE_SIZE;
    if (high != NULL)
        *high = (DWORD)((uint64_t)bytes >> 32);
    return (DWORD)bytes;
}

BOOL WINAPI GetFileSizeEx(HANDLE file, PLARGE_INTEGER size)
{
    TRACE_CALL(GetFileSizeEx, file, size);
    int64_t bytes = file_size(file);

    if (bytes >= 0)
        size->QuadPart = bytes;
    return api_result_bool(bytes < 0 ? (uint32_t)-bytes : 0);
}

/* Moves the position to *at bytes from `origin`, unless it would pass `limit`. 0 with the new
 * position in *at, or a Win32 code. */
static uint32_t file_seek(HANDLE handle, int64_t *at, DWORD origin, int64_t limit)
{
    struct file *file = file_ref((uintptr_t)handle);
    int64_t from = 0;
    uint32_t error = 0;

    if (file == NULL)
        return ERROR_INVALID_HANDLE;
    if (origin > FILE_END)
        error = ERROR_INVALID_PARAMETER;
    else if (origin == FILE_CURRENT)
        from = host_file_seek(file->fd, 0, HOST_FILE_CURRENT);
    else if (origin == FILE_END)
        from = host_file_bytes(file->fd);
    if (error == 0 && from < 0)
        error = file_error((int)from);
    if (error == 0 && __builtin_add_overflow(from, *at, at))
        error = ERROR_INVALID_PARAMETER;
    else if (error == 0 && *at < 0)
        error = ERROR_NEGATIVE_SEEK;
    else if (error == 0 && *at > limit)
        error = ERROR_INVALID_PARAMETER;
    if (error == 0) {
        *at = host_file_seek(file->fd, *at, HOST_FILE_BEGIN);
        error = *at < 0 ? file_error((int)*at) : 0;
    }
    file_unref(file);
    return error;
}

DWORD WINAPI SetFilePointer(HANDLE file, LONG distance, PLONG high, DWORD origin)
{
    TRACE_CALL(SetFilePointer, file, distance, high, origin);
    int64_t at = distance;
    uint32_t error;

    if (high != NULL)
        at = (int64_t)((uint64_t)(uint32_t)*high << 32 | (uint32_t)distance);
    error = file_seek(file, &at, origin, high == NULL ? UINT32_MAX - 1 : INT64_MAX);
    /* Also after success: INVALID_SET_FILE_POINTER may be half of a position. */
    thread_set_error(error);
    if (error != 0)
        return INVALID_SET_FILE_POINTER;
    if (high != NULL)
        *high = (LONG)(at >> 32);
    return (DWORD)at;
}

BOOL WINAPI SetFilePointerEx(HANDLE file, LARGE_INTEGER distance, PLARGE_INTEGER position,
                             DWORD origin)
{
    TRACE_CALL(SetFilePointerEx, file, distance, position, origin);
    int64_t at = distance.QuadPart;
    uint32_t error = file_seek(file, &at, origin, INT64_MAX);

    if (error == 0 && position != NULL)
        position->QuadPart = at;
    return api_result_bool(error);
}

BOOL WINAPI SetEndOfFile(HANDLE handle)
{
    TRACE_CALL(SetEndOfFile, handle);
    struct file *file = file_ref((uintptr_t)handle);
    uint32_t error = 0;
    int64_t at;

    if (file == NULL)
        return api_result_bool(ERROR_INVALID_HANDLE);
    if (!file->writable)
        error = ERROR_ACCESS_DENIED;
    at = error == 0 ? host_file_seek(file->fd, 0, HOST_FILE_CURRENT) : 0;
    if (error == 0 && at >= 0)
        at = host_file_truncate(file->fd, at);
    if (error == 0 && at < 0)
        error = file_error((int)at);
    file_unref(file);
    return api_result_bool(error);
}
