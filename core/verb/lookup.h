/* SPDX-License-Identifier: MIT */
/*
 * Names and addresses looked up by gethostbyname() and gethostbyaddr(). The system's name service
 * blocks as long as it likes and cannot be interrupted, so for a thread with a 1.1 hook a thread of
 * the library asks, and the caller calls its hook; cancelled, it leaves that thread to itself.
 */
#ifndef CORE_VERB_LOOKUP_H
#define CORE_VERB_LOOKUP_H

#include "ring/host/resolve.h"

/* The IPv4 addresses of a name, as resolve_name(). 0 or a WSA code: WSAEINTR when cancelled. */
int lookup_name(const char *name, char *canonical, host_address_visit visit, void *argument);

/* The name of an address, HOST_NAME_BYTES long. 0 or a WSA code, as above. */
int lookup_address(const struct host_address *address, char *name);

#endif
