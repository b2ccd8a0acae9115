/* SPDX-License-Identifier: MIT */
/* See timeout.h. */
#include "core/api/timeout.h"

#include "ring/engine/park.h"
#include "ring/host/sys.h"

/* So long that it is for ever, and so short that nothing overflows: seconds, and microseconds. */
#define TIMEOUT_MAX INT64_C(1000000000)

int timeout_deadline(const struct timeval *timeout, int64_t *deadline_ns)
{
    struct timeval copy;

    *deadline_ns = PARK_FOREVER;
    if (timeout == NULL)
        return 0;
    if (host_copy_from(&copy, timeout, sizeof copy) != 0)
        return WSAEFAULT;
    if (copy.tv_sec < 0 || copy.tv_usec < 0)
        return WSAEINVAL;
    if (copy.tv_sec > TIMEOUT_MAX || copy.tv_usec > TIMEOUT_MAX)
        return 0;
    *deadline_ns = 0;
    if (copy.tv_sec != 0 || copy.tv_usec != 0)
        *deadline_ns = host_now_ns() + copy.tv_sec * 1000000000 + copy.tv_usec * 1000;
    return 0;
}
