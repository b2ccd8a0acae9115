/* SPDX-License-Identifier: MIT */
/*
 * ProcessSocketNotifications under load: several threads take packets while sockets are enabled,
 * disabled, removed, closed and sent to at random. Three claims: what was sent to an enabled
 * registration is received, so no readiness is lost; nothing comes after a registration's
 * SOCK_NOTIFY_EVENT_REMOVE, which comes once; and nothing comes but what was asked for.
 *
 * WS2RING_TEST_SEED and WS2RING_TEST_STEPS change the seed and the length of the run.
 */
#include "notices.h"

enum {
    STRESS_SLOTS = 24,
    STRESS_WORKERS = 3,
    STRESS_STEPS = 1500,
    STRESS_BATCH = 8,
    STRESS_STOP = 1 /* a packet's key: no registration has it */
};

/* One registration; the key of its packets. Freed in the end, so that a late packet is seen. */
struct stress_entry {
    struct stress_entry *older;
    SOCKET socket;
    UINT8 trigger;
    _Atomic size_t received;
    _Atomic unsigned long removed_at; /* the clock when REMOVE was taken */
    _Atomic bool closing;             /* the socket is about to be closed: calls may fail */
};

struct stress_slot {
    struct pair pair;
    struct stress_entry *entry; /* NULL: not registered */
    bool enabled;
    size_t sent;
    size_t before; /* received through older registrations */
};

static HANDLE stress_port;
static struct stress_slot stress_slots[STRESS_SLOTS];
static struct stress_entry *stress_entries;
static _Atomic unsigned long stress_clock = 1;
static _Atomic unsigned stress_removed;
static _Atomic unsigned stress_errors;
static unsigned stress_seed;

#define STRESS_CHECK(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            stress_errors++;                                                                       \
            fprintf(stderr, "%s:%d: %s (seed %u)\n", __FILE__, __LINE__, #condition, stress_seed); \
        }                                                                                          \
    } while (0)

/* ---- Workers ---- */

static void stress_receive(struct stress_entry *entry)
{
    char block[7]; /* little, so that level conditions go on holding */
    bool edge = entry->trigger & NOTICE_EDGE;
    int got;

    do {
        got = recv(entry->socket, block, sizeof block, 0);
        if (got > 0)
            entry->received += (size_t)got;
        else
            STRESS_CHECK(WSAGetLastError() == WSAEWOULDBLOCK || entry->closing);
    } while (edge && got > 0);
}

/* What one packet says. True: it has to be enabled again. */
static bool stress_packet(struct stress_entry *entry, UINT32 events, unsigned long called_at)
{
    STRESS_CHECK(entry->removed_at == 0 || entry->removed_at > called_at);
    if (events & NOTICE_REMOVE) {
        STRESS_CHECK(events == NOTICE_REMOVE && entry->removed_at == 0);
        entry->removed_at = stress_clock++;
        stress_removed++;
        return false;
    }
    STRESS_CHECK(events == NOTICE_IN || entry->closing);
    stress_receive(entry);
    return entry->trigger & NOTICE_ONESHOT;
}

static void *stress_work(void *argument)
{
    SOCK_NOTIFY_REGISTRATION wishes[STRESS_BATCH];
    OVERLAPPED_ENTRY entries[STRESS_BATCH];
    UINT32 wished = 0, received = 0;

    (void)argument;
    for (;;) {
        unsigned long called_at = stress_clock++;

        STRESS_CHECK(ProcessSocketNotifications(stress_port, wished, wished > 0 ? wishes : NULL,
                                                INFINITE, STRESS_BATCH, entries,
                                                &received) == ERROR_SUCCESS);
        for (UINT32 i = 0; i < wished; i++)
            STRESS_CHECK(wishes[i].registrationResult == 0 ||
                         ((struct stress_entry *)wishes[i].completionKey)->closing);
        wished = 0;
        for (UINT32 i = 0; i < received; i++) {
            struct stress_entry *entry = (struct stress_entry *)entries[i].lpCompletionKey;

            if (entries[i].lpCompletionKey == STRESS_STOP) { /* and tells the next worker */
                assert_true(PostQueuedCompletionStatus(stress_port, 0, STRESS_STOP, NULL));
                return NULL;
            }
            if (stress_packet(entry, SocketNotificationRetrieveEvents(&entries[i]), called_at))
                wishes[wished++] = notice_wish(entry->socket, SOCK_NOTIFY_OP_ENABLE, NOTICE_IN,
                                               entry->trigger, (uintptr_t)entry);
        }
    }
}

/* ---- The driver ---- */

static unsigned stress_random(void)
{
    static unsigned value;

    if (value == 0)
        value = stress_seed | 1;
    value ^= value << 13;
    value ^= value >> 17;
    value ^= value << 5;
    return value;
}

static void stress_enable(struct stress_slot *slot)
{
    static const UINT8 triggers[] = {NOTICE_LEVEL, NOTICE_LEVEL | NOTICE_ONESHOT, NOTICE_EDGE};
    struct stress_entry *entry = slot->entry;

    if (entry == NULL) {
        entry = calloc(1, sizeof *entry);
        assert_non_null(entry);
        entry->older = stress_entries;
        stress_entries = slot->entry = entry;
        entry->socket = slot->pair.server;
        entry->trigger = triggers[stress_random() % PAIR_COUNT(triggers)];
    }
    assert_int_equal(
        notice_change(stress_port, notice_wish(entry->socket, SOCK_NOTIFY_OP_ENABLE, NOTICE_IN,
                                               entry->trigger, (uintptr_t)entry)),
        0);
    /* What came before is no edge, so it is taken here, as the documentation wants it. */
    if (entry->trigger & NOTICE_EDGE)
        stress_receive(entry);
    slot->enabled = true;
}

/* Everything sent has been received: no notification was lost. */
static void stress_settle(struct stress_slot *slot)
{
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    if (slot->entry == NULL || !slot->enabled)
        stress_enable(slot);
    while (slot->before + slot->entry->received < slot->sent) {
        if (GetTickCount64() > limit)
            fprintf(stderr, "lost: trigger %u, seed %u\n", slot->entry->trigger, stress_seed);
        assert_true(GetTickCount64() <= limit);
        sched_yield();
    }
    assert_true(slot->before + slot->entry->received == slot->sent);
}

/* It is registered, and no worker is about to do so again. */
static bool stress_lasts(const struct stress_slot *slot)
{
    return slot->entry != NULL && !(slot->entry->trigger & NOTICE_ONESHOT);
}

static void stress_remove(struct stress_slot *slot)
{
    unsigned wanted = stress_removed + 1; /* only this thread removes */

    assert_int_equal(notice_remove(stress_port, slot->pair.server), 0);
    flow_reach(&stress_removed, wanted);
}

/* One worker may still be between its packet and its receive: that must not be confused with what
 * comes next. So: a new pair. */
static void stress_renew(struct stress_slot *slot)
{
    if (slot->entry != NULL)
        slot->entry->closing = true;
    pair_close(slot->pair);
    slot->pair = notice_pair();
    slot->entry = NULL;
    slot->enabled = false;
    slot->sent = slot->before = 0;
}

static void stress_step(struct stress_slot *slot)
{
    char block[40] = {0};
    unsigned what = stress_random() % 16;

    if (what < 7) {
        int bytes = 1 + (int)(stress_random() % sizeof block);

        assert_int_equal(send(slot->pair.client, block, bytes, 0), bytes);
        slot->sent += (size_t)bytes;
    } else if (what < 10) {
        stress_enable(slot);
    } else if (what < 12 && stress_lasts(slot)) {
        assert_int_equal(notice_disable(stress_port, slot->pair.server), 0);
        slot->enabled = false;
    } else if (what == 12 && stress_lasts(slot)) {
        stress_remove(slot);
        stress_renew(slot);
    } else if (what == 13) {
        stress_renew(slot);
    } else if (what > 13) {
        stress_settle(slot);
    }
}

static unsigned stress_number(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? (unsigned)strtoul(text, NULL, 0) : otherwise;
}

static void nothing_is_lost_and_nothing_follows_a_removal(void **state)
{
    pthread_t workers[STRESS_WORKERS];
    unsigned steps = stress_number("WS2RING_TEST_STEPS", STRESS_STEPS);

    (void)state;
    stress_seed = stress_number("WS2RING_TEST_SEED", 20348);
    stress_port = flow_port(STRESS_WORKERS);
    for (int i = 0; i < STRESS_SLOTS; i++)
        stress_slots[i].pair = notice_pair();
    for (int i = 0; i < STRESS_WORKERS; i++)
        workers[i] = flow_run(stress_work, NULL);
    for (unsigned i = 0; i < steps; i++)
        stress_step(&stress_slots[stress_random() % STRESS_SLOTS]);
    for (int i = 0; i < STRESS_SLOTS; i++) {
        stress_settle(&stress_slots[i]);
        if (i % 2 == 0 && stress_lasts(&stress_slots[i]))
            stress_remove(&stress_slots[i]);
        stress_slots[i].entry->closing = true;
        pair_close(stress_slots[i].pair);
    }
    assert_true(PostQueuedCompletionStatus(stress_port, 0, STRESS_STOP, NULL));
    for (int i = 0; i < STRESS_WORKERS; i++)
        flow_join(workers[i]);
    CloseHandle(stress_port);
    while (stress_entries != NULL) {
        struct stress_entry *entry = stress_entries;

        stress_entries = entry->older;
        free(entry);
    }
    assert_int_equal(stress_errors, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_and_nothing_follows_a_removal),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
