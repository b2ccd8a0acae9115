/* SPDX-License-Identifier: MIT */
/* Completion ports: who waits, who is released, and what counts against the concurrency value. */
#include "flow.h"

#include <stdbool.h>

enum { MANY = 100, EACH = 50 };

/* ---- Many threads ---- */

struct crowd {
    HANDLE port;
    _Atomic unsigned got[MANY * EACH]; /* how often each packet was taken */
    _Atomic unsigned ended;
    bool entries; /* takes several at once */
};

static bool crowd_note(struct crowd *crowd, ULONG_PTR key)
{
    if (key == (ULONG_PTR)-1)
        return false;
    crowd->got[key]++;
    return true;
}

static void *crowd_main(void *argument)
{
    struct crowd *crowd = argument;
    bool more = true;

    while (more && !crowd->entries) {
        struct flow_packet packet = flow_take(crowd->port, FLOW_LIMIT_MS);

        assert_int_equal(packet.error, 0);
        more = crowd_note(crowd, packet.key);
    }
    while (more) {
        OVERLAPPED_ENTRY entries[7];
        ULONG count = 0;

        assert_true(
            GetQueuedCompletionStatusEx(crowd->port, entries, 7, &count, FLOW_LIMIT_MS, FALSE));
        assert_true(count >= 1 && count <= 7);
        for (ULONG i = 0; i < count; i++) {
            if (crowd_note(crowd, entries[i].lpCompletionKey))
                continue;
            if (!more) /* one end is enough for one thread: the other is somebody else's */
                assert_true(PostQueuedCompletionStatus(crowd->port, 0, (ULONG_PTR)-1, NULL));
            more = false;
        }
    }
    crowd->ended++;
    return NULL;
}

/* With few at work at a time and with all, one by one and in batches. */
static void a_hundred_threads_take_each_packet_once(void **state)
{
    static const DWORD concurrency[] = {1, 0, MANY};

    (void)state;
    for (size_t round = 0; round < 2 * PAIR_COUNT(concurrency); round++) {
        static struct crowd crowd;
        pthread_t threads[MANY];

        memset(&crowd, 0, sizeof crowd);
        crowd.port = flow_port(concurrency[round / 2]);
        crowd.entries = round % 2;
        for (int i = 0; i < MANY; i++)
            threads[i] = flow_run(crowd_main, &crowd);
        for (ULONG_PTR i = 0; i < MANY * EACH; i++)
            assert_true(PostQueuedCompletionStatus(crowd.port, 0, i, NULL));
        for (int i = 0; i < MANY; i++)
            assert_true(PostQueuedCompletionStatus(crowd.port, 0, (ULONG_PTR)-1, NULL));
        for (int i = 0; i < MANY; i++)
            flow_join(threads[i]);
        for (int i = 0; i < MANY * EACH; i++)
            assert_int_equal(crowd.got[i], 1);
        assert_int_equal(crowd.ended, MANY);
        flow_no_packet(crowd.port);
        CloseHandle(crowd.port);
    }
}

/* ---- What counts ---- */

enum pause { PAUSE_RECEIVES, PAUSE_OTHER_PORT, PAUSE_ENDS };

struct worker {
    HANDLE port, other;
    SOCKET s;
    enum pause pause;
    _Atomic unsigned taken;
    _Atomic unsigned go;
    struct flow_packet packet; /* of the other port */
};

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    char byte;

    assert_int_equal(flow_take(worker->port, FLOW_LIMIT_MS).error, 0);
    worker->taken = 1;
    flow_reach(&worker->go, 1);
    if (worker->pause == PAUSE_RECEIVES)
        assert_int_equal(flow_recv(worker->s, &byte, 1), 1);
    else if (worker->pause == PAUSE_OTHER_PORT)
        worker->packet = flow_take(worker->other, FLOW_LIMIT_MS);
    return NULL;
}

/* A worker counts until it waits in the library: for data, in another port, or for ever. A poll
 * never exceeds the cap, so it shows who counts. */
static void a_worker_counts_until_it_waits(void **state)
{
    (void)state;
    for (enum pause pause = PAUSE_RECEIVES; pause <= PAUSE_ENDS; pause++) {
        struct pair pair = pair_open();
        struct worker worker = {
            .port = flow_port(1), .other = flow_port(1), .s = pair.client, .pause = pause};
        ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;
        struct flow_packet packet;
        pthread_t thread = flow_run(worker_main, &worker);

        assert_true(PostQueuedCompletionStatus(worker.port, 1, 0, NULL));
        flow_reach(&worker.taken, 1);
        assert_true(PostQueuedCompletionStatus(worker.port, 2, 0, NULL));
        flow_no_packet(worker.port); /* one is at work, and that is all that may */
        worker.go = 1;
        do { /* until it waits, which nobody can tell from outside */
            packet = flow_take(worker.port, 0);
            assert_true(GetTickCount64() < limit);
            sched_yield();
        } while (packet.error != 0);
        assert_int_equal(packet.bytes, 2);
        /* Now this thread is the one at work. */
        assert_true(PostQueuedCompletionStatus(worker.other, 3, 0, NULL));
        assert_int_equal(flow_send(pair.server, "x", 1), 1);
        flow_join(thread);
        if (pause == PAUSE_OTHER_PORT)
            assert_int_equal(worker.packet.bytes, 3);
        /* A thread that left for another port is at work there, no more in this one. */
        assert_true(PostQueuedCompletionStatus(worker.port, 4, 0, NULL));
        assert_int_equal(flow_take(worker.port, FLOW_LIMIT_MS).bytes, 4);
        CloseHandle(worker.port);
        CloseHandle(worker.other);
        pair_close(pair);
    }
}

/* ---- The cap under load ---- */

enum { CAP_WORKERS = 6, CAP_PACKETS = 20000, CAP_LOOPS = 300 };

struct load {
    HANDLE port;
    unsigned cap;
    _Atomic unsigned workers;            /* who have begun, to number them */
    _Atomic unsigned beats[CAP_WORKERS]; /* each moves while its worker is at work, on a CPU */
    _Atomic unsigned taken, over;
};

/* One packet. How many others were at work meanwhile. */
static unsigned load_work(struct load *load, unsigned self)
{
    unsigned before[CAP_WORKERS];
    unsigned others = 0;

    for (unsigned i = 0; i < CAP_WORKERS; i++)
        before[i] = load->beats[i];
    for (unsigned i = 0; i < CAP_LOOPS; i++)
        load->beats[self]++;
    for (unsigned i = 0; i < CAP_WORKERS; i++)
        others += i != self && load->beats[i] != before[i];
    return others;
}

static void *load_main(void *argument)
{
    struct load *load = argument;
    unsigned self = load->workers++;

    while (flow_take(load->port, FLOW_LIMIT_MS).key == 0) {
        if (load_work(load, self) >= load->cap)
            load->over++;
        load->taken++;
    }
    return NULL;
}

/* The cap is soft: a worker that the system keeps off its CPU looks like one that blocks, and then
 * another is let in. But that takes a millisecond in which nothing moves, and when the first one is
 * back, both are at work for the rest of a packet. So this is bounded by the time that it took; a
 * packet takes a hundredth of a millisecond, and many would be counted if there were no cap. The
 * cap is 1: with more, two CPUs alone would keep the number of running workers near it. */
static void busy_workers_keep_the_cap(void **state)
{
    struct load load = {.port = flow_port(1), .cap = 1};
    ULONGLONG begun = GetTickCount64();
    pthread_t threads[CAP_WORKERS];
    unsigned limit;

    (void)state;
    for (int i = 0; i < CAP_WORKERS; i++)
        threads[i] = flow_run(load_main, &load);
    for (unsigned i = 0; i < CAP_PACKETS; i++)
        assert_true(PostQueuedCompletionStatus(load.port, 0, 0, NULL));
    for (int i = 0; i < CAP_WORKERS; i++)
        assert_true(PostQueuedCompletionStatus(load.port, 0, 1, NULL));
    for (int i = 0; i < CAP_WORKERS; i++)
        flow_join(threads[i]);
    limit = 50 + (unsigned)(GetTickCount64() - begun);
    print_message("%u packets beyond the cap, at most %u\n", (unsigned)load.over, limit);
    assert_int_equal(load.taken, CAP_PACKETS);
    assert_true(load.over <= limit);
    CloseHandle(load.port);
}

/* ---- Workers that block where the library does not see it ---- */

enum { STUCK = 8 };

struct stuck {
    HANDLE port;
    pthread_mutex_t *mutex;
    _Atomic unsigned taken;
};

static void *stuck_main(void *argument)
{
    struct stuck *stuck = argument;

    assert_int_equal(flow_take(stuck->port, FLOW_LIMIT_MS).error, 0);
    stuck->taken++;
    pthread_mutex_lock(stuck->mutex);
    pthread_mutex_unlock(stuck->mutex);
    return NULL;
}

/* All but one block in a mutex, one after the other; each of their packets found another waiter
 * although only one may be at work. The mutex is let go only when the last packet was taken, so a
 * packet that was stranded would be there for ever. */
static void workers_that_block_elsewhere_strand_nothing(void **state)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct stuck stuck = {.port = flow_port(1), .mutex = &mutex};
    pthread_t threads[STUCK];

    (void)state;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < STUCK; i++)
        threads[i] = flow_run(stuck_main, &stuck);
    for (int i = 0; i < STUCK; i++)
        assert_true(PostQueuedCompletionStatus(stuck.port, 0, 0, NULL));
    flow_reach(&stuck.taken, STUCK);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < STUCK; i++)
        flow_join(threads[i]);
    CloseHandle(stuck.port);
}

/* ---- Calls queued to a waiting thread ---- */

static unsigned calls;

static void CALLBACK count_call(ULONG_PTR unused)
{
    (void)unused;
    calls++;
}

static BOOL take_entries(HANDLE port, ULONG *count, BOOL alertable)
{
    OVERLAPPED_ENTRY entries[4];

    return GetQueuedCompletionStatusEx(port, entries, 4, count, 0, alertable);
}

/* IOCP-23, IOCP-24; the thread belongs to the last port that it took a packet from. */
static void a_thread_belongs_to_its_last_port(void **state)
{
    HANDLE ports[2] = {flow_port(1), flow_port(1)};
    ULONG count = 0;

    (void)state;
    calls = 0;
    for (unsigned turn = 0; turn < 4; turn++) {
        HANDLE port = ports[turn % 2];

        assert_true(PostQueuedCompletionStatus(port, 0, 0, NULL));
        assert_true(QueueUserAPC(count_call, GetCurrentThread(), 0) != 0);
        flow_fails(take_entries(port, &count, TRUE), WAIT_IO_COMPLETION); /* new to it */
        assert_int_equal(calls, 2 * turn + 1);
        assert_true(take_entries(port, &count, TRUE));
        assert_int_equal(count, 1);
        assert_true(PostQueuedCompletionStatus(port, 0, 0, NULL));
        assert_true(QueueUserAPC(count_call, GetCurrentThread(), 0) != 0);
        assert_true(take_entries(port, &count, TRUE)); /* known: packets first */
        flow_fails(take_entries(port, &count, FALSE), WAIT_TIMEOUT);
        assert_int_equal(calls, 2 * turn + 1);
        flow_fails(take_entries(port, &count, TRUE), WAIT_IO_COMPLETION);
        assert_int_equal(calls, 2 * turn + 2);
    }
    CloseHandle(ports[0]);
    CloseHandle(ports[1]);
}

/* ---- The handle as something to wait for ---- */

static void *wait_on_handle(void *port)
{
    return WaitForSingleObject(port, FLOW_LIMIT_MS) == WAIT_OBJECT_0 ? NULL : port;
}

/* IOCP-26. */
static void waiting_for_the_handle_takes_nothing(void **state)
{
    HANDLE port = flow_port(1);
    pthread_t threads[4];

    (void)state;
    assert_int_equal(WaitForSingleObject(port, 0), WAIT_TIMEOUT);
    for (int i = 0; i < 4; i++)
        threads[i] = flow_run(wait_on_handle, port);
    assert_true(PostQueuedCompletionStatus(port, 1, 0, NULL));
    for (int i = 0; i < 4; i++) {
        void *failed;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(flow_take(port, 0).bytes, 1);
    assert_int_equal(WaitForSingleObject(port, 0), WAIT_TIMEOUT);
    CloseHandle(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_threads_take_each_packet_once),
        cmocka_unit_test(a_worker_counts_until_it_waits),
        cmocka_unit_test(busy_workers_keep_the_cap),
        cmocka_unit_test(workers_that_block_elsewhere_strand_nothing),
        cmocka_unit_test(a_thread_belongs_to_its_last_port),
        cmocka_unit_test(waiting_for_the_handle_takes_nothing),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
