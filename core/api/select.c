/* SPDX-License-Identifier: MIT */
/* select and __WSAFDIsSet. A set is a counted list; how long the caller's array really is does not
 * matter here, only how many entries it says it has. */
#include <winsock2.h>

#include <stddef.h>

#include "core/api/timeout.h"
#include "core/base/mem.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/await.h"
#include "ring/host/sys.h"

enum { SELECT_SETS = 3 };

/* Nobody has as many sockets: the count is not one. */
#define SELECT_COUNT_MAX (1u << 24)

struct select_set {
    struct fd_set *set; /* the caller's; NULL: none */
    uint32_t want;
    u_int count;
};

struct select_call {
    struct select_set sets[SELECT_SETS];
    struct await await;
};

/* How many sockets there are in all. 0 or WSAEFAULT. */
static int select_counts(struct select_call *call, uint32_t *total)
{
    *total = 0;
    for (int i = 0; i < SELECT_SETS; i++) {
        struct select_set *set = &call->sets[i];

        if (set->set == NULL)
            continue;
        if (host_copy_from(&set->count, set->set, sizeof set->count) != 0 || /* it comes first */
            set->count > SELECT_COUNT_MAX)
            return WSAEFAULT;
        *total += set->count;
    }
    return 0;
}

/* The sockets of one set, from entry `from` on. 0, WSAEFAULT or WSAENOTSOCK. */
static int select_take_in(struct select_call *call, const struct select_set *set, uint32_t from)
{
    const SOCKET *array = host_untrusted_at(set->set, offsetof(struct fd_set, fd_array));
    SOCKET part[AWAIT_SMALL];

    for (u_int i = 0; i < set->count; i++) {
        struct await_entry *entry = &call->await.entries[from + i];
        u_int left = set->count - i;
        u_int place = i % AWAIT_SMALL;

        if (left > AWAIT_SMALL)
            left = AWAIT_SMALL;
        if (place == 0 && host_copy_from(part, host_untrusted_at(array, i * sizeof *part),
                                         left * sizeof *part) != 0)
            return WSAEFAULT;
        entry->want = set->want;
        entry->sock = sock_ref(part[place]);
        if (entry->sock == NULL)
            return WSAENOTSOCK;
    }
    return 0;
}

/* Leaves in each set what was found, in its order; after a failure (`gone`): what is still open. */
static int select_give_back(struct select_call *call, bool gone)
{
    const struct await_entry *entry = call->await.entries;
    int total = 0;

    for (int i = 0; i < SELECT_SETS; i++) {
        struct fd_set *set = call->sets[i].set;
        u_int kept = 0;

        for (u_int j = 0; j < call->sets[i].count; j++, entry++) {
            if (gone ? !(entry->found & READY_GONE) : entry->found != 0)
                set->fd_array[kept++] = set->fd_array[j]; /* a socket may have several values */
        }
        if (set != NULL)
            set->fd_count = kept;
        total += (int)kept;
    }
    return total;
}

static bool select_lost_one(const struct await *await)
{
    for (uint32_t i = 0; i < await->count; i++) {
        if (await->entries[i].found & READY_GONE)
            return true;
    }
    return false;
}

/* Waits, and rewrites the sets. */
static int select_run(struct select_call *call, int64_t deadline_ns, int *ready)
{
    uint32_t from = 0;
    uint32_t found = 0;
    int error = 0;

    for (int i = 0; i < SELECT_SETS && error == 0; i++) {
        error = select_take_in(call, &call->sets[i], from);
        from += call->sets[i].count;
    }
    if (error == 0)
        error = await_ready(&call->await, deadline_ns, &found);
    if (error != 0)
        return error;
    if (found > 0 && select_lost_one(&call->await)) { /* SELECT-06 */
        select_give_back(call, true);
        return WSAENOTSOCK;
    }
    *ready = select_give_back(call, false);
    return 0;
}

int WSAAPI select(int count, struct fd_set *readfds, struct fd_set *writefds,
                  struct fd_set *exceptfds, const struct timeval *timeout)
{
    TRACE_CALL(select, count, readfds, writefds, exceptfds, timeout);
    struct select_call call;
    int64_t deadline_ns = 0;
    uint32_t total = 0;
    int ready = 0;
    int error;

    (void)count; /* SELECT-12 */
    call.sets[0] = (struct select_set){readfds, READY_READ | READY_CLOSED | READY_RESET, 0};
    call.sets[1] = (struct select_set){writefds, READY_WRITE, 0};
    call.sets[2] = (struct select_set){exceptfds, READY_FAILED | READY_OOB, 0};
    /* Checks run in the order of the table in docs/calls/select.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((error = select_counts(&call, &total)) == 0 && total == 0)
        error = WSAEINVAL; /* SELECT-01 */
    if (error == 0)
        error = timeout_deadline(timeout, &deadline_ns);
    if (error == 0) {
        error = await_open(&call.await, total);
        if (error == 0)
            error = select_run(&call, deadline_ns, &ready);
        await_close(&call.await);
        if (error == WSAENOBUFS) /* documented for select */
            error = WSAEFAULT;
    }
    return api_result(error) == 0 ? ready : SOCKET_ERROR;
}

int WSAAPI __WSAFDIsSet(SOCKET s, struct fd_set *set)
{
    TRACE_CALL(__WSAFDIsSet, s, set);
    for (u_int i = 0; set != NULL && i < set->fd_count; i++) {
        if (set->fd_array[i] == s)
            return 1;
    }
    return 0;
}
