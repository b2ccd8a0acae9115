/* SPDX-License-Identifier: MIT */
/* Socket addresses: Winsock's bytes to Linux' bytes and back (the family numbers differ). */
#ifndef CORE_VERB_NAME_H
#define CORE_VERB_NAME_H

#include <winsock2.h>

#include "core/object/sock.h"

enum { NAME_BYTES_MAX = 128 };

struct name { /* Linux' form */
    uint32_t bytes;
    unsigned char data[NAME_BYTES_MAX];
};

/* Bytes of an address of this family: 16, 28, 110, or 0 for a family that we do not know. */
int name_bytes(int family);
/* How many of them there must be: all, but of AF_UNIX' path (2). */
int name_bytes_least(int family);
int name_lx_family(int family); /* Linux' number */

/* From caller memory, checked: 0, WSAEFAULT (bad pointer, too short, or other than the socket's
 * family with the right length) or WSAEAFNOSUPPORT (unknown family), BIND-01. */
int name_from_caller(struct name *name, int family, const struct sockaddr *address, int bytes);

/* In place, after the kernel or io_uring filled `data` and `bytes`: Linux' family to Winsock's. */
void name_to_winsock(struct name *name);

/* To caller memory, checked: 0 or WSAEFAULT (bad pointer or *bytes too small); sets *bytes. */
int name_to_caller(const struct name *name, struct sockaddr *address, int *bytes);

bool name_is_unnamed(const struct name *name);  /* of AF_UNIX, without a path */
bool name_is_wildcard(const struct name *name); /* all-zero address */
/* Names no host: all zero, or ::ffff:0.0.0.0, which is the same. Linux would go to loopback. */
bool name_is_nowhere(const struct name *name);
uint16_t name_port(const struct name *name); /* host order */

/* 0 or a WSA code; the name is in Winsock's form. */
int name_of_sock(struct sock *sock, struct name *name, bool peer);

#endif
