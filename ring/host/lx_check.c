/* SPDX-License-Identifier: MIT */
/* No code: the compiler compares every number in lx.h with the one in Linux' own headers. */
#include "ring/host/lx.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#define LX_CHECK(name, value) \
    _Static_assert((int)LX_##name == (int)(name) && (int)(name) == (value), #name);
LX_NUMBERS(LX_CHECK)
