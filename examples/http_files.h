/* SPDX-License-Identifier: MIT
 *
 * The files below one folder, read once and then served from memory. Only the C library and stat()
 * are used. A file that changed is read again; a change shows within a second. */
#ifndef EXAMPLE_HTTP_FILES_H
#define EXAMPLE_HTTP_FILES_H

#include <stdint.h>
#include <time.h>

enum {
    FILES_PATH_MAX = 4096, /* bytes, the root and the terminator included */
    FILES_BUCKETS = 1024,
};

/* Two equal stamps: the file was not written in between. */
struct file_stamp {
    uint64_t bytes;
    int64_t modified_s; /* since 1970 */
    int64_t modified_ns;
};

/* An open file: data and stamp never change, and stay until files_close(). */
struct file {
    const char *data;
    const char *content_type;
    struct file_stamp stamp;
    /* The cache's own, under its lock: */
    struct file *next_in_bucket;
    struct file *newer; /* in the order of last use */
    struct file *older;
    unsigned references; /* the cache counts as one */
    time_t checked;      /* the second in which the stamp was last compared */
    char path[];         /* below the root */
};

/* Fill in the first three; then files_init(). Without threads lock and unlock may be NULL. */
struct files {
    const char *root;
    void (*lock)(void);
    void (*unlock)(void);
    uint64_t bytes_max; /* kept for later; files in use may go beyond it */

    uint64_t bytes;
    struct file *newest;
    struct file *oldest;
    struct file *buckets[FILES_BUCKETS];
};

enum files_result {
    FILES_OPENED,
    FILES_MISSING,   /* or neither a file nor a folder */
    FILES_FOLDER,    /* a folder where a file was asked for */
    FILES_FORBIDDEN, /* there, but cannot be opened */
    FILES_FAILED,    /* too large, no memory, or it cannot be read */
};

/* Finds out whether there is such a folder. */
enum files_result files_init(struct files *files);

/* `path` is relative to the root and must not lead out of it. May read the disk; the lock is not
 * held meanwhile. */
enum files_result files_open(struct files *files, const char *path, struct file **opened);

void files_close(struct files *files, struct file *file);

/* Frees everything; no file may be open. */
void files_free(struct files *files);

#endif
