/* SPDX-License-Identifier: MIT */
/* The tables of tests/data: lines of fields between tabs, below the names of the columns. */
#ifndef TESTS_API_TABLE_H
#define TESTS_API_TABLE_H

#include <stdlib.h>

#include "pair.h"

enum { TABLE_ROWS = 1024, TABLE_FIELDS = 10 };

struct table {
    char *text; /* the caller frees it */
    char *fields[TABLE_ROWS][TABLE_FIELDS];
    int count;
};

/* A whole file; the caller frees it. */
static inline char *table_text(const char *folder, const char *name)
{
    char path[512];
    char *text;
    FILE *file;
    long size;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

static inline void table_read(struct table *table, const char *name)
{
    char *line;
    char *rest;

    table->text = table_text(TEST_DATA_DIR, name);
    rest = strchr(table->text, '\n') + 1;
    while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
        char **fields = table->fields[table->count++];

        assert_true(table->count < TABLE_ROWS);
        for (int i = 0; i < TABLE_FIELDS; i++)
            fields[i] = line != NULL ? strsep(&line, "\t") : NULL;
    }
}

/* A WSA code of these tables by its name; 0 for "ok". */
static inline int table_error(const char *name)
{
    static const struct {
        const char *name;
        int code;
    } errors[] = {
        {"ok", 0},
        {"WSAEACCES", WSAEACCES},
        {"WSAEADDRNOTAVAIL", WSAEADDRNOTAVAIL},
        {"WSAEAFNOSUPPORT", WSAEAFNOSUPPORT},
        {"WSAEFAULT", WSAEFAULT},
        {"WSAEINVAL", WSAEINVAL},
        {"WSAEMSGSIZE", WSAEMSGSIZE},
        {"WSAENOBUFS", WSAENOBUFS},
        {"WSAENOPROTOOPT", WSAENOPROTOOPT},
        {"WSAENOTCONN", WSAENOTCONN},
        {"WSAENOTSOCK", WSAENOTSOCK},
        {"WSAEOPNOTSUPP", WSAEOPNOTSUPP},
        {"WSAEWOULDBLOCK", WSAEWOULDBLOCK},
    };

    for (size_t i = 0; i < PAIR_COUNT(errors); i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].code;
    fail_msg("no such outcome: %s", name);
    return -1;
}

#endif
