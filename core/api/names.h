/* SPDX-License-Identifier: MIT */
/* What addrinfo.c and addrinfo_wide.c share: everything but the width of the text. */
#ifndef CORE_API_NAMES_H
#define CORE_API_NAMES_H

#include "core/verb/addrinfo.h"

/* The thread's last error and the call's result. */
int names_result(int error);

/* The checks of getaddrinfo() and the list; 0 or a WSA code. */
int names_find(const char *node, const char *service, const struct addrinfo *hints,
               struct addrinfo **result);

/* Where names go: the node's and the service's. */
struct names_room {
    void *texts[2]; /* NULL: not wanted */
    DWORD lengths[2];
    unsigned width; /* bytes of a character: 1, 2 or 4 */
};

/* getnameinfo() with text of any width. */
int names_tell(const struct sockaddr *address, int bytes, const struct names_room *room, int flags);

#endif
