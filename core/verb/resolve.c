/* SPDX-License-Identifier: MIT */
/* See resolve.h; the facts are GETADDRINFO-02 to -20 and HOSTNAME-03 to -06. */
#include "core/verb/resolve.h"

#include <stdlib.h>
#include <strings.h>

#include "core/base/inet_text.h"
#include "ring/host/lx.h"

/* "[beef::cafe]:10239": the port is looked at by nobody. */
static bool resolve_bracketed(const char *node, struct host_address *address)
{
    const char *end = inet_text_read6(node + 1, address->bytes);

    if (end == NULL || *end != ']')
        return false;
    return end[1] == '\0' || end[1] == ':';
}

/* The scope behind a %: a number, as Windows has it; interfaces have no names there. */
static bool resolve_scope(const char *text, struct host_address *address)
{
    char *end;

    if (text[0] == '\0')
        return true;
    if (text[0] != '%' || text[1] < '0' || text[1] > '9')
        return false;
    address->scope = (uint32_t)strtoul(text + 1, &end, 10);
    return *end == '\0';
}

static bool resolve_is6(const char *node, struct host_address *address)
{
    const char *end;

    address->family = LX_AF_INET6;
    if (node[0] == '[')
        return resolve_bracketed(node, address);
    end = inet_text_read6(node, address->bytes);
    return end != NULL && resolve_scope(end, address);
}

enum resolve_form resolve_numeric(const char *node, struct host_address *address, bool *blank)
{
    const char *end;
    unsigned parts;

    memset(address, 0, sizeof *address);
    *blank = false;
    if (strchr(node, ':') != NULL || node[0] == '[')
        return resolve_is6(node, address) ? RESOLVE_ADDRESS : RESOLVE_MALFORMED;
    address->family = LX_AF_INET;
    parts = inet_text_read_parts(node, address->bytes, &end);
    *blank = parts == INET_TEXT_BYTES4 && strcmp(end, " ") == 0;
    if (parts == INET_TEXT_BYTES4 && (*end == '\0' || *blank))
        return RESOLVE_ADDRESS;
    /* GETADDRINFO-19: digits and dots that are no address name nobody either. */
    if (node[0] != '\0' && node[strspn(node, "0123456789. ")] == '\0')
        return RESOLVE_MALFORMED;
    return RESOLVE_NAME;
}

int resolve_error(enum host_unresolved reason)
{
    switch (reason) {
    case HOST_RESOLVED:
        return 0;
    case HOST_UNRESOLVED_UNKNOWN:
        return WSAHOST_NOT_FOUND;
    case HOST_UNRESOLVED_NO_DATA:
        return WSANO_DATA;
    case HOST_UNRESOLVED_AGAIN:
        return WSATRY_AGAIN;
    case HOST_UNRESOLVED_NO_MEMORY:
        return WSA_NOT_ENOUGH_MEMORY;
    case HOST_UNRESOLVED_FAILED:
    default:
        return WSANO_RECOVERY;
    }
}

struct resolve_count {
    host_address_visit visit;
    void *argument;
    unsigned count;
};

static bool resolve_counted(void *argument, const struct host_address *address)
{
    struct resolve_count *count = argument;

    count->count++;
    return count->visit(count->argument, address);
}

/* This computer. Without any interface but the loopback one, it is that one. */
static int resolve_local(int lx_family, bool loopback, host_address_visit visit, void *argument)
{
    struct resolve_count count = {.visit = visit, .argument = argument};

    host_local_addresses(lx_family, loopback, resolve_counted, &count);
    if (count.count == 0 && !loopback)
        host_local_addresses(lx_family, true, resolve_counted, &count);
    return count.count > 0 ? 0 : WSANO_DATA;
}

bool resolve_here(const char *node)
{
    char own[HOST_NAME_BYTES];

    host_own_name(own);
    return node[0] == '\0' || strcasecmp(node, "localhost") == 0 || strcasecmp(node, own) == 0 ||
           strcasecmp(node, "..localmachine") == 0;
}

int resolve_name(const char *node, int lx_family, char *canonical, host_address_visit visit,
                 void *argument)
{
    char own[HOST_NAME_BYTES];
    bool loopback = strcasecmp(node, "localhost") == 0;

    host_own_name(own);
    if (resolve_here(node)) {
        const char *name = loopback ? "localhost" : own;

        if (canonical != NULL)
            memcpy(canonical, name, strlen(name) + 1);
        return resolve_local(lx_family, loopback, visit, argument);
    }
    return resolve_error(host_resolve(node, lx_family, canonical, visit, argument));
}

/* GETADDRINFO-20: what strtol() makes of it where long has 32 bits, cut down to 16. */
static bool resolve_port(const char *service, uint16_t *port)
{
    char *end;
    long number = strtol(service, &end, 10);

    if (end == service || *end != '\0')
        return false;
    if (number > INT32_MAX)
        number = INT32_MAX;
    else if (number < INT32_MIN)
        number = INT32_MIN;
    *port = (uint16_t)number;
    return true;
}

int resolve_service(const char *service, bool number_only, int type, uint16_t *port)
{
    struct host_service found;
    const char *protocol = type == SOCK_STREAM ? "tcp" : type == SOCK_DGRAM ? "udp" : NULL;

    *port = 0;
    if (service == NULL || service[0] == '\0' || resolve_port(service, port))
        return 0;
    if (number_only || type == SOCK_RAW || !host_service_by_name(service, protocol, &found))
        return WSATYPE_NOT_FOUND;
    *port = found.port;
    return 0;
}
