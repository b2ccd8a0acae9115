/* SPDX-License-Identifier: MIT */
/* The model's state and its checks: model.h. */
#include "fuzz/sequence/model.h"

#include <string.h>

#define MODEL_STATUS_PENDING 0x103
#define MODEL_POISON         0xa5

struct model_end model_ends[MODEL_PAIRS * 2];
unsigned model_pending;

static struct model_stream model_streams[MODEL_PAIRS * 2];
static struct model_operation model_operations[MODEL_OPERATIONS];
static unsigned model_used;

static bool model_is_poison(const void *memory, size_t bytes)
{
    const unsigned char *at = memory;

    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != MODEL_POISON)
            return false;
    }
    return true;
}

/* [M8]. Its event is closed at the end of the input. */
static void model_rest(struct model_operation *operation)
{
    memset(&operation->overlapped, MODEL_POISON, offsetof(WSAOVERLAPPED, hEvent));
    memset(operation->data, MODEL_POISON, sizeof operation->data);
}

static bool model_rests(const struct model_operation *operation)
{
    return model_is_poison(&operation->overlapped, offsetof(WSAOVERLAPPED, hEvent)) &&
           model_is_poison(operation->data, sizeof operation->data);
}

void model_reset(void)
{
    for (unsigned i = 0; i < MODEL_PAIRS * 2; i++) {
        if (model_ends[i].record != NULL)
            FUZZ_CHECK(WSACloseEvent(model_ends[i].record));
    }
    memset(model_ends, 0, sizeof model_ends);
    memset(model_streams, 0, sizeof model_streams);
    for (unsigned i = 0; i < MODEL_PAIRS * 2; i++) {
        model_ends[i].socket = INVALID_SOCKET;
        model_streams[i].number = i;
    }
    for (unsigned i = 0; i < model_used; i++) {
        FUZZ_CHECK(!model_operations[i].done || model_rests(&model_operations[i]));
        if (model_operations[i].overlapped.hEvent != NULL)
            FUZZ_CHECK(WSACloseEvent(model_operations[i].overlapped.hEvent));
        memset(&model_operations[i], 0, offsetof(struct model_operation, data));
    }
    model_used = 0;
    model_pending = 0;
}

static void model_open_end(unsigned index, SOCKET s, enum model_way way)
{
    struct model_end *end = &model_ends[index];

    *end = (struct model_end){.socket = s, .way = way, .record = end->record, .owed_close = true};
    end->out = &model_streams[index];
    end->in = &model_streams[index ^ 1];
    end->peer = &model_ends[index ^ 1];
    *end->out = (struct model_stream){.number = index};
}

void model_open(unsigned pair, SOCKET client, SOCKET server, enum model_way way)
{
    model_open_end(2 * pair, client, way);
    model_open_end(2 * pair + 1, server, way);
}

static char model_byte(const struct model_stream *stream, uint64_t place)
{
    return (char)(place * 31 + (place >> 8) * 7 + stream->number * 101);
}

void model_fill(const struct model_stream *stream, char *data, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        data[i] = model_byte(stream, stream->sent + i);
}

/* [M2]: `bytes` came out of the stream, `from` is where they begin. */
static void model_check_bytes(const struct model_stream *stream, uint64_t from, const char *data,
                              uint32_t bytes)
{
    if (stream->torn)
        return;
    FUZZ_CHECK(from + bytes <= stream->sent);
    for (uint32_t i = 0; i < bytes; i++)
        FUZZ_CHECK(data[i] == model_byte(stream, from + i));
}

/* ---- Operations ---- */

struct model_operation *model_take(struct model_end *end, bool sends, DWORD bytes)
{
    struct model_operation *operation;

    if (model_used == MODEL_OPERATIONS)
        return NULL;
    operation = &model_operations[model_used++];
    operation->end = end;
    operation->sends = sends;
    operation->size_bytes = bytes;
    if (end->way == MODEL_BY_EVENT) {
        operation->overlapped.hEvent = WSACreateEvent();
        FUZZ_CHECK(operation->overlapped.hEvent != WSA_INVALID_EVENT);
    }
    memset(operation->data, MODEL_POISON, sizeof operation->data);
    if (sends)
        model_fill(end->out, operation->data, bytes);
    return operation;
}

static struct model_operation **model_list(struct model_operation *operation)
{
    return operation->sends ? &operation->end->sends : &operation->end->receives;
}

void model_accepted(struct model_operation *operation)
{
    struct model_operation **link = model_list(operation);

    while (*link != NULL)
        link = &(*link)->next;
    *link = operation;
    model_pending++;
    if (operation->sends)
        model_sent(operation->end, operation->size_bytes);
    else
        operation->from = operation->end->in->received;
}

static void model_send_ended(struct model_operation *operation, ULONG_PTR status)
{
    struct model_stream *out = operation->end->out;

    if (status == 0)
        FUZZ_CHECK(operation->overlapped.InternalHigh == operation->size_bytes);
    else
        FUZZ_CHECK(operation->cancelled || out->torn);
}

/* An ended receive, with all before it: its bytes are next in the stream. */
static void model_place(struct model_operation *operation)
{
    struct model_stream *in = operation->end->in;

    if (operation->placed)
        return;
    operation->placed = true;
    operation->from = in->received;
    in->received += operation->overlapped.InternalHigh;
}

static void model_receive_ended(struct model_operation *operation, ULONG_PTR status)
{
    struct model_stream *in = operation->end->in;
    uint32_t bytes = (uint32_t)operation->overlapped.InternalHigh;

    FUZZ_CHECK(bytes <= operation->size_bytes);
    FUZZ_CHECK(model_is_poison(operation->data + bytes, sizeof operation->data - bytes));
    if (status != 0) {
        FUZZ_CHECK(bytes == 0 && (operation->cancelled || in->torn));
        return;
    }
    if (operation->size_bytes == 0) { /* [M7]; `from` is where it was posted */
        FUZZ_CHECK(in->sent > operation->from || in->finished || in->torn);
        return;
    }
    model_place(operation);
    model_check_bytes(in, operation->from, operation->data, bytes);
    /* What it left may have been reported before we looked: nothing new is due. */
    if (!model_has_unread(operation->end))
        operation->end->owed_read = false;
    if (bytes == 0 && !in->torn)
        FUZZ_CHECK(in->finished && operation->from == in->sent);
}

void model_ended(struct model_operation *operation)
{
    ULONG_PTR status = operation->overlapped.Internal;
    struct model_operation **link = model_list(operation);

    FUZZ_CHECK(!operation->done && status != MODEL_STATUS_PENDING); /* [M1] */
    operation->done = true;
    /* [M4]; a receive of no bytes owns no place in the order. */
    if (status == 0 && operation->size_bytes > 0) {
        for (struct model_operation *older = *link; older != operation; older = older->next)
            FUZZ_CHECK(older->size_bytes == 0);
    }
    while (*link != operation)
        link = &(*link)->next;
    *link = operation->next;
    model_pending--;
    if (operation->sends)
        model_send_ended(operation, status);
    else
        model_receive_ended(operation, status);
    model_rest(operation);
}

static bool model_signalled(struct model_operation *operation)
{
    return WSAWaitForMultipleEvents(1, &operation->overlapped.hEvent, TRUE, 0, FALSE) ==
           WSA_WAIT_EVENT_0;
}

/* Ends what is signalled of the operations before `last`. */
static void model_look_until(struct model_operation *oldest, const struct model_operation *last)
{
    struct model_operation *next;

    for (struct model_operation *each = oldest; each != last; each = next) {
        next = each->next;
        if (!model_signalled(each))
            continue;
        model_look_until(*model_list(each), each); /* ended since we looked at them */
        model_ended(each);
    }
}

void model_look_at_events(void)
{
    for (unsigned i = 0; i < MODEL_PAIRS * 2; i++) {
        if (model_ends[i].way != MODEL_BY_EVENT)
            continue;
        model_look_until(model_ends[i].receives, NULL);
        model_look_until(model_ends[i].sends, NULL);
    }
}

/* ---- Direct calls ---- */

void model_sent(struct model_end *end, uint32_t result)
{
    end->out->sent += result;
    if (result > 0 && end->peer != NULL) {
        end->peer->owed_more |= !end->peer->owed_read;
        end->peer->owed_read = true;
    }
}

/* Bytes that are next in the stream. */
static void model_check_next(struct model_end *end, const char *data, uint32_t asked,
                             uint32_t result)
{
    FUZZ_CHECK(result <= asked);
    /* [M3]: whatever was posted before has ended, though we may not have looked yet. */
    for (struct model_operation *each = end->receives; each != NULL; each = each->next) {
        if (each->size_bytes == 0)
            continue;
        FUZZ_CHECK(__atomic_load_n(&each->overlapped.Internal, __ATOMIC_ACQUIRE) !=
                   MODEL_STATUS_PENDING);
        model_place(each);
    }
    model_check_bytes(end->in, end->in->received, data, result);
    if (result == 0 && !end->in->torn)
        FUZZ_CHECK(end->in->finished && end->in->received == end->in->sent);
}

void model_received(struct model_end *end, const char *data, uint32_t asked, uint32_t result)
{
    if (asked == 0) /* asks for nothing, and waits for nobody */
        return;
    model_check_next(end, data, asked, result);
    end->in->received += result;
    end->owed_read = model_has_unread(end);
    end->owed_more = false;
}

void model_peeked(struct model_end *end, const char *data, uint32_t asked, uint32_t result)
{
    if (asked > 0)
        model_check_next(end, data, asked, result);
}

/* ---- Readiness ---- */

bool model_has_unread(const struct model_end *end)
{
    return end->in->sent > end->in->received;
}

bool model_becomes_readable(const struct model_end *end)
{
    uint64_t unread = end->in->sent - end->in->received;

    if (end->receives != NULL || end->in->torn || end->out->torn || unread > MODEL_ARRIVES_MAX)
        return false;
    return unread > 0 || end->in->finished;
}

void model_selected(struct model_end *end, long events)
{
    if (!(end->selected & FD_READ)) {
        end->owed_read = model_has_unread(end);
        end->owed_more = false;
    }
    if (!(events & FD_WRITE))
        end->owed_write = false;
    end->selected = events;
}

/* [M5] */
void model_reported(struct model_end *end, long events)
{
    FUZZ_CHECK((events & ~end->selected) == 0);
    if (events & FD_READ) {
        FUZZ_CHECK(model_has_unread(end) || end->in->torn);
        end->owed_read = end->owed_more = false;
    }
    if (events & FD_WRITE)
        end->owed_write = false;
    if (events & FD_CLOSE) {
        FUZZ_CHECK(end->in->finished || end->in->torn || end->out->torn);
        FUZZ_CHECK(end->owed_close); /* never twice, [M6] */
        end->owed_close = false;
        if (end->owed_more) /* the last of the data came with the end, which is told alone */
            end->owed_read = end->owed_more = false;
    }
}

void model_refused(struct model_end *end)
{
    if (end->selected & FD_WRITE)
        end->owed_write = true;
}

/* Whatever was accepted gets to the peer, so that there is room again. */
static bool model_becomes_writable(const struct model_end *end)
{
    const struct model_stream *out = end->out;

    return !out->torn && !end->in->torn && !out->finished &&
           out->sent - out->received <= MODEL_ARRIVES_MAX;
}

/* [M6] */
long model_due(const struct model_end *end)
{
    bool readable = model_becomes_readable(end);
    long due = 0;

    if (end->owed_read && readable && model_has_unread(end))
        due |= FD_READ;
    if (end->owed_close && readable && end->in->finished)
        due |= FD_CLOSE;
    if (end->owed_write && model_becomes_writable(end))
        due |= FD_WRITE;
    return due & end->selected;
}

/* ---- Ends ---- */

void model_cancel(struct model_end *end, struct model_operation *operation)
{
    struct model_operation *lists[] = {end->receives, end->sends};

    for (unsigned i = 0; i < 2; i++) {
        for (struct model_operation *each = lists[i]; each != NULL; each = each->next) {
            if (operation != NULL && each != operation)
                continue;
            each->cancelled = true;
            if (each->sends)
                end->out->torn = true;
        }
    }
}

void model_close(struct model_end *end)
{
    /* Receives end with an error, sends run on; but unread data make the kernel reset the
     * connection, and so does whatever the peer sends from now on. */
    for (struct model_operation *each = end->receives; each != NULL; each = each->next)
        each->cancelled = true;
    if (end->in->received != end->in->sent || end->peer->sends != NULL)
        end->out->torn = true;
    end->in->torn = true;
    end->out->finished = true;
    end->socket = INVALID_SOCKET;
}
