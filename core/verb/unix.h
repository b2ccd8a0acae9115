/* SPDX-License-Identifier: MIT */
/* What sockets of AF_UNIX do in a way of their own. They are streams, and their names are paths. */
#ifndef CORE_VERB_UNIX_H
#define CORE_VERB_UNIX_H

#include "core/verb/name.h"

/* bind(): makes the file. 0 or a WSA code. */
int unix_bind(struct sock *sock, const struct name *name);

/* An errno of connect() that a path brought about, as one that streams have. */
int unix_connect_errno(const struct sock *sock, int error);

#endif
