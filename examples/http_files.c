/* SPDX-License-Identifier: MIT
 *
 * See http_files.h. A hash table finds a file by its path; a list in the order of last use says
 * which to drop when the memory is used up. The lock protects both, and the counts of references.
 * Disk work is done without it: two threads may then read the same new file, and the copy that
 * comes last stays. */
#include "http_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

/* ---- The disk ---- */

/* Windows' C library calls it by another name where sizes have 64 bits, and knows no fractions. */
#if defined(_MSC_VER) || defined(__MINGW32__)
#define FILES_STAT(path, out)  _stat64(path, out)
#define FILES_STAT_NS(status)  0
#define FILES_IS(status, type) (((status).st_mode & _S_IFMT) == _S_IF##type)
#define FILES_STATUS           struct __stat64
#else
#define FILES_STAT(path, out)  stat(path, out)
#define FILES_STAT_NS(status)  ((status).st_mtim.tv_nsec)
#define FILES_IS(status, type) (((status).st_mode & S_IFMT) == S_IF##type)
#define FILES_STATUS           struct stat
#endif

static enum files_result disk_look(const char *place, struct file_stamp *stamp)
{
    FILES_STATUS status;

    if (FILES_STAT(place, &status) != 0)
        return errno == EACCES ? FILES_FORBIDDEN : FILES_MISSING;
    if (FILES_IS(status, DIR))
        return FILES_FOLDER;
    if (!FILES_IS(status, REG)) /* a device or a pipe might never end */
        return FILES_MISSING;
    stamp->bytes = (uint64_t)status.st_size;
    stamp->modified_s = (int64_t)status.st_mtime;
    stamp->modified_ns = FILES_STAT_NS(status);
    return FILES_OPENED;
}

/* Reads as many bytes as the stamp says; a file that shrank meanwhile fails. */
static enum files_result disk_read(const char *place, uint64_t bytes, char *data)
{
    FILE *stream = fopen(place, "rb");
    enum files_result result;

    if (stream == NULL)
        return errno == EACCES ? FILES_FORBIDDEN : FILES_FAILED;
    result = fread(data, 1, (size_t)bytes, stream) == bytes ? FILES_OPENED : FILES_FAILED;
    fclose(stream);
    return result;
}

static const char *content_type_of(const char *path)
{
    /* clang-format off */
    static const struct { const char *ending; const char *type; } rows[] = {
        { "css",  "text/css; charset=utf-8"        },
        { "gif",  "image/gif"                      },
        { "htm",  "text/html; charset=utf-8"       },
        { "html", "text/html; charset=utf-8"       },
        { "ico",  "image/x-icon"                   },
        { "jpeg", "image/jpeg"                     },
        { "jpg",  "image/jpeg"                     },
        { "js",   "text/javascript; charset=utf-8" },
        { "json", "application/json"               },
        { "md",   "text/markdown; charset=utf-8"   },
        { "pdf",  "application/pdf"                },
        { "png",  "image/png"                      },
        { "svg",  "image/svg+xml"                  },
        { "txt",  "text/plain; charset=utf-8"      },
        { "wasm", "application/wasm"               },
        { "webp", "image/webp"                     },
        { "xml",  "application/xml"                },
    };
    /* clang-format on */
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot != NULL && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(dot + 1, rows[i].ending) == 0)
            return rows[i].type;
    }
    return "application/octet-stream";
}

/* A new file with one reference, the caller's. */
static enum files_result file_load(const char *place, const char *path,
                                   const struct file_stamp *stamp, struct file **loaded)
{
    size_t path_bytes = strlen(path) + 1;
    struct file *file;
    char *data;
    enum files_result result;

    if (stamp->bytes > SIZE_MAX - 1)
        return FILES_FAILED;
    file = calloc(1, sizeof *file + path_bytes);
    data = malloc((size_t)stamp->bytes + 1); /* + 1: no file is a NULL */
    result = file == NULL || data == NULL ? FILES_FAILED : disk_read(place, stamp->bytes, data);
    if (result != FILES_OPENED) {
        free(data);
        free(file);
        return result;
    }
    memcpy(file->path, path, path_bytes);
    file->data = data;
    file->content_type = content_type_of(path);
    file->stamp = *stamp;
    file->references = 1;
    *loaded = file;
    return FILES_OPENED;
}

/* ---- The cache ---- */

static void files_lock(struct files *files)
{
    if (files->lock != NULL)
        files->lock();
}

static void files_unlock(struct files *files)
{
    if (files->unlock != NULL)
        files->unlock();
}

static struct file **files_bucket(struct files *files, const char *path)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *path != '\0'; path++)
        hash = (hash ^ (unsigned char)*path) * 16777619u;
    return &files->buckets[hash % FILES_BUCKETS];
}

static void file_unref_locked(struct file *file, unsigned count)
{
    file->references -= count;
    if (file->references > 0)
        return;
    free((char *)file->data);
    free(file);
}

static struct file *files_find_locked(struct files *files, const char *path)
{
    struct file *file = *files_bucket(files, path);

    while (file != NULL && strcmp(file->path, path) != 0)
        file = file->next_in_bucket;
    return file;
}

static void files_unlist_locked(struct files *files, struct file *file)
{
    *(file->newer != NULL ? &file->newer->older : &files->newest) = file->older;
    *(file->older != NULL ? &file->older->newer : &files->oldest) = file->newer;
}

static void files_list_locked(struct files *files, struct file *file)
{
    file->newer = NULL;
    file->older = files->newest;
    *(files->newest != NULL ? &files->newest->newer : &files->oldest) = file;
    files->newest = file;
}

/* Forgets a file. The cache's reference is the caller's now. */
static void files_forget_locked(struct files *files, struct file *file)
{
    struct file **link = files_bucket(files, file->path);

    while (*link != file)
        link = &(*link)->next_in_bucket;
    *link = file->next_in_bucket;
    files_unlist_locked(files, file);
    files->bytes -= file->stamp.bytes;
}

/* Who has it open keeps it until it is closed. NULL: there is nothing to drop. */
static void files_drop_locked(struct files *files, struct file *file)
{
    if (file == NULL)
        return;
    files_forget_locked(files, file);
    file_unref_locked(file, 1);
}

/* Takes the place of an older copy, and makes room by dropping what was not used for longest. */
static void files_add_locked(struct files *files, struct file *file)
{
    struct file **bucket = files_bucket(files, file->path);

    files_drop_locked(files, files_find_locked(files, file->path));
    while (files->oldest != NULL && files->bytes > files->bytes_max - file->stamp.bytes)
        files_drop_locked(files, files->oldest);
    file->next_in_bucket = *bucket;
    *bucket = file;
    files_list_locked(files, file);
    files->bytes += file->stamp.bytes;
    file->references++;
}

/* What the cache holds, with a reference. `*fresh`: it was compared with the disk in this second;
 * otherwise the caller is to do that, and other callers need not. */
static struct file *files_take(struct files *files, const char *path, time_t now, bool *fresh)
{
    struct file *file;

    files_lock(files);
    file = files_find_locked(files, path);
    if (file != NULL) {
        *fresh = file->checked == now;
        file->checked = now;
        file->references++;
        if (file != files->newest) {
            files_unlist_locked(files, file);
            files_list_locked(files, file);
        }
    }
    files_unlock(files);
    return file;
}

/* Looks at the disk. `known`, which may be NULL, is what the cache holds; it is returned, or else
 * closed and dropped. */
static enum files_result files_renew(struct files *files, const char *path, time_t now,
                                     struct file *known, struct file **opened)
{
    char place[FILES_PATH_MAX];
    struct file_stamp stamp = {0};
    struct file *file = NULL;
    enum files_result result = FILES_MISSING;
    int length = snprintf(place, sizeof place, "%s/%s", files->root, path);

    if (length > 0 && (size_t)length < sizeof place)
        result = disk_look(place, &stamp);
    if (result == FILES_OPENED && known != NULL && known->stamp.bytes == stamp.bytes &&
        known->stamp.modified_s == stamp.modified_s &&
        known->stamp.modified_ns == stamp.modified_ns) {
        *opened = known;
        return FILES_OPENED;
    }
    if (result == FILES_OPENED && stamp.bytes > files->bytes_max)
        result = FILES_FAILED;
    if (result == FILES_OPENED)
        result = file_load(place, path, &stamp, &file);

    files_lock(files);
    if (known != NULL && files_find_locked(files, path) == known) {
        files_forget_locked(files, known);
        file_unref_locked(known, 2);
    } else if (known != NULL) {
        file_unref_locked(known, 1);
    }
    if (file != NULL) {
        file->checked = now;
        files_add_locked(files, file);
    }
    files_unlock(files);
    *opened = file;
    return result;
}

enum files_result files_init(struct files *files)
{
    struct file_stamp stamp;

    return disk_look(files->root, &stamp);
}

enum files_result files_open(struct files *files, const char *path, struct file **opened)
{
    time_t now = time(NULL);
    bool fresh = false;
    struct file *file = files_take(files, path, now, &fresh);

    if (file == NULL || !fresh)
        return files_renew(files, path, now, file, opened);
    *opened = file;
    return FILES_OPENED;
}

void files_close(struct files *files, struct file *file)
{
    files_lock(files);
    file_unref_locked(file, 1);
    files_unlock(files);
}

void files_free(struct files *files)
{
    while (files->oldest != NULL)
        files_drop_locked(files, files->oldest);
}
