/* SPDX-License-Identifier: MIT */
/* Steps of fuzz_sequence.c that ask: can a socket be read, by whom is that told, has it ended? */
#include "fuzz/sequence/steps.h"

#include <windows.h>

/* A selection begins or ends; two of the same follow each other, too. */
void step_select_events(struct model_end *end)
{
    static const long masks[] = {FD_READ | FD_WRITE | FD_CLOSE, FD_READ, FD_CLOSE, 0};
    long events = masks[sequence_byte() % 4];

    if (end->record == NULL)
        end->record = WSACreateEvent();
    FUZZ_CHECK(end->record != WSA_INVALID_EVENT);
    FUZZ_CHECK(WSAEventSelect(end->socket, end->record, events) == 0);
    model_selected(end, events);
}

static void take_record(struct model_end *end)
{
    WSANETWORKEVENTS found;

    FUZZ_CHECK(WSAEnumNetworkEvents(end->socket, end->record, &found) == 0);
    model_reported(end, found.lNetworkEvents);
}

/* What is due must be signalled, and stand in the record then, [M6]. */
void step_take_record(struct model_end *end)
{
    if (end->record == NULL)
        return;
    if (sequence_byte() & 1)
        take_record(end);
    while (model_due(end) != 0) {
        FUZZ_CHECK(WSAWaitForMultipleEvents(1, &end->record, TRUE, WAIT_MS, FALSE) == 0);
        take_record(end);
    }
}

static bool selects_readable(struct model_end *end, long seconds)
{
    struct timeval time = {seconds, 0};
    struct fd_set reads;
    int ready;

    FD_ZERO(&reads);
    FD_SET(end->socket, &reads);
    ready = select(0, &reads, NULL, NULL, &time);
    FUZZ_CHECK(ready >= 0 && ready == (int)reads.fd_count);
    return ready > 0;
}

static bool polls_readable(struct model_end *end, INT timeout_ms)
{
    const struct model_stream *in = end->in;
    WSAPOLLFD entry = {end->socket, POLLRDNORM, 0};
    int ready = WSAPoll(&entry, 1, timeout_ms);

    FUZZ_CHECK(ready == (entry.revents != 0));
    FUZZ_CHECK(!(entry.revents & POLLRDNORM) || model_has_unread(end) || in->torn);
    FUZZ_CHECK(!(entry.revents & POLLERR) || in->torn || end->out->torn);
    FUZZ_CHECK(!(entry.revents & ~(POLLRDNORM | POLLHUP | POLLERR)));
    return ready > 0;
}

/* [M5]. The wait is alertable: what routines receive has been taken before. */
void step_readable(struct model_end *end)
{
    uint8_t how = sequence_byte();
    bool waits = how & 1 && model_becomes_readable(end);
    bool readable;

    if (how & 2)
        readable = polls_readable(end, waits ? WAIT_MS : 0);
    else
        readable = selects_readable(end, waits ? WAIT_MS / 1000 : 0);
    FUZZ_CHECK(readable || !waits);
    FUZZ_CHECK(!readable || model_has_unread(end) || end->in->finished || end->in->torn ||
               end->out->torn);
}

/* Questions that change nothing: about the oldest operation, and about this thread's own calls. */
void step_ask(struct model_end *end)
{
    struct model_operation *operation = sequence_byte() & 1 ? end->receives : end->sends;
    DWORD bytes = 0;

    FUZZ_CHECK(!CancelSynchronousIo(GetCurrentThread()) && GetLastError() == ERROR_NOT_FOUND);
    if (operation == NULL)
        return;
    if (GetOverlappedResultEx((HANDLE)end->socket, &operation->overlapped, &bytes, 0, FALSE))
        FUZZ_CHECK(HasOverlappedIoCompleted(&operation->overlapped) &&
                   bytes == operation->overlapped.InternalHigh);
    else
        FUZZ_CHECK(GetLastError() == ERROR_IO_INCOMPLETE || operation->overlapped.Internal != 0);
}
