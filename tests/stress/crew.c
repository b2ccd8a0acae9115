/* SPDX-License-Identifier: MIT */
/*
 * The threads of a round. Workers take packets from the four ports, in four ways; one keeper waits
 * for events and one runs completion routines and looks at operations that nobody tells of; actors
 * begin operations and disturb them; visitors begin two and are gone.
 */
#include "pair.h"

#include "check.h"

enum { WORKERS = 6, KEEPERS = 2, ACTORS = 2, THREADS = WORKERS + KEEPERS + ACTORS };
enum { VISITORS_MAX = 32, POLL_MS = 2, BATCH = 16 };

static struct pair *crew_pairs;
static unsigned crew_pair_count;
static HANDLE crew_threads[THREADS];
static uint64_t crew_seed;
static _Atomic uint64_t crew_number; /* each thread takes the next */
static _Atomic bool crew_over;       /* keepers end */
static _Thread_local bool crew_visiting;

bool crew_is_visitor(void)
{
    return crew_visiting;
}

static void thread_begin(void)
{
    random_seed(crew_seed + atomic_fetch_add(&crew_number, 1) * 1000003);
}

/* ---- Workers ---- */

/* One packet at a time. A packet without an OVERLAPPED says that the round is over. */
static DWORD WINAPI worker_single(LPVOID port)
{
    thread_begin();
    for (;;) {
        OVERLAPPED *overlapped = NULL;
        struct outcome outcome = {.by = NOTICE_PACKET};

        outcome.succeeded =
            GetQueuedCompletionStatus(port, &outcome.bytes, &outcome.key, &overlapped, INFINITE);
        if (overlapped == NULL)
            return 0;
        task_done(CONTAINING_RECORD(overlapped, struct task, overlapped), &outcome);
    }
}

/* Several. Returns whether the round is over. */
static bool batch_done(const OVERLAPPED_ENTRY *entries, ULONG count)
{
    bool over = false;

    for (ULONG i = 0; i < count; i++) {
        const struct outcome outcome = {NOTICE_PACKET, entries[i].Internal >> 31 == 0,
                                        entries[i].dwNumberOfBytesTransferred,
                                        entries[i].lpCompletionKey};

        if (entries[i].lpOverlapped == NULL)
            over = true;
        else
            task_done(CONTAINING_RECORD(entries[i].lpOverlapped, struct task, overlapped),
                      &outcome);
    }
    return over;
}

static DWORD worker_take_batches(HANDLE port, BOOL alertable)
{
    OVERLAPPED_ENTRY entries[BATCH];
    ULONG count;

    thread_begin();
    do {
        count = 0;
        if (!GetQueuedCompletionStatusEx(port, entries, BATCH, &count, INFINITE, alertable) &&
            GetLastError() != WAIT_IO_COMPLETION)
            return 1;
    } while (!batch_done(entries, count));
    return 0;
}

static DWORD WINAPI worker_batch(LPVOID port)
{
    return worker_take_batches(port, FALSE);
}

static DWORD WINAPI worker_alertable(LPVOID port)
{
    return worker_take_batches(port, TRUE);
}

/* ---- Keepers ---- */

static struct {
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];
    struct task *tasks[WSA_MAXIMUM_WAIT_EVENTS];
    DWORD count;
} kept;

static void keep_task(struct task *task)
{
    if (kept.count == WSA_MAXIMUM_WAIT_EVENTS) {
        check_fail(CHECK_CALL, "too many events for one thread");
        return;
    }
    kept.events[kept.count] = task->event;
    kept.tasks[kept.count++] = task;
}

/* Signalled: resets it, and tells. */
static void keeper_look(unsigned i)
{
    const struct outcome outcome = {.by = NOTICE_EVENT};

    if (WaitForSingleObject(kept.events[i], 0) != WAIT_OBJECT_0)
        return;
    ResetEvent(kept.events[i]);
    task_done(kept.tasks[i], &outcome);
}

static void poll_pairs(bool routines)
{
    for (unsigned i = 0; i < crew_pair_count; i++) {
        enum notice notice = crew_pairs[i].plan.notice;

        if (notice == (routines ? NOTICE_ROUTINE : NOTICE_EVENT))
            pair_each_task(&crew_pairs[i], task_poll);
    }
}

static DWORD WINAPI keeper_events(LPVOID unused)
{
    unsigned rounds = 0;

    (void)unused;
    thread_begin();
    while (!atomic_load(&crew_over)) {
        DWORD first = WSAWaitForMultipleEvents(kept.count, kept.events, FALSE, POLL_MS, FALSE);

        if (first == WSA_WAIT_FAILED) {
            call_failed("WSAWaitForMultipleEvents", (unsigned long)WSAGetLastError());
            first = WaitForMultipleObjects(kept.count, kept.events, FALSE, POLL_MS);
        }
        for (unsigned i = first - WSA_WAIT_EVENT_0; i < kept.count; i++)
            keeper_look(i);
        if (first == WSA_WAIT_TIMEOUT || ++rounds % 16 == 0)
            poll_pairs(false);
    }
    return 0;
}

static DWORD WINAPI keeper_routines(LPVOID unused)
{
    unsigned rounds = 0;

    (void)unused;
    thread_begin();
    while (!atomic_load(&crew_over)) {
        if (SleepEx(POLL_MS, TRUE) != WAIT_IO_COMPLETION || ++rounds % 16 == 0)
            poll_pairs(true);
    }
    return 0;
}

/* ---- Actors and visitors ---- */

static DWORD WINAPI visitor_main(LPVOID argument)
{
    struct end *end = argument;

    crew_visiting = true;
    thread_begin();
    end_receive(end);
    end_send(end);
    atomic_fetch_sub(&stress.visitors, 1);
    return 0;
}

static void visitor_send(struct end *end)
{
    HANDLE thread;

    if (atomic_fetch_add(&stress.visitors, 1) >= VISITORS_MAX) {
        atomic_fetch_sub(&stress.visitors, 1);
        return;
    }
    thread = CreateThread(NULL, 0, visitor_main, end, 0, NULL);
    if (thread == NULL) {
        call_failed("CreateThread", GetLastError());
        atomic_fetch_sub(&stress.visitors, 1);
        return;
    }
    tally_add(TALLY_DEED_VISIT, 1);
    CloseHandle(thread);
}

static void actor_act(struct end *end)
{
    uint32_t choice = random_below(2000);

    if (choice < 1000)
        end_receive(end);
    else if (choice < 1900)
        end_send(end);
    else if (choice < 1988)
        end_cancel(end);
    else if (choice < 1995)
        visitor_send(end);
    else if (choice < 1998)
        end_close_anyhow(end, random_one_in(2));
    else if (choice < 1999)
        end_shutdown(end);
    else
        end_disconnect(end);
}

/* Stays until its completion routines have run. */
static DWORD WINAPI actor_main(LPVOID unused)
{
    (void)unused;
    thread_begin();
    while (!atomic_load(&stress.stopping)) {
        actor_act(&crew_pairs[random_below(crew_pair_count)].ends[random_below(2)]);
        if (random_one_in(16))
            SleepEx(0, TRUE);
    }
    while (!atomic_load(&crew_over))
        SleepEx(1, TRUE);
    return 0;
}

/* ---- All of them ---- */

bool crew_start(struct pair *pairs, unsigned count, const HANDLE *ports, uint64_t seed)
{
    static const struct {
        LPTHREAD_START_ROUTINE main;
        int port; /* -1: none */
    } plan[THREADS] = {
        {worker_single, 0}, {worker_batch, 1},  {worker_batch, 1},   {worker_alertable, 2},
        {worker_single, 3}, {worker_single, 3}, {keeper_events, -1}, {keeper_routines, -1},
        {actor_main, -1},   {actor_main, -1},
    };

    crew_pairs = pairs;
    crew_pair_count = count;
    crew_seed = seed;
    atomic_store(&crew_over, false);
    kept.count = 0;
    for (unsigned i = 0; i < count; i++)
        if (pairs[i].plan.notice == NOTICE_EVENT || pairs[i].plan.low_bit)
            pair_each_task(&pairs[i], keep_task);
    for (unsigned i = 0; i < THREADS; i++) {
        HANDLE port = plan[i].port < 0 ? NULL : ports[plan[i].port];

        crew_threads[i] = CreateThread(NULL, 0, plan[i].main, port, 0, NULL);
        if (crew_threads[i] == NULL)
            return false;
    }
    return true;
}

/* Two workers take from some ports, and one may take both of the last packets. */
static void worker_stop(HANDLE thread, HANDLE port)
{
    do
        PostQueuedCompletionStatus(port, 0, 0, NULL);
    while (WaitForSingleObject(thread, 10) == WAIT_TIMEOUT);
}

void crew_stop(const HANDLE *ports)
{
    static const unsigned worker_ports[WORKERS] = {0, 1, 1, 2, 3, 3};

    atomic_store(&crew_over, true);
    for (unsigned i = 0; i < WORKERS; i++)
        worker_stop(crew_threads[i], ports[worker_ports[i]]);
    WaitForMultipleObjects(KEEPERS + ACTORS, crew_threads + WORKERS, TRUE, INFINITE);
    for (unsigned i = 0; i < THREADS; i++)
        CloseHandle(crew_threads[i]);
}
