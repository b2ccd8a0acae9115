/* SPDX-License-Identifier: MIT
 *
 * See http_reply.h. */
#include "http_reply.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum {
    DATE_BYTES = 29,       /* "Sun, 06 Nov 1994 08:49:37 GMT" */
    FOLDER_NAME_MAX = 768, /* bytes as sent; a name has up to 255, each of which may need three */
    SECONDS_A_DAY = 24 * 60 * 60,
};

/* ---- Writing the head ---- */

static void put(struct reply *reply, const char *text, size_t bytes)
{
    assert(bytes <= sizeof reply->head - reply->head_bytes);
    memcpy(reply->head + reply->head_bytes, text, bytes);
    reply->head_bytes += bytes;
}

static void put_text(struct reply *reply, const char *text)
{
    put(reply, text, strlen(text));
}

static void put_number(struct reply *reply, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put(reply, digits + at, sizeof digits - at);
}

static void date_pair(char *out, int value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

/* A date as HTTP wants it, for the years 1970 to 9999. Written out, because gmtime() shares its
 * result among threads and its safe forms have different names. */
static void date_write(char out[DATE_BYTES], int64_t seconds)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1 January 1970 was a Thursday */
    static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
    int64_t day = seconds / SECONDS_A_DAY;
    int in_day = (int)(seconds % SECONDS_A_DAY);
    /* Years begin in March here, so that the odd day stands at their end. Eras are 400 years. */
    int64_t since = day + 719468; /* days from 1 March of the year 0 to 1970 */
    int64_t of_era = since % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int day_of_year = (int)(of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
    int month = (5 * day_of_year + 2) / 153; /* 0 is March */
    int year = (int)(year_of_era + since / 146097 * 400) + (month >= 10);

    memcpy(out, "ddd, DD mmm yyyy HH:MM:SS GMT", DATE_BYTES);
    memcpy(out, days + day % 7 * 3, 3);
    date_pair(out + 5, day_of_year - (153 * month + 2) / 5 + 1);
    memcpy(out + 8, months + (ptrdiff_t)month * 3, 3);
    date_pair(out + 12, year / 100);
    date_pair(out + 14, year % 100);
    date_pair(out + 17, in_day / 3600);
    date_pair(out + 20, in_day / 60 % 60);
    date_pair(out + 23, in_day % 60);
}

static void put_date(struct reply *reply, const char *name, int64_t seconds)
{
    char date[DATE_BYTES];

    date_write(date, seconds < 0 ? 0 : seconds);
    put_text(reply, name);
    put(reply, date, sizeof date);
    put_text(reply, "\r\n");
}

/* clang-format off */
static const char *status_line(int status)
{
    switch (status) {
    case 200: return "HTTP/1.1 200 OK\r\n";
    case 206: return "HTTP/1.1 206 Partial Content\r\n";
    case 301: return "HTTP/1.1 301 Moved Permanently\r\n";
    case 304: return "HTTP/1.1 304 Not Modified\r\n";
    case 400: return "HTTP/1.1 400 Bad Request\r\n";
    case 403: return "HTTP/1.1 403 Forbidden\r\n";
    case 404: return "HTTP/1.1 404 Not Found\r\n";
    case 405: return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 414: return "HTTP/1.1 414 URI Too Long\r\n";
    case 416: return "HTTP/1.1 416 Range Not Satisfiable\r\n";
    case 431: return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 505: return "HTTP/1.1 505 HTTP Version Not Supported\r\n";
    default: return "HTTP/1.1 503 Service Unavailable\r\n";
    }
}
/* clang-format on */

static void head_begin(struct reply *reply, int status)
{
    put_text(reply, status_line(status));
    put_date(reply, "Date: ", (int64_t)time(NULL));
    /* Said in both cases: a client of HTTP/1.0 expects the end otherwise. */
    put_text(reply, reply->keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
}

static void put_length(struct reply *reply, uint64_t bytes)
{
    put_text(reply, "Content-Length: ");
    put_number(reply, bytes);
    put_text(reply, "\r\n");
}

/* Ends the head, and adds the status line's words as a body that fits behind it. */
static void finish_with_words(struct reply *reply, const struct request *request, int status)
{
    const char *words = strchr(status_line(status), ' ') + 1;
    size_t bytes = strlen(words);

    put_text(reply, "Content-Type: text/plain; charset=utf-8\r\n");
    put_length(reply, bytes);
    put_text(reply, "\r\n");
    if (request->method != REQUEST_HEAD)
        put(reply, words, bytes);
}

static void reply_error(struct reply *reply, const struct request *request, int status)
{
    head_begin(reply, status);
    if (status == 405)
        put_text(reply, "Allow: GET, HEAD\r\n");
    finish_with_words(reply, request, status);
}

/* ---- Folders ---- */

/* Sends the client to the same name with a slash. The place is relative to the request's own, so
 * that neither this server's name nor anything else that the client sent comes into it. */
static void reply_to_folder(struct reply *reply, const struct request *request)
{
    const char *end = request->target.at + request->target.bytes;
    const char *query = memchr(request->target.at, '?', request->target.bytes);
    const char *name = query != NULL ? query : end;

    end = name;
    while (name > request->target.at && name[-1] != '/')
        name--;
    if (name == end || end - name > FOLDER_NAME_MAX) { /* a folder with the name index.html */
        reply_error(reply, request, 404);
        return;
    }
    head_begin(reply, 301);
    put_text(reply, "Location: ./");
    put(reply, name, (size_t)(end - name));
    put_text(reply, "/\r\n");
    finish_with_words(reply, request, 301);
}

/* ---- Files ---- */

/* Reads digits; false if there are none. What does not fit stays at the largest number. */
static bool range_number(struct span *text, uint64_t *value)
{
    size_t digits = 0;

    *value = 0;
    for (; text->bytes > 0 && text->at[0] >= '0' && text->at[0] <= '9'; digits++) {
        unsigned digit = (unsigned)(text->at[0] - '0');

        *value = *value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *value * 10 + digit;
        text->at++;
        text->bytes--;
    }
    return digits > 0;
}

/* Part of a file, as a Range field asks for it. Returns 206; 416 if there is no such part; 200 if
 * the whole file is due: no field, another unit, several parts, or not what the grammar allows. */
static int range_parse(struct span text, uint64_t size, uint64_t *first, uint64_t *count)
{
    static const char unit[] = "bytes=";
    const size_t unit_bytes = sizeof unit - 1;
    uint64_t low = 0;
    uint64_t high = UINT64_MAX;
    bool has_low;
    bool has_high;

    if (text.bytes < unit_bytes || !span_is((struct span){text.at, unit_bytes}, unit))
        return 200;
    text.at += unit_bytes;
    text.bytes -= unit_bytes;
    has_low = range_number(&text, &low);
    if (text.bytes == 0 || text.at[0] != '-')
        return 200;
    text.at++;
    text.bytes--;
    has_high = range_number(&text, &high);
    if (text.bytes > 0 || (!has_low && !has_high) || (has_low && has_high && high < low))
        return 200;
    if (!has_low) { /* the last `high` bytes */
        *count = high < size ? high : size;
        *first = size - *count;
        return *count == 0 ? 416 : 206;
    }
    if (low >= size)
        return 416;
    *first = low;
    *count = (has_high && high < size ? high + 1 : size) - low;
    return 206;
}

/* The client's copy is compared by equality of dates: ours are all it can have. */
static bool date_matches(struct span field, const struct file *file)
{
    char date[DATE_BYTES];

    if (field.bytes != sizeof date)
        return false;
    date_write(date, file->stamp.modified_s < 0 ? 0 : file->stamp.modified_s);
    return memcmp(field.at, date, sizeof date) == 0;
}

static void put_content_range(struct reply *reply, uint64_t first, uint64_t count, uint64_t size)
{
    put_text(reply, "Content-Range: bytes ");
    put_number(reply, first);
    put_text(reply, "-");
    put_number(reply, first + count - 1);
    put_text(reply, "/");
    put_number(reply, size);
    put_text(reply, "\r\n");
}

static void reply_no_range(struct reply *reply, const struct request *request, uint64_t size)
{
    head_begin(reply, 416);
    put_text(reply, "Content-Range: bytes */");
    put_number(reply, size);
    put_text(reply, "\r\n");
    finish_with_words(reply, request, 416);
}

static void reply_file(struct reply *reply, const struct request *request, struct file *file)
{
    uint64_t size = file->stamp.bytes;
    uint64_t first = 0;
    uint64_t count = size;
    int status = 200;

    reply->file = file;
    if (date_matches(request->if_modified_since, file)) {
        status = 304;
    } else if (request->method == REQUEST_GET && request->range.bytes > 0 &&
               (request->if_range.bytes == 0 || date_matches(request->if_range, file))) {
        status = range_parse(request->range, size, &first, &count);
    }
    if (status == 416) {
        reply_no_range(reply, request, size);
        return;
    }
    head_begin(reply, status);
    put_date(reply, "Last-Modified: ", file->stamp.modified_s);
    if (status != 304) {
        put_text(reply, "Accept-Ranges: bytes\r\nContent-Type: ");
        put_text(reply, file->content_type);
        put_text(reply, "\r\n");
        put_length(reply, count);
    }
    if (status == 206)
        put_content_range(reply, first, count, size);
    put_text(reply, "\r\n");
    if (request->method == REQUEST_GET && status != 304) {
        reply->body = file->data + first;
        reply->body_bytes = count;
    }
}

/* 0 and an open file, or the status to answer with. */
static int file_find(const struct request *request, struct files *files, struct file **file)
{
    char path[FILES_PATH_MAX];
    int status;

    if (request->status != 0)
        return request->status;
    if (request->method == REQUEST_OTHER)
        return 405;
    status = request_path(request, path, sizeof path);
    if (status != 0)
        return status;
    switch (files_open(files, path, file)) {
    case FILES_OPENED:
        return 0;
    case FILES_MISSING:
        return 404;
    case FILES_FOLDER:
        return 301;
    case FILES_FORBIDDEN:
        return 403;
    default:
        return 503;
    }
}

void reply_make(struct reply *reply, const struct request *request, struct files *files,
                bool closing)
{
    struct file *file = NULL;
    int status;

    reply->head_bytes = 0;
    reply->body = NULL;
    reply->body_bytes = 0;
    reply->file = NULL;
    reply->keep_alive = request->keep_alive && !closing;
    status = file_find(request, files, &file);
    if (status == 0)
        reply_file(reply, request, file);
    else if (status == 301)
        reply_to_folder(reply, request);
    else
        reply_error(reply, request, status);
}

void reply_done(struct reply *reply, struct files *files)
{
    if (reply->file != NULL)
        files_close(files, reply->file);
    reply->file = NULL;
}
