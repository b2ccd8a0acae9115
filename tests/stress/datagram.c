/* SPDX-License-Identifier: MIT */
/*
 * Each datagram names its sender, its number and its length, and goes on with bytes that follow
 * from those. Linux may lose datagrams; none may come twice, changed, or cut without a word.
 */
#include "datagram.h"

#include <string.h>

#include "check.h"

struct header {
    uint64_t sender; /* the key and the generation of its pair */
    uint32_t number;
    uint32_t length;
};

static uint64_t datagram_sender(const struct end *sender)
{
    return (uint64_t)sender->key << 32 | sender->pair->generation;
}

uint32_t datagram_write(struct task *task)
{
    struct header header = {datagram_sender(task->end), (uint32_t)task->position, 0};

    if (task->size_bytes < sizeof header)
        return 0;
    header.length = task->size_bytes;
    memcpy(task->buffer, pattern_at(task->end, task->position), task->size_bytes);
    memcpy(task->buffer, &header, sizeof header);
    return task->size_bytes;
}

/* Whether this one came before. Forgets those that are SEEN_COUNT older than the newest. */
static bool datagram_seen(struct end *end, uint32_t number)
{
    uint64_t bit = 1ull << (number % 64);
    bool seen;

    if (end->newest_datagram >= SEEN_COUNT && number <= end->newest_datagram - SEEN_COUNT)
        return false;
    for (; end->newest_datagram < number; end->newest_datagram++) {
        uint32_t next = (end->newest_datagram + 1) % SEEN_COUNT;

        end->seen[next / 64] &= ~(1ull << (next % 64));
    }
    seen = end->seen[number % SEEN_COUNT / 64] & bit;
    end->seen[number % SEEN_COUNT / 64] |= bit;
    return seen;
}

void datagram_check_locked(struct task *task)
{
    struct end *end = task->end;
    bool truncated = !task_failed(task) && task->status != 0;
    struct header header;
    uint32_t length;

    if (task->bytes < sizeof header)
        return;
    memcpy(&header, task->buffer, sizeof header);
    if (header.sender != datagram_sender(end->peer))
        return; /* another pair's: it was sent to the one that had this port before */
    length = header.length;
    if (truncated ? length <= task->bytes : length != task->bytes)
        check_fail(CHECK_DATAGRAM, "%u bytes of a datagram of %u, status %#x", task->bytes, length,
                   task->status);
    if (datagram_seen(end, header.number))
        check_fail(CHECK_DATAGRAM, "datagram %u came twice", header.number);
    if (memcmp(task->buffer + sizeof header, pattern_at(end->peer, header.number) + sizeof header,
               task->bytes - sizeof header) != 0)
        check_fail(CHECK_DATAGRAM, "datagram %u: wrong bytes among %u", header.number, task->bytes);
    tally_add(TALLY_DATAGRAMS, 1);
    tally_add(TALLY_VERIFIED_BYTES, task->bytes);
}
