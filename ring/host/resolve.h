/* SPDX-License-Identifier: MIT */
/*
 * The system's name service: hosts, services, this computer's addresses. It may read files and ask
 * the network, so its calls block; any thread may call. Families are Linux'.
 */
#ifndef RING_HOST_RESOLVE_H
#define RING_HOST_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_NAME_BYTES = 1025, HOST_SERVICE_TEXT_BYTES = 1024, HOST_SERVICE_ALIASES_MAX = 16 };

/* Why a name was not resolved. */
enum host_unresolved {
    HOST_RESOLVED,
    HOST_UNRESOLVED_UNKNOWN, /* no such name */
    HOST_UNRESOLVED_NO_DATA, /* the name is there, an address of the family is not */
    HOST_UNRESOLVED_AGAIN,
    HOST_UNRESOLVED_FAILED,
    HOST_UNRESOLVED_NO_MEMORY
};

struct host_address {
    int family;        /* LX_AF_INET or LX_AF_INET6 */
    uint8_t bytes[16]; /* 4 or 16 of them, network byte order */
    uint32_t scope;    /* of a link-local IPv6 address: the interface */
};

/* Called for each address, in the order of preference; false: no more are wanted. */
typedef bool (*host_address_visit)(void *argument, const struct host_address *address);

/* Addresses of a host. `family` 0: of those that this computer has itself. `canonical` receives the
 * host's own name, HOST_NAME_BYTES long; NULL: not wanted. */
enum host_unresolved host_resolve(const char *node, int family, char *canonical,
                                  host_address_visit visit, void *argument);

/* The name of an address, HOST_NAME_BYTES long. */
enum host_unresolved host_resolve_address(const struct host_address *address, bool no_domain,
                                          char *name);

/* Addresses of this computer's interfaces that are up: the loopback ones, or all others with those
 * of the default route first. */
void host_local_addresses(int family, bool loopback, host_address_visit visit, void *argument);

/* This computer's name, HOST_NAME_BYTES long. */
void host_own_name(char *name);

/* A line of the services file. The pointers lead into `text`. */
struct host_service {
    char *name;
    char *protocol;
    char *aliases[HOST_SERVICE_ALIASES_MAX + 1]; /* NULL ends them */
    uint16_t port;                               /* host byte order */
    char text[HOST_SERVICE_TEXT_BYTES];
};

/* `protocol` NULL: any. False: there is no such service. */
bool host_service_by_name(const char *name, const char *protocol, struct host_service *service);
bool host_service_by_port(uint16_t port, const char *protocol, struct host_service *service);

#endif
