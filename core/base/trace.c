/* SPDX-License-Identifier: MIT */
/* Writes the lines of WS2RING_TRACE; see trace.h, and docs/trace.md for what a line says. */
#include "core/base/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error_name.h"
#include "core/base/thread.h"
#include "ring/host/log.h"
#include "ring/host/sys.h"

enum {
    TRACE_LINE_BYTES = 1024, /* a longer line is cut off */
    TRACE_TEXT_BYTES = 80,   /* of one text argument */
    TRACE_COPY_BYTES = 16,   /* aligned pieces of this size never reach into a page not mapped */
    TRACE_DECIMAL_MAX = 999999
};

struct trace_line {
    size_t used;
    char text[TRACE_LINE_BYTES];
};

/* What the types of a call do not tell. */
static const struct trace_fact {
    const char *name;  /* in the sources */
    const char *shown; /* NULL: the same */
    bool reads_text;   /* its char * arguments are texts; elsewhere they are data */
    bool returns_code; /* its result is an error code */
} trace_facts[] = {
    {"CreateFileA", NULL, true, false},
    {"GetLastError", NULL, false, true},
    {"WSAGetLastError", NULL, false, true},
    {"WSAStartup", NULL, false, true},
    {"WSAStringToAddressA", NULL, true, false},
    {"extension_connect", "ConnectEx", false, false},
    {"extension_disconnect", "DisconnectEx", false, false},
    {"extension_recvmsg", "WSARecvMsg", false, false},
    {"extension_transmit_packets", "TransmitPackets", false, false},
    {"getaddrinfo", NULL, true, true},
    {"gethostbyname", NULL, true, false},
    {"getnameinfo", NULL, false, true},
    {"getprotobyname", NULL, true, false},
    {"getservbyname", NULL, true, false},
    {"getservbyport", NULL, true, false},
    {"inet_addr", NULL, true, false},
    {"inet_pton", NULL, true, false},
    {"ws2_GetAddrInfoW16", "GetAddrInfoW", false, true},
    {"ws2_GetAddrInfoW32", "GetAddrInfoW", false, true},
    {"ws2_GetNameInfoW16", "GetNameInfoW", false, true},
    {"ws2_GetNameInfoW32", "GetNameInfoW", false, true},
};

bool trace_on;

/* Set between the two entries of a traced call. */
static _Thread_local bool trace_entered;

bool trace_enter(void)
{
    trace_entered = !trace_entered;
    return trace_entered;
}

void trace_start(struct trace_call *call)
{
    thread_error_mark();
    call->start_ns = host_now_ns();
}

static const struct trace_fact *trace_fact(const char *name)
{
    static const struct trace_fact none;

    for (size_t i = 0; i < sizeof trace_facts / sizeof trace_facts[0]; i++) {
        if (strcmp(trace_facts[i].name, name) == 0)
            return &trace_facts[i];
    }
    return &none;
}

__attribute__((format(printf, 2, 3))) static void line_add(struct trace_line *line,
                                                           const char *format, ...)
{
    size_t room = sizeof line->text - line->used;
    va_list arguments;
    int bytes;

    va_start(arguments, format);
    bytes = vsnprintf(line->text + line->used, room, format, arguments);
    va_end(arguments);
    if (bytes > 0)
        line->used += (size_t)bytes < room ? (size_t)bytes : room - 1;
}

/* The text may be anything, and anywhere. */
static void line_add_text(struct trace_line *line, uint64_t address)
{
    char copy[TRACE_COPY_BYTES];
    uint64_t at = address;
    char quote = '"';

    while (at - address < TRACE_TEXT_BYTES) {
        size_t bytes = TRACE_COPY_BYTES - at % TRACE_COPY_BYTES;

        if (host_copy_from(copy, (const void *)(uintptr_t)at, bytes) != 0) {
            line_add(line, at == address ? "%#" PRIx64 : "\"...", address);
            return;
        }
        if (at == address)
            line_add(line, "%c", quote);
        for (size_t i = 0; i < bytes && copy[i] != '\0'; i++)
            line_add(line, copy[i] < ' ' || copy[i] == '"' ? "\\x%02x" : "%c",
                     (unsigned char)copy[i]);
        if (memchr(copy, '\0', bytes) != NULL) {
            line_add(line, "%c", quote);
            return;
        }
        at += bytes;
    }
    line_add(line, "\"...");
}

static void line_add_value(struct trace_line *line, enum trace_kind kind, uint64_t value)
{
    if (kind == TRACE_TEXT && value != 0)
        line_add_text(line, value);
    else if (kind == TRACE_TEXT || kind == TRACE_POINTER)
        line_add(line, value == 0 ? "NULL" : "%#" PRIx64, value);
    else if (kind == TRACE_SIGNED)
        line_add(line, "%" PRId64, (int64_t)value);
    else
        line_add(line, value <= TRACE_DECIMAL_MAX ? "%" PRIu64 : "%#" PRIx64, value);
}

/* The two forms of a wide call are ws2_...W16 and ws2_...W32 in the sources. */
static void line_add_name(struct trace_line *line, const struct trace_fact *fact, const char *name)
{
    size_t bytes = strlen(name);

    if (fact->shown != NULL)
        line_add(line, "%s(", fact->shown);
    else if (bytes > 7 && strncmp(name, "ws2_", 4) == 0 && name[bytes - 3] == 'W')
        line_add(line, "%.*s(", (int)bytes - 6, name + 4);
    else
        line_add(line, "%s(", name);
}

static void line_add_arguments(struct trace_line *line, const struct trace_call *call,
                               bool reads_text)
{
    const char *name = call->names;

    for (unsigned i = 0; call->kinds[i] != TRACE_NONE; i++) {
        enum trace_kind kind = call->kinds[i];
        int bytes = (int)strcspn(name, ",");

        if (kind == TRACE_TEXT && !reads_text)
            kind = TRACE_POINTER;
        line_add(line, "%s%.*s=", i == 0 ? "" : ", ", bytes, name);
        line_add_value(line, kind, call->values[i]);
        name += bytes;
        name += strspn(name, ", ");
    }
}

static void line_add_error(struct trace_line *line, uint32_t code)
{
    const char *name = error_name(code);

    if (name != NULL)
        line_add(line, " %s", name);
    else if (code != 0)
        line_add(line, " error %#" PRIx32, code);
}

void trace_end(const struct trace_call *call, enum trace_kind kind, uint64_t result)
{
    int64_t end_ns = host_now_ns();
    const struct trace_fact *fact = trace_fact(call->name);
    struct trace_line line;

    line.used = 0;
    line_add(&line, "%" PRId64 ".%06" PRId64 " %" PRIu32 " ", call->start_ns / 1000000000,
             call->start_ns / 1000 % 1000000, host_thread_id());
    line_add_name(&line, fact, call->name);
    line_add_arguments(&line, call, fact->reads_text);
    line_add(&line, ")");
    if (kind != TRACE_NONE) {
        line_add(&line, " = ");
        line_add_value(&line, kind, result);
        if (fact->returns_code)
            line_add_error(&line, (uint32_t)result);
        else if (!thread_error_marked())
            line_add_error(&line, thread_error());
    }
    line_add(&line, " %" PRId64 " us", (end_ns - call->start_ns) / 1000);
    line.text[line.used++] = '\n'; /* over the terminating zero */
    host_log_line(line.text, line.used);
}

__attribute__((constructor)) static void trace_load(void)
{
    trace_on = host_log_open("WS2RING_TRACE");
}
