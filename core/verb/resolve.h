/* SPDX-License-Identifier: MIT */
/*
 * What a host's name stands for, by Windows' rules: addresses as text are read here, "localhost"
 * and this computer's own name are answered from its interfaces, and all else goes to the system's
 * name service.
 */
#ifndef CORE_VERB_RESOLVE_H
#define CORE_VERB_RESOLVE_H

#include <winsock2.h>

#include "ring/host/resolve.h"

/* What resolve_numeric() found. */
enum resolve_form {
    RESOLVE_NAME, /* no address: somebody must be asked */
    RESOLVE_ADDRESS,
    RESOLVE_MALFORMED /* neither an address nor a name */
};

/* An address as text. `blank`: it has a blank behind it, which is forgiven. */
enum resolve_form resolve_numeric(const char *node, struct host_address *address, bool *blank);

/* Calls visit for each address of the name. 0 or a WSA code; `canonical` as in host_resolve(). */
int resolve_name(const char *node, int lx_family, char *canonical, host_address_visit visit,
                 void *argument);

/* A name of this computer: nobody has to be asked, so resolve_name() does not block. */
bool resolve_here(const char *node);

int resolve_error(enum host_unresolved reason);

/* The port of a service, host byte order: 0 or WSATYPE_NOT_FOUND. `type` is a SOCK_ value or 0. */
int resolve_service(const char *service, bool number_only, int type, uint16_t *port);

#endif
