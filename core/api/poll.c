/* SPDX-License-Identifier: MIT */
/* WSAPoll. */
#include <winsock2.h>

#include <stddef.h>

#include "core/base/mem.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/await.h"
#include "ring/host/sys.h"

#define POLL_EVENTS    (POLLRDNORM | POLLRDBAND | POLLWRNORM)
#define POLL_COUNT_MAX (1u << 24) /* nobody has as many sockets */

static uint32_t poll_want(SHORT events)
{
    uint32_t want = READY_CLOSED | READY_RESET | READY_FAILED; /* told in any case: POLL-08 */

    if (events & POLLRDNORM)
        want |= READY_READ;
    if (events & POLLRDBAND)
        want |= READY_OOB;
    if (events & POLLWRNORM)
        want |= READY_WRITE;
    return want;
}

static SHORT poll_found(uint32_t found, SHORT events)
{
    SHORT result = 0;

    if (found & READY_READ)
        result |= POLLRDNORM;
    if (found & READY_OOB)
        result |= POLLRDBAND;
    if (found & READY_WRITE)
        result |= POLLWRNORM;
    if (found & (READY_CLOSED | READY_RESET | READY_FAILED))
        result |= POLLHUP;
    if (found & (READY_RESET | READY_FAILED))
        result |= POLLERR;
    if (found & READY_FAILED) /* POLL-11 */
        result |= events & POLLWRNORM;
    if (found & READY_GONE)
        result |= POLLNVAL;
    return result;
}

/* `fds` is our copy. 0, WSAEINVAL (POLL-04) or WSAENOTSOCK. */
static int poll_take_in(struct await *await, const WSAPOLLFD *fds)
{
    bool any = false;

    for (uint32_t i = 0; i < await->count; i++) {
        /* An entry that says itself that it is none may ask for anything. */
        if ((LONG64)fds[i].fd >= 0 && (fds[i].events & ~POLL_EVENTS) != 0)
            return WSAEINVAL;
        await->entries[i].sock = sock_ref(fds[i].fd);
        await->entries[i].want = poll_want(fds[i].events);
        any = any || await->entries[i].sock != NULL;
    }
    return any ? 0 : WSAENOTSOCK;
}

/* Everything between the checks of the arguments and the caller's revents. */
static int poll_run(struct await *await, WSAPOLLFD *fds, const WSAPOLLFD *copy, INT timeout,
                    uint32_t *ready)
{
    int error = poll_take_in(await, copy);
    int64_t deadline_ns = thread_deadline_ns(timeout < 0 ? INFINITE : (DWORD)timeout);

    if (error == 0)
        error = await_ready(await, deadline_ns, ready);
    for (uint32_t i = 0; i < await->count; i++) {
        const struct await_entry *entry = &await->entries[i];

        if (error != 0 && error != WSAENOTSOCK)
            fds[i].revents = 0; /* POLL-04 */
        else if (entry->sock == NULL)
            fds[i].revents = POLLNVAL; /* not counted: POLL-03 */
        else
            fds[i].revents = poll_found(entry->found, copy[i].events);
    }
    return error;
}

static int poll_copied(WSAPOLLFD *fds, ULONG count, INT timeout, uint32_t *ready)
{
    WSAPOLLFD small[AWAIT_SMALL];
    WSAPOLLFD *copy = small;
    struct await await;
    int error = await_open(&await, count);

    if (error == 0 && count > AWAIT_SMALL)
        copy = mem_zalloc(await.thread->shard, count * sizeof *copy);
    if (copy == NULL)
        error = WSAENOBUFS;
    else if (error == 0 && host_copy_from(copy, fds, count * sizeof *copy) != 0)
        error = WSAEFAULT;
    if (error == 0)
        error = poll_run(&await, fds, copy, timeout, ready);
    await_close(&await);
    if (copy != small)
        mem_free(copy);
    return error;
}

int WSAAPI WSAPoll(LPWSAPOLLFD fds, ULONG count, INT timeout)
{
    TRACE_CALL(WSAPoll, fds, count, timeout);
    uint32_t ready = 0;
    int error;

    /* Checks run in the order of the table in docs/calls/WSAPoll.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (count == 0)
        error = WSAEINVAL;
    else if (fds == NULL || count > POLL_COUNT_MAX)
        error = WSAEFAULT;
    else
        error = poll_copied(fds, count, timeout, &ready);
    return api_result(error) == 0 ? (int)ready : SOCKET_ERROR;
}
