/* SPDX-License-Identifier: MIT */
/*
 * What the tests of files share: a directory of their own, files of a known content, and readers
 * that keep what came.
 */
#ifndef TESTS_API_FILE_H
#define TESTS_API_FILE_H

#include "flow.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static char file_directory[64];
static char file_names[16][96];

static inline int file_setup(void **state)
{
    const char *parent = getenv("TMPDIR"); /* another file system: another way of reading */

    snprintf(file_directory, sizeof file_directory, "%s/ws2ring-test-XXXXXX",
             parent == NULL ? "/tmp" : parent);
    if (mkdtemp(file_directory) == NULL)
        return -1;
    return pair_setup(state);
}

static inline int file_teardown(void **state)
{
    DIR *directory = opendir(file_directory);
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0); /* "." and ".." stay */
    if (directory != NULL)
        closedir(directory);
    rmdir(file_directory);
    return pair_teardown(state);
}

/* A path in the directory; sixteen may be in use at a time. */
static inline const char *file_name(const char *name)
{
    static unsigned next;
    char *path = file_names[next++ % PAIR_COUNT(file_names)];

    snprintf(path, sizeof file_names[0], "%s/%s", file_directory, name);
    return path;
}

/* What a file of ours has at this place. No period divides the sizes of pages and buffers. */
static inline unsigned char file_byte(uint64_t place)
{
    return (unsigned char)(place * 167 + place / 251);
}

/* Makes a file of so many bytes. Not through the library: it is what the tests are about. */
static inline const char *file_make(const char *name, uint64_t bytes)
{
    const char *path = file_name(name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (uint64_t i = 0; i < bytes; i++)
        putc(file_byte(i), file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* The file's pages leave the cache; where the file system has no disk they stay, and nothing is
 * lost but the point of the test. */
static inline void file_cool(const char *path)
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static inline HANDLE file_open_with(const char *path, DWORD flags)
{
    HANDLE file =
        CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, flags, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

static inline HANDLE file_open_read(const char *path)
{
    return file_open_with(path, FILE_ATTRIBUTE_NORMAL);
}

/* Opens a new file of so many bytes. */
static inline HANDLE file_new(const char *name, uint64_t bytes)
{
    return file_open_read(file_make(name, bytes));
}

static inline void file_same(const unsigned char *data, uint64_t place, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (data[i] != file_byte(place + i))
            fail_msg("byte %llu differs", (unsigned long long)(place + i));
}

/* ---- Readers: a thread that keeps all that comes until the end of the stream ---- */

struct file_reader {
    SOCKET s;
    size_t at_most; /* then it stops */
    size_t step;    /* at a time */
    unsigned char *data;
    size_t bytes;
    int error;
    pthread_t thread;
};

static inline void *file_read_all(void *argument)
{
    struct file_reader *reader = argument;
    int got = 1;

    while (got > 0 && reader->bytes < reader->at_most) {
        size_t room = reader->at_most - reader->bytes;

        got = flow_recv(reader->s, reader->data + reader->bytes,
                        (ULONG)(room < reader->step ? room : reader->step));
        if (got > 0)
            reader->bytes += (size_t)got;
        else if (got < 0)
            reader->error = WSAGetLastError();
    }
    return NULL;
}

static inline void file_reader_start_at(struct file_reader *reader, SOCKET s, size_t at_most,
                                        size_t step)
{
    memset(reader, 0, sizeof *reader);
    reader->s = s;
    reader->at_most = at_most;
    reader->step = step;
    reader->data = malloc(at_most + 1);
    assert_non_null(reader->data);
    reader->thread = flow_run(file_read_all, reader);
}

static inline void file_reader_start(struct file_reader *reader, SOCKET s, size_t at_most)
{
    file_reader_start_at(reader, s, at_most, 100000);
}

static inline void file_reader_end(struct file_reader *reader)
{
    flow_join(reader->thread);
}

static inline void file_reader_free(struct file_reader *reader)
{
    free(reader->data);
    reader->data = NULL;
}

#endif
