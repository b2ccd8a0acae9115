/* SPDX-License-Identifier: MIT
 *
 * Reads the head of one HTTP/1.0 or 1.1 request from memory: no input, no output, no allocation.
 * What it finds are spans of the caller's buffer, valid as long as that is left alone. */
#ifndef EXAMPLE_HTTP_REQUEST_H
#define EXAMPLE_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
    REQUEST_HEAD_MAX = 8192, /* bytes, the blank line included: the size of a caller's buffer */
};

enum request_method { REQUEST_GET, REQUEST_HEAD, REQUEST_OTHER };

enum request_result {
    REQUEST_READY,      /* the whole head is there and makes sense */
    REQUEST_INCOMPLETE, /* call again when there is more */
    REQUEST_REFUSED,    /* answer with `status` and close: the next request cannot be found */
};

/* Bytes in somebody's buffer; not terminated. */
struct span {
    const char *at;
    size_t bytes;
};

struct request {
    enum request_method method;
    struct span target; /* as sent, with the query */
    struct span range;  /* the fields' values; no bytes: there is no such field */
    struct span if_range;
    struct span if_modified_since;
    bool keep_alive;   /* the connection may carry another request after this one */
    size_t head_bytes; /* where the next request begins */
    int status;        /* of a refused request: 400, 414, 431 or 505 */
};

/* Parses what begins at `data`. `*scanned` is 0 for a new request and afterwards keeps how far the
 * search for the end has come, so that a head that trickles in is searched once. */
enum request_result request_parse(struct request *request, const char *data, size_t bytes,
                                  size_t *scanned);

/* Writes the path that the target names, relative to the root and terminated; index.html is added
 * to a directory. Returns 0, or 400 or 414. Whatever might lead out of the root is a 400: dot
 * segments, encoded or not, empty segments, encoded slashes, backslashes, colons, control bytes. */
int request_path(const struct request *request, char *path, size_t path_bytes);

/* Compares text without regard to the case of ASCII letters. `word` is lower case. */
bool span_is(struct span span, const char *word);

#endif
