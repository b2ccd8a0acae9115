/* SPDX-License-Identifier: MIT */
/* No code: the compiler compares every number in lx.h with the one in Linux' own headers. */
#include "ring/host/lx.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

#define LX_CHECK(name, value) \
    _Static_assert((int)LX_##name == (int)(name) && (int)(name) == (value), #name);
LX_NUMBERS(LX_CHECK)

/* Control messages begin with a header that has Winsock's layout; core reads both with one type. */
_Static_assert(sizeof(struct cmsghdr) == 16 && CMSG_LEN(0) == 16 && CMSG_SPACE(1) == 24, "cmsghdr");
_Static_assert(offsetof(struct cmsghdr, cmsg_level) == 8, "cmsghdr");
_Static_assert(offsetof(struct cmsghdr, cmsg_type) == 12, "cmsghdr");

_Static_assert(sizeof(struct lx_pktinfo) == sizeof(struct in_pktinfo), "lx_pktinfo");
_Static_assert(offsetof(struct lx_pktinfo, local) == offsetof(struct in_pktinfo, ipi_spec_dst),
               "lx_pktinfo");
_Static_assert(offsetof(struct lx_pktinfo, to) == offsetof(struct in_pktinfo, ipi_addr),
               "lx_pktinfo");
_Static_assert(sizeof(struct in6_pktinfo) == 20, "in6_pktinfo");
