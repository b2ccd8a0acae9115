/* SPDX-License-Identifier: MIT
 *
 * Decides what a request is answered with, and writes the head of the answer. Sending is the
 * caller's: first `head`, then `body`, which points into a file in memory. */
#ifndef EXAMPLE_HTTP_REPLY_H
#define EXAMPLE_HTTP_REPLY_H

#include "http_files.h"
#include "http_request.h"

enum { REPLY_HEAD_MAX = 1536 }; /* bytes; a redirection repeats a name of up to 765 */

struct reply {
    size_t head_bytes;
    const char *body;
    uint64_t body_bytes;
    bool keep_alive;
    struct file *file; /* kept open for the body; NULL: there is none */
    char head[REPLY_HEAD_MAX];
};

/* Answers a request that was parsed, or refused by the parser. `closing`: the server will close the
 * connection after this answer, whatever the client would like. */
void reply_make(struct reply *reply, const struct request *request, struct files *files,
                bool closing);

/* Closes the file. Needed once after each reply_make(); harmless if repeated. */
void reply_done(struct reply *reply, struct files *files);

#endif
