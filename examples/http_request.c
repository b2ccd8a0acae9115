/* SPDX-License-Identifier: MIT
 *
 * See http_request.h. Two passes: the first finds the blank line, the second, over a head that is
 * complete, looks at it line by line. A line may end with LF alone (RFC 9112, 2.2). */
#include "http_request.h"

#include <string.h>

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The characters of method names and field names (RFC 9110, 5.6.2). */
static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* ---- Spans ---- */

bool span_is(struct span span, const char *word)
{
    size_t i = 0;

    while (i < span.bytes && word[i] != '\0' && ascii_lower(span.at[i]) == word[i])
        i++;
    return i == span.bytes && word[i] == '\0';
}

/* Cuts off and returns what stands before the first `mark`; the mark goes too. Without a mark it
 * returns everything and leaves a span that begins at NULL. */
static struct span span_cut(struct span *rest, char mark)
{
    struct span piece = *rest;
    const char *found = rest->bytes == 0 ? NULL : memchr(rest->at, mark, rest->bytes);

    if (found == NULL) {
        rest->at = NULL;
        rest->bytes = 0;
        return piece;
    }
    piece.bytes = (size_t)(found - piece.at);
    rest->at = found + 1;
    rest->bytes -= piece.bytes + 1;
    return piece;
}

static struct span span_trim(struct span span)
{
    while (span.bytes > 0 && is_blank(span.at[0])) {
        span.at++;
        span.bytes--;
    }
    while (span.bytes > 0 && is_blank(span.at[span.bytes - 1]))
        span.bytes--;
    return span;
}

static bool span_all(struct span span, bool (*allowed)(char))
{
    for (size_t i = 0; i < span.bytes; i++) {
        if (!allowed(span.at[i]))
            return false;
    }
    return true;
}

static struct span line_cut(struct span *rest)
{
    struct span line = span_cut(rest, '\n');

    if (line.bytes > 0 && line.at[line.bytes - 1] == '\r')
        line.bytes--;
    return line;
}

/* ---- Finding the end ---- */

/* Bytes of blank lines before the request: some clients send one after a body. */
static size_t blank_lines(const char *data, size_t bytes)
{
    size_t skipped = 0;

    while (skipped < bytes) {
        if (data[skipped] == '\n')
            skipped++;
        else if (data[skipped] == '\r' && skipped + 1 < bytes && data[skipped + 1] == '\n')
            skipped += 2;
        else
            break;
    }
    return skipped;
}

/* Bytes up to and with the blank line that ends the head; 0: it is not there yet. */
static size_t head_end(const char *data, size_t bytes, size_t *scanned)
{
    const char *newline;

    while (*scanned < bytes &&
           (newline = memchr(data + *scanned, '\n', bytes - *scanned)) != NULL) {
        size_t next = (size_t)(newline - data) + 1;

        if (next < bytes && data[next] == '\n')
            return next + 1;
        if (next + 1 < bytes && data[next] == '\r' && data[next + 1] == '\n')
            return next + 2;
        if (next == bytes || (next + 1 == bytes && data[next] == '\r')) {
            *scanned = next - 1; /* what follows decides whether this line was the last */
            return 0;
        }
        *scanned = next;
    }
    *scanned = bytes;
    return 0;
}

/* ---- The request line ---- */

static bool is_target_char(char c)
{
    return c != ' ' && !is_control(c);
}

/* 0, 400 or 505. `*minor` is x of HTTP/1.x. */
static int version_parse(struct span version, int *minor)
{
    static const char prefix[] = "HTTP/";
    const size_t prefix_bytes = sizeof prefix - 1;
    const char *digits = version.at + prefix_bytes;

    if (version.bytes != prefix_bytes + 3 || memcmp(version.at, prefix, prefix_bytes) != 0 ||
        digits[0] < '0' || digits[0] > '9' || digits[1] != '.' || digits[2] < '0' ||
        digits[2] > '9')
        return 400;
    *minor = digits[2] - '0';
    return digits[0] == '1' ? 0 : 505;
}

static int request_line_parse(struct request *request, struct span line, int *minor)
{
    struct span method = span_cut(&line, ' ');
    struct span target = span_cut(&line, ' ');

    if (line.at == NULL || method.bytes == 0 || target.bytes == 0 ||
        !span_all(method, is_token_char) || !span_all(target, is_target_char))
        return 400;
    /* Method names know upper and lower case. */
    if (method.bytes == 3 && memcmp(method.at, "GET", 3) == 0)
        request->method = REQUEST_GET;
    else if (method.bytes == 4 && memcmp(method.at, "HEAD", 4) == 0)
        request->method = REQUEST_HEAD;
    else
        request->method = REQUEST_OTHER;
    request->target = target;
    return version_parse(line, minor);
}

/* ---- The fields ---- */

static bool is_value_char(char c)
{
    return c == '\t' || !is_control(c);
}

static bool list_contains(struct span list, const char *word)
{
    while (list.at != NULL) {
        if (span_is(span_trim(span_cut(&list, ',')), word))
            return true;
    }
    return false;
}

/* What the fields say together, beside the spans that `struct request` keeps. */
struct field_facts {
    int hosts;
    bool close;
    bool keep_alive;
    bool body;
};

static void field_note(struct request *request, struct field_facts *facts, struct span name,
                       struct span value)
{
    if (span_is(name, "host"))
        facts->hosts++;
    else if (span_is(name, "range"))
        request->range = value;
    else if (span_is(name, "if-range"))
        request->if_range = value;
    else if (span_is(name, "if-modified-since"))
        request->if_modified_since = value;
    else if (span_is(name, "transfer-encoding"))
        facts->body = true;
    else if (span_is(name, "content-length"))
        facts->body = facts->body || !span_is(value, "0");
    else if (span_is(name, "connection")) {
        facts->close = facts->close || list_contains(value, "close");
        facts->keep_alive = facts->keep_alive || list_contains(value, "keep-alive");
    }
}

static int fields_parse(struct request *request, struct span rest, int minor)
{
    struct field_facts facts = {0};
    struct span line;

    while ((line = line_cut(&rest)).bytes > 0) {
        struct span value = line;
        struct span name = span_cut(&value, ':');

        /* A name is a token: neither a continued line nor a blank before the colon gets by. */
        if (value.at == NULL || name.bytes == 0 || !span_all(name, is_token_char) ||
            !span_all(value, is_value_char))
            return 400;
        field_note(request, &facts, name, span_trim(value));
    }
    if (facts.hosts > 1 || (facts.hosts == 0 && minor >= 1))
        return 400;
    /* Nothing here takes a body. One that comes all the same is not read, so nobody knows where the
     * next request begins. */
    request->keep_alive = !facts.body && !facts.close && (minor >= 1 || facts.keep_alive);
    return 0;
}

enum request_result request_parse(struct request *request, const char *data, size_t bytes,
                                  size_t *scanned)
{
    size_t skipped = blank_lines(data, bytes);
    struct span rest;
    int minor = 0;

    memset(request, 0, sizeof *request);
    if (skipped < bytes && data[skipped] != '\r' && !is_token_char(data[skipped])) {
        request->status = 400; /* no method begins so: do not wait for the end of a line */
        return REQUEST_REFUSED;
    }
    if (*scanned < skipped)
        *scanned = skipped;
    request->head_bytes = head_end(data, bytes, scanned);
    if (request->head_bytes == 0) {
        if (bytes < REQUEST_HEAD_MAX)
            return REQUEST_INCOMPLETE;
        /* Too long; the request line by itself? */
        request->status = memchr(data + skipped, '\n', bytes - skipped) == NULL ? 414 : 431;
        return REQUEST_REFUSED;
    }
    rest.at = data + skipped;
    rest.bytes = request->head_bytes - skipped;
    request->status = request_line_parse(request, line_cut(&rest), &minor);
    if (request->status == 0)
        request->status = fields_parse(request, rest, minor);
    return request->status == 0 ? REQUEST_READY : REQUEST_REFUSED;
}

/* ---- The path ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The part of a target that is a path: the query goes, and so do scheme and host, which a request
 * may name too ("GET http://host/path"). A span at NULL: there is no path. */
static struct span target_path(struct span target)
{
    static const char scheme[] = "http://";
    const size_t scheme_bytes = sizeof scheme - 1;
    struct span path = span_cut(&target, '?');

    if (path.bytes > scheme_bytes && span_is((struct span){path.at, scheme_bytes}, scheme)) {
        path.at += scheme_bytes;
        path.bytes -= scheme_bytes;
        (void)span_cut(&path, '/');
        return path.at == NULL ? (struct span){"", 0} : path;
    }
    if (path.bytes == 0 || path.at[0] != '/')
        return (struct span){NULL, 0};
    return (struct span){path.at + 1, path.bytes - 1};
}

/* Decodes one segment to `out`, which has room for it, and returns its length; 0: it is refused. */
static size_t segment_decode(struct span segment, char *out)
{
    size_t length = 0;
    bool only_dots = true;

    for (size_t i = 0; i < segment.bytes; i++) {
        char c = segment.at[i];

        if (c == '%') {
            int high = i + 2 < segment.bytes ? hex_value(segment.at[i + 1]) : -1;
            int low = i + 2 < segment.bytes ? hex_value(segment.at[i + 2]) : -1;

            if (high < 0 || low < 0)
                return 0;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (is_control(c) || c == '/' || c == '\\' || c == ':')
            return 0;
        only_dots = only_dots && c == '.';
        out[length++] = c;
    }
    return only_dots ? 0 : length;
}

int request_path(const struct request *request, char *path, size_t path_bytes)
{
    static const char index[] = "index.html";
    struct span rest = target_path(request->target);
    size_t length = 0;

    if (rest.at == NULL)
        return 400;
    if (rest.bytes + sizeof index > path_bytes) /* decoding makes nothing longer */
        return 414;
    while (rest.bytes > 0) {
        size_t decoded = segment_decode(span_cut(&rest, '/'), path + length);

        if (decoded == 0)
            return 400;
        length += decoded;
        if (rest.at != NULL)
            path[length++] = '/';
    }
    if (length == 0 || path[length - 1] == '/') {
        memcpy(path + length, index, sizeof index);
        return 0;
    }
    path[length] = '\0';
    return 0;
}
