/* SPDX-License-Identifier: MIT */
/* Socket options: one row each in option.c. */
#ifndef CORE_VERB_OPTION_H
#define CORE_VERB_OPTION_H

#include "core/object/sock.h"

/* As setsockopt() and getsockopt(); pointers are the caller's, unchecked. 0 or a WSA code. */
int option_set(struct sock *sock, int level, int name, const char *value, int length);
int option_get(struct sock *sock, int level, int name, char *value, int *length);

#endif
