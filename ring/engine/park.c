/* SPDX-License-Identifier: MIT */
/* Parking on a bare futex; the rules are in park.h. Signals never end a wait early. */
#include "ring/engine/park.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ring/host/sys.h"

/* Sleeps once. False: the time is over. */
static bool park_sleep(struct park *park, int64_t deadline_ns)
{
    int64_t end_ns = host_nap_end_ns(deadline_ns);
    struct timespec until = {.tv_sec = end_ns / 1000000000, .tv_nsec = end_ns % 1000000000};
    struct timespec *limit = end_ns == PARK_FOREVER ? NULL : &until;
    /* WAIT_BITSET takes an absolute time, so a signal cannot stretch the wait. */
    long failed = syscall(SYS_futex, &park->word, FUTEX_WAIT_BITSET_PRIVATE, PARK_FUTEX, limit,
                          NULL, FUTEX_BITSET_MATCH_ANY);

    return failed == 0 || errno != ETIMEDOUT || end_ns != deadline_ns;
}

bool park_wait(struct park *park, int64_t deadline_ns)
{
    uint32_t word = PARK_AWAKE;

    /* [P1] 0 -> 1; a word of 2 was notified before we slept. */
    if (atomic_compare_exchange_strong(&park->word, &word, PARK_FUTEX)) {
        while (atomic_load(&park->word) == PARK_FUTEX && park_sleep(park, deadline_ns))
            continue;
    }
    return atomic_exchange(&park->word, PARK_AWAKE) == PARK_NOTIFIED;
}

static void park_write_event(int fd)
{
    uint64_t one = 1;
    ssize_t written;

    do
        written = write(fd, &one, sizeof one);
    while (written < 0 && errno == EINTR);
}

void park_wake(struct park *park)
{
    uint32_t word = atomic_exchange(&park->word, PARK_NOTIFIED);

    if (word == PARK_FUTEX) /* [P4] */
        syscall(SYS_futex, &park->word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    else if (word == PARK_EVENT)
        park_write_event(park->event_fd);
    else if (word == PARK_POLL)
        park_write_event(park->poll_fd);
}

int park_poll_open(struct park *park)
{
    int fd;

    if (park->poll_fd > 0)
        return park->poll_fd;
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    park->poll_fd = fd; /* the word publishes it: [P2] */
    return fd;
}

bool park_poll_begin(struct park *park)
{
    uint32_t word = PARK_AWAKE;

    return atomic_compare_exchange_strong(&park->word, &word, PARK_POLL);
}

bool park_poll_end(struct park *park, bool begun)
{
    bool notified = atomic_exchange(&park->word, PARK_AWAKE) == PARK_NOTIFIED;
    uint64_t count;
    ssize_t got;

    if (!notified || !begun)
        return notified; /* nobody has written, or will */
    /* [P6] The waker is between its exchange and its write at worst. */
    while ((got = read(park->poll_fd, &count, sizeof count)) < 0 &&
           (errno == EINTR || errno == EAGAIN)) {
        if (errno == EAGAIN)
            host_yield();
    }
    return true;
}

void park_poll_forget(struct park *park)
{
    if (park->poll_fd > 0)
        close(park->poll_fd);
    park->poll_fd = 0;
}
