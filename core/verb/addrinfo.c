/* SPDX-License-Identifier: MIT */
/*
 * See addrinfo.h. An entry is one piece of memory, with its address behind it; a canonical name is
 * a piece of its own, so that its width can change.
 */
#include "core/verb/addrinfo.h"

#include <stdio.h>

#include "core/base/inet_text.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/base/wide.h"
#include "core/verb/resolve.h"
#include "ring/host/lx.h"

enum {
    ADDRINFO_FLAGS = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | AI_DNS_ONLY |
                     AI_FORCE_CLEAR_TEXT | AI_BYPASS_DNS_CACHE | AI_RETURN_TTL | AI_ALL |
                     AI_ADDRCONFIG | AI_V4MAPPED | AI_NON_AUTHORITATIVE | AI_SECURE |
                     AI_RETURN_PREFERRED_NAMES | AI_FQDN | AI_FILESERVER | AI_DISABLE_IDN_ENCODING,
    ADDRINFO_NAME_FLAGS = NI_NOFQDN | NI_NUMERICHOST | NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM
};

struct addrinfo_entry {
    struct addrinfo info;
    SOCKADDR_STORAGE address;
};

/* A list under construction. */
struct addrinfo_list {
    struct addrinfo hints;
    uint16_t port; /* host byte order */
    int flags;     /* of every entry */
    bool map;      /* IPv4 addresses are wanted as IPv6 ones */
    bool no_memory;
    struct addrinfo *first;
    struct addrinfo **last;
};

static void entry_set_address(struct addrinfo_entry *entry, const struct host_address *address,
                              uint16_t port)
{
    SOCKADDR_IN in = {.sin_family = AF_INET, .sin_port = htons(port)};
    SOCKADDR_IN6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = address->scope};

    if (address->family == LX_AF_INET) {
        memcpy(&in.sin_addr, address->bytes, sizeof in.sin_addr);
        memcpy(&entry->address, &in, sizeof in);
        entry->info.ai_family = AF_INET;
        entry->info.ai_addrlen = sizeof in;
    } else {
        memcpy(&in6.sin6_addr, address->bytes, sizeof in6.sin6_addr);
        memcpy(&entry->address, &in6, sizeof in6);
        entry->info.ai_family = AF_INET6;
        entry->info.ai_addrlen = sizeof in6;
    }
    entry->info.ai_addr = (struct sockaddr *)&entry->address;
}

static struct host_address address_map(const struct host_address *address)
{
    struct host_address mapped = {.family = LX_AF_INET6};

    memset(mapped.bytes + 10, 0xff, 2);
    memcpy(mapped.bytes + 12, address->bytes, INET_TEXT_BYTES4);
    return mapped;
}

static bool list_add(void *argument, const struct host_address *address)
{
    struct addrinfo_list *list = argument;
    struct host_address wanted = *address;
    struct addrinfo_entry *entry = mem_zalloc(0, sizeof *entry);

    if (entry == NULL) {
        list->no_memory = true;
        return false;
    }
    if (list->map && address->family == LX_AF_INET)
        wanted = address_map(address);
    entry_set_address(entry, &wanted, list->port);
    entry->info.ai_flags = list->flags;
    entry->info.ai_socktype = list->hints.ai_socktype; /* GETADDRINFO-07, -08 */
    entry->info.ai_protocol = list->hints.ai_protocol;
    *list->last = &entry->info;
    list->last = &entry->info.ai_next;
    return true;
}

static int list_set_name(struct addrinfo_list *list, const char *name)
{
    size_t bytes = strlen(name) + 1;

    if (list->first == NULL || (list->hints.ai_flags & (AI_CANONNAME | AI_FQDN)) == 0)
        return 0;
    list->first->ai_canonname = mem_zalloc(0, bytes);
    if (list->first->ai_canonname == NULL)
        return WSA_NOT_ENOUGH_MEMORY;
    memcpy(list->first->ai_canonname, name, bytes);
    return 0;
}

static int list_lx_family(const struct addrinfo_list *list)
{
    int family = list->hints.ai_family;

    return family == AF_INET ? LX_AF_INET : family == AF_INET6 ? LX_AF_INET6 : 0;
}

static bool found_any(void *argument, const struct host_address *address)
{
    (void)address;
    *(bool *)argument = true;
    return false;
}

/* No node: the loopback address or the wildcard, of the family asked for; else of IPv6, where this
 * computer has that, and IPv4. */
static void list_add_default(struct addrinfo_list *list)
{
    struct host_address address = {.family = LX_AF_INET6};
    bool passive = (list->hints.ai_flags & AI_PASSIVE) != 0;
    bool has6 = list->hints.ai_family == AF_INET6;

    if (list->hints.ai_family == AF_UNSPEC)
        host_local_addresses(LX_AF_INET6, true, found_any, &has6);
    address.bytes[15] = passive ? 0 : 1;
    if (has6 && !list_add(list, &address))
        return;
    if (list->hints.ai_family == AF_INET6)
        return;
    address = (struct host_address){.family = LX_AF_INET, .bytes = {127, 0, 0, 1}};
    if (passive)
        memset(address.bytes, 0, sizeof address.bytes);
    list_add(list, &address);
}

/* An address as text. */
static int list_add_numeric(struct addrinfo_list *list, const char *node,
                            const struct host_address *address, bool blank)
{
    int wanted = list_lx_family(list);

    if (wanted == LX_AF_INET6 && address->family == LX_AF_INET)
        list->map = (list->hints.ai_flags & AI_V4MAPPED) != 0;
    if (wanted != 0 && wanted != address->family && !list->map)
        return WSAHOST_NOT_FOUND;             /* GETADDRINFO-06 */
    list->flags = blank ? 0 : AI_NUMERICHOST; /* GETADDRINFO-19 */
    list_add(list, address);
    return list_set_name(list, node);
}

static int list_add_name(struct addrinfo_list *list, const char *node)
{
    char canonical[HOST_NAME_BYTES] = "";
    int family = list_lx_family(list);
    bool mapped = family == LX_AF_INET6 && (list->hints.ai_flags & AI_V4MAPPED) != 0;
    bool all = mapped && (list->hints.ai_flags & AI_ALL) != 0;
    int error = resolve_name(node, family, canonical, list_add, list);

    if (mapped && (all || error == WSANO_DATA || error == WSAHOST_NOT_FOUND)) {
        list->map = true;
        if (resolve_name(node, LX_AF_INET, canonical, list_add, list) == 0)
            error = 0;
    }
    return error != 0 ? error : list_set_name(list, canonical);
}

/* In the order of the table in docs/calls/getaddrinfo.md. */
static int check_hints(const struct addrinfo *hints, const char *node)
{
    int flags = hints->ai_flags;
    int type = hints->ai_socktype;

    if (hints->ai_addrlen != 0 || hints->ai_canonname != NULL || hints->ai_addr != NULL ||
        hints->ai_next != NULL)
        return WSANO_RECOVERY;
    if ((flags & ~ADDRINFO_FLAGS) != 0)
        return WSAEINVAL;
    if ((flags & AI_CANONNAME) != 0 && node == NULL)
        return WSAEINVAL;
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET &&
        hints->ai_family != AF_INET6)
        return WSAEAFNOSUPPORT;
    if (type != 0 && type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_RAW)
        return WSAESOCKTNOSUPPORT;
    return 0;
}

static int list_fill(struct addrinfo_list *list, const char *node)
{
    struct host_address address;
    bool blank;

    if (node == NULL) {
        list_add_default(list);
        return 0;
    }
    switch (resolve_numeric(node, &address, &blank)) {
    case RESOLVE_ADDRESS:
        return list_add_numeric(list, node, &address, blank);
    case RESOLVE_NAME:
        if ((list->hints.ai_flags & AI_NUMERICHOST) != 0)
            return WSAHOST_NOT_FOUND; /* GETADDRINFO-05 */
        return list_add_name(list, node);
    case RESOLVE_MALFORMED:
    default:
        return WSAHOST_NOT_FOUND;
    }
}

int addrinfo_get(const char *node, const char *service, const struct addrinfo *hints,
                 struct addrinfo **result)
{
    struct addrinfo_list list = {.first = NULL};
    int error;

    list.last = &list.first;
    if (node == NULL && service == NULL)
        return WSAHOST_NOT_FOUND;
    if (hints != NULL)
        list.hints = *hints;
    error = check_hints(&list.hints, node);
    if (error == 0)
        error = resolve_service(service, (list.hints.ai_flags & AI_NUMERICSERV) != 0,
                                list.hints.ai_socktype, &list.port);
    if (error == 0)
        error = list_fill(&list, node);
    if (error == 0 && list.no_memory)
        error = WSA_NOT_ENOUGH_MEMORY;
    else if (error == 0 && list.first == NULL)
        error = WSANO_DATA;
    if (error != 0)
        addrinfo_free(list.first);
    else
        *result = list.first;
    return error;
}

void addrinfo_free(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;

        mem_free(list->ai_canonname);
        mem_free(list); /* the first member of its entry */
        list = next;
    }
}

int addrinfo_widen(struct addrinfo *list, unsigned width)
{
    for (; list != NULL; list = list->ai_next) {
        size_t characters;
        void *wide;

        if (list->ai_canonname == NULL)
            continue;
        characters = wide_from_utf8(list->ai_canonname, NULL, width, 0);
        if (characters == 0)
            return WSANO_RECOVERY; /* the name service gave a name that is no text */
        wide = mem_zalloc(0, characters * width);
        if (wide == NULL)
            return WSA_NOT_ENOUGH_MEMORY;
        wide_from_utf8(list->ai_canonname, wide, width, characters);
        mem_free(list->ai_canonname);
        list->ai_canonname = wide;
    }
    return 0;
}

/* ---- getnameinfo() ---- */

static int names_check(const struct addrinfo_names *names, const struct sockaddr *address,
                       int bytes, int flags)
{
    if (address == NULL || bytes < (int)sizeof address->sa_family)
        return WSAEFAULT;
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return WSAEAFNOSUPPORT;
    if (bytes <
        (address->sa_family == AF_INET ? (int)sizeof(SOCKADDR_IN) : (int)sizeof(SOCKADDR_IN6)))
        return WSAEFAULT;
    if ((flags & ~ADDRINFO_NAME_FLAGS) != 0)
        return WSAEINVAL;
    if (!names->wants_node && !names->wants_service)
        return WSAHOST_NOT_FOUND;
    if (names->lacks_room)
        return WSAEINVAL;
    return 0;
}

static uint16_t names_read(const struct sockaddr *from, struct host_address *address)
{
    SOCKADDR_IN in;
    SOCKADDR_IN6 in6;

    memset(address, 0, sizeof *address);
    if (from->sa_family == AF_INET) {
        memcpy(&in, from, sizeof in);
        address->family = LX_AF_INET;
        memcpy(address->bytes, &in.sin_addr, sizeof in.sin_addr);
        return ntohs(in.sin_port);
    }
    memcpy(&in6, from, sizeof in6);
    address->family = LX_AF_INET6;
    memcpy(address->bytes, &in6.sin6_addr, sizeof in6.sin6_addr);
    address->scope = in6.sin6_scope_id;
    return ntohs(in6.sin6_port);
}

static void names_write(const struct host_address *address, char *text)
{
    unsigned used;

    if (address->family == LX_AF_INET) {
        inet_text_write4(address->bytes, text);
        return;
    }
    used = inet_text_write6(address->bytes, text);
    if (address->scope != 0)
        snprintf(text + used, ADDRINFO_TEXT_BYTES - used, "%%%u", address->scope);
}

static int names_node(struct addrinfo_names *names, const struct host_address *address, int flags)
{
    enum host_unresolved reason = HOST_UNRESOLVED_UNKNOWN;

    if ((flags & NI_NUMERICHOST) == 0)
        reason = host_resolve_address(address, (flags & NI_NOFQDN) != 0, names->node);
    if (reason == HOST_RESOLVED)
        return 0;
    if ((flags & NI_NAMEREQD) != 0)
        return resolve_error(reason);
    names_write(address, names->node);
    return 0;
}

int addrinfo_names(struct addrinfo_names *names, const struct sockaddr *address, int bytes,
                   int flags)
{
    struct host_service found;
    struct host_address host;
    uint16_t port;
    int error = names_check(names, address, bytes, flags);

    if (error != 0)
        return error;
    port = names_read(address, &host);
    if (names->wants_service) {
        const char *protocol = (flags & NI_DGRAM) != 0 ? "udp" : "tcp";
        bool named = (flags & NI_NUMERICSERV) == 0 && host_service_by_port(port, protocol, &found);

        if (named)
            snprintf(names->service, sizeof names->service, "%s", found.name);
        else
            snprintf(names->service, sizeof names->service, "%u", port);
    }
    return names->wants_node ? names_node(names, &host, flags) : 0;
}

const char *addrinfo_phrase(int code)
{
    switch (code) {
    case 0:
        return "No error.";
    case WSAHOST_NOT_FOUND:
        return "No such host is known.";
    case WSANO_DATA:
        return "The host has no address of the requested kind.";
    case WSATRY_AGAIN:
        return "The name service did not answer; a later attempt may succeed.";
    case WSANO_RECOVERY:
        return "The name lookup failed for good.";
    case WSATYPE_NOT_FOUND:
        return "The service is not known for this socket type.";
    case WSAESOCKTNOSUPPORT:
        return "The socket type is not supported.";
    case WSAEAFNOSUPPORT:
        return "The address family is not supported.";
    case WSAEINVAL:
        return "The flags are not valid.";
    case WSA_NOT_ENOUGH_MEMORY:
        return "There is not enough memory.";
    case WSAEFAULT:
        return "A pointer or a length is wrong.";
    case WSANOTINITIALISED:
        return "WSAStartup has not been called.";
    case ERROR_INSUFFICIENT_BUFFER:
        return "The buffer is too small.";
    default:
        return "Unknown error.";
    }
}
