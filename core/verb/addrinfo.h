/* SPDX-License-Identifier: MIT */
/*
 * Lists of addresses for getaddrinfo(), and the reverse for getnameinfo(); all text is UTF-8 here.
 * The wide calls turn a list into a wide one in place: both structures have one layout.
 */
#ifndef CORE_VERB_ADDRINFO_H
#define CORE_VERB_ADDRINFO_H

#include <winsock2.h>

#include <ws2tcpip.h>

#include <stdbool.h>

/* 0 and a list for addrinfo_free(), or a WSA code. `hints` may be NULL. */
int addrinfo_get(const char *node, const char *service, const struct addrinfo *hints,
                 struct addrinfo **result);

/* Also wide lists, and any rest of a list. */
void addrinfo_free(struct addrinfo *list);

/* Puts wide text of this width in place of every canonical name. 0 or a WSA code. */
int addrinfo_widen(struct addrinfo *list, unsigned width);

enum { ADDRINFO_TEXT_BYTES = NI_MAXHOST };

/* What names a caller of getnameinfo() wants, and receives. */
struct addrinfo_names {
    bool wants_node;
    bool wants_service;
    bool lacks_room; /* for one that is wanted: a length of 0 */
    char node[ADDRINFO_TEXT_BYTES];
    char service[ADDRINFO_TEXT_BYTES];
};

/* 0 or a WSA code. */
int addrinfo_names(struct addrinfo_names *names, const struct sockaddr *address, int bytes,
                   int flags);

/* English words for a result of the two; never NULL. */
const char *addrinfo_phrase(int code);

#endif
