/* SPDX-License-Identifier: MIT */
/* See resolve.h. No state of its own; libc's name service does the work. */
#include "ring/host/resolve.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RESOLVE_SERVICE_SCRATCH_BYTES = 4096, RESOLVE_ROUTE_BYTES = 256 };

static enum host_unresolved resolve_reason(int error)
{
    switch (error) {
    case 0:
        return HOST_RESOLVED;
    case EAI_NONAME:
        return HOST_UNRESOLVED_UNKNOWN;
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return HOST_UNRESOLVED_NO_DATA;
    case EAI_AGAIN:
        return HOST_UNRESOLVED_AGAIN;
    case EAI_MEMORY:
        return HOST_UNRESOLVED_NO_MEMORY;
    default:
        return HOST_UNRESOLVED_FAILED;
    }
}

/* False: of another family than the two that are spoken here. */
static bool resolve_read(const struct sockaddr *from, struct host_address *address)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    memset(address, 0, sizeof *address);
    address->family = from->sa_family;
    if (from->sa_family == AF_INET) {
        memcpy(&in, from, sizeof in);
        memcpy(address->bytes, &in.sin_addr, sizeof in.sin_addr);
    } else if (from->sa_family == AF_INET6) {
        memcpy(&in6, from, sizeof in6);
        memcpy(address->bytes, &in6.sin6_addr, sizeof in6.sin6_addr);
        address->scope = in6.sin6_scope_id;
    }
    return from->sa_family == AF_INET || from->sa_family == AF_INET6;
}

static socklen_t resolve_write(const struct host_address *address, struct sockaddr_storage *to)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = address->scope};

    if (address->family == AF_INET) {
        memcpy(&in.sin_addr, address->bytes, sizeof in.sin_addr);
        memcpy(to, &in, sizeof in);
        return sizeof in;
    }
    memcpy(&in6.sin6_addr, address->bytes, sizeof in6.sin6_addr);
    memcpy(to, &in6, sizeof in6);
    return sizeof in6;
}

enum host_unresolved host_resolve(const char *node, int family, char *canonical,
                                  host_address_visit visit, void *argument)
{
    /* One type of socket, because each type would list every address again. */
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    enum host_unresolved reason;

    hints.ai_flags = (family == AF_UNSPEC ? AI_ADDRCONFIG : 0) | (canonical ? AI_CANONNAME : 0);
    reason = resolve_reason(getaddrinfo(node, NULL, &hints, &list));
    if (reason != HOST_RESOLVED)
        return reason;
    if (canonical != NULL)
        snprintf(canonical, HOST_NAME_BYTES, "%s",
                 list->ai_canonname == NULL ? node : list->ai_canonname);
    for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next) {
        struct host_address address;

        if (resolve_read(entry->ai_addr, &address) && !visit(argument, &address))
            break;
    }
    freeaddrinfo(list);
    return HOST_RESOLVED;
}

enum host_unresolved host_resolve_address(const struct host_address *address, bool no_domain,
                                          char *name)
{
    struct sockaddr_storage storage;
    socklen_t bytes = resolve_write(address, &storage);

    return resolve_reason(getnameinfo((const struct sockaddr *)&storage, bytes, name,
                                      HOST_NAME_BYTES, NULL, 0,
                                      NI_NAMEREQD | (no_domain ? NI_NOFQDN : 0)));
}

/* The interface of IPv4's default route; "" when there is none. */
static void resolve_default_interface(char name[IF_NAMESIZE])
{
    char line[RESOLVE_ROUTE_BYTES];
    FILE *routes = fopen("/proc/net/route", "re");

    name[0] = '\0';
    if (routes == NULL)
        return;
    while (name[0] == '\0' && fgets(line, sizeof line, routes) != NULL) {
        char interface[IF_NAMESIZE];
        unsigned destination;

        if (sscanf(line, "%15s %x", interface, &destination) == 2 && destination == 0)
            memcpy(name, interface, sizeof interface);
    }
    fclose(routes);
}

void host_local_addresses(int family, bool loopback, host_address_visit visit, void *argument)
{
    char first[IF_NAMESIZE];
    struct ifaddrs *list;
    bool more = true;

    if (getifaddrs(&list) != 0)
        return;
    resolve_default_interface(first);
    for (int is_first = 1; is_first >= 0; is_first--) {
        for (const struct ifaddrs *at = list; more && at != NULL; at = at->ifa_next) {
            struct host_address address;

            if (at->ifa_addr == NULL || (at->ifa_flags & IFF_UP) == 0 ||
                ((at->ifa_flags & IFF_LOOPBACK) != 0) != loopback ||
                (strcmp(at->ifa_name, first) == 0) != is_first)
                continue;
            if (resolve_read(at->ifa_addr, &address) && (family == 0 || family == address.family))
                more = visit(argument, &address);
        }
    }
    freeifaddrs(list);
}

void host_own_name(char *name)
{
    if (gethostname(name, HOST_NAME_BYTES) != 0)
        memcpy(name, "localhost", sizeof "localhost");
    name[HOST_NAME_BYTES - 1] = '\0';
}

/* Copies a text behind the others; NULL: it does not fit. */
static char *service_add(struct host_service *service, size_t *used, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = service->text + *used;

    if (bytes > sizeof service->text - *used)
        return NULL;
    memcpy(copy, text, bytes);
    *used += bytes;
    return copy;
}

static bool service_fill(struct host_service *service, const struct servent *found)
{
    size_t used = 0;
    unsigned count = 0;

    service->port = ntohs((uint16_t)found->s_port);
    service->name = service_add(service, &used, found->s_name);
    service->protocol = service_add(service, &used, found->s_proto);
    while (count < HOST_SERVICE_ALIASES_MAX && found->s_aliases[count] != NULL) {
        service->aliases[count] = service_add(service, &used, found->s_aliases[count]);
        if (service->aliases[count] == NULL)
            break;
        count++;
    }
    service->aliases[count] = NULL;
    return service->name != NULL && service->protocol != NULL;
}

bool host_service_by_name(const char *name, const char *protocol, struct host_service *service)
{
    char scratch[RESOLVE_SERVICE_SCRATCH_BYTES];
    struct servent entry;
    struct servent *found = NULL;

    if (getservbyname_r(name, protocol, &entry, scratch, sizeof scratch, &found) != 0)
        return false;
    return found != NULL && service_fill(service, found);
}

bool host_service_by_port(uint16_t port, const char *protocol, struct host_service *service)
{
    char scratch[RESOLVE_SERVICE_SCRATCH_BYTES];
    struct servent entry;
    struct servent *found = NULL;

    if (getservbyport_r(htons(port), protocol, &entry, scratch, sizeof scratch, &found) != 0)
        return false;
    return found != NULL && service_fill(service, found);
}
